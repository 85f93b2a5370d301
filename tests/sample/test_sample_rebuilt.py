"""What is shipped is what the generator makes of the seeds today, to the last byte.

Not here: what the sample holds (beside), and copying it (tests/unit/test_landing.py).
"""

from pathlib import Path

import pytest

from pipelines.landing.sample import SAMPLE
from tests.sample import __main__ as command
from tests.sample.deliveries import sample_files
from tests.sample.pack import pack, unpacked

REMEDY = f"run `python -m tests.sample` and commit {SAMPLE.name}, with the reason why the sample changes"


@pytest.mark.slow
def test_generator_makes_what_is_shipped() -> None:
    """Whatever the hour, the process and its hash seed: no order may come from a set."""
    shipped, made = unpacked(SAMPLE), sample_files()
    assert sorted(made) == sorted(shipped), REMEDY
    assert [name for name in made if made[name] != shipped[name]] == [], REMEDY


@pytest.mark.parametrize(
    ("made", "is_written"), [({"a/b": b"as before"}, False), ({"a/b": b"new"}, True)], ids=["the same", "another"]
)
def test_sample_is_packed_where_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: dict[str, bytes], is_written: bool
) -> None:
    archive = tmp_path / "landing.zip"
    pack({"a/b": b"as before"}, archive)
    archive.write_bytes(archive.read_bytes() + b" ")  # of another zlib, so to say
    before = archive.read_bytes()
    monkeypatch.setattr(command, "SAMPLE", archive)
    monkeypatch.setattr(command, "sample_files", lambda _: made)
    assert command.main() == 0
    assert (archive.read_bytes() != before) is is_written
    assert unpacked(archive) == made


def test_sample_that_cannot_come_out_says_so_and_leaves_what_is_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def contradict(_: object) -> None:
        raise ValueError("a recount does not give a figure")

    monkeypatch.setattr(command, "SAMPLE", tmp_path / "landing.zip")
    monkeypatch.setattr(command, "sample_files", contradict)
    assert command.main() == 1
    assert "left as it was: a recount does not give a figure" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
