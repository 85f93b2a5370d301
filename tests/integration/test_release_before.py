"""The docs' queries run on a release of the schema version before: a version adds, and takes nothing away.

Its tables are there without rows: what fails is a table or column that it has not.
Not here: whether the examples give rows on today's release (test_docs_examples.py).
"""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.common.settings import PROJECT_DIR
from pipelines.publish.manifest import SCHEMA_VERSION
from tests.integration.schema_of_release import before, kept, statements
from tests.line import Line

FENCE = re.compile(r"^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PARQUET = re.compile(r"read_parquet\('[^']*/(\w+)\.parquet'\)")  # the same table, as a file
PAGES = [PROJECT_DIR / "README.md", *sorted((PROJECT_DIR / "docs").glob("*.md"))]
ASKED = [
    pytest.param(sql, id=f"{page.stem}: {sql.strip().splitlines()[0][:40]}")
    for page in PAGES
    for sql in FENCE.findall(PARQUET.sub(r"marts.\1", page.read_text(encoding="utf-8")))
    if "read_json(" not in sql  # the manifest, which is no table
]
NAMED = re.compile(r"\bmarts\.(\w+)")


def database(version: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(version.read_text(encoding="utf-8"))
    return con


@pytest.fixture(scope="module")
def earlier() -> Iterator[duckdb.DuckDBPyConnection]:
    with database(before(SCHEMA_VERSION)) as con:
        yield con


def tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {
        name for (name,) in con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
    }


@pytest.mark.parametrize("sql", ASKED)
def test_query_of_the_docs_runs_on_the_release_before(sql: str, earlier: duckdb.DuckDBPyConnection) -> None:
    if new := set(NAMED.findall(sql)) - tables(earlier):
        with database(kept(SCHEMA_VERSION)) as today:  # it is about what this version adds
            assert new <= tables(today)
        return
    earlier.execute(sql).fetchall()


def test_there_is_a_query_of_each_kind_and_one_of_a_column_that_is_not_there_fails(
    earlier: duckdb.DuckDBPyConnection,
) -> None:
    assert len(ASKED) >= 8
    assert sum("views." in parameters.values[0] for parameters in ASKED) > 0
    with pytest.raises(duckdb.BinderException):
        earlier.execute("select no_such_column from marts.kommuner")


def test_version_before_had_no_column_that_is_gone(earlier: duckdb.DuckDBPyConnection) -> None:
    """A column that goes, or changes its type, is a break: the first number of the version says so."""
    asked = "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'marts'"
    with database(kept(SCHEMA_VERSION)) as today:
        gone = set(earlier.execute(asked).fetchall()) - set(today.execute(asked).fetchall())
    assert not gone or SCHEMA_VERSION.split(".")[0] > before(SCHEMA_VERSION).stem.split(".")[0], gone


def test_schema_of_this_version_is_kept_for_the_next(built: Line) -> None:
    text = kept(SCHEMA_VERSION).read_text(encoding="utf-8")
    kept_tables = {line for line in text.splitlines() if line.startswith("CREATE TABLE marts.")}
    assert kept_tables == set(statements(built.release, "marts")), (
        "python -m tests.integration.schema_of_release RELEASE"
    )
