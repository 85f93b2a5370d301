"""When each resource was asked for last, and what came of it: work/sources.json, which nothing but this writes.

Not here: what lies in landing/ (delivery), and what is fresh (freshness).
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.common.warehouse import make_private_folder

FILE = "sources.json"
# What became of a resource when it was asked for.
FETCHED, UNCHANGED, CLOSED, OFFLINE, LOST, REFUSED, LEFT_OPEN = (
    "fetched", "unchanged", "closed", "offline", "lost", "refused", "left_open"
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """`tried`: when it was asked for, `checked`: when that succeeded last, both in UTC by ISO 8601; '' for never."""

    tried: str = ""
    checked: str = ""
    state: str = ""
    said: str = ""
    last_period: str = ""
    is_closed: bool = False


def read(work: Path) -> dict[str, Entry]:
    """{survey: entry}; empty where nothing was asked for yet, or the file is damaged: it is made anew then."""
    try:
        told = json.loads((work / FILE).read_text(encoding="utf-8"))
        return {survey: Entry(**entry) for survey, entry in told.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write(work: Path, entries: Mapping[str, Entry]) -> None:
    """Replace the file, in one step."""
    make_private_folder(work)
    aside = work / f".{FILE}.{os.getpid()}"
    text = json.dumps(
        {survey: asdict(entry) for survey, entry in sorted(entries.items())}, indent=1, ensure_ascii=False
    )
    aside.write_text(text, encoding="utf-8")
    aside.replace(work / FILE)
