"""Look at the cells of a workbook's sheet as its XML goes by: how far they reach, and what must not be loaded.

Not here: unpacking (xlsx_package), and the values of the cells (xlsx_reader).
"""

import re
from array import array
from dataclasses import dataclass
from functools import lru_cache

from pipelines.ingest.findings import MAX_KEPT

LIMIT = "check that it is the right file; TILSTAND_MAX_EXTRACT_MB sets another limit"
SAVE_AGAIN = "open it in the spreadsheet program, look it through, and save it again as .xlsx"
# The reader lays a sheet out as a rectangle up to its last cell, 32 bytes a cell, whatever is in it.
MAX_CELLS = 20_000_000
MAX_ROW, MAX_COLUMN = 1_048_576, 16_384  # of the format
KEPT_TEXT = 1_000  # characters of a cell: enough for the number of a shared text, and for what a finding shows
REFERENCE = re.compile("([A-Za-z]{1,3})([1-9][0-9]{0,6})")

Attributes = dict[str, str]


class PackageError(Exception):
    """The file is no workbook that may be opened: (rule, problem, remedy) as a finding has them."""

    def __init__(self, rule: str, problem: str, remedy: str = SAVE_AGAIN) -> None:
        super().__init__(problem)
        self.rule, self.problem, self.remedy = rule, problem, remedy


@dataclass(frozen=True)
class Mark:
    """A cell that must not be loaded as it is. `kind`: formula or error. Rows and columns count from 1."""

    kind: str
    row: int
    column: int
    text: str


def damaged(problem: str) -> PackageError:
    return PackageError("damaged", f"the file is damaged: {problem}")


class Look:
    """What is seen of one sheet while its XML goes by."""

    def __init__(self, lengths: "array[int]", max_text: int) -> None:
        self.n_filled = self.n_marks = 0
        self.marks: list[Mark] = []
        self._lengths, self._text_left = lengths, max_text
        self._row = self._column = self._n_rows = self._n_columns = 0
        self._type = self._inside = ""
        self._data: bool | None = None  # whether this is among the rows; None before them
        self._texts: dict[str, str] = {}  # of the cell at hand, by element: v, is, f

    def start(self, tag: str, found: Attributes) -> None:
        if self._inside == "v":
            raise damaged("a value is broken up by other XML")  # of which the reader takes the first piece
        if tag == "sheetData":
            if self._data is not None:
                raise damaged("it holds two tables of cells")
            self._data = True
        elif not self._data:
            return  # formulas of a validation, rows that a button stands on
        elif tag == "row":
            self._go_to(int(found.get("r", self._row + 1)), 0)
        elif tag == "c":
            row, column = _place(found["r"]) if "r" in found else (self._row, self._column + 1)
            self._go_to(row, column, starts_row=False)
            self._type, self._texts = found.get("t", "n"), {}
        elif tag in ("v", "is", "f"):
            self._inside, self._texts[tag] = tag, ""
            self._n_rows, self._n_columns = self._row, max(self._n_columns, self._column)
            if self._n_rows * self._n_columns > MAX_CELLS:
                problem = f"its cells reach as far as row {self._row}, column {self._column}"
                raise PackageError("too_large_unpacked", problem, "delete the rows and columns outside the table")

    def hear(self, text: str) -> None:
        if self._inside and len(self._texts[self._inside]) < KEPT_TEXT:
            self._texts[self._inside] += text

    def end(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""
        elif tag == "sheetData":
            self._data = False
        elif tag == "c" and self._texts:
            self._close_cell(self._texts.get("v") or self._texts.get("is", ""))
            self._texts = {}

    def _close_cell(self, value: str) -> None:
        self.n_filled += bool(value.strip() or "f" in self._texts)
        if "f" in self._texts:
            self._mark("formula", self._row, self._column, "=" + self._texts["f"])
        elif self._type == "e":
            self._mark("error", self._row, self._column, value)
        elif self._type == "s" and value:
            if not 0 <= int(value) < len(self._lengths):
                raise damaged(f"there is no shared text {value}")
            self._text_left -= self._lengths[int(value)]
            if self._text_left < 0:
                problem = "its texts are too large, repeated as often as the cells do"
                raise PackageError("too_large_unpacked", problem, LIMIT)

    def _mark(self, kind: str, row: int, column: int, text: str) -> None:
        self.n_marks += 1
        if len(self.marks) < MAX_KEPT:
            self.marks.append(Mark(kind, row, column, text))

    def _go_to(self, row: int, column: int, starts_row: bool = True) -> None:
        is_next = row > self._row if starts_row else row == self._row and column > self._column
        if not is_next or row > MAX_ROW or column > MAX_COLUMN:
            raise damaged(f"row {row}, column {column} stands where it cannot")
        self._row, self._column = row, column


def _place(reference: str) -> tuple[int, int]:
    """(row, column) of a cell by its name; AB1 is (1, 28)."""
    matched = REFERENCE.fullmatch(reference)
    if not matched:
        raise damaged(f"there is no cell {reference}")
    return int(matched[2]), _column(matched[1].upper())


@lru_cache(MAX_COLUMN)
def _column(letters: str) -> int:
    return 26 * _column(letters[:-1]) + ord(letters[-1]) - ord("A") + 1 if letters else 0
