"""How long it takes from a clone to a release where nothing is installed or cached: `make bench-setup`.

Not here: a limit, and what a run costs by itself (line.py). Needs git and a package index, which it loads from anew.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.common.settings import PROJECT_DIR
from tests.benchmarks.measured import Measured, measured

STEPS = ("clone", "set up", "run", "run again")


@dataclass(frozen=True)
class Way:
    """A commit, and how it is installed."""

    name: str
    commit: str
    options: tuple[str, ...] = ()


def main() -> None:
    """Times each way `--rounds` times in turn, so that a slow minute of the machine meets all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.setup", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1, help="how often each way is timed (default 1)")
    parser.add_argument("--before", metavar="COMMIT", help="this commit as well, as it was set up then")
    parser.add_argument("--without-run", action="store_true", help="the set-up alone, without the release")
    chosen = parser.parse_args()
    ways = [Way("uv", "HEAD"), Way("pip", "HEAD", ("PIP=1",))]
    ways += [Way(f"at {chosen.before}", chosen.before)] if chosen.before else []
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {chosen.rounds} rounds", flush=True)
    took: dict[Way, list[dict[str, Measured]]] = {way: [] for way in ways}
    for _ in range(chosen.rounds):
        for way in ways:
            with tempfile.TemporaryDirectory() as folder:
                took[way].append(dict(steps(way, Path(folder), STEPS[:2] if chosen.without_run else STEPS)))
                print(f"{way.name}: {installed_mb(Path(folder))} MB installed", flush=True)
    print_table(took)


def steps(way: Way, folder: Path, wanted: tuple[str, ...]) -> Iterator[tuple[str, Measured]]:
    """What each step took, in a home that is empty."""
    clone, env = folder / "clone", environment(folder)
    make = ["make", "--silent", "-C", str(clone), *way.options]
    commit = said("git", "rev-parse", way.commit)
    cloned = f'git clone --quiet "{PROJECT_DIR}" "{clone}" && git -C "{clone}" checkout --quiet {commit}'
    commands = {
        "clone": ["bash", "-c", cloned],
        "set up": [*make, ".venv/.ready"],
        "run": [*make, "run"],
        "run again": [*make, "run", "FULL=1"],
    }
    for step in wanted:
        yield step, measured(commands[step], env)


def environment(folder: Path) -> dict[str, str]:
    """This one, but for caches and for uv, which a stranger does not have: only PATH and where to fetch from stay."""
    kept = {
        name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_", "HTTP", "http"))
    }
    own = {PROJECT_DIR / ".venv" / "bin", Path(sys.executable).parent}
    path = [part for part in os.environ["PATH"].split(os.pathsep) if Path(part) not in own]
    path = [part for part in path if not (Path(part) / "uv").exists()]
    caches = {"UV_CACHE_DIR": str(folder / "uv"), "PIP_CACHE_DIR": str(folder / "pip")}
    return {**kept, **caches, "PATH": os.pathsep.join(path), "HOME": str(folder)}


def installed_mb(folder: Path) -> int:
    """Of .venv; a file with several names counts once."""
    sizes = {stat.st_ino: stat.st_size for stat in (path.lstat() for path in folder.glob("clone/.venv/**/*"))}
    return round(sum(sizes.values()) / 1e6)


def said(*command: str) -> str:
    return subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, check=True).stdout.strip()


def print_table(took: dict[Way, list[dict[str, Measured]]]) -> None:
    """Medians: seconds of wall, and in brackets of CPU; a release needs the first three steps."""
    print(f"{'':<14}" + "".join(f"{step:>17}" for step in (*STEPS, "clone to release")))
    for way, rounds in took.items():
        shown = [step for step in STEPS if step in rounds[0]]
        medians = [statistics.median(of[step].seconds for of in rounds) for step in shown]
        cpu = [statistics.median(of[step].cpu_seconds for of in rounds) for step in shown]
        cells = [f"{wall:.1f} s ({busy:.1f})" for wall, busy in zip(medians, cpu, strict=True)]
        whole = [f"{sum(medians[:3]):.1f} s"] if "run" in shown else []
        print(f"{way.name:<14}" + "".join(f"{cell:>17}" for cell in [*cells, *whole]), flush=True)


if __name__ == "__main__":
    main()
