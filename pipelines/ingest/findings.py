"""What is wrong with a delivery: one finding per problem, bounded in number, counted in full.

Not here: the rules themselves (readers, validation) and how findings are reported (quarantine).
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pipelines.common.terminal import without_controls

MAX_KEPT = 1_000
MAX_VALUE_LENGTH, MAX_WARNING_LENGTH = 200, 600
NOT_SHOWN = "(respondent, not shown)"
# A code, an age, a weight or a kommune number; anything longer may be the id of a respondent in the wrong column.
HARMLESS = re.compile(r"[+-]?([0-9]{1,6}([.,][0-9]*)?(e[+-]?[0-9]+)?|inf|nan)")


@dataclass(frozen=True)
class Finding:
    """One problem of one file; `row` is its number in the file, None when no row is to blame.

    In a text file that is the line (header = 1), in a statistics file the case. `file` is relative to landing/;
    `part` is the sheet of a workbook.
    """

    rule: str
    problem: str
    remedy: str
    row: int | None = None
    column: str = ""
    value: str = ""
    file: str = ""
    part: str = ""


@dataclass(frozen=True)
class Warned:
    """What is odd about a delivery and does not keep it out; `problem` sums up all places of the kind."""

    rule: str
    problem: str
    remedy: str
    file: str = ""
    part: str = ""


@dataclass
class Findings:
    """The first `most` findings of a delivery and the number of all of them, also by file; and its warnings.

    `unit` is what a row of the file is called. `has_respondents` says that its text may hold respondent ids. What is
    added belongs to `file` and `part`, as they are then.
    """

    kept: list[Finding] = field(default_factory=list)
    total: int = 0
    unit: str = "row"
    has_respondents: bool = False
    file: str = ""
    part: str = ""
    of_file: Counter[str] = field(default_factory=Counter)
    warnings: list[Warned] = field(default_factory=list)
    most: int = MAX_KEPT

    def warn(self, rule: str, problem: str, remedy: str) -> None:
        """Say what is odd, once for all rows of the kind; the delivery is loaded all the same."""
        shown = without_controls(printable(problem))
        if len(shown) > MAX_WARNING_LENGTH:
            shown = shown[:MAX_WARNING_LENGTH] + " …"
        self.warnings.append(Warned(rule, shown, remedy, self.file, self.part))

    def add(
        self, rule: str, problem: str, remedy: str, row: int | None = None, column: str = "", value: str = ""
    ) -> None:
        """Count a finding, and keep it while there is room; a long value is cut, a cell that may be personal hidden."""
        self.count(1)
        if self.room:
            shown = value if len(value) <= MAX_VALUE_LENGTH else value[:MAX_VALUE_LENGTH] + " …"
            where = {"file": self.file, "part": self.part}
            finding = Finding(
                rule, without_controls(printable(problem)), remedy, row, column, printable(shown), **where
            )
            self.kept.append(self._as_shown(finding))

    def count(self, more: int) -> None:
        """Count findings that are not looked up, for want of room."""
        self.total += more
        self.of_file[self.file] += more

    def extend(self, other: "Findings") -> None:
        """Take over the findings of another check of the same table."""
        here = {"file": self.file, "part": self.part}
        self.kept.extend(self._as_shown(replace(finding, **here)) for finding in other.kept[: self.room])
        self.warnings.extend(replace(warned, **here) for warned in other.warnings)
        self.count(other.total)

    def beside(self) -> "Findings":
        """Empty findings of the same delivery, which what is already here does not hide."""
        return Findings(has_respondents=self.has_respondents, file=self.file, most=self.most)

    def take(self, other: "Findings") -> None:
        """Take over findings that know their own place."""
        self.unit = other.unit
        self.kept.extend(other.kept[: self.room])
        self.total += other.total
        self.of_file.update(other.of_file)
        self.warnings.extend(other.warnings)

    def _as_shown(self, finding: Finding) -> Finding:
        may_be_personal = self.has_respondents and finding.row is not None and finding.value
        if may_be_personal and not HARMLESS.fullmatch(finding.value):
            return replace(finding, value=NOT_SHOWN)
        return finding

    def passage(self, text: str) -> str:
        """A piece of the file as it may be shown: not where it could hold the id of a respondent."""
        return NOT_SHOWN if self.has_respondents and text else text

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
