"""A release names the commit that it was made by, also where the clone is another user's.

Not here: the rest of a manifest (test_publish.py).
"""

import subprocess
from pathlib import Path

import pytest

from pipelines.publish import manifest

AS = ["-c", "user.name=Kari", "-c", "user.email=kari@example.org", "-c", "commit.gpgsign=false"]


def git(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["git", *AS, *arguments], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(manifest, "PROJECT_DIR", tmp_path)
    assert manifest.git_commit() is None, "it is no clone yet"
    (tmp_path / "file").write_text("1\n", encoding="utf-8")
    for command in (["init"], ["add", "file"], ["commit", "--message", "one"]):
        assert git(tmp_path, *command).returncode == 0
    return tmp_path


def test_commit_of_a_clone_that_is_another_user_s_is_named(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = git(clone, "rev-parse", "HEAD").stdout.strip()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # as git tries it itself; to change owners takes root
    assert "dubious ownership" in git(clone, "rev-parse", "HEAD").stderr, "git would not mind"
    assert manifest.git_commit() == head
    (clone / "file").write_text("2\n", encoding="utf-8")
    assert manifest.git_commit() == f"{head}-dirty"
