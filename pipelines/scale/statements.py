"""The project's own SQL as dbt compiled it, to be run on one shard: what a model writes down, a worker runs.

Not here: the SQL (dbt_project/macros/statements.sql), and running it (counting.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import duckdb

SHARD, COUNTS = "shard", "counts"
SETTINGS = ("perfect_ht_threshold",)  # of dbt's connection, as dbt_project/profiles.yml sets them


class Statement(NamedTuple):
    """A query, and what its answer becomes under a name.

    `step` is table or view, made anew of each piece of a shard; SHARD, a query without rows, in whose place the piece
    comes; or COUNTS, which are added up over all pieces.
    """

    step: str
    name: str
    sql: str


@dataclass(frozen=True)
class Statements:
    """What is to be run on shards, in order, by survey and part.

    The names in it begin with the database `catalog`; `settings` are DuckDB's.
    """

    catalog: str
    settings: dict[str, str]
    of: dict[tuple[str, str], tuple[Statement, ...]] = field(repr=False)


def read_statements(
    session: duckdb.DuckDBPyConnection, rows: Iterable[tuple[str, str, int, str, str, str]]
) -> Statements:
    """The statements of rows (survey, part, position, step, name, sql), to run as in the database of the session."""
    found: dict[tuple[str, str], list[Statement]] = {}
    for survey, part, _, step, name, sql in sorted(rows):
        found.setdefault((survey, part), []).append(Statement(step, name, sql))
    asked = ", ".join(["current_database()", *(f"current_setting('{name}')" for name in SETTINGS)])
    ((catalog, *values),) = session.execute(f"select {asked}").fetchall()
    settings = {name: str(value) for name, value in zip(SETTINGS, values, strict=True)}
    return Statements(catalog, settings, {table: tuple(statements) for table, statements in found.items()})
