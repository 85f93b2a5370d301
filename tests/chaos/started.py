"""Processes that are made to be killed: a run as a user starts it, and a piece of work in a fork of this one.

Not here: when they are killed (kills.py), and what the work is (phases.py).
"""

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.lines import traced
from tests.line import Line, Run, environment

# A fork has everything loaded: the hundreds of pieces of work would otherwise wait for it for seconds each.
FORK = multiprocessing.get_context("fork")
GIVE_UP_SECONDS = 600


@dataclass(frozen=True)
class Ended:
    """How work in a fork ended: below 0 by that signal; and what it returned, None where it did not get so far."""

    code: int
    value: Any
    seconds: float


def forked(work: Callable[[], object], said: Path, kill_after: float | None = None) -> Ended:
    """Do `work` in a process of its own, which writes what it says to `said`."""
    receiver, sender = FORK.Pipe(duplex=False)
    started = time.monotonic()
    process = FORK.Process(target=_in_child, args=(work, sender, said))
    process.start()
    sender.close()
    if kill_after is not None:
        process.join(kill_after)
        process.kill()
    value = None
    with suppress(EOFError):
        if receiver.poll(GIVE_UP_SECONDS):
            value = receiver.recv()
    process.join(GIVE_UP_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
    assert process.exitcode is not None
    return Ended(process.exitcode, value, time.monotonic() - started)


def _in_child(work: Callable[[], object], sender: Any, said: Path) -> None:
    with said.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sender.send(work())


def dies_at(place: tuple[str, int], nth: int, work: Callable[[], object]) -> Callable[[], object]:
    """The work, in a process that is gone when it comes to a line for the nth time."""
    return lambda: traced(work, at=(place, nth), act=lambda: os.kill(os.getpid(), signal.SIGKILL))


def with_modules(work: Callable[[], object]) -> Callable[[], object]:
    """The work, which returns what it did and the modules that are loaded after it."""
    return lambda: (work(), sorted(sys.modules))


def load(modules: Iterable[str]) -> None:
    """Load what forks of this process will need: each would do so by itself."""
    for name in modules:
        with suppress(ImportError):  # some are there for a moment only, or made by what is imported
            importlib.import_module(name)


class WholeRun:
    """`python -m pipelines run`, in a process group of its own; and in a control group, whose folder is `within`."""

    def __init__(self, line: Line, *arguments: str, module: str = "pipelines", within: Path | None = None) -> None:
        self._said: list[str] = []
        enter = ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(within)] if within else []
        self.process = subprocess.Popen(
            [*enter, sys.executable, "-m", module, "run", *arguments],
            cwd=line.project,
            env=environment(line.data_dir),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def comes_to(self, border: str) -> bool:
        """Wait until it prints a line that begins so; False where it ends before."""
        assert self.process.stdout is not None
        for text in self.process.stdout:
            self._said.append(text)
            if text.startswith(border):
                return True
        return False

    def kill(self, is_group: bool) -> None:
        """The group: all its processes at once. Otherwise the run alone, and what it started is left behind."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL) if is_group else self.process.kill()
        self.process.wait()

    def end(self) -> Run:
        """Wait for its end."""
        out, _ = self.process.communicate()
        return Run(self.process.returncode, "".join([*self._said, out]), "")

    def left_behind(self, seconds: float = 15) -> bool:
        """Whether a process that it started is still there after a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return False
            time.sleep(0.2)
        return True
