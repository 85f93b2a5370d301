"""Name a row of a published table in a seed: 'column=value;column=value'.

Not here: which rows (the seeds) and what is made of them (reconciliation, goals).
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from pipelines.common.contracts import Contract, published_only
from pipelines.common.row_key import RowKey
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
    """The rows of a table that meet a row key. A key column is encoded once, then compared as integers."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self._columns: dict[str, tuple[np.ndarray, dict[str, int]]] = {}

    def rows(self, row_key: RowKey) -> tuple[np.ndarray, list[str]]:
        """Positions of the rows, and the conditions tested: where no row is left, the last one emptied it."""
        positions: np.ndarray | None = None
        tested = []
        for column, value in row_key:
            codes, code_of_text = self._encoded(column)
            is_met = (codes if positions is None else codes[positions]) == code_of_text.get(value, -1)
            positions = np.flatnonzero(is_met) if positions is None else positions[is_met]
            tested.append(f"{column}={value}")
            if not len(positions):
                break
        return np.arange(len(self.table)) if positions is None else positions, tested

    def _encoded(self, column: str) -> tuple[np.ndarray, dict[str, int]]:
        if column not in self._columns:
            codes, uniques = pd.factorize(self.table[column], use_na_sentinel=False)
            code_of_text: dict[str, int] = {}
            recoded = [code_of_text.setdefault(_key_text(value), len(code_of_text)) for value in uniques]
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


def _key_text(value: object) -> str:
    """A key value as the seed writes it: 2022 also where missing values made the column floating point."""
    if pd.isna(value):
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)
