"""What the estimate engine takes beside other ways to the same estimates: `make bench`.

Generates respondents x 20 questions x 5 breakdowns, lets dbt build the project's own models on them, and in the same
run, on the same rows, one DuckDB pass with GROUPING SETS, polars streaming, pandas, and, where they are installed,
svy and R's survey. Not here: a limit. A busy machine is no defect; whoever changes a model reads the ratios.
"""

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.common.settings import PROJECT_DIR
from pipelines.transform.program import DBT_EXECUTABLE
from tests.benchmarks import bench_survey
from tests.benchmarks.engines import ENGINES, Estimates, Took
from tests.benchmarks.measured import Measured, measured

OURS = "digital-tilstand"
# Stage one counts survey by survey: those of the other surveys, of whom there are no respondents, are not made again.
STAGE_ONE = [f"harmonised_cells_{bench_survey.SURVEY}", "harmonised_estimate_cells"]
ENGINE_MODELS = [*STAGE_ONE, "harmonised_linearised", "harmonised_estimates"]
# The mart adds labels to what the engine has; timed with it, since that is what a user waits for.
TIMED = [*ENGINE_MODELS, "harmonised_comparability", "survey_estimates"]
BARE_RUN = f"stg_{bench_survey.SURVEY}"
REPEATED = ("grouping_sets", "polars")
MOST_ROWS = {"pandas": 1_000_000, "svy": 1_000_000}  # more takes too long, or more memory than there is
R_ROWS, R_QUESTIONS = 1_000_000, 1
AGREES = 1e-9
# svy takes n of the domain's answers where R takes n of the design.
AGREES_BY_ENGINE = {"svy": 1e-2}
PARTIAL = {"svy": f"{R_QUESTIONS} of the questions"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.estimates", description=__doc__.splitlines()[0])
    parser.add_argument("--respondents", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3, help="how often each engine is timed (default 3)")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, {arguments.rounds} rounds, medians", flush=True)
    for n_respondents in arguments.respondents:
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(folder), n_respondents, arguments.rounds)


def compare(folder: Path, n_respondents: int, rounds: int) -> None:
    """Time every engine on `n_respondents`, and exit where one gives other estimates."""
    print(f"{n_respondents:,} respondents x {len(bench_survey.QUESTIONS)} questions x 5 breakdowns", flush=True)
    bench = Bench(folder, n_respondents)
    seconds: dict[str, list[Took]] = {OURS: []} | {name: [] for name in REPEATED}
    stage_one: list[float] = []
    peaks: dict[str, float] = {}
    ours: Estimates = {}
    for _ in range(rounds):
        took, run = bench.dbt_estimates()
        seconds[OURS].append(took)
        stage_one.append(bench.seconds_of(STAGE_ONE))
        peaks[OURS] = run.peak_mb
        ours = ours or bench.estimates()
        for name in REPEATED:
            seconds[name].append(bench.other(name, ours, peaks))
    for name in ENGINES:
        if name not in REPEATED and n_respondents <= MOST_ROWS[name] and is_there(name):
            seconds[name] = [bench.other(name, ours, peaks)]
    for name, each in seconds.items():
        print(f"  {name:<18}{beside(name, each, seconds[OURS])}  peak {peaks[name]:6.0f} MB", flush=True)
    print(f"  stage one alone: {statistics.median(stage_one):.1f} s of ours", flush=True)
    if n_respondents <= R_ROWS and shutil.which("Rscript"):
        print(f"  R survey, {R_QUESTIONS} of the questions: {bench.r_survey()}", flush=True)


def beside(name: str, each: list[Took], ours: list[Took]) -> str:
    """Medians of the rounds, wall-clock and CPU, what part of each ours is, and the rounds."""
    said = ""
    for kind, rounds, our_rounds in zip(("wall", "CPU"), zip(*each, strict=True), zip(*ours, strict=True), strict=True):
        median = statistics.median(rounds)
        part = PARTIAL.get(name) or f"ours is {statistics.median(our_rounds) / median:5.2f} of it"
        said += f"  {kind} {median:7.1f} s, {part} ({', '.join(f'{value:.1f}' for value in rounds)})"
    return said


def is_there(engine: str) -> bool:
    return importlib.util.find_spec(engine) is not None


class Bench:
    """A project of its own with the respondents in raw, ready up to what is timed."""

    def __init__(self, folder: Path, n_respondents: int) -> None:
        self.project = bench_survey.project(folder)
        self.build_db = str(self.project.settings.build_db)
        self.parquet = folder / "respondents.parquet"
        with duckdb.connect(self.build_db) as con:
            bench_survey.fill_raw(con, n_respondents)
        self.project.build("+survey_estimates")
        with duckdb.connect(self.build_db) as con:
            bench_survey.export(con, self.parquet)

    def dbt_estimates(self) -> tuple[Took, Measured]:
        """Seconds from the first model's start to the last one's end, and dbt's whole run.

        The CPU seconds are the run's less those of one that makes a view: what dbt takes before and after its models is
        no part of what the clock measures either.
        """
        start = self.dbt_run(BARE_RUN)
        run = self.dbt_run(*TIMED)
        return (self.seconds_of(TIMED), run.cpu_seconds - start.cpu_seconds), run

    def seconds_of(self, models: list[str]) -> float:
        """From the start of the first to the end of the last of them, in dbt's newest run."""
        said = json.loads((self.project.settings.dbt_target / "run_results.json").read_text(encoding="utf-8"))
        results = [result for result in said["results"] if result["unique_id"].rpartition(".")[2] in models]
        times = [timing for result in results for timing in result["timing"]]
        started = min(datetime.fromisoformat(timing["started_at"]) for timing in times)
        ended = max(datetime.fromisoformat(timing["completed_at"]) for timing in times)
        return (ended - started).total_seconds()

    def dbt_run(self, *models: str) -> Measured:
        arguments = [DBT_EXECUTABLE, "--quiet", "run", "--select", *models]
        return measured(arguments, self.project.environment, self.project.dbt_project)

    def estimates(self) -> Estimates:
        """What the project published, by the names that the other engines use."""
        with duckdb.connect(self.build_db, read_only=True) as con:
            rows = con.execute(
                "select estimates.question_id, estimates.breakdown, categories.category_no, estimate, std_error "
                "from marts.survey_estimates as estimates join harmonised.harmonised_categories as categories "
                "using (survey, wave, breakdown, category) where survey = ?",
                [bench_survey.SURVEY],
            ).fetchall()
        return {f"{question} {breakdown} {number}": (mean, error) for question, breakdown, number, mean, error in rows}

    def other(self, name: str, ours: Estimates, peaks: dict[str, float]) -> Took:
        """Seconds of another engine; exits when its estimates are not ours."""
        run = measured([sys.executable, "-m", "tests.benchmarks.engines", name, self.parquet], cwd=PROJECT_DIR)
        peaks[name] = run.peak_mb
        said = json.loads(run.out.strip().splitlines()[-1])
        theirs = {key: tuple(value) for key, value in said["estimates"].items()}
        missing = set(theirs) - set(ours) if name in PARTIAL else set(theirs) ^ set(ours)
        if not theirs or missing:
            sys.exit(f"{name} has {len(theirs)} estimates, digital-tilstand {len(ours)}; apart: {sorted(missing)[:5]}")
        furthest = max(abs(a / b - 1) for key in theirs for a, b in zip(ours[key], theirs[key], strict=True))
        if furthest > AGREES_BY_ENGINE.get(name, AGREES):
            sys.exit(f"{name} gives other estimates: {furthest:.2e} apart, relative")
        return tuple(said["took"])

    def r_survey(self) -> str:
        """What R says of its own time."""
        path = self.parquet.with_suffix(".csv")
        with duckdb.connect() as con:
            con.execute(f"copy (from '{self.parquet}') to '{path}' (format csv, header)")
        return measured(["Rscript", PROJECT_DIR / "tests/benchmarks/r_survey.R", path, str(R_QUESTIONS)]).out.strip()


if __name__ == "__main__":
    main()
