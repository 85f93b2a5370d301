"""Let two questions go together as claims say, by letting units of a group exchange their answers to one of them.

Not here: how many of a group give each answer (margins.py): an exchange leaves that as it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, sqrt
from random import Random

from tests.sample.targets import Cell, Target
from tests.sample.units import Unit

HOLDING = 10.0  # how much more it weighs that a claim holds than that it is clear of noise
TRIES = 400  # exchanges tried in a row without any that helps, before it is given up


@dataclass(frozen=True)
class Crossing:
    """Targets between units that answer a question so and others, and the groups in which answers are exchanged.

    `group` gives the key of a unit's group; units of other groups never exchange. Claims should hold by `clear`
    standard errors, if they can.
    """

    name: str
    units: Sequence[Unit]
    targets: Sequence[Target]
    group: Callable[[Unit], object]
    clear: float = 0.0

    def settle(self) -> None:
        """Exchange answers until every target holds, or none of TRIES exchanges in a row helps: a recount tells."""
        random = Random(f"crossed {self.name}")
        lacking = [self._lack(target) for target in self.targets]
        tries = 0
        while any(lacking) and tries < TRIES:
            worst = random.choice([i for i, lack in enumerate(lacking) if lack])
            after = self._exchanged(self.targets[worst], lacking, random)
            tries = 0 if after else tries + 1
            lacking = after or lacking

    def _exchanged(self, target: Target, lacking: list[float], random: Random) -> list[float] | None:
        """What is lacking after an exchange that helps; None after one that did not, and was taken back."""
        pair = self._pair(target, random)
        if pair is None:
            return None
        one, other, question = pair
        _exchange(one, other, question)
        after = [self._lack(t) if question in t.needs else lack for t, lack in zip(self.targets, lacking, strict=True)]
        if sum(after) < sum(lacking):
            return after
        _exchange(one, other, question)
        return None

    def _pair(self, target: Target, random: Random) -> tuple[Unit, Unit, str] | None:
        """Two units of a group that answer a question of the target, one in the base of a cell and one outside it."""
        cells = [(factor, cell) for part in target.parts for factor, cell in part if cell.base]
        factor, cell = random.choice(cells)
        one = random.choice([unit for unit in self.units if cell.value(unit) is not None])
        is_counted = cell.counts(one.answers[cell.question])
        wants_more = factor > 0
        if is_counted == wants_more:
            return None
        others = [
            unit
            for unit in self._groups[self.group(one)]
            if unit.answers.get(cell.question) is not None
            and not cell.in_base(unit)
            and cell.counts(unit.answers[cell.question]) != is_counted
        ]
        return (one, random.choice(others), cell.question) if others else None

    def _lack(self, target: Target) -> float:
        """By how much it does not hold, which weighs more, and by how much it is not clear of noise."""
        value = target.value(self.units)
        lack = max(target.low - value, value - target.high, 0.0)
        if not (self.clear and is_claim(target)):
            return lack
        variance = sum(factor**2 * _variance(cell, self.units) for factor, cell in target.parts[0])
        return HOLDING * lack + max(self.clear * sqrt(variance) - value, 0.0)

    @cached_property
    def _groups(self) -> dict[object, list[Unit]]:
        groups: dict[object, list[Unit]] = {}
        for unit in self.units:
            groups.setdefault(self.group(unit), []).append(unit)
        return groups


def is_crossed(target: Target, known: frozenset[str]) -> bool:
    """Whether a base of the target is not settled yet."""
    return any(not cell.base_needs <= known for part in target.parts for _, cell in part)


def is_claim(target: Target) -> bool:
    """Whether it asks that something is above something else, which noise may hide."""
    return target.high == inf and target.combine == "sum"


def _variance(cell: Cell, units: Sequence[Unit]) -> float:
    """Of a share; 0 of what is none."""
    if cell.statistic != "share":
        return 0.0
    n = sum(cell.value(unit) is not None for unit in units)
    share = cell.estimate(units)
    return share * (1 - share) / n if n else 0.0


def _exchange(one: Unit, other: Unit, question: str) -> None:
    mine, others = one.answers[question], other.answers[question]
    one.give({question: others})
    other.give({question: mine})
