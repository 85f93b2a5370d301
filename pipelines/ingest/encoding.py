"""Find out how a text file is encoded, and refuse text that has been through a wrong encoding, in any format.

Not here: splitting the text into columns (csv_reader).
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.ingest.findings import Findings

RESAVE = "export the file again as CSV, in UTF-8 or Windows-1252"
UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")

# Windows-1252 gives a letter to nearly every byte, so decoding without an error proves little. These are
# Norwegian letters gone wrong: UTF-8 read as Windows-1252 and saved again, DOS code page 865 or Mac Roman
# taken for Windows-1252, and the sign for a letter that some program has already lost.
MANGLED = re.compile(r"Ã[¦¸¥†˜…]|Â[\xa0«»§]|[A-Za-z][†›¾¿Œ]|[†›¾¿][a-z]|\ufffd")
CONTEXT = 15  # characters shown on either side


def find_encoding(path: Path, findings: Findings) -> str | None:
    """The encoding found: UTF-8 with BOM, UTF-8, else Windows-1252; None, with a finding, when it is none of them."""
    with path.open("rb") as file:
        beginning = file.read(len(UTF8_BOM))
    if row := 1 if beginning.startswith(UTF16_BOMS) else _line_with_nul(path):
        problem = "the file is UTF-16, or no text at all: it holds NUL bytes"
        findings.at(row=row).add("encoding", problem, RESAVE, value="0x00")
        return None
    encodings = ["utf-8-sig"] if beginning == UTF8_BOM else ["utf-8", "cp1252"]
    wrong = (1, "")
    for encoding in encodings:
        mangled: list[tuple[int, str]] = []
        try:
            for number, line in _lines(path):
                if passage := mangled_passage(line.decode(encoding)):
                    mangled.append((number, passage))
        except UnicodeDecodeError as error:
            wrong = (number, f"0x{error.object[error.start]:02X}")
            continue
        problem = f"read as {encoding}, the line holds letters that are the trace of another encoding"
        for number, passage in mangled:
            findings.at(row=number).add("encoding", problem, RESAVE, value=findings.passage(passage))
        return encoding
    row, byte = wrong
    findings.at(row=row).add("encoding", f"byte {byte} is not text in {' or '.join(encodings)}", RESAVE, value=byte)
    return None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    # No encoding that is accepted has the byte of a line feed inside a letter: lines can be looked at one by one.
    with path.open("rb") as file:
        yield from enumerate(file, start=1)


def _line_with_nul(path: Path) -> int:
    return next((number for number, line in _lines(path) if b"\x00" in line), 0)


def mangled_passage(line: str) -> str:
    """The first place of a text that bears the trace of another encoding, with what is around it; '' without one."""
    found = MANGLED.search(line)
    return line[max(0, found.start() - CONTEXT) : found.end() + CONTEXT].strip() if found else ""


def are_letters_right(cells: pa.Array, rows: pa.Array, read_as: str, remedy: str, findings: Findings) -> bool:
    """Whether a column of text, whose `rows` have these numbers, is right; a finding for its first cell that is not."""
    is_suspect, n_before = pc.invert(pc.string_is_ascii(cells)), findings.total
    found = {
        text: passage for text in pc.unique(cells.filter(is_suspect)).to_pylist() if (passage := mangled_passage(text))
    }
    if found:
        is_mangled = pc.is_in(cells, pa.array(found, pa.string()))
        for place in pc.indices_nonzero(is_mangled).to_pylist():
            here = findings.at(row=rows[place].as_py())
            add_mangled("the text", findings.passage(found[cells[place].as_py()]), read_as, remedy, here)
            if findings.total > n_before:  # not where it is corrected
                return False
    return True


def add_mangled(what: str, shown: str, read_as: str, remedy: str, findings: Findings) -> None:
    """Add that a text of a file that says how it is encoded bears the trace of another encoding."""
    problem = f"read as {read_as}, {what} holds letters that are the trace of another encoding"
    findings.add("encoding", problem, remedy, shown)
