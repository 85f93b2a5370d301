"""Look into a workbook before it is opened: its parts by their relations, and nothing that would swamp the reader.

Not here: the cells of a sheet (xlsx_sheet), their values, and which sheets are wanted (xlsx_reader).
"""

import posixpath
import re
import struct
import sys
import zipfile
import zlib
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO
from urllib.parse import unquote
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from pipelines.ingest.signatures import UTF_16, WORKBOOK, what_is, what_lies_at
from pipelines.ingest.xlsx_sheet import LIMIT, MAX_CELLS, SAVE_AGAIN, Attributes, Look, Mark, PackageError, damaged

MAX_DIRECTORY_BYTES = 1_000_000  # a workbook has tens of parts, at some 70 bytes
BLOCK = 1 << 16
DIRECTORY_END = struct.Struct("<4s4H2LH")
# Stands before that where the directory is yet another one.
LARGE_DIRECTORY, LARGE_DIRECTORY_SIZE = b"PK\x06\x07", 20
ENCRYPTED = 1  # among the flags of a part
# Where parts are of which the package does not say it.
MAIN, PACKAGE_RELATIONS = "xl/workbook.xml", "_rels/.rels"
USUAL = {"sharedStrings": "xl/sharedstrings.xml", "styles": "xl/styles.xml"}
# What a sheet says of its size need not be true, and is not needed.
DIMENSION = re.compile(rb"<((?:\w+:)?)dimension\b[^<>]*(?:/>|>\s*</\1dimension\s*>)")
# A package with its parts where the reader of the values looks for them, whatever the one delivered says.
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OF_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OF_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

Relations = dict[str, tuple[str, str]]  # by id: their kind, and the part
Start = Callable[[str, Attributes], object]
Hear = Callable[[str], object]
End = Callable[[str], object]


@dataclass(frozen=True)
class Sheet:
    """A sheet as the workbook names it, its `number` from 0 on; `n_filled` cells hold something, `marks` are the
    first of `n_marks`.
    """

    number: int
    name: str
    n_filled: int
    marks: list[Mark]
    n_marks: int


@dataclass(frozen=True)
class Workbook:
    """The sheets of a workbook, in its order, and a package of what was seen of it, for the reader of the values."""

    sheets: list[Sheet]
    content: IO[bytes]


def look_into(path: Path, max_unpacked: int) -> Workbook:
    """The workbook at `path`.

    Raises PackageError when it is no workbook, is damaged, or unpacks to more than `max_unpacked` bytes.
    """
    what = what_lies_at(path)
    with path.open("rb") as file:
        _check_container(file, what)
        try:
            with zipfile.ZipFile(file) as package:
                return _Package(package, what, max_unpacked).workbook()
        except expat.ExpatError as error:
            raise damaged(f"its XML breaks off or makes no sense ({error})") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
            raise damaged(f"it cannot be taken apart ({error})") from error


def _no_workbook(what: str | None) -> PackageError:
    if what == WORKBOOK:
        return damaged("the part that names its sheets is missing")
    remedy = "save it as .xlsx, without a password" if "password" in (what or "") else SAVE_AGAIN
    problem = f"the file is {what}, whatever its name" if what else "the file is no Excel workbook (.xlsx)"
    return PackageError("file_type", problem, remedy)


def _check_container(file: IO[bytes], what: str | None) -> None:
    """Refuse what is not one zip archive from its first to its last byte: another program might see another in it."""
    beginning = file.read(2)
    if not beginning:
        raise PackageError("empty_file", "the file is empty", "export the file again")
    if beginning != b"PK":
        raise _no_workbook(what)
    end = max(0, file.seek(0, 2) - DIRECTORY_END.size)
    file.seek(max(0, end - LARGE_DIRECTORY_SIZE))
    before = file.read(end - file.tell())
    signature, *_, size, start, comment = DIRECTORY_END.unpack(file.read().ljust(DIRECTORY_END.size))
    if signature != b"PK\x05\x06" or start + size != end or comment or before.startswith(LARGE_DIRECTORY):
        problem = "the file does not end where its table of contents does: it is cut off, or something is attached"
        raise PackageError("truncated", problem, "copy or export the file again")
    if size > MAX_DIRECTORY_BYTES:
        raise PackageError("too_large_unpacked", "the file is a package of far too many parts")


class _Package:
    """The parts of a package, each unpacked once, piece by piece; what is needed of them is copied on the way."""

    def __init__(self, package: zipfile.ZipFile, what: str | None, max_unpacked: int) -> None:
        self._package, self._what, self._max_unpacked, self._n_unpacked = package, what, max_unpacked, 0
        self._content = BytesIO()
        self._copy = zipfile.ZipFile(self._content, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        # Programs differ on which of two parts with one name they take, and on what makes two names one.
        names = [info.orig_filename.replace("\\", "/").lower() for info in package.infolist()]
        self._parts = dict(zip(names, package.infolist(), strict=True))
        if not self._parts.keys() & {PACKAGE_RELATIONS, MAIN}:
            raise _no_workbook(what)
        if len(self._parts) < len(names) or "\0" in "".join(names):
            raise damaged("two of its parts have the same name")
        if any(info.flag_bits & ENCRYPTED for info in package.infolist()):
            raise _no_workbook("a zip archive behind a password")
        if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in package.infolist()):
            raise damaged("its parts are packed in a way that no spreadsheet program uses")

    def workbook(self) -> Workbook:
        """Every sheet, and with them the whole package, looked through."""
        main = _of_kind(self._relations(""), "officeDocument", MAIN)
        if main not in self._parts or main.endswith(".bin"):
            raise _no_workbook(self._what)
        found: list[tuple[str, Attributes]] = []
        kept = ("workbook", "workbookPr", "sheet")
        self._unpack(main, lambda tag, attributes: found.append((tag, attributes)) if tag in kept else None)
        if not found or found[0][0] != "workbook":
            raise _no_workbook(self._what)
        relations = self._relations(main)
        lengths = array("Q")  # of the shared texts

        def hear(text: str) -> None:
            if lengths:
                lengths[-1] += len(text)

        texts, styles = (_of_kind(relations, kind, usual) for kind, usual in USUAL.items())
        self._unpack(texts, lambda tag, _: lengths.append(0) if tag == "si" else None, hear, copy="sharedStrings.xml")
        self._unpack(styles, copy="styles.xml")
        named = [attributes for tag, attributes in found if tag == "sheet"]
        sheets = [self._sheet(number, sheet, relations, lengths) for number, sheet in enumerate(named)]
        for part in list(self._parts):
            self._unpack(part)
        self._close_copy([sheet.get("state", "visible") for sheet in named], dict(found).get("workbookPr", {}))
        return Workbook(sheets, self._content)

    def _relations(self, part: str) -> Relations:
        """What a part is related to; '' is the package itself. Names of parts are lower case."""
        folder, _, name = part.rpartition("/")
        relations: Relations = {}

        def start(tag: str, found: Attributes) -> None:
            if tag == "Relationship" and found.get("TargetMode") != "External":
                target = unquote(found.get("Target", "")).replace("\\", "/").lower()
                if found.get("Id", "") in relations:
                    raise damaged("two of its relations have the same name")
                places = [
                    posixpath.normpath(posixpath.join("/", around, target)).lstrip("/") for around in (folder, "")
                ]
                related = next((place for place in places if place in self._parts), places[0])
                relations[found.get("Id", "")] = found.get("Type", "").rpartition("/")[2], related

        self._unpack(posixpath.join(folder, "_rels", f"{name}.rels"), start)
        return relations

    def _sheet(self, number: int, named: Attributes, relations: Relations, lengths: "array[int]") -> Sheet:
        name, look = named.get("name", ""), Look(lengths, self._max_unpacked)
        _, part = relations.get(next((value for key, value in named.items() if key.endswith(":id")), ""), ("", ""))
        try:
            if not self._unpack(part, look.start, look.hear, look.end, copy=f"worksheets/{number}.xml"):
                raise damaged("it is missing, or another sheet, too")
        except PackageError as error:
            raise PackageError(error.rule, f"sheet {name}: {error.problem}", error.remedy) from error
        return Sheet(number, name, look.n_filled, look.marks, look.n_marks)

    def _unpack(
        self, part: str, start: Start | None = None, hear: Hear | None = None, end: End | None = None, copy: str = ""
    ) -> bool:
        """Unpack a part, tell of the XML in it where there is a `start`, and keep a `copy` of that name for the reader.

        False where there is no such part.
        """
        info = self._parts.pop(part, None)
        if info is None:
            return False
        parser = _parser(start, hear, end) if start else None
        info.file_size = sys.maxsize  # unpacked to its end, not to the size that somebody wrote into the directory
        with self._package.open(info) as stream, self._copy.open(f"xl/{copy}", "w") if copy else BytesIO() as copied:
            n_before = self._n_unpacked
            while block := stream.read(BLOCK):
                is_first = self._n_unpacked == n_before
                self._n_unpacked += len(block)
                if self._n_unpacked > self._max_unpacked:
                    problem = f"the file unpacks to more than {self._max_unpacked:,} bytes"
                    raise PackageError("too_large_unpacked", problem, LIMIT)
                if parser and is_first:
                    if what_is(block) == UTF_16:
                        raise PackageError("file_type", "it is stored as UTF-16, not as UTF-8")
                    block = DIMENSION.sub(b"", block, count=1)
                if parser:
                    parser.Parse(block)
                if copy:
                    copied.write(block)
        if parser:
            parser.Parse(b"", True)
        return True

    def _close_copy(self, states: list[str], properties: Attributes) -> None:
        """Add how the sheets are related, with what each says of being hidden, and how days are counted."""
        names = [f"worksheets/{number}" for number in range(len(states))]
        sheets = "".join(
            f'<sheet name="{n}" sheetId="{n + 1}" state={quoteattr(state)} r:id="{name}"/>'
            for n, (name, state) in enumerate(zip(names, states, strict=True))
        )
        date1904 = quoteattr(properties.get("date1904", "0"))
        workbook = f"<workbookPr date1904={date1904}/><sheets>{sheets}</sheets>"
        document = f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{OF_DOCUMENT}">{workbook}</workbook>'
        related = [(name, "worksheet") for name in names] + [(kind, kind) for kind in USUAL]
        self._copy.writestr(MAIN, document)
        self._copy.writestr("xl/_rels/workbook.xml.rels", _as_relations(related))
        self._copy.writestr(PACKAGE_RELATIONS, _as_relations([("xl/workbook", "officeDocument")]))
        self._copy.close()
        self._content.seek(0)


def _as_relations(related: list[tuple[str, str]]) -> str:
    """The relations to parts, by name without .xml and kind, as XML."""
    each = (f'<Relationship Id="{name}" Type="{OF_DOCUMENT}/{kind}" Target="{name}.xml"/>' for name, kind in related)
    return f'<Relationships xmlns="{OF_PACKAGE}">{"".join(each)}</Relationships>'


def _of_kind(relations: Relations, kind: str, otherwise: str) -> str:
    """The one part of a kind; `otherwise` where the package names none."""
    parts = {part for its_kind, part in relations.values() if its_kind == kind}
    if len(parts) > 1:
        raise damaged(f"it has more than one part of the kind {kind}")
    return parts.pop() if parts else otherwise


def _parser(start: Start, hear: Hear | None, end: End | None) -> expat.XMLParserType:
    """Tells of elements by their names without prefix, as the reader of the values knows them; of comments as ''."""

    def refuse(*_: object) -> None:
        raise damaged("it declares XML entities, which no spreadsheet program does")

    def opened(tag: str, found: Attributes) -> None:
        if "uniqueCount" in found or "count" in found:  # for so many, the reader makes room at once
            n = max(int(found.get("uniqueCount", 0)), int(found.get("count", 0)))
            if n > MAX_CELLS:
                raise damaged(f"it announces {n} pieces in {tag}")
        start(tag.rpartition(":")[2], found)

    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = opened
    parser.CommentHandler = lambda _: start("", {})
    parser.ProcessingInstructionHandler = lambda *_: start("", {})
    parser.StartCdataSectionHandler = lambda: start("", {})
    parser.CharacterDataHandler = hear
    parser.EndElementHandler = end and (lambda tag: end(tag.rpartition(":")[2]))
    return parser
