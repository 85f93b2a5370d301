"""Trying a trial, and where a series of them begins.

Not here: which are tried, and in what order (plan.py).
"""

import secrets
import shutil
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from random import Random

from pipelines.common.settings import Settings
from pipelines.ingest.sources import project_sources
from tests.chaos.ground import KNOWN, STATES, Ground
from tests.chaos.results import Results, Tried
from tests.chaos.trial import Trial


def begin(file: Path, seed: int | None, grounds: Iterable[Ground]) -> Results:
    """The results so far, where they are of this seed and this project; else none, and the states are made anew."""
    found, project = Results.read(file), project_sources(Settings(file.parent))
    if found and found.project == project and seed in (None, found.seed):
        return found
    if file.exists():
        print(f"{file} is of another seed, or of another state of the project: all is tried anew")
    for ground in grounds:
        (ground.folder / KNOWN).unlink(missing_ok=True)
        shutil.rmtree(ground.folder / STATES, ignore_errors=True)
    return Results(secrets.randbelow(10**6) if seed is None else seed, project)


def attempt(trial: Trial, ground: Ground, seed: int) -> Tried:
    """What is left to chance in a trial depends on the seed and its name, and not on those before it."""
    started = time.monotonic()
    ground.said.unlink(missing_ok=True)
    try:
        lost = trial.work(ground, Random(f"{seed} {trial.kind} {trial.name}"))
    except Exception:  # what goes wrong here, too, is not survived until it is known to be
        lost = [traceback.format_exc()]
    return Tried(trial.kind, trial.name, lost, time.monotonic() - started)
