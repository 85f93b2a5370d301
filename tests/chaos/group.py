"""Control groups, in which processes have so much memory and no more: the kernel kills one that takes more.

Not here: what is killed in one (memory.py).
"""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CONTROL = Path("/sys/fs/cgroup")
SECONDS_TO_GO = 15
ASKED_MB = 250


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


@cache
def may_group() -> bool:
    try:
        with group(f"tilstand-asked-{os.getpid()}", ASKED_MB):  # two processes may ask at once
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
        gone(made)
        made.folder.rmdir()


def gone(within: Group) -> bool:
    """Whether nobody is left of it after a while."""
    until = time.monotonic() + SECONDS_TO_GO
    while within.members() and time.monotonic() < until:
        time.sleep(0.1)
    return not within.members()
