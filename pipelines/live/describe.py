"""Propose the seed rows of a table from what its publisher says of it; look for tables by words.

Not here: deciding what is asked for: a person says so (adopt), or reads the rows and puts them into seeds/sources.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from pipelines.ingest.json_stat import Axis, BodyError, Cube, read_axes, read_json
from pipelines.ingest.resources import CATEGORY, CODES, CONCEPT, DIMENSIONS, FIXED, PERIOD, REGION, RESOURCES, Source
from pipelines.live.errors import RefusedError
from pipelines.live.manners import Caller, Question
from pipelines.live.questions import ALL
from pipelines.live.refresh import LANGUAGE

MOST_PAGES, PAGE_SIZE = 20, 50
MOST_CODES = 60  # of a dimension, that are listed one by one
CADENCES = {"annual": "yearly", "quarterly": "quarterly", "monthly": "monthly"}
LAGS = {"yearly": "500", "quarterly": "150", "monthly": "60"}  # a beginning, to be corrected
QUERIED = "dissemination"
OPEN = "<"  # begins what somebody has to fill in
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Said:
    """What a person says of a table: {dimension: what it becomes}, {dimension, or column without one: codes},
    {code: name}, {column of its own row: value}."""

    roles: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)


def tables_found(asks: Caller, source: Source, words: str) -> Iterator[tuple[str, str]]:
    """(id, title) of the tables that a search finds. Raises RefusedError where its pages do not come to an end."""
    seen: set[str] = set()
    for page in range(1, MOST_PAGES + 1):
        query = urlencode({"lang": LANGUAGE, "query": words, "pageSize": PAGE_SIZE, "pageNumber": page})
        told = read_json(asks.ask(source, Question(f"tables?{query}")))
        tables = told.get("tables") if isinstance(told, dict) else None
        if not isinstance(tables, list):
            raise BodyError("shape", f"the search of {source.source} answers without a list of tables")
        new = {str(table.get("id")): str(table.get("label", "")) for table in tables if isinstance(table, dict)}
        yield from ((name, label) for name, label in new.items() if name not in seen)
        n_pages = (told.get("page") or {}).get("totalPages", 1)
        if new and new.keys() <= seen:
            problem = f"page {page} of the search holds what earlier ones held: it runs in a circle"
            raise RefusedError("paging", problem, "search for other words")
        if page >= n_pages or not new:
            return
        seen |= new.keys()
    raise RefusedError("paging", f"the search has more than {MOST_PAGES} pages", "search for more words")


def described(asks: Caller, source: Source, table: str) -> tuple[Cube, str]:
    """The dimensions of a table, and its cadence, '' where its publisher does not say."""
    path = quote(table, safe="")
    if source.api == QUERIED:
        return read_axes(read_json(asks.ask(source, Question(f"data/{path}?format=JSON&lang=EN&lastTimePeriod=1")))), ""
    told = read_json(asks.ask(source, Question(f"tables/{path}?lang={LANGUAGE}")))
    cadence = CADENCES.get(str(told.get("timeUnit", "") if isinstance(told, dict) else "").lower(), "")
    return read_axes(read_json(asks.ask(source, Question(f"tables/{path}/metadata?lang={LANGUAGE}")))), cadence


def proposed_rows(
    source: Source, table: str, cube: Cube, cadence: str, survey: str, said: Said | None = None
) -> dict[str, Rows]:
    """{seed: rows} of a table; `survey` is the one by whose codebook it is to be read. What is left to fill in begins
    with <."""
    said = said or Said()
    roles = dict(_roles(cube, said))
    cadence = said.own.get("cadence", cadence)
    units = sorted({unit for axis in cube.axes for unit in axis.units.values()})
    resource = {
        "source": source.source, "resource": table, "title_nb": cube.label, "address": table, "form": "json_stat",
        "reads_as": survey, "maps_to": "official_statistics", "unit": "<percent, count or index>",
        "said_unit": units[0] if len(units) == 1 else "", "cadence": cadence, "lag_days": LAGS.get(cadence, ""),
        "refresh_days": "10", "is_kept_monthly": "false", "division_year": "", "note_nb": "",
    } | dict(said.own)  # fmt: skip
    own = {"source": source.source, "resource": table}
    return {
        RESOURCES: [resource],
        DIMENSIONS: [own | row for row in _dimensions(cube, roles, said)],
        CODES: [own | row for row in _codes(cube, roles, said)],
    }


def _roles(cube: Cube, said: Said) -> Iterator[tuple[str, str]]:
    """(dimension, what it becomes): as it is said, else a guess by its name and role. That one is to be summed is
    nobody's guess."""
    free = [role for role in (CONCEPT, CATEGORY, REGION) if role not in {*said.roles.values(), *said.codes}]
    guesses = {"contentscode": CONCEPT, "indic_is": CONCEPT, "region": REGION, "geo": REGION}
    for axis in sorted(cube.axes, key=lambda axis: axis.name.lower() not in guesses):
        guess = guesses.get(axis.name.lower(), CATEGORY)
        if axis.name in said.roles:
            yield axis.name, said.roles[axis.name]
        elif axis.is_time or axis.name.lower() in ("tid", "time"):
            yield axis.name, PERIOD
        elif guess in free:
            free.remove(guess)
            yield axis.name, guess
        else:
            yield axis.name, FIXED


def _dimensions(cube: Cube, roles: Mapping[str, str], said: Said) -> Iterator[dict[str, str]]:
    for axis in cube.axes:
        codes = said.codes.get(axis.name) or _asked(axis, roles[axis.name])
        yield {"dimension": axis.name, "becomes": roles[axis.name], "codes": codes}
    for role in (CONCEPT, CATEGORY, REGION):
        if role not in roles.values():
            fill = said.codes.get(role) or ("NOR" if role == REGION else f"{OPEN}code>")
            yield {"dimension": "", "becomes": role, "codes": fill}


def _asked(axis: Axis, role: str) -> str:
    if role == PERIOD or len(axis.codes) > MOST_CODES:
        return ALL
    if role == FIXED and len(axis.codes) > 1:
        return f"{OPEN}one of: {' '.join(axis.codes)}>"
    return " ".join(axis.codes)


def _codes(cube: Cube, roles: Mapping[str, str], said: Said) -> Iterator[dict[str, str]]:
    for axis in cube.axes:
        is_listed = roles[axis.name] in (CONCEPT, CATEGORY) and len(axis.codes) <= MOST_CODES
        # Of regions only where one has another name here: then no other code is taken for one.
        is_named = roles[axis.name] in (CONCEPT, CATEGORY, REGION) and not said.names.keys().isdisjoint(axis.codes)
        if is_listed or is_named:
            wanted = said.codes.get(axis.name, "").split()
            for code in axis.codes:
                if not wanted or code in wanted:
                    name = said.names.get(code, code)
                    yield {"dimension": axis.name, "code": code, "name": name, "name_nb": axis.labels.get(code, code)}
