"""What a run begins from, changing under it: deliveries that change while they are read, and a clock that goes back.

Not here: what must hold after it (holds.py).
"""

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from types import SimpleNamespace

from pipelines.__main__ import main
from pipelines.common import warehouse
from pipelines.common.settings import Settings
from pipelines.ingest import assets
from pipelines.publish import release
from tests.chaos import holds
from tests.chaos.ground import AFTER, BEFORE, BUILT, WAITING, Ground, files
from tests.chaos.lines import any_line, traced
from tests.chaos.phases import ingest, publish
from tests.chaos.started import forked
from tests.chaos.trial import Trial

CHANGED, CLOCK = "landing changed while read", "clock set back"
EACH, WHOLE_RUNS = 2, 4
BACK = {"a second": 1, "an hour": 3600, "a day": 86_400, "ten years": 315_360_000}


def rewritten(ground: Ground) -> None:
    """In place, as an editor does; what came before is there again."""
    ground.deliver(BEFORE)


def replaced(ground: Ground) -> None:
    """In one step, as a good copy does."""
    landing, aside = ground.line.settings.landing, ground.folder / "aside"
    shutil.copytree(ground.delivery(BEFORE), aside, dirs_exist_ok=True)
    for file in files(aside):
        file.replace(landing / file.relative_to(aside))


def cut(ground: Ground) -> None:
    for file in files(ground.line.settings.landing):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def emptied(ground: Ground) -> None:
    for file in files(ground.line.settings.landing):
        file.write_bytes(b"")


def removed(ground: Ground) -> None:
    for file in files(ground.line.settings.landing):
        file.unlink()


def moved(ground: Ground) -> None:
    """The folder itself, as where a disk is unmounted."""
    landing = ground.line.settings.landing
    landing.rename(landing.with_name("elsewhere"))


KINDS: tuple[Callable[[Ground], None], ...] = (rewritten, replaced, cut, emptied, removed, moved)


def trials() -> list[Trial]:
    while_read = [
        Trial(CHANGED, f"{change.__name__} {nth}", partial(changed, change))
        for change in KINDS
        for nth in range(1, EACH + 1)
    ]
    whole = [Trial(CHANGED, f"whole run {nth}", whole_run) for nth in range(1, WHOLE_RUNS + 1)]
    back = [
        Trial(CLOCK, f"{name}, {phase.__name__}", partial(clock_back, phase, seconds))
        for name, seconds in BACK.items()
        for phase in (ingest, publish)
    ]
    return while_read + whole + back


def changed(change: Callable[[Ground], None], ground: Ground, random: Random) -> list[str]:
    """At a line of what reads it; then it is as it was delivered."""
    line = ground.lay(WAITING)
    place, times = any_line(random, ground.known["ingest_lines"])
    work = partial(traced, lambda: ingest(line.settings), at=(place, times), act=lambda: change(ground))
    ended = forked(work, ground.said)
    found = [] if ended.code == 0 else [f"loading ended with {ended.code}"]
    ground.deliver(AFTER)
    found += holds.in_force(ground) + holds.after_next_ingest(ground)
    return [f"at {place[0]}:{place[1]}, time {times}: {text}" for text in found]


def whole_run(ground: Ground, random: Random) -> list[str]:
    """What came before is delivered again while what came after is read: each file is loaded as the one or the other.
    The next run publishes what lies there."""
    ground.lay(WAITING)
    place, times = any_line(random, ground.known["ingest_lines"])
    forked(
        lambda: traced(lambda: main(["run"]), (place, times), lambda: ground.deliver(BEFORE)),
        ground.said,
    )
    found = holds.of_deliveries_in_force(ground) + holds.after_next_run_of_deliveries(ground, BEFORE)
    return [f"at {place[0]}:{place[1]}, time {times}: {text}" for text in found]


def clock_back(phase: Callable[[Settings], bool], seconds: int, ground: Ground, _: Random) -> list[str]:
    """A phase is done at a time before the release in force was made."""
    state, after = (WAITING, holds.after_next_ingest) if phase is ingest else (BUILT, holds.after_next_publish)
    line = ground.lay(state)

    def work() -> bool:
        set_back(seconds)
        return phase(line.settings)

    ended = forked(work, ground.said)
    found = [] if ended.value is True else [f"it ended with {ended.code}, {ended.value}"]
    return found + holds.in_force(ground) + after(ground)


def set_back(seconds: int) -> None:
    """For the rest of this process, in every module that asks what time it is."""
    real, back = time.time, timedelta(seconds=seconds)
    for module in (release, assets, warehouse):
        module.datetime = SimpleNamespace(now=lambda tz=UTC: datetime.now(tz) - back)
    time.time = lambda: real() - seconds
