"""Read a CSV file with the survey's delimiter; a file that was cut off or split wrongly is refused.

Not here: encodings (encoding) and what the columns may hold (validation).
"""

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipelines.ingest.codebook import Survey, columns, parts
from pipelines.ingest.encoding import find_encoding
from pipelines.ingest.extract import Chunk, Extract, check_duplicates, column_key
from pipelines.ingest.findings import Findings

DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "vertical bar"}
CUT_OFF = "export the file again: it is cut off, or a quotation mark is missing"
QUOTE_TEXT = "export the file again, with quotation marks around text that holds the delimiter"
BEGINNING = 30  # characters shown of a record that cannot be read
CELLS_PER_CHUNK = 1_000_000

Record = tuple[int, list[str]]  # the line it starts on, its cells


def read_csv(path: Path, survey: Survey, wave: int, findings: Findings, _max_bytes: int) -> list[Extract] | None:
    """The table of the file at `path`; None, with findings, when its columns cannot be told.

    Where the survey has no delimiter of its own, it is the one that separates the columns of the first line.
    """
    encoding = find_encoding(path, findings)
    if encoding is None:
        return None
    with path.open(encoding=encoding, newline="") as text:
        first = next((line for line in text if line.strip()), "")
    if not first:
        findings.add("empty_file", "the file is empty", "export the file again")
        return None
    delimiter = survey.delimiter or max(DELIMITERS, key=first.count)
    records = _records(path, encoding, delimiter, findings)
    _, header = next(records, (0, []))
    if header:
        _check_delimiter(header, delimiter, findings)
        check_duplicates(header, 1, findings)
    if findings:
        return None
    return [Extract(header, encoding, _chunks(header, records, findings), part=_part(header, survey.survey, wave))]


def _part(header: list[str], survey: str, wave: int) -> str:
    """Which of the delivery's tables the file is: the one that shares most columns with it."""
    names = {column_key(name) for name in header}
    return max(parts(survey, wave), key=lambda part: len(names & {c.name for c in columns(survey, wave, part)}))


def _records(path: Path, encoding: str, delimiter: str, findings: Findings) -> Iterator[Record]:
    """Every record with something on its line; reading ends where the file does not make sense any more."""
    start = 1
    with path.open(encoding=encoding, newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                if cells:
                    yield start, cells
                start = reader.line_num + 1
            return
        except csv.Error as error:
            problem = f"the record that starts on this line cannot be read to its end ({error})"
    with path.open(encoding=encoding, newline="") as text:
        beginning = next(itertools.islice(text, start - 1, None), "")[:BEGINNING].strip()
    findings.add("truncated", problem, CUT_OFF, row=start, value=findings.passage(beginning))


def _chunks(header: list[str], records: Iterator[Record], findings: Findings) -> Iterator[Chunk]:
    """The records by columns. After one of a wrong length the others are looked through for more of the kind."""
    n_before = findings.total
    has_rows = False
    in_pairs = itertools.pairwise(itertools.chain(records, [None]))  # to know which record is the last
    while batch := list(itertools.islice(in_pairs, max(1, CELLS_PER_CHUNK // len(header)))):
        has_rows = True
        for record, following in batch:
            if len(record[1]) != len(header):
                _add_length(header, record, following is None, findings)
        if findings.total == n_before:
            numbers, rows = zip(*(record for record, _ in batch), strict=True)
            columns = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
            yield Chunk(pa.array(numbers, pa.int32()), columns)
    if not has_rows and findings.total == n_before:
        findings.add("no_rows", "the file has a header and no rows", "export the file again, with its rows")


def _check_delimiter(header: list[str], delimiter: str, findings: Findings) -> None:
    found = max(DELIMITERS, key=header[0].count)
    if len(header) == 1 and found in header[0]:
        findings.add(
            "delimiter",
            f"the columns are separated by {DELIMITERS[found]}, expected is {DELIMITERS[delimiter]}",
            f"export the file again with '{delimiter}' between the columns",
            row=1,
            value=found,
        )


def _add_length(header: list[str], record: Record, is_last: bool, findings: Findings) -> None:
    row, cells = record
    is_short = len(cells) < len(header)
    is_cut = is_short and is_last
    findings.add(
        "truncated" if is_cut else "row_length",
        f"the {'last row' if is_cut else 'row'} has {len(cells)} cells, the header {len(header)}",
        CUT_OFF if is_cut else QUOTE_TEXT,
        row=row,
        column=column_key(header[len(cells) - 1]) if is_short else "",
        value=findings.passage(cells[-1]),
    )
