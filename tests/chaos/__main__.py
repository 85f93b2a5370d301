"""Faults, tried one after the other: `make chaos`. Says what was survived and what lost; goes on where it was stopped.

Not here: the faults (plan.py names their modules), and a limit of time; a busy machine is no defect.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.attempts import attempt, begin
from tests.chaos.disk import how_filled, let_go
from tests.chaos.ground import Ground
from tests.chaos.plan import all_trials, how_many
from tests.chaos.results import PAGE


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
    ground, file = Ground(folder), folder / "results.json"
    let_go(ground.line.data_dir)
    results = begin(file, chosen.seed)
    print(f"seed {results.seed}, in {folder}; disks are filled by {how_filled()}", flush=True)
    started = time.monotonic()
    ground.prepare()
    print(f"two releases of a small landing, in {time.monotonic() - started:.0f} seconds", flush=True)
    trials = [trial for trial in all_trials() if re.search(chosen.only, f"{trial.kind}: {trial.name}")]
    if chosen.only:
        again = {(trial.kind, trial.name) for trial in trials}
        results.tried = [one for one in results.tried if not (one.lost and (one.kind, one.name) in again)]
    done = {(one.kind, one.name) for one in results.tried}
    for trial in trials:
        if (trial.kind, trial.name) in done:
            continue
        if chosen.minutes is not None and time.monotonic() - started > 60 * chosen.minutes:
            break
        results.tried.append(tried := attempt(trial, ground, results.seed))
        results.write(file)
        told = "LOST" if tried.lost else "survived"
        print(f"{len(results.tried):>4} {tried.seconds:6.1f} s  {told:<8}  {trial.kind}: {trial.name}", flush=True)
        for text in tried.lost:
            print(f"       {text}", flush=True)
    planned = how_many(all_trials())
    print("\n".join(results.in_words(planned)))
    if chosen.write:
        results.append_to_page(planned, f"Disks were filled by {how_filled()}.")
    return int(bool(results.lost))


if __name__ == "__main__":
    sys.exit(main())
