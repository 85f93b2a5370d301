"""A text of a respondent is found in every byte below a folder, however it is packed, and nothing else is.

Not here: where texts of respondents may stand (integration/test_traces.py), and forgetting them (test_forget.py).
"""

import gzip
import hashlib
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.privacy import scan
from pipelines.privacy.scan import Sought, traces

ID, PSEUDONYM = "48716108", "0123456789abcdef" * 4
ROW = "0.756374;Oslo;0301;1;54;3;2;5;7;7"


def in_text(folder: Path, text: str) -> None:
    (folder / "run.log").write_text(f"row 3: {text}\n", encoding="utf-8")


def in_gzip(folder: Path, text: str) -> None:
    (folder / "old.log.gz").write_bytes(gzip.compress(f"row 3: {text}\n".encode()))


def in_workbook(folder: Path, text: str) -> None:
    with zipfile.ZipFile(folder / "sheet.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", f"<row><v>{text}</v></row>")


def in_archive_of_archives(folder: Path, text: str) -> None:
    with zipfile.ZipFile(folder / "all.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("logs/old.log.gz", gzip.compress(text.encode()))


def in_parquet(folder: Path, text: str) -> None:
    pq.write_table(pa.table({"n": [1, 2], "text": ["", text]}), folder / "table.parquet", compression="zstd")


def in_duckdb(folder: Path, text: str) -> None:
    with duckdb.connect(str(folder / "some.duckdb")) as con:
        con.execute("create schema deep")
        con.execute("create table deep.texts as select range as n, md5(range::varchar) as text from range(10000)")
        con.execute("insert into deep.texts values (0, ?)", [text])


def in_sqlite(folder: Path, text: str) -> None:
    with closing(sqlite3.connect(folder / "index.db")) as con:
        con.execute("create table event_logs (event text)")
        con.execute("insert into event_logs values (?)", [f'{{"description": "{text}"}}'])
        con.commit()


PLACES = [in_text, in_gzip, in_workbook, in_archive_of_archives, in_parquet, in_duckdb, in_sqlite]


@pytest.mark.parametrize("text", [ID, PSEUDONYM, ROW], ids=["id", "pseudonym", "row"])
@pytest.mark.parametrize("put", PLACES, ids=lambda put: put.__name__)
def test_text_is_found_wherever_it_is_packed(tmp_path: Path, put: Callable[[Path, str], None], text: str) -> None:
    put(tmp_path, text.replace("8", "9").replace("7", "6").replace("f", "0"))
    assert traces(tmp_path, Sought([text])) == []
    put_anew = tmp_path / "deeper" / "still"
    put_anew.mkdir(parents=True)
    put(put_anew, text)
    found = traces(tmp_path, Sought(["something else", text]))
    assert found and {trace.path.parent for trace in found} == {put_anew}
    assert text not in "".join(map(str, found))


def test_row_is_found_in_a_table_whose_columns_are_its_cells(tmp_path: Path) -> None:
    cells = ROW.split(";")
    pq.write_table(
        pa.table({"wave": [2019]} | {f"c{n}": [cell] for n, cell in enumerate(cells)}), tmp_path / "t.parquet"
    )
    assert [trace.n_found for trace in traces(tmp_path, Sought([ROW]))] == [1]


@pytest.mark.parametrize("around", ["1{}", "{}1", "0.{}", "x{}", "{}_total", "{}.5", "é{}"])
def test_id_within_a_longer_word_or_number_is_not_it(tmp_path: Path, around: str) -> None:
    (tmp_path / "file.txt").write_text(around.format(ID), encoding="utf-8")
    assert traces(tmp_path, Sought([ID])) == []


@pytest.mark.parametrize("around", ["{}", "'{}'", ";{};", "{},", " {}\n"])
def test_id_that_stands_alone_is_found(tmp_path: Path, around: str) -> None:
    (tmp_path / "file.txt").write_text(around.format(ID), encoding="utf-8")
    assert [str(trace) for trace in traces(tmp_path, Sought([ID]))] == [f"{tmp_path / 'file.txt'}: 1 place"]


def test_pseudonym_is_found_also_between_others(tmp_path: Path) -> None:
    (tmp_path / "heap").write_bytes(b"ab" * 32 + PSEUDONYM.encode() + b"cd" * 32)
    assert len(traces(tmp_path, Sought([PSEUDONYM]))) == 1


@pytest.mark.parametrize("block", [40, 64, 97, 1000])
@pytest.mark.parametrize("before", range(60, 72))
def test_text_across_two_blocks_is_found_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, before: int
) -> None:
    monkeypatch.setattr(scan, "BLOCK", block)
    (tmp_path / "file").write_bytes(b" " * before + ID.encode() + b" " * 50 + ROW.encode() + b" " * 7 + ID.encode())
    assert [trace.n_found for trace in traces(tmp_path, Sought([ID, ROW, PSEUDONYM]))] == [3]


def test_every_one_of_many_texts_is_found(tmp_path: Path) -> None:
    texts = [f"{n:08}" for n in range(0, 30_000, 3)]
    (tmp_path / "file").write_text("\n".join(f"{n:08}" for n in range(30_000)), encoding="utf-8")
    assert [trace.n_found for trace in traces(tmp_path, Sought(texts))] == [len(texts)]


def test_whole_file_is_found_under_any_name_and_where_nothing_is_read(tmp_path: Path) -> None:
    unread = tmp_path / "landing"
    unread.mkdir()
    (unread / "kopi.csv").write_text(ROW, encoding="utf-8")
    (unread / "other.csv").write_text(ROW + "\n", encoding="utf-8")
    sought = Sought([ROW], [hashlib.sha256(ROW.encode()).hexdigest()])
    assert [trace.path.name for trace in traces(tmp_path, sought, [unread])] == ["kopi.csv"]
    assert [trace.path.name for trace in traces(tmp_path, sought)] == ["kopi.csv", "other.csv"]


def test_texts_too_short_to_be_told_from_others_are_counted_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("17", encoding="utf-8")
    sought = Sought(["17", "Ærlig-7", ID])
    assert (sought.left_out, len(sought.texts)) == (1, 2)
    assert traces(tmp_path, sought) == []


def test_nothing_is_sought_where_there_is_nothing_to_seek(tmp_path: Path) -> None:
    in_text(tmp_path, ID)
    assert traces(tmp_path, Sought([])) == []


@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"\x1f\x8b broken", b"PAR1 broken", b"12345678DUCKbroken"])
def test_what_cannot_be_unpacked_is_searched_as_it_is_and_told(tmp_path: Path, content: bytes) -> None:
    """That nothing was found in it would be no proof."""
    (tmp_path / "file").write_bytes(content + b" " + ID.encode() + b" ")
    as_it_is, packed = traces(tmp_path, Sought([ID]))
    assert (as_it_is.inside, as_it_is.n_found) == ("", 1)
    assert packed.n_found is None
    assert str(packed).endswith(": cannot be looked into")


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir(), folder.mkdir()
    in_text(outside, ID)
    (folder / "link").symlink_to(outside)
    (folder / "link.log").symlink_to(outside / "run.log")
    assert traces(folder, Sought([ID])) == []
