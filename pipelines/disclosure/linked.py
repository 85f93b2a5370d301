"""Numbers that equations link, and the rows that show them.

Not here: where they come from (blocks.py), which are hidden (protect.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Name = Any  # a number or a row is called what whoever adds it calls it: tuples, mostly


@dataclass
class Linked:
    """n numbers, m equations of the form sum(coefficient * number) = 0, and r rows that are shown or hidden whole.

    Attributes:
        value: (n,) what the numbers are; NaN where that is not known, of numbers that are never shown.
        low, high: (n,) what everyone knows of a hidden number without looking at another.
        protection: (n,) least width of the interval of a number, when it is hidden; 0 asks for nothing.
        scale: (n,) how far one respondent can move a number.
        equation, number, coefficient: (k,) the terms of the equations.
        rows: r arrays, the numbers that each row shows. A number that no row shows is never published.
        cost: (r,) what hiding a row costs; infinite where it may not be hidden.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    protection: np.ndarray
    scale: np.ndarray
    equation: np.ndarray
    number: np.ndarray
    coefficient: np.ndarray
    rows: list[np.ndarray]
    cost: np.ndarray

    def shown_in(self) -> list[list[int]]:
        """The rows that show each number."""
        shown: list[list[int]] = [[] for _ in self.value]
        for row, numbers in enumerate(self.rows):
            for number in numbers:
                shown[number].append(row)
        return shown

    @property
    def n_equations(self) -> int:
        return int(self.equation.max(initial=-1)) + 1

    def sums(self, value: np.ndarray) -> np.ndarray:
        """The sum of each equation."""
        return np.bincount(self.equation, self.coefficient * value[self.number], self.n_equations)

    def require_sums(self) -> None:
        """Raises ValueError where an equation of known numbers does not hold: nothing would follow from it."""
        sums, size = self.sums(self.value), self.sums(np.abs(self.value))
        wrong = np.flatnonzero(np.abs(sums) > 1e-6 * np.maximum(np.abs(size), 1.0))
        if len(wrong):
            raise ValueError(f"{len(wrong)} equations do not hold, the first by {sums[wrong[0]]:g}")

    def by_equation(self) -> list[list[tuple[int, float]]]:
        """The terms of each equation: (number, coefficient)."""
        terms: list[list[tuple[int, float]]] = [[] for _ in range(self.n_equations)]
        for equation, number, coefficient in zip(self.equation, self.number, self.coefficient, strict=True):
            terms[equation].append((int(number), float(coefficient)))
        return terms

    def columns(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The equations by number, compressed: (start of each number, equation, coefficient)."""
        order = np.argsort(self.number, kind="stable")
        counts = np.bincount(self.number, minlength=len(self.value))
        return np.concatenate([[0], np.cumsum(counts)]), self.equation[order], self.coefficient[order]


@dataclass
class System:
    """Numbers and rows by name, while they are put together."""

    numbers: dict[Name, int] = field(default_factory=dict)
    value: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    protection: list[float] = field(default_factory=list)
    scale: list[float] = field(default_factory=list)
    terms: list[tuple[int, int, float]] = field(default_factory=list)
    n_equations: int = 0
    rows: dict[Name, list[int]] = field(default_factory=dict)
    cost: list[float] = field(default_factory=list)

    def add(self, name: Name, value: float = np.nan, protection: float = 0.0, scale: float = 1.0) -> int:
        """The index of a number, which is new."""
        self.numbers[name] = len(self.value)
        self.value.append(value)
        self.low.append(0.0)
        self.high.append(np.inf)
        self.protection.append(protection)
        self.scale.append(scale)
        return self.numbers[name]

    def equate(self, whole: int, parts: Iterable[int], coefficients: Iterable[float] | None = None) -> None:
        """whole = sum of coefficient * part."""
        self.terms.append((self.n_equations, whole, -1.0))
        parts = list(parts)
        for part, coefficient in zip(parts, coefficients or [1.0] * len(parts), strict=True):
            self.terms.append((self.n_equations, part, coefficient))
        self.n_equations += 1

    def show(self, row: Name, numbers: Sequence[int], cost: float) -> None:
        self.rows[row] = list(numbers)
        self.cost.append(cost)

    def bound(self, number: int, low: float, high: float) -> None:
        """What everyone knows of a number that is hidden for being few."""
        self.low[number] = max(self.low[number], low)
        self.high[number] = min(self.high[number], high)

    def linked(self) -> Linked:
        equation, number, coefficient = zip(*self.terms, strict=True) if self.terms else ((), (), ())
        return Linked(
            np.array(self.value, dtype=float),
            np.array(self.low, dtype=float),
            np.array(self.high, dtype=float),
            np.array(self.protection, dtype=float),
            np.array(self.scale, dtype=float),
            np.array(equation, dtype=np.int32),
            np.array(number, dtype=np.int32),
            np.array(coefficient, dtype=float),
            [np.array(numbers, dtype=np.int32) for numbers in self.rows.values()],
            np.array(self.cost, dtype=float),
        )
