"""Disks that are full, and folders that nobody may write into.

Not here: what must hold after it (holds.py).
"""

import errno
import os
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from random import Random

from pipelines.common.settings import Settings
from tests.chaos import holds
from tests.chaos.ground import BUILT, WAITING, Ground
from tests.chaos.phases import ingest, publish
from tests.chaos.started import WholeRun, forked
from tests.chaos.trial import Trial

FULL, READ_ONLY = "disk full", "read-only"
DISK_MB, MOST_LEFT = 400, 2_000_000
IN_A_PHASE = 6  # in each of the two phases, besides a whole run at the beginning of each phase
FOLDERS = {"the data directory": ".", "work": "work", "published": "published", "releases": "published/releases"}


def trials() -> list[Trial]:
    whole = [Trial(FULL, f"whole run, phase {phase} of 6", partial(full_whole, phase)) for phase in range(1, 7)]
    phases = [
        Trial(FULL, f"{phase.__name__} {nth}", partial(full_in_phase, phase))
        for phase in (ingest, publish)
        for nth in range(1, IN_A_PHASE + 1)
    ]
    return whole + phases + [Trial(READ_ONLY, name, partial(read_only_run, name)) for name in FOLDERS]


def how_filled() -> str:
    """By which means a disk is made full here."""
    return f"a tmpfs of {DISK_MB} MB" if may_mount() else "RLIMIT_FSIZE, for want of the right to mount"


def full_whole(phase: int, ground: Ground, random: Random) -> list[str]:
    """Nothing more can be written from where a phase begins."""
    with small_disk(ground.line.data_dir):
        ground.lay(WAITING)
        run = WholeRun(ground.line)
        filled = run.comes_to(f"{phase} of 6") and fill(ground.line.data_dir, 0, run.process.pid)
        ended = run.end()
        empty(ground.line.data_dir)
        found = [] if filled else [f"the run did not come to phase {phase}"]
        found += holds.failed_in_words(ended, f"the disk of {ground.line.data_dir} is full" if may_mount() else "")
        return found + holds.in_force(ground) + holds.after_next_run(ground)


def full_in_phase(phase: Callable[[Settings], bool], ground: Ground, random: Random) -> list[str]:
    """There is room for some of what a phase writes."""
    state, after = (WAITING, holds.after_next_ingest) if phase is ingest else (BUILT, holds.after_next_publish)
    with small_disk(ground.line.data_dir):
        line, left = ground.lay(state), random.randint(0, MOST_LEFT)

        def work() -> bool:
            fill(line.data_dir, left, os.getpid())
            return phase(line.settings)

        forked(work, ground.said)
        empty(line.data_dir)
        return [f"{left} bytes left: {text}" for text in holds.in_force(ground) + after(ground)]


@cache
def may_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return mounted.returncode == 0


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of its own for a folder, where that is allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    if not may_mount():
        yield
        return
    size = f"size={DISK_MB}m,mode=700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def let_go(folder: Path) -> None:
    """Where a series was killed with its disk mounted."""
    while folder.is_mount():
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, left: int, process: int) -> bool:
    """Leave no more room than `left` bytes; without a disk of its own, no file of the process may be larger."""
    if may_mount():
        with (disk / "ballast").open("wb") as file:
            while not _allocated(file.fileno(), disk, left):
                pass
    else:
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (left, hard))
    return True


def _allocated(file: int, disk: Path, left: int) -> bool:
    """Take the room that there is now, but for `left` bytes; False where the run took some of it meanwhile."""
    found = os.statvfs(disk)
    more = found.f_bavail * found.f_frsize - left
    try:
        if more > 0:
            os.posix_fallocate(file, 0, more)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False
    return True


def empty(disk: Path) -> None:
    (disk / "ballast").unlink(missing_ok=True)


def read_only_run(name: str, ground: Ground, _: Random) -> list[str]:
    """Nobody may write into a folder during a run, which says so; then they may again."""
    line = ground.lay(WAITING)
    with read_only(line.data_dir / FOLDERS[name]):
        run = line.run()
    return holds.failed_in_words(run) + holds.in_force(ground) + holds.after_next_run(ground)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """By the file system where that is allowed, since rights do not bind root; by rights for all others."""
    if may_mount():
        subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        return
    mode = folder.stat().st_mode
    folder.chmod(mode & ~0o222)
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            folder.chmod(mode)
