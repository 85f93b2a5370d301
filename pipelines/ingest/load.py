"""Load what is new or changed in landing/ into raw: each file whole or not at all.

Not here: how files are found, read, judged and reported; the other modules of this package do that.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.ingest import quarantine, raw_tables, readers
from pipelines.ingest.cells import CellChecks
from pipelines.ingest.codebook import Survey, columns, fingerprint
from pipelines.ingest.discovery import Place, discover, relative_name
from pipelines.ingest.extract import Extract, column_key
from pipelines.ingest.files import Delivered, check_unchanged, look_at
from pipelines.ingest.findings import Finding, Findings
from pipelines.ingest.provenance import NO_PROVENANCE
from pipelines.ingest.pseudonyms import Pseudonyms, pseudonyms_for
from pipelines.ingest.raw_tables import LOADED, QUARANTINED, REMOVED, LoadRecord, WaveLoad
from pipelines.ingest.validation import Columns, cell_checks, check_columns, check_keys
from pipelines.settings import Settings

UNCHANGED = "unchanged"
PROGRESS_ROWS = 500_000  # a line of progress each
Tell = Callable[[str], object]


@dataclass(frozen=True)
class Outcome:
    """What became of one place of landing/. `status`: loaded, unchanged, quarantined or removed.

    `survey` and `wave` are None where the folder names none; `file` is relative to landing/. `n_rows` is what
    raw now holds of the wave. `findings` are the first 1,000 of `n_findings`.
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


@dataclass(frozen=True)
class IngestResult:
    """The outcomes of one run, in the order of the paths; removed waves last."""

    outcomes: list[Outcome]

    @property
    def refused(self) -> list[Outcome]:
        """What was refused; the run has failed for these, also when the same was refused before."""
        return [outcome for outcome in self.outcomes if outcome.status == QUARANTINED]


def ingest(
    con: duckdb.DuckDBPyConnection, settings: Settings, now: datetime, tell: Tell = lambda _: None
) -> IngestResult:
    """Bring schema raw in line with landing/, and write or remove the quarantine reports.

    `now` (with time zone; without one it is UTC) becomes `loaded_at` of what is loaded. `tell` gets a line of
    progress now and then while a large file is read. Bad data never raises, it is in the result. Raises
    FileNotFoundError when landing/ does not exist, SeedError when the seeds contradict themselves.
    """
    loaded_at = now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now
    raw_tables.ensure_tables(con)
    in_use = raw_tables.loads_in_use(con)
    places = discover(settings.landing)
    outcomes = [_ingest_place(con, settings, place, in_use, loaded_at, tell) for place in places]
    delivered = {(place.survey.survey, place.wave) for place in places if place.survey}
    unknown = [place.folder for place in places if place.is_unreadable]
    gone = [record for key, record in in_use.items() if key not in delivered and not _is_below(record, unknown)]
    outcomes += [_remove(con, record) for record in gone]
    quarantine.clear_reports(settings.quarantine, {o.report for o in outcomes if o.report})
    return IngestResult(outcomes)


def _ingest_place(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    place: Place,
    in_use: dict[tuple[str, int], LoadRecord],
    loaded_at: datetime,
    tell: Tell,
) -> Outcome:
    current = in_use.get((place.survey.survey, place.wave)) if place.survey and place.wave else None
    if not (place.survey and place.wave and place.file):
        return _refuse(settings, place, current)
    survey, wave, findings = place.survey, place.wave, place.findings
    name = relative_name(place.file, settings.landing)
    delivered = look_at(place.file, findings, settings.max_extract_bytes)
    if delivered is None:
        return _refuse(settings, place, current)
    findings.has_respondents = any(column.is_respondent_id for column in columns(survey.survey, wave))
    pseudonyms = None
    if findings.has_respondents:
        pseudonyms = pseudonyms_for(settings, place.provenance.is_synthetic, findings)
    read_by = fingerprint(survey.survey, wave)
    record = LoadRecord(
        survey=survey.survey,
        wave=wave,
        file_name=name,
        sha256=delivered.sha256,
        size_bytes=delivered.size_bytes,
        n_rows=None,
        n_columns=None,
        encoding=None,
        reader=survey.file_format,
        loaded_at=loaded_at,
        status=LOADED,
        n_findings=0,
        provenance=place.provenance.json,
        is_synthetic=place.provenance.is_synthetic,
        codebook_fingerprint=pseudonyms.fingerprint(read_by) if pseudonyms else read_by,
    )
    if current and not findings and current.is_same_input(record):
        raw_tables.record_file_name(con, record)
        renamed = f"; it was {current.file_name} then" if current.file_name != name else ""
        message = f"landing/{name} is unchanged since {current.loaded_at:%Y-%m-%d %H:%M} UTC{renamed}"
        return Outcome(survey.survey, wave, UNCHANGED, name, current.n_rows or 0, message)
    if not findings:
        tell_of_file = lambda text: tell(f"landing/{name}: {text}")  # noqa: E731
        record = _load_file(con, place.file, delivered, record, survey, pseudonyms, findings, tell_of_file)
    if findings:
        raw_tables.record_refusal(con, replace(record, n_findings=findings.total))
        return _refuse(settings, place, current)
    message = f"landing/{name}: {record.n_rows} {findings.unit}s loaded ({record.encoding})"
    if place.provenance == NO_PROVENANCE:
        message += "; no SOURCE.yml beside it, so it counts as real data"
    return Outcome(survey.survey, wave, LOADED, name, record.n_rows or 0, message)


def _load_file(
    con: duckdb.DuckDBPyConnection,
    file: Path,
    delivered: Delivered,
    record: LoadRecord,
    survey: Survey,
    pseudonyms: Pseudonyms | None,
    findings: Findings,
    tell: Tell,
) -> LoadRecord:
    """Load `file` in place of what raw holds of its wave, or add findings; the record with what is known then."""
    extract = readers.read(file, survey, findings)
    if extract is None:
        return record
    known = {column.name: column for column in columns(record.survey, record.wave)}
    check_columns(extract, known, f"{record.survey} {record.wave}", findings)
    checks = cell_checks(extract, known, survey, record.wave)
    with raw_tables.replacing_wave(con, record) as load:
        n_rows = _read_rows(load, extract, known, pseudonyms, checks, findings, tell)
        if n_rows is not None:
            checks.report(findings)
            check_keys(load, extract, known, findings)
        check_unchanged(file, delivered, findings)
        shape = {"n_rows": n_rows, "n_columns": len(extract.header), "encoding": extract.encoding}
        record = replace(record, **shape)
        if not findings:
            load.finish(record)
    return record


def _read_rows(
    load: WaveLoad,
    extract: Extract,
    known: Columns,
    pseudonyms: Pseudonyms | None,
    checks: CellChecks,
    findings: Findings,
    tell: Tell,
) -> int | None:
    """Put the rows of the file into raw; their number, or None, with findings, where they could not all be read."""
    keys = [column_key(name) for name in extract.header]
    # Of respondents, nothing is stored that nobody uses: it may be a telephone number.
    leave_out = {name for name, column in known.items() if findings.has_respondents and column.is_ignored}
    names = [key if key in known and key not in leave_out else None for key in keys]
    personal = [position for position, key in enumerate(keys) if key in known and known[key].is_respondent_id]
    n_before, n_rows = findings.total, 0
    for chunk in extract.chunks:
        for position in personal:
            chunk.columns[position] = pseudonyms.of_cells(chunk.columns[position])
        checks.look_at(chunk)
        load.append(names, chunk)
        n_rows += len(chunk.row_numbers)
        if n_rows // PROGRESS_ROWS > (n_rows - len(chunk.row_numbers)) // PROGRESS_ROWS:
            of_all = f" of {extract.n_rows:,}" if extract.n_rows else ""
            tell(f"{n_rows:,}{of_all} {extract.unit}s read")
    return n_rows if findings.total == n_before else None


def _refuse(settings: Settings, place: Place, current: LoadRecord | None) -> Outcome:
    """Report what is wrong; raw keeps what it has of the wave."""
    file = relative_name(place.file, settings.landing) if place.file else place.folder
    report = quarantine.write_report(settings.quarantine, place.folder, file, place.findings)
    previous = (current.sha256, current.loaded_at) if current else None
    is_wave = place.wave is not None
    return Outcome(
        survey=place.survey.survey if place.survey else None,
        wave=place.wave,
        status=QUARANTINED,
        file=file,
        n_rows=(current.n_rows or 0) if current else 0,
        message=quarantine.describe(file, place.findings, report, previous, is_wave),
        findings=place.findings.kept,
        n_findings=place.findings.total,
        report=report,
    )


def _is_below(record: LoadRecord, folders: list[str]) -> bool:
    """Whether the file of a load lies, or lay, below one of the folders; '' is landing/ itself."""
    return any(not folder or record.file_name.startswith(folder + "/") for folder in folders)


def _remove(con: duckdb.DuckDBPyConnection, record: LoadRecord) -> Outcome:
    raw_tables.remove_wave(con, record.survey, record.wave)
    message = (
        f"{record.survey} {record.wave} is no longer in landing: "
        f"its {record.n_rows} rows (landing/{record.file_name}) were removed"
    )
    return Outcome(record.survey, record.wave, REMOVED, record.file_name, 0, message)
