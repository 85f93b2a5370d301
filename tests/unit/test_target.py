"""A release is copied where BI lives: whole, and pointed at last; read from a folder without links, and over HTTP.

Not here: how a release is made (test_publish.py), and reading where it was made (test_reader.py).
"""

import io
import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import dagster as dg
import duckdb
import pandas as pd
import pytest
from filelock import FileLock
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from pipelines.__main__ import main
from pipelines.common.in_force import current_release
from pipelines.common.settings import Settings
from pipelines.common.workspace import Workspace
from pipelines.publish.assets import build_publish_assets
from pipelines.publish.sent import sent_last
from pipelines.publish.target import TargetError, send, send_in_force
from tests.ftp_server import ftp_server
from tests.unit.test_reader import ONE, publish_all
from tilstand import open_release

pytestmark = pytest.mark.slow  # each test publishes


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path / "data"))
    settings = Settings(tmp_path / "data")
    publish_all(settings, [1])
    return settings


@pytest.fixture
def share(tmp_path: Path) -> Path:
    return tmp_path / "share"


def in_force(settings: Settings) -> Path:
    found = current_release(settings)
    assert found is not None
    return found


def test_copy_is_whole_has_no_links_and_is_read_as_the_release(settings: Settings, share: Path) -> None:
    sent = send(in_force(settings), str(share))
    release = open_release(share)
    assert (release.path, release.id) == (share / "releases" / in_force(settings).name, in_force(settings).name)
    assert release.read(ONE)["n_rows"].to_pylist() == [1]
    with release.connect() as con:
        assert con.execute(f"select n_rows from marts.{ONE}").fetchall() == [(1,)]
    names = [path.relative_to(in_force(settings)) for path in in_force(settings).rglob("*") if path.is_file()]
    for name in names:
        assert (release.path / name).read_bytes() == (in_force(settings) / name).read_bytes()
    assert sent.n_files == len(names)
    assert not any(path.is_symlink() for path in share.rglob("*"))
    publish_all(settings, [2])
    assert not release.is_behind()
    send(in_force(settings), str(share))
    assert release.is_behind() and open_release(share).read(ONE)["n_rows"].to_pylist() == [2]
    assert release.read(ONE)["n_rows"].to_pylist() == [1]


def test_only_what_is_not_there_is_sent(settings: Settings, share: Path) -> None:
    send(in_force(settings), share.as_uri())
    assert send(in_force(settings), share.as_uri()).n_files == 0
    copy = share / "releases" / in_force(settings).name / f"{ONE}.parquet"
    copy.chmod(0o644)
    copy.write_bytes(copy.read_bytes()[:-1])  # as a copy that was cut off
    assert send(in_force(settings), share.as_uri()).n_files == 1
    assert open_release(share).read(ONE)["n_rows"].to_pylist() == [1]


@pytest.mark.parametrize("nth", [1, 2, 4])
def test_copy_that_is_cut_short_is_not_pointed_at(
    settings: Settings, share: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """The share is full at the nth file: readers have what they had; the next time it is finished."""
    send(in_force(settings), str(share))
    publish_all(settings, [2])
    put, n = LocalFileSystem.put_file, 0

    def full(self: LocalFileSystem, *arguments: object, **named: object) -> None:
        nonlocal n
        n += 1
        if n == nth:
            raise OSError(28, "No space left on device")
        put(self, *arguments, **named)

    with monkeypatch.context() as patch, pytest.raises(TargetError, match=r"No space left on device.*as before"):
        patch.setattr(LocalFileSystem, "put_file", full)
        send(in_force(settings), str(share))
    assert open_release(share).read(ONE)["n_rows"].to_pylist() == [1]
    send(in_force(settings), str(share))
    assert open_release(share).read(ONE)["n_rows"].to_pylist() == [2]


def test_file_that_came_shorter_than_it_was_sent_is_noticed(
    settings: Settings, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(_: object, __: str, path: str, **___: object) -> None:
        Path(path).write_bytes(b"")

    monkeypatch.setattr(LocalFileSystem, "put_file", lose)
    with pytest.raises(TargetError, match="came to another size there"):
        send(in_force(settings), str(share))
    assert not (share / "current.json").exists()


def test_object_store_has_it_too(settings: Settings) -> None:
    """One that keeps objects and no folders."""
    MemoryFileSystem.store.clear()
    sent = send(in_force(settings), "memory://bucket/tilstand")
    store = MemoryFileSystem()
    pointer = json.loads(store.cat_file("/bucket/tilstand/current.json"))
    assert sent.pointer == "memory://bucket/tilstand/current.json"
    assert (pointer["release"], pointer["path"]) == (in_force(settings).name, f"releases/{in_force(settings).name}")
    content = store.cat_file(f"/bucket/tilstand/{pointer['path']}/{ONE}.parquet")
    assert pd.read_parquet(io.BytesIO(content))["n_rows"].tolist() == [1]


def test_server_that_is_written_to_over_the_network_has_it_too(settings: Settings, tmp_path: Path) -> None:
    """By FTP, where what is moved to its place was written in the folder itself: nothing else is there."""
    (tmp_path / "server").mkdir()
    with ftp_server(tmp_path / "server") as url:
        sent = send(in_force(settings), f"{url}/bi/tilstand")
        assert sent.n_files > 1 and "HEMMELIG" not in sent.pointer
        assert send(in_force(settings), f"{url}/bi/tilstand").n_files == 0
        there = tmp_path / "server" / "bi" / "tilstand"
        assert {path.name for path in there.iterdir()} == {"current.json", "releases"}
        assert open_release(there).read(ONE)["n_rows"].to_pylist() == [1]
        publish_all(settings, [2])
        send(in_force(settings), f"{url}/bi/tilstand")
    release = open_release(there)
    assert release.read(ONE)["n_rows"].to_pylist() == [2]
    for path in in_force(settings).rglob("*"):
        assert path.is_dir() or (release.path / path.relative_to(in_force(settings))).read_bytes() == path.read_bytes()


@pytest.fixture
def closed() -> Iterator[None]:
    """As a service has it: what it makes is for its user alone."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.parametrize(
    ("of_share", "folder", "file"), [(0o755, 0o755, 0o644), (0o2770, 0o2750, 0o640), (0o700, 0o700, 0o600)]
)
def test_copy_is_readable_for_whoever_may_read_the_share(
    settings: Settings, share: Path, closed: None, of_share: int, folder: int, file: int
) -> None:
    share.mkdir()
    share.chmod(of_share)
    for to in (share, share / "made" / "here"):
        send(in_force(settings), str(to))
    modes = {path: path.stat().st_mode & 0o7777 for path in share.rglob("*")}
    assert {path.name: f"{mode:o}" for path, mode in modes.items() if mode != (folder if path.is_dir() else file)} == {}
    assert share.stat().st_mode & 0o7777 == of_share, "it is not ours"


def test_rights_of_a_share_that_has_its_own_are_left(
    settings: Settings, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("this share knows no rights")

    share.mkdir(mode=0o777)
    monkeypatch.setattr(Path, "chmod", refuse)
    send(in_force(settings), str(share))
    assert open_release(share).id == in_force(settings).name


def test_older_release_is_not_said_after_a_newer_one(
    settings: Settings, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends the older began first, and ends last."""
    put, begun, newer_is_sent = LocalFileSystem.put_file, threading.Event(), threading.Event()

    def slow(self: LocalFileSystem, source: str, *arguments: object, **named: object) -> None:
        if old in source and not begun.is_set():
            begun.set()
            newer_is_sent.wait(timeout=2)
        put(self, source, *arguments, **named)

    old = in_force(settings).name
    monkeypatch.setattr(LocalFileSystem, "put_file", slow)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(send_in_force, settings, str(share))
        assert begun.wait(timeout=60)
        publish_all(settings, [2])
        second = pool.submit(send_in_force, settings, str(share))
        second.add_done_callback(lambda _: newer_is_sent.set())
        for one in (first, second):
            assert one.result(timeout=60)
    assert open_release(share).id == in_force(settings).name != old
    assert sent_last(settings, str(share)) == in_force(settings).name


def test_what_came_into_force_while_it_was_sent_is_sent_too(
    settings: Settings, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = LocalFileSystem.put_file

    def publishes(self: LocalFileSystem, *arguments: object, **named: object) -> None:
        monkeypatch.setattr(LocalFileSystem, "put_file", put)
        publish_all(settings, [2])
        put(self, *arguments, **named)

    monkeypatch.setattr(LocalFileSystem, "put_file", publishes)
    assert send_in_force(settings, str(share)).release_id == in_force(settings).name
    assert open_release(share).read(ONE)["n_rows"].to_pylist() == [2]


def test_who_waits_too_long_for_another_that_sends_says_so(
    settings: Settings, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.publish.target.WAIT_SECONDS", 0.1)
    settings.work.mkdir(exist_ok=True)
    with FileLock(settings.work / "target.lock"), pytest.raises(TargetError, match="another process still sends"):
        send_in_force(settings, str(share))


def test_what_was_sent_is_known_by_target_and_no_address_is_kept(
    settings: Settings, share: Path, tmp_path: Path
) -> None:
    assert sent_last(settings, str(share)) is None
    send_in_force(settings, str(share))
    before = in_force(settings).name
    publish_all(settings, [2])
    send_in_force(settings, str(tmp_path / "other"))
    assert sent_last(settings, str(share)) == before
    assert sent_last(settings, str(tmp_path / "other")) == in_force(settings).name
    assert str(tmp_path) not in (settings.work / "sent.json").read_text(encoding="utf-8")


@pytest.fixture
def served(share: Path) -> Iterator[str]:
    """The share over HTTP, as a web server has it."""
    share.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(share))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_who_reads_over_http_begins_with_the_pointer(settings: Settings, share: Path, served: str) -> None:
    send(in_force(settings), str(share))
    with urlopen(f"{served}/current.json") as answer:
        pointer = json.load(answer)
    table = pd.read_parquet(f"{served}/{pointer['path']}/{ONE}.parquet")
    assert table["n_rows"].tolist() == [1]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nowhere://x", "Protocol not known: nowhere.*correct the address"),
        ("/dev/null/x", "cannot be written to"),
        ("https://user:HEMMELIG@host/x", "https://host/x cannot be written to: HTTP is for reading. Name the folder"),
    ],
)
def test_place_that_cannot_be_written_to_is_named(settings: Settings, url: str, said: str) -> None:
    with pytest.raises(TargetError, match=said):
        send(in_force(settings), url)


def test_password_of_an_address_is_shown_nowhere(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "nowhere://user:HEMMELIG@host/folder"
    with pytest.raises(TargetError) as said:
        send(in_force(settings), url)
    assert "HEMMELIG" not in str(said.value) and "nowhere://host/folder" in str(said.value)
    monkeypatch.setenv("TILSTAND_TARGET_URL", url)
    assert Settings.from_env().target_url == url and "HEMMELIG" not in repr(Settings.from_env())


def test_error_of_a_file_system_s_own_is_told_as_others_are(
    settings: Settings, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoCredentialsError(Exception):
        pass

    def refuse(*_: object, **__: object) -> None:
        raise NoCredentialsError("no key")

    monkeypatch.setattr(LocalFileSystem, "put_file", refuse)
    with pytest.raises(TargetError, match="NoCredentialsError: no key"):
        send(in_force(settings), str(share))


def test_command_and_asset_send_it(
    settings: Settings, share: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["releases", "send"]) == 1
    assert "no address" in capsys.readouterr().err
    assert main(["releases", "send", str(share)]) == 0
    assert f"{share}/current.json names it" in capsys.readouterr().out
    publish_all(settings, [2])
    target = next(a for a in build_publish_assets({}) if a.key == dg.AssetKey(["published", "target"]))
    run = target.op.compute_fn.decorated_fn
    assert run(Workspace(data_dir=str(settings.data_dir))).metadata == {"target": "none is set"}
    monkeypatch.setenv("TILSTAND_TARGET_URL", str(share))
    assert run(Workspace(data_dir=str(settings.data_dir))).metadata["release"] == in_force(settings).name
    assert open_release(share).read(ONE)["n_rows"].to_pylist() == [2]
    old = min(path.name for path in (settings.published / "releases").iterdir())
    assert main(["releases", "rollback", old]) == 0
    assert open_release(share).id == old
    monkeypatch.setenv("TILSTAND_TARGET_URL", "nowhere://x")
    with pytest.raises(dg.Failure, match="nowhere"):
        run(Workspace(data_dir=str(settings.data_dir)))
    assert duckdb.connect(str(settings.warehouse), read_only=True).execute(f"select n_rows from marts.{ONE}").fetchall()
