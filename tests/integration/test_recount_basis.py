"""What the numbers rest on, counted again from the delivered files: the weights of the citizens' survey,
the change of its scale, and the merging of kommuner.

Not here: dbt or the project's rules; the estimates themselves (test_recount_innbygger.py).
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pytest

from pipelines.common.seeds import read_seed
from tests.integration.scenarios import SURVEY as KOMMUNER
from tests.integration.scenarios import read
from tests.integration.test_recount import Row, indicators
from tests.integration.test_recount_innbygger import CATEGORIES, SURVEY, WAVES, design
from tests.line import Line


@pytest.mark.parametrize("wave", WAVES)
def test_weights_are_audited_as_delivered(built: Line, wave: int) -> None:
    weight = design(built, wave)["vekt"]
    audit = built.table("weight_audit")
    audit = audit[(audit["survey"] == SURVEY) & (audit["wave"] == wave) & (audit["margin"] == "all")]
    (row,) = audit.to_dict("records")
    assert row["n_respondents"] == len(weight)
    assert (row["smallest_weight"], row["largest_weight"], row["mean_weight"]) == pytest.approx(
        (weight.min(), weight.max(), weight.mean()), rel=1e-12
    )
    effect = len(weight) * (weight**2).sum() / weight.sum() ** 2
    assert effect > 1
    assert row["kish_design_effect"] == pytest.approx(effect, rel=1e-12)


@pytest.mark.parametrize("wave", WAVES)
def test_shares_before_and_after_weighting_are_those_of_the_file(built: Line, wave: int) -> None:
    people = design(built, wave)
    audit = built.table("weight_audit").set_index(["survey", "wave"]).loc[(SURVEY, wave)]
    audit = audit.set_index(["margin", "category"])
    for margin, (column, categories) in CATEGORIES.items():
        known = people[
            people[column].between(*(min(r[0] for r in categories.values()), max(r[1] for r in categories.values())))
        ]
        for category, (low, high) in categories.items():
            inside = known[column].between(low, high)
            row = audit.loc[(margin, category)]
            assert row["share_unweighted"] == pytest.approx(inside.mean(), rel=1e-12)
            assert row["share_weighted"] == pytest.approx(known["vekt"][inside].sum() / known["vekt"].sum(), rel=1e-12)


def test_places_have_an_official_share_where_inhabitants_are_counted(built: Line) -> None:
    audit = built.table("weight_audit")
    places = audit[audit["margin"].isin(["fylke", "sentralitet"])]
    of_wave = places.groupby(["wave", "margin"])["official_share"]
    assert set(places["wave"][places["official_share"].isna()]) == {2010, 2013, 2015}
    assert of_wave.sum().loc[2017:].to_list() == pytest.approx([1.0] * 8)
    assert audit["official_share"][~audit["margin"].isin(["fylke", "sentralitet"])].isna().all()
    oslo = places.set_index(["wave", "margin", "category"]).loc[(2021, "fylke", "03")]
    # Inhabitants of Oslo and of Norway on 1 January 2021, by SSB.
    assert oslo["official_share"] == pytest.approx(697010 / 5391369, abs=1e-9)
    assert oslo["difference"] == pytest.approx(oslo["share_weighted"] - oslo["official_share"])


# The scale of 2019 has seven steps, that of 2021 eleven; these questions are in both.
STEPS = {2019: range(1, 8), 2021: range(11)}
ASKED_TWICE = {
    "q_personvern",
    "q_internettsikkerhet",
    "q_kommune_finne_info",
    "q_kommune_bruke_nettjenester",
    "q_kommune_forstaa_skjema",
    "q_utfore_oppgaver_nett",
}


def shares(line: Line, wave: int) -> dict[str, np.ndarray]:
    """Of each question, the weighted share of each step."""
    people = design(line, wave)
    of_step = {
        question: np.array([people["vekt"][people[question] == step].sum() for step in STEPS[wave]])
        for question in ASKED_TWICE
    }
    return {question: weights / weights.sum() for question, weights in of_step.items()}


def images(earlier: np.ndarray, later: np.ndarray) -> Iterator[float]:
    """The points of 0-10 with the percentile ranks of the seven steps: the later distribution function inverted."""
    borders, heights = np.arange(-0.5, 11), np.concatenate([[0], np.cumsum(later)])
    for step in range(7):
        yield float(np.interp(earlier[:step].sum() + earlier[step] / 2, heights, borders))


def test_the_change_of_scale_is_equated_again(built: Line) -> None:
    before, after = shares(built, 2019), shares(built, 2021)
    image = np.array(list(images(sum(before.values()) / 6, sum(after.values()) / 6)))
    table = built.table("scale_break")
    assert set("q_" + table["question_id"].str.removeprefix("dfo_")) == ASKED_TWICE
    assert set(zip(table["previous_wave"], table["wave"], table["n_questions"], strict=True)) == {(2019, 2021, 6)}
    for row in table.to_dict("records"):
        question = "q_" + row["question_id"].removeprefix("dfo_")
        linear = (before[question] * np.arange(7) * 10 / 6).sum()
        equated, later = (before[question] * image).sum(), (after[question] * np.arange(11)).sum()
        found = [row[name] for name in ("mean_linear", "mean_equipercentile", "mean_later", "attributed_to_scale")]
        assert found == pytest.approx([linear, equated, later, equated - linear], rel=1e-9)
        assert row["change_linear"] - row["change_equipercentile"] == pytest.approx(
            row["attributed_to_scale"], rel=1e-9
        )
    # The questions together did not change: what the method assumes.
    assert abs(table["change_equipercentile"].mean()) < 0.01 < abs(table["change_linear"].mean())


# The panels: answers of 2018 in a later division. The sample leaves no question blank that was asked.
PANEL_WAVE = 2018
# What a code of a service counts for, code 0 first; of the other questions these codes count.
POINTS = {"tjeneste_01": "01333", "tjeneste_02": "01333", "tjeneste_03": "02444", "tjeneste_04": "02444"}
COUNTED = {"funksjon": "12", "innkjop": "12"}


def worth(column: str, code: str) -> int:
    if column in POINTS:
        return int(POINTS[column][int(code)])
    return int(code in COUNTED.get(column.split("_")[0], "1"))


def merge(parts: list[Row], choose: Callable[..., str]) -> Row:
    """One form of several: of each question the answer that counts for most (max), or for least (min)."""
    merged = {}
    for column in parts[0]:
        codes = [part[column] for part in parts if part[column] not in ("", "8", "9")]
        in_doubt = next((part[column] for part in parts if part[column]), "")
        is_answer = column not in ("kommunenr", "kommunenavn", "folkemengde")
        merged[column] = choose(codes, key=partial(worth, column)) if is_answer and codes else in_doubt
    return merged


def predecessors(line: Line, division: int) -> dict[str, dict[str, float]]:
    """{kommune of the division: {kommune of 2018: the inhabitants that the two share}}."""
    inhabitants = {
        row["kommunenr"]: int(row["population"])
        for row in read_seed("kommune_population")
        if row["year"] == str(PANEL_WAVE)
    }
    crosswalk = line.table("kommune_crosswalk")
    found: dict[str, dict[str, float]] = {}
    for row in crosswalk[(crosswalk["from_year"] == PANEL_WAVE) & (crosswalk["to_year"] == division)].itertuples():
        shared = inhabitants[row.from_kommunenr] * row.population_weight
        found.setdefault(row.to_kommunenr, {})[row.from_kommunenr] = shared
    return found


def counted_by(line: Line, division: int, choose: Callable[..., str], supposed: str | None = None) -> list[dict]:
    """The ten scores of every kommune. supposed: the code that silent parts of a merged one gave to all questions."""
    forms = {row["kommunenr"].zfill(4): row for row in read(line.extract(KOMMUNER, PANEL_WAVE), "cp1252")[1]}
    silent = dict.fromkeys(next(iter(forms.values())), supposed)
    found = []
    for parts in predecessors(line, division).values():
        delivered = [forms[number] for number in parts if number in forms]
        answered = sum(n for number, n in parts.items() if number in forms) / sum(parts.values())
        if supposed is not None and len(parts) > 1:
            delivered, answered = delivered + [silent] * (len(parts) - len(delivered)), 1
        if delivered and answered >= 0.5:
            found.append(indicators(delivered[0] if len(parts) == 1 else merge(delivered, choose)))
    return found


@pytest.mark.parametrize("division", [2020, 2024])
@pytest.mark.parametrize(
    ("rule", "choose", "supposed", "names"),
    [
        pytest.param("any", max, None, None, id="any"),
        pytest.param("all", min, None, None, id="all"),
        # Of those whose questions are all merged by `any`, where it takes no inhabitants to know.
        pytest.param("silent_low", max, "2", ("strategi", "prosjekter", "skytjenester"), id="silent_low"),
        pytest.param("silent_high", max, "1", ("strategi", "prosjekter", "skytjenester"), id="silent_high"),
    ],
)
def test_panels_by_other_rules_are_counted_again(
    built: Line,
    division: int,
    rule: str,
    choose: Callable[..., str],
    supposed: str | None,
    names: tuple[str, ...] | None,
) -> None:
    counted = counted_by(built, division, choose, supposed)
    table = built.table("panel_sensitivity")
    table = table[(table["division_year"] == division) & (table["wave"] == PANEL_WAVE)]
    by_rule = table.set_index(["rule", "indicator"])
    for name in names or counted[0]:
        row, scores = by_rule.loc[(rule, name)], [scores[name] for scores in counted]
        assert row["n_kommuner"] == len(scores)
        assert row["share_high"] == pytest.approx(np.mean([score >= 3 for score in scores]))
        if name != "digital_kompetanse":
            assert row["mean_score"] == pytest.approx(np.mean(scores))
    moved = [
        by_rule.loc[(rule, name), "share_high"] != by_rule.loc[("declared", name), "share_high"]
        for name in names or counted[0]
    ]
    assert any(moved), "a rule that changes nothing would not be seen"


def test_the_rule_in_use_is_that_of_the_published_panels(built: Line) -> None:
    table, published = built.table("panel_sensitivity"), built.table("kommune_indicators")
    declared = table[table["rule"] == "declared"].set_index(["division_year", "indicator", "wave"])
    scored = published[published["score"].notna() & published["division_year"].isin([2018, 2020, 2024])]
    of_group = scored.groupby(["division_year", "indicator", "wave"])["score"]
    assert declared["n_kommuner"].to_dict() == of_group.count().to_dict()
    means = declared["mean_score"].dropna()
    assert means.to_dict() == pytest.approx(of_group.mean().loc[means.index].to_dict())
    assert len(means) == 9 * 3 * 2
    assert declared["is_conclusion_kept"].dropna().all()


def test_what_the_silent_are_supposed_to_say_lies_on_either_side(built: Line) -> None:
    table = built.table("panel_sensitivity")
    table = table[(table["wave"] == PANEL_WAVE) & (table["division_year"] > PANEL_WAVE)]
    mean = table.pivot_table("mean_score", ["division_year", "indicator"], "rule")
    assert (mean["silent_low"] < mean["silent_high"]).all()
    assert (mean["all"] < mean["any"]).all()
    n_kommuner = table.pivot_table("n_kommuner", ["division_year", "indicator"], "rule")
    assert (n_kommuner["silent_low"] == n_kommuner["silent_high"]).all()
    assert (n_kommuner["silent_low"] > n_kommuner["declared"]).all()


def test_in_the_sample_one_conclusion_depends_on_the_rule(built: Line) -> None:
    """As docs/methods.md tells."""
    table = built.table("panel_sensitivity")
    lost = table[table["is_conclusion_kept"].eq(False)]
    assert set(lost[["division_year", "indicator", "rule"]].itertuples(index=False, name=None)) == {
        (2020, "digital_prioritering", "all"),
        (2024, "digital_prioritering", "all"),
    }
