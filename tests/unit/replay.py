"""A publisher on this machine that answers as publishers do, well or badly, and a clock that lets hours pass at once.

Not here: what is expected of who asks (test_live_*.py).
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from pipelines.common.settings import Settings
from pipelines.ingest.resources import resources
from pipelines.live.clock import Clock
from pipelines.live.manners import Caller, Limits
from pipelines.live.refresh import Outcome, refresh

NOON = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)  # 12:00 in Oslo
Answer = Callable[[Request], Response]


class VirtualClock(Clock):
    """Time that passes only where somebody waits."""

    def __init__(self, begins: datetime = NOON) -> None:
        object.__setattr__(self, "begins", begins)
        object.__setattr__(self, "passed", [0.0])

    def now(self) -> datetime:
        return self.begins + timedelta(seconds=self.passed[0])

    def seconds(self) -> float:
        return self.passed[0]

    def sleep(self, seconds: float) -> None:
        self.passed[0] += seconds


def as_json(content: Any, status: int = 200, **headers: str) -> Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, status, named, content_type="application/json")


@dataclass
class Publisher:
    """Answers by `answers`, {end of the path: how}; keeps what it was asked, and when."""

    server: HTTPServer
    clock: VirtualClock = field(default_factory=VirtualClock)
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.expect_request(re.compile("")).respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        request.get_data()
        self.asked.append(request)
        self.times.append(self.clock.seconds())
        ends = max((end for end in self.answers if request.path.endswith(end)), key=len, default=None)
        return self.answers[ends](request) if ends is not None else as_json({"title": "Unknown address"}, 404)

    @property
    def paths(self) -> list[str]:
        return [request.path.removeprefix("/v2") for request in self.asked]

    def publishes(self, table: str, data: dict[str, Any], **about: Any) -> None:
        """A table of PxWebApi 2: what it is, its metadata, and the cells that are asked for."""
        updated = data.get("updated", "2026-01-09T07:00:00Z")
        told = {
            "id": table,
            "updated": updated,
            "lastPeriod": "2025",
            "timeUnit": "Annual",
            "discontinued": None,
            **about,
        }
        self.answers[f"/tables/{table}"] = lambda _: as_json(told)
        described = {key: value for key, value in data.items() if key not in ("value", "status")}
        self.answers[f"/tables/{table}/metadata"] = lambda _: as_json(described)
        self.answers[f"/tables/{table}/data"] = lambda request: as_json(chosen_of(data, selection_of(request)))

    def caller(self, limits: Limits | None = None) -> Caller:
        base = self.server.url_for("/v2")
        bases = {resource.source: base for resource in resources().values()}
        return Caller(bases, 50_000_000, self.clock, limits or Limits())

    def refresh(self, data_dir: Path, *names: str, asks: Caller | None = None) -> list[Outcome]:
        wanted = [r for r in resources().values() if not names or r.survey in names]
        return refresh(Settings(data_dir), wanted, asks or self.caller())


def selection_of(request: Request) -> dict[str, list[str]]:
    """What is asked for, by an address or by a body."""
    if request.method == "POST":
        return {one["variableCode"]: one["valueCodes"] for one in json.loads(request.get_data())["selection"]}
    named = {name: codes for name, codes in request.args.items() if name.startswith("valueCodes[")}
    return {name.removeprefix("valueCodes[").removesuffix("]"): codes.split(",") for name, codes in named.items()}


def chosen_of(data: dict[str, Any], selection: dict[str, list[str]]) -> dict[str, Any]:
    """The part of a table that was asked for; what is asked for twice is answered as by the publisher, by nothing."""
    indices = {name: list(data["dimension"][name]["category"]["index"]) for name in data["id"]}
    codes = {name: [code for code in indices[name] if code in selection[name]] for name in data["id"]}
    places = list(
        _positions([[indices[name].index(code) for code in codes[name]] for name in data["id"]], data["size"])
    )
    described = {
        name: {**data["dimension"][name], "category": {**data["dimension"][name]["category"], "index": codes[name]}}
        for name in data["id"]
    }
    values = [data["value"][place] for place in places]
    statuses = {str(n): data["status"][str(p)] for n, p in enumerate(places) if str(p) in data.get("status", {})}
    size = [len(codes[name]) for name in data["id"]]
    return {**data, "size": size, "dimension": described, "value": values, "status": statuses}


def _positions(indices: list[list[int]], size: list[int]) -> Iterator[int]:
    if not indices:
        yield 0
        return
    stride = 1
    for n in size[1:]:
        stride *= n
    for index in indices[0]:
        for rest in _positions(indices[1:], size[1:]):
            yield index * stride + rest


def table(**codes: list[str]) -> dict[str, Any]:
    """A made-up table of these dimensions, with the numbers from 1 on in its cells."""
    n = 1
    for listed in codes.values():
        n *= len(listed)
    return {
        "class": "dataset", "version": "2.0", "label": "Tall", "updated": "2026-01-09T07:00:00Z",
        "id": list(codes), "size": [len(listed) for listed in codes.values()], "role": {"time": ["Tid"]},
        "dimension": {name: {"label": name, "category": {"index": listed}} for name, listed in codes.items()},
        "value": list(range(1, n + 1)), "status": {},
    }  # fmt: skip
