"""The part of a wave's equations that is still free, as a linear programme in HiGHS, and the cells asked about over it.

Not here: what is asked, in which order (bounds.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from pipelines.attack.presolve import ContradictionError, component_of
from pipelines.attack.system import Floats, Ints, System, totals
from pipelines.common.highs import quiet_highs

LOOSE = 1e-7  # rows may be off by this much of their size: estimates are rounded doubles
DUAL = 1e-9
WHOLE = 1e-3  # how near a whole number a sum of counts is computed
DUAL_METHOD, PRIMAL_METHOD = 1, 4  # HiGHS's simplex_strategy
FEW = 30  # unknowns in an objective, for which the last basis is a good start
MOST = 1e7  # respondents, where nothing else is said


@dataclass
class Targets:
    """What is asked: sums of unknowns, or such a sum over another. Terms are (target, column of the system, factor).

    enough: as wide an interval needs no exact ends; inf asks for them all the same
    is_whole: whole numbers, whose interval ends at whole numbers
    """

    above: tuple[Ints, Ints, Floats]
    below: tuple[Ints, Ints, Floats]
    has_below: npt.NDArray[np.bool_]
    enough: Floats
    is_whole: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.enough)

    def of(self, which: Ints) -> "Targets":
        """The targets with these numbers."""
        place = np.full(len(self), -1)
        place[which] = np.arange(len(which))
        above, below = (
            (place[row[place[row] >= 0]], column[place[row] >= 0], factor[place[row] >= 0])
            for row, column, factor in (self.above, self.below)
        )
        return Targets(above, below, self.has_below[which], self.enough[which], self.is_whole[which])


@dataclass
class Bounds:
    """For each target: the ends found, whether they are the ends, and what gave them (bits). Else only points."""

    lower: Floats
    upper: Floats
    is_final: npt.NDArray[np.bool_]
    bits: Ints


def whole_ends(lower: Floats, upper: Floats, is_whole: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The interval of whole numbers inside, where only those can be."""
    return (
        np.where(is_whole, np.ceil(lower - 1e-4), lower),
        np.where(is_whole, np.floor(upper + 1e-4), upper),
    )


class Model:
    """The free part of a system, in HiGHS, and the targets over it."""

    def __init__(self, system: System, inside: npt.NDArray[np.bool_], free: npt.NDArray[np.bool_], targets: Targets):
        """inside: the columns of the model, which rows tie to no other that is free"""
        self.system, self.targets, self.inside = system, targets, inside
        self.place = np.cumsum(inside) - 1
        self.fixed = np.where(free, 0, system.column_lower)
        row, column, coefficient = system.row_of_term, system.column, system.coefficient
        moved = totals(row, coefficient * self.fixed[column], len(system.lower))
        is_inside = inside[column]
        self.rows, self.row = np.unique(row[is_inside], return_inverse=True)
        self.column, self.coefficient = self.place[column[is_inside]], coefficient[is_inside]
        slack = LOOSE * np.maximum(1, np.abs(moved[self.rows]))
        self.lower, self.upper = (
            system.lower[self.rows] - moved[self.rows] - slack,
            system.upper[self.rows] - moved[self.rows] + slack,
        )
        self._make_exact(free)
        self.bits = self._row_bits(row, column, free)
        self.above, self.below = self._over_free(targets.above), self._over_free(targets.below)
        self.fixed_above = self._of_fixed(targets.above)
        self.fixed_below = np.where(targets.has_below, self._of_fixed(targets.below), 1.0)
        self.label, self.part = self._parts()
        self.highs: highspy.Highs | None = None

    def _make_exact(self, free: npt.NDArray[np.bool_]) -> None:
        """Sums of counts that are whole numbers are exact, and so is a 0 of weighted counts none of which is settled.
        HiGHS takes out most unknowns of such rows beforehand, and of none that may be off."""
        n, system = len(self.rows), self.system
        place = np.full(len(system.lower), n)
        place[self.rows] = np.arange(n)
        row = place[system.row_of_term]
        flags = system.coefficient % 1 != 0, ~system.is_whole[system.column], ~free[system.column]
        is_broken, is_weighted, is_moved = (totals(row, flag.astype(np.float64), n + 1)[:n] > 0 for flag in flags)
        reach = np.where(is_broken | (is_weighted & is_moved), 0, np.where(is_weighted, 2 * LOOSE, WHOLE))
        with np.errstate(invalid="ignore"):  # an end may be endless
            self.lower, self.upper = (
                np.where(np.abs(ends - np.round(ends)) < reach, np.round(ends), ends)
                for ends in (self.lower, self.upper)
            )

    def _row_bits(self, row: Ints, column: Ints, free: npt.NDArray[np.bool_]) -> Ints:
        """What a row rests on: its own means, and those that settled its fixed unknowns."""
        bits = self.system.bits.copy()
        is_fixed = ~free[column]
        np.bitwise_or.at(bits, row[is_fixed], self.system.column_bits[column[is_fixed]])
        return bits[self.rows]

    def _over_free(self, terms: tuple[Ints, Ints, Floats]) -> tuple[Ints, Ints, Floats]:
        is_inside = self.inside[terms[1]]
        return terms[0][is_inside], self.place[terms[1][is_inside]], terms[2][is_inside]

    def _of_fixed(self, terms: tuple[Ints, Ints, Floats]) -> Floats:
        return totals(terms[0], terms[2] * self.fixed[terms[1]], len(self.targets))

    def _parts(self) -> tuple[Ints, Ints]:
        """The part of each column and each target, by a number."""
        n_rows = len(self.rows)
        row = np.concatenate([self.row, n_rows + self.above[0], n_rows + self.below[0]])
        column = np.concatenate([self.column, self.above[1], self.below[1]])
        label = component_of(int(self.inside.sum()), row, column)
        part = np.zeros(len(self.targets), np.int64)
        for target, of_target, _ in (self.above, self.below):
            part[target] = label[of_target]
        return label, part

    def are_wide(self, found: Bounds, which: slice = slice(None)) -> npt.NDArray[np.bool_]:
        """Whether the points found are as far apart as asked."""
        lower, upper = whole_ends(found.lower[which], found.upper[which], self.targets.is_whole[which])
        wide: npt.NDArray[np.bool_] = upper - lower >= self.targets.enough[which] - 1e-9
        return wide

    def is_wide(self, found: Bounds, target: int) -> bool:
        """The same of one target."""
        return bool(self.are_wide(found, slice(target, target + 1))[0])

    def cost(self, sign: Floats, rate: Floats) -> Floats:
        """The objective: each target with its sign, its denominator times the rate taken off."""
        n = int(self.inside.sum())
        rate = np.nan_to_num(rate, posinf=0, neginf=0)  # none where the denominator was 0 in every point so far
        above = totals(self.above[1], self.above[2] * sign[self.above[0]], n)
        taken = (sign * rate)[self.below[0]] * self.below[2]
        return above - totals(self.below[1], taken, n)

    def values(self, point: Floats) -> Floats:
        """Every target at a point."""
        n = len(self.targets)
        above = self.fixed_above + totals(self.above[0], self.above[2] * point[self.above[1]], n)
        below = self.fixed_below + totals(self.below[0], self.below[2] * point[self.below[1]], n)
        value: Floats = np.divide(above, below, out=np.full(n, np.nan), where=np.abs(below) > LOOSE)
        return value

    def see(self, found: Bounds, point: Floats) -> None:
        """Widen the ends found to what the targets are at a point."""
        value = self.values(point)
        found.lower = np.fmin(found.lower, value)
        found.upper = np.fmax(found.upper, value)

    def blame(self, found: Bounds, targets: Iterable[int]) -> None:
        """Note which means the ends of these targets rest on: the rows that hold the optimum."""
        assert self.highs is not None
        solution = self.highs.getSolution()
        rests = np.abs(np.array(solution.row_dual)) > DUAL
        held = np.abs(np.array(solution.col_dual)) > DUAL
        label = self.label
        part_of_row = label[self.column[np.searchsorted(self.row, np.arange(len(self.rows)))]]
        bits = np.zeros(len(label), np.int64)
        np.bitwise_or.at(bits, part_of_row[rests], self.bits[rests])
        np.bitwise_or.at(bits, label[held], self.system.column_bits[self.inside][held])
        for target in targets:
            found.bits[target] |= bits[self.part[target]]

    def solve(self, cost: Floats) -> Floats:
        """The point with the least cost."""
        highs = self._start(int((cost != 0).sum()))
        highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        highs.run()
        status = highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise ContradictionError(f"the programme has no answer: {highs.modelStatusToString(status)}")
        return np.array(highs.getSolution().col_value)

    def _start(self, n_asked: int) -> highspy.Highs:
        """HiGHS, ready to ask for a sum of so many unknowns."""
        if self.highs is None or n_asked > FEW:  # far from any basis: by the dual method, after a presolve
            self.highs = self.highs or _passed(self)
            self.highs.clearSolver()
            self._set(presolve="on", simplex_strategy=DUAL_METHOD)
        else:  # by the primal one from the last basis, which is still feasible
            self._set(presolve="off", simplex_strategy=PRIMAL_METHOD)
        return self.highs

    def _set(self, **options: str | int) -> None:
        assert self.highs is not None
        for name, value in options.items():
            self.highs.setOptionValue(name, value)


def _passed(model: Model) -> highspy.Highs:
    """HiGHS with the model's columns, rows and terms, and no objective."""
    system, free = model.system, model.inside
    order = np.lexsort((model.row, model.column))
    n_columns, n_rows = int(free.sum()), len(model.rows)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n_columns, n_rows
    lp.col_cost_ = np.zeros(n_columns)
    lp.col_lower_, lp.col_upper_ = system.column_lower[free], np.minimum(system.column_upper[free], MOST)
    lp.row_lower_, lp.row_upper_ = model.lower, model.upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    counts = np.bincount(model.column, minlength=n_columns)
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    lp.a_matrix_.index_ = model.row[order].astype(np.int32)
    lp.a_matrix_.value_ = model.coefficient[order]
    highs = quiet_highs(solver="simplex")
    highs.passModel(lp)
    return highs
