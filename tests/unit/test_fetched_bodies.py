"""An answer that was fetched, or dropped, is a delivery as any other: loaded whole, or refused in words.

Not here: fetching it (test_live_*.py), and JSON-stat itself (test_json_stat.py).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.ingest.findings import Finding
from tests.unit.extracts import Landing
from tests.unit.made_up_sources import body, code, dimension, resource, source, used

PRICES = resource("byraa", "14700", said_unit="index")
PEOPLE = resource("byraa", "folk", reads_as="population", unit="count")
CODES, CHANGES = (
    resource("register", name, form=f"klass_{name}", reads_as="", unit="") for name in ("codes", "changes")
)
MONTHLY = resource("register", "antall", form="dataset_count", reads_as="", unit="", is_kept_monthly="true")
LEFT_OPEN = resource("byraa", "apen")
DIMENSIONS = [
    dimension(PRICES, "VareTjenesteGrp", "category", "00"),
    dimension(PRICES, "ContentsCode", "concept", "KpiIndMnd Tolvmanedersendring"),
    dimension(PRICES, "Tid", "period", "*"),
    dimension(PRICES, "", "region", "NOR"),
    dimension(PEOPLE, "Region", "region", "????"),
    dimension(PEOPLE, "Kjonn", "summed", "*"),
    dimension(PEOPLE, "Tid", "period", "*"),
]


@pytest.fixture
def landing(tmp_path: Path) -> Iterator[Landing]:
    names = [code(PRICES, "ContentsCode", said, said.lower()) for said in contents()]
    with used(
        source=[source("byraa"), source("register", "klass")],
        resource=[PRICES, PEOPLE, CODES, CHANGES, MONTHLY, LEFT_OPEN],
        resource_dimension=DIMENSIONS,
        resource_code=names,
    ):
        yield Landing(tmp_path / "data")


def contents() -> list[str]:
    return list(json.loads(body("data_14700.json"))["dimension"]["ContentsCode"]["category"]["index"])


def put(landing: Landing, folder: str, content: bytes | dict[str, Any], name: str = "svar.json") -> None:
    path = landing.path / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def refused(landing: Landing) -> Finding:
    (outcome,) = landing.ingest().outcomes
    assert outcome.status == "quarantined"
    (finding,) = outcome.findings
    return finding


def people(values: list[float | None], status: dict[str, str], years: tuple[str, ...] = ("2025",)) -> dict[str, Any]:
    dimensions = {"Region": ["0301", "1101"], "Kjonn": ["1", "2"], "Tid": list(years)}
    return {
        "class": "dataset", "id": list(dimensions), "size": [2, 2, len(years)], "value": values, "status": status,
        "dimension": {name: {"category": {"index": codes}} for name, codes in dimensions.items()},
    }  # fmt: skip


def prices(**changes: Any) -> dict[str, Any]:
    return json.loads(body("data_14700.json")) | changes


def test_recorded_table_is_loaded_under_the_projects_names(landing: Landing) -> None:
    put(landing, "byraa/14700/2026", prices_in_index())
    assert landing.statuses() == {("byraa_14700", 2026): "loaded"}
    found = landing.rows("select table_id, concept, region, category, period, value, unit from raw.byraa_14700")
    data = json.loads(body("data_14700.json"))
    first, second = (said.lower() for said in contents())
    periods = list(data["dimension"]["Tid"]["category"]["index"])
    assert [row[1] for row in found] == [first] * 3 + [second] * 3
    assert [row[4] for row in found] == periods * 2
    assert [float(row[5]) for row in found] == data["value"]
    assert {(row[0], row[2], row[3], row[6]) for row in found} == {("14700", "NOR", "00", "index")}


def prices_in_index() -> dict[str, Any]:
    """The recorded table, all in one unit, as the seeds of these tests want it."""
    data = prices()
    units = data["dimension"]["ContentsCode"]["category"]["unit"]
    for unit in units.values():
        unit["base"] = "index"
    return data


def test_what_is_summed_away_is_known_only_where_all_of_it_is(landing: Landing) -> None:
    put(landing, "byraa/folk/2026", people([10, 20.5, 7, None], {"3": ".."}))
    landing.ingest()
    assert landing.rows("select region, period, value, status from raw.byraa_folk order by region") == [
        ("0301", "2025", "30.5", ""),
        ("1101", "2025", "", ".."),
    ]


def test_zero_among_other_figures_is_warned_of(landing: Landing) -> None:
    put(landing, "byraa/folk/2026", people([5, 0, 5, 0, 0, 0, 0, 0], {}, ("2024", "2025")))
    (outcome,) = landing.ingest().outcomes
    assert [(warned.rule, warned.problem) for warned in outcome.warnings] == [
        ("false_zero", "0 between other figures: 0301 2025")
    ]


@pytest.mark.parametrize(
    ("content", "rule", "says"),
    [
        (prices(), "unit", "the seeds expect 'index'"),
        (b"<!doctype html><html><body>503 Backend fetch failed</body></html>", "not_json", "no JSON"),
        (body("data_14700.json")[:1_000], "not_json", "cut off"),
        ({"class": "dataset", "id": ["Tid"], "size": [1], "dimension": {"Tid": {"category": {"index": ["2025"]}}},
          "value": [1]}, "missing_dimension", "no dimension VareTjenesteGrp, ContentsCode"),
    ],
)  # fmt: skip
def test_another_table_than_the_seeds_describe_is_refused(landing: Landing, content: Any, rule: str, says: str) -> None:
    put(landing, "byraa/14700/2026", content)
    finding = refused(landing)
    assert finding.rule == rule and says in finding.problem and finding.remedy


def test_code_that_nobody_knows_is_refused_and_one_that_went_is_warned_of(landing: Landing) -> None:
    data = prices_in_index()
    category = data["dimension"]["ContentsCode"]["category"]
    known, other = contents()
    category["index"] = {known: 0, other.upper(): 1}
    put(landing, "byraa/14700/2026", data)
    finding = refused(landing)
    assert (finding.rule, finding.value) == ("unknown_code", other.upper())
    category["index"] = {known: 0}
    put(landing, "byraa/14700/2026", data | {"size": [1, 1, 3], "value": data["value"][:3]})
    (outcome,) = landing.ingest().outcomes
    assert [warned.rule for warned in outcome.warnings] == ["vanished_code"]


def test_closed_table_is_loaded_and_warned_of(landing: Landing) -> None:
    put(landing, "byraa/folk/2026", people([1, 2, 3, 4], {}) | {"extension": {"discontinued": True}})
    (outcome,) = landing.ingest().outcomes
    assert (outcome.status, [warned.rule for warned in outcome.warnings]) == ("loaded", ["discontinued"])


def test_dimension_that_the_seeds_do_not_name_is_refused(landing: Landing) -> None:
    data = people([1, 2, 3, 4], {})
    data["id"], data["size"] = [*data["id"], "Alder"], [*data["size"], 1]
    data["dimension"]["Alder"] = {"category": {"index": ["000"]}}
    put(landing, "byraa/folk/2026", data)
    assert refused(landing).rule == "unknown_dimension"


def test_dimension_that_is_fixed_and_comes_with_more_than_one_code_is_refused(tmp_path: Path) -> None:
    fixed = [dimension(PEOPLE, "Kjonn", "fixed", "1"), *(said for said in DIMENSIONS if said["dimension"] != "Kjonn")]
    with used(source=[source("byraa")], resource=[PEOPLE], resource_dimension=fixed):
        landing = Landing(tmp_path / "data")
        put(landing, "byraa/folk/2026", people([1, 2, 3, 4], {}))
        finding = refused(landing)
    assert (finding.rule, finding.value) == ("not_fixed", "1 2")
    assert "the body has 2 codes of it" in finding.problem and finding.remedy


def test_table_of_which_nobody_knows_what_to_ask_is_refused_with_how_to_find_out(landing: Landing) -> None:
    put(landing, "byraa/apen/2026", prices())
    finding = refused(landing)
    assert finding.rule == "no_selection" and "sources describe apen" in finding.remedy


def test_figure_that_the_codebook_does_not_allow_is_refused(landing: Landing) -> None:
    put(landing, "byraa/folk/2024", people([1, 2, 3, 4], {}, ("2026",)))
    (outcome,) = landing.ingest().outcomes
    assert {finding.rule for finding in outcome.findings} == {"period"}


def test_pieces_of_one_table_are_one_delivery_and_no_figure_is_there_twice(landing: Landing) -> None:
    put(landing, "byraa/folk/2026", people([1, 2, 3, 4], {}, ("2024",)), "folk_1.json")
    put(landing, "byraa/folk/2026", people([1, 2, 3, 4], {}, ("2025",)), "folk_2.json")
    assert landing.statuses() == {("byraa_folk", 2026): "loaded"}
    assert landing.rows("select count(*), count(distinct period) from raw.byraa_folk") == [(4, 2)]
    put(landing, "byraa/folk/2026", people([1, 2, 3, 5], {}, ("2024",)), "folk_2.json")
    assert {finding.rule for finding in landing.ingest().outcomes[0].findings} == {"duplicate_key"}
    assert landing.rows("select count(*) from raw.byraa_folk") == [(4,)]


def test_refused_answer_leaves_the_one_before_in_use(landing: Landing) -> None:
    put(landing, "byraa/folk/2026", people([1, 2, 3, 4], {}))
    landing.ingest()
    put(landing, "byraa/folk/2026", b"<html></html>")
    assert refused(landing).rule == "not_json"
    assert landing.rows("select value from raw.byraa_folk order by 1") == [("3",), ("7",)]
    assert (landing.settings.quarantine / "byraa/folk/2026/report.csv").is_file()


def test_register_is_loaded_from_its_recorded_answers(landing: Landing) -> None:
    put(landing, "register/changes/2026", body("klass_131_changes_2011_2024.json"))
    oslo = {"code": "0301", "name": "Oslo", "validFromInRequestedRange": "2010-01-01", "validToInRequestedRange": None}
    put(landing, "register/codes/2026", {"codes": [oslo]})
    assert set(landing.statuses().values()) == {"loaded"}
    counted = "select count(*), min(changed_on), max(changed_on) from raw.register_changes"
    assert landing.rows(counted) == [(516, "2011-01-01", "2024-01-01")]
    assert landing.rows("select code, valid_from, valid_to from raw.register_codes") == [("0301", "2010-01-01", "")]


def test_register_without_its_list_is_refused(landing: Landing) -> None:
    put(landing, "register/codes/2026", {"codes": [{"code": "0301"}]})
    assert refused(landing).problem == "an entry of the body has no name"
    put(landing, "register/codes/2026", {"feil": 1})
    assert refused(landing).problem == "the body has no list codes"


def test_count_of_a_month_stands_beside_those_before(landing: Landing) -> None:
    for month, n in (("2026-01", 2000), ("2026-02", 2010)):
        put(landing, "register/antall/2026", {"hits": [], "page": {"totalElements": n}}, f"{month}.json")
    landing.ingest()
    assert landing.rows("select period, value from raw.register_antall order by 1") == [
        ("2026M01", "2000"),
        ("2026M02", "2010"),
    ]
    put(landing, "register/antall/2026", {"hits": [], "page": {"totalElements": 0}}, "2026-03.json")
    assert refused(landing).rule == "shape"
    (landing.path / "register/antall/2026/2026-03.json").unlink()
    put(landing, "register/antall/2026", {"hits": [], "page": {"totalElements": 2020}}, "mars.json")
    assert refused(landing).rule == "month"


def test_other_deliveries_still_come_in_no_such_form(landing: Landing) -> None:
    put(landing, "statistics/eurostat/2025", prices())
    assert refused(landing).rule == "file_type"
    assert "is delivered as .csv (.csv, .sav, .xlsx can be read)" in refused(landing).remedy
