"""A release that gives away what it hides is not published.

Not here: what can be computed of hidden cells (test_attack.py), and other reasons to stop (test_evidence.py).
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
import pytest

from pipelines.attack import attack
from pipelines.common.workspace import Workspace
from pipelines.ingest.raw_tables import ensure_tables
from pipelines.publish import assets
from pipelines.publish.assets import build_publish_assets
from tests.unit import published_design as design
from tests.unit.published_design import PICKED, SCALE, YES, hidden, where

PEOPLE = design.respondents(150, seed=4)
WHOLE = design.estimates(PEOPLE)
ONE = where(WHOLE, question_id=YES, population="alle", breakdown="kjonn", category="kvinne")  # all minus the other sex
MANY = where(WHOLE, question_id=YES, population="alle", breakdown=["kjonn", "inntekt"], category=["kvinne", "i2", "i3"])
EVERY = where(WHOLE, question_id=SCALE) | where(WHOLE, population=PICKED)


WEIGHTS = ("smallest_weight", "largest_weight", "mean_weight")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(attack, "read_knowledge", design.knowledge)
    return Workspace(data_dir=str(tmp_path))


def published(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, estimates: pd.DataFrame
) -> tuple[dg.ExecuteInProcessResult, dg.AssetCheckEvaluation, list[Any]]:
    """A run of the asset of the release, its check, and what publishing was called with."""
    calls: list[Any] = []

    def publish(*said: Any, **_: Any) -> SimpleNamespace:
        calls.append(said)
        return SimpleNamespace(manifest={"tables": []}, release_id="r", is_new=True, path=Path("p"))

    monkeypatch.setattr(assets, "publish", publish)
    workspace.settings.build_db.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(workspace.settings.build_db)) as con:
        ensure_tables(con)
        con.execute("create schema marts; create schema seeds")
        con.execute("create table marts.extract_log (file_name text, sha256 text, is_synthetic boolean, status text)")
        numbers = ("n_respondents", "share_unweighted", "share_weighted", *WEIGHTS)
        columns = ["survey text", "wave int", "margin text", "category text", "is_suppressed boolean"]
        con.execute(f"create table marts.weight_audit ({', '.join(columns + [f'{name} double' for name in numbers])})")
        composition = design.composition(PEOPLE).assign(is_suppressed=False)
        tables = {"marts.survey_estimates": estimates, "marts.survey_composition": composition}
        for name, frame in {**tables, "seeds.disclosure_rule": design.RULES.assign(part=None)}.items():
            con.register("frame", frame)
            con.execute(f"create table {name} as from frame")
    release = build_publish_assets({})[0]
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([release], resources={"workspace": workspace}, instance=instance, raise_on_error=False)
    (check,) = run.get_asset_check_evaluations()
    assert (check.check_name, run.success) == ("hidden_stays_hidden", check.passed)
    return run, check, calls


def why(run: dg.ExecuteInProcessResult) -> str:
    """What the failure of the release says."""
    failure = run.failure_data_for_node("published__release")
    assert failure and failure.user_failure_data
    return str(failure.user_failure_data.description)


def test_a_number_that_is_given_away_stops_the_release(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run, check, calls = published(workspace, monkeypatch, hidden(WHOLE, ONE, "complementary"))
    assert calls == []
    assert not check.passed and check.blocking
    assert check.metadata["hidden_rows"].value == ONE.sum()
    assert check.metadata["exact"].value == check.metadata["too_narrow"].value > 0
    assert check.metadata["narrowest_interval"].value == 0
    assert run.get_asset_materialization_events() == []
    assert why(run).startswith("Nothing was published")
    assert "breakdown=kjonn;category=kvinne].n_selected" in why(run)
    assert "seeds/disclosure/disclosure_rule.csv" in why(run)


def test_no_more_than_ten_numbers_are_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run, _, _ = published(workspace, monkeypatch, hidden(WHOLE, MANY, "complementary"))
    lines = why(run).splitlines()
    told = [line for line in lines if line.startswith("survey_estimates[")]
    (said,) = [line for line in lines if line.startswith("... and ")]
    assert len(told) == 10
    assert f"gives away {10 + int(said.split()[2])} of" in lines[0]


@pytest.mark.parametrize("which", [EVERY, EVERY & False], ids=["protected", "nothing hidden"])
def test_a_release_that_keeps_its_secrets_is_published(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, which: "pd.Series[bool]"
) -> None:
    run, check, calls = published(workspace, monkeypatch, hidden(WHOLE, which, "complementary"))
    assert len(calls) == 1
    assert check.passed
    assert check.metadata["hidden_rows"].value == which.sum()
    assert check.metadata["cells_bounded"].value <= which.sum()
    assert len(run.get_asset_materialization_events()) == 1


def test_tables_that_contradict_each_other_are_not_published(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = hidden(WHOLE, where(WHOLE, question_id=SCALE, answer="1", category="mann"), "complementary")
    frame["n_selected"] += 7 * where(frame, question_id=YES, answer="1", breakdown="all")
    run, check, calls = published(workspace, monkeypatch, frame)
    assert calls == []
    assert not check.passed
    assert "contradict each other" in why(run)
