"""The command line, `tilstand` or `python -m pipelines`: the whole line, deliveries, the report, forgetting.

Not here: the line itself; this starts the Dagster job in this process and says how it went.
"""

import argparse
import atexit
import contextlib
import gc
import json
import os
import shlex
import signal
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pipelines import __version__
from pipelines.common import disk, memory
from pipelines.common.in_force import InForceError, current_release
from pipelines.common.seeds import SeedError
from pipelines.common.settings import PROJECT_DIR, Settings, SettingsError, require_checkout
from pipelines.common.terminal import INDENT, take_over
from pipelines.ingest.codebook import COPIED
from pipelines.live import command as live
from pipelines.privacy import command as privacy
from pipelines.publish import command as published

if TYPE_CHECKING:
    import dagster as dg


TOLD_TO_END = 130  # as a shell says it of Ctrl-C


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code, 0 only when everything in landing/ is in the release."""
    parser = argparse.ArgumentParser(prog=called(), description=__doc__.splitlines()[0])
    parser.add_argument("--version", action="version", version=f"digital-tilstand {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    line = commands.add_parser("run", help="the whole line, from landing/ to a release")
    line.add_argument("--full", action="store_true", help="run also when nothing changed since the last run")
    look = commands.add_parser("check", help="judge deliveries without a run: a landing folder, a wave, one file")
    look.add_argument("path", nargs="?", type=Path, metavar="PATH", help="landing/ of the data directory, if left out")
    look.add_argument("--survey", metavar="S", help="which survey it is, where the path does not tell")
    look.add_argument("--wave", metavar="W", type=int, help="and which wave (year)")
    look.add_argument("--all", action="store_true", help="every finding, not the first ten of a file")
    look.add_argument("--json", action="store_true", help="for programs: a list, one entry a file")
    look.add_argument("--strict", action="store_true", help="warnings count as well")
    empty = commands.add_parser("template", help="an empty delivery to fill in, with the columns of a wave")
    empty.add_argument("survey", metavar="SURVEY", help="a survey of the codebook")
    empty.add_argument("wave", metavar="WAVE", type=int, help="and which wave (year)")
    empty.add_argument("--format", choices=COPIED, help="the survey's own, if left out")
    empty.add_argument("--to", type=Path, metavar="PATH", help="a folder, or the name of the file; here, if left out")
    survey = commands.add_parser("new-survey", help="write the dbt models of a survey that the seeds describe")
    survey.add_argument("survey", metavar="ID", help="as in seeds/codebook/survey.csv")
    commands.add_parser("check-seeds", help="every mistake in seeds/, with file and line")
    commands.add_parser("report", help="how the release in force agrees with print")
    look = commands.add_parser("status", help="the release, the last run, and what asks for a look; for monitoring")
    look.add_argument("--json", action="store_true", help="for programs")
    published.add_commands(commands)
    privacy.add_commands(commands)
    live.add_commands(commands)
    commands.add_parser("home", help="prepare the Dagster home and print the environment it needs")
    chosen = parser.parse_args(arguments)
    try:
        require_checkout()
        if chosen.command == "template":
            return template(chosen)
        if chosen.command == "new-survey":
            return new_survey(chosen.survey)
        if chosen.command == "check-seeds":
            return check_seeds()
        if chosen.command == "status":
            return status(chosen.json)
        return _on_data(Settings.from_env(), chosen)
    except (SettingsError, SeedError, InForceError, OSError) as error:
        return stop(error)
    except MemoryError:
        return stop(memory.ADVICE)


def _on_data(settings: Settings, chosen: argparse.Namespace) -> int:
    """What is done with a data directory; where that cannot be read or written, says so."""
    try:
        if chosen.command == "run":
            return run(settings, chosen.full)
        if chosen.command == "check":
            return check(settings, chosen)
        if more := (published.COMMANDS | privacy.COMMANDS | live.COMMANDS).get(chosen.command):
            return more(settings, chosen)
        if chosen.command == "home":
            from pipelines.automation.home import home

            return home(settings)
        return report(settings)
    except OSError as error:  # a HistoryError is one
        return stop(disk.with_advice(str(error), settings.data_dir))


def called() -> str:
    """How this was started, for what it tells to type."""
    return "tilstand" if Path(sys.argv[0]).name == "tilstand" else "python -m pipelines"


def stop(error: Exception | str) -> int:
    """Say what nothing can be done about here; returns the exit code."""
    print(f"digital-tilstand: {error}", file=sys.stderr)
    return 1


def status(is_json: bool) -> int:
    """How the line is; a code of its own where that cannot be told."""
    from pipelines.automation.status import cannot_tell, show_status

    try:
        return show_status(Settings.from_env(), is_json)
    except SettingsError as error:
        return cannot_tell(error, is_json)


def run(settings: Settings, is_full: bool = False) -> int:
    """The main job, in this process, on the same Dagster home as the UI; nothing when nothing changed."""
    started = time.monotonic()
    print(f"digital-tilstand: looking for what is new in {settings.data_dir}", flush=True)
    # To load the rest takes seconds, and Dagster as long as all that a run does where nothing changed.
    from pipelines.automation.unchanged import is_unchanged, remember

    current_release(settings)  # where it cannot be told what is in force, nothing is begun
    if not is_full and is_unchanged(settings):
        settings.last_run.touch()  # all was in order now, too
        print("Nothing changed since the last run; `make run FULL=1` runs it all the same.")
        print_summary(settings, is_new=False)
        return 0
    from pipelines.automation.failures import failure_texts, was_told_to_end
    from pipelines.automation.home import prepare
    from pipelines.common.seed_check.check import in_short
    from pipelines.common.warehouse import keep_private
    from pipelines.ingest.sources import project_sources
    from pipelines.seed_rules import mistakes
    from pipelines.transform.manifest import DbtParseError

    project = project_sources(settings)  # before any of it is read: what changes later is for the next run
    if found := mistakes():
        return stop(f"{in_short(found)}\nNothing was run.")
    prepare(settings)
    log = settings.work / "logs" / "run.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # dbt writes what it does to standard output; the terminal shows our own lines, the file has dbt's.
    with log.open("w", encoding="utf-8", errors="backslashreplace") as file:
        try:
            result = _execute(settings, redirect_to=file)
        except DbtParseError as error:
            return stop(error)
    if result.success:
        remember(settings, project)
    keep_private(settings.work)
    if was_told_to_end(result.all_events):
        return told_to_end()
    print(f"\n{'Done in' if result.success else 'Ended after'} {time.monotonic() - started:.0f} seconds.")
    print_summary(settings, is_new=_made_release(result))
    if result.success:
        return 0
    from pipelines.transform.assets import DBT_STEP

    sys.stdout.flush()
    texts = failure_texts(result.all_events)
    for text in texts:
        print(f"\nFAILED: {disk.with_advice(text, settings.data_dir)}", file=sys.stderr)
    if any(text.startswith(DBT_STEP) for text in texts):
        print(f"\ndbt's own log is {log}.", file=sys.stderr)
    return 1


def check_seeds() -> int:
    """Print every mistake in the seeds; the exit code is 0 only when there is none."""
    from pipelines.seed_rules import mistakes

    told = [str(finding) for finding in mistakes()]
    counted = f"{len(told):,} {'mistake' if len(told) == 1 else 'mistakes'} in seeds/".replace(",", " ")
    print("\n".join([*told, counted]) if told else "seeds/: no mistakes")
    return int(bool(told))


def check(settings: Settings, chosen: argparse.Namespace) -> int:
    """Judge what lies at a path; the exit code is 0 only when a run that has its key would accept all of it."""
    from pipelines.ingest.check import NothingToCheckError, judge_places, judgement_lines, places_at
    from pipelines.ingest.retention import overdue

    try:
        places = places_at(chosen.path or settings.landing, chosen.survey, chosen.wave)
    except NothingToCheckError as error:
        stop(error)
        return 2
    judgements = judge_places(settings, places, lambda text: print(INDENT + text, file=sys.stderr), is_all=chosen.all)
    if chosen.json:
        print(json.dumps([judgement.as_json() for judgement in judgements], indent=2))
    else:
        for judgement in judgements:
            print("\n".join(judgement_lines(judgement, is_all=chosen.all)))
    for late in overdue(places, date.today()):
        print(f"{INDENT}! {late}", file=sys.stderr)
    is_refused = any(not judgement.is_accepted for judgement in judgements)
    is_warned = any(judgement.warnings for judgement in judgements)
    return int(is_refused or not judgements or (chosen.strict and is_warned))


def new_survey(survey: str) -> int:
    """Write the models of a survey, say which, and how to go on."""
    from pipelines.ingest.codebook import waves
    from pipelines.transform.survey_models import write_survey_models

    written = write_survey_models(survey)
    for path in written:
        print(f"Written: {path.relative_to(PROJECT_DIR)}")
    if not written:
        print(f"The models of {survey} are as the seeds ask for.")
    wave = max(waves(survey), default="WAVE")
    print("Look for mistakes in the seeds, and make a template of a delivery:")
    print(f"{INDENT}{called()} check-seeds")
    print(f"{INDENT}{called()} template {survey} {wave}")
    return 0


def template(chosen: argparse.Namespace) -> int:
    """Write an empty delivery, and say how to go on."""
    from pipelines.ingest.template import TemplateError, write_template

    try:
        files = write_template(chosen.survey, chosen.wave, chosen.format, chosen.to)
    except TemplateError as error:
        return stop(error)
    for file in files:
        print(f"Written: {file}")
    print("Fill it in, then check it:")
    for file in files:
        judged = shlex.join(["check", str(file), "--survey", chosen.survey, "--wave", str(chosen.wave)])
        print(f"{INDENT}{called()} {judged}")
    return 0


def _execute(settings: Settings, redirect_to: TextIO) -> "dg.ExecuteInProcessResult":
    from pipelines.transform.dbt_ahead import OBJECTS_BETWEEN_LOOKS
    from pipelines.transform.manifest import ensure_manifest, reading_ahead

    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    # dbt loads and reads its project in a process of its own, while this one loads Dagster and reads landing/.
    with reading_ahead(settings) as ahead:
        from pipelines.automation.history import instance_of_run
        from pipelines.automation.housekeeping import end_killed, take_out_old
        from pipelines.automation.jobs import MAIN_JOB
        from pipelines.common.process import of_this_process
        from pipelines.definitions import defs

        ensure_manifest(settings, ahead)
        job = defs().resolve_job_def(MAIN_JOB)
        with instance_of_run(settings) as instance, contextlib.redirect_stdout(redirect_to):
            result = job.execute_in_process(
                instance=instance,
                raise_on_error=False,
                run_config={"loggers": {"progress": {"config": {}}}},
                resources={"ahead": ahead},
                tags=of_this_process(),
            )
        end_killed(settings)
        take_out_old(settings, datetime.now(UTC))
        return result


def _made_release(result: "dg.ExecuteInProcessResult") -> bool:
    """Whether the run brought a new release into force."""
    from pipelines.publish.assets import RELEASE

    made = [
        event.step_materialization_data.materialization
        for event in result.all_events
        if event.is_step_materialization and event.asset_key == RELEASE
    ]
    return any(materialization.metadata["is_new"].value for materialization in made)


def print_summary(settings: Settings, is_new: bool) -> None:
    """Release, tables with row counts, figures reconciled, where to look."""
    from pipelines.publish.manifest import read_manifest
    from pipelines.reconciliation.report import print_reconciliation, print_statements

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
    print_statements(release)
    if hidden := _hidden(release):
        print(f"Hidden:    {hidden} (docs/privacy.md)")
    if n_warned := _n_warned(release):
        files = "1 file was" if n_warned == 1 else f"{n_warned} files were"
        print(f"Warned of: {files} loaded with a warning (above, and in extract_log)")
    print(f"Parquet:   {settings.published / 'current'}")
    print(f"SQL:       {settings.warehouse}")
    print(f"Report:    {settings.published / 'current' / 'report' / 'index.html'}")


def _hidden(release: Path) -> str:
    """How many estimates of each survey are hidden, in words; '' where none is."""
    import pyarrow.parquet as pq

    table = pq.read_table(release / "survey_estimates.parquet", columns=["survey", "is_suppressed"])
    counts = table.group_by("survey").aggregate([("is_suppressed", "sum"), ("is_suppressed", "count")]).to_pylist()
    said = [
        f"{row['survey']} {row['is_suppressed_sum']:,} of {row['is_suppressed_count']:,} estimates".replace(",", " ")
        for row in sorted(counts, key=lambda row: str(row["survey"]))
        if row["is_suppressed_sum"]
    ]
    return ", ".join(said)


def _n_warned(release: Path) -> int:
    """How many files in a release were warned of; 0 where it does not say, as releases of older projects."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        log = pq.read_table(
            release / "extract_log.parquet", columns=["n_warnings"], filters=[("status", "=", "loaded")]
        )
    except (OSError, pa.ArrowException):
        return 0
    return sum(bool(n) for n in log["n_warnings"].to_pylist())


def report(settings: Settings) -> int:
    """Print how the release in force agrees with print."""
    from pipelines.reconciliation.report import print_reconciliation, print_statements

    release = current_release(settings)
    if release is None:
        print(f"nothing is published in {settings.published} yet; run `make run` first", file=sys.stderr)
        return 1
    print_reconciliation(release, every_figure=True)
    print_statements(release, every_statement=True)
    print(f"Report:    {settings.published / 'current' / 'report' / 'index.html'}")
    return 0


def told_to_end() -> int:
    """Say that this was ended by a signal; returns the exit code."""
    print("\ndigital-tilstand: told to end, and ended; what is in force stays in force", file=sys.stderr)
    return TOLD_TO_END


def command() -> int:
    """What `tilstand` and `python -m pipelines` start; returns the exit code."""
    ended: list[int] = []
    atexit.register(_leave, ended)
    take_over()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: Dagster, too, has both do the same
    try:
        code = main()
    except KeyboardInterrupt:
        code = told_to_end()
    ended.append(code)
    return code


def _leave(ended: list[int]) -> None:
    """The last of what is done at the end: Python would take apart, object by object, all that a run loads, for a
    second. Where there is no code, it ends by an exception, and Python says of which."""
    if ended:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended[0])


if __name__ == "__main__":
    raise SystemExit(command())
