"""What the relations of statements mean: the pairs of cells that have to hold, or a number or text that decides.

Not here: which cells (statement_cells.py), how sure their differences are (noise.py), and what it is called
(verdicts.py). docs/methods.md says the same in words.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from statistics import StatisticsError, correlation

from pipelines.reconciliation.pairs import Cell, Pair


@dataclass(frozen=True)
class Part:
    """The cells of a part, side by side."""

    a: tuple[Cell, ...]
    b: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Measured:
    """A relation that one number decides: `value` has to be at least `limit`, or above it where `is_strict`."""

    value: float
    limit: float
    is_strict: bool = False

    @property
    def holds(self) -> bool:
        return self.value > self.limit if self.is_strict else self.value >= self.limit


@dataclass(frozen=True)
class Read:
    """A text, and those that it may be."""

    cell: Cell
    wanted: tuple[str, ...]

    @property
    def text(self) -> str:
        return str(self.cell.value)

    @property
    def holds(self) -> bool:
        return self.text in self.wanted


Parts = Sequence[Part]
Found = Sequence[Pair] | Sequence[Measured] | Sequence[Read]  # all of them have to hold
Rule = Callable[[Parts, float | None], Found]


@dataclass(frozen=True)
class Relation:
    """A relation by name, what it makes of cells, and what its statements have to give."""

    name: str
    rule: Rule
    has_b: bool = True
    has_constants: bool = False  # on side b, and nothing else
    is_of_text: bool = False
    is_of_parts: bool = False  # how many parts hold decides, not that all do
    may_lack_b: bool = False  # a cell of side b that has no row is no gap
    takes_amount: bool = False
    needs_amount: bool = False


def _above(parts: Parts, _amount: float | None) -> list[Pair]:
    return [Pair(a, b) for part in parts for a, b in product(part.a, part.b)]


def _below(parts: Parts, _amount: float | None) -> list[Pair]:
    return [Pair(a, b, sign=-1) for part in parts for a, b in product(part.a, part.b)]


def _not_above(parts: Parts, _amount: float | None) -> list[Pair]:
    return [Pair(a, b, sign=-1, is_strict=False) for part in parts for a, b in product(part.a, part.b)]


def _among_largest(parts: Parts, amount: float | None) -> list[Pair]:
    return [pair for part in parts for pair in _among(part, _whole(amount), 1)]


def _among_smallest(parts: Parts, amount: float | None) -> list[Pair]:
    return [pair for part in parts for pair in _among(part, _whole(amount), -1)]


def _among(part: Part, place: int, sign: int) -> list[Pair]:
    """Each cell of a against the one that has the last place among all others: to have that place, or a better one,
    is not to be below it. Where there are not so many others, nothing is claimed."""
    cells = [*part.a, *part.b]
    pairs = []
    for index, cell in enumerate(part.a):
        others = sorted([*cells[:index], *cells[index + 1 :]], key=lambda other: -sign * other.number)
        pairs += [Pair(cell, other, sign=sign, is_strict=False) for other in others[place - 1 : place]]
    return pairs


def _mostly_above(parts: Parts, amount: float | None) -> list[Pair]:
    """The parts that have to hold are the strongest ones, so that the weakest of those decides."""
    share = 0.5 if amount is None else amount
    return _strongest(parts, math.floor(share * len(parts) + 1e-9) + 1)


def _one_of_few(parts: Parts, amount: float | None) -> list[Pair]:
    """The first part does not hold, and all but so many do."""
    return [_weakest(_not_above(parts[:1], None)), *_strongest(parts, len(parts) - _whole(amount))]


def _strongest(parts: Parts, n: int) -> list[Pair]:
    """The weakest of the n strongest parts: where it holds, n do."""
    pairs = sorted((_weakest(_above([part], None)) for part in parts), key=lambda pair: -pair.margin)
    return pairs[:n][-1:]


def n_above(parts: Parts) -> int:
    """In how many parts every cell of a is above every cell of b."""
    return sum(_weakest(_above([part], None)).holds for part in parts)


def _weakest(pairs: Sequence[Pair]) -> Pair:
    return min(pairs, key=lambda pair: pair.margin)


def _rises(parts: Parts, amount: float | None) -> list[Pair]:
    return _above(_each_after_the_one_before(parts), amount)


def _falls(parts: Parts, amount: float | None) -> list[Pair]:
    return _below(_each_after_the_one_before(parts), amount)


def _each_after_the_one_before(parts: Parts) -> list[Part]:
    return [Part(after.a, before.a) for before, after in pairwise(parts)]


def _equal(parts: Parts, amount: float | None) -> list[Pair]:
    tolerance = _amount(amount)
    return [Pair(a, b, 0, False, tolerance) for part in parts for a, b in product(part.a, part.b)]


def _independent(parts: Parts, amount: float | None) -> list[Pair]:
    """The two cells furthest apart, of each part."""
    found = [(max(part.a, key=_number), min(part.a, key=_number)) for part in parts]
    return [Pair(high, low, 0, False, _amount(amount)) for high, low in found]


def _only_in(parts: Parts, _amount: float | None) -> list[Pair]:
    zero = Cell(0.0, is_constant=True)
    above = [Pair(a, zero, is_certain=True) for part in parts for a in part.a]
    return [*above, *(Pair(b, zero, -1, is_strict=False, is_certain=True) for part in parts for b in part.b)]


def _within(parts: Parts, amount: float | None) -> list[Measured]:
    """The share of all sizes that lie between the two constants of their part, ends included."""
    inside = []
    for part in parts:
        low, high = min(part.b, key=_number).number, max(part.b, key=_number).number
        inside += [low <= abs(cell.number) <= high for cell in part.a]
    return [Measured(sum(inside) / len(inside), _amount(amount))]


def _correlates(parts: Parts, amount: float | None) -> list[Measured]:
    """Spearman's correlation of the cells of a and b, paired in their order over all parts."""
    a = [cell.number for part in parts for cell in part.a]
    b = [cell.number for part in parts for cell in part.b]
    if len(a) != len(b):
        raise ValueError(f"side a has {len(a)} cells and side b {len(b)}: they cannot be paired")
    return [Measured(_spearman(a, b), 0.0 if amount is None else amount, amount is None)]


def _spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """The correlation of ranks, ties at their mean; 0 where one side does not vary."""
    try:
        return correlation(_ranks(a), _ranks(b))
    except StatisticsError:
        return 0.0


def _ranks(numbers: Sequence[float]) -> list[float]:
    ordered = sorted(numbers)
    return [ordered.index(number) + (ordered.count(number) + 1) / 2 for number in numbers]


def _reads(parts: Parts, _amount: float | None) -> list[Read]:
    return [Read(a, tuple(str(b.value) for b in part.b)) for part in parts for a in part.a]


def _number(cell: Cell) -> float:
    return cell.number


def _amount(amount: float | None) -> float:
    if amount is None:
        raise ValueError("amount is blank")
    return amount


def _whole(amount: float | None) -> int:
    return int(_amount(amount))


RELATIONS = {
    relation.name: relation
    for relation in (
        Relation("above", _above),
        Relation("not_above", _not_above),
        Relation("largest", _above),
        Relation("smallest", _below),
        Relation("among_largest", _among_largest, takes_amount=True, needs_amount=True),
        Relation("among_smallest", _among_smallest, takes_amount=True, needs_amount=True),
        Relation("mostly_above", _mostly_above, is_of_parts=True, takes_amount=True),
        Relation("one_of_few", _one_of_few, is_of_parts=True, takes_amount=True, needs_amount=True),
        Relation("rises", _rises, has_b=False),
        Relation("falls", _falls, has_b=False),
        Relation("equal", _equal, takes_amount=True, needs_amount=True),
        Relation("within", _within, has_constants=True, takes_amount=True, needs_amount=True),
        Relation("reads", _reads, has_constants=True, is_of_text=True),
        Relation("only_in", _only_in, may_lack_b=True),
        Relation("independent", _independent, has_b=False, takes_amount=True, needs_amount=True),
        Relation("correlates", _correlates, takes_amount=True),
    )
}
