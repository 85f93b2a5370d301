"""A publisher is asked with manners: within its quota, again only where it may help, in time, with no secret told.

Each case that a comment numbers is one that went wrong for others, in the order in which they were recorded.
Not here: what lands in landing/ (test_live_refresh.py).
"""

import gzip
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from pipelines.automation.jobs import weekly
from pipelines.common.seeds import SeedError
from pipelines.common.settings import Settings, SettingsError
from pipelines.ingest.resources import Source, sources
from pipelines.live.clock import Clock
from pipelines.live.errors import ClosedError, LostError, OfflineError, RefusedError, SourceError
from pipelines.live.manners import Caller, Limits, Question
from pipelines.live.windows import check_open, windows
from tests.unit.made_up_sources import body, resource, source, used
from tests.unit.replay import NOON, Publisher, VirtualClock, as_json

ASKED = Question("tables/1?lang=no")
SOON = Limits(connect_seconds=1, read_seconds=0.3, call_seconds=0.6, tries=2, first_wait=0.01, most_wait=0.05)


@pytest.fixture
def publisher(httpserver: HTTPServer) -> Iterator[Publisher]:
    with used(source=[source("byraa", max_body_mb="1")], resource=[resource("byraa", "1")]):
        yield Publisher(httpserver)


def byraa() -> Source:
    return sources()["byraa"]


def ask(publisher: Publisher, asks: Caller | None = None) -> bytes:
    return (asks or publisher.caller()).ask(byraa(), ASKED)


def impatient(publisher: Publisher) -> Caller:
    asks = publisher.caller(SOON)
    asks.clock = Clock()
    return asks


def answers(publisher: Publisher, *given: Response) -> None:
    """One answer after the other; the last one for ever."""
    left = list(given)
    publisher.answers["/tables/1"] = lambda _: left.pop(0) if len(left) > 1 else left[0]


# 1: Retry-After says a second, and the window is a minute
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_does_not_shorten_the_ladder(publisher: Publisher, form: str) -> None:
    said = "1" if form == "seconds" else format_datetime(NOON + timedelta(seconds=1), usegmt=True)

    def until_the_window_is_over(_: Request) -> Response:
        return as_json({"ok": 1}) if publisher.clock.seconds() >= 60 else as_json({}, 429, Retry_After=said)

    publisher.answers["/tables/1"] = until_the_window_is_over
    assert json.loads(ask(publisher)) == {"ok": 1}
    assert 60 <= publisher.clock.seconds() < 130
    assert len(publisher.asked) < 8


def test_longer_retry_after_is_kept_to(publisher: Publisher) -> None:
    answers(publisher, as_json({}, 429, Retry_After="40"), as_json({}))
    ask(publisher)
    assert 40 <= publisher.clock.seconds() < 41


def test_retry_after_of_an_hour_is_not_waited_for_nor_cut_short(publisher: Publisher) -> None:
    answers(publisher, as_json({}, 503, Retry_After="3600"))
    with pytest.raises(LostError):
        ask(publisher)
    assert (len(publisher.asked), publisher.clock.seconds()) == (1, 0)


# 2: down for hours
def test_outage_is_given_up_within_minutes(publisher: Publisher) -> None:
    answers(publisher, as_json({"title": "Service Unavailable"}, 503))
    with pytest.raises(LostError, match="byraa answers 503: Service Unavailable"):
        ask(publisher)
    assert publisher.clock.seconds() <= Limits().total_wait
    assert len(publisher.asked) == Limits().tries


# 4: the cache before the publisher answers, in HTML; the older interface says of any question that it is wrong
def test_page_of_a_cache_is_told_as_what_it_is(publisher: Publisher) -> None:
    page = Response(
        "<!doctype html><html><title>503 Backend fetch failed</title></html>", 503, content_type="text/html"
    )
    answers(publisher, page)
    with pytest.raises(LostError, match="503: an HTML page"):
        ask(publisher)


@pytest.mark.parametrize(
    ("status", "content", "says"),
    [
        (400, {"error": "Parameter error"}, "400: Parameter error"),  # 4
        (410, "", "look for what took its place"),  # 5, 19
        (400, {"type": "Parameter error", "title": "Non-existent value", "status": 400}, "Non-existent value"),  # 9
        (400, {"title": "Too many cells selected", "detail": "Limit 800000"}, "selected; Limit 800000"),  # 9
        (400, {"title": "Illegal selection expression", "status": 400}, "Illegal selection expression"),  # 10
        (404, "", "see whether the table is still there"),  # 16
        (400, {"error": [{"status": 400, "id": 100, "label": "No results found"}]}, "No results found"),  # 20
        (403, {"error": "Too many values selected"}, "Too many values selected"),
        (401, "", "401"),
    ],
)
def test_what_would_be_answered_the_same_is_asked_once(
    publisher: Publisher, status: int, content: object, says: str
) -> None:
    answers(publisher, as_json(content if content else b"", status))
    with pytest.raises(RefusedError) as refused:
        ask(publisher)
    assert says in str(refused.value) and refused.value.remedy
    assert (len(publisher.asked), publisher.clock.seconds()) == (1, 0)


# 8: the same code twice
def test_error_without_a_word_is_asked_twice_at_most(publisher: Publisher) -> None:
    answers(publisher, as_json(b"", 500))
    with pytest.raises(LostError, match="500"):
        ask(publisher)
    assert len(publisher.asked) == 2


# 13: at work on its tables
@pytest.mark.parametrize(
    ("utc", "is_closed"),
    [("02:54", False), ("03:00", True), ("05:30", True), ("06:14", True), ("06:16", False), ("09:26", True)],
)
def test_nobody_calls_while_the_publisher_is_at_work(publisher: Publisher, utc: str, is_closed: bool) -> None:
    summer = datetime.fromisoformat(f"2026-06-02T{utc}+00:00")
    at_work = Source(**{**vars(byraa()), "closed": "04:55-08:15 11:25-12:00"})
    asks = publisher.caller()
    asks.clock = VirtualClock(summer)
    answers(publisher, as_json({}))
    if is_closed:
        with pytest.raises(ClosedError, match="ask after"):
            asks.ask(at_work, ASKED)
    else:
        asks.ask(at_work, ASKED)
    assert len(publisher.asked) == (0 if is_closed else 1)


def test_the_same_time_of_day_holds_in_winter(publisher: Publisher) -> None:
    at_work = Source(**{**vars(byraa()), "closed": "04:55-08:15"})
    check_open(at_work, datetime(2026, 1, 9, 7, 16, tzinfo=UTC))
    with pytest.raises(ClosedError, match="08:15"):
        check_open(at_work, datetime(2026, 1, 9, 7, 0, tzinfo=UTC))


def test_schedule_is_outside_the_windows_of_all_sources() -> None:
    minute, hour, *_ = weekly.cron_schedule.split()
    for n in range(1, 366):
        local = datetime(2026, 1, 1, int(hour), int(minute), tzinfo=ZoneInfo(weekly.execution_timezone)) + timedelta(n)
        for each in sources().values():
            check_open(each, local)
            assert all(begins < ends for begins, ends in windows(each))


def test_window_that_is_no_time_of_day_is_a_mistake_of_the_seed(publisher: Publisher) -> None:
    with pytest.raises(SeedError, match="is closed '08:15-04:55'"):
        windows(Source(**{**vars(byraa()), "closed": "08:15-04:55"}))


# 16: the address moved
def test_base_address_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILSTAND_SOURCE_KLASS_URL", "https://mirror.example/klass")
    assert Settings.from_env().source_urls == {"klass": "https://mirror.example/klass"}
    monkeypatch.setenv("TILSTAND_SOURCE_KLASS_URL", "https://me:secret@mirror.example/?a=b")
    with pytest.raises(SettingsError) as wrong:
        Settings.from_env()
    assert "secret" not in str(wrong.value)
    monkeypatch.delenv("TILSTAND_SOURCE_KLASS_URL")
    monkeypatch.setenv("TILSTAND_SOURCE_NOBODY_URL", "https://mirror.example")
    with pytest.raises(SettingsError, match="names no source; there are statbank, klass"):
        Settings.from_env()


# 17: the limit is in the headers, and nowhere else
@pytest.mark.parametrize("form", ["policy", "reset"])
def test_limit_of_the_headers_is_never_passed(publisher: Publisher, form: str) -> None:
    recorded = json.loads(body("ratelimit_headers.json"))["observed"]
    clock, granted, refused = publisher.clock, [], []

    def limited(_: Request) -> Response:
        now = clock.seconds()
        in_window = [t for t in granted if t > now - 60]
        if len(in_window) >= 40:
            refused.append(now)
            return as_json({}, 429)
        granted.append(now)
        clock.sleep(0.2)  # the answer takes its time
        left = str(39 - len(in_window))
        if form == "policy":
            return as_json(
                {}, **{**{n.replace("-", "_"): v for n, v in recorded.items()}, "x_ratelimit_remaining": left}
            )
        ends = clock.now() + timedelta(seconds=60 - (now - min(in_window, default=now)))
        return as_json({}, X_Rate_Limit_Limit="60s", X_Rate_Limit_Remaining=left, X_Rate_Limit_Reset=ends.isoformat())

    publisher.answers["/tables/1"] = limited
    asks = publisher.caller()
    for _ in range(120):
        asks.ask(byraa(), ASKED)
    assert (len(granted), refused) == (120, [])
    assert max(sum(1 for t in granted if start <= t < start + 60) for start in granted) <= 40
    assert clock.seconds() < 5 * 60


def test_two_sources_of_one_host_share_its_quota(publisher: Publisher) -> None:
    answers(publisher, as_json({}, x_ratelimit_policy="3;w=60s"))
    asks = publisher.caller()
    other = Source(**{**vars(byraa()), "source": "annen", "base_url": publisher.server.url_for("/v2")})
    for n in range(6):
        asks.ask(other if n % 2 else byraa(), ASKED)
    assert [t >= 60 for t in publisher.times] == [False] * 3 + [True] * 3


# 18: a ticket in place of data
def test_ticket_is_waited_for_and_not_taken_for_data(publisher: Publisher) -> None:
    ticket = as_json({"warning": {"status": 413, "label": "ASYNCHRONOUS_RESPONSE. Please try again later."}})
    answers(publisher, ticket, ticket, as_json({"class": "dataset"}))
    assert json.loads(ask(publisher)) == {"class": "dataset"}
    assert publisher.clock.seconds() > 0
    answers(publisher, ticket)
    with pytest.raises(LostError) as lost:
        ask(publisher)
    assert lost.value.rule == "pending"


# 19: moved to another host
def test_redirect_to_another_host_is_refused_and_nothing_is_sent_there(publisher: Publisher) -> None:
    answers(publisher, Response("", 302, {"Location": "https://elsewhere.example/tables/1"}))
    with pytest.raises(RefusedError, match=r"leads to another host, https://elsewhere\.example"):
        ask(publisher)
    assert len(publisher.asked) == 1


def test_redirect_within_the_host_is_followed_but_not_in_a_circle(publisher: Publisher) -> None:
    publisher.answers["/moved"] = lambda _: as_json({"here": 1})
    answers(publisher, Response("", 301, {"Location": "/v2/moved"}))
    assert json.loads(ask(publisher)) == {"here": 1}
    answers(publisher, Response("", 301, {"Location": "/v2/tables/1"}))
    with pytest.raises(RefusedError, match="without end"):
        ask(publisher)


# More that goes wrong


def test_page_that_says_all_is_well_is_no_answer(publisher: Publisher) -> None:
    answers(publisher, Response("<html><body>Vi oppdaterer</body></html>", 200, content_type="text/html"))
    with pytest.raises(LostError, match="200 with an HTML page, not JSON"):
        ask(publisher)
    assert len(publisher.asked) == 2


def test_empty_answer_is_no_answer(publisher: Publisher) -> None:
    answers(publisher, as_json(b""))
    with pytest.raises(LostError, match="not JSON"):
        ask(publisher)


def test_few_bytes_that_unpack_to_gigabytes_are_refused_early(publisher: Publisher) -> None:
    bomb = gzip.compress(b"[" + b" " * 300_000_000)
    answers(publisher, as_json(bomb, Content_Encoding="gzip"))
    begun = time.monotonic()
    with pytest.raises(RefusedError, match="more than 1,000,000 bytes"):
        ask(publisher)
    assert time.monotonic() - begun < 5 and len(publisher.asked) == 1


def test_answer_larger_than_allowed_is_refused(publisher: Publisher) -> None:
    answers(publisher, as_json(b"[" + b" " * 1_100_000 + b"]"))
    with pytest.raises(RefusedError, match="more than 1,000,000 bytes"):
        ask(publisher)


def test_packed_answer_is_unpacked(publisher: Publisher) -> None:
    answers(publisher, as_json(gzip.compress(b'{"a": 1}'), Content_Encoding="gzip"))
    assert ask(publisher) == b'{"a": 1}'


@pytest.mark.parametrize(
    ("content", "packing", "expected", "says"),
    [
        (gzip.compress(b'{"a": 1}')[:-9], "gzip", LostError, "ends before its end"),
        (b"this is not packed", "gzip", LostError, "cannot be unpacked"),
        (b"\x8b\x03", "br", RefusedError, "packed by 'br'"),
    ],
)
def test_answer_that_cannot_be_unpacked_is_told_as_that(
    publisher: Publisher, content: bytes, packing: str, expected: type[SourceError], says: str
) -> None:
    answers(publisher, as_json(content, Content_Encoding=packing))
    with pytest.raises(expected, match=says):
        ask(publisher)


def test_drop_by_drop_is_given_up(publisher: Publisher) -> None:
    def drops() -> Iterator[bytes]:
        for _ in range(200):
            time.sleep(0.05)
            yield b" "

    publisher.answers["/tables/1"] = lambda _: Response(drops(), 200, content_type="application/json")
    begun = time.monotonic()
    with pytest.raises(LostError, match="so slowly"):
        ask(publisher, impatient(publisher))
    assert time.monotonic() - begun < 4


def test_silence_is_given_up(publisher: Publisher) -> None:
    def silent(_: Request) -> Response:
        time.sleep(1)
        return as_json({})

    publisher.answers["/tables/1"] = silent
    with pytest.raises(LostError, match="does not answer in time"):
        ask(publisher, impatient(publisher))


def test_cut_off_answer_is_asked_for_again(publisher: Publisher) -> None:
    short = as_json({"a": 1})
    short.headers["Content-Length"] = "5000"
    short.automatically_set_content_length = False
    answers(publisher, short, as_json({"a": 2}))
    assert json.loads(ask(publisher)) == {"a": 2}


def raw_server(behave: Callable[[socket.socket], None]) -> tuple[socket.socket, str]:
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connected, _ = listening.accept()
            except OSError:
                return
            with connected:
                connected.recv(65_536)
                behave(connected)

    threading.Thread(target=serve, daemon=True).start()
    return listening, f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("said", [b"", b"no protocol at all\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"])
def test_connection_that_breaks_is_lost_and_not_half_an_answer(publisher: Publisher, said: bytes) -> None:
    listening, address = raw_server(lambda connected: connected.sendall(said))
    with listening:
        asks = publisher.caller()
        asks.bases = {"byraa": address}
        with pytest.raises(LostError, match="cut off"):
            ask(publisher, asks)


def test_nobody_there_is_offline_and_no_failure_of_the_publisher(publisher: Publisher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    asks = publisher.caller()
    asks.bases = {"byraa": f"http://127.0.0.1:{port}"}
    with pytest.raises(OfflineError, match="cannot be reached"):
        ask(publisher, asks)
    assert publisher.clock.seconds() < 10


def test_secret_of_an_address_is_sent_and_never_told(
    publisher: Publisher, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    asks = publisher.caller()
    asks.bases = {"byraa": publisher.server.url_for("/v2").replace("http://", "http://me:hemmelig@")}
    answers(publisher, as_json({"title": "No"}, 400))
    with pytest.raises(RefusedError) as refused:
        ask(publisher, asks)
    assert publisher.asked[0].authorization is not None
    told = str(refused.value) + caplog.text + asks.address(byraa(), ASKED)
    assert "hemmelig" not in told and "bWU6" not in told


def test_no_test_can_call_out() -> None:
    with pytest.raises(AssertionError, match="calls out"), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(AssertionError, match="calls out"):
        socket.getaddrinfo("data.example.org", 443)
