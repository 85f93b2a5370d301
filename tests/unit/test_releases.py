"""Releases are listed, verified, compared, rolled back and held, pinned and pruned, by the commands that do it.

Not here: how one is made (test_publish.py), and what may take the place of another (test_drift.py).
"""

import getpass
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines.__main__ import main
from pipelines.common.contracts import Column, Contract
from pipelines.common.in_force import InForceError, Input, current_release
from pipelines.common.settings import Settings
from pipelines.publish import kept, manifest, release
from pipelines.publish.manifest import DIGEST, read_manifest
from pipelines.publish.release import Release, Watch, publish
from pipelines.publish.releases import problems

pytestmark = pytest.mark.slow  # each test publishes: a tenth of a second or more

NAME = "cross_source_measures"
COLUMNS = (Column("concept", "varchar", "What", ""), Column("estimate", "double", "How much", ""))
CONTRACTS = {NAME: Contract(NAME, "marts", "Numbers", ("concept",), COLUMNS)}
INPUTS = [Input("survey/2022/file.csv", "ab" * 32, True)]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path / "data"))
    return Settings(tmp_path / "data")


@pytest.fixture
def con(monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build of one table, whose release has no more than it needs."""
    monkeypatch.setattr(manifest, "git_commit", lambda: None)
    monkeypatch.setattr(release, "write_metadata", lambda folder, _: (folder / "metadata").mkdir())
    monkeypatch.setattr(release, "write_site", lambda site, *_: site.folder.mkdir())
    monkeypatch.setattr(release, "write_handout", lambda *_: None)
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.{NAME} as select 'a' as concept, 1.0::double as estimate")
        yield connection


def make(con: duckdb.DuckDBPyConnection, settings: Settings, number: int) -> Release:
    """A release in which a is that number."""
    con.execute(f"update marts.{NAME} set estimate = {number}")
    return publish(con, settings, CONTRACTS, INPUTS, datetime(2026, 3, number, tzinfo=UTC))


@pytest.fixture
def three(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Release]:
    return [make(con, settings, number) for number in (1, 2, 3)]


def seen(settings: Settings) -> tuple[list[float], list[float]]:
    """What a reader of the tables gets, and one of the database."""
    in_parquet = pq.read_table(settings.published / "current" / f"{NAME}.parquet")["estimate"].to_pylist()
    with duckdb.connect(str(settings.warehouse), read_only=True) as con:
        return in_parquet, [row[0] for row in con.execute(f"select estimate from marts.{NAME}").fetchall()]


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """How `releases` ended, and what it said."""
    code = main(["releases", *arguments])
    said = capsys.readouterr()
    return code, said.out + said.err


def writable(path: Path) -> Path:
    path.chmod(0o644)
    return path


def test_list_names_all_and_what_is_said_of_them(
    settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(capsys, "pin", three[0].release_id, "--by", "Kari", "--note", "sitert i rapport")[0] == 0
    code, out = asked(capsys, "list")
    lines = out.splitlines()
    assert code == 0 and [line.split()[0] for line in lines[:3]] == [r.release_id for r in three]
    assert "pinned by Kari" in lines[0] and "sitert i rapport" in lines[0]
    assert ["in force" in line for line in lines] == [False, False, True, False]
    told = json.loads(asked(capsys, "list", "--json")[1])
    assert [(one["is_in_force"], one["is_pinned"]) for one in told] == [(False, True), (False, False), (True, False)]
    assert told[2]["fingerprint"] == three[2].manifest["fingerprint"]
    files = [path for path in three[2].path.rglob("*") if path.is_file() and path.name != "manifest.json"]
    assert told[2]["n_bytes"] == sum(path.stat().st_size for path in files)


def test_show_says_what_a_release_holds_and_was_made_from(
    three: list[Release], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = asked(capsys, "show", three[0].release_id)
    assert code == 0
    for said in (three[0].release_id, INPUTS[0].path, "synthetic", f"{NAME:<28}          1 rows"):
        assert said in out
    assert json.loads(asked(capsys, "show", "--json")[1]) == three[2].manifest


def test_rollback_brings_tables_and_warehouse_back_and_holds_them(
    con: duckdb.DuckDBPyConnection, settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(capsys, "rollback", three[0].release_id, "--by", "Kari", "--note", "feil vekt")[0] == 0
    assert seen(settings) == ([1.0], [1.0])
    told = []
    con.execute(f"update marts.{NAME} set estimate = 4")
    again = publish(con, settings, CONTRACTS, INPUTS, datetime(2026, 3, 4, tzinfo=UTC), Watch(told.append))
    assert (again.is_new, again.path) == (False, three[0].path)
    assert seen(settings) == ([1.0], [1.0])
    assert told == [
        f"! release {three[0].release_id} is held in force ({kept.kept(settings).held}): nothing is published until "
        "`releases resume`"
    ]
    assert "by Kari" in told[0] and "feil vekt" in told[0]
    assert "held by Kari" in asked(capsys, "list")[1].splitlines()[0]
    assert asked(capsys, "resume")[0] == 0
    assert make(con, settings, 4).is_new
    assert seen(settings) == ([4.0], [4.0])
    assert asked(capsys, "resume") == (0, "No release is held.\n")


def test_rollback_that_a_crash_cut_short_is_finished_by_the_next_run(
    con: duckdb.DuckDBPyConnection, settings: Settings, three: list[Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    class DiedError(BaseException):
        pass

    def die(*_: object) -> None:
        raise DiedError

    with monkeypatch.context() as patch, pytest.raises(DiedError):
        patch.setattr("pipelines.publish.releases.switch_to", die)
        main(["releases", "rollback", three[0].release_id])
    assert current_release(settings) == three[2].path
    make(con, settings, 4)
    assert seen(settings) == ([1.0], [1.0])
    assert sorted(path.name for path in settings.published.iterdir()) == ["current", "kept.json", "releases"]


def test_what_is_not_whole_or_has_no_warehouse_is_not_brought_back(
    settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str]
) -> None:
    writable(three[0].path / f"{NAME}.parquet").write_bytes(b"PAR1")
    code, said = asked(capsys, "rollback", three[0].release_id)
    assert code == 2 and f"{NAME}.parquet differs" in said
    (three[1].path / "warehouse.duckdb").unlink()
    of_before = {**three[1].manifest, "files": []}
    of_before.pop(DIGEST)
    writable(three[1].path / "manifest.json").write_text(json.dumps(of_before), encoding="utf-8")
    code, said = asked(capsys, "rollback", three[1].release_id)
    assert code == 2 and "has no warehouse.duckdb" in said
    code, said = asked(capsys, "rollback", "20200101T000000Z-gone")
    assert code == 2 and "neither a release" in said
    assert seen(settings) == ([3.0], [3.0]) and kept.kept(settings).held is None


def test_what_is_kept_and_cannot_be_read_stops(
    con: duckdb.DuckDBPyConnection, settings: Settings, three: list[Release]
) -> None:
    """A release that is held must not be replaced because a file was damaged."""
    (settings.published / kept.NAME).write_text("{", encoding="utf-8")
    with pytest.raises(InForceError, match=r"kept\.json.*cannot be read"):
        make(con, settings, 4)
    assert current_release(settings) == three[2].path


def test_prune_spares_what_is_in_force_or_pinned_and_the_newest(
    con: duckdb.DuckDBPyConnection, settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str]
) -> None:
    five = [*three, make(con, settings, 4), make(con, settings, 5)]
    ids = [r.release_id for r in five]
    main(["releases", "pin", ids[0]])
    main(["releases", "rollback", ids[1]])
    capsys.readouterr()
    code, out = asked(capsys, "prune", "--keep", "1", "--dry-run")
    assert code == 0 and [line.split()[-1] for line in out.splitlines()[:2]] == [ids[2], ids[3]]
    assert all(r.path.is_dir() for r in five)
    code, out = asked(capsys, "prune", "--keep", "1")
    assert code == 0 and out.splitlines()[-1].startswith("Removed: 2 releases, ")
    assert [r.path.is_dir() for r in five] == [True, True, False, False, True]
    assert asked(capsys, "unpin", ids[0])[0] == 0
    assert asked(capsys, "unpin", ids[0])[0] == 1
    assert asked(capsys, "prune", "--keep", "0")[0] == 0
    assert [r.path.is_dir() for r in five] == [False, True, False, False, False]
    assert seen(settings) == ([2.0], [2.0])


def test_prune_that_may_keep_more_than_there_are_removes_none(
    settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(capsys, "prune", "--keep", "4") == (0, "Removed: 0 releases, 0.0 MB\n")
    assert all(r.path.is_dir() for r in three)


def test_many_who_pin_at_once_are_all_heard(settings: Settings, three: list[Release]) -> None:
    """Threads here, each with a lock of its own, as processes have."""
    saying = [kept.Said(f"release {n}", "Kari", "2026-03-01T00:00:00+00:00", "") for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda said: kept.pin(settings, said), saying))
        list(pool.map(lambda said: kept.unpin(settings, said.release), saying[::2]))
    assert set(kept.kept(settings).pinned) == {said.release for said in saying[1::2]}


def test_who_pins_while_another_prunes_is_before_it_or_after(
    settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str]
) -> None:
    pruning = Thread(target=main, args=(["releases", "prune", "--keep", "0"],))
    with kept.changing(settings):
        pruning.start()
        pruning.join(0.5)
        assert pruning.is_alive() and all(r.path.is_dir() for r in three)
        kept.pin(settings, kept.say(three[0].path, "Kari", ""))
    pruning.join()
    assert [r.path.is_dir() for r in three] == [True, False, True]
    code, said = asked(capsys, "pin", three[1].release_id)  # too late: told, and not said of what is gone
    assert code == 2 and three[1].release_id in said
    assert set(kept.kept(settings).pinned) == {three[0].release_id}


def test_release_in_force_is_known_where_published_is_a_link(
    settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    settings.published.rename(tmp_path / "disk")
    settings.published.symlink_to(tmp_path / "disk")
    assert [one["is_in_force"] for one in json.loads(asked(capsys, "list", "--json")[1])] == [False, False, True]
    assert asked(capsys, "prune", "--keep", "0")[0] == 0
    assert seen(settings) == ([3.0], [3.0])


def test_prune_spares_what_is_held_also_where_a_crash_kept_it_from_coming_into_force(
    settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str]
) -> None:
    kept.hold(settings, kept.say(three[0].path, "Kari", ""))
    assert asked(capsys, "prune", "--keep", "0")[0] == 0
    assert [r.path.is_dir() for r in three] == [True, False, True]


def test_held_release_that_was_damaged_stops_a_run_and_is_not_switched_to(
    con: duckdb.DuckDBPyConnection, settings: Settings, three: list[Release]
) -> None:
    kept.hold(settings, kept.say(three[0].path, "Kari", ""))
    writable(three[0].path / f"{NAME}.parquet").write_bytes(b"PAR1")
    with pytest.raises(InForceError, match=r"is held in force, and damaged.*releases resume"):
        make(con, settings, 4)
    assert current_release(settings) == three[2].path


@pytest.mark.parametrize("action", ["rollback", "pin"])
def test_release_that_lies_elsewhere_is_not_taken_for_one_of_here(
    settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str], tmp_path: Path, action: str
) -> None:
    shutil.copytree(three[0].path, tmp_path / "backup" / three[0].release_id)
    code, said = asked(capsys, action, str(tmp_path / "backup" / three[0].release_id))
    assert code == 2 and "copy it there" in said
    assert kept.kept(settings) == kept.Kept(None, {}) and seen(settings) == ([3.0], [3.0])


def test_verify_finds_a_release_that_lost_its_manifest_and_says_where_nothing_is(
    settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str]
) -> None:
    (three[0].path / "manifest.json").unlink()
    code, out = asked(capsys, "verify", "--all")
    assert code == 1 and "manifest.json cannot be read" in out
    shutil.rmtree(settings.published)
    assert asked(capsys, "verify", "--all")[0] == 2


@pytest.mark.parametrize("n", ["-1", "all", ""])
def test_prune_wants_a_number(settings: Settings, n: str) -> None:
    with pytest.raises(SystemExit):
        main(["releases", "prune", f"--keep={n}"])


def test_diff_shows_the_largest_change_first_and_is_for_programs_too(
    con: duckdb.DuckDBPyConnection, settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str]
) -> None:
    con.execute(f"insert into marts.{NAME} values ('b', 5), ('c', 0.5)")
    before = publish(con, settings, CONTRACTS, INPUTS, datetime(2026, 4, 1, tzinfo=UTC))
    con.execute(f"update marts.{NAME} set estimate = estimate + case concept when 'b' then 2 else 0.25 end")
    con.execute(f"insert into marts.{NAME} values ('d', 1)")
    after = publish(con, settings, CONTRACTS, INPUTS, datetime(2026, 4, 2, tzinfo=UTC))
    code, out = asked(capsys, "diff", before.release_id)
    assert code == 1 and "1 rows new, such as concept=d" in out
    assert [line.strip() for line in out.splitlines() if "->" in line] == [
        "concept=b: estimate 5.0 -> 7.0",
        "concept=a: estimate 3.0 -> 3.25",
        "concept=c: estimate 0.5 -> 0.75",
    ]
    (table,) = json.loads(asked(capsys, "diff", before.release_id, after.release_id, "--json")[1])
    assert (table["table"], table["only_after"], table["rows_new"]) == (NAME, 1, [{"concept": "d"}])
    assert table["changed"][0]["cells"][0] == {"key": {"concept": "b"}, "before": 5.0, "after": 7.0}
    assert (table["rows_changed"], len(table["changed"][0]["cells"])) == (3, 3)
    (one,) = json.loads(asked(capsys, "diff", before.release_id, "--json", "--rows", "1")[1])
    assert (one["rows_changed"], one["changed"][0]["n_cells"], len(one["changed"][0]["cells"])) == (3, 3, 1)
    (less,) = json.loads(asked(capsys, "diff", before.release_id, "--json", "--tolerance", "0.1")[1])
    assert (less["rows_changed"], less["changed"][0]["n_cells"]) == (2, 2)
    assert asked(capsys, "diff", "current")[0] == 0


@pytest.mark.parametrize("spoil", [lambda table: table.write_bytes(b"PAR1"), lambda table: table.unlink()])
def test_diff_says_which_table_cannot_be_read(
    three: list[Release], capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], object]
) -> None:
    spoil(writable(three[0].path / f"{NAME}.parquet"))
    code, out = asked(capsys, "diff", three[0].release_id)
    assert code == 2 and f"{NAME} cannot be compared: " in out and f"{NAME}.parquet" in out


def test_manifest_that_was_changed_stops_no_command_that_is_about_all_releases(
    settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str]
) -> None:
    path = writable(three[0].path / "manifest.json")
    path.write_text(path.read_text(encoding="utf-8").replace('"bytes"', '"bytez"'), encoding="utf-8")
    code, out = asked(capsys, "list")
    assert code == 0 and "damaged: manifest.json" in out.splitlines()[0] and "damaged" not in out.splitlines()[1]
    code, out = asked(capsys, "prune", "--keep", "1")
    assert code == 0 and out.splitlines()[:2] == [f"Removed: {one.release_id}" for one in three[:2]]
    assert asked(capsys, "diff", "current")[0] == 0


def test_user_without_a_name_is_told_by_number(
    settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 10001")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert asked(capsys, "pin", three[0].release_id)[0] == 0
    assert asked(capsys, "rollback", three[0].release_id)[0] == 0
    said = kept.kept(settings)
    assert said.held is not None
    assert {said.held.by, said.pinned[three[0].release_id].by} == {f"user {os.getuid()}"}


def test_release_of_an_older_project_is_shown_as_far_as_it_tells(
    three: list[Release], capsys: pytest.CaptureFixture[str]
) -> None:
    of_before = {name: value for name, value in three[0].manifest.items() if name not in (DIGEST, "licence")}
    writable(three[0].path / "manifest.json").write_text(json.dumps(of_before), encoding="utf-8")
    code, out = asked(capsys, "show", three[0].release_id)
    assert code == 0 and f"{'licence':<16} not noted" in out


# Verified


def edited(folder: Path, query: str) -> None:
    with duckdb.connect(str(writable(folder / "warehouse.duckdb"))) as con:
        con.execute(query)


def noted(folder: Path) -> None:
    """As if it had been written so: what the hashes cannot tell, the rows do."""
    said = read_manifest(folder)
    for entry in said["tables"] + said["files"]:
        entry["sha256"] = release.file_hash(folder / entry["path"])
    said.pop(DIGEST, None)
    writable(folder / "manifest.json").write_text(json.dumps(said), encoding="utf-8")


def twice(folder: Path) -> None:
    path = writable(folder / f"{NAME}.parquet")
    rows = pq.read_table(path)
    pq.write_table(rows.take([0, 0]), path)
    said = read_manifest(folder)
    said["tables"][0]["rows"] = 2
    said.pop(DIGEST, None)
    writable(folder / "manifest.json").write_text(json.dumps(said), encoding="utf-8")


FAULTS = {
    "a stray file": (lambda folder: (folder / "notes.txt").write_text("mine"), "notes.txt is not of the release"),
    "a stray link": (lambda folder: (folder / "csv").symlink_to("/"), "csv is not of the release"),
    "other rows in the warehouse": (
        lambda folder: (edited(folder, f"update marts.{NAME} set estimate = 9"), noted(folder)),
        "2 rows differ from warehouse.duckdb",
    ),
    "a warehouse of another release": (
        lambda folder: (edited(folder, "update metadata.release set release_id = 'other'"), noted(folder)),
        "warehouse.duckdb says that it is of",
    ),
    "a key on two rows": (lambda folder: (twice(folder), noted(folder)), "1 keys (concept) stand on more than one row"),
    "a damaged warehouse": (
        lambda folder: writable(folder / "warehouse.duckdb").write_bytes(b"nothing"),
        "warehouse.duckdb differs from what its manifest says",
    ),
    "a damaged manifest": (
        lambda folder: writable(folder / "manifest.json").write_text("{"),
        "manifest.json cannot be read",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_a_release_is_found(
    settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    spoil, said = FAULTS[fault]
    assert problems(three[2].path) == []
    assert asked(capsys, "verify")[0] == 0
    spoil(three[2].path)
    assert any(said in problem for problem in problems(three[2].path))
    code, out = asked(capsys, "verify")
    assert code == 1 and said in out
    code, out = asked(capsys, "verify", "--all", "--json")
    told = json.loads(out)["releases"]
    assert code == 1 and [bool(told.get(r.release_id)) for r in three][:2] == [False, False]


def test_well_known_name_that_leads_elsewhere_is_said(
    settings: Settings, three: list[Release], capsys: pytest.CaptureFixture[str]
) -> None:
    settings.warehouse.unlink()
    shutil.copyfile(three[0].path / "warehouse.duckdb", settings.warehouse)
    code, out = asked(capsys, "verify")
    assert code == 1 and f"{settings.warehouse} does not lead to the database of the release in force" in out
