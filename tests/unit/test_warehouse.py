"""One run at a time holds the build database, and what it wrote is there for the next.

Not here: the read-only warehouse that users query (test_publish.py).
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipelines.settings import PROJECT_DIR
from pipelines.warehouse import BuildDatabaseBusyError, build_lock, open_build, write_table

HOLDER = """
import sys
from pathlib import Path
from pipelines.warehouse import build_lock
with build_lock(Path(sys.argv[1]), 0, print):
    print("held", flush=True)
    sys.stdin.readline()
print("let go", flush=True)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen]:
    """Another process that holds the lock of `tmp_path` until it reads a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        cwd=PROJECT_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_second_run_that_does_not_wait_is_told_which_process_holds_the_build(
    tmp_path: Path, holder: subprocess.Popen
) -> None:
    said: list[str] = []
    busy = pytest.raises(BuildDatabaseBusyError, match=rf"process {holder.pid}\b.*still holds")
    with busy, build_lock(tmp_path, 0, said.append):
        pytest.fail("two runs hold the build database")
    assert [f"process {holder.pid}" in text for text in said] == [True]


def test_second_run_waits_for_the_first_and_then_runs(tmp_path: Path, holder: subprocess.Popen) -> None:
    said: list[str] = []

    def told(text: str) -> None:
        """Only now, when the second run has begun to wait, may the first end."""
        said.append(text)
        holder.stdin.write("end\n")
        holder.stdin.flush()

    with build_lock(tmp_path, 60, told):
        assert holder.stdout.readline() == "let go\n"
    assert len(said) == 1 and "waiting" in said[0]


def test_lock_is_free_after_its_holder_was_killed(tmp_path: Path, holder: subprocess.Popen) -> None:
    holder.kill()
    holder.wait()
    said: list[str] = []
    with build_lock(tmp_path, 0, said.append):
        pass
    assert said == []


def test_lock_is_free_after_a_run_failed(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), build_lock(tmp_path, 0, pytest.fail):
        _ = 1 / 0
    with build_lock(tmp_path, 0, pytest.fail):
        pass


def test_two_threads_are_two_runs(tmp_path: Path) -> None:
    """Dagster can start two runs in one process."""
    outcome: list[Exception] = []

    def second() -> None:
        try:
            with build_lock(tmp_path, 0, lambda _: None):
                pass
        except BuildDatabaseBusyError as error:
            outcome.append(error)

    with build_lock(tmp_path, 0, pytest.fail):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(outcome) == 1


def test_two_data_directories_do_not_wait_for_each_other(tmp_path: Path, holder: subprocess.Popen) -> None:
    with build_lock(tmp_path / "another", 0, pytest.fail):
        assert holder.poll() is None


def test_written_table_replaces_the_one_before_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "work" / "build.duckdb"
    for rows in ([1, 2], [3]):
        with open_build(path) as con:
            write_table(con, "indicators", "some", pa.table({"value": pa.array(rows, pa.int32())}))
    assert [p.name for p in path.parent.iterdir()] == ["build.duckdb"]
    with open_build(path, read_only=True) as con:
        assert con.execute("select * from indicators.some").fetchall() == [(3,)]
        assert con.execute("select typeof(value) from indicators.some").fetchone() == ("INTEGER",)
        with pytest.raises(duckdb.Error, match="read-only"):
            con.execute("drop table indicators.some")


def test_build_database_is_closed_when_its_user_fails(tmp_path: Path) -> None:
    path = tmp_path / "build.duckdb"
    with pytest.raises(ZeroDivisionError), open_build(path):
        _ = 1 / 0
    with open_build(path, read_only=True) as con:
        assert con.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize("read_only", [False, True])
def test_build_database_keeps_to_its_memory_and_spills_beside_it(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "it's here" / "build.duckdb"
    with open_build(path):
        pass
    with open_build(path, read_only, memory_limit="512MiB") as con:
        query = "select current_setting('memory_limit'), current_setting('temp_directory')"
        assert con.execute(query).fetchone() == ("512.0 MiB", str(path.parent / "duckdb_temp"))


def test_what_does_not_fit_in_memory_is_spilled_and_cleared_away(tmp_path: Path) -> None:
    path = tmp_path / "build.duckdb"
    with open_build(path, memory_limit="64MiB") as con:
        con.execute(
            "create temp table large as select md5(i::varchar) || md5(i::varchar) as text from range(2000000) t(i)"
        )
        spilled = list((tmp_path / "duckdb_temp").iterdir())
        assert con.execute("select count(distinct left(text, 1)) from large").fetchone() == (16,)
    assert spilled
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["build.duckdb"]


def test_build_database_can_be_opened_by_others_with_other_settings_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "build.duckdb"
    with open_build(path, memory_limit="1GB") as con, duckdb.connect(str(path)) as other:
        con.execute("create table one_row as select 1 as value")
        assert other.execute("select value from one_row").fetchone() == (1,)
