"""What a picture of the report shows: the points that a row of seeds/report/picture.csv picks from a published table.

Not here: how it is drawn (draw.py) and what it says (findings.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipelines.common.seeds import SeedError, read_seed
from pipelines.publish.report.numbers import Cell
from pipelines.publish.report.tables import Row, Tables
from pipelines.publish.report.words import Words

KINDS = ("series", "places", "bars", "change", "pairs", "parts", "ladder")
LOWER, UPPER = "ci_lower", "ci_upper"
YEARS = ("wave", "year")
AFTER = ": "
# How many of the latest waves are shown, by the word in the seed.
WAVES = {"last": 1, "last_two": 2}


@dataclass(frozen=True)
class Point:
    """A number of a picture: of what (`label`), when (`x`), which part of a whole, and how sure it is; where the thing
    and the part stand in the order of the seeds; the stars that warn of how sure it is, and what they say."""

    label: str
    x: int | None
    value: Cell
    part: str = ""
    place: float = 0
    part_place: float = 0
    lower: Cell | None = None
    upper: Cell | None = None
    is_small_base: bool = False
    is_break: bool = False
    is_change: bool = False
    is_synthetic: bool = False
    survey: str = ""
    flag: str = ""
    flag_said: str = ""


@dataclass(frozen=True)
class Picture:
    """`said` is its row of the seed."""

    said: Mapping[str, str]
    points: tuple[Point, ...]
    unit: str

    @property
    def is_synthetic(self) -> bool:
        return any(point.is_synthetic for point in self.points)

    @property
    def surveys(self) -> list[str]:
        """Whose numbers are shown, by id."""
        return sorted({point.survey for point in self.points if point.survey})

    @property
    def is_change(self) -> bool:
        """Whether its numbers are changes, written with their sign."""
        return any(point.is_change for point in self.points)

    @property
    def name(self) -> str:
        return self.said["picture"]

    @property
    def kind(self) -> str:
        return self.said["kind"]

    @property
    def labels(self) -> list[str]:
        """What it is of, in the order shown."""
        return list(dict.fromkeys(point.label for point in self.points))

    @property
    def years(self) -> list[int]:
        return sorted({point.x for point in self.points if point.x is not None})

    @property
    def parts(self) -> list[str]:
        """What its wholes consist of, or whom its pairs are of, in the order of the seeds."""
        return list(dict.fromkeys(p.part for p in sorted(self.points, key=lambda p: p.part_place)))

    def of(self, label: str) -> list[Point]:
        return [point for point in self.points if point.label == label]


def pictures(page: str, tables: Tables, words: Words, of: Mapping[str, str]) -> Iterator[Picture]:
    """Those of a page that have something to show, in the order of the seed.

    of: what stands for {name} in a row: of a page that there is one of for each thing.
    """
    for row in read_seed("picture"):
        if row["page"] == page:
            said = {column: text.format(**of) for column, text in row.items()}
            if (picture := _picture(said, tables, words)).points:
                yield picture


def _picture(said: Mapping[str, str], tables: Tables, words: Words) -> Picture:
    table, column = said["table_name"], said["value_column"]
    if said["kind"] not in KINDS:
        raise SeedError(f"seeds/report/picture.csv, {said['picture']}: kind {said['kind']!r} is none of {KINDS}")
    rows = [row for row in tables.rows(table, said["row_pattern"]) if row[column] is not None]
    points = _in_order([_point(said, row, tables, words) for row in _of_waves(rows, said["waves"])], said["sorted_by"])
    if said["at_most"]:
        points = points[: int(said["at_most"])]
    units = {point.value.unit for point in points}
    if len(units) > 1:
        raise SeedError(f"seeds/report/picture.csv, {said['picture']}: its numbers have several units, {sorted(units)}")
    return Picture(said, tuple(_without_shared_beginning(points)), next(iter(units), ""))


def _without_shared_beginning(points: Sequence[Point]) -> Sequence[Point]:
    """Labels of questions that all begin with the same words and a colon, without them: the picture says it once."""
    beginnings = {point.label.partition(AFTER)[0] if AFTER in point.label else None for point in points}
    if len(beginnings) != 1 or None in beginnings or len({point.label for point in points}) < 2:
        return points
    shortened = (point.label.partition(AFTER)[2] for point in points)
    return [replace(point, label=label[0].upper() + label[1:]) for point, label in zip(points, shortened, strict=True)]


def _of_waves(rows: list[Row], which: str) -> list[Row]:
    """The rows of the latest waves, as the seed counts them; all where it does not."""
    if not which or not rows:
        return rows
    (year,) = (column for column in YEARS if column in rows[0])
    latest = sorted({row[year] for row in rows})[-WAVES[which] :]
    return [row for row in rows if row[year] in latest]


def _point(said: Mapping[str, str], row: Row, tables: Tables, words: Words) -> Point:
    table, column = said["table_name"], said["value_column"]
    lower, upper = (tables.cell(table, row, name) if row.get(name) is not None else None for name in (LOWER, UPPER))
    label, part = said["label"], said["part"]
    return Point(
        label=words.label(row, label),
        x=row[said["x_column"]] if said["x_column"] else None,
        value=tables.cell(table, row, column),
        part=_part(row, part, words) if part else "",
        place=_place(row, label),
        part_place=_place(row, part) if part else 0,
        lower=lower,
        upper=upper,
        is_small_base=bool(row.get("is_small_base")),
        is_break=row.get("comparable_with_previous") is False,
        is_change=said["is_change"] == "true",
        is_synthetic=bool(row.get("is_synthetic")),
        survey=row.get("survey") or row.get("source") or "",
        flag=row.get("uncertainty_flag") or "",
        flag_said=words.label(row, "uncertainty_flag"),
    )


def _part(row: Row, stem: str, words: Words) -> str:
    """What a part is called; a score is, since its words are others for each indicator."""
    return str(row[stem]) if isinstance(row[stem], int) else words.label(row, stem)


def _place(row: Row, stem: str) -> float:
    """Where a thing stands in the order of the seeds; a number that has none is its own."""
    own: Any = row.get(f"{stem}_no")
    if own is None and isinstance(row.get(stem), int | float):
        own = row[stem]
    return 0 if own is None else own


def _in_order(points: Sequence[Point], by: str) -> Sequence[Point]:
    """By time; of things by their place in the seeds, or the largest of the latest first (`value`)."""
    by_time = sorted(points, key=lambda p: (p.x or 0, p.part_place))
    if by != "value":
        return sorted(by_time, key=lambda p: p.place) if by == "place" else by_time
    latest = {point.label: float(point.value.value or 0) for point in by_time}
    return sorted(by_time, key=lambda p: -latest[p.label])
