"""The empty tables and the views of a release's database as SQL, kept for each version of the schema.

python -m tests.integration.schema_of_release RELEASE writes those of a release under its version.
Not here: what runs on them (test_release_before.py).
"""

import json
import sys
from contextlib import suppress
from pathlib import Path

import duckdb

from pipelines.publish.warehouse_copy import NAME as WAREHOUSE

KEPT = Path(__file__).parent / "schemas"
SCHEMAS = ("marts", "metadata", "views")
TABLES = "select sql from duckdb_tables() where schema_name = ? order by table_name"
VIEWS = "select sql from duckdb_views() where schema_name = ? order by view_name"


def statements(release: Path, schema: str) -> list[str]:
    """What makes the tables of a schema of a release's database, without rows, and its views."""
    with duckdb.connect(str(release / WAREHOUSE), read_only=True) as con:
        return [sql.strip() for asked in (TABLES, VIEWS) for (sql,) in con.execute(asked, [schema]).fetchall()]


def in_order(given: list[str]) -> list[str]:
    """The statements in an order in which each finds what it needs: a view may read another."""
    ordered: list[str] = []
    with duckdb.connect() as con:
        while len(ordered) < len(given):
            n = len(ordered)
            for sql in given:
                if sql not in ordered:
                    with suppress(duckdb.CatalogException):
                        con.execute(sql)
                        ordered.append(sql)
            assert len(ordered) > n, "what a view reads is not there"
    return ordered


def version_of(path: Path) -> tuple[int, ...]:
    return tuple(map(int, path.stem.split(".")))


def kept(version: str) -> Path:
    return KEPT / f"{version}.sql"


def before(version: str) -> Path:
    """The schema of the version before: the highest that is lower."""
    return max((path for path in KEPT.glob("*.sql") if version_of(path) < version_of(kept(version))), key=version_of)


def main(release: Path) -> None:
    """Write the schema of a release."""
    version = json.loads((release / "manifest.json").read_text(encoding="utf-8"))["schema_version"]
    lines = [line for schema in SCHEMAS for line in (f"CREATE SCHEMA {schema};", *statements(release, schema))]
    lines = in_order(lines)
    kept(version).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"written: {kept(version)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
