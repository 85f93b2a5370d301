"""Load what is new or changed in landing/ into raw: each delivery whole or not at all.

Not here: how files are found, read, judged and reported; the other modules of this package do that.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb

from pipelines.ingest import quarantine, raw_tables, readers
from pipelines.ingest.cells import CellChecks
from pipelines.ingest.codebook import RESPONDENT_ID, Survey, columns, fingerprint, parts
from pipelines.ingest.discovery import Place, discover, relative_name
from pipelines.ingest.extract import Extract, column_key
from pipelines.ingest.files import Delivered, check_unchanged, look_at
from pipelines.ingest.findings import Finding, Findings
from pipelines.ingest.provenance import NO_PROVENANCE
from pipelines.ingest.pseudonyms import Pseudonyms, passing_pseudonyms, pseudonyms_for
from pipelines.ingest.raw_tables import LOADED, QUARANTINED, REMOVED, LoadRecord, WaveLoad
from pipelines.ingest.validation import Columns, cell_checks, check_columns, check_keys
from pipelines.settings import Settings

UNCHANGED = "unchanged"
PROGRESS_ROWS = 500_000  # a line of progress each
Tell = Callable[[str], object]
Rows = dict[str, int | None]  # rows by table, None where they could not all be read


@dataclass(frozen=True)
class Outcome:
    """What became of one place of landing/. `status`: loaded, unchanged, quarantined or removed.

    `survey` and `wave` are None where the folder names none; `file` is relative to landing/, several are joined by
    ', '. `n_rows` is what raw now holds of the wave. `findings` are the first 1,000 of `n_findings`.
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
    gone = [
        records
        for key, records in in_use.items()
        if key not in delivered and not any(_is_below(record, unknown) for record in records)
    ]
    outcomes += [_remove(con, records) for records in gone]
    quarantine.clear_reports(settings.quarantine, {o.report for o in outcomes if o.report})
    return IngestResult(outcomes)


def _ingest_place(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    place: Place,
    in_use: dict[tuple[str, int], list[LoadRecord]],
    loaded_at: datetime,
    tell: Tell,
) -> Outcome:
    current = in_use.get((place.survey.survey, place.wave), []) if place.survey and place.wave else []
    if not (place.survey and place.wave and place.files):
        return _refuse(settings, place, current)
    survey, wave, findings = place.survey, place.wave, place.findings
    all_columns = [column for part in parts(survey.survey, wave) for column in columns(survey.survey, wave, part)]
    findings.has_respondents = any(column.data_type == RESPONDENT_ID for column in all_columns)
    delivered = []
    for file in place.files:
        findings.file = relative_name(file, settings.landing)
        delivered.append(look_at(file, findings, settings.max_extract_bytes))
    if None in delivered:
        return _refuse(settings, place, current)
    pseudonyms, read_by = None, fingerprint(survey.survey, wave)
    if findings.has_respondents:
        pseudonyms = pseudonyms_for(settings, place.provenance.is_synthetic, findings)
        read_by = pseudonyms.fingerprint(read_by) if pseudonyms else read_by
    elif any(column.is_respondent_id for column in all_columns):
        pseudonyms = passing_pseudonyms()
    records = [
        LoadRecord(
            survey=survey.survey,
            wave=wave,
            file_name=relative_name(file, settings.landing),
            sha256=found.sha256,
            size_bytes=found.size_bytes,
            n_rows=None,
            n_columns=None,
            encoding=None,
            reader=survey.file_format,
            loaded_at=loaded_at,
            status=LOADED,
            n_findings=0,
            provenance=place.provenance.json,
            is_synthetic=place.provenance.is_synthetic,
            codebook_fingerprint=read_by,
        )
        for file, found in zip(place.files, delivered, strict=True)
    ]
    if current and not findings and {r.made_of for r in current} == {r.made_of for r in records}:
        return _keep(con, current, records)
    if not findings:
        records, counted = _load(con, settings, place, delivered, records, pseudonyms, tell)
    if findings:
        for record in records:
            n_findings = findings.of_file[record.file_name] if len(records) > 1 else findings.total
            raw_tables.record_refusal(con, replace(record, n_findings=n_findings))
        return _refuse(settings, place, current)
    message = "; ".join(
        f"landing/{record.file_name}: {_in_words(counted[record.file_name], findings.unit)} loaded ({record.encoding})"
        for record in records
    )
    if place.provenance == NO_PROVENANCE:
        message += "; no SOURCE.yml beside it, so it counts as real data"
    return Outcome(survey.survey, wave, LOADED, _names(records), sum(r.n_rows or 0 for r in records), message)


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
    return Outcome(records[0].survey, records[0].wave, UNCHANGED, _names(records), n_rows, "; ".join(messages))


def _load(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    place: Place,
    delivered: list[Delivered],
    records: list[LoadRecord],
    pseudonyms: Pseudonyms | None,
    tell: Tell,
) -> tuple[list[LoadRecord], dict[str, Rows]]:
    """Load the files in place of what raw holds of their wave, or add findings.

    The records with what is known then, and the rows of each file by table.
    """
    findings, done, counted = place.findings, [], {}
    with raw_tables.replacing_wave(con, place.survey.survey, place.wave) as load:
        for file, found, record in zip(place.files, delivered, records, strict=True):
            findings.file = record.file_name
            extracts = readers.read(file, place.survey, place.wave, findings, settings.max_extract_bytes)
            rows: Rows = {}
            for extract in extracts or []:
                if any(extract.part in earlier for earlier in counted.values()):
                    problem = "another file of the folder holds the same table"
                    findings.add("repeated_table", problem, "keep one of them", value=file.name)
                    continue
                # Where a file holds several tables, a row number alone does not say where it is.
                findings.part = extract.part if len(extracts) > 1 else ""
                rows[extract.part] = _load_table(
                    load, record, extract, place.survey, pseudonyms, findings, partial(_tell_of, tell, record.file_name)
                )
                findings.part = ""
            check_unchanged(file, found, findings)
            counted[record.file_name] = rows
            if extracts:
                shape = {"n_columns": sum(len(e.header) for e in extracts), "encoding": extracts[0].encoding}
                known = None if None in rows.values() else sum(rows.values())
                record = replace(record, n_rows=known, **shape)
            done.append(record)
        if not findings:
            _check_all_tables(place, counted, findings)
        if not findings:
            load.finish(done)
    return done, counted


def _check_all_tables(place: Place, counted: dict[str, Rows], findings: Findings) -> None:
    """A table that no file holds would otherwise take the rows that raw has of it with it, in silence."""
    held = {part for rows in counted.values() for part in rows}
    findings.file = findings.file if len(place.files) == 1 else place.folder
    for part in parts(place.survey.survey, place.wave):
        if part not in held:
            names = ", ".join(column.name for column in columns(place.survey.survey, place.wave, part))
            problem = f"no file of the folder holds the table {part} (columns {names})"
            findings.add("missing_table", problem, "put the file with it beside the others")


def _tell_of(tell: Tell, name: str, text: str) -> None:
    tell(f"landing/{name}: {text}")


def _load_table(
    load: WaveLoad,
    record: LoadRecord,
    extract: Extract,
    survey: Survey,
    pseudonyms: Pseudonyms | None,
    findings: Findings,
    tell: Tell,
) -> int | None:
    """Put a table into raw; the number of its rows, or None, with findings, where they could not all be read."""
    known = {column.name: column for column in columns(record.survey, record.wave, extract.part)}
    check_columns(extract, known, f"{record.survey} {record.wave}", findings)
    checks = cell_checks(extract, known, survey, record.wave)
    n_rows = _read_rows(load, record.sha256, extract, known, pseudonyms, checks, findings, tell)
    if n_rows is not None:
        checks.report(findings)
        check_keys(load, extract, known, findings)
    return n_rows


def _read_rows(
    load: WaveLoad,
    sha256: str,
    extract: Extract,
    known: Columns,
    pseudonyms: Pseudonyms | None,
    checks: CellChecks,
    findings: Findings,
    tell: Tell,
) -> int | None:
    """Put the rows into raw as they come, and look at each."""
    keys = [column_key(name) for name in extract.header]
    # Of respondents, nothing is stored that nobody uses: it may be a telephone number.
    has_respondents = any(column.is_respondent_id for column in known.values())
    leave_out = {name for name, column in known.items() if has_respondents and column.is_ignored}
    names = [key if key in known and key not in leave_out else None for key in keys]
    personal = [position for position, key in enumerate(keys) if key in known and known[key].is_respondent_id]
    n_before, n_rows = findings.total, 0
    for chunk in extract.chunks:
        for position in personal:
            chunk.columns[position] = pseudonyms.of_cells(chunk.columns[position])
        checks.look_at(chunk)
        load.append(extract.part, sha256, names, chunk)
        n_rows += len(chunk.row_numbers)
        if n_rows // PROGRESS_ROWS > (n_rows - len(chunk.row_numbers)) // PROGRESS_ROWS:
            of_all = f" of {extract.n_rows:,}" if extract.n_rows else ""
            tell(f"{n_rows:,}{of_all} {extract.unit}s read")
    return n_rows if findings.total == n_before else None


def _refuse(settings: Settings, place: Place, current: list[LoadRecord]) -> Outcome:
    """Report what is wrong; raw keeps what it has of the wave."""
    file = relative_name(place.files[0], settings.landing) if len(place.files) == 1 else place.folder
    report = quarantine.write_report(settings.quarantine, place.folder, file, place.findings)
    previous = (current[0].sha256, current[0].loaded_at) if current else None
    is_wave = place.wave is not None
    return Outcome(
        survey=place.survey.survey if place.survey else None,
        wave=place.wave,
        status=QUARANTINED,
        file=file,
        n_rows=sum(record.n_rows or 0 for record in current),
        message=quarantine.describe(file, place.findings, report, previous, is_wave),
        findings=place.findings.kept,
        n_findings=place.findings.total,
        report=report,
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
