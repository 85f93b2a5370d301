"""What is told of the work on shards: lines while it goes on, and numbers of how it ended, which Dagster shows.

Not here: showing them (transform/assets.py).
"""

import json
import time
from pathlib import Path
from types import TracebackType

from pipelines.common.warehouse import make_private_folder

DESIGN, CELLS = "design", "cells"
MARK = "shards: "  # begins a line of the process that builds, for whoever reads what it says
TELLS_EVERY = 10.0  # seconds


class Progress:
    """The shards of one step: how many there are, how many of them are missing, and so to be counted."""

    def __init__(self, folder: Path, step: str, n_shards: int, n_missing: int) -> None:
        self._note, self._step = _note(folder, step), step
        self._n_shards, self._n_missing = n_shards, n_missing
        self._n_done = self._n_retried = 0
        self._told = self._started = time.monotonic()

    def __enter__(self) -> "Progress":
        return self

    def tell_done(self, n_retried: int) -> None:
        """One more is counted; `n_retried` times a process or machine died meanwhile."""
        self._n_done, self._n_retried = self._n_done + 1, n_retried
        if time.monotonic() - self._told > TELLS_EVERY:
            self._told = time.monotonic()
            self._tell()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._n_shards:
            self._note.unlink(missing_ok=True)
            return
        self._tell()
        make_private_folder(self._note.parent)
        self._note.write_text(json.dumps(self._numbers()), encoding="utf-8")

    def _numbers(self) -> dict[str, int]:
        return {
            "shards": self._n_shards,
            "counted": self._n_done,
            "from_before": self._n_shards - self._n_missing,
            "tried_again": self._n_retried,
        }

    def _tell(self) -> None:
        before, again = self._n_shards - self._n_missing, self._n_retried
        taken = f", {before} taken from before" if before else ""
        retried = f", {again} tried again" if again else ""
        seconds = time.monotonic() - self._started
        said = f"{self._step}: {self._n_done} of {self._n_missing} counted{taken}{retried} ({seconds:.0f} s)"
        print(MARK + said, flush=True)


def numbers_of(folder: Path, step: str) -> dict[str, int]:
    """How many shards were counted, taken from before and tried again in a step; none where there are no shards."""
    try:
        found = json.loads(_note(folder, step).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {str(name): int(number) for name, number in found.items()}


def _note(folder: Path, step: str) -> Path:
    return folder / f"{step}.json"
