"""Numbers of respondents by place that shares give away, by tables that can be seen through."""

from collections.abc import Sequence

import duckdb
import pandas as pd
import pytest

from pipelines.attack.attack import attack, in_words

RULES = pd.DataFrame([("s", "", 5, 10, 3)], columns=["survey", "part", "threshold", "small_group", "protection"])
Margin = Sequence[tuple[str, int | None, float | None]]
ALL = ("all", 93, 1.0)


def findings(places: Margin) -> pd.DataFrame:
    """Of a release that shows these: (category, number, share)."""
    rows = [("s", 2001, "p", "all", *ALL)]
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
