"""Every line of a phase can be drawn and died at, in whichever thread it is executed.

Not here: what must hold after it (test_chaos.py).
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.common.settings import PROJECT_DIR, Settings
from pipelines.publish import csv_files, release
from tests.chaos.lines import counted, traced
from tests.chaos.phases import one_page
from tests.unit.test_publish import CONTRACTS, INPUTS, NOON, finished_build

IN_THREADS = ("publish/csv_files.py", "publish/warehouse_copy.py")  # which publishing hands to a thread each
DIES = """
import sys, threading
from pipelines.publish import csv_files
from tests.chaos.started import dies_at

def in_thread():
    thread = threading.Thread(target=csv_files.machine_form, args=(None,))
    thread.start()
    thread.join()

dies_at(("publish/csv_files.py", int(sys.argv[1])), 1, in_thread)()
"""


@pytest.fixture
def publishing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """Publishes three small tables, in a data directory of that name."""
    monkeypatch.setattr(release, "write_site", one_page)

    def publish(name: str) -> object:
        with finished_build() as con:
            return release.publish(con, Settings(tmp_path / name), CONTRACTS, INPUTS, NOON)

    return publish


@pytest.mark.slow
def test_lines_of_threads_are_counted_and_the_same_each_time(publishing: Callable[[str], object]) -> None:
    publishing("warm")  # what is read once is not read again
    lines = counted(lambda: publishing("first"))
    assert {"publish/release.py", *IN_THREADS} <= {module for module, _, _ in lines}
    assert lines == counted(lambda: publishing("second"))


@pytest.mark.slow
@pytest.mark.parametrize("module", IN_THREADS)
def test_a_line_of_a_thread_is_come_to_once_and_in_that_thread(
    publishing: Callable[[str], object], module: str
) -> None:
    _, line, times = max(
        (one for one in counted(lambda: publishing("drawn")) if one[0] == module), key=lambda one: one[2]
    )
    came: list[threading.Thread] = []
    traced(lambda: publishing("again"), ((module, line), times), lambda: came.append(threading.current_thread()))
    assert len(came) == 1 and came[0] is not threading.main_thread()


def test_process_dies_at_a_line_of_a_thread() -> None:
    first_line = csv_files.machine_form.__code__.co_firstlineno + 2
    ended = subprocess.run([sys.executable, "-c", DIES, str(first_line)], cwd=PROJECT_DIR, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
