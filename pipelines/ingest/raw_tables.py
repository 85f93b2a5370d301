"""The raw layer in DuckDB: a table for each table that is delivered, values as delivered, and the log of loads.

Not here: deciding what is loaded (load), what is read in place (raw_shards), and any typing or renaming (dbt staging).
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import MISSING, astuple, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import NewType

import duckdb
import pyarrow as pa

from pipelines.common.sql import quoted
from pipelines.ingest import raw_shards
from pipelines.ingest.codebook import SHARDS, parts, raw_columns, surveys
from pipelines.ingest.extract import Chunk

LOADED, QUARANTINED, REPLACED, REMOVED = "loaded", "quarantined", "replaced", "removed"

Size = NewType("Size", int)  # may be more than an INTEGER holds
SQL_TYPES: dict[object, str] = {
    str: "varchar not null",
    int: "integer not null",
    Size: "bigint not null",
    bool: "boolean not null",
    datetime: "timestamp not null",
    str | None: "varchar",
    Size | None: "bigint",
    int | None: "integer",
}
REFUSAL_COLUMNS = {
    "survey": "varchar",
    "wave": "integer",
    "file_name": "varchar not null",
    "message": "varchar not null",
}
FORGOTTEN_COLUMNS = {
    "survey": "varchar not null",
    "wave": "integer not null",
    "file_name": "varchar not null",
    "sha256": "varchar not null",
    "what": "varchar not null",
    "forgotten_at": "timestamp not null",
}


@dataclass(frozen=True)
class LoadRecord:
    """A row of raw.extract_load: one delivered file, by its hash, and what became of it.

    A database of an older project gains the columns that it lacks, so a new one has a default, and may be NULL.
    """

    survey: str
    wave: int
    file_name: str
    sha256: str
    size_bytes: Size
    n_rows: Size | None
    n_columns: int | None
    encoding: str | None
    reader: str
    loaded_at: datetime
    status: str
    n_findings: int
    provenance: str
    is_synthetic: bool
    codebook_fingerprint: str
    n_warnings: int = 0
    warnings: str = ""  # a line each
    n_corrections: int = 0
    corrections: str = ""  # as JSON

    @property
    def made_of(self) -> tuple[str, str, str, str]:
        """File, reader, provenance and codebook: where these are the same, nothing new would come out."""
        return self.sha256, self.reader, self.provenance, self.codebook_fingerprint


LOG_COLUMNS = {
    field.name: SQL_TYPES[field.type]
    if field.default is MISSING
    else f"{SQL_TYPES[field.type].removesuffix(' not null')} default {field.default!r}"
    for field in fields(LoadRecord)
}
COLUMNS = ", ".join(LOG_COLUMNS)


def ensure_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create schema raw, its logs, the tables of all surveys and their views; add columns that any has gained."""
    con.execute("create schema if not exists raw")
    wanted = {
        "extract_load": LOG_COLUMNS,
        "refusal": REFUSAL_COLUMNS,
        "forgotten": FORGOTTEN_COLUMNS,
        raw_shards.TABLE: raw_shards.COLUMNS,
    }
    for survey, part in raw_parts():
        own = {"wave": "integer not null", "row_number": "bigint not null", "sha256": "varchar not null"}
        wanted[raw_name(survey, part)] = own | dict.fromkeys(raw_columns(survey, part), "varchar")
    types = "map(list(column_name), list(data_type))"
    known = con.execute(f"select table_name, {types} from duckdb_columns() where schema_name = 'raw' group by all")
    present: dict[str, dict[str, str]] = dict(known.fetchall())
    for table, columns in wanted.items():
        if table not in present:
            listed = ", ".join(f"{quoted(name)} {data_type}" for name, data_type in columns.items())
            con.execute(f"create table raw.{quoted(table)} ({listed})")
            continue
        for name in columns.keys() - present[table].keys():
            con.execute(f"alter table raw.{quoted(table)} add column {quoted(name)} {columns[name]}")
        for name, data_type in columns.items():
            if data_type.startswith("bigint") and present[table].get(name) == "INTEGER":  # of an older project
                con.execute(f"alter table raw.{quoted(table)} alter column {quoted(name)} type bigint")
    ensure_views(con)


def ensure_views(con: duckdb.DuckDBPyConnection, landing: Path | None = None, is_strict: bool = True) -> None:
    """Let the views of shards read those in use below `landing`; without it, those that are not there are empty.

    Where a shard was removed, damaged or replaced since it was accepted, raises duckdb.Error; or, where it is not
    strict, the one view stays as it is.
    """
    passed_by = () if is_strict else (duckdb.Error,)
    in_use = raw_shards.shards(con)
    for of in (survey for survey in surveys() if SHARDS in survey.formats):
        for part in parts(of.survey):
            own = [shard for shard in in_use if (shard.survey, shard.part) == (of.survey, part)]
            with suppress(*passed_by):
                raw_shards.ensure_view(con, raw_name(of.survey, part), raw_columns(of.survey, part), own, landing)


def raw_parts() -> list[tuple[str, str]]:
    """(survey, part) of every table of raw but the log, in the order of the seeds."""
    return [(survey.survey, part) for survey in surveys() for part in parts(survey.survey)]


def unlike_their_log(con: duckdb.DuckDBPyConnection) -> set[tuple[str, int]]:
    """(survey, wave) of the loads of which raw does not hold the rows that the log says."""
    held: dict[tuple[str, int, str], int] = {}
    for survey, part in raw_parts():
        query = f"select wave, sha256, count(*) from {table_name(survey, part)} group by all"
        for wave, sha256, n in con.execute(query).fetchall():
            held[survey, wave, sha256] = held.get((survey, wave, sha256), 0) + n
    for survey, wave, _, sha256, n in raw_shards.rows_by_file(con):
        held[survey, wave, sha256] = held.get((survey, wave, sha256), 0) + n
    logged = {
        (survey, wave, r.sha256): r.n_rows or 0
        for (survey, wave), records in loads_in_use(con).items()
        for r in records
    }
    return {key[:2] for key in held.keys() | logged.keys() if held.get(key, 0) != logged.get(key, 0)}


def rows_by_part(con: duckdb.DuckDBPyConnection, survey: str, wave: int) -> dict[str | None, int]:
    """{table of a survey: rows that raw holds of a wave}."""
    count = "select count(*) from {} where wave = ?"
    tables = {part: table_name(survey, part) for part in parts(survey)}
    found: dict[str | None, int] = {
        part: con.execute(count.format(table), [wave]).fetchall()[0][0] for part, table in tables.items()
    }
    for of_survey, of_wave, part, _, n in raw_shards.rows_by_file(con):
        if (of_survey, of_wave) == (survey, wave):
            found[part] += n
    return found


def loads_in_use(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, int], list[LoadRecord]]:
    """{(survey, wave): the loads of its files in use, by name}."""
    rows = con.execute(
        f"select {COLUMNS} from raw.extract_load where status = ? order by file_name", [LOADED]
    ).fetchall()
    found: dict[tuple[str, int], list[LoadRecord]] = {}
    for record in (LoadRecord(*row) for row in rows):
        found.setdefault((record.survey, record.wave), []).append(record)
    return found


def are_shards(records: Sequence[LoadRecord]) -> bool:
    """Whether the files of a wave are read where they lie: raw has none of their rows, and no pseudonym."""
    return all(record.reader == SHARDS for record in records)


@dataclass
class WaveLoad:
    """The load of a delivery that takes the place of whatever raw holds of its wave, in one transaction."""

    con: duckdb.DuckDBPyConnection
    survey: str
    wave: int
    is_finished: bool = False

    def append(self, part: str, sha256: str, names: list[str | None], chunk: Chunk) -> None:
        """Add rows; `names` are the columns of raw in the order of the chunk, None for one that is left out."""
        delivered = {name: cells for name, cells in zip(names, chunk.columns, strict=True) if name}
        rows = pa.table([chunk.row_numbers, *delivered.values()], names=["row_number", *delivered])
        columns = ", ".join(quoted(name) for name in rows.column_names)
        insert = f"insert into {table_name(self.survey, part)} (wave, sha256, {columns})"
        self._execute(f"{insert} select ?, ?, {columns} from delivered_rows", sha256, rows)

    def _execute(self, sql: str, sha256: str, delivered_rows: pa.Table) -> None:
        # DuckDB finds the table by its name in this frame. Registered, it would be kept until the transaction ends.
        self.con.execute(sql, [self.wave, sha256])

    def repeated(self, part: str, key: list[str], limit: int) -> tuple[int, list[tuple[int, int, list[str]]]]:
        """How many rows have the key of an earlier one; of the first of them (row, earlier row, key).

        `key` are SQL expressions. A key with a blank in it is none.
        """
        parts = ", ".join(key)
        # Hashes first: of all rows only those are compared that may be the same.
        found = self.con.execute(
            f"""
            with keys as (
                select row_number, [{parts}] as key
                from {table_name(self.survey, part)}
                where wave = ? and not list_contains([{parts}], '')
            ),
            repeated_hashes as (select hash(key) as key_hash from keys group by key_hash having count(*) > 1),
            compared as (
                select row_number, key, min(row_number) over same_key as first_row, row_number() over same_key as nth
                from keys
                where hash(key) in (select key_hash from repeated_hashes)
                window same_key as (partition by key order by row_number)
            )
            select row_number, first_row, key, count(*) over () from compared where nth > 1
            order by row_number
            limit {max(limit, 1)}
            """,
            [self.wave],
        ).fetchall()
        return (found[0][-1] if found else 0), [(row, first, key) for row, first, key, _ in found[:limit]]

    def finish(self, records: Sequence[LoadRecord]) -> None:
        """Log the load of each file, and make them those in use."""
        for record in records:
            _log(self.con, record)
        self.con.commit()
        self.is_finished = True


@contextmanager
def replacing_wave(con: duckdb.DuckDBPyConnection, survey: str, wave: int) -> Iterator[WaveLoad]:
    """A load of a wave. Unless it is finished, all is afterwards as it was before."""
    load = WaveLoad(con, survey, wave)
    con.begin()
    try:
        _end_load(con, survey, wave, REPLACED)
        yield load
    finally:
        if not load.is_finished:
            con.rollback()


def remove_wave(con: duckdb.DuckDBPyConnection, survey: str, wave: int) -> None:
    """Take a wave that is no longer delivered out of raw, in one transaction."""
    with _transaction(con):
        _end_load(con, survey, wave, REMOVED)


def record_refusal(con: duckdb.DuckDBPyConnection, record: LoadRecord) -> None:
    """Log a refused file, unless it is logged already.

    Logged as loaded, now or once, its row stays: it says what releases were made from. Logged as refused on the
    same grounds, it stays too, with the name that the file has now.
    """
    rows = con.execute(
        f"select {COLUMNS} from raw.extract_load where survey = ? and wave = ? and sha256 = ?",
        [record.survey, record.wave, record.sha256],
    ).fetchall()
    for known in (LoadRecord(*row) for row in rows):
        if known.status != QUARANTINED:
            return
        if known.made_of == record.made_of:
            record_file_name(con, record)
            return
    with _transaction(con):
        _log(con, replace(record, status=QUARANTINED))


def record_file_name(con: duckdb.DuckDBPyConnection, record: LoadRecord) -> None:
    """Log the name that a file has now, where only its name is new."""
    for table in ("extract_load", raw_shards.TABLE):
        con.execute(
            f"update raw.{table} set file_name = ? where survey = ? and wave = ? and sha256 = ? and file_name <> ?",
            [record.file_name, record.survey, record.wave, record.sha256, record.file_name],
        )


def replace_refusals(
    con: duckdb.DuckDBPyConnection,
    refusals: Sequence[tuple[str | None, int | None, str, str]],
    only: Collection[str] | None = None,
) -> None:
    """Put (survey, wave, file, message) of each file or folder that was refused in place of those of the run before;
    where it looked at `only` some surveys, of theirs."""
    with _transaction(con):
        if only is None:
            con.execute("delete from raw.refusal")
        else:
            con.execute("delete from raw.refusal where list_contains(?, survey)", [list(only)])
        for refusal in refusals:
            con.execute("insert into raw.refusal values (?, ?, ?, ?)", refusal)


def refusals(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The messages of what the last ingest refused, in its order."""
    return [message for (message,) in con.execute("select message from raw.refusal order by rowid").fetchall()]


@contextmanager
def _transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    con.begin()
    try:
        yield
        con.commit()
    except BaseException:
        con.rollback()
        raise


def _end_load(con: duckdb.DuckDBPyConnection, survey: str, wave: int, status: str) -> None:
    for part in parts(survey):
        con.execute(f"delete from {table_name(survey, part)} where wave = ?", [wave])
    raw_shards.remove(con, survey, wave)
    con.execute(
        "update raw.extract_load set status = ? where survey = ? and wave = ? and status = ?",
        [status, survey, wave, LOADED],
    )


def _log(con: duckdb.DuckDBPyConnection, record: LoadRecord) -> None:
    """One row per survey, wave and sha256: a file that comes again takes the place of its older row."""
    key = [record.survey, record.wave, record.sha256]
    con.execute("delete from raw.extract_load where survey = ? and wave = ? and sha256 = ?", key)
    marks = ", ".join("?" for _ in fields(LoadRecord))
    con.execute(f"insert into raw.extract_load ({COLUMNS}) values ({marks})", list(astuple(record)))


def raw_name(survey: str, part: str) -> str:
    """The name in schema raw of one table of a survey's deliveries."""
    return f"{survey}_{part}" if part else survey


def table_name(survey: str, part: str = "") -> str:
    """The same with its schema, quoted."""
    return f"raw.{quoted(raw_name(survey, part))}"


def cell(column: str) -> str:
    """SQL for the cell of a column, trimmed of spaces."""
    return f"trim({quoted(column)}, ' ')"
