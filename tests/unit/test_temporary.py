"""What is left in the folder of temporary files that Dagster's programs share goes, and what is in use stays.

Not here: that they reach each other through it (integration/test_ended_from_outside.py).
"""

import os
import socket
import time
from pathlib import Path

import pytest

from pipelines.automation.temporary import (
    BEING_MADE_SECONDS,
    MOST_BYTES,
    OLD_SECONDS,
    SOCKET,
    require_room_for_sockets,
    take_out_leftovers,
)
from pipelines.common.settings import SettingsError

NOW = time.time()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    (tmp_path / "tmp").mkdir()
    return Path("tmp")


def bound(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(path))
    return made


def test_socket_goes_when_nobody_answers_and_was_not_only_just_made(folder: Path) -> None:
    with bound(folder / "served") as served, bound(folder / "begun"):
        served.listen()
        bound(folder / "killed").close()
        take_out_leftovers(folder, NOW)
        assert {path.name for path in folder.iterdir()} == {"served", "begun", "killed"}
        later = time.time() + BEING_MADE_SECONDS + 1
        os.utime(folder / "begun", (later, later))
        take_out_leftovers(folder, later)
        assert {path.name for path in folder.iterdir()} == {"served", "begun"}


def test_file_and_folder_go_when_nobody_wrote_to_them_for_ten_days(folder: Path) -> None:
    old = NOW - OLD_SECONDS - 1
    for name in ("left", "used"):
        (folder / name).mkdir()
        (folder / name / "file").write_text("x", encoding="utf-8")
        (folder / f"{name}.txt").write_text("x", encoding="utf-8")
    (folder / "link").symlink_to("used", target_is_directory=True)
    for path in (folder / "left" / "file", folder / "left", folder / "left.txt", folder / "used", folder / "link"):
        os.utime(path, (old, old), follow_symlinks=False)
    take_out_leftovers(folder, NOW)
    assert {path.name for path in folder.iterdir()} == {"used", "used.txt"}
    assert (folder / "used" / "file").exists(), "what a link leads to is never touched"


def test_path_too_long_for_a_socket_is_refused_where_it_is_to_hold_some(monkeypatch: pytest.MonkeyPatch) -> None:
    fits = Path("/" + "x" * (MOST_BYTES - len(SOCKET) - 1))
    longer = Path(f"{fits}x")
    monkeypatch.setenv("TMPDIR", str(fits))
    require_room_for_sockets(fits)
    require_room_for_sockets(longer)  # TMPDIR is another
    monkeypatch.setenv("TMPDIR", str(longer))
    with pytest.raises(SettingsError, match=r"is 108 bytes long, and may be 107.*shorter path"):
        require_room_for_sockets(longer)


def test_length_is_that_of_what_the_system_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    bound(Path("x" * MOST_BYTES)).close()
    with pytest.raises(OSError, match="too long"):
        bound(Path("x" * (MOST_BYTES + 1)))
