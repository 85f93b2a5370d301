"""Numbers of respondents by place that shares give away, by tables that can be seen through."""

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd
import pytest

from pipelines.attack.attack import attack, in_words
from tests.unit import published_design as design
from tests.unit.published_design import SCALE, SURVEY, WAVE, hidden, release

RULES = pd.DataFrame([("s", "", 5, 10, 3)], columns=["survey", "part", "threshold", "small_group", "protection"])
Margin = Sequence[tuple[str, int | None, float | None]]
ALL = ("all", 93, 1.0)


def findings(places: Margin, also_by: Margin = ()) -> pd.DataFrame:
    """Of a release that shows these: (category, number, share); and has estimates by those, of the same margin."""
    rows = [("s", 2001, "p", "all", *ALL), *(("s", 2001, "p", "fylke", *row) for row in also_by)]
    of_places = [("s", 2001, "all", *ALL), *(("s", 2001, "fylke", *row) for row in places)]
    columns = ["survey", "wave", "population", "breakdown", "category", "n_respondents", "share"]
    composed = pd.DataFrame(rows, columns=columns)
    audit = pd.DataFrame(
        of_places, columns=["survey", "wave", "margin", "category", "n_respondents", "share_unweighted"]
    )
    with duckdb.connect() as con:
        con.execute("create schema marts; create table marts.survey_estimates (is_suppressed boolean)")
        con.register("composed", composed).register("audit", audit)
        con.execute("create table marts.survey_composition as from composed")
        con.execute("create table marts.weight_audit as from audit")
        return attack(con, RULES)


def test_a_place_hidden_alone_is_what_the_shares_leave() -> None:
    found = findings([("03", 50, 50 / 83), ("11", 30, 30 / 83), ("46", None, None)])
    assert found[["category", "lower", "upper", "is_too_narrow"]].to_numpy().tolist() == [["46", 3, 3, True]]
    assert in_words(found) == [
        "weight_audit[survey=s;wave=2001;breakdown=fylke;category=46].n_respondents: 3, protection 3, from shares"
    ]


@pytest.mark.parametrize(("left", "is_too_narrow"), [(2, True), (4, True), (5, False)])
def test_places_hidden_together_are_as_uncertain_as_their_sum(left: int, is_too_narrow: bool) -> None:
    n = 50 + left
    found = findings([("03", 50, 50 / n), ("11", None, None), ("46", None, None)])
    assert found[["lower", "upper"]].to_numpy().tolist() == [[1, left - 1]] * 2
    assert found["is_too_narrow"].tolist() == [is_too_narrow] * 2


def test_what_is_not_hidden_is_no_finding() -> None:
    assert findings([("03", 93, 1.0)]).empty


def test_where_all_places_are_hidden_nothing_is_told() -> None:
    assert findings([("03", None, None), ("11", None, None)]).empty


def test_categories_that_estimates_are_by_are_asked_of_with_these() -> None:
    places = [("03", 50, 50 / 83), ("11", 30, 30 / 83), ("46", None, None)]
    assert findings(places, also_by=places).empty


def test_places_are_asked_of_where_rows_of_estimates_are_hidden_too() -> None:
    people = design.respondents(20)
    estimates, weights = design.estimates(people), design.weights(people)
    places = pd.DataFrame([("03", 15, 0.75), ("46", np.nan, np.nan)])
    places.columns = pd.Index(["category", "n_respondents", "share_unweighted"])
    audit = pd.concat([weights, places.assign(survey=SURVEY, wave=WAVE, margin="fylke")])
    frame = hidden(estimates, estimates["question_id"] == SCALE, "complementary")
    tables = {"survey_estimates": frame, "survey_composition": design.composition(people), "weight_audit": audit}
    found = attack(release(**tables), design.RULES, design.knowledge())
    of_places = found[found["table"] == "weight_audit"]
    assert of_places[["category", "lower", "upper"]].to_numpy().tolist() == [["46", 5, 5]]
