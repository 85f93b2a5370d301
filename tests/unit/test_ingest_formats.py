"""What the door says of a table does not depend on the format that it comes in.

Not here: faults of one format alone (broken_extracts, test_ingest_sav, test_ingest_xlsx, test_ingest_csv).
"""

import json
import shutil
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.common.seeds import read_seed
from pipelines.ingest import codebook, validation
from pipelines.ingest.check import judge_places, judgement_lines, places_at
from pipelines.ingest.codebook import FORMATS
from pipelines.ingest.findings import Warned
from pipelines.ingest.kommuner import names_on
from pipelines.ingest.load import Outcome
from pipelines.ingest.oddities import go_together
from pipelines.ingest.text import canonical, folded
from tests.unit.extracts import TUESDAY, Landing, itip_extract, key_figures_extract
from tests.unit.formats import TABULAR, Table, has_header_row, held_in, innbygger_table, kommune_table

pytestmark = pytest.mark.slow  # each test loads: a tenth of a second or more

BLANKS = (" ", "\t", "\u00a0", "\u2009", "\u3000")
ZERO_WIDTH = ("\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e")


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "data")


def delivered(landing: Landing, table: Table, file_format: str, name: str = "delivery") -> Outcome:
    for old in (landing.path / table.survey).rglob("delivery*"):
        old.unlink()
    table.write(landing.path, file_format, name)
    (outcome,) = landing.ingest(TUESDAY).outcomes
    return outcome


def warned(outcome: Outcome, rule: str) -> Warned:
    assert outcome.status == "loaded", outcome.message
    (found,) = [warning for warning in outcome.warnings if warning.rule == rule]
    assert found.remedy
    return found


def refused(outcome: Outcome, rule: str) -> str:
    """The problem of the one finding."""
    assert [finding.rule for finding in outcome.findings] == [rule], outcome.message
    assert outcome.status == "quarantined"
    assert outcome.findings[0].remedy
    return outcome.findings[0].problem


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_whole_table_is_loaded_without_a_word(landing: Landing, file_format: str) -> None:
    outcome = delivered(landing, kommune_table(), file_format)
    assert (outcome.status, outcome.n_rows, outcome.warnings) == ("loaded", 5, [])
    held = held_in("ssb_kommune", file_format)
    numbers = f"select kommunenr, folkemengde, sky from {held} order by row_number limit 2"
    assert landing.rows(numbers) == [("0301", "699827", "1"), ("1103", "144699", "2")]


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("blank", BLANKS + ZERO_WIDTH)
def test_strata_are_told_apart_as_people_read_them(landing: Landing, file_format: str, blank: str) -> None:
    composed, apart = "Ågder", unicodedata.normalize("NFD", "Ågder")
    table = innbygger_table().column("stratum", composed, apart, f"{blank}{composed}", f"{apart}{blank}", "Viken")
    outcome = delivered(landing, table.column("stratum_n", "2000", "2000", "2000", "2000", "3000"), file_format)
    assert outcome.status == "loaded", outcome.message
    strata = f"select distinct stratum from {held_in('dfo_innbygger', file_format)} order by all"
    assert landing.rows(strata) == [("Viken",), (composed,)]


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("other", ["VIKEN", "viken", "Vi\u00a0ken"])
def test_two_spellings_of_a_stratum_are_warned_of(landing: Landing, file_format: str, other: str) -> None:
    first = "Vi ken" if "\u00a0" in other else "Viken"
    table = innbygger_table().column("stratum", first, other, first, first, first)
    assert "2 spellings of 1 value" in warned(delivered(landing, table, file_format), "two_spellings").problem


@pytest.mark.parametrize("file_format", FORMATS)
def test_respondents_that_differ_by_case_are_warned_of_and_the_same_twice_is_refused(
    landing: Landing, file_format: str
) -> None:
    table = innbygger_table().column("respondent_id", "a1", "A1", "b1", "c1", "d1")
    assert "1 values of respondent_id" in warned(delivered(landing, table, file_format), "two_spellings").problem
    table.column("respondent_id", "é1", unicodedata.normalize("NFD", "é1"), "b1", "c1", "d1\u200b")
    refused(delivered(landing, table, file_format), "duplicate_key")


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("column", ["kommunenavn", "stratum"])
def test_letters_of_a_wrong_encoding_are_refused(landing: Landing, file_format: str, column: str) -> None:
    mangled = "Ågder på øya".encode().decode("cp1252", "replace")
    table = kommune_table() if column == "kommunenavn" else innbygger_table()
    problem = refused(delivered(landing, table.set(3, column, mangled), file_format), "encoding")
    assert "trace of another encoding" in problem


@pytest.mark.parametrize("file_format", FORMATS)
def test_name_of_another_kommune_is_warned_of(landing: Landing, file_format: str) -> None:
    table = kommune_table().set(1, "kommunenavn", "Bergen").set(4, "kommunenavn", "Oslo")
    problem = warned(delivered(landing, table, file_format), "kommune_name").problem
    assert "0301 is Oslo, the row says Bergen" in problem and "4601 is Bergen, the row says Oslo" in problem


@pytest.mark.parametrize("name", ["OSLO", "Oslo kommune", " Oslo", "oslo ", "Oslo, hovedstad", ""])
def test_a_name_may_be_written_in_many_ways(landing: Landing, name: str) -> None:
    assert delivered(landing, kommune_table().set(1, "kommunenavn", name), "csv").warnings == []


@pytest.mark.parametrize("name", ["Karasjok", "Kárášjohka", "Kárášjohka - Karasjok", "karasjok kommune"])
def test_each_of_the_parallel_names_will_do(name: str) -> None:
    official = [names for names in names_on(date(2024, 1, 1)).values() if "Karasjok" in names]
    assert len(official) == 1
    assert go_together(name, official[0])
    assert not go_together("Kautokeino", official[0])


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize(("inhabitants", "is_odd"), [("734818", False), ("734819", True), ("664835", True)])
def test_inhabitants_further_than_five_per_cent_off_are_warned_of(
    landing: Landing, file_format: str, inhabitants: str, is_odd: bool
) -> None:
    outcome = delivered(landing, kommune_table().set(1, "folkemengde", inhabitants), file_format)
    assert [warning.rule for warning in outcome.warnings] == (["kommune_population"] if is_odd else [])
    assert not is_odd or f"0301 has 699827 inhabitants, the row says {inhabitants}" in outcome.warnings[0].problem


def test_warning_of_respondents_names_rows_and_no_values_since_it_is_published(landing: Landing) -> None:
    itip_extract(2021).set("virksomhet", 3, "folkemengde", 5).write(landing.path / "itip/2021/itip.xlsx")
    (outcome,) = landing.ingest().outcomes
    problem = warned(outcome, "kommune_population").problem
    assert problem == "row 3: inhabitants more than 5% from the official count of the year"
    logged = f"sheet virksomhet: {problem} (kommune_population)"
    assert landing.rows("select warnings from raw.extract_load") == [(logged,)]
    (again,) = landing.ingest().outcomes[0].warnings
    assert (again.part, again.problem, again.rule) == ("virksomhet", problem, "kommune_population")


MARKER = "Ola Nordmann 01017012345"


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("place", range(14))
def test_nothing_of_a_respondent_is_ever_said(landing: Landing, file_format: str, place: int) -> None:
    table = innbygger_table().column("stratum", "a", "A", "b", "b", MARKER.upper())
    for row in (2, 4):
        table.rows[row][place] = f"{MARKER} {row}"
    table.numeric = set()  # all as text
    silent_in(landing, table, file_format)


@pytest.mark.parametrize("file_format", TABULAR)
def test_a_respondent_that_stands_where_the_header_should_is_not_said(landing: Landing, file_format: str) -> None:
    table = innbygger_table()
    table.header = [f"{MARKER}\u200b {n % 9}" for n in range(len(table.header))]
    silent_in(landing, table, file_format)


def silent_in(landing: Landing, table: Table, file_format: str) -> None:
    outcome = delivered(landing, table, file_format)
    judged = judge_places(landing.settings, places_at(landing.path, None, None))
    shown = [outcome.message, *(str(f) for f in outcome.findings), *(str(w) for w in outcome.warnings)]
    shown += [json.dumps(j.as_json()) for j in judged] + [line for j in judged for line in judgement_lines(j, True)]
    shown += [str(row) for row in landing.rows("select * from raw.extract_load")]
    if outcome.status == "quarantined":
        shown += [str(row) for row in landing.report("dfo_innbygger/2021")]
    said = [text for text in shown if "nordmann" in text.lower() or "01017012345" in text]
    assert shown and said == []


def test_table_that_shrank_is_told_also_where_another_one_grew(landing: Landing) -> None:
    itip_extract(2021).write(landing.path / "itip/2021/itip.xlsx")
    landing.ingest()
    workbook = itip_extract(2021)
    del workbook.sheets["virksomhet"][2:]
    workbook.sheets["innbygger"] += [[200 + n, 1, 30, "Oslo", *workbook.sheets["innbygger"][1][4:]] for n in range(9)]
    workbook.write(landing.path / "itip/2021/itip.xlsx")
    (outcome,) = landing.ingest(TUESDAY).outcomes
    assert "1 rows of virksomhet in place of 5" in warned(outcome, "fewer_rows").problem


def test_shrinking_of_a_delivery_of_several_files_is_in_the_log_and_stays_there(landing: Landing) -> None:
    landing.fill_parts()
    landing.ingest()
    extract = key_figures_extract()
    del extract.rows[1:]
    extract.write(landing.path / "digdir/2021/key figures.csv")
    for _ in range(2):
        (outcome,) = [o for o in landing.ingest(TUESDAY).outcomes if o.survey == "digdir"]
        (warning,) = outcome.warnings
        assert (warning.rule, warning.problem) == (
            "fewer_rows",
            "1 rows of key_figure in place of 2 of the delivery before",
        )
    query = "select sum(n_warnings) from raw.extract_load where survey = 'digdir' and status = 'loaded'"
    assert landing.rows(query) == [(1,)]


def test_a_run_that_lost_its_build_is_compared_with_the_release_in_force(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.ingest.load.rows_in_force", lambda _: {("ssb_kommune", 2022): 354})
    problem = warned(delivered(landing, kommune_table(), "csv"), "fewer_rows").problem
    assert problem == "5 rows in place of 354 of the delivery before"


def test_many_strata_and_long_names_are_one_short_warning(landing: Landing) -> None:
    table = innbygger_table()
    row = table.rows[0]
    table.rows = [[*row] for _ in range(400)]
    for n, cells in enumerate(table.rows):
        cells[table.header.index("respondent_id")] = str(n)
        cells[table.header.index("stratum")] = f"{'sS'[n % 2]}{n // 4}"
        cells[table.header.index("stratum_n")] = str(1000 + n)
    outcome = delivered(landing, table, "csv")
    assert [w.rule for w in outcome.warnings] == ["two_spellings", "stratum_size", "stratum_size"]
    shutil.rmtree(landing.path / "dfo_innbygger")
    landing.ingest()
    kommuner = kommune_table().set(1, "kommunenavn", "x" * 90_000)
    assert len(warned(delivered(landing, kommuner, "csv"), "kommune_name").problem) < 1_000


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize(("sizes", "is_odd"), [((2_200_000, 2_200_000), False), ((2_200_000, 2_430_000), True)])
def test_sizes_of_strata_add_up_to_the_adults_of_the_country(
    landing: Landing, file_format: str, sizes: tuple[int, int], is_odd: bool
) -> None:
    first, second = map(str, sizes)
    table = innbygger_table().column("stratum", "a", "b", "a", "b", "a")
    outcome = delivered(landing, table.column("stratum_n", first, second, first, second, first), file_format)
    assert [warning.rule for warning in outcome.warnings] == (["stratum_size"] if is_odd else [])
    assert not is_odd or str(sum(sizes)) in outcome.warnings[0].problem


@pytest.mark.parametrize("file_format", FORMATS)
def test_stratum_with_more_respondents_than_people_is_refused(landing: Landing, file_format: str) -> None:
    table = innbygger_table().column("stratum", "a", "a", "a", "b", "b")
    outcome = delivered(landing, table.column("stratum_n", "2", "2", "2", "9000000", "9000000"), file_format)
    assert "the first has 3, and stratum_n 2" in refused(outcome, "stratum_size")


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize(
    ("weights", "says"),
    [
        (("1", "1", "1", "1", "100"), None),
        (("1", "1", "1", "1", "101"), "more than 100 times"),
        (("0", "", "0", "", ""), "nothing can be estimated"),
    ],
)
def test_weight_that_decides_alone_and_weights_that_are_missing_are_warned_of(
    landing: Landing, file_format: str, weights: tuple[str, ...], says: str | None
) -> None:
    outcome = delivered(landing, innbygger_table().column("vekt", *weights), file_format)
    found = [warning.problem for warning in outcome.warnings if warning.rule == "weights"]
    assert (len(found), [says in problem for problem in found]) == (bool(says), [True] * bool(says))


@pytest.mark.parametrize("file_format", FORMATS)
def test_who_has_no_weight_is_not_in_the_design(landing: Landing, file_format: str) -> None:
    table = innbygger_table().column("stratum", "a", "a", "a", "b", "b").column("vekt", "1", "0", "", "1", "1")
    outcome = delivered(landing, table.column("stratum_n", "2", "7", "8", "4400000", "4400000"), file_format)
    assert (outcome.status, outcome.warnings) == ("loaded", [])


@pytest.mark.parametrize("file_format", FORMATS)
def test_fewer_rows_than_before_are_loaded_with_both_numbers(landing: Landing, file_format: str) -> None:
    assert delivered(landing, kommune_table(), file_format).warnings == []
    table = kommune_table()
    del table.rows[3:]
    problem = warned(delivered(landing, table, file_format), "fewer_rows").problem
    assert "3" in problem.split()[0] and "in place of 5" in problem
    assert landing.rows("select n_warnings, warnings from raw.extract_load where status = 'loaded'") == [
        (1, f"{problem} (fewer_rows)")
    ]
    assert landing.ingest().outcomes[0].warnings[0].problem == problem  # also while it is unchanged
    table.rows += kommune_table().rows[3:]
    assert delivered(landing, table, file_format, "delivery 2").warnings == []


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("ids", [("1", "2", "3", "4", "Totalt"), ("a1", "a2", "a3", "a4", "i alt")])
def test_row_of_totals_is_warned_of(landing: Landing, file_format: str, ids: tuple[str, ...]) -> None:
    table = innbygger_table().column("respondent_id", *ids)
    problem = warned(delivered(landing, table, file_format), "totals_row").problem
    assert f" {5 + has_header_row(file_format)}: " in problem


@pytest.mark.parametrize("file_format", FORMATS)
def test_ids_that_are_all_words_are_no_totals(landing: Landing, file_format: str) -> None:
    table = innbygger_table().column("respondent_id", "anne", "bo", "cilla", "dag", "eli")
    assert "totals_row" not in {w.rule for w in delivered(landing, table, file_format).warnings}


@pytest.mark.parametrize("file_format", TABULAR)  # SPSS has no such names
@pytest.mark.parametrize("sign", ZERO_WIDTH)
def test_name_of_a_column_is_read_without_signs_that_nobody_sees(landing: Landing, file_format: str, sign: str) -> None:
    table = kommune_table().rename("folkemengde", f"folke{sign}mengde")
    problem = warned(delivered(landing, table, file_format), "invisible_sign").problem
    assert f"U+{ord(sign):04X}" in problem and "folkemengde" in problem


@pytest.mark.parametrize("file_format", FORMATS)
def test_delivered_name_is_mapped_by_its_alias(
    landing: Landing, file_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alias = {"survey": "ssb_kommune", "wave": "", "part": "", "delivered_name": "Innbyggere"}
    alias["column_name"] = "folkemengde"
    monkeypatch.setattr(codebook, "read_seed", lambda name: [alias] if name == "column_alias" else read_seed(name))
    assert delivered(landing, kommune_table().rename("folkemengde", "innbyggere"), file_format).status == "loaded"
    query = f"select folkemengde from {held_in('ssb_kommune', file_format)} order by row_number limit 2"
    assert landing.rows(query) == [("699827",), ("144699",)]
    both = kommune_table().rename("sky_15", "INNBYGGERE")
    outcome = delivered(landing, both, file_format)
    assert "duplicate_column" in [finding.rule for finding in outcome.findings]


@pytest.mark.parametrize("file_format", TABULAR)
@pytest.mark.parametrize("above", [([("Kommuner 2022")],), (["Kommuner 2022"], [], ["Uttrekk", "fra", "SSB"])])
def test_header_below_a_title_is_one_finding(landing: Landing, file_format: str, above: tuple[list[str], ...]) -> None:
    table = kommune_table()
    table.above = above
    assert f"row {len(above) + 1}" in refused(delivered(landing, table, file_format), "header_row")


@pytest.mark.parametrize("file_format", TABULAR)
@pytest.mark.parametrize("blank", ["", " ", "\u00a0"])
def test_blank_rows_and_a_nameless_blank_column_are_skipped(landing: Landing, file_format: str, blank: str) -> None:
    table = kommune_table()
    table.header.append("")
    for row in table.rows:
        row.append(blank)
    table.rows.insert(2, [blank] * len(table.header))
    table.rows += [[blank] * len(table.header)] * 3
    table.numeric.clear()
    if file_format == "xlsx":
        table.numeric = kommune_table().numeric
        for row in table.rows:
            row[:] = ["" if cell == blank else cell for cell in row]
    outcome = delivered(landing, table, file_format)
    assert (outcome.status, outcome.n_rows) == ("loaded", 5), outcome.message


@pytest.mark.parametrize("file_format", FORMATS)
def test_header_of_strangers_is_refused_at_once(
    landing: Landing, file_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guesses: list[str] = []
    monkeypatch.setattr(validation, "get_close_matches", lambda key, *_, **__: guesses.append(key) or [])
    header = [f"fremmed_{n}" for n in range(3_000)]
    table = Table("ssb_kommune", 2022, header, [["1"] * 3_000, ["2"] * 3_000], set(header))
    outcome = delivered(landing, table, file_format)
    assert outcome.status == "quarantined"
    assert {finding.rule for finding in outcome.findings} == {"missing_column", "unmapped_column"}
    assert outcome.n_findings == 3_000 + sum(c.is_required for c in codebook.columns("ssb_kommune", 2022))
    assert len(guesses) == validation.MOST_GUESSES  # and not one for each of them


@pytest.mark.parametrize("file_format", FORMATS)
def test_codebook_without_what_later_layers_need_is_refused_at_the_door(
    landing: Landing, file_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = kommune_table()
    rows = [row for row in read_seed("codebook") if row["column_name"] != "folkemengde"]
    monkeypatch.setattr(codebook, "read_seed", lambda name: rows if name == "codebook" else read_seed(name))
    place = table.header.index("folkemengde")
    for line in [table.header, *table.rows]:
        del line[place]
    problem = refused(delivered(landing, table, file_format), "missing_need")
    assert "without folkemengde" in problem and "ssb_kommune 2022" in problem


@given(st.text(alphabet=st.sampled_from("aåÅé \u00a0\t\u200b\ufeffe\u0301A\u030a"), max_size=8))
def test_text_has_one_form(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    assert canonical(f"\u200b {text}\u00a0") == once
    assert canonical(unicodedata.normalize("NFD", text)) == once
    assert folded(text.upper()) == folded(text)
