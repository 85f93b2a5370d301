"""The commands about sources say what there is, fetch it, and end with 0 only where all is well.

Not here: what they do (test_live_refresh.py, test_live_regions.py).
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from pipelines.__main__ import main
from pipelines.common.seeds import read_seed
from pipelines.ingest.resources import resources
from tests.unit.made_up_sources import body, dimension, resource, source, used
from tests.unit.replay import Publisher, as_json, table

SALES = resource("byraa", "1", unit="count", maps_to="official_statistics", cadence="yearly", lag_days="9000")
LEFT_OPEN = resource("byraa", "2", maps_to="official_statistics")
CODES = resource("register", "codes", form="klass_codes", reads_as="", unit="")
DIMENSIONS = [
    dimension(SALES, "ContentsCode", "concept", "n"),
    dimension(SALES, "Tid", "period", "*"),
    dimension(SALES, "", "region", "NOR"),
    dimension(SALES, "", "category", "x"),
]
Printed = pytest.CaptureFixture[str]


@pytest.fixture
def publisher(httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    sources = [source("byraa"), source("register", "klass")]
    with used(source=sources, resource=[SALES, LEFT_OPEN, CODES], resource_dimension=DIMENSIONS):
        publisher = Publisher(httpserver)
        publisher.publishes("1", table(ContentsCode=["n"], Tid=["2025"]))
        publisher.answers["/codes"] = lambda _: as_json({"codes": []})
        monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path))
        monkeypatch.setattr("pipelines.live.refresh.caller", lambda _: publisher.caller())
        yield publisher


def test_what_can_be_fetched_is_listed_for_people_and_for_programs(capsys: Printed) -> None:
    assert main(["sources", "list"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == len(resources()) == len(read_seed("resource"))
    assert any(line.startswith("klass_131_codes") and "CC BY 4.0" in line for line in shown)
    assert main(["sources", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["resource"] for row in told] == list(resources())
    assert {row["is_selected"] for row in told if row["resource"] == "statbank_12038"} == {False}


def test_fetch_is_well_where_all_that_is_known_was_looked_at(publisher: Publisher, capsys: Printed) -> None:
    assert main(["sources", "fetch"]) == 0
    shown = capsys.readouterr().out
    assert "byraa_1: fetched" in shown and "byraa_2: left_open" in shown and "register_codes: fetched" in shown
    publisher.answers["/tables/1"] = lambda _: as_json({"title": "Gone"}, 410)
    assert main(["sources", "fetch", "register"]) == 0
    assert main(["sources", "fetch", "byraa_1"]) == 1
    assert "410: Gone" in capsys.readouterr().out


def test_source_that_nobody_knows_is_told_with_those_that_there_are(publisher: Publisher, capsys: Printed) -> None:
    assert main(["sources", "fetch", "nobody"]) == 2
    assert "there is no nobody; there are byraa, register, byraa_1" in capsys.readouterr().err
    assert publisher.asked == []


def test_status_ends_with_1_where_a_source_is_red(publisher: Publisher, capsys: Printed) -> None:
    assert main(["sources", "status"]) == 0  # never asked for is no failure
    publisher.clock.begins = publisher.clock.begins.replace(year=2100)  # so that it is fresh whenever this runs
    main(["sources", "fetch"])
    assert main(["sources", "status"]) == 0
    assert "No cadence, so nobody can tell whether a period is late: register_codes" in capsys.readouterr().out
    publisher.answers["/codes"] = lambda _: as_json({}, 503)
    main(["sources", "fetch"])
    capsys.readouterr()
    assert main(["sources", "status", "--json"]) == 1
    told = {row["survey"]: row for row in json.loads(capsys.readouterr().out)}
    assert (told["register_codes"]["is_red"], told["byraa_1"]["is_red"]) == (True, False)


def test_describe_prints_rows_or_looks_for_words(publisher: Publisher, capsys: Printed) -> None:
    publisher.answers["/tables/07459/metadata"] = lambda _: as_json(body("metadata_07459_some_codes.json"))
    publisher.answers["/tables/07459"] = lambda _: as_json({"id": "07459", "timeUnit": "Annual"})
    assert main(["sources", "describe", "07459"]) == 0
    assert (
        "# seeds/sources/resource_dimension.csv\nsource,resource,dimension,becomes,codes\n" in capsys.readouterr().out
    )
    page = json.loads(body("tables_page_1_of_2.json"))
    publisher.answers["/tables"] = lambda _: as_json({**page, "page": {"totalPages": 1}})
    assert main(["sources", "describe", "konsumpris indeks"]) == 0
    assert capsys.readouterr().out.startswith("14710  14710: Konsumprisindeks")
    assert main(["sources", "describe", "99999"]) == 1
    assert "404" in capsys.readouterr().err
    assert main(["sources", "describe", "07459", "--source", "register"]) == 2
