"""Faults, tried one after the other: `make chaos`. Says what was survived and what lost; goes on where it was stopped.

Not here: the faults (plan.py names their modules), and a limit of time; a busy machine is no defect.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.attempts import begin
from tests.chaos.disk import how_filled, let_go
from tests.chaos.ground import Ground
from tests.chaos.memory import how_grouped
from tests.chaos.plan import all_trials, how_many
from tests.chaos.results import PAGE
from tests.chaos.trial import Trial
from tests.chaos.worker import tried

AT_ONCE = 2


def main() -> int:
    """The exit code is 0 only where nothing was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, help="of what is left to chance, to try the same again")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), f"tilstand-chaos-{os.getuid()}"))
    parser.add_argument("--minutes", type=float, help="begin no trial after so many; the same command goes on")
    parser.add_argument("--only", default="", metavar="PATTERN", help="of 'kind: name'; what was lost is tried again")
    parser.add_argument("--write", action="store_true", help=f"append the results to docs/{PAGE.name}")
    chosen = parser.parse_args()
    folder = chosen.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    first, *others = grounds = [Ground(folder / f"ground-{n}") for n in range(1, AT_ONCE + 1)]
    file = folder / "results.json"
    results = begin(file, chosen.seed, grounds)
    before, started = results.seconds, time.monotonic()
    print(f"seed {results.seed}, in {folder}; disks are filled by {how_filled()}; {how_grouped()}", flush=True)
    let_go(first.line.data_dir)
    first.prepare()
    for ground in others:
        ground.prepare_as(first)
    print(f"three releases of a small landing, in {time.monotonic() - started:.0f} seconds", flush=True)
    trials = [trial for trial in all_trials() if re.search(chosen.only, str(trial))]
    if chosen.only:
        again = set(map(str, trials))
        results.tried = [one for one in results.tried if not (one.lost and str(one) in again)]
    done = set(map(str, results.tried))

    def in_time() -> Iterator[Trial]:
        for trial in trials:
            if chosen.minutes is not None and time.monotonic() - started > 60 * chosen.minutes:
                return
            if str(trial) not in done:
                yield trial

    for one in tried(in_time(), grounds, results.seed):
        results.tried.append(one)
        results.seconds = before + time.monotonic() - started
        results.write(file)
        told = "LOST" if one.lost else "survived"
        print(f"{len(results.tried):>4} {one.seconds:6.1f} s  {told:<8}  {one}", flush=True)
        for text in one.lost:
            print(f"       {text}", flush=True)
    planned = how_many(all_trials())
    print("\n".join(results.in_words(planned)))
    if chosen.write:
        results.append_to_page(planned, f"Disks were filled by {how_filled()}; {how_grouped()}.")
    return int(bool(results.lost))


if __name__ == "__main__":
    sys.exit(main())
