"""The least and the most that hidden cells can be, by linear programmes over one wave (HiGHS).

One model holds all that is still free of a wave. Its parts that nothing ties together are solved at once: each run asks
one question of each part. Points of the first runs, with random objectives, prove most cells to be wide enough; only
the others get programmes of their own.

Not here: the equations (attack_facts.py), and what an interval means (attack.py).
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field

import highspy
import numpy as np
import numpy.typing as npt

from pipelines.disclosure.attack_presolve import SLACK, component_of
from pipelines.disclosure.attack_system import Floats, Ints, System

RANDOM_RUNS = 6
LOOSE = 1e-7  # rows may be off by this much of their size: estimates are rounded doubles
DUAL = 1e-9
PRIMAL = 4  # HiGHS's simplex_strategy
MOST = 1e7  # respondents, where nothing else is said


class ContradictionError(ValueError):
    """No answers at all give the tables; what the attack takes as known cannot all be so."""


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
    fixed = np.where(free, 0, system.column_lower)
    model = _Model(system, free, targets)
    model.see(found, fixed[free])
    settled = ~np.isin(np.arange(n), model.target_of_free)
    found.is_final |= settled
    for terms in (targets.above, targets.below):
        np.bitwise_or.at(found.bits, terms[0], np.where(settled[terms[0]], system.column_bits[terms[1]], 0))
    if not settled.all():
        found.lower[~settled], found.upper[~settled] = np.inf, -np.inf
        _search(model, found)
    return found


def _search(model: "_Model", found: Bounds) -> None:
    targets = model.targets
    random = np.random.default_rng(13)
    for run in range(RANDOM_RUNS):
        signs = np.ones(len(targets)) if run < 2 else random.choice([-1.0, 1.0], len(targets))
        model.see(found, model.solve(model.cost(signs * (-1) ** run, np.zeros(len(targets)))))
    queues = model.queues(found)
    while queues:
        asked = {part: queue[0] for part, queue in queues.items()}
        sign, rate = np.zeros(len(targets)), np.zeros(len(targets))
        for question in asked.values():
            sign[question.target], rate[question.target] = question.sign, question.rate
        point = model.solve(model.cost(sign, rate))
        model.see(found, point)
        value = model.values(point)
        for part, question in asked.items():
            _take(model, found, queues[part], question, value[question.target], rate[question.target])
        model.blame(found, [question.target for question in asked.values()])
        for part in [part for part, queue in queues.items() if not _next(model, found, queue)]:
            del queues[part]


@dataclass
class _Question:
    """The least (sign 1) or the most (sign -1) of a target; of a quotient, beside the best rate found so far."""

    target: int
    sign: float
    rate: float = 0
    is_done: bool = False
    tries: int = field(default=0)


def _take(
    model: "_Model", found: Bounds, queue: "deque[_Question]", question: _Question, value: float, rate: float
) -> None:
    """The end is found; of a quotient when the rate gets no better, so that asking again would say the same."""
    question.tries += 1
    is_better = question.sign * (rate - value) > 1e-9 * max(1, abs(value))
    if model.targets.has_below[question.target] and is_better and question.tries < 30:
        question.rate = value
        return
    question.is_done = True
    if question.sign < 0:
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

    def __init__(self, system: System, free: npt.NDArray[np.bool_], targets: Targets):
        self.system, self.targets, self.free = system, targets, free
        self.place = np.cumsum(free) - 1
        self.fixed = np.where(free, 0, system.column_lower)
        row, column, coefficient = system.row_of_term, system.column, system.coefficient
        moved = np.bincount(row, coefficient * self.fixed[column], minlength=len(system.lower))
        is_free = free[column]
        self.rows, self.row = np.unique(row[is_free], return_inverse=True)
        self.column, self.coefficient = self.place[column[is_free]], coefficient[is_free]
        slack = LOOSE * np.maximum(1, np.abs(moved[self.rows]))
        self.lower, self.upper = (
            system.lower[self.rows] - moved[self.rows] - slack,
            system.upper[self.rows] - moved[self.rows] + slack,
        )
        self.bits = self._row_bits(row, column)
        self.above = self._over_free(targets.above)
        self.below = self._over_free(targets.below)
        self.fixed_above = self._of_fixed(targets.above)
        self.fixed_below = np.where(targets.has_below, self._of_fixed(targets.below), 1.0)
        self.target_of_free = np.unique(np.concatenate([self.above[0], self.below[0]]))
        self.part = self._parts()
        self.highs: highspy.Highs | None = None

    def _row_bits(self, row: Ints, column: Ints) -> Ints:
        """What a row rests on: its own means, and those that settled its fixed unknowns."""
        bits = self.system.bits.copy()
        is_fixed = ~self.free[column]
        np.bitwise_or.at(bits, row[is_fixed], self.system.column_bits[column[is_fixed]])
        return bits[self.rows]

    def _over_free(self, terms: tuple[Ints, Ints, Floats]) -> tuple[Ints, Ints, Floats]:
        is_free = self.free[terms[1]]
        return terms[0][is_free], self.place[terms[1][is_free]], terms[2][is_free]

    def _of_fixed(self, terms: tuple[Ints, Ints, Floats]) -> Floats:
        return np.bincount(terms[0], terms[2] * self.fixed[terms[1]], minlength=len(self.targets))

    def _parts(self) -> Ints:
        """The part of the model that each target is in; one that spans several ties them."""
        n_rows = len(self.rows)
        row = np.concatenate([self.row, n_rows + self.above[0], n_rows + self.below[0]])
        label = component_of(int(self.free.sum()), row, np.concatenate([self.column, self.above[1], self.below[1]]))
        self.label = label
        part = np.full(len(self.targets), -1)
        for target, column, _ in (self.above, self.below):
            part[target] = label[column]
        return part

    def queues(self, found: Bounds) -> dict[int, "deque[_Question]"]:
        """{part: what is to be asked of it}."""
        queues: dict[int, deque[_Question]] = defaultdict(deque)
        for target in self.target_of_free:
            if not self.is_wide(found, target):
                queues[int(self.part[target])] += (_Question(int(target), 1), _Question(int(target), -1))
        return {part: queue for part, queue in queues.items() if _next(self, found, queue)}

    def is_wide(self, found: Bounds, target: int) -> bool:
        """Whether the points found are as far apart as asked."""
        one = slice(target, target + 1)
        lower, upper = whole_ends(found.lower[one], found.upper[one], self.targets.is_whole[one])
        return bool(upper[0] - lower[0] >= self.targets.enough[target] - 1e-9)

    def cost(self, sign: Floats, rate: Floats) -> Floats:
        """The objective: each target with its sign, its denominator times the rate taken off."""
        n = int(self.free.sum())
        above = np.bincount(self.above[1], self.above[2] * sign[self.above[0]], minlength=n)
        taken = (sign * rate)[self.below[0]] * self.below[2]
        return above - np.bincount(self.below[1], taken, minlength=n)

    def values(self, point: Floats) -> Floats:
        """Every target at a point."""
        n = len(self.targets)
        above = self.fixed_above + np.bincount(self.above[0], self.above[2] * point[self.above[1]], minlength=n)
        below = self.fixed_below + np.bincount(self.below[0], self.below[2] * point[self.below[1]], minlength=n)
        return np.divide(above, below, out=np.full(n, np.nan), where=np.abs(below) > LOOSE)

    def see(self, found: Bounds, point: Floats) -> None:
        """Widen the ends found to what the targets are at a point."""
        value = self.values(point)
        found.lower = np.fmin(found.lower, value)
        found.upper = np.fmax(found.upper, value)

    def blame(self, found: Bounds, targets: list[int]) -> None:
        """Note which means the ends of these targets rest on: the rows that hold the optimum."""
        assert self.highs is not None
        solution = self.highs.getSolution()
        rests = np.abs(np.array(solution.row_dual)) > DUAL
        held = np.abs(np.array(solution.col_dual)) > DUAL
        label = self.label
        part_of_row = label[self.column[np.searchsorted(self.row, np.arange(len(self.rows)))]]
        bits = np.zeros(len(label), np.int64)
        np.bitwise_or.at(bits, part_of_row[rests], self.bits[rests])
        np.bitwise_or.at(bits, label[held], self.system.column_bits[self.free][held])
        for target in targets:
            found.bits[target] |= bits[self.part[target]]

    def solve(self, cost: Floats) -> Floats:
        """The point with the least cost, from the basis of the last run."""
        highs = self._start()
        highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        import time,os;t=time.perf_counter();highs.run();os.environ.get('DBG') and print(len(cost),len(self.rows),np.count_nonzero(cost),round(time.perf_counter()-t,3),highs.getInfo().simplex_iteration_count)
        status = highs.getModelStatus()
        if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kUnbounded):
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
    system, free = model.system, model.free
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
    highs = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("solver", "simplex")):
        highs.setOptionValue(name, value)
    highs.passModel(lp)
    return highs
