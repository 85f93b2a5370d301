"""Count one shard, in a fresh DuckDB in memory, by the project's own SQL: what a task does.

Not here: where tasks run (runner.py), and what becomes of their results (passes.py).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from pipelines.scale.adding import added, as_parquet, from_parquet
from pipelines.scale.shards import Shard, ShardError, rows_of
from pipelines.scale.statements import COUNTS, SHARD, Statements

ROWS_AT_ONCE = 500_000  # of a shard in memory: a code takes two bytes of each
MEMORY_LIMIT = "1GB"  # of DuckDB. Where it is not enough the task fails: no respondent is written to a disk


@dataclass(frozen=True)
class Counting:
    """A shard to count, and the small tables that its statements read beside it, as Parquet by name."""

    shard: Shard
    tables: Mapping[str, bytes] = field(default_factory=dict, repr=False, hash=False)

    def __str__(self) -> str:
        return str(self.shard)


def count_shard(task: Counting, given: Statements, secret: str | None) -> bytes:
    """The counts of a shard, as Parquet: those of each statement that counts, under its name in the column `counted`.

    Raises ShardError where the file is not the one that was accepted, or takes more memory than a task has.
    """
    task.shard.require_accepted()
    try:
        return _counts(task, given)
    except duckdb.OutOfMemoryException:
        at_once = min(task.shard.n_rows, ROWS_AT_ONCE)
        raise ShardError(
            f"{task.shard}: {at_once:,} of its rows at once take more memory to be counted than a task has "
            f"({MEMORY_LIMIT}); write smaller shards, of {max(at_once // 2, 1):,} rows or fewer"
        ) from None


def _counts(task: Counting, given: Statements) -> bytes:
    shard = task.shard
    statements = given.of[shard.survey, shard.part]
    counted: list[str] = []
    with _database(given, task.tables) as con:
        for first in range(0, max(shard.n_rows, 1), ROWS_AT_ONCE):
            for step, name, sql in statements:
                if step == SHARD:
                    _make(con, "view", name, f"{sql} union all by name {rows_of(shard, first, ROWS_AT_ONCE)}")
                elif step == COUNTS and name in counted:
                    con.execute(f"insert into memory.main.{name} {sql}")
                elif step == COUNTS:  # planned once for a piece: of a small shard that is a large part of its time
                    con.execute(f"create table memory.main.{name} as {sql}")
                    counted.append(name)
                else:
                    _make(con, step, name, sql)
        counts = []
        for name in counted:
            query = f"select * from memory.main.{name}"
            # Of one piece each group of counts is there once.
            once = query if shard.n_rows <= ROWS_AT_ONCE else added(con, query)
            counts.append(f"select '{name}' as counted, * from ({once})")
        return as_parquet(con, " union all by name ".join(counts))


@contextmanager
def _database(given: Statements, tables: Mapping[str, bytes]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database whose names are those of the statements: one thread, since there are as many tasks as cores."""
    with duckdb.connect(config={"threads": 1, "memory_limit": MEMORY_LIMIT, **given.settings}) as con:
        con.execute("set temp_directory = ''")
        con.execute(f"attach ':memory:' as {given.catalog}")
        con.execute(f"use {given.catalog}")
        for name, content in tables.items():
            con.register("small_table", from_parquet(content))
            _make(con, "table", name, "from small_table")
            con.unregister("small_table")
        yield con


def _make(con: duckdb.DuckDBPyConnection, kind: str, name: str, sql: str) -> None:
    """A table or view in the place of the one before."""
    con.execute(f"create schema if not exists {name.rpartition('.')[0]}")
    con.execute(f"create or replace {kind} {name} as {sql}")
