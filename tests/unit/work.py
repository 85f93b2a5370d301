"""What tasks of tests do, in a module that a worker can import.

Not here: what is expected of it (test_runner.py).
"""

import os
import signal
from pathlib import Path

from pipelines.common.settings import PSEUDONYM_KEY


def double(task: int, given: int, secret: str | None) -> tuple[int, int]:
    print("a library that prints")
    return task * given, os.getpid()


def fail(task: int, given: object, secret: str | None) -> int:
    raise ValueError(f"no {task} with {secret}")


def die_first(task: int, folder: Path, secret: str | None) -> int:
    """Dies the first time that it has an even task."""
    seen = folder / str(task)
    if task % 2 == 0 and not seen.exists():
        seen.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def die(task: int, given: object, secret: str | None) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return task


def what_it_knows(task: int, given: object, secret: str | None) -> tuple[str | None, str | None]:
    return secret, os.environ.get(PSEUDONYM_KEY)


def unsendable(task: int, given: object, secret: str | None) -> object:
    return lambda: task
