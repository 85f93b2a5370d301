"""When dbt ends before it writes down its results, the run says what dbt said, and nothing of an earlier run.

Not here: what is said of results (tests/integration).
"""

import io
import os
from pathlib import Path

import dagster as dg
import pytest

from pipelines.automation.failures import failure_texts
from pipelines.common.settings import Settings
from pipelines.common.workspace import Workspace
from pipelines.transform import assets, manifest
from pipelines.transform.last_words import LastWords
from pipelines.transform.manifest import DbtParseError, ensure_manifest

STALE = '{"results": [{"unique_id": "model.own.a", "status": "error", "message": "said by an earlier run"}]}'
PROJECT = "name: own\nprofile: own\nmodels: {+schema: marts, +materialized: table}\n"
PROFILE = """
own:
  target: own
  outputs: {own: {type: duckdb, path: "{{ env_var('TILSTAND_BUILD_DB') }}", threads: 1}}
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a dbt project with one model, which was built before."""
    project = tmp_path / "dbt_project"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text(PROJECT, encoding="utf-8")
    (project / "profiles.yml").write_text(PROFILE, encoding="utf-8")
    (project / "models" / "a.sql").write_text("select 1 as n", encoding="utf-8")
    for name in list(os.environ):
        if name.startswith(("TILSTAND_", "DBT_", "DAGSTER_")):
            monkeypatch.delenv(name)
    for module in (assets, manifest):
        monkeypatch.setattr(module, "DBT_PROJECT_DIR", project)
    found = Settings(tmp_path / "data")
    for name, value in found.environment().items():
        monkeypatch.setenv(name, value)
    return found


def fails(settings: Settings) -> str:
    """What a run says of a project that was in order when it began."""
    (settings.dbt_target / "run_results.json").write_text(STALE, encoding="utf-8")
    made = assets.build_dbt_assets(settings.dbt_target / "manifest.json")
    resources = {"workspace": Workspace(data_dir=str(settings.data_dir)), "dbt": assets.dbt_resource()}
    defs = dg.Definitions(assets=[made], jobs=[dg.define_asset_job("a_job")], resources=resources)
    job = defs.resolve_job_def("a_job")
    result = job.execute_in_process(instance=dg.DagsterInstance.ephemeral(), raise_on_error=False)
    (text,) = failure_texts(result.all_events)
    assert "earlier run" not in text
    assert "run_results.json" not in text
    assert text.startswith("dbt_build: dbt stopped the run; nothing was published.\n")
    return text


def broken(settings: Settings, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program in the place of dbt that ends as `script` does."""
    program = settings.data_dir / "dbt"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    for module in (assets, manifest):
        monkeypatch.setattr(module, "DBT_EXECUTABLE", str(program))


def test_model_that_broke_since_and_a_profile_that_is_missing_are_told_in_dbts_words(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_manifest(settings)
    model = assets.DBT_PROJECT_DIR / "models" / "a.sql"
    model.write_text("select 1 as ålder {% if %}", encoding="utf-8")
    text = fails(settings)
    assert "dbt ended with 2 and said last:" in text
    assert "Compilation Error in model a (models/a.sql)" in text
    assert "select 1 as ålder {% if %}" in text
    with pytest.raises(DbtParseError, match=r"dbt ended with 2 and said last:\n(.*\n)*.*Compilation Error in model a"):
        ensure_manifest(settings)
    (assets.DBT_PROJECT_DIR / "profiles.yml").write_text("another: {}", encoding="utf-8")
    assert "Could not find profile named 'own'" in fails(settings)


def test_dbt_that_is_killed_says_what_it_was_at(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_manifest(settings)
    broken(settings, monkeypatch, "printf '\\033[31m1 of 2 START sql table model\\033[0m\\n'; kill -9 $$")
    assert fails(settings).endswith("dbt was killed (signal 9) and said last:\n1 of 2 START sql table model")


def test_what_a_library_counts_up_at_the_end_does_not_hide_the_last_words() -> None:
    kept, passed_on = LastWords(to := io.StringIO()), "dbt's words\n\nnanobind: leaked 27 instances!\n"
    for text in (passed_on, *["- leaked instance\n"] * 100):
        kept.write(text)
    assert kept.lines == ["dbt's words"]
    assert to.getvalue().startswith(passed_on)


def test_dbt_that_cannot_be_started_is_no_traceback(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "DBT_EXECUTABLE", str(settings.data_dir / "no" / "dbt"))
    with pytest.raises(DbtParseError, match=r"dbt cannot be started \(.*\); set up the environment anew"):
        ensure_manifest(settings)
