"""Control groups of memory, on folders in place of the kernel's: what is written into them, and that they go.

Not here: a run in one (test_chaos.py).
"""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos import group as groups
from tests.chaos.group import VERSIONS, Files, group, may_group

NAME, LIMIT = "tilstand", "250000000"


@pytest.fixture(params=VERSIONS, ids=lambda files: files.limit)
def files(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """A version without its kernel: a new group, `NAME`, has no members, and files of the kernel go with it."""
    files = replace(request.param, root=tmp_path)
    monkeypatch.setattr(groups, "VERSIONS", (files,))
    monkeypatch.setattr(groups, "SECONDS_TO_GO", 0)
    monkeypatch.setattr(Path, "rmdir", shutil.rmtree)
    for folder in (tmp_path, tmp_path / NAME):
        folder.mkdir(exist_ok=True)
        (folder / "cgroup.procs").touch()
    return files


def test_group_has_so_much_memory_and_no_swap_where_the_kernel_counts_it(files: Files) -> None:
    (files.root / NAME / files.swap).touch()
    with group(NAME, 250) as made:
        assert (made.folder / files.limit).read_text() == LIMIT
        assert (made.folder / files.swap).read_text() == ("0" if files.swap == "memory.swap.max" else LIMIT)


def test_group_limits_no_swap_where_the_kernel_does_not_count_it(files: Files) -> None:
    with group(NAME, 250) as made:
        assert (made.folder / files.limit).read_text() == LIMIT
        assert not (made.folder / files.swap).exists()


def test_group_goes_where_a_member_has_ended_since_it_was_named(files: Files) -> None:
    with subprocess.Popen(["true"]) as ended:
        pass
    with group(NAME, 250) as made:
        (made.folder / "cgroup.procs").write_text(f"{ended.pid}\n")
    assert not made.folder.exists()


def test_two_processes_that_ask_at_once_ask_for_groups_of_their_own(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(groups.Group, "limit", lambda asked, _: made.append(asked.folder))
    monkeypatch.setattr(groups.Group, "members", lambda _: [])
    for process in (1, 2):
        monkeypatch.setattr(os, "getpid", lambda process=process: process)
        assert may_group.__wrapped__()
    assert len(set(made)) == 2 and not any(folder.exists() for folder in made)
