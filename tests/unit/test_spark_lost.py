"""An executor of Spark's that dies takes all tasks with it that it works on: only the one that it died of is given up.

Not here: a cluster (test_spark.py). Here stands in for it what says the words of Spark's.
"""

import threading
from typing import Any

import pytest

from pipelines.scale import spark
from pipelines.scale.spark import SparkRunner
from pipelines.scale.tasks import TRIES, TaskDiedError
from tests.unit.work import double

KILLS, N_TASKS = 3, 6
DIED = (
    f"Job aborted due to stage failure: Task 0 in stage 4.0 failed {TRIES} times, most recent failure: Lost task 0.2 "
    "in stage 4.0 (TID 9) (10.0.0.1 executor 2): {} (executor 2 exited caused by one of the running tasks)"
)


class OneExecutor:
    """Runs all tasks at once; one of them kills it, and with it whatever it works on then."""

    def __init__(self, why: str) -> None:
        self._why = why
        self._all_run = threading.Barrier(N_TASKS)
        self.asked: list[int] = []

    def broadcast(self, told: bytes) -> bytes:
        return told

    def parallelize(self, tasks: list[int], _parts: int) -> list[int]:
        return tasks

    def runJob(self, tasks: list[int], _run: Any) -> list[tuple[int, tuple[bool, int]]]:  # noqa: N802 - Spark's name
        (task,) = tasks
        self.asked.append(task)
        is_alone = len(self.asked) > N_TASKS
        if not is_alone:
            self._all_run.wait()
        if task == KILLS or not is_alone:
            raise RuntimeError(DIED.format(self._why))
        return [(0, (True, task))]

    def cancelAllJobs(self) -> None:  # noqa: N802 - Spark's name
        pass

    def stop(self) -> None:
        pass


def test_a_task_that_shared_an_executor_with_the_one_that_killed_it_is_not_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    executor = OneExecutor(spark.LOST)
    monkeypatch.setattr(spark, "_context", lambda _master: executor)
    found, left = {}, list(range(N_TASKS))
    with pytest.raises(
        TaskDiedError, match=rf"^{KILLS}: its process died {TRIES} times \(Spark: {spark.LOST}\)"
    ) as told:
        for task, result in SparkRunner(None).results(double, left):
            found[task] = result
    assert told.value.task == KILLS
    # As whoever gives up a task does: the others again.
    left = [task for task in left if task != KILLS and task not in found]
    found |= dict(SparkRunner(None).results(double, left))
    assert found == {task: task for task in range(N_TASKS) if task != KILLS}


def test_a_task_whose_own_process_died_is_given_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = OneExecutor("Python worker exited unexpectedly")
    monkeypatch.setattr(spark, "_context", lambda _master: executor)
    with pytest.raises(TaskDiedError):
        list(SparkRunner(None).results(double, range(N_TASKS)))
    assert sorted(executor.asked) == list(range(N_TASKS))
