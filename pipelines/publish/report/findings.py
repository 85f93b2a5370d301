"""What a picture says: its title, made of its points by a rule for each kind; the first finding, not all.

Not here: tests. Where intervals are known, what they do not tell apart is not said to differ.
"""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from pipelines.publish.report.numbers import Cell, written
from pipelines.publish.report.pictures import Picture, Point
from pipelines.publish.report.words import Words

# Scores of an indicator that count as high, of 0 to 4.
HIGH_PARTS = 2
QUOTES = {"nb": ("«", "»"), "en": ("“", "”")}


def finding(picture: Picture, words: Words) -> Markup:
    """The title in the language, its numbers with the cells they are from."""
    return Markup(RULES[picture.kind](picture, words))


def _series(picture: Picture, words: Words) -> str:
    """How the one that changed most changed, over the whole time."""
    ends = _ends(picture)
    if not ends:
        return _bars(picture, words)
    first, last = max(ends, key=lambda pair: abs(_rise(pair)))
    n_down = sum(_rise(pair) < 0 for pair in ends)
    filled = _told(words, label=first.label) | {"a": _said(first, words), "b": _said(last, words)}
    filled |= {"first": str(first.x), "last": str(last.x)}
    if not _apart(first, last):
        return words("{label}: omtrent det samme i {last} ({b}) som i {first} ({a})", **filled)
    if len(ends) > 1 and n_down == len(ends):
        return words("Alle har gått ned: mest {label}, fra {a} i {first} til {b} i {last}", **filled)
    if len(ends) > 1 and n_down == 0:
        return words("Alle har gått opp: mest {label}, fra {a} i {first} til {b} i {last}", **filled)
    if _rise((first, last)) < 0:
        return words("{label}: ned fra {a} i {first} til {b} i {last}", **filled)
    return words("{label}: opp fra {a} i {first} til {b} i {last}", **filled)


def _places(picture: Picture, words: Words) -> str:
    """The best and the poorest of the latest places."""
    latest = [picture.of(label)[-1] for label in picture.labels]
    best, poorest = min(latest, key=_number), max(latest, key=_number)
    filled = {"best": best.label, "a": _said(best, words), "a_year": str(best.x)}
    if best is poorest:
        return words("Norge er nummer {a} i {best} ({a_year})", **filled)
    filled |= {"poorest": poorest.label, "b": _said(poorest, words), "b_year": str(poorest.x)}
    return words("Norge er nummer {a} i {best} ({a_year}) og nummer {b} i {poorest} ({b_year})", **filled)


def _bars(picture: Picture, words: Words) -> str:
    """The highest and the lowest, where they are apart; of the largest alone, the first."""
    latest = [picture.of(label)[-1] for label in picture.labels]
    high, low = max(latest, key=_number), min(latest, key=_number)
    filled = _told(words, high=high.label) | {"a": _said(high, words)}
    if len(latest) == 1:
        return words("{high}: {a}", **filled)
    if picture.said["at_most"]:
        return words("Mest: {high}, {a}", **filled)
    filled |= _told(words, low=low.label) | {"b": _said(low, words)}
    if not _apart(low, high):
        return words("Små forskjeller: fra {b} ({low}) til {a} ({high})", **filled)
    return words("Høyest: {high}, {a}. Lavest: {low}, {b}", **filled)


def _change(picture: Picture, words: Words) -> str:
    """What went most forward, and most back."""
    pairs = _ends(picture)
    if not pairs:
        return _bars(picture, words)
    up, down = max(pairs, key=_rise), min(pairs, key=_rise)
    filled = _told(words, up=up[0].label, down=down[0].label) | {"first": str(up[0].x), "last": str(up[1].x)}
    filled |= dict(zip("abcd", (_said(point, words) for point in (*up, *down)), strict=True))
    if _rise(down) >= 0:
        return words("Mest fram fra {first} til {last}: {up}, fra {a} til {b}. Ingen gikk tilbake", **filled)
    if _rise(up) <= 0:
        return words("Mest tilbake fra {first} til {last}: {down}, fra {c} til {d}. Ingen gikk fram", **filled)
    return words("Mest fram: {up}, fra {a} i {first} til {b} i {last}. Mest tilbake: {down}, fra {c} til {d}", **filled)


def _pairs(picture: Picture, words: Words) -> str:
    """The thing on which two differ most; of more than two, the lowest and the highest."""
    pairs = _extremes(picture) if len(picture.parts) > 2 else _ends(picture)
    if not pairs:
        return _bars(picture, words)
    one, other = max(pairs, key=lambda pair: abs(_rise(pair)))
    filled = _told(words, label=one.label) | {"one": one.part, "other": other.part}
    filled |= {"a": _said(one, words), "b": _said(other, words)}
    if not _apart(one, other):
        return words("Små forskjeller, også der de er størst: {label}, {one} {a}, {other} {b}", **filled)
    return words("Størst forskjell: {label}, {one} {a}, {other} {b}", **filled)


def _parts(picture: Picture, words: Words) -> str:
    """Of the latest, which has most in the highest parts."""
    year = max(picture.years, default=None)
    scores = sorted({point.part_place for point in picture.points})[-HIGH_PARTS:]
    high_up = [point for point in picture.points if point.part_place in scores and point.value.value is not None]
    if len(picture.labels) == 1 and len(picture.years) > 1:
        ends = [[point for point in high_up if point.x == year] for year in (picture.years[0], picture.years[-1])]
        a, b = (_sum(points, picture.unit, words) for points in ends)
        filled = {"a": a, "b": b, "first": str(picture.years[0]), "last": str(picture.years[-1])}
        return words("Høyt oppe: {a} i {first}, {b} i {last}", **filled)
    high = {label: [p for p in high_up if p.x == year and p.label == label] for label in picture.labels}
    sums = {label: sum(_number(point) for point in points) for label, points in high.items()}
    most, least = max(sums, key=lambda label: sums[label]), min(sums, key=lambda label: sums[label])
    filled = _told(words, most=most, least=least) | {"year": str(year or "")}
    filled |= {"a": _sum(high[most], picture.unit, words), "b": _sum(high[least], picture.unit, words)}
    return words("Flest høyt oppe i {year}: {most}, {a}. Færrest: {least}, {b}", **filled)


def _ladder(picture: Picture, words: Words) -> str:
    """How many stand on the highest step at last, of each."""
    year, top = picture.years[-1], max(picture.points, key=lambda point: point.place).label
    there = [point for point in picture.of(top) if point.x == year]
    who = Markup(", ").join(Markup("{} {}").format(point.part, _said(point, words)) for point in there)
    return words("På øverste trinn, {top}, i {year}: {who}", **_told(words, top=top), year=str(year), who=who)


def _sum(points: list[Point], unit: str, words: Words) -> Markup:
    """A sum of cells, which names them all."""
    total = sum(_number(point) for point in points)
    return Cell(total, unit, " + ".join(point.value.place for point in points)).shown(words.language)


def _ends(picture: Picture) -> list[tuple[Point, Point]]:
    """The first and the last number of each thing that has more than one."""
    return [(points[0], points[-1]) for label in picture.labels if len(points := picture.of(label)) > 1]


def _extremes(picture: Picture) -> list[tuple[Point, Point]]:
    """The lowest and the highest number of each thing that has more than one."""
    return [
        (min(points, key=_number), max(points, key=_number))
        for label in picture.labels
        if len(points := picture.of(label)) > 1
    ]


def _rise(ends: tuple[Point, Point]) -> float:
    return _number(ends[1]) - _number(ends[0])


def _number(point: Point) -> float:
    assert point.value.value is not None
    return float(point.value.value)


def _told(words: Words, **labels: str) -> dict[str, Any]:
    """Labels within a sentence, in the quotation marks of the language."""
    before, after = QUOTES[words.language]
    return {name: Markup("{}{}{}").format(before, label, after) for name, label in labels.items()}


def _said(point: Point, words: Words) -> Markup:
    return point.value.shown(words.language, is_signed=point.is_change)


def _apart(low: Point, high: Point) -> bool:
    """Whether two numbers differ as they are written and, where both have an interval, beyond both."""
    if written(low.value.value, low.value.unit, "nb") == written(high.value.value, high.value.unit, "nb"):
        return False
    below, above = sorted((low, high), key=_number)
    if below.upper is None or above.lower is None or below.upper.value is None or above.lower.value is None:
        return True
    return bool(below.upper.value < above.lower.value)


RULES: Mapping[str, Callable[[Picture, Words], str]] = {
    "series": _series,
    "places": _places,
    "bars": _bars,
    "change": _change,
    "pairs": _pairs,
    "parts": _parts,
    "ladder": _ladder,
}
