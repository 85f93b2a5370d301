"""Read a CSV file with the survey's delimiter; a file that was cut off or split wrongly is refused.

Not here: encodings (encoding) and what the columns may hold (validation).
"""

import csv
import io

from pipelines.ingest.codebook import Survey
from pipelines.ingest.encoding import decode
from pipelines.ingest.findings import Findings
from pipelines.ingest.table import Table, column_key

DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "vertical bar"}
CUT_OFF = "export the file again: it is cut off, or a quotation mark is missing"
QUOTE_TEXT = "export the file again, with quotation marks around text that holds the delimiter"
BEGINNING = 30  # characters shown of a record that cannot be read

Record = tuple[int, list[str]]  # the line it starts on, its cells


def read_csv(content: bytes, survey: Survey, findings: Findings) -> Table | None:
    """The table in `content`; None, with findings, when its columns cannot be told."""
    text, encoding = decode(content, findings)
    if text is None:
        return None
    if not text.strip():
        findings.add("empty_file", "the file is empty", "export the file again")
        return None
    records = _records(text, survey.delimiter, findings)
    if not records:
        return None
    (_, header), *body = records
    _check_delimiter(header, survey.delimiter, findings)
    _check_duplicates(header, findings)
    if not body and not findings:
        findings.add("no_rows", "the file has a header and no rows", "export the file again, with its rows")
    if not findings:
        _check_lengths(header, body, findings)
    if findings:
        return None
    return Table(header, [cells for _, cells in body], [row for row, _ in body], encoding)


def _records(text: str, delimiter: str, findings: Findings) -> list[Record]:
    """Every record with something on its line; reading ends where the file does not make sense any more."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records, start = [], 1
    try:
        for cells in reader:
            if cells:
                records.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        problem = f"the record that starts on this line cannot be read to its end ({error})"
        beginning = "".join(text.splitlines(keepends=True)[start - 1 : start])[:BEGINNING].strip()
        findings.add("truncated", problem, CUT_OFF, row=start, value=beginning)
    return records


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


def _check_duplicates(header: list[str], findings: Findings) -> None:
    seen: dict[str, int] = {}
    for position, name in enumerate(header, start=1):
        key = column_key(name)
        if key and key in seen:
            findings.add(
                "duplicate_column",
                f"column {position} has the same name as column {seen[key]} (case and blanks do not count)",
                "remove or rename one of them in the export",
                row=1,
                column=key,
                value=name,
            )
        seen.setdefault(key, position)


def _check_lengths(header: list[str], body: list[Record], findings: Findings) -> None:
    last_row = body[-1][0]
    for row, cells in body:
        if len(cells) == len(header):
            continue
        is_short = len(cells) < len(header)
        is_cut = is_short and row == last_row
        findings.add(
            "truncated" if is_cut else "row_length",
            f"the {'last row' if is_cut else 'row'} has {len(cells)} cells, the header {len(header)}",
            CUT_OFF if is_cut else QUOTE_TEXT,
            row=row,
            column=column_key(header[len(cells) - 1]) if is_short else "",
            value=cells[-1],
        )
