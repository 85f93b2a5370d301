"""What follows of single rows: bounds of unknowns from the bounds of the others, until nothing changes.

Not here: what follows of many rows together (bounds.py).
"""

import numpy as np
import numpy.typing as npt

from pipelines.attack.system import Floats, Ints, System

SLACK = 1e-6  # of a count: sums of doubles
CROSSED = 1e-3  # beyond rounding
ROUNDS = 60


class ContradictionError(ValueError):
    """No answers at all give the tables; what the attack takes as known cannot all be so."""


def propagate(system: System) -> None:
    """Tighten the bounds of the system's columns in place, with what gave them in `column_bits`."""
    row, column = system.row_of_term, system.column
    is_up = system.coefficient > 0
    live = np.ones(len(system.lower), bool)
    for _ in range(ROUNDS):
        keep = live[row]
        if not keep.any():
            return
        changed = _tighten(system, row[keep], column[keep], system.coefficient[keep], is_up[keep])
        live = np.zeros(len(system.lower), bool)
        live[row[changed[column]]] = True


def _tighten(
    system: System, row: Ints, column: Ints, coefficient: Floats, is_up: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """One round over the terms given, which are whole rows in order. Returns which columns got other bounds."""
    low, high = system.column_lower[column], system.column_upper[column]
    least = coefficient * np.where(is_up, low, high)
    most = coefficient * np.where(is_up, high, low)
    first = np.flatnonzero(np.concatenate([[True], row[1:] != row[:-1]]))
    within = np.cumsum(np.concatenate([[False], row[1:] != row[:-1]]))
    # a row with two terms without end bounds none of them; with one, that one
    rest_least = _rest(least, first, within, -np.inf)
    rest_most = _rest(most, first, within, np.inf)
    upper = (system.upper[row] - rest_least) / coefficient
    lower = (system.lower[row] - rest_most) / coefficient
    upper, lower = np.where(is_up, upper, lower), np.where(is_up, lower, upper)
    new_lower, new_upper = system.column_lower.copy(), system.column_upper.copy()
    np.maximum.at(new_lower, column, np.where(np.isnan(lower), -np.inf, lower))
    np.minimum.at(new_upper, column, np.where(np.isnan(upper), np.inf, upper))
    whole = system.is_whole
    new_lower[whole], new_upper[whole] = np.ceil(new_lower[whole] - 1e-4), np.floor(new_upper[whole] + 1e-4)
    crossed = new_lower > new_upper
    if (new_lower - new_upper > CROSSED * np.maximum(1, np.abs(new_lower)))[crossed].any():
        raise ContradictionError("two rows of the tables, or a row and what is taken as known, contradict each other")
    new_lower[crossed] = new_upper[crossed] = np.minimum(new_lower[crossed], system.column_upper[crossed])
    gain = np.maximum(1e-3 * np.where(np.isinf(new_upper), 0, new_upper - new_lower), SLACK)
    raised, lowered = new_lower > system.column_lower + gain, new_upper < system.column_upper - gain
    closed = (new_upper - new_lower <= SLACK) & (system.column_upper - system.column_lower > SLACK)
    changed = raised | lowered | closed
    mask = np.bitwise_or.reduceat(system.column_bits[column], first) | system.bits[row[first]]
    gives = changed[column] & (
        (lower >= system.column_lower[column] + SLACK) | (upper <= system.column_upper[column] - SLACK)
    )
    np.bitwise_or.at(system.column_bits, column[gives], mask[within[gives]])
    system.column_lower[changed], system.column_upper[changed] = new_lower[changed], new_upper[changed]
    return changed


def _rest(ends: Floats, first: Ints, within: Ints, endless: float) -> Floats:
    """Of each term the sum of the ends of the other terms of its row."""
    is_endless = np.isinf(ends)
    finite = np.where(is_endless, 0, ends)
    n_endless = np.add.reduceat(is_endless.astype(np.int64), first)[within]
    rest = np.add.reduceat(finite, first)[within] - finite
    return np.where(n_endless - is_endless > 0, endless, rest)


def component_of(n_columns: int, row: Ints, column: Ints) -> Ints:
    """A number for each column; columns that rows tie together, by any way, have the same."""
    label = np.arange(n_columns)
    n_rows = int(row.max(initial=-1)) + 1
    while True:
        of_row = np.full(n_rows, n_columns)
        np.minimum.at(of_row, row, label[column])
        new = label.copy()
        np.minimum.at(new, column, of_row[row])
        new = new[new]
        if (new == label).all():
            return label
        label = new
