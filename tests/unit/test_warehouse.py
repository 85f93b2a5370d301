"""One run at a time holds the build database, and what it wrote is there for the next, and for nobody else.

Not here: the read-only warehouse that users query (test_publish.py).
"""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import duckdb
import pyarrow as pa
import pytest

from pipelines.common import warehouse
from pipelines.common.settings import DBT_PROJECT_DIR, DEFAULT_MEMORY_LIMIT, PROJECT_DIR, Settings
from pipelines.common.warehouse import (
    BuildDatabaseBusyError,
    build_lock,
    ensure_usable,
    is_open_to_others,
    keep_private,
    note_as_left,
    open_build,
)
from pipelines.common.workspace import Workspace
from pipelines.ingest.findings import Findings
from pipelines.ingest.pseudonyms import pseudonyms_for
from pipelines.ingest.quarantine import write_report

pytestmark = pytest.mark.slow  # many tests start a process

HOLDER = """
import sys
from pathlib import Path
from pipelines.common.warehouse import build_lock
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


def test_what_is_written_stays_and_a_reader_cannot_change_it(tmp_path: Path) -> None:
    path = tmp_path / "work" / "build.duckdb"
    with open_build(path) as con:
        write_table(con, "raw", pa.table({"value": [3]}))
    assert [p.name for p in path.parent.iterdir()] == ["build.duckdb"]
    with open_build(path, read_only=True) as con:
        assert con.execute("select * from raw.some").fetchall() == [(3,)]
        with pytest.raises(duckdb.Error, match="read-only"):
            con.execute("drop table raw.some")


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


# A build database that cannot be used

READER = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
sys.stdin.readline()
"""


def write_table(con: duckdb.DuckDBPyConnection, schema: str, incoming: pa.Table) -> None:
    con.execute(f"create schema if not exists {schema}")
    con.execute(f"create table {schema}.some as select * from incoming")


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build database of some blocks, as a run left it that ended in order."""
    path = tmp_path / "work" / "build.duckdb"
    with open_build(path) as con:
        for schema in ("raw", "marts"):
            table = pa.table({"value": [os.urandom(16).hex() for _ in range(60_000)]})
            write_table(con, schema, table)
    note_as_left(path)
    return path


def told_by_ensuring(path: Path) -> list[str]:
    said: list[str] = []
    ensure_usable(path, DEFAULT_MEMORY_LIMIT, "raw", said.append)
    return said


def set_aside(path: Path) -> list[Path]:
    return sorted(path.parent.glob("build.set-aside-*"))


def changed(path: Path, change: Callable[[bytes], bytes]) -> bytes:
    content = change(path.read_bytes())
    path.write_bytes(content)
    return content


def flipped(content: bytes) -> bytes:
    """A byte changed in each block behind the headers, as a disk does that fails."""
    damaged = bytearray(content)
    for at in range(12_288 + 5_000, len(damaged), 262_144):
        damaged[at] ^= 0xFF
    return bytes(damaged)


def test_database_that_is_as_it_was_left_is_used_and_not_read_again(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warehouse, "_read_all", lambda *_: pytest.fail("read although nothing changed"))
    assert told_by_ensuring(build) == []
    assert set_aside(build) == []


def test_database_of_a_run_that_did_not_end_in_order_is_read_and_used_where_it_is_whole(build: Path) -> None:
    with open_build(build) as con:
        con.execute("create table raw.another as select 1 as value")
    assert told_by_ensuring(build) == []
    with open_build(build) as con:
        assert con.execute("select count(*) from raw.some").fetchone() == (60_000,)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: b"",
        lambda content: content[:100],
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: b"no database at all " * 9999,
        lambda content: content[:12] + b"\xff" + content[13:],
        flipped,
    ],
    ids=["empty", "cut in its header", "a byte short", "half of it", "another file", "another version", "damaged"],
)
def test_database_that_cannot_be_used_is_set_aside_and_told(build: Path, change: Callable[[bytes], bytes]) -> None:
    content = changed(build, change)
    Path(f"{build}.wal").write_bytes(b"what was not yet in it")
    (said,) = told_by_ensuring(build)
    aside, wal = set_aside(build)
    assert aside.read_bytes() == content and wal.read_bytes() == b"what was not yet in it"
    assert wal.name == f"{aside.name}.wal"
    assert str(aside) in said and "landing/" in said and "\n" not in said
    assert not build.exists()
    with open_build(build) as con:
        assert con.execute("select count(*) from duckdb_tables()").fetchone() == (0,)
    changed(build, lambda content: content[:50])
    told_by_ensuring(build)
    assert aside.read_bytes() == content
    assert len(set_aside(build)) == 3


@pytest.mark.parametrize(
    "error",
    [
        duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block of size 256.0 KiB"),
        duckdb.IOException('IO Error: Could not read from file "build.duckdb": Cannot allocate memory'),
        duckdb.IOException('IO Error: Could not read from file "build.duckdb": Input/output error'),
        duckdb.IOException('IO Error: Could not write file "build.duckdb.wal": No space left on device'),
    ],
    ids=str,
)
def test_database_is_not_set_aside_for_want_of_memory_or_for_its_disk(
    build: Path, error: duckdb.Error, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = changed(build, lambda content: content + bytes(1))  # it is not as it was left, and so it is read

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(warehouse, "_read_all", fails)
    with pytest.raises(type(error), match=re.escape(str(error))):
        told_by_ensuring(build)
    assert build.read_bytes() == content and set_aside(build) == []


@pytest.mark.parametrize("is_as_left", [True, False])
def test_database_whose_last_blocks_are_free_and_were_never_written_is_used(build: Path, is_as_left: bool) -> None:
    with open_build(build) as con:
        # More rows than DuckDB holds back until they are committed.
        con.execute("create table marts.another as select md5(range::varchar) as value from range(300000)")
        con.execute("drop table marts.another")
    with open_build(build) as con:
        ((size, n_blocks),) = con.execute("select block_size, total_blocks from pragma_database_size()").fetchall()
    assert build.stat().st_size < warehouse.FILE_HEADERS + size * n_blocks
    if is_as_left:
        note_as_left(build)
    assert told_by_ensuring(build) == []
    assert set_aside(build) == []


def test_database_with_a_piece_of_a_block_at_its_end_is_used_where_it_is_whole(build: Path) -> None:
    changed(build, lambda content: content + bytes(5_000))  # of a write in the middle of which the process was killed
    assert told_by_ensuring(build) == []
    with open_build(build) as con:
        assert con.execute("select count(*) from raw.some").fetchone() == (60_000,)


def test_database_that_is_not_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert told_by_ensuring(tmp_path / "build.duckdb") == []


def test_database_that_another_process_has_open_is_left_alone_and_the_process_named(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warehouse, "LET_GO_SECONDS", 0.5)
    command = [sys.executable, "-c", READER, str(build)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout.readline() == "open\n"
        for use in (lambda: told_by_ensuring(build), lambda: open_build(build).__enter__()):
            with pytest.raises(
                BuildDatabaseBusyError, match=rf"process {reader.pid} .*end that process, and run again"
            ):
                use()
        reader.stdin.close()
    assert set_aside(build) == []
    assert told_by_ensuring(build) == []


def test_run_waits_a_little_for_a_process_that_is_about_to_end(build: Path) -> None:
    command = [sys.executable, "-c", READER, str(build)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout.readline() == "open\n"
        threading.Timer(0.5, reader.stdin.close).start()
        assert told_by_ensuring(build) == []


# For the owner alone


def modes(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): stat.S_IMODE(p.lstat().st_mode) for p in [folder, *folder.rglob("*")]}


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
def test_build_database_is_private_from_the_beginning_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "work" / "build.duckdb"
    with open_build(path):
        assert modes(path.parent) == {".": 0o700, "build.duckdb": 0o600}


@pytest.mark.usefixtures("open_umask")
def test_reports_on_refused_files_are_private_from_the_beginning_and_may_be_opened_to_others(tmp_path: Path) -> None:
    write_report(tmp_path / "quarantine", "somewhere/2020", "file.csv", Findings())
    assert modes(tmp_path / "quarantine")["."] == 0o700
    (tmp_path / "quarantine").chmod(0o750)
    write_report(tmp_path / "quarantine", "somewhere/2020", "file.csv", Findings())
    assert modes(tmp_path / "quarantine")["."] == 0o750


@pytest.mark.usefixtures("open_umask")
def test_key_that_is_made_before_all_else_is_private_with_its_folder(tmp_path: Path) -> None:
    pseudonyms_for(Settings(tmp_path), is_synthetic=True, findings=Findings())
    assert modes(tmp_path / "work") == {".": 0o700, "pseudonym.key": 0o600}


@pytest.mark.usefixtures("open_umask")
def test_database_that_is_set_aside_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "work" / "build.duckdb"
    with open_build(path):
        pass
    path.write_bytes(b"no database")
    ensure_usable(path, DEFAULT_MEMORY_LIMIT, "raw", lambda _: None)
    (aside,) = path.parent.iterdir()
    assert ".set-aside-" in aside.name
    assert modes(path.parent) == {".": 0o700, aside.name: 0o600}


@pytest.mark.usefixtures("open_umask")
def test_everything_in_the_work_folder_becomes_private_and_no_link_is_followed(tmp_path: Path) -> None:
    work, elsewhere = tmp_path / "work", tmp_path / "published"
    shutil.copytree(DBT_PROJECT_DIR / "plugins", work / "dbt", ignore=shutil.ignore_patterns("__pycache__"))
    elsewhere.mkdir()
    (elsewhere / "table.parquet").write_text("public", encoding="utf-8")
    (work / "file.link").symlink_to(elsewhere / "table.parquet")
    (work / "folder.link").symlink_to(elsewhere)
    (work / "dangling.link").symlink_to(tmp_path / "nowhere")
    before = modes(elsewhere)
    assert is_open_to_others(work)
    keep_private(work)
    assert not is_open_to_others(work)
    assert modes(elsewhere) == before == {".": 0o777, "table.parquet": 0o666}
    kept = {name: mode for name, mode in modes(work).items() if not name.endswith(".link")}
    assert {mode for name, mode in kept.items() if name.endswith(".py")} == {0o600}
    assert kept["."] == kept["dbt"] == 0o700


@pytest.mark.usefixtures("open_umask")
def test_run_leaves_its_work_private_and_says_that_landing_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path))
    workspace, said = Workspace(data_dir=str(tmp_path)), []
    log = SimpleNamespace(log=lambda _, text, **__: said.append(text))
    context = SimpleNamespace(log=log, instance=None, run=None)
    (tmp_path / "landing").mkdir()
    with workspace.yield_for_execution(context) as held:
        with held.open_build() as con:
            write_table(con, "raw", pa.table({"value": [1]}))
        (tmp_path / "work" / "note.json").write_text("{}", encoding="utf-8")
    assert said == [f"landing/ is open to others (777); it may hold ids in clear: chmod 700 {tmp_path / 'landing'}"]
    found = modes(tmp_path / "work")
    assert found.pop(".") == 0o700 and set(found.values()) == {0o600}
    (tmp_path / "landing").chmod(0o700)
    monkeypatch.setattr(warehouse, "_read_all", lambda *_: pytest.fail("the run before ended in order"))
    with workspace.yield_for_execution(context):
        pass
    assert len(said) == 1


@pytest.mark.parametrize("fails", [True, False])
def test_database_is_read_again_after_a_run_that_failed_and_not_after_one_that_did_not(
    build: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    """A block that went bad, time and size as they were, makes the run fail that reads it. The next one mends it."""
    data_dir = build.parent.parent
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(data_dir))
    (data_dir / "landing").mkdir(mode=0o700)
    with open_build(build, read_only=True) as con:
        asked = "select max(block_id) from pragma_storage_info('raw.some') where segment_type = 'VARCHAR'"
        ((block,),) = con.execute(asked).fetchall()
    found, at = build.stat(), warehouse.FILE_HEADERS + 262_144 * block + 5_000
    changed(build, lambda content: content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    os.utime(build, ns=(found.st_atime_ns, found.st_mtime_ns))

    @dg.asset
    def reads(workspace: Workspace) -> None:
        with workspace.open_build() as con:
            con.execute(f"select {'max(value)' if fails else 'count(*)'} from raw.some").fetchall()

    resources = {"workspace": Workspace(data_dir=str(data_dir))}
    run = partial(dg.materialize, [reads], resources=resources, raise_on_error=False)
    assert run().success is not fails
    assert set_aside(build) == []
    run()
    assert len(set_aside(build)) == fails


# dbt ends with its run

WATCHED = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from parent_watch import Plugin
print(os.getpid(), flush=True)
Plugin("parent_watch", {})
time.sleep(600)
"""
RUN = """
import os, subprocess, sys
os.environ["TILSTAND_RUN_PROCESS"] = str(os.getpid())
subprocess.run([sys.executable, "-c", *sys.argv[1:]])
"""


def test_dbt_ends_when_its_run_is_killed() -> None:
    plugins = str(DBT_PROJECT_DIR / "plugins")
    with subprocess.Popen([sys.executable, "-c", RUN, WATCHED, plugins], stdout=subprocess.PIPE, text=True) as run:
        dbt = int(run.stdout.readline())
        time.sleep(1)
        os.kill(dbt, 0)  # it is there as long as its run is
        run.send_signal(signal.SIGKILL)
        # The pipe is closed by the last process that holds it: dbt.
        assert run.stdout.read() == ""


def test_dbt_whose_run_was_killed_before_it_looked_ends_too() -> None:
    command = [sys.executable, "-c", WATCHED, str(DBT_PROJECT_DIR / "plugins")]
    ended = subprocess.run(
        command, env={**os.environ, "TILSTAND_RUN_PROCESS": "1"}, stdout=subprocess.DEVNULL, timeout=120
    )
    assert ended.returncode == 1


def test_every_plugin_is_one_that_dbt_loads() -> None:
    profile = (DBT_PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8")
    modules = [path.stem for path in (DBT_PROJECT_DIR / "plugins").glob("*.py")]
    assert sorted(modules) == ["normal_distribution", "parent_watch", "place"]
    assert all(f"- module: {module}\n" in profile for module in modules)
