"""Runs that are killed: whole ones at what they print, and single phases at any line or moment.

Not here: what must hold after it (holds.py).
"""

import signal
import time
from functools import partial
from random import Random

from tests.chaos import holds
from tests.chaos.ground import BUILT, WAITING, Ground
from tests.chaos.lines import any_line
from tests.chaos.phases import ingest, publish, publish_all
from tests.chaos.started import WholeRun, dies_at, forked
from tests.chaos.trial import Trial

WHOLE, OF_A_KIND = "killed whole runs", 15
IN_INGEST, IN_PUBLISH, IN_A_PHASE = "killed in ingest", "killed in publish", 85
MOST_SECONDS_AFTER = 0.3  # the border
EVERY = 20  # of those killed in a phase is followed by a whole run, the others by the phase alone
PHASES = {IN_INGEST: (ingest, WAITING, holds.after_next_ingest), IN_PUBLISH: (publish, BUILT, holds.after_next_publish)}


def trials() -> list[Trial]:
    whole = [
        Trial(WHOLE, f"{'group' if is_group else 'parent alone'} {nth + 1}", partial(kill_whole, is_group, nth))
        for nth in range(OF_A_KIND)
        for is_group in (True, False)
    ]
    return whole + [
        Trial(kind, f"{'moment' if nth % 3 == 0 else 'line'} {nth}", partial(kill_phase, kind, nth))
        for kind in PHASES
        for nth in range(1, IN_A_PHASE + 1)
    ]


def kill_whole(is_group: bool, nth: int, ground: Ground, random: Random) -> list[str]:
    """At one of the borders that a run passes, spread over all of it."""
    ground.lay(WAITING)
    borders = ground.known["borders"]
    # Those of the group and of the parent alone take turns.
    border = borders[len(borders) * (2 * nth + is_group) // (2 * OF_A_KIND)]
    run = WholeRun(ground.line)
    if run.comes_to(border):
        time.sleep(random.random() * MOST_SECONDS_AFTER)
    run.kill(is_group)
    found = holds.in_force(ground) + holds.after_next_run(ground)
    if run.left_behind():
        found.append("a process of the killed run is still there")
    return [f"at {border.strip()}: {text}" for text in found]


def kill_phase(kind: str, nth: int, ground: Ground, random: Random) -> list[str]:
    """At a line of Python, or at any moment: in the middle of what DuckDB or Arrow writes."""
    phase, state, after = PHASES[kind]
    line = ground.lay(state)
    if nth % 3 == 0:
        after_seconds = random.random() * ground.known[f"{phase.__name__}_seconds"]
        where = f"after {after_seconds:.2f} seconds"
        whole = publish_all if phase is publish else phase
        forked(lambda: whole(line.settings), ground.said, kill_after=after_seconds)
    else:
        place, times = any_line(random, ground.known[f"{phase.__name__}_lines"])
        where = f"at {place[0]}:{place[1]}, time {times}"
        if forked(dies_at(place, times, lambda: phase(line.settings)), ground.said).code != -signal.SIGKILL:
            return [f"{where}: it did not come there, and nothing was tried"]
    found = holds.in_force(ground) + (holds.after_next_run if nth % EVERY == 0 else after)(ground)
    return [f"{where}: {text}" for text in found]
