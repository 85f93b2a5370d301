"""Pictures as text, for where no picture is shown without a click: the key chart of a table in Dagster, in Markdown.

Not here: what is shown (pictures.py), and pictures that are drawn (draw.py).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.common.contracts import Contract
from pipelines.common.metadata import as_it_is, markdown_table
from pipelines.common.seeds import read_seed
from pipelines.publish.report.findings import finding
from pipelines.publish.report.numbers import unit_name, written
from pipelines.publish.report.pictures import Picture, Point, pictures
from pipelines.publish.report.report import NONE, latest_division
from pipelines.publish.report.tables import Tables
from pipelines.publish.report.words import LANGUAGES, Words

# The language of what Dagster shows.
ENGLISH = LANGUAGES[1]
WIDTH = 20  # letters of the longest bar
EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
SHADES = "·░▒▓█"  # of the parts of a whole, from little to much
MOST = 12  # lines


def key_charts(release: Path, contracts: Mapping[str, Contract]) -> Iterator[tuple[str, str]]:
    """(table, its first picture as Markdown) of each table of a release that a page shows one picture of."""
    words = Words(ENGLISH)
    rows = [row for row in read_seed("picture") if row["table_name"] in contracts and "{" not in row["picture"]]
    shown = {row["table_name"]: row["page"] for row in reversed(rows)}
    found = Tables({name: pq.read_table(release / f"{name}.parquet") for name in shown}, contracts)
    filled = {"division": latest_division(found) or NONE, "indicator": NONE} if shown else {}
    for table, page in sorted(shown.items()):
        for picture in pictures(page, found, words, filled):
            if picture.said["table_name"] == table:
                yield table, chart(picture, words)
                break


def chart(picture: Picture, words: Words) -> str:
    """The finding, what it is about, and a line for the latest of each thing."""
    synthetic = [words("Syntetiske data.")] * picture.is_synthetic
    unit = unit_name(picture.unit, words, picture.is_change)
    about = " ".join([f"{words(picture.said['about_nb'])}. {unit}.", *synthetic])
    lines = [*(_parts(picture) if picture.kind == "parts" else _bars(picture, words))]
    more = f"\n\n… and {len(lines) - MOST} more" if len(lines) > MOST else ""
    title = as_it_is(finding(picture, words).striptags())
    return f"**{title}**\n\n{as_it_is(about)}\n\n{markdown_table(['', '', ''], lines[:MOST])}{more}"


def _parts(picture: Picture) -> Iterator[tuple[str, str, str]]:
    """A whole of shades for each thing."""
    shades = dict(zip(picture.parts, SHADES, strict=False))
    for label in picture.labels:
        points = picture.of(label)
        latest = [point for point in points if point.x == points[-1].x]
        whole = sum(_size(point) for point in latest) or 1
        ends = [round(sum(_size(p) for p in latest[:n]) / whole * WIDTH) for n in range(len(latest) + 1)]
        spans = zip(latest, ends, ends[1:], strict=False)
        yield label, str(points[-1].x or ""), "".join(shades.get(p.part, "█") * (end - at) for p, at, end in spans)


def _bars(picture: Picture, words: Words) -> Iterator[tuple[str, str, str]]:
    """The latest number of each thing and whom it is of; of places the number alone, since the first is the best."""
    latest: dict[tuple[str, str], Point] = {(point.label, point.part): point for point in picture.points}
    largest = max(_size(point) for point in latest.values()) or 1
    for (label, part), point in latest.items():
        eighths = 0 if picture.kind == "places" else round(_size(point) / largest * WIDTH * 8)
        bar = "█" * (eighths // 8) + EIGHTHS[eighths % 8]
        number = written(point.value.value, point.value.unit, words.language, point.is_change)
        yield ", ".join(filter(None, [label, part, str(point.x or "")])), number, bar


def _size(point: Point) -> float:
    return abs(float(point.value.value or 0))
