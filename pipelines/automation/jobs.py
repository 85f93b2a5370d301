"""The jobs, their schedules and sensors: off until someone turns them on, but for the one that keeps the history.

Not here: what the assets do.
"""

import hashlib
from datetime import UTC, datetime

import dagster as dg

from pipelines.automation.failures import failure_texts
from pipelines.automation.housekeeping import end_killed, take_out_old
from pipelines.automation.notify import notify
from pipelines.common.settings import Settings
from pipelines.ingest.discovery import landing_files

MAIN_JOB, REFRESH_JOB, SOURCES = "main", "refresh", "sources"

main_job = dg.define_asset_job(
    MAIN_JOB,
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups(SOURCES),  # a run of the line calls nobody
    description="The whole line: landing, raw, dbt, indicators, reconciliation, release.",
    executor_def=dg.in_process_executor,
    tags={"dagster/max_runtime": 6 * 60 * 60},
)

refresh_job = dg.define_asset_job(
    REFRESH_JOB,
    selection=dg.AssetSelection.groups(SOURCES),
    description="What is new at public interfaces, into landing/; the line is run by its own schedule or sensor.",
    executor_def=dg.in_process_executor,
    tags={"dagster/max_runtime": 60 * 60},
)

# At a time of day at which no publisher is at work on its tables (closed in seeds/sources/source.csv).
weekly = dg.ScheduleDefinition(
    name="weekly",
    job=refresh_job,
    cron_schedule="15 9 * * 2",
    execution_timezone="Europe/Oslo",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Tuesdays at 09:15, Oslo time.",
)

monthly = dg.ScheduleDefinition(
    name="monthly",
    job=main_job,
    cron_schedule="0 5 1 * *",
    execution_timezone="Europe/Oslo",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="The first of each month at 05:00, Oslo time.",
)


@dg.sensor(
    job=main_job,
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Runs the line when a file in landing/ is new, changed or gone.",
)
def landing_changed(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    # Not the resource: it holds the build database, and looking must not wait for a run.
    landing = Settings.from_env().landing
    if not landing.is_dir():
        return dg.SkipReason(f"{landing} does not exist")
    digest = hashlib.sha256()
    for path in landing_files(landing):
        stat = path.stat()
        digest.update(f"{path.relative_to(landing)}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
    seen = digest.hexdigest()
    if seen == context.cursor:
        return dg.SkipReason("nothing changed in landing/")
    context.update_cursor(seen)
    # No run key: Dagster never runs the same key twice, and a delivery may be put back as it was before.
    return dg.RunRequest()


@dg.sensor(
    minimum_interval_seconds=3600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Keeps the history in order: says of killed runs that they failed, takes out old ones. Starts nothing.",
)
def housekeeping(_: dg.SensorEvaluationContext) -> dg.SkipReason:
    settings = Settings.from_env()
    killed, old = end_killed(settings), take_out_old(settings, datetime.now(UTC))
    return dg.SkipReason(f"runs that were killed: {len(killed)}; taken out of the history: {len(old)}")


@dg.run_failure_sensor(
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Posts a failed run to the address in TILSTAND_NOTIFY_URL (JSON: job, run, error).",
)
def run_failed(context: dg.RunFailureSensorContext) -> None:
    url = Settings.from_env().notify_url
    if url:
        texts = failure_texts([*context.get_step_failure_events(), context.failure_event])
        notify(url, context.dagster_run.job_name, context.dagster_run.run_id, "\n\n".join(texts))
