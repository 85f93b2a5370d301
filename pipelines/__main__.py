"""The command line: `python -m pipelines run`, what `make run` calls.

Not here: the line itself; this starts the Dagster job in this process and says how it went.
"""

import argparse
import contextlib
import os
import shlex
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from pipelines.in_force import InForceError, current_release
from pipelines.seeds import SeedError
from pipelines.settings import PROJECT_DIR, REPLACE_RELEASE, Settings, SettingsError
from pipelines.transform.manifest import DbtParseError, ensure_manifest


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code, 0 only when everything in landing/ is in the release."""
    parser = argparse.ArgumentParser(prog="python -m pipelines", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    line = commands.add_parser("run", help="the whole line, from landing/ to a release")
    line.add_argument("--full", action="store_true", help="run also when nothing changed since the last run")
    line.add_argument("--replace", metavar="ID", help="let anything replace the release in force, if it is this one")
    commands.add_parser("report", help="how the release in force agrees with print")
    commands.add_parser("home", help="prepare the Dagster home and print the environment it needs")
    chosen = parser.parse_args(arguments)
    if getattr(chosen, "replace", None):
        os.environ[REPLACE_RELEASE] = chosen.replace  # the assets read it from there
    try:
        settings = Settings.from_env()
        if chosen.command == "run":
            return run(settings, chosen.full)
        return {"report": report, "home": home}[chosen.command](settings)
    except (SettingsError, SeedError, DbtParseError, InForceError, OSError) as error:
        print(f"digital-tilstand: {error}", file=sys.stderr)
        return 1


def run(settings: Settings, is_full: bool = False) -> int:
    """The main job, in this process, on the same Dagster home as the UI; nothing when nothing changed."""
    from pipelines.automation.unchanged import is_unchanged, remember

    started = time.monotonic()
    current_release(settings)  # where it cannot be told what is in force, nothing is begun
    if not is_full and is_unchanged(settings):
        print(f"Nothing changed since the last run in {settings.data_dir}; `make run FULL=1` runs it all the same.")
        print_summary(settings, is_new=False)
        return 0
    prepare(settings)
    print(f"digital-tilstand: building in {settings.data_dir}", flush=True)
    log = settings.work / "logs" / "run.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # dbt writes what it does to standard output; the terminal shows our own lines, the file has dbt's.
    with log.open("w", encoding="utf-8") as file:
        result = _execute(settings, redirect_to=file)
    if result.success:
        remember(settings)
    print(f"\n{'Done in' if result.success else 'Ended after'} {time.monotonic() - started:.0f} seconds.")
    print_summary(settings, is_new=_made_release(result))
    if result.success:
        return 0
    from pipelines.automation.failures import failure_texts
    from pipelines.transform.assets import DBT_STEP

    sys.stdout.flush()
    texts = failure_texts(result.all_events)
    for text in texts:
        print(f"\nFAILED: {text}", file=sys.stderr)
    if any(text.startswith(DBT_STEP) for text in texts):
        print(f"\ndbt's own log is {log}.", file=sys.stderr)
    return 1


def _execute(settings: Settings, redirect_to):
    # dbt reads its project in a process of its own while this one loads Dagster.
    with ThreadPoolExecutor(1) as beside:
        manifest = beside.submit(ensure_manifest, settings)
        import dagster as dg
        import dagster_dbt  # noqa: F401

        manifest.result()

    from pipelines.automation.jobs import MAIN_JOB
    from pipelines.definitions import defs

    job = defs.resolve_job_def(MAIN_JOB)
    with dg.DagsterInstance.get() as instance, contextlib.redirect_stdout(redirect_to):
        return job.execute_in_process(
            instance=instance, raise_on_error=False, run_config={"loggers": {"progress": {"config": {}}}}
        )


def _made_release(result) -> bool:
    """Whether the run brought a new release into force."""
    from pipelines.publish.assets import RELEASE

    made = [
        event.step_materialization_data.materialization
        for event in result.all_events
        if event.event_type_value == "ASSET_MATERIALIZATION" and event.asset_key == RELEASE
    ]
    return any(materialization.metadata["is_new"].value for materialization in made)


def print_summary(settings: Settings, is_new: bool) -> None:
    """Release, tables with row counts, figures reconciled, where to look."""
    from pipelines.publish.manifest import read_manifest
    from pipelines.reconciliation.report import print_reconciliation

    release = current_release(settings)
    if release is None:
        print("Nothing is published yet.")
        return
    try:
        manifest = read_manifest(release)
    except (OSError, ValueError):
        print(f"Release in force: {release.name}; its manifest.json cannot be read.")
        return
    print(f"Release in force: {manifest['release']} ({'new' if is_new else 'unchanged'})")
    if manifest["is_synthetic"]:
        print("It holds SYNTHETIC sample data; see is_synthetic in the tables.")
    for table in manifest["tables"]:
        print(f"  {table['name']:<28} {table['rows']:>10,} rows".replace(",", " "))
    print_reconciliation(release)
    print(f"Parquet:   {settings.published / 'current'}")
    print(f"SQL:       {settings.warehouse}")
    print(f"Report:    {settings.published / 'current' / 'report' / 'index.html'}")


def report(settings: Settings) -> int:
    """Print how the release in force agrees with print."""
    from pipelines.reconciliation.report import print_reconciliation

    release = current_release(settings)
    if release is None:
        print(f"nothing is published in {settings.published} yet; run `make run` first", file=sys.stderr)
        return 1
    print_reconciliation(release, every_figure=True)
    print(f"Report:    {settings.published / 'current' / 'report' / 'index.html'}")
    return 0


def home(settings: Settings) -> int:
    """Prepare the Dagster home and print the environment it needs, as shell assignments."""
    prepare(settings)
    for name, value in settings.environment().items():
        print(f"{name}={shlex.quote(value)}")
    return 0


def prepare(settings: Settings) -> None:
    """The Dagster home with the project's dagster.yaml, and the environment of this process."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT_DIR / "dagster.yaml", settings.dagster_home / "dagster.yaml")
    os.environ.update(settings.environment())


if __name__ == "__main__":
    raise SystemExit(main())
