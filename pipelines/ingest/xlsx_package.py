"""Look into a workbook before it is opened: nothing that would swamp the reader, and what the reader does not tell.

Not here: the values of the cells, and which sheets are wanted (xlsx_reader).
"""

import re
import struct
import sys
import zipfile
import zlib
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO
from xml.parsers import expat

from pipelines.ingest.findings import MAX_KEPT

LIMIT = "check that it is the right file; TILSTAND_MAX_EXTRACT_MB sets another limit"
SAVE_AGAIN = "open it in the spreadsheet program, look it through, and save it again as .xlsx"
# The reader lays a sheet out as a rectangle up to its last cell, 32 bytes a cell, whatever is in it.
MAX_CELLS = 20_000_000
MAX_ROW, MAX_COLUMN = 1_048_576, 16_384  # of the format
MAX_DIRECTORY_BYTES = 1_000_000  # a workbook has tens of parts, at some 70 bytes
KEPT_TEXT = 1_000  # characters of a cell: enough for the number of a shared text, and for what a finding shows
BLOCK = 1 << 16
CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # OLE: .xls, and a workbook behind a password
DIRECTORY_END = struct.Struct("<4s4H2LH")
REFERENCE = re.compile("([A-Za-z]{1,3})([1-9][0-9]{0,6})")
# Where the reader looks for them, whatever the package says.
WORKBOOK, RELATIONS, TEXTS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedstrings.xml"

Attributes = dict[str, str]
Start = Callable[[str, Attributes], object]
Hear, End = Callable[[str], object], Callable[[str], object]


class PackageError(Exception):
    """The file is no workbook that may be opened: (rule, problem, remedy) as a finding has them."""

    def __init__(self, rule: str, problem: str, remedy: str = SAVE_AGAIN) -> None:
        super().__init__(problem)
        self.rule, self.problem, self.remedy = rule, problem, remedy


@dataclass(frozen=True)
class Mark:
    """A cell that must not be loaded as it is. `kind`: formula, error or merged. Rows and columns count from 1."""

    kind: str
    row: int
    column: int
    text: str


@dataclass(frozen=True)
class Sheet:
    """A sheet as the workbook names it; `n_filled` cells hold something, `marks` are the first of `n_marks`."""

    name: str
    is_hidden: bool
    n_filled: int
    marks: list[Mark]
    n_marks: int


def look_into(path: Path, max_unpacked: int) -> list[Sheet]:
    """The sheets of the workbook at `path`, in its order.

    Raises PackageError when it is no workbook, is damaged, or unpacks to more than `max_unpacked` bytes.
    """
    with path.open("rb") as file:
        _check_container(file)
        try:
            with zipfile.ZipFile(file) as package:
                return _Package(package, max_unpacked).sheets()
        except expat.ExpatError as error:
            raise _damaged(f"its XML breaks off or makes no sense ({error})") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
            raise _damaged(f"it cannot be taken apart ({error})") from error


def _damaged(problem: str) -> PackageError:
    return PackageError("damaged", f"the file is damaged: {problem}")


def _check_container(file: IO[bytes]) -> None:
    """Refuse what is not one zip archive from its first to its last byte: another program might see another in it."""
    beginning = file.read(len(CONTAINER))
    if not beginning:
        raise PackageError("empty_file", "the file is empty", "export the file again")
    if beginning == CONTAINER:
        problem = "the file is an old .xls, or a workbook behind a password"
        raise PackageError("file_type", problem, "save it as .xlsx, without a password")
    if not beginning.startswith(b"PK"):
        raise PackageError("file_type", "the file is no Excel workbook (.xlsx), nor any other zip archive")
    end = max(0, file.seek(0, 2) - DIRECTORY_END.size)
    file.seek(end)
    signature, *_, size, start, comment = DIRECTORY_END.unpack(file.read().ljust(DIRECTORY_END.size))
    if signature != b"PK\x05\x06" or start + size != end or comment:
        problem = "the file does not end where its table of contents does: it is cut off, or something is attached"
        raise PackageError("truncated", problem, "copy or export the file again")
    if size > MAX_DIRECTORY_BYTES:
        raise PackageError("too_large_unpacked", "the file is a package of far too many parts")


class _Package:
    """The parts of a package, each unpacked once, piece by piece."""

    def __init__(self, package: zipfile.ZipFile, max_unpacked: int) -> None:
        self._package, self._max_unpacked, self._n_unpacked = package, max_unpacked, 0
        # Programs differ on which of two parts with one name they take, and on what makes two names one.
        names = [info.orig_filename.replace("\\", "/").lower() for info in package.infolist()]
        self._parts = dict(zip(names, package.infolist(), strict=True))
        if len(self._parts) < len(names) or "\0" in "".join(names):
            raise _damaged("two of its parts have the same name")
        if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in package.infolist()):
            raise _damaged("its parts are packed in a way that no spreadsheet program uses")

    def sheets(self) -> list[Sheet]:
        """Every sheet, and with them the whole package, looked through."""
        if WORKBOOK not in self._parts:
            problem = "the file is no Excel workbook (.xlsx), but another zip archive, as .xlsb, .ods and .docx are"
            raise PackageError("file_type", problem)
        named: list[Attributes] = []
        targets: dict[str, str] = {}
        lengths = array("Q")  # of the shared texts

        def hear(text: str) -> None:
            if lengths:
                lengths[-1] += len(text)

        self._unpack(WORKBOOK, lambda tag, found: named.append(found) if tag == "sheet" else None)
        self._unpack(RELATIONS, lambda _, found: targets.update({found.get("Id", ""): found.get("Target", "")}))
        self._unpack(TEXTS, lambda tag, _: lengths.append(0) if tag == "si" else None, hear)
        sheets = [self._sheet(found, targets, lengths) for found in named]
        for part in list(self._parts):
            self._unpack(part)
        return sheets

    def _sheet(self, named: Attributes, targets: dict[str, str], lengths: array) -> Sheet:
        name, look = named.get("name", ""), _Look(lengths, self._max_unpacked)
        target = targets.get(next((value for key, value in named.items() if key.endswith(":id")), ""), "").lower()
        part = target.removeprefix("/") if target.startswith(("/xl/", "xl/")) else f"xl/{target}"
        try:
            if not self._unpack(part, look.start, look.hear, look.end):
                raise _damaged("it is missing, or another sheet, too")
        except PackageError as error:
            raise PackageError(error.rule, f"sheet {name}: {error.problem}", error.remedy) from error
        return Sheet(name, named.get("state", "visible") != "visible", look.n_filled, look.marks, look.n_marks)

    def _unpack(self, part: str, start: Start | None = None, hear: Hear | None = None, end: End | None = None) -> bool:
        """Unpack a part, and tell of the XML in it where there is a `start`; False where there is no such part."""
        info = self._parts.pop(part, None)
        if info is None:
            return False
        parser = _parser(start, hear, end) if start else None
        info.file_size = sys.maxsize  # unpacked to its end, not to the size that somebody wrote into the directory
        with self._package.open(info) as stream:
            while block := stream.read(BLOCK):
                self._n_unpacked += len(block)
                if self._n_unpacked > self._max_unpacked:
                    problem = f"the file unpacks to more than {self._max_unpacked:,} bytes"
                    raise PackageError("too_large_unpacked", problem, LIMIT)
                if parser:
                    parser.Parse(block)
        if parser:
            parser.Parse(b"", True)
        return True


def _parser(start: Start, hear: Hear | None, end: End | None) -> expat.XMLParserType:
    """Tells of elements by their names without prefix, as the reader of the values knows them; of comments as ''."""

    def refuse(*_: object) -> None:
        raise _damaged("it declares XML entities, which no spreadsheet program does")

    def opened(tag: str, found: Attributes) -> None:
        if "uniqueCount" in found or "count" in found:  # for so many, the reader makes room at once
            n = max(int(found.get("uniqueCount", 0)), int(found.get("count", 0)))
            if n > MAX_CELLS:
                raise _damaged(f"it announces {n} pieces in {tag}")
        start(tag.rpartition(":")[2], found)

    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = opened
    parser.CommentHandler = parser.ProcessingInstructionHandler = lambda *_: start("", {})
    parser.StartCdataSectionHandler = lambda: start("", {})
    parser.CharacterDataHandler = hear
    parser.EndElementHandler = end and (lambda tag: end(tag.rpartition(":")[2]))
    return parser


class _Look:
    """What is seen of one sheet while its XML goes by."""

    def __init__(self, lengths: array, max_text: int) -> None:
        self.n_filled = self.n_marks = 0
        self.marks: list[Mark] = []
        self._lengths, self._text_left = lengths, max_text
        self._row = self._column = self._n_rows = self._n_columns = 0
        self._type = self._inside = ""
        self._data: bool | None = None  # whether this is among the rows; None before them
        self._texts: dict[str, str] = {}  # of the cell at hand, by element: v, is, f

    def start(self, tag: str, found: Attributes) -> None:
        if self._inside == "v":
            raise _damaged("a value is broken up by other XML")  # of which the reader takes the first piece
        if tag == "sheetData":
            if self._data is not None:
                raise _damaged("it holds two tables of cells")
            self._data = True
        elif tag == "mergeCell":
            first, _, last = found.get("ref", "").partition(":")
            (row, column), _ = _place(first), _place(last or first)
            if row <= self._n_rows and column <= self._n_columns:
                self._mark("merged", row, column, found["ref"])
        elif not self._data:
            return  # formulas of a validation, rows that a button stands on
        elif tag == "row":
            self._go_to(int(found.get("r", self._row + 1)), 0)
        elif tag == "c":
            row, column = _place(found["r"]) if "r" in found else (self._row, self._column + 1)
            self._go_to(row, column, starts_row=False)
            self._type, self._texts = found.get("t", "n"), {}
        elif tag in ("v", "is", "f"):
            self._inside, self._texts[tag] = tag, ""
            self._n_rows, self._n_columns = self._row, max(self._n_columns, self._column)
            if self._n_rows * self._n_columns > MAX_CELLS:
                problem = f"its cells reach as far as row {self._row}, column {self._column}"
                raise PackageError("too_large_unpacked", problem, "delete the rows and columns outside the table")

    def hear(self, text: str) -> None:
        if self._inside and len(self._texts[self._inside]) < KEPT_TEXT:
            self._texts[self._inside] += text

    def end(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""
        elif tag == "sheetData":
            self._data = False
        elif tag == "c" and self._texts:
            self._close_cell(self._texts.get("v") or self._texts.get("is", ""))
            self._texts = {}

    def _close_cell(self, value: str) -> None:
        self.n_filled += bool(value.strip() or "f" in self._texts)
        if "f" in self._texts:
            self._mark("formula", self._row, self._column, "=" + self._texts["f"])
        elif self._type == "e":
            self._mark("error", self._row, self._column, value)
        elif self._type == "s" and value:
            if not 0 <= int(value) < len(self._lengths):
                raise _damaged(f"there is no shared text {value}")
            self._text_left -= self._lengths[int(value)]
            if self._text_left < 0:
                problem = "its texts are too large, repeated as often as the cells do"
                raise PackageError("too_large_unpacked", problem, LIMIT)

    def _mark(self, kind: str, row: int, column: int, text: str) -> None:
        self.n_marks += 1
        if len(self.marks) < MAX_KEPT:
            self.marks.append(Mark(kind, row, column, text))

    def _go_to(self, row: int, column: int, starts_row: bool = True) -> None:
        is_next = row > self._row if starts_row else row == self._row and column > self._column
        if not is_next or row > MAX_ROW or column > MAX_COLUMN:
            raise _damaged(f"row {row}, column {column} stands where it cannot")
        self._row, self._column = row, column


def _place(reference: str) -> tuple[int, int]:
    """(row, column) of a cell by its name; AB1 is (1, 28)."""
    matched = REFERENCE.fullmatch(reference)
    if not matched:
        raise _damaged(f"there is no cell {reference}")
    return int(matched[2]), _column(matched[1].upper())


@lru_cache(MAX_COLUMN)
def _column(letters: str) -> int:
    return 26 * _column(letters[:-1]) + ord(letters[-1]) - ord("A") + 1 if letters else 0
