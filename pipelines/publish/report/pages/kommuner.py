"""The kommuner: a table of them all, a page for each indicator, and one for each kommune, in today's division.

Not here: what a kommune is beside (pipelines/indicators/peers.py), and outlines of maps.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from pipelines.publish.report.findings import HIGH_PARTS
from pipelines.publish.report.maps import map_of
from pipelines.publish.report.numbers import NOTHING
from pipelines.publish.report.report import PICTURES, Page, Report
from pipelines.publish.report.specs import STEPS
from pipelines.publish.report.tables import Row

SECTION = "kommuner/index"
PROFILE, SCORES, BEFORE = "kommune_profile", "indicator_distributions", "kommune_indicators"
N_SAID = 2  # sentences of each kind on a kommune's page
FAR = 0.1  # a place among all that is worth a sentence: so near to an end
OTHER_NAMES = ("nordsamisk", "lulesamisk", "soersamisk", "kvensk")
# Languages of parallel names, for who reads them aloud.
NAME_LANGUAGES = {"nordsamisk": "se", "lulesamisk": "smj", "soersamisk": "sma", "kvensk": "fkv"}
# What is marked in a range: a triangle for all, a diamond for peers.
MARKS = (("mean_score", "28l4 6h-8z", "#4a4a4a"), ("peer_mean_score", "22l4 6l-4 6l-4 -6z", "#b23a00"))


def pages(report: Report) -> Iterator[Page]:
    division = report.division
    if not division:
        yield Page(SECTION, SECTION, "missing", {"title": report.words("Kommunene")})
        return
    profile = report.tables.rows(PROFILE, f"division_year={division}")
    kommuner = report.kommuner
    last = max(row["wave"] for row in profile)
    now = [row for row in profile if row["wave"] == last]
    indicators = {row["indicator"]: row for row in sorted(now, key=lambda row: row["indicator_no"])}
    spread = _spread(report.tables.rows(SCORES, f"division_year={division};wave={last}"))
    of_kommune: dict[str, list[Row]] = defaultdict(list)
    for row in now:
        of_kommune[row["kommunenr"]].append(row)
    ordered = sorted(kommuner, key=_by_name)
    of_wave = f"division_year={division};wave={last}"
    rows = [
        {"row": k, "n_high": _n_high(report, f"{of_wave};kommunenr={k['kommunenr']}", of_kommune[k["kommunenr"]])}
        for k in ordered
    ]
    yield Page(SECTION, SECTION, "kommuner", {
        "kommuner": rows, "wave": last, "indicators": list(indicators.values()),
        "n_answered": report.count(PROFILE, of_wave, "kommunenr"),
        "n_kommuner": report.count("kommuner", f"year={division}"),
    })  # fmt: skip
    for indicator, row in indicators.items():
        yield _indicator(report, row, [r for r in now if r["indicator"] == indicator], rows)
    before = _before(report)
    for kommune in kommuner:
        yield _kommune(report, kommune, of_kommune[kommune["kommunenr"]], spread, before)


def _by_name(kommune: Row) -> str:
    """As Norwegians look them up: æ, ø and å after z."""
    return str(kommune["kommunenavn"]).casefold().translate(str.maketrans("æøå", "{|}"))


def _spread(rows: Sequence[Row]) -> Mapping[str, Sequence[Row]]:
    """{indicator: its scores and how many have each}."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["score"]):
        found[row["indicator"]].append(row)
    return found


def _n_high(report: Report, of_kommune: str, rows: Sequence[Row]) -> Markup:
    """On how many of the indicators a kommune is high; a dash where it did not answer."""
    high = "|".join(map(str, range(len(STEPS))[-HIGH_PARTS:]))
    return report.count(PROFILE, f"{of_kommune};score={high}") if rows else Markup(NOTHING)


def _before(report: Report) -> Mapping[str, Sequence[Row]]:
    """{kommunenr: its scores in the first wave, in the division of that time}."""
    waves = [row["wave"] for row in report.tables.rows(SCORES)]
    first = min(waves)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in report.tables.rows(BEFORE, f"wave={first};division_year={first}"):
        found[row["kommunenr"]].append(row)
    return found


# An indicator


def _indicator(report: Report, indicator: Row, rows: Sequence[Row], kommuner: Sequence[Mapping[str, Any]]) -> Page:
    """Its distribution, its map, and the kommuner as tiles by fylke."""
    words, name = report.words, indicator["indicator"]
    _save_scores(report, f"skaar_{name}", rows)
    title = words.label(indicator, "indicator")
    of_kommune = {row["kommunenr"]: row for row in rows}
    fylker: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for kommune in (k["row"] for k in kommuner):
        row = of_kommune.get(kommune["kommunenr"])
        score = row["score"] if row else None
        fylker[kommune["fylkesnavn"]].append({"kommune": kommune, "row": row, "score": score})
    return Page(
        f"kommuner/{name}",
        SECTION,
        "indicator",
        {
            "title": title,
            "pictures": report.drawn("indicator", {"indicator": name}),
            "maps": list(_maps(report, title, indicator, rows)),
            "folder": f"{report.place}{PICTURES}/",
            "division": indicator["division_year"],
            "fylker": sorted(fylker.items()),
            "csv": f"{report.place}{PICTURES}/skaar_{name}.csv",
            "wave": indicator["wave"],
        },
    )


def _maps(report: Report, title: str, indicator: Row, now: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """The map of the latest wave in today's division, and of each wave before in that of its own time; written, where
    there are outlines of the division."""
    name, division = indicator["indicator"], indicator["division_year"]
    rows = report.tables.rows(BEFORE, f"indicator={name}")
    waves = sorted(
        {row["wave"] for row in rows if row["wave"] == row["division_year"] < indicator["wave"]}, reverse=True
    )
    of_division = [(indicator["wave"], division, now)]
    of_division += [(w, w, [row for row in rows if row["wave"] == row["division_year"] == w]) for w in waves]
    for wave, year, of_wave in of_division:
        said = report.words("{indicator}: kommuner etter skår, {wave}", indicator=title, wave=wave)
        scores = {row["kommunenr"]: row["score"] for row in of_wave}
        drawing = map_of(year, scores, report.words, said, any(row["is_synthetic"] for row in of_wave))
        if drawing is not None:
            of = f"kart_{name}" + (f"_{year}" if year != division else "")
            width, height = report.save(drawing, of)
            _save_scores(report, of, of_wave)
            source = PROFILE if year == division else BEFORE
            yield {"name": of, "title": said, "year": year, "source": source, "width": width, "height": height}


def _save_scores(report: Report, name: str, rows: Sequence[Row]) -> None:
    report.save_csv(name, {
        ("kommunenummer", "municipality_number"): [row["kommunenr"] for row in rows],
        ("kommune", "municipality"): [row["kommunenavn"] for row in rows],
        ("skaar", "score"): [row["score"] for row in rows],
    })  # fmt: skip


# A kommune


def _kommune(
    report: Report,
    kommune: Row,
    rows: Sequence[Row],
    spread: Mapping[str, Sequence[Row]],
    before: Mapping[str, Sequence[Row]],
) -> Page:
    ordered = sorted(rows, key=lambda row: row["indicator_no"])
    lines = [{"row": row, "range": _range(row, spread[row["indicator"]])} for row in ordered]
    others = [(NAME_LANGUAGES[o], kommune[f"kommunenavn_{o}"]) for o in OTHER_NAMES if kommune[f"kommunenavn_{o}"]]
    predecessors = (kommune["predecessors"] or "").split(",")
    merged = [number for number in predecessors if number] if len(predecessors) > 1 else []
    return Page(
        f"kommuner/{kommune['kommunenr']}",
        SECTION,
        "kommune",
        {
            "kommune": kommune,
            "others": others,
            "lines": lines,
            "wave": ordered[0]["wave"] if ordered else None,
            "previous_wave": ordered[0]["previous_wave"] if ordered else None,
            "said": list(_said(report, ordered)),
            "predecessors": [
                {"name": before[number][0]["kommunenavn"] if before.get(number) else number,
                 "scores": {row["indicator"]: row for row in before.get(number, [])}}
                for number in merged
            ],
        },
    )  # fmt: skip


def _said(report: Report, rows: Sequence[Row]) -> Iterator[Markup]:
    """What stands out, by rule: the largest changes, then the places nearest to an end. A census has no tests."""
    scored = [row for row in rows if row["kind"] != "category"]
    rises = {row["indicator"]: row["score"] - row["previous_score"] for row in scored if _is_compared(row)}
    moved = sorted((row for row in scored if row["indicator"] in rises), key=lambda row: -rises[row["indicator"]])
    for row in moved[:N_SAID]:
        if rises[row["indicator"]] > 0:
            yield _moved(report, row, "{indicator}: opp fra {a} til {b} siden {year}.")
    for row in moved[: -N_SAID - 1 : -1]:
        if rises[row["indicator"]] < 0:
            yield _moved(report, row, "{indicator}: ned fra {a} til {b} siden {year}.")
    placed = sorted((row for row in scored if row["percentile"] is not None), key=lambda row: row["percentile"])
    for row in placed[: -N_SAID - 1 : -1]:
        if row["percentile"] >= 1 - FAR:
            yield _placed(report, row, "{indicator}: høyere enn eller lik {share} av kommunene.")
    for row in placed[:N_SAID]:
        if row["percentile"] <= FAR:
            said = "{indicator}: blant de laveste; bare {share} av kommunene ligger under eller likt."
            yield _placed(report, row, said)


def _is_compared(row: Row) -> bool:
    return None not in (row["score"], row["previous_score"])


def _moved(report: Report, row: Row, text: str) -> Markup:
    a, b = (report.cell(PROFILE, row, column) for column in ("previous_score", "score"))
    indicator = Markup.escape(report.words.label(row, "indicator"))
    return Markup(report.words(text, indicator=indicator, a=a, b=b, year=row["previous_wave"]))


def _placed(report: Report, row: Row, text: str) -> Markup:
    share = report.cell(PROFILE, row, "percentile")
    return Markup(report.words(text, indicator=Markup.escape(report.words.label(row, "indicator")), share=share))


def _range(row: Row, spread: Sequence[Row]) -> Markup:
    """All kommuner as a range of scores, as high as they are many, this one's own filled; the means of all and of its
    peers as marks."""
    counts = Counter({entry["score"]: entry["share"] or 0 for entry in spread})
    highest = max(counts.values(), default=0) or 1
    parts = []
    for score in range(len(STEPS)):
        height = 4 + 22 * counts[score] / highest
        fill, weight = ("#00569b", "bold") if score == row["score"] else ("#d4d8dd", "normal")
        place = f'x="{score * 30 + 15}" y="42" text-anchor="middle"'
        parts.append(
            f'<rect x="{score * 30 + 2}" y="{28 - height:.1f}" width="26" height="{height:.1f}" fill="{fill}"/>'
        )
        parts.append(f'<text {place} font-size="11" font-weight="{weight}">{score}</text>')
    for mean, outline, fill in MARKS:
        if row[mean] is not None:
            x = f"{row[mean] * 30 + 15:.1f}"
            parts.append(f'<path d="M{x} {outline}" fill="{fill}" stroke="#fff" stroke-width="1"/>')
    return Markup(f'<svg width="152" height="46" viewBox="0 0 152 46" aria-hidden="true">{"".join(parts)}</svg>')
