"""What the files of a release that people open hold, read as other programs read them.

Not here: how they are written (pipelines/publish).
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from pipelines.publish.csv_files import MOST_EXCEL_ROWS
from pipelines.publish.json_stat import CUBES, METRIC, Cube
from pipelines.publish.tables import MOST_PLAIN_BYTES
from pipelines.publish.workbook import FIRST, HEADER, WORKBOOK, Sheet, chosen_sheets

Rows = list[tuple[Any, ...]]


def texts_of(table: pa.Table) -> list[str]:
    return [field.name for field in table.schema if pa.types.is_string(field.type)]


def rows_of(table: pa.Table) -> Rows:
    """The rows with None for NULL; an empty text as None too, which most programs cannot tell apart in a CSV."""
    return [tuple(None if cell == "" else cell for cell in row.values()) for row in table.to_pylist()]


def rows_of_frame(frame: pd.DataFrame, table: pa.Table) -> Rows:
    """The same of a frame that holds `table`, with times as times."""
    for field in table.schema:
        if pa.types.is_temporal(field.type):
            frame[field.name] = pd.to_datetime(frame[field.name])
    rows = frame.astype(object).itertuples(index=False)
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in rows]


def in_pandas(path: Path, table: pa.Table, **form: Any) -> Rows:
    """As docs/querying.md reads it, with text kept as text."""
    frame = pd.read_csv(
        path,
        dtype=dict.fromkeys(texts_of(table), "str"),
        keep_default_na=False,
        na_values=[""],
        **form,
    )
    return rows_of_frame(frame, table)


def cells_of_sheet(book: CalamineWorkbook, sheet: Sheet) -> tuple[list[str], Rows]:
    """The header and the rows of a sheet, None for an empty cell."""
    lines = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
    width = sheet.table.num_columns
    return lines[HEADER], [tuple(None if cell == "" else cell for cell in line[:width]) for line in lines[FIRST:]]


def json_stat(path: Path) -> dict[str, Any]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    read: dict[str, Any] = json.loads(content)
    return read


def found_again(cube: Cube, made: dict[str, Any], table: pa.Table) -> Iterator[tuple[dict[str, Any], str, Any, str]]:
    """(row, metric, value, status) of every number of a table, found in a dataset by the ids of its dimensions."""
    places = {
        name: {category: place for place, category in enumerate(dimension["category"]["index"])}
        for name, dimension in made["dimension"].items()
    }
    steps = [1]
    for size in reversed(made["size"][1:]):
        steps.insert(0, steps[0] * size)
    for row in table.to_pylist():
        ids = ["|".join("" if row[c] is None else str(row[c]) for c in d.ids) for d in cube.dimensions]
        start = sum(places[d.name][one] * step for d, one, step in zip(cube.dimensions, ids, steps, strict=False))
        for metric in cube.metrics:
            cell = start + places[METRIC][metric]
            yield row, metric, made["value"][cell], made["status"].get(str(cell), "")


CUBE = {cube.table: cube for cube in CUBES}


# A release's files beside its tables


def excel_form(release: Path, table: str) -> Path | None:
    return next(iter((release / "excel").glob(f"{table}.csv*")), None)


def read(file: Path, meant: pa.Table, parquet: Path, form: str) -> pa.Table:
    """A CSV with the types of its table, NULL apart from empty text."""
    with duckdb.connect() as con:
        described = con.execute("select column_name, column_type from (describe from read_parquet(?))", [str(parquet)])
        options = f"header = true, columns = {dict(described.fetchall())}, allow_quoted_nulls = false, quote = '\"'"
        found = con.execute(f"from read_csv(?, {options}{form})", [str(file)]).to_arrow_table()
    return found.cast(meant.schema)


def assert_csv_as_parquet(release: Path, table: str) -> None:
    """Both forms of a table's CSV hold its rows, to the last digit."""
    parquet = release / f"{table}.parquet"
    meant = pq.read_table(parquet)
    (plain,) = (release / "csv").glob(f"{table}.csv*")
    assert read(plain, meant, parquet, "").equals(meant)
    file = excel_form(release, table)
    assert (file is None) is (meant.num_rows > MOST_EXCEL_ROWS)
    if file:
        assert read(file, meant, parquet, ", delim = ';', decimal_separator = ','").equals(meant)
        assert (file.suffix == ".gz") is (n_bytes(file) > MOST_PLAIN_BYTES)


def n_bytes(file: Path) -> int:
    content = file.read_bytes()
    return len(gzip.decompress(content) if file.suffix == ".gz" else content)


def assert_sheets_as_parquet(release: Path) -> None:
    """The workbook has the sheets that the seeds say, with the rows of their tables."""
    tables = {path.stem: pq.read_table(path) for path in release.glob("*.parquet")}
    book = CalamineWorkbook.from_path(str(release / WORKBOOK))
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


def assert_json_stat_as_parquet(release: Path, table: str) -> None:
    """The datasets of a table hold its numbers, each in its cell, and none beside them; a cell without one says why."""
    whole, cube = pq.read_table(release / f"{table}.parquet"), CUBE[table]
    for part in pc.unique(whole[cube.split]).to_pylist():
        (file,) = (release / "json-stat").glob(f"{table}_{part}.json*")
        made, rows = json_stat(file), whole.filter(pc.equal(whole[cube.split], part))
        assert len(made["value"]) == math.prod(made["size"])
        assert made["label"].startswith("SYNTETISK")
        n_numbers = 0
        for row, metric, value, status in found_again(cube, made, rows):
            assert value == row[metric]
            assert bool(status) is (value is None)
            n_numbers += value is not None
        assert n_numbers == sum(value is not None for value in made["value"])
