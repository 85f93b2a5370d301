"""What went wrong for others: three of the recorded cases in full, and which test holds each of the twenty, and more.

Not here: the cases that are one answer or one rule (test_live_manners.py, test_live_refresh.py, test_json_stat.py).
"""

import ast
import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from pipelines.__main__ import main
from pipelines.common.settings import Settings
from pipelines.live.freshness import freshness
from pipelines.live.refresh import Outcome, caller
from tests.unit.extracts import Landing
from tests.unit.made_up_sources import body, dimension, resource, source, used
from tests.unit.replay import Publisher, as_json, table

HERE = Path(__file__).parent
MANNERS, REFRESH, NETWORK = "test_live_manners", "test_live_refresh", "test_live_network"
BODIES, STAT, OWN = "test_fetched_bodies", "test_json_stat", "test_live_recorded"

# What others saw, in the order in which it was recorded: the test of each.
RECORDED = {
    "429_retry_after_1": (MANNERS, "test_retry_after_does_not_shorten_the_ladder"),
    "outage_hours": (REFRESH, "test_source_that_is_down_for_six_hours_is_red_and_the_others_are_fresh"),
    "stale_green": (OWN, "test_sources_that_were_not_refreshed_are_red_though_every_figure_is_as_before"),
    "503_html": (MANNERS, "test_page_of_a_cache_is_told_as_what_it_is"),
    "410_v0_dataset": (MANNERS, "test_what_would_be_answered_the_same_is_asked_once"),
    "closed_table_200": (REFRESH, "test_closed_table_and_late_period_are_told"),
    "url_over_2100": (REFRESH, "test_long_question_is_posted"),
    "duplicate_code_500": (MANNERS, "test_error_without_a_word_is_asked_twice_at_most"),
    "400_title": (MANNERS, "test_what_would_be_answered_the_same_is_asked_once"),
    "range_without_brackets": (REFRESH, "test_every_dimension_is_named_and_no_code_twice"),
    "optional_dim_left_out": (REFRESH, "test_table_that_became_another_is_not_asked_for_data"),
    "false_zero": (OWN, "test_recorded_zero_that_stands_for_no_figure_is_loaded_and_warned_of"),
    "window_0500_0800": (MANNERS, "test_nobody_calls_while_the_publisher_is_at_work"),
    "updated_utc": (REFRESH, "test_no_data_are_asked_for_where_nothing_was_updated"),
    "codes_differ_in_case": (STAT, "test_codes_that_differ_in_case_only_stay_two"),
    "version_rename": (OWN, "test_interface_under_another_path_is_refused_until_its_address_is_corrected"),
    "pxwebpy_no_limit": (MANNERS, "test_limit_of_the_headers_is_never_passed"),
    "eurostat_async": (MANNERS, "test_ticket_is_waited_for_and_not_taken_for_data"),
    "eurostat_moves": (MANNERS, "test_redirect_to_another_host_is_refused_and_nothing_is_sent_there"),
    "eurostat_400": (MANNERS, "test_what_would_be_answered_the_same_is_asked_once"),
}
MORE = {
    "slow drip": (MANNERS, "test_drop_by_drop_is_given_up"),
    "silence": (MANNERS, "test_silence_is_given_up"),
    "answer cut short": (MANNERS, "test_cut_off_answer_is_asked_for_again"),
    "connection that breaks": (MANNERS, "test_connection_that_breaks_is_lost_and_not_half_an_answer"),
    "gzip bomb": (MANNERS, "test_few_bytes_that_unpack_to_gigabytes_are_refused_early"),
    "packed badly, or otherwise": (MANNERS, "test_answer_that_cannot_be_unpacked_is_told_as_that"),
    "answer larger than allowed": (MANNERS, "test_answer_larger_than_allowed_is_refused"),
    "HTML with 200": (MANNERS, "test_page_that_says_all_is_well_is_no_answer"),
    "nothing with 200": (MANNERS, "test_empty_answer_is_no_answer"),
    "Retry-After as a date": (MANNERS, "test_retry_after_does_not_shorten_the_ladder"),
    "Retry-After of an hour": (MANNERS, "test_retry_after_of_an_hour_is_not_waited_for_nor_cut_short"),
    "redirects in a circle": (MANNERS, "test_redirect_within_the_host_is_followed_but_not_in_a_circle"),
    "nobody there": (MANNERS, "test_nobody_there_is_offline_and_no_failure_of_the_publisher"),
    "secrets in an address": (MANNERS, "test_secret_of_an_address_is_sent_and_never_told"),
    "wrong size, repeated codes": (STAT, "test_body_that_contradicts_itself_is_refused_in_words"),
    "bytes that are no JSON": (STAT, "test_bytes_that_are_no_answer_are_refused_in_words"),
    "size beyond all bounds": (
        STAT,
        "test_table_that_announces_more_than_anyone_has_is_refused_before_its_cells_are_counted",
    ),
    "damaged body": (REFRESH, "test_damaged_body_never_lands_and_leaves_what_was_there"),
    "updated between two pieces": (REFRESH, "test_pieces_are_one_delivery_or_none"),
    "crash between two renames": (REFRESH, "test_crash_between_the_renames_is_mended"),
    "disk full": (REFRESH, "test_disk_that_fails_leaves_what_was_there"),
    "paging that loops": (REFRESH, "test_search_gives_each_table_once_and_its_paging_ends"),
    "code that nobody knows": (BODIES, "test_code_that_nobody_knows_is_refused_and_one_that_went_is_warned_of"),
    "closed table, loaded": (BODIES, "test_closed_table_is_loaded_and_warned_of"),
    "untrusted certificate": (NETWORK, "test_certificate_that_nobody_vouches_for_is_refused_and_nothing_is_asked"),
    "certificate of another name or time": (NETWORK, "test_trusted_certificate_that_does_not_hold_here_is_refused"),
    "proxy that leads nowhere": (NETWORK, "test_proxy_that_leads_nowhere_is_offline_and_its_password_is_not_told"),
}  # fmt: skip


def functions_of(module: str) -> set[str]:
    tree = ast.parse((HERE / f"{module}.py").read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_recorded_case_and_fifteen_more_have_a_test() -> None:
    assert len(RECORDED) == 20
    assert len(set(MORE.values())) >= 15 and not set(MORE) & set(RECORDED)
    there = {module: functions_of(module) for module, _ in [*RECORDED.values(), *MORE.values()]}
    assert [case for case, (module, name) in (RECORDED | MORE).items() if name not in there[module]] == []


# 3: sources that did not refresh, and hundreds of checks that gave the numbers of before
NAMES = [str(n) for n in range(41)]
TABLES = [resource(f"kilde{name}", name, unit="count", refresh_days="7") for name in NAMES]
OF_EACH = [
    row
    for of in TABLES
    for row in (
        dimension(of, "ContentsCode", "concept", "n"),
        dimension(of, "Tid", "period", "*"),
        dimension(of, "", "region", "NOR"),
        dimension(of, "", "category", "alle"),
    )
]


def test_sources_that_were_not_refreshed_are_red_though_every_figure_is_as_before(
    httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with used(source=[source(of["source"]) for of in TABLES], resource=TABLES, resource_dimension=OF_EACH):
        publisher = Publisher(httpserver)
        for name in NAMES:
            publisher.publishes(name, table(ContentsCode=["n"], Tid=["2025"]))
        publisher.clock.begins = publisher.clock.begins.replace(year=2100)  # later than the clock of `sources status`
        landing = Landing(tmp_path / "data")
        publisher.refresh(tmp_path / "data")
        landing.ingest()
        figures = {name: landing.rows(f"select value from raw.kilde{name}_{name}") for name in NAMES}
        for name in NAMES[:15]:
            publisher.answers[f"/tables/{name}"] = lambda _: as_json({"title": "Down"}, 503)
        publisher.clock.sleep(6 * 86_400)
        publisher.refresh(tmp_path / "data")
        assert set(landing.statuses().values()) == {"unchanged"}
        assert {name: landing.rows(f"select value from raw.kilde{name}_{name}") for name in NAMES} == figures
        judged = freshness(Settings(tmp_path / "data"), publisher.clock.now())
        assert [one.survey for one in judged if one.is_red] == [f"kilde{name}_{name}" for name in NAMES[:15]]
        monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path / "data"))
        assert main(["sources", "status"]) == 1
        shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("!")]
        assert len(shown) == 15 and all("not refreshed since" in line and "Down" in line for line in shown)


# 12: a zero without a sign where there is no figure yet
FOLK = resource("byraa", "05803", unit="count", maps_to="official_statistics")
OF_FOLK = [
    dimension(FOLK, "ContentsCode", "concept", "*"),
    dimension(FOLK, "Tid", "period", "from(2025)"),
    dimension(FOLK, "", "region", "NOR"),
    dimension(FOLK, "", "category", "alle"),
]


def test_recorded_zero_that_stands_for_no_figure_is_loaded_and_warned_of(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    with used(source=[source("byraa")], resource=[FOLK], resource_dimension=OF_FOLK):
        publisher = Publisher(httpserver)
        publisher.publishes("05803", json.loads(body("data_05803.json")))
        landing = Landing(tmp_path / "data")
        (fetched,) = publisher.refresh(tmp_path / "data")
        (outcome,) = landing.ingest().outcomes
        assert (fetched.state, outcome.status) == ("fetched", "loaded")
        assert [(warned.rule, warned.problem) for warned in outcome.warnings] == [
            ("false_zero", "0 between other figures: Skilsmisse alle NOR 2025")
        ]
        rows = landing.rows("select period, value, status from raw.byraa_05803 where concept = 'Skilsmisse' order by 1")
        assert rows == [("2025", "0", ""), ("2026", "", "..")]


# 16: the interface moved to another path, and the old one knows no table any more
def test_interface_under_another_path_is_refused_until_its_address_is_corrected(
    httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = resource("statbank", "1", unit="count")
    dimensions = [{**row, "source": "statbank", "resource": "1"} for row in OF_EACH[:4]]
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path))
    with used(source=[source("statbank")], resource=[of], resource_dimension=dimensions):
        publisher = Publisher(httpserver)
        publisher.publishes("1", table(ContentsCode=["n"], Tid=["2025"]))
        known = dict(publisher.answers)

        def refreshed(path: str, kept: str) -> Outcome:
            """What came of asking at one path, where the interface answers at another, or the same."""
            publisher.answers = {f"{kept}{end}": answer for end, answer in known.items()}
            monkeypatch.setenv("TILSTAND_SOURCE_STATBANK_URL", httpserver.url_for(path))
            asks = caller(Settings.from_env())
            asks.clock = publisher.clock
            return publisher.refresh(tmp_path, asks=asks)[0]

        assert refreshed("/v2-beta", "/v2-beta").state == "fetched"
        landed = {path: path.read_bytes() for path in tmp_path.glob("landing/**/*.*")}
        gone = refreshed("/v2-beta", "/v2")
        assert gone.state == "refused" and "404" in gone.said
        assert "the interface at base_url (source.csv)" in gone.said
        assert {path: path.read_bytes() for path in tmp_path.glob("landing/**/*.*")} == landed
        assert [one.is_red for one in freshness(Settings.from_env(), publisher.clock.now())] == [True]
        assert refreshed("/v2", "/v2").state == "unchanged"  # the same table, not updated since
        assert [one.is_red for one in freshness(Settings.from_env(), publisher.clock.now())] == [False]
