"""Every file of a release for people, opened again: the same rows and values as the Parquet.

Not here: hard texts, and programs that are not Python (unit/test_handout.py).
"""

from __future__ import annotations

import pytest

from pipelines.publish.manifest import verify
from pipelines.publish.workbook import WORKBOOK
from tests.handout import CUBE, assert_csv_as_parquet, assert_json_stat_as_parquet, assert_sheets_as_parquet
from tests.line import TABLES, Line

LARGEST = {"csv": 18_000_000, "workbook": 5_000_000, "json-stat": 5_000_000}  # bytes, of the sample

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("table", TABLES)
def test_csv_files_have_the_rows_of_the_parquet(built: Line, table: str) -> None:
    assert_csv_as_parquet(built.release, table)


def test_sheets_have_the_rows_of_the_parquet(built: Line) -> None:
    assert_sheets_as_parquet(built.release)


@pytest.mark.parametrize("table", CUBE)
def test_json_stat_has_every_number_of_its_table(built: Line, table: str) -> None:
    assert_json_stat_as_parquet(built.release, table)


def test_manifest_lists_the_files_and_they_are_as_small_as_promised(built: Line) -> None:
    listed = {entry["path"]: entry["bytes"] for entry in verify(built.release)["files"]}
    sizes = {
        "csv": sum(size for path, size in listed.items() if path.startswith(("csv/", "excel/"))),
        "workbook": listed[WORKBOOK],
        "json-stat": sum(size for path, size in listed.items() if path.startswith("json-stat/")),
    }
    assert all(0 < size < LARGEST[kind] for kind, size in sizes.items()), sizes
    assert {f"csv/{table}.csv.gz" for table in TABLES} <= listed.keys()
