"""What `make run` costs beside `dbt build` alone on the same project, data and machine: `make bench`.

Not here: a limit. A busy machine is no defect; whoever changes the line reads the ratios.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pipelines.common.settings import DBT_PROJECT_DIR
from pipelines.transform.program import DBT_EXECUTABLE, make_ready
from tests.line import Line, environment


def main() -> None:
    """Times each command `--rounds` times in turn, so that a slow minute of the machine meets all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.line", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each command is timed (default 3)")
    rounds = parser.parse_args().rounds
    print(f"{os.cpu_count()} cores, {rounds} rounds", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        line = Line(Path(folder) / "data")
        print(f"{'first run, with the sample':<32} {timed(lambda: run(line)):6.1f} s", flush=True)
        anew = Line(Path(folder) / "anew")
        shutil.copytree(line.settings.landing, anew.settings.landing)
        commands: dict[str, Callable[[], None]] = {
            "dbt build alone": lambda: dbt_build(line),
            "make run, nothing loaded yet": lambda: load_all(anew),
            "make run, nothing changed": lambda: run(line),
            "make run FULL=1": lambda: run(line, "--full"),
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                seconds[name].append(timed(command))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    dbt = medians["dbt build alone"]
    for name, median in medians.items():
        each = ", ".join(f"{value:.1f}" for value in seconds[name])
        print(f"{name:<32} {median:6.1f} s   {median / dbt:5.2f} x dbt build   ({each})")


def timed(command: Callable[[], None]) -> float:
    """Wall-clock seconds."""
    started = time.perf_counter()
    command()
    return time.perf_counter() - started


def run(line: Line, *arguments: str) -> None:
    ended = line.run(*arguments)
    if ended.code:
        sys.exit(ended.out + ended.err)


def load_all(line: Line) -> None:
    """As with a landing that is complete and a data directory that holds nothing else."""
    for path in line.data_dir.iterdir():
        if path != line.settings.landing:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    run(line)


def dbt_build(line: Line) -> None:
    """As someone would who has dbt and the build database, and no Dagster."""
    subprocess.run(
        [DBT_EXECUTABLE, "--quiet", "build"],
        cwd=DBT_PROJECT_DIR,
        env={**environment(line.data_dir), **make_ready(line.settings)},
        check=True,
    )


if __name__ == "__main__":
    main()
