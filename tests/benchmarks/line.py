"""What `make run` costs beside the bare SQL of its models, and beside `dbt build`: `make bench`.

Not here: a limit. A busy machine is no defect; whoever changes the line reads the ratios.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pipelines.common.settings import DBT_PROJECT_DIR
from pipelines.transform.program import DBT_EXECUTABLE, make_ready
from tests.benchmarks.measured import Measured, measured
from tests.benchmarks.phases import phases
from tests.line import Line, environment

FLOOR = "bare SQL of the models and tests"
Command = Callable[[], Measured]


def main() -> None:
    """Measures each command `--rounds` times in turn, so that a slow minute of the machine meets all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.line", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each command is measured (default 5)")
    rounds = parser.parse_args().rounds
    print(f"{os.cpu_count()} cores, {rounds} rounds, medians", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        line, anew = Line(Path(folder) / "data"), Line(Path(folder) / "anew")
        run(line)
        shutil.copytree(line.settings.landing, anew.settings.landing)
        commands: dict[str, Command] = {
            FLOOR: lambda: floor(line),
            "dbt build, seeds not among it": lambda: dbt_build(line, "--select", "resource_type:model"),
            "dbt build": lambda: dbt_build(line),
            "first run, with the sample": lambda: first(anew, with_landing=False),
            "make run, nothing loaded yet": lambda: first(anew, with_landing=True),
            "make run, one file changed": lambda: change_one(line),
            "make run FULL=1": lambda: run(line, "--full"),
            "make run, nothing changed": lambda: run(line),
        }
        taken: dict[str, list[Measured]] = {name: [] for name in commands}
        spent: dict[str, list[dict[str, float]]] = {}
        for _ in range(rounds):
            for name, command in commands.items():
                taken[name].append(command())
                if name in ("make run, nothing loaded yet", "make run, one file changed"):
                    spent.setdefault(name, []).append(phases(anew if "loaded" in name else line, taken[name][-1]))
    report(taken)
    for name, each in spent.items():
        print(f"\n{name}, by phase, s")
        for phase in each[0]:
            print(f"  {phase:<44} {statistics.median(one[phase] for one in each):6.1f}")


def report(taken: dict[str, list[Measured]]) -> None:
    """A line a command: wall-clock and CPU seconds of all its processes, and how often the floor is in them."""
    floor_wall, floor_cpu = medians(taken[FLOOR])
    print(f"{'':<34} {'wall, s':>8} {'x bare':>7} {'CPU, s':>8} {'x bare':>7}   wall of each round")
    for name, each in taken.items():
        wall, cpu = medians(each)
        rounds = ", ".join(f"{one.seconds:.1f}" for one in each)
        print(f"{name:<34} {wall:8.1f} {wall / floor_wall:7.2f} {cpu:8.1f} {cpu / floor_cpu:7.2f}   {rounds}")


def medians(each: list[Measured]) -> tuple[float, float]:
    return statistics.median(one.seconds for one in each), statistics.median(one.cpu_seconds for one in each)


def run(line: Line, *arguments: str) -> Measured:
    command = [sys.executable, "-m", "pipelines", "run", *arguments]
    return measured(command, env=environment(line.data_dir), cwd=line.project)


def first(line: Line, with_landing: bool) -> Measured:
    """With a data directory that holds nothing, or a landing that is complete."""
    for path in line.data_dir.iterdir():
        if not (with_landing and path == line.settings.landing):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return run(line)


def change_one(line: Line) -> Measured:
    """One answer of one kommune is another than before."""
    file = line.extract("ssb_kommune", 2022)
    lines = file.read_bytes().split(b"\n")
    head, last = lines[1].rsplit(b";", 1)
    other = {b"1": b"2", b"2": b"1"}
    cells = head.split(b";")
    place = max(n for n, cell in enumerate(cells) if cell in other)
    cells[place] = other[cells[place]]
    lines[1] = b";".join([*cells, last])
    file.write_bytes(b"\n".join(lines))
    return run(line)


def floor(line: Line) -> Measured:
    command = [sys.executable, "-m", "tests.benchmarks.floor", str(line.data_dir)]
    process = measured(command, env=environment(line.data_dir), cwd=line.project)
    seconds, cpu_seconds = map(float, process.out.split())
    return replace(process, seconds=seconds, cpu_seconds=cpu_seconds)


def dbt_build(line: Line, *select: str) -> Measured:
    """As someone would who has dbt and the build database, and no Dagster."""
    env = {**environment(line.data_dir), **make_ready(line.settings)}
    command = [DBT_EXECUTABLE, "--quiet", "build", "--exclude-resource-type", "unit_test", *select]
    return measured(command, env=env, cwd=DBT_PROJECT_DIR)


if __name__ == "__main__":
    main()
