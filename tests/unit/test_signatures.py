"""A data steward is told what a file really is, whatever it is called; no file makes telling it fail.

Not here: what readers do with a file that is not what its name says (test_ingest_*).
"""

import gzip
import io
import struct
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.ingest.signatures import BEGINNING, OLE, what_is, what_lies_at


def archive(*names: str, first: bytes = b"", comment: bytes = b"") -> bytes:
    """A zip archive of these parts; `first` is what the first of them holds, as it is."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        for name in names:
            package.writestr(name, first if name == names[0] else b"x")
        package.comment = comment
    return content.getvalue()


def ole(stream: str, shift: int = 9, sectors_before: int = 20) -> bytes:
    """An OLE file whose directory, behind so many sectors, names a stream."""
    header = OLE + bytes(22) + struct.pack("<H", shift) + bytes(16) + struct.pack("<L", sectors_before)
    entries = "Root Entry\0".encode("utf-16-le").ljust(128, b"\0") + f"{stream}\0".encode("utf-16-le")
    return header.ljust((sectors_before + 1) << shift, b"\0") + entries.ljust(512, b"\0")


PORTABLE = b"ASCII SPSS PORT FILE".ljust(40) * 5 + bytes(range(48, 112)) * 4 + b"SPSSPORTA8/20240101".ljust(60, b"Z")
WITH_LINE_ENDS = b"\r\n".join(PORTABLE[at : at + 80] for at in range(0, len(PORTABLE), 80))

FILES = {
    "an SPSS file (.sav)": [b"$FL2@(#) SPSS DATA FILE", b"$FL2"],
    "an SPSS file packed by zlib (.zsav)": [b"$FL3@(#) SPSS DATA FILE"],
    "an SPSS file behind a password": [b"\x1c" + bytes(7) + b"ENCRYPTEDSAV\x15" + bytes(50)],
    "SPSS syntax or output behind a password": [b"\x1c" + bytes(7) + b"ENCRYPTEDSPS\x15" + bytes(50)],
    "a portable SPSS file (.por)": [PORTABLE, WITH_LINE_ENDS, WITH_LINE_ENDS.replace(b"\r", b"")],
    "a Stata file (.dta)": [b"<stata_dta><header><release>118", b"\x73\x02\x01\x00\x05", b"\x69\x01\x01\x00"],
    "a SAS file (.sas7bdat)": [bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")],
    "a SAS transport file (.xpt)": [
        b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!00",
        b"HEADER RECORD*******LIBV8",
    ],
    "a Parquet file": [b"PAR1\x15\x04\x15\x10"],
    "an Arrow file": [b"ARROW1\x00\x00"],
    "an R data file": [b"RDX3\nX\n\0\0\0\3", b"X\n\0\0\0\3"],
    "a SQLite database": [b"SQLite format 3\0"],
    "a DuckDB database": [bytes(range(8)) + b"DUCK@\0\0\0"],
    "an Access database": [b"\0\1\0\0Standard ACE DB", b"\0\1\0\0Standard Jet DB"],
    "a file packed by gzip": [gzip.compress(b"id;svar\n1;2\n")],
    "a file packed by bzip2": [b"BZh91AY&SY"],
    "a file packed by xz": [b"\xfd7zXZ\0"],
    "a file packed by zstd": [b"\x28\xb5\x2f\xfd"],
    "a 7z archive": [b"7z\xbc\xaf\x27\x1c\0\4"],
    "a rar archive": [b"Rar!\x1a\x07\x01\0"],
    "a PDF document": [b"%PDF-1.7\n"],
    "a picture": [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"],
    "a Windows shortcut, not the file that it points to": [b"L\0\0\0\1\x14\2\0"],
    "UTF-32 text": ["id".encode("utf-32")],
    "UTF-16 text": ["id;svar\r\n".encode(code) for code in ("utf-16", "utf-16-le", "utf-16-be")] + [b"\xfe\xff\0i"],
    "a file that begins with zeros only, as a broken copy does": [bytes(BEGINNING)],
    "an old Excel workbook in XML": [
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
    ],
    "an OpenDocument file in XML": [b'<?xml version="1.0"?>\n<office:document xmlns:office="x">'],
    "an HTML page": [
        b"<!DOCTYPE html><html>",
        b"\xef\xbb\xbf\r\n <HTML>",
        b"<table><tr><td>id",
        b'<?xml version="1.0"?>\n<!DOCTYPE html>',
        b"<!-- saved --> <head>",
    ],
    "an XML file": [b'<?xml version="1.0"?><rows/>'],
    "a web page saved as one file (.mhtml)": [b"MIME-Version: 1.0\r\n", b"From: <Saved by Blink>"],
    "a JSON file": [b'{"a": 1}', b"[]", b'[\n {"a": 1}]', b"{}"],
    "an RTF document": [b"{\\rtf1\\ansi"],
    "a shortcut to a web page": [b"[InternetShortcut]\r\nURL="],
    "a pointer of Git LFS, not the file that it stands for": [b"version https://git-lfs.github.com/spec/v1\n"],
    "an Excel workbook (.xlsx)": [
        archive("[Content_Types].xml", "xl/workbook.xml"),
        archive("[Content_Types].xml", "workbook.xml"),
        archive("xl/workbook2.xml", comment=b"a comment"),
    ],
    "a binary Excel workbook (.xlsb)": [archive("[Content_Types].xml", "xl/workbook.bin", "xl/styles.bin")],
    "a Word document (.docx)": [archive("[Content_Types].xml", "word/document.xml")],
    "a PowerPoint presentation (.pptx)": [archive("[Content_Types].xml", "ppt/presentation.xml")],
    "an Apple Numbers or Pages document": [archive("Index/Document.iwa"), archive("Index.zip", "preview.jpg")],
    "an OpenDocument spreadsheet": [
        archive("mimetype", "content.xml", first=b"application/vnd.oasis.opendocument.spreadsheet")
    ],
    "an OpenDocument text": [archive("mimetype", first=b"application/vnd.oasis.opendocument.text")],
    "an OpenDocument file": [archive("content.xml")],
    "a zip archive": [archive(), b"PK\3\4", archive("a.csv")[:-1], archive("a.csv")[:40]],
    "a zip archive that holds kommuner.csv": [
        archive("kommuner.csv"),
        archive("__MACOSX/._kommuner.csv", "mappe/", "kommuner.csv"),
    ],
    "a zip archive that holds a.csv, b.csv, æ\ufffd.csv and 2 more": [
        archive("a.csv", "b.csv", "æ\x1b.csv", "d.csv", "e.csv")
    ],
    "an Office document, such as a workbook, behind a password": [ole("EncryptedPackage"), ole("EncryptedPackage", 12)],
    "an old Excel workbook (.xls)": [ole("Workbook")],
    "a very old Excel workbook (.xls)": [ole("Book", sectors_before=0)],
    "an old Word document (.doc)": [ole("WordDocument")],
    "an old Office document such as .xls, or one behind a password": [ole("Contents"), OLE, OLE + bytes(2000)],
}


# Named by number: the bytes of packages hold the hour.
@pytest.mark.parametrize(
    ("phrase", "content"),
    [pytest.param(phrase, one, id=f"{phrase} {n}") for phrase, all_ in FILES.items() for n, one in enumerate(all_)],
)
def test_what_a_file_is_comes_from_its_bytes(tmp_path: Path, phrase: str, content: bytes) -> None:
    file = tmp_path / "kommuner.csv"
    file.write_bytes(content)
    assert what_lies_at(file) == phrase
    assert what_is(content[:BEGINNING], file) == phrase


@pytest.mark.parametrize(
    ("suffix", "phrase"),
    [
        (".sav", "(.sav)"),
        (".zsav", "(.zsav)"),
        (".por", "(.por)"),
        (".dta", "(.dta)"),
        (".xpt", "(.xpt)"),
        (".parquet", "Parquet"),
        (".xlsx", "(.xlsx)"),
    ],
)
def test_files_as_programs_write_them_are_known(tmp_path: Path, suffix: str, phrase: str) -> None:
    frame, file = pd.DataFrame({"id": [1.0, 2.0], "text": ["a", "b"]}), tmp_path / f"a{suffix}"
    if suffix in (".sav", ".zsav"):
        pyreadstat.write_sav(frame, file, row_compress=suffix == ".sav", compress=suffix == ".zsav")
    elif suffix == ".parquet":
        pq.write_table(pa.Table.from_pandas(frame), file)
    elif suffix == ".xlsx":
        with xlsxwriter.Workbook(file) as book:
            book.add_worksheet()
    else:
        getattr(pyreadstat, {".por": "write_por", ".dta": "write_dta", ".xpt": "write_xport"}[suffix])(frame, file)
    found = what_lies_at(file)
    assert found and phrase in found


HEADERS = [
    "id;svar",
    "$FL;a",
    "PAR1;PAR2",
    "PAR1\tPAR2",
    "MZ;a",
    "PK;a",
    "Rar!;b",
    "%PDF;a",
    "PDF",
    "RDX2\n",
    "[a];b",
    "{a}",
    "<a>;b",
    "id",
]


@pytest.mark.parametrize("header", ["", *HEADERS])
def test_header_of_a_text_file_is_nothing_else(header: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "cp1252"):
        assert what_is(f"{header}\r\n1;2\r\n".encode(encoding)) is None


@pytest.mark.slow
@given(st.text(st.characters(codec="cp1252", exclude_categories=["Cc"], exclude_characters='<{["')))
def test_text_is_taken_for_nothing_else(text: str) -> None:
    assert what_is(f"id;{text}".encode()) is None


STARTS = [b"", OLE, b"PK\3\4", b"PK\5\6", archive("a.csv"), archive("a.csv")[:-5], ole("Workbook"), b"<?xml ", b"PAR1"]


@given(
    st.sampled_from(STARTS),
    st.binary(max_size=300),
    st.sampled_from([b"", archive("a")[-60:], b"PK\5\6" + b"\xff" * 18]),
)
@example(OLE + bytes(22) + b"\x0c\0" + bytes(16) + b"\xff" * 4, b"", b"")
def test_no_bytes_make_telling_fail(start: bytes, middle: bytes, end: bytes) -> None:
    content = start + middle + end
    assert what_is(content) is None or what_is(content)
    assert what_is(content, Path("/nonexistent/a\0b")) == what_is(content, Path("/nonexistent/a"))


def test_what_cannot_be_read_is_nothing_known(tmp_path: Path) -> None:
    assert what_lies_at(tmp_path) is None
    assert what_lies_at(tmp_path / "missing.csv") is None


def test_archive_of_very_many_names_is_an_archive(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(archive(*(f"a-name-that-is-long-{n:060}" for n in range(9_000))))
    assert what_lies_at(file) == "a zip archive"
