"""Build warehouse.duckdb, the read-only copy for ad-hoc SQL, from the files of a release; and know it again.

Not here: putting it in place (release.py).
"""

import json
import re
from pathlib import Path

import duckdb

from pipelines.common.contracts import Contract
from pipelines.common.leftovers import MARK
from pipelines.common.settings import Settings
from pipelines.publish.tables import file_hash

# The oldest format that DuckDB still writes: users' own DuckDB may be older than ours.
STORAGE_VERSION = "v1.0.0"
NOTE = f"{MARK}warehouse.json"
# Views that answer what is asked most; one may read those before it. The first line of each says what it answers.
VIEWS_DIR = Path(__file__).parent / "views"
READ_BY_VIEW = re.compile(r"\b(marts|views)\.(\w+)")
VIEWS = ("time_series", "largest_changes", "indicator_by_size", "profile", "stat_against_kommune")


def build_copy(work: Path, release: Path, contracts: dict[str, Contract], release_id: str) -> Path:
    """A closed, checkpointed database file in `work` with the tables of the release in schema marts, and in schema
    metadata which release it is, what the columns mean, and the seeds of its metadata folder."""
    work.mkdir(parents=True, exist_ok=True)
    path = work / "warehouse.new.duckdb"
    for leftover in (path, log_beside(path)):
        leftover.unlink(missing_ok=True)
    with duckdb.connect() as con:
        con.execute(f"attach {_quoted(str(path))} as warehouse (storage_version {_quoted(STORAGE_VERSION)})")
        con.execute("use warehouse")
        # In one transaction: there is a statement for every column, and to commit each takes longer than what it does.
        con.begin()
        con.execute("create schema marts")
        con.execute("create schema metadata")
        con.execute("create schema views")
        for contract in contracts.values():
            _copy_table(con, release, contract)
        _add_views(con, set(contracts))
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
        for seed in sorted((release / "metadata").glob("*/*.csv")):
            _copy_seed(con, seed)
        con.commit()
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


def note_copy(settings: Settings, copy: Path, release_id: str) -> None:
    """Note what the finished copy of a release is, before it is put in place."""
    _note(settings).write_text(json.dumps({"release": release_id, "sha256": file_hash(copy)}), encoding="utf-8")


def is_copy_of(settings: Settings, release_id: str) -> bool:
    """Whether warehouse.duckdb is, to the byte, the copy that was made of the release.

    Not where that is not known, nor where a log beside it would change it when it is opened.
    """
    try:
        said = json.loads(_note(settings).read_text(encoding="utf-8"))
        is_same = said == {"release": release_id, "sha256": file_hash(settings.warehouse)}
    except (OSError, ValueError):
        return False
    return is_same and not log_beside(settings.warehouse).exists()


def is_edited(settings: Settings, release_id: str) -> bool:
    """Whether warehouse.duckdb was put in place as the copy of the release, and is another file now."""
    try:
        said = json.loads(_note(settings).read_text(encoding="utf-8"))
        return bool(said["release"] == release_id and said["sha256"] != file_hash(settings.warehouse))
    except (OSError, ValueError, LookupError, TypeError):
        return False


def log_beside(database: Path) -> Path:
    """Where DuckDB keeps what it has yet to write into a database."""
    return database.with_name(f"{database.name}.wal")


def _note(settings: Settings) -> Path:
    # Not in work/, which may be deleted: the copy is still known then.
    return settings.warehouse.with_name(NOTE)
