"""Shards counted by processes and by a Spark cluster, beside one DuckDB that holds them all: `make bench-scale`.

Draws respondents x 20 questions x 5 breakdowns into Parquet shards and lets dbt build the project's own models on them,
once with raw as one view of all shards, then shard by shard. All have to give the same cells and marts.

Not here: a limit. A busy machine is no defect; whoever changes a model reads the ratios of one run.
"""

import argparse
import hashlib
import importlib.util
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.common.settings import RUNNER, SPARK, SPARK_MASTER
from pipelines.scale.shards import read_shards, rows_of
from pipelines.scale.told import CELLS, numbers_of
from pipelines.transform.program import DBT_EXECUTABLE
from tests.benchmarks import bench_survey
from tests.benchmarks.processes import Processes
from tests.own_project import note_load
from tests.shards import note_shards
from tests.spark.cluster import HERE, Cluster, standalone

SURVEY, WAVE = bench_survey.SURVEY, bench_survey.WAVE
ONE, LOCAL_RUNNER, LOCAL_SPARK, STANDALONE = "one DuckDB", "processes", "Spark local[2]", "Spark, a worker killed"
MODES = (ONE, LOCAL_RUNNER, LOCAL_SPARK, STANDALONE)
# What reads respondents or shards, and what those are joined with: all that grows with either.
TIMED = (
    "harmonised_shard_design", "harmonised_counted_design", "harmonised_strata", f"harmonised_respondents_{SURVEY}",
    f"harmonised_cells_{SURVEY}", "harmonised_shard_cells",
    "harmonised_estimate_cells", "harmonised_composite_answers", "harmonised_margins", "harmonised_overlaps",
    "harmonised_unstated",
)  # fmt: skip
CELL_TABLES = TIMED[-5:]
MARTS = ("survey_estimates", "survey_waves", "weight_audit", "survey_composition")


@dataclass(frozen=True)
class Took:
    """Wall-clock and CPU seconds of a build, those of Java in it, and the largest peak of a worker's memory."""

    seconds: float
    cpu_seconds: float
    java_seconds: float
    worker_mb: float
    n_retried: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description=__doc__.splitlines()[0])
    parser.add_argument("--respondents", type=int, nargs="+", default=[1_000_000, 10_000_000, 50_000_000])
    parser.add_argument("--a-shard", type=int, default=1_000_000, help="respondents in a shard; at least 10 shards")
    parser.add_argument(
        "--only", nargs="+", choices=MODES, default=MODES, help="some ways alone; one DuckDB is always run"
    )
    told = parser.parse_args()
    with_spark = importlib.util.find_spec("pyspark") is not None
    modes = [mode for mode in told.only if with_spark or mode in (ONE, LOCAL_RUNNER)]
    print(f"{os.cpu_count()} cores; {'with' if with_spark else 'without'} Spark", flush=True)
    for n_respondents in told.respondents:
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(folder), n_respondents, max(10, n_respondents // told.a_shard), modes)


def compare(folder: Path, n_respondents: int, n_shards: int, modes: Sequence[str]) -> None:
    """Build in each way, print what it took, and exit where one gives other cells or marts."""
    bench = Bench(folder)
    nothing = bench.build()
    paths = bench.write(n_respondents, n_shards, "shards")
    size_mb = sum(path.stat().st_size for path in paths) / 1e6
    print(f"{n_respondents:,} respondents in {n_shards} shards, {size_mb:,.0f} MB", flush=True)
    with bench.as_one_table(paths):
        one = bench.build()
    bench.tell(ONE, one, one, nothing, n_respondents)
    expected = bench.results()
    for mode in (mode for mode in modes if mode != ONE):
        bench.shards(paths)
        bench.tell(mode, bench.build_by(mode), one, nothing, n_respondents)
        bench.require(mode, expected)
    if n_shards > 10:
        return
    for path in paths:
        path.unlink()
    others = bench.write(n_respondents, n_shards - 3, "others", is_reversed=True)
    bench.shards(others)
    bench.build()
    bench.require(f"{len(others)} shards in another order", expected)
    print(f"  {len(others)} shards in another order: the same", flush=True)


class Bench:
    """A project of its own, and the shards of its survey."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.project = folder, bench_survey.project(folder)
        self.settings = self.project.settings
        with self.open() as con:
            bench_survey.add_columns(con)
        self.project.build(*(f"+{name}" for name in MARTS))

    def open(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.settings.build_db))

    def write(self, n_respondents: int, n_shards: int, name: str, is_reversed: bool = False) -> list[Path]:
        """Shards of as many respondents each, the same ones in any number, by name in their order or reversed."""
        folder = self.settings.landing / SURVEY / str(WAVE)
        folder.mkdir(parents=True, exist_ok=True)
        borders = [n_respondents * number // n_shards for number in range(n_shards + 1)]
        paths = []
        with self.open() as con:
            cells = ", ".join(f"{drawn} as {column}" for column, drawn in bench_survey.drawn(con).items())
            for number, (first, last) in enumerate(itertools.pairwise(borders)):
                path = folder / f"{name}-{n_shards - number if is_reversed else number:04}.parquet"
                rows = f"select {cells} from range({first}, {last}) as numbers(i)"
                con.execute(f"copy ({rows}) to '{path}' (format parquet)")
                paths.append(path)
            con.execute("delete from raw.extract_load")
            note_load(con, SURVEY, WAVE, n_respondents)
        return sorted(paths)

    def shards(self, paths: Sequence[Path]) -> None:
        """These are in use, and nothing is counted of them yet."""
        for path in self.settings.shards.rglob("*.parquet"):
            path.unlink()
        with self.open() as con:
            note_shards(con, self.settings.landing, SURVEY, WAVE, paths)

    @contextmanager
    def as_one_table(self, paths: Sequence[Path]) -> Iterator[None]:
        """raw holds the rows of all shards as one table, which is a view of them, and there are no shards."""
        self.shards(paths)
        with self.open() as con:
            rows = con.execute("select survey, wave, part, file_name, sha256, n_rows, cells from raw.shard").fetchall()
            shards = read_shards(rows, self.settings.landing)
            of_shards = [f"select *, 'bench' as sha256 from ({rows_of(shard)})" for shard in shards]
            con.execute("delete from raw.shard")
            con.execute(f"alter table raw.{SURVEY} rename to {SURVEY}_before")
            # The columns that no shard has are those of the table that is empty.
            whole = " union all by name ".join([f"from raw.{SURVEY}_before", *of_shards])
            con.execute(f"create view raw.{SURVEY} as {whole}")
        yield
        with self.open() as con:
            con.execute(f"drop view raw.{SURVEY}")
            con.execute(f"alter table raw.{SURVEY}_before rename to {SURVEY}")

    def build_by(self, mode: str) -> Took:
        if mode == LOCAL_SPARK:
            return self.build(**{RUNNER: SPARK, SPARK_MASTER: "local[2]", **HERE})
        if mode == STANDALONE:
            with standalone(self.folder / "cluster") as cluster:
                return self.build(cluster, **{RUNNER: SPARK, SPARK_MASTER: cluster.url, **HERE})
        return self.build()

    def build(self, cluster: Cluster | None = None, **variables: str) -> Took:
        """dbt builds what grows with respondents; of a cluster, a worker is killed when a third is counted."""
        command = [DBT_EXECUTABLE, "--quiet", "run", "--select", *TIMED]
        started = time.perf_counter()
        env, said = {**self.project.environment, **variables}, self.folder / "dbt.log"
        with said.open("wb") as log:
            run = subprocess.Popen(command, env=env, cwd=self.project.dbt_project, stdout=log, stderr=log)
        watched = Processes([run.pid, *(worker.pid for worker in (cluster.workers if cluster else ()))])
        killed = cluster is None
        while run.poll() is None:
            watched.look()
            if not killed and self.n_counted() >= self.n_shards() / 3:
                cluster.kill(cluster.workers[0])
                killed = True
            time.sleep(0.1)
        seconds = time.perf_counter() - started
        if run.returncode or not killed:
            sys.exit(
                said.read_text(encoding="utf-8")
                if run.returncode
                else "all was counted before a worker could be killed"
            )
        n_retried = numbers_of(self.settings.shards, CELLS).get("tried_again", 0)
        return Took(seconds, watched.cpu_seconds(), watched.cpu_seconds("java"), watched.peak_mb(), n_retried)

    def n_counted(self) -> int:
        return len(list((self.settings.shards / CELLS).glob("*.parquet")))

    def n_shards(self) -> int:
        return len(list((self.settings.landing / SURVEY / str(WAVE)).glob("*.parquet")))

    def results(self) -> dict[str, str]:
        """Build the marts; {mart: hash of its bytes}. The cells are kept beside, to be compared with."""
        with self.open() as con:
            con.execute("create schema if not exists expected")
            for name in CELL_TABLES:
                con.execute(f"create or replace table expected.{name} as from harmonised.{name}")
        return self.marts()

    def require(self, mode: str, expected: dict[str, str]) -> None:
        """Exits where cells or marts are not those that one DuckDB gives."""
        with self.open() as con:
            for name in CELL_TABLES:
                for left, right in (("harmonised", "expected"), ("expected", "harmonised")):
                    query = f"select count(*) from (from {left}.{name} except all from {right}.{name})"
                    if apart := con.execute(query).fetchall()[0][0]:
                        sys.exit(f"{mode}: {apart} rows of {name} are in {left} alone")
        marts = self.marts()
        if marts != expected:
            sys.exit(f"{mode}: other bytes in {[name for name in marts if marts[name] != expected[name]]}")

    def marts(self) -> dict[str, str]:
        # All between them, and what makes no number of respondents.
        between = [f"{cells}+,+{mart}" for cells in CELL_TABLES for mart in MARTS]
        self.project.build(*between, "--exclude", *TIMED)
        found = {}
        with self.open() as con:
            for name in MARTS:
                path = self.folder / f"{name}.parquet"
                con.execute(f"copy (from marts.{name} order by all) to '{path}' (format parquet)")
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def tell(self, mode: str, took: Took, one: Took, nothing: Took, n_respondents: int) -> None:
        """A line: seconds, CPU seconds a million beside one DuckDB's, without what a build of nothing takes."""
        own, ones = (t.cpu_seconds - nothing.cpu_seconds for t in (took, one))
        a_million = own / n_respondents * 1e6
        java = f", of them {took.java_seconds:.1f} Java's" if took.java_seconds else ""
        retried = f"; {took.n_retried} tried again" if took.n_retried else ""
        peak = f"; a worker's peak {took.worker_mb:.0f} MB" if took.worker_mb else ""
        print(
            f"  {mode:<24} {took.seconds:7.1f} s; {a_million:6.2f} CPU s a million{java}, {own / ones:.2f} of one "
            f"DuckDB's{peak}{retried}",
            flush=True,
        )


if __name__ == "__main__":
    main()
