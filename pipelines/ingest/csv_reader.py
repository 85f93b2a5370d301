"""Read a CSV file, with the survey's delimiter or the one that it plainly has; what was cut off or split is refused.

Not here: encodings (encoding) and what the columns may hold (validation).
"""

import csv
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import pyarrow as pa

from pipelines.ingest.codebook import Survey, columns, known_names, parts
from pipelines.ingest.encoding import UTF8_BOM, find_encoding
from pipelines.ingest.extract import Chunk, Extract, check_duplicates
from pipelines.ingest.findings import Findings
from pipelines.ingest.header import LOOKED_THROUGH, add_header_row, seems_header, table_of
from pipelines.ingest.signatures import UNPACK, UTF_16, what_is
from pipelines.ingest.text import column_key

DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "vertical bar"}
SEP_LINE = re.compile(r'\s*"?sep=(.)"?\s*', re.IGNORECASE)  # what Excel writes, and obeys
CUT_OFF = "export the file again: it is cut off, or a quotation mark is missing"
QUOTE_TEXT = "export the file again, with quotation marks around text that holds the delimiter"
BEGINNING = 30  # characters shown of a record that cannot be read
LOOKED_AT = 100_000  # characters of a line where the header is looked for
CELLS_PER_CHUNK = 1_000_000

Record = tuple[int, list[str]]  # the line it starts on, its cells


@dataclass(frozen=True)
class _Layout:
    """How the text is to be split: past `n_marks` byte order marks and `n_above` lines, by `delimiter`."""

    path: Path
    encoding: str
    n_marks: int
    n_above: int = 0
    delimiter: str = ""

    def open(self) -> TextIO:
        """The text from its first letter on."""
        text = self.path.open(encoding=self.encoding.removesuffix("-sig"), newline="")
        text.seek(self.n_marks * len(UTF8_BOM))
        return text


def read_csv(path: Path, survey: Survey, wave: int, findings: Findings, _max_bytes: int) -> list[Extract] | None:
    """The table of the file at `path`; None, with findings, when its columns cannot be told."""
    with path.open("rb") as file:
        beginning = file.read(4096)
    found = what_is(beginning, path)
    if found and found != UTF_16:
        remedy = UNPACK if found.startswith("a zip archive") else "export it as CSV, or give it its own ending"
        findings.add("file_type", f"the file is {found}, whatever its name", remedy, value=path.name)
        return None
    encoding = find_encoding(path, findings)
    if encoding is None:
        return None
    layout = _separated(_Layout(path, encoding, _n_marks(beginning, findings)), survey, wave, findings)
    if layout is None:
        return None
    records = _records(layout, findings)
    line, header = next(records, (0, []))
    named = _named(header)
    if not named and not findings:
        problem = "there is no header: the file holds nothing but blanks and delimiters"
        findings.at(row=line or None).add("no_header", problem, "export the file again, with the names of its columns")
    check_duplicates(header, line, findings)
    if findings:
        return None
    part = table_of(header, survey.survey, wave)
    chunks = _chunks(layout, (line, header), records, findings)
    return [Extract([header[place] for place in named], encoding, chunks, header_row=line, part=part)]


def _n_marks(beginning: bytes, findings: Findings) -> int:
    """How many byte order marks the file begins with; more than one are warned of."""
    (marks,) = re.findall(b"^(?:" + UTF8_BOM + b")*", beginning)
    n_marks = len(marks) // len(UTF8_BOM)
    if n_marks > 1:
        problem = f"the file begins with {n_marks} byte order marks (U+FEFF); it is read without"
        findings.warn("invisible_sign", problem, "take the second one out of the export")
    return n_marks


def _separated(layout: _Layout, survey: Survey, wave: int, findings: Findings) -> _Layout | None:
    """Where the header stands and what separates its names; None, with a finding, where that cannot be told."""
    with layout.open() as text:
        lines = [(n, line[:LOOKED_AT]) for n, line in enumerate(itertools.islice(text, LOOKED_THROUGH + 1), start=1)]
    with layout.open() as text:
        is_empty = not any(line.strip() for line in text)
    if is_empty:
        findings.add("empty_file", "the file is empty", "export the file again")
        return None
    filled = [(number, line) for number, line in lines if _is_filled(line)]
    said = SEP_LINE.fullmatch(filled[0][1]) if filled else None
    if said and said[1] in DELIMITERS:
        layout = replace(layout, n_above=filled[0][0], delimiter=said[1])
        filled = filled[1:]
    if not filled:  # so far down, nobody can tell
        return replace(layout, delimiter=survey.delimiter or next(iter(DELIMITERS)))
    return _as_split(layout, filled, survey, wave, findings)


def _as_split(
    layout: _Layout, lines: list[tuple[int, str]], survey: Survey, wave: int, findings: Findings
) -> _Layout | None:
    """The layout with its delimiter: the expected one, unless another splits the header into the codebook's columns."""
    (number, first), *_ = lines
    expected = layout.delimiter or survey.delimiter or max(DELIMITERS, key=first.count)
    tables = [known_names(survey.survey, wave, part) for part in parts(survey.survey, wave)]
    known = set().union(*tables)
    split = {delimiter: _names(first, delimiter) for delimiter in [expected, *DELIMITERS]}
    if not _are_known(split[expected], known):
        for delimiter, names in split.items():
            if _are_whole(names, survey.survey, wave):
                if survey.delimiter and delimiter != survey.delimiter:
                    problem = (
                        f"the columns are separated by {DELIMITERS[delimiter]}, expected is {DELIMITERS[expected]}"
                    )
                    remedy = f"nothing has to be done; '{expected}' between the columns is what was agreed on"
                    findings.warn("delimiter", f"{problem}; the file is read so", remedy)
                return replace(layout, delimiter=delimiter)
        for delimiter in split:
            rows = ((n, _names(line, delimiter)) for n, line in lines)
            if found := seems_header(rows, known):
                add_header_row(number, found, findings)
                return None
        likely = max(DELIMITERS, key=first.count)
        if likely != expected and len(split[likely]) > len(split[expected]) <= 1:
            findings.at(row=number).add(
                "delimiter",
                f"the columns are separated by {DELIMITERS[likely]}, expected is {DELIMITERS[expected]}",
                f"export the file again with '{expected}' between the columns",
                value=likely,
            )
            return None
    return replace(layout, delimiter=expected)


def _names(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a name without end: not split so
        return []


def _are_known(names: list[str], known: set[str]) -> bool:
    return len({column_key(name) for name in names} & known) > 1


def _are_whole(names: list[str], survey: str, wave: int) -> bool:
    """Whether the names are the codebook's columns of a table, in full."""
    keys = {column_key(name) for name in names} - {""}
    for part in parts(survey, wave):
        own = known_names(survey, wave, part)
        required = {column.name for column in columns(survey, wave, part) if column.is_required}
        if keys <= own.keys() and required <= {own[key] for key in keys}:
            return True
    return False


def _is_filled(text: str) -> bool:
    return bool(text.strip(' \t\r\n;,|"\xa0\ufeff'))


def _records(layout: _Layout, findings: Findings) -> Iterator[Record]:
    """Every record that holds something; reading ends where the file does not make sense any more."""
    start = layout.n_above + 1
    with layout.open() as text:
        lines = itertools.islice(text, layout.n_above, None)
        reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield start, cells
                start = layout.n_above + reader.line_num + 1
            return
        except csv.Error as error:
            problem = f"the record that starts on this line cannot be read to its end ({error})"
    with layout.open() as text:
        beginning = next(itertools.islice(text, start - 1, None), "")[:BEGINNING].strip()
    findings.at(row=start).add("truncated", problem, CUT_OFF, value=findings.passage(beginning))


def _named(header: list[str]) -> list[int]:
    """The places of the columns that have a name."""
    return [place for place, name in enumerate(header) if column_key(name)]


def _chunks(layout: _Layout, first: Record, records: Iterator[Record], findings: Findings) -> Iterator[Chunk]:
    """The records by columns. After one of a wrong length the others are looked through for more of the kind.

    Columns without a name are left out where they hold nothing, as spreadsheets leave them behind.
    """
    (header_row, header), named = first, _named(first[1])
    n_before, n_rows, last = findings.total, 0, None
    nameless = {place: _Nameless(place) for place in range(len(header)) if place not in set(named)}
    records, later = itertools.tee(records)
    in_pairs = itertools.zip_longest(records, itertools.islice(later, 1, None))  # to know which record is the last
    while batch := list(itertools.islice(in_pairs, max(1, CELLS_PER_CHUNK // len(header)))):
        for (row, cells), following in batch:
            if len(cells) != len(header) and not named[-1] < len(cells) < len(header):
                _add_length(header, (row, cells), following is None, findings)
            for column in nameless.values():
                column.look_at(row, cells, n_rows)
            n_rows += 1
        if findings.total == n_before:
            numbers, rows = zip(*(record for record, _ in batch), strict=True)
            by_column = [pa.array([cells[place] for cells in rows], pa.string()) for place in named]
            last = rows[-1][named[-1]]
            yield Chunk(pa.array(numbers, pa.int32()), by_column)
    for column in nameless.values():
        column.report(header_row, findings)
    if not n_rows and findings.total == n_before:
        findings.add("no_rows", "the file has a header and no rows", "export the file again, with its rows")
    elif last is not None and not last.strip() and not _has_line_end(layout.path):
        problem = "the last line has no end, and its last cell is blank: the file may have been cut off there"
        findings.warn("no_line_end", problem, "compare its size with that of the original, or export the file again")


@dataclass
class _Nameless:
    """A column without a name: what a spreadsheet leaves behind, or the row numbers that R and pandas write."""

    place: int
    first_filled: int = 0  # the row
    is_count: bool = True
    counts_from: int | None = None

    def look_at(self, row: int, cells: list[str], n_before: int) -> None:
        cell = cells[self.place].strip() if self.place < len(cells) else ""
        self.first_filled = self.first_filled or (row if cell else 0)
        if n_before == 0:
            self.counts_from = int(cell) if cell in ("0", "1") else None
        self.is_count = self.counts_from is not None and self.is_count and cell == str(self.counts_from + n_before)

    def report(self, header_row: int, findings: Findings) -> None:
        if self.first_filled and self.is_count:
            problem = f"column {self.place + 1} has no name and counts the rows; it is left out"
            findings.warn("row_numbers", problem, "export without row numbers (R: row.names = FALSE)")
        elif self.first_filled:
            findings.at(row=header_row, column=f"(column {self.place + 1}, without a name)").add(
                "unmapped_column",
                f"column {self.place + 1} has no name, and row {self.first_filled} holds something in it",
                "name the column in the export, or leave it out",
            )


def _has_line_end(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read() in b"\r\n"


def _add_length(header: list[str], record: Record, is_last: bool, findings: Findings) -> None:
    row, cells = record
    is_short = len(cells) < len(header)
    is_cut = is_short and is_last
    findings.at(row=row, column=findings.passage(column_key(header[len(cells) - 1])) if is_short else "").add(
        "truncated" if is_cut else "row_length",
        f"the {'last row' if is_cut else 'row'} has {len(cells)} cells, the header {len(header)}",
        CUT_OFF if is_cut else QUOTE_TEXT,
        value=findings.passage(cells[-1]),
    )
