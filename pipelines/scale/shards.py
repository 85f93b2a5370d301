"""A shard: one Parquet file of a delivery, where it lies, and its rows as SQL reads them in the place of raw's table.

Not here: whether a shard is right (ingest), and what is counted of it (counting.py).
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class ShardError(RuntimeError):
    """A shard is not what was accepted, or not what its survey says; the message names it and what to do."""


@dataclass(frozen=True)
class Shard:
    """A row of raw.shard. `path` is where it lies, `columns` are (the codebook's name, the name in the file)."""

    survey: str
    wave: int
    part: str
    file_name: str
    path: str
    sha256: str
    n_rows: int
    columns: tuple[tuple[str, str], ...]

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
    """The shards of rows (survey, wave, part, file_name, sha256, n_rows, columns as JSON), by survey, wave and name."""
    shards = [
        Shard(survey, wave, part, name, str(landing / name), sha256, n_rows, tuple(sorted(json.loads(columns).items())))
        for survey, wave, part, name, sha256, n_rows, columns in rows
    ]
    return sorted(shards, key=lambda shard: (shard.survey, shard.wave, shard.part, shard.file_name))


def rows_of(shard: Shard, first: int = 0, n_rows: int | None = None) -> str:
    """SQL for the rows of a shard from `first`, counted from 0, each cell as text under the codebook's name."""
    cells = "".join(f", cast({quoted(delivered)} as varchar) as {quoted(name)}" for name, delivered in shard.columns)
    chosen = f" where file_row_number >= {first}" + (f" and file_row_number < {first + n_rows}" if n_rows else "")
    return (
        f"select cast({shard.wave} as integer) as wave, file_row_number + 1 as row_number{cells} "
        f"from read_parquet({literal(shard.path)}, file_row_number = true){chosen}"
    )


def quoted(name: str) -> str:
    """A name as an identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as it stands in SQL."""
    return "'" + text.replace("'", "''") + "'"
