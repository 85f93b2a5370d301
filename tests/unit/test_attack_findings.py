"""Which of the intervals that the attack finds give a hidden number away, by cells and ends that are made up.

Not here: where the intervals come from (test_attack.py, test_attack_presolve.py).
"""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipelines.attack.findings import FINDING, _step, estimate_findings
from pipelines.attack.model import Bounds

SHARE = {
    **dict.fromkeys(FINDING),
    **{"statistic": "share", "quantity": "n_selected", "question": 1, "place": 1, "base": 1, "tables": "", "step": 1.0},
    **{"threshold": 5, "protection": 3.0, "n": np.nan, "n_base": np.nan, "n_most": 100, "is_given": False},
}
BASE = {**SHARE, "quantity": "n_answers"}
ESTIMATE = {**SHARE, "quantity": "estimate"}
MEAN = {**ESTIMATE, "statistic": "mean"}
Cell = tuple[dict[str, Any], float, float]


def findings(*cells: Cell, is_final: bool = True) -> pd.DataFrame:
    """What is found of cells with these ends."""
    rows = pd.DataFrame([row for row, _, _ in cells])
    lower, upper = (np.array([cell[end] for cell in cells], float) for end in (1, 2))
    n = len(cells)
    return estimate_findings(rows, Bounds(lower, upper, np.full(n, is_final), np.zeros(n, np.int64)))


@pytest.mark.parametrize(
    ("cell", "lower", "upper", "is_too_narrow"),
    [
        (SHARE, 2, 4, True),
        (SHARE, 2, 5, False),
        (SHARE, 7, 7, True),
        ({**SHARE, "n_most": 2}, 0, 2, False),  # no two numbers can be further apart
        (BASE, 1, 3, True),
        ({**BASE, "n_most": 3}, 1, 3, False),  # nor these: a base is not 0
        ({**BASE, "n_most": 1}, 1, 1, True),  # nothing else is possible, and that tells it
        ({**SHARE, "protection": 0.0}, 7, 7, True),
        ({**ESTIMATE, "n_base": 8}, 0.25, 0.5, True),
        ({**ESTIMATE, "n_base": 8}, 0.25, 0.625, False),
        ({**ESTIMATE, "n_most": 8}, 0.25, 0.5, False),  # half is enough where nobody knows of how many it is
        ({**ESTIMATE, "n_most": 8}, 0.25, 0.375, True),
        ({**ESTIMATE, "protection": 0.0}, 0.25, 0.25, True),
        ({**MEAN, "n_base": 8, "step": 0.5}, 3.0, 3.25, False),
        ({**MEAN, "n_base": 8, "step": 1.0}, 3.0, 3.25, True),
    ],
)
def test_an_interval_is_too_narrow(cell: dict[str, Any], lower: float, upper: float, is_too_narrow: bool) -> None:
    assert findings((cell, lower, upper))["is_too_narrow"].tolist() == [is_too_narrow]


@pytest.mark.parametrize(("most", "is_too_narrow"), [(4, True), (6, False)])
def test_an_estimate_needs_all_where_the_programmes_tell_of_how_many_it_is(most: int, is_too_narrow: bool) -> None:
    found = findings(({**BASE, "n_most": 8}, 4, most), ({**ESTIMATE, "n_most": 8}, 0.25, 0.5))
    assert found["is_too_narrow"].tolist() == [True, is_too_narrow]


def test_that_of_another_place_tells_it_nothing() -> None:
    found = findings(({**BASE, "place": 2, "n_most": 8}, 4, 4), ({**ESTIMATE, "n_most": 8}, 0.25, 0.5))
    assert found["is_too_narrow"].tolist() == [True, False]


def test_counts_end_at_whole_numbers_and_estimates_do_not() -> None:
    found = findings((SHARE, 1.4, 4.7), (SHARE, 3.00001, 6.99999), ({**ESTIMATE, "n_base": 8}, 0.4, 0.7))
    assert found[["lower", "upper"]].to_numpy().tolist() == [[2, 4], [3, 7], [0.4, 0.7]]


def test_a_base_of_so_many_that_none_is_few_is_no_secret() -> None:
    assert findings((BASE, 5, 5)).empty
    assert len(findings((BASE, 4, 4))) == 1
    assert len(findings((SHARE, 5, 5))) == 1


def test_what_is_given_whatever_anyone_answered_and_what_is_no_end_yet_is_no_finding() -> None:
    assert findings(({**SHARE, "is_given": True}, 7, 7)).empty
    assert findings((SHARE, 7, 7), is_final=False).empty


def test_a_number_of_a_base_that_is_known_is_a_share_as_well() -> None:
    found = findings(({**SHARE, "n": 8, "n_base": 8}, 2, 4))
    assert found["quantity"].tolist() == ["n_selected", "estimate"]
    assert found[["lower", "upper"]].to_numpy().tolist() == [[2, 4], [0.25, 0.5]]


def test_one_respondent_moves_a_mean_by_the_least_distance_of_two_values() -> None:
    value = np.array([[np.nan, np.nan, np.nan], [0.0, 10.0, 2.5], [1.0, 1.0, np.nan]])
    cells = pd.DataFrame([{**MEAN, "question": 1}, {**ESTIMATE, "question": 1}, {**MEAN, "question": 2}])
    assert _step(cells, SimpleNamespace(answers=SimpleNamespace(value=value))).tolist() == [2.5, 1.0, 1.0]  # type: ignore[arg-type]
