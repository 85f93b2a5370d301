"""What is wrong with a delivery: one finding per problem, bounded in number, counted in full.

Not here: the rules themselves (readers, validation) and how findings are reported (quarantine).
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pipelines.common.terminal import without_controls

MAX_KEPT = 1_000
MAX_VALUE_LENGTH, MAX_WARNING_LENGTH = 200, 600
NOT_SHOWN = "(respondent, not shown)"
# A code, an age, a weight or a kommune number; anything longer may be the id of a respondent in the wrong column.
# What is wrong with a single cell as it is read, and no matter where another value is read in its place.
OF_A_CELL = frozenset(["formula", "cell_type", "text_for_numbers", "encoding"])
HARMLESS = re.compile(r"[+-]?([0-9]{1,6}([.,][0-9]*)?(e[+-]?[0-9]+)?|inf|nan)")


@dataclass(frozen=True)
class Finding:
    """One problem of one file; `row` is its number in the file, None when no row is to blame.

    In a text file that is the line (header = 1), in a statistics file the case, as `unit` says. `file` is relative to
    landing/; `part` is the sheet of a workbook.
    """

    rule: str
    problem: str
    remedy: str
    row: int | None = None
    column: str = ""
    value: str = ""
    file: str = ""
    part: str = ""
    unit: str = "row"


@dataclass(frozen=True)
class Warned:
    """What is odd about a delivery and does not keep it out; `problem` sums up all places of the kind."""

    rule: str
    problem: str
    remedy: str
    file: str = ""
    part: str = ""


@dataclass(frozen=True)
class Findings:
    """The first `most` findings of a delivery and the number of all of them, by file; and its warnings.

    `unit` is what a row of the file is called. `has_respondents` says that its text may hold respondent ids. Nothing
    is added that is wrong with a `corrected` cell alone. What is added belongs to the place: file, part, row and
    column. at() gives the same findings at another place.
    """

    kept: list[Finding] = field(default_factory=list)
    of_file: Counter[str] = field(default_factory=Counter)
    warnings: list[Warned] = field(default_factory=list)
    most: int = MAX_KEPT
    has_respondents: bool = False
    unit: str = "row"
    file: str = ""
    part: str = ""
    row: int | None = None
    column: str = ""
    corrected: frozenset[tuple[str, int, str]] = frozenset()  # cells, by part, row and column

    def at(self, **place: Any) -> "Findings":
        """The same findings, seen from another place (or with another bound): what is added there is here, too."""
        # Not replace(), which takes twenty times as long: a sheet may be wrong in millions of cells.
        there = object.__new__(Findings)
        there.__dict__.update(self.__dict__, **place)
        return there

    def beside(self) -> "Findings":
        """Empty findings of the same place, which what is already here does not hide."""
        return replace(self, kept=[], of_file=Counter(), warnings=[])

    def warn(self, rule: str, problem: str, remedy: str) -> None:
        """Say what is odd, once for all rows of the kind; the delivery is loaded all the same."""
        shown = without_controls(printable(problem))
        if len(shown) > MAX_WARNING_LENGTH:
            shown = shown[:MAX_WARNING_LENGTH] + " …"
        self.warnings.append(Warned(rule, shown, remedy, self.file, self.part))

    def add(self, rule: str, problem: str, remedy: str, value: str = "") -> None:
        """Count a finding, and keep it while there is room; a long value is cut, a cell that may be personal hidden."""
        if self.corrected and rule in OF_A_CELL and (self.part, self.row, self.column) in self.corrected:
            return
        self.count(1)
        if self.room:
            said = without_controls(printable(problem))
            shown = printable(value if len(value) <= MAX_VALUE_LENGTH else value[:MAX_VALUE_LENGTH] + " …")
            if self.has_respondents and self.row is not None and shown and not HARMLESS.fullmatch(shown):
                shown = NOT_SHOWN
            self.kept.append(Finding(rule, said, remedy, self.row, self.column, shown, self.file, self.part, self.unit))

    def count(self, more: int) -> None:
        """Count findings that are not looked up, for want of room."""
        self.of_file[self.file] += more

    def take(self, other: "Findings") -> None:
        """Take over what was found beside these."""
        self.kept.extend(other.kept[: self.room])
        self.of_file.update(other.of_file)
        self.warnings.extend(other.warnings)

    def passage(self, text: str) -> str:
        """A piece of the file as it may be shown: not where it could hold the id of a respondent."""
        return NOT_SHOWN if self.has_respondents and text else text

    @property
    def total(self) -> int:
        """How many there are, kept or not."""
        return self.of_file.total()

    @property
    def room(self) -> int:
        """How many more findings are kept."""
        return self.most - len(self.kept)

    def __len__(self) -> int:
        return self.total

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.kept)


def printable(text: str) -> str:
    """`text` without the half characters that file names in a foreign encoding bring along."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
