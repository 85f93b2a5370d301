"""Linear equations and inequalities over the unknowns of a wave: rows of terms with a lower and an upper end.

Not here: which ones hold (facts.py), and what follows from them (presolve.py, bounds.py).
"""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# What gives a cell away, a bit each. What a row shows of itself is nothing that gives away.
MEANS = (
    "categories add up to all",
    "answers add up to the base",
    "overlapping breakdowns",
    "populations picked by an answer",
    "who answered",
    "a mean",
    "a median",
    "weighted counts",
    "the rule itself",
    "another table",
    "a printed figure",
    "a partition of respondents",
    "a standard error",
    "exact limits",
    "a design effect",
)
BIT = {name: 1 << bit for bit, name in enumerate(MEANS)}


def in_words(bits: int) -> str:
    """The means of a bit mask, with a comma between."""
    return ", ".join(name for name in MEANS if bits & BIT[name])


def totals(place: Ints, amount: Floats, n: int) -> Floats:
    """The sum of the amounts in each of n places."""
    return np.bincount(place, amount, minlength=n).astype(np.float64)


@dataclass
class Rows:
    """Rows as they are collected: terms (row, unknown, coefficient) and ends, in arrays that are joined at the end."""

    terms: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    ends: list[tuple[Floats, Floats, Ints]] = field(default_factory=list)
    n_rows: int = 0

    def add(self, row: Ints, unknown: Ints, coefficient: Floats, lower: Floats, upper: Floats, bits: int) -> None:
        """Rows 0.. of the given ends, and their terms."""
        self.terms.append((row + self.n_rows, unknown, coefficient))
        self.ends.append((lower, upper, np.full(len(lower), bits, np.int64)))
        self.n_rows += len(lower)


@dataclass
class System:
    """The rows of one wave, sorted by row. `unknown` are the keys of the columns; `is_whole` of counts."""

    unknown: Ints
    start: Ints  # row r has terms start[r]:start[r + 1]
    column: Ints
    coefficient: Floats
    lower: Floats
    upper: Floats
    bits: Ints
    column_lower: Floats
    column_upper: Floats
    column_bits: Ints
    is_whole: npt.NDArray[np.bool_]

    @property
    def row_of_term(self) -> Ints:
        return np.repeat(np.arange(len(self.lower)), np.diff(self.start))

    def loosened(self, keys: tuple[int, int]) -> "System":
        """Without the unknowns with keys from and under these: rows with them are as wide as those may lie."""
        is_out = ((keys[0] <= self.unknown) & (self.unknown < keys[1]))[self.column]
        row, factor = self.row_of_term, self.coefficient
        ends = factor * self.column_lower[self.column], factor * self.column_upper[self.column]
        n = len(self.lower)
        least, most = (totals(row[is_out], pick(*ends)[is_out], n) for pick in (np.minimum, np.maximum))
        start = np.concatenate([[0], np.cumsum(np.bincount(row[~is_out], minlength=n))])
        column, factor = self.column[~is_out], factor[~is_out]
        lower, upper = self.lower - most, self.upper - least
        return replace(self, start=start, column=column, coefficient=factor, lower=lower, upper=upper)

    def columns(self, keys: Ints) -> Ints:
        """The columns of the unknowns with these keys; len(unknown) for one that is in no row."""
        place = np.minimum(np.searchsorted(self.unknown, keys), len(self.unknown) - 1)
        return np.where(self.unknown[place] == keys, place, len(self.unknown))


def make_system(rows: Rows, first_weighted: int) -> System:
    """Join the rows; the same unknown twice in a row is added, rows without terms fall away."""
    row = np.concatenate([terms[0] for terms in rows.terms])
    key = np.concatenate([terms[1] for terms in rows.terms])
    coefficient = np.concatenate([terms[2] for terms in rows.terms])
    lower, upper, bits = (np.concatenate([ends[i] for ends in rows.ends]) for i in range(3))
    unknown, column = np.unique(key, return_inverse=True)
    place = row * len(unknown) + column
    order = np.argsort(place, kind="stable")
    place, coefficient = place[order], coefficient[order]
    is_first = np.concatenate([[True], place[1:] != place[:-1]])
    coefficient = np.add.reduceat(coefficient, np.flatnonzero(is_first))
    place = place[is_first]
    place, coefficient = place[coefficient != 0], coefficient[coefficient != 0]
    kept, row = np.unique(place // len(unknown), return_inverse=True)
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(kept)))])
    return System(
        unknown,
        start,
        place % len(unknown),
        coefficient,
        lower[kept],
        upper[kept],
        bits[kept],
        np.zeros(len(unknown)),
        np.full(len(unknown), np.inf),
        np.zeros(len(unknown), np.int64),
        unknown < first_weighted,
    )
