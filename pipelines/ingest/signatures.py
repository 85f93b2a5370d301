"""Say what a file really is, whatever its name, by its first bytes and by what an archive holds.

Not here: what a survey is delivered as (readers), and looking for what is wrong inside a file.
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

BEGINNING = 4_096  # bytes of a file that are enough to tell
BLANKS = b" \t\r\n"
UTF8_BOM = b"\xef\xbb\xbf"
UNPACK = "unpack it, and deliver the file in it"
WORKBOOK, UTF_16 = "an Excel workbook (.xlsx)", "UTF-16 text"

# {what it is: how such a file begins}, the first that fits. No text that may be the header of a CSV file fits any.
BINARY = {
    "an SPSS file behind a password": rb".{0,32}ENCRYPTEDSAV",
    "SPSS syntax or output behind a password": rb".{0,32}ENCRYPTEDSP",
    "an SPSS file (.sav)": rb"\$FL2",
    "an SPSS file packed by zlib (.zsav)": rb"\$FL3",
    "a portable SPSS file (.por)": rb".{456,480}SPSSPORT",
    "a Stata file (.dta)": rb"<stata_dta>|[\x66-\x73][\x01\x02]\x01",
    "a SAS file (.sas7bdat)": rb"\x00{12}\xc2\xea\x81\x60\xb3\x14\x11\xcf",
    "a SAS transport file (.xpt)": rb"HEADER RECORD\*{7}LIB",
    "an encrypted Parquet file": rb"PARE",
    "a Parquet file": rb"PAR1[\x00-\x08\x0e-\x1f]",
    "an Arrow file": rb"ARROW1\x00",
    "an R data file": rb"RD[AX][23]\n[ABX]\n|X\n\x00\x00",
    "a SQLite database": rb"SQLite format 3\x00",
    "a DuckDB database": rb".{8}DUCK.\x00",
    "an Access database": rb"\x00\x01\x00\x00Standard (Jet|ACE)",
    "a file packed by gzip": rb"\x1f\x8b",
    "a file packed by bzip2": rb"BZh[1-9]1AY&SY",
    "a file packed by xz": rb"\xfd7zXZ\x00",
    "a file packed by zstd": rb"\x28\xb5\x2f\xfd",
    "a 7z archive": rb"7z\xbc\xaf\x27\x1c",
    "a rar archive": rb"Rar!\x1a\x07",
    "a PDF document": rb"%PDF-",
    "a picture": rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a",
    "a Windows shortcut, not the file that it points to": rb"L\x00\x00\x00\x01\x14\x02\x00",
    "UTF-32 text": rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff",
    UTF_16: rb"\xff\xfe|\xfe\xff|([\t\n\r -~]\x00){8}|(\x00[\t\n\r -~]){8}",
    "a file that begins with zeros only, as a broken copy does": rb"\x00{64}",
}
# The same for text, after its byte order mark and blanks; upper and lower case do not matter.
TEXT = {
    "an old Excel workbook in XML": rb"<\?xml.{0,2000}urn:schemas-microsoft-com:office:spreadsheet",
    "an OpenDocument file in XML": rb"<\?xml.{0,2000}<office:document\b",
    "an HTML page": rb"(<\?xml.{0,500})?(<!--.{0,1000}-->\s*)?<(!doctype html|html|head|body|table|meta|style)\b",
    "an XML file": rb"<\?xml\s",
    "a web page saved as one file (.mhtml)": rb"MIME-Version: 1|From: <Saved by",
    "a JSON file": rb"\{\s*[\"}]|\[\s*[\[{\"\]]",
    "an RTF document": rb"\{\\rtf",
    "a shortcut to a web page": rb"\[InternetShortcut\]",
    "a pointer of Git LFS, not the file that it stands for": rb"version https://git-lfs",
}
# By the names of what it holds, lower case, each with a line feed behind it.
ARCHIVES = {
    "a binary Excel workbook (.xlsb)": r"(^|/)workbook[0-9]*\.bin$",
    WORKBOOK: r"^xl/|^workbook[0-9]*\.xml$",
    "a Word document (.docx)": r"^word/",
    "a PowerPoint presentation (.pptx)": r"^ppt/",
    "an Apple Numbers or Pages document": r"^index/document\.iwa$|^index\.zip$",
    "an OpenDocument file": r"^content\.xml$",
}
OPEN_DOCUMENT = re.compile(rb"mimetypeapplication/vnd\.oasis\.opendocument\.([a-z]+)")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# By the names of the streams that an OLE file holds.
CONTAINERS = {
    "an Office document, such as a workbook, behind a password": "EncryptedPackage",
    "an old Excel workbook (.xls)": "Workbook",
    "a very old Excel workbook (.xls)": "Book",
    "an old Word document (.doc)": "WordDocument",
}
ARCHIVE = re.compile(rb"PK(\x03\x04|\x05\x06|\x07\x08)")
ENDING = 65_557  # bytes at the end of an archive among which its table of contents is announced
MAX_CONTENTS = 1_000_000  # bytes of such a table
SHOWN = 3  # names of what is in an archive


def what_is(beginning: bytes, path: Path | None = None) -> str | None:
    """What a file that begins so is, as a phrase ("a PDF document"); None where nothing is known of it.

    `beginning` should have `BEGINNING` bytes. With `path` it is also told what an archive holds.
    """
    if beginning.startswith(OLE):
        return _container(_piece(beginning, path, _directory(beginning), BEGINNING))
    if ARCHIVE.match(beginning):
        return _archive(beginning, path)
    text = beginning.removeprefix(UTF8_BOM).lstrip(BLANKS)
    return _first(BINARY, beginning, re.DOTALL) or _first(TEXT, text, re.DOTALL | re.IGNORECASE)


def what_lies_at(path: Path) -> str | None:
    """what_is() of the file at `path`; None also where it cannot be read."""
    return what_is(_read(path, 0, BEGINNING), path)


def _first(table: dict[str, bytes], beginning: bytes, flags: int) -> str | None:
    return next((phrase for phrase, begins in table.items() if re.match(begins, beginning, flags)), None)


def _directory(beginning: bytes) -> int:
    """Where the names of its streams stand in an OLE file."""
    shift, first = struct.unpack_from("<30xH16xL", beginning.ljust(52, b"\0"))
    return (first + 1) << shift if shift in (9, 12) else 0


def _container(directory: bytes) -> str:
    for phrase, stream in CONTAINERS.items():
        if directory.find(f"{stream}\0".encode("utf-16-le")) >= 0:
            return phrase
    return "an old Office document such as .xls, or one behind a password"


def _archive(beginning: bytes, path: Path | None) -> str:
    if kind := OPEN_DOCUMENT.search(beginning[:120]):
        return f"an OpenDocument {kind[1].decode()}"
    names = list(_members(path)) if path else []
    listed = "\n".join(names).lower()
    for phrase, pattern in ARCHIVES.items():
        if re.search(pattern, listed, re.MULTILINE):
            return phrase
    if not names:
        return "a zip archive"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"a zip archive that holds {', '.join(name[:60] for name in names[:SHOWN])}{more}"


def _members(path: Path) -> Iterator[str]:
    """The names of the files in an archive, by its table of contents; none where that makes no sense."""
    ending = _read(path, -ENDING, ENDING)
    announced = ending[ending.rfind(b"PK\x05\x06") :] if b"PK\x05\x06" in ending else b""
    if len(announced) < 22:
        return
    length, start = struct.unpack_from("<12x2L", announced)
    contents = _read(path, start, length) if length <= MAX_CONTENTS else b""
    at = 0
    while contents[at : at + 4] == b"PK\x01\x02" and len(contents) >= at + 46:
        flags, *lengths = struct.unpack_from("<8xH18x3H", contents, at)
        name = contents[at + 46 : at + 46 + lengths[0]].decode("utf-8" if flags & 0x800 else "cp437", "replace")
        at += 46 + sum(lengths)
        if not name.endswith("/") and not name.startswith("__MACOSX/"):
            yield "".join(letter if letter.isprintable() else "\ufffd" for letter in name)


def _piece(beginning: bytes, path: Path | None, start: int, size: int) -> bytes:
    return _read(path, start, size) if path else beginning[start : start + size]


def _read(path: Path, start: int, size: int) -> bytes:
    """A piece of a file, from its end where `start` is negative; nothing where it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(start if start >= 0 else max(0, file.seek(0, 2) + start))
            return file.read(size)
    except (OSError, ValueError):
        return b""
