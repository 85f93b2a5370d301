"""Three runs at once, one told to end, one killed: the last publishes, nobody is left behind, the release stays whole;
and what is in force comes back from a backup, as docs/operations.md says.

Not here: the lock itself (unit/test_warehouse.py), dbt alone that is killed (unit/test_dbt_process.py).
"""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.__main__ import TOLD_TO_END
from pipelines.automation.history import instance_of_run
from pipelines.common.settings import PROJECT_DIR
from tests.integration.scenarios import SURVEY, Ended
from tests.line import Line, environment

BUILDING = "3 of 6"  # dbt is at work
WAITING = "another run (process "


class Going:
    """A run that goes on: what it says goes to a file, and may be waited for."""

    def __init__(self, line: Line, name: str) -> None:
        self.said = line.data_dir.parent / f"{name}.txt"
        with self.said.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-m", "pipelines", "run", "--full"],
                cwd=PROJECT_DIR,
                env=environment(line.data_dir),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def text(self) -> str:
        return self.said.read_text(encoding="utf-8")

    def has_said(self, text: str) -> bool:
        return text in self.text()


def wait(until: Callable[[], bool], seconds: float = 900) -> bool:
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        time.sleep(0.2)
    return until()


def of_session(process: int) -> list[str]:
    """The programs that a run has started and that have not ended, itself among them."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = stat.read_text(encoding="utf-8").rsplit(")", 1)
        except OSError:  # it has ended
            continue
        state, _, _, session = rest.split()[:4]
        if int(session) == process and state != "Z":
            found.append(name)
    return found


def test_of_three_runs_one_publishes_and_the_others_say_why_not(only_one_wave: Ended, tmp_path: Path) -> None:
    line = only_one_wave.line.copy(tmp_path / "data")
    before = line.in_force()
    runs = [Going(line, name) for name in ("first", "second", "third")]
    try:
        ended = _end_two_of(runs)
        assert wait(lambda: runs[2].process.poll() is not None or ended[-1].process.poll() is not None)
        last = ended[-1]
        assert last.process.wait(timeout=900) == 0, last.text()
    finally:
        for run in runs:
            if run.process.poll() is None:
                run.process.kill()
                run.process.wait()
    assert line.in_force() == before, "the same landing is the same release"
    assert [program for run in runs for program in of_session(run.process.pid)] == []
    with instance_of_run(line.settings) as instance:
        latest = instance.get_run_records(limit=3)
    assert sorted(record.dagster_run.status.value for record in latest) == ["FAILURE", "FAILURE", "SUCCESS"]
    status = [sys.executable, "-m", "pipelines", "status"]
    done = subprocess.run(status, cwd=PROJECT_DIR, env=environment(line.data_dir), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _end_two_of(runs: list[Going]) -> list[Going]:
    """Tell the run that builds to end, kill the one that builds after it; returns all in the order they built in."""
    order: list[Going] = []
    for how in (signal.SIGTERM, signal.SIGKILL):
        going = [run for run in runs if run not in order]
        assert wait(lambda going=going: any(run.has_said(BUILDING) for run in going)), [run.text() for run in going]
        (building,) = (run for run in going if run.has_said(BUILDING))
        building.process.send_signal(signal.SIGSTOP)  # on a busy machine it would be done before the others are there
        others = [run for run in going if run is not building]
        assert wait(lambda others=others: all(run.has_said(WAITING) for run in others)), [run.text() for run in others]
        assert f"{WAITING}{building.process.pid})" in "".join(run.text() for run in others) or order
        assert len(of_session(building.process.pid)) > 1, "dbt is another process"
        for what in (how, signal.SIGCONT):
            building.process.send_signal(what)
        code = building.process.wait(timeout=60)
        assert code == (TOLD_TO_END if how == signal.SIGTERM else -how), building.text()
        if how == signal.SIGTERM:
            assert "told to end, and ended; what is in force stays in force" in building.text()
            assert "FAILED" not in building.text()
        assert wait(lambda one=building: not of_session(one.process.pid), 10), of_session(building.process.pid)
        order.append(building)
    return [*order, *(run for run in runs if run not in order)]


def commands(heading: str) -> list[str]:
    """The lines of shell that a section of the page shows."""
    page = (PROJECT_DIR / "docs" / "operations.md").read_text(encoding="utf-8")
    section = page.split(f"\n### {heading}\n")[1].split("\n#")[0]
    return re.findall(r"(?m)^    (\S.*)$", section)


@pytest.mark.slow
def test_backup_is_restored_as_the_page_says_and_the_next_run_gives_the_same_release(
    only_one_wave: Ended, tmp_path: Path
) -> None:
    line = only_one_wave.line.copy(tmp_path / "data")
    before, raw = line.in_force(), line.extract(SURVEY, 2022).read_bytes()
    folders = {"DATA": str(tmp_path / "data"), "BACKUP": str(tmp_path / "backup")}
    backed_up = commands("Backing up")
    _shell(backed_up, folders)
    shutil.rmtree(line.data_dir)
    _shell(commands("Restoring"), folders)
    assert line.extract(SURVEY, 2022).read_bytes() == raw
    assert (line.settings.published / "current").is_symlink()
    run = line.run()
    assert run.code == 0, run.out + run.err
    assert line.in_force() == before
    assert line.settings.work.stat().st_mode & 0o077 == 0


def _shell(lines: list[str], folders: dict[str, str]) -> None:
    assert lines
    script = "\n".join(["set -eu", *(f"{name}={folder}" for name, folder in folders.items()), *lines])
    subprocess.run(["sh", "-c", script], check=True)
