"""Compare two releases table by table: rows that came and went by their key, and cells that changed.

Not here: which releases there are, and what a difference means.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from pipelines.common.settings import Settings
from pipelines.publish.manifest import CONTENT, BrokenReleaseError, verified_manifest
from pipelines.publish.tables import in_sql
from pipelines.publish.withheld import OF_WAVE, Wave

SHOWN = 3  # rows and cells of each kind
Tables = Mapping[str, Mapping[str, Any]]  # {name: its entry in a manifest}
NUMBERS = {"DOUBLE", "INTEGER", "BIGINT", "SMALLINT"}


@dataclass(frozen=True)
class How:
    """tolerance: numbers no further apart, relative, are the same. n_shown: rows and cells of each kind that are named.
    withheld: waves of which rows are counted, and no cell or key is told; so are all rows of a table that does not say
    of which survey and wave they are."""

    tolerance: float = 0.0
    n_shown: int = SHOWN
    withheld: Collection[Wave] = ()


@dataclass(frozen=True)
class Cell:
    """A cell that differs, in the row of that key."""

    key: dict[str, Any]
    before: Any
    after: Any


@dataclass(frozen=True)
class Changed:
    """Cells of one column that differ, those furthest apart first; `furthest` is the largest relative difference, None
    unless all are numbers."""

    column: str
    n_cells: int
    furthest: float | None
    cells: list[Cell]


@dataclass
class TableDifference:
    """What sets the table of one release apart from that of another; rows are told apart by their key."""

    table: str
    n_rows: int = 0
    only_before: int = 0
    only_after: int = 0
    came: list[str] = field(default_factory=list)  # columns, or the whole table
    went: list[str] = field(default_factory=list)
    remade: list[str] = field(default_factory=list)  # columns of another type, and another key
    rows_changed: int = 0
    changed: list[Changed] = field(default_factory=list)  # the largest relative changes first
    rows_gone: list[dict[str, Any]] = field(default_factory=list)  # keys of the first of them
    rows_new: list[dict[str, Any]] = field(default_factory=list)
    n_withheld: int = 0  # rows that differ, and are counted without being named

    @property
    def n_differences(self) -> int:
        """Rows, columns and cells that are not the same on both sides."""
        cells = sum(changed.n_cells for changed in self.changed)
        return self.only_before + self.only_after + len(self.came) + len(self.went) + len(self.remade) + cells

    def in_words(self) -> Iterator[str]:
        """One line for each kind of difference, and the first of each."""
        for what, n, keys in (
            ("rows gone", self.only_before, self.rows_gone),
            ("rows new", self.only_after, self.rows_new),
        ):
            if n:
                yield f"{n} {what}{', such as ' if keys else ''}{'; '.join(map(named, keys))}"
        for what, names in (("gone", self.went), ("new", self.came), ("changed", self.remade)):
            if names:
                yield f"{what}: {', '.join(names)}"
        if self.rows_changed:
            yield f"{self.rows_changed} rows changed"
        for changed in self.changed:
            furthest = "" if changed.furthest is None else f", {changed.furthest:.1e} apart at most"
            yield f"{changed.column}: {changed.n_cells} cells{furthest}"
        for changed in self.changed:
            for cell in changed.cells:
                yield f"{named(cell.key)}: {changed.column} {cell.before!r} -> {cell.after!r}"


def named(key: Mapping[str, Any]) -> str:
    """A row by its key, as seeds name one, without what is missing in it."""
    return ";".join(f"{part}={value}" for part, value in key.items() if value is not None)


def release_at(settings: Settings, named: str) -> Path:
    """The folder of a release, named by its id, as `current`, or by a path. Raises BrokenReleaseError where none is."""
    published = settings.published
    for folder in (published / "releases" / named, published / named, Path(named)):
        if (folder / "manifest.json").is_file():
            return folder
    raise BrokenReleaseError(f"{named}: neither a release in {published / 'releases'}, nor the folder of one")


def compare_releases(before: Path, after: Path, how: How = How()) -> list[TableDifference]:  # it cannot be changed
    """One entry a table of either release, by name.

    Raises BrokenReleaseError where a folder is no release, or a table cannot be read.
    """
    return compare_tables(before, after, _tables(before), _tables(after), how)


def compare_tables(
    before: Path, after: Path, tables_before: Tables, tables_after: Tables, how: How
) -> list[TableDifference]:
    """The same of two folders, whose tables are told as a manifest does. One that says of both sides that its content
    is the same is not read. Raises BrokenReleaseError where a table cannot be read."""
    found = []
    for name in sorted({*tables_before, *tables_after}):
        was, now = tables_before.get(name), tables_after.get(name)
        if was is None or now is None:
            whole = ["the table"]
            found.append(TableDifference(name, came=whole) if was is None else TableDifference(name, went=whole))
            continue
        if was.get(CONTENT) and was[CONTENT] == now.get(CONTENT):
            found.append(TableDifference(name, n_rows=was["rows"]))
            continue
        try:
            found.append(_compare_table(name, before, after, now["key"], how))
        except duckdb.Error as error:
            raise BrokenReleaseError(f"{name} cannot be compared: {str(error).splitlines()[0]}") from error
        if was["key"] != now["key"]:
            found[-1].remade.append(f"key ({', '.join(was['key'])}) to ({', '.join(now['key'])})")
    return found


def _tables(release: Path) -> Tables:
    return {table["name"]: table for table in verified_manifest(release)["tables"]}


def _compare_table(name: str, before: Path, after: Path, key: Sequence[str], how: How) -> TableDifference:
    with duckdb.connect() as con:
        types = []
        for release in (before, after):
            described = con.execute(f"describe from {in_sql(release, name)}").fetchall()
            types.append({row[0]: row[1] for row in described})
        found = TableDifference(
            name,
            came=[column for column in types[1] if column not in types[0]],
            went=[column for column in types[0] if column not in types[1]],
            remade=[
                f"{c} {types[0][c]} to {types[1][c]}" for c in types[1] if types[0].get(c, types[1][c]) != types[1][c]
            ],
        )
        ((found.n_rows,),) = con.execute(f"select count(*) from {in_sql(after, name)}").fetchall()
        if set(key) - set(types[0]):
            return found
        shared = ", ".join(f'"{column}"' for column in types[1] if column in types[0])
        b, a = (f"(select {shared}, true as is_there from {in_sql(release, name)})" for release in (before, after))
        on = " and ".join(f'b."{column}" is not distinct from a."{column}"' for column in key)
        told, waves = _told([column for column in types[1] if column in types[0]], how.withheld)
        con.execute(
            f"create table pairs as select b, a, {told} as is_told "
            f"from {b} b full join {a} a on {on} where b is distinct from a",
            waves,
        )
        ((found.n_withheld,),) = con.execute("select count(*) from pairs where not is_told").fetchall()
        found.only_before, found.rows_gone = _alone(con, key, "b", "a", how.n_shown)
        found.only_after, found.rows_new = _alone(con, key, "a", "b", how.n_shown)
        compared = {column: types[0][column] for column in types[1] if column in types[0] and column not in key}
        columns = [_Column(c, {types[1][c], was} <= NUMBERS, how.tolerance) for c, was in compared.items()]
        changed = [one for column in columns for one in _compare_column(con, column, key, how.n_shown)]
        found.changed = sorted(changed, key=lambda one: -(one.furthest or 0))
        if columns:
            differs = " or ".join(f"({column.differs})" for column in columns)
            ((found.rows_changed,),) = con.execute(f"select count(*) from pairs where {differs}").fetchall()
        return found


@dataclass(frozen=True)
class _Column:
    """A column of the pairs, in SQL."""

    name: str
    is_number: bool
    tolerance: float

    @property
    def difference(self) -> str:
        return f'abs(b."{self.name}"::double - a."{self.name}"::double)'

    @property
    def apart(self) -> str:
        """How far, relative."""
        if not self.is_number:
            return "null"
        return f'{self.difference} / greatest(abs(b."{self.name}"), abs(a."{self.name}"))'

    @property
    def differs(self) -> str:
        was, now = f'b."{self.name}"', f'a."{self.name}"'
        differs = f"b.is_there and a.is_there and {was} is distinct from {now}"
        if self.is_number and self.tolerance:
            differs += f" and ({was} is null or {now} is null or {self.apart} > {self.tolerance})"
        return differs


def _told(shared: Sequence[str], withheld: Collection[Wave]) -> tuple[str, list[list[str]]]:
    """Whether a row of the pairs may be told, in SQL with its parameters: it is about none of the waves withheld, also
    not as the one that another is compared with."""
    if not withheld:
        return "true", []
    if not set(OF_WAVE) <= set(shared):
        return "false", []
    survey, *waves = (
        f'coalesce(a."{column}", b."{column}")'
        for column in ("survey", *(c for c in shared if c == "wave" or c.endswith("_wave")))
    )
    named = ", ".join(f"concat({survey}, '/', {wave})" for wave in waves)
    return f"not list_has_any(?, [{named}])", [[f"{of}/{wave}" for of, wave in withheld]]


def _alone(
    con: duckdb.DuckDBPyConnection, key: Sequence[str], side: str, other: str, n_shown: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many rows are on one side only, and the keys of the first."""
    named = ", ".join(f'{side}."{part}"' for part in key)
    where = f"from pairs where {other}.is_there is null"
    ((n,),) = con.execute(f"select count(*) {where}").fetchall()
    rows = con.execute(f"select {named} {where} and is_told order by all limit {n_shown}").fetchall()
    return n, [dict(zip(key, row, strict=True)) for row in rows]


def _compare_column(con: duckdb.DuckDBPyConnection, column: _Column, key: Sequence[str], n_shown: int) -> list[Changed]:
    """The cells of a column that differ; none where none does."""
    ((n_cells, n_apart, furthest),) = con.execute(
        f"select count(*), count({column.apart}), max({column.apart}) from pairs where {column.differs}"
    ).fetchall()
    if not n_cells:
        return []
    names = ", ".join(f'a."{part}"' for part in key)
    largest_first = f"{column.difference} desc nulls last, " * column.is_number
    rows = con.execute(
        f'select {names}, b."{column.name}", a."{column.name}" from pairs where {column.differs} and is_told '
        f"order by {largest_first}{names} limit {n_shown}"
    ).fetchall()
    cells = [Cell(dict(zip(key, row_key, strict=True)), was, now) for *row_key, was, now in rows]
    return [Changed(column.name, n_cells, furthest if n_apart == n_cells else None, cells)]
