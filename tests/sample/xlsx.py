"""Write a wave as a workbook, a sheet for each table of the delivery.

Not here: what the cells hold (the surveys' plans).
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import xlsxwriter

MADE = datetime(2000, 1, 1)  # the same data must give the same bytes


def xlsx_bytes(sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[str]]]]) -> bytes:
    """A workbook of {sheet: (header, rows)}; what looks like a number is one, '' is no cell."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": MADE})
        for name, (header, rows) in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, header)
            for number, row in enumerate(rows, start=1):
                for column, cell in enumerate(row):
                    if cell:
                        sheet.write(number, column, int(cell) if cell.isdecimal() else cell)
    return content.getvalue()
