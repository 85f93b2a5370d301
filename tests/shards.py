"""Shards for tests and benchmarks: rows of raw written as Parquet files of a delivery, and noted as accepted.

Not here: what is expected of them.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.common.sql import quoted
from pipelines.ingest.codebook import columns as known_columns
from pipelines.ingest.raw_shards import Shard, put
from pipelines.ingest.raw_tables import ensure_views, raw_name
from pipelines.ingest.shard_sql import ROW_NUMBER, cell

OF_RAW = ("wave", "row_number", "sha256")


def move_to_shards(
    con: duckdb.DuckDBPyConnection, landing: Path, survey: str, wave: int, n_shards: int, part: str = ""
) -> list[Path]:
    """Write the rows that raw holds of a wave into `n_shards` files, and take them out of raw; returns the files."""
    table = f"raw.{quoted(raw_name(survey, part))}"
    columns = [name for name in types_of(con, table) if name not in OF_RAW]
    cells = ", ".join(f"{_typed(con, table, wave, name)} as {quoted(name.upper())}" for name in columns)
    paths = []
    for number in range(n_shards):
        path = landing / survey / str(wave) / f"{part or survey}-{number:03}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = f"select * from {table} where wave = {wave} and row_number % {n_shards} = {number} order by row_number"
        con.execute(f"copy (select {cells} from ({rows})) to '{path}' (format parquet, row_group_size 2048)")
        paths.append(path)
    con.execute(f"delete from {table} where wave = {wave}")
    note_shards(con, landing, survey, wave, paths, part)
    return paths


def note_shards(
    con: duckdb.DuckDBPyConnection, landing: Path, survey: str, wave: int, paths: Sequence[Path], part: str = ""
) -> None:
    """Note in raw.shard that these are the files in use of a wave's table."""
    con.execute("delete from raw.shard where survey = ? and wave = ? and part = ?", [survey, wave, part])
    for path in paths:
        names = types_of(con, f"'{path}'")
        n_rows = con.execute(f"select count(*) from '{path}'").fetchall()[0][0]
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        columns, known = {name.lower(): name for name in names}, {c.name: c for c in known_columns(survey, wave, part)}
        cells = ", ".join(
            [f"{ROW_NUMBER} as row_number"]
            + [f"{cell(own, names[own], known.get(name))} as {quoted(name)}" for name, own in columns.items()]
        )
        put(con, [Shard(survey, wave, part, str(path.relative_to(landing)), sha256, n_rows, columns, cells, "", {})])
    ensure_views(con, landing)


def types_of(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    return {name: data_type for name, data_type, *_ in con.execute(f"describe from {table}").fetchall()}


def _typed(con: duckdb.DuckDBPyConnection, table: str, wave: int, name: str) -> str:
    """The cells of a column as the narrowest of these types that holds them all, blank ones as NULL."""
    filled = f"nullif(trim({quoted(name)}), '')"
    for data_type, text in (("tinyint", "{}"), ("integer", "{}"), ("double", "replace({}, ',', '.')")):
        number = text.format(filled)
        rounded = f"cast(try_cast({number} as {data_type}) as double)"
        fits = (
            f"coalesce(bool_and({filled} is null or coalesce({rounded} = try_cast({number} as double), false)), true)"
        )
        # 0301 is no number, but the name of one.
        names = f"coalesce(bool_or({filled} like '0_%' and {filled} not like '0,%' and {filled} not like '0.%'), false)"
        if con.execute(f"select {fits} and not {names} from {table} where wave = {wave}").fetchall()[0][0]:
            return f"cast({number} as {data_type})"
    return filled
