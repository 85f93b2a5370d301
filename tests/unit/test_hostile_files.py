"""Files changed at random, by bytes and by what each format is made of: findings or rows, and nothing else.

TILSTAND_HOSTILE=2000 tries so many of each kind, others than the last time. Not here: faults that are known (faults).
"""

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.common.settings import PROJECT_DIR
from pipelines.ingest.quarantine import REPORT_NAME
from pipelines.ingest.raw_tables import ensure_tables, unlike_their_log
from tests.unit.extracts import MONDAY, Landing, innbygger_extract
from tests.unit.formats import kommune_table
from tests.unit.made_up_sources import dimension, resource, source, used

pytestmark = pytest.mark.slow  # each test loads: a tenth of a second or more

MOST_BYTES = 2_000_000_000
N_EXAMPLES = int(os.environ.get("TILSTAND_HOSTILE", "15"))
TRIED = settings(
    max_examples=N_EXAMPLES,
    derandomize="TILSTAND_HOSTILE" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
FOLDERS = {
    "csv": "ssb_kommune/2022", "sav": "dfo_innbygger/2021", "xlsx": "ssb_kommune/2022", "parquet": "ssb_kommune/2022",
}  # fmt: skip
SOURCE = "producer: SSB\nurl: https://ssb.no\nlicence: CC BY 4.0\nretrieved: 2024-03-01\nsynthetic: true\nnote: 'x'\n"
PEOPLE = {
    "class": "dataset", "id": ["Region", "Kjonn", "Tid"], "size": [2, 2, 1], "value": [1, 2, 3, None],
    "status": {"3": ":"},
    "dimension": {
        "Region": {"category": {"index": ["0301", "1103"]}},
        "Kjonn": {"category": {"index": {"1": 0, "2": 1}}},
        "Tid": {"category": {"index": ["2025"]}},
    },
}  # fmt: skip
ANY = [b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", "ø".encode("cp1252"), "\u202e\u200b".encode(), b"9" * 40]
TOKENS = {
    "csv": [b'"', b'""', b";", b",", b"\n", b"\r", b"\r\n", b"sep=;\n", b"=1+1", b'"\n' * 50, b";" * 5_000, b"1e999"],
    "sav": [b"\xff" * 4, b"\x00" * 8, b"\x7f" * 4, b"\x01\0\0\0", b"\xfd" * 8, b"\xfc", b"$FL3", b"\xff\xff\xff\x7f"],
    "xlsx": [
        b"<", b">", b"/>", b"&", b"&a;", b'"', b"</row>", b"<row>", b"<c><v>1</v></c>", b"<f>1+1</f>", b' t="s"',
        b' r="XFD1048576"', b' t="e"', b"<!DOCTYPE a [<!ENTITY a 'aa'>]>", b"<v>99999999999</v>", b"../../../", b"<is>",
    ],
    "parquet": [
        b"PAR1", b"\x15\x00", b"\x15\xfe\xff\xff\xff\x0f", b"\x19\x0c", b"\x19\xfc", b"\x26\x00", b"\x18\x00",
        b"\xff" * 8, b"\x16\x80\x80\x80\x80\x80\x80\x01", b"\x00" * 16, b"\x7f\xff\xff\xff",
    ],
    "json": [
        b"{", b"[", b"}", b"]", b",", b":", b"null", b"NaN", b"-1", b"1e999", b"true", b'"', b'"\\ud800"', b"\\u0000",
        b"[" * 3_000, b"9" * 5_000, b'"size"', b'"index"', b'"value"', b'"dimension"', b'{"1": 1}', b"99999999",
    ],
    "yml": [
        b"*a", b"&a ", b"!!python/object/apply:os.mkdir ['evil']", b"{", b"[", b"[" * 2_000, b": ", b"- ", b"\t", b"'",
        b"? ", b"<<: ", b"---\n", b"%YAML 9\n", b"|\n", b"!!binary ", b".nan", b"1e999", b"2024-13-45", b"\n", b"#",
    ],
}  # fmt: skip
Change = tuple[str, float, bytes, int]


def changes(tokens: list[bytes]) -> st.SearchStrategy[list[Change]]:
    """A few changes: what is done, where in the file (0 to 1), with what, to how many bytes."""
    done = st.sampled_from(["put", "put", "replace", "replace", "delete", "double", "cut"])
    pieces = st.sampled_from([*tokens, *ANY]) | st.binary(min_size=1, max_size=8)
    return st.lists(st.tuples(done, st.floats(0, 1), pieces, st.integers(1, 64)), min_size=1, max_size=4)


def changed(content: bytes, made: list[Change]) -> bytes:
    for done, where, piece, n in made:
        at = int(where * len(content))
        before, after = content[:at], content[at:]
        content = {
            "put": before + piece + after,
            "replace": before + piece + after[len(piece) :],
            "delete": before + after[n:],
            "double": before + after[:n] * 2 + after[n:],
            "cut": before,
        }[done]
    return content


def changed_parts(content: bytes, made: list[Change], of: float, name: str | None) -> bytes:
    """A workbook in which a part is changed before it is packed, and may have another name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        parts = book.namelist()
        chosen = parts[min(int(of * len(parts)), len(parts) - 1)]
        for part in parts:
            is_chosen = part == chosen
            new.writestr(name or part if is_chosen else part, changed(book.read(part), made if is_chosen else []))
    return packed.getvalue()


@cache
def whole(file_format: str, packing: str = "") -> bytes:
    """A file that is loaded as it is."""
    with tempfile.TemporaryDirectory() as folder:
        if file_format != "sav":
            return kommune_table().write(Path(folder), file_format).read_bytes()
        options = {packing: True} if packing else {}
        return innbygger_extract(2021).write(Path(folder) / "whole.sav", **options).read_bytes()


class Door:
    """A data directory in a folder of its own, in which everything else stays as it is."""

    def __init__(self, base: Path, *waves: tuple[str, int]) -> None:
        self.base, self.waves, self.landing, self.now = base, waves, Landing(base / "data"), MONDAY
        self.outside = self._outside()
        ensure_tables(self.landing.con)

    def _outside(self) -> set[tuple[Path, int]]:
        data = self.landing.settings.data_dir
        return {(p, p.lstat().st_size) for p in self.base.rglob("*") if p != data and data not in p.parents}

    def deliver(self, files: dict[str, bytes]) -> str:
        """What became of the one delivery, whose files these are; raises where anything is not as it must be."""
        for name, content in files.items():
            (self.landing.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.landing.path / name).write_bytes(content)
        self.now += timedelta(minutes=1)
        before = self._loaded()
        (outcome,) = self.landing.ingest(self.now).outcomes
        delivered = {self.landing.path / name for name in files}
        is_in_shards = all(name.endswith(".parquet") for name in files)
        written = {p for p in self.landing.settings.data_dir.rglob("*") if p.is_file()} - delivered
        if outcome.status == "quarantined":
            # Of shards no copy is kept that could stay in use.
            assert self._loaded() == (before if not is_in_shards else [([], []) for _ in self.waves])
            assert outcome.findings
            assert all(finding.problem and finding.remedy for finding in outcome.findings)
            assert {p.name for p in written} == {REPORT_NAME}
        else:
            assert outcome.status in ("loaded", "unchanged")
            assert not written
        assert unlike_their_log(self.landing.con) == set()
        assert self._outside() == self.outside
        assert not any((folder / "evil").exists() for folder in (PROJECT_DIR, Path("/")))
        assert most_memory() < MOST_BYTES
        return outcome.status

    def _loaded(self) -> list[tuple[list[tuple], list[tuple]]]:
        return [self.landing.in_use(*wave) for wave in self.waves]


def most_memory() -> int:
    """The most bytes that this process, or one that it began and did not end, ever had since the peak was reset."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    processes = ["self", *(children.read_text().split() if children.exists() else [])]
    statuses = [path.read_text() for process in processes if (path := Path(f"/proc/{process}/status")).exists()]
    lines = [line.split() for status in statuses for line in status.splitlines() if line.startswith("VmHWM:")]
    return max(int(line[1]) for line in lines) * 1024


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    """Where files are delivered; what is written to the folder for passing files, or beside, is seen."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "elsewhere"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    if (peak := Path("/proc/self/clear_refs")).exists():
        peak.write_text("5")
    return Door(tmp_path, ("ssb_kommune", 2022), ("dfo_innbygger", 2021))


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "parquet"])
def test_bytes_changed_anywhere_give_findings_or_rows(door: Door, file_format: str) -> None:
    check_bytes(door, file_format, whole(file_format))


@pytest.mark.parametrize("packing", ["", "row_compress", "compress"])
def test_bytes_of_an_spss_file_changed_anywhere_give_findings_or_rows(door: Door, packing: str) -> None:
    check_bytes(door, "sav", whole("sav", packing))


def check_bytes(door: Door, file_format: str, content: bytes) -> None:
    name = f"{FOLDERS[file_format]}/delivery.{file_format}"
    assert door.deliver({name: content}) == "loaded"
    trying(lambda made: door.deliver({name: changed(content, made)}), changes(TOKENS[file_format]))


def trying(deliver: Callable[..., str], *strategies: st.SearchStrategy) -> None:
    """Deliver what the strategies draw; most of it is refused, and all is something."""
    statuses = []
    TRIED(given(st.tuples(*strategies))(lambda drawn: statuses.append(deliver(*drawn))))()
    assert "quarantined" in statuses


def test_parts_of_a_workbook_changed_anywhere_give_findings_or_rows(door: Door) -> None:
    content, name = whole("xlsx"), f"{FOLDERS['xlsx']}/delivery.xlsx"
    names = st.none() | st.sampled_from(["../../../evil", "/evil", "..\\evil", "xl/../evil", "xl/WORKBOOK.xml", ""])
    trying(
        lambda made, of, called: door.deliver({name: changed_parts(content, made, of, called)}),
        changes(TOKENS["xlsx"]),
        st.floats(0, 1),
        names,
    )


def test_an_answer_of_a_public_interface_changed_anywhere_gives_findings_or_figures(door: Door) -> None:
    people = resource("byraa", "folk", reads_as="population", unit="count")
    becomes = [("Region", "region", "????"), ("Kjonn", "summed", "*"), ("Tid", "period", "*")]
    dimensions = [dimension(people, *said) for said in becomes]
    with used(source=[source("byraa")], resource=[people], resource_dimension=dimensions):
        fetched = Door(door.base / "fetched", ("byraa_folk", 2026))
        name, content = "byraa/folk/2026/svar.json", json.dumps(PEOPLE).encode()
        assert fetched.deliver({name: content}) == "loaded"
        trying(lambda made: fetched.deliver({name: changed(content, made)}), changes(TOKENS["json"]))


def test_what_stands_in_source_yml_gives_a_finding_or_is_kept_as_it_is(door: Door) -> None:
    data = {f"{FOLDERS['csv']}/delivery.csv": whole("csv")}
    made_of_tokens = st.lists(st.sampled_from([*TOKENS["yml"], *ANY, b"synthetic", b"a", b"true"]), max_size=12)
    texts = st.binary(max_size=40) | made_of_tokens.map(b"".join)
    contents = texts | changes(TOKENS["yml"]).map(lambda made: changed(SOURCE.encode(), made))
    trying(lambda content: door.deliver({**data, f"{FOLDERS['csv']}/SOURCE.yml": content}), contents)
