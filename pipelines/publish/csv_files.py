"""The tables of a release as CSV: one form for programs, one for Excel in Norwegian.

Not here: the workbook (workbook.py), and which tables there are (contracts).
"""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pipelines.publish.tables import write_compressed, write_plain_if_small

MACHINE, EXCEL = "csv", "excel"  # folders of a release
BOM = b"\xef\xbb\xbf"  # tells Excel that what follows is UTF-8
MOST_EXCEL_ROWS = 100_000  # nobody reads so many in a spreadsheet; the form for programs has them


def write_csv_files(release: Path, tables: dict[str, pa.Table]) -> None:
    """csv/<table>.csv.gz of every table; excel/<table>.csv, or .csv.gz where it is large, of those not too long.

    NULL is nothing between two separators, an empty text "". Every text is quoted, numbers with a decimal comma too.
    """
    (release / MACHINE).mkdir()
    (release / EXCEL).mkdir()
    for name, table in tables.items():
        write_compressed(machine_form(table), release / MACHINE / f"{name}.csv")
        if has_excel_form(table):
            write_plain_if_small(excel_form(table), release / EXCEL / f"{name}.csv")


def machine_form(table: pa.Table) -> bytes:
    """The table as a file for programs."""
    content = io.BytesIO()
    csv.write_csv(table, content)
    return content.getvalue()


def excel_form(table: pa.Table) -> bytes:
    """The table as a file for Excel in Norwegian: BOM, semicolon, decimal comma."""
    content = io.BytesIO()
    csv.write_csv(_with_decimal_comma(table), content, csv.WriteOptions(delimiter=";"))
    return BOM + content.getvalue()


def has_excel_form(table: pa.Table) -> bool:
    return bool(table.num_rows <= MOST_EXCEL_ROWS)


def _with_decimal_comma(table: pa.Table) -> pa.Table:
    """The same numbers as text, to the last digit."""
    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            text = pc.replace_substring(table[field.name].cast(pa.string()), ".", ",")
            table = table.set_column(place, field.name, text)
    return table
