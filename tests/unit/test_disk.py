"""A full disk is told of with its place, however a library says so; where there is room, nothing is said of disks.

Not here: Dagster's history on one (test_event_log.py), and a whole run on one (tests/chaos).
"""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipelines.__main__ import main
from pipelines.common import disk
from pipelines.common.settings import DATA_DIR, PROJECT_DIR

MUCH, NONE = 10**12, 0
# A process that can write nothing, anywhere, and has asked for no temporary file before.
WRITES_NOTHING = """
import resource, shutil, sys
from pathlib import Path
from types import SimpleNamespace
from pipelines.common import disk
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
shutil.disk_usage = lambda _: SimpleNamespace(free=0)
print(disk.with_advice("what went wrong", Path(sys.argv[1])))
"""


def free(monkeypatch: pytest.MonkeyPatch, of_data: int, of_others: int = MUCH) -> None:
    def usage(folder: Path) -> SimpleNamespace:
        return SimpleNamespace(free=of_data if folder.name == "data" else of_others)

    monkeypatch.setattr(shutil, "disk_usage", usage)


@pytest.mark.parametrize(
    "text",
    [
        os.strerror(errno.ENOSPC),
        os.strerror(errno.EDQUOT),
        'IO Error: Could not write file "build.duckdb": No space left on device',
        "(sqlite3.OperationalError) database or disk is full",
    ],
)
def test_what_libraries_say_of_a_full_disk_gets_advice_also_where_there_is_room_by_now(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, MUCH)
    (data := tmp_path / "data").mkdir()
    told = disk.with_advice(text, data)
    assert told.startswith(f"{text}\n-> a disk was full; by now 1000000 MB are free in {data}: make room on it")


def test_whatever_goes_wrong_on_a_disk_without_room_is_told_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, NONE)
    (data := tmp_path / "data").mkdir()
    assert f"disk I/O error\n-> the disk of {data} is full: make room" in disk.with_advice("disk I/O error", data)
    free(monkeypatch, MUCH, NONE)
    assert f"the disk of {disk.temporary_files()} is full" in disk.with_advice("disk I/O error", data)
    free(monkeypatch, disk.NO_RUN_GOES_ON)
    assert disk.with_advice("disk I/O error", data) == "disk I/O error"


def test_disks_are_named_where_nothing_can_be_written_on_any(tmp_path: Path) -> None:
    asked = [sys.executable, "-c", WRITES_NOTHING, str(tmp_path)]
    environment = {**os.environ, "TMPDIR": str(tmp_path.parent)}
    told = subprocess.run(asked, cwd=PROJECT_DIR, env=environment, check=True, capture_output=True, text=True).stdout
    assert told.startswith(f"what went wrong\n-> the disk of {tmp_path} and of {tmp_path.parent} is full: make room")


def test_what_went_wrong_is_told_where_it_cannot_be_told_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(shutil, "disk_usage", unknown)
    assert disk.with_advice("disk I/O error", tmp_path) == "disk I/O error"
    told = disk.with_advice(os.strerror(errno.ENOSPC), tmp_path)
    assert told.startswith("No space left on device\n-> a disk was full: make room on it")


@pytest.mark.parametrize(("named", "found"), [("here", "here"), ("gone", "/tmp"), ("", "/tmp")])
def test_temporary_files_are_where_the_environment_says_if_that_is_there(
    named: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("TMPDIR", named and str(tmp_path / named))
    assert disk.temporary_files() == tmp_path / found


def test_data_directory_that_is_not_there_yet_is_on_the_disk_of_the_folder_above(tmp_path: Path) -> None:
    assert disk.full_disks(tmp_path / "no" / "data") == disk.full_disks(tmp_path)


def test_command_ends_with_words_where_a_file_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "data/work/dagster")

    (data := tmp_path / "data").mkdir()
    monkeypatch.setenv(DATA_DIR, str(data))
    monkeypatch.setattr("pipelines.automation.home.prepare", full)
    free(monkeypatch, NONE)
    assert main(["home"]) == 1
    said = capsys.readouterr().err
    assert "No space left on device: 'data/work/dagster'" in said
    assert f"-> the disk of {data} is full: make room on it" in said
