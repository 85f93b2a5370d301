"""What a task is: a function on a small value, the same numbers wherever it runs, failures in words without the secret.

Not here: what a task does, and where it runs (local.py, spark.py).
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeVar

import duckdb

from pipelines.common.settings import PROJECT_DIR

Task = TypeVar("Task")
Result = TypeVar("Result")
# What runs on a task: a function of a module, called with the task, what is given to all tasks, and the secret.
Work = Callable[[Task, Any, str | None], Result]
TRIES = 3  # a task whose process or machine dies is tried so often
HIDDEN = "***"


class TaskError(RuntimeError):
    """A task failed, or what it ran on is not as here; the message names the task and what became of it."""


class TaskDiedError(TaskError):
    """A task, `task`, of which every process died that worked on it: `how`, such as "died 3 times (SIGKILL)", and what
    to `do`, since memory may have run out there."""

    def __init__(self, task: object, n_times: int, why: str, less_memory: str) -> None:
        self.task, self.do = task, f"where memory is short, {less_memory}"
        self.how = f"died {'once' if n_times == 1 else f'{n_times} times'} ({why})"
        super().__init__(f"{task}: its process {self.how}; {self.do}")


@dataclass(frozen=True)
class Versions:
    """What has to be the same where a task is given and where it runs, that it gives the same numbers."""

    duckdb: str
    code: str

    @classmethod
    def here(cls) -> "Versions":
        return cls(duckdb.__version__, _code())

    def require_here(self) -> None:
        """Raises TaskError, where this process has another DuckDB or other code than the one that gives the tasks."""
        here = Versions.here()
        if here.duckdb != self.duckdb:
            raise TaskError(
                f"this worker has DuckDB {here.duckdb}, the run has {self.duckdb}; install requirements.lock there"
            )
        if here.code != self.code:
            raise TaskError(
                f"the project in {PROJECT_DIR} of this worker (pipelines/, seeds/) is not that of the run "
                f"({here.code[:12]}, there {self.code[:12]}); check out the same commit there"
            )


class Runner(Protocol):
    """Runs tasks somewhere. `n_retried` are those that were tried again since a process or machine died."""

    n_retried: int

    def results(
        self, work: Work[Task, Result], tasks: Sequence[Task], given: object = None, secret: str | None = None
    ) -> Iterator[tuple[Task, Result]]:
        """Each task with its result, in the order in which they end.

        `work` is a function of a module; tasks and `given`, which is sent once and not with each task, can be pickled.
        `secret` reaches the function alone: it is in no error, log or environment. Raises TaskError when the function
        raises, at once, and TaskDiedError when a task's process died TRIES times; what was not yet begun is then left.
        """
        ...


def attempt(work: Work[Task, Result], task: Task, given: object, secret: str | None) -> tuple[bool, Result | str]:
    """True and the result of a task, or False and what it raised, in words without the secret."""
    try:
        return True, work(task, given, secret)
    except Exception as error:
        return False, without_secret(f"{type(error).__name__}: {error}", secret)


def without_secret(text: str, secret: str | None) -> str:
    return text.replace(secret, HIDDEN) if secret else text


@cache
def _code() -> str:
    """Of all files that a task may read of the project: the code and the seeds."""
    found = hashlib.sha256()
    for folder in ("pipelines", "seeds"):
        for path in sorted((PROJECT_DIR / folder).rglob("*")):
            if path.suffix in (".py", ".csv", ".yml"):
                found.update(f"{path.relative_to(PROJECT_DIR).as_posix()}\0".encode())
                found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
