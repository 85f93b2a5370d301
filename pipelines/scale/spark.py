"""A Spark cluster that runs tasks: it schedules them, and those of a machine that dies run on another.

Not here: SQL of Spark's. Each task runs the project's own in DuckDB, and Spark carries it there and its result back.
"""

import os
import pickle
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from functools import partial
from typing import Any

from pipelines.common.settings import PROJECT_DIR, SPARK_MASTER, SettingsError
from pipelines.scale.tasks import TRIES, Result, Task, TaskDiedError, TaskError, Versions, Work, attempt, without_secret

APP = "digital-tilstand"
# Each task is a job of its own, so that its result is here as soon as it ends; Spark queues them.
JOBS_AT_ONCE = 256
MOST_SAID = 300  # letters of an error of Spark's
LACKS = re.compile(r"No module named '([\w.]+)'")
# What Spark says of a task that it tries no more, since the Python that ran it or all of its machine went.
LOST = "ExecutorLostFailure"
DIED = re.compile(rf"failed (\d+) times, most recent failure: .*(Python worker exited unexpectedly|{LOST})")
LESS_MEMORY = "give workers more for each of their cores (docs/scaling.md), or write smaller shards"
TRACE = re.compile(r" (?:SQLSTATE|at (?:org|java|scala|py4j)\.)")
DEFAULTS = {
    "spark.app.name": APP,
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",  # what goes wrong is said as the project says it
    "spark.task.maxFailures": str(TRIES),
    # What Spark sends, with the key among it, is written to disks as it goes: never in clear.
    "spark.io.encryption.enabled": "true",
}
NOT_INSTALLED = "TILSTAND_RUNNER=spark needs pyspark; install the project with it: pip install --editable .[spark]"


class SparkRunner:
    """The cluster that `master` names, or Spark's own configuration; it has the project at the same path."""

    def __init__(self, master: str | None) -> None:
        self.n_retried = 0
        self._master = master

    def results(
        self, work: Work[Task, Result], tasks: Sequence[Task], given: object = None, secret: str | None = None
    ) -> Iterator[tuple[Task, Result]]:
        """As Runner.results says."""
        if not tasks:
            return
        context = _context(self._master)
        told = context.broadcast(pickle.dumps(given))
        expected = Versions.here()
        run = _OnWorker(work, told, expected, secret)
        pool = ThreadPoolExecutor(min(JOBS_AT_ONCE, len(tasks)))
        try:
            jobs = {pool.submit(_one, context, run, task): task for task in tasks}
            lost: list[Task] = []
            for job in as_completed(jobs):
                task = jobs[job]
                try:
                    result = self._result(task, job.result, secret)
                except TaskDiedError as error:
                    if LOST not in error.how or len(tasks) == 1:
                        raise
                    lost.append(task)
                else:
                    yield task, result
            # An executor that dies takes with it all that it works on: which task it died of is seen of each alone.
            for task in lost:
                self.n_retried += 1
                yield task, self._result(task, partial(_one, context, run, task), secret)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            with suppress(Exception):  # of a cluster that is gone
                context.cancelAllJobs()
            context.stop()

    def _result(self, task: object, answer: Callable[[], tuple[int, tuple[bool, Any]]], secret: str | None) -> Any:
        """The result of a task that is done. Raises TaskError, and TaskDiedError where what ran it died too often."""
        try:
            n_before, (is_done, said) = answer()
        except Exception as error:  # Spark's own: the task was lost too often, or the project is not there
            raise _as_error_of(task, error, secret) from None
        self.n_retried += n_before
        if not is_done:
            raise TaskError(f"{task}: {said}")
        return said


class _OnWorker:
    """What runs on a worker: refuses where that is not as here."""

    def __init__(self, work: Work[Any, Any], told: Any, expected: Versions, secret: str | None) -> None:
        self._work, self._told, self._expected, self._secret = work, told, expected, secret

    def __call__(self, tasks: Iterator[Any]) -> Iterator[tuple[int, tuple[bool, Any]]]:
        from pyspark import TaskContext

        for task in tasks:
            try:
                self._expected.require_here()
            except TaskError as error:
                yield 0, (False, str(error))
                return
            context = TaskContext.get()
            n_before = context.attemptNumber() if context else 0
            yield n_before, attempt(self._work, task, pickle.loads(self._told.value), self._secret)


def _one(context: Any, run: _OnWorker, task: object) -> tuple[int, tuple[bool, Any]]:
    """The answer to one task, and how often it was tried before."""
    (answer,) = context.runJob(context.parallelize([task], 1), run)
    return answer  # type: ignore[no-any-return]


def _context(master: str | None) -> Any:
    try:
        from pyspark import SparkConf, SparkContext
    except ImportError as error:
        raise SettingsError(NOT_INSTALLED) from error
    conf = SparkConf()
    for name, value in DEFAULTS.items():
        conf.setIfMissing(name, value)
    if master:
        conf.setMaster(master)
    if not conf.contains("spark.master"):
        raise SettingsError(f"TILSTAND_RUNNER=spark finds no cluster; set {SPARK_MASTER}, such as spark://host:7077")
    # The Python and the project of a worker are those at the same places as here, unless Spark is told otherwise.
    conf.setIfMissing("spark.executorEnv.PYTHONPATH", str(PROJECT_DIR))
    context = SparkContext.getOrCreate(conf)
    context.pythonExec = os.environ.get("PYSPARK_PYTHON") or conf.get("spark.pyspark.python", sys.executable)
    return context


def _as_error_of(task: object, error: Exception, secret: str | None) -> TaskError:
    """What Spark says, without the traces of two languages, and what to do where a worker died or lacks something."""
    text = " ".join(str(error).split())
    if lacking := LACKS.search(text):
        needed = f"it needs the project at {PROJECT_DIR} and its requirements, as here (docs/scaling.md)"
        return TaskError(f"{task}: a worker's Python has no {lacking[1]}; {needed}")
    short = TRACE.split(text)[0]
    if died := DIED.search(short):
        return TaskDiedError(task, int(died[1]), f"Spark: {died[2]}", LESS_MEMORY)
    return TaskError(f"{task}: {without_secret(short[-MOST_SAID:], secret)}")
