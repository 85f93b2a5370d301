"""The tables of a release as CSV: one form for programs, one for Excel in Norwegian.

Not here: the workbook (workbook.py), and which tables there are (contracts).
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pipelines.publish.tables import write_compressed, write_plain_if_small

MACHINE, EXCEL = "csv", "excel"  # folders of a release
BOM = b"\xef\xbb\xbf"  # tells Excel that what follows is UTF-8
THREADS = 2  # each holds one table as text
MOST_EXCEL_ROWS = 100_000  # nobody reads so many in a spreadsheet; the form for programs has them


def write_csv_files(release: Path, tables: dict[str, pa.Table]) -> None:
    """csv/<table>.csv.gz of every table; excel/<table>.csv, or .csv.gz where it is large, of those not too long.

    NULL is nothing between two separators, an empty text "". Every text is quoted, numbers with a decimal comma too.
    """
    (release / MACHINE).mkdir()
    (release / EXCEL).mkdir()

    def write(name: str) -> None:
        write_compressed(machine_form(tables[name]), release / MACHINE / f"{name}.csv")
        if has_excel_form(tables[name]):
            write_plain_if_small(excel_form(tables[name]), release / EXCEL / f"{name}.csv")

    # Neither Arrow nor zlib holds the interpreter. The largest first: whoever comes to it last is waited for.
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, sorted(tables, key=lambda name: -tables[name].nbytes)))


def machine_form(table: pa.Table) -> bytes:
    """The table as a file for programs."""
    return _written(table, csv.WriteOptions())


def excel_form(table: pa.Table) -> bytes:
    """The table as a file for Excel in Norwegian: BOM, semicolon, decimal comma."""
    return BOM + _written(_with_decimal_comma(table), csv.WriteOptions(delimiter=";"))


def _written(table: pa.Table, options: csv.WriteOptions) -> bytes:
    # Into memory of Arrow's: a file of Python's would wait for the interpreter at every batch.
    content = pa.BufferOutputStream()
    csv.write_csv(table, content, options)
    written: bytes = content.getvalue().to_pybytes()
    return written


def has_excel_form(table: pa.Table) -> bool:
    return bool(table.num_rows <= MOST_EXCEL_ROWS)


def _with_decimal_comma(table: pa.Table) -> pa.Table:
    """The same numbers as text, to the last digit."""
    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            text = pc.replace_substring(table[field.name].cast(pa.string()), ".", ",")
            table = table.set_column(place, field.name, text)
    return table
