"""What tests of every kind share: the line run once on the sample, the runs after it, begun early; dbt's manifest.

Not here: what a run changes (integration/scenarios.py), what is expected of it, and what marks mean (marks.py).
"""

import gc
import json
import pickle
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

from pipelines.common.contracts import Contract, load_contracts
from pipelines.common.settings import Settings
from pipelines.transform.manifest import ensure_manifest
from tests.integration.scenarios import SCENARIOS, BrokenThenMended, Changed, Ended, Leak
from tests.line import Line
from tests.marks import mark_line, not_run, skip_without_program

# How long an example takes says nothing, and a failure must come back when it is looked at.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")

# Libraries keep objects by the million, and a test makes few that last: each look for garbage goes through all of them.
gc.set_threshold(50_000)


RUNS = {"built", *SCENARIOS}


LOOPBACK = ("127.", "::1", "localhost")


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    """No test calls out: whatever it uses, a connection to another machine fails, and so does looking for its name."""
    if event == "socket.connect":
        address = arguments[1]
        host = str(address[0]) if isinstance(address, tuple) else "localhost"  # else a path of this machine
    elif event == "socket.getaddrinfo":
        named = arguments[0]
        host = named.decode() if isinstance(named, bytes) else named or "localhost"
    else:
        return
    assert host in (socket.gethostname(), "0.0.0.0", "::") or host.startswith(LOOPBACK), f"a test calls out: {host}"


sys.addaudithook(_stay_here)


# First of all: what is chosen by a mark (-m) is chosen after it.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them, and put them in the order in which nobody waits for a run, nor at the end for another worker: modules
    that take long, what looks at the first run, at later ones, and then what is quick."""
    mark_line(items, RUNS)
    skip_without_program(items)
    slow = {item.path for item in items if item.get_closest_marker("slow")}

    def order(item: pytest.Item) -> int:
        names = set(getattr(item, "fixturenames", ()))
        if not names & RUNS:
            return 0 if item.path in slow else 3
        return 2 if names & set(SCENARIOS) else 1

    items.sort(key=order)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was not run for want of a program."""
    for line in not_run(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line, yellow=True)


@pytest.fixture(scope="session", autouse=True)
def runs(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[dict[str, Future]]:
    """{name: a run, begun}, of those that the chosen tests look at, beside the tests: two at a time, or one by each
    worker. What one worker has made the others take."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    worker = getattr(request.config, "workerinput", {}).get("workerid", "")
    base = tmp_path_factory.getbasetemp()
    common = base.parent if worker else base
    pool = ThreadPoolExecutor(1 if worker else 2)
    begun: dict[str, Future] = {}
    if wanted & RUNS:
        begun["built"] = pool.submit(once, common / "built", lambda folder: first_run(Line(folder / "data")))
    # The second worker begins at the other end: neither waits for what the other makes.
    for name in sorted(wanted & set(SCENARIOS), reverse=worker == "gw1"):
        begun[name] = pool.submit(once, common / name, partial(later_run, SCENARIOS[name], begun["built"]))
    yield begun
    pool.shutdown(cancel_futures=True)


def once(folder: Path, make: Callable[[Path], Any]) -> Any:
    """What is made in a folder by the first who asks for it."""
    folder.mkdir(exist_ok=True)
    made = folder / "made.pickle"
    with FileLock(folder / "lock"):
        if not made.exists():
            made.write_bytes(pickle.dumps(make(folder)))
    return pickle.loads(made.read_bytes())


def later_run(scenario: Callable[[Line, Path], object], built: Future, folder: Path) -> object:
    return scenario(built.result(), folder)


def first_run(line: Line) -> Line:
    """A new user, who has no extracts: the sample, and a release of it."""
    run = line.run()
    assert run.code == 0, run.out + run.err
    (line.data_dir / "first_run.txt").write_text(run.out, encoding="utf-8")
    return line


@pytest.fixture(scope="session")
def parsed(request: pytest.FixtureRequest) -> Settings:
    """A data directory with the manifest of the project as it is now, kept from session to session."""
    settings = Settings(request.config.cache.mkdir("dbt"))
    with FileLock(settings.data_dir / "lock"):
        ensure_manifest(settings)
    return settings


@pytest.fixture(scope="session")
def manifest_path(parsed: Settings) -> Path:
    return parsed.dbt_target / "manifest.json"


@pytest.fixture(scope="session")
def manifest(manifest_path: Path) -> dict[str, Any]:
    """dbt's manifest of the project as it is now, without a run."""
    return json.loads(manifest_path.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def contracts(manifest_path: Path) -> dict[str, Contract]:
    """The contracts of the project as it is now, without a run."""
    return load_contracts(manifest_path)


@pytest.fixture(scope="session")
def built(runs: dict[str, Future]) -> Line:
    """The first run. Nobody changes this data directory."""
    return runs["built"].result()


@pytest.fixture(scope="session")
def changed(runs: dict[str, Future]) -> Changed:
    return runs["changed"].result()


@pytest.fixture(scope="session")
def broken_then_mended(runs: dict[str, Future]) -> BrokenThenMended:
    return runs["broken_then_mended"].result()


@pytest.fixture(scope="session")
def only_one_wave(runs: dict[str, Future]) -> Ended:
    return runs["only_one_wave"].result()


@pytest.fixture(scope="session")
def only_rankings(runs: dict[str, Future]) -> Ended:
    return runs["only_rankings"].result()


@pytest.fixture(scope="session")
def leak(runs: dict[str, Future]) -> Leak:
    return runs["leak"].result()


@pytest.fixture(scope="session")
def swapped(runs: dict[str, Future]) -> Ended:
    return runs["swapped"].result()


@pytest.fixture(scope="session")
def protected(runs: dict[str, Future]) -> Ended:
    return runs["protected"].result()
