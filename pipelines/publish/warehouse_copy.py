"""Build warehouse.duckdb, the read-only copy for ad-hoc SQL, from the files of a release.

Not here: putting it in place (release.py).
"""

from pathlib import Path

import duckdb

from pipelines.contracts import Contract

# The oldest format that DuckDB still writes: users' own DuckDB may be older than ours.
STORAGE_VERSION = "v1.0.0"


def build_copy(work: Path, release: Path, contracts: dict[str, Contract], release_id: str) -> Path:
    """A closed, checkpointed database file in `work` with schema marts and the table metadata.release."""
    work.mkdir(parents=True, exist_ok=True)
    path = work / "warehouse.new.duckdb"
    for leftover in (path, path.with_name(path.name + ".wal")):
        leftover.unlink(missing_ok=True)
    with duckdb.connect() as con:
        con.execute(f"attach {_quoted(str(path))} as warehouse (storage_version {_quoted(STORAGE_VERSION)})")
        con.execute("use warehouse")
        con.execute("create schema marts")
        con.execute("create schema metadata")
        for contract in contracts.values():
            _copy_table(con, release, contract)
        con.execute("create table metadata.release as select ? as release_id", [release_id])
        con.execute(
            "create table metadata.columns (table_name varchar, column_name varchar, data_type varchar, "
            "unit varchar, description varchar)"
        )
        con.executemany(
            "insert into metadata.columns values (?, ?, ?, ?, ?)",
            [
                (contract.name, c.name, c.data_type, c.unit, c.description)
                for contract in contracts.values()
                for c in contract.columns
            ],
        )
        con.execute("checkpoint warehouse")
        con.execute("use memory")
        con.execute("detach warehouse")
    return path


def _copy_table(con: duckdb.DuckDBPyConnection, release: Path, contract: Contract) -> None:
    table = f'marts."{contract.name}"'
    con.execute(f"create table {table} as select * from read_parquet(?)", [str(release / f"{contract.name}.parquet")])
    con.execute(f"comment on table {table} is {_quoted(contract.description)}")
    for column in contract.columns:
        con.execute(f'comment on column {table}."{column.name}" is {_quoted(column.description)}')


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def released_in(warehouse: Path) -> str | None:
    """The release a warehouse file holds; None where there is no readable file."""
    if not warehouse.exists():
        return None
    try:
        with duckdb.connect(str(warehouse), read_only=True) as con:
            return con.execute("select release_id from metadata.release").fetchone()[0]
    except duckdb.Error:
        return None
