"""In Dagster a source is an asset: refreshed, red by itself, and what did not run never looks as if it had passed.

Not here: schedules (test_automation.py), and how a source is asked (test_live_refresh.py).
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pytest_httpserver import HTTPServer

from pipelines.live.assets import build_source_assets
from pipelines.live.manners import Caller
from tests.unit.made_up_sources import dimension, resource, source, used
from tests.unit.replay import Publisher, as_json, table

SALES = resource("byraa", "1", unit="count", refresh_days="7")
CODES = resource("register", "codes", form="klass_codes", reads_as="", unit="", maps_to="kommune")
CUBE = table(ContentsCode=["n"], Tid=["2025"])
DIMENSIONS = [
    dimension(SALES, "ContentsCode", "concept", "n"),
    dimension(SALES, "Tid", "period", "*"),
    dimension(SALES, "", "region", "NOR"),
    dimension(SALES, "", "category", "x"),
]
Run = Callable[[str], dict[str, Any]]


@pytest.fixture
def publisher(httpserver: HTTPServer) -> Iterator[Publisher]:
    sources = [source("byraa"), source("register", "klass")]
    with used(source=sources, resource=[SALES, CODES], resource_dimension=DIMENSIONS):
        publisher = Publisher(httpserver)
        publisher.publishes("1", CUBE)
        publisher.answers["/codes"] = lambda _: as_json({"codes": []})
        yield publisher


@pytest.fixture
def run(publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """{"made": ..., name of a check: (passed, severity)} of a source that was refreshed."""
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("pipelines.live.refresh.caller", lambda _: publisher.caller())

    def of(name: str) -> dict[str, Any]:
        (asset,) = [a for a in build_source_assets() if a.op.name == f"fetch_{name}"]
        result = dg.materialize([asset], raise_on_error=False)
        checks = {e.check_name: (e.passed, e.severity.value) for e in result.get_asset_check_evaluations()}
        made = [event.asset_key for event in result.get_asset_materialization_events()]
        return {"made": len(made), "success": result.success, **checks}

    return of


def test_refreshed_source_is_made_and_its_checks_pass(run: Run) -> None:
    assert run("byraa") == {
        "made": 1, "success": True, "is_refreshed": (True, "ERROR"), "no_period_is_late": (True, "WARN")
    }  # fmt: skip
    assert run("byraa")["made"] == 1  # nothing new is as good


def test_asset_shows_the_last_period_of_each_resource_and_is_one_for_all_of_them(
    run: Run, publisher: Publisher, tmp_path: Path
) -> None:
    (asset,) = [a for a in build_source_assets() if a.op.name == "fetch_byraa"]
    assert asset.partitions_def is None
    result = dg.materialize([asset])
    (made,) = result.get_asset_materialization_events()
    assert made.materialization.metadata["last_periods"].value == {"byraa_1": "2025"}
    assert made.materialization.metadata["resources"].value == {"byraa_1": "fetched"}


def test_source_that_is_down_is_not_made_and_red(run: Run, publisher: Publisher) -> None:
    run("byraa")
    publisher.answers["/tables/1"] = lambda _: as_json({}, 503)
    down = run("byraa")
    assert (down["made"], down["is_refreshed"]) == (0, (False, "ERROR"))
    assert down["success"]  # the others of the job run


def test_offline_is_not_made_and_warned_of(run: Run, monkeypatch: pytest.MonkeyPatch, publisher: Publisher) -> None:
    def offline(_: object) -> Caller:
        asks = publisher.caller()
        asks.bases = dict.fromkeys(asks.bases, "http://127.0.0.1:9")
        return asks

    monkeypatch.setattr("pipelines.live.refresh.caller", offline)
    away = run("byraa")
    assert (away["made"], away["is_refreshed"], away["success"]) == (0, (False, "WARN"), True)


def test_register_that_differs_from_the_seeds_is_warned_of(run: Run) -> None:
    told = run("register")
    assert told["register_equals_seeds"] == (False, "WARN") and told["no_reform_is_ahead"] == (True, "WARN")


def test_register_that_was_never_fetched_is_not_called_equal(run: Run, publisher: Publisher) -> None:
    publisher.answers["/codes"] = lambda _: as_json({}, 404)
    told = run("register")
    assert (told["made"], told["register_equals_seeds"]) == (0, (False, "WARN"))


def test_asset_turns_red_by_itself_after_the_time_that_is_agreed_on(publisher: Publisher) -> None:
    policies = {a.op.name: spec.freshness_policy for a in build_source_assets() for spec in a.specs}
    assert policies["fetch_byraa"].fail_window.to_timedelta() == timedelta(days=7)
    assert all(policies.values())
