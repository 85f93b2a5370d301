"""A shard: one Parquet file of a delivery, where it lies, and its rows as SQL reads them in the place of raw's table.

Not here: whether a shard is right (ingest), and what is counted of it (counting.py).
"""

import glob
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipelines.common.sql import literal

SHARD = "shard"  # what source() is called in a statement: a column may be delivered by the name of another


class ShardError(RuntimeError):
    """A shard is not what was accepted, or not what its survey says; the message names it and what to do."""


@dataclass(frozen=True)
class Shard:
    """A row of raw.shard. `path` is where it lies, `cells` the SQL that the door read it with: row_number, and each
    column as text under the codebook's name, selected from source()."""

    survey: str
    wave: int
    part: str
    file_name: str
    path: str
    sha256: str
    n_rows: int
    cells: str

    def __str__(self) -> str:
        return f"landing/{self.file_name}"

    def require_accepted(self) -> None:
        """Raises ShardError where the file is not the one that was accepted: what is counted was looked at before."""
        try:
            with Path(self.path).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            problem = f"{self} cannot be read where it is counted ({error.strerror})"
            raise ShardError(f"{problem}; landing/ has to be at {self.path} for every worker") from error
        if found != self.sha256:
            raise ShardError(f"{self} has changed since it was accepted; run again")


def read_shards(rows: Iterable[tuple[str, int, str, str, str, int, str]], landing: Path) -> list[Shard]:
    """The shards of rows (survey, wave, part, file_name, sha256, n_rows, cells), by survey, wave and name."""
    shards = [
        Shard(survey, wave, part, name, str(landing / name), sha256, n_rows, cells)
        for survey, wave, part, name, sha256, n_rows, cells in rows
    ]
    return sorted(shards, key=lambda shard: (shard.survey, shard.wave, shard.part, shard.file_name))


def rows_of(shard: Shard, first: int = 0, n_rows: int | None = None) -> str:
    """SQL for the rows of a shard from `first`, counted from 0, each cell as text under the codebook's name."""
    number = f"{SHARD}.file_row_number"
    chosen = f" where {number} >= {first}" + (f" and {number} < {first + n_rows}" if n_rows else "")
    return f"select cast({shard.wave} as integer) as wave, {shard.cells} from {source(Path(shard.path))}{chosen}"


def source(path: Path) -> str:
    """The rows of the file at `path`, with file_row_number, called SHARD; no sign of its name means anything else."""
    return f"read_parquet({path_literal(path)}, file_row_number = true, hive_partitioning = false) as {SHARD}"


def path_literal(path: Path) -> str:
    """A path as the functions of DuckDB take it that read files: they would look for patterns in it."""
    return literal(glob.escape(str(path)))
