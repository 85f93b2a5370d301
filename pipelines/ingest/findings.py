"""What is wrong with a delivery: one finding per problem, bounded in number, counted in full.

Not here: the rules themselves (readers, validation) and how findings are reported (quarantine).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_KEPT = 1_000
MAX_VALUE_LENGTH = 200


@dataclass(frozen=True)
class Finding:
    """One problem of one file; `row` is the line in the file (header = 1), None when no row is to blame."""

    rule: str
    problem: str
    remedy: str
    row: int | None = None
    column: str = ""
    value: str = ""


@dataclass
class Findings:
    """The first `MAX_KEPT` findings of a file and the number of all of them."""

    kept: list[Finding] = field(default_factory=list)
    total: int = 0

    def add(
        self, rule: str, problem: str, remedy: str, row: int | None = None, column: str = "", value: str = ""
    ) -> None:
        """Count a finding, and keep it while there is room; a long value is cut."""
        self.total += 1
        if len(self.kept) < MAX_KEPT:
            shown = value if len(value) <= MAX_VALUE_LENGTH else value[:MAX_VALUE_LENGTH] + " …"
            self.kept.append(Finding(rule, printable(problem), remedy, row, column, printable(shown)))

    def extend(self, other: "Findings") -> None:
        """Take over the findings of a later step."""
        self.kept.extend(other.kept[: MAX_KEPT - len(self.kept)])
        self.total += other.total

    def __len__(self) -> int:
        return self.total

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.kept)


def printable(text: str) -> str:
    """`text` without the half characters that file names in a foreign encoding bring along."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
