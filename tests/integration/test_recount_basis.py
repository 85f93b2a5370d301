"""What the numbers rest on, counted again from the delivered files: the weights of the citizens' survey.

Not here: dbt or the project's rules; the estimates themselves (test_recount_innbygger.py).
"""

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
