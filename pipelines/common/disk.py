"""What it looks like when a disk is full, in whichever library, and what to do.

Not here: how much room a run will need (automation/status.py), and a want of memory (memory.py).
"""

import os
import re
import shutil
from pathlib import Path

NO_RUN_GOES_ON = 16_000_000  # bytes: with fewer left, whatever went wrong went wrong for that
# The system says so, and SQLite; DuckDB, Arrow and dbt hand on what the system said.
SAID = re.compile(r"no space left|database or disk is full|quota exceeded", re.IGNORECASE)
MB = 1_000_000


def full_disks(data_dir: Path) -> list[Path]:
    """Those of the data directory and of the system's temporary files on whose disk no run goes on."""
    free = {folder: _free(folder) for folder in (data_dir, temporary_files())}
    return [folder for folder, n_bytes in free.items() if n_bytes is not None and n_bytes < NO_RUN_GOES_ON]


def temporary_files() -> Path:
    """The folder of temporary files. `tempfile` tries whether it can write there, and raises where it cannot."""
    named = os.environ.get("TMPDIR", "")
    return Path(named if os.path.isdir(named) else "/tmp")  # noqa: PTH112 - which raises where it may not look


def with_advice(text: str, data_dir: Path) -> str:
    """What went wrong, and where it was for want of room, on which disk, and what to do. Raises nothing of its own."""
    full = full_disks(data_dir)
    if not full and not SAID.search(text):
        return text
    free = _free(data_dir)
    by_now = "" if free is None else f"; by now {free / MB:.0f} MB are free in {data_dir}"
    where = f"the disk of {' and of '.join(map(str, full))} is full" if full else f"a disk was full{by_now}"
    return (
        f"{text}\n-> {where}: make room on it, for instance by deleting old releases, and run again "
        "(docs/operations.md). What is in force is whole"
    )


def _free(folder: Path) -> int | None:
    """Bytes that are free on the disk of a folder, which need not be there yet; None where that cannot be told."""
    try:
        while not folder.exists():
            folder = folder.parent
        return shutil.disk_usage(folder).free
    except OSError:
        return None
