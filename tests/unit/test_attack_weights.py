"""What weights say of the answers of a few women, each by one means alone.

Not here: what they say of larger tables (test_attack.py).
"""

import pandas as pd
import pytest

from pipelines.attack.attack import attack
from tests.unit import published_design as design
from tests.unit.published_design import SCALE, YES, hidden, release, where

MEN, WOMEN = 1, 2


def people(answers: list[str | None], weights: list[float]) -> pd.DataFrame:
    """Women, and two men who weigh 1 and 3: the least and the most that anyone does."""
    n = len(answers)
    return pd.DataFrame(
        {
            "kjonn": [MEN] * 2 + [WOMEN] * n,
            "inntekt": 1,
            SCALE: ["1", "2", *answers],
            YES: "2",
            "weight": [1.0, 3.0, *weights],
        }
    )


def of_women(of: pd.DataFrame, quantity: str, kept: tuple[str, ...]) -> list[float]:
    """The ends of what is found of those who gave `1`, where all is hidden but these columns of women."""
    rows = design.estimates(of)
    rows = rows[where(rows, population="alle", question_id=SCALE, answer="1", breakdown=["all", "kjonn"])]
    women = where(rows, category="kvinne")
    frame = hidden(hidden(rows, ~women, "complementary"), women, "complementary", kept)
    tables = {"survey_estimates": frame, "survey_composition": design.composition(of)}
    findings = attack(
        release(**tables, weight_audit=design.weights(of)), design.RULES, design.knowledge(), bounds_all=True
    )
    ((lower, upper),) = findings.loc[
        where(findings, quantity=quantity, category="kvinne"), ["lower", "upper"]
    ].to_numpy()
    return [lower, upper]


def test_those_who_weigh_6_together_are_2_to_6() -> None:
    of = people(["1", "2", "2", "1"] + [None] * 6, [2.0, 1.0, 1.0, 2.0] + [1.5] * 6)
    assert of_women(of, "n_answers", ("sum_weights",)) == [2, 6]


def test_what_a_category_weighs_is_its_share_of_what_all_do() -> None:
    """4 women weigh 10, and the 2 who gave the answer no more than 6, as the others."""
    of = people(["1", "1", "2", "2"], [3.0, 2.0, 3.0, 2.0])
    counts = ("n_selected", "n_answers", "n_respondents", "n_dont_know", "n_no_answer")
    assert of_women(of, "estimate", counts) == pytest.approx([0.4, 0.6], abs=1e-6)
