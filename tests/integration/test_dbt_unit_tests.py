"""dbt's own unit tests, on the build database of a finished run.

Not here: the tests (dbt_project/models/**/_unit_tests*.yml).
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelines.common.seeds import read_seed
from pipelines.common.settings import DBT_PROJECT_DIR, Settings
from pipelines.ingest.codebook import RESPONDENTS
from pipelines.transform.program import DBT_EXECUTABLE, make_ready
from tests.line import Line

# They select columns, no more, or are the SQL of others as text. What staging does is one macro: its models are
# generated, and tested by examples. So is what counts answers: one survey stands for all (CELLS).
NOTHING_TO_TEST = {
    "extract_log",
    "kommune_crosswalk",
    "official_statistics_kommuner",
    "harmonised_cell_statements",
    "harmonised_design_statements",
}
CELLS = {f"harmonised_cells_{row['survey']}" for row in read_seed("survey") if row["kind"] == RESPONDENTS}


@pytest.fixture(scope="module")
def target(built: Line, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dbt left what it found, after all unit tests have passed."""
    settings = Settings(tmp_path_factory.mktemp("unit_tests"))
    # With what dbt has read of the project: it reads it once.
    shutil.copytree(built.settings.dbt_target, settings.dbt_target)
    shutil.copyfile(built.settings.build_db, settings.build_db)
    places = ["--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR)]
    done = subprocess.run(
        [DBT_EXECUTABLE, "--quiet", "test", "--select", "test_type:unit", *places],
        env={**os.environ, **make_ready(settings)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return settings.dbt_target


def test_every_dbt_unit_test_passes(target: Path) -> None:
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    assert {result["unique_id"] for result in results} == set(manifest["unit_tests"])
    assert {result["status"] for result in results} == {"pass"}


def test_every_model_that_decides_something_has_a_unit_test(manifest: dict[str, Any]) -> None:
    nodes = manifest["nodes"].values()
    # What is Python has tests in Python.
    models = {n["name"] for n in nodes if n["resource_type"] == "model" and n["language"] == "sql"}
    models -= {node["name"] for node in nodes if node["schema"] == "staging"}
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    assert CELLS & tested
    assert models - tested == NOTHING_TO_TEST | (CELLS - tested)
