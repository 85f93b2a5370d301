"""Fetch what is new of each resource, and say what became of it: one that fails leaves the others as they are.

Not here: how a question is asked (manners), and what may be loaded (ingest).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.common.settings import Settings
from pipelines.ingest.json_stat import BodyError, Cube, read_axes, read_cube, read_json
from pipelines.ingest.resources import PERIOD, Resource, Source, sources
from pipelines.live import ledger
from pipelines.live.delivery import MOST_QUERY, Delivered, check_json, deliver, newest
from pipelines.live.errors import ClosedError, LostError, OfflineError, RefusedError, SourceError
from pipelines.live.ledger import CLOSED, FETCHED, LEFT_OPEN, LOST, OFFLINE, REFUSED, UNCHANGED
from pipelines.live.manners import Caller, Question
from pipelines.live.questions import pieces, query_question, select, table_question

LANGUAGE = "no"
Tell = Callable[[str], object]


@dataclass(frozen=True)
class Outcome:
    """What became of a resource; `warnings` are of what is odd about it at the source."""

    survey: str
    state: str
    said: str
    warnings: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether it is known now what the source has."""
        return self.state in (FETCHED, UNCHANGED)


@dataclass(frozen=True)
class _Answer:
    """What was fetched, {file name: body}; none where the source has nothing new."""

    bodies: Mapping[str, bytes] = field(default_factory=dict)
    updated: str = ""
    asked: tuple[Question, ...] = ()
    last_period: str = ""
    is_closed: bool = False


def caller(settings: Settings) -> Caller:
    """Who asks, by the addresses and limits of the environment."""
    return Caller(settings.source_urls, settings.max_extract_bytes)


def refresh(settings: Settings, wanted: Iterable[Resource], asks: Caller, tell: Tell = lambda _: None) -> list[Outcome]:
    """Ask for each resource in turn, and note when it was and what came of it.

    A source that does not answer is not asked for the next of its resources. Nothing is raised for what sources do.
    """
    entries, outcomes = ledger.read(settings.work), []
    silent: dict[str, Outcome] = {}
    for resource in wanted:
        was = silent.get(resource.source)
        if was:
            outcome = replace(was, survey=resource.survey, said=f"not asked for: {was.said}")
            last = entries.get(resource.survey, ledger.Entry())
            entries[resource.survey] = replace(last, tried=_now(asks), state=outcome.state, said=outcome.said)
        else:
            outcome, entries[resource.survey] = _one(settings, resource, asks, entries.get(resource.survey))
        if outcome.state in (CLOSED, OFFLINE, LOST):
            silent.setdefault(resource.source, outcome)
        outcomes.append(outcome)
        ledger.write(settings.work, entries)
        tell(f"{resource.survey}: {outcome.state}{f', {outcome.said}' if outcome.said else ''}")
        for warning in outcome.warnings:
            tell(f"! {resource.survey}: {warning}")
    return outcomes


def _now(asks: Caller) -> str:
    return asks.clock.now().isoformat(timespec="seconds")


def _one(
    settings: Settings, resource: Resource, asks: Caller, last: ledger.Entry | None
) -> tuple[Outcome, ledger.Entry]:
    entry = replace(last or ledger.Entry(), tried=_now(asks))
    try:
        outcome, answer = _fetched(settings.landing, resource, asks)
    except SourceError as error:
        states = {ClosedError: CLOSED, OfflineError: OFFLINE, LostError: LOST, RefusedError: REFUSED}
        outcome, answer = Outcome(resource.survey, states[type(error)], str(error)), _Answer()
    except BodyError as error:
        outcome, answer = Outcome(resource.survey, REFUSED, f"{error.problem} -> {error.remedy}"), _Answer()
    entry = replace(entry, state=outcome.state, said=outcome.said)
    if outcome.is_done:
        known = replace(entry, last_period=answer.last_period or entry.last_period, is_closed=answer.is_closed)
        entry = replace(known, checked=_now(asks))
    return outcome, entry


def _fetched(landing: Path, resource: Resource, asks: Caller) -> tuple[Outcome, _Answer]:
    if not resource.is_selected:
        said = f"nobody knows yet what to ask for; `sources describe {resource.address}` proposes the rows"
        return Outcome(resource.survey, LEFT_OPEN, said), _Answer()
    source, before = sources()[resource.source], newest(landing, resource)
    local = asks.clock.now().astimezone(ZoneInfo(source.time_zone))
    answer = ASKED[source.api](asks, resource, before, local)
    warnings = ("the publisher has closed the table: it gets no new figures",) if answer.is_closed else ()
    if not answer.bodies or _is_same(before, resource, answer):
        return Outcome(resource.survey, UNCHANGED, _since(before), warnings), answer
    check_json(answer.bodies)
    provenance = _provenance(source, resource, asks, answer)
    folder = deliver(landing, resource, local.year, answer.bodies, provenance)
    size = sum(map(len, answer.bodies.values()))
    told = f"{size:,} bytes into landing/{folder.relative_to(landing)}".replace(",", " ")
    return Outcome(resource.survey, FETCHED, told, warnings), answer


def _is_same(before: Delivered | None, resource: Resource, answer: _Answer) -> bool:
    """Whether what was fetched, and what was asked for, is what lies there, byte by byte."""
    if before is None or not _asks_the_same(before, resource):
        return False
    new = {name: hashlib.sha256(body).hexdigest() for name, body in answer.bodies.items()}
    return new == before.files


def _since(before: Delivered | None) -> str:
    return f"as fetched {str(before.said.get('retrieved', ''))[:10]}".strip() if before else ""


def _provenance(source: Source, resource: Resource, asks: Caller, answer: _Answer) -> dict[str, str]:
    """What SOURCE.yml says: nothing of it changes where the body is the same, but when it was retrieved."""
    first = answer.asked[0]
    query = json.dumps([q.posted if q.posted is not None else q.address for q in answer.asked], ensure_ascii=False)
    said = {
        "producer": source.producer,
        "url": asks.address(source, Question(first.address.partition("?")[0])),
        "licence": source.licence,
        "retrieved": _now(asks),
        "note": f"{resource.title_nb}. {source.attribution_nb}.",
        "updated": answer.updated,
        "selection": _selection(resource),
        "query": query[:MOST_QUERY],
    }
    return {key: text for key, text in said.items() if text}


def _of_table(asks: Caller, resource: Resource, before: Delivered | None, _local: datetime) -> _Answer:
    """A table of PxWebApi 2: no data are asked for where it was not updated and the question is the same."""
    source, path = sources()[resource.source], f"tables/{resource.address}"
    told = read_json(asks.ask(source, Question(f"{path}?lang={LANGUAGE}")))
    if not isinstance(told, dict) or not isinstance(told.get("updated"), str):
        raise BodyError("shape", f"{source.source} does not say when {resource.address} was updated")
    about = _Answer(
        updated=told["updated"],
        last_period=str(told.get("lastPeriod") or ""),
        is_closed=told.get("discontinued") is True,
    )
    if before and before.said.get("updated") == about.updated and _asks_the_same(before, resource):
        return about
    table = read_axes(read_json(asks.ask(source, Question(f"{path}/metadata?lang={LANGUAGE}"))))
    asked = tuple(table_question(resource, piece, LANGUAGE) for piece in pieces(select(resource, table)))
    bodies = _pieces(asks, source, resource, asked)
    if len({read_cube(read_json(body)).updated for body in bodies.values()}) > 1:
        raise LostError("changed_meanwhile", f"{resource.survey} was updated while it was fetched, piece by piece")
    return replace(about, bodies=bodies, asked=asked)


def _asks_the_same(before: Delivered, resource: Resource) -> bool:
    return str(before.said.get("selection", "")) == _selection(resource)


def _selection(resource: Resource) -> str:
    return " ".join(f"{d.name}={','.join(d.codes)}" for d in resource.dimensions)


def _pieces(asks: Caller, source: Source, resource: Resource, asked: tuple[Question, ...]) -> dict[str, bytes]:
    names = [f"{resource.resource}{f'_{n}' if len(asked) > 1 else ''}.json" for n in range(1, len(asked) + 1)]
    return {name: asks.ask(source, question) for name, question in zip(names, asked, strict=True)}


def _of_query(asks: Caller, resource: Resource, _before: Delivered | None, _local: datetime) -> _Answer:
    """A table that says only with its data when it was updated."""
    question = query_question(resource)
    bodies = _pieces(asks, sources()[resource.source], resource, (question,))
    (cube,) = (read_cube(read_json(body)) for body in bodies.values())
    return _Answer(bodies, cube.updated, (question,), _last_period(resource, cube), cube.is_discontinued)


def _last_period(resource: Resource, cube: Cube) -> str:
    times = [d.name for d in resource.dimensions if d.becomes == PERIOD]
    return max((code for axis in cube.axes if axis.name in times for code in axis.codes), default="")


def _of_register(asks: Caller, resource: Resource, _before: Delivered | None, _local: datetime) -> _Answer:
    """A classification, which says nothing of when it was updated."""
    question = Question(resource.address)
    return _Answer(_pieces(asks, sources()[resource.source], resource, (question,)), asked=(question,))


def _of_catalogue(asks: Caller, resource: Resource, before: Delivered | None, local: datetime) -> _Answer:
    """A count of today, once a month."""
    name = f"{local:%Y-%m}.json"
    if before and name in before.files:
        return _Answer(last_period=f"{local:%YM%m}")
    question = Question(resource.address, {"query": "", "pagination": {"page": 0, "size": 1}})
    body = asks.ask(sources()[resource.source], question)
    return _Answer({name: body}, asked=(question,), last_period=f"{local:%YM%m}")


ASKED = {"pxweb": _of_table, "dissemination": _of_query, "klass": _of_register, "catalogue": _of_catalogue}
