"""Runs that the kernel kills for want of memory, as it does in a container or a service that has too little.

Not here: the control groups (group.py), what must hold after it (holds.py), and memory that is refused to those who
ask for it (tests/integration/test_ended_from_outside.py).
"""

import os
import signal
from functools import partial
from random import Random

from tests.chaos import holds
from tests.chaos.ground import WAITING, Ground
from tests.chaos.group import gone, group, may_group
from tests.chaos.started import WholeRun
from tests.chaos.trial import Trial

SHORT_OF_MEMORY = "killed for want of memory"
# From where the run itself is killed while it starts, to where dbt is, which needs the most.
LIMITS_MB = (250, 350, 450, 550, 650, 750)


def trials() -> list[Trial]:
    return [Trial(SHORT_OF_MEMORY, f"{limit} MB", partial(killed, limit)) for limit in LIMITS_MB if may_group()]


def how_grouped() -> str:
    """By which means memory is made short here."""
    return "memory is made short by control groups" if may_group() else "memory is not, for want of control groups"


def killed(megabytes: int, ground: Ground, _: Random) -> list[str]:
    """A run ends as the kernel ends it, or in words where it was a process of its own that was killed; none is left."""
    ground.lay(WAITING)
    with group(f"tilstand-{os.getpid()}", megabytes) as within:
        run = WholeRun(ground.line, within=within.folder)
        ended = run.end()
        found = [] if within.n_killed else [f"{megabytes} MB were enough, and nothing was tried"]
        found += [] if ended.code == -signal.SIGKILL else holds.failed_in_words(ended, "memory ran out")
        found += [] if gone(within) else [f"left are {within.members()}"]
    return found + holds.in_force(ground) + holds.after_next_run(ground)
