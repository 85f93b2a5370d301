"""What follows of single rows of unknowns, by rows that can be seen through.

Not here: what follows of many rows together (test_attack.py).
"""

import numpy as np
import pytest

from pipelines.attack.presolve import ContradictionError, propagate
from pipelines.attack.system import Rows, System, make_system

FIRST_WEIGHTED = 10  # unknowns from this number on need not be whole
Row = tuple[dict[int, float], float, float]


def made(*rows: Row) -> System:
    """Rows: {unknown: coefficient}, the least and the most of their sum; with what follows of each."""
    found = Rows()
    for terms, lower, upper in rows:
        keys, factors = np.array(list(terms), np.int64), np.array(list(terms.values()), float)
        found.add(np.zeros(len(terms), np.int64), keys, factors, np.array([lower], float), np.array([upper], float), 1)
    system = make_system(found, FIRST_WEIGHTED)
    propagate(system)
    return system


def ends(*rows: Row) -> list[list[float]]:
    system = made(*rows)
    return np.column_stack([system.column_lower, system.column_upper]).tolist()


def test_what_one_row_says_goes_on_to_others() -> None:
    assert ends(({1: 1.0, 2: 1.0}, 5, 5), ({2: 1.0, 3: -1.0}, 0, 0), ({1: 1.0}, 2, np.inf)) == [[2, 5], [0, 3], [0, 3]]


def test_counts_are_whole_and_weights_are_not() -> None:
    assert ends(({1: 2.0}, 3, 7)) == [[2, 3]]
    assert ends(({FIRST_WEIGHTED: 2.0}, 3, 7)) == [[1.5, 3.5]]


@pytest.mark.parametrize(
    "rows",
    [
        [({1: 1.0}, 3, 3), ({1: 1.0}, 5, 5)],
        [({1: 1.0, 2: 1.0}, 3, 3), ({1: 1.0}, 4, np.inf)],
        [({1: 2.0}, 3, 3)],  # of which half is no number of respondents
        [({FIRST_WEIGHTED: 1.0}, 3, 3), ({FIRST_WEIGHTED: 1.0}, 3.1, 4)],
    ],
)
def test_rows_that_contradict_each_other_are_told(rows: list[Row]) -> None:
    with pytest.raises(ContradictionError, match="contradict each other"):
        made(*rows)


def test_rounding_is_no_contradiction() -> None:
    ((lower, upper),) = ends(({FIRST_WEIGHTED: 1.0}, 3, 3), ({FIRST_WEIGHTED: 1.0}, 3.0005, 4))
    assert lower == upper == pytest.approx(3, abs=1e-3)
