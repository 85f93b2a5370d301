"""A run that is cancelled in Dagster, or lacks the memory it needs, leaves the release in force, no process, and words.

Not here: signals to a run of the command line (test_runs_at_once.py), and kills at every point (tests/chaos).
"""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.common.memory import ADVICE
from pipelines.common.settings import PROJECT_DIR
from tests.integration.scenarios import Ended
from tests.integration.test_runs_at_once import of_session
from tests.integration.test_service import Service, wait
from tests.line import Line, environment

pytestmark = pytest.mark.slow

LAUNCH = """mutation ($selector: JobOrPipelineSelector!) {
  launchRun(executionParams: {selector: $selector, mode: "default"}) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  }
}"""
WORKSPACE = """{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"""
# What the button *Terminate* of the pages sends.
TERMINATE = """mutation ($ids: [String!]!) {
  terminateRuns(runIds: $ids, terminatePolicy: SAFE_TERMINATE) {
    __typename ... on TerminateRunsResult { terminateRunResults { __typename } }
  }
}"""
STATE = """query ($id: ID!) { runOrError(runId: $id) { ... on Run { status stepStats { stepKey status } } } }"""
TOO_LITTLE = 2_000_000_000  # bytes of address space: enough to begin with, and less than dbt and publishing need


@pytest.fixture(scope="module")
def line(only_one_wave: Ended, tmp_path_factory: pytest.TempPathFactory) -> Line:
    return only_one_wave.line.copy(tmp_path_factory.mktemp("ended") / "data")


@pytest.fixture
def service(line: Line) -> Iterator[Service]:
    service = Service(line.data_dir)
    try:
        service.start()
        assert wait(service.is_healthy, 400), service.logs()
        yield service
    finally:
        for process in service.processes.values():
            process.terminate()
        for process in service.processes.values():
            process.wait(timeout=60)


def not_serving(service: Service) -> set[str]:
    """The processes of the data directory without those that hold the project for the pages, which come and go."""
    return {command for command in service.left() if " api grpc " not in command}


def completes(line: Line, before: dict[str, str]) -> bool:
    """The next run, as anybody starts it, ends well; the same landing is the same release."""
    run = line.run("--full")
    assert run.code == 0, run.out + run.err
    return line.in_force() == before


def test_run_that_is_cancelled_in_dagster_leaves_the_release_and_no_process(line: Line, service: Service) -> None:
    """Also where the pages and the daemon have a /tmp each, as the units say."""
    before, serving = line.in_force(), not_serving(service)
    (repository,) = service.ask(WORKSPACE)["repositoriesOrError"]["nodes"]
    selector = {
        "repositoryName": repository["name"],
        "repositoryLocationName": repository["location"]["name"],
        "jobName": "main",
    }
    launched = service.ask(LAUNCH, selector=selector)["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id = launched["run"]["runId"]

    def state() -> dict:
        return service.ask(STATE, id=run_id)["runOrError"]

    def builds() -> bool:
        return {"stepKey": "dbt_build", "status": "IN_PROGRESS"} in state()["stepStats"]

    assert wait(lambda: builds() or state()["status"] in ("FAILURE", "SUCCESS"), 400), service.logs()
    assert builds(), state()
    assert not_serving(service) - serving, "the run is another process"
    answered = service.ask(TERMINATE, ids=[run_id])["terminateRuns"]["terminateRunResults"]
    assert [one["__typename"] for one in answered] == ["TerminateRunSuccess"]
    assert wait(lambda: state()["status"] == "CANCELED", 120), state()
    assert wait(lambda: not not_serving(service) - serving, 60), not_serving(service) - serving
    assert line.in_force() == before
    status = [sys.executable, "-m", "pipelines", "status"]
    told = subprocess.run(status, cwd=PROJECT_DIR, env=environment(line.data_dir), capture_output=True, text=True)
    assert told.returncode == 1 and "ended as canceled" in told.stdout, told.stdout + told.stderr
    assert completes(line, before)


def started(line: Line, **how: Callable[[], None]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "pipelines", "run", "--full"],
        cwd=PROJECT_DIR,
        # Each thread reserves what it may never use: how many there are is the machine's.
        env={**environment(line.data_dir), "MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **how,
    )


def test_run_without_the_memory_it_needs_fails_in_words(line: Line) -> None:
    before = line.in_force()
    run = started(line, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (TOO_LITTLE, TOO_LITTLE)))
    said, _ = run.communicate(timeout=900)
    assert run.returncode == 1, said
    assert ADVICE in said and "Traceback" not in said, said
    assert wait(lambda: not of_session(run.pid), 15), of_session(run.pid)
    assert line.in_force() == before
    assert completes(line, before)


def dbt_of(run: int) -> list[int]:
    """The process of a run that builds with dbt, which needs the most memory: the system would choose it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            session = (process / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[3]
            command = (process / "cmdline").read_bytes()
        except OSError:  # it has ended
            continue
        if int(session) == run and b"dbt_ahead.py" in command:
            found.append(int(process.name))
    return found


def test_dbt_that_is_killed_for_want_of_memory_is_told_as_that(line: Line) -> None:
    before = line.in_force()
    run = started(line)
    assert run.stdout is not None
    said = ""
    for text in run.stdout:
        said += text
        if text.startswith("3 of 6"):
            time.sleep(1)  # it is at work
            for process in dbt_of(run.pid):
                os.kill(process, signal.SIGKILL)
    assert run.wait(timeout=60) == 1, said
    assert "dbt was killed (signal 9)" in said and ADVICE in said, said
    assert wait(lambda: not of_session(run.pid), 15), of_session(run.pid)
    assert line.in_force() == before
    assert completes(line, before)
