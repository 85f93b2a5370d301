"""The whole line on a citizens' survey of ten million respondents, and the memory it takes: `make bench-large`.

Writes one .sav of the last wave in the codebook, with the real columns and codes, and runs the line on it as a user
does. Not here: a limit. Whoever changes the line reads the figures.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from pipelines.common.settings import PROJECT_DIR
from pipelines.ingest.codebook import columns, waves
from pipelines.ingest.kommuner import valid_on
from tests.line import Line, environment

SURVEY = "dfo_innbygger"
# What is drawn where the codebook has no code frame to draw from.
AGES = (16, 96)
POLL_SECONDS = 0.2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.large", description=__doc__.splitlines()[0])
    parser.add_argument("--respondents", type=int, default=10_000_000)
    respondents = parser.parse_args().respondents
    with tempfile.TemporaryDirectory() as folder:
        line = Line(Path(folder) / "data")
        started = time.perf_counter()
        extract = write_extract(line, respondents)
        written = time.perf_counter() - started
        print(
            f"{respondents:,} respondents, {extract.stat().st_size / 1e6:,.0f} MB .sav, made in {written:.0f} s",
            flush=True,
        )
        seconds, peak_mb = run(line, extract)
        rows = line.table("survey_estimates")
        n_respondents = rows.loc[rows["survey"] == SURVEY, "n_respondents"].max()
        build_mb = line.settings.build_db.stat().st_size / 1e6
        print(f"the whole line: {seconds:.0f} s, peak {peak_mb:,.0f} MB over all its processes", flush=True)
        print(
            f"{len(rows):,} estimates of up to {n_respondents:,} respondents; build database {build_mb:,.0f} MB",
            flush=True,
        )


def write_extract(line: Line, n: int) -> Path:
    """A delivery of the last wave: every column of its codebook, answers spread evenly over their codes."""
    wave = waves(SURVEY)[-1]
    random = np.random.default_rng(wave)
    frame = pd.DataFrame(index=range(n))
    for column in columns(SURVEY, wave):
        if column.codes:
            codes = np.array([float(code) for code in column.codes], dtype="float32")
            frame[column.name] = random.choice(codes, n)
        elif column.data_type == "respondent_id":
            frame[column.name] = np.arange(n, dtype="float64")
        elif column.data_type == "kommunenr":
            numbers = np.array(sorted(valid_on(pd.Timestamp(wave, 1, 1).date())), dtype="float32")
            frame[column.name] = random.choice(numbers, n)
        elif column.data_type.startswith("integer"):
            frame[column.name] = random.integers(*AGES, n).astype("float32")
        elif column.is_required:
            frame[column.name] = (0.3 + random.integers(0, 100_000, n) / 50_000).round(6)
    folder = line.settings.landing / SURVEY / str(wave)
    folder.mkdir(parents=True)
    (folder / "SOURCE.yml").write_text("note: made for a benchmark\nsynthetic: true\n", encoding="utf-8")
    path = folder / "benchmark.sav"
    pyreadstat.write_sav(frame, str(path), row_compress=True)
    return path


def run(line: Line, extract: Path) -> tuple[float, float]:
    """Seconds and peak memory (MB, summed over the processes that run at once) of `make run`; its lines are printed."""
    env = environment(line.data_dir) | {"TILSTAND_MAX_EXTRACT_MB": str(extract.stat().st_size / 1e6 + 1)}
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "pipelines", "run"], cwd=PROJECT_DIR, env=env)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, tree_mb(process.pid))
        time.sleep(POLL_SECONDS)
    if process.returncode:
        sys.exit(process.returncode)
    return time.perf_counter() - started, peak


def tree_mb(pid: int) -> float:
    """Resident memory of a process and all below it, as Linux tells it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        children = [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        ]
    except OSError:  # it has just ended
        return 0.0
    resident = next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")), "0")
    return int(resident) / 1024 + sum(tree_mb(child) for child in children)


if __name__ == "__main__":
    main()
