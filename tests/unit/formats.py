"""The same table written in every format that a delivery may come in.

Not here: what the table holds (extracts), and what is expected of it.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import xlsxwriter

from pipelines.ingest.codebook import COPIED, columns
from pipelines.ingest.values import is_numeric
from tests.unit.extracts import KOMMUNER, innbygger_extract, kommune_extract

TABULAR = ("csv", "xlsx")  # where rows can stand above the header, or be blank


def held_in(survey: str, file_format: str) -> str:
    """Where the cells of a delivery of one table are read from, once it is loaded."""
    return f"raw.{survey}{'' if file_format in COPIED else '_shards'}"


def has_header_row(file_format: str) -> bool:
    """Whether names stand in a row, so that the first row of data is the second of the file."""
    return file_format in TABULAR


@dataclass
class Table:
    """A delivery of one table: cells are text, blank '', and numbers where `numeric` says so."""

    survey: str
    wave: int
    header: list[str]
    rows: list[list[str]]
    numeric: set[str]
    above: tuple[list[str], ...] = ()
    delimiter: str = ";"

    def set(self, row: int, column: str, value: str) -> "Table":
        """Put a value into the row of data that is counted from 1."""
        self.rows[row - 1][self.header.index(column)] = value
        return self

    def column(self, name: str, *values: str) -> "Table":
        for row, value in zip(self.rows, values, strict=True):
            row[self.header.index(name)] = value
        return self

    def rename(self, old: str, new: str) -> "Table":
        self.header[self.header.index(old)] = new
        if old in self.numeric:
            self.numeric.add(new)
        return self

    def write(self, landing: Path, file_format: str, name: str = "delivery") -> Path:
        """The file in its wave's folder of a landing."""
        file = landing / self.survey / str(self.wave) / f"{name}.{file_format}"
        file.parent.mkdir(parents=True, exist_ok=True)
        {"csv": self._csv, "sav": self._sav, "xlsx": self._xlsx, "parquet": self._parquet}[file_format](file)
        return file

    def _csv(self, file: Path) -> None:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator="\r\n")
        writer.writerows([*self.above, self.header, *self.rows])
        file.write_bytes(text.getvalue().encode())

    def _xlsx(self, file: Path) -> None:
        with xlsxwriter.Workbook(file) as book:
            sheet = book.add_worksheet("Ark1")
            for number, row in enumerate([*self.above, self.header, *self.rows]):
                for place, cell in enumerate(row):
                    is_data = number > len(self.above)
                    value = self._typed(self.header[place], cell) if is_data else cell
                    if value not in (None, ""):
                        sheet.write(number, place, value)

    def _sav(self, file: Path) -> None:
        cells = {name: [self._typed(name, row[place]) for row in self.rows] for place, name in enumerate(self.header)}
        typed = {
            name: pd.Series(values, dtype="float64" if name in self.numeric else "object")
            for name, values in cells.items()
        }
        pyreadstat.write_sav(pd.DataFrame(typed), file)

    def _parquet(self, file: Path) -> None:
        """Numbers as a float where one has decimals, else as a small integer."""
        columns = []
        for place, name in enumerate(self.header):
            cells = [self._typed(name, row[place]) for row in self.rows]
            of_number = [cell for cell in cells if isinstance(cell, float)]
            is_whole = all(cell.is_integer() and abs(cell) < 2**62 for cell in of_number)
            data_type = pa.string() if name not in self.numeric else pa.int64() if is_whole else pa.float64()
            columns.append(pa.array([int(c) if is_whole and isinstance(c, float) else c for c in cells], data_type))
        pq.write_table(pa.Table.from_arrays(columns, names=self.header), file)

    def _typed(self, column: str, cell: str) -> Any:
        if column not in self.numeric:
            return cell
        return float(cell) if cell else None


def kommune_table(wave: int = 2022) -> Table:
    """The kommuner of kommune_extract(), with their own names and official inhabitants."""
    extract = kommune_extract(wave)
    known = columns("ssb_kommune", wave)
    table = Table("ssb_kommune", wave, extract.header, extract.rows, {c.name for c in known if is_numeric(c)})
    table.column("kommunenavn", *KOMMUNER[wave].values())
    return table.column("folkemengde", "699827", "144699", "31444", "286930", "210496")


def innbygger_table(wave: int = 2021) -> Table:
    """The respondents of innbygger_extract(), all with a weight and an age in the middle."""
    extract = innbygger_extract(wave)
    known = columns("dfo_innbygger", wave)
    header = list(extract.columns)

    def text(value: object) -> str:
        return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

    rows = [[text(extract.columns[name][n]) for name in header] for n in range(5)]
    table = Table("dfo_innbygger", wave, header, rows, {c.name for c in known if is_numeric(c)})
    return table.column("vekt", "1", "1", "1", "1", "1").column("alder", "16", "24", "49", "67", "80")
