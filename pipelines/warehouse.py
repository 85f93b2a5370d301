"""The private build database: one writer at a time.

Not here: what is written, or the read-only copy that users query (publish/warehouse_copy.py).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
from filelock import FileLock, Timeout

from pipelines.settings import DEFAULT_MEMORY_LIMIT, temp_dir_beside


class BuildDatabaseBusyError(RuntimeError):
    """Another run holds the build database."""


@contextmanager
def build_lock(work: Path, wait_seconds: float, tell: Callable[[str], object]) -> Iterator[None]:
    """Hold the build database for a whole run; a second run waits, then fails with BuildDatabaseBusyError."""
    work.mkdir(parents=True, exist_ok=True)
    owner = work / "build.lock.owner"
    lock = FileLock(work / "build.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        holder = owner.read_text(encoding="utf-8") if owner.exists() else "unknown"
        tell(f"another run (process {holder}) is building in {work}; waiting up to {wait_seconds:.0f} seconds")
        try:
            lock.acquire(timeout=wait_seconds)
        except Timeout:
            raise BuildDatabaseBusyError(
                f"another run (process {holder}) still holds {work} after {wait_seconds:.0f} seconds; "
                "let it end, or stop that process, and run again"
            ) from None
    try:
        owner.write_text(str(os.getpid()), encoding="utf-8")
        yield
    finally:
        lock.release()


@contextmanager
def open_build(
    path: Path, read_only: bool = False, memory_limit: str = DEFAULT_MEMORY_LIMIT
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the build database, closed (and checkpointed) on the way out.

    It keeps to `memory_limit`, such as 4GB; what does not fit goes to a folder beside the database.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(path), read_only=read_only)
    try:
        # As statements: given to connect(), they would shut out whoever opens the database without them.
        connection.execute("set memory_limit = ?", [memory_limit])
        connection.execute("set temp_directory = ?", [str(temp_dir_beside(path))])
        yield connection
    finally:
        connection.close()


def write_table(con: duckdb.DuckDBPyConnection, schema: str, name: str, table: pa.Table) -> None:
    """Replace `schema.name` by `table`."""
    con.execute(f'create schema if not exists "{schema}"')
    con.register("incoming", table)
    con.execute(f'create or replace table "{schema}"."{name}" as select * from incoming')
    con.unregister("incoming")


def read_table(con: duckdb.DuckDBPyConnection, schema: str, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """Those columns of `schema.name`, in their order."""
    listed = ", ".join(f'"{column}"' for column in columns)
    return con.execute(f'select {listed} from "{schema}"."{name}"').df()
