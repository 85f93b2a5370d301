"""What Dagster shows of tables: texts that Markdown would take as its own, and pictures as text.

Not here: that a run shows them (integration/test_history.py), and the titles (test_report.py).
"""

from __future__ import annotations

import re

from pipelines.common.contracts import Contract
from pipelines.common.published import published_only
from pipelines.common.seeds import read_seed
from pipelines.publish.report.charts import MOST, WIDTH, chart
from pipelines.publish.report.numbers import Cell
from pipelines.publish.report.pictures import Picture, Point
from pipelines.publish.report.words import Words

EN = Words("en")


def picture(kind: str, *points: Point) -> Picture:
    return Picture({"kind": kind, "about_nb": "Om | noe", "at_most": ""}, points, points[0].value.unit)


def point(label: str, value: float, x: int = 2022, unit: str = "share", **other: object) -> Point:
    return Point(label, x, Cell(value, unit, "c"), **other)  # type: ignore[arg-type]


def read(markdown: str) -> str:
    """As a reader sees it: without the backslashes that keep signs as they are."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)


def lines(text: str) -> list[list[str]]:
    """The cells of the table in a chart."""
    rows = [read(line) for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def test_bars_are_as_long_as_their_numbers_and_of_the_latest() -> None:
    shown = chart(picture("series", point("A", 0.9, 2018), point("A", 0.8), point("B", 0.2), point("C", 0.1)), EN)
    assert lines(shown) == [
        ["A, 2022", "80%", "█" * WIDTH],
        ["B, 2022", "20%", "█" * (WIDTH // 4)],
        ["C, 2022", "10%", "█" * (WIDTH // 8) + "▌"],
    ]
    assert read(shown).startswith("**“A”: down from 90% in 2018 to 80% in 2022**\n\nOm | noe. Per cent.\n")


def test_parts_are_shades_of_one_whole() -> None:
    points = [point("A", share, part=str(n), part_place=n) for n, share in enumerate((0.25, 0.5, 0.25))]
    assert lines(chart(picture("parts", *points), EN)) == [["A", "2022", "·····░░░░░░░░░░▒▒▒▒▒"]]


def test_places_have_no_bars_and_synthetic_numbers_say_so() -> None:
    real, made_up = (point("A", 5, unit="rank", is_synthetic=is_synthetic) for is_synthetic in (False, True))
    assert lines(chart(picture("places", real), EN)) == [["A, 2022", "5", ""]]
    assert ["Synthetic data." in read(chart(picture("places", one), EN)) for one in (real, made_up)] == [False, True]


def test_long_chart_says_how_many_are_left_out() -> None:
    shown = chart(picture("bars", *(point(f"T{n}", 0.1 + n / 100) for n in range(MOST + 3))), EN)
    assert len(lines(shown)) == MOST and shown.endswith("… and 3 more")


def test_every_table_with_a_page_is_published_and_so_is_each_that_a_picture_shows(
    contracts: dict[str, Contract],
) -> None:
    pages = {row["table_name"]: row["address"] for row in read_seed("table_page")}
    assert set(pages) <= set(published_only(contracts))
    assert {row["table_name"] for row in read_seed("picture")} <= set(pages)
    assert set(pages.values()) <= {row["address"] for row in read_seed("menu")}
