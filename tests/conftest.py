"""What tests of every kind share: the line run once on the sample, the runs after it, begun early; dbt's manifest.

Not here: what a run changes (integration/scenarios.py), what is expected of it, and what marks mean (marks.py).
"""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
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


RUNS = {"built", *SCENARIOS}


# First of all: what is chosen by a mark (-m) is chosen after it.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them; first come those that need no run, then those of the first run, then of later ones: nobody waits."""
    mark_line(items, RUNS)
    skip_without_program(items)

    def needs(item: pytest.Item) -> int:
        names = set(getattr(item, "fixturenames", ()))
        return 2 if names & set(SCENARIOS) else int("built" in names)

    items.sort(key=needs)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was not run for want of a program."""
    for line in not_run(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line, yellow=True)


@pytest.fixture(scope="session", autouse=True)
def runs(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[dict[str, Future]]:
    """{name: a run, begun}, of those that the chosen tests look at, two at a time beside the tests."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    begun: dict[str, Future] = {}
    pool = ThreadPoolExecutor(2)
    if wanted & RUNS:
        begun["built"] = pool.submit(first_run, Line(tmp_path_factory.mktemp("built") / "data"))
    for name, scenario in SCENARIOS.items():
        if name in wanted:
            folder = tmp_path_factory.mktemp(name)
            begun[name] = pool.submit(lambda s=scenario, f=folder: s(begun["built"].result(), f))
    yield begun
    pool.shutdown(cancel_futures=True)


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
