"""Dagster's history kept in order: runs that were killed are said to have failed, and old ones are taken out.

Not here: ticks of schedule and sensors, of which dagster.yaml says how long they are kept, and releases, which stay.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from pipelines.automation.history import instance_of_run
from pipelines.common.leftovers import remove
from pipelines.common.settings import Settings

# Tags of a run that has a process of its own: which it is, since when, and of what machine.
PROCESS, BEGUN, HOST, BOOT = "tilstand/process", "tilstand/process_begun", "tilstand/host", "tilstand/boot"
PROCESSES, NAMES = "tilstand/space_of_processes", "tilstand/space_of_names"
BOOT_ID, SPACES = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns")
STARTED_AT = 19  # of what /proc says of a process, behind its name
KEPT_RUNS = 10  # the newest are kept, however old
KILLED = "The process of this run is gone and did not say why: it was killed, for want of memory or by hand."
UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


@dataclass(frozen=True)
class Machine:
    """Where numbers of processes mean something: a host since it was started, and within it a container.

    `processes` is the space of the numbers, `names` that of the host's name; each is '' where the system does not tell.
    """

    host: str
    boot: str
    processes: str
    names: str


def this_machine() -> Machine:
    """The one that this process runs on."""
    return Machine(socket.gethostname(), _read(BOOT_ID), _link(SPACES / "pid"), _link(SPACES / "uts"))


def of_this_process() -> dict[str, str]:
    """The tags of a run that this process is."""
    here, process = this_machine(), os.getpid()
    own = {HOST: here.host, BOOT: here.boot, PROCESSES: here.processes, NAMES: here.names}
    return {PROCESS: str(process), BEGUN: _begun(process)} | own


def end_killed(settings: Settings) -> list[str]:
    """Say of each run of this machine whose process is gone that it failed; returns their ids.

    With a machine or a container that was started again, all are gone that it ran before. Of a run of another machine
    or container, nobody here can tell: a process of the same number is another one.
    """
    here = this_machine()
    with instance_of_run(settings) as instance:
        runs = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
        killed = [run for run in runs if _is_gone(run.tags, here)]
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


def _is_gone(tags: Mapping[str, str], here: Machine) -> bool:
    if not tags.keys() >= {PROCESS, BEGUN, HOST, BOOT, PROCESSES, NAMES} or tags[HOST] != here.host:
        return False
    if tags[BOOT] != here.boot:
        return True
    if tags[PROCESSES] != here.processes:
        # Containers that run at once and have one name share its space, too: the host's, or that of their pod. One that
        # was started again has both spaces anew. A service has its own name and no processes of its own.
        return tags[NAMES] != here.names
    process = int(tags[PROCESS])
    return not _is_alive(process) or _begun(process) != tags[BEGUN]


def _begun(process: int) -> str:
    """When a process began, since its number may be given to another one later; '' where nobody tells."""
    told = _read(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()
    return told[STARTED_AT] if len(told) > STARTED_AT else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's, and alive
        return True
    return True
