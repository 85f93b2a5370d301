"""Dagster's history in SQLite, written without waiting for the disk at each event: a run notes a thousand of them.

Not here: what is noted, and where (settings.py names the Dagster home).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


@contextmanager
def quick_history(home: Path) -> Iterator[None]:
    """Until the end, spare the databases of the history below `home` a wait for the disk at each event.

    They are in WAL mode, in which `synchronous = NORMAL` keeps them whole through any crash; power that fails may cost
    the last events of the run. And since Dagster opens and closes them for each event, each is held open by a connection
    that does nothing: SQLite tidies up a database when the last one closes it.
    """
    with ExitStack() as held:
        seen: set[str] = set()

        def on_connect(connection: Any, _record: Any) -> None:
            file = _file_of(connection)
            if not file or not Path(file).is_relative_to(home):
                return
            connection.execute("pragma synchronous = normal")
            if file not in seen:
                seen.add(file)
                holding = held.enter_context(closing(sqlite3.connect(file, check_same_thread=False)))
                holding.execute("select count(*) from sqlite_master").fetchone()  # opens the file

        event.listen(Engine, "connect", on_connect)
        try:
            yield
        finally:
            event.remove(Engine, "connect", on_connect)


def _file_of(connection: Any) -> str:
    """The file of an SQLite connection; '' where it is none, or in memory."""
    if not isinstance(connection, sqlite3.Connection):
        return ""
    return connection.execute("pragma database_list").fetchone()[2]
