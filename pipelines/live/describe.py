"""Propose the seed rows of a table from what its publisher says of it; look for tables by words.

Not here: deciding what is asked for: a person reads the rows and puts them into seeds/sources.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlencode

from pipelines.ingest.json_stat import Axis, BodyError, Cube, read_axes, read_json
from pipelines.ingest.resources import CATEGORY, CONCEPT, FIXED, PERIOD, REGION, RESOURCES, Source
from pipelines.live.errors import RefusedError
from pipelines.live.manners import Caller, Question
from pipelines.live.questions import ALL
from pipelines.live.refresh import LANGUAGE

MOST_PAGES, PAGE_SIZE = 20, 50
MOST_CODES = 60  # of a dimension, that are listed one by one
CADENCES = {"annual": "yearly", "quarterly": "quarterly", "monthly": "monthly"}
LAGS = {"yearly": "500", "quarterly": "150", "monthly": "60"}  # a beginning, to be corrected
QUERIED = "dissemination"


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


def proposed_rows(asks: Caller, source: Source, table: str, survey: str) -> dict[str, str]:
    """{seed: rows of CSV, with their header} of a table; `survey` is the one by whose codebook it is to be read."""
    path = quote(table, safe="")
    if source.api == QUERIED:
        cube = read_axes(read_json(asks.ask(source, Question(f"data/{path}?format=JSON&lang=EN&lastTimePeriod=1"))))
        cadence = ""
    else:
        told = read_json(asks.ask(source, Question(f"tables/{path}?lang={LANGUAGE}")))
        cadence = CADENCES.get(str(told.get("timeUnit", "") if isinstance(told, dict) else "").lower(), "")
        cube = read_axes(read_json(asks.ask(source, Question(f"tables/{path}/metadata?lang={LANGUAGE}"))))
    roles = dict(_roles(cube))
    units = sorted({unit for axis in cube.axes for unit in axis.units.values()})
    resource = {
        "source": source.source, "resource": table, "title_nb": cube.label, "address": table, "form": "json_stat",
        "reads_as": survey, "maps_to": "official_statistics", "unit": "<percent, count or index>",
        "said_unit": units[0] if len(units) == 1 else "", "cadence": cadence, "lag_days": LAGS.get(cadence, ""),
        "refresh_days": 10, "is_kept_monthly": "false", "note_nb": "",
    }  # fmt: skip
    return {
        RESOURCES: _csv([resource]),
        RESOURCES.replace(".csv", "_dimension.csv"): _csv(list(_dimensions(source, table, cube, roles))),
        RESOURCES.replace(".csv", "_code.csv"): _csv(list(_codes(source, table, cube, roles))),
    }


def _roles(cube: Cube) -> Iterator[tuple[str, str]]:
    """(dimension, what it becomes): a guess by its name and role. That one is to be summed is nobody's guess."""
    free = [CONCEPT, CATEGORY, REGION]
    guesses = {"contentscode": CONCEPT, "indic_is": CONCEPT, "region": REGION, "geo": REGION}
    for axis in sorted(cube.axes, key=lambda axis: axis.name.lower() not in guesses):
        guess = guesses.get(axis.name.lower(), CATEGORY)
        if axis.is_time or axis.name.lower() in ("tid", "time"):
            yield axis.name, PERIOD
        elif guess in free:
            free.remove(guess)
            yield axis.name, guess
        else:
            yield axis.name, FIXED
    for role in free:
        yield "", role


def _dimensions(source: Source, table: str, cube: Cube, roles: dict[str, str]) -> Iterator[dict[str, object]]:
    named = {axis.name: axis for axis in cube.axes}
    left = [role for role in (CONCEPT, CATEGORY, REGION) if role not in [roles[name] for name in named]]
    for name, axis in named.items():
        codes = _asked(axis, roles[name])
        yield {"source": source.source, "resource": table, "dimension": name, "becomes": roles[name], "codes": codes}
    for role in left:
        fill = "NOR" if role == REGION else "<code>"
        yield {"source": source.source, "resource": table, "dimension": "", "becomes": role, "codes": fill}


def _asked(axis: Axis, role: str) -> str:
    if role == PERIOD or len(axis.codes) > MOST_CODES:
        return ALL
    if role == FIXED and len(axis.codes) > 1:
        return f"<one of: {' '.join(axis.codes)}>"
    return " ".join(axis.codes)


def _codes(source: Source, table: str, cube: Cube, roles: dict[str, str]) -> Iterator[dict[str, object]]:
    for axis in cube.axes:
        if roles[axis.name] in (CONCEPT, CATEGORY) and len(axis.codes) <= MOST_CODES:
            for code in axis.codes:
                row = {"source": source.source, "resource": table, "dimension": axis.name, "code": code}
                yield {**row, "name": code, "name_nb": axis.labels.get(code, code)}


def _csv(rows: Sequence[dict[str, object]]) -> str:
    text = io.StringIO(newline="")
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()
