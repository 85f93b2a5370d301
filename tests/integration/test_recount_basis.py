"""What the numbers rest on, counted again from the delivered files: the weights of the citizens' survey, and
the change of its scale.

Not here: dbt or the project's rules; the estimates themselves (test_recount_innbygger.py).
"""

from collections.abc import Iterator

import numpy as np
import pytest

from tests.integration.test_recount_innbygger import CATEGORIES, SURVEY, WAVES, design
from tests.line import Line


@pytest.mark.parametrize("wave", WAVES)
def test_weights_are_audited_as_delivered(built: Line, wave: int) -> None:
    weight = design(built, wave)["vekt"]
    audit = built.table("weight_audit").set_index(["survey", "wave", "margin"]).loc[SURVEY, wave, "all"]
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
        found = [row[name] for name in ("mean_linear", "mean_equipercentile", "mean_later", "explained")]
        assert found == pytest.approx([linear, equated, later, equated - linear], rel=1e-9)
        assert row["change_linear"] - row["change_equipercentile"] == pytest.approx(row["explained"], rel=1e-9)
    # The questions together did not change: what the method assumes.
    assert abs(table["change_equipercentile"].mean()) < 0.01 < abs(table["change_linear"].mean())
