"""The page for those who deliver quotes the door: its reasons are what a broken file gets to hear, its templates exist.

Not here: links, paths and targets of the page (test_docs_examples), and the door itself (test_ingest_refuses).
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from pipelines.__main__ import main
from pipelines.common.settings import PROJECT_DIR, Settings
from pipelines.ingest.check import judge_places, places_at
from pipelines.ingest.findings import Finding
from tests.unit.extracts import Extract, kommune_extract

PAGE = (PROJECT_DIR / "docs" / "delivering.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"^\| `([^`]+)` \(`(\w+)`\) \|", PAGE, re.MULTILINE)  # (problem, rule)


def findings_of(file: Path, tmp_path: Path) -> list[Finding]:
    (judged,) = judge_places(Settings(tmp_path / "data"), places_at(file, "ssb_kommune", 2022))
    return judged.findings


def rename(extract: Extract) -> Extract:
    extract.header[extract.header.index("strategi_omr_01")] = "strategi_område_1"
    return extract


def add_title(extract: Extract) -> Extract:
    extract.rows = [[], extract.header, *extract.rows]
    extract.header = ["Kommuneundersøkelsen"]
    return extract


BROKEN: dict[str, Callable[[Extract], Extract]] = {
    "code_not_in_frame": lambda extract: extract.set(3, "strategi", "3"),
    "missing_column": rename,
    "unmapped_column": rename,
    "kommunenr_not_valid": lambda extract: extract.set(4, "kommunenr", "0101"),
    "duplicate_key": lambda extract: extract.set(4, "kommunenr", "0301"),
    "filtered_answer": lambda extract: extract.set(3, "strategi", "2").set(3, "strategi_omr_01", "1"),
    "missing_value": lambda extract: extract.set(3, "folkemengde", ""),
    "positive_integer": lambda extract: extract.set(3, "folkemengde", "144 147"),
    "header_row": add_title,
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_reason_is_quoted_as_the_door_says_it(rule: str, tmp_path: Path) -> None:
    found = findings_of(BROKEN[rule](kommune_extract(2022)).write(tmp_path / "kommuner.csv"), tmp_path)
    assert [problem for problem, of in QUOTED if of == rule] == [f.problem for f in found if f.rule == rule]


def test_the_reason_of_a_word_among_numbers_is_quoted_as_the_door_says_it(tmp_path: Path) -> None:
    extract = kommune_extract(2022).set(3, "strategi", "Ja")
    with xlsxwriter.Workbook(tmp_path / "kommuner.xlsx") as book:
        sheet = book.add_worksheet("kommuner")
        for number, row in enumerate([extract.header, *extract.rows]):
            for place, cell in enumerate(row):
                sheet.write(number, place, float(cell) if cell.isdigit() and place > 1 else cell)
    found = findings_of(tmp_path / "kommuner.xlsx", tmp_path)
    assert [(f.problem, f.rule) for f in found] == [q for q in QUOTED if q[1] == "text_for_numbers"]


def test_ten_reasons_are_quoted_and_each_is_tried() -> None:
    assert len(QUOTED) == 10
    assert {rule for _, rule in QUOTED} == {*BROKEN, "text_for_numbers"}


def test_what_the_page_shows_of_a_check_is_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    kommune_extract(2022).set(3, "strategi", "3").write(Path("kommuner.csv"))
    assert main(["check", "kommuner.csv", "--survey", "ssb_kommune", "--wave", "2022"]) == 1
    printed = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("  ! ")]
    (shown,) = re.findall(r"^```text\n(kommuner\.csv.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    assert shown.splitlines() == printed
