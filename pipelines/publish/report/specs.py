"""How each kind of picture is drawn, as a Vega-Lite specification.

Not here: what is in it (pictures.py), and making it into a file (draw.py).
"""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipelines.publish.report.numbers import form, written
from pipelines.publish.report.pictures import Picture, Point
from pipelines.publish.report.words import Words

# Seen apart by those who are colour-blind, and each at least 4.5:1 on white; shapes and dashes say the same again.
COLOURS = ["#00569b", "#b23a00", "#1a6b3c", "#7a2a8a", "#4a4a4a", "#8a6a00"]
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
DASHES = [[1, 0], [6, 2], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3]]
# From little to much; the number in each is black or white, whichever is seen: white from the fourth.
STEPS = ["#f3e6d8", "#d9c7e0", "#a68fc4", "#6d53a3", "#3b1f73"]
FIRST_DARK = 3
INK, GREY, PAPER = "#1b1b1b", "#595959", "#ffffff"
LINE_WIDTH, BAR_WIDTH, PARTS_WIDTH, HEIGHT = 460, 270, 300, 220
ROW, TEXT_LINE = 16, 16  # of a bar, and of each line of its label
# Letters of a label before it is broken: beside a bar, below lines, and below a step.
LINE, LONG_LINE, STEP_LINE = 28, 56, 16
BREAK = "|"
SMALLEST_WRITTEN = 0.06  # part of a whole below which no number fits
CONFIG = {
    "background": PAPER,
    # A browser without the font sets a wider one.
    "padding": {"left": 30, "right": 24, "top": 8, "bottom": 8},
    "font": "Liberation Sans, Arial, Helvetica, sans-serif",
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 13,
        "labelColor": INK,
        "labelLimit": 0,
        "title": None,
        "gridColor": "#dedede",
        "domainColor": GREY,
        "tickColor": GREY,
    },
    "legend": {
        "labelFontSize": 13,
        "labelColor": INK,
        "labelLimit": 0,
        "orient": "bottom",
        "direction": "vertical",
        "title": None,
        "symbolOpacity": 1,
        "symbolSize": 110,
    },
}

Spec = dict[str, Any]


def specification(picture: Picture, words: Words) -> Spec:
    """The whole of it; numbers in it are written in the language."""
    return {"config": CONFIG, **KINDS[picture.kind](picture, words)}


def _wrapped(label: str, width: int = LINE) -> str:
    return BREAK.join(textwrap.wrap(label, width)) or label


def _row(point: Point, words: Words) -> Spec:
    """A point as data of the specification, its numbers as they are shown."""
    factor = form(point.value.unit).factor
    value, low, high = (
        cell.value * factor if cell and cell.value is not None else None
        for cell in (point.value, point.lower, point.upper)
    )
    return {
        "name": _wrapped(point.label, LONG_LINE),
        "label": _wrapped(point.label),
        "x": point.x,
        "value": value,
        "lower": low,
        "upper": high,
        "part": point.part,
        "shown": written(point.value.value, point.value.unit, words.language, point.is_change),
    }


def _layer(mark: Spec, *, only: str = "", **encoding: Spec) -> Spec:
    """Marks of the rows, or `only` of those for which an expression is true."""
    return {"mark": mark, "transform": [{"filter": only}] if only else [], "encoding": encoding}


def _chart(size: tuple[int, Any], rows: Sequence[Spec], shared: Spec, *layers: Spec) -> Spec:
    """Layers over each other: `size` is the width, and the height or what each row takes of it."""
    width, height = size
    return {
        "width": width,
        "height": height,
        "data": {"values": list(rows)},
        "encoding": shared,
        "layer": list(layers),
    }


def _things(labels: Sequence[str]) -> Spec:
    """Labels down the left side."""
    axis = {"labelExpr": f"split(datum.label, '{BREAK}')", "ticks": False, "domain": False, "labelPadding": 8}
    return {"field": "label", "type": "nominal", "sort": list(labels), "axis": axis}


def _step(labels: Sequence[str], more: int = 0) -> Spec:
    """Room for the label with most lines."""
    return {"step": ROW + TEXT_LINE * max(label.count(BREAK) + 1 for label in labels) + more}


def _own(picture: Picture, values: Sequence[Any]) -> Spec:
    """Each thing's own colour, shape or dash, by its place in the picture."""
    names = [_wrapped(label, LONG_LINE) for label in picture.labels]
    return {
        "field": "name",
        "type": "nominal",
        "sort": names,
        "scale": {"domain": names, "range": [values[place % len(values)] for place in range(len(names))]},
        "legend": {"labelExpr": f"split(datum.label, '{BREAK}')"} if len(names) > 1 else None,
    }


def _series(picture: Picture, words: Words, scale: Spec | None = None) -> Spec:
    """Lines over the waves, with intervals; a line is not drawn across a break."""
    rows = []
    for label in picture.labels:
        stretch = 0
        for point in picture.of(label):
            stretch += point.is_break
            rows.append({**_row(point, words), "stretch": f"{label} {stretch}"})
    years = {"values": picture.years, "format": "d", "grid": False, "labelOverlap": "greedy"}
    spread = {"zero": False, "nice": False, "padding": 14}
    y = {"field": "value", "type": "quantitative", "scale": scale or {"zero": False}, "axis": {"tickCount": 5}}
    interval = {"type": "rule", "strokeWidth": 2, "opacity": 0.55}
    dot = {"type": "point", "filled": True, "size": 70, "opacity": 1}
    return _chart(
        (LINE_WIDTH, HEIGHT),
        rows,
        {
            "x": {"field": "x", "type": "quantitative", "scale": spread, "axis": years},
            "color": _own(picture, COLOURS),
        },
        _layer(interval, only="isValid(datum.lower)", y={**y, "field": "lower"}, y2={"field": "upper"}),
        _layer(
            {"type": "line", "strokeWidth": 2.5}, y=y, detail={"field": "stretch"}, strokeDash=_own(picture, DASHES)
        ),
        _layer(dot, y=y, shape=_own(picture, SHAPES)),
    )


def _places(picture: Picture, words: Words) -> Spec:
    """Lines with the first place at the top."""
    return _series(picture, words, {"zero": False, "reverse": True, "domainMin": 1})


def _bars(picture: Picture, words: Words) -> Spec:
    """A bar for the latest number of each thing, with its interval and the number beside it."""
    rows = [_row(picture.of(label)[-1], words) for label in picture.labels]
    for row in rows:
        row["end"] = max(row["value"] or 0, row["upper"] or 0, 0)
    labels = [row["label"] for row in rows]
    x = {"field": "value", "type": "quantitative", "axis": {"tickCount": 4}, "scale": {"zero": True}}
    interval = {"type": "rule", "strokeWidth": 2, "color": INK}
    number = {"type": "text", "align": "left", "dx": 8, "fontSize": 13, "color": INK}
    return _chart(
        (BAR_WIDTH, _step(labels)),
        rows,
        {"y": _things(labels)},
        _layer({"type": "bar", "height": 16, "color": COLOURS[0]}, x=x),
        _layer(interval, only="isValid(datum.lower)", x={**x, "field": "lower"}, x2={"field": "upper"}),
        _layer(number, x={**x, "field": "end"}, text={"field": "shown"}),
    )


def _change(picture: Picture, words: Words) -> Spec:
    """Where each thing was (a ring) and is (a dot), and the way between."""
    rows = []
    for label in picture.labels:
        points = picture.of(label)
        before = _row(points[0], words)["value"] if len(points) > 1 else None
        rows.append({**_row(points[-1], words), "before": before})
    labels = [row["label"] for row in rows]
    first, last = str(picture.years[0]), str(picture.years[-1])
    x = {"field": "value", "type": "quantitative", "axis": {"tickCount": 4}, "scale": {"zero": False, "padding": 30}}
    was = {**x, "field": "before"}
    dot = {"type": "point", "size": 90, "stroke": COLOURS[0], "strokeWidth": 2, "filled": True, "opacity": 1}
    key = {
        "scale": {"domain": [first, last], "range": [PAPER, COLOURS[0]]},
        "legend": {"symbolType": "circle", "direction": "horizontal"},
    }
    there = "isValid(datum.before)"
    return _chart(
        (BAR_WIDTH, _step(labels, more=6)),
        rows,
        {"y": _things(labels)},
        _layer({"type": "rule", "strokeWidth": 2, "color": GREY}, only=there, x=was, x2={"field": "value"}),
        _layer(dot, only=there, x=was, fill={"datum": first, **key}),
        _layer(dot, x=x, fill={"datum": last, **key}),
        _layer({"type": "text", "dy": -12, "fontSize": 12, "color": INK}, x=x, text={"field": "shown"}),
    )


def _pairs(picture: Picture, words: Words) -> Spec:
    """Where each thing is with one and with another, below each other, with intervals."""
    rows = [_row(point, words) for label in picture.labels for point in picture.of(label)]
    labels = list(dict.fromkeys(row["label"] for row in rows))
    parts = picture.parts
    x = {"field": "value", "type": "quantitative", "axis": {"tickCount": 4}, "scale": {"zero": False, "padding": 20}}
    key = {"field": "part", "type": "nominal", "sort": parts}
    colour = {**key, "scale": {"domain": parts, "range": COLOURS[: len(parts)]}, "legend": {}}
    shape = {**key, "scale": {"domain": parts, "range": SHAPES[: len(parts)]}, "legend": {}}
    dot = {"type": "point", "size": 80, "filled": True, "opacity": 1}
    height = {"step": max(_step(labels)["step"], ROW * (len(parts) + 1)), "for": "position"}
    return _chart(
        (BAR_WIDTH, height),
        rows,
        {"y": {**_things(labels), "scale": {"padding": 0.25}}, "yOffset": key, "color": colour},
        _layer({"type": "rule", "strokeWidth": 2}, only="isValid(datum.lower)", x={**x, "field": "lower"},
               x2={"field": "upper"}),
        _layer(dot, x=x, shape=shape),
    )  # fmt: skip


def _ladder(picture: Picture, words: Words) -> Spec:
    """A stair of steps, the first to the left, and above each the numbers of all, from the first year to the last."""
    steps, parts = picture.labels, picture.parts
    blocks, rows = [], []
    for above, step in enumerate(steps):
        name = _wrapped(step, STEP_LINE)
        blocks.append({"label": name, "height": above + 1})
        for place, part in enumerate(reversed(parts)):
            points = [point for point in picture.of(step) if point.part == part]
            arrow = " | " if any(point.is_break for point in points) else " → "
            shown = arrow.join(_row(point, words)["shown"] for point in points)
            rows.append({"label": name, "part": part, "shown": shown, "at": above + 1.35 + place * 0.5})
    names = [block["label"] for block in blocks]
    axis = {"labelExpr": f"split(datum.label, '{BREAK}')", "labelAngle": 0, "ticks": False, "labelFontSize": 12}
    domain = [0, len(steps) + 0.6 + 0.5 * len(parts)]
    key = {"field": "part", "type": "nominal", "sort": parts}
    colour = {**key, "scale": {"domain": parts, "range": COLOURS[: len(parts)]}, "legend": {}}
    shape = {**key, "scale": {"domain": parts, "range": SHAPES[: len(parts)]}, "legend": {}}
    y = {"type": "quantitative", "scale": {"domain": domain, "nice": False}, "axis": None}
    stair = {"type": "bar", "width": {"band": 1}, "color": STEPS[1]}
    dot = {"type": "point", "size": 70, "filled": True, "opacity": 1, "xOffset": -40}
    number = {"type": "text", "align": "left", "dx": -30, "fontSize": 12, "color": INK}
    x = {"field": "label", "type": "nominal", "sort": names, "axis": axis, "scale": {"paddingInner": 0}}
    return {
        "width": LINE_WIDTH,
        "height": HEIGHT,
        "encoding": {"x": x},
        "layer": [
            {"data": {"values": blocks}, **_layer(stair, y={**y, "field": "height"})},
            {"data": {"values": rows}, **_layer(dot, y={**y, "field": "at"}, color=colour, shape=shape)},
            {"data": {"values": rows}, **_layer(number, y={**y, "field": "at"}, text={"field": "shown"})},
        ],
    }


def _parts(picture: Picture, words: Words) -> Spec:
    """What a whole consists of, a bar for each thing and wave."""
    rows: list[Spec] = []
    for label in picture.labels:
        for year in sorted({point.x for point in picture.of(label)}, key=lambda x: x or 0):
            name = _wrapped(_of_year(picture, label, year))
            start = 0.0
            for point in sorted((p for p in picture.of(label) if p.x == year), key=lambda p: p.part_place):
                row = {**_row(point, words), "label": name, "start": start}
                start += row["value"] or 0
                rows.append({**row, "end": start, "middle": (row["start"] + start) / 2})
    labels = list(dict.fromkeys(row["label"] for row in rows))
    domain = picture.parts
    steps = [round(place * (len(STEPS) - 1) / max(len(domain) - 1, 1)) for place in range(len(domain))]
    whole = form(picture.unit).factor
    x = {"type": "quantitative", "axis": {"tickCount": 4}, "scale": {"domain": [0, whole], "nice": False}}
    fill = {
        "field": "part",
        "type": "nominal",
        "sort": domain,
        "scale": {"domain": domain, "range": [STEPS[step] for step in steps]},
        "legend": {"symbolType": "square", "symbolStrokeColor": GREY, "symbolStrokeWidth": 0.5},
    }
    dark = [part for part, step in zip(domain, steps, strict=True) if step >= FIRST_DARK]
    ink = {"condition": {"test": {"field": "part", "oneOf": dark}, "value": PAPER}, "value": INK}
    bar = {"type": "bar", "height": 22, "stroke": PAPER, "strokeWidth": 1}
    number = {"type": "text", "fontSize": 12}
    fits = f"datum.value >= {whole * SMALLEST_WRITTEN}"
    return _chart(
        (PARTS_WIDTH, _step(labels)),
        rows,
        {"y": _things(labels)},
        _layer(bar, x={**x, "field": "start"}, x2={"field": "end"}, fill=fill),
        _layer(number, only=fits, x={**x, "field": "middle"}, text={"field": "shown"}, color=ink),
    )


def _of_year(picture: Picture, label: str, year: int | None) -> str:
    """What a bar is called: the thing, the year, or both, whichever tells it from the others."""
    if len(picture.years) < 2:
        return label
    return str(year) if len(picture.labels) == 1 else f"{label}, {year}"


KINDS: Mapping[str, Callable[[Picture, Words], Spec]] = {
    "series": _series,
    "places": _places,
    "bars": _bars,
    "change": _change,
    "pairs": _pairs,
    "parts": _parts,
    "ladder": _ladder,
}
