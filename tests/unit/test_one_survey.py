"""A survey is loaded alone where its table alone is asked for, as a click in Dagster does; all else stays as it is.

Not here: loading and refusing (test_ingest_load.py, test_ingest_refuses.py).
"""

import shutil
from pathlib import Path

import dagster as dg
import pytest

from pipelines.common.settings import Settings
from pipelines.common.warehouse import open_build
from pipelines.common.workspace import Workspace
from pipelines.ingest.assets import raw_tables
from pipelines.ingest.quarantine import report_of
from pipelines.ingest.raw_tables import refusals
from tests.unit.extracts import itip_extract, kommune_extract

KOMMUNER, ITIP = "ssb_kommune/2018/kommuner.csv", "itip/2021/itip.xlsx"
NOTED = "run_landing.sha256"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With a wave of each of two surveys, loaded by a run of all of raw."""
    settings = Settings(tmp_path)
    kommune_extract(2018).write(settings.landing / KOMMUNER)
    itip_extract(2021).write(settings.landing / ITIP)
    materialise(settings)
    return settings


def materialise(settings: Settings, *tables: str) -> dg.ExecuteInProcessResult:
    """Run raw, or these tables of it alone."""
    return dg.materialize(
        [raw_tables],
        resources={"workspace": Workspace(data_dir=str(settings.data_dir))},
        instance=dg.DagsterInstance.ephemeral(),
        selection=[dg.AssetKey(["raw", table]) for table in tables] or None,
    )


def made(result: dg.ExecuteInProcessResult) -> set[str]:
    return {event.asset_key.path[-1] for event in result.get_asset_materialization_events()}


def rows(settings: Settings, table: str) -> int:
    with open_build(settings.build_db, read_only=True) as con:
        return con.execute(f"select count(*) from raw.{table}").fetchall()[0][0]


def refused(settings: Settings) -> list[str]:
    with open_build(settings.build_db, read_only=True) as con:
        return [message.split(" was refused")[0] for message in refusals(con)]


def test_chosen_survey_is_loaded_and_the_others_are_not_looked_at(settings: Settings) -> None:
    before, noted = rows(settings, "itip_virksomhet"), (settings.work / NOTED).read_bytes()
    kommune_extract(2022).write(settings.landing / "ssb_kommune/2022/kommuner.csv")
    shutil.rmtree((settings.landing / ITIP).parent)
    result = materialise(settings, "ssb_kommune")
    assert made(result) == {"ssb_kommune"}
    assert {check.asset_key.path[-1] for check in result.get_asset_check_evaluations()} == {"ssb_kommune"}
    assert rows(settings, "ssb_kommune") == 2 * len(kommune_extract(2018).rows)
    assert rows(settings, "itip_virksomhet") == before, "what is gone of another is for a run of all"
    assert (settings.work / NOTED).read_bytes() == noted, "nobody has looked at all of landing/"
    materialise(settings)
    assert rows(settings, "itip_virksomhet") == 0


def test_other_tables_of_a_delivery_that_is_loaded_for_one_are_made_anew_as_well(settings: Settings) -> None:
    """What was made from them before is old, and Dagster says so."""
    assert made(materialise(settings, "itip_virksomhet")) == {"itip_virksomhet", "itip_innbygger"}


def test_refusals_and_reports_of_the_others_stay_until_they_are_looked_at(settings: Settings) -> None:
    broken = (KOMMUNER, ITIP)
    for file in broken:
        (settings.landing / file).write_bytes(b"broken")
    materialise(settings)
    reports = {file: report_of(settings.quarantine, str(Path(file).parent)) for file in broken}
    assert all(report.exists() for report in reports.values())
    assert len(refused(settings)) == 2
    kommune_extract(2018).write(settings.landing / KOMMUNER)
    materialise(settings, "ssb_kommune")
    assert refused(settings) == [f"landing/{ITIP}"]
    assert {file: report.exists() for file, report in reports.items()} == {KOMMUNER: False, ITIP: True}
    itip_extract(2021).write(settings.landing / ITIP)
    materialise(settings, "itip_virksomhet")
    assert refused(settings) == [] and not reports[ITIP].exists()


def test_log_alone_looks_at_nothing(settings: Settings) -> None:
    (settings.landing / KOMMUNER).write_bytes(b"broken")
    assert made(materialise(settings, "extract_load")) == {"extract_load"}
    assert refused(settings) == []
