"""What the pages of one language have in common: the tables, the words, the release, and pictures drawn when asked for.

Not here: the pages (pages/) and where they are written (site.py).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from markupsafe import Markup

from pipelines.common.seeds import read_seed
from pipelines.publish.compare import TableDifference
from pipelines.publish.csv_files import excel_form, machine_form
from pipelines.publish.metadata.facts import Facts
from pipelines.publish.report.draw import Drawing, drawing_of, save
from pipelines.publish.report.findings import finding
from pipelines.publish.report.numbers import NOTHING, Count, unit_name
from pipelines.publish.report.pictures import Picture, Point, pictures
from pipelines.publish.report.tables import Row, Tables
from pipelines.publish.report.words import NORWEGIAN, Words

PICTURES = "bilder"
NONE = "none"  # of a pattern that nothing is to meet
SMALL, BROKEN = "°", "|"


@dataclass(frozen=True)
class Page:
    """A page to be: `address` below the language's folder without .html, the entry of the menu it is below, a template
    and what it is filled with."""

    address: str
    section: str
    template: str
    filled: Mapping[str, Any]


@dataclass(frozen=True)
class Drawn:
    """A picture as a page shows it."""

    name: str
    title: Markup
    alt: str
    about_nb: str
    unit: str
    source: str
    folder: str
    width: float
    height: float
    header: list[str]
    rows: list[list[str | Markup]]
    is_synthetic: bool
    has_intervals: bool
    has_small_base: bool
    has_break: bool
    flags: dict[str, str]


@dataclass(frozen=True)
class Moved:
    """What sets the release apart from the one before, of that id; whether some of it is withheld."""

    before: str
    tables: list[TableDifference]
    is_withheld: bool = False


class Report:
    """The report in one language. `folder`: of the whole report; pictures are written into it. `before`: that of the
    release in force, or what is not there, and `moved` what is another in this one."""

    def __init__(
        self, folder: Path, before: Path, facts: Facts, tables: Tables, words: Words, moved: Moved | None = None
    ) -> None:
        self.folder, self.before, self.facts, self.tables, self.words = folder, before, facts, tables, words
        self.moved = moved

    @property
    def language(self) -> str:
        return self.words.language

    @property
    def place(self) -> str:
        """The folder of the language, below that of the report."""
        return "" if self.language == NORWEGIAN else f"{self.language}/"

    def cell(self, table: str, row: Row, column: str, decimals: int | None = None) -> Markup:
        """A number of a published table, as it is shown."""
        return self.tables.cell(table, row, column).shown(self.language, decimals=decimals)

    def count(self, table: str, pattern: str = "", column: str = "") -> Markup:
        """How many rows of a published table meet the pattern, or how many values of a column they have, as shown."""
        return self.tables.count(table, pattern, column).shown(self.language)

    def number_of(self, table: str, rows: Sequence[Row]) -> Markup:
        """How many rows these are, each of which is named."""
        return Count(len(rows), " + ".join(f"{table}[{self.tables.key(table, row)}]" for row in rows)).shown(
            self.language
        )

    @cached_property
    def survey_titles(self) -> dict[str, str]:
        return {row["survey"]: self.words(row["survey_nb"]) for row in read_seed("survey")}

    def drawn(self, page: str, of: Mapping[str, str] | None = None) -> list[Drawn]:
        """The pictures of a page, written; `of` as pictures() has it."""
        filled = {"division": self.division or NONE, **(of or {})}
        return [self._drawn(picture) for picture in pictures(page, self.tables, self.words, filled)]

    @cached_property
    def division(self) -> str:
        return latest_division(self.tables)

    @cached_property
    def kommuner(self) -> list[Row]:
        """Those of that division."""
        return self.tables.rows("kommuner", f"year={self.division}") if self.division else []

    def save(self, drawing: Drawing, name: str) -> tuple[float, float]:
        """Write a drawing among the pictures of the language; returns its size."""
        inside = f"{self.place}{PICTURES}/{name}"
        path = self.folder / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        return save(drawing, path, self.before / inside)

    def _drawn(self, picture: Picture) -> Drawn:
        title = finding(picture, self.words)
        about = self.words(picture.said["about_nb"])
        folder = f"{self.place}{PICTURES}/"
        width, height = self.save(drawing_of(picture, self.words, f"{title.striptags()} ({about})"), picture.name)
        header, rows = self._as_table(picture)
        self.save_csv(picture.name, _columns(picture))
        return Drawn(
            name=picture.name,
            title=title,
            alt=self.words(
                "{kind}: {title}. Tallene står i tabellen under.",
                kind=self.words(KIND_NB[picture.kind]),
                title=title.striptags(),
            ),
            about_nb=picture.said["about_nb"],
            unit=unit_name(picture.unit, self.words, picture.is_change),
            source=self._source(picture),
            folder=folder,
            width=width,
            height=height,
            header=header,
            rows=rows,
            is_synthetic=picture.is_synthetic,
            has_intervals=any(point.lower for point in picture.points),
            has_small_base=any(point.is_small_base for point in picture.points),
            has_break=any(point.is_break for point in picture.points),
            flags={point.flag: point.flag_said for point in sorted(picture.points, key=lambda p: p.flag) if point.flag},
        )

    def _source(self, picture: Picture) -> str:
        """Whose data it is, and the table."""
        surveys = sorted({survey for survey in picture.surveys if survey in self.survey_titles})
        named = [self.survey_titles[survey] for survey in surveys]
        return ", ".join([*named, picture.said["table_name"]])

    def _as_table(self, picture: Picture) -> tuple[list[str], list[list[str | Markup]]]:
        """(header, rows): a row for each thing, after what it is a column for each year or part."""
        parts = picture.parts
        years: list[int | None] = [*picture.years] or [None]
        columns = [(year, part) for year in years for part in parts]
        many = len(picture.years) > 1
        header = [self.words("Hva")] + [
            ", ".join(filter(None, [str(year) if year and (many or not part) else "", part])) or self.words("Verdi")
            for year, part in columns
        ]
        rows: list[list[str | Markup]] = []
        for label in picture.labels:
            of_label = {(point.x, point.part): point for point in picture.of(label)}
            rows.append([label, *(self._shown(of_label.get(column)) for column in columns)])
        return header, rows

    def _shown(self, point: Point | None) -> Markup:
        if point is None:
            return Markup(NOTHING)
        shown = point.value.shown(self.language, point.is_change)
        if point.lower and point.upper:
            low, high = (cell.shown(self.language) for cell in (point.lower, point.upper))
            shown += Markup(' <span class="note">({}–{})</span>').format(low, high)
        shown += (SMALL if point.is_small_base else "") + (f" {point.flag}" if point.flag else "")
        return shown + (f" {BROKEN}" if point.is_break else "")

    def save_csv(self, name: str, columns: Mapping[tuple[str, str], list[Any]]) -> None:
        """Columns {(name in Norwegian, in English): values} beside the picture, as the files of the release: for Excel
        in Norwegian, for programs in English; all digits."""
        is_norwegian = self.language == NORWEGIAN
        table = pa.table({nb if is_norwegian else en: values for (nb, en), values in columns.items()})
        path = self.folder / self.place / PICTURES / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(excel_form(table) if is_norwegian else machine_form(table))


def _columns(picture: Picture) -> dict[tuple[str, str], list[Any]]:
    """What is shown, as save_csv() takes it."""
    points = picture.points
    return {
        ("hva", "what"): [point.label for point in points],
        ("aar", "year"): [point.x for point in points],
        ("del", "part"): [point.part or None for point in points],
        ("verdi", "value"): [point.value.value for point in points],
        ("nedre", "lower"): [point.lower.value if point.lower else None for point in points],
        ("oevre", "upper"): [point.upper.value if point.upper else None for point in points],
        ("enhet", "unit"): [point.value.unit for point in points],
    }


def latest_division(tables: Tables) -> str:
    """The latest division into kommuner that indicators are in; '' where there are none."""
    return str(max((row["division_year"] for row in tables.rows("indicator_distributions")), default=""))


KIND_NB = {
    "series": "Linjediagram",
    "places": "Linjediagram",
    "bars": "Stolpediagram",
    "change": "Prikkdiagram",
    "pairs": "Prikkdiagram",
    "parts": "Stablet stolpediagram",
    "ladder": "Trapp",
}

Pages = Callable[[Report], Iterable[Page]]
