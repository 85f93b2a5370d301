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


def published(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, estimates: pd.DataFrame) -> tuple[Any, list[Any]]:
    """What the asset of the release gave or how it failed, and what publishing was called with."""
    calls: list[Any] = []

    def publish(*said: Any, **_: Any) -> SimpleNamespace:
        calls.append(said)
        return SimpleNamespace(manifest={"tables": []}, release_id="r", is_new=True, path="p")

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
    context = SimpleNamespace(log=SimpleNamespace(info=lambda _: None, log=lambda *_, **__: None))
    try:
        return build_publish_assets({})[0].op.compute_fn.decorated_fn(context, workspace), calls
    except dg.Failure as failure:
        return failure, calls


def test_a_number_that_is_given_away_stops_the_release(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    failure, calls = published(workspace, monkeypatch, hidden(WHOLE, ONE, "complementary"))
    assert isinstance(failure, dg.Failure) and not failure.allow_retries
    assert calls == []
    assert failure.description.startswith("Nothing was published")
    assert "breakdown=kjonn;category=kvinne].n_selected" in failure.description
    assert "seeds/disclosure/disclosure_rule.csv" in failure.description


def test_no_more_than_ten_numbers_are_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    failure, _ = published(workspace, monkeypatch, hidden(WHOLE, MANY, "complementary"))
    told = [line for line in failure.description.splitlines() if line.startswith("survey_estimates[")]
    (said,) = [line for line in failure.description.splitlines() if line.startswith("... and ")]
    assert len(told) == 10
    assert f"gives away {10 + int(said.split()[2])} of" in failure.description


@pytest.mark.parametrize("which", [EVERY, EVERY & False], ids=["protected", "nothing hidden"])
def test_a_release_that_keeps_its_secrets_is_published(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, which: "pd.Series[bool]"
) -> None:
    result, calls = published(workspace, monkeypatch, hidden(WHOLE, which, "complementary"))
    assert len(calls) == 1
    assert result.metadata["hidden_rows"] == which.sum()
    assert result.metadata["cells_bounded"] <= which.sum()


def test_tables_that_contradict_each_other_are_not_published(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = hidden(WHOLE, where(WHOLE, question_id=SCALE, answer="1", category="mann"), "complementary")
    frame["n_selected"] += 7 * where(frame, question_id=YES, answer="1", breakdown="all")
    failure, calls = published(workspace, monkeypatch, frame)
    assert calls == []
    assert "contradict each other" in failure.description
