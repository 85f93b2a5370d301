"""What a row of another table says of cells of survey_estimates and survey_composites: a sum of them has a value.

Not here: which tables say what (series.py, relations.py), and what follows of the sums (clues.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

Key = tuple[Any, ...]  # survey, wave, population, question_id, statistic, answer, breakdown, category
ESTIMATE, VARIANCE, N_ANSWERS, N_SELECTED = "estimate", "variance", "n_answers", "n_selected"


@dataclass
class Relation:
    """The sum of coefficient x cell is value, for one column of the cells. A composite's key is (survey, wave, name,
    breakdown, category)."""

    table: str
    column: str
    terms: list[tuple[Key, float]]
    value: float


@dataclass
class Published:
    """Where relations are read: the connection, and the tables and columns that there are."""

    connection: duckdb.DuckDBPyConnection
    columns: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = self.connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'marts'"
        )
        for table, column in rows.fetchall():
            self.columns.setdefault(table, set()).add(column)

    def rows(self, table: str, columns: Iterable[str], where: str = "true") -> list[dict[str, Any]]:
        """The rows of a table, with these columns; one it does not have is None."""
        there = self.columns.get(table, set())
        if not there:
            return []
        names = list(columns)
        chosen = ", ".join(name if name in there else f"null as {name}" for name in names)
        found = self.connection.execute(f"select {chosen} from marts.{table} as t where {where}").fetchall()
        return [dict(zip(names, row, strict=True)) for row in found]


def given(table: str, column: str, terms: list[tuple[Key, float]], value: float | None) -> Iterator[Relation]:
    if value is not None and value == value:
        yield Relation(table, column, terms, float(value))


def squared(value: float | None) -> float | None:
    return None if value is None else value**2


def key_of(row: Mapping[str, Any], wave: Any, breakdown: str = "all", category: str = "all") -> Key:
    return (
        row["survey"],
        wave,
        row["population"],
        row["question_id"],
        row["statistic"],
        row["answer"],
        breakdown,
        category,
    )
