"""What moved since the release before: tables with rows that came and went, and cells that are another, largest first.

Not here: comparing two releases (pipelines/publish/compare.py), and what is not told of them (withheld.py beside it).
"""

from collections.abc import Iterator
from typing import Any

from pipelines.publish.compare import Cell, TableDifference, named
from pipelines.publish.metadata.facts import Table
from pipelines.publish.metadata.labels import column_label
from pipelines.publish.report.numbers import NOTHING, written
from pipelines.publish.report.report import Page, Report

ADDRESS, SECTION = "om/endringer", "om/index"


def pages(report: Report) -> Iterator[Page]:
    known = {table.name: table for table in report.facts.tables}
    moved = report.moved
    differing = [table for table in moved.tables if table.n_differences] if moved else []
    filled = {
        "before": moved.before if moved else "",
        "is_withheld": bool(moved and moved.is_withheld),
        "tables": [_table(report, table, known.get(table.table)) for table in differing],
        "same": [
            known[table.table].label[f"title_{report.language}"]
            for table in (moved.tables if moved else ())
            if not table.n_differences and table.table in known
        ],
    }
    yield Page(ADDRESS, SECTION, "moved", filled)


def _table(report: Report, found: TableDifference, known: Table | None) -> dict[str, Any]:
    columns = {c.name: c for c in known.contract.columns} if known else {}
    return {
        "name": found.table,
        "title": known.label[f"title_{report.language}"] if known else found.table,
        "found": found,
        "counts": [
            _counted(n, report.language)
            for n in (found.n_rows, found.only_after, found.only_before, sum(c.n_cells for c in found.changed))
        ],
        "n_withheld": _counted(found.n_withheld, report.language) if found.n_withheld else "",
        "rows_new": [named(key) for key in found.rows_new],
        "rows_gone": [named(key) for key in found.rows_gone],
        "changed": [
            {
                "column": changed.column,
                "label": column_label(columns[changed.column], report.language),
                "n_cells": _counted(changed.n_cells, report.language),
                "cells": [_cell(report, cell, columns[changed.column].unit) for cell in changed.cells],
            }
            for changed in found.changed
        ],
    }


def _cell(report: Report, cell: Cell, unit: str) -> dict[str, str]:
    shown = [_shown(value, unit, report.language) for value in (cell.before, cell.after)]
    return {"key": named(cell.key), "before": shown[0], "after": shown[1]}


def _counted(n: int, language: str) -> str:
    return written(n, "count", language)


def _shown(value: object, unit: str, language: str) -> str:
    """A number as readers write it; of one whose unit says too few decimals to tell it from another, all of them."""
    if isinstance(value, float):
        return written(value, unit, language, decimals=6)
    return NOTHING if value is None else str(value)
