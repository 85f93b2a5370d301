"""Shards in schema raw: a row for each that was accepted, and views that read them where they lie.

Not here: the tables of what is copied into raw, and the log of loads (raw_tables), and judging a shard (shards).
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from pipelines.common.sql import literal, quoted
from pipelines.scale.shards import source

TABLE = "shard"
COLUMNS = {
    "survey": "varchar not null",
    "wave": "integer not null",
    "part": "varchar not null",
    "file_name": "varchar not null",
    "sha256": "varchar not null",
    "n_rows": "bigint not null",
    "columns": "json not null",
    "cells": "varchar not null",
    "judged_by": "varchar not null",
    "seen": "json not null",
}


@dataclass(frozen=True)
class Shard:
    """A row of raw.shard: a table of an accepted file, which has one.

    `columns` are {name in the codebook: name as delivered} of what may be used of it, `cells` the select list that
    reads them as text, with row_number, from source(). `judged_by` is the fingerprint of the codebook then,
    `seen` what it takes to judge it together with others, without reading it again.
    """

    survey: str
    wave: int
    part: str
    file_name: str
    sha256: str
    n_rows: int
    columns: dict[str, str]
    cells: str
    judged_by: str
    seen: dict[str, Any] = field(repr=False)


def shards(con: duckdb.DuckDBPyConnection) -> list[Shard]:
    """All that are in use, by survey, wave and name."""
    rows = con.execute(f"select {', '.join(COLUMNS)} from raw.{TABLE} order by survey, wave, file_name").fetchall()
    of_json = {name for name, data_type in COLUMNS.items() if data_type.startswith("json")}
    return [
        Shard(*(json.loads(cell) if name in of_json else cell for name, cell in zip(COLUMNS, row, strict=True)))
        for row in rows
    ]


def put(con: duckdb.DuckDBPyConnection, accepted: Iterable[Shard]) -> None:
    """Add shards to those in use."""
    for shard in accepted:
        cells = [json.dumps(cell) if isinstance(cell, dict) else cell for cell in vars(shard).values()]
        con.execute(f"insert into raw.{TABLE} ({', '.join(COLUMNS)}) values ({', '.join('?' for _ in COLUMNS)})", cells)


def remove(con: duckdb.DuckDBPyConnection, survey: str, wave: int) -> None:
    """Take the shards of a wave out of use."""
    con.execute(f"delete from raw.{TABLE} where survey = ? and wave = ?", [survey, wave])


def rows_by_file(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, int, str, str, int]]:
    """(survey, wave, part, sha256, rows) of all in use."""
    yield from con.execute(f"select survey, wave, part, sha256, n_rows from raw.{TABLE}").fetchall()


def view_name(table: str) -> str:
    """The name in schema raw of the view of what shards hold of a table."""
    return f"{table}_shards"


def ensure_view(
    con: duckdb.DuckDBPyConnection, table: str, names: Sequence[str], own: Iterable[Shard], landing: Path | None
) -> None:
    """Let the view of a table, with these columns, read its `own` shards below `landing`; without that, be there.

    Ids of respondents and what nobody uses are always NULL. Rows are numbered through all shards of a wave, by name.
    """
    nothing = ", ".join(f"null::varchar as {quoted(name)}" for name in names)
    empty = f"select null::integer as wave, null::bigint as row_number, null::varchar as sha256, {nothing} where false"
    read, before = [], Counter[int]()
    if landing:
        for shard in own:
            read.append(_rows(shard, landing, names, before[shard.wave]))
            before[shard.wave] += shard.n_rows
    how = "create or replace view" if landing else "create view if not exists"
    con.execute(f"{how} raw.{quoted(view_name(table))} as {' union all '.join(read or [empty])}")


def _rows(shard: Shard, landing: Path, names: Sequence[str], n_before: int) -> str:
    listed = ", ".join(quoted(name) if name in shard.columns else f"null::varchar as {quoted(name)}" for name in names)
    read = f"(select {shard.cells} from {source(landing / shard.file_name)})"
    own = f"{shard.wave} as wave, row_number + {n_before} as row_number, {literal(shard.sha256)} as sha256"
    return f"select {own}, {listed} from {read}"
