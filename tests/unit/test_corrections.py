"""A cell that is known to be wrong is read as seed correction says, in every format, and only while it is that cell.

Not here: what check-seeds says of the seed (test_seed_checks).
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.common.seeds import read_seed
from pipelines.ingest import codebook, corrections
from pipelines.ingest.check import judge_places, judgement_lines, places_at
from pipelines.ingest.codebook import COPIED
from pipelines.ingest.findings import NOT_SHOWN
from pipelines.ingest.load import Outcome
from tests.unit.extracts import TUESDAY, Landing, Workbook, itip_extract, key_figures_extract, un_extract
from tests.unit.formats import Table, innbygger_table, kommune_table

pytestmark = pytest.mark.slow  # each test loads: a tenth of a second or more

HEADER = (
    "survey", "wave", "part", "row_number", "column_name", "expected", "corrected", "reason", "corrected_by",
    "corrected_on",
)  # fmt: skip
WHY = ("told by telephone", "A Name", "2026-03-02")
Say = Callable[..., None]


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "data")


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    """Let the seed have these rows, of which each begins as HEADER does."""

    def said(*rows: tuple[str, ...]) -> None:
        seed = [dict(zip(HEADER, [*row, *WHY][: len(HEADER)], strict=True)) for row in rows]
        for module in (corrections, codebook):
            monkeypatch.setattr(module, "read_seed", lambda name: seed if name == "correction" else read_seed(name))

    return said


def row(table: Table, number: int, file_format: str) -> str:
    """The number that a file of a format gives to a row of data."""
    return str(number if file_format == "sav" else number + 1)


def deliver(landing: Landing, table: Table, file_format: str) -> Outcome:
    table.write(landing.path, file_format)
    (outcome,) = landing.ingest(TUESDAY).outcomes
    return outcome


@pytest.mark.parametrize("file_format", COPIED)
def test_a_wrong_cell_is_read_as_the_right_one_and_told(landing: Landing, say: Say, file_format: str) -> None:
    table = kommune_table().set(2, "sky", "7")
    assert deliver(landing, table, file_format).status == "quarantined"
    number = row(table, 2, file_format)
    say(("ssb_kommune", "2022", "", number, "Sky", "7", "2"))
    (outcome,) = landing.ingest(TUESDAY).outcomes
    assert outcome.status == "loaded", outcome.message
    assert landing.rows("select sky from raw.ssb_kommune order by row_number")[:3] == [("1",), ("2",), ("1",)]
    (warned,) = outcome.warnings
    unit = "case" if file_format == "sav" else "row"
    assert warned.problem == (
        f"{unit} {number}, column Sky is corrected by seeds/corrections/correction.csv, row 2: "
        "'2' is read in place of '7', told by telephone"
    )
    ((n, logged),) = landing.rows("select n_corrections, corrections from raw.extract_load where status = 'loaded'")
    assert n == 1
    (kept,) = json.loads(logged)
    assert tuple(map(str, kept.values())) == ("ssb_kommune", "2022", "", number, "Sky", "7", "2", *WHY)


@pytest.mark.parametrize("file_format", COPIED)
@pytest.mark.parametrize(
    ("number", "column", "expected", "says", "value"),
    [
        (3, "sky", "7", "holds something else than is expected there", "1"),
        (3, "sky", "", "holds something else than is expected there", "1"),
        (99, "sky", "7", "is not in the file", ""),
        (3, "kommunenavn", "Halden", "is not in the file", ""),
    ],
    ids=["another value", "no blank", "no such row", "no such column"],
)
def test_a_correction_of_another_file_stops_the_delivery(
    landing: Landing, say: Say, file_format: str, number: int, column: str, expected: str, says: str, value: str
) -> None:
    table = kommune_table().set(3, "sky", "1")
    name = table.header.index("kommunenavn")  # which may be missing
    for cells in [table.header, *table.rows]:
        del cells[name]
    there = row(table, number, file_format)
    say(("ssb_kommune", "2022", "", there, column, expected, "2"))
    (found,) = deliver(landing, table, file_format).findings
    assert (found.rule, str(found.row), found.column, found.value) == ("stale_correction", there, column, value)
    assert says in found.problem and "row 2 of seeds/corrections/correction.csv" in found.problem
    assert "remove that row" in found.remedy
    assert landing.rows("select count(*) from raw.ssb_kommune") == [(0,)]


def test_what_is_right_is_judged_as_any_cell_and_a_blank_is_a_value(landing: Landing, say: Say) -> None:
    table = kommune_table().set(1, "strategi", "2").set(1, "folkemengde", "")
    n_areas = [name for name in table.header if name.startswith("strategi_omr_")]
    cleared = [("ssb_kommune", "2022", "", "2", n, table.rows[0][table.header.index(n)], "") for n in n_areas]
    say(("ssb_kommune", "2022", "", "2", "folkemengde", "", "-5"), *cleared)
    (finding,) = deliver(landing, table, "csv").findings
    assert (finding.rule, finding.row, finding.value) == ("positive_integer", 2, "-5")
    say(("ssb_kommune", "2022", "", "2", "folkemengde", "", "699827"), *cleared)
    (outcome,) = landing.ingest(TUESDAY).outcomes
    assert outcome.status == "loaded", outcome.message
    assert landing.rows("select n_corrections from raw.extract_load") == [(len(cleared) + 1,)]


def test_an_unchanged_delivery_is_loaded_anew_when_its_corrections_change_and_only_then(
    landing: Landing, say: Say
) -> None:
    table = kommune_table().set(2, "sky", "1")
    fix = ("ssb_kommune", "2022", "", "3", "sky", "1")
    statuses = [deliver(landing, table, "csv").status]
    for rows in [
        [("ssb_kommune", "2018", "", "3", "sky", "1", "2"), ("itip", "2022", "", "3", "sky", "1", "2")],
        [(*fix, "2")],
        [(*fix, "2")],
        [(*fix, "7")],
        [],
        [],
    ]:
        say(*rows)
        statuses.append(landing.ingest(TUESDAY).outcomes[0].status)
    # 7 is no answer, and what was loaded before stays in use.
    assert statuses == ["loaded", "unchanged", "loaded", "unchanged", "quarantined", "loaded", "unchanged"]
    assert landing.rows("select sky from raw.ssb_kommune where row_number = 3") == [("1",)]


@pytest.mark.parametrize("file_format", COPIED)
def test_of_a_respondent_no_value_is_told_logged_or_published(landing: Landing, say: Say, file_format: str) -> None:
    table = innbygger_table().set(2, "alder", "140")
    number = row(table, 2, file_format)
    say(("dfo_innbygger", "2021", "", number, "alder", "140", "41"))
    outcome = deliver(landing, table, file_format)
    assert outcome.status == "loaded", outcome.message
    (warned,) = [warned for warned in outcome.warnings if warned.rule == "corrected"]
    ((logged, warnings),) = landing.rows("select corrections, warnings from raw.extract_load")
    (kept,) = json.loads(logged)
    assert (kept["row_number"], kept["expected"], kept["corrected"]) == (int(number), None, None)
    assert NOT_SHOWN in warned.problem
    assert not any(value in text for value in ("'140'", "'41'") for text in (warned.problem, logged, warnings))
    say(("dfo_innbygger", "2021", "", number, "stratum", "a name", "nord"))
    (outcome,) = landing.ingest(TUESDAY).outcomes
    assert {f.value for f in outcome.findings if f.rule == "stale_correction"} <= {NOT_SHOWN, ""}
    assert "a name" not in outcome.message


@pytest.mark.parametrize(
    ("column", "wrong", "read_as", "right", "rule"),
    [
        ("skate", "fire", "fire", "4", "text_for_numbers"),
        ("skate", "4", "4", "4.0", "text_for_numbers"),
        ("skate", "=2+2", "0", "4", "formula"),
        ("folkemengde", True, "True", "144147", "cell_type"),
        ("sektor", "R\u00c3\u00a5d", "R\u00c3\u00a5d", "kommune", "encoding"),
    ],
)
def test_a_cell_of_a_wrong_kind_can_be_corrected_in_a_workbook(
    landing: Landing, say: Say, column: str, wrong: object, read_as: str, right: str, rule: str
) -> None:
    book = itip_extract(2021).set("virksomhet", 3, column, wrong).set("virksomhet", 2, column, wrong)
    book.write(landing.path / "itip" / "2021" / "itip.xlsx")
    of_row = {number: ("itip", "2021", "virksomhet", number, column, read_as, right) for number in ("2", "3")}
    say(of_row["3"])
    (outcome,) = landing.ingest(TUESDAY).outcomes
    places = {(finding.rule, finding.part, finding.row) for finding in outcome.findings}
    assert (rule, "virksomhet", 2) in places and not any(place[2] == 3 for place in places), places
    say(*of_row.values())
    (outcome,) = landing.ingest(TUESDAY).outcomes
    if right == "4.0":  # is no code: what is right is judged, too
        assert {finding.rule for finding in outcome.findings} == {"code_not_in_frame"}
        return
    assert outcome.status == "loaded", outcome.message
    numbers = landing.rows(f"select {column} from raw.itip_virksomhet where row_number in (2, 3)")
    assert numbers == [(right,), (right,)]


def test_a_column_is_corrected_by_its_name_in_the_codebook_whatever_it_is_called_in_the_file(
    landing: Landing, say: Say
) -> None:
    extract = un_extract()
    extract.header[extract.header.index("e-gov-rank")] = "E-Government Rank"
    numbers = [[c if n < 2 or not c else float(c) for n, c in enumerate(cells)] for cells in extract.rows]
    numbers[1][2] = "second"
    file = landing.path / "international" / "un_egdi" / "2018" / "egdi.xlsx"
    Workbook({"Ark1": [extract.header, *numbers]}).write(file)
    say(("un_egdi", "2018", "", "3", "e-gov-rank", "second", "2"))
    (outcome,) = landing.ingest(TUESDAY).outcomes
    assert outcome.status == "loaded", outcome.message


def test_a_mangled_text_that_is_corrected_does_not_hide_another(landing: Landing, say: Say) -> None:
    mangled = "Ågder".encode().decode("cp1252", "replace")
    innbygger_table().column("stratum", "Viken", mangled, "Viken", mangled, "Viken").write(landing.path, "sav")
    first, second = (("dfo_innbygger", "2021", "", n, "stratum", mangled, "Viken") for n in ("2", "4"))
    say(first)
    (outcome,) = landing.ingest(TUESDAY).outcomes
    assert [(finding.rule, finding.row) for finding in outcome.findings] == [("encoding", 4)]
    say(first, second)
    assert landing.ingest(TUESDAY).outcomes[0].status == "loaded"


def test_check_judges_as_a_run_does(landing: Landing, say: Say) -> None:
    file = kommune_table().set(2, "sky", "7").write(landing.path, "csv")
    say(("ssb_kommune", "2022", "", "3", "sky", "7", "2"))
    (judged,) = judge_places(landing.settings, places_at(file, None, None))
    assert judged.is_accepted
    assert "! row 3, column sky is corrected by seeds" in "\n".join(judgement_lines(judged))
    say(("ssb_kommune", "2022", "", "3", "sky", "8", "2"))
    (judged,) = judge_places(landing.settings, places_at(file, None, None))
    assert [finding.rule for finding in judged.findings] == ["stale_correction", "code_not_in_frame"]


def test_of_several_tables_each_has_its_own_corrections(landing: Landing, say: Say) -> None:
    landing.fill_parts()
    key_figures_extract().set(3, "value", "seks").write(landing.path / "digdir" / "2021" / "key figures.csv")
    say(("digdir", "2021", "key_figure", "3", "value", "seks", "6"))
    outcome = next(o for o in landing.ingest(TUESDAY).outcomes if o.survey == "digdir")
    assert outcome.status == "loaded", outcome.message
    assert landing.rows("select value from raw.digdir_key_figure where row_number = 3") == [("6",)]
    logged = "select file_name, n_corrections from raw.extract_load where survey = 'digdir' order by all"
    assert landing.rows(logged) == [("digdir/2021/goals.csv", 0), ("digdir/2021/key figures.csv", 1)]
