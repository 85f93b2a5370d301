"""The workbook of a release, digital_tilstand.xlsx: what people read, a sheet for each theme.

Not here: which sheets there are (seeds/labels/workbook_sheet.csv), and what stands around the tables
(workbook_texts.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from pipelines.common.row_key import parse_row_pattern
from pipelines.common.row_keys import Lookup
from pipelines.common.seeds import read_seed
from pipelines.publish import workbook_texts as texts

WORKBOOK = "digital_tilstand.xlsx"
MADE = datetime(1980, 1, 1)  # as all files in the zip say, so that the same tables give the same bytes
TITLE, ABOUT, UNIT, HEADER, FIRST = range(5)  # rows of a sheet with a table
LONGEST_TEXT = 32_767  # letters, of a cell
WIDE, NARROW = 38, 13
YEARS = ("wave", "year", "period")
NUMBER, WHOLE, YEAR, PERCENT, PROBABILITY, TIME = "0.00", "#,##0", "0", "0.0%", "0.000", "yyyy-mm-dd hh:mm"


@dataclass(frozen=True)
class Sheet:
    """A sheet, and the rows and columns of a table that it shows."""

    name: str
    title_nb: str
    title_en: str
    table_name: str
    table: pa.Table
    n_rows: int  # of the table in all


def write_workbook(path: Path, tables: dict[str, pa.Table], is_synthetic: bool, content: str) -> None:
    """Contents, notes, the sheets of tables that there are, and what their columns mean.

    content: which content of a release it is, for those who are handed the file alone. Raises ValueError naming the
    sheet where the seed names a column that its table has not.
    """
    sheets = chosen_sheets(tables)
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        book.set_properties({"title": texts.marked("Digital tilstand", is_synthetic), "created": MADE})
        styles = _Styles(book)
        contents, notes = book.add_worksheet(texts.CONTENTS), book.add_worksheet(texts.NOTES)
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet.name), sheet, is_synthetic, styles)
        _write_contents(contents, tables, sheets, texts.about(is_synthetic, content), styles)
        notes.set_column(0, 1, 90, styles.wrapped)
        for row, (nb, en) in enumerate(texts.notes(is_synthetic)):
            notes.write_row(row, 0, (nb, en), styles.wrapped if row else styles.header)
        _write_columns(book.add_worksheet(texts.COLUMNS), sheets, styles)


def chosen_sheets(tables: Mapping[str, pa.Table]) -> list[Sheet]:
    """What the seed names of the tables, in its order."""
    named = read_seed("workbook_sheet")
    return [_chosen(row, tables[row["table_name"]]) for row in named if row["table_name"] in tables]


def _chosen(row: Mapping[str, str], table: pa.Table) -> Sheet:
    """The rows and columns that a row of the seed names; where it names none, all but those to sort by and Nynorsk."""
    pattern = parse_row_pattern(row["row_pattern"]) if row["row_pattern"] else ()
    named = [condition.column for condition in pattern]
    columns = row["columns_shown"].split() or [name for name in table.column_names if not _is_added(name, table)]
    if unknown := sorted({*named, *columns} - set(table.column_names)):
        problem = f"{row['table_name']} has no column {', '.join(unknown)}"
        raise ValueError(f"seeds/labels/workbook_sheet.csv, sheet {row['sheet']}: {problem}")
    shown = table
    if pattern:
        positions, _ = Lookup(table.select(named).to_pandas()).rows_like(pattern)
        shown = table.take(pa.array(positions))
    titles = (row["sheet"], row["title_nb"], row["title_en"])
    return Sheet(*titles, row["table_name"], shown.select(columns), table.num_rows)


def _is_added(name: str, table: pa.Table) -> bool:
    """Whether a column stands there to sort by another, or says it in Nynorsk; goal_no is an id of its own."""
    stem, ending = name[:-3], name[-3:]
    beside = {"_no": {stem, f"{stem}_id"}, "_nn": {f"{stem}_nb"}}.get(ending, set())
    return bool(beside & set(table.column_names))


class _Styles:
    """The formats of the workbook, those of numbers made when they are first asked for."""

    def __init__(self, book: Workbook) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.header = book.add_format(
            {"bold": True, "bg_color": "#D9E2EC", "border": 1, "text_wrap": True, "valign": "top"}
        )
        self.unit = book.add_format({"italic": True, "font_color": "#555555"})
        self.about = book.add_format({"bold": True, "font_color": "#B00020"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._book = book
        self._numbers: dict[str, Format] = {}

    def number(self, num_format: str) -> Format:
        if num_format not in self._numbers:
            self._numbers[num_format] = self._book.add_format({"num_format": num_format})
        return self._numbers[num_format]


def _write_sheet(page: Worksheet, sheet: Sheet, is_synthetic: bool, styles: _Styles) -> None:
    """Title, mark and link, units, names of columns with a filter, and the rows below them."""
    table = sheet.table
    page.write_string(TITLE, 0, f"{sheet.title_nb} / {sheet.title_en}", styles.title)
    page.write_url(ABOUT, 0, f"internal:'{texts.CONTENTS}'!A1", string=texts.BACK)
    page.write_string(ABOUT, 2, texts.marked("", is_synthetic), styles.about)  # the link needs two columns
    row_unit = table[next((name for name in ("scale", "unit") if name in table.column_names), table.column_names[0])]
    is_share = [unit == "share" for unit in row_unit.to_pylist()]
    for place, field in enumerate(table.schema):
        page.set_column(place, place, WIDE if field.name.endswith(("_nb", "_en")) else NARROW)
        page.write_string(UNIT, place, _said(field, "unit"), styles.unit)
        page.write_string(HEADER, place, field.name, styles.header)
        _write_column(page, place, table[field.name], _num_formats(field, is_share), styles)
    page.freeze_panes(FIRST, 0)
    page.autofilter(HEADER, 0, HEADER + table.num_rows, table.num_columns - 1)


def _write_column(
    page: Worksheet, place: int, column: pa.ChunkedArray, num_formats: tuple[str, ...], styles: _Styles
) -> None:
    """Numbers as numbers, text as text (so that 0301 stays), nothing where it is NULL."""
    write, formats = _writer(page, column.type), [styles.number(one) if one else None for one in num_formats]
    several = len(formats) > 1
    for row, value in enumerate(column.to_pylist()):
        if value is not None:
            write(FIRST + row, place, value, formats[row if several else 0])


def _writer(page: Worksheet, data_type: pa.DataType) -> Callable[..., object]:
    write: Callable[..., object] = page.write_number
    if pa.types.is_boolean(data_type):
        write = page.write_boolean
    elif pa.types.is_temporal(data_type):
        write = page.write_datetime
    elif pa.types.is_string(data_type):
        write = partial(_write_text, page)
    return write


def _write_text(page: Worksheet, row: int, place: int, text: str, style: Format | None) -> None:
    """As much of a text as a cell holds."""
    page.write_string(row, place, text[:LONGEST_TEXT], style)


def _num_formats(field: pa.Field, is_share: list[bool]) -> tuple[str, ...]:
    """One format for the column, or one a row where its unit stands in the row; '' for what is no number."""
    if pa.types.is_temporal(field.type):
        return (TIME,)
    if pa.types.is_integer(field.type):
        return (YEAR if field.name.endswith(YEARS) else WHOLE,)
    if not pa.types.is_floating(field.type):
        return ("",)
    unit = _said(field, "unit")
    if unit in ("scale", "unit") and any(is_share):
        return tuple(PERCENT if one else NUMBER for one in is_share)
    return ({"fraction": PERCENT, "probability": PROBABILITY}.get(unit, NUMBER),)


def _said(field: pa.Field, what: str) -> str:
    """What the contract says of a column."""
    return str((field.metadata or {}).get(what.encode(), b"").decode())


def _write_contents(
    page: Worksheet, tables: dict[str, pa.Table], sheets: list[Sheet], about: list[str], styles: _Styles
) -> None:
    """A link to each sheet and what it shows of which table; then the tables that have none."""
    page.write_string(0, 0, about[0], styles.title)
    for row, line in enumerate(about[1:], start=1):
        page.write_string(row, 0, line)
    top = len(about) + 1
    page.write_row(top, 0, texts.CONTENTS_HEADER, styles.header)
    for place, width in enumerate((22, 58, 58, 26, 10, 10, 60)):
        page.set_column(place, place, width)
    for row, sheet in enumerate(sheets, start=top + 1):
        page.write_url(row, 0, f"internal:'{sheet.name}'!A1", string=sheet.name)
        page.write_row(row, 1, (sheet.title_nb, sheet.title_en, sheet.table_name))
        page.write_row(row, 4, (sheet.table.num_rows, sheet.n_rows), styles.number(WHOLE))
        page.write_string(row, 6, texts.files_of(sheet.table_name))
    others = sorted(tables.keys() - {sheet.table_name for sheet in sheets})
    for row, name in enumerate(others, start=top + 1 + len(sheets)):
        page.write_row(row, 1, (*texts.NO_SHEET, name))
        page.write_row(row, 4, (0, tables[name].num_rows), styles.number(WHOLE))
        page.write_string(row, 6, texts.files_of(name))
    page.freeze_panes(top + 1, 0)


def _write_columns(page: Worksheet, sheets: list[Sheet], styles: _Styles) -> None:
    page.write_row(0, 0, texts.COLUMNS_HEADER, styles.header)
    for place, width in enumerate((22, 30, 18, 110)):
        page.set_column(place, place, width)
    row = 0
    for sheet in sheets:
        for field in sheet.table.schema:
            row += 1
            page.write_row(row, 0, (sheet.name, field.name, _said(field, "unit"), _said(field, "description")))
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, row, 3)
