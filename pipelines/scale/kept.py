"""What was counted of a shard, kept in work/ under the hash of all that it follows from, until nothing follows from it.

Not here: counting (counting.py).
"""

import hashlib
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.common.warehouse import OWNER_ONLY, make_private_folder
from pipelines.scale.counting import Counting
from pipelines.scale.statements import Statements


def fingerprint(task: Counting, given: Statements) -> str:
    """The hash of what a count follows from: the shard, the SQL, the tables beside it, DuckDB and this package."""
    shard = task.shard
    tables = {name: hashlib.sha256(content).hexdigest() for name, content in task.tables.items()}
    of_shard = (shard.survey, shard.wave, shard.part, shard.sha256, shard.n_rows, shard.cells)
    statements = given.of[shard.survey, shard.part]
    parts = (of_shard, statements, sorted(given.settings.items()), sorted(tables.items()), duckdb.__version__, _code())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class Kept:
    """The folder of what is kept of one step."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"

    def has(self, name: str) -> bool:
        """Whether it is there and can be opened: of one that a machine left damaged, the shard is counted again."""
        try:
            pq.read_metadata(self.path(name))
        except (OSError, pa.ArrowException):
            return False
        return True

    def put(self, name: str, content: bytes) -> None:
        """Keep it, whole or not at all, for the owner alone: a count may be of one respondent."""
        make_private_folder(self._folder)
        new = self.path(name).with_suffix(".new")
        new.touch(OWNER_ONLY & 0o666)
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # before it has its name: else it may have it, and be empty, when the machine stops
        new.replace(self.path(name))

    def keep_only(self, names: Iterable[str]) -> None:
        """Remove all else: what follows from a shard that is gone is gone with it."""
        kept = {self.path(name) for name in names}
        for path in self._folder.glob("*"):
            if path not in kept:
                path.unlink()


@cache
def _code() -> str:
    modules = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in modules)).hexdigest()
