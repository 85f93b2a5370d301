"""The least and the most that hidden cells can be, by linear programmes over one wave (HiGHS).

One model holds all that is still free of a wave. Its parts that nothing ties together are solved at once: each run asks
one question of each part. Points of the first runs, with random objectives, prove most cells to be wide enough; only
the others get programmes of their own.

Not here: the equations (attack_facts.py), and what an interval means (attack.py).
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import highspy
import numpy as np
import numpy.typing as npt

from pipelines.disclosure.attack_presolve import SLACK, ContradictionError, component_of
from pipelines.disclosure.attack_system import Floats, Ints, System, totals

RANDOM_RUNS = 8
LEFT = 0.8  # a run that leaves more of the cells unproven is the last random one
BATCH = 400  # columns
SAME = 1e-6  # of the larger of 1 and the number
LOOSE = 1e-7  # rows may be off by this much of their size: estimates are rounded doubles
DUAL = 1e-9
PRIMAL = 4  # HiGHS's simplex_strategy
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


def find_bounds(system: System, targets: Targets) -> Bounds:
    """The ends of every target that is not proven to be wide. ContradictionError where nothing fits."""
    free = system.column_upper - system.column_lower > SLACK
    n = len(targets)
    found = Bounds(np.full(n, np.inf), np.full(n, -np.inf), np.zeros(n, bool), np.zeros(n, np.int64))
    label, part = _parts(system, free, targets)
    _settle(system, targets, part < 0, found)
    for inside in _batches(label, part):
        which = np.flatnonzero((part >= 0) & np.isin(part, label[inside]))
        _search(_Model(system, inside, free, targets.of(which)), found, which)
    return found


def _parts(system: System, free: npt.NDArray[np.bool_], targets: Targets) -> tuple[Ints, Ints]:
    """The part of each column, -1 for one that is settled, and of each target; a target over several ties them."""
    row = np.concatenate(
        [system.row_of_term, len(system.lower) + targets.above[0], len(system.lower) + targets.below[0]]
    )
    column = np.concatenate([system.column, targets.above[1], targets.below[1]])
    is_free = free[column]
    label = np.where(free, component_of(len(free), row[is_free], column[is_free]), -1)
    part = np.full(len(targets), -1)
    for target, of_target, _ in (targets.above, targets.below):
        np.maximum.at(part, target, label[of_target])
    return label, part


def _settle(system: System, targets: Targets, settled: npt.NDArray[np.bool_], found: Bounds) -> None:
    """Targets over settled columns only have one value."""
    n = len(targets)
    above, below = (
        totals(row, factor * system.column_lower[column], n) for row, column, factor in (targets.above, targets.below)
    )
    divisor = np.where(targets.has_below, below, 1)
    value = np.divide(above, divisor, out=np.full(n, np.nan), where=settled & (divisor > 0))
    found.lower[settled] = found.upper[settled] = value[settled]
    found.is_final |= settled
    for row, column, _ in (targets.above, targets.below):
        np.bitwise_or.at(found.bits, row, np.where(settled[row], system.column_bits[column], 0))


def _batches(label: Ints, part: Ints) -> Iterator[npt.NDArray[np.bool_]]:
    """Columns, some parts at a time: HiGHS takes longer for each step in a large model, and for each small model."""
    wanted, counts = np.unique(label[np.isin(label, part[part >= 0])], return_counts=True)
    order = np.argsort(counts)
    batch = np.cumsum(counts[order]) // BATCH
    for number in np.unique(batch):
        yield np.isin(label, wanted[order][batch == number])


def _search(model: "_Model", found: Bounds, which: Ints) -> None:
    """Ask for the targets of a model, and put what is found in its place."""
    n = len(which)
    inside = Bounds(np.full(n, np.inf), np.full(n, -np.inf), np.zeros(n, bool), np.zeros(n, np.int64))
    _scatter(model, inside)
    _settle_constant(model, inside)
    queues = model.queues(inside)
    while queues:
        asked = {part: queue[0] for part, queue in queues.items()}
        sign, rate = np.zeros(n), np.zeros(n)
        for question in asked.values():
            sign[question.target], rate[question.target] = question.sign, question.rate
        point = model.solve(model.cost(sign, rate))
        model.see(inside, point)
        value = model.values(point)
        for question in asked.values():
            _take(model, inside, question, value[question.target], rate[question.target])
        model.blame(inside, [question.target for question in asked.values()])
        for part in [part for part, queue in queues.items() if not _next(model, inside, queue)]:
            del queues[part]
    found.lower[which], found.upper[which] = inside.lower, inside.upper
    found.is_final[which], found.bits[which] = inside.is_final, inside.bits


def _scatter(model: "_Model", found: Bounds) -> None:
    """Points with random objectives, for as long as they prove something."""
    random, n = np.random.default_rng(13), len(found.bits)
    n_narrow = n + 1
    for run in range(RANDOM_RUNS):
        is_narrow = ~model.are_wide(found)
        if is_narrow.sum() > (n_narrow if run < 3 else LEFT * n_narrow) or not is_narrow.any():
            return
        n_narrow = is_narrow.sum()
        signs = np.full(n, (-1.0) ** run) if run < 2 else random.choice([-1.0, 1.0], n)
        middle = (found.lower + found.upper) / 2 if run else np.zeros(n)
        model.see(found, model.solve(model.cost(signs * is_narrow, middle)))


def _settle_constant(model: "_Model", found: Bounds) -> None:
    """Cells that were the same in all points: final where the most and the least of a random sum of them are the same
    too, for a sum of numbers that vary is not constant but by a chance of nil."""
    n = len(found.bits)
    random = np.random.default_rng(31)
    while True:
        same = ~model.are_wide(found) & ~found.is_final & _are_same(found)
        if not same.any():
            return
        weight = np.where(same, random.uniform(0.5, 1.5, n), 0.0)
        for sign in (1.0, -1.0):
            model.see(found, model.solve(model.cost(sign * weight, (found.lower + found.upper) / 2)))
            model.blame(found, np.flatnonzero(same))
        if (same <= _are_same(found)).all():
            found.is_final |= same
            return


def _are_same(found: Bounds) -> npt.NDArray[np.bool_]:
    is_seen = np.isfinite(found.lower)
    size = np.where(is_seen, np.abs(found.lower), 1)
    return is_seen & (found.upper - found.lower <= SAME * np.maximum(1, size))


@dataclass
class _Question:
    """The least (sign 1) or the most (sign -1) of a target; of a quotient, beside the best rate found so far."""

    target: int
    sign: float
    rate: float = 0
    is_done: bool = False
    tries: int = field(default=0)


def _take(model: "_Model", found: Bounds, question: _Question, value: float, rate: float) -> None:
    """The end is found; of a quotient when the rate gets no better, so that asking again would say the same."""
    question.tries += 1
    is_better = question.sign * (rate - value) > 1e-9 * max(1, abs(value))
    if model.targets.has_below[question.target] and is_better and question.tries < 30:
        question.rate = value
        return
    question.is_done = True
    if question.sign < 0 and np.isfinite(found.lower[question.target]):
        found.is_final[question.target] = True


def _next(model: "_Model", found: Bounds, queue: "deque[_Question]") -> bool:
    """Drop what is answered or no longer asked; False when nothing is left."""
    while queue:
        question = queue[0]
        if not question.is_done and not model.is_wide(found, question.target):
            if question.tries == 0 and model.targets.has_below[question.target]:
                ends = found.lower if question.sign > 0 else found.upper
                question.rate = ends[question.target]
            return True
        queue.popleft()
    return False


class _Model:
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
        self.bits = self._row_bits(row, column, free)
        self.above, self.below = self._over_free(targets.above), self._over_free(targets.below)
        self.fixed_above = self._of_fixed(targets.above)
        self.fixed_below = np.where(targets.has_below, self._of_fixed(targets.below), 1.0)
        self.label, self.part = self._parts()
        self.highs: highspy.Highs | None = None

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

    def queues(self, found: Bounds) -> dict[int, "deque[_Question]"]:
        """{part: what is to be asked of it}."""
        queues: dict[int, deque[_Question]] = defaultdict(deque)
        for target in range(len(self.targets)):
            if not found.is_final[target] and not self.is_wide(found, target):
                queues[int(self.part[target])] += (_Question(int(target), 1), _Question(int(target), -1))
        return {part: queue for part, queue in queues.items() if _next(self, found, queue)}

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
        """The point with the least cost, from the basis of the last run."""
        highs = self._start()
        highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        highs.run()
        status = highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise ContradictionError(f"the programme has no answer: {highs.modelStatusToString(status)}")
        return np.array(highs.getSolution().col_value)

    def _start(self) -> highspy.Highs:
        if self.highs is None:
            self.highs = _passed(self)  # the first point is found fastest by the dual method after a presolve,
        else:  # the next by the primal one from the last basis, which is still feasible
            self.highs.setOptionValue("presolve", "off")
            self.highs.setOptionValue("simplex_strategy", PRIMAL)
        return self.highs


def _passed(model: _Model) -> highspy.Highs:
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
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("threads", 1), ("solver", "simplex")):
        highs.setOptionValue(name, value)
    highs.passModel(lp)
    return highs
