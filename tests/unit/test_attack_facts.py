"""What follows of the counts of a few respondents by two sexes, each by one means alone.

Not here: larger tables, and several means together (test_attack.py).
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipelines.attack.attack import attack
from tests.unit import published_design as design
from tests.unit.published_design import SCALE, SURVEY, WAVE, YES, hidden, release, where

MEN, WOMEN, DONT_KNOW = 1, 2, "6"


def people(men: list[str | None], women: list[str | None], *others: str | None) -> pd.DataFrame:
    """Respondents by what they answer; `others` did not state their sex."""
    sexes = [MEN] * len(men) + [WOMEN] * len(women) + [9] * len(others)
    answers = np.array([*men, *women, *others], object)
    return pd.DataFrame({"kjonn": sexes, "inntekt": 1, SCALE: answers, YES: "2", "weight": 1.0})


def shares(of: pd.DataFrame, *answers: str) -> pd.DataFrame:
    """The rows of the estimates of all and of the sexes, of the scale by some answers and of the other question."""
    rows = design.estimates(of)
    rows = rows[where(rows, population="alle", statistic="share", breakdown=["all", "kjonn"])]
    return rows[where(rows, question_id=YES) | where(rows, answer=list(answers))].reset_index(drop=True)


def composition(of: pd.DataFrame) -> pd.DataFrame:
    rows = design.composition(of)
    stated = int((of["kjonn"] != 9).sum())
    sexes = rows[where(rows, breakdown="kjonn")]
    return pd.concat([rows[where(rows, breakdown="all")], sexes.assign(share=sexes["n_respondents"] / stated)])


def found(rows: pd.DataFrame, made: pd.DataFrame, quantity: str, **wanted: object) -> list[list[Any]]:
    """The ends of what is found of these cells."""
    findings = attack(
        release(survey_estimates=rows, survey_composition=made), design.RULES, design.knowledge(), None, True
    )
    return findings.loc[where(findings, quantity=quantity, **wanted), ["lower", "upper"]].to_numpy().tolist()


def test_who_was_asked_without_those_who_gave_no_answer_are_those_who_answered() -> None:
    of = people(["1", "2", "2"], ["1", "1", "2", DONT_KNOW, None])
    rows = shares(of, "1", "2")
    counts = ("n_respondents", "n_dont_know", "n_no_answer")
    rows = hidden(rows, where(rows, question_id=SCALE, category=["mann", "all"]), "complementary")
    rows = hidden(rows, where(rows, question_id=SCALE, category="kvinne"), "complementary", counts)
    assert found(rows, composition(of), "n_answers", question_id=SCALE, category="kvinne") == [[3, 3]]


def test_who_answered_without_those_who_gave_another_answer_gave_this() -> None:
    of = people(["1", "2", "2"], ["1", "1", "2", DONT_KNOW, None])
    rows = shares(of, "1", "2", "3", "4", "5")
    for column in ("n_dont_know", "n_no_answer"):
        rows[column] = np.nan
    rows = hidden(rows, where(rows, question_id=SCALE, answer="1"), "complementary")
    assert found(rows, composition(of), "n_selected", answer="1", category="kvinne") == [[2, 2]]


def test_a_sex_without_a_row_answered_nothing() -> None:
    of = people(["1", "2", "2"], [None, None, DONT_KNOW])
    rows = shares(of, "1", "2")
    for column in ("n_dont_know", "n_no_answer"):
        rows[column] = np.nan
    rows = hidden(rows, where(rows, category="mann"), "complementary")
    assert found(rows, composition(of), "n_selected", question_id=SCALE, answer="1", category="mann") == [[1, 1]]


def test_of_a_hidden_row_somebody_answered() -> None:
    of = people(["1", None, None], ["1", None, DONT_KNOW])
    rows = shares(of, "1", "2")
    for column in ("n_dont_know", "n_no_answer"):
        rows[column] = np.nan
    rows = hidden(rows, where(rows, question_id=SCALE, breakdown="kjonn"), "complementary")
    assert found(rows, composition(of), "n_answers", question_id=SCALE, breakdown="kjonn") == [[1, 1]] * 2


# How many respondents


def without(of: pd.DataFrame, *shown: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimates without those of women, and the composition without their number, and without shares but these."""
    rows, made = shares(of, "1", "2"), composition(of)
    women = where(made, category="kvinne")
    made = made.assign(n_respondents=made["n_respondents"].astype(float).mask(women))
    made["share"] = made["share"].where(made["category"].isin(shown))
    return hidden(rows, where(rows, category="kvinne"), "complementary"), made


def test_a_share_tells_of_how_many_it_is() -> None:
    """5 men are 5/8 of those who stated their sex."""
    of = people(["1", "2", "2", "1", "1"], ["1", "2", "2"], "1", "2")
    assert found(*without(of, "mann"), "n_respondents", category="kvinne") == [[3, 3]]
    ((lower, upper),) = found(*without(of), "n_respondents", category="kvinne")
    assert lower < 3 < upper


def test_those_who_stated_nothing_are_none_of_the_others() -> None:
    of = people(["1", "2", "2", "1", "1"], ["1", "2", "2"], "1", "2")
    rows, made = without(of)
    unstated = made[:1].assign(breakdown="kjonn", category="uoppgitt", n_respondents=2.0, share=np.nan)
    ((_, upper),) = found(rows, pd.concat([made, unstated]), "n_respondents", category="kvinne")
    assert upper == 3


# What the rule itself says


def by_rule(rows: pd.DataFrame, *shown: int) -> pd.DataFrame:
    """Of the scale all is hidden but the rows with these numbers, and how many of each sex answered; the rule hides
    `1` of them, and what it leads to the rest."""
    is_scale = where(rows, question_id=SCALE) & ~rows.index.isin(shown)
    sexes = is_scale & where(rows, breakdown="kjonn")
    found = hidden(hidden(rows, is_scale & ~sexes, "complementary"), sexes, "complementary", ("n_answers",))
    found.loc[sexes & where(rows, answer="1"), "suppression_reason"] = "primary"
    return found


def number(rows: pd.DataFrame, answer: str, category: str) -> int:
    (found,) = rows.index[where(rows, question_id=SCALE, answer=answer, category=category)]
    return int(found)


def test_where_the_rule_hides_an_answer_some_gave_it_and_some_did_not() -> None:
    """Nothing else is known of these 12 women."""
    of = people(["1"] * 4 + ["2"] * 8, ["1"] * 3 + ["2"] * 9)
    assert found(by_rule(shares(of, "1")), composition(of), "n_selected", category="kvinne") == [[1, 11]]


def test_where_those_who_did_not_give_it_cannot_be_few_those_who_did_are() -> None:
    """5 of the 12 gave another answer, so that 1 to 7 gave this one."""
    of = people(["1"] * 4 + ["2"] * 8, ["1"] * 3 + ["2"] * 4 + ["3"] * 5)
    rows = shares(of, "1", "2", "3")
    frame = by_rule(rows, number(rows, "3", "kvinne"))
    assert found(frame, composition(of), "n_selected", answer="1", category="kvinne") == [[1, 4]]


def test_where_those_who_gave_it_cannot_be_few_those_who_did_not_are() -> None:
    """9 gave the answer, and there are 3 men, so that 6 to 9 of the 12 women did."""
    of = people(["1", "2", "2"], ["1"] * 8 + ["2"] * 4)
    rows = shares(of, "1", "2")
    frame = by_rule(rows, number(rows, "1", "all"))
    assert found(frame, composition(of), "n_selected", answer="1", category="kvinne") == [[8, 9]]


def test_what_the_rule_says_of_one_row_goes_on_to_another() -> None:
    """Of 12 women few gave the answer, so that of the 9 who did 5 or more are men, of whom then few did not."""
    of = people(["1"] * 8 + ["2"] * 4, ["1"] + ["2"] * 6 + ["3"] * 5)
    rows = shares(of, "1", "2", "3")
    frame = by_rule(rows, number(rows, "1", "all"), number(rows, "3", "kvinne"))
    assert found(frame, composition(of), "n_selected", answer="1", category="mann") == [[8, 8]]
    assert found(frame, composition(of), "n_selected", answer="1", category="kvinne") == [[1, 1]]


@pytest.mark.parametrize(("scale", "most"), [("1-5", 4), ("count", 12)])
def test_a_mean_is_hidden_by_the_rule_where_few_answered_and_of_amounts_where_one_gives_most(
    scale: str, most: int
) -> None:
    of = people(["1"] * 12, ["1", "2", "3"] + [None] * 9)
    rows = design.estimates(of)
    rows = rows[where(rows, population="alle", breakdown=["all", "kjonn"])]
    rows = rows[where(rows, question_id=YES) | where(rows, statistic="mean")].reset_index(drop=True)
    women = where(rows, question_id=SCALE, category="kvinne")
    frame = hidden(hidden(rows, where(rows, question_id=SCALE), "complementary"), women)
    frame["scale"] = frame["scale"].mask(where(frame, question_id=SCALE), scale)
    assert found(frame, composition(of), "n_answers", question_id=SCALE, category="kvinne") == [[1, most]]


def test_categories_of_two_breakdowns_that_part_everybody_add_up() -> None:
    """All women have the lowest income, and no man does: men and those with the lowest income are all."""
    of = people(["1"] * 4 + ["2"] * 3, ["1"] * 2 + ["2"] * 6)
    of["inntekt"] = of["kjonn"].map({MEN: 2, WOMEN: 1})
    rows = design.estimates(of)
    rows = rows[where(rows, population="alle", question_id=YES) | where(rows, population="alle", answer="1")]
    rows = rows[where(rows, breakdown=["all", "kjonn", "inntekt"])].reset_index(drop=True)
    frame = hidden(rows, where(rows, question_id=SCALE, breakdown="inntekt"), "complementary")
    cells = pd.DataFrame([("kjonn", "mann"), ("inntekt", "i1")], columns=["breakdown", "category"])
    cells = cells.assign(survey=SURVEY, standard="s", reference_wave=WAVE)
    for standards, expected in ((cells, [[2, 2]]), (cells[:0], [[0, 6]])):
        tables = {"survey_estimates": frame, "survey_composition": design.composition(of)}
        knowledge = replace(design.knowledge(), standards=standards)
        findings = attack(release(**tables), design.RULES, knowledge, None, True)
        ends = findings.loc[where(findings, quantity="n_selected", category="i1"), ["lower", "upper"]]
        assert ends.to_numpy().tolist() == expected
