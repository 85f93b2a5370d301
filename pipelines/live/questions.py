"""What is asked of a statistical table: each dimension by name, in as many pieces as the publisher allows.

Not here: asking (manners), and what the codes are called here (seeds/sources).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from math import prod
from urllib.parse import urlencode

from pipelines.ingest.json_stat import Axis, Cube
from pipelines.ingest.resources import DIMENSIONS, Resource
from pipelines.live.errors import RefusedError
from pipelines.live.manners import Question

Selection = Mapping[str, Sequence[str]]  # {dimension: codes}
MOST_CELLS = 800_000  # empty ones count
LONGEST_ADDRESS = 2_000  # characters; of somewhat more a publisher says that there is no such table
FROM, TOP = re.compile(r"from\((.+)\)"), re.compile(r"top\(([0-9]+)\)")
UNSAFE = re.compile(r"[,\[\]()*?\s]")  # in a code: they mean something in an address
ALL = "*"


def select(resource: Resource, table: Cube) -> dict[str, list[str]]:
    """The codes that the seeds ask for, of every dimension that the table has.

    Raises RefusedError where table and seeds do not have the same dimensions, or a code is not there any more.
    """
    wanted = {dimension.name: dimension.codes for dimension in resource.dimensions if dimension.name}
    known = [axis.name for axis in table.axes]
    if strangers := [name for name in known if name not in wanted]:
        problem = f"{resource.survey} has a dimension that the seeds do not name: {', '.join(strangers)}"
        raise RefusedError("unknown_dimension", problem, f"left out it would be summed; add it to {DIMENSIONS}")
    if gone := [name for name in wanted if name not in known]:
        problem = f"{resource.survey} has no dimension {', '.join(gone)} any more (it has {', '.join(known)})"
        raise RefusedError("missing_dimension", problem, f"correct {DIMENSIONS}")
    return {axis.name: _codes(resource, axis, wanted[axis.name]) for axis in table.axes}


def _codes(resource: Resource, axis: Axis, patterns: Sequence[str]) -> list[str]:
    """The codes of a dimension, each once, in the order of the table; letter by letter, since case may matter."""
    chosen: set[str] = set()
    in_time = sorted(axis.codes)
    for pattern in patterns:
        if begins := FROM.fullmatch(pattern):
            found = [code for code in axis.codes if code >= begins[1]]
        elif n := TOP.fullmatch(pattern):
            found = in_time[-int(n[1]) :] if int(n[1]) else []
        elif pattern in axis.codes:
            found = [pattern]
        else:
            found = [code for code in axis.codes if fnmatchcase(code, pattern)]
        if not found:
            some = ", ".join(axis.codes[:10]) + (" ..." if len(axis.codes) > 10 else "")
            problem = f"{resource.survey}: {axis.name} has no code {pattern} any more (it has {some})"
            raise RefusedError("vanished_code", problem, f"see what took its place, and correct {DIMENSIONS}")
        chosen.update(found)
    return [code for code in axis.codes if code in chosen]


def pieces(selection: Selection, most_cells: int = MOST_CELLS) -> list[dict[str, list[str]]]:
    """The selection in pieces of at most so many cells, divided along its longest dimensions."""
    if prod(map(len, selection.values())) <= most_cells:
        return [{name: list(codes) for name, codes in selection.items()}]
    longest = max(selection, key=lambda name: len(selection[name]))
    codes = selection[longest]
    others = prod(len(c) for name, c in selection.items() if name != longest)
    size = max(1, most_cells // others) if others <= most_cells else 1
    return [
        piece
        for start in range(0, len(codes), size)
        for piece in pieces({**selection, longest: codes[start : start + size]}, most_cells)
    ]


def table_question(resource: Resource, selection: Selection, language: str) -> Question:
    """Ask a PxWebApi 2 for cells: by an address where it is short enough and means what it says, else by a body."""
    path = f"tables/{resource.address}/data"
    asked = {"lang": language, "outputFormat": "json-stat2"}
    is_safe = not any(UNSAFE.search(code) for codes in selection.values() for code in codes)
    by_name = {f"valueCodes[{name}]": ",".join(codes) for name, codes in selection.items()}
    address = f"{path}?{urlencode(asked | by_name, safe=',')}"
    if is_safe and len(address) < LONGEST_ADDRESS:
        return Question(address)
    chosen = [{"variableCode": name, "valueCodes": list(codes)} for name, codes in selection.items()]
    return Question(f"{path}?{urlencode(asked)}", {"selection": chosen})


def query_question(resource: Resource) -> Question:
    """Ask an interface that takes its selection as a query, and gives all codes of what is not named in it.

    Raises RefusedError where the address would be too long.
    """
    address = f"data/{resource.address}?{urlencode([('format', 'JSON'), ('lang', 'EN'), *_by_query(resource)])}"
    if len(address) >= LONGEST_ADDRESS:
        problem = f"the question for {resource.survey} has {len(address)} characters, {LONGEST_ADDRESS} are allowed"
        raise RefusedError("too_long", problem, f"ask for fewer codes in {DIMENSIONS}")
    return Question(address)


def _by_query(resource: Resource) -> Iterator[tuple[str, str]]:
    for dimension in resource.dimensions:
        for code in dict.fromkeys(dimension.codes):
            if dimension.name and code != ALL:
                begins, n = FROM.fullmatch(code), TOP.fullmatch(code)
                if begins:
                    yield "sinceTimePeriod", begins[1]
                elif n:
                    yield "lastTimePeriod", n[1]
                else:
                    yield dimension.name, code
