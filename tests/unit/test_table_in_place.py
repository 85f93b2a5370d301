"""dbt_project/macros/table.sql: a model's table takes the place of what was there, or leaves it as it was.

Not here: what tables hold (dbt's unit tests, tests/integration).
"""

import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from pipelines.common.settings import DBT_PROJECT_DIR
from pipelines.transform.program import DBT_EXECUTABLE

PROJECT = "{name: own, profile: own, models: {+materialized: table}, flags: {send_anonymous_usage_stats: false}}"
PROFILE = "own: {target: own, outputs: {own: {type: duckdb, path: own.duckdb, threads: 2}}}"
MODELS = {
    "new.sql": "select 2 as n",
    "was_table.sql": "select 2 as n",
    "was_view.sql": "select 2 as n",
    "breaks.sql": "select error('no') as n",
    "is_python.py": "def model(dbt, session):\n    return session.sql('select 2 as n')\n",
}
BEFORE = "create table was_table as select 1 as n; create view was_view as select 1 as n; "
BEFORE += "create table breaks as select 1 as n; create table is_python as select 1 as n"


@pytest.mark.slow
def test_a_table_takes_the_place_of_what_was_there_and_one_that_breaks_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    for name, text in MODELS.items():
        (tmp_path / "models" / name).write_text(text, encoding="utf-8")
    (tmp_path / "macros").mkdir()
    shutil.copy(DBT_PROJECT_DIR / "macros" / "table.sql", tmp_path / "macros")
    (tmp_path / "dbt_project.yml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "profiles.yml").write_text(PROFILE, encoding="utf-8")
    database = str(tmp_path / "own.duckdb")
    with duckdb.connect(database) as con:
        con.execute(BEFORE)
    done = subprocess.run([DBT_EXECUTABLE, "run"], cwd=tmp_path, capture_output=True, text=True)
    assert "PASS=4 WARN=0 ERROR=1" in done.stdout, done.stdout + done.stderr
    with duckdb.connect(database, read_only=True) as con:
        kinds = con.execute("select distinct table_type from information_schema.tables").fetchall()
        holds = {Path(name).stem: con.execute(f"from {Path(name).stem}").fetchall() for name in MODELS}
    assert kinds == [("BASE TABLE",)]
    assert holds == {"breaks": [(1,)]} | {name: [(2,)] for name in ("new", "was_table", "was_view", "is_python")}
