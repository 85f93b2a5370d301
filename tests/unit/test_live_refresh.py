"""What is fetched is a delivery: whole, as it came, with where it is from; nothing half-written, nothing asked twice.

Each case that a comment numbers is one that went wrong for others, in the order in which they were recorded.
Not here: manners (test_live_manners.py), and what becomes of the delivery (test_fetched_bodies.py).
"""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from pipelines.common.settings import Settings
from pipelines.ingest.load import ingest
from pipelines.ingest.resources import resources, sources
from pipelines.live.adopt import as_csv
from pipelines.live.delivery import deliver, mend, newest
from pipelines.live.describe import described, proposed_rows, tables_found
from pipelines.live.errors import RefusedError
from pipelines.live.freshness import Freshness, freshness
from pipelines.live.manners import Limits
from pipelines.live.questions import LONGEST_ADDRESS, pieces
from tests.unit.extracts import Landing
from tests.unit.made_up_sources import body, dimension, resource, source, used
from tests.unit.replay import Publisher, as_json, selection_of, table

SALES = resource("byraa", "1", unit="count", cadence="yearly", lag_days="100", refresh_days="7")
OTHER = resource("byraa", "2", unit="count", refresh_days="7")
QUERIED = resource("unionen", "tab_x", reads_as="eurostat", unit="percent")
REGISTER = resource("register", "codes", form="klass_codes", reads_as="", unit="")
COUNT = resource("katalog", "antall", form="dataset_count", reads_as="", unit="", is_kept_monthly="true")
CUBE = table(Vare=["a", "b"], ContentsCode=["n"], Tid=["2024", "2025"])
DIMENSIONS = [
    *(dimension(of, "Vare", "category", "*") for of in (SALES, OTHER)),
    *(dimension(of, "ContentsCode", "concept", "n") for of in (SALES, OTHER)),
    *(dimension(of, "Tid", "period", "*") for of in (SALES, OTHER)),
    *(dimension(of, "", "region", "NOR") for of in (SALES, OTHER)),
    dimension(QUERIED, "geo", "region", "NO SE"),
    dimension(QUERIED, "indic", "concept", "I"),
    dimension(QUERIED, "who", "category", "ALL"),
    dimension(QUERIED, "time", "period", "*"),
]
SOURCES = [
    source("byraa"),
    source("unionen", "dissemination"),
    source("register", "klass"),
    source("katalog", "catalogue"),
]


def made_up(dimensions: list[dict[str, str]] | None = None, **more: Any) -> Any:
    wanted = more.pop("resource", [SALES, OTHER, QUERIED, REGISTER, COUNT])
    return used(source=SOURCES, resource=wanted, resource_dimension=dimensions or DIMENSIONS, **more)


@pytest.fixture
def publisher(httpserver: HTTPServer) -> Iterator[Publisher]:
    with made_up():
        publisher = Publisher(httpserver)
        publisher.publishes("1", CUBE)
        publisher.publishes("2", CUBE)
        cube = table(geo=["NO", "SE"], indic=["I"], who=["ALL"], time=["2024", "2025"])
        publisher.answers["/data/tab_x"] = lambda _: as_json(cube)
        publisher.answers["/codes"] = lambda _: as_json({"codes": []})
        publisher.answers["/antall"] = lambda _: as_json({"hits": [], "page": {"totalElements": 2000}})
        yield publisher


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def states(publisher: Publisher, data_dir: Path, *names: str) -> dict[str, str]:
    return {outcome.survey: outcome.state for outcome in publisher.refresh(data_dir, *names)}


def test_body_lands_as_it_came_with_where_it_is_from(publisher: Publisher, tmp_path: Path) -> None:
    assert states(publisher, tmp_path, "byraa_1") == {"byraa_1": "fetched"}
    landed = tree(tmp_path / "landing")
    assert landed.keys() == {"byraa/1/2026/1.json", "byraa/1/2026/SOURCE.yml"}
    assert json.loads(landed["byraa/1/2026/1.json"]) == CUBE
    said = yaml.safe_load(landed["byraa/1/2026/SOURCE.yml"])
    assert urlsplit(said["url"]).path == "/v2/tables/1/data"
    assert (said["producer"], said["licence"], said["updated"]) == ("Byrået", "CC BY 4.0", CUBE["updated"])
    assert "valueCodes%5BVare%5D=a,b" in said["query"] and said["retrieved"].startswith("2026-06-02T10:00")


def test_fetched_table_is_loaded_like_any_other_and_again_offline(publisher: Publisher, tmp_path: Path) -> None:
    landing = Landing(tmp_path / "data")
    publisher.refresh(tmp_path / "data", "byraa_1")
    assert landing.statuses() == {("byraa_1", 2026): "loaded"}
    rows = landing.rows("select category, period, value from raw.byraa_1 order by row_number")
    assert rows == [("a", "2024", "1"), ("a", "2025", "2"), ("b", "2024", "3"), ("b", "2025", "4")]
    publisher.server.clear()
    assert landing.statuses() == {("byraa_1", 2026): "unchanged"}
    elsewhere = Landing(tmp_path / "other")
    elsewhere.path.rmdir()
    landing.path.rename(elsewhere.path)
    assert ingest(elsewhere.con, elsewhere.settings, datetime(2027, 1, 1)).outcomes[0].status == "loaded"
    assert elsewhere.rows("select category, period, value from raw.byraa_1 order by row_number") == rows


# 7, 8, 10, 11, 15: what is asked
def test_every_dimension_is_named_and_no_code_twice(httpserver: HTTPServer, tmp_path: Path) -> None:
    cube = table(Vare=["1AZz", "1AZZ", "2"], ContentsCode=["n"], Tid=["2023", "2024", "2025"])
    asked = [
        dimension(SALES, "Vare", "category", "1AZZ 1AZz 1AZZ 1A*"),
        dimension(SALES, "ContentsCode", "concept", "n"),
    ]
    times = [dimension(SALES, "Tid", "period", "top(1) from(2024)"), dimension(SALES, "", "region", "NOR")]
    with made_up([*asked, *times], resource=[SALES]):
        publisher = Publisher(httpserver)
        publisher.publishes("1", cube)
        publisher.refresh(tmp_path)
    chosen = selection_of(publisher.asked[-1])
    assert chosen == {"Vare": ["1AZz", "1AZZ"], "ContentsCode": ["n"], "Tid": ["2024", "2025"]}
    assert not {"[", "(", "*"} & set(str(publisher.asked[-1].query_string.decode().replace("valueCodes%5B", "")))


@pytest.mark.parametrize("n", [10, 300])
def test_long_question_is_posted(httpserver: HTTPServer, tmp_path: Path, n: int) -> None:
    cube = table(Vare=[f"kode{at:04}" for at in range(n)], ContentsCode=["n"], Tid=["2025"])
    with made_up(resource=[SALES]):
        publisher = Publisher(httpserver)
        publisher.publishes("1", cube)
        assert states(publisher, tmp_path) == {"byraa_1": "fetched"}
    last = publisher.asked[-1]
    assert last.method == ("GET" if n == 10 else "POST")
    assert all(len(request.url) < LONGEST_ADDRESS for request in publisher.asked)
    assert len(selection_of(last)["Vare"]) == n


def test_question_for_too_many_cells_is_asked_in_pieces_that_hold_each_cell_once() -> None:
    asked = {"a": list("abcdefg"), "b": list("123"), "c": ["x"]}
    for most in (1, 2, 4, 6, 20, 21):
        parts = pieces(asked, most)
        cells = [(a, b) for part in parts for a in part["a"] for b in part["b"]]
        assert sorted(cells) == [(a, b) for a in asked["a"] for b in asked["b"]]
        assert all(len(part["a"]) * len(part["b"]) <= most for part in parts)


def test_pieces_are_one_delivery_or_none(publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.live.questions.pieces.__defaults__", (2,))
    publisher.refresh(tmp_path, "byraa_1")
    assert {name for name in tree(tmp_path / "landing") if name.endswith(".json")} == {
        "byraa/1/2026/1_1.json", "byraa/1/2026/1_2.json"
    }  # fmt: skip
    before = tree(tmp_path / "landing")
    publisher.publishes("1", {**CUBE, "updated": "2026-02-01T07:00:00Z"})
    answer, n = publisher.answers["/tables/1/data"], []

    def second_is_refused(request: Request) -> Response:
        n.append(1)
        return answer(request) if len(n) == 1 else as_json({"title": "Non-existent value"}, 400)

    publisher.answers["/tables/1/data"] = second_is_refused
    assert states(publisher, tmp_path, "byraa_1") == {"byraa_1": "refused"}
    assert tree(tmp_path / "landing") == before


@pytest.mark.parametrize(
    ("cube", "says"),
    [
        (table(Vare=["a"], ContentsCode=["n"], Kjonn=["1", "2"], Tid=["2025"]), "left out it would be summed"),  # 11
        (table(Vare=["a"], Tid=["2025"]), "has no dimension ContentsCode any more (it has Vare, Tid)"),
        (table(Vare=["a"], ContentsCode=["m"], Tid=["2025"]), "ContentsCode has no code n any more (it has m)"),
    ],
)
def test_table_that_became_another_is_not_asked_for_data(
    publisher: Publisher, tmp_path: Path, cube: dict[str, Any], says: str
) -> None:
    publisher.publishes("1", cube)
    (outcome,) = publisher.refresh(tmp_path, "byraa_1")
    assert outcome.state == "refused" and says in outcome.said
    assert not any(path.endswith("/data") for path in publisher.paths)
    assert not (tmp_path / "landing").exists()


# 14: updated is UTC, and only compared with itself
def test_no_data_are_asked_for_where_nothing_was_updated(publisher: Publisher, tmp_path: Path) -> None:
    publisher.refresh(tmp_path, "byraa_1")
    before, n = tree(tmp_path / "landing"), len(publisher.asked)
    assert states(publisher, tmp_path, "byraa_1") == {"byraa_1": "unchanged"}
    assert publisher.paths[n:] == ["/tables/1"]
    publisher.publishes("1", {**CUBE, "updated": "2026-04-15T06:00:00Z", "value": [9, 9, 9, 9]})
    assert states(publisher, tmp_path, "byraa_1") == {"byraa_1": "fetched"}
    assert tree(tmp_path / "landing") != before


def test_another_question_is_asked_though_nothing_was_updated(publisher: Publisher, tmp_path: Path) -> None:
    publisher.refresh(tmp_path, "byraa_1")
    fewer = [{**row, "codes": "a"} if row["dimension"] == "Vare" else row for row in DIMENSIONS]
    with made_up(fewer):
        assert states(publisher, tmp_path, "byraa_1") == {"byraa_1": "fetched"}


@pytest.mark.parametrize("damage", [b"{", b'{"class": "dataset"}', b"[]", body("data_14700.json")[:900]])
def test_damaged_body_never_lands_and_leaves_what_was_there(
    publisher: Publisher, tmp_path: Path, damage: bytes
) -> None:
    publisher.refresh(tmp_path, "byraa_1")
    before = tree(tmp_path / "landing")
    publisher.publishes("1", {**CUBE, "updated": "2026-02-01T07:00:00Z"})
    publisher.answers["/tables/1/data"] = lambda _: as_json(damage)
    assert states(publisher, tmp_path, "byraa_1") == {"byraa_1": "refused"}
    assert tree(tmp_path / "landing") == before


def test_queried_table_is_asked_by_all_its_codes_and_lands_when_it_changed(
    publisher: Publisher, tmp_path: Path
) -> None:
    assert states(publisher, tmp_path, "unionen_tab_x") == {"unionen_tab_x": "fetched"}
    asked = publisher.asked[-1].args
    assert (asked.getlist("geo"), asked.getlist("indic"), asked.getlist("time")) == (["NO", "SE"], ["I"], [])
    assert states(publisher, tmp_path, "unionen_tab_x") == {"unionen_tab_x": "unchanged"}


def test_count_is_asked_for_once_a_month_and_each_is_kept(publisher: Publisher, tmp_path: Path) -> None:
    for _ in range(2):
        publisher.refresh(tmp_path, "katalog_antall")
    assert len(publisher.asked) == 1
    publisher.clock.sleep(30 * 86_400)
    publisher.refresh(tmp_path, "katalog_antall")
    kept = {Path(name).name for name in tree(tmp_path / "landing")}
    assert kept == {"2026-06.json", "2026-07.json", "SOURCE.yml"}


def test_resource_without_a_selection_calls_nobody(httpserver: HTTPServer, tmp_path: Path) -> None:
    publisher = Publisher(httpserver)
    with made_up([], resource=[SALES]), used(source=SOURCES, resource=[SALES]):
        (outcome,) = publisher.refresh(tmp_path)
    assert outcome.state == "left_open" and "sources describe 1" in outcome.said
    assert publisher.asked == []


def test_crash_between_the_renames_is_mended(publisher: Publisher, tmp_path: Path) -> None:
    publisher.refresh(tmp_path, "byraa_1")
    before, folder = tree(tmp_path / "landing"), tmp_path / "landing/byraa/1"
    (folder / "2026").rename(folder / ".tilstand-2026-was")
    (folder / ".tilstand-2026-new").mkdir()
    mend(folder)
    assert tree(tmp_path / "landing") == before
    assert [entry.name for entry in folder.iterdir()] == ["2026"]


def test_disk_that_fails_leaves_what_was_there(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.refresh(tmp_path, "byraa_1")
    before = tree(tmp_path / "landing")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipelines.live.delivery.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        deliver(tmp_path / "landing", resources()["byraa_1"], 2026, {"1.json": b"{}"}, {"producer": "x"})
    assert newest(tmp_path / "landing", resources()["byraa_1"]) is not None
    assert tree(tmp_path / "landing") == before


# 2, 3: down for hours, and nobody notices
def fresh(data_dir: Path, publisher: Publisher) -> dict[str, Freshness]:
    return {one.survey: one for one in freshness(Settings(data_dir), publisher.clock.now())}


def test_source_that_is_down_for_six_hours_is_red_and_the_others_are_fresh(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.refresh(tmp_path)
    before = tree(tmp_path / "landing")
    publisher.clock.sleep(3_600)
    answers = {end: publisher.answers[end] for end in ("/tables/1", "/tables/2")}
    publisher.answers |= dict.fromkeys(answers, lambda _: as_json({"title": "Down"}, 503))
    begun = publisher.clock.seconds()
    while publisher.clock.seconds() - begun < 6 * 3_600:
        asked = len(publisher.asked)
        down = {outcome.survey: outcome for outcome in publisher.refresh(tmp_path)}
        assert (down["byraa_1"].state, down["byraa_2"].state) == ("lost", "lost")
        assert "not asked for" in down["byraa_2"].said
        assert len(publisher.asked) - asked <= Limits().tries + 3
        publisher.clock.sleep(1_800)
    assert tree(tmp_path / "landing") == before
    judged = fresh(tmp_path, publisher)
    assert {name: one.is_red for name, one in judged.items()} == {
        "byraa_1": True, "byraa_2": True, "unionen_tab_x": False, "register_codes": False, "katalog_antall": False
    }  # fmt: skip
    assert "not refreshed since 2026-06-02T10:00" in judged["byraa_1"].said and "503: Down" in judged["byraa_1"].said
    publisher.answers |= answers
    publisher.refresh(tmp_path)
    assert not any(one.is_red for one in fresh(tmp_path, publisher).values())


def test_what_nobody_looks_at_goes_red_by_its_own_time(publisher: Publisher, tmp_path: Path) -> None:
    assert {one.state for one in fresh(tmp_path, publisher).values()} == {"never"}
    publisher.refresh(tmp_path)
    publisher.clock.sleep(8 * 86_400)
    judged = fresh(tmp_path, publisher)
    assert judged["byraa_1"].is_red and "every 7 days" in judged["byraa_1"].said
    assert not judged["register_codes"].is_red


def test_offline_is_a_state_until_it_lasts(publisher: Publisher, tmp_path: Path) -> None:
    publisher.refresh(tmp_path, "byraa_1")
    asks = publisher.caller()
    asks.bases = dict.fromkeys(asks.bases, "http://127.0.0.1:9")
    (outcome,) = publisher.refresh(tmp_path, "byraa_1", asks=asks)
    assert outcome.state == "offline"
    now = fresh(tmp_path, publisher)["byraa_1"]
    assert (now.state, now.is_red) == ("fresh", False) and "offline when last tried" in now.said
    publisher.clock.sleep(8 * 86_400)
    assert fresh(tmp_path, publisher)["byraa_1"].is_red


def test_freshness_is_known_from_the_delivery_where_the_ledger_is_gone(publisher: Publisher, tmp_path: Path) -> None:
    publisher.refresh(tmp_path, "byraa_1")
    (tmp_path / "work/sources.json").write_text("damaged", encoding="utf-8")
    assert fresh(tmp_path, publisher)["byraa_1"].state == "fresh"


# 6: a closed table answers as ever
def test_closed_table_and_late_period_are_told(publisher: Publisher, tmp_path: Path) -> None:
    about = json.loads(body("table_03013.json"))
    publisher.answers["/tables/1"] = lambda _: as_json({**about, "updated": CUBE["updated"], "lastPeriod": "2024"})
    (outcome,) = publisher.refresh(tmp_path, "byraa_1")
    assert outcome.warnings == ("the publisher has closed the table: it gets no new figures",)
    late = fresh(tmp_path, publisher)["byraa_1"].late
    assert late[0].startswith("the publisher has closed") and "the next was due on 2025-04-11 (yearly)" in late[1]
    publisher.refresh(tmp_path, "register_codes")
    assert fresh(tmp_path, publisher)["register_codes"].has_no_cadence


def test_search_gives_each_table_once_and_its_paging_ends(publisher: Publisher) -> None:
    page = json.loads(body("tables_page_1_of_2.json"))
    second = {**page, "tables": [{**page["tables"][0], "id": "03013"}], "page": {**page["page"], "pageNumber": 2}}
    publisher.answers["/tables"] = lambda request: as_json(page if request.args["pageNumber"] == "1" else second)
    found = list(tables_found(publisher.caller(), sources()["byraa"], "konsumpris"))
    assert [name for name, _ in found] == ["14710", "03013"]
    publisher.answers["/tables"] = lambda _: as_json(page)
    with pytest.raises(RefusedError, match="in a circle"):
        list(tables_found(publisher.caller(), sources()["byraa"], "konsumpris"))


def test_rows_that_are_proposed_are_rows_of_the_seeds(publisher: Publisher, tmp_path: Path) -> None:
    publisher.answers["/tables/07459/metadata"] = lambda _: as_json(body("metadata_07459_some_codes.json"))
    publisher.answers["/tables/07459"] = lambda _: as_json({"id": "07459", "timeUnit": "Annual"})
    cube, cadence = described(publisher.caller(), sources()["byraa"], "07459")
    rows = {
        seed: as_csv(listed)
        for seed, listed in proposed_rows(sources()["byraa"], "07459", cube, cadence, "ssb_statbank").items()
    }
    assert [name.rpartition("/")[2] for name in rows] == ["resource.csv", "resource_dimension.csv", "resource_code.csv"]
    dimensions = rows["seeds/sources/resource_dimension.csv"].splitlines()
    assert dimensions[0] == "source,resource,dimension,becomes,codes"
    assert "byraa,07459,Region,region,0 31 3101 3103 0101 03 0301 1101 5601" in dimensions
    assert "byraa,07459,ContentsCode,concept,Personer1" in dimensions and "byraa,07459,Tid,period,*" in dimensions
    assert {line.split(",")[2] for line in dimensions[1:]} == {"Region", "Kjonn", "Alder", "ContentsCode", "Tid"}
    row = rows["seeds/sources/resource.csv"].splitlines()[1]
    assert ",yearly,500,10,false," in row and ",number," in row
