"""What a crash left is removed by its name alone, and nothing else is.

Not here: what a crash leaves in published/ (test_publish.py).
"""

import zipfile
from pathlib import Path

import pytest

from pipelines.common import leftovers
from pipelines.landing import sample
from pipelines.landing.sample import copy_sample
from tests.sample.pack import unpacked


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """Where the sample is to be copied."""
    return tmp_path / "data" / "landing"


def leave(landing: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a run leaves that ends half-way through the sample."""
    damaged = landing.parent.with_name("damaged.zip")
    content = bytearray(sample.SAMPLE.read_bytes())
    content[len(content) // 2] ^= 255
    damaged.write_bytes(content)
    with monkeypatch.context() as patch, pytest.raises(zipfile.BadZipFile):
        patch.setattr(sample, "SAMPLE", damaged)
        copy_sample(landing)
    (left,) = landing.parent.iterdir()
    assert left.name.startswith(leftovers.MARK)
    assert any(path.is_file() for path in left.rglob("*"))
    return left


def test_sample_that_a_crash_left_is_copied_anew(landing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (leave(landing, monkeypatch) / "stale").write_text("from the run before", encoding="utf-8")
    copy_sample(landing)
    assert list(landing.parent.iterdir()) == [landing]
    copied = {path.relative_to(landing).as_posix() for path in landing.rglob("*") if path.is_file()}
    assert copied == set(unpacked(sample.SAMPLE))


def test_folder_of_someone_else_beside_landing_is_left_alone(landing: Path) -> None:
    for name in ("landing.part", "landing.old", ".landing-part"):
        (landing.parent / name).mkdir(parents=True)
        (landing.parent / name / "file").write_text("mine", encoding="utf-8")
    before = sorted(landing.parent.rglob("*"))
    copy_sample(landing)
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
    copy_sample(landing)
    assert list(landing.parent.iterdir()) == [landing]
    assert [path.name for path in elsewhere.iterdir()] == ["file"]


@pytest.mark.parametrize("kind", ["nothing", "file", "folder"])
def test_leftover_of_any_kind_is_removed(tmp_path: Path, kind: str) -> None:
    left = tmp_path / f"{leftovers.MARK}left"
    if kind == "file":
        left.touch()
    elif kind == "folder":
        (left / "inside").mkdir(parents=True)
    leftovers.remove(left)
    assert list(tmp_path.iterdir()) == []
