"""Compare two releases table by table: rows that came and went by their key, and cells that changed.

Not here: which releases there are, and what a difference means.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipelines.common.settings import Settings
from pipelines.publish.manifest import BrokenReleaseError, read_manifest

SHOWN = 3


@dataclass(frozen=True)
class Changed:
    """Cells of one column that differ; `furthest` is the largest relative difference, None unless all are numbers."""

    column: str
    n_cells: int
    furthest: float | None


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
    changed: list[Changed] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    @property
    def n_differences(self) -> int:
        """Rows, columns and cells that are not the same on both sides."""
        cells = sum(changed.n_cells for changed in self.changed)
        return self.only_before + self.only_after + len(self.came) + len(self.went) + len(self.remade) + cells

    def in_words(self) -> Iterator[str]:
        """One line for each kind of difference."""
        for what, n in (("rows gone", self.only_before), ("rows new", self.only_after)):
            if n:
                yield f"{n} {what}"
        for what, names in (("gone", self.went), ("new", self.came), ("changed", self.remade)):
            if names:
                yield f"{what}: {', '.join(names)}"
        for changed in self.changed:
            furthest = "" if changed.furthest is None else f", {changed.furthest:.1e} apart at most"
            yield f"{changed.column}: {changed.n_cells} cells{furthest}"
        yield from self.examples


def release_at(settings: Settings, named: str) -> Path:
    """The folder of a release, named by its id, as `current`, or by a path. Raises BrokenReleaseError where none is."""
    published = settings.published
    for folder in (published / "releases" / named, published / named, Path(named)):
        if (folder / "manifest.json").is_file():
            return folder
    raise BrokenReleaseError(f"{named}: neither a release in {published / 'releases'}, nor the folder of one")


def compare_releases(before: Path, after: Path, tolerance: float = 0.0) -> list[TableDifference]:
    """One entry a table of either release, by name. Numbers no further apart than `tolerance`, relative, are the same.

    Raises BrokenReleaseError where a folder is no release.
    """
    keys = [_keys(folder) for folder in (before, after)]
    found = []
    for name in sorted({*keys[0], *keys[1]}):
        if name in keys[0] and name in keys[1]:
            found.append(_compare_table(name, before, after, keys[1][name], tolerance))
            if keys[0][name] != keys[1][name]:
                found[-1].remade.append(f"key ({', '.join(keys[0][name])}) to ({', '.join(keys[1][name])})")
        else:
            whole = ["the table"]
            found.append(TableDifference(name, went=whole) if name in keys[0] else TableDifference(name, came=whole))
    return found


def _keys(release: Path) -> dict[str, list[str]]:
    try:
        return {table["name"]: table["key"] for table in read_manifest(release)["tables"]}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BrokenReleaseError(f"{release}: no release, or not a whole one ({error})") from error


def _compare_table(name: str, before: Path, after: Path, key: Sequence[str], tolerance: float) -> TableDifference:
    with duckdb.connect() as con:
        types = []
        for side, release in (("before", before), ("after", after)):
            con.execute(
                f"create view {side} as select *, true as is_there from read_parquet('{_quoted(release, name)}')"
            )
            types.append({row[0]: row[1] for row in con.execute(f"describe {side}").fetchall()})
        found = TableDifference(
            name,
            came=[column for column in types[1] if column not in types[0]],
            went=[column for column in types[0] if column not in types[1]],
            remade=[
                f"{c} {types[0][c]} to {types[1][c]}" for c in types[1] if types[0].get(c, types[1][c]) != types[1][c]
            ],
        )
        if set(key) - set(types[0]):
            return found
        on = " and ".join(f'b."{column}" is not distinct from a."{column}"' for column in key)
        con.execute(f"create table pairs as select b, a from before as b full join after as a on {on}")
        count = "select count(*), count(*) filter (a.is_there is null), count(*) filter (b.is_there is null) from pairs"
        ((n_pairs, found.only_before, found.only_after),) = con.execute(count).fetchall()
        found.n_rows = n_pairs - found.only_before
        for column, data_type in types[1].items():
            if column in types[0] and column not in (*key, "is_there"):
                is_number = data_type == types[0][column] == "DOUBLE"
                _compare_column(con, found, column, is_number, tolerance, key)
        return found


def _compare_column(
    con: duckdb.DuckDBPyConnection,
    found: TableDifference,
    column: str,
    is_number: bool,
    tolerance: float,
    key: Sequence[str],
) -> None:
    apart = f'abs(b."{column}" - a."{column}") / greatest(abs(b."{column}"), abs(a."{column}"))'
    where = f'b.is_there and a.is_there and b."{column}" is distinct from a."{column}"'
    if is_number and tolerance:
        where += f' and (b."{column}" is null or a."{column}" is null or {apart} > {tolerance})'
    ((n_cells, n_apart, furthest),) = con.execute(
        f"select count(*), count({apart if is_number else 'null'}), max({apart if is_number else 'null'}) "
        f"from pairs where {where}"
    ).fetchall()
    if not n_cells:
        return
    found.changed.append(Changed(column, n_cells, furthest if n_apart == n_cells else None))
    named = ", ".join(f'a."{part}"' for part in key)
    for *row_key, was, becomes in con.execute(
        f'select {named}, b."{column}", a."{column}" from pairs where {where} order by all limit {SHOWN}'
    ).fetchall():
        row = ";".join(f"{part}={value}" for part, value in zip(key, row_key, strict=True) if value is not None)
        found.examples.append(f"{row}: {column} {was!r} -> {becomes!r}")


def _quoted(release: Path, name: str) -> str:
    return str(release / f"{name}.parquet").replace("'", "''")
