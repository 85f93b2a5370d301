"""The history as a run writes it: the same files and events as Dagster's own, on one connection each.

Not here: what a run notes (test_automation.py).
"""

import sqlite3
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from pipelines.automation import history
from pipelines.automation.history import HeldEventLog, instance_of_run
from pipelines.automation.home import prepare
from pipelines.common.settings import Settings


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
