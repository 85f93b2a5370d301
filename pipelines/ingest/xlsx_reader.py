"""Read from an Excel workbook (.xlsx) the sheets that the codebook knows, cells as text; what is no value is refused.

Not here: what may be opened at all (xlsx_package), and what columns and cells may hold (validation, cells).
"""

import itertools
import math
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum
from xlsxwriter.utility import xl_range

from pipelines.common.settings import DEFAULT_MAX_EXTRACT_BYTES
from pipelines.ingest import codebook, values
from pipelines.ingest.codebook import CODEBOOK, Survey
from pipelines.ingest.encoding import mangled_passage
from pipelines.ingest.extract import Chunk, Extract, check_duplicates, column_as_shown
from pipelines.ingest.findings import Findings
from pipelines.ingest.header import LOOKED_THROUGH, add_header_row, seems_header
from pipelines.ingest.text import column_key, number_text
from pipelines.ingest.xlsx_package import Sheet, look_into
from pipelines.ingest.xlsx_sheet import SAVE_AGAIN, PackageError

EXPLANATION_SHEETS = ("Forklaring", "Koder")  # of a workbook made for those who deliver; no data
ONE_TABLE = ""  # the name of the codebook for the table of a delivery that has no other
CELLS_PER_CHUNK = 1_000_000
AS_VALUE = "put the value in its place (Paste Special, Values)"
MARKS = {  # rule, problem, remedy
    "formula": ("formula", "the cell holds a formula; what it gives is not fixed", AS_VALUE),
    "error": ("cell_type", "the cell holds an error of the spreadsheet program", "correct or clear it at the source"),
    "mangled": (
        "encoding",
        "letters are the trace of another encoding",
        "correct them at the source, or export again from where they are right",
    ),
    "merged": ("merged_cells", "cells are merged: only the first can hold a value", "unmerge them, and fill in each"),
}
TYPES = {
    bool: "a logical value",
    date: "a date",
    datetime: "a date with time",
    time: "a time of day",
    timedelta: "a duration",
    float: "no finite number",
}

Cell = str | float | bool | date | time | timedelta
Row = tuple[int, list[Cell]]  # its number in the sheet, its cells from column A on


def read_xlsx(
    path: Path, survey: Survey, wave: int, findings: Findings, max_unpacked: int = DEFAULT_MAX_EXTRACT_BYTES
) -> list[Extract] | None:
    """The sheets of the workbook at `path` that the codebook names; None, with findings, when their columns cannot
    be told, when one is missing, or when another sheet holds something.

    Unpacked, the file may have `max_unpacked` bytes.
    """
    try:
        workbook = look_into(path, max_unpacked)
    except PackageError as error:
        findings.add(error.rule, error.problem, error.remedy, value=path.name)
        return None
    parts = codebook.parts(survey.survey, wave)
    explanations = {column_key(name) for name in EXPLANATION_SHEETS} - {column_key(part) for part in parts}
    sheets = [sheet for sheet in workbook.sheets if column_key(sheet.name) not in explanations]
    wanted = {column_key(part): part for part in parts} if parts != [ONE_TABLE] else _only_filled(sheets, findings)
    if not wanted:
        return None
    by_key = {column_key(sheet.name): sheet for sheet in sheets}
    found = {part: by_key[key] for key, part in wanted.items() if key in by_key}
    grids, where = {}, "the list of sheets"
    try:
        with CalamineWorkbook.from_filelike(workbook.content) as opened:
            is_hidden = [said.visible != SheetVisibleEnum.Visible for said in opened.sheets_metadata]
            for part, sheet in found.items():
                where = f"the sheet {sheet.name}, a cell or merged cells of it,"
                grids[part] = opened.get_sheet_by_index(sheet.number)
    except CalamineError as error:
        problem = f"the file is damaged: {where} cannot be read ({error})"
        findings.add("damaged", problem, SAVE_AGAIN, value=path.name)
        return None
    _check_sheets([(sheet, is_hidden[sheet.number]) for sheet in sheets], wanted, findings)
    extracts = []
    for part, grid in grids.items():
        columns = codebook.columns(survey.survey, wave, part)
        types = {column.name: column.data_type for column in columns if values.is_numeric(column)}
        known = {key: types.get(name, "") for key, name in codebook.known_names(survey.survey, wave, part).items()}
        extract = _extract(part, found[part], grid, known, findings.at(part=part))
        extracts += [extract] if extract else []
    return None if findings else extracts


def _only_filled(sheets: list[Sheet], findings: Findings) -> dict[str, str]:
    """The sheet of a delivery that is one table, by the key of its name; none, with a finding, when that is open."""
    filled = [sheet for sheet in sheets if sheet.n_filled]
    if not filled:
        findings.add("no_header", "no sheet of the workbook holds anything", "export the file again")
    elif len(filled) > 1:
        names = ", ".join(sheet.name for sheet in filled)
        problem = f"{len(filled)} sheets hold something, and the delivery is one table: {names}"
        findings.add("several_sheets", problem, "delete all but that of the table", value=names)
    return {column_key(sheet.name): ONE_TABLE for sheet in filled if len(filled) == 1}


def _check_sheets(sheets: list[tuple[Sheet, bool]], wanted: dict[str, str], findings: Findings) -> None:
    """Add sheets that are missing, hidden (the second of a pair), or not wanted; an empty one more does not matter."""
    names: dict[str, str] = {}
    for sheet, is_hidden in sheets:
        key, is_filled, here = column_key(sheet.name), sheet.n_filled > 0, findings.at(part=sheet.name)
        if key in names and (key in wanted or is_filled):
            problem = f"sheet {names[key]} has the same name (case and blanks do not count)"
            here.add("duplicate_sheet", problem, "delete or rename one of them", value=sheet.name)
        if passage := mangled_passage(sheet.name):
            rule, problem, remedy = MARKS["mangled"]
            here.add(rule, f"the name of the sheet: {problem}", remedy, value=passage)
        if is_hidden and is_filled:
            problem = f"the sheet is hidden, and {sheet.n_filled:,} of its cells hold something"
            here.add("hidden_sheet", problem, "unhide it and look, or delete it", value=sheet.name)
        elif key not in wanted and is_filled:
            problem = f"the codebook does not know this sheet, and {sheet.n_filled:,} of its cells hold something"
            here.add("unmapped_sheet", problem, f"delete it, or add it to {CODEBOOK}", value=sheet.name)
        names.setdefault(key, sheet.name)
    for key, part in wanted.items():
        if key not in names:
            close = get_close_matches(key, names.keys() - wanted.keys(), n=1)
            guess = f"; did you mean {names[close[0]]}?" if close else ""
            problem = f"there is no sheet {part}; the workbook has {', '.join(names.values())}{guess}"
            findings.add("missing_sheet", problem, f"name the sheet {part}, or export it, too", value=part)


def _extract(part: str, sheet: Sheet, grid: CalamineSheet, known: dict[str, str], findings: Findings) -> Extract | None:
    """A sheet with its header read; `known` are the names that its columns may have, as _Cells has them."""
    _, first = next(_rows(grid), (1, []))
    beginning = itertools.islice(_rows(grid), LOOKED_THROUGH + 1)
    if header_row := seems_header(((number, [_text(cell) or "" for cell in row]) for number, row in beginning), known):
        add_header_row(1, header_row, findings)
        return None
    unnamed = {place for place, cell in enumerate(first) if _text(cell) == ""}
    if len(unnamed) == len(first):
        remedy = "put the names of the columns into row 1, the data below"
        findings.at(row=1).add("no_header", "there is no header: row 1 is blank", remedy)
        return None
    holding = {place for _, row in _rows(grid) for place in unnamed if _text(row[place]) != ""} if unnamed else set()
    blank = unnamed - holding
    places = [place for place in range(len(first)) if place not in blank]
    check = _Cells([column_key(_text(cell) or "") for cell in first], known, findings)
    header = [check.text(1, place, first[place], is_header=True) for place in places]
    check_duplicates(header, 1, findings)
    for mark in sheet.marks:
        check.at(mark.row, mark.column - 1).add(*MARKS[mark.kind], mark.text)
    findings.count(sheet.n_marks - len(sheet.marks))
    _check_merged(grid, check)
    return Extract(header, "xlsx", _chunks(grid, places, check, findings), part=part)


def _check_merged(grid: CalamineSheet, check: "_Cells") -> None:
    """Add the merged cells that begin within the table; beyond its last row and column nothing can be lost by them."""
    last_row, last_column = grid.end or (-1, -1)
    for (row, column), (to_row, to_column) in grid.merged_cell_ranges or []:
        if row <= last_row and column <= last_column:
            check.at(row + 1, column).add(*MARKS["merged"], xl_range(row, column, to_row, to_column))


def _rows(grid: CalamineSheet) -> Iterator[Row]:
    """The rows of a sheet from row 1, the cells of each from column A: the library leaves out blank columns there."""
    before = [""] * grid.start[1] if grid.start else []
    return ((number, before + row) for number, row in enumerate(grid.iter_rows(), start=1))


def _chunks(grid: CalamineSheet, places: list[int], check: "_Cells", findings: Findings) -> Iterator[Chunk]:
    """The rows that hold something, by columns, as text; what is no text is added to the findings."""
    n_before = findings.total
    texts = (
        (number, [check.text(number, place, row[place]) for place in places])
        for number, row in itertools.islice(_rows(grid), 1, None)
    )
    filled = ((number, row) for number, row in texts if any(row))
    is_empty = True
    while batch := list(itertools.islice(filled, max(1, CELLS_PER_CHUNK // len(places)))):
        is_empty = False
        numbers, rows = zip(*batch, strict=True)
        yield Chunk(pa.array(numbers, pa.int32()), [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)])
    if is_empty and findings.total == n_before:
        findings.add("no_rows", "the sheet has a header and no rows", "export the file again, with its rows")


class _Cells:
    """Turns the cells of a sheet into text, and adds those that are of a wrong kind."""

    def __init__(self, keys: list[str], known: dict[str, str], findings: Findings) -> None:
        """`keys` are the names of the columns from A on, `known` those of the codebook; each with the data type of
        which it wants numbers, or ''.
        """
        self._keys, self._known, self._findings = keys, known, findings

    def at(self, row: int, place: int) -> Findings:
        """The findings of a cell; the first row is 1, the first column 0."""
        name = self._keys[place] if place < len(self._keys) else ""
        column = name if name in self._known else column_as_shown(name, place + 1, 1, self._findings)
        return self._findings.at(row=row, column=column)

    def text(self, row: int, place: int, cell: Cell, is_header: bool = False) -> str:
        text = _text(cell)
        if text is None:
            problem = f"the cell holds {TYPES[type(cell)]}"
            remedy = "set the format of the cells to General, or write it as a number or as text"
            self.at(row, place).add("cell_type", problem, remedy, str(cell))
            return str(cell)
        if isinstance(cell, str) and text:
            if text.lstrip().startswith("="):
                self.at(row, place).add(*MARKS["formula"], text)
            elif not text.isascii() and (passage := mangled_passage(text)):
                self.at(row, place).add(*MARKS["mangled"], passage)
            elif (wanted := self._known.get(self._keys[place])) and not is_header:
                problem = f"the cell holds text, the codebook has numbers in this column ({wanted})"
                self.at(row, place).add("text_for_numbers", problem, "write it as a number", text)
        return text


def _text(cell: Cell) -> str | None:
    """A cell as text, '' where nothing is to be seen in it; None for what is neither text nor number."""
    if isinstance(cell, str):
        return cell if cell.strip() else ""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
        return number_text(float(cell))
    return None
