"""What lies in landing/ is found through links, and what cannot be read is not taken for gone.

Not here: the places that do not belong there (broken_extracts).
"""

import errno
import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.ingest.discovery import discover, landing_files
from tests.unit.extracts import TUESDAY, Landing, kommune_extract

pytestmark = pytest.mark.slow  # each test loads: a tenth of a second or more

KOMMUNE_FILES = ["ssb_kommune/2018/kommuner.csv", "ssb_kommune/2022/kommuner.csv"]
UN_FILE = "international/un_egdi/2018/egdi.csv"
Close = Callable[[Path], None]


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "data").fill()


@pytest.fixture
def unlistable(monkeypatch: pytest.MonkeyPatch) -> Close:
    """Take a folder's read permission away; by patching, since the system lets an administrator read all."""
    iterdir = Path.iterdir

    def close(closed: Path) -> None:
        def refuse(path: Path):
            if path == closed:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return iterdir(path)

        monkeypatch.setattr(Path, "iterdir", refuse)

    return close


@pytest.fixture
def impassable(monkeypatch: pytest.MonkeyPatch, unlistable: Close) -> Close:
    """Take a folder's execute permission away: its entries can be listed, and nothing can be known of them."""
    look = Path.stat

    def close(closed: Path) -> None:
        def refuse(path: Path, **how: bool):
            if closed in path.parents:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return look(path, **how)

        iterdir = Path.iterdir

        def refuse_below(path: Path):
            if closed in path.parents:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return iterdir(path)

        monkeypatch.setattr(Path, "stat", refuse)
        monkeypatch.setattr(Path, "iterdir", refuse_below)

    return close


def zipped(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr(name, "x")
    return packed.getvalue()


def names(landing: Landing) -> list[str]:
    return [path.relative_to(landing.path).as_posix() for path in landing_files(landing.path)]


@pytest.mark.parametrize(
    ("folder", "others"),
    [
        ("", {}),
        ("international", {("ssb_kommune", 2018): "unchanged", ("ssb_kommune", 2022): "unchanged"}),
        ("ssb_kommune", {("un_egdi", 2018): "unchanged"}),
        ("ssb_kommune/2018", {("un_egdi", 2018): "unchanged", ("ssb_kommune", 2022): "unchanged"}),
    ],
)
def test_folder_that_cannot_be_read_is_refused_and_what_was_loaded_from_it_stays(
    landing: Landing, unlistable: Close, folder: str, others: dict[tuple[str, int], str]
) -> None:
    landing.ingest()
    query = "select * from raw.extract_load order by all"
    before = landing.rows(query)
    n_rows = landing.rows("select count(*) from raw.ssb_kommune")
    unlistable(landing.path / folder)
    result = landing.ingest(TUESDAY)
    (refused,) = result.refused
    (finding,) = refused.findings
    assert (finding.rule, finding.value) == ("unreadable", (landing.path / folder).name)
    assert "Permission denied" in refused.message and "stays in use" in finding.remedy
    assert landing.report(folder)[0]["rule"] == "unreadable"
    assert {(o.survey, o.wave): o.status for o in result.outcomes if o is not refused} == others
    assert landing.rows(query) == before
    assert landing.rows("select count(*) from raw.ssb_kommune") == n_rows


@pytest.mark.parametrize(
    ("folder", "refused"),
    [
        ("ssb_kommune", ["ssb_kommune/2018", "ssb_kommune/2022"]),
        ("ssb_kommune/2018", ["ssb_kommune/2018/kommuner.csv"]),
        ("international", ["international/un_egdi"]),
    ],
)
def test_folder_that_cannot_be_entered_is_refused_and_what_was_loaded_from_it_stays(
    landing: Landing, impassable: Close, folder: str, refused: list[str]
) -> None:
    landing.ingest()
    query = "select * from raw.extract_load order by all"
    before = landing.rows(query)
    impassable(landing.path / folder)
    outcomes = landing.ingest(TUESDAY).outcomes
    found = [o for o in outcomes if o.status == "quarantined"]
    assert [outcome.file for outcome in found] == refused
    assert {finding.rule for outcome in found for finding in outcome.findings} == {"unreadable"}
    assert {o.status for o in outcomes if o not in found} == {"unchanged"}
    assert landing.rows(query) == before


def test_unreadable_folder_has_no_landing_files_and_the_others_have(landing: Landing, unlistable: Close) -> None:
    unlistable(landing.path / "ssb_kommune")
    assert names(landing) == [UN_FILE]


def test_impassable_folder_has_no_landing_files_and_the_others_have(landing: Landing, impassable: Close) -> None:
    impassable(landing.path / "ssb_kommune" / "2018")
    assert names(landing) == [UN_FILE, KOMMUNE_FILES[1]]


def test_survey_whose_link_leads_nowhere_is_refused_and_not_removed(landing: Landing) -> None:
    landing.ingest()
    shutil.rmtree(landing.path / "ssb_kommune")
    (landing.path / "ssb_kommune").symlink_to(landing.path / "not mounted")
    result = landing.ingest(TUESDAY)
    assert [(o.file, o.status) for o in result.outcomes if o.survey == "ssb_kommune"] == [
        ("ssb_kommune", "quarantined"),
    ]
    assert landing.rows("select count(*) from raw.ssb_kommune") == [(10,)]


def test_landing_files_are_what_discover_finds(landing: Landing) -> None:
    (landing.path / "ssb_kommune/2018/SOURCE.yml").write_text("producer: SSB", encoding="utf-8")
    overlooked = (".DS_Store", "ssb_kommune/.gitkeep", "ssb_kommune/2018/~$kommuner.csv", "Thumbs.db", ".git/config")
    for name in overlooked:
        (landing.path / name).parent.mkdir(exist_ok=True)
        (landing.path / name).write_text("x", encoding="utf-8")
    assert names(landing) == sorted([UN_FILE, "ssb_kommune/2018/SOURCE.yml", *KOMMUNE_FILES])
    data = [file for place in discover(landing.path) for file in place.files]
    assert data == [path for path in landing_files(landing.path) if path.name != "SOURCE.yml"]


@pytest.mark.parametrize("linked", ["ssb_kommune", "ssb_kommune/2018", KOMMUNE_FILES[0]])
def test_link_out_of_landing_is_refused_and_nothing_behind_it_is_shown_or_lost(
    landing: Landing, tmp_path: Path, linked: str
) -> None:
    landing.ingest()
    before = landing.rows("select * from raw.ssb_kommune order by all")
    (landing.path / linked).rename(tmp_path / "elsewhere")
    (landing.path / linked).symlink_to(tmp_path / "elsewhere")
    result = landing.ingest(TUESDAY)
    (refused,) = result.refused
    (finding,) = refused.findings
    assert (finding.rule, finding.value) == ("link_leaves_landing", Path(linked).name)
    shown = [refused.message.replace(str(refused.report), ""), *landing.report(Path(refused.report).parent)[0].values()]
    assert not [text for text in shown if "elsewhere" in text or str(tmp_path) in text]
    assert landing.rows("select * from raw.ssb_kommune order by all") == before
    assert linked in names(landing)  # whoever asks whether anything changed sees the link, and nothing behind it
    assert not [name for name in names(landing) if name.startswith(linked + "/")]


def test_landing_itself_may_be_a_link(landing: Landing, tmp_path: Path) -> None:
    expected = names(landing)
    landing.path.rename(tmp_path / "elsewhere")
    landing.path.symlink_to(tmp_path / "elsewhere")
    assert names(landing) == expected == sorted([UN_FILE, *KOMMUNE_FILES])
    assert landing_files(landing.path) == [file for place in discover(landing.path) for file in place.files]
    assert set(landing.statuses().values()) == {"loaded"}


def test_folder_that_is_linked_twice_is_listed_twice(landing: Landing) -> None:
    shutil.rmtree(landing.path / "ssb_kommune/2022")
    (landing.path / "ssb_kommune/2022").symlink_to(landing.path / "ssb_kommune/2018")
    assert names(landing) == sorted([UN_FILE, *KOMMUNE_FILES])
    assert landing_files(landing.path) == [file for place in discover(landing.path) for file in place.files]


def test_change_behind_a_link_shows(landing: Landing) -> None:
    (landing.path / "ssb_kommune/2022").rename(landing.path / "ssb_kommune/2018/later")
    (landing.path / "ssb_kommune/2022").symlink_to(landing.path / "ssb_kommune/2018/later")
    kommune_extract(2022).write(landing.path / "ssb_kommune/2018/later/ny.csv")
    assert "ssb_kommune/2022/ny.csv" in names(landing)


@pytest.mark.parametrize("target", ["ssb_kommune/2018", "ssb_kommune", "", "..", "../..", "/", "ssb_kommune/2018/link"])
def test_links_in_a_circle_end(landing: Landing, target: str) -> None:
    (landing.path / "ssb_kommune/2018/link").symlink_to(landing.path / target)
    outside = ["ssb_kommune/2018/link"] if target in ("..", "../..", "/") else []
    assert names(landing) == sorted([UN_FILE, *KOMMUNE_FILES, *outside])
    assert [o.wave for o in landing.ingest().refused] == [2018]


LEFT_BEHIND = (
    "kommuner.csv:Zone.Identifier", "Icon\r", "~$kommuner.csv", "~WRL0001.tmp", "kommuner.csv~", ".~lock.kommuner.csv#",
    "Thumbs.db", "desktop.ini", ".DS_Store",
)  # fmt: skip


@pytest.mark.parametrize("name", LEFT_BEHIND)
@pytest.mark.parametrize("folder", ["", "ssb_kommune", "ssb_kommune/2018"])
def test_what_programs_leave_behind_is_overlooked_everywhere(landing: Landing, folder: str, name: str) -> None:
    (landing.path / folder / name).write_text("x", encoding="utf-8")
    assert names(landing) == sorted([UN_FILE, *KOMMUNE_FILES])
    assert set(landing.statuses().values()) == {"loaded"}


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        *((name, "source_name") for name in ("SOURCE.yaml", "SOURCE.yml.txt", "source.txt", "Sources.yml", "SOURCE")),
        *((name, "checksum_file") for name in ("kommuner.csv.sha256", "kommuner.md5", "SHA256SUMS", "md5sum.txt")),
    ],
)
def test_file_that_was_meant_as_provenance_is_one_finding_that_says_so(landing: Landing, name: str, rule: str) -> None:
    (landing.path / "ssb_kommune/2018" / name).write_text("producer: SSB", encoding="utf-8")
    (refused,) = landing.ingest().refused
    (finding,) = refused.findings
    assert (finding.rule, finding.value) == (rule, name)
    assert "did you mean" in finding.problem and "SOURCE.yml" in finding.problem


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("kommuner.zip", zipped("kommuner.csv"), "zip archive that holds kommuner.csv"),
        ("kommuner.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), ".xls"),
        ("kommuner.dta", b"<stata_dta><header>", "Stata"),
        ("kommuner.por", b" " * 464 + b"SPSSPORT", "portable SPSS file"),
        ("kommuner.zsav", b"$FL3@(#) SPSS", "packed by zlib"),
    ],
)
def test_file_of_another_format_is_called_what_it_is(landing: Landing, name: str, content: bytes, says: str) -> None:
    (landing.path / KOMMUNE_FILES[0]).unlink()
    (landing.path / "ssb_kommune/2018" / name).write_bytes(content)
    (refused,) = landing.ingest().refused
    (finding,) = refused.findings
    assert finding.rule == "file_type"
    assert says in finding.problem, finding.problem


def test_links_to_each_other_end(landing: Landing) -> None:
    (landing.path / "ssb_kommune/2018/a").symlink_to(landing.path / "ssb_kommune/2022")
    (landing.path / "ssb_kommune/2022/b").symlink_to(landing.path / "ssb_kommune/2018")
    assert names(landing) == sorted(
        [UN_FILE, *KOMMUNE_FILES, "ssb_kommune/2018/a/kommuner.csv", "ssb_kommune/2022/b/kommuner.csv"]
    )


def test_landing_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert landing_files(tmp_path / "nowhere" / "landing") == []
