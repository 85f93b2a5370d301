"""A text file is read as it plainly is, and refused for the true reason where that cannot be told.

Not here: what text files share with other formats (test_ingest_formats) and encodings (test_ingest_load).
"""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.load import Outcome
from tests.unit.extracts import TUESDAY, Landing, goals_extract, key_figures_extract, un_extract
from tests.unit.formats import Table, kommune_table

BOM = "\ufeff"
ROWS = "select * exclude (sha256, row_number) from raw.ssb_kommune order by row_number"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "data")


def text_of(
    table: Table, delimiter: str = ";", quoting: int = csv.QUOTE_MINIMAL, line_end: str = "\r\n", names: bool = False
) -> str:
    """The table as text; with `names` as R writes it, with row names."""
    rows = [table.header, *table.rows]
    if names:
        rows = [[str(n) if n else "", *row] for n, row in enumerate(rows)]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=line_end).writerows(rows)
    return out.getvalue()


def delivered(landing: Landing, text: str | bytes) -> Outcome:
    file = landing.path / "ssb_kommune/2022/kommuner.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    (outcome,) = landing.ingest(TUESDAY).outcomes
    return outcome


def rules(outcome: Outcome) -> tuple[list[str], list[str]]:
    return [finding.rule for finding in outcome.findings], [warning.rule for warning in outcome.warnings]


PLAIN = text_of(kommune_table())


@pytest.mark.slow
@settings(max_examples=30)
@given(
    delimiter=st.sampled_from(";,\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\r\n", "\n"]),
    n_marks=st.integers(0, 3),
    has_sep=st.booleans(),
    has_names=st.booleans(),
    blank_lines=st.lists(st.sampled_from(["", "  ", "{0}", "{0}{0}{0}", " {0} ", "\u00a0"]), max_size=3),
)
def test_the_same_rows_come_out_however_a_program_writes_them(
    delimiter: str,
    quoting: int,
    line_end: str,
    n_marks: int,
    has_sep: bool,
    has_names: bool,
    blank_lines: list[str],
) -> None:
    table = kommune_table()
    text = text_of(table, delimiter, quoting, line_end, has_names)
    above = f"sep={delimiter}{line_end}" if has_sep else ""
    text = BOM * n_marks + above + text + line_end.join(blank_lines).format(delimiter)
    with TemporaryDirectory() as folder:
        landing = Landing(Path(folder) / "data")
        outcome = delivered(landing, text)
        assert outcome.status == "loaded", outcome.message
        assert [row[1:] for row in landing.rows(ROWS)] == [tuple(row) for row in table.rows]
    expected = ["invisible_sign"] * (n_marks > 1) + ["delimiter"] * (delimiter != ";" and not has_sep)
    assert rules(outcome)[1] == expected + ["row_numbers"] * has_names


@pytest.mark.parametrize(("delimiter", "name"), [(",", "comma"), ("\t", "tab")])
def test_another_delimiter_is_said_and_the_file_is_read(landing: Landing, delimiter: str, name: str) -> None:
    outcome = delivered(landing, text_of(kommune_table(), delimiter))
    (warning,) = outcome.warnings
    assert warning.problem == f"the columns are separated by {name}, expected is semicolon; the file is read so"


def test_expected_comma_and_delivered_semicolon_is_read_as_well(landing: Landing) -> None:
    extract = un_extract()
    extract.delimiter = ";"
    extract.write(landing.path / "international/un_egdi/2018/egdi.csv")
    (outcome,) = landing.ingest().outcomes
    assert (outcome.status, rules(outcome)) == ("loaded", ([], ["delimiter"]))


def test_survey_without_a_delimiter_of_its_own_takes_any_in_silence(landing: Landing) -> None:
    extract = key_figures_extract()
    extract.delimiter = "\t"
    extract.write(landing.path / "digdir/2021/key figures.csv")
    (outcome,) = landing.ingest().outcomes
    assert [finding.rule for finding in outcome.findings] == ["missing_table"]  # the goals; the file itself is read


def with_scores(landing: Landing, wave: int, *scores: tuple[str, str]) -> Outcome:
    """The goals of an edition delivered with scores of indicators, and how many they are."""
    goals = goals_extract()
    goals.header += ["score", "n_indicators"]
    for row, cells in zip(goals.rows, scores, strict=True):
        row += cells
    goals.write(landing.path / f"digdir/{wave}/goals.csv")
    key_figures_extract().write(landing.path / f"digdir/{wave}/key figures.csv")
    (outcome,) = landing.ingest().outcomes
    return outcome


def test_edition_that_scores_indicators_is_loaded_with_them(landing: Landing) -> None:
    assert with_scores(landing, 2024, ("2.31", "9"), ("", "")).status == "loaded"
    assert landing.rows("select goal_no, score, n_indicators from raw.digdir_goal order by row_number") == [
        ("1", "2.31", "9"),
        ("2", "", ""),
    ]


def test_score_beyond_its_scale_is_refused(landing: Landing) -> None:
    outcome = with_scores(landing, 2024, ("231", "9"), ("1.00", "0"))
    assert [(f.rule, f.row, f.column) for f in outcome.findings] == [
        ("score_range", 2, "score"),
        ("positive_integer", 3, "n_indicators"),
    ]


def test_edition_before_scores_has_no_column_for_them(landing: Landing) -> None:
    outcome = with_scores(landing, 2023, ("2.31", "9"), ("", ""))
    assert {finding.value for finding in outcome.findings} == {"score", "n_indicators"}


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_another_delimiter_with_other_columns_is_refused_for_that_reason(landing: Landing, quoting: int) -> None:
    table = kommune_table().rename("sky", "cloud")
    outcome = delivered(landing, text_of(table, ",", quoting))
    (finding,) = outcome.findings
    assert (finding.rule, finding.row, finding.value) == ("delimiter", 1, ",")
    assert "separated by comma" in finding.problem and "cut off" not in outcome.message


def test_column_without_a_name_that_holds_something_is_named(landing: Landing) -> None:
    table = kommune_table()
    table.header.insert(2, "")
    for n, row in enumerate(table.rows):
        row.insert(2, "x" if n == 3 else "")
    (finding,) = delivered(landing, text_of(table)).findings
    assert (finding.rule, finding.row, finding.column) == ("unmapped_column", 1, "(column 3, without a name)")
    assert "row 5" in finding.problem


@pytest.mark.parametrize("numbers", [["1", "2", "3", "4", "6"], ["2", "3", "4", "5", "6"], ["1", "2", "", "4", "5"]])
def test_what_only_looks_like_row_numbers_is_not_left_out(landing: Landing, numbers: list[str]) -> None:
    table = kommune_table()
    table.header.insert(0, "")
    for row, number in zip(table.rows, numbers, strict=True):
        row.insert(0, number)
    assert rules(delivered(landing, text_of(table)))[0] == ["unmapped_column"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PLAIN.rstrip("\r\n"), []),  # the last cell is filled: many programs end so
        (PLAIN.rstrip("\r\n")[:-1], ["no_line_end"]),
        (PLAIN.rstrip("\r\n")[:-1] + "\r\n", []),
        (PLAIN.rstrip("\r\n")[:-1] + "\n", []),
    ],
)
def test_last_line_without_an_end_is_warned_of_where_its_last_cell_is_blank(
    landing: Landing, text: str, expected: list[str]
) -> None:
    outcome = delivered(landing, text)
    assert outcome.status == "loaded"
    assert rules(outcome)[1] == expected


def test_provable_cut_is_refused(landing: Landing) -> None:
    cut = PLAIN[: PLAIN.rstrip().rindex(";")]
    assert rules(delivered(landing, cut))[0] == ["truncated"]


def test_row_with_a_blank_cell_too_many_is_refused_since_its_cells_may_have_moved(landing: Landing) -> None:
    lines = PLAIN.split("\r\n")
    lines[2] = lines[2].replace("Stavanger", "Stavanger; by")
    assert rules(delivered(landing, "\r\n".join(lines)))[0] == ["row_length"]


def test_header_of_two_hundred_thousand_columns_is_refused_by_its_header(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[int] = []
    monkeypatch.setattr(
        "pipelines.ingest.delivery.cell_checks", lambda *_: looked_at.append(1) or pytest.fail("rows were read")
    )
    names = [f"kolonne_{n}" for n in range(200_000)]
    outcome = delivered(landing, ";".join(names) + "\r\n" + ";".join("1" * 200_000) + "\r\n")
    assert outcome.status == "quarantined" and outcome.n_findings > 200_000
    assert len(outcome.findings) == 1_000
    assert not looked_at


@pytest.mark.parametrize(
    "text",
    [
        ";;;\r\n;;;\r\n", '""\r\n', "sep=;\r\n", "sep=;\r\n;;;\r\n", "\u2003;\u2003\r\n1;2\r\n",
        "\u200b;\u200b\r\n1;2\r\n", "\r\n\r\n", " ; ", "sep=,", '"";""\r\n1;2\r\n',
    ],
)  # fmt: skip
def test_file_without_a_single_name_is_one_finding_and_stops_nobody_else(landing: Landing, text: str) -> None:
    un_extract().write(landing.path / "international/un_egdi/2018/egdi.csv")
    file = landing.path / "ssb_kommune/2022/kommuner.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(text.encode())
    outcomes = {o.survey: o for o in landing.ingest().outcomes}
    assert outcomes["un_egdi"].status == "loaded"
    refused = outcomes["ssb_kommune"]
    assert refused.status == "quarantined"
    is_blank = not any(cell.isalnum() for cell in text.removeprefix("sep="))
    assert not is_blank or rules(refused)[0] in (["no_header"], ["empty_file"])


def test_file_that_became_another_one_while_it_was_read_is_refused(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replaced(path: Path, findings: object) -> str:
        path.write_bytes(b"\xff\xfe\xe5" * 50)
        return "utf-8"

    monkeypatch.setattr("pipelines.ingest.csv_reader.find_encoding", replaced)
    outcome = delivered(landing, PLAIN)
    assert outcome.status == "quarantined"
    assert {"unreadable", "changed_meanwhile"} >= set(rules(outcome)[0]) != set()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_called_what_it_is(landing: Landing, encoding: str) -> None:
    (finding,) = delivered(landing, PLAIN.encode(encoding)).findings
    assert finding.rule == "encoding" and "UTF-16" in finding.problem


def test_missing_key_and_missing_provenance_hide_no_other_finding(landing: Landing) -> None:
    table = kommune_table().set(2, "sky", "7")
    table.write(landing.path, "csv")
    (landing.path / "ssb_kommune/2022/SOURCE.yml").write_text("synthetic: kanskje", encoding="utf-8")
    (outcome,) = landing.ingest().outcomes
    assert rules(outcome)[0] == ["provenance", "code_not_in_frame"]
