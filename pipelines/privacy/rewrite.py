"""A delivered file without one respondent: the same tables in the same format, proven to be by reading both.

Not here: whose rows they are (forget.py), and putting the file in place.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.ingest import readers
from pipelines.ingest.codebook import SHARDS
from pipelines.ingest.discovery import format_of, survey_of
from pipelines.ingest.extract import Extract, decoded
from pipelines.ingest.findings import Findings

ANY_BYTES = "latin-1"  # as which any bytes are read and written the same
Rows = Mapping[str, Sequence[int]]  # {table: numbers of rows}
Tables = dict[str, pa.Table]


class RewriteError(ValueError):
    """A file cannot be written without a respondent and else be the same; the message says why."""


def tables_in(path: Path, survey: str, wave: int, most: int) -> Tables:
    """The tables of a delivered file, cells as text, and `row_number`.

    Raises RewriteError where it cannot be read, or is refused already as it is read.
    """
    findings = Findings()
    extracts = readers.read(path, survey_of(survey), wave, findings, most) or []
    found = {extract.part: _whole(extract) for extract in extracts if not findings}
    if findings:
        raise RewriteError("; ".join(finding.problem for finding in findings))
    return found


def _whole(extract: Extract) -> pa.Table:
    """With what the file says of its columns, where the format knows that."""
    said = repr((extract.header, extract.labels, extract.declared_missing, sorted(extract.text_columns)))
    fields = [pa.field("row_number", pa.int32()), *(pa.field(key, pa.string()) for key in extract.keys)]
    schema = pa.schema(fields, {"said": said})
    chunks = ([chunk.row_numbers, *map(decoded, chunk.columns)] for chunk in extract.chunks)
    return pa.Table.from_batches([pa.record_batch(cells, schema) for cells in chunks], schema)


def write_without(path: Path, to: Path, survey: str, wave: int, rows: Rows, most: int) -> None:
    """Write the file at `path` to `to` without these rows.

    Raises RewriteError where the result does not hold just the other rows.
    """
    if format_of(path) == SHARDS:
        _write_shard(path, to, {row for numbers in rows.values() for row in numbers})
        return
    before = tables_in(path, survey, wave, most)
    WRITERS[format_of(path)](path, to, before, rows)
    after = tables_in(to, survey, wave, most)
    if before.keys() != after.keys() or any(_differ(before[part], after[part], rows.get(part, ())) for part in before):
        raise RewriteError("what was written is not what was read")


def _differ(before: pa.Table, after: pa.Table, rows: Sequence[int]) -> bool:
    is_kept = pc.invert(pc.is_in(before["row_number"], pa.array(rows, pa.int32())))
    kept = before.filter(is_kept).drop_columns(["row_number"])
    return not kept.equals(after.drop_columns(["row_number"]), check_metadata=True)


def _write_shard(path: Path, to: Path, gone: set[int]) -> None:
    """A row group after the other, so that a large file is never in memory; then both are read once more."""
    with pq.ParquetFile(path) as source, pq.ParquetWriter(to, source.schema_arrow, compression="zstd") as target:
        for table in _groups_without(source, gone):
            target.write_table(table, row_group_size=len(table))
    with pq.ParquetFile(path) as source, pq.ParquetFile(to) as written:
        groups = (written.read_row_group(group) for group in range(written.num_row_groups))
        if not all(
            before is not None and after is not None and _nan_apart(before).equals(_nan_apart(after))
            for before, after in itertools.zip_longest(_groups_without(source, gone), groups)
        ):
            raise RewriteError("what was written is not what was read")


def _nan_apart(table: pa.Table) -> pa.Table:
    """The table with 0 for NaN, and a column more that says where that was: pa.Table.equals calls NaN unlike itself."""
    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            is_nan = pc.is_nan(table[place])
            cells = pc.if_else(is_nan, pa.scalar(0.0, field.type), table[place])
            table = table.set_column(place, field, cells).append_column(f"{field.name} is NaN", is_nan)
    return table


def _groups_without(source: pq.ParquetFile, gone: set[int]) -> Iterator[pa.Table]:
    """The row groups of a shard without these rows, of those that have others."""
    first = 1
    for group in range(source.num_row_groups):
        table = source.read_row_group(group)
        here = [row - first for row in sorted(gone) if first <= row < first + len(table)]
        pieces = itertools.pairwise([-1, *here, len(table)])
        kept = pa.concat_tables([table.slice(after + 1, before - after - 1) for after, before in pieces])
        first += len(table)
        if len(kept):
            yield kept


def _write_csv(path: Path, to: Path, before: Tables, rows: Rows) -> None:
    """The same bytes without the lines of these rows; a row may have a line break in it."""
    ((part, table),) = before.items()
    starts = table["row_number"].to_pylist()
    with path.open(encoding=ANY_BYTES, newline="") as source:
        lines = source.readlines()
    gone: set[int] = set()
    for start, following in itertools.pairwise([*starts, len(lines) + 1]):
        if start in rows[part]:
            gone |= set(range(start, following))
    with to.open("w", encoding=ANY_BYTES, newline="") as target:
        target.writelines(line for number, line in enumerate(lines, start=1) if number not in gone)


def _write_sav(path: Path, to: Path, _before: Tables, rows: Rows) -> None:
    import pyreadstat  # a second that other formats do not need

    read: tuple[Any, Any] = pyreadstat.read_sav(path, user_missing=True, disable_datetime_conversion=True)
    frame, meta = read
    (numbers,) = rows.values()
    pyreadstat.write_sav(
        frame.drop(index=[number - 1 for number in numbers]),
        to,
        file_label=meta.file_label or "",
        column_labels=meta.column_labels,
        compress=True,
        note=meta.notes or None,
        variable_value_labels=meta.variable_value_labels,
        missing_ranges=meta.missing_ranges,
        variable_display_width=meta.variable_display_width,
        variable_measure=meta.variable_measure,
        variable_format=meta.original_variable_types,
    )


def _write_xlsx(path: Path, to: Path, before: Tables, rows: Rows) -> None:
    """All sheets, values alone: what else a workbook keeps of rows (a pivot's copy, a comment) is not taken over."""
    import xlsxwriter
    from python_calamine import CalamineWorkbook

    sheets = {part.lower(): part for part in before}
    with CalamineWorkbook.from_path(str(path)) as source, xlsxwriter.Workbook(str(to)) as target:
        date_format = target.add_format({"num_format": "yyyy-mm-dd"})
        only = len(source.sheet_names) == 1
        for name in source.sheet_names:
            grid, sheet = source.get_sheet_by_name(name), target.add_worksheet(name)
            part = next(iter(before)) if only else sheets.get(name.strip().lower())
            gone = set(rows.get(part, ())) if part is not None else set()
            kept = (row for number, row in enumerate(grid.iter_rows(), start=1) if number not in gone)
            for number, row in enumerate(kept):
                for place, cell in enumerate(row, start=grid.start[1] if grid.start else 0):
                    _write_cell(sheet, number, place, cell, date_format)


def _write_cell(sheet: Any, row: int, column: int, cell: Any, date_format: Any) -> None:
    if isinstance(cell, str):
        if cell:
            sheet.write_string(row, column, cell)
    elif isinstance(cell, datetime | date | time | timedelta):
        sheet.write_datetime(row, column, cell, date_format)
    else:
        sheet.write(row, column, cell)


WRITERS = {"csv": _write_csv, "sav": _write_sav, "xlsx": _write_xlsx}
