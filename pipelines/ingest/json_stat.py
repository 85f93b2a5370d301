"""JSON-stat 2 as a cube: its dimensions, and a value or the reason why there is none for every cell.

Not here: which cells the project wants and what it calls them (json_reader), and how it is fetched (pipelines/live).
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

MAX_CELLS = 10_000_000  # what an answer may announce: twelve times what the largest publisher gives
AGAIN = "fetch it again; if it stays so, tell the publisher"


class BodyError(ValueError):
    """An answer is not what it should be: `rule`, what is wrong, and what to do."""

    def __init__(self, rule: str, problem: str, remedy: str = AGAIN, value: str = "") -> None:
        super().__init__(problem)
        self.rule, self.problem, self.remedy, self.value = rule, problem, remedy, value


@dataclass(frozen=True)
class Axis:
    """A dimension: its codes in order, letter by letter, and how they are called; `units` of those that have one."""

    name: str
    label: str
    codes: list[str]
    labels: dict[str, str]
    units: dict[str, str]
    is_time: bool


@dataclass(frozen=True)
class Cube:
    """A data set. `values` and `statuses` by the position of the cell, the last dimension running fastest."""

    label: str
    updated: str
    is_discontinued: bool
    axes: list[Axis]
    values: Mapping[int, float]
    statuses: Mapping[int, str]

    @property
    def n_cells(self) -> int:
        return math.prod(len(axis.codes) for axis in self.axes)

    def cells(self) -> Iterator[tuple[tuple[str, ...], float | None, str]]:
        """(codes, value, status) of every cell, also of those without a value."""
        for position, codes in enumerate(product(*(axis.codes for axis in self.axes))):
            yield codes, self.values.get(position), self.statuses.get(position, "")


def read_json(content: bytes) -> Any:
    """The content of a body; a key that is there twice in one object, or a number that is none, is refused."""
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
    except BodyError:
        raise
    except UnicodeDecodeError as error:
        raise BodyError("encoding", "the body is not UTF-8 text") from error
    except RecursionError as error:
        raise BodyError("not_json", "the body is nested deeper than any answer is") from error
    except ValueError as error:
        beginning = content[:60].decode("utf-8", "replace").strip()
        raise BodyError("not_json", f"the body is no JSON, or cut off ({error})", value=beginning) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BodyError("repeated_code", f"{twice!r} is there twice in one list of the body", value=twice)
    return found


def _no_number(constant: str) -> float:
    raise BodyError("number", f"{constant} stands where a number should", value=constant)


def read_cube(body: Any) -> Cube:
    """The cube that a body holds, with its values; raises BodyError where it is none, or contradicts itself."""
    cube = read_axes(body)
    if "value" not in body:
        raise BodyError("no_values", "the body describes a table, and holds no values")
    values = _by_position(body["value"], cube.n_cells, "value")
    for position, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise BodyError("number", f"cell {position} holds {value!r}, which is no number", value=str(value))
    statuses = body.get("status")
    if isinstance(statuses, str):
        statuses = [statuses] * cube.n_cells
    said = {n: str(sign) for n, sign in _by_position(statuses or {}, cube.n_cells, "status").items() if sign != ""}
    return Cube(cube.label, cube.updated, cube.is_discontinued, cube.axes, values, said)


def read_axes(body: Any) -> Cube:
    """The same without values, as a publisher's metadata are; raises BodyError."""
    if not isinstance(body, dict):
        raise BodyError("not_a_data_set", f"the body is a {type(body).__name__}, not a data set of JSON-stat 2")
    if isinstance(body.get("dataset"), dict):
        raise BodyError("old_format", "the body is JSON-stat 1", "ask for json-stat2")
    if body.get("class") != "dataset" or not all(isinstance(body.get(k), list) for k in ("id", "size")):
        said = ", ".join(list(map(str, body))[:5])
        raise BodyError("not_a_data_set", f"the body is no data set of JSON-stat 2 (it holds {said or 'nothing'})")
    names, size, dimensions = body["id"], body["size"], body.get("dimension")
    if not isinstance(dimensions, dict) or len(names) != len(size) or len(set(map(str, names))) < len(names):
        raise BodyError("size", f"{len(names)} dimensions, {len(size)} sizes: they do not belong together")
    role = body.get("role") or {}
    times = role.get("time", []) if isinstance(role, dict) else []
    axes = [_axis(str(name), dimensions.get(name), name in times) for name in names]
    for axis, n in zip(axes, size, strict=True):
        if isinstance(n, bool) or n != len(axis.codes):
            raise BodyError("size", f"{axis.name} says it has {n} codes, and lists {len(axis.codes)}", value=str(n))
    n_cells = math.prod(size)
    if n_cells > MAX_CELLS:
        raise BodyError("size", f"the table says it has {n_cells:,} cells, the limit is {MAX_CELLS:,}")
    return Cube(str(body.get("label", "")), str(body.get("updated", "")), _is_closed(body), axes, {}, {})


def _is_closed(body: dict[str, Any]) -> bool:
    extension = body.get("extension")
    return body.get("discontinued") is True or (isinstance(extension, dict) and extension.get("discontinued") is True)


def _axis(name: str, described: Any, is_time: bool) -> Axis:
    category = described.get("category") if isinstance(described, dict) else None
    if not isinstance(category, dict):
        raise BodyError("dimension", f"the body does not describe its dimension {name}", value=name)
    index, labels = category.get("index"), category.get("label") or {}
    if index is None and len(labels) == 1:  # of a single code it may be left out
        index = list(labels)
    if isinstance(index, dict):
        if sorted(map(repr, index.values())) != sorted(map(repr, range(len(index)))):
            raise BodyError("dimension", f"the codes of {name} are not counted from 0 to {len(index) - 1}", value=name)
        index = sorted(index, key=index.__getitem__)
    if not isinstance(index, list) or not all(isinstance(code, str) for code in index):
        raise BodyError("dimension", f"the body lists no codes of its dimension {name}", value=name)
    if len(set(index)) < len(index):
        twice = next(code for code in index if index.count(code) > 1)
        raise BodyError("repeated_code", f"{name} has the code {twice!r} twice", value=twice)
    units = category.get("unit") or {}
    bases = {c: str(u.get("base") or u.get("label") or "") for c, u in units.items() if isinstance(u, dict)}
    return Axis(name, str(described.get("label", name)), index, dict(labels), bases, is_time)


def _by_position(said: Any, n_cells: int, what: str) -> dict[int, Any]:
    """{position: what is said}, without what is null; said as a list of all cells or as a list of some."""
    if isinstance(said, list):
        if len(said) not in ({n_cells} if what == "value" else {n_cells, 1}):
            raise BodyError("size", f"the table has {n_cells} cells, and {what} has {len(said)}", value=str(len(said)))
        spread = said if len(said) == n_cells else said * n_cells
        return {position: one for position, one in enumerate(spread) if one is not None}
    if not isinstance(said, dict):
        raise BodyError("size", f"{what} is neither a list nor an object")
    found = {}
    for key, one in said.items():
        if not key.isascii() or not key.isdigit() or not int(key) < n_cells:
            raise BodyError("size", f"{what} names the cell {key}, and there are {n_cells}", value=key)
        if one is not None:
            found[int(key)] = one
    return found
