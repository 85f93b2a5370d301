"""Dagster's history as a run writes it: its events in the files where the UI looks, without opening them for each one.

Not here: what is noted, and where (settings.py names the Dagster home).
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from filelock import FileLock
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from pipelines.common.disk import full_disks
from pipelines.common.settings import Settings

# What SQLite says of files that may be in order, and what to do then.
IN_ORDER = {
    "disk is full": "make room on its disk, and run again",
    "readonly": "let the user of the run write there, on a disk that is not mounted read-only, and run again",
    "locked": "another process writes there for long; let it end, and run again",
}
BEGIN_ANEW = "see whether its disk is in order, and move the folder away: the next run begins a new one"


class HistoryError(OSError):
    """Dagster's history cannot be read or written; the message says where, why, and what to do.

    An OSError: who says what could not be read or written need not load Dagster to know this one.
    """


class HeldEventLog(SqliteEventLogStorage):
    """Dagster's event log with one connection a file, held to the end.

    The library makes one for each of a thousand events: a statement to prepare, a wait for the disk, and the file
    tidied up when it is closed. `synchronous = normal` keeps a file in WAL mode, as these are, whole through any crash;
    power that fails may cost the last events.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._held: dict[str, Connection] = {}
        self._tables: set[str] = set()
        self._one_at_a_time = threading.Lock()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "HeldEventLog":
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._one_at_a_time:
            connection = self._held.get(shard)
            if connection is None:
                with super()._connect(shard):
                    pass  # which makes a file that is not there yet
                connection = self._held[shard] = self._hold(shard)
            with connection.begin():
                yield connection

    def _hold(self, shard: str) -> Connection:
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,
            connect_args={"check_same_thread": False, "timeout": 60},
        )
        connection = engine.connect()
        with connection.begin():
            connection.exec_driver_sql("pragma synchronous = normal")
        return connection

    def has_table(self, table_name: str) -> bool:
        """Asked again and again of the same tables; one that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def dispose(self) -> None:
        for connection in self._held.values():
            connection.close()
            connection.engine.dispose()
        self._held.clear()
        super().dispose()


@contextmanager
def instance_of_run(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of the project's home. Raises HistoryError where its files cannot be read or written.

    One at a time makes what is not there yet: two that lay out the same files at once leave them so that nobody can
    read them.
    """
    home = settings.dagster_home
    log = {"module": __name__, "class": HeldEventLog.__name__, "config": {"base_dir": str(home / "history" / "runs")}}
    try:
        with FileLock(home / "history.lock"):
            instance = dg.DagsterInstance.from_ref(
                InstanceRef.from_dir(str(home), overrides={"event_log_storage": log})
            )
        with instance:
            yield instance
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise HistoryError(_in_words(settings, error)) from error


def _in_words(settings: Settings, error: Exception) -> str:
    """Where the history is, what SQLite says of it, and what to do."""
    folder = settings.dagster_home / "history"
    why = str(getattr(error, "orig", None) or error)
    # On a full disk SQLite says many things, of files that are in order.
    seen = f"{why}; its disk is full" if full_disks(settings.data_dir) else why
    advice = next((advice for sign, advice in IN_ORDER.items() if sign in seen), BEGIN_ANEW)
    return f"Dagster's history in {folder} cannot be read or written ({why}): {advice}"


@dataclass(frozen=True)
class Runs:
    """Of the runs of all of a job: which was asked for last, which began last, ended last, and succeeded last."""

    asked: dg.RunRecord | None
    begun: dg.RunRecord | None
    ended: dg.RunRecord | None
    succeeded: dg.RunRecord | None


def latest_runs(settings: Settings, job: str) -> Runs:
    """The latest of a job, whoever asked for them. What was made of a part of its assets is no run of the job."""
    with instance_of_run(settings) as instance:
        records = instance.get_run_records(dg.RunsFilter(job_name=job))  # the newest first
    of_all = [record for record in records if not record.dagster_run.asset_selection]
    # One that was asked for earlier may have waited for another, and end later.
    ended = sorted((r for r in of_all if r.dagster_run.is_finished), key=lambda r: r.end_time or 0, reverse=True)
    return Runs(
        asked=next(iter(of_all), None),
        begun=next((record for record in of_all if record.start_time), None),
        ended=next(iter(ended), None),
        succeeded=next((record for record in ended if record.dagster_run.is_success), None),
    )
