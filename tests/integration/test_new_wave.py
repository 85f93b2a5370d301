"""A new wave of IT i praksis is a file, a row, and what is new in the form: the section of docs/adding-a-wave.md, done.

Not here: the run itself and the workbook (scenarios.py); how numbers are counted again (test_recount_itip.py).
"""

from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.integration.scenarios import PROJECT_FILES, Ended
from tests.integration.test_recount_itip import (
    EXACT,
    INDICATOR,
    KEY,
    QUANTILE,
    REPHRASED,
    Respondents,
    Value,
    all_estimates,
    as_table,
    everyone,
    indicator,
    published,
    read,
    seed,
)
from tests.line import Line, sha256

WAVES = (2020, 2021, 2022)
CHANGED_SEEDS = {
    "seeds/codebook/codebook.csv",
    "seeds/codebook/wave.csv",
    "seeds/codebook/question.csv",
    "seeds/codebook/series_break.csv",
    "seeds/indicators/composite_item.csv",
}
RULE = "seeds/disclosure/disclosure_rule.csv"  # of which the scenario makes one that hides nothing
NEW, RENAMED = "ki_tatt_i_bruk_omfang", "privat_verdi"
JOINED, OF_RENAMED = "ia_digital_kompetanse", "ia_privat_sektor"  # the indicators of these two


@pytest.fixture(scope="session")
def new_wave(runs: dict[str, Future]) -> Ended:
    return runs["new_wave"].result()


@pytest.fixture(scope="module")
def line(new_wave: Ended) -> Line:
    return new_wave.line


@pytest.fixture(scope="module")
def delivered(line: Line) -> dict[int, dict[str, Respondents]]:
    return {wave: read(line, wave) for wave in WAVES}


@pytest.fixture(scope="module")
def estimates(delivered: dict[int, dict[str, Respondents]]) -> pd.DataFrame:
    """Every estimate of the three waves, counted again."""
    return all_estimates(delivered)


# The run


def test_new_wave_is_published(new_wave: Ended) -> None:
    run = new_wave.run
    assert run.code == 0, run.out + run.err
    assert new_wave.line.in_force()["current"] != new_wave.before["current"]


def test_file_without_source_counts_as_real_data_and_needs_no_key(new_wave: Ended) -> None:
    loaded = "landing/itip/2022/leveranse.xlsx: 254 rows of virksomhet, 900 rows of innbygger loaded (xlsx)"
    assert f"{loaded}; no SOURCE.yml beside it, so it counts as real data" in new_wave.run.out
    waves = new_wave.line.table("survey_waves").set_index(["survey", "wave"])
    assert not waves.loc[("itip", 2022), "is_synthetic"]
    assert waves.loc[("itip", 2022), "n_respondents"] == 254 + 900
    assert new_wave.line.manifest["is_synthetic"], "the other waves are the sample's"


def test_no_code_was_changed(built: Line, line: Line) -> None:
    assert changed_files(built.project, line.project, PROJECT_FILES) == CHANGED_SEEDS | {RULE}


def test_nothing_else_was_delivered(built: Line, line: Line) -> None:
    assert changed_files(built.data_dir, line.data_dir, ("landing",)) == {"landing/itip/2022/leveranse.xlsx"}


def changed_files(before: Path, after: Path, parts: tuple[str, ...]) -> set[str]:
    """What is new, gone or different below `parts`, without what runs leave there."""

    def hashes(root: Path) -> dict[str, str]:
        files = (file for part in parts for file in (root / part, *(root / part).rglob("*")) if file.is_file())
        return {
            file.relative_to(root).as_posix(): sha256(file)
            for file in files
            if not {"__pycache__", "target", "logs"} & set(file.relative_to(root).parts)
        }

    old, new = hashes(before), hashes(after)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


# Its numbers


def test_every_estimate_of_the_wave_is_counted_again(line: Line, estimates: pd.DataFrame) -> None:
    counted = estimates.loc[[2022]]
    found = published(line, "survey_estimates", KEY, estimates).loc[[2022]]
    pd.testing.assert_frame_equal(found, counted, **EXACT, check_index_type=False)
    breakdowns = {"all", "sektor", "kommunestorrelse", "kjonn", "aldersgruppe", "digital_kompetanse"}
    assert set(found.index.get_level_values("breakdown")) == breakdowns
    assert not line.table("survey_estimates").query("survey == 'itip' and wave == 2022")["is_synthetic"].any()


def test_what_was_written_into_the_file_comes_out(line: Line) -> None:
    rows = published(line, "survey_estimates", KEY, pd.DataFrame(columns=["estimate", "n_selected"]))
    agencies = (2022, "offentlige_virksomheter", "ramboll_utvikler_sammenhengende", "share", "top2")
    shares = rows.loc[agencies, "estimate"]
    assert shares["sektor", "stat"] == shares["kommunestorrelse", "liten"] == 0
    assert shares["kommunestorrelse", "mellomstor"] == shares["kommunestorrelse", "stor"] == 1
    n_large = rows.loc[agencies, "n_selected"]["kommunestorrelse"].sum()
    assert shares["all", "all"] == pytest.approx(n_large / 254)
    trust = (2022, "innbyggere", "ramboll_tillit_opplysninger_trygg")
    assert rows.loc[(*trust, "mean", "-", "all", "all"), "estimate"] == 4
    assert rows.loc[(*trust, "share", "4", "all", "all"), "n_selected"] == 900


def test_new_question_has_estimates_and_no_series(line: Line) -> None:
    rows = line.table("survey_estimates").query(f"question_id == 'ramboll_{NEW}'")
    assert set(rows["wave"]) == {2022}
    assert set(rows["breakdown"]) == {"all", "sektor", "kommunestorrelse"}
    assert rows["comparable_with_previous"].isna().all()
    whole = rows[rows["breakdown"] == "all"].set_index(["statistic", "answer"])
    codes = pd.Series([1 + number % 6 for number in range(254)])
    assert whole.loc[("share", "6"), "n_selected"] == (codes == 6).sum() == whole.loc[("share", "6"), "n_dont_know"]
    assert whole.loc[("share", "top2"), "estimate"] == pytest.approx(codes.isin([4, 5]).mean())
    assert rows.query("statistic == 'mean' and breakdown == 'all'")["estimate"].item() == pytest.approx(
        codes[codes < 6].mean()
    )
    changes = line.table("survey_changes").query(f"question_id == 'ramboll_{NEW}'")
    assert set(changes["comparison"]) == {"category"}


def test_wave_is_compared_with_both_earlier_ones(line: Line, estimates: pd.DataFrame) -> None:
    changes = line.table("survey_changes").query("survey == 'itip' and wave == 2022 and comparison == 'wave'")
    assert set(changes["compared_wave"]) == {2020, 2021}
    for earlier in (2020, 2021):
        rows = changes[changes["compared_wave"] == earlier]
        found = rows.assign(answer=rows["answer"].astype(object).where(rows["answer"].notna(), "-"))
        found = found.set_index(KEY[1:]).sort_index()
        now, before = (estimates.xs(wave, level="wave") for wave in (2022, earlier))
        assert set(found.index) == set(now.index) & set(before.index)
        now, before = now.loc[found.index], before.loc[found.index]
        counted = pd.DataFrame({
            "estimate": now["estimate"],
            "compared_estimate": before["estimate"],
            "difference": now["estimate"] - before["estimate"],
            "std_error": np.hypot(now["std_error"], before["std_error"]),
        })  # fmt: skip
        pd.testing.assert_frame_equal(found[list(counted)], counted, **EXACT, check_index_type=False)
        broken = {RENAMED} if earlier == 2021 else {RENAMED, *REPHRASED}
        of_broken = found.index.get_level_values("question_id").isin([f"ramboll_{column}" for column in broken])
        assert of_broken.any()
        assert (found["is_comparable"].to_numpy(bool) == ~of_broken).all()
        assert found["is_synthetic"].all(), "it is compared with the sample"


# Its indicators and goals


@pytest.fixture(scope="module")
def values(line: Line, delivered: dict[int, dict[str, Respondents]]) -> dict[tuple[str, str, int], Value]:
    composed: dict[str, dict[str, bool]] = {}
    own = {row["composite"] for row in seed(line, "indicators/composite.csv") if row["survey"] == "itip"}
    for row in (row for row in seed(line, "indicators/composite_item.csv") if row["composite"] in own):
        column = row["question_id"].removeprefix("ramboll_")
        composed.setdefault(row["composite"], {})[column] = row["is_reversed"] == "true"
    found = {}
    for wave in (2021, 2022):
        table, stratum, sectors = everyone(delivered[wave])
        for name, reversed_ in composed.items():
            for sector, members in sectors.items():
                found[name, sector, wave] = indicator(table, stratum, members, reversed_)
    return found


def test_indicators_of_the_wave_and_their_change_are_counted_again(
    line: Line, values: dict[tuple[str, str, int], Value]
) -> None:
    rows = []
    for (name, sector, wave), now in values.items():
        if wave == 2022:
            before = values[name, sector, 2021]
            change, error = now.value - before.value, np.hypot(now.std_error, before.std_error)
            rows.append((
                (wave, name, sector),
                {
                    "value": now.value, "std_error": now.std_error, "previous_wave": 2021,
                    "previous_value": before.value, "change": change, "change_std_error": error,
                    "change_ci_lower": change - QUANTILE * error, "change_ci_upper": change + QUANTILE * error,
                    "n_questions": len(now.questions), "n_respondents": now.n_respondents,
                },
            ))  # fmt: skip
    counted = as_table(rows, INDICATOR).astype(float)
    found = published(line, "itip_indicators", INDICATOR, counted).loc[[2022]]
    assert len(found) == 14 * 6
    pd.testing.assert_frame_equal(found.astype(float), counted, **EXACT, check_index_type=False)


def test_indicator_with_a_joined_or_renamed_question_is_not_comparable(line: Line) -> None:
    rows = line.table("itip_indicators").query("wave == 2022")
    is_comparable = rows.set_index(["indicator", "sektor"])["comparable_with_previous"].astype(bool)
    assert set(is_comparable[~is_comparable].index.get_level_values("indicator")) == {JOINED, OF_RENAMED}
    questions = line.table("itip_indicators").query(f"indicator == '{JOINED}' and sektor == 'all'")
    assert questions.set_index("wave")["n_questions"].to_dict() == {2020: 3, 2021: 3, 2022: 4}


def test_goals_have_what_the_edition_of_the_year_prints_computed_and_the_goal_that_it_leaves_out(line: Line) -> None:
    """The edition of 2022 leaves out goals 3 and 6: of 6 enough is computed, of 3 it is not."""
    figures = line.table("goal_key_figures").query("year == 2022")
    computed = figures[figures["computed_from"].str.startswith("survey_estimates")].set_index("key_figure")
    terms = {t["key_figure"] for t in seed(line, "goals/key_figure_term.csv") if "survey=itip;" in t["row_key"]}
    editions = seed(line, "goals/key_figure_edition.csv")
    of_2022 = {row["key_figure"] for row in editions if row["edition"] == "2022"}
    of_goal_6 = {row["key_figure"] for row in editions if row["goal_no"] == "6"}
    assert set(computed.index) == terms & (of_2022 | of_goal_6)
    assert len(terms & of_2022) == len(terms & of_goal_6) == 5
    assert (computed["previous_year"] == 2021).all()
    assert computed["comparable_with_previous"].all()
    assert computed.loc["utvikler_sammenhengende_enig", "goal_no"] == 2
    earlier = line.table("goal_key_figures").query("year == 2021").set_index("key_figure")["value"]
    assert (computed["previous_value"] == earlier[computed.index]).all()
    assert computed["published_value"].notna().equals(pd.Series(computed.index.isin(of_2022), computed.index))
    scorecard = line.table("goal_scorecard").query("year == 2022").set_index("goal_no")
    assert scorecard.index.tolist() == [1, 2, 4, 5, 6]
    assert scorecard.loc[6, ["status_nb", "direction_nb", "comment_nb", "rule_agrees"]].isna().all()
    assert scorecard.loc[6, "rule_status_nb"] in ("God", "Middels", "Mindre god")
    assert scorecard["status_nb"].drop(6).notna().all()


# What was there before


@pytest.mark.parametrize("name", ["survey_estimates", "survey_changes", "survey_composition", "itip_indicators"])
def test_rows_of_other_waves_are_as_they_were(built: Line, line: Line, name: str) -> None:
    rows = line.table(name)
    is_new = rows["wave"] == 2022
    if "survey" in rows:
        is_new &= rows["survey"] == "itip"
    assert is_new.any()
    pd.testing.assert_frame_equal(rows[~is_new].reset_index(drop=True), built.table(name))


def test_no_printed_figure_changed_but_those_of_the_wave_itself(built: Line, line: Line) -> None:
    now, before = (of.table("reconciliation").set_index("figure_id") for of in (line, built))
    told = (now["status"] != before["status"]) | (now["computed_from"] != before["computed_from"])
    moved = now["computed_value"] != before["computed_value"]
    # What Digdir prints of IT i praksis 2022 was carried. The wave is invented here, and says other numbers.
    of_wave = before["source_document"].eq("digdir_tilstand_2022") & before["period"].eq(2022)
    changed = now[told | moved]
    assert len(changed) == 5
    assert of_wave[changed.index].all()
    assert set(before.loc[changed.index, "status"]) == {"carried"}
    pd.testing.assert_frame_equal(now[~of_wave], before[~of_wave])
