"""Runs after the first: what changes when something changed, and that nothing does when nothing did.

Not here: the runs themselves (scenarios.py).
"""

import contextlib
import re
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipelines import __main__ as command_line
from pipelines.automation.unchanged import is_unchanged
from pipelines.common.settings import PROJECT_DIR
from pipelines.publish.tables import FINGERPRINT
from tests.integration.scenarios import BrokenThenMended, Changed, Ended, Leak
from tests.line import TABLES, Line, assert_same_rows, environment

# Table 3.1 of the report counts each kommune once, and the text how many have no strategy: the kommune went from
# "much of both" (4) to "projects only" (3). No other printed figure moves beyond its rounding.
FIGURES_OF_THE_CHANGED_KOMMUNE = {
    "ssb23_tab31_klasse3_andel_2022",
    "ssb23_tab31_klasse3_antall_2022",
    "ssb23_tab31_klasse4_andel_2022",
    "ssb23_tab31_klasse4_antall_2022",
    "ssb23_uten_strategi_2022",
}
OF_THE_WAVE_BEFORE = {"comparable_with_previous", "break_reason_nb", "break_reason_en"}
# Where a kommune is beside the others moves when one of them does.
BESIDE_OTHERS = ["percentile", "peer_percentile"]
KEYS = {
    "kommune_indicators": ["wave", "division_year", "kommunenr", "indicator", "method"],
    "indicator_distributions": ["wave", "division_year", "indicator", "score"],
    "survey_estimates": [
        "wave",
        "population",
        "question_id",
        "statistic",
        "answer",
        "breakdown",
        "category",
    ],
    "reconciliation": ["figure_id"],
}


def moved(before: Line, after: Line, table: str, without: Collection[str] = ()) -> pd.DataFrame:
    """The rows of a table that are new, gone or different, with both versions of each column (_x before, _y after),
    whatever happened to those `without`."""
    columns = KEYS[table]
    both = before.table(table).merge(after.table(table), on=columns, how="outer", indicator=True)
    values = sorted(name[:-2] for name in both.columns if name.endswith("_x") and name[:-2] not in without)
    left = both[[f"{v}_x" for v in values]].astype(object).set_axis(values, axis=1)
    right = both[[f"{v}_y" for v in values]].astype(object).set_axis(values, axis=1)
    same = ((left == right) | (left.isna() & right.isna())).all(axis=1)
    return both[~same | (both["_merge"] != "both")]


# Nothing changed


def test_second_run_with_nothing_changed_makes_no_release(built: Line) -> None:
    before = built.in_force()
    run = built.run()
    assert run.code == 0, run.err
    assert "Nothing changed" in run.out
    assert f"Release in force: {built.release.name} (unchanged)" in run.out
    assert built.in_force() == before
    assert len(built.releases()) == 1


def test_run_with_nothing_changed_loads_neither_dagster_nor_dbt(built: Line) -> None:
    code = "import sys; from pipelines.__main__ import main; main(['run']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT_DIR,
        env=environment(built.data_dir),
        capture_output=True,
        text=True,
        check=True,
    )
    *said, modules = done.stdout.splitlines()
    assert any(line.startswith("Nothing changed") for line in said)
    assert {name.split(".")[0] for name in modules.split()} & {"dagster", "dagster_dbt", "dbt"} == set()


@pytest.fixture
def copied(built: Line, tmp_path: Path) -> Line:
    line = built.copy(tmp_path / "data")
    assert is_unchanged(line.settings)
    return line


def test_changed_byte_in_landing_is_a_change(copied: Line) -> None:
    file = copied.extract("ssb_kommune", 2018)
    file.write_bytes(file.read_bytes() + b" ")
    assert not is_unchanged(copied.settings)


def test_new_file_in_landing_is_a_change(copied: Line) -> None:
    (copied.settings.landing / "ssb_kommune" / "stray.txt").touch()
    assert not is_unchanged(copied.settings)


def test_refused_extract_that_is_put_back_as_it_was_is_a_change(copied: Line) -> None:
    report = copied.settings.quarantine / "ssb_kommune" / "2018" / "report.csv"
    report.parent.mkdir(parents=True)
    report.touch()
    assert not is_unchanged(copied.settings)


def test_damaged_release_is_a_change(copied: Line) -> None:
    path = copied.release / "survey_waves.parquet"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])
    assert not is_unchanged(copied.settings)


def test_lost_warehouse_is_a_change(copied: Line) -> None:
    copied.settings.warehouse.unlink()
    assert not is_unchanged(copied.settings)


def test_lost_build_is_a_change(copied: Line) -> None:
    shutil.rmtree(copied.settings.work)
    assert not is_unchanged(copied.settings)


@pytest.mark.parametrize(("arguments", "n_begun"), [([], 0), (["--full"], 1)])
def test_full_runs_also_when_nothing_changed(
    copied: Line, monkeypatch: pytest.MonkeyPatch, arguments: list[str], n_begun: int
) -> None:
    class BegunError(Exception):
        pass

    begun = []

    def begin(*_: object, **__: object) -> None:
        begun.append(True)
        raise BegunError

    monkeypatch.setenv("TILSTAND_DATA_DIR", str(copied.data_dir))
    monkeypatch.setattr(command_line, "_execute", begin)
    with contextlib.suppress(BegunError):
        command_line.main(["run", *arguments])
    assert len(begun) == n_begun


# One answer changed


def test_changed_answer_makes_a_new_release_and_warns(changed: Changed) -> None:
    assert changed.run.code == 0, changed.run.err
    assert changed.line.in_force()["current"] != changed.before["current"]
    assert len(changed.line.releases()) == 2
    assert "(new)" in changed.run.out
    assert "check no_figure_differs on indicators/reconciliation: not passed" in changed.run.out


def test_changed_answer_leaves_the_release_before_as_it_was(built: Line, changed: Changed) -> None:
    before = changed.line.settings.published / "releases" / built.release.name
    assert sorted(p.relative_to(before) for p in before.rglob("*")) == sorted(
        p.relative_to(built.release) for p in built.release.rglob("*")
    )
    for path in (p for p in built.release.rglob("*") if p.is_file()):
        assert path.read_bytes() == (before / path.relative_to(built.release)).read_bytes(), path


def test_changed_answer_changes_the_scores_of_that_kommune_only(built: Line, changed: Changed) -> None:
    rows = moved(built, changed.line, "kommune_indicators", without=BESIDE_OTHERS)
    assert set(rows["kommunenr"]) == {changed.kommunenr}
    assert set(rows["wave"]) == {2022}
    assert set(rows["division_year"]) == {2018, 2020, 2022, 2024}
    found = {
        (row.indicator, row.value_x, row.score_x, row.value_y, row.score_y)
        for row in rows.astype(object).where(rows.notna(), None).itertuples()
    }
    assert {(f[0], f[2], f[4]) for f in found if f[0] == "digital_prioritering"} == {("digital_prioritering", 4, 3)}
    assert {f[1:] for f in found if f[0] == "strategi"} == {(changed.n_areas, found_score(changed.n_areas), 0, 0)}
    assert {f[0] for f in found} == {"strategi", "digital_prioritering"}
    assert len(rows) == 8


def test_changed_answer_moves_where_others_are_beside_it(built: Line, changed: Changed) -> None:
    rows = moved(built, changed.line, "kommune_indicators")
    others = rows[rows["kommunenr"] != changed.kommunenr]
    assert set(others["wave"]) == {2022}
    assert set(others["indicator"]) == {"strategi", "digital_prioritering"}
    # One fewer has a higher score than they.
    assert (others["percentile_y"] >= others["percentile_x"]).all()


def found_score(n_areas: int) -> int:
    return 4 if n_areas >= 12 else 3


def test_changed_answer_moves_one_kommune_in_the_distributions(built: Line, changed: Changed) -> None:
    rows = moved(built, changed.line, "indicator_distributions")
    counts = {
        (row.indicator, row.division_year, row.score): row.n_kommuner_y - row.n_kommuner_x
        for row in rows.itertuples()
        if row.n_kommuner_y != row.n_kommuner_x
    }
    assert counts == {
        (indicator, year, score): step
        for year in (2018, 2020, 2022, 2024)
        for indicator, score, step in (
            ("strategi", found_score(changed.n_areas), -1),
            ("strategi", 0, 1),
            ("digital_prioritering", 4, -1),
            ("digital_prioritering", 3, 1),
        )
    }
    assert set(rows["wave"]) == {2022}
    assert set(rows["indicator"]) <= {"strategi", "digital_prioritering"}
    table = changed.line.table("indicator_distributions")
    native = table[(table["wave"] == 2022) & (table["division_year"] == 2022)]
    grades = native[native["indicator"] == "digital_prioritering"].sort_values("score")
    assert list(grades["n_kommuner"]) == [17, 112, 70, 46, 109]


def test_changed_answer_changes_the_estimates_it_belongs_to_only(built: Line, changed: Changed) -> None:
    rows = moved(built, changed.line, "survey_estimates")
    assert set(rows["wave"]) == {2022}
    assert rows["question_id"].str.match("ssb23_(har_)?strategi").all()
    assert rows.loc[rows["breakdown"] == "fylke", "category"].unique().tolist() == [changed.kommunenr[:2]]
    for breakdown in ("innbyggergruppe", "sentralitet"):
        assert len(set(rows.loc[rows["breakdown"] == breakdown, "category"])) == 1
    question = "ssb23_har_strategi"
    shares = rows[(rows["question_id"] == question) & (rows["breakdown"] == "all")].set_index("answer")
    assert shares["n_selected_x"].to_dict() == {"1": 258, "2": 96}
    assert shares["n_selected_y"].to_dict() == {"1": 257, "2": 97}
    base = rows[(rows["population"] == "kommuner_med_strategi") & (rows["breakdown"] == "all")]
    assert set(base["n_answers_x"]) == {258} and set(base["n_answers_y"]) == {257}


def test_changed_answer_turns_the_right_figures_to_differs(built: Line, changed: Changed) -> None:
    rows = moved(built, changed.line, "reconciliation")
    turned = rows[rows["status_y"] == "differs"]
    assert set(turned["figure_id"]) == FIGURES_OF_THE_CHANGED_KOMMUNE
    assert set(turned["status_x"]) <= {"exact", "within_rounding"}
    # The others stayed within their rounding, and none that does not ask about strategies moved at all.
    others = rows[rows["status_y"] != "differs"]
    assert (others["status_x"] == others["status_y"]).all()
    assert others["computed_from_y"].str.contains("strategi|prioritering").all()
    assert set(rows["period_y"]) == {2022}


def test_changed_answer_leaves_the_other_tables_alone(built: Line, changed: Changed) -> None:
    for name in ("international_rankings", "kommune_crosswalk", "count_measures", "survey_waves"):
        assert changed.line.table(name).equals(built.table(name)), name


def test_changed_answer_shows_in_the_log_what_it_replaced(changed: Changed) -> None:
    log = changed.line.table("extract_log")
    wave = log[(log["survey"] == "ssb_kommune") & (log["wave"] == 2022)]
    assert sorted(wave["status"]) == ["loaded", "replaced"]
    inputs = [entry["sha256"] for entry in changed.line.manifest["inputs"]]
    assert wave.set_index("status").loc["loaded", "sha256"] in inputs
    assert wave.set_index("status").loc["replaced", "sha256"] not in inputs


# A broken extract


def test_broken_extract_fails_the_run_and_names_the_place(broken_then_mended: BrokenThenMended) -> None:
    run = broken_then_mended.broken
    assert run.code != 0
    said = run.err
    assert "ssb_kommune/2022/" in said
    for words in (f"row {broken_then_mended.row}", "column funksjon_03", "value '7'", "code_not_in_frame"):
        assert words in said
    assert str(broken_then_mended.report) in said
    assert "stays in use" in said
    assert "Traceback" not in run.out + run.err


def test_broken_extract_is_reported_in_quarantine(broken_then_mended: BrokenThenMended) -> None:
    finding, total = broken_then_mended.reported
    assert finding["file"].startswith("ssb_kommune/2022/")
    assert (finding["row"], finding["column"], finding["value"]) == ("12", "funksjon_03", "7")
    assert finding["rule"] == "code_not_in_frame"
    assert finding["remedy"]
    assert (total["rule"], total["value"]) == ("total", "1")


def test_broken_extract_changes_neither_the_release_nor_the_load_in_use(broken_then_mended: BrokenThenMended) -> None:
    assert broken_then_mended.while_broken == broken_then_mended.before
    assert broken_then_mended.raw_rows == 354


def test_mended_extract_ends_well_and_its_report_goes(broken_then_mended: BrokenThenMended) -> None:
    assert broken_then_mended.mended.code == 0, broken_then_mended.mended.err
    assert not broken_then_mended.report.exists()
    assert not any(p.is_file() for p in broken_then_mended.line.settings.quarantine.rglob("*"))


def test_same_extracts_make_the_same_release_when_the_build_starts_from_nothing(
    broken_then_mended: BrokenThenMended,
) -> None:
    line = broken_then_mended.line
    assert line.in_force() == broken_then_mended.before
    assert len(line.releases()) == 1
    assert "(unchanged)" in broken_then_mended.mended.out


# Only some surveys, only some waves


def check_schema(line: Line, built: Line) -> None:
    """Every table is there with the columns, types and descriptions of the full release, in files and warehouse."""
    for name in TABLES:
        schema = pq.read_schema(line.release / f"{name}.parquet")
        of_full = pq.read_schema(built.release / f"{name}.parquet")
        assert schema.equals(of_full), name
        said = [{k: v for k, v in s.metadata.items() if k != FINGERPRINT.encode()} for s in (schema, of_full)]
        assert said[0] == said[1] and [f.metadata for f in schema] == [f.metadata for f in of_full], name
    with duckdb.connect(str(line.settings.warehouse), read_only=True) as con:
        rows = {name: con.execute(f"select count(*) from marts.{name}").fetchone()[0] for name in TABLES}
    assert rows == {table["name"]: table["rows"] for table in line.manifest["tables"]}


def test_one_wave_alone_is_published_and_nothing_of_the_sample_is_mixed_in(built: Line, only_one_wave: Ended) -> None:
    assert only_one_wave.run.code == 0, only_one_wave.run.err
    line = only_one_wave.line
    assert [entry["path"].split("/")[:2] for entry in line.manifest["inputs"]] == [["ssb_kommune", "2022"]]
    check_schema(line, built)
    tables = line.tables()
    assert tables["international_rankings"].empty
    for name in ("survey_estimates", "survey_waves", "kommune_indicators", "indicator_distributions", "extract_log"):
        assert set(tables[name]["wave"]) == {2022}, name
    assert not (line.settings.landing / "ssb_kommune" / "2018").exists()


def test_one_wave_alone_gives_the_numbers_of_that_wave(built: Line, only_one_wave: Ended) -> None:
    for name in ("indicator_distributions", "kommune_indicators", "survey_estimates"):
        both = [pq.read_table(line.release / f"{name}.parquet") for line in (built, only_one_wave.line)]
        # Whether a number is comparable with the wave before, and why not, depends on that wave.
        kept = [column for column in both[0].column_names if column not in OF_THE_WAVE_BEFORE]
        expected, alone = (table.select(kept).filter(pc.equal(table["wave"], 2022)).to_pandas() for table in both)
        assert len(alone) > 0
        assert_same_rows(alone, expected)


def test_figures_of_a_wave_that_is_not_there_say_so(only_one_wave: Ended) -> None:
    figures = only_one_wave.line.table("reconciliation")
    report = figures[figures["source_document"] == "ssb_rapport_2023_27"]
    of_2018 = report[report["period"] == 2018]
    assert len(of_2018) > 20
    assert set(of_2018["status"]) == {"not_computed"}
    assert of_2018["explanation"].str.len().gt(20).all()
    assert set(report[report["period"] == 2022]["status"]) <= {"exact", "within_rounding", "explained", "not_computed"}
    assert "differs" not in set(figures["status"])


def test_claims_on_waves_that_are_not_there_say_so(only_one_wave: Ended) -> None:
    claims = only_one_wave.line.table("statement_reconciliation")
    of_citizens = claims[claims["source_document"] == "dfo_innbygger_2023"]
    assert set(of_citizens["status"]) == {"not_computable"}
    assert of_citizens["explanation"].str.startswith("Ingen rader i survey_").all()
    of_report = claims[claims["source_document"] == "ssb_rapport_2023_27"]
    assert {"holds", "not_computable"} <= set(of_report["status"])


def test_wave_that_is_taken_away_leaves_empty_tables_with_their_full_schema(built: Line, only_rankings: Ended) -> None:
    assert only_rankings.run.code == 0, only_rankings.run.err
    line = only_rankings.line
    assert line.in_force()["current"] != only_rankings.before["current"]
    check_schema(line, built)
    of_surveys = (
        "survey_estimates", "survey_changes", "survey_waves", "survey_composition", "kommune_indicators",
        "indicator_distributions", "fylke_indicators", "survey_bridges", "itip_indicators",
    )  # fmt: skip
    for name in of_surveys:
        assert line.table(name).empty, name
    assert line.manifest["is_synthetic"] is False
    assert "! real data are published as Eksempelvirksomheten" in only_rankings.run.out
    assert line.table("international_rankings").equals(built.table("international_rankings"))
    log = line.table("extract_log").set_index("survey")["status"]
    assert set(log["ssb_kommune"]) == {"removed"}
    scorecard = line.table("goal_key_figures")
    assert set(scorecard["year"]) == {2021, 2022, 2023, 2024}, "what Digdir printed is still there, as printed"
    assert scorecard["is_carried"].sum() > 30


def test_scores_of_indicators_stand_beside_the_printed_status_and_are_not_held_against_it(
    only_rankings: Ended,
) -> None:
    line = only_rankings.line
    goals = line.table("goal_scorecard").query("year == 2024").set_index("goal_no")
    told = ["indicator_score", "n_indicators", "indicator_score_status_nb", "status_nb"]
    assert goals[told].to_numpy().tolist() == [[2.31, 9, "God", "Middels"], [1.75, 12, "Mindre god", "God"]]
    # One key figure, and none: too few for the project's own rule.
    assert goals["n_scored"].tolist() == [1, 0]
    assert goals[["rule_status_nb", "rule_agrees"]].isna().all(axis=None)
    earlier = line.table("goal_scorecard").query("year < 2024")
    assert earlier[["indicator_score", "n_indicators", "indicator_score_status_nb"]].isna().all(axis=None)


def test_key_figure_of_an_edition_that_the_seeds_do_not_have_is_told_of(only_rankings: Ended) -> None:
    told = "internett_daglig is printed under goal 1 in 2024, and key_figure_edition.csv has no row of it"
    assert told in re.sub(r"\s+", " ", only_rankings.run.out)
    figure = only_rankings.line.table("goal_key_figures").query("year == 2024").iloc[0]
    assert (figure["goal_no"], figure["value"], figure["development"]) == (1, 95, "positiv")


def test_run_after_a_wave_was_forgotten_says_which_release_keeps_its_figures(built: Line, only_rankings: Ended) -> None:
    release = built.manifest["release"]
    said = rf"! dfo_innbygger/2019 was forgotten on \S+: release {release} keeps its figures, none after it"
    assert re.search(said, only_rankings.run.out)
    taken_away = r"! in release \S+, and in none after it, as was accepted: dfo_innbygger/2010, .*ssb_stat/2016"
    assert re.search(taken_away, only_rankings.run.out)
    kept = only_rankings.line.settings.published / "releases" / release / "survey_waves.parquet"
    assert kept.read_bytes() == (built.release / "survey_waves.parquet").read_bytes()


def test_ranks_reconcile_without_any_survey(only_rankings: Ended) -> None:
    figures = only_rankings.line.table("reconciliation").set_index("figure_id")
    assert set(figures.loc[["digdir_egdi_rank_2016", "digdir_egdi_rank_2018"], "status"]) == {"exact"}
    assert not figures["is_synthetic"].any()
    assert set(figures["status"]) == {"exact", "within_rounding", "explained", "carried", "not_computed"}
    # What is made of several entered numbers is recomputed, too.
    of_scores = figures["computed_from"].str.contains("egov_benchmark|^ratio: ", na=False)
    assert set(figures.loc[figures["status"] == "within_rounding"].index) <= set(figures[of_scores].index)


# A crosswalk that loses people


def test_leaking_crosswalk_stops_the_release(leak: Leak) -> None:
    assert leak.run.code != 0
    assert "seeds/regions/kommune_split_share.csv:" in leak.run.err
    assert "sum to" in leak.run.err
    assert leak.line.in_force() == leak.before
    assert len(leak.line.releases()) == 1
