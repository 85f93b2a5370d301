"""Deliveries as they were met in the field end as they should, with the true reason and no other.

tests/field_cases holds them, each a landing of one wave: what extracts.py makes, with one fault. Not here: those that
need a whole run.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipelines.common.seeds import read_seed
from pipelines.ingest import delivery, validation
from pipelines.ingest.check import judge_places
from pipelines.ingest.discovery import discover
from pipelines.ingest.load import Outcome
from tests.unit.extracts import TUESDAY, Landing, innbygger_extract, itip_extract, kommune_extract

pytestmark = pytest.mark.slow  # each test loads: a tenth of a second or more

FIELD_CASES = Path(__file__).parents[1] / "field_cases"
KOMMUNE, INNBYGGER, ITIP = "ssb_kommune/2022", "dfo_innbygger/2021", "itip/2021"
LOADED, REFUSED = "loaded", "quarantined"
# Five of each are a small country: that they say so is no part of a case.
OF_SMALL_NUMBERS = {"kommune_population", "stratum_size"}
TABLES = {KOMMUNE: ["ssb_kommune"], INNBYGGER: ["dfo_innbygger"], ITIP: ["itip_virksomhet", "itip_innbygger"]}
NOT_COMPARED = {"row_number", "sha256", "respondent_id"}
ONE_SPELLING = ["\u00c5gder", "\u00c5gder", "", "\u00c5gder", "\u00c5gder"]


@dataclass(frozen=True)
class Case:
    """`rule` is that of the only finding of what is refused, or of the only warning of what is loaded; '' is none.

    `says` and `never` are what stands, and what does not, in all that is said. `differs` are the columns of what is
    loaded that are not as extracts.py makes them. `deliver` fills a landing where no file is kept for it.
    """

    name: str
    status: str
    rule: str = ""
    folder: str = KOMMUNE
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    differs: dict[str, list[str]] = field(default_factory=dict)
    deliver: Callable[[Path], object] | None = None


def named(*names: str) -> Callable[[Path], object]:
    """The kommune extract under the first name, and small files of the others beside it."""

    def deliver(folder: Path) -> None:
        file, *others = (folder / name for name in names)
        kommune_extract(2022).write(file, "utf-8")
        for other in others:
            other.write_bytes(b"[ZoneTransfer]\r\nZoneId=3\r\n")

    return deliver


NO_AGE_OF_THE_FIRST = {"alder": ["", "24", "49", "67", "110"]}
CASES = [
    Case("01_user_missing_age", LOADED, "declared_blank", folder=INNBYGGER, differs=NO_AGE_OF_THE_FIRST),
    Case("01_user_missing_age_range", LOADED, "declared_blank", folder=INNBYGGER, differs=NO_AGE_OF_THE_FIRST),
    Case("02_case_count_too_low", REFUSED, "case_count", INNBYGGER, says=("says 3 cases", "hold 5")),
    Case("02_junk_after_last_case", REFUSED, "trailing_bytes", INNBYGGER, says=("last of 5 cases", "4,096 bytes")),
    Case("03_strata_nfd", LOADED, folder=INNBYGGER, differs={"stratum": ONE_SPELLING}),
    Case("04_sav_mojibake", REFUSED, "encoding", INNBYGGER, says=("windows-1252", "another encoding")),
    Case("08_no_xl_folder", LOADED, folder=ITIP, never=("zip",)),
    Case("08_workbook2", LOADED, folder=ITIP, never=("zip",)),
    Case("09_blank_row_of_spaces", LOADED),
    Case("09_blank_rows_of_semicolons", LOADED),
    Case("09_trailing_semicolon", LOADED),
    Case("10_sep_line", LOADED),
    Case("10_title_above", REFUSED, "header_row", says=("row 3",), never=("cut off", "missing_column")),
    Case(
        "12_csv_last_digit_cut",
        LOADED,
        "no_line_end",
        says=("last line has no end", "last cell is blank"),
        differs={"tjeneste_04": ["0", "1", "2", "3", ""]},
    ),
    Case("13_sav_password", REFUSED, "file_type", INNBYGGER, says=("SPSS file behind a password",)),
    Case("14_xlsx_dimension_A0", LOADED, folder=ITIP),
    Case("15_double_bom", LOADED, "invisible_sign", says=("2 byte order marks", "U+FEFF")),
    Case("15_header_zero_width", LOADED, "invisible_sign", says=("folkemengde", "U+200B")),
    Case("16_source_yaml", REFUSED, "source_name", says=("did you mean SOURCE.yml?",), never=("file_count",)),
    Case("16_source_yml_txt", REFUSED, "source_name", says=("did you mean SOURCE.yml?",), never=("file_count",)),
    Case("16_zone_identifier", LOADED, deliver=named("x.csv", "x.csv:Zone.Identifier"), never=("Zone",)),
    Case("17_control_chars_in_name", LOADED, deliver=named("a\nb\x1b[31m.csv"), says=("a\\nb\\x1b[31m.csv",)),
    Case(
        "18_name_of_another_kommune",
        LOADED,
        "kommune_name",
        says=("0301 is Oslo, the row says Bergen", "4601 is Bergen, the row says Oslo"),
        differs={
            "kommunenavn": ["Bergen", "Stavanger på øya", "Halden på øya", "Oslo", "Trondheim på øya"],
        },
    ),
]


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "data")


def deliver(case: Case, landing: Landing) -> None:
    if case.deliver:
        case.deliver(landing.path / case.folder)
    else:
        shutil.copytree(FIELD_CASES / case.name / "landing", landing.path, dirs_exist_ok=True)


def ingest_one(landing: Landing) -> Outcome:
    (outcome,) = landing.ingest(TUESDAY).outcomes
    return outcome


def all_said(outcome: Outcome) -> str:
    said = [f"{found.problem} {found.remedy} ({found.rule})" for found in [*outcome.findings, *outcome.warnings]]
    return "\n".join([outcome.message, *said])


def as_delivered(landing: Landing, folder: str) -> list[dict[str, list[str]]]:
    """The cells of each table of a wave, by column."""
    tables = [landing.con.execute(f"select * from raw.{name} order by row_number").df() for name in TABLES[folder]]
    return [
        {
            column: ["" if value is None or value != value else value for value in table[column]]
            for column in table.columns.difference(NOT_COMPARED)
        }
        for table in tables
    ]


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Landing:
    """What the files of the cases were made from."""
    landing = Landing(tmp_path_factory.mktemp("right") / "data")
    kommune_extract(2022).write(landing.path / KOMMUNE / "x.csv")
    innbygger_extract(2021).write(landing.path / INNBYGGER / "x.sav")
    itip_extract(2021).write(landing.path / ITIP / "x.xlsx")
    assert {outcome.status for outcome in landing.ingest().outcomes} == {LOADED}
    return landing


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_delivery_from_the_field_ends_as_it_should(landing: Landing, right: Landing, case: Case) -> None:
    deliver(case, landing)
    outcome = ingest_one(landing)
    said = all_said(outcome)
    warned = [found.rule for found in outcome.warnings if found.rule not in OF_SMALL_NUMBERS]
    assert outcome.status == case.status, said
    assert [text for text in case.says if text not in said] == []
    assert [text for text in case.never if text in said] == []
    assert all(letter.isprintable() or letter == "\n" for letter in said)
    if case.status == REFUSED:
        assert [found.rule for found in outcome.findings] == [case.rule]
        assert outcome.n_findings == 1
        assert warned == []
        assert outcome.findings[0].remedy
    else:
        assert warned == ([case.rule] if case.rule else [])
        expected = as_delivered(right, case.folder)
        assert set(case.differs) <= set(expected[0])
        expected[0] |= case.differs
        assert as_delivered(landing, case.folder) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_check_says_of_a_delivery_from_the_field_what_a_run_says(landing: Landing, case: Case) -> None:
    deliver(case, landing)
    (judged,) = judge_places(landing.settings, discover(landing.path))
    outcome = ingest_one(landing)
    assert judged.is_accepted == (outcome.status == LOADED)
    assert judged.findings == outcome.findings
    assert judged.warnings == outcome.warnings


def test_row_of_totals_is_warned_of(landing: Landing) -> None:
    deliver(Case("19_totals_row", LOADED, folder=ITIP), landing)
    outcome = ingest_one(landing)
    (warned,) = outcome.warnings
    assert (outcome.status, warned.rule, warned.part) == (LOADED, "totals_row", "innbygger")
    assert "row 5" in warned.problem and "a number in all others" in warned.problem


def test_redelivery_that_shrank_is_warned_of_with_both_numbers(landing: Landing) -> None:
    """Only the second time: the first delivery of a wave has nothing to be smaller than."""
    whole = kommune_extract(2022)
    row = whole.rows[0]
    names = {
        r["kommunenr"]: r["kommunenavn"]
        for r in read_seed("kommune")
        if r["valid_from"] <= "2022-07-01" < (r["valid_to"] or "9")
    }
    whole.rows = [[number, name, *row[2:]] for number, name in names.items()]
    whole.write(landing.path / KOMMUNE / "x.csv")
    assert [w.rule for w in ingest_one(landing).warnings] == ["kommune_population"]

    deliver(Case("11_redelivery_shrunk", LOADED), landing)
    outcome = ingest_one(landing)
    shrunk = [warned for warned in outcome.warnings if warned.rule not in OF_SMALL_NUMBERS]
    assert outcome.status == LOADED
    assert [warned.rule for warned in shrunk] == ["fewer_rows"]
    assert f"39 rows in place of {len(names)}" in shrunk[0].problem
    assert len(names) == 356


def test_header_of_twenty_thousand_columns_is_refused_by_its_header(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without looking at the rows, and without comparing each name with all others."""
    guesses: list[str] = []
    monkeypatch.setattr(validation, "get_close_matches", lambda name, *_, **__: guesses.append(name) or [])
    monkeypatch.setattr(delivery, "cell_checks", lambda *_: pytest.fail("rows were read"))
    header = ";".join(f"kolonne_{n}" for n in range(20_000))
    (landing.path / KOMMUNE).mkdir(parents=True)
    (landing.path / KOMMUNE / "x.csv").write_text(f"{header}\r\n{';'.join(['1'] * 20_000)}\r\n", encoding="utf-8")
    outcome = ingest_one(landing)
    assert len(guesses) <= validation.MOST_GUESSES
    assert outcome.status == REFUSED
    assert "cut off" not in all_said(outcome)


def test_every_case_that_is_kept_is_tried() -> None:
    kept = {case.name for case in CASES if case.deliver is None} | {"11_redelivery_shrunk", "19_totals_row"}
    assert {folder.name for folder in FIELD_CASES.iterdir()} == kept
