"""Find the rows of a published table that a seed names: 'column=value;column=value'.

Not here: which rows (the seeds) and what is made of them (reconciliation, goals).
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipelines.common.contracts import Contract
from pipelines.common.published import published_only
from pipelines.common.row_key import Condition, RowKey, RowPattern
from pipelines.common.seeds import SeedError

# What a table may say of a row; read beside the cells that are named, where the table has it.
MARKS = (
    IS_SYNTHETIC := "is_synthetic",
    IS_CARRIED := "is_carried",
    IS_PREVIOUS_CARRIED := "is_previous_carried",
    IS_COMPARABLE := "comparable_with_previous",
    N_COUNTRIES := "n_countries",
)


class Lookup:
    """The rows of a table that meet a row key or pattern. A key column is encoded once, then compared as integers."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self._columns: dict[str, tuple[np.ndarray, dict[str, int]]] = {}

    def rows(self, row_key: RowKey) -> tuple[np.ndarray, list[str]]:
        """Positions of the rows, and the conditions tested: where no row is left, the last one emptied it."""
        return self.rows_like(tuple(Condition(column, (value,)) for column, value in row_key))

    def rows_like(self, pattern: RowPattern) -> tuple[np.ndarray, list[str]]:
        """As rows(), of conditions that may name several values or exclude some."""
        positions: np.ndarray | None = None
        tested = []
        for condition in pattern:
            codes, code_of_text = self._encoded(condition.column)
            wanted = [code_of_text.get(value, -1) for value in condition.wanted]
            left = codes if positions is None else codes[positions]
            is_met = left == wanted[0] if len(wanted) == 1 else np.isin(left, wanted)
            is_met = ~is_met if condition.is_excluding else is_met
            positions = np.flatnonzero(is_met) if positions is None else positions[is_met]
            tested.append(str(condition))
            if not len(positions):
                break
        return np.arange(len(self.table)) if positions is None else positions, tested

    def _encoded(self, column: str) -> tuple[np.ndarray, dict[str, int]]:
        if column not in self._columns:
            codes, uniques = pd.factorize(self.table[column], use_na_sentinel=False)
            code_of_text: dict[str, int] = {}
            recoded = [code_of_text.setdefault(key_text(value), len(code_of_text)) for value in uniques]
            self._columns[column] = np.array(recoded, dtype=np.int64)[codes], code_of_text
        return self._columns[column]


def contracts_read(
    cells: Iterable[tuple[str, str, Iterable[str]]], contracts: Mapping[str, Contract]
) -> dict[str, Contract]:
    """{table: its contract, of those columns only that cells (place, table, columns) name, and its marks}, sorted.

    Raises SeedError naming the place, where a table is not published or has no such column.
    """
    published = published_only(contracts)
    named: dict[str, set[str]] = {}
    for place, table, columns in cells:
        if table not in published:
            raise SeedError(f"{place}: {table!r} is none of the published tables {', '.join(published)}")
        for column in columns:
            if column not in published[table].names:
                raise SeedError(f"{place}: {table} has no column {column!r}")
        named.setdefault(table, set(MARKS)).update(columns)
    return {table: published[table].only(*named[table] & {*published[table].names}) for table in sorted(named)}


def marked(row: Mapping[str, object], column: str) -> bool:
    """Whether a row is marked in a column of marks; a table without the column marks nothing."""
    mark = row.get(column, False)
    return bool(not pd.isna(mark) and mark)


def key_text(value: Any) -> str:
    """A key value as the seed writes it, '' for none: 2022 also where missing values made the column floating point."""
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)
