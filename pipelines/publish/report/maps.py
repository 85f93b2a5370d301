"""Draw a map: kommuner by their score, each in the colour of its step, as SVG.

Not here: the outlines (maps/, made by tools/make_map.py).
"""

import json
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from pipelines.publish.report.draw import FONT, Drawing
from pipelines.publish.report.specs import INK, PAPER, STEPS
from pipelines.publish.report.words import Words

FOLDER = Path(__file__).parent / "maps"
UNKNOWN = "#ffffff"
EDGE = "#767676"  # seen on white, where the palest scores and who did not answer would not be
BOX, LINE = 18, 26  # of the legend
SCALE = 1  # of the PNG: a map is large as it is


@cache
def outlines(year: int) -> Mapping[str, Any] | None:
    """{kommunenr: its outline} of the division of a year, with width, height and source; None where there is no map."""
    file = FOLDER / f"kommuner_{year}.json"
    if not file.exists():
        return None
    said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return said


def map_of(year: int, scores: Mapping[str, int | None], words: Words, title: str, is_synthetic: bool) -> Drawing | None:
    """The kommuner of the division of a year by score 0-4; those without one are white. None where there is no map."""
    land = outlines(year)
    if land is None:
        return None
    unknown = words("Ikke svart")
    mark = words("Syntetiske data") if is_synthetic else ""
    made_of = (year, dict(sorted(scores.items())), unknown, STEPS, land["source"])
    return Drawing(title, mark, made_of, partial(_drawn, land, scores, unknown), SCALE)


def _drawn(land: Mapping[str, Any], scores: Mapping[str, int | None], unknown: str) -> str:
    paths = []
    for kommunenr, line in land["kommuner"].items():
        score = scores.get(kommunenr)
        paths.append(f'<path d="{line}" fill="{UNKNOWN if score is None else STEPS[score]}"/>')
    entries = [*((str(score), step) for score, step in enumerate(STEPS)), (unknown, UNKNOWN)]
    legend = []
    for place, (text, fill) in enumerate(reversed(entries)):
        x, y = land["width"] * 0.66, land["height"] * 0.62 + place * LINE
        legend.append(
            f'<rect x="{x:g}" y="{y:g}" width="{BOX}" height="{BOX}" fill="{fill}" stroke="{EDGE}"/>'
            f'<text x="{x + BOX + 8:g}" y="{y + BOX - 4:g}" fill="{INK}" font-size="18">{text}</text>'
        )
    below = f'x="{land["width"] - 8}" y="{land["height"] - 8:g}" text-anchor="end"'
    source = f'<text {below} fill="{INK}" font-size="13">{land["source"]}</text>'
    size = f'width="{land["width"]}" height="{land["height"]}" viewBox="0 0 {land["width"]} {land["height"]}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}">'
        f'<rect width="100%" height="100%" fill="{PAPER}"/><g stroke="{EDGE}" stroke-width="0.6">{"".join(paths)}</g>'
        f"{''.join(legend)}{source}</svg>"
    )
