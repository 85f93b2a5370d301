"""Whoever leaves a background question blank, or says that there is no answer to it, is counted, and nobody else is.

dbt builds the project's own models on respondents that stand here. Not here: what a delivery may leave blank (the
codebook, test_ingest_load), and how the published table shows it (dbt's unit tests of survey_composition).
"""

import duckdb
import pandas as pd
import pytest

from tests.own_project import OwnProject, note_load

pytestmark = pytest.mark.slow  # dbt builds a project

CITIZEN = {"vekt": "1.5", "kommunenr": "301", "kjonn": "1", "alder": "40", "utdanning": "1", "husstandsinntekt": "2"}
CITIZENS = [
    CITIZEN,
    CITIZEN | {"alder": "", "kjonn": " "},
    CITIZEN | {"alder": "", "utdanning": "9"},
    CITIZEN | {"kommunenr": "", "utdanning": ""},
    CITIZEN | {"husstandsinntekt": "9"},
    CITIZEN | {"alder": "", "vekt": "0"},  # not in the design
]
AGENCIES = [
    {"sektor": "stat"},  # has no inhabitants to state
    {"sektor": "kommune", "kommunenr": "301", "folkemengde": "697010"},
    {"sektor": "kommune", "kommunenr": "1103", "folkemengde": ""},
]
USERS = [
    {"kjonn": "1", "alder": "", "digital_kompetanse_innbygger": "1"},
    {"kjonn": "2", "alder": "15", "digital_kompetanse_innbygger": ""},
    {"kjonn": "2", "alder": "14", "digital_kompetanse_innbygger": "6"},  # no category, but stated
]


def put(con: duckdb.DuckDBPyConnection, table: str, wave: int, rows: list[dict[str, str]]) -> None:
    frame = pd.DataFrame(rows).fillna("").assign(wave=wave, row_number=range(len(rows)), sha256="none")
    con.register("raw_frame", frame)
    con.execute(f"insert into raw.{table} by name from raw_frame")


@pytest.fixture(scope="module")
def unstated(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], int]:
    """{(survey and part, breakdown): respondents}."""
    project = OwnProject.create(tmp_path_factory.mktemp("unstated"))
    with duckdb.connect(str(project.settings.build_db)) as con:
        put(con, "dfo_innbygger", 2021, [{"yrkesstatus": "1"} | row for row in CITIZENS])
        put(con, "itip_virksomhet", 2021, AGENCIES)
        put(con, "itip_innbygger", 2021, USERS)
        note_load(con, "dfo_innbygger", 2021, len(CITIZENS))
        note_load(con, "itip", 2021, len(AGENCIES) + len(USERS))
    project.build("+harmonised_unstated")
    with duckdb.connect(str(project.settings.build_db), read_only=True) as con:
        rows = con.execute(
            "select coalesce(nullif(part, ''), survey), breakdown, n_respondents from harmonised.harmonised_unstated"
        ).fetchall()
    return {(of, breakdown): n for of, breakdown, n in rows}


def test_blank_cells_and_codes_for_no_answer_are_counted_by_breakdown(unstated: dict[tuple[str, str], int]) -> None:
    assert {breakdown: n for (of, breakdown), n in unstated.items() if of == "dfo_innbygger"} == {
        "kjonn": 1,
        "aldersgruppe": 2,
        "utdanning": 2,
        "husstandsinntekt": 1,
        "husstandsinntekt_3": 1,
        "sentralitet": 1,
    }


def test_only_those_are_counted_whom_a_column_is_for(unstated: dict[tuple[str, str], int]) -> None:
    assert {breakdown: n for (of, breakdown), n in unstated.items() if of == "virksomhet"} == {"kommunestorrelse": 1}


def test_a_value_without_a_category_is_stated(unstated: dict[tuple[str, str], int]) -> None:
    assert {breakdown: n for (of, breakdown), n in unstated.items() if of == "innbygger"} == {
        "aldersgruppe": 1,
        "digital_kompetanse": 1,
    }
