"""What runs left of a wave beside the build database: logs, databases set aside, reports, the history of Dagster.

Not here: the build database (ingest/forgotten.py), and landing/.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

from pipelines.common import leftovers
from pipelines.common.settings import Settings
from pipelines.ingest.quarantine import REPORT_NAME

CLEAR_AGAIN = (
    "let whatever else has it open end, let this account write there, or move it out of the data directory if it is "
    "damaged; then do the same again. The delivery and the build database are as they were"
)
REFUSED = " was refused"  # what is told of a refused file shows cells of it


def copies(settings: Settings) -> list[Path]:
    """What a run makes anew, or nobody reads any more, and may hold rows of any wave."""
    build = settings.build_db
    patterns = (f"{build.stem}.set-aside-*", f"{leftovers.MARK}*", settings.temp_dir.name, settings.shards.name, "logs")
    return sorted(path for pattern in patterns for path in settings.work.glob(pattern))


def reports(settings: Settings, folder: str) -> list[Path]:
    """The reports on refused files of a folder of landing/."""
    return sorted((settings.quarantine / folder).glob(f"*{REPORT_NAME}*"))


def scrub(home: Path, folder: str) -> int:
    """Take out of Dagster's history what was told of refused files of a folder of landing/; how many records.

    A file of the history is written anew then: what is deleted in one is else still in its bytes. Raises OSError.
    """
    said = (json.dumps(f"landing/{folder}")[1:-1], REFUSED)
    n_files = sum(_without_file(path, said) for path in home.glob("storage/**/*") if path.is_file())
    return n_files + sum(_without_rows(path, said) for path in sorted(home.rglob("*.db")))


def _without_file(path: Path, said: Collection[str]) -> int:
    content = path.read_bytes()
    if not all(text.encode() in content for text in said):
        return 0
    path.unlink()
    return 1


def _without_rows(path: Path, said: Collection[str]) -> int:
    try:
        with closing(sqlite3.connect(path)) as con:
            n_deleted = sum(con.execute(statement, tuple(said)).rowcount for statement in list(_deletions(con, said)))
            con.commit()
            if n_deleted:
                con.execute("vacuum")
                con.execute("pragma wal_checkpoint(truncate)")
            return n_deleted
    except sqlite3.Error as error:
        raise OSError(f"Dagster's history in {path} cannot be cleared ({error}): {CLEAR_AGAIN}") from error


def _deletions(con: sqlite3.Connection, said: Collection[str]) -> Iterator[str]:
    tables = con.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'").fetchall()
    for (table,) in tables:
        for _, column, data_type, *_ in con.execute(f'pragma table_info("{table}")').fetchall():
            if data_type.upper() in ("TEXT", "VARCHAR", "JSON"):
                yield f'delete from "{table}" where ' + " and ".join(f'instr("{column}", ?) > 0' for _ in said)
