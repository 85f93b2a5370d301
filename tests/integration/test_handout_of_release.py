"""Every file of a release for people, opened again: the same rows and values as the Parquet.

Not here: hard texts, and programs that are not Python (unit/test_handout.py).
"""

from __future__ import annotations

import gzip
import math
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from pipelines.publish.csv_files import MOST_EXCEL_ROWS
from pipelines.publish.manifest import verify
from pipelines.publish.tables import MOST_PLAIN_BYTES
from pipelines.publish.workbook import WORKBOOK, chosen_sheets
from tests.handout import CUBE, cells_of_sheet, found_again, json_stat, rows_of
from tests.line import TABLES, Line

LARGEST = {"csv": 18_000_000, "workbook": 5_000_000, "json-stat": 5_000_000}  # bytes, of the sample

pytestmark = pytest.mark.slow


def excel_form(release: Path, table: str) -> Path | None:
    return next(iter((release / "excel").glob(f"{table}.csv*")), None)


def read(file: Path, meant: pa.Table, parquet: Path, form: str) -> pa.Table:
    """A CSV with the types of its table, NULL apart from empty text."""
    with duckdb.connect() as con:
        described = con.execute("select column_name, column_type from (describe from read_parquet(?))", [str(parquet)])
        options = f"header = true, columns = {dict(described.fetchall())}, allow_quoted_nulls = false, quote = '\"'"
        found = con.execute(f"from read_csv(?, {options}{form})", [str(file)]).to_arrow_table()
    return found.cast(meant.schema)


@pytest.mark.parametrize("table", TABLES)
def test_csv_files_have_the_rows_of_the_parquet(built: Line, table: str) -> None:
    parquet = built.release / f"{table}.parquet"
    meant = pq.read_table(parquet)
    assert read(built.release / "csv" / f"{table}.csv.gz", meant, parquet, "").equals(meant)
    file = excel_form(built.release, table)
    assert (file is None) is (meant.num_rows > MOST_EXCEL_ROWS)
    if file:
        assert read(file, meant, parquet, ", delim = ';', decimal_separator = ','").equals(meant)
        assert (file.suffix == ".gz") is (n_bytes(file) > MOST_PLAIN_BYTES)


def n_bytes(file: Path) -> int:
    content = file.read_bytes()
    return len(gzip.decompress(content) if file.suffix == ".gz" else content)


def test_sheets_have_the_rows_of_the_parquet(built: Line) -> None:
    tables = {name: pq.read_table(built.release / f"{name}.parquet") for name in TABLES}
    book = CalamineWorkbook.from_path(str(built.release / WORKBOOK))
    sheets = chosen_sheets(tables)
    assert book.sheet_names == ["Innhold", "Merknader", *(sheet.name for sheet in sheets), "Kolonner"]
    for sheet in sheets:
        assert sheet.table.num_rows, sheet.name
        columns, rows = cells_of_sheet(book, sheet)
        assert columns == sheet.table.column_names
        for row, meant in zip(rows, rows_of(sheet.table), strict=True):
            assert all(map(alike, row, meant)), (sheet.name, row, meant)


def alike(cell: object, meant: object) -> bool:
    """A workbook has 16 digits of a number, and of times the seconds."""
    if isinstance(meant, float):
        return isinstance(cell, float) and math.isclose(cell, meant, rel_tol=1e-14)
    return str(cell)[:19] == str(meant)[:19] if isinstance(meant, datetime) else bool(cell == meant)


@pytest.mark.parametrize(("table", "split"), [(cube.table, cube.split) for cube in CUBE.values()])
def test_json_stat_has_every_number_of_its_table(built: Line, table: str, split: str) -> None:
    whole = pq.read_table(built.release / f"{table}.parquet")
    for part in pc.unique(whole[split]).to_pylist():
        (file,) = (built.release / "json-stat").glob(f"{table}_{part}.json*")
        made, rows = json_stat(file), whole.filter(pc.equal(whole[split], part))
        assert len(made["value"]) == math.prod(made["size"])
        assert made["label"].startswith("SYNTETISK")
        n_numbers = 0
        for row, metric, value, status in found_again(CUBE[table], made, rows):
            assert value == row[metric]
            assert bool(status) is (value is None)
            n_numbers += value is not None
        assert n_numbers == sum(value is not None for value in made["value"])


def test_manifest_lists_the_files_and_they_are_as_small_as_promised(built: Line) -> None:
    listed = {entry["path"]: entry["bytes"] for entry in verify(built.release)["files"]}
    sizes = {
        "csv": sum(size for path, size in listed.items() if path.startswith(("csv/", "excel/"))),
        "workbook": listed[WORKBOOK],
        "json-stat": sum(size for path, size in listed.items() if path.startswith("json-stat/")),
    }
    assert all(0 < size < LARGEST[kind] for kind, size in sizes.items()), sizes
    assert {f"csv/{table}.csv.gz" for table in TABLES} <= listed.keys()
