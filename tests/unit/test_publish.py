"""A release is whole, immutable and switched to in one step, wherever the run that makes it dies.

Not here: what the real tables hold (tests/integration).
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType, ModuleType

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.common import in_force, leftovers
from pipelines.common.contracts import Column, Contract
from pipelines.common.in_force import NEXT, InForceError, current_release
from pipelines.common.settings import Settings
from pipelines.publish import manifest, release, tables, tidy, warehouse_copy
from pipelines.publish.manifest import BrokenReleaseError, Input, verify
from pipelines.publish.metadata import write as metadata
from pipelines.publish.release import Release, Watch, publish
from pipelines.publish.report.site import Site
from pipelines.publish.tidy import BUILDING, clean_up
from pipelines.publish.warehouse_copy import is_linked

pytestmark = pytest.mark.slow  # each test publishes: a tenth of a second or more

INPUTS = [Input("survey/2022/file.csv", "ab" * 32, True)]
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)


class DiedError(BaseException):
    """The process is gone: nothing that follows is done. No Exception, so that nothing catches it."""


def contract(name: str, schema: str, key: tuple[str, ...], columns: dict[str, str]) -> Contract:
    described = tuple(Column(c, data_type, f"What {c} says", "") for c, data_type in columns.items())
    return Contract(name, schema, f"The table's {name}", key, described)


CONTRACTS = {
    c.name: c
    for c in (
        contract(
            "extract_log",
            "marts",
            ("file_name",),
            {"file_name": "varchar", "loaded_at": "timestamp", "status": "varchar"},
        ),
        contract(
            "cross_source_measures",
            "marts",
            ("wave", "answer"),
            {"wave": "integer", "answer": "varchar", "estimate": "double"},
        ),
        contract("reconciliation", "indicators", ("figure_id",), {"figure_id": "varchar", "status": "varchar"}),
    )
}


def finished_build() -> duckdb.DuckDBPyConnection:
    """Three small tables."""
    connection = duckdb.connect()
    connection.execute("create schema marts")
    connection.execute("create schema indicators")
    connection.execute(
        "create table marts.extract_log as select 'a.csv' as file_name, "
        "timestamp '2026-03-01 08:00:00' as loaded_at, 'loaded' as status"
    )
    connection.execute(
        "create table marts.cross_source_measures as select wave, answer, estimate::double as estimate "
        "from (values (2022, '2', 0.25), (2022, '1', 0.75), (2018, null, 3.5)) as rows (wave, answer, estimate)"
    )
    connection.execute("create table indicators.reconciliation as select 'f1' as figure_id, 'exact' as status")
    return connection


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with finished_build() as connection:
        yield connection


@pytest.fixture(scope="module", autouse=True)
def small_report() -> Iterator[None]:
    """A report of a page, of tables that the real one knows nothing of (test_report.py)."""

    def write(site: Site, *_: object) -> None:
        site.folder.mkdir()
        (site.folder / "index.html").write_text("a page", encoding="utf-8")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "write_site", write)
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Release]:
    """A data directory with one release. Nobody changes it."""
    settings = Settings(tmp_path_factory.mktemp("first") / "data")
    with finished_build() as con:
        return settings, publish(con, settings, CONTRACTS, INPUTS, NOON)


@pytest.fixture
def old(first: tuple[Settings, Release], settings: Settings) -> Release:
    """The release in force before a test's own."""
    made_in, made = first
    shutil.copytree(made_in.data_dir, settings.data_dir, symlinks=True)
    return replace(made, path=settings.data_dir / made.path.relative_to(made_in.data_dir))


def change(con: duckdb.DuckDBPyConnection, to: float = 0.5) -> None:
    con.execute("update marts.cross_source_measures set estimate = ? where answer = '1'", [to])


def estimates(settings: Settings) -> list[tuple]:
    path = settings.published / "current" / "cross_source_measures.parquet"
    return [tuple(row.values()) for row in pq.read_table(path).to_pylist()]


def in_warehouse(settings: Settings) -> tuple[str, list[tuple]]:
    with duckdb.connect(str(settings.warehouse), read_only=True) as con:
        ((release_id,),) = con.execute("select release_id from metadata.release").fetchall()
        return release_id, con.execute("select * from marts.cross_source_measures").fetchall()


OLD_ROWS = [(2018, None, 3.5), (2022, "1", 0.75), (2022, "2", 0.25)]
NEW_ROWS = [(2018, None, 3.5), (2022, "1", 0.5), (2022, "2", 0.25)]


def check_in_force(settings: Settings, expected: Release, rows: list[tuple]) -> None:
    """The release is whole, the warehouse holds the same, and nothing half-done lies about."""
    assert current_release(settings) == expected.path
    verify(expected.path)
    assert estimates(settings) == rows
    assert in_warehouse(settings) == (expected.release_id, rows)
    assert sorted(p.name for p in settings.published.iterdir()) == ["current", "releases"]
    assert not list((settings.published / "releases").glob(".*"))


def test_first_release_comes_into_force(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    first = publish(con, settings, CONTRACTS, INPUTS, NOON)
    assert first.is_new
    check_in_force(settings, first, OLD_ROWS)


def test_release_is_sorted_by_its_key_with_missing_first(old: Release) -> None:
    assert old.is_new
    keys = pq.read_table(old.path / "cross_source_measures.parquet", columns=["wave", "answer"]).to_pylist()
    assert [tuple(k.values()) for k in keys] == [(2018, None), (2022, "1"), (2022, "2")]


# A crash anywhere


class DiesAtNewLine:
    """Ends what runs under it at the first line of `modules` that it did not die at before."""

    def __init__(self, *modules: ModuleType) -> None:
        self.files = {module.__file__ for module in modules}
        self.died_at: list[tuple[str, int]] = []

    def _watch(self, frame: FrameType, event: str, _: object) -> Callable | None:
        file = frame.f_code.co_filename
        if file not in self.files:
            return None
        place = (Path(file).name, frame.f_lineno)
        if event == "line" and place not in self.died_at:
            self.died_at.append(place)
            raise DiedError(place)
        return self._watch

    def survives(self, work: Callable[[], object]) -> bool:
        before = sys.gettrace()
        sys.settrace(self._watch)
        try:
            work()
        except DiedError:
            return False
        finally:
            sys.settrace(before)
        return True


def what_lies_in(folder: Path) -> frozenset[tuple[Path, object]]:
    """Every file, link and folder below, with what it holds or where it leads."""
    return frozenset((path.relative_to(folder), held_by(path)) for path in folder.rglob("*"))


def held_by(path: Path) -> object:
    if path.is_symlink():
        return path.readlink()
    return path.read_bytes() if path.is_file() else None


class AtOnce(Executor):
    """Does what it is given before it goes on, so that a line of it can be died at as any other."""

    def submit(self, work: Callable, /, *given: object, **named: object) -> Future:
        done: Future = Future()
        done.set_result(work(*given, **named))
        return done


@pytest.mark.parametrize("has_old", [True, False], ids=["second release", "first release"])
def test_crash_at_any_line_leaves_a_whole_release_and_the_next_run_cleans_up(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_old: bool
) -> None:
    monkeypatch.setattr(manifest, "git_commit", lambda: None)
    monkeypatch.setattr(release, "write_metadata", lambda folder, _: (folder / "metadata").mkdir())
    monkeypatch.setattr(manifest, "PACKAGES", ())
    monkeypatch.setattr(release, "write_site", lambda site, *_: site.folder.mkdir())
    monkeypatch.setattr(release, "write_handout", lambda *_: None)
    monkeypatch.setattr(release, "ThreadPoolExecutor", lambda _: AtOnce())
    start = Settings(tmp_path / "start")
    old = publish(con, start, CONTRACTS, INPUTS, NOON).release_id if has_old else None
    if has_old:
        change(con)
    # What writes into the folder of the release dies with it: a line that calls it stands for all of its own.
    dying = DiesAtNewLine(release, tidy, in_force, leftovers, *([warehouse_copy] if has_old else []))
    survived, n, left = False, 0, set()
    while not survived:
        n += 1
        settings = Settings(tmp_path / f"crash-{n}")
        if has_old:
            shutil.copytree(start.data_dir, settings.data_dir, symlinks=True)
        survived = dying.survives(lambda s=settings: publish(con, s, CONTRACTS, INPUTS, LATER))
        where = dying.died_at[-1]
        # From the same files the next run does the same, whichever line left them.
        if (lies := what_lies_in(settings.data_dir)) in left:
            continue
        left.add(lies)
        then_in_force = current_release(settings)
        assert then_in_force is not None or not has_old, where
        if then_in_force:
            verify(then_in_force)
            assert estimates(settings) == (OLD_ROWS if then_in_force.name == old or not has_old else NEW_ROWS), where
        if has_old:
            held, rows = in_warehouse(settings)
            assert rows == (OLD_ROWS if held == old else NEW_ROWS), where
            assert held in (old, then_in_force.name), where
        again = publish(con, settings, CONTRACTS, INPUTS, LATER)
        check_in_force(settings, again, NEW_ROWS if has_old else OLD_ROWS)
        releases = {p.name for p in (settings.published / "releases").iterdir()}
        assert releases == {again.release_id} | ({old} if has_old else set()), where
        if then_in_force and then_in_force.name != old:
            assert (again.release_id, again.is_new) == (then_in_force.name, False), where
    assert len(dying.died_at) > 40
    assert len(left) > 10


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_half_written_table_never_comes_into_force(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    change(con)
    written = []

    def write_half(table: pa.Table, path: Path, fingerprint: str) -> None:
        tables.write_parquet(table, path, fingerprint)
        written.append(path)
        if len(written) == nth:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
            raise DiedError

    with monkeypatch.context() as patch, pytest.raises(DiedError):
        patch.setattr(release, "write_parquet", write_half)
        publish(con, settings, CONTRACTS, INPUTS, LATER)
    assert current_release(settings) == old.path
    assert in_warehouse(settings) == (old.release_id, OLD_ROWS)
    check_in_force(settings, publish(con, settings, CONTRACTS, INPUTS, LATER), NEW_ROWS)


@pytest.mark.parametrize("failing", ["build_copy", "write_site"])
def test_what_is_written_beside_something_else_and_fails_keeps_the_release_out_of_force(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    change(con)

    def fail(*_: object) -> None:
        raise DiedError

    with monkeypatch.context() as patch, pytest.raises(DiedError):
        patch.setattr(release, failing, fail)
        publish(con, settings, CONTRACTS, INPUTS, LATER)
    assert current_release(settings) == old.path
    assert in_warehouse(settings) == (old.release_id, OLD_ROWS)
    check_in_force(settings, publish(con, settings, CONTRACTS, INPUTS, LATER), NEW_ROWS)


def test_release_that_was_not_written_as_said_never_comes_into_force(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that loses a byte without saying so."""
    change(con)

    def build_and_lose(folder: Path, *arguments: object) -> dict:
        said = manifest.build_manifest(folder, *arguments)
        flip_byte(folder / "cross_source_measures.parquet")
        return said

    with (
        monkeypatch.context() as patch,
        pytest.raises(BrokenReleaseError, match=r"cross_source_measures\.parquet differs"),
    ):
        patch.setattr(release, "build_manifest", build_and_lose)
        publish(con, settings, CONTRACTS, INPUTS, LATER)
    assert current_release(settings) == old.path
    assert in_warehouse(settings) == (old.release_id, OLD_ROWS)
    check_in_force(settings, publish(con, settings, CONTRACTS, INPUTS, LATER), NEW_ROWS)


def test_release_put_back_by_hand_costs_no_other_release(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release
) -> None:
    """Only what never came into force is cleaned up."""
    change(con)
    newer = publish(con, settings, CONTRACTS, INPUTS, LATER)
    link_current(settings, old.release_id)
    clean_up(settings)
    verify(newer.path)
    assert publish(con, settings, CONTRACTS, INPUTS, LATER).is_new
    verify(newer.path)


# What a crash left, and what is not ours


def die_before_switch(
    con: duckdb.DuckDBPyConnection, settings: Settings, monkeypatch: pytest.MonkeyPatch, now: datetime = LATER
) -> Path:
    """A run that dies when its release is whole and not in force yet; that release."""

    def die(*_: object) -> None:
        raise DiedError

    with monkeypatch.context() as patch, pytest.raises(DiedError):
        patch.setattr(release, "_switch", die)
        publish(con, settings, CONTRACTS, INPUTS, now)
    (left,) = in_force.announced(settings).values()
    verify(left)
    return left


@pytest.mark.parametrize("has_old", [True, False], ids=["second release", "first release"])
def test_whole_release_that_a_crash_left_is_brought_into_force_and_not_made_twice(
    con: duckdb.DuckDBPyConnection, settings: Settings, monkeypatch: pytest.MonkeyPatch, has_old: bool
) -> None:
    old = publish(con, settings, CONTRACTS, INPUTS, NOON) if has_old else None
    change(con)
    left = die_before_switch(con, settings, monkeypatch)
    assert current_release(settings) == (old.path if old else None)
    told = []
    again = publish(con, settings, CONTRACTS, INPUTS, datetime(2026, 3, 3, tzinfo=UTC), Watch(told.append))
    assert (again.path, again.is_new, told) == (left, True, [])
    check_in_force(settings, again, NEW_ROWS)
    assert len(list((settings.published / "releases").iterdir())) == 1 + has_old


def test_release_that_a_crash_left_and_that_says_something_else_is_left_and_told_of_once(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(con)
    left = die_before_switch(con, settings, monkeypatch)
    change(con, to=0.75)
    told = []
    again = publish(con, settings, CONTRACTS, INPUTS, LATER, Watch(told.append))
    assert (again.is_new, again.path) == (False, old.path)
    assert told == [f"! a crash kept {left} from coming into force; it is left there"]
    verify(left)
    check_in_force(settings, old, OLD_ROWS)
    told.clear()
    publish(con, settings, CONTRACTS, INPUTS, LATER, Watch(told.append))
    assert told == []


def test_release_that_was_in_force_after_all_is_not_said_to_be_a_crash_s(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone linked it by hand before the next run."""
    change(con)
    left = die_before_switch(con, settings, monkeypatch)
    link_current(settings, left.name)
    told = []
    assert not publish(con, settings, CONTRACTS, INPUTS, LATER, Watch(told.append)).is_new
    assert told == []
    assert current_release(settings) == left
    verify(old.path)


def link_current(settings: Settings, release_id: str) -> None:
    current = settings.published / "current"
    current.unlink()
    current.symlink_to(Path("releases") / release_id)


def test_what_others_put_into_published_is_left_alone_and_told_of_once_a_kind(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release, tmp_path: Path
) -> None:
    change(con)
    newer = publish(con, settings, CONTRACTS, INPUTS, LATER)
    published, elsewhere = settings.published, tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("mine", encoding="utf-8")
    (published / "current.previous").symlink_to(Path("releases") / old.release_id)
    (published / "releases" / "pinned").symlink_to(elsewhere)
    (published / "releases" / "notes").mkdir()
    (published / f"{NEXT}folder").mkdir()
    (published / "current.txt").write_text("mine", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    change(con, to=0.75)
    told = []
    last = publish(con, settings, CONTRACTS, INPUTS, LATER, Watch(told.append))
    assert set(before) <= set(tmp_path.rglob("*"))
    for one in (old, newer, last):
        verify(one.path)
    assert told == [
        f"! links in {published} that no run makes, left alone: current.previous, releases/pinned",
        f"! folders in {published} that no run makes, left alone: {NEXT}folder, releases/notes",
        f"! files in {published} that no run makes, left alone: current.txt",
    ]


@pytest.mark.parametrize("name", [f"releases/{BUILDING}20260302", f"{NEXT}20260302"])
def test_leftover_that_is_a_link_is_unlinked_and_not_followed(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release, tmp_path: Path, name: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("mine", encoding="utf-8")
    (settings.published / name).symlink_to(elsewhere)
    publish(con, settings, CONTRACTS, INPUTS, LATER)
    assert (elsewhere / "file").read_text(encoding="utf-8") == "mine"
    check_in_force(settings, old, OLD_ROWS)


def copied_without_links(settings: Settings, release_id: str) -> str:
    current = settings.published / "current"
    current.unlink()
    shutil.copytree(settings.published / "releases" / release_id, current)
    return f"rm -r {current} && ln -s releases/{release_id} {current}"


def copied_without_releases(settings: Settings, release_id: str) -> str:
    copied_without_links(settings, release_id)
    releases, current = settings.published / "releases", settings.published / "current"
    shutil.rmtree(releases)
    return f"mkdir -p {releases} && mv {current} {releases / release_id} && ln -s releases/{release_id} {current}"


def written_as_text(settings: Settings, release_id: str) -> str:
    current = settings.published / "current"
    current.unlink()
    current.write_text(f"releases/{release_id}", encoding="utf-8")
    return f"ln -sfn releases/{release_id} {current}"


def led_into_the_void(settings: Settings, release_id: str) -> str:
    link_current(settings, "20200101T000000Z-gone")
    return f"ln -sfn releases/{release_id} {settings.published / 'current'}"


def left_out(settings: Settings, release_id: str) -> str:
    (settings.published / "current").unlink()
    return f"ln -sfn releases/{release_id} {settings.published / 'current'}"


@pytest.mark.parametrize(
    "spoil", [copied_without_links, copied_without_releases, written_as_text, led_into_the_void, left_out]
)
def test_current_that_is_no_link_to_a_release_stops_and_what_is_said_mends_it(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    old: Release,
    spoil: Callable[[Settings, str], str],
) -> None:
    """What is published may be real: it is not to be taken for absent."""
    remedy = spoil(settings, old.release_id)
    before = sorted(settings.data_dir.rglob("*"))
    change(con)
    with pytest.raises(InForceError, match=re.escape(str(settings.published / "current"))) as said:
        publish(con, settings, CONTRACTS, INPUTS, LATER)
    assert remedy in str(said.value)
    assert sorted(settings.data_dir.rglob("*")) == before
    subprocess.run(["bash", "-c", remedy], check=True)
    assert current_release(settings) == old.path
    check_in_force(settings, publish(con, settings, CONTRACTS, INPUTS, LATER), NEW_ROWS)


# Readers

READER = """
import sys, duckdb, pyarrow.parquet as pq

con = duckdb.connect(sys.argv[1], read_only=True)
parquet = pq.ParquetFile(sys.argv[2])
query = "select release_id, count(*) from metadata.release, marts.cross_source_measures group by all"
for _ in range(2):
    release, rows = con.execute(query).fetchone()
    print(release, rows, sum(parquet.read()["estimate"].to_pylist()), flush=True)
    sys.stdin.readline()
"""


def test_reader_keeps_what_it_opened_and_the_next_one_gets_the_new_release(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release
) -> None:
    current = settings.published / "current" / "cross_source_measures.parquet"
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(settings.warehouse), str(current)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with reader:
        first = reader.stdout.readline()
        change(con)
        new = publish(con, settings, CONTRACTS, INPUTS, LATER)
        second, _ = reader.communicate("go on\n")
    assert reader.returncode == 0
    assert first == second == f"{old.release_id} 3 4.5\n"
    check_in_force(settings, new, NEW_ROWS)
    assert sum(row["estimate"] for row in pq.read_table(old.path / "cross_source_measures.parquet").to_pylist()) == 4.5


def test_log_that_someone_left_beside_the_warehouse_does_not_lock_it(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release
) -> None:
    """Who opens the warehouse for writing against the rules, and dies, leaves a .wal; it fits no other file."""
    wal = warehouse_copy.log_beside(old.path / "warehouse.duckdb")
    script = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('create table t as select 1'); os._exit(1)"
    )
    (old.path / "warehouse.duckdb").chmod(0o644)
    subprocess.run([sys.executable, "-c", script, str(settings.warehouse)], check=False)
    assert wal.exists() and not is_linked(settings)
    assert not publish(con, settings, CONTRACTS, INPUTS, LATER).is_new
    assert not wal.exists()
    check_in_force(settings, old, OLD_ROWS)


# Same rows, same bytes; nothing new when nothing changed


def test_same_rows_in_another_order_give_the_same_bytes(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    one = publish(con, Settings(tmp_path / "one"), CONTRACTS, INPUTS, NOON)
    con.execute(
        "create or replace table marts.cross_source_measures as from marts.cross_source_measures order by estimate desc"
    )
    two = publish(con, Settings(tmp_path / "two"), CONTRACTS, INPUTS, LATER)
    assert one.release_id.split("-")[1] == two.release_id.split("-")[1]
    for name in CONTRACTS:
        assert (one.path / f"{name}.parquet").read_bytes() == (two.path / f"{name}.parquet").read_bytes(), name


def test_no_new_release_when_nothing_changed(con: duckdb.DuckDBPyConnection, settings: Settings, old: Release) -> None:
    again = publish(con, settings, CONTRACTS, INPUTS, LATER)
    assert (again.is_new, again.path, again.manifest) == (False, old.path, old.manifest)
    check_in_force(settings, old, OLD_ROWS)


@pytest.mark.parametrize(
    "statement",
    [
        "update marts.extract_log set loaded_at = timestamp '2026-06-01 00:00:00'",
        "insert into marts.extract_log values ('b.csv', timestamp '2026-06-01 00:00:00', 'quarantined')",
    ],
    ids=["time of reading", "refused file"],
)
def test_when_a_file_was_read_and_what_was_refused_is_no_new_release(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release, statement: str
) -> None:
    con.execute(statement)
    assert not publish(con, settings, CONTRACTS, INPUTS, LATER).is_new
    check_in_force(settings, old, OLD_ROWS)


@pytest.mark.parametrize(
    "statement",
    [
        "update marts.cross_source_measures set estimate = 0.7500000001 where answer = '1'",
        "insert into marts.cross_source_measures values (2030, '1', null)",
        "delete from marts.cross_source_measures where answer is null",
        "update marts.extract_log set status = 'replaced'",
        "update indicators.reconciliation set status = 'differs'",
    ],
)
def test_any_other_change_is_a_new_release(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release, statement: str
) -> None:
    con.execute(statement)
    new = publish(con, settings, CONTRACTS, INPUTS, LATER)
    assert new.is_new and new.path != old.path
    verify(old.path)


def test_changed_description_is_a_new_release(con: duckdb.DuckDBPyConnection, settings: Settings, old: Release) -> None:
    estimates_now = replace(CONTRACTS["cross_source_measures"], description="Said better")
    assert publish(con, settings, {**CONTRACTS, "cross_source_measures": estimates_now}, INPUTS, LATER).is_new


def test_changed_extract_is_a_new_release_also_with_the_same_rows(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release
) -> None:
    new = publish(con, settings, CONTRACTS, [replace(INPUTS[0], is_synthetic=False)], LATER)
    assert new.is_new
    assert (old.manifest["is_synthetic"], new.manifest["is_synthetic"]) == (True, False)


def test_changed_codebook_is_a_new_release(
    con: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = tmp_path / "seeds"
    shutil.copytree(metadata.SEEDS_DIR, seeds)
    monkeypatch.setattr(metadata, "SEEDS_DIR", seeds)
    old = publish(con, settings, CONTRACTS, INPUTS, NOON)
    codebook = seeds / "codebook" / "codebook.csv"
    codebook.write_text(codebook.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    new = publish(con, settings, CONTRACTS, INPUTS, LATER)
    assert new.is_new
    copies = [r.path / "metadata" / "codebook" / "codebook.csv" for r in (old, new)]
    assert copies[1].read_bytes() == codebook.read_bytes() == copies[0].read_bytes() + b"\n"


def test_two_releases_in_one_second_get_two_ids(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release
) -> None:
    change(con)
    middle = publish(con, settings, CONTRACTS, INPUTS, NOON)
    change(con, to=0.75)
    last = publish(con, settings, CONTRACTS, INPUTS, NOON)
    assert len({old.release_id, middle.release_id, last.release_id}) == 3
    assert last.release_id.startswith(old.release_id)
    check_in_force(settings, last, OLD_ROWS)


# Damage


def flip_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    overwrite(path, bytes(content))


def overwrite(path: Path, content: bytes) -> None:
    """Write what is read-only, as its owner may."""
    path.chmod(0o644)
    path.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "flipped byte in a table": lambda r: flip_byte(r / "cross_source_measures.parquet"),
    "flipped byte in the report": lambda r: flip_byte(r / "report" / "index.html"),
    "flipped byte in the codebook": lambda r: flip_byte(r / "metadata" / "codebook" / "codebook.csv"),
    "lost table": lambda r: (r / "cross_source_measures.parquet").unlink(),
    "lost report": lambda r: shutil.rmtree(r / "report"),
    "lost manifest": lambda r: (r / "manifest.json").unlink(),
    "cut manifest": lambda r: overwrite(r / "manifest.json", b"{"),
    "empty manifest": lambda r: overwrite(r / "manifest.json", b"{}"),
    "manifest of something else": lambda r: overwrite(r / "manifest.json", b"[1]"),
    "wrong number of rows": lambda r: overwrite(
        r / "manifest.json", (r / "manifest.json").read_bytes().replace(b'"rows": 3', b'"rows": 4')
    ),
    "another input": lambda r: overwrite(
        r / "manifest.json", (r / "manifest.json").read_bytes().replace(b"survey/2022", b"survey/2023")
    ),
    "flipped byte in the warehouse": lambda r: flip_byte(r / "warehouse.duckdb"),
    "cut warehouse": lambda r: overwrite(r / "warehouse.duckdb", (r / "warehouse.duckdb").read_bytes()[:5000]),
    "edited warehouse": lambda r: edit(r / "warehouse.duckdb"),
    "lost warehouse": lambda r: (r / "warehouse.duckdb").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_release_is_noticed_and_replaced(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release, damage: str
) -> None:
    DAMAGE[damage](old.path)
    with pytest.raises(BrokenReleaseError):
        verify(old.path)
    new = publish(con, settings, CONTRACTS, INPUTS, LATER)
    assert new.is_new
    check_in_force(settings, new, OLD_ROWS)


def edit(database: Path) -> None:
    database.chmod(0o644)
    with duckdb.connect(str(database)) as other:
        other.execute("update marts.cross_source_measures set estimate = 0.99 where answer = '1'")


@pytest.mark.parametrize("damage", ["lost", "a file", "leads elsewhere", "log beside it"])
def test_well_known_name_leads_to_the_database_in_force_again(
    con: duckdb.DuckDBPyConnection, settings: Settings, old: Release, damage: str
) -> None:
    wal = warehouse_copy.log_beside(settings.warehouse)
    if damage == "log beside it":
        wal.write_bytes(b"what someone was about to write")
    else:
        settings.warehouse.unlink()
    if damage == "a file":
        settings.warehouse.write_bytes(b"a database of before")
    elif damage == "leads elsewhere":
        settings.warehouse.symlink_to(old.path / "warehouse.duckdb")
    assert not is_linked(settings)
    told = []
    assert not publish(con, settings, CONTRACTS, INPUTS, LATER, Watch(told.append)).is_new
    assert len(told) == (damage == "a file")
    assert is_linked(settings) and not wal.exists()
    check_in_force(settings, old, OLD_ROWS)


def test_files_of_a_release_are_for_reading(old: Release) -> None:
    files = [path for path in old.path.rglob("*") if path.is_file()]
    assert len(files) > 10 and [path for path in files if path.stat().st_mode & 0o222] == []


def test_each_table_says_of_which_content_it_is(old: Release, settings: Settings) -> None:
    said = {pq.read_schema(old.path / f"{name}.parquet").metadata[b"release_fingerprint"] for name in CONTRACTS}
    assert said == {old.manifest["fingerprint"].encode()}
    with duckdb.connect(str(settings.warehouse), read_only=True) as con:
        in_force = con.execute("select release_id, fingerprint from metadata.release").fetchall()
    assert in_force == [(old.release_id, old.manifest["fingerprint"])]


# What lies beside the tables


def test_dictionary_is_written_for_people(old: Release) -> None:
    rows = (old.path / "metadata" / "data_dictionary.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "table,column,type,unit,is_key,description,label_nb,label_en,table_nb,table_en"
    said = "cross_source_measures,answer,varchar,,true,What answer says,Svar,Answer"
    assert f"{said},Mål på tvers av undersøkelser,Measures across surveys" in rows
    assert len(rows) == 1 + sum(len(c.columns) for c in CONTRACTS.values())
    assert json.loads((old.path / "manifest.json").read_text(encoding="utf-8")) == old.manifest


def test_manifest_tells_what_was_corrected_and_what_a_release_was_made_from_is_known_by_it(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    rows = [{"survey": "survey", "wave": 2022, "row_number": 3, "expected": "7", "corrected": "ø"}]
    corrected = Input("survey/2022/b.csv", "cd" * 32, True, json.dumps(rows, ensure_ascii=False))
    made = publish(con, settings, CONTRACTS, [*INPUTS, corrected], NOON)
    assert made.manifest["corrections"] == [{"path": "survey/2022/b.csv", **rows[0]}]
    assert [set(said) for said in made.manifest["inputs"]] == [{"path", "sha256", "is_synthetic"}] * 2
    assert set(in_force.inputs_of(made.path)) == {*INPUTS, corrected}
