"""Three at once: one builds or publishes, the others wait, and all end well.

Not here: the lock (tests/unit/test_warehouse.py).
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random

from tests.chaos import holds
from tests.chaos.ground import BUILT, WAITING, Ground
from tests.chaos.phases import publish
from tests.chaos.started import WholeRun, forked
from tests.chaos.trial import Trial

TOGETHER, AT_ONCE = "three runs at once", 3


def trials() -> list[Trial]:
    return [
        Trial(TOGETHER, "whole runs", whole_runs),
        Trial(TOGETHER, "whole runs, one of them killed", partial(whole_runs, is_one_killed=True)),
        Trial(TOGETHER, "publish alone", publishing),
    ]


def whole_runs(ground: Ground, random: Random, is_one_killed: bool = False) -> list[str]:
    line = ground.lay(WAITING)
    before = line.releases()
    runs = [WholeRun(line) for _ in range(AT_ONCE)]
    if is_one_killed:
        killed = runs.pop(random.randrange(AT_ONCE))
        killed.comes_to("1 of 6")
        killed.kill(is_group=True)
    found = [text for n, run in enumerate(runs, 1) for text in holds.ended_well(run.end(), f"run {n}")]
    return found + _one_more(ground, before) + holds.in_force(ground) + holds.after_next_run(ground)


def publishing(ground: Ground, _: Random) -> list[str]:
    line = ground.lay(BUILT)
    before = line.releases()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = list(pool.map(lambda _: forked(lambda: publish(line.settings), ground.said), range(AT_ONCE)))
    found = [f"one ended with {one.code}, {one.value}" for one in ended if one.value is not True]
    return found + _one_more(ground, before) + holds.after_next_publish(ground)


def _one_more(ground: Ground, before: list[str]) -> list[str]:
    made = sorted(set(ground.line.releases()) - set(before))
    return [] if len(made) == 1 else [f"they made {made}"]
