"""A work/ of another version of the project is set aside with a line that says so, and nothing of it is deleted.

Not here: one that is damaged (test_warehouse.py).
"""

import hashlib
import json
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.common import work_version
from pipelines.common.warehouse import open_build
from pipelines.common.work_version import NAME, WORK_VERSION, ensure_version
from pipelines.common.workspace import Workspace
from pipelines.ingest.raw_tables import ensure_tables

# {version: what the columns of raw are that every load and refusal is noted in}
LAYOUTS = {1: "f662a3161d5c537c"}
LOGS = "('extract_load', 'refusal', 'forgotten')"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    path = tmp_path / "work" / "build.duckdb"
    with open_build(path) as con:
        con.execute("create table kept as select 42 as value")
    return path


def told(build: Path) -> list[str]:
    said: list[str] = []
    ensure_version(build, said.append)
    return said


def aside(build: Path) -> list[Path]:
    return list(build.parent.glob("build.set-aside-*"))


def noted(build: Path) -> object:
    return json.loads((build.parent / NAME).read_text(encoding="utf-8"))


def test_folder_of_this_version_and_one_from_before_it_was_noted_are_used(build: Path) -> None:
    assert told(build) == [] and noted(build) == {"version": WORK_VERSION}
    assert told(build) == []
    assert build.exists() and aside(build) == []


@pytest.mark.parametrize("note", ['{"version": 999}', '{"version": "1"}', "{}", "[]", "no json", ""])
def test_folder_of_another_version_is_set_aside_told_and_kept(build: Path, note: str) -> None:
    (build.parent / NAME).write_text(note, encoding="utf-8")
    (said,) = told(build)
    (kept,) = aside(build)
    assert str(kept) in said and f"this one has {WORK_VERSION}" in said and "\n" not in said
    with duckdb.connect(str(kept), read_only=True) as con:
        assert con.execute("select value from kept").fetchone() == (42,)
    assert not build.exists() and noted(build) == {"version": WORK_VERSION}
    assert told(build) == []


def test_folder_without_a_build_database_is_nothing_to_tell(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"version": 999}', encoding="utf-8")
    assert told(tmp_path / "build.duckdb") == []


def test_run_of_a_later_project_sets_an_older_folder_aside_and_goes_on(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(build) == []
    monkeypatch.setattr(work_version, "WORK_VERSION", WORK_VERSION + 1)

    @dg.op
    def look(workspace: Workspace) -> None:
        with workspace.open_build() as con:
            assert con.execute("select count(*) from duckdb_tables()").fetchone() == (0,)

    @dg.job(resource_defs={"workspace": Workspace(data_dir=str(build.parent.parent))})
    def a_job() -> None:
        look()

    assert a_job.execute_in_process(instance=dg.DagsterInstance.ephemeral()).success
    assert len(aside(build)) == 1 and noted(build) == {"version": WORK_VERSION + 1}


def test_layout_of_what_raw_notes_is_that_of_its_version() -> None:
    """Where this fails, and a column is gone or means something else: raise WORK_VERSION. Then write the new hash."""
    with duckdb.connect() as con:
        ensure_tables(con)
        columns = con.execute(
            f"select table_name, column_name, data_type from duckdb_columns() where schema_name = 'raw' "
            f"and table_name in {LOGS} order by all"
        ).fetchall()
    assert LAYOUTS[WORK_VERSION] == hashlib.sha256(repr(columns).encode()).hexdigest()[:16]
