"""What was tried so far, kept so that an interrupted series goes on; as a table, and on the page of results.

Not here: trying it.
"""

import json
import os
import platform
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pipelines.common.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "reliability.md"


@dataclass(frozen=True)
class Tried:
    """How a trial went: what was lost, in words, and the seconds it took."""

    kind: str
    name: str
    lost: list[str]
    seconds: float

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


@dataclass
class Results:
    """Those of one seed, on one state of the project, and the seconds that it took, preparing included."""

    seed: int
    project: str
    tried: list[Tried] = field(default_factory=list)
    seconds: float = 0.0

    @classmethod
    def read(cls, file: Path) -> "Results | None":
        """None where there are none, or in another form, as those of an older project may be."""
        if not file.exists():
            return None
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
            return cls(said["seed"], said["project"], [Tried(**one) for one in said["tried"]], said["seconds"])
        except (ValueError, KeyError, TypeError):
            return None

    def write(self, file: Path) -> None:
        new = file.with_suffix(".new")
        new.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        new.replace(file)

    @property
    def lost(self) -> list[Tried]:
        return [one for one in self.tried if one.lost]

    def table(self, planned: Counter[str]) -> Iterator[tuple[str, int, int, int, int]]:
        """(kind, planned, tried, survived, lost), the total last."""
        tried, lost = Counter(one.kind for one in self.tried), Counter(one.kind for one in self.lost)
        for kind, n in planned.items():
            yield kind, n, tried[kind], tried[kind] - lost[kind], lost[kind]
        yield "all", planned.total(), tried.total(), tried.total() - lost.total(), lost.total()

    def in_words(self, planned: Counter[str]) -> list[str]:
        """For a terminal."""
        head = f"{'':<32} {'planned':>8} {'tried':>8} {'survived':>8} {'lost':>8}"
        return [head, *(f"{kind:<32} {n:>8} {a:>8} {b:>8} {c:>8}" for kind, n, a, b, c in self.table(planned))]

    def append_to_page(self, planned: Counter[str], how: str) -> None:
        """What was measured, when, where and with which command."""
        rows = (f"| {kind} | {n} | {a} | {b} | {c} |" for kind, n, a, b, c in self.table(planned))
        lines = [
            f"### {datetime.now(UTC):%Y-%m-%d}, seed {self.seed}",
            "",
            f"`make chaos SEED={self.seed}`, {self.seconds / 60:.0f} minutes, on {machine()}. {how}",
            "",
            "| Kind | Planned | Tried | Survived | Lost |",
            "|---|---:|---:|---:|---:|",
            *rows,
            *(f"\nLost: {one.kind}, {one.name}." for one in self.lost),
        ]
        page = PAGE.read_text(encoding="utf-8").rstrip("\n")
        PAGE.write_text("\n".join([page, "", *lines, ""]), encoding="utf-8")


def machine() -> str:
    """Where this is: what matters to how long it takes and what it shows."""
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    who = "root" if os.geteuid() == 0 else "an ordinary user"
    load, release = os.getloadavg()[2], platform.release().split("-")[0]
    return (
        f"{os.cpu_count()} cores (load {load:.0f}), {gib:.0f} GiB, {platform.system()} {release}, as {who}, "
        f"Python {platform.python_version()}, DuckDB {version('duckdb')}"
    )
