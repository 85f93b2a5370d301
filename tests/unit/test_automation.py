"""When runs start, who is told that one failed, and what Dagster knows of the assets.

Not here: what the assets compute, and what Dagster shows of a run (integration/test_history.py).
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.automation.failures import failure_texts
from pipelines.automation.jobs import MAIN_JOB, REFRESH_JOB, SOURCES, landing_changed, monthly, run_failed, weekly
from pipelines.common.published import ADDED_FROM
from pipelines.common.seeds import read_seed
from pipelines.common.settings import PROJECT_DIR, Settings
from pipelines.common.warehouse import BuildDatabaseBusyError
from pipelines.definitions import defs as code_location
from pipelines.ingest.assets import HOLDS, LOG, SHARDS, TABLES
from tests.line import environment
from tests.project.test_dbt_project import TEXTS

LAYERS = {SOURCES, "landing", "raw", "seeds", "staging", "harmonised", "marts", "indicators", "published"}


@pytest.fixture(scope="module")
def defs(parsed: Settings) -> Iterator[dg.Definitions]:
    """The code location as `make ui` loads it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TILSTAND_DATA_DIR", str(parsed.data_dir))
        yield code_location()


@pytest.fixture(scope="module")
def graph(defs: dg.Definitions) -> Any:
    return defs.resolve_asset_graph()


# Schedule and sensor


def test_schedule_is_monthly_in_oslo_and_off_until_someone_turns_it_on() -> None:
    assert monthly.job_name == MAIN_JOB
    assert monthly.cron_schedule == "0 5 1 * *"
    assert monthly.execution_timezone == "Europe/Oslo"
    assert monthly.default_status == dg.DefaultScheduleStatus.STOPPED


def test_sensors_are_off_until_someone_turns_them_on_but_for_the_one_that_keeps_the_history(
    defs: dg.Definitions,
) -> None:
    sensors = {sensor.name: sensor.default_status for sensor in defs.sensors}
    off, on = dg.DefaultSensorStatus.STOPPED, dg.DefaultSensorStatus.RUNNING
    assert sensors == {"landing_changed": off, "run_failed": off, "housekeeping": on}
    assert [schedule.name for schedule in defs.schedules] == ["monthly", "weekly"]


class Landing:
    """A landing folder and the sensor that watches it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cursor: str | None = None

    def put(self, name: str, content: str, modified: int = 1) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        os.utime(path, ns=(modified, modified))

    def look(self) -> bool:
        """Whether the sensor asks for a run."""
        context = dg.build_sensor_context(cursor=self.cursor)
        answer = landing_changed(context)
        self.cursor = context.cursor
        assert isinstance(answer, dg.RunRequest | dg.SkipReason)
        if isinstance(answer, dg.RunRequest):
            assert answer.run_key is None, "Dagster would never run the same key again"
        return isinstance(answer, dg.RunRequest)


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Landing:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path))
    return Landing(tmp_path / "landing")


def test_sensor_waits_for_a_landing_folder(landing: Landing) -> None:
    assert not landing.look()
    landing.put("survey/2022/a.csv", "1")
    assert landing.look()


def test_sensor_asks_for_one_run_a_change_and_none_without(landing: Landing) -> None:
    landing.put("survey/2022/a.csv", "1")
    assert [landing.look(), landing.look(), landing.look()] == [True, False, False]
    landing.put("survey/2022/a.csv", "2", modified=2)
    assert [landing.look(), landing.look()] == [True, False]
    landing.put("survey/2024/b.csv", "1")
    assert [landing.look(), landing.look()] == [True, False]
    (landing.folder / "survey/2024/b.csv").unlink()
    assert [landing.look(), landing.look()] == [True, False]
    (landing.folder / "survey/2022/a.csv").rename(landing.folder / "survey/2022/c.csv")
    assert [landing.look(), landing.look()] == [True, False]


def test_sensor_asks_for_a_run_when_a_delivery_is_put_back_as_it_was(landing: Landing) -> None:
    landing.put("survey/2022/a.csv", "right")
    assert landing.look()
    landing.put("survey/2022/a.csv", "wrong", modified=2)
    assert landing.look()
    landing.put("survey/2022/a.csv", "right")
    assert landing.look()


def test_sensor_overlooks_hidden_files(landing: Landing) -> None:
    landing.put("survey/2022/a.csv", "1")
    assert landing.look()
    landing.put("survey/2022/.a.csv.part", "1")
    assert not landing.look()


def test_sensor_does_not_wait_for_a_run_that_holds_the_build(defs: dg.Definitions) -> None:
    assert {sensor.name: sensor.required_resource_keys for sensor in defs.sensors} == {
        "landing_changed": set(),
        "run_failed": set(),
        "housekeeping": set(),
    }


# A failed run


class Receiver(BaseHTTPRequestHandler):
    """Keeps what was posted."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Content-Type"], json.loads(body)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.received = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@dg.op
def refuse() -> None:
    raise dg.Failure(description="landing/a.csv was refused: row 2, column x")


@dg.op
def divide() -> None:
    _ = 1 / 0


@dg.op
def hold() -> None:
    raise BuildDatabaseBusyError("another run still holds the data")


@dg.resource
def busy_resource(_: dg.InitResourceContext) -> None:
    raise BuildDatabaseBusyError("another run still holds the data")


@dg.op(required_resource_keys={"busy"})
def never() -> None:
    raise AssertionError("the run had no resource")


def fails(*ops: dg.OpDefinition, resources: dict | None = None) -> tuple[dg.DagsterInstance, dg.ExecuteInProcessResult]:
    @dg.job(name="a_job", resource_defs=resources or {})
    def a_job() -> None:
        for op in ops:
            op()

    instance = dg.DagsterInstance.ephemeral()
    return instance, a_job.execute_in_process(instance=instance, raise_on_error=False)


def test_failure_is_told_in_the_words_of_who_declared_it() -> None:
    _, result = fails(refuse)
    assert failure_texts(result.all_events) == ["refuse: landing/a.csv was refused: row 2, column x"]


def test_unforeseen_failure_keeps_the_name_of_its_error() -> None:
    _, result = fails(divide, hold)
    assert sorted(failure_texts(result.all_events)) == [
        "divide: ZeroDivisionError: division by zero",
        "hold: another run still holds the data",
    ]


def test_run_that_could_not_begin_says_why() -> None:
    _, result = fails(never, resources={"busy": busy_resource})
    assert failure_texts(result.all_events) == ["another run still holds the data"]


def test_run_that_succeeded_has_nothing_to_say() -> None:
    _, result = fails()
    assert result.success
    assert failure_texts(result.all_events) == []


def tell(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> None:
    (event,) = [e for e in result.all_events if e.event_type_value == "PIPELINE_FAILURE"]
    run = instance.get_run_by_id(result.run_id)
    context = dg.build_run_status_sensor_context("run_failed", event, instance, run)
    run_failed(context.for_run_failure())


@pytest.mark.parametrize(
    ("ops", "resources", "error"),
    [
        ((refuse,), None, "refuse: landing/a.csv was refused: row 2, column x"),
        ((never,), {"busy": busy_resource}, "another run still holds the data"),
    ],
    ids=["refused extract", "busy build"],
)
def test_failed_run_is_posted_as_json(
    receiver: HTTPServer, monkeypatch: pytest.MonkeyPatch, ops: tuple, resources: dict | None, error: str
) -> None:
    monkeypatch.setenv("TILSTAND_NOTIFY_URL", f"http://127.0.0.1:{receiver.server_port}/hook")
    instance, result = fails(*ops, resources=resources)
    tell(instance, result)
    ((path, content_type, said),) = receiver.received
    assert (path, content_type) == ("/hook", "application/json")
    assert said == {"job": "a_job", "run_id": result.run_id, "error": error}


def test_nobody_is_told_when_no_address_is_set(receiver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TILSTAND_NOTIFY_URL", raising=False)
    tell(*fails(refuse))
    assert receiver.received == []


# What Dagster knows


@pytest.mark.slow
def test_dagster_loads_the_code_location_told_nothing_but_data_directory_and_home(
    parsed: Settings, tmp_path: Path
) -> None:
    shutil.copy(PROJECT_DIR / "dagster.yaml", tmp_path)
    programs = Path(sys.executable).parent
    told = {"DAGSTER_HOME": str(tmp_path), "PATH": f"{programs}:{os.environ['PATH']}"}
    done = subprocess.run(
        [programs / "dg", "check", "defs"],
        cwd=PROJECT_DIR,
        env={**environment(parsed.data_dir), **told},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All definitions loaded successfully." in done.stdout + done.stderr


def test_main_job_makes_every_asset_and_calls_nobody(defs: dg.Definitions, graph: Any) -> None:
    made, fetched = (defs.resolve_job_def(job).asset_layer.selected_asset_keys for job in (MAIN_JOB, REFRESH_JOB))
    assert made | fetched == graph.materializable_asset_keys
    assert not made & fetched and {key.path[0] for key in fetched} == {SOURCES}


def test_schedule_of_sources_is_weekly_and_off_until_someone_turns_it_on() -> None:
    assert (weekly.job_name, weekly.cron_schedule, weekly.execution_timezone) == (
        REFRESH_JOB,
        "15 9 * * 2",
        "Europe/Oslo",
    )
    assert weekly.default_status == dg.DefaultScheduleStatus.STOPPED


def test_groups_are_the_layers_and_keys_begin_with_them(graph: Any) -> None:
    groups = {key: graph.get(key).group_name for key in graph.materializable_asset_keys}
    assert set(groups.values()) == LAYERS
    assert [key for key, group in groups.items() if key.path[0] != group] == []


def test_every_asset_has_a_description_and_says_what_it_is_kept_in(graph: Any) -> None:
    nodes = [graph.get(key) for key in graph.materializable_asset_keys]
    assert [node.key.to_user_string() for node in nodes if not node.description] == []
    assert [node.key.to_user_string() for node in nodes if not node.kinds] == []


def test_every_asset_is_owned_by_the_contact_of_the_publication(graph: Any) -> None:
    ((contact,),) = [(row["contact_email"],) for row in read_seed("publication")]
    owners = {key.to_user_string(): graph.get(key).owners for key in graph.materializable_asset_keys}
    assert {tuple(owner) for owner in owners.values()} == {(contact,)}


def test_data_never_turns_back(graph: Any) -> None:
    """Each layer is made from those that architecture.md puts before it; a release also of what its tables get."""
    allowed = {
        SOURCES: set(),
        "landing": {"seeds"},
        "raw": {"landing", "raw"},
        "seeds": set(),
        "staging": {"raw", "seeds"},
        "harmonised": {"staging", "seeds", "harmonised"},
        "marts": {"harmonised", "seeds", "marts"},
        "indicators": {"harmonised", "seeds", "marts", "indicators"},
        "published": {"marts", "indicators", "published"},
    }
    nodes = [graph.get(key) for key in graph.materializable_asset_keys]
    backwards = [
        f"{parent.to_user_string()} -> {node.key.to_user_string()}"
        for node in nodes
        for parent in node.parent_keys
        if parent.path[0] not in allowed[node.group_name]
        and not (node.group_name == "published" and (*parent.path,) in ADDED_FROM)
        # What is to be asked of a shard, as text: it names the table in whose place the shard comes.
        and node.key.path[-1] not in TEXTS
    ]
    assert backwards == []


@pytest.mark.parametrize(
    ("log", "tables", "reader"),
    [
        (LOG, HOLDS, ["marts", "extract_log"]),
        (LOG, HOLDS, ["harmonised", "harmonised_waves"]),
        (SHARDS, TABLES, ["harmonised", "harmonised_shard_design"]),
    ],
)
def test_whatever_reads_a_log_of_loads_is_downstream_of_every_table_that_is_loaded(
    graph: Any, log: str, tables: dict[str, object], reader: list[str]
) -> None:
    """Else it names the file that a table was of before, and says whether that one was synthetic."""
    readers = dg.AssetSelection.assets(dg.AssetKey(["raw", log])).downstream().resolve(graph)
    assert dg.AssetKey(reader) in readers
    for table in tables:
        below = dg.AssetSelection.assets(dg.AssetKey(["raw", table])).downstream().resolve(graph)
        assert readers <= below, table


def test_mapping_crosswalk_contracts_and_reconciliation_are_asset_checks(graph: Any) -> None:
    checks = {(check.asset_key.to_user_string(), check.name) for check in graph.asset_check_keys}
    assert {
        ("raw/ssb_kommune", "every_extract_is_accepted"),
        ("raw/un_egdi", "every_extract_is_accepted"),
        ("raw/extract_load", "no_microdata_is_kept_too_long"),
        ("raw/ssb_kommune", "next_wave_is_not_late"),
        ("indicators/reconciliation", "no_figure_differs"),
        ("indicators/reconciliation", "every_figure_has_its_row"),
        ("indicators/statement_reconciliation", "no_statement_is_contradicted"),
        ("indicators/indicator_distributions", "reference_medians_hold"),
        ("marts/survey_estimates", "survey_estimates_key_is_unique"),
        ("published/release", "hidden_stays_hidden"),
        ("seeds/kommune_split_share", "rows_are_as_declared"),
    } <= checks
    assert any("crosswalk" in asset and "weights_sum_to_one" in name for asset, name in checks)
