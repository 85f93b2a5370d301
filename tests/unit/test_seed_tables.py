"""Seeds as tables and as assets: what `dbt seed` makes of the same files, and nothing where there is a mistake.

Not here: what a mistake is (test_seed_checks.py).
"""

import shutil
import subprocess
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.automation.failures import failure_texts
from pipelines.common.seed_check.declared import read_declared
from pipelines.common.seed_check.tables import Finding
from pipelines.common.seeds import SEEDS_DIR, read_rows
from pipelines.common.settings import Settings
from pipelines.common.workspace import Workspace
from pipelines.transform.assets import AS_DECLARED, build_seed_assets
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
    project = OwnProject.of_seeds(tmp_path)
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


def run(settings: Settings, manifest: Path, mistakes: tuple[Finding, ...] = ()) -> dg.ExecuteInProcessResult:
    """The step of the seeds alone."""
    made = build_seed_assets(manifest, lambda: mistakes)
    resources = {"workspace": Workspace(data_dir=str(settings.data_dir))}
    return dg.materialize([made], resources=resources, raise_on_error=False)


@pytest.mark.slow
def test_each_seed_is_an_asset_with_a_description_rows_and_a_check(manifest_path: Path, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data")
    result = run(settings, manifest_path)
    assert result.success, failure_texts(result.all_events)
    shown = {event.asset_key.path[-1]: event for event in result.get_asset_materialization_events()}
    assert sorted(shown) == SEEDS
    for name, event in shown.items():
        metadata = event.step_materialization_data.materialization.metadata
        assert metadata["dagster/row_count"].value == len(read_rows(name))
    checks = result.get_asset_check_evaluations()
    assert sorted(check.asset_key.path[-1] for check in checks) == SEEDS
    assert {(check.check_name, check.passed) for check in checks} == {(AS_DECLARED, True)}
    assert all(spec.description for spec in build_seed_assets(manifest_path, tuple).specs)


@pytest.mark.slow
def test_a_mistake_stops_the_step_is_shown_at_its_seed_and_nothing_is_loaded(
    manifest_path: Path, tmp_path: Path
) -> None:
    settings = Settings(tmp_path / "data")
    found = [Finding("seeds/codebook/wave.csv", n, "wave", "x", "type", "is no year", "write one") for n in range(30)]
    result = run(settings, manifest_path, tuple(found))
    assert not result.success
    (text,) = failure_texts(result.all_events)
    first, *told = text.splitlines()
    assert "the seeds have mistakes (all of them: make check-seeds)" in first
    assert told == [*map(str, found[:20]), "and 10 more", "Nothing was built."]
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert [check.asset_key.path[-1] for check in failed] == ["wave"]
    assert failed[0].metadata["mistakes"].value == "\n".join(map(str, found))
    assert not settings.build_db.exists() or SEEDS[0] not in tables(settings)


def tables(settings: Settings) -> list[str]:
    with duckdb.connect(str(settings.build_db), read_only=True) as con:
        return [name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()]
