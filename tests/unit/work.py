"""What tasks of tests do, in a module that a worker can import.

Not here: what is expected of it (test_runner.py).
"""

import itertools
import os
import signal
import time
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


def close_and_end(task: int, given: int, secret: str | None) -> int:
    """Closes all files, a while before it ends with the exit code `given`."""
    os.closerange(0, 64)
    time.sleep(0.5)
    os._exit(given)


def die(task: int, given: object, secret: str | None) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return task


def what_it_knows(task: int, given: object, secret: str | None) -> tuple[str | None, str | None]:
    return secret, os.environ.get(PSEUDONYM_KEY)


def unsendable(task: int, given: object, secret: str | None) -> object:
    return lambda: task


def above(task: int, given: object, secret: str | None) -> tuple[int, int, int | None]:
    """Its process, the one that forked it, and how many threads that has, where Linux tells."""
    tasks = Path(f"/proc/{os.getppid()}/task")
    return os.getpid(), os.getppid(), len(list(tasks.iterdir())) if tasks.exists() else None


def die_with_what_forked_it(task: int, folder: Path, secret: str | None) -> int:
    """The first time that it has task 1, kills what forked its process, and waits to end with it."""
    seen = folder / str(task)
    if task == 1 and not seen.exists():
        seen.touch()
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)
    return task


def write_on(task: str, given: object, secret: str | None) -> None:
    """Says which process it is, in the file that is the task, and does not end."""
    Path(task).write_text(str(os.getpid()), encoding="ascii")
    time.sleep(600)


def die_with_the_machine(task: int, given: tuple[Path, list[int]], secret: str | None) -> int:
    """The first time that it has task 3, kills the process of `given` that it runs below, and all that this started."""
    folder, machines = given
    seen = folder / str(task)
    if task == 3 and not seen.exists():
        seen.touch()
        (machine,) = {pid for pid in _ancestors(os.getpid()) if pid in machines}
        os.killpg(machine, signal.SIGKILL)
        time.sleep(600)  # whatever is left of it has no result
    return task


def die_with_the_executor(task: int, machines: list[int], secret: str | None) -> int:
    """Kills, of what a machine started, the process that runs the Python which has task 3."""
    if task == 3:
        above = _ancestors(os.getpid())
        os.kill(next(pid for pid, parent in itertools.pairwise(above) if parent in machines), signal.SIGKILL)
        time.sleep(600)
    return task


def _ancestors(pid: int) -> list[int]:
    parent = int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    return [parent, *_ancestors(parent)] if parent > 1 else []
