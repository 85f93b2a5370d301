"""What is published of deliveries in shards is what is published of the same rows in tables, to the last byte.

Not here: what makes a shard right (the door), and tasks that die (test_runner.py).
"""

import json
import os
import re
import subprocess
from pathlib import Path

import duckdb
import pytest

from pipelines.common.settings import DBT_PROJECT_DIR, Settings
from pipelines.scale.told import CELLS, DESIGN, numbers_of
from pipelines.transform.program import DBT_EXECUTABLE, make_ready
from tests.line import Line
from tests.shards import move_to_shards

# All surveys of respondents, in all their waves. Those of kommuner are read as tables from a view of their shards.
SHARDS = {"dfo_innbygger": ("",), "itip": ("virksomhet", "innbygger"), "ssb_kommune": ("",), "ssb_stat": ("",)}
LAYERS = ("harmonised", "marts")


def dbt_build(settings: Settings) -> None:
    done = subprocess.run(
        [DBT_EXECUTABLE, "--quiet", "build", "--exclude-resource-type", "unit_test", "--select", "resource_type:model"],
        cwd=DBT_PROJECT_DIR,
        env={**os.environ, **make_ready(settings)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def tables(con: duckdb.DuckDBPyConnection, database: str) -> set[str]:
    asked = "select schema_name || '.' || table_name from duckdb_tables() where database_name = ? and schema_name in ?"
    return {name for (name,) in con.execute(asked, [database, LAYERS]).fetchall()}


@pytest.fixture(scope="module")
def sharded(built: Line, tmp_path_factory: pytest.TempPathFactory) -> Line:
    """The sample, its largest surveys in shards of odd sizes."""
    line = built.copy(tmp_path_factory.mktemp("sharded") / "data")
    with duckdb.connect(str(line.settings.build_db)) as con:
        for survey, parts in SHARDS.items():
            for part in parts:
                table = f"raw.{survey}_{part}" if part else f"raw.{survey}"
                for (wave,) in con.execute(f"select distinct wave from {table} order by all").fetchall():
                    move_to_shards(con, line.settings.landing, survey, wave, 1 + wave % 3, part)
            assert con.execute(f"select count(*) from {table}").fetchall() == [(0,)]
    dbt_build(line.settings)
    return line


def test_every_table_is_the_same(built: Line, sharded: Line) -> None:
    with duckdb.connect() as con:
        con.execute(f"attach '{built.settings.build_db}' as one (read_only)")
        con.execute(f"attach '{sharded.settings.build_db}' as other (read_only)")
        of_tables_alone = re.compile(r"_shard|harmonised_(respondents|cells)_")
        compared = {name for name in tables(con, "one") if not of_tables_alone.search(name)}
        assert compared <= tables(con, "other")
        for name in sorted(compared):
            for left, right in (("one", "other"), ("other", "one")):
                apart = con.execute(
                    f"select count(*) from (from {left}.{name} except all from {right}.{name})"
                ).fetchall()
                assert apart == [(0,)], f"{name}: {left} has rows that {right} has not"
    assert len([name for name in compared if name.startswith("marts.")]) > 10


def test_what_was_counted_is_not_counted_again(sharded: Line) -> None:
    settings = sharded.settings
    n_shards = numbers_of(settings.shards, CELLS)["shards"]
    assert n_shards > 15
    dbt_build(settings)
    for step in (DESIGN, CELLS):
        assert numbers_of(settings.shards, step) == {
            "shards": n_shards, "counted": 0, "from_before": n_shards, "tried_again": 0
        }  # fmt: skip


def test_no_answer_is_kept_of_a_shard_that_is_gone(sharded: Line, tmp_path: Path) -> None:
    line = sharded.copy(tmp_path / "data")
    with duckdb.connect(str(line.settings.build_db)) as con:
        con.execute("delete from raw.shard")
        con.execute("delete from raw.extract_load where survey in ?", [tuple(SHARDS)])
    dbt_build(line.settings)
    assert [path for path in line.settings.shards.rglob("*") if path.is_file()] == []
    with duckdb.connect(str(line.settings.build_db)) as con:
        assert con.execute("select count(*) from harmonised.harmonised_shard_cells").fetchall() == [(0,)]
    assert json.dumps(numbers_of(line.settings.shards, CELLS)) == "{}"
