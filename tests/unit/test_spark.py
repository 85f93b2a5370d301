"""On a Spark cluster, a worker of which is killed, the counts are those of this machine's processes: make test-spark.

Not here: what every runner promises (test_runner.py), and how long it takes (tests/benchmarks/scale.py).
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.common.settings import PROJECT_DIR, RUNNER, SPARK, SPARK_MASTER
from pipelines.scale.spark import SparkRunner
from pipelines.scale.tasks import TaskError
from pipelines.scale.told import CELLS, numbers_of
from tests.benchmarks import bench_survey
from tests.own_project import OwnProject
from tests.shards import move_to_shards
from tests.spark.cluster import HERE, Cluster, standalone
from tests.unit.work import die_with_the_machine, double, fail

pytestmark = [pytest.mark.slow, pytest.mark.spark]
RESPONDENTS, SHARDS = 200_000, 8
COMPARED = (
    "harmonised.harmonised_strata", "harmonised.harmonised_estimate_cells", "harmonised.harmonised_margins",
    "harmonised.harmonised_overlaps", "harmonised.harmonised_unstated", "marts.survey_estimates", "marts.weight_audit",
)  # fmt: skip
MODELS = [f"+{name.partition('.')[2]}" for name in COMPARED]


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in HERE.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with standalone(tmp_path / "cluster") as found:
        yield found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> OwnProject:
    """A project whose respondents are counted in one table, the results in `one.duckdb`, and then lie in shards."""
    project = bench_survey.project(tmp_path_factory.mktemp("spark"))
    settings = project.settings
    with duckdb.connect(str(settings.build_db)) as con:
        bench_survey.fill_raw(con, RESPONDENTS)
    project.build(*MODELS)
    (project.folder / "one.duckdb").write_bytes(settings.build_db.read_bytes())
    with duckdb.connect(str(settings.build_db)) as con:
        move_to_shards(con, settings.landing, bench_survey.SURVEY, bench_survey.WAVE, SHARDS)
    return project


def assert_as_in_one_table(project: OwnProject) -> None:
    with duckdb.connect() as con:
        con.execute(f"attach '{project.folder / 'one.duckdb'}' as one (read_only)")
        con.execute(f"attach '{project.settings.build_db}' as other (read_only)")
        for name in COMPARED:
            assert con.execute(f"select count(*) > 0 from other.{name}").fetchall() == [(name != COMPARED[4],)], name
            for left, right in (("one", "other"), ("other", "one")):
                assert con.execute(f"from {left}.{name} except all from {right}.{name}").fetchall() == [], name


def test_processes_count_what_one_table_holds(project: OwnProject) -> None:
    project.build(*MODELS)
    assert numbers_of(project.settings.shards, CELLS)["shards"] == SHARDS
    assert_as_in_one_table(project)


def test_a_cluster_counts_the_same_while_a_worker_is_killed(project: OwnProject, cluster: Cluster) -> None:
    for path in project.settings.shards.rglob("*.parquet"):
        path.unlink()

    def kill_after_the_first() -> None:
        while not list((project.settings.shards / CELLS).glob("*.parquet")):
            time.sleep(0.01)
        cluster.kill(cluster.workers[0])

    killing = threading.Thread(target=kill_after_the_first)
    killing.start()
    project.build(*MODELS, **{RUNNER: SPARK, SPARK_MASTER: cluster.url})
    killing.join()
    assert cluster.workers[0].returncode is not None
    numbers = numbers_of(project.settings.shards, CELLS)
    assert (numbers["counted"], numbers["from_before"]) == (SHARDS, 0)
    assert_as_in_one_table(project)


def test_a_task_whose_machine_dies_runs_on_another(cluster: Cluster, tmp_path: Path) -> None:
    spark = SparkRunner(cluster.url)
    given = (tmp_path, [worker.pid for worker in cluster.workers])
    assert sorted(spark.results(die_with_the_machine, range(6), given)) == [(n, n) for n in range(6)]
    assert spark.n_retried > 0


def test_what_a_task_raises_is_said_with_the_task_and_without_the_secret() -> None:
    with pytest.raises(TaskError, match=r"^7: ValueError: no 7 with \*\*\*$"):
        list(SparkRunner("local[1]").results(fail, [7], secret="k" * 40))


def test_each_task_has_its_result_once_and_no_tasks_start_nothing() -> None:
    found = dict(SparkRunner("local[2]").results(double, range(20), given=3))
    assert {task: result for task, (result, _) in found.items()} == {n: 3 * n for n in range(20)}
    assert list(SparkRunner(None).results(double, [])) == []


def test_a_cluster_that_nobody_names_is_asked_for() -> None:
    # In a process of its own: Spark remembers in one what it was told before.
    program = "from tests.unit.work import double; from pipelines.scale.spark import SparkRunner; "
    asked = [sys.executable, "-c", program + "list(SparkRunner(None).results(double, [1], given=1))"]
    done = subprocess.run(asked, cwd=PROJECT_DIR, capture_output=True, text=True)
    assert (
        done.stderr.strip()
        .splitlines()[-1]
        .endswith("TILSTAND_RUNNER=spark finds no cluster; set TILSTAND_SPARK_MASTER, such as spark://host:7077")
    )
