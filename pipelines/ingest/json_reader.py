"""Read an answer of a public interface, a body as it was fetched or dropped, as the table that its resource becomes.

Not here: what JSON-stat is (json_stat), fetching (pipelines/live), and judging cells (validation).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.ingest.codebook import Survey, columns
from pipelines.ingest.extract import Chunk, Extract
from pipelines.ingest.findings import Findings
from pipelines.ingest.json_stat import BodyError, Cube, read_cube, read_json
from pipelines.ingest.resources import (
    CODES,
    COLUMNS,
    CONCEPT,
    DIMENSIONS,
    FIXED,
    JSON_STAT,
    PERIOD,
    Resource,
    resources,
)

Row = dict[str, str]
ROWS_PER_CHUNK = 50_000
MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
# How publishers write a quarter, a month, a week, and what the project writes.
PERIODS = {
    "K": r"([0-9]{4})-?[QK]([1-4])",
    "M": r"([0-9]{4})(?:-|-?M)([0-9]{2})",
    "U": r"([0-9]{4})-?[UW]([0-9]{2})",
}


def read_body(path: Path, survey: Survey, wave: int, findings: Findings, _max_bytes: int) -> list[Extract] | None:
    """The table in the body at `path`; None, with a finding, where it holds none."""
    resource = resources()[survey.survey]
    try:
        rows = READS[resource.form](read_json(path.read_bytes()), resource, path, findings)
    except BodyError as error:
        findings.add(error.rule, error.problem, error.remedy, value=error.value)
        return None
    header = [column.name for column in columns(survey.survey, wave)]
    return [Extract(header, "utf-8", _chunks(header, rows), header_row=None, n_rows=len(rows))]


def _chunks(header: Sequence[str], rows: Sequence[Row]) -> Iterator[Chunk]:
    for start in range(0, len(rows), ROWS_PER_CHUNK):
        some = rows[start : start + ROWS_PER_CHUNK]
        numbers = pa.array(range(start + 1, start + 1 + len(some)), pa.int32())
        yield Chunk(numbers, [pa.array([row.get(name, "") for row in some], pa.string()) for name in header])


def _figures(body: Any, resource: Resource, _path: Path, findings: Findings) -> list[Row]:
    """A row for each figure that the seeds ask for; what was summed away is added up."""
    cube = read_cube(body)
    _check_axes(cube, resource, findings)
    found: dict[tuple[str, ...], list[tuple[float | None, str]]] = {}
    becomes = {dimension.name: dimension.becomes for dimension in resource.dimensions}
    kept = [place for place, axis in enumerate(cube.axes) if becomes[axis.name] in COLUMNS]
    for codes, value, status in cube.cells():
        found.setdefault(tuple(codes[place] for place in kept), []).append((value, status))
    rows = []
    constants = dict(_constants(resource))
    for codes, cells in found.items():
        row = {"table_id": resource.address, "unit": resource.unit, **constants}
        for place, code in zip(kept, codes, strict=True):
            axis = cube.axes[place]
            name, label = resource.names.get(axis.name, {}).get(code, (code, axis.labels.get(code, code)))
            row[becomes[axis.name]] = _period(name) if becomes[axis.name] == PERIOD else name
            row[f"{becomes[axis.name]}_nb"] = label
        row["value"], row["status"] = _summed(cells)
        rows.append(row)
    _warn_of_zeros(rows, findings)
    return rows


def _constants(resource: Resource) -> Iterator[tuple[str, str]]:
    """(column, what is in it) of the columns that the table has no dimension for, and of their words."""
    for dimension in resource.dimensions:
        if not dimension.name:
            code = " ".join(dimension.codes)
            name, label = resource.names.get("", {}).get(code, (code, code))
            yield dimension.becomes, name
            yield f"{dimension.becomes}_nb", label


def _check_axes(cube: Cube, resource: Resource, findings: Findings) -> None:
    """Raise what makes the table another one than the seeds describe; warn of codes that went and of a closed table."""
    if not resource.dimensions:
        remedy = f"add the rows that `sources describe {resource.address}` proposes to {DIMENSIONS}"
        raise BodyError("no_selection", f"the seeds do not say what is asked of {resource.survey}", remedy)
    named = {dimension.name: dimension for dimension in resource.dimensions if dimension.name}
    for axis in cube.axes:
        if axis.name not in named:
            problem = f"the table has a dimension {axis.name} ({axis.label}), which the seeds do not name"
            raise BodyError("unknown_dimension", problem, f"add it to {DIMENSIONS}", value=axis.name)
        if named[axis.name].becomes == FIXED and len(axis.codes) > 1:
            problem = f"{axis.name} is fixed in the seeds, and the body has {len(axis.codes)} codes of it"
            raise BodyError(
                "not_fixed", problem, f"ask for one of them in {DIMENSIONS}", value=" ".join(axis.codes[:5])
            )
        listed = resource.names.get(axis.name)
        unknown = [code for code in axis.codes if listed and code not in listed]
        if unknown:
            problem = f"{axis.name} has codes that the seeds do not know: {', '.join(unknown[:10])}"
            raise BodyError("unknown_code", problem, f"add them to {CODES}", value=unknown[0])
        gone = [code for code in listed or () if code not in axis.codes]
        if gone:
            problem = f"{axis.name} has no longer the codes {', '.join(gone[:10])}"
            findings.warn("vanished_code", problem, f"see what took their place, and correct {CODES}")
        for code, unit in axis.units.items():
            if named[axis.name].becomes == CONCEPT and unit and resource.said_unit and unit != resource.said_unit:
                problem = f"{code} is told in {unit!r}, and the seeds expect {resource.said_unit!r}"
                raise BodyError(
                    "unit", problem, "correct the unit of the resource, if it is another one now", value=unit
                )
    if missing := [name for name in named if name not in {axis.name for axis in cube.axes}]:
        problem = f"the table has no dimension {', '.join(missing)}: the publisher summed it, or took it away"
        raise BodyError(
            "missing_dimension", problem, f"ask for each dimension by name ({DIMENSIONS})", value=missing[0]
        )
    if cube.is_discontinued:
        remedy = "look for the table that took its place, and change the row in seeds/sources"
        findings.warn("discontinued", "the publisher has closed the table: it gets no new figures", remedy)


def _summed(cells: Sequence[tuple[float | None, str]]) -> tuple[str, str]:
    """(value, status) of cells together: a sum is known only where each of them is."""
    signs = list(dict.fromkeys(status for _, status in cells if status))
    values = [value for value, _ in cells if value is not None]
    if len(values) < len(cells):
        return "", signs[0] if signs else ":"
    total = sum(values)
    return (str(int(total)) if float(total).is_integer() else repr(float(total))), signs[0] if signs else ""


def _period(code: str) -> str:
    for letter, pattern in PERIODS.items():
        if found := re.fullmatch(pattern, code):
            return f"{found[1]}{letter}{found[2]}"
    return code


def _warn_of_zeros(rows: Sequence[Row], findings: Findings) -> None:
    """A 0 among other figures of a series, without a sign, may mean that there is no figure yet."""
    series = [name for name in COLUMNS if name != PERIOD]

    def of_series(row: Row) -> tuple[str, ...]:
        return tuple(row.get(name, "") for name in series)

    odd = []
    for key, members in groupby(sorted(rows, key=of_series), of_series):
        told = [row for row in members if row["value"] or row["status"]]
        zeros = [row for row in told if row["value"] == "0" and not row["status"]]
        if len(told) > len(zeros):
            odd += [f"{' '.join(filter(None, key))} {row[PERIOD]}" for row in zeros]
    if odd:
        more = f" and {len(odd) - 5} more" if len(odd) > 5 else ""
        problem = f"0 between other figures: {', '.join(odd[:5])}{more}"
        findings.warn("false_zero", problem, "see whether the source has a figure there: 0 may stand for none")


def _listed(body: Any, name: str) -> list[dict[str, Any]]:
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise BodyError("shape", f"the body has no list {name}", value=name)
    return found


def _cells(item: dict[str, Any], names: Mapping[str, tuple[str, ...]]) -> Row:
    """The columns of a row, each from the first of its keys that has something; BodyError where none is there."""
    row = {}
    for column, keys in names.items():
        if not any(key in item for key in keys):
            raise BodyError("shape", f"an entry of the body has no {keys[0]}", value=str(item)[:80])
        row[column] = next((str(item[key]) for key in keys if item.get(key)), "")
    return row


def _entries(body: Any, resource: Resource, _path: Path, _findings: Findings) -> list[Row]:
    """A row for each entry of a list of Klass."""
    name, columns_of = ENTRIES[resource.form]
    return [_cells(item, columns_of) for item in _listed(body, name)]


def _count(body: Any, _resource: Resource, path: Path, _findings: Findings) -> list[Row]:
    """How many there are; of which month, the name of the file says, since the answer does not."""
    page = body.get("page") if isinstance(body, dict) else None
    n = page.get("totalElements") if isinstance(page, dict) else None
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise BodyError("shape", "the body does not say how many there are (page.totalElements)", value=str(n))
    month = MONTH.fullmatch(path.stem)
    if not month:
        raise BodyError("month", f"{path.name} does not name its month", "name it by year and month, YYYY-MM.json")
    return [{"period": f"{month[1]}M{month[2]}", "value": str(n)}]


# {form: (its list, {column: the keys it may come from})}
ENTRIES: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "klass_codes": (
        "codes",
        {
            "code": ("code",),
            "name": ("name",),
            "valid_from": ("validFromInRequestedRange", "validFrom"),
            "valid_to": ("validToInRequestedRange", "validTo"),
        },
    ),
    "klass_changes": (
        "codeChanges",
        {
            "old_code": ("oldCode",),
            "old_name": ("oldName",),
            "new_code": ("newCode",),
            "new_name": ("newName",),
            "changed_on": ("changeOccurred",),
        },
    ),
    "klass_corresponds": (
        "correspondenceItems",
        {
            "source_code": ("sourceCode",),
            "target_code": ("targetCode",),
            "target_name": ("targetName",),
            "valid_from": ("validFrom",),
            "valid_to": ("validTo",),
        },
    ),
}
READS: dict[str, Callable[[Any, Resource, Path, Findings], list[Row]]] = {
    JSON_STAT: _figures,
    **dict.fromkeys(ENTRIES, _entries),
    "dataset_count": _count,
}
