"""Tasks run in processes that may die, and each has its result once.

Not here: what is checked and counted of shards.
"""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import pipelines.scale.local
from pipelines.common.settings import PROJECT_DIR, PSEUDONYM_KEY, RUNNER, Settings, SettingsError
from pipelines.ingest.shard_keys import ranges
from pipelines.ingest.shards import File
from pipelines.publish.report import site
from pipelines.scale.counting import Counting
from pipelines.scale.local import LocalRunner
from pipelines.scale.runner import runner
from pipelines.scale.shards import Shard
from pipelines.scale.tasks import TRIES, TaskError, Versions
from tests.unit.work import (
    above,
    close_and_end,
    die,
    die_first,
    die_with_what_forked_it,
    double,
    fail,
    unsendable,
    what_it_knows,
)

pytestmark = pytest.mark.slow  # starts processes
KEY = "k" * 40


def test_each_task_has_its_result_once_from_processes_of_its_own() -> None:
    found = dict(LocalRunner(2).results(double, range(20), given=3))
    assert {task: result for task, (result, _) in found.items()} == {n: 3 * n for n in range(20)}
    pids = {pid for _, pid in found.values()}
    assert 1 <= len(pids) <= 2 and os.getpid() not in pids


def test_no_tasks_start_nothing() -> None:
    assert list(LocalRunner().results(double, [], given=1)) == []


def test_what_a_task_raises_is_said_with_the_task_and_without_the_secret() -> None:
    with pytest.raises(TaskError, match=r"^7: ValueError: no 7 with \*\*\*$"):
        list(LocalRunner(1).results(fail, [7], secret=KEY))


def test_a_process_that_dies_is_replaced_and_its_task_tried_again(tmp_path: Path) -> None:
    local = LocalRunner(2)
    found = list(local.results(die_first, range(6), given=tmp_path))
    assert sorted(found) == [(n, n) for n in range(6)]
    assert local.n_retried == 3


def test_a_task_that_kills_whatever_works_on_it_is_given_up() -> None:
    with pytest.raises(TaskError, match=rf"^3: its process died {TRIES} times \(SIGKILL\)"):
        list(LocalRunner(1).results(die, [3]))


def test_a_process_is_said_to_have_ended_as_it_did_and_not_as_it_was_ended() -> None:
    with pytest.raises(TaskError, match=rf"^3: its process died {TRIES} times \(exit code 7\)"):
        list(LocalRunner(1).results(close_and_end, [3], given=7))


def test_a_task_of_shards_is_called_by_what_was_delivered(tmp_path: Path) -> None:
    shard = Shard("s", 2001, "", "s/2001/a.parquet", str(tmp_path / "a.parquet"), "0", 1, "")
    tasks: list[object] = [
        File(0, str(tmp_path / "a.parquet"), "s/2001/a.parquet"),
        Counting(shard),
        *ranges("respondent_id", [tmp_path / "respondent_id-0.parquet"], 1),
    ]
    for task in tasks:
        with pytest.raises(TaskError) as told:
            list(LocalRunner(1).results(fail, [task]))
        assert str(told.value).startswith(f"{task}: ")
        assert str(tmp_path) not in str(told.value)
    assert [str(task) for task in tasks[:2]] == ["landing/s/2001/a.parquet"] * 2


def test_the_secret_is_told_and_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY, KEY)
    assert list(LocalRunner(1).results(what_it_knows, [1], secret="s" * 40)) == [(1, ("s" * 40, None))]


def test_a_result_that_cannot_be_sent_is_an_error() -> None:
    with pytest.raises(TaskError, match=r"^1: its result cannot be sent"):
        list(LocalRunner(1).results(unsendable, [1]))


@pytest.mark.parametrize(("field", "words"), [("duckdb", "has DuckDB .* the run has 0"), ("code", "same commit")])
def test_a_worker_that_is_not_as_the_run_refuses(field: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = dataclasses.replace(Versions.here(), **{field: "0" * 64})
    monkeypatch.setattr(Versions, "here", lambda: other)
    with pytest.raises(TaskError, match=words):
        list(LocalRunner(1).results(double, [1], given=1))


def test_processes_end_with_the_results() -> None:
    results = LocalRunner(2).results(double, range(50), given=1)
    _, (_, pid) = next(results)
    results.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_processes_are_forked_from_one_that_has_loaded_what_tasks_need() -> None:
    first, second = (list(LocalRunner(1).results(above, [1])) for _ in range(2))
    (((_, (pid, nursery, n_threads)),), ((_, (other, same, _)),)) = first, second
    assert nursery == same != os.getpid() and len({pid, other, nursery}) == 3
    assert n_threads in (1, None), "a thread would be lost to those that are forked"


def test_what_is_loaded_ahead_starts_no_thread_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILSTAND_OF_A_TEST", "1")  # in another environment, another one forks them
    pipelines.scale.local.ahead(site.__name__)
    ((_, (_, _, n_threads)),) = LocalRunner(1).results(above, [1])
    assert n_threads in (1, None)


def test_where_what_forks_them_dies_others_are_begun() -> None:
    ((_, (_, nursery, _)),) = LocalRunner(1).results(above, [1])
    os.kill(nursery, signal.SIGKILL)
    assert sorted(task for task, _ in LocalRunner(2).results(above, range(3))) == [0, 1, 2]


def test_a_task_whose_process_ends_with_what_forked_it_is_tried_again(tmp_path: Path) -> None:
    local = LocalRunner(1)
    assert list(local.results(die_with_what_forked_it, range(3), given=tmp_path)) == [(0, 0), (1, 1), (2, 2)]
    assert local.n_retried == 1


def test_what_a_killed_run_had_begun_ends_at_once_and_writes_nothing_more(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    # Nobody looks at whether the parent is there: the end of what forks is told by its socket.
    code = f"""
import sys, pipelines.scale.local as local
from tests.unit.work import write_on
local.COMMAND = [sys.executable, "-c", "import pipelines.scale.worker as w, pipelines.common.parent as p; "
                 "w.LOOKS_EVERY = p.LOOKS_EVERY = 600; w.main()"]
list(local.LocalRunner(1).results(write_on, [{str(started)!r}]))
"""
    run = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT_DIR)
    while not (started.exists() and started.read_text()):
        assert run.poll() is None
        time.sleep(0.05)
    run.kill()
    run.wait()
    for _ in range(600):
        if not _is_there(int(started.read_text())):
            return
        time.sleep(0.05)
    pytest.fail("a process of a run that was killed works on")


def _is_there(pid: int) -> bool:
    """Whether it runs: one that nobody has waited for, since what forked it is gone, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_where_none_can_be_begun_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines.scale.local, "COMMAND", [sys.executable, "-c", "raise SystemExit(3)"])
    monkeypatch.setenv("TILSTAND_OF_A_TEST", "2")  # in another environment, others begin them
    with pytest.raises(TaskError, match=r"no process can be begun here: .* \(exit code 3\)"):
        list(LocalRunner(1).results(double, [1], given=1))


def test_an_interrupted_question_leaves_no_answer_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        def __index__(self) -> int:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(pipelines.scale.local, "LONGEST", Interrupted())  # asked, and not heard
        list(LocalRunner(1).results(double, [1], given=1))
    assert sorted(task for task, _ in LocalRunner(2).results(double, range(4), given=1)) == [0, 1, 2, 3]


def test_where_shards_are_worked_on_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(runner(Settings.from_env()), LocalRunner)
    monkeypatch.setenv(RUNNER, "hadoop")
    with pytest.raises(SettingsError, match="TILSTAND_RUNNER is 'hadoop'; write local or spark"):
        Settings.from_env()
