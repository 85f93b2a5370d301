"""Small valid extracts, built from the codebook, for tests that then change something in them.

Not here: the broken ones (broken_extracts).
"""

import csv
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyreadstat
import xlsxwriter

from pipelines.common.settings import Settings
from pipelines.ingest.codebook import Column, columns, parts
from pipelines.ingest.load import IngestResult, ingest
from pipelines.ingest.raw_tables import table_name

KOMMUNER = {
    2018: {"0101": "Halden", "0301": "Oslo", "1103": "Stavanger", "5001": "Trondheim", "5012": "Snillfjord"},
    2019: {"0101": "Halden", "0301": "Oslo", "1103": "Stavanger", "5001": "Trondheim", "5012": "Snillfjord"},
    2021: {"0301": "Oslo", "1103": "Stavanger", "3001": "Halden", "4601": "Bergen", "5001": "Trondheim"},
    2022: {"0301": "Oslo", "1103": "Stavanger", "3001": "Halden", "4601": "Bergen", "5001": "Trondheim"},
}
COUNTRIES = {"DNK": "Denmark", "EST": "Estonia", "NOR": "Norway", "SWE": "Sweden"}
KEY = "a key for tests, and for nothing else"
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


@dataclass
class Extract:
    """A table that can be changed and written; row 2 of the file is `rows[0]`."""

    header: list[str]
    rows: list[list[str]]
    delimiter: str
    encoding: str

    def set(self, row: int, column: str, value: str) -> "Extract":
        """Put `value` into a cell; `row` as in the file, where the header is row 1."""
        self.rows[row - 2][self.header.index(column)] = value
        return self

    def text(self) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=self.delimiter, lineterminator="\r\n").writerows([self.header, *self.rows])
        return out.getvalue()

    def write(self, file: Path, encoding: str | None = None) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(self.text().encode(encoding or self.encoding))
        return file


def kommune_extract(wave: int) -> Extract:
    """Five kommuner; answers run through their code frames, filtered questions are blank where not asked."""
    wave_columns = columns("ssb_kommune", wave)
    rows = [
        [cell for _, cell in _kommune_cells(wave_columns, position, number, name)]
        for position, (number, name) in enumerate(KOMMUNER[wave].items())
    ]
    header = [column.name for column in wave_columns]
    return Extract(header, rows, ";", "cp1252" if wave == 2018 else "utf-8-sig")


def _kommune_cells(wave_columns: list[Column], position: int, number: str, name: str) -> Iterator[tuple[str, str]]:
    fixed = {"kommunenr": number, "kommunenavn": name + " på øya", "folkemengde": str(1000 * (position + 1))}
    cells: dict[str, str] = {}
    for column in wave_columns:
        codes = list(column.codes)
        value = fixed.get(column.name) or codes[position % len(codes)]
        if column.filter_column and cells[column.filter_column] != column.filter_code:
            value = ""
        cells[column.name] = value
        yield column.name, value


def un_extract() -> Extract:
    """Four countries in the shape of the UN's files, with the float ranks that one of them has."""
    header = ["country-code", "country-name", "e-gov-rank", "e-gov-index", "e-pat-index", "osi", "hci", "tii"]
    rows = [
        [code, name, f"{rank}.0", f"0.{90 - rank}", "0.5", "0.25", "", "5e-05"]
        for rank, (code, name) in enumerate(COUNTRIES.items(), start=1)
    ]
    return Extract(header, rows, ",", "utf-8")


@dataclass
class SavExtract:
    """Cases that can be changed and written as SPSS file; a column of numbers may hold None, one of text not."""

    columns: dict[str, list[Any]]
    labels: dict[str, dict[float, str]]
    missing: dict[str, list[float]]

    def set(self, case: int, column: str, value: object) -> "SavExtract":
        """Put `value` into a cell; the first case is 1."""
        self.columns[column][case - 1] = value
        return self

    def write(self, file: Path, **options: bool) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        known = {
            "variable_value_labels": {n: v for n, v in self.labels.items() if n in self.columns},
            "missing_ranges": {n: v for n, v in self.missing.items() if n in self.columns},
        }
        pyreadstat.write_sav(pd.DataFrame(self.columns), file, **known, **options)
        return file


def innbygger_extract(wave: int) -> SavExtract:
    """Five respondents; answers run through their code frames, all codes have labels, 99 and 9999 are user-missing.

    In 2019 the kommune number is text, in 2021 a number, as both are delivered.
    """
    wave_columns = columns("dfo_innbygger", wave)
    fixed = {
        "respondent_id": [f"Respondent-{n:04}" for n in range(1, 6)],
        "vekt": [0.5, 1.25, 0.0, None, 2.0],
        "stratum": ["nord", "sør", "", "nord", "sør"],
        "stratum_n": [2000.0, 3000.0, None, 2000.0, 3000.0],
        "kommunenr": [float(number) if wave == 2021 else number for number in KOMMUNER[wave]],
        "alder": [16.0, 24.0, 49.0, 67.0, 110.0],
    }
    answers = {
        column.name: [float(code) for code in (list(column.codes) * 5)[:5]] for column in wave_columns if column.codes
    }
    cells = {column.name: (fixed | answers)[column.name] for column in wave_columns}
    labels = {column.name: {float(c): label for c, label in column.codes.items()} for column in wave_columns}
    missing = {name: [max(codes)] for name, codes in labels.items() if codes and max(codes) in (99, 9999)}
    return SavExtract(cells, {name: codes for name, codes in labels.items() if codes}, missing)


@dataclass
class Workbook:
    """Sheets that can be changed and written as .xlsx: a cell is a number, a text, a formula ('=...') or None."""

    sheets: dict[str, list[list[Any]]]  # the header first
    hidden: tuple[str, ...] = ()
    merged: tuple[tuple[str, str], ...] = ()  # (sheet, range)

    def set(self, sheet: str, row: int, column: str, value: object) -> "Workbook":
        """Put `value` into a cell; `row` as in the sheet, where the header is row 1."""
        rows = self.sheets[sheet]
        rows[row - 1][rows[0].index(column)] = value
        return self

    def write(self, file: Path) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        with xlsxwriter.Workbook(file) as book:
            for name, rows in self.sheets.items():
                sheet = book.add_worksheet(name)
                for number, row in enumerate(rows):
                    for position, cell in enumerate(row):
                        if cell is not None:
                            sheet.write(number, position, cell)
                for of, cells in self.merged:
                    if of == name:
                        sheet.merge_range(cells, "merged")
                if name in self.hidden:
                    sheet.hide()
        return file


def itip_extract(wave: int) -> Workbook:
    """Four kommuner, a state agency and three citizens; answers run through their code frames."""
    fixed = {
        "virksomhet": {
            "respondent_id": [f"V{n}" for n in range(1, 6)],
            "sektor": ["kommune", "kommune", "stat", "kommune", "kommune"],
            "kommunenr": [301, "1103", None, "3001", "5001"],
            "folkemengde": [697010, 144147, None, 31373, 207595],
        },
        "innbygger": {
            "respondent_id": [100, 101, 102],
            "kjonn": [1, 2, 2],
            "alder": [16, 44, 90],
            "region": ["Oslo", None, "Nord-Norge"],
        },
    }
    sheets = {}
    for sheet, known in fixed.items():
        wave_columns = columns("itip", wave, sheet)
        n = len(known["respondent_id"])
        cells = {c.name: known.get(c.name) or [int(code) for code in (list(c.codes) * n)[:n]] for c in wave_columns}
        sheets[sheet] = [list(cells), *(list(row) for row in zip(*cells.values(), strict=True))]
    return Workbook(sheets)


def benchmark_extract() -> Extract:
    """Scores in the shape of the eGovernment Benchmark's file: blank where an old year does not say which score it is,
    and a dot where there is none."""
    header = ["year", "Country", "variable", "brkdown", "unit", "Value"]
    rows = [
        ["2012", "NO", "", "e_gov_EVENTS_8", "eGov_score", "."],
        ["2012", "NO", "", "e_gov_EVENTS_5", "eGov_score", "73"],
        ["2020", "NO", "e_gov_0_score", "EGOV_LIFE_EVENTS", "eGov_score", "80.89999025651927"],
        ["2020", "EU", "e_gov_0_score", "EGOV_LIFE_EVENTS", "eGov_score", "67.5"],
        ["2022", "EL", "e_gov_0_score", "EGOV_LIFE_EVENTS", "eGov_score", "0"],
    ]
    return Extract(header, rows, ",", "utf-8")


def goals_extract() -> Extract:
    """Two goals, as Digdir prints them."""
    header = ["goal_no", "goal", "status", "direction", "comment"]
    rows = [["1", "Åpen", "Middels", "flat", ""], ["2", "Sammenhengende", "God", "positiv", "tekst, med komma"]]
    return Extract(header, rows, ";", "utf-8")


def key_figures_extract() -> Extract:
    """Two key figures, as Digdir prints them."""
    header = ["goal_no", "key_figure", "value", "unit", "previous_value", "previous_year", "tag", "source"]
    rows = [
        ["1", "internett_daglig", "94", "percent", "92", "2020", "", "SSB"],
        ["2", "rank_eif", "6", "rank", "5", "2020", "Negativ synkende trend", "EIF"],
    ]
    return Extract(header, rows, ",", "utf-8")


class Landing:
    """A data directory with a landing, and the in-memory database that it is loaded into."""

    def __init__(self, data_dir: Path) -> None:
        self.settings = Settings(data_dir, pseudonym_key=KEY)
        self.con = duckdb.connect()
        self.path.mkdir(parents=True)

    @property
    def path(self) -> Path:
        return self.settings.landing

    def fill(self) -> "Landing":
        """Two waves of the kommune survey and one of the UN's."""
        kommune_extract(2018).write(self.path / "ssb_kommune" / "2018" / "kommuner.csv")
        kommune_extract(2022).write(self.path / "ssb_kommune" / "2022" / "kommuner.csv")
        un_extract().write(self.path / "international" / "un_egdi" / "2018" / "egdi.csv")
        return self

    def fill_innbygger(self) -> "Landing":
        """A wave of the citizens' survey in each of its two shapes."""
        for wave in (2019, 2021):
            innbygger_extract(wave).write(self.path / "dfo_innbygger" / str(wave) / "innbyggere.sav")
        return self

    def fill_parts(self) -> "Landing":
        """Deliveries of several tables, workbooks of IT i praksis and a folder with two files of Digdir; scores."""
        for wave in (2020, 2021):
            itip_extract(wave).write(self.path / "itip" / str(wave) / "itip.xlsx")
        goals_extract().write(self.path / "digdir" / "2021" / "goals.csv")
        key_figures_extract().write(self.path / "digdir" / "2021" / "key figures.csv")
        benchmark_extract().write(self.path / "international" / "egov_benchmark" / "2023" / "scores.csv")
        return self

    def keep(self) -> "Kept":
        """What was delivered and loaded, to begin from it elsewhere."""
        kept = Kept(self.path, self.settings.data_dir / "kept.duckdb")
        self.con.execute(f"attach '{kept.database}' as kept")
        self.con.execute("copy from database memory to kept")
        self.con.execute("detach kept")
        return kept

    def ingest(self, now: datetime = MONDAY) -> IngestResult:
        return ingest(self.con, self.settings, now)

    def statuses(self, now: datetime = MONDAY) -> dict[tuple[str | None, int | None], str]:
        return {(o.survey, o.wave): o.status for o in self.ingest(now).outcomes}

    def rows(self, query: str) -> list[tuple]:
        return self.con.execute(query).fetchall()

    def in_use(self, survey: str, wave: int) -> tuple[list[tuple], list[tuple]]:
        """All raw rows of a wave, of all its tables, and its rows in the log."""
        logged = f"survey = '{survey}' and wave = {wave} and status = 'loaded'"
        tables = [table_name(survey, part) for part in parts(survey)]
        return (
            [row for t in tables for row in self.rows(f"select * from {t} where wave = {wave} order by row_number")],
            self.rows(f"select * from raw.extract_load where {logged} order by file_name"),
        )

    def report(self, folder: str) -> list[dict[str, str]]:
        """The rows of a quarantine report, the total among them."""
        file = self.settings.quarantine / folder / "report.csv"
        with file.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))


@dataclass(frozen=True)
class Kept:
    """A landing folder, and a database in which it is loaded."""

    path: Path
    database: Path

    def begin(self, data_dir: Path) -> Landing:
        """The same in another data directory, as if it had been delivered and loaded there."""
        landing = Landing(data_dir)
        shutil.copytree(self.path, landing.path, dirs_exist_ok=True)
        landing.con.execute(f"attach '{self.database}' as kept (read_only)")
        landing.con.execute("copy from database kept to memory")
        landing.con.execute("detach kept")
        return landing
