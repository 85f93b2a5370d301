"""Runs that the kernel kills for want of memory, as it does in a container or a service that has too little.

Not here: what must hold after it (holds.py), and memory that is refused to those who ask for it
(tests/integration/test_ended_from_outside.py).
"""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from random import Random

from tests.chaos import holds
from tests.chaos.ground import WAITING, Ground
from tests.chaos.started import WholeRun
from tests.chaos.trial import Trial

SHORT_OF_MEMORY = "killed for want of memory"
# From where the run itself is killed while it starts, to where dbt is, which needs the most.
LIMITS_MB = (250, 350, 450, 550, 650, 750)
CONTROL = Path("/sys/fs/cgroup")
SECONDS_TO_GO = 15


@dataclass(frozen=True)
class Files:
    """Where the control groups of a version lie, and what their files are called.

    `swap` is there where the kernel counts swap, and limits it alone, or memory and swap together.
    """

    root: Path
    limit: str
    swap: str
    is_swap_alone: bool
    kills: str


VERSIONS = (
    Files(CONTROL / "memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", False, "memory.oom_control"),
    Files(CONTROL, "memory.max", "memory.swap.max", True, "memory.events"),
)


@dataclass(frozen=True)
class Group:
    """A control group, which has so much memory and no more, and no swap."""

    folder: Path
    files: Files

    @property
    def n_killed(self) -> int:
        found = re.search(r"^oom_kill (\d+)$", (self.folder / self.files.kills).read_text(encoding="ascii"), re.M)
        assert found is not None, f"{self.files.kills} says how many were killed"
        return int(found[1])

    def limit(self, n_bytes: int) -> None:
        self._set(self.files.limit, n_bytes)
        if (self.folder / self.files.swap).exists():
            self._set(self.files.swap, 0 if self.files.is_swap_alone else n_bytes)

    def _set(self, file: str, n_bytes: int) -> None:
        (self.folder / file).write_text(str(n_bytes), encoding="ascii")

    def members(self) -> list[int]:
        return [int(process) for process in (self.folder / "cgroup.procs").read_text(encoding="ascii").split()]


def trials() -> list[Trial]:
    return [Trial(SHORT_OF_MEMORY, f"{limit} MB", partial(killed, limit)) for limit in LIMITS_MB if may_group()]


def how_grouped() -> str:
    """By which means memory is made short here."""
    return "memory is made short by control groups" if may_group() else "memory is not, for want of control groups"


@cache
def may_group() -> bool:
    try:
        with group(f"tilstand-asked-{os.getpid()}", LIMITS_MB[0]):  # two processes may ask at once
            return True
    except OSError:
        return False


@contextmanager
def group(name: str, megabytes: int) -> Iterator[Group]:
    """Raises OSError where this process may make none."""
    files = next((files for files in VERSIONS if (files.root / "cgroup.procs").exists()), VERSIONS[-1])
    made = Group(files.root / name, files)
    made.folder.mkdir(exist_ok=True)  # where a series was killed, it is there
    try:
        made.limit(megabytes * 1_000_000)
        yield made
    finally:
        for process in made.members():
            with suppress(ProcessLookupError):  # it has ended since
                os.kill(process, signal.SIGKILL)
        _gone(made)
        made.folder.rmdir()


def killed(megabytes: int, ground: Ground, _: Random) -> list[str]:
    """A run ends as the kernel ends it, or in words where it was a process of its own that was killed; none is left."""
    ground.lay(WAITING)
    with group(f"tilstand-{os.getpid()}", megabytes) as within:
        run = WholeRun(ground.line, within=within.folder)
        ended = run.end()
        found = [] if within.n_killed else [f"{megabytes} MB were enough, and nothing was tried"]
        found += [] if ended.code == -signal.SIGKILL else holds.failed_in_words(ended, "memory ran out")
        found += [] if _gone(within) else [f"left are {within.members()}"]
    return found + holds.in_force(ground) + holds.after_next_run(ground)


def _gone(within: Group) -> bool:
    """Whether nobody is left of it after a while."""
    until = time.monotonic() + SECONDS_TO_GO
    while within.members() and time.monotonic() < until:
        time.sleep(0.1)
    return not within.members()
