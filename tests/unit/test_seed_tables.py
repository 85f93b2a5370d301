"""Seeds as tables: what `dbt seed` makes of the same files, all of them or none.

Not here: whether they are right (test_seed_checks.py).
"""

import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from pipelines.common.seed_check.declared import read_declared
from pipelines.common.seeds import SEEDS_DIR, read_rows
from pipelines.transform.program import DBT_EXECUTABLE
from pipelines.transform.seeds import load_seeds
from tests.own_project import OwnProject

SEEDS = sorted(read_declared(SEEDS_DIR))


@pytest.fixture(scope="module")
def ours() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    load_seeds(con)
    return con


def test_every_seed_is_a_table_with_a_row_for_each_of_its_file(ours: duckdb.DuckDBPyConnection) -> None:
    counted = {name: ours.execute(f'select count(*) from seeds."{name}"').fetchall()[0][0] for name in SEEDS}
    assert counted == {name: len(read_rows(name)) for name in SEEDS}


@pytest.mark.slow
def test_tables_are_those_of_dbt_seed(ours: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    project = OwnProject.create(tmp_path)
    command = [DBT_EXECUTABLE, "--quiet", "seed"]
    done = subprocess.run(command, cwd=project.dbt_project, env=project.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    with duckdb.connect(str(project.settings.build_db), read_only=True) as theirs:
        for name in SEEDS:
            for query in (f'describe seeds."{name}"', f'select * from seeds."{name}" order by all'):
                assert ours.execute(query).fetchall() == theirs.execute(query).fetchall(), name


def test_a_file_that_does_not_fit_leaves_the_tables_as_they_were(tmp_path: Path) -> None:
    folder = tmp_path / "seeds"
    shutil.copytree(SEEDS_DIR, folder)
    con = duckdb.connect()
    load_seeds(con, folder)
    before = con.execute("select count(*) from seeds.breakdown").fetchall()
    breakdown, wave = folder / "codebook" / "breakdown.csv", folder / "codebook" / "wave.csv"
    breakdown.write_text(breakdown.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    wave.write_text(wave.read_text(encoding="utf-8") + "itip,tjueto\n", encoding="utf-8")
    with pytest.raises(duckdb.Error, match="tjueto"):
        load_seeds(con, folder)
    assert con.execute("select count(*) from seeds.breakdown").fetchall() == before
