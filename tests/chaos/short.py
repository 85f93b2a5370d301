"""The short version: some faults of each kind, without the sample. The first runs of a data directory are killed and
the third completes; what follows is tried on phases, for with a whole run each would take one more minute, and on two
grounds at once.

Not here: all of them (__main__.py), and what the test suite expects of it (test_chaos.py).
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from unittest.mock import patch

import duckdb

from pipelines.automation.unchanged import remember
from pipelines.ingest.sources import project_sources
from tests.chaos import holds
from tests.chaos.attempts import attempt
from tests.chaos.build import BUILD_DATABASE
from tests.chaos.damage import DAMAGED
from tests.chaos.disk import READ_ONLY
from tests.chaos.ground import AFTER, BEFORE, BUILT, SETTLED, WAITING, Ground, borders
from tests.chaos.kills import WHOLE
from tests.chaos.memory import SHORT_OF_MEMORY
from tests.chaos.phases import publish
from tests.chaos.plan import all_trials
from tests.chaos.results import Results, Tried
from tests.chaos.started import FORK, WholeRun, forked
from tests.chaos.trial import Trial

SEED = 16
# Where the first run is killed with its whole group, and the second alone.
KILLED_AT = (("2 of 6", True), ("  harmonised   harmonised_waves", False))
# Of each kind that can be tried on this machine.
CHOSEN = (
    "killed in ingest: line 1",
    "killed in ingest: moment 3",
    "killed in publish: line 1",
    "killed in publish: moment 3",
    "killed for want of memory: 250 MB",
    "disk full: ingest 1",
    "disk full: publish 1",
    "read-only: the data directory",
    "clock set back: a day, publish",
    "landing changed while read: rewritten 1",
    "damaged release or warehouse: survey_estimates.parquet: bit",
    "damaged release or warehouse: warehouse.duckdb: log",
    "damaged release or warehouse: copied",
    "damaged or older build database: noise",
    "damaged or older build database: log_left",
    "three runs at once: publish alone",
)
# What follows in place of a whole run.
NEXT = {
    DAMAGED: holds.after_next_publish,
    BUILD_DATABASE: lambda ground, *_: holds.after_next_ingest(ground),
    READ_ONLY: holds.after_next_ingest,
    SHORT_OF_MEMORY: holds.after_next_ingest,
}


def main(folder: Path) -> None:
    first, second = grounds = [Ground(folder / f"ground-{n}") for n in (1, 2)]
    results = Results(SEED, "")
    results.tried.append(attempt(Trial(WHOLE, "first runs", first_runs), first, SEED))
    results.write(folder / "results.json")
    if results.lost:
        return  # what follows begins from the states
    second.prepare_as(first)
    names = list(trials())
    # Forks of this process have loaded what trials need.
    with ProcessPoolExecutor(len(grounds), FORK) as pool:
        parts = [pool.submit(tried, ground, names[n :: len(grounds)]) for n, ground in enumerate(grounds)]
        results.tried += [one for part in parts for one in part.result()]
    results.write(folder / "results.json")


def trials() -> dict[str, Trial]:
    """{name: trial} of those after the first runs, each of some seconds: chosen ones, and three that lose."""
    every = {str(trial): trial for trial in all_trials()}
    lost = [Trial("lost", work.__name__, work) for work in (a_byte, another_release, a_delivery)]
    return {name: every[name] for name in CHOSEN if name in every} | {str(trial): trial for trial in lost}


def tried(ground: Ground, names: Sequence[str]) -> list[Tried]:
    """Try them on a ground, one after the other."""
    ground.prepare()
    found, known = [], trials()
    for name in names:
        with patch.object(holds, "after_next_run", NEXT.get(known[name].kind, holds.after_next_run)):
            found.append(attempt(known[name], ground, SEED))
    return found


def first_runs(ground: Ground, _: object) -> list[str]:
    """Two are killed before anything is published; then the states are made.

    The second release is made of the first one's build, where a name is another: a whole run less.
    """
    ground.begin()
    line, found = ground.line, []
    for border, is_group in KILLED_AT:
        run = WholeRun(line)
        found += [] if run.comes_to(border) else [f"it did not come to {border}"]
        run.kill(is_group)
    said = ground.run_in_order()
    known = {BEFORE: line.manifest["fingerprint"], "borders": borders(said)}
    ground.deliver(AFTER)
    ground.keep(WAITING)
    with duckdb.connect(str(line.settings.build_db)) as con:
        con.execute("update marts.kommuner set kommunenavn = kommunenavn || ' kommune'")
    ground.keep(BUILT)
    if forked(lambda: publish(line.settings), ground.said).value is not True:
        found.append(ground.said.read_text(encoding="utf-8"))
    known[AFTER] = line.manifest["fingerprint"]
    ground.deliver(BEFORE)
    remember(line.settings, project_sources(line.settings))
    ground.keep(SETTLED)
    ground.note(known)
    return found + holds.in_force(ground)


def a_byte(ground: Ground, _: object) -> list[str]:
    """A fault that nothing mends: what judges the others finds it."""
    table = ground.lay(SETTLED).release / "kommuner.parquet"
    table.chmod(0o644)
    table.write_bytes(table.read_bytes()[:-1])
    return holds.in_force(ground)


def another_release(ground: Ground, _: object) -> list[str]:
    """A whole one is in force, which is not what was delivered."""
    ground.lay(WAITING)
    return holds.after_next_publish(ground, AFTER)


def a_delivery(ground: Ground, _: object) -> list[str]:
    """What came before is in force where only what came after may be."""
    ground.lay(WAITING)
    return holds.of_deliveries_in_force(ground, (AFTER,))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
