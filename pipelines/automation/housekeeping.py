"""Dagster's history kept in order: runs that were killed are said to have failed, and old ones are taken out.

Not here: ticks of schedule and sensors, of which dagster.yaml says how long they are kept, and releases, which stay.
"""

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from pipelines.automation.history import instance_of_run
from pipelines.common.leftovers import remove
from pipelines.common.settings import Settings

PROCESS = "tilstand/process"  # tag of a run: the process that it is, where it has one of its own
KEPT_RUNS = 10  # the newest are kept, however old
KILLED = "The process of this run is gone and did not say why: it was killed, for want of memory or by hand."
UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def of_this_process() -> dict[str, str]:
    """The tags of a run that this process is."""
    return {PROCESS: str(os.getpid())}


def end_killed(settings: Settings) -> list[str]:
    """Say of each run whose process is gone that it failed; returns their ids."""
    with instance_of_run(settings) as instance:
        runs = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
        killed = [run for run in runs if PROCESS in run.tags and not _is_alive(int(run.tags[PROCESS]))]
        for run in killed:
            instance.report_run_failed(run, KILLED)
    return [run.run_id for run in killed]


def take_out_old(settings: Settings, now: datetime) -> list[str]:
    """Take runs out of the history that ended before the days it is kept for, with what they said; returns their ids.

    Those from which an asset is known stay as long as no later run has made it: the newest KEPT_RUNS.
    """
    before = now - timedelta(days=settings.history_days)
    with instance_of_run(settings) as instance:
        records = instance.get_run_records(dg.RunsFilter(statuses=FINISHED))[KEPT_RUNS:]
        old = [r.dagster_run.run_id for r in records if r.create_timestamp.replace(tzinfo=UTC) < before]
        for run_id in old:
            instance.delete_run(run_id)
    # The library empties what it has of a run, and leaves the files.
    home = settings.dagster_home
    for run_id in old:
        for path in [*(home / "history" / "runs").glob(f"{run_id}.db*"), home / "storage" / run_id]:
            with suppress(FileNotFoundError):
                remove(Path(path))
    return old


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's, and alive
        return True
    return True
