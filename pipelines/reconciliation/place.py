"""Where in the seeds of this layer something stands, and reading a cell there with the place in every complaint.

Not here: what a seed means (figures.py, statements.py).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipelines.common.seeds import SeedError

Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class Place:
    """Where in the seeds a finding is; the header is line 1.

    Reading a cell that is not as asked raises SeedError naming place, column and value.
    """

    seed: str
    line: int

    def __str__(self) -> str:
        return f"{self.seed}.csv row {self.line}"

    def number(self, row: dict[str, str], column: str) -> float:
        try:
            value = float(row[column])
        except ValueError:
            raise SeedError(f"{self}: {column} {row[column]!r} is not a number") from None
        if not math.isfinite(value):
            raise SeedError(f"{self}: {column} {row[column]!r} is not a finite number")
        return value

    def whole_number(self, row: dict[str, str], column: str) -> int:
        value = self.number(row, column)
        if not value.is_integer() or value < 0:
            raise SeedError(f"{self}: {column} {row[column]!r} is not a whole number from 0")
        return int(value)

    def choice(self, row: dict[str, str], column: str, choices: Sequence[str]) -> str:
        if row[column] not in choices:
            raise SeedError(f"{self}: {column} {row[column]!r} is none of {', '.join(map(repr, choices))}")
        return row[column]

    def text(self, row: dict[str, str], column: str) -> str:
        if not row[column].strip():
            raise SeedError(f"{self}: {column} is blank")
        return row[column]

    def parsed(self, row: dict[str, str], column: str, parse: Callable[[str], Parsed]) -> Parsed:
        text = self.text(row, column)
        try:
            return parse(text)
        except ValueError as error:
            raise SeedError(f"{self}: {error}") from None


def repeated(seed: str, keys: Sequence[object]) -> list[str]:
    """One finding for each key that stands in the seed before."""
    seen: set[object] = set()
    findings = []
    for line, key in enumerate(keys, start=2):
        if key in seen:
            findings.append(f"{Place(seed, line)}: repeats {key!r}")
        seen.add(key)
    return findings
