"""What a crash left is removed by its name alone, and nothing else is.

Not here: what a crash leaves in published/ (test_publish.py).
"""

from pathlib import Path

import pytest

from pipelines.common import leftovers
from pipelines.sample import write


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the sample is to be written, without the surveys that have to be solved."""
    monkeypatch.setattr(write, "CSV_PLANS", ())
    for surveys in ("itip_files", "innbygger_files"):
        monkeypatch.setattr(write, surveys, lambda _: {})
    return tmp_path / "data" / "landing"


def leave(landing: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a run leaves that dies while it writes the sample."""

    def die(_: Path, __: bytes) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "write_bytes", die)
        write.write_sample(landing)
    (left,) = landing.parent.iterdir()
    assert left.name.startswith(leftovers.MARK)
    return left


def test_sample_that_a_crash_left_is_written_anew(landing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (leave(landing, monkeypatch) / "stale").write_text("from the run before", encoding="utf-8")
    written = write.write_sample(landing)
    assert list(landing.parent.iterdir()) == [landing]
    assert sorted(path for path in landing.rglob("*") if path.is_file()) == written


def test_folder_of_someone_else_beside_landing_is_left_alone(landing: Path) -> None:
    for name in ("landing.part", "landing.old", ".landing-part"):
        (landing.parent / name).mkdir(parents=True)
        (landing.parent / name / "file").write_text("mine", encoding="utf-8")
    before = sorted(landing.parent.rglob("*"))
    write.write_sample(landing)
    assert set(before) <= set(landing.parent.rglob("*"))


def test_leftover_that_is_a_link_is_not_followed(
    landing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = leave(landing, monkeypatch)
    leftovers.remove(left)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("mine", encoding="utf-8")
    left.symlink_to(elsewhere)
    write.write_sample(landing)
    assert list(landing.parent.iterdir()) == [landing]
    assert [path.name for path in elsewhere.iterdir()] == ["file"]


def test_landing_that_is_a_link_into_the_void_is_not_written_over(landing: Path, tmp_path: Path) -> None:
    landing.parent.mkdir()
    landing.symlink_to(tmp_path / "share")
    with pytest.raises(FileExistsError):
        write.write_sample(landing)
    assert landing.is_symlink()


@pytest.mark.parametrize("kind", ["nothing", "file", "folder"])
def test_leftover_of_any_kind_is_removed(tmp_path: Path, kind: str) -> None:
    left = tmp_path / f"{leftovers.MARK}left"
    if kind == "file":
        left.touch()
    elif kind == "folder":
        (left / "inside").mkdir(parents=True)
    leftovers.remove(left)
    assert list(tmp_path.iterdir()) == []
