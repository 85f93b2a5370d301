"""What follows of the counts of a few respondents by two sexes, each by one means alone.

Not here: larger tables, and several means together (test_attack.py).
"""

from typing import Any

import numpy as np
import pandas as pd

from pipelines.attack.attack import attack
from tests.unit import published_design as design
from tests.unit.published_design import SCALE, YES, hidden, release, where

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
