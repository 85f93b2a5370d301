"""Read a delivery, the files of one wave, and judge it: columns, cells, keys, and what is odd about it.

Not here: whether it takes the place of an earlier one (load), or is only looked at (check).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial

from pipelines.common.settings import Settings
from pipelines.ingest import readers
from pipelines.ingest.cells import CellChecks
from pipelines.ingest.codebook import FORMATS, RESPONDENT_ID, TEXT_TYPES, Survey, columns, fingerprint, needs, parts
from pipelines.ingest.declared import Blanks
from pipelines.ingest.discovery import Place, format_of, relative_name
from pipelines.ingest.extract import Chunk, Extract, canonical_cells
from pipelines.ingest.files import Delivered, check_unchanged, look_at
from pipelines.ingest.findings import Findings
from pipelines.ingest.oddities import Oddity, oddities
from pipelines.ingest.pseudonyms import Pseudonyms, passing_pseudonyms
from pipelines.ingest.raw_tables import LOADED, LoadRecord, WaveLoad
from pipelines.ingest.validation import Columns, cell_checks, check_columns, check_keys, check_needs, is_hopeless

PROGRESS_ROWS = 500_000  # a line of progress each
Tell = Callable[[str], object]
Rows = dict[str, int | None]  # rows by table, None where they could not all be read
Before = dict[str | None, int]  # rows that a wave had by table; under None those of all tables, where no more is known


@dataclass(frozen=True)
class Delivery:
    """The files of a wave as they were seen, and their rows in the log; once read, the rows of each file by table.

    `read_by` is the fingerprint of the seeds that say how the wave is read.
    """

    seen: list[Delivered]
    records: list[LoadRecord]
    pseudonyms: Pseudonyms
    read_by: str
    counted: dict[str, Rows] = field(default_factory=dict)

    def under(self, pseudonyms: Pseudonyms) -> "Delivery":
        """The same under a key that is kept: another key is another reading."""
        read_by = pseudonyms.fingerprint(self.read_by)
        records = [replace(record, codebook_fingerprint=read_by) for record in self.records]
        return replace(self, pseudonyms=pseudonyms, records=records)


def look_at_delivery(settings: Settings, place: Place, loaded_at: datetime) -> Delivery | None:
    """The files of a place, hashed; None, with a finding, where one cannot be opened."""
    survey, wave, findings = place.survey.survey, place.wave, place.findings
    all_columns = [column for part in parts(survey, wave) for column in columns(survey, wave, part)]
    findings.has_respondents = any(column.data_type == RESPONDENT_ID for column in all_columns)
    seen = []
    for file in place.files:
        findings.file = relative_name(file, place.root)
        seen.append(look_at(file, findings, settings.max_extract_bytes))
    if None in seen:
        return None
    read_by = fingerprint(survey, wave)
    records = [
        LoadRecord(
            survey=survey,
            wave=wave,
            file_name=relative_name(file, place.root),
            sha256=found.sha256,
            size_bytes=found.size_bytes,
            n_rows=None,
            n_columns=None,
            encoding=None,
            reader=format_of(file),
            loaded_at=loaded_at,
            status=LOADED,
            n_findings=0,
            provenance=place.provenance.json,
            is_synthetic=place.provenance.is_synthetic,
            codebook_fingerprint=read_by,
        )
        for file, found in zip(place.files, seen, strict=True)
    ]
    # Under a key that nobody keeps: a respondent that is there twice is found all the same.
    return Delivery(seen, records, passing_pseudonyms(), read_by)


def read_delivery(
    load: WaveLoad, settings: Settings, place: Place, delivery: Delivery, before: Before, tell: Tell
) -> Delivery:
    """Put the rows of all files into `load`, and add what is wrong or odd to the findings of the place.

    `before` is what the wave had, empty where it is new. What was found before, such as a missing key, keeps
    nothing from being found.
    """
    done, counted = [], {}
    told_before, findings = place.findings, place.findings.beside()
    for file, found, record in zip(place.files, delivery.seen, delivery.records, strict=True):
        findings.file = record.file_name
        may_be_read = found.size_bytes <= settings.max_extract_bytes and format_of(file) in FORMATS
        extracts = (
            readers.read(file, place.survey, place.wave, findings, settings.max_extract_bytes) if may_be_read else None
        )
        rows: Rows = {}
        for extract in extracts or []:
            if any(extract.part in earlier for earlier in counted.values()):
                problem = "another file of the folder holds the same table"
                findings.add("repeated_table", problem, "keep one of them", value=file.name)
                continue
            # Where a file holds several tables, a row number alone does not say where it is.
            findings.part = extract.part if len(extracts) > 1 else ""
            survey = readers.written_as(place.survey, file)
            told = partial(_tell_of, tell, record.file_name)
            rows[extract.part] = _read_table(load, record, extract, survey, delivery.pseudonyms, findings, told)
            findings.part = ""
        check_unchanged(file, found, findings)
        counted[record.file_name] = rows
        if extracts:
            shape = {"n_columns": sum(len(e.header) for e in extracts), "encoding": extracts[0].encoding}
            known = None if None in rows.values() else sum(rows.values())
            record = replace(record, n_rows=known, **shape)
        done.append(record)
    if not findings and place.is_whole and all(counted.values()):
        _check_all_tables(place, counted, findings)
        _check_number(counted, before, findings)
    told_before.take(findings)
    return replace(delivery, records=done, counted=counted)


def _check_all_tables(place: Place, counted: dict[str, Rows], findings: Findings) -> None:
    """A table that no file holds would otherwise take the rows that raw has of it with it, in silence."""
    held = {part for rows in counted.values() for part in rows}
    findings.file = findings.file if len(place.files) == 1 else place.folder
    for part in parts(place.survey.survey, place.wave):
        if part not in held:
            names = ", ".join(column.name for column in columns(place.survey.survey, place.wave, part))
            problem = f"no file of the folder holds the table {part} (columns {names})"
            findings.add("missing_table", problem, "put the file with it beside the others")


def _check_number(counted: dict[str, Rows], before: Before, findings: Findings) -> None:
    """Warn of every table with fewer rows than it had: it may have been exported or copied in part."""
    findings.file = ""
    for part, n_before in before.items():
        of_part = [rows.get(part, 0) if part is not None else sum(rows.values()) for rows in counted.values()]
        if sum(of_part) < n_before:
            table = f" of {part}" if part else ""
            problem = f"{sum(of_part)} {findings.unit}s{table} in place of {n_before} of the delivery before"
            findings.warn("fewer_rows", problem, "see whether the delivery is whole")


def _tell_of(tell: Tell, name: str, text: str) -> None:
    tell(f"landing/{name}: {text}")


def _read_table(
    load: WaveLoad,
    record: LoadRecord,
    extract: Extract,
    survey: Survey,
    pseudonyms: Pseudonyms,
    findings: Findings,
    tell: Tell,
) -> int | None:
    """Put a table into raw; the number of its rows, or None, with findings, where they could not all be read."""
    known = {column.name: column for column in columns(record.survey, record.wave, extract.part)}
    where = f"{record.survey} {record.wave}"
    check_columns(extract, known, where, findings)
    check_needs(extract, known, needs(record.survey, extract.part), where, findings)
    if is_hopeless(extract, known):
        return None
    checks = cell_checks(extract, known, survey, record.wave, findings.most)
    watched = oddities(known.values(), set(extract.keys), date(record.wave, 1, 1))
    blanks = Blanks(known, extract)
    n_rows = _read_rows(load, record.sha256, extract, known, pseudonyms, checks, watched, blanks, findings, tell)
    if n_rows is not None:
        blanks.report(findings)
        checks.report(findings)
        for oddity in watched:
            oddity.report(findings)
        check_keys(load, extract, known, findings)
    return n_rows


def _read_rows(
    load: WaveLoad,
    sha256: str,
    extract: Extract,
    known: Columns,
    pseudonyms: Pseudonyms,
    checks: CellChecks,
    watched: list[Oddity],
    blanks: Blanks,
    findings: Findings,
    tell: Tell,
) -> int | None:
    """Put the rows into raw as they come, and look at each."""
    keys = extract.keys
    # Of respondents, nothing is stored that nobody uses: it may be a telephone number.
    has_respondents = any(column.is_respondent_id for column in known.values())
    leave_out = {name for name, column in known.items() if has_respondents and column.is_ignored}
    names = [key if key in known and key not in leave_out else None for key in keys]
    personal = [position for position, key in enumerate(keys) if key in known and known[key].is_respondent_id]
    n_before, n_rows = findings.total, 0
    for chunk in extract.chunks:
        _in_one_form(chunk, keys, known)
        blanks.put_into(chunk)
        cells = dict(zip(keys, chunk.columns, strict=True))
        for oddity in watched:
            oddity.look_at(chunk.row_numbers, cells)
        for position in personal:
            chunk.columns[position] = pseudonyms.of_cells(chunk.columns[position])
        checks.look_at(chunk)
        load.append(extract.part, sha256, names, chunk)
        n_rows += len(chunk.row_numbers)
        if n_rows // PROGRESS_ROWS > (n_rows - len(chunk.row_numbers)) // PROGRESS_ROWS:
            of_all = f" of {extract.n_rows:,}" if extract.n_rows else ""
            tell(f"{n_rows:,}{of_all} {extract.unit}s read")
    return n_rows if findings.total == n_before else None


def _in_one_form(chunk: Chunk, keys: list[str], known: Columns) -> None:
    """Text as people read it, since it is compared."""
    for position, key in enumerate(keys):
        if key in known and not known[key].is_ignored and known[key].data_type in TEXT_TYPES:
            chunk.columns[position] = canonical_cells(chunk.columns[position])
