"""How the line is, for who looks after it and what watches it: the release, the last run, what asks for a look.

Not here: mending any of it, and how a release is made.
"""

import json
import shutil
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipelines.common.in_force import InForceError, current_release
from pipelines.common.seeds import SeedError
from pipelines.common.settings import TARGET_URL, Settings
from pipelines.common.warehouse import lock_holder
from pipelines.ingest.discovery import discover
from pipelines.ingest.freshness import late, without_cadence
from pipelines.ingest.quarantine import reports, summary
from pipelines.ingest.retention import overdue
from pipelines.publish.kept import kept
from pipelines.publish.manifest import BrokenReleaseError, verify
from pipelines.publish.sent import sent_last
from pipelines.publish.warehouse_copy import is_linked

if TYPE_CHECKING:
    import dagster as dg

FINE, TO_LOOK_AT, BROKEN, UNKNOWN = 0, 1, 2, 3
RUNS_IN_DISK = 2  # room for so many more as large as what is here
GB = 1_000_000_000


@dataclass(frozen=True)
class LastRun:
    """A run in Dagster's history: of the line the one asked for last, of calls to sources the one that ended last.

    `how` is its state there, in small letters.
    """

    run_id: str
    job: str
    how: str
    started: str | None
    ended: str | None


@dataclass
class Status:
    """What is known; `to_look_at` and `broken` are what is not as it should be, a sentence each."""

    release: str | None = None
    created: str | None = None
    age_days: float | None = None
    is_synthetic: bool | None = None
    last_run: LastRun | None = None
    last_refresh: LastRun | None = None
    last_success: str | None = None
    refused: list[str] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    without_cadence: list[str] = field(default_factory=list)
    disk_free_gb: float = 0.0
    disk_needed_gb: float = 0.0
    running: str | None = None
    to_look_at: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        return BROKEN if self.broken else TO_LOOK_AT if self.to_look_at else FINE

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, **asdict(self)}


def status(settings: Settings, now: datetime) -> Status:
    """Look at all of it. Nothing is changed, and a run that goes on is not kept waiting."""
    said = Status(running=lock_holder(settings.work), without_cadence=without_cadence())
    _release(settings, now, said)
    _last_run(settings, said)
    _deliveries(settings, now, said)
    _disk(settings, said)
    return said


def _release(settings: Settings, now: datetime, said: Status) -> None:
    try:
        release = current_release(settings)
    except InForceError as error:
        said.broken.append(str(error))
        return
    if release is None:
        said.broken.append(f"nothing is published in {settings.published}")
        return
    said.release = release.name
    try:
        held = kept(settings).held
    except InForceError as error:
        said.broken.append(str(error))
        return
    if held:
        how = "held in force" if held.release == release.name else "held, and not in force before the next run"
        said.to_look_at.append(f"release {held.release} is {how} ({held}): no run publishes")
    if settings.target_url and (sent := sent_last(settings, settings.target_url)) != release.name:
        at_target = f"has release {sent}" if sent else "was sent nothing yet"
        said.to_look_at.append(f"the target ({TARGET_URL}) {at_target}, not the one in force; a run sends it")
    try:
        manifest = verify(release)
    except BrokenReleaseError as error:
        said.broken.append(f"{error}; a run replaces it by a new one")
        return
    created = datetime.fromisoformat(manifest["created"])
    said.created, said.is_synthetic = manifest["created"], manifest["is_synthetic"]
    said.age_days = round((now - created).total_seconds() / 86_400, 1)
    if not is_linked(settings):
        said.broken.append(
            f"{settings.warehouse} does not lead to the database of release {release.name}; a run mends it"
        )


def _last_run(settings: Settings, said: Status) -> None:
    """What Dagster's history says of the line and of the calls to sources; the command line notes successes, too."""
    try:
        success = settings.last_run.stat().st_mtime
    except OSError:
        success = 0.0
    if (settings.dagster_home / "history" / "runs.db").exists():
        from pipelines.automation.history import HistoryError, latest_runs  # loads Dagster
        from pipelines.automation.jobs import MAIN_JOB, REFRESH_JOB

        try:
            line, refresh = (latest_runs(settings, job) for job in (MAIN_JOB, REFRESH_JOB))
        except HistoryError as error:
            said.to_look_at.append(str(error))
        else:
            said.last_run, said.last_refresh = _noted(line.asked), _noted(refresh.ended)
            success = max(success, _end(line.succeeded))
            for what, ended, since in (("run", line.ended, success), ("refresh", refresh.ended, 0.0)):
                if ended and ended.dagster_run.is_failure_or_canceled and not (since and since >= _end(ended)):
                    how = ended.dagster_run.status.value.lower()
                    said.to_look_at.append(f"the last {what} ({ended.dagster_run.run_id[:8]}) ended as {how}")
            if line.begun and not line.begun.dagster_run.is_finished and said.running is None:
                run_id = line.begun.dagster_run.run_id
                said.to_look_at.append(f"the last run ({run_id[:8]}) did not end in order: it was killed, most likely")
    said.last_success = _time(success)


def _noted(record: "dg.RunRecord | None") -> LastRun | None:
    if record is None:
        return None
    run = record.dagster_run
    how = run.status.value.lower()
    return LastRun(run.run_id, run.job_name, how, _time(record.start_time), _time(record.end_time))


def _end(record: "dg.RunRecord | None") -> float:
    return record.end_time or 0.0 if record else 0.0


def _deliveries(settings: Settings, now: datetime, said: Status) -> None:
    said.refused = list(map(summary, reports(settings.quarantine)))
    said.to_look_at += [f"refused: {text}" for text in said.refused]
    if not settings.landing.is_dir():
        return
    places = discover(settings.landing)
    said.overdue = list(map(str, overdue(places, now.date())))
    said.to_look_at += said.overdue
    said.late = list(map(str, late(places, now.date())))
    if said.is_synthetic is False:  # a sample is as old as it is
        said.to_look_at += said.late


def _disk(settings: Settings, said: Status) -> None:
    free = shutil.disk_usage(settings.data_dir if settings.data_dir.exists() else settings.data_dir.parent).free
    made = [settings.build_db, settings.warehouse]
    if said.release:
        made += (settings.published / "releases" / said.release).rglob("*")
    needed = RUNS_IN_DISK * sum(path.stat().st_size for path in made if path.is_file())
    said.disk_free_gb, said.disk_needed_gb = round(free / GB, 2), round(needed / GB, 2)
    if free < needed:
        said.to_look_at.append(
            f"{free / GB:.2f} GB are free in {settings.data_dir}; "
            f"{RUNS_IN_DISK} more runs as large need {needed / GB:.2f}"
        )


def _time(seconds: float | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else None


def lines(said: Status) -> list[str]:
    """For people: what is known, and behind an exclamation mark what asks for a look."""
    run = said.last_run
    release = f"{said.release}{', SYNTHETIC sample data' if said.is_synthetic else ''}"
    rows = {
        "Release in force": f"{release}, {said.age_days} days old" if said.created else said.release or "none",
        "Last run": f"{run.how}, began {run.started}, ended {run.ended or 'not yet'}" if run else "none is noted",
        "Last in order": said.last_success or "never",
        "Running now": f"process {said.running}" if said.running else "nobody",
        "Refused": f"{len(said.refused)} files",
        "Past their date": f"{len(said.overdue)} waves to be forgotten",
        "Next wave late": ", ".join(text.partition(":")[0] for text in said.late) or "none",
        "No next wave due": ", ".join(said.without_cadence) or "none",
        "Disk": f"{said.disk_free_gb:.1f} GB free",
    }
    told = [f"{name + ':':<18}{value}" for name, value in rows.items()]
    return [*told, *(f"! {text}" for text in said.broken + said.to_look_at)]


def show_status(settings: Settings, is_json: bool) -> int:
    """Print it; the exit code is 0 where all is fine, 1 where something asks for a look, 2 where no whole release is in
    force, 3 where it could not be looked at."""
    try:
        said = status(settings, datetime.now(UTC))
    except (OSError, SeedError) as error:
        return cannot_tell(error, is_json)
    print(json.dumps(said.as_json(), indent=2) if is_json else "\n".join(lines(said)))
    return said.code


def cannot_tell(error: Exception, is_json: bool) -> int:
    """Say why nobody can tell how the line is: what is set is wrong, or what lies there cannot be read."""
    if is_json:
        print(json.dumps({"code": UNKNOWN, "unknown": str(error)}, indent=2))
    else:
        print(f"! it cannot be told how the line is: {error}")
    return UNKNOWN
