"""Load what is new or changed in landing/ into raw: each delivery whole or not at all.

Not here: how a delivery is read and judged (delivery), found (discovery) and reported (quarantine).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.common.in_force import rows_in_force
from pipelines.common.settings import Settings
from pipelines.ingest import quarantine, raw_tables
from pipelines.ingest.delivery import Before, Delivery, Rows, Tell, look_at_delivery
from pipelines.ingest.discovery import Place, discover, relative_name, unit_of
from pipelines.ingest.findings import Finding, Findings, Warned
from pipelines.ingest.forgotten import forgotten, refuse_forgotten
from pipelines.ingest.provenance import NO_PROVENANCE
from pipelines.ingest.raw_tables import LOADED, QUARANTINED, REMOVED, LoadRecord
from pipelines.ingest.sav_trial import trial

UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Outcome:
    """What became of one place of landing/. `status`: loaded, unchanged, quarantined or removed.

    `survey` and `wave` are None where the folder names none; `file` is relative to landing/, several are joined by
    ', '. `n_rows` is what raw now holds of the wave. `findings` are the first 1,000 of `n_findings`. `warnings` are
    those of what is in use now, or was refused.
    """

    survey: str | None
    wave: int | None
    status: str
    file: str
    n_rows: int
    message: str
    findings: list[Finding] = field(default_factory=list)
    n_findings: int = 0
    report: Path | None = None
    warnings: list[Warned] = field(default_factory=list)


@dataclass(frozen=True)
class IngestResult:
    """The outcomes of one run, in the order of the paths; removed waves last."""

    outcomes: list[Outcome]

    @property
    def refused(self) -> list[Outcome]:
        """What was refused; the run has failed for these, also when the same was refused before."""
        return [outcome for outcome in self.outcomes if outcome.status == QUARANTINED]


def ingest(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    now: datetime,
    tell: Tell = lambda _: None,
    only: Collection[str] | None = None,
) -> IngestResult:
    """Bring schema raw in line with landing/, and write or remove the quarantine reports; of `only` these surveys.

    `now` (with time zone; without one it is UTC) becomes `loaded_at` of what is loaded. `tell` gets a line of
    progress now and then while a large file is read. Bad data never raises, it is in the result. Raises
    FileNotFoundError when landing/ does not exist, SeedError when the seeds contradict themselves.
    """
    raw_tables.ensure_tables(con)
    run = _Ingest(con, settings, now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now, tell)
    places = discover(settings.landing)
    chosen = [place for place in places if only is None or place.key[0] in only]
    try:
        outcomes = [run.outcome_of(place) for place in chosen]
    finally:
        trial.end()
    gone = [records for records in run.gone(places) if only is None or records[0].survey in only]
    result = IngestResult(outcomes + [_remove(con, records) for records in gone])
    of_others = {quarantine.report_of(settings.quarantine, place.folder) for place in places if place not in chosen}
    quarantine.clear_reports(settings.quarantine, {o.report for o in outcomes if o.report} | of_others)
    raw_tables.replace_refusals(con, [(o.survey, o.wave, o.file, o.message) for o in result.refused], only)
    return result


class _Ingest:
    """One run: what raw had when it began, and what becomes of each place."""

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: Settings, loaded_at: datetime, tell: Tell) -> None:
        self._con, self._settings, self._loaded_at, self._tell = con, settings, loaded_at, tell
        self._in_use, self._unlike_log = raw_tables.loads_in_use(con), raw_tables.unlike_their_log(con)
        self._in_force, self._forgotten = rows_in_force(settings), forgotten(con)

    def outcome_of(self, place: Place) -> Outcome:
        """Load what lies at a place, keep what raw has of it, or refuse it."""
        current = self._in_use.get(place.key, [])
        if not place.is_delivery:
            return self._refuse(place, current)
        delivery = look_at_delivery(self._settings, place, self._loaded_at)
        if delivery is None:
            return self._refuse(place, current)
        delivery.keep_key()
        findings = delivery.findings
        for was in self._forgotten:
            refuse_forgotten(was, delivery)
        is_same = bool(current) and {r.made_of for r in current} == {r.made_of for r in delivery.records}
        if is_same and place.key not in self._unlike_log and not findings:
            return _keep(self._con, current, delivery.records)
        before = self._before(place, current)
        with raw_tables.replacing_wave(self._con, *place.key) as load:
            delivery.read_into(load, before, self._tell)
            if not findings:
                load.finish(_with_warnings(delivery.records, findings))
        if findings:
            for record in _with_warnings(delivery.records, findings):
                n_findings = findings.of_file[record.file_name] if len(delivery.records) > 1 else findings.total
                raw_tables.record_refusal(self._con, replace(record, n_findings=n_findings))
            return self._refuse(place, current)
        return _loaded(delivery)

    def _before(self, place: Place, current: list[LoadRecord]) -> Before:
        """The rows that a new load of the wave is compared with, before it begins; `current` are its loads in use."""
        if current and place.key not in self._unlike_log:
            return raw_tables.rows_by_part(self._con, *place.key)
        # What was removed from raw, or never was in it, may be in force all the same.
        return {None: sum(r.n_rows or 0 for r in current) or self._in_force.get(place.key, 0)}

    def _refuse(self, place: Place, current: list[LoadRecord]) -> Outcome:
        """Report what is wrong; raw keeps what it has of the wave."""
        landing, folder = self._settings.landing, self._settings.quarantine
        file = relative_name(place.files[0], landing) if len(place.files) == 1 else place.folder
        report = quarantine.write_report(folder, place.folder, file, place.findings)
        previous = (current[0].sha256, current[0].loaded_at) if current else None
        return Outcome(
            survey=place.survey.survey if place.survey else None,
            wave=place.wave,
            status=QUARANTINED,
            file=file,
            n_rows=sum(record.n_rows or 0 for record in current),
            message=quarantine.describe(file, place.findings, report, previous, is_wave=place.wave is not None),
            findings=place.findings.kept,
            n_findings=place.findings.total,
            report=report,
            warnings=place.findings.warnings,
        )

    def gone(self, places: list[Place]) -> list[list[LoadRecord]]:
        """The loads of the waves that are no longer in landing/, as far as anybody can see what lies there."""
        delivered = {place.key for place in places if place.survey}
        unknown = [place.folder for place in places if place.is_unreadable]
        return [
            records
            for key, records in self._in_use.items()
            if key not in delivered and not any(_is_below(record, unknown) for record in records)
        ]


def _loaded(delivery: Delivery) -> Outcome:
    place, records = delivery.place, delivery.records
    message = "; ".join(
        f"landing/{record.file_name}: {_in_words(delivery.counted[record.file_name], unit_of(file))} loaded "
        f"({record.encoding})"
        for file, record in zip(place.files, records, strict=True)
    )
    if place.provenance == NO_PROVENANCE:
        message += "; no SOURCE.yml beside it, so it counts as real data"
    n_rows = sum(r.n_rows or 0 for r in records)
    warnings = delivery.findings.warnings
    return Outcome(*place.key, LOADED, _names(records), n_rows, message, warnings=warnings)


def _with_warnings(records: list[LoadRecord], findings: Findings) -> list[LoadRecord]:
    """The records with the warnings of their files; those of the delivery as a whole go with the first."""
    names = {record.file_name for record in records}
    done: list[LoadRecord] = []
    for record in records:
        own = [w for w in findings.warnings if w.file == record.file_name or (w.file not in names and not done)]
        done.append(replace(record, n_warnings=len(own), warnings="\n".join(_logged(w) for w in own)))
    return done


def _logged(warned: Warned) -> str:
    """A warning as the log has it."""
    return f"{f'sheet {warned.part}: ' if warned.part else ''}{warned.problem} ({warned.rule})"


def _as_logged(line: str, file: str) -> Warned:
    """The warning that _logged() wrote, without its remedy."""
    ((part, problem, rule),) = re.findall(r"^(?:sheet (.+?): )?(.*) \((\w+)\)$", line)
    return Warned(rule, problem, "", file, part)


def _keep(con: duckdb.DuckDBPyConnection, current: list[LoadRecord], records: list[LoadRecord]) -> Outcome:
    """The same delivery again; the names of its files may be new."""
    before = {record.sha256: record for record in current}
    messages = []
    for record in records:
        raw_tables.record_file_name(con, record)
        was = before[record.sha256]
        renamed = f"; it was {was.file_name} then" if was.file_name != record.file_name else ""
        messages.append(f"landing/{record.file_name} is unchanged since {was.loaded_at:%Y-%m-%d %H:%M} UTC{renamed}")
    n_rows = sum(record.n_rows or 0 for record in current)
    said = [_as_logged(line, record.file_name) for record in current for line in record.warnings.splitlines()]
    return Outcome(
        records[0].survey, records[0].wave, UNCHANGED, _names(records), n_rows, "; ".join(messages), warnings=said
    )


def _is_below(record: LoadRecord, folders: list[str]) -> bool:
    """Whether the file of a load lies, or lay, below one of the folders; '' is landing/ itself."""
    return any(not folder or record.file_name.startswith(folder + "/") for folder in folders)


def _remove(con: duckdb.DuckDBPyConnection, records: list[LoadRecord]) -> Outcome:
    survey, wave, n_rows = records[0].survey, records[0].wave, sum(record.n_rows or 0 for record in records)
    raw_tables.remove_wave(con, survey, wave)
    files = ", ".join(f"landing/{record.file_name}" for record in records)
    message = f"{survey} {wave} is no longer in landing: its {n_rows} rows ({files}) were removed"
    return Outcome(survey, wave, REMOVED, _names(records), 0, message)


def _names(records: list[LoadRecord]) -> str:
    return ", ".join(record.file_name for record in records)


def _in_words(rows: Rows, unit: str) -> str:
    """'354 rows', or how many of each table where there are several."""
    return ", ".join(f"{n} {unit}s{f' of {part}' if part else ''}" for part, n in rows.items())
