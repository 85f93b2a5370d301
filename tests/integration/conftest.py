"""Start the runs that several tests look at, two at a time, while other tests already work.

Not here: what a run changes and keeps for the tests (scenarios.py).
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.integration.scenarios import SCENARIOS, BrokenThenMended, Changed, Ended, Leak
from tests.line import Line


@pytest.fixture(scope="session", autouse=True)
def scenarios(
    built: Line, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future]]:
    """{name: its run, begun}, of those that the chosen tests look at."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    pool = ThreadPoolExecutor(2)
    yield {
        name: pool.submit(scenario, built, tmp_path_factory.mktemp(name))
        for name, scenario in SCENARIOS.items()
        if name in wanted
    }
    pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def changed(scenarios: dict[str, Future]) -> Changed:
    return scenarios["changed"].result()


@pytest.fixture(scope="session")
def broken_then_mended(scenarios: dict[str, Future]) -> BrokenThenMended:
    return scenarios["broken_then_mended"].result()


@pytest.fixture(scope="session")
def only_one_wave(scenarios: dict[str, Future]) -> Ended:
    return scenarios["only_one_wave"].result()


@pytest.fixture(scope="session")
def only_rankings(scenarios: dict[str, Future]) -> Ended:
    return scenarios["only_rankings"].result()


@pytest.fixture(scope="session")
def leak(scenarios: dict[str, Future]) -> Leak:
    return scenarios["leak"].result()
