"""An empty workbook to fill in: a sheet for each table, drop-downs of the codes, and a sheet that explains it all.

Not here: what the columns are (template_texts) and where the file goes (template).
"""

import io
import math
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from pipelines.common.seeds import read_seed
from pipelines.ingest.template_texts import Explained, Table
from pipelines.ingest.xlsx_reader import EXPLANATION_SHEETS

EXPLANATION, CODES = EXPLANATION_SHEETS
LAST_ROW = 1_048_575  # of any sheet, counted from 0
LINE_HEIGHT, MOST_HEIGHT = 15, 409  # of a row, in points
AS_TEXT = 49  # the number by which every spreadsheet program knows the format of text, "@"
LONGEST_TITLE, LONGEST_MESSAGE = 32, 255  # of what a spreadsheet program shows beside a cell
WIDTHS = {"Tabell": 12, "Kolonne": 26, "Må være med": 12, "Nøkkel": 16, "Hva det er": 50, "Verdier": 34, "Enhet": 16,
          "Koder": 44, "Bare når": 24, "Tom celle betyr": 18}  # fmt: skip
HOW_TO = (
    "1. Fyll ut {sheets}: én rad for hver enhet (kommune, virksomhet, person, land). La overskriften i rad 1 stå.",
    "2. Velg koden fra listen i cellen, eller skriv den. Koder er tall. Hva de betyr, står i tabellen under, og ved "
    "cellen når du velger den.",
    "3. La cellen stå tom der det ikke er noe svar, og der spørsmålet ikke er stilt (Bare når). Skriv ikke ord i "
    "kolonner for tall.",
    "4. Lim inn verdier, ikke formler. Ikke slå sammen celler, og ikke legg til titler, summer eller andre kolonner.",
    "5. Kolonner med mørk overskrift må være med. De andre kan slettes hvis dere ikke har dem.",
    "6. Arkene {explanation} og {codes} (skjult) er til hjelp og blir ikke lest. {codes} holder listene: la det stå.",
    "7. Kontroller filen før dere leverer: python -m pipelines check FIL --survey {survey} --wave {wave}",
)


def xlsx_template(survey: str, wave: int, tables: list[Table]) -> bytes:
    """The workbook of a delivery; the sheet of the only table is named by the survey."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        styles = _Styles(book)
        sheets = {table.name or survey: table for table in tables}
        lists = _Lists()
        for name, table in sheets.items():
            _add_table(book.add_worksheet(name), table, lists, styles)
        _explain(book.add_worksheet(EXPLANATION), survey, wave, sheets, styles)
        lists.write(book.add_worksheet(CODES), styles)
    return content.getvalue()


class _Styles:
    """The few formats of the workbook."""

    def __init__(self, book: Workbook) -> None:
        header = {"bold": True, "border": 1, "text_wrap": True, "valign": "top"}
        self.required = book.add_format(header | {"bg_color": "#1F4E79", "font_color": "#FFFFFF"})
        self.optional = book.add_format(header | {"bg_color": "#D9E2EC"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.bold = book.add_format({"bold": True})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        self._text = book.add_format({"num_format": AS_TEXT})
        self._whole = book.add_format({"num_format": "0"})
        self._decimal = book.add_format({"num_format": "General", "align": "right"})

    def of_cells(self, explained: Explained) -> Format:
        """The format of the cells of a column: as text, a number keeps its leading zero."""
        if not explained.is_number:
            return self._text
        return self._decimal if explained.has_decimals else self._whole


class _Lists:
    """What cells may hold, a column of the hidden sheet for each list; columns with the same codes share one."""

    def __init__(self) -> None:
        self._lists: dict[tuple[str | float, ...], str] = {}

    def range_of(self, explained: Explained) -> str:
        """Where the list of a column stands, as a drop-down names it."""
        cells = tuple(float(code) if explained.is_number else code for code in explained.codes)
        self._lists.setdefault(cells, explained.column.code_frame)
        place = xlsxwriter.utility.xl_col_to_name(list(self._lists).index(cells))
        return f"={CODES}!${place}$2:${place}${len(cells) + 1}"

    def write(self, sheet: Worksheet, styles: _Styles) -> None:
        for place, (cells, frame) in enumerate(self._lists.items()):
            sheet.write_string(0, place, frame, styles.bold)
            for row, cell in enumerate(cells, start=1):
                sheet.write(row, place, cell)
        sheet.hide()


def _add_table(sheet: Worksheet, table: Table, lists: _Lists, styles: _Styles) -> None:
    for place, explained in enumerate(table.columns):
        name = explained.column.name
        sheet.set_column(place, place, min(max(len(name) + 2, 10), 40), styles.of_cells(explained))
        sheet.write_string(0, place, name, styles.required if explained.column.is_required else styles.optional)
        sheet.data_validation(1, place, LAST_ROW, place, _validation(explained, lists))
    sheet.freeze_panes(1, 1)


def _validation(explained: Explained, lists: _Lists) -> dict[str, Any]:
    shown = {
        "input_title": _cut(explained.column.name, LONGEST_TITLE),
        "input_message": _cut(explained.message, LONGEST_MESSAGE),
    }
    if not explained.codes:
        return {"validate": "any"} | shown
    error = {
        "error_title": _cut(explained.column.name, LONGEST_TITLE),
        "error_message": _cut(f"Tillatt er: {', '.join(explained.code_texts)}", LONGEST_MESSAGE),
    }
    return {"validate": "list", "source": lists.range_of(explained)} | shown | error


def _explain(sheet: Worksheet, survey: str, wave: int, sheets: dict[str, Table], styles: _Styles) -> None:
    (name,) = (row["survey_nb"] for row in read_seed("survey") if row["survey"] == survey)
    sheet.write_string(0, 0, f"{name}, {wave}", styles.title)
    sheet.write_string(1, 0, "Slik gjør du", styles.bold)
    listed = f"arket {next(iter(sheets))}" if len(sheets) == 1 else f"arkene {' og '.join(sheets)}"
    for row, line in enumerate(HOW_TO, start=2):
        said = line.format(sheets=listed, explanation=EXPLANATION, codes=CODES, survey=survey, wave=wave)
        sheet.write_string(row, 0, said)
    top = len(HOW_TO) + 3
    for place, (heading, width) in enumerate(WIDTHS.items()):
        sheet.set_column(place, place, width)
        sheet.write_string(top, place, heading, styles.required)
    rows = [_explanation(of, explained) for of, table in sheets.items() for explained in table.columns]
    for row, cells in enumerate(rows, start=top + 1):
        sheet.set_row(row, _height(cells))
        for place, text in enumerate(cells):
            sheet.write_string(row, place, text, styles.wrapped)
    sheet.autofilter(top, 0, top + len(rows), len(WIDTHS) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)


def _explanation(table: str, explained: Explained) -> list[str]:
    """The cells of a column's row, in the order of WIDTHS."""
    return [
        table,
        explained.column.name,
        "ja" if explained.column.is_required else "nei",
        explained.key,
        explained.what,
        explained.values,
        explained.unit,
        "\n".join(explained.code_texts),
        explained.asked.removeprefix("Bare når "),
        explained.blank,
    ]


def _height(cells: list[str]) -> float:
    """Of a row that shows all lines of its cells: not every program finds that out when it opens the file."""
    lines = [
        sum(max(1, math.ceil(len(line) / (width - 2))) for line in text.split("\n"))
        for text, width in zip(cells, WIDTHS.values(), strict=True)
    ]
    return min(LINE_HEIGHT * max(lines), MOST_HEIGHT)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
