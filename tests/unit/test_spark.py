"""On a Spark cluster, a worker of which is killed, shards are judged and counted as on this machine: make test-spark.

Not here: what every runner promises (test_runner.py), and how long it takes (tests/benchmarks/scale.py).
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines.common.settings import PROJECT_DIR, RUNNER, SPARK, SPARK_MASTER
from pipelines.ingest import shards
from pipelines.ingest.codebook import columns
from pipelines.ingest.findings import NOT_SHOWN
from pipelines.scale.counting import Counting, count_shard
from pipelines.scale.shards import Shard
from pipelines.scale.spark import SparkRunner
from pipelines.scale.statements import Statements
from pipelines.scale.tasks import TRIES, TaskDiedError, TaskError, Work
from pipelines.scale.told import CELLS, numbers_of
from tests.benchmarks import bench_survey
from tests.own_project import OwnProject
from tests.shards import move_to_shards
from tests.spark.cluster import HERE, Cluster, standalone
from tests.unit.extracts import TUESDAY, Landing
from tests.unit.shards import FOLDER, SECOND, SURVEY, WAVE, Shards, judge_or_die
from tests.unit.work import die, die_with_the_executor, die_with_the_machine, double, fail

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


@pytest.mark.parametrize(
    ("kill", "why"),
    [(die, "Python worker exited unexpectedly"), (die_with_the_executor, "ExecutorLostFailure")],
)
def test_a_task_that_kills_whatever_works_on_it_is_given_up(cluster: Cluster, kill: Work[int, int], why: str) -> None:
    with pytest.raises(
        TaskDiedError, match=rf"^3: its process died {TRIES} times \(Spark: {why}\); where memory"
    ) as told:
        list(SparkRunner(cluster.url).results(kill, [3], [worker.pid for worker in cluster.workers]))
    assert told.value.task == 3


def test_hostile_shards_are_refused_as_on_one_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = Landing(tmp_path / "data")
    files = Shards.of(landing.path, 6)
    first, with_code, with_id, another, cut, weightless = files.tables
    optional = next(c.name for c in columns(SURVEY, WAVE) if not c.is_required)
    files.set(with_code, 7, "q_personvern", 11)
    files.set(with_id, 5, "respondent_id", "r00000011")  # of the first
    files.tables[another] = files.tables[another].drop_columns([optional])
    files.write(another)
    files.path(cut).write_bytes(files.path(cut).read_bytes()[:-100])
    files.tables[weightless] = files.tables[weightless].drop_columns(["vekt"])
    files.write(weightless)
    (here,) = landing.ingest().outcomes
    monkeypatch.setattr(shards, "AT_ONCE", 0)
    landing.settings = replace(landing.settings, runner=SPARK, spark_master="local[2]")
    (there,) = landing.ingest(TUESDAY).outcomes
    assert there.status == "quarantined"
    assert (there.findings, there.warnings) == (here.findings, here.warnings)
    assert {(f.rule, f.file, f.row, f.column, f.value) for f in there.findings} == {
        ("code_not_in_frame", f"{FOLDER}/{with_code}", 7, "q_personvern", "11"),
        ("duplicate_key", f"{FOLDER}/{with_id}", 5, "respondent_id", NOT_SHOWN),
        ("shard_columns", f"{FOLDER}/{another}", None, optional, ""),
        ("truncated", f"{FOLDER}/{cut}", None, "", ""),
        ("missing_column", f"{FOLDER}/{weightless}", None, "vekt", ""),
        ("shard_columns", f"{FOLDER}/{weightless}", None, "vekt", ""),
    }
    (problem,) = [f.problem for f in there.findings if f.rule == "duplicate_key"]
    assert problem == f"row 12 of {FOLDER}/{first} has the same key"


def test_a_shard_that_kills_whatever_reads_it_is_damaged_and_the_others_are_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = Landing(tmp_path / "data")
    files = Shards.of(landing.path).set("part-2.parquet", 7, "alder", 12)
    monkeypatch.setattr(shards, "AT_ONCE", 0)
    monkeypatch.setattr(shards, "judge", judge_or_die)
    landing.settings = replace(landing.settings, runner=SPARK, spark_master="local[1]")
    (outcome,) = landing.ingest().outcomes
    damaged, wrong = outcome.findings
    assert (damaged.rule, damaged.file) == ("damaged", f"{FOLDER}/{SECOND}")
    assert damaged.problem == "the file is damaged: what read it died once (Spark: Python worker exited unexpectedly)"
    assert (wrong.rule, wrong.file, wrong.row) == ("integer_range", f"{FOLDER}/part-2.parquet", 7)
    assert len(files.tables) == 3


def test_a_shard_that_is_not_the_one_that_was_accepted_is_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1")
    shard = Shard(SURVEY, WAVE, "", f"{FOLDER}/a.parquet", str(path), "0", 1, "")
    with pytest.raises(
        TaskError, match=rf"^landing/{FOLDER}/a\.parquet: ShardError: .* has changed since it was accepted"
    ):
        list(SparkRunner("local[1]").results(count_shard, [Counting(shard)], Statements("build", {}, {})))


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
