"""The least and the most that hidden cells can be, by linear programmes over one wave (HiGHS).

Not here: the equations (facts.py), the programme itself (model.py), and what an interval means (findings.py).

One model holds all that is still free of a wave. Its parts that nothing ties together are solved at once: each run asks
one question of each part. Points of the first runs, with random objectives, prove most cells to be wide enough; only
the others get programmes of their own.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipelines.attack.model import Bounds, Model, Targets
from pipelines.attack.presolve import SLACK, component_of
from pipelines.attack.system import Ints, System, totals

RANDOM_RUNS = 8
LEFT = 0.8  # a run that leaves more of the cells unproven is the last random one
BATCH = 400  # columns
SAME = 1e-6  # of the larger of 1 and the number


def find_bounds(system: System, targets: Targets) -> Bounds:
    """The ends of every target that is not proven to be wide. ContradictionError where nothing fits."""
    free = system.column_upper - system.column_lower > SLACK
    n = len(targets)
    found = Bounds(np.full(n, np.inf), np.full(n, -np.inf), np.zeros(n, bool), np.zeros(n, np.int64))
    label, part = _parts(system, free, targets)
    _settle(system, targets, part < 0, found)
    for inside in _batches(label, part):
        which = np.flatnonzero((part >= 0) & np.isin(part, label[inside]))
        _search(Model(system, inside, free, targets.of(which)), found, which)
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


def _search(model: Model, found: Bounds, which: Ints) -> None:
    """Ask for the targets of a model, and put what is found in its place."""
    n = len(which)
    inside = Bounds(np.full(n, np.inf), np.full(n, -np.inf), np.zeros(n, bool), np.zeros(n, np.int64))
    _scatter(model, inside)
    _settle_constant(model, inside)
    queues = _queues(model, inside)
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


def _queues(model: Model, found: Bounds) -> dict[int, "deque[_Question]"]:
    """{part: what is to be asked of it}."""
    queues: dict[int, deque[_Question]] = defaultdict(deque)
    for target in range(len(model.targets)):
        if not found.is_final[target] and not model.is_wide(found, target):
            queues[int(model.part[target])] += (_Question(int(target), 1), _Question(int(target), -1))
    return {part: queue for part, queue in queues.items() if _next(model, found, queue)}


def _scatter(model: Model, found: Bounds) -> None:
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


def _settle_constant(model: Model, found: Bounds) -> None:
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


def _take(model: Model, found: Bounds, question: _Question, value: float, rate: float) -> None:
    """The end is found; of a quotient when the rate gets no better, so that asking again would say the same."""
    question.tries += 1
    is_better = question.sign * (rate - value) > 1e-9 * max(1, abs(value))
    if model.targets.has_below[question.target] and is_better and question.tries < 30:
        question.rate = value
        return
    question.is_done = True
    if question.sign < 0 and np.isfinite(found.lower[question.target]):
        found.is_final[question.target] = True


def _next(model: Model, found: Bounds, queue: "deque[_Question]") -> bool:
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
