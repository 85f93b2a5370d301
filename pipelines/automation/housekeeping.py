"""Dagster's history kept in order: runs that were killed are said to have failed, and old ones are taken out.

Not here: when (jobs.py, home.py, __main__.py), which process a run is (common/process.py), ticks of schedule and
sensors, of which dagster.yaml says how long they are kept, and releases, which stay.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from pipelines.automation.history import instance_of_run
from pipelines.common.leftovers import remove
from pipelines.common.process import is_gone, this_machine
from pipelines.common.settings import Settings

KEPT_RUNS = 10  # the newest are kept, however old
KILLED = "The process of this run is gone and did not say why: it was killed, for want of memory or by hand."
UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def end_killed(settings: Settings) -> list[str]:
    """Say of each run of this machine whose process is gone that it failed; returns their ids.

    With a machine or a container that was started again, all are gone that it ran before. Of a run of another machine
    or container, nobody here can tell: a process of the same number is another one.
    """
    here = this_machine()
    with instance_of_run(settings) as instance:
        runs = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
        killed = [run for run in runs if is_gone(run.tags, here)]
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
