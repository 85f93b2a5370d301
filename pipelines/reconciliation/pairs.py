"""Two cells of published tables set against each other: which should be above, and by how much they are.

Not here: finding the cells (statement_cells.py) and how sure a difference is (noise.py).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.reconciliation.figures import FLOAT_TOLERANCE
from pipelines.reconciliation.language import Label

Value = float | str
Picked = tuple[tuple[str, float, float], ...]  # (question, lowest, highest answer) that respondents were picked out by
WHOLE = (None, "all")  # the breakdown of a cell that is of everybody


@dataclass(frozen=True)
class Group:
    """The respondents behind a cell, as far as it can be told whether two cells share some."""

    survey: str
    waves: frozenset[int]
    breakdown: str | None
    category: str | None
    picked: Picked = ()

    def overlaps(self, other: "Group") -> bool:
        """Whether some respondents are known to be in both: two categories of a breakdown share none, nor do two waves,
        nor two populations that other answers to one question are picked out by. Categories of two breakdowns may
        share some, or none, as a size of kommuner and the state: that is not known, so it is not said."""
        is_of_parts = self.breakdown not in WHOLE and other.breakdown not in WHOLE
        is_apart = is_of_parts and (self.breakdown, self.category) != (other.breakdown, other.category)
        is_same = self.survey == other.survey and bool(self.waves & other.waves)
        return is_same and not is_apart and not self._is_picked_apart(other)

    def _is_picked_apart(self, other: "Group") -> bool:
        pairs = [(one, two) for one in self.picked for two in other.picked if one[0] == two[0]]
        return any(one[2] < two[1] or two[2] < one[1] for one, two in pairs)


@dataclass(frozen=True)
class Cell:
    """A number or text of a table, times its coefficient. `std_error` in its unit, None where it has no noise, 0 where
    a sample stands behind it that does not show any; `interval`: the least and most it may be, where the table says.

    `labels`: {column: what a reader sees}; `told_nb`: what a reader sees of a coded value; `word`: what a number is
    that is no level, as a change; `key`: its row in survey_estimates, where it is one. `is_broken`: it compares waves
    across a break in the series.
    """

    value: Value
    std_error: float | None = None
    labels: Mapping[str, Label] = field(default_factory=dict)
    interval: tuple[float, float] | None = None
    coefficient: float = 1.0
    told_nb: str = ""
    word: str = ""
    is_share: bool = False
    key: tuple[str, ...] | None = None
    groups: tuple[Group, ...] = ()
    is_constant: bool = False
    is_broken: bool = False
    is_synthetic: bool = False
    is_carried: bool = False

    @property
    def number(self) -> float:
        """The value, of a relation between numbers. Raises ValueError when it is text."""
        return float(self.value)

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and highest it may be: itself where it has no noise, anything where nothing is known."""
        without = (self.number, self.number) if self.std_error is None else (-math.inf, math.inf)
        return self.interval or without


@dataclass(frozen=True)
class Pair:
    """What a statement says of two cells. `sign`: 1, a is above b; -1, below; 0, they lie within `tolerance`.

    One that is not `is_strict` holds for equal cells too. `is_certain`: noise has no part in it, as in whether anyone
    has answered at all.
    """

    a: Cell
    b: Cell
    sign: int = 1
    is_strict: bool = True
    tolerance: float = 0.0
    is_certain: bool = False

    @property
    def difference(self) -> float:
        """a - b, in the unit of the cells."""
        return self.a.number - self.b.number

    @property
    def margin(self) -> float:
        """By how much it holds; negative: by how much it does not."""
        return self.sign * self.difference if self.sign else self.tolerance - abs(self.difference)

    @property
    def holds(self) -> bool:
        return self.margin > FLOAT_TOLERANCE if self.is_strict else self.margin >= -FLOAT_TOLERANCE

    @property
    def is_settled(self) -> bool:
        """Whether all differences that the bounds of both allow give the same answer."""
        (low_a, high_a), (low_b, high_b) = self.a.bounds, self.b.bounds
        low, high = low_a - high_b, high_a - low_b
        if not self.sign and self.holds:
            return max(abs(low), abs(high)) <= self.tolerance
        return low > self.tolerance or high < -self.tolerance
