"""The published tables as the report reads them: rows that a pattern picks, and cells that know where they stand.

Not here: which rows a page shows (seeds/report, pages/).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.common.contracts import Contract
from pipelines.common.row_key import RowPattern, parse_row_pattern, row_key_text
from pipelines.common.row_keys import Lookup, key_text
from pipelines.common.seeds import SeedError
from pipelines.publish.report.numbers import COUNT, Cell, Count, has_form

Row = Mapping[str, Any]
# A column whose unit stands in another one of the same row.
UNIT_BESIDE = ("scale", BESIDE := "unit")
WHOLE = ("integer", "bigint")


class Tables:
    """The tables of a release, looked into; equal questions are answered once."""

    def __init__(self, tables: Mapping[str, pa.Table], contracts: Mapping[str, Contract]) -> None:
        self._tables, self.contracts = tables, contracts
        self._columns = {name: {c.name: c for c in contract.columns} for name, contract in contracts.items()}
        self._lookups: dict[str, Lookup] = {}
        self._found: dict[tuple[str, str], list[Row]] = {}
        # By table and id of a row, which is held: no other gets it.
        self._keys: dict[tuple[str, int], tuple[Row, str]] = {}

    def rows(self, name: str, pattern: str = "") -> list[Row]:
        """The rows of a table that meet column=x|y;column=!z, in its order; all without a pattern.

        Raises SeedError where the release has no such table, or the table no such column.
        """
        if (name, pattern) not in self._found:
            self._found[name, pattern] = self._rows(name, pattern)
        return self._found[name, pattern]

    def _rows(self, name: str, pattern: str) -> list[Row]:
        table = self._of(name)
        if pattern:
            table = table.take(pa.array(self._positions(name, parse_row_pattern(pattern))))
        rows: list[Row] = table.to_pylist()
        return rows

    def _of(self, name: str) -> pa.Table:
        if name not in self._tables:
            raise SeedError(f"seeds/report names {name!r}, which is none of {', '.join(sorted(self._tables))}")
        return self._tables[name]

    def _positions(self, name: str, pattern: RowPattern) -> np.ndarray:
        table = self._tables[name]
        if unknown := sorted({condition.column for condition in pattern} - set(table.column_names)):
            raise SeedError(f"seeds/report: {name} has no column {', '.join(unknown)}")
        if name not in self._lookups:
            self._lookups[name] = Lookup(table.to_pandas())
        return self._lookups[name].rows_like(pattern)[0]

    def cell(self, name: str, row: Row, column: str) -> Cell:
        """A number of a row, its unit and its place."""
        return Cell(row[column], self.unit(name, row, column), f"{name}[{self.key(name, row)}].{column}")

    def count(self, name: str, pattern: str = "", column: str = "") -> Count:
        """How many rows meet the pattern, or how many values of a column they have."""
        table = self._of(name)
        met = table.take(pa.array(self._positions(name, parse_row_pattern(pattern)))) if pattern else table
        n = len(met[column].unique()) if column else met.num_rows
        return Count(n, f"{name}[{pattern}]" + (f".{column}" if column else ""))

    def key(self, name: str, row: Row) -> str:
        """The pattern that a row alone meets."""
        asked = name, id(row)
        if asked not in self._keys:
            named = (part for part in self.contracts[name].key if row[part] is not None)
            self._keys[asked] = row, row_key_text(tuple((part, key_text(row[part])) for part in named))
        return self._keys[asked][1]

    def unit(self, name: str, row: Row, column: str) -> str:
        """The unit of a column in a row: what the contract says, or the column that it names, or that is called so."""
        found = self._columns[name][column]
        if found.unit in UNIT_BESIDE:
            return str(row[found.unit])
        if not found.unit and found.data_type not in WHOLE and row.get(BESIDE):
            return str(row[BESIDE])
        return found.unit if has_form(found.unit) or found.data_type not in WHOLE else COUNT
