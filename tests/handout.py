"""What the files of a release that people open hold, read as other programs read them.

Not here: how they are written (pipelines/publish), and what is expected of them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from python_calamine import CalamineWorkbook

from pipelines.publish.json_stat import CUBES, METRIC, Cube
from pipelines.publish.workbook import FIRST, HEADER, Sheet

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
