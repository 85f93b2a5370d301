"""The history as a run writes it: the same files and events as Dagster's own, on one connection each.

Not here: what a run notes (test_automation.py).
"""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import Engine, event

from pipelines.__main__ import main
from pipelines.automation import history
from pipelines.automation.history import HeldEventLog, HistoryError, instance_of_run
from pipelines.automation.home import prepare
from pipelines.common.settings import DATA_DIR, Settings


@dg.asset(check_specs=[dg.AssetCheckSpec("is_one", asset="one")])
def one() -> dg.MaterializeResult:
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="is_one", passed=True)])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(tmp_path / "data")
    prepare(settings)
    return settings


def run(instance: dg.DagsterInstance) -> str:
    return dg.materialize([one], instance=instance).run_id


def events(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    return [entry.dagster_event.event_type_value for entry in instance.all_logs(run_id) if entry.dagster_event]


def test_dagster_reads_what_a_run_wrote_as_if_it_had_written_it_itself(settings: Settings) -> None:
    with instance_of_run(settings) as instance:
        ours = run(instance)
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        theirs = run(instance)
        assert events(instance, ours) == events(instance, theirs)
        assert "ASSET_CHECK_EVALUATION" in events(instance, ours)
        event = instance.get_latest_materialization_event(dg.AssetKey("one"))
        assert event is not None and event.run_id == theirs
        assert {record.dagster_run.run_id for record in instance.get_run_records()} == {ours, theirs}


def test_a_file_is_opened_for_events_once_and_not_for_each(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[str] = []
    hold = HeldEventLog._hold

    def noted(log: HeldEventLog, shard: str) -> object:
        held.append(shard)
        return hold(log, shard)

    monkeypatch.setattr(HeldEventLog, "_hold", noted)
    with instance_of_run(settings) as instance:
        first, second = run(instance), run(instance)
    assert sorted(held) == sorted({first, second, "index"})


def test_a_table_of_the_history_is_looked_for_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    has_table = SqliteEventLogStorage.has_table

    def noted(log: HeldEventLog, table: str) -> bool:
        asked.append(table)
        return has_table(log, table)

    with instance_of_run(settings) as instance:
        run(instance)
    monkeypatch.setattr(SqliteEventLogStorage, "has_table", noted)
    with instance_of_run(settings) as instance:
        run(instance)
        run(instance)
    assert asked and len(asked) == len(set(asked))


def test_files_are_whole_and_closed_at_the_end(settings: Settings) -> None:
    with instance_of_run(settings) as instance:
        run_id = run(instance)
    folder = settings.dagster_home / "history" / "runs"
    assert not list(folder.glob("*-wal")), "a connection was left open"
    for name in (run_id, "index"):
        with sqlite3.connect(folder / f"{name}.db") as con:
            assert con.execute("pragma integrity_check").fetchone() == ("ok",)
            assert con.execute("pragma journal_mode").fetchone() == ("wal",)


def test_an_event_is_undone_where_noting_it_fails(settings: Settings) -> None:
    with instance_of_run(settings) as instance:
        run(instance)
        log = instance.event_log_storage
        assert isinstance(log, history.HeldEventLog)
        with pytest.raises(ZeroDivisionError), log.index_connection() as con:
            con.exec_driver_sql("delete from event_logs")
            raise ZeroDivisionError
        assert instance.get_latest_materialization_event(dg.AssetKey("one")) is not None


def text(path: Path) -> None:
    path.write_text("no database, " * 1_000, encoding="utf-8")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5_000])


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [text, cut, folder])
@pytest.mark.parametrize("file", ["runs.db", "runs/index.db"])
def test_history_that_is_damaged_is_named_and_a_new_one_is_begun_where_it_is_moved_away(
    settings: Settings, file: str, damage: Callable[[Path], None]
) -> None:
    with instance_of_run(settings) as instance:
        run(instance)
    kept = settings.dagster_home / "history"
    damage(kept / file)
    with pytest.raises(HistoryError) as raised, instance_of_run(settings) as instance:
        run(instance)
    assert str(raised.value).startswith(f"Dagster's history in {kept} cannot be read or written (")
    assert "move the folder away: the next run begins a new one" in str(raised.value)
    kept.rename(kept.with_name("aside"))
    with instance_of_run(settings) as instance:
        assert events(instance, run(instance))


@pytest.mark.parametrize(
    ("pragma", "told"),
    [
        # A file that may not become larger is what SQLite sees of a full disk.
        ("max_page_count = 1", "(database or disk is full): make room on its disk"),
        ("query_only = on", "(attempt to write a readonly database): let the user of the run write there"),
    ],
)
def test_history_that_takes_nothing_more_is_said_with_what_to_do(settings: Settings, pragma: str, told: str) -> None:
    def limit(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"pragma {pragma}")

    with instance_of_run(settings) as instance:
        run(instance)
    event.listen(Engine, "connect", limit)
    try:
        with pytest.raises(HistoryError) as raised, instance_of_run(settings) as instance:
            run(instance)
    finally:
        event.remove(Engine, "connect", limit)
    assert told in str(raised.value)


def test_disk_without_room_is_told_whatever_sqlite_says_of_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """SQLite says so of a file that is cut, and of one in order that has no room for what it keeps beside it."""
    with instance_of_run(settings) as instance:
        run(instance)
    cut(settings.dagster_home / "history" / "runs.db")
    monkeypatch.setenv(DATA_DIR, str(settings.data_dir))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000))
    assert main(["home"]) == 1
    said = capsys.readouterr().err
    assert "Dagster's history in" in said and ": make room on its disk" in said
    assert f"the disk of {settings.data_dir} and of " in said and "is full" in said
    assert "Traceback" not in said


def test_a_step_that_fails_is_no_fault_of_the_history(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), instance_of_run(settings):
        raise ZeroDivisionError
