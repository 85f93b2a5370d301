"""Load what is new or changed in landing/ into raw: each file whole or not at all.

Not here: how files are found, read, judged and reported; the other modules of this package do that.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.ingest import quarantine, raw_tables, readers
from pipelines.ingest.codebook import Survey, fingerprint
from pipelines.ingest.discovery import Place, discover, relative_name
from pipelines.ingest.files import open_file
from pipelines.ingest.findings import Finding, Findings
from pipelines.ingest.provenance import NO_PROVENANCE
from pipelines.ingest.raw_tables import LOADED, QUARANTINED, REMOVED, LoadRecord
from pipelines.ingest.table import Table
from pipelines.ingest.validation import validate
from pipelines.settings import Settings

UNCHANGED = "unchanged"


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


def ingest(con: duckdb.DuckDBPyConnection, settings: Settings, now: datetime) -> IngestResult:
    """Bring schema raw in line with landing/, and write or remove the quarantine reports.

    `now` (with time zone; without one it is UTC) becomes `loaded_at` of what is loaded. Bad data never
    raises, it is in the result. Raises FileNotFoundError when landing/ does not exist, SeedError
    when the seeds contradict themselves.
    """
    loaded_at = now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now
    raw_tables.ensure_tables(con)
    in_use = raw_tables.loads_in_use(con)
    places = discover(settings.landing)
    outcomes = [_ingest_place(con, settings, place, in_use, loaded_at) for place in places]
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
) -> Outcome:
    current = in_use.get((place.survey.survey, place.wave)) if place.survey and place.wave else None
    if not (place.survey and place.wave and place.file):
        return _refuse(settings, place, current)
    survey, wave, findings = place.survey, place.wave, place.findings
    name = relative_name(place.file, settings.landing)
    delivered = open_file(place.file, findings, settings.max_extract_bytes)
    if delivered is None:
        return _refuse(settings, place, current)
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
        codebook_fingerprint=fingerprint(survey.survey, wave),
    )
    if current and not findings and current.is_same_input(record):
        raw_tables.record_file_name(con, record)
        renamed = f"; it was {current.file_name} then" if current.file_name != name else ""
        message = f"landing/{name} is unchanged since {current.loaded_at:%Y-%m-%d %H:%M} UTC{renamed}"
        return Outcome(survey.survey, wave, UNCHANGED, name, current.n_rows or 0, message)
    table = _checked_table(delivered.content, survey, wave, findings)
    if table:
        shape = {"n_rows": len(table.rows), "n_columns": len(table.header), "encoding": table.encoding}
        record = replace(record, **shape)
    if findings or not table:
        raw_tables.record_refusal(con, replace(record, n_findings=findings.total))
        return _refuse(settings, place, current)
    raw_tables.replace_wave(con, record, table)
    message = f"landing/{name}: {len(table.rows)} rows loaded ({table.encoding})"
    if place.provenance == NO_PROVENANCE:
        message += "; no SOURCE.yml beside it, so it counts as real data"
    return Outcome(survey.survey, wave, LOADED, name, len(table.rows), message)


def _checked_table(content: bytes | None, survey: Survey, wave: int, findings: Findings) -> Table | None:
    """The table of the file, if it can be read; everything that is wrong with it is added to `findings`."""
    if content is None or findings:
        return None
    table = readers.read(content, survey, findings)
    if table:
        findings.extend(validate(table, survey, wave))
    return table


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
