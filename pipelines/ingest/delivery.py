"""Read a delivery, the files of one wave, and judge it: columns, cells, keys, and what is odd about it.

Not here: whether it takes the place of an earlier one (load), or is only looked at (check).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from pipelines.common.settings import Settings
from pipelines.ingest import raw_shards, readers, shards
from pipelines.ingest.cells import CellChecks
from pipelines.ingest.codebook import RESPONDENT_ID, SHARDS, TEXT_TYPES, Survey, columns, fingerprint, needs, parts
from pipelines.ingest.corrections import (
    CORRECTIONS,
    Corrected,
    Correction,
    as_json,
    corrected_cells,
    corrections,
)
from pipelines.ingest.declared import Blanks
from pipelines.ingest.discovery import Place, format_of, relative_name, survey_of, unit_of
from pipelines.ingest.extract import Chunk, Extract, canonical_cells
from pipelines.ingest.files import Delivered, check_unchanged, look_at
from pipelines.ingest.findings import Findings
from pipelines.ingest.oddities import Oddity, oddities
from pipelines.ingest.pseudonyms import Pseudonyms, passing_pseudonyms, pseudonyms_for
from pipelines.ingest.raw_shards import Shard
from pipelines.ingest.raw_tables import LOADED, LoadRecord, Size, WaveLoad
from pipelines.ingest.validation import Columns, cell_checks, check_columns, check_keys, check_needs, is_hopeless

PROGRESS_ROWS = 500_000  # a line of progress each
Tell = Callable[[str], object]
Rows = dict[str, int | None]  # rows by table, None where they could not all be read
Before = dict[str | None, int]  # rows that a wave had by table; under None those of all tables, where no more is known


@dataclass
class Delivery:
    """The files of a wave as they were seen, and their rows in the log; once read, the rows of each file by table,
    and the cells of it that were corrected.

    `findings` are those of the place, which know whether the files hold respondents. Of shards, those that were
    `accepted` before are not judged again, by SHA-256; `n_retried` tasks had to be tried again.
    """

    settings: Settings
    place: Place
    findings: Findings
    seen: list[Delivered]
    records: list[LoadRecord]
    pseudonyms: Pseudonyms
    accepted: Mapping[str, Shard] = field(default_factory=dict)
    n_retried: int = 0
    counted: dict[str, Rows] = field(default_factory=dict)
    corrected: dict[str, list[Correction]] = field(default_factory=dict)

    @property
    def survey(self) -> Survey:
        """The survey whose wave it is."""
        return survey_of(self.place.key[0])

    def keep_key(self) -> None:
        """Use the key that is kept, where ids of respondents are to be stored: another key is another reading.

        Without one, that is a finding, and what else is wrong is looked for under a passing one.
        """
        if not self.findings.has_respondents or self.place.is_in_shards:  # of which no id is stored, in no form
            return
        kept = pseudonyms_for(self.settings, self.place.provenance.is_synthetic, self.findings)
        self.pseudonyms = kept or self.pseudonyms
        read_by = self.pseudonyms.fingerprint(fingerprint(*self.place.key))
        self.records = [replace(record, codebook_fingerprint=read_by) for record in self.records]

    def read_into(self, load: WaveLoad, before: Before, tell: Tell) -> None:
        """Put the rows of all files into `load`, and add what is wrong or odd to the findings.

        `before` is what the wave had, empty where it is new. What was found before, such as a missing key, keeps
        nothing from being found.
        """
        findings = self.findings.beside()
        if self.place.is_in_shards:
            self._judge_shards(load, findings, tell)
        else:
            self._load_files(load, findings, tell)
        if not findings and self.place.is_whole and all(self.counted.values()):
            self._check_all_tables(findings)
            self._check_number(before, findings)
        self.findings.take(findings)

    def _judge_shards(self, load: WaveLoad, findings: Findings, tell: Tell) -> None:
        """Judge the files where they lie, and put a row of each into `load`."""
        here = findings.at(file=self.place.folder)
        if corrections(*self.place.key):
            problem = f"{CORRECTIONS} has rows about this wave, and shards are read where they lie, as they are"
            remedy = "correct the cells in the files, and remove those rows"
            here.add("corrected_shards", problem, remedy)
        first: dict[str, str] = {}
        for record in self.records:
            if record.sha256 in first:
                problem = f"the file is the same, byte by byte, as {first[record.sha256]}"
                findings.at(file=record.file_name).add("repeated_table", problem, "keep one of them")
            first.setdefault(record.sha256, record.file_name)
        files = [
            shards.File(number, str(path), record.file_name, self.accepted.get(record.sha256))
            for number, (path, record) in enumerate(zip(self.place.files, self.records, strict=True))
            if record.size_bytes <= self.settings.max_extract_bytes
        ]
        judged, self.n_retried = shards.judge_wave(self.settings, self.place, files, here, tell)
        read = {file.number: one.shard for file, one in zip(files, judged, strict=True) if one.shard}
        for number, (path, record) in enumerate(zip(self.place.files, self.records, strict=True)):
            check_unchanged(path, self.seen[number], _of_file(findings, self.place, path))
            shard = read.get(number)
            self.counted[record.file_name] = {shard.part: shard.n_rows} if shard else {}
            if shard:
                self.records[number] = replace(
                    record, n_rows=Size(shard.n_rows), n_columns=shard.seen["n_columns"], encoding=SHARDS
                )
                raw_shards.put(load.con, [replace(shard, sha256=record.sha256)])

    def _load_files(self, load: WaveLoad, findings: Findings, tell: Tell) -> None:
        """Put the rows of all files into `load`."""
        for position, (file, seen) in enumerate(zip(self.place.files, self.seen, strict=True)):
            here = _of_file(findings, self.place, file)
            record = self.records[position]
            extracts = self._extracts(file, seen, here)
            held = {part for rows in self.counted.values() for part in rows}
            rows: Rows = {}
            for extract in extracts:
                if extract.part in held and not self.survey.is_fetched:  # of which each file is a piece
                    problem = "another file of the folder holds the same table"
                    here.add("repeated_table", problem, "keep one of them", value=file.name)
                    continue
                # Where a file holds several tables, a row number alone does not say where it is.
                table = _Table(self, load, record, extract, here.at(part=extract.part if len(extracts) > 1 else ""))
                rows[extract.part] = table.read(tell)
            check_unchanged(file, seen, here)
            self.counted[record.file_name] = rows
            if extracts:
                known = [n for n in rows.values() if n is not None]
                self.records[position] = replace(
                    record,
                    n_rows=Size(sum(known)) if len(known) == len(rows) else None,
                    n_columns=sum(len(extract.header) for extract in extracts),
                    encoding=extracts[0].encoding,
                    n_corrections=len(self.corrected.get(record.file_name, [])),
                    corrections=as_json(self.corrected.get(record.file_name, [])),
                )

    def _extracts(self, file: Path, seen: Delivered, findings: Findings) -> list[Extract]:
        """The tables of a file; none where it cannot, or may not, be read."""
        most = self.settings.max_extract_bytes
        if seen.size_bytes > most or format_of(file) not in self.survey.formats:
            return []
        uncorrected = findings.at(corrected=corrected_cells(*self.place.key))
        return readers.read(file, self.survey, self.place.key[1], uncorrected, most) or []

    def _check_all_tables(self, findings: Findings) -> None:
        """A table that no file holds would otherwise take the rows that raw has of it with it, in silence."""
        held = {part for rows in self.counted.values() for part in rows}
        files = list(self.counted)
        here = findings.at(file=files[0] if len(files) == 1 else self.place.folder)
        for part in parts(*self.place.key):
            if part not in held:
                names = ", ".join(column.name for column in columns(*self.place.key, part))
                problem = f"no file of the folder holds the table {part} (columns {names})"
                here.add("missing_table", problem, "put the file with it beside the others")

    def _check_number(self, before: Before, findings: Findings) -> None:
        """Warn of every table with fewer rows than it had: it may have been exported or copied in part."""
        units = f"{unit_of(self.place.files[0])}s"
        for part, n_before in before.items():
            n_rows = sum(n or 0 for rows in self.counted.values() for name, n in rows.items() if part in (None, name))
            if n_rows < n_before:
                table = f" of {part}" if part else ""
                problem = f"{n_rows} {units}{table} in place of {n_before} of the delivery before"
                findings.warn("fewer_rows", problem, "see whether the delivery is whole")


def look_at_delivery(settings: Settings, place: Place, loaded_at: datetime) -> Delivery | None:
    """The files of a place, hashed; None, with a finding, where one cannot be opened."""
    survey, wave = place.key
    all_columns = [column for part in parts(survey, wave) for column in columns(survey, wave, part)]
    findings = place.findings.at(has_respondents=any(column.data_type == RESPONDENT_ID for column in all_columns))
    looked = [look_at(file, _of_file(findings, place, file), settings.max_extract_bytes) for file in place.files]
    seen = [found for found in looked if found]
    if len(seen) < len(looked):
        return None
    read_by = fingerprint(survey, wave)
    records = [
        LoadRecord(
            survey=survey,
            wave=wave,
            file_name=relative_name(file, place.root),
            sha256=found.sha256,
            size_bytes=Size(found.size_bytes),
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
    return Delivery(settings, place, findings, seen, records, passing_pseudonyms())


def _of_file(findings: Findings, place: Place, file: Path) -> Findings:
    return findings.at(file=relative_name(file, place.root), unit=unit_of(file))


@dataclass(frozen=True)
class _Table:
    """A table of a file, on its way into raw."""

    delivery: Delivery
    load: WaveLoad
    record: LoadRecord
    extract: Extract
    findings: Findings

    @cached_property
    def known(self) -> Columns:
        """The columns that the codebook has of it, by name."""
        return {column.name: column for column in columns(*self.delivery.place.key, self.extract.part)}

    @property
    def has_respondents(self) -> bool:
        """Whether its rows are people's answers."""
        return any(column.is_respondent_id for column in self.known.values())

    def read(self, tell: Tell) -> int | None:
        """Put it into raw; the number of its rows, or None, with findings, where they could not all be read."""
        extract, known, findings = self.extract, self.known, self.findings
        where = f"{self.record.survey} {self.record.wave}"
        check_columns(extract, known, where, findings)
        check_needs(extract, known, needs(self.record.survey, extract.part), where, findings)
        if is_hopeless(extract, known):
            return None
        survey = readers.written_as(self.delivery.survey, self.record.reader)
        day = date(self.record.wave, 1, 1)
        checks = cell_checks(extract, known, survey, day, findings)
        watched = oddities(known.values(), set(extract.keys), day)
        corrected = Corrected(extract, corrections(*self.delivery.place.key), self.has_respondents)
        blanks = Blanks(known, extract)
        n_before, n_rows = findings.total, 0
        for chunk in extract.chunks:
            blanks.put_into(self._in_one_form(corrected.put_into(chunk)))
            self._put(chunk, checks, watched)
            n_rows += len(chunk.row_numbers)
            if n_rows // PROGRESS_ROWS > (n_rows - len(chunk.row_numbers)) // PROGRESS_ROWS:
                of_all = f" of {extract.n_rows:,}" if extract.n_rows else ""
                tell(f"landing/{self.record.file_name}: {n_rows:,}{of_all} {findings.unit}s read")
        if findings.total > n_before:
            return None
        corrected.report(findings)
        self.delivery.corrected.setdefault(self.record.file_name, []).extend(corrected.done)
        blanks.report(findings)
        checks.report()
        for oddity in watched:
            oddity.report(findings)
        check_keys(self.load, extract, known, findings)
        return n_rows

    def _put(self, chunk: Chunk, checks: CellChecks, watched: list[Oddity]) -> None:
        """Look at the next rows, and put them into raw, with pseudonyms in place of ids."""
        cells = dict(zip(self.extract.keys, chunk.columns, strict=True))
        for oddity in watched:
            oddity.look_at(chunk.row_numbers, cells)
        for position, key in enumerate(self.extract.keys):
            if key in self.known and self.known[key].is_respondent_id:
                chunk.columns[position] = self.delivery.pseudonyms.of_cells(chunk.columns[position])
        checks.look_at(chunk)
        self.load.append(self.extract.part, self.record.sha256, self._names, chunk)

    @cached_property
    def _names(self) -> list[str | None]:
        """The columns as raw has them, None for one that it has not."""
        # Of respondents, nothing is stored that nobody uses: it may be a telephone number.
        stored = {name for name, column in self.known.items() if not (self.has_respondents and column.is_ignored)}
        return [key if key in stored else None for key in self.extract.keys]

    def _in_one_form(self, chunk: Chunk) -> Chunk:
        """Text as people read it, since it is compared."""
        for position, key in enumerate(self.extract.keys):
            column = self.known.get(key)
            if column and not column.is_ignored and column.data_type in TEXT_TYPES:
                chunk.columns[position] = canonical_cells(chunk.columns[position])
        return chunk
