"""A first run copies the sample that is shipped: whole or not at all, to its place alone, whatever is printed.

Not here: what a crash leaves (test_leftovers.py), when it may be copied (test_evidence.py), and what the sample holds
(tests/sample).
"""

import os
import re
import stat
import zipfile
from pathlib import Path

import dagster as dg
import pytest

from pipelines.common import seeds
from pipelines.common.settings import PROJECT_DIR, Settings
from pipelines.common.workspace import Workspace
from pipelines.landing import sample
from pipelines.landing.assets import landing_extracts
from pipelines.landing.sample import SAMPLE, copy_sample, made_up_surveys
from tests.sample.pack import pack, unpacked


def below(folder: Path) -> dict[str, bytes]:
    """Path below `folder` -> content, of every file."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive in the place of the sample, still to be written."""
    monkeypatch.setattr(sample, "SAMPLE", tmp_path / "packed.zip")
    return tmp_path / "packed.zip"


def test_sample_is_copied_whole_and_for_the_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        copy_sample(tmp_path / "data" / "landing")
    finally:
        os.umask(before)
    landing = tmp_path / "data" / "landing"
    assert below(landing) == unpacked(SAMPLE)
    assert stat.S_IMODE(landing.stat().st_mode) == 0o700
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in landing.rglob("*")}
    assert modes == {(True, 0o755), (False, 0o644)}


def test_existing_landing_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        copy_sample(tmp_path)
    assert not list(tmp_path.iterdir())


def test_landing_that_is_a_link_into_the_void_is_not_written_over(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    landing.symlink_to(tmp_path / "share")
    with pytest.raises(FileExistsError):
        copy_sample(landing)
    assert landing.is_symlink() and not (tmp_path / "share").exists()


@pytest.mark.parametrize("name", ["../../stolen", "/stolen", "a/../../../stolen"])
def test_name_in_an_archive_that_leads_elsewhere_stays_in_landing(packed: Path, tmp_path: Path, name: str) -> None:
    pack({name: b"x"}, packed)
    landing = tmp_path / "data" / "landing"
    copy_sample(landing)
    assert [path.name for path in (tmp_path / "data").rglob("*") if path.is_file()] == ["stolen"]
    assert list(below(landing).values()) == [b"x"]
    assert not Path("/stolen").exists()


def test_what_is_made_up_is_told_by_the_files_themselves(packed: Path) -> None:
    said = {"ssb_kommune/2018": "true", "international/un_egdi/2018": "true", "itip/2020": "false"}
    pack({f"{folder}/SOURCE.yml": f"synthetic: {is_it}".encode() for folder, is_it in said.items()}, packed)
    assert made_up_surveys() == ["ssb_kommune", "un_egdi"]


def test_sample_is_synthetic_in_every_name_and_mark() -> None:
    files = unpacked(SAMPLE)
    synthetic = {str(Path(name).parent) for name, text in files.items() if b"synthetic: true" in text.splitlines()}
    assert len(synthetic) == 13
    for name in files:
        is_data = not name.endswith("SOURCE.yml")
        assert ("_syntetisk." in name) is (is_data and str(Path(name).parent) in synthetic), name
    of_surveys = {row["landing_path"]: row["survey"] for row in seeds.read_seed("survey")}
    assert {of_surveys[str(Path(folder).parent)] for folder in synthetic} == set(made_up_surveys())


def test_place_that_the_sample_says_it_comes_from_is_in_the_project() -> None:
    told = {path for text in unpacked(SAMPLE).values() for path in re.findall(rb"url: (\S+) in the project", text)}
    assert [PROJECT_DIR / path.decode() for path in told] == [SAMPLE.parent]


def test_archive_is_small_and_tells_no_hour_and_no_machine() -> None:
    assert SAMPLE.stat().st_size < 2_000_000
    with zipfile.ZipFile(SAMPLE) as archive:
        entries = archive.infolist()
    assert {(e.date_time, e.create_system, e.external_attr, e.extra) for e in entries} == {
        ((1980, 1, 1, 0, 0, 0), 3, 0o644 << 16, b"")
    }
    assert [e.filename for e in entries] == sorted(e.filename for e in entries)


def test_order_in_which_files_are_made_does_not_tell_in_the_archive(tmp_path: Path) -> None:
    files = {"b/x": b"1" * 100, "a/y": b"2"}
    one, other = tmp_path / "one.zip", tmp_path / "other.zip"
    pack(files, one)
    pack(dict(reversed(files.items())), other)
    assert one.read_bytes() == other.read_bytes()
    assert unpacked(one) == files


def test_no_printed_figure_can_keep_the_sample_from_a_first_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A figure that contradicts it is a row of reconciliation, and a warning (test_reconciliation.py)."""

    def only_the_surveys(name: str) -> list[dict[str, str]]:
        assert name == "survey", f"{name} is looked at where there is no landing/"
        return seeds.read_seed(name)

    monkeypatch.setattr(sample, "read_seed", only_the_surveys)
    monkeypatch.setattr("pipelines.landing.assets.read_seed", only_the_surveys)
    settings = Settings(tmp_path / "data")
    result = dg.materialize([landing_extracts], resources={"workspace": Workspace(data_dir=str(settings.data_dir))})
    assert result.success
    (made,) = result.asset_materializations_for_node("landing__extracts")
    assert made.metadata["files"].value == 59
    assert made.metadata["names"].data == sorted(unpacked(SAMPLE))
    assert below(settings.landing) == unpacked(SAMPLE)
