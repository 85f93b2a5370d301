"""A release is whole, immutable and switched to in one step, wherever the run that makes it dies.

Not here: what the real tables hold (tests/integration).
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines.contracts import Column, Contract
from pipelines.publish import metadata, release, tables
from pipelines.publish.manifest import BrokenReleaseError, Input, verify
from pipelines.publish.release import Release, clean_up, current_release, publish
from pipelines.publish.warehouse_copy import released_in
from pipelines.settings import Settings

INPUTS = [Input("survey/2022/file.csv", "ab" * 32, True)]
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
FIGURE = {
    "figure_id": "varchar",
    "source_document": "varchar",
    "location": "varchar",
    "measure_nb": "varchar",
    "period": "integer",
    "unit": "varchar",
    "published_value": "double",
    "computed_value": "double",
    "difference": "double",
    "status": "varchar",
    "explanation": "varchar",
    "computed_from": "varchar",
}


class DiedError(BaseException):
    """The process is gone: nothing that follows is done. No Exception, so that nothing catches it."""


def contract(name: str, schema: str, key: tuple[str, ...], columns: dict[str, str]) -> Contract:
    described = tuple(Column(c, data_type, f"What {c} says", "") for c, data_type in columns.items())
    return Contract(name, schema, f"The table's {name}", key, described)


CONTRACTS = {
    c.name: c
    for c in (
        contract(
            "extract_log", "marts", ("file_name",), {"file_name": "varchar", "loaded_at": "timestamp", "status": "varchar"}
        ),
        contract("estimates", "marts", ("wave", "answer"), {"wave": "integer", "answer": "varchar", "estimate": "double"}),
        contract("reconciliation", "indicators", ("figure_id",), FIGURE),
    )
}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A finished build: three small tables."""
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute("create schema indicators")
        connection.execute(
            "create table marts.extract_log as select 'a.csv' as file_name, "
            "timestamp '2026-03-01 08:00:00' as loaded_at, 'loaded' as status"
        )
        connection.execute(
            "create table marts.estimates as select * from (values (2022, '2', 0.25), (2022, '1', 0.75), "
            "(2018, null, 3.5)) as rows (wave, answer, estimate)"
        )
        columns = ", ".join(f"{name} {data_type}" for name, data_type in FIGURE.items())
        connection.execute(f"create table indicators.reconciliation ({columns})")
        connection.execute("insert into indicators.reconciliation (figure_id, status) values ('f1', 'exact')")
        yield connection


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data")


@pytest.fixture
def old(con: duckdb.DuckDBPyConnection, settings: Settings) -> Release:
    """The release in force before a test's own."""
    return publish(con, settings, CONTRACTS, INPUTS, NOON)


def change(con: duckdb.DuckDBPyConnection, to: float = 0.5) -> None:
    con.execute("update marts.estimates set estimate = ? where answer = '1'", [to])


def estimates(settings: Settings) -> list[tuple]:
    path = settings.published / "current" / "estimates.parquet"
    return [tuple(row.values()) for row in pq.read_table(path).to_pylist()]


def in_warehouse(settings: Settings) -> tuple[str, list[tuple]]:
    with duckdb.connect(str(settings.warehouse), read_only=True) as con:
        ((release_id,),) = con.execute("select release_id from metadata.release").fetchall()
        return release_id, con.execute("select * from marts.estimates").fetchall()


OLD_ROWS = [(2018, None, 3.5), (2022, "1", 0.75), (2022, "2", 0.25)]
NEW_ROWS = [(2018, None, 3.5), (2022, "1", 0.5), (2022, "2", 0.25)]


def check_in_force(settings: Settings, expected: Release, rows: list[tuple]) -> None:
    """The release is whole, the warehouse holds the same, and nothing half-done lies about."""
    assert current_release(settings) == expected.path
    verify(expected.path)
    assert estimates(settings) == rows
    assert in_warehouse(settings) == (expected.release_id, rows)
    assert sorted(p.name for p in settings.published.iterdir()) == ["current", "releases"]
    assert not list((settings.published / "releases").glob(".*"))


def test_first_release_comes_into_force(old: Release, settings: Settings) -> None:
    assert old.is_new
    check_in_force(settings, old, OLD_ROWS)


def test_release_is_sorted_by_its_key_with_missing_first(old: Release) -> None:
    assert old.is_new
    keys = pq.read_table(old.path / "estimates.parquet", columns=["wave", "answer"]).to_pylist()
    assert [tuple(k.values()) for k in keys] == [(2018, None), (2022, "1"), (2022, "2")]


# A crash anywhere


def lines_of_release_module() -> list[int]:
    """Every line of release.py that publishing a second release passes, found by watching one do so."""
    return sorted(_watched())


def _watched() -> set[int]:
    seen: set[int] = set()

    def watch(frame: FrameType, event: str, _: object) -> Callable | None:
        if frame.f_code.co_filename != release.__file__:
            return None
        if event == "line":
            seen.add(frame.f_lineno)
        return watch

    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"watched-{os.getpid()}"
    settings = Settings(folder)
    try:
        with duckdb.connect() as con:
            _ = con
        _publish_twice(settings, watch)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return seen
