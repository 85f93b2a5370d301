"""warehouse.duckdb of a release, its tables for ad-hoc SQL; and the well-known name that leads to it.

Not here: bringing a release into force (release.py).
"""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb

from pipelines.common.contracts import Contract
from pipelines.common.leftovers import MARK
from pipelines.common.settings import Settings

# The oldest format that DuckDB still writes: users' own DuckDB may be older than ours.
STORAGE_VERSION = "v1.0.0"
NAME = "warehouse.duckdb"
# By way of `current`: tables and database change in the one step that `current` changes in.
LEADS_TO = Path("published", "current", NAME)
# Views that answer what is asked most; one may read those before it. The first line of each says what it answers.
VIEWS_DIR = Path(__file__).parent / "views"
READ_BY_VIEW = re.compile(r"\b(marts|views)\.(\w+)")
VIEWS = ("time_series", "largest_changes", "indicator_by_size", "profile", "stat_against_kommune")


def build_copy(release: Path, contracts: dict[str, Contract], release_id: str, fingerprint: str) -> None:
    """A closed, checkpointed database file in the folder of a release with its tables in schema marts, and in schema
    metadata which release it is, what the columns mean, and the seeds of its metadata folder."""
    with duckdb.connect() as con:
        con.execute(f"attach {_quoted(str(release / NAME))} as warehouse (storage_version {_quoted(STORAGE_VERSION)})")
        con.execute("use warehouse")
        # In one transaction: there is a statement for every column, and to commit each takes longer than what it does.
        con.begin()
        con.execute("create schema marts")
        con.execute("create schema metadata")
        con.execute("create schema views")
        for contract in contracts.values():
            _copy_table(con, release, contract)
        _add_views(con, set(contracts))
        con.execute(
            "create table metadata.release as select ? as release_id, ? as fingerprint", [release_id, fingerprint]
        )
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
        for seed in sorted((release / "metadata").glob("*/*.csv")):
            _copy_seed(con, seed)
        con.commit()
        con.execute("checkpoint warehouse")
        con.execute("use memory")
        con.execute("detach warehouse")


def _copy_table(con: duckdb.DuckDBPyConnection, release: Path, contract: Contract) -> None:
    table = f'marts."{contract.name}"'
    con.execute(f"create table {table} as select * from read_parquet(?)", [str(release / f"{contract.name}.parquet")])
    con.execute(f"comment on table {table} is {_quoted(contract.description)}")
    for column in contract.columns:
        con.execute(f'comment on column {table}."{column.name}" is {_quoted(column.description)}')


def _add_views(con: duckdb.DuckDBPyConnection, tables: set[str]) -> None:
    """Those whose tables are there."""
    there = {("marts", table) for table in tables}
    for name in VIEWS:
        text = (VIEWS_DIR / f"{name}.sql").read_text(encoding="utf-8")
        if {*READ_BY_VIEW.findall(text)} <= there:
            con.execute(f"create view views.{name} as {text}")
            con.execute(f"comment on view views.{name} is {_quoted(text.splitlines()[0].removeprefix('-- '))}")
            there.add(("views", name))


def _copy_seed(con: duckdb.DuckDBPyConnection, seed: Path) -> None:
    """As text, to the letter: a code such as 01 is no number. A blank is NULL."""
    read = "read_csv(?, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', nullstr = '')"
    con.execute(f'create table metadata."{seed.stem}" as select * from {read}', [str(seed)])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def is_linked(settings: Settings) -> bool:
    """Whether the well-known name leads to the database in force, with no log beside it that would change it."""
    name = settings.warehouse
    return name.is_symlink() and name.readlink() == LEADS_TO and not any(log.exists() for log in _logs(name))


def link(settings: Settings, tell: Callable[[str], object]) -> None:
    """Have the well-known name lead to the database in force, whatever stands there."""
    name, new = settings.warehouse, settings.warehouse.with_name(f"{MARK}{NAME}")
    if is_linked(settings):
        return
    if name.exists() and not name.is_symlink():
        tell(f"! {name} is a file of its own and not the database of the release in force; a link takes its place")
    new.unlink(missing_ok=True)
    new.symlink_to(LEADS_TO)
    # A log that someone's own writing left would keep the database from opening, or change it.
    new.replace(name)
    for log in _logs(name):
        log.unlink(missing_ok=True)


def _logs(name: Path) -> tuple[Path, Path]:
    """Beside the link, or the file that it leads to: it depends on the DuckDB that wrote it."""
    return log_beside(name), log_beside(name.resolve())


def log_beside(database: Path) -> Path:
    """Where DuckDB keeps what it has yet to write into a database."""
    return database.with_name(f"{database.name}.wal")
