"""What Dagster shows of a run: tables with rows, columns and previews, the release, checks.

Not here: what it knows before any run (unit/test_automation.py).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from pipelines.automation.jobs import MAIN_JOB, SOURCES
from pipelines.common.contracts import Contract, load_contracts
from pipelines.definitions import defs
from tests.line import Line

IN_DATABASE = {"raw", "seeds", "staging", "harmonised", "marts", "indicators"}


@pytest.fixture(scope="module")
def graph(built: Line) -> Any:
    """The assets as `make ui` loads them on the data of the run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TILSTAND_DATA_DIR", str(built.data_dir))
        return defs().resolve_asset_graph()


@pytest.fixture(scope="module")
def history(built: Line) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(built.settings.dagster_home)) as instance:
        yield instance


@pytest.fixture(scope="module")
def contracts(built: Line) -> dict[str, Contract]:
    """Of the published tables, as their assets are built: what a release adds (published.py) is not in them."""
    return {
        name: contract
        for name, contract in load_contracts(built.settings.dbt_target / "manifest.json").items()
        if contract.is_published
    }


def test_every_published_table_shows_rows_columns_and_a_preview(
    built: Line, history: dg.DagsterInstance, contracts: dict[str, Contract]
) -> None:
    rows = {table["name"]: table["rows"] for table in built.manifest["tables"]}
    for contract in contracts.values():
        event = history.get_latest_materialization_event(dg.AssetKey([contract.schema, contract.name]))
        shown = event.asset_materialization.metadata
        assert shown["dagster/row_count"].value == rows[contract.name], contract.name
        schema = {column.name: column.type for column in shown["dagster/column_schema"].value.columns}
        assert schema == {column.name: column.data_type for column in contract.columns}, contract.name
        assert len(shown["preview"].value.splitlines()) == 2 + 5 or rows[contract.name] < 5, contract.name


def test_every_table_between_shows_rows_and_columns(graph: Any, history: dg.DagsterInstance) -> None:
    tables = [k for k in graph.materializable_asset_keys if k.path[0] in IN_DATABASE]
    for key in tables:
        shown = history.get_latest_materialization_event(key).asset_materialization.metadata
        assert "dagster/row_count" in shown, key
        assert shown["dagster/column_schema"].value.columns, key


def test_release_shows_which_it_is(built: Line, history: dg.DagsterInstance) -> None:
    event = history.get_latest_materialization_event(dg.AssetKey(["published", "release"]))
    shown = event.asset_materialization.metadata
    assert shown["release"].value == built.release.name
    assert shown["is_new"].value is True
    assert shown["rows"].value == {table["name"]: table["rows"] for table in built.manifest["tables"]}


def test_every_check_was_evaluated_and_passed(graph: Any, history: dg.DagsterInstance) -> None:
    checks = {key for key in graph.asset_check_keys if key.asset_key.path[0] != SOURCES}  # a run asks no source
    latest = history.event_log_storage.get_latest_asset_check_execution_by_key(list(checks))
    assert set(latest) == checks
    odd = sorted(key.to_user_string() for key, record in latest.items() if record.status.value != "SUCCEEDED")
    # Kommuner of the sample have inhabitants that are not theirs, as the printed figures want it, and a third of the
    # claims in words are no targets of it.
    assert odd == [
        "harmonised/harmonised_kommune:respondents_inhabitants_are_official",
        "indicators/statement_reconciliation:no_statement_is_contradicted",
        "raw/itip_virksomhet:no_extract_is_odd",
    ]


def test_run_is_in_the_history_that_the_ui_shows(history: dg.DagsterInstance) -> None:
    (run,) = history.get_runs()
    assert (run.job_name, run.status) == (MAIN_JOB, dg.DagsterRunStatus.SUCCESS)
