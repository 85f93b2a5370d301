"""Put the rows of a table into seeds/sources as a person says what it holds; which printed figures it then confirms.

Not here: what its publisher says of the table (describe), and whether its figures agree with print (reconciliation).
"""

import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pipelines.common.row_key import parse_row_key
from pipelines.common.seeds import read_rows, read_seed
from pipelines.ingest.json_stat import Cube
from pipelines.ingest.resources import CATEGORY, CODES, CONCEPT, DIMENSIONS, FIXED, PERIOD, REGION, RESOURCES
from pipelines.live.describe import LAGS, OPEN, Rows, Said

UNITS = "statistics_unit"  # the frame of what figures are
UNIT, CADENCE, LAG = OWN = ("unit", "cadence", "lag_days")  # what nobody but a person says of a table's own row
COLUMN_ROLES = (CONCEPT, CATEGORY, REGION)
ROLES = (*COLUMN_ROLES, PERIOD, FIXED, "summed")
WAITING = "figure_confirmation"  # the seed of printed figures that a cell of official statistics holds, too


class AdoptError(ValueError):
    """What was said of a table does not fit it, or leaves something open; the message says what to say."""


def said_of(cube: Cube, words: Iterable[str]) -> Said:
    """What WHAT=IS says of a table: a dimension and what it becomes or which codes of it are asked for, a column that
    the table has no dimension for and its code, a code and its name here, or its own unit, cadence or lag_days.

    Raises AdoptError for what is neither.
    """
    dimensions = {axis.name: axis for axis in cube.axes}
    codes = {code for axis in cube.axes for code in axis.codes}
    roles: dict[str, str] = {}
    chosen: dict[str, str] = {}
    names: dict[str, str] = {}
    own: dict[str, str] = {}
    for word in words:
        what, equals, value = word.partition("=")
        if not (what and equals and value):
            raise AdoptError(f"{word!r} is not WHAT=IS, such as Kjonn=summed or 01=kommune")
        # A table may have a dimension called unit: its codes are called otherwise.
        if what in OWN and (what not in dimensions or value in _own_values(what)):
            own[what] = _fitting(what, value)
        elif what in dimensions and value in ROLES:
            roles[what] = value
        elif what in dimensions:
            strangers = [code for code in value.split() if code not in dimensions[what].codes]
            if strangers and not any(mark in value for mark in "*?("):
                raise AdoptError(f"{what} has no code {strangers[0]}; it has {_some(dimensions[what].codes)}")
            chosen[what] = value
        elif what in COLUMN_ROLES:
            chosen[what] = value
        elif what in codes:
            names[what] = value
        else:
            raise AdoptError(f"the table has neither a dimension nor a code {what}; it has {_some(list(dimensions))}")
    return Said(roles, chosen, names, own)


def _fitting(what: str, value: str) -> str:
    """What is said of a table's own row. Raises AdoptError where the row cannot hold it."""
    if what == LAG:
        if not (value.isascii() and value.isdecimal()):
            raise AdoptError(f"{what} is a number of days, not {value!r}")
    elif value not in (known := _own_values(what)):
        raise AdoptError(f"{what} is one of {_some(known)}, not {value!r}")
    return value


def _own_values(what: str) -> list[str]:
    if what == UNIT:
        return [row["answer_nb"] for row in read_seed("code_frame") if row["code_frame"] == UNITS]
    return list(LAGS) if what == CADENCE else []


def adopt(seeds_dir: Path, rows: dict[str, Rows]) -> list[str]:
    """Write what is asked of a table, and what its codes are called, in place of what the seeds said of it; its own row
    only where there is none. Returns the files.

    Raises AdoptError where something is left to fill in; then nothing is written.
    """
    own = rows[RESOURCES][0]
    is_known = any(_is_of(row, own) for row in read_rows("resource", seeds_dir))
    written = {DIMENSIONS: rows[DIMENSIONS], CODES: rows[CODES]} | ({} if is_known else {RESOURCES: rows[RESOURCES]})
    left = [row for listed in written.values() for row in listed if any(cell.startswith(OPEN) for cell in row.values())]
    if left:
        told = "; ".join(_told(row) for row in left)
        raise AdoptError(f"this is not said yet: {told}")
    for seed, listed in written.items():
        _replace(seeds_dir.parent / seed, own, listed)
    return list(written)


def _told(row: dict[str, str]) -> str:
    open_cells = [f"{column} {cell}" for column, cell in row.items() if cell.startswith(OPEN)]
    return f"{row.get('dimension') or row.get('becomes') or row['resource']}: {', '.join(open_cells)}"


def _replace(path: Path, own: dict[str, str], rows: Sequence[dict[str, str]]) -> None:
    """The rows of one table, at the end of its source's; what stands in the file of others stays letter by letter."""
    header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if next(csv.reader([line]))[:2] != [own["source"], own["resource"]]]
    text = io.StringIO(newline="")
    csv.DictWriter(text, next(csv.reader([header])), restval="", lineterminator="\n").writerows(rows)
    of_source = [at for at, line in enumerate(kept, 1) if line.startswith(f"{own['source']},")]
    at = of_source[-1] if of_source else len(kept)
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text("".join([header, *kept[:at], text.getvalue(), *kept[at:]]), encoding="utf-8")
    new.replace(path)


def waiting(survey: str, table: str, seeds_dir: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """(figure, {column of official_statistics: what it must be}) of the printed figures that such a table may confirm:
    those that name it, or no table."""
    for row in read_rows(WAITING, seeds_dir):
        key = dict(parse_row_key(row["row_key"]))
        if key.get("source") == survey and key.get("table_id", table) == table:
            yield row["figure_id"], key


def names_of(seeds_dir: Path, source: str, table: str) -> dict[str, set[str]]:
    """{concept and category: the names that the seeds have for what a table holds}."""
    own = {"source": source, "resource": table}
    dimensions = [row for row in read_rows(_name(DIMENSIONS), seeds_dir) if _is_of(row, own)]
    becomes = {row["dimension"]: row["becomes"] for row in dimensions if row["dimension"]}
    found: dict[str, set[str]] = {CONCEPT: set(), CATEGORY: set()}
    for row in dimensions:
        if not row["dimension"]:
            found.setdefault(row["becomes"], set()).add(row["codes"])
    for row in read_rows(_name(CODES), seeds_dir):
        if _is_of(row, own) and row["dimension"] in becomes:
            found.setdefault(becomes[row["dimension"]], set()).add(row["name"])
    return found


def is_named(key: dict[str, str], names: dict[str, set[str]]) -> bool:
    """Whether the seeds have a name for the concept and the category that a figure waits for."""
    return all(key[column] in names[column] for column in (CONCEPT, CATEGORY))


def _is_of(row: dict[str, str], own: dict[str, str]) -> bool:
    return (row["source"], row["resource"]) == (own["source"], own["resource"])


def _name(seed: str) -> str:
    return Path(seed).stem


def _some(codes: Sequence[str]) -> str:
    return ", ".join(codes[:20]) + (" ..." if len(codes) > 20 else "")


def as_csv(rows: Rows) -> str:
    """Rows as a seed has them, with their header."""
    text = io.StringIO(newline="")
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()
