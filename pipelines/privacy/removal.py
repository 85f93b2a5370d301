"""What forgetting anything has in common: hold the build database, put one without it in place, clear, search, tell.

Not here: what is forgotten (wave, respondent, keys).
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.common import leftovers
from pipelines.common.in_force import InForceError, current_release, inputs_of
from pipelines.common.settings import Settings
from pipelines.common.warehouse import build_lock, ensure_usable, keep_private, open_build
from pipelines.ingest.discovery import Place, survey_of, wave_place, why_unknown
from pipelines.ingest.files import look_at
from pipelines.ingest.findings import Findings
from pipelines.ingest.forgotten import Rebuilt
from pipelines.ingest.raw_tables import ensure_tables, loads_in_use
from pipelines.ingest.sav_trial import trial
from pipelines.privacy import history
from pipelines.privacy.scan import Sought, Trace, traces

MOST_ROWS = 200_000  # of a table, of which it is searched whether anything is left


class ForgetError(ValueError):
    """Nothing was changed; the message says why, and what to do."""


@dataclass
class Account:
    """What was done, a line each; how much was looked for below the data directory, and where any of it was found."""

    what: str
    done: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    n_sought: int = 0
    n_left_out: int = 0
    left: list[Trace] = field(default_factory=list)


@contextmanager
def holding(settings: Settings) -> Iterator[list[str]]:
    """Hold the build database, between runs. One that cannot be used is set aside, as the lines that it yields say, and
    goes with what was set aside before.

    Raises BuildDatabaseBusyError while a run goes on.
    """
    with build_lock(settings.work, 0, lambda _: None):
        told: list[str] = []
        ensure_usable(settings.build_db, settings.memory_limit, "raw", told.append)
        try:
            with open_build(settings.build_db, memory_limit=settings.memory_limit) as con:
                ensure_tables(con)
            yield told
        finally:
            trial.end()
            keep_private(settings.work)


def place_of(settings: Settings, survey: str, wave: int) -> Place:
    """The folder of a wave in landing/, whether it is there or not.

    Raises ForgetError where there is no such wave, or its folder is a link or may not be changed.
    """
    if unknown := why_unknown(survey, wave):
        raise ForgetError(unknown)
    of = survey_of(survey)
    folder = settings.landing / of.landing_path / str(wave)
    if not folder.exists() and not folder.is_symlink():
        return Place(settings.landing, f"{of.landing_path}/{wave}", of, wave)
    if folder.resolve() != settings.landing.resolve() / of.landing_path / str(wave):
        raise ForgetError(f"{folder} leads to {folder.resolve()}; remove the link and what is there, then try again")
    for changed in (folder.parent, *(path for path in [folder, *folder.rglob("*")] if path.is_dir())):
        if not os.access(changed, os.W_OK):
            raise ForgetError(f"{changed} may not be changed by this account; let it, or use the account that may")
    return wave_place(folder, settings.landing, of, str(wave))


def hashes(settings: Settings, files: Sequence[Path]) -> dict[Path, str]:
    """The SHA-256 of each file that can be read."""
    looked = {file: look_at(file, Findings(), settings.max_extract_bytes) for file in files}
    return {file: seen.sha256 for file, seen in looked.items() if seen}


def kept(con: duckdb.DuckDBPyConnection) -> str:
    """Which waves the build database holds, for a message."""
    return "it has " + (", ".join(f"{survey} {wave}" for survey, wave in sorted(loads_in_use(con))) or "no wave at all")


def now() -> datetime:
    """In UTC, as the log has it."""
    return datetime.now(UTC).replace(tzinfo=None)


def put_in_place(settings: Settings, rebuilt: Rebuilt, account: Account, n_rows: int) -> None:
    """Clear what may hold copies, and let the database without `n_rows` rows be the build database."""
    for path in history.copies(settings):
        if path != rebuilt.aside:
            leftovers.remove(path)
            account.done.append(f"{path.relative_to(settings.data_dir)} removed")
    rebuilt.put_in_place()
    settings.last_run.unlink(missing_ok=True)  # the next run has to make all other tables
    account.done.append(f"{settings.build_db.relative_to(settings.data_dir)} written anew without {n_rows} rows")


def clear_told(settings: Settings, folder: str, account: Account) -> None:
    """Remove what was told of refused files of a folder of landing/: it shows cells. Raises OSError."""
    for report in history.reports(settings, folder):
        report.unlink()
        account.done.append(f"{report.relative_to(settings.data_dir)} removed")
    if n_records := history.scrub(settings.dagster_home, folder):
        account.done.append(f"{n_records} records of Dagster's history removed")


def prove(settings: Settings, account: Account, sought: Sought) -> None:
    """Search every byte below the data directory; of other deliveries in landing/, only whole files."""
    links = [path.resolve() for path in settings.data_dir.iterdir() if path.is_symlink()]
    unread = [settings.landing, settings.landing.resolve()]
    account.left = [trace for folder in [settings.data_dir, *links] for trace in traces(folder, sought, unread)]
    account.n_sought, account.n_left_out = len(sought.texts) + len(sought.files), sought.left_out


def note_release(settings: Settings, folder: str, account: Account) -> None:
    """Say what becomes of the figures of a wave that were published."""
    with suppress(InForceError):
        release = current_release(settings)
        if release and any(i.wave == folder for i in inputs_of(release)):
            account.notes.append(
                f"What was published stays: release {release.name} is in force, and has its figures. The next run "
                "makes a release without them, and says so."
            )
