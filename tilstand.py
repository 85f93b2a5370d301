"""A release for who reads with Python, resolved once: all that is read is of one release, whatever is published since.

Not here: making a release (pipelines/publish). This needs nothing of the project, and may be copied to where you work;
reading takes pyarrow, pandas or duckdb, whichever you ask for.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

POINTER = "current.json"  # of a folder without links: it names the release in force
LOOKS = 3  # at what leads to a release, which may be pruned between a look and the next
FINGERPRINT = b"release_fingerprint"  # in the metadata of each Parquet file


class NoReleaseError(FileNotFoundError):
    """There is no release where one was looked for; the message says where."""


@dataclass(frozen=True)
class OpenRelease:
    """One release. `path` is its own folder, whatever is in force; `manifest` what it says of itself."""

    path: Path
    manifest: dict[str, Any] = field(repr=False)
    led_from: Path

    @property
    def id(self) -> str:
        return str(self.manifest["release"])

    @property
    def tables(self) -> list[str]:
        """The names of its tables."""
        return [table["name"] for table in self.manifest["tables"]]

    def file(self, table: str) -> Path:
        """The Parquet file of a table, for whatever reads Parquet. Raises ValueError where there is no such table."""
        if table not in self.tables:
            raise ValueError(f"release {self.id} has no table {table!r}; it has {', '.join(self.tables)}")
        return self.path / f"{table}.parquet"

    def read(self, table: str, columns: Sequence[str] | None = None) -> "pa.Table":
        """A table for pyarrow, or some of its columns. Raises ValueError where the file is of another release."""
        import pyarrow.parquet as pq

        found = pq.read_table(self.file(table), columns=columns)
        said = (found.schema.metadata or {}).get(FINGERPRINT)
        if said is not None and said.decode() != self.manifest["fingerprint"]:
            raise ValueError(f"{self.file(table)} is not of release {self.id}: it was put there by someone")
        return found

    def df(self, table: str, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """A table for pandas, or some of its columns."""
        return self.read(table, columns).to_pandas()

    def connect(self) -> "duckdb.DuckDBPyConnection":
        """A connection to its database, read only: tables in schema marts."""
        import duckdb

        return duckdb.connect(str(self.path / "warehouse.duckdb"), read_only=True)

    def is_behind(self) -> bool:
        """Whether another release is in force by now, where this one was opened as the one in force."""
        return bool(_resolved(self.led_from)[1]["fingerprint"] != self.manifest["fingerprint"])


def open_release(where: str | Path | None = None) -> OpenRelease:
    """The release in force, or the one in a folder.

    where: the data directory, its published/, a copy of it where BI lives, or the folder of a release;
    TILSTAND_DATA_DIR, or data, if left out.
    Raises NoReleaseError where there is none.
    """
    if "://" in str(where):
        raise NoReleaseError(
            f"a release is opened from a folder, and an address was named (it may hold a password): read {POINTER} "
            "there once, and tables below the path that it says"
        )
    start = Path(where or os.environ.get("TILSTAND_DATA_DIR") or "data").expanduser()
    for led_from in (start / "published" / "current", start / "current", start / POINTER, start):
        if led_from.is_file() or (led_from / "manifest.json").is_file():
            return OpenRelease(*_resolved(led_from), led_from=led_from)
    raise NoReleaseError(f"no release in {start}: name the data directory, or the folder of a release")


def _resolved(led_from: Path) -> tuple[Path, dict[str, Any]]:
    """Where it leads, and the manifest there."""
    for look in range(LOOKS):
        try:
            path = led_from.resolve()
            if path.is_file():  # of a copy without links
                path = path.parent / json.loads(path.read_text(encoding="utf-8"))["path"]
            return path, json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # pruned, or half written where nothing is written in one step
            if look == LOOKS - 1:
                raise
    raise AssertionError("unreachable")
