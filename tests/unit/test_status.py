"""What watches the line is told how it is: fine, something to look at, or no whole release in force.

Not here: what a release is made of, and whether one is whole (test_publish.py).
"""

import csv
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from pipelines.__main__ import main
from pipelines.automation import status as module
from pipelines.automation.history import instance_of_run
from pipelines.automation.jobs import MAIN_JOB, REFRESH_JOB
from pipelines.automation.status import BROKEN, FINE, TO_LOOK_AT, UNKNOWN, lines, status
from pipelines.common.in_force import InForceError
from pipelines.common.settings import PROJECT_DIR, Settings
from pipelines.common.warehouse import build_lock
from pipelines.ingest.findings import Findings
from pipelines.ingest.quarantine import clear_reports, write_report
from pipelines.publish.manifest import BrokenReleaseError
from pipelines.publish.sent import note_sent
from tests.unit.extracts import innbygger_extract, kommune_extract

NOW = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)
MANIFEST = {"created": (NOW - timedelta(days=3)).isoformat(), "is_synthetic": False}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A data directory with a whole release of real data in force, and nothing delivered."""
    settings = Settings(tmp_path / "data")
    release = settings.published / "releases" / "release-1"
    release.mkdir(parents=True)
    settings.dagster_home.mkdir(parents=True)
    shutil.copy(PROJECT_DIR / "dagster.yaml", settings.dagster_home)
    (settings.published / "current").symlink_to("releases/release-1")
    monkeypatch.setattr(module, "verify", lambda _: MANIFEST)
    monkeypatch.setattr(module, "is_linked", lambda *_: True)
    return settings


@dg.op
def fail() -> None:
    raise dg.Failure("it broke")


@dg.op
def succeed() -> None:
    pass


@dg.job(name=MAIN_JOB)
def the_line() -> None:
    succeed()


@dg.asset
def broken_table() -> None:
    raise dg.Failure("it broke")


@dg.asset
def whole_table() -> None:
    pass


def run(settings: Settings, op: dg.OpDefinition, job: str = MAIN_JOB) -> None:
    @dg.job(name=job)
    def of_one() -> None:
        op()

    with instance_of_run(settings) as instance:
        of_one.execute_in_process(instance=instance, raise_on_error=False)


def test_all_is_fine(settings: Settings) -> None:
    run(settings, succeed)
    said = status(settings, NOW)
    assert (said.code, said.to_look_at, said.broken) == (FINE, [], [])
    assert (said.release, said.age_days, said.running) == ("release-1", 3.0, None)
    assert said.last_run is not None and (said.last_run.job, said.last_run.how) == (MAIN_JOB, "success")
    assert "Release in force: release-1, 3.0 days old" in lines(said)


def test_target_that_has_another_release_is_to_be_looked_at(settings: Settings) -> None:
    sending = replace(settings, target_url="s3://user:HEMMELIG@bucket")
    settings.work.mkdir(exist_ok=True)
    for sent, told in ((None, "was sent nothing yet"), ("release-0", "has release release-0"), ("release-1", None)):
        if sent:
            note_sent(sending, "s3://user:HEMMELIG@bucket", sent)
        said = status(sending, NOW).to_look_at
        where = f"the target (TILSTAND_TARGET_URL) {told}, not the one in force; a run sends it"
        assert said == ([where] if told else [])


def test_nothing_is_published(tmp_path: Path) -> None:
    said = status(Settings(tmp_path / "data"), NOW)
    assert said.code == BROKEN
    assert said.broken == [f"nothing is published in {tmp_path / 'data' / 'published'}"]


def broken_release(_: object) -> None:
    raise BrokenReleaseError("release-1: kommuner.parquet is damaged")


def lost_link(_: object) -> None:
    raise InForceError("current leads nowhere")


@pytest.mark.parametrize(
    ("name", "instead", "told"),
    [
        ("verify", broken_release, "kommuner.parquet is damaged"),
        ("is_linked", lambda *_: False, "warehouse.duckdb does not lead to the database of release release-1"),
        ("current_release", lost_link, "current leads nowhere"),
    ],
)
def test_damaged_release_or_warehouse_is_broken(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, instead: Callable, told: str
) -> None:
    monkeypatch.setattr(module, name, instead)
    said = status(settings, NOW)
    assert said.code == BROKEN
    assert len(said.broken) == 1 and told in said.broken[0]


def test_failed_run_is_to_be_looked_at_until_all_was_in_order_again(settings: Settings) -> None:
    run(settings, fail)
    said = status(settings, NOW)
    assert said.code == TO_LOOK_AT and "ended as failure" in said.to_look_at[0]
    settings.last_run.touch()  # as a run does that finds nothing to do
    assert status(settings, NOW).code == FINE


def refresh(settings: Settings) -> None:
    run(settings, succeed, REFRESH_JOB)


def queue(settings: Settings) -> None:
    with instance_of_run(settings) as instance:
        instance.create_run_for_job(the_line)


def materialise_a_table(settings: Settings) -> None:
    with instance_of_run(settings) as instance:
        dg.materialize([whole_table], instance=instance)


def run_a_part(settings: Settings) -> None:
    """As *Materialize selected* does on the page of the job."""
    assets = [broken_table, whole_table]
    found = dg.Definitions(assets=assets, jobs=[dg.define_asset_job(MAIN_JOB, selection=assets)])
    with instance_of_run(settings) as instance:
        job = found.resolve_job_def(MAIN_JOB)
        assert job.execute_in_process(instance=instance, asset_selection=[whole_table.key]).success


@pytest.mark.parametrize("other", [refresh, queue, materialise_a_table, run_a_part])
def test_no_other_run_hides_that_the_line_failed(settings: Settings, other: Callable[[Settings], None]) -> None:
    run(settings, fail)
    other(settings)
    said = status(settings, NOW)
    assert said.code == TO_LOOK_AT
    assert [text.split(" (")[0] for text in said.to_look_at] == ["the last run"]
    assert said.last_success is None
    run(settings, succeed)
    assert status(settings, NOW).code == FINE


def test_refresh_that_failed_is_to_be_looked_at_until_one_succeeds(settings: Settings) -> None:
    run(settings, succeed)
    run(settings, fail, REFRESH_JOB)
    run(settings, succeed)
    said = status(settings, NOW)
    assert said.code == TO_LOOK_AT and said.to_look_at[0].startswith("the last refresh (")
    assert said.last_refresh is not None and said.last_refresh.how == "failure"
    run(settings, succeed, REFRESH_JOB)
    assert status(settings, NOW).code == FINE


def test_last_success_is_that_of_the_history_or_of_the_command_line_whichever_is_later(settings: Settings) -> None:
    run(settings, succeed)
    of_history = status(settings, NOW)
    assert of_history.last_run is not None
    assert of_history.last_success == of_history.last_run.ended, "as on a server, where nobody types a command"
    os.utime(touched(settings), (0, 1))
    assert status(settings, NOW).last_success == of_history.last_success
    os.utime(touched(settings), (0, NOW.timestamp()))
    assert status(settings, NOW).last_success == NOW.isoformat()
    run(settings, fail)
    os.utime(touched(settings), (0, 1))
    assert status(settings, NOW).last_success == of_history.last_success


def touched(settings: Settings) -> Path:
    """What the command line notes a success by."""
    settings.last_run.touch()
    return settings.last_run


def test_run_that_was_killed_is_told_from_one_that_goes_on(settings: Settings) -> None:
    with instance_of_run(settings) as instance:
        begun = instance.create_run_for_job(the_line)
        instance.handle_new_event(_started(begun))
    with build_lock(settings.work, 0, print):
        going_on = status(settings, NOW)
    assert going_on.code == FINE and going_on.running
    said = status(settings, NOW)
    assert said.code == TO_LOOK_AT and "did not end in order" in said.to_look_at[0]


def _started(run: dg.DagsterRun) -> dg.EventLogEntry:
    return dg.EventLogEntry(
        error_info=None,
        level="debug",
        user_message="",
        run_id=run.run_id,
        timestamp=datetime.now(UTC).timestamp(),
        job_name=run.job_name,
        dagster_event=dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, run.job_name),
    )


def test_refused_file_is_named_with_the_number_of_its_findings(settings: Settings) -> None:
    findings = Findings()
    findings.add("rule", "problem", "remedy")
    write_report(settings.quarantine, "ssb_kommune/2022", "ssb_kommune/2022/a.csv", findings)
    said = status(settings, NOW)
    assert said.code == TO_LOOK_AT
    assert said.refused == ["ssb_kommune/2022/a.csv, findings: 1"]


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_report_is_known_and_goes_again_where_a_spreadsheet_saved_it(settings: Settings, delimiter: str) -> None:
    findings = Findings()
    findings.add("rule", "problem; with signs, of\ttables", "remedy")
    report = write_report(settings.quarantine, "ssb_kommune/2022", "ssb_kommune/2022/a.csv", findings)
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    with report.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    assert status(settings, NOW).refused == ["ssb_kommune/2022/a.csv, findings: 1"]
    clear_reports(settings.quarantine, keep=set())
    assert not report.exists()


def test_report_that_was_cut_is_named_and_one_of_others_is_neither_told_nor_removed(settings: Settings) -> None:
    findings = Findings()
    findings.add("rule", "problem", "remedy")
    report = write_report(settings.quarantine, "ssb_kommune/2022", "ssb_kommune/2022/a.csv", findings)
    for n_lines in (2, 1):
        report.write_bytes(b"\r\n".join(report.read_bytes().splitlines()[:n_lines]))
        assert status(settings, NOW).refused == [f"{report}, without its end"]
    report.write_text("a,b\n1,2\n", encoding="utf-8")
    assert status(settings, NOW).refused == []
    clear_reports(settings.quarantine, keep=set())
    assert report.exists()


def test_waves_past_their_date_and_late_ones_are_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    innbygger_extract(2019).write(settings.landing / "dfo_innbygger/2019/innbyggere.sav")
    kommune_extract(2022).write(settings.landing / "ssb_kommune/2022/kommuner.csv")
    said = status(settings, NOW)
    assert said.code == TO_LOOK_AT
    assert [text.split(" may")[0] for text in said.overdue] == ["dfo_innbygger 2019"]
    assert [text.split(":")[0] for text in said.late] == ["ssb_kommune", "dfo_innbygger"]
    assert "itip" in said.without_cadence
    monkeypatch.setattr(module, "verify", lambda _: {**MANIFEST, "is_synthetic": True})
    assert {text.split(":")[0] for text in status(settings, NOW).to_look_at} == {
        text.split(":")[0] for text in said.overdue
    }, "a sample is as old as it is"


def test_disk_without_room_for_two_more_runs_is_to_be_looked_at(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.build_db.write_bytes(b"x" * 1000)
    for free, code in ((2000, FINE), (1999, TO_LOOK_AT)):
        monkeypatch.setattr(module.shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        assert status(settings, NOW).code == code


def test_command_ends_with_the_code_and_its_json_says_the_same(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(settings.data_dir))
    run(settings, fail)
    assert main(["status"]) == TO_LOOK_AT
    assert "\n! the last run" in capsys.readouterr().out
    assert main(["status", "--json"]) == TO_LOOK_AT
    said = json.loads(capsys.readouterr().out)
    assert (said["code"], said["last_run"]["how"], said["release"]) == (TO_LOOK_AT, "failure", "release-1")


def denied(_: object) -> None:
    raise PermissionError(13, "Permission denied", "data/published")


@pytest.mark.parametrize("fault", ["a variable is wrong", "the disk says no"])
def test_what_cannot_be_told_has_a_code_of_its_own(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(settings.data_dir))
    if fault == "a variable is wrong":
        monkeypatch.setenv("TILSTAND_MEMORY_GB", "much")
        told = "TILSTAND_MEMORY_GB"
    else:
        monkeypatch.setattr(module, "current_release", denied)
        told = "Permission denied: 'data/published'"
    assert main(["status"]) == UNKNOWN
    assert "! it cannot be told how the line is: " in (out := capsys.readouterr().out) and told in out
    assert main(["status", "--json"]) == UNKNOWN
    said = json.loads(capsys.readouterr().out)
    assert said["code"] == UNKNOWN and told in said["unknown"]
    assert len({FINE, TO_LOOK_AT, BROKEN, UNKNOWN}) == 4


def test_history_that_cannot_be_read_is_to_be_looked_at(settings: Settings) -> None:
    run(settings, succeed)
    (settings.dagster_home / "history" / "runs.db").write_bytes(b"no database at all" * 1_000)
    said = status(settings, NOW)
    assert said.code == TO_LOOK_AT and said.release == "release-1"
    assert "Dagster's history" in said.to_look_at[0] and "cannot be read" in said.to_look_at[0]


def test_looking_changes_nothing(settings: Settings) -> None:
    run(settings, succeed)
    before = {path: path.stat().st_mtime_ns for path in settings.data_dir.rglob("*.json")}
    before |= {path: path.stat().st_mtime_ns for path in settings.published.rglob("*")}
    status(replace(settings), NOW)
    assert {path: path.stat().st_mtime_ns for path in before} == before
