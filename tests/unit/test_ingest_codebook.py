"""The codebook seeds are read as what they are, and a contradiction in them is an error, not a finding.

Not here: extracts.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipelines.common.seeds import SeedError, read_rows, read_seed
from pipelines.ingest import codebook, kommuner, readers, values
from pipelines.ingest.findings import Findings


def change(monkeypatch: pytest.MonkeyPatch, seed: str, rows: list[dict[str, str]]) -> None:
    monkeypatch.setattr(codebook, "read_seed", lambda name: rows if name == seed else read_seed(name))


def survey(name: str) -> codebook.Survey:
    return next(survey for survey in codebook.surveys() if survey.survey == name)


def test_codebook_of_every_wave_can_be_checked_and_read() -> None:
    for known in codebook.surveys():
        assert codebook.waves(known.survey) or known.is_fetched
        assert known.file_format in readers.READERS
        for wave in codebook.waves(known.survey):
            for part in codebook.parts(known.survey, wave):
                wave_columns = codebook.columns(known.survey, wave, part)
                names = [column.name for column in wave_columns]
                assert names and len(set(names)) == len(names)
                for column in wave_columns:
                    assert column.is_ignored or values.checker(column, known, date(wave, 1, 1))
                    assert not column.filter_column or column.filter_column in names


@pytest.mark.parametrize(("row", "n"), [("a,b,c", 3), ("a", 1), ("", 0)])
def test_row_with_another_number_of_cells_than_the_header_is_named(tmp_path: Path, row: str, n: int) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "lopsided.csv").write_text(f"x,y\n1,2\n{row}\n", encoding="utf-8")
    with pytest.raises(SeedError, match=rf"lopsided.csv row 3: {n} cells, the header has 2"):
        read_rows("lopsided", tmp_path)


def test_fingerprint_follows_the_rows_that_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {wave: codebook.fingerprint("ssb_kommune", wave) for wave in (2018, 2022)}
    assert before[2018] != before[2022]
    assert before[2018] == codebook.fingerprint("ssb_kommune", 2018)
    rows = [
        {**row, "is_required": "true"}
        if (row["from_wave"], row["to_wave"], row["column_name"]) == ("2018", "2018", "ikke_rekruttert_01")
        else row
        for row in read_seed("codebook")
    ]
    change(monkeypatch, "codebook", rows)
    assert codebook.fingerprint("ssb_kommune", 2018) != before[2018]
    assert codebook.fingerprint("ssb_kommune", 2022) == before[2022]


def test_code_column_without_codes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    change(monkeypatch, "code_frame", [])
    with pytest.raises(ValueError, match="strategi has code frame 'ja_nei'"):
        codebook.columns("ssb_kommune", 2018)


def test_column_that_the_loader_writes_itself_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    change(monkeypatch, "codebook", [{**read_seed("codebook")[0], "column_name": "Wave"}])
    with pytest.raises(ValueError, match="the loader itself writes wave"):
        codebook.raw_columns("ssb_kommune")


def test_unknown_data_type_and_format_are_errors() -> None:
    kommune = survey("ssb_kommune")
    column = replace(codebook.columns("ssb_kommune", 2018)[0], data_type="fødselsnummer")
    with pytest.raises(SeedError, match="fødselsnummer"):
        values.checker(column, kommune, date(2018, 1, 1))
    with pytest.raises(SeedError, match="no reader for file format 'ods'"):
        readers.read(Path("x.ods"), kommune, 2018, Findings(), 1)


def test_every_format_that_may_be_delivered_has_a_reader() -> None:
    assert {*codebook.FORMATS, codebook.BODY} == set(readers.READERS)
    assert {known.file_format for known in codebook.surveys()} <= set(readers.READERS)


@pytest.mark.parametrize(
    ("number", "day", "is_valid"),
    [
        ("1601", "2017-12-31", True),
        ("1601", "2018-01-01", False),
        ("5001", "2017-12-31", False),
        ("5001", "2018-01-01", True),
        ("0301", "2024-01-01", True),
    ],
)
def test_kommune_number_is_valid_from_and_until_but_not_on_its_last_date(number: str, day: str, is_valid: bool) -> None:
    assert (number in kommuner.valid_on(date.fromisoformat(day))) == is_valid


def test_number_of_kommuner_on_1_january_is_the_official_one() -> None:
    for row in read_seed("kommune_count"):
        assert len(kommuner.valid_on(date(int(row["year"]), 1, 1))) == int(row["n_kommuner"])


def test_successors_of_a_divided_kommune_are_all_named() -> None:
    problem, _ = kommuner.why_not_valid("1850", date(2022, 1, 1))
    assert "1806 Narvik" in problem
    assert "1875 H" in problem


@pytest.mark.parametrize(
    ("survey_name", "value", "is_accepted"),
    [
        ("ssb_kommune", "12345", True),
        ("ssb_kommune", "136,0", True),
        ("ssb_kommune", "136.0", True),
        ("ssb_kommune", "136,00", True),
        ("ssb_kommune", "12,000", False),
        ("ssb_kommune", "12.000", False),
        ("ssb_kommune", "2147483647", True),
        ("ssb_kommune", "2147483648", False),
        ("ssb_kommune", "٣", False),
        ("un_egdi", "136.0", True),
        ("un_egdi", "136,0", False),
        ("un_egdi", "0.0", False),
        ("un_egdi", "+5", False),
    ],
)
def test_whole_number_is_told_from_decimals_and_thousands(survey_name: str, value: str, is_accepted: bool) -> None:
    column = replace(codebook.columns("ssb_kommune", 2018)[0], data_type="positive_integer")
    problem = values.checker(column, survey(survey_name), date(2018, 1, 1))(value)
    assert (problem is None) == is_accepted


@pytest.mark.parametrize(
    ("survey_name", "value", "is_accepted"),
    [
        ("ssb_kommune", "-0,5", True),
        ("ssb_kommune", "0.5", False),
        ("un_egdi", "0.6955600000000001", True),
        ("un_egdi", "5e-05", True),
        ("un_egdi", "0,5", False),
        ("un_egdi", ".", False),
        ("un_egdi", "nan", False),
        ("un_egdi", "1e999", False),
    ],
)
def test_number_is_written_with_the_decimal_mark_of_the_survey(survey_name: str, value: str, is_accepted: bool) -> None:
    column = replace(codebook.columns("ssb_kommune", 2018)[0], data_type="number")
    problem = values.checker(column, survey(survey_name), date(2018, 1, 1))(value)
    assert (problem is None) == is_accepted


@pytest.mark.parametrize(
    ("data_type", "value", "is_accepted"),
    [
        ("integer_16_110", "16", True),
        ("integer_16_110", "110", True),
        ("integer_16_110", "15", False),
        ("integer_16_110", "111", False),
        ("integer_16_110", "16.5", False),
        ("integer_16_110", "-16", False),
        ("integer_16_110", "9" * 400, False),
        ("integer_16_110", "٣٣", False),
        ("integer_0_5", "0", True),
        ("non_negative_number", "0", True),
        ("non_negative_number", "1e-300", True),
        ("non_negative_number", "-0.1", False),
        ("non_negative_number", "inf", False),
        ("score_1_3", "1", True),
        ("score_1_3", "2.25", True),
        ("score_1_3", "3.00", True),
        ("score_1_3", "3.01", False),
        ("score_1_3", "0.99", False),
        ("score_1_3", "-2", False),
        ("score_1_3", "225", False),
        ("score_1_3", "God", False),
        ("respondent_id", "A 1", True),
    ],
)
def test_types_of_the_citizens_survey_accept_what_they_should(data_type: str, value: str, is_accepted: bool) -> None:
    column = replace(codebook.columns("ssb_kommune", 2018)[0], data_type=data_type)
    problem = values.checker(column, survey("dfo_innbygger"), date(2021, 1, 1))(value)
    assert (problem is None) == is_accepted


@pytest.mark.parametrize("data_type", ["integer", "integer_16", "integer_16_", "integer_a_b", "integer_16_110_x"])
def test_range_without_its_bounds_is_an_error(data_type: str) -> None:
    column = replace(codebook.columns("ssb_kommune", 2018)[0], data_type=data_type)
    with pytest.raises(SeedError, match="integer_<from>_<to>"):
        values.checker(column, survey("ssb_kommune"), date(2018, 1, 1))


def test_columns_of_numbers_are_told_from_columns_of_text() -> None:
    columns = {column.name: column for column in codebook.columns("dfo_innbygger", 2021)}
    numeric = {name for name, column in columns.items() if values.is_numeric(column)}
    assert set(columns) - numeric == {"respondent_id", "stratum", "kommunenr"}
    assert not values.is_numeric(replace(columns["kjonn"], codes={"stat": "Stat", "kommune": "Kommune"}))
