"""Complementary suppression: which further rows are hidden, so that no hidden number can be computed back.

Not here: what the numbers are and how they are linked (blocks.py), the least set of rows where they are few (exact.py).

An outsider knows the equations, and every number that is shown; of a hidden one he can compute an interval. It has to
be as wide as the number's protection, or more is hidden, for the least cost: one linear programme for each end of an
interval that is not wide yet moves the hidden number and pays for every shown number that has to move with it (Kelly,
Golden and Assad 1992, for tables that are not linked). What moved is hidden. Each solution is a witness, of numbers as
they might be as well, so that most intervals are known to be wide without a programme of their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import highspy
import numpy as np

from pipelines.common.highs import quiet_highs
from pipelines.disclosure.exact import cheapest
from pipelines.disclosure.linked import Linked

SMALL = 1e-6  # in respondents: what two solutions may differ by and be the same
# The two ends of an interval, and once more where the first was as far as is known of every such number.
STEPS = 3
PULL = 1e-3  # far below the cost of any row


@dataclass
class Protection:
    """What came of it.

    Attributes:
        hidden: the rows, sorted.
        released: numbers of which nobody may be told that they are few: with others that are, it would say how many.
        unprotected: numbers whose interval could not be made wide enough, whatever is hidden.
        known: those of them that follow from what may not be hidden.
    """

    hidden: list[int]
    released: set[int] = field(default_factory=set)
    unprotected: list[int] = field(default_factory=list)
    known: set[int] = field(default_factory=set)


def protect(linked: Linked, primary: Iterable[int]) -> Protection:
    """Hide rows beside the primary ones, until every hidden number is as uncertain as its protection asks.

    Raises ValueError where the numbers are not what the equations say.
    """
    linked.require_sums()
    start = set(primary)
    search = Search(linked, start | cheapest(linked, start))
    unprotected = [number for number in iter(search.next_number, None) if not search.widen_or_release(number)]
    known = {number for number in unprotected if search.reach(number) <= SMALL}
    return Protection(sorted(search.hidden), search.released, unprotected, known)


class Search:
    """A programme of all numbers of a block, changed a little from one question to the next.

    A number that is open from the start is one column. One that is shown is two: how far it is moved up, and down.
    """

    def __init__(self, linked: Linked, rows: set[int]) -> None:
        self.linked = linked
        self.hidden: set[int] = set()
        self.released: set[int] = set()
        self.waiting: list[int] = []  # hidden numbers that are not known to be wide
        self.lowest, self.highest = linked.value.copy(), linked.value.copy()  # of the witnesses
        self.shown_in = linked.shown_in()
        self.cost = np.array([sum(linked.cost[row] for row in rows) for rows in self.shown_in]) / linked.scale
        self.model: highspy.Highs | None = None
        self._hide(rows)
        self._build()

    def next_number(self) -> int | None:
        """A hidden number that is not known to be wide; None when there is none left."""
        while self.waiting:
            number = self.waiting.pop()
            if not self._is_wide(number):
                return number
        return None

    def widen_or_release(self, number: int) -> bool:
        """As widen(). Where it leaves too little room that this number, or others, are known to be few, that is not
        told."""
        told = np.flatnonzero(np.isfinite(self.linked.high))
        for released in (np.array([], dtype=int), told[told == number], told):
            self._release(released)
            if self.widen(number):
                return True
        return False

    def widen(self, number: int) -> bool:
        """Move it up and down, hiding what has to move with it; whether its interval is wide enough then."""
        for to in self._ends(number):
            if self._is_wide(number):
                return True
            self._take(self._move_for_nothing(number, to))
        for _ in range(STEPS):
            if self._is_wide(number):
                return True
            ways = [way for to in self._ends(number) if (way := self._move(number, to)) is not None]
            if not ways:
                return False
            _, values = min(ways, key=lambda way: way[0])
            self._hide({row for moved in self._moved(values) for row in self.shown_in[moved]})
            self._take(values)
        return self._is_wide(number)

    def _take(self, values: np.ndarray | None) -> None:
        """A witness: numbers as they might be as well."""
        if values is not None:
            self.lowest, self.highest = np.fmin(self.lowest, values), np.fmax(self.highest, values)

    def reach(self, number: int) -> float:
        return float(self.highest[number] - self.lowest[number])

    def _is_wide(self, number: int) -> bool:
        return self.reach(number) >= float(self.linked.protection[number]) - SMALL

    def _ends(self, number: int) -> list[float]:
        """Where it would be wide, as far up and down as it can be known to be."""
        width = self.linked.protection[number]
        up = min(self.lowest[number] + width, self.linked.high[number])
        down = max(self.highest[number] - width, self.linked.low[number])
        return [up] * bool(up > self.highest[number]) + [down] * bool(down < self.lowest[number])

    def _moved(self, values: np.ndarray) -> np.ndarray:
        """The shown numbers that have other values."""
        return np.flatnonzero((np.abs(values - self.linked.value) > SMALL) & (self.cost > 0))

    def _hide(self, rows: set[int]) -> None:
        new = rows - self.hidden
        self.hidden |= new
        for number in {number for row in new for number in self.linked.rows[row]}:
            shown_in = [row for row in self.shown_in[number] if row not in self.hidden]
            self.cost[number] = sum(self.linked.cost[row] for row in shown_in) / self.linked.scale[number]
            if not shown_in and self.linked.protection[number] > 0:
                self.waiting.append(number)
            if self.model is not None and np.isfinite(self.cost[number]):  # else it may not move
                for column in self._columns(number):
                    self.model.changeColCost(column, self.cost[number])

    def _release(self, numbers: np.ndarray) -> None:
        assert self.model is not None
        for number in numbers.tolist():
            self.linked.low[number], self.linked.high[number] = 0.0, np.inf
            self.released.add(number)
            for column, most in zip(self._columns(number), (np.inf, self.linked.value[number]), strict=False):
                self.model.changeColBounds(column, 0.0, most)

    def _columns(self, number: int) -> list[int]:
        """Up, and down where it is shown."""
        return [number, int(self.down[number])] if self.is_split[number] else [number]

    def _build(self) -> None:
        linked, n = self.linked, len(self.linked.value)
        self.is_split = self.cost > 0
        split = np.flatnonzero(self.is_split)
        self.down = np.full(n, -1)
        self.down[split] = n + np.arange(len(split))
        self.known = np.where(self.is_split, linked.value, 0.0)
        may_move = np.isfinite(self.cost)
        above, below = (
            np.where(may_move, np.maximum(room, 0.0), 0.0)
            for room in (linked.high - linked.value, linked.value - linked.low)
        )
        cost = np.where(may_move, self.cost, 0.0)
        start, equation, coefficient = linked.columns()
        again = np.isin(np.repeat(np.arange(n), np.diff(start)), split)
        problem = highspy.HighsLp()
        problem.num_col_, problem.num_row_ = n + len(split), linked.n_equations
        problem.col_cost_ = np.concatenate([cost, cost[split]])
        problem.col_lower_ = np.concatenate([np.where(self.is_split, 0.0, linked.low), np.zeros(len(split))])
        problem.col_upper_ = np.concatenate([np.where(self.is_split, above, linked.high), below[split]])
        problem.row_lower_ = problem.row_upper_ = -linked.sums(self.known)
        problem.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        problem.a_matrix_.start_ = np.concatenate([start, start[-1] + np.cumsum(np.diff(start)[split])])
        problem.a_matrix_.index_ = np.concatenate([equation, equation[again]])
        problem.a_matrix_.value_ = np.concatenate([coefficient, -coefficient[again]])
        self.model = quiet_highs(presolve="off")  # asked again and again, with one bound changed
        self.model.passModel(problem)

    def _move(self, number: int, to: float) -> tuple[float, np.ndarray] | None:
        """The cheapest numbers in which this one has another value: (cost, all numbers); None where there are none."""
        step = to - self.linked.value[number]
        bounds = [max(step, 0.0), max(-step, 0.0)] if self.is_split[number] else [to]
        return self._solved(number, [(bound, bound) for bound in bounds], [0.0] * len(bounds))

    def _move_for_nothing(self, number: int, to: float) -> np.ndarray | None:
        """Numbers in which this one is as near to another value as it gets where no shown number moves."""
        value = self.linked.value[number]
        step, pull = to - value, PULL if to > value else -PULL
        if not self.is_split[number]:
            found = self._solved(number, [(min(value, to), max(value, to))], [-pull])
        else:
            found = self._solved(number, [(0.0, max(step, 0.0)), (0.0, max(-step, 0.0))], [-pull, pull])
        return found[1] if found and not len(self._moved(found[1])) else None

    def _solved(
        self, number: int, bounds: list[tuple[float, float]], costs: list[float]
    ) -> tuple[float, np.ndarray] | None:
        """(cost, all numbers) with these bounds and costs of a hidden number's columns; None where there are none."""
        assert self.model is not None
        columns = self._columns(number)
        before = [self.model.getCol(column)[2:4] for column in columns]
        for column, bound, cost in zip(columns, bounds, costs, strict=True):
            self.model.changeColBounds(column, *bound)
            self.model.changeColCost(column, cost)
        found = (self.model.getInfo().objective_function_value, self._values()) if self._has_solution() else None
        for column, bound in zip(columns, before, strict=True):
            self.model.changeColBounds(column, *bound)
            self.model.changeColCost(column, 0.0)
        return found

    def _has_solution(self) -> bool:
        """Raises RuntimeError where that cannot be told: what is not known must not pass for what cannot move."""
        assert self.model is not None
        for _ in range(2):
            self.model.run()
            status = self.model.getModelStatus()
            if status in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible):
                return bool(status == highspy.HighsModelStatus.kOptimal)
            self.model.clearSolver()  # it lost its way from the last solution: from nothing
        raise RuntimeError(f"HiGHS ended with {status}")

    def _values(self) -> np.ndarray:
        assert self.model is not None
        columns: np.ndarray = np.array(self.model.getSolution().col_value)
        n = len(self.linked.value)
        values: np.ndarray = self.known + columns[:n]
        values[self.is_split] -= columns[n:]
        return values
