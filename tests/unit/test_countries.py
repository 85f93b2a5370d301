"""A country is known by its codes and by every name that a delivery writes it with, and stands for itself alone.

Not here: what becomes of countries in rankings (dbt's unit tests of harmonised_rankings).
"""

from pathlib import Path

import pytest

from pipelines.common.seeds import read_seed
from pipelines.ingest import codebook
from pipelines.ingest.text import name_key
from tests.unit.extracts import Extract, Landing, un_extract

WAVE = ("un_egdi", 2022)
# The header of the UN's own file, which has no codes; its names end with a blank.
HEADER = [
    "Survey Year", "Country Name", "E-Government Rank", "E-Government Index", "E-Participation Index",
    "Online Service Index", "Human Capital Index", "Telecommunication Infrastructure Index",
]  # fmt: skip
NAMES = ["Norway ", "Türkiye ", "CÔTE D'IVOIRE ", "United  Kingdom of Great Britain and Northern Ireland "]
UN_MEMBERS = 193


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "data")


def un_file(names: list[str], year: str = "2022") -> Extract:
    rows = [
        [year, name, str(rank), f"0.{900 - rank}", "0.5", "0.5", "0.5", "0.5"] for rank, name in enumerate(names, 1)
    ]
    return Extract(HEADER, rows, ",", "utf-8")


def rules(landing: Landing, extract: Extract) -> list[tuple[str, str, str]]:
    """Rule, column and value of what is wrong with the file."""
    extract.write(landing.path / "international" / "un_egdi" / "2022" / "egdi.csv")
    (outcome,) = landing.ingest().outcomes
    assert (outcome.survey, outcome.wave) == WAVE
    return [(finding.rule, finding.column, finding.value) for finding in outcome.findings]


def test_un_file_with_names_for_codes_is_loaded_as_delivered(landing: Landing) -> None:
    assert rules(landing, un_file(NAMES)) == []
    found = landing.rows('select "country-name", "country-code", "e-gov-rank" from raw.un_egdi order by row_number')
    assert [(code, rank) for _, code, rank in found] == [(None, "1"), (None, "2"), (None, "3"), (None, "4")]
    codes = codebook.country_names()
    assert [codes[name_key(name)] for name, _, _ in found] == ["NOR", "TUR", "CIV", "GBR"]


def test_name_that_no_country_has_is_refused(landing: Landing) -> None:
    assert rules(landing, un_file([*NAMES, "Norwegen"])) == [("country_name", "country-name", "Norwegen")]


@pytest.mark.parametrize("again", ["NORWAY ", "Kingdom of Norway", " kingdom  of norway"])
def test_country_that_is_there_under_another_name_is_a_second_time(landing: Landing, again: str) -> None:
    assert [rule for rule, _, _ in rules(landing, un_file(["Norway", "Sweden", again]))] == ["duplicate_key"]


def test_name_of_another_country_beside_a_code_is_warned_of(landing: Landing) -> None:
    extract = un_extract().set(2, "country-name", "Norway").set(4, "country-name", "Noreg?")
    extract.write(landing.path / "international/un_egdi/2018/egdi.csv")
    (outcome,) = landing.ingest().outcomes
    assert outcome.status == "loaded"
    (warning,) = outcome.warnings
    assert warning.problem == "row 2: code and name of a country do not go together: DNK is not Norway"


def test_column_that_is_no_country_in_the_codebook_is_not_taken_for_one(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {**row, "data_type": "text"} if (row["survey"], row["column_name"]) == ("un_egdi", "country-name") else row
        for row in read_seed("codebook")
    ]
    monkeypatch.setattr(codebook, "read_seed", lambda name: rows if name == "codebook" else read_seed(name))
    assert [rule for rule, _, _ in rules(landing, un_file(NAMES))] == ["missing_need"]


def test_file_of_another_edition_is_refused(landing: Landing) -> None:
    found = rules(landing, un_file(NAMES[:2], year="2020"))
    assert found == [("integer_range", "survey-year", "2020")] * 2


def test_every_member_of_the_un_is_known_by_the_name_and_the_code_that_the_un_writes() -> None:
    members = {(row["country_code"], row["country"]) for row in read_seed("un_egdi_score")}
    assert len({code for code, _ in members}) == UN_MEMBERS
    names = codebook.country_names()
    assert {(code, name) for code, name in members if names.get(name_key(name)) != code} == set()


@pytest.mark.parametrize("code", ["TKY", "UKK", "EUR", "NO"])
def test_letters_that_are_no_code_are_not_in_the_list(code: str) -> None:
    assert code not in codebook.country_codes()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Turkey", "TUR"), ("Viet Nam", "VNM"), ("Republic of Korea", "KOR"), ("Côte d’Ivoire", "CIV"),
        ("Cote d'Ivoire", "CIV"), ("Czech Republic", "CZE"), ("Georgia (Country)", "GEO"), ("Eswatini", "SWZ"),
    ],
)  # fmt: skip
def test_name_of_another_time_or_spelling_is_the_same_country(name: str, code: str) -> None:
    assert codebook.country_names()[name_key(name)] == code
