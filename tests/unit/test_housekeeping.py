"""The history keeps what is new, whatever it was, and says of a run that was killed that it failed.

Not here: how it is written (test_event_log.py).
"""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import dagster as dg
import pytest

from pipelines.automation import housekeeping, jobs
from pipelines.automation.history import instance_of_run
from pipelines.automation.home import prepare
from pipelines.automation.housekeeping import KILLED, end_killed, take_out_old
from pipelines.automation.jobs import housekeeping as sensor
from pipelines.common.process import (
    BEGUN,
    BOOT,
    HOST,
    NAMES,
    PROCESS,
    PROCESSES,
    of_this_process,
    this_machine,
)
from pipelines.common.settings import Settings
from pipelines.common.workspace import Workspace


@dg.asset
def one() -> None:
    print("said by a step")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(tmp_path / "data")
    prepare(settings)
    return settings


def runs(settings: Settings, n: int) -> list[str]:
    with instance_of_run(settings) as instance:
        return [dg.materialize([one], instance=instance).run_id for _ in range(n)]


def files(settings: Settings, run_id: str) -> list[Path]:
    return list(settings.dagster_home.rglob(f"{run_id}*"))


def test_runs_past_their_days_are_taken_out_with_their_files_and_the_newest_stay(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "KEPT_RUNS", 2)
    first, *others = runs(settings, 4)
    assert len(files(settings, first)) >= 2, "its events and what its steps printed"
    now, days = datetime.now(UTC), timedelta(days=settings.history_days)
    assert take_out_old(settings, now + days - timedelta(hours=1)) == []
    assert set(take_out_old(settings, now + days + timedelta(hours=1))) == {first, others[0]}
    assert files(settings, first) == []
    with instance_of_run(settings) as instance:
        assert {record.dagster_run.run_id for record in instance.get_run_records()} == set(others[1:])
        made = instance.get_latest_materialization_event(dg.AssetKey("one"))
        assert made is not None and made.run_id == others[-1]


def test_days_are_those_that_are_set(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "KEPT_RUNS", 0)
    (run_id,) = runs(settings, 1)
    later = datetime.now(UTC) + timedelta(days=8)
    assert take_out_old(replace(settings, history_days=9), later) == []
    assert take_out_old(replace(settings, history_days=7), later) == [run_id]


def begun(settings: Settings, tags: dict[str, str]) -> str:
    """A run in the history that has begun and not ended."""

    @dg.job(name="a_job")
    def a_job() -> None:
        pass

    with instance_of_run(settings) as instance:
        run = instance.create_run_for_job(a_job, tags=tags, status=dg.DagsterRunStatus.STARTED)
    return run.run_id


def test_run_whose_process_is_gone_has_failed_and_says_so(settings: Settings) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    killed = begun(settings, of_this_process() | {PROCESS: str(gone.pid)})
    alive, of_another = begun(settings, of_this_process()), begun(settings, {})
    assert end_killed(settings) == [killed]
    with instance_of_run(settings) as instance:
        states = {run_id: instance.get_run_by_id(run_id).status.value for run_id in (killed, alive, of_another)}
        said = [entry.dagster_event.message for entry in instance.all_logs(killed)]
    assert states == {killed: "FAILURE", alive: "STARTED", of_another: "STARTED"}
    assert KILLED in said
    assert end_killed(settings) == []
    assert of_this_process()[PROCESS] == str(os.getpid())


def test_server_that_stays_up_keeps_its_history_in_order_by_itself(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "KEPT_RUNS", 0)
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(settings.data_dir))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    killed = begun(settings, of_this_process() | {PROCESS: str(gone.pid)})
    (old,) = runs(settings, 1)
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    monkeypatch.setenv("TILSTAND_HISTORY_DAYS", "1")
    said = sensor(dg.build_sensor_context())
    assert said == dg.SkipReason("runs that were killed: 1; taken out of the history: 0")
    monkeypatch.setattr(jobs, "datetime", Later)
    said = sensor(dg.build_sensor_context())
    assert said == dg.SkipReason("runs that were killed: 0; taken out of the history: 2")
    assert files(settings, old) == files(settings, killed) == []


class Later(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + timedelta(days=2)


def test_run_notes_its_process_whoever_started_it_and_whichever_run_it_repeats(settings: Settings) -> None:
    @dg.asset
    def a_table(workspace: Workspace) -> None:
        pass

    resources = {"workspace": Workspace(data_dir=str(settings.data_dir))}
    with instance_of_run(settings) as instance:
        for tags in ({}, of_this_process() | {PROCESS: "1", BEGUN: "1"}):
            run = dg.materialize([a_table], resources=resources, instance=instance, tags=tags)
            noted = instance.get_run_by_id(run.run_id)
            assert noted.is_success and of_this_process().items() <= noted.tags.items()


@pytest.mark.parametrize("others", [[HOST], [PROCESSES], [HOST, BOOT], [HOST, PROCESSES, NAMES]])
def test_run_of_another_machine_or_container_is_not_judged_by_a_number_that_means_nothing_here(
    settings: Settings, others: list[str]
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    begun(settings, of_this_process() | {PROCESS: str(gone.pid)} | dict.fromkeys(others, "another"))
    begun(settings, {PROCESS: str(gone.pid)})  # as runs were noted before machines were
    assert end_killed(settings) == []


@pytest.mark.parametrize("others", [[BOOT], [BOOT, PROCESSES], [BOOT, PROCESSES, NAMES], [PROCESSES, NAMES]])
def test_run_of_this_machine_or_container_before_it_was_started_again_is_gone_whatever_has_its_number_now(
    settings: Settings, others: list[str]
) -> None:
    earlier = begun(settings, of_this_process() | dict.fromkeys(others, "the one before"))
    assert end_killed(settings) == [earlier]


def test_services_of_one_machine_that_have_names_of_their_own_know_each_others_processes(settings: Settings) -> None:
    """ProtectHostname of a unit gives it another space of names, and the same processes."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    begun(settings, of_this_process() | {NAMES: "another"})
    killed = begun(settings, of_this_process() | {NAMES: "another", PROCESS: str(gone.pid)})
    assert end_killed(settings) == [killed]


def test_process_that_has_the_number_of_one_that_is_gone_is_not_taken_for_it(settings: Settings) -> None:
    ours = of_this_process()
    assert ours[BEGUN].isdecimal() and ours[BEGUN] == of_this_process()[BEGUN]
    earlier = begun(settings, ours | {BEGUN: str(int(ours[BEGUN]) - 1)})
    assert end_killed(settings) == [earlier]


def test_machine_is_told_by_its_start_and_its_spaces() -> None:
    """Two containers of one host have the same start, and may have its name."""
    here = this_machine()
    assert here.boot == Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    assert here.processes == str(Path("/proc/self/ns/pid").readlink())
    assert here.names == str(Path("/proc/self/ns/uts").readlink())


def test_dagster_takes_the_days_that_ticks_are_kept(settings: Settings) -> None:
    with instance_of_run(settings) as instance:
        kept = instance.get_settings("retention")
    assert kept["sensor"]["purge_after_days"]["skipped"] == 2
    assert kept["schedule"]["purge_after_days"] == 365
