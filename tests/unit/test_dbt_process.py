"""dbt as a process, started by a run or ahead of it: a build is one, told where the data lie; where it ends early, the
run says what dbt said last.

Not here: what is said of results (tests/integration).
"""

import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from dagster_dbt import DbtCliInvocation
from filelock import FileLock

from pipelines.automation.failures import failure_texts, was_told_to_end
from pipelines.common.settings import Settings
from pipelines.common.workspace import Workspace
from pipelines.transform import assets, known_project, manifest, program
from pipelines.transform.last_words import LastWords
from pipelines.transform.manifest import DbtParseError, ensure_manifest, reading_ahead
from pipelines.transform.program import DBT_EXECUTABLE, DbtAhead, make_ready

pytestmark = pytest.mark.slow  # each starts dbt

DBT_ITSELF = "dbt.config.runtime"  # loaded by whoever connects to the database as dbt does
STALE = '{"results": [{"unique_id": "model.own.a", "status": "error", "message": "said by an earlier run"}]}'
PROJECT = "name: own\nprofile: own\nmodels: {+schema: marts, +materialized: table}\n"
PROJECT += "flags: {send_anonymous_usage_stats: false}\n"
PROFILE = """
own:
  target: own
  outputs:
    own:
      type: duckdb
      path: build.duckdb
      threads: 1
      module_paths: ["{{ env_var('TILSTAND_DBT_PLUGINS') }}"]
      plugins: [{module: place}]
"""


def own_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of the dbt project in a folder; the environment says nothing of them."""
    for name in list(os.environ):
        if name.startswith(("TILSTAND_", "DBT_", "DAGSTER_")):
            monkeypatch.delenv(name)
    for module in (assets, manifest, known_project):
        monkeypatch.setattr(module, "DBT_PROJECT_DIR", folder / "dbt_project")
    # Of an environment of its own, whose programs are those of this one.
    monkeypatch.setattr(sys, "prefix", str(folder / "environment"))
    (folder / "environment").mkdir(exist_ok=True)
    return Settings(folder / "data")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a dbt project with one model, which nobody has read."""
    project = tmp_path / "dbt_project"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text(PROJECT, encoding="utf-8")
    (project / "profiles.yml").write_text(PROFILE, encoding="utf-8")
    (project / "models" / "a.sql").write_text("select 1 as n", encoding="utf-8")
    return own_project(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a project stands that was read once, and beside it the copy that tests begin with."""
    return tmp_path_factory.mktemp("read")


@pytest.fixture
def read(kept: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of such a project whose manifest is current: the manifest knows its files by their paths, so all use one."""
    if not (kept / "copy").exists():
        shutil.copytree(request.getfixturevalue("settings").data_dir.parent, kept / "project")
        ensure_manifest(own_project(kept / "project", monkeypatch))
        (kept / "project").rename(kept / "copy")
    shutil.rmtree(kept / "project", ignore_errors=True)
    shutil.copytree(kept / "copy", kept / "project")
    return own_project(kept / "project", monkeypatch)


def run(settings: Settings, ahead: DbtAhead | None = None, select: str = "*") -> dg.ExecuteInProcessResult:
    """A run on a project that was in order when it was parsed."""
    made = assets.build_dbt_assets(settings.dbt_target / "manifest.json")
    resources = {"workspace": Workspace(data_dir=str(settings.data_dir)), "ahead": ahead}
    defs = dg.Definitions(assets=[made], jobs=[dg.define_asset_job("a_job", selection=select)], resources=resources)
    job = defs.resolve_job_def("a_job")
    return job.execute_in_process(instance=dg.DagsterInstance.ephemeral(), raise_on_error=False)


def fails(settings: Settings, ahead: DbtAhead | None = None) -> str:
    """What a run after another says that fails."""
    (settings.dbt_target / "run_results.json").write_text(STALE, encoding="utf-8")
    (text,) = failure_texts(run(settings, ahead).all_events)
    assert "earlier run" not in text
    assert "run_results.json" not in text
    assert text.startswith("dbt_build: dbt stopped the run; nothing was published.\n")
    return text


def put_in_place_of_dbt(settings: Settings, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    started = settings.data_dir / "dbt"
    started.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    started.chmod(0o755)
    monkeypatch.setattr(assets, "DBT_EXECUTABLE", str(started))


def test_build_is_one_process_of_dbt_that_finds_the_data_in_an_environment_of_its_own(
    read: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = read.data_dir / "started.txt"
    note = f'echo "$PPID $TILSTAND_RUN_PROCESS $TILSTAND_BUILD_DB" >> {shlex.quote(str(started))}'
    put_in_place_of_dbt(read, monkeypatch, f'{note}; exec {shlex.quote(DBT_EXECUTABLE)} "$@"')
    monkeypatch.delitem(sys.modules, DBT_ITSELF, raising=False)
    before = dict(os.environ)
    result = run(read)
    assert result.success, failure_texts(result.all_events)
    noted = started.read_text(encoding="utf-8").splitlines()
    assert noted == [f"{os.getpid()} {os.getpid()} {read.build_db}"], "dagster-dbt starts dbt also to ask something"
    assert DBT_ITSELF not in sys.modules, "dagster-dbt loads dbt into the process of the run: seconds, and memory"
    assert dict(os.environ) == before


@pytest.mark.slow
def test_model_that_broke_since_and_a_profile_that_is_missing_are_told_in_dbts_words(
    read: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = assets.DBT_PROJECT_DIR / "models" / "a.sql"
    model.write_text("select 1 as ålder {% if %}", encoding="utf-8")
    text = fails(read)
    assert "dbt ended with 2 and said last:" in text
    assert "Compilation Error in model a (models/a.sql)" in text
    assert "select 1 as ålder {% if %}" in text
    with pytest.raises(DbtParseError, match=r"dbt ended with 2 and said last:\n(.*\n)*.*Compilation Error in model a"):
        ensure_manifest(read)
    (assets.DBT_PROJECT_DIR / "profiles.yml").write_text("another: {}", encoding="utf-8")
    assert "Could not find profile named 'own'" in fails(read)


@pytest.mark.slow
def test_dbt_that_is_killed_says_what_it_was_at(read: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_place_of_dbt(read, monkeypatch, "printf '\\033[31m1 of 2 START sql table model\\033[0m\\n'; kill -9 $$")
    said, advice = fails(read).rsplit("\n", 1)
    assert said.endswith("dbt was killed (signal 9) and said last:\n1 of 2 START sql table model")
    assert "TILSTAND_MEMORY_GB" in advice, "the system kills what takes more memory than there is"


def test_run_that_is_told_to_end_does_not_wait_for_a_dbt_that_goes_on(
    read: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = read.data_dir / "began"
    put_in_place_of_dbt(read, monkeypatch, f"trap '' INT; echo $$ > {began}; while :; do sleep 0.1; done")
    monkeypatch.setattr(assets, "ENDS_WITHIN", 0.5)
    ended_with_the_run, listens = assets._ended_with_the_run, threading.Event()

    @contextmanager
    def listening(started: DbtCliInvocation) -> Iterator[None]:
        with ended_with_the_run(started):
            listens.set()  # told before, the run ends at once, and a dbt that is not one of a test with it
            yield

    monkeypatch.setattr(assets, "_ended_with_the_run", listening)

    def tell() -> None:
        listens.wait()
        while not (began.exists() and began.read_text(encoding="utf-8").strip()):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    telling = threading.Thread(target=tell)
    telling.start()
    result = run(read)
    telling.join()
    assert not result.success and was_told_to_end(result.all_events)
    with pytest.raises(ProcessLookupError):
        os.kill(int(began.read_text(encoding="utf-8")), 0)


def test_what_a_library_counts_up_at_the_end_does_not_hide_the_last_words() -> None:
    kept, passed_on = LastWords(to := io.StringIO()), "dbt's words\n\nnanobind: leaked 27 instances!\n"
    for text in (passed_on, *["- leaked instance\n"] * 100):
        kept.write(text)
    assert kept.lines == ["dbt's words"]
    assert to.getvalue().startswith(passed_on)


def test_each_line_is_told_as_it_comes() -> None:
    told: list[str] = []
    LastWords(io.StringIO(), told.append).write("shards: cells: 1 of 2 counted\nmore\n")
    assert told == ["shards: cells: 1 of 2 counted", "more"]


def test_run_goes_on_with_the_dbt_that_was_started_ahead_and_starts_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading_ahead(settings) as ahead:
        ensure_manifest(settings, ahead)
        put_in_place_of_dbt(settings, monkeypatch, "exit 9")
        result = run(settings, ahead)
    assert result.success, failure_texts(result.all_events)
    assert ahead.process.returncode == 0
    assert [event.asset_key.path for event in result.get_asset_materialization_events()] == [["main_marts", "a"]]


def test_run_of_some_models_starts_its_own(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (assets.DBT_PROJECT_DIR / "models" / "b.sql").write_text("select * from {{ ref('a') }}", encoding="utf-8")
    with reading_ahead(settings) as ahead:
        ensure_manifest(settings, ahead)
        started = settings.data_dir / "arguments.txt"
        put_in_place_of_dbt(settings, monkeypatch, f'echo "$@" > {started}; exec {shlex.quote(DBT_EXECUTABLE)} "$@"')
        result = run(settings, ahead, 'key:"main_marts/a"')
    assert result.success, failure_texts(result.all_events)
    assert started.read_text(encoding="utf-8").rstrip().endswith("--select own.a")
    assert [event.asset_key.path for event in result.get_asset_materialization_events()] == [["main_marts", "a"]]


def test_dbt_ahead_of_a_run_that_does_not_come_ends_and_writes_no_manifest_that_is_current_again(
    read: Settings,
) -> None:
    before = ensure_manifest(read).stat().st_mtime_ns
    with reading_ahead(read) as ahead:
        assert ahead.ended is None
        assert ensure_manifest(read, ahead).stat().st_mtime_ns == before
    assert ahead.process.returncode == 0


def test_of_three_that_read_the_project_at_once_one_writes_the_manifest(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written by all of them it was no JSON, and three runs at once failed on it."""
    written: list[bool] = []

    class Noted(DbtAhead):
        def __init__(self, settings: Settings, project_dir: Path, sources: str, writing: FileLock | None) -> None:
            written.append(writing is not None)
            super().__init__(settings, project_dir, sources, writing)

    monkeypatch.setattr(manifest, "DbtAhead", Noted)
    with ThreadPoolExecutor(3) as pool:
        paths = list(pool.map(ensure_manifest, [settings] * 3))
    assert written.count(True) == 1
    assert [list(json.loads(path.read_bytes())["nodes"]) for path in paths] == [["model.own.a"]] * 3


def test_manifest_is_not_taken_for_what_was_changed_while_it_was_read(settings: Settings) -> None:
    with reading_ahead(settings) as ahead:
        (assets.DBT_PROJECT_DIR / "models" / "b.sql").write_text("select 2 as n", encoding="utf-8")
        ensure_manifest(settings, ahead)
    assert "model.own.b" in ensure_manifest(settings).read_text(encoding="utf-8")

    (assets.DBT_PROJECT_DIR / "models" / "b.sql").unlink()
    another = ensure_manifest(Settings(settings.data_dir.parent / "another"))
    assert "model.own.b" not in another.read_text(encoding="utf-8"), "kept as what it was read as before the change"


def test_what_was_read_once_is_not_read_anew_for_another_data_directory(
    read: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = Settings(read.data_dir.parent / "another")
    monkeypatch.setattr(program, "PROGRAM", ("false",))
    assert list(json.loads(ensure_manifest(another).read_bytes())["nodes"]) == ["model.own.a"]
    monkeypatch.undo()
    folder = str(read.data_dir.parent / "dbt_project")
    said = subprocess.run(
        [DBT_EXECUTABLE, "--log-level", "debug", "build", "--project-dir", folder, "--profiles-dir", folder],
        env={**os.environ, **make_ready(another)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Partial parsing enabled: 0 files deleted, 0 files added, 0 files changed" in said
    assert not read.build_db.exists()
    with duckdb.connect(str(another.build_db), read_only=True) as con:
        assert con.execute("select n from main_marts.a").fetchall() == [(1,)]


def test_of_the_states_of_a_project_the_last_ones_are_kept(read: Settings) -> None:
    kept = known_project.folder("read")
    assert kept is not None
    (first,) = kept.iterdir()
    for n in range(known_project.KEPT):
        known_project.keep(read, f"state {n}")
    assert sorted(state.name for state in kept.iterdir()) == [f"state {n}" for n in range(known_project.KEPT)]
    assert not known_project.take(Settings(read.data_dir.parent / "another"), first.name)


def test_what_is_kept_and_cannot_be_used_is_read_anew(read: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    another = Settings(read.data_dir.parent / "another")
    with monkeypatch.context() as patch:
        patch.setattr(known_project.os, "utime", refuse)
        assert make_ready(another)[program.MACROS] == str(another.work / "dbt_macros")
        assert not known_project.take(another, next(known_project.folder("read").iterdir()).name)
    monkeypatch.setattr(known_project, "version", lambda name: f"another {name}")
    assert not known_project.folder("read").exists(), "dbt of another version reads the project itself"


def test_outside_a_virtual_environment_nothing_is_kept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert make_ready(settings)[program.MACROS] == str(settings.work / "dbt_macros")
    ensure_manifest(settings)
    assert not (settings.data_dir.parent / "environment" / "var").exists()


def test_dbt_ahead_that_goes_on_and_is_not_listened_to_ends(settings: Settings) -> None:
    (assets.DBT_PROJECT_DIR / "models" / "a.sql").write_text("select count(*) as n from range(9000000000000)")
    with reading_ahead(settings) as ahead:
        ensure_manifest(settings, ahead)
        ahead.go_on(["build"])
    assert ahead.process.returncode is not None


def test_dbt_ahead_that_ends_early_says_why(read: Settings) -> None:
    with reading_ahead(read) as ahead:
        assert ahead.ended is None
        ahead.process.send_signal(signal.SIGKILL)
        ahead.process.wait()
        assert "dbt was killed (signal 9) and said last:" in fails(read, ahead)
    (assets.DBT_PROJECT_DIR / "profiles.yml").write_text("another: {}", encoding="utf-8")
    with reading_ahead(read) as ahead:
        assert "Could not find profile named 'own'" in fails(read, ahead)


def test_dbt_that_cannot_be_started_is_no_traceback(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PROGRAM", (str(settings.data_dir / "no" / "python"),))
    with pytest.raises(DbtParseError, match=r"dbt cannot be started \(.*\); set up the environment anew"):
        ensure_manifest(settings)
