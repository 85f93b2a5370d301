"""Which version of the project's layout the private folder work/ has: what does not fit is set aside, and built anew.

Not here: a build database that is damaged (warehouse.py), and columns that raw has gained (ingest/raw_tables.py).
"""

import json
from collections.abc import Callable
from pathlib import Path

from pipelines.common.warehouse import set_aside

# To be raised when a build database of before cannot be used any more as it is: a column of raw that means something
# else, or is gone. One that is added is no such change.
WORK_VERSION = 1
UNNOTED = 1  # of a folder from before it was noted
NAME = "schema.json"


def ensure_version(build_db: Path, tell: Callable[[str], object]) -> None:
    """Leave a build database of this version, or none, and note which one that is. Nothing is deleted."""
    note = build_db.parent / NAME
    found = _noted(note)
    if found != WORK_VERSION and build_db.exists():
        tell(
            f"work/ was made by another version of the project (layout {found}, this one has {WORK_VERSION}), so the "
            f"build database is set aside as {set_aside(build_db)} and built anew from landing/"
        )
    if found != WORK_VERSION or not note.exists():
        new = note.with_suffix(".new")  # half of it would have a build database set aside
        new.write_text(json.dumps({"version": WORK_VERSION}), encoding="utf-8")
        new.replace(note)


def _noted(note: Path) -> int | str:
    try:
        version = json.loads(note.read_text(encoding="utf-8"))["version"]
    except FileNotFoundError:
        return UNNOTED
    except (OSError, ValueError, LookupError, TypeError):
        return "unknown"
    return version if isinstance(version, int) else "unknown"
