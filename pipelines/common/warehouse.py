"""The private build database: one writer at a time, for the owner alone, set aside where it cannot be used.

Not here: what is written, or the read-only copy that users query (publish/warehouse_copy.py).
"""

import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from pipelines.common.settings import DEFAULT_MEMORY_LIMIT, temp_dir_beside

FILE_HEADERS = 12_288  # bytes of a DuckDB file before its first block
LOCKED = re.compile(r"Conflicting lock is held in (?P<program>.*?) \(PID (?P<pid>[0-9]+)\)")
LET_GO_SECONDS = 10.0  # the dbt of a run that was killed ends a second or two after it
# What the system says where it, and not the file, is why the file cannot be read or written.
SYSTEM = re.compile(r"No space left|Input/output error|Too many open files|Cannot allocate memory", re.IGNORECASE)
OWNER_ONLY, OTHERS = 0o700, 0o077
OWNER = "build.lock.owner"  # names the process that holds the lock


class BuildDatabaseBusyError(RuntimeError):
    """Another process holds the build database; the message says which, and what to do."""


@contextmanager
def build_lock(work: Path, wait_seconds: float, tell: Callable[[str], object]) -> Iterator[None]:
    """Hold the build database for a whole run; a second run waits, then fails with BuildDatabaseBusyError."""
    make_private_folder(work)
    lock = FileLock(work / "build.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        holder = _owner(work)
        tell(f"another run (process {holder}) is building in {work}; waiting up to {wait_seconds:.0f} seconds")
        try:
            lock.acquire(timeout=wait_seconds)
        except Timeout:
            raise BuildDatabaseBusyError(
                f"another run (process {holder}) still holds {work} after {wait_seconds:.0f} seconds; "
                "let it end, or stop that process, and run again"
            ) from None
    try:
        (work / OWNER).write_text(str(os.getpid()), encoding="utf-8")
        yield
    finally:
        lock.release()


def lock_holder(work: Path) -> str | None:
    """The process whose run holds the build database, 'unknown' where it does not say; None where nobody does."""
    if not (work / "build.lock").exists():
        return None
    lock = FileLock(work / "build.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return _owner(work)
    lock.release()
    return None


@contextmanager
def open_build(
    path: Path, read_only: bool = False, memory_limit: str = DEFAULT_MEMORY_LIMIT
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the build database, closed (and checkpointed) on the way out.

    It keeps to `memory_limit`, such as 4GB; what does not fit goes to a folder beside the database. Raises
    BuildDatabaseBusyError when another process has it open.
    """
    make_private_folder(path.parent)
    is_new = not path.exists()
    connection = _connect(path, read_only)
    try:
        if is_new:
            path.chmod(OWNER_ONLY & 0o666)
        # As statements: given to connect(), they would shut out whoever opens the database without them.
        connection.execute("set memory_limit = ?", [memory_limit])
        connection.execute("set temp_directory = ?", [str(temp_dir_beside(path))])
        yield connection
    finally:
        connection.close()


def ensure_usable(path: Path, memory_limit: str, schema: str, tell: Callable[[str], object]) -> None:
    """Leave at `path` a build database that can be used, or none: what cannot be is set aside, never deleted.

    Where it is not as note_as_left() found it, each value of `schema` is read. Raises BuildDatabaseBusyError when
    another process has it open, and OSError when it may not be read and written.
    """
    if not path.exists():
        return
    with path.open("r+b"):
        pass
    try:
        with open_build(path, memory_limit=memory_limit) as con:
            _check_size(con, path)
            if not _is_as_left(path):
                _read_all(con, schema)
    except duckdb.OutOfMemoryException:
        raise  # which is not the fault of the database
    except duckdb.Error as error:
        if SYSTEM.search(str(error)):
            raise  # nor is this
        aside = set_aside(path)
        why = " ".join(str(error).split())
        tell(f"the build database cannot be used, so it is set aside as {aside} and built anew from landing/ ({why})")


def set_aside(path: Path) -> Path:
    """Move a build database away, with what was not yet written into it; returns where it is now."""
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S.%fZ")
    aside = path.with_name(f"{path.stem}.set-aside-{when}{path.suffix}")
    for suffix in (".wal", ""):
        with suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
    return aside


def note_as_left(path: Path) -> None:
    """Note how a run that ended in order left the build database."""
    if path.exists():
        _note(path).write_text(_state(path), encoding="utf-8")


def forget_as_left(path: Path) -> None:
    """The next run reads the build database, also where it looks as it was left."""
    _note(path).unlink(missing_ok=True)


def keep_private(work: Path) -> None:
    """Make the folder, and see that only its owner can look into it and what is in it. Links are not followed."""
    make_private_folder(work)
    for folder, folders, files in os.walk(work):
        for entry in (Path(folder, name) for name in [*folders, *files]):
            with suppress(FileNotFoundError, PermissionError):  # a file that is gone, or another user's
                mode = entry.lstat().st_mode
                if mode & OTHERS and not stat.S_ISLNK(mode):
                    entry.chmod(OWNER_ONLY if stat.S_ISDIR(mode) else OWNER_ONLY & 0o666)


def make_private_folder(folder: Path) -> None:
    """Make the folder where it is not there yet, and shut others out of it, whatever the umask says."""
    folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    with suppress(PermissionError):
        if is_open_to_others(folder):
            folder.chmod(OWNER_ONLY)


def is_open_to_others(folder: Path) -> bool:
    """Whether others than its owner may do anything with a folder."""
    return folder.is_dir() and bool(folder.stat().st_mode & OTHERS)


def _owner(work: Path) -> str:
    try:
        return (work / OWNER).read_text(encoding="utf-8")
    except OSError:
        return "unknown"


def _connect(path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
    until = time.monotonic() + LET_GO_SECONDS
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only)
        except duckdb.IOException as error:
            holder = LOCKED.search(str(error))
            if not holder:
                raise
            if time.monotonic() > until:
                raise BuildDatabaseBusyError(
                    f"process {holder['pid']} ({holder['program']}) has {path} open; end that process, and run again"
                ) from None
            time.sleep(0.2)


def _check_size(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """A file that was cut off opens as long as nothing is read that is not there.

    Free blocks at its end, of tables that are gone, may be missing: DuckDB counts some that it never wrote. A piece of
    one may be there, where a process was killed in the middle of writing it: nothing leads to it yet.
    """
    asked = "select block_size, used_blocks, total_blocks from pragma_database_size()"
    ((block_size, n_used, n_blocks),) = con.execute(asked).fetchall()
    found = path.stat().st_size
    if (found - FILE_HEADERS) // block_size < n_used:
        raise duckdb.IOException(f"it has {found:,} bytes in place of {FILE_HEADERS + block_size * n_blocks:,}")


def _read_all(con: duckdb.DuckDBPyConnection, schema: str) -> None:
    tables = con.execute("select table_name from duckdb_tables() where schema_name = ?", [schema]).fetchall()
    for (name,) in tables:
        con.execute(f'select bit_xor(hash(rows)) from "{schema}"."{name}" as rows').fetchall()


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.as_left")


def _state(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ino}"


def _is_as_left(path: Path) -> bool:
    try:
        return _note(path).read_text(encoding="utf-8") == _state(path)
    except (OSError, UnicodeError):
        return False
