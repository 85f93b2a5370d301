"""The raw layer in DuckDB: one table per survey, values as delivered, and the log of what was loaded.

Not here: deciding what is loaded (load), and any typing or renaming (dbt staging).
"""

from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime

import duckdb

from pipelines.ingest.codebook import raw_columns, surveys
from pipelines.ingest.table import Table, column_key

LOADED, QUARANTINED, REPLACED, REMOVED = "loaded", "quarantined", "replaced", "removed"


@dataclass(frozen=True)
class LoadRecord:
    """A row of raw.extract_load: one delivered file, by its hash, and what became of it."""

    survey: str
    wave: int
    file_name: str
    sha256: str
    size_bytes: int
    n_rows: int | None
    n_columns: int | None
    encoding: str | None
    reader: str
    loaded_at: datetime
    status: str
    n_findings: int
    provenance: str
    is_synthetic: bool
    codebook_fingerprint: str

    def is_same_input(self, other: "LoadRecord") -> bool:
        """Whether file, provenance and codebook are the same, so that nothing new would come out."""
        return (self.sha256, self.provenance, self.codebook_fingerprint) == (
            other.sha256,
            other.provenance,
            other.codebook_fingerprint,
        )


COLUMNS = ", ".join(field.name for field in fields(LoadRecord))


def ensure_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create schema raw, raw.extract_load and a table per survey; add columns the codebook has gained."""
    con.execute("create schema if not exists raw")
    con.execute(
        """
        create table if not exists raw.extract_load (
            survey varchar not null, wave integer not null, file_name varchar not null,
            sha256 varchar not null, size_bytes bigint not null, n_rows integer, n_columns integer,
            encoding varchar, reader varchar not null, loaded_at timestamp not null,
            status varchar not null, n_findings integer not null, provenance varchar not null,
            is_synthetic boolean not null, codebook_fingerprint varchar not null
        )
        """
    )
    for survey in surveys():
        names = raw_columns(survey.survey)
        columns = ["wave integer not null", "row_number integer not null", "sha256 varchar not null"]
        columns += [f"{_quoted(name)} varchar" for name in names]
        con.execute(f"create table if not exists {_table(survey.survey)} ({', '.join(columns)})")
        present = {row[0] for row in con.execute(f"describe {_table(survey.survey)}").fetchall()}
        for name in names:
            if name not in present:
                con.execute(f"alter table {_table(survey.survey)} add column {_quoted(name)} varchar")


def loads_in_use(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, int], LoadRecord]:
    """{(survey, wave): its load in use}."""
    rows = con.execute(f"select {COLUMNS} from raw.extract_load where status = ?", [LOADED]).fetchall()
    return {(record.survey, record.wave): record for record in (LoadRecord(*row) for row in rows)}


def replace_wave(con: duckdb.DuckDBPyConnection, record: LoadRecord, table: Table) -> None:
    """Put `table` in the place of whatever raw holds of its wave, and log it, in one transaction."""
    delivered = _by_column(record, table)
    names = ", ".join(_quoted(name) for name in delivered)
    # Lists as parameters: as fast as an Arrow table at the size of a survey, and no second of imports.
    lists = ", ".join(f"unnest(cast(? as {sql_type}[]))" for sql_type, _ in delivered.values())
    con.begin()
    try:
        _end_load(con, record.survey, record.wave, REPLACED)
        cells = [cells for _, cells in delivered.values()]
        con.execute(f"insert into {_table(record.survey)} ({names}) select {lists}", cells)
        _log(con, record)
        con.commit()
    except BaseException:
        con.rollback()
        raise


def remove_wave(con: duckdb.DuckDBPyConnection, survey: str, wave: int) -> None:
    """Take a wave that is no longer delivered out of raw, in one transaction."""
    con.begin()
    try:
        _end_load(con, survey, wave, REMOVED)
        con.commit()
    except BaseException:
        con.rollback()
        raise


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
        if known.is_same_input(record):
            record_file_name(con, record)
            return
    con.begin()
    try:
        _log(con, replace(record, status=QUARANTINED))
        con.commit()
    except BaseException:
        con.rollback()
        raise


def record_file_name(con: duckdb.DuckDBPyConnection, record: LoadRecord) -> None:
    """Log the name that a file has now, where only its name is new."""
    con.execute(
        "update raw.extract_load set file_name = ? where survey = ? and wave = ? and sha256 = ? and file_name <> ?",
        [record.file_name, record.survey, record.wave, record.sha256, record.file_name],
    )


def _end_load(con: duckdb.DuckDBPyConnection, survey: str, wave: int, status: str) -> None:
    con.execute(f"delete from {_table(survey)} where wave = ?", [wave])
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


def _by_column(record: LoadRecord, table: Table) -> dict[str, tuple[str, list]]:
    """{column of raw: (SQL type, its cells)}."""
    n_rows = len(table.rows)
    delivered: dict[str, tuple[str, list]] = {
        "wave": ("integer", [record.wave] * n_rows),
        "row_number": ("integer", table.row_numbers),
        "sha256": ("varchar", [record.sha256] * n_rows),
    }
    for position, name in enumerate(table.header):
        delivered[column_key(name)] = ("varchar", [row[position] for row in table.rows])
    return delivered


def _table(survey: str) -> str:
    return f"raw.{_quoted(survey)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
