"""Of a run in parts, as clicks in Dagster's graph make one, a release is published only where it is of one state.

Not here: loading a survey alone (unit/test_one_survey.py), and what is in order (unit/test_in_order.py).
"""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.automation.history import instance_of_run
from pipelines.common.warehouse import open_build
from pipelines.definitions import defs
from pipelines.publish.assets import RELEASE
from tests.line import Line, sha256

TABLE, FIGURE = dg.AssetKey(["raw", "digdir_key_figure"]), "tillit_personopplysninger"
OF_SURVEY = [TABLE, dg.AssetKey(["raw", "digdir_goal"])]


@pytest.fixture
def line(built: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    """What was delivered of Digdir's key figures has changed since the release in force."""
    line = built.copy(tmp_path / "data")
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(line.data_dir))
    file = delivered(line)
    text = file.read_text(encoding="utf-8")
    assert text.count(f"{FIGURE};47;") == 1
    file.write_text(text.replace(f"{FIGURE};47;", f"{FIGURE};48;"), encoding="utf-8")
    return line


def delivered(line: Line) -> Path:
    return line.settings.landing / "digdir" / "2021" / "digdir_2021_nokkeltall.csv"


def materialise(line: Line, selection: dg.AssetSelection) -> list[str]:
    """As *Materialize selected* does; why it failed, as Dagster shows it."""
    found = defs()
    chosen = selection.resolve(found.resolve_asset_graph())
    job = found.resolve_implicit_global_asset_job_def()
    with instance_of_run(line.settings) as instance:
        run = job.execute_in_process(instance=instance, asset_selection=list(chosen), raise_on_error=False)
    failed = [event.step_failure_data.user_failure_data for event in run.all_events if event.is_step_failure]
    return [data.description for data in failed]


def only(*keys: dg.AssetKey) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*keys)


def names(told: list[str]) -> Iterator[str]:
    """The list at the end of why nothing was published."""
    (text,) = told
    return (row.removeprefix("- ") for row in text.splitlines() if row.startswith("- "))


def test_release_is_published_when_all_that_is_made_of_a_survey_is_made_anew_and_not_before(line: Line) -> None:
    before = line.in_force()
    assert materialise(line, only(TABLE)) == []
    (told,) = materialise(line, only(RELEASE))
    assert "Nothing was published: these were made before something that they are made from" in told
    assert "run the job `main`" in told
    assert {"raw/extract_load", "staging/stg_digdir__key_figure", "marts/extract_log"} <= set(names([told]))
    assert line.in_force() == before

    # What was made of the other table of the same delivery is old as well.
    told = materialise(line, only(TABLE).downstream())
    assert "staging/stg_digdir__goal" in names(told) and "staging/stg_digdir__key_figure" not in names(told)
    assert line.in_force() == before

    assert materialise(line, only(*OF_SURVEY).downstream()) == []
    assert line.in_force() != before
    figures = line.table("goal_key_figures")
    assert figures.query("key_figure == @FIGURE and year == 2021")["published_value"].tolist() == [48.0]
    of_file = sha256(delivered(line))
    assert [i["sha256"] for i in line.manifest["inputs"] if i["path"].endswith(delivered(line).name)] == [of_file]
    log = line.table("extract_log").query("status == 'loaded'")
    assert of_file in set(log["sha256"])


def test_seeds_alone_make_all_that_is_made_of_them_old(line: Line) -> None:
    before = line.in_force()
    assert materialise(line, dg.AssetSelection.groups("seeds")) == []
    told = materialise(line, only(RELEASE))
    assert {"landing/extracts", "marts/survey_estimates"} <= set(names(told))
    assert line.in_force() == before


def test_history_that_knows_nothing_of_a_table_publishes_by_a_run_of_all_alone(line: Line) -> None:
    before = line.in_force()
    with instance_of_run(line.settings) as instance:
        instance.wipe_assets([TABLE])
    (told,) = materialise(line, only(RELEASE))
    assert "Dagster's history does not know when these were made; run the job `main`" in told
    assert list(names([told])) == [TABLE.to_user_string()]
    assert line.in_force() == before


def test_release_whose_log_would_name_other_files_than_are_in_use_is_not_published(line: Line) -> None:
    with open_build(line.settings.build_db) as con:
        ((file,),) = con.execute(
            "update raw.extract_load set sha256 = 'another' where file_name like '%nokkeltall.csv' and wave = 2021 "
            "returning file_name"
        ).fetchall()
    told = materialise(line, only(RELEASE))
    assert "of these files the release would not say what it is made from" in told[0]
    assert list(names(told)) == [file]
