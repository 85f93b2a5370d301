"""The report of a release, page by page: each number is the table's, each link leads somewhere, in both languages.

Not here: a browser (test_report_in_browser.py), and the rules by which titles are made (unit/test_report.py).
"""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest

from pipelines.publish.report.numbers import written
from tests.integration.scenarios import Ended
from tests.line import Line

pytestmark = pytest.mark.slow
LARGEST_PAGE, LARGEST_KOMMUNE, LARGEST_SITE = 1_500_000, 40_000, 60_000_000  # bytes
COUNT = re.compile(r"(\w+)\[([^\]]*)\](?:\.(\w+))?")
# A number, but of a year, a scale (1–3) or a standard (2.1).
BARE = re.compile(r"(?<![\d.–])(?!(?:19|20)\d\d\b)\d+\b(?![.–]\d)")
CELL = re.compile(r"(?P<table>\w+)\[(?P<key>.*)\]\.(?P<column>\w+)")
# What closes itself in HTML.
VOID = {"meta", "link", "img", "input", "br", "path", "rect"}


class Read(HTMLParser):
    """What the tests look at in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language, self.ids, self.links, self.outside = "", [], [], []
        self.headings: list[int] = []
        self.cells: list[tuple[str, str, str]] = []  # value, place, text
        self.counts: list[tuple[str, str, str]] = []
        self.bare: list[
            tuple[str, str]
        ] = []  # in cells of numbers, second headings and leads, and in no element of its own
        self.images: list[dict[str, str | None]] = []
        self._cell: tuple[str, str, bool] | None = None
        self._text, self._open = "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "html":
            self.language = said["lang"] or ""
        if said.get("id"):
            self.ids.append(said["id"])
        for name in ("href", "src"):
            if address := said.get(name):
                if tag != "a" and urlsplit(address).scheme:
                    self.outside.append(address)
                if not urlsplit(address).scheme:
                    self.links.append(address)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img":
            self.images.append(said)
        if tag == "data":
            place, is_count = said.get("data-cell"), "data-count" in said
            self._cell, self._text = (said["value"] or "", place or said["data-count"] or "", is_count), ""
        if (tag == "td" and said.get("class") == "n") or said.get("class") == "lead" or tag == "h2":
            self._open = tag

    def handle_data(self, data: str) -> None:
        self._text += data
        if self._open and not self._cell:
            self.bare += [(self._open, number) for number in BARE.findall(data)]

    def handle_endtag(self, tag: str) -> None:
        if tag == "data" and self._cell:
            value, place, is_count = self._cell
            (self.counts if is_count else self.cells).append((value, place, self._text))
            self._cell = None
        if tag == self._open:
            self._open = ""


@cache
def pages(report: Path) -> dict[str, Read]:
    """{address below the report: the page}."""
    return {
        path.relative_to(report).as_posix(): Read(path.read_text(encoding="utf-8"))
        for path in sorted(report.rglob("*.html"))
    }


@cache
def report_of(line: Line) -> Path:
    return line.release / "report"


def assert_links_lead_somewhere(report: Path) -> None:
    found = pages(report)
    for address, page in found.items():
        assert page.outside == [], address
        for link in dict.fromkeys(page.links):
            path, _, fragment = link.partition("#")
            target = ((report / address).parent / unquote(path)).resolve() if path else (report / address).resolve()
            assert target.is_file(), (address, link)
            if fragment:
                assert fragment in found[target.relative_to(report).as_posix()].ids, (address, link)


def test_every_link_leads_to_a_file_and_every_anchor_is_there(built: Line) -> None:
    assert_links_lead_somewhere(report_of(built).resolve())


def numbers_of(line: Line, places: set[str]) -> dict[str, float]:
    """{table[column=value;...].column: the number that stands there}; a key column that is NULL there is not named."""
    asked: dict[tuple[str, tuple[str, ...], str], dict[tuple[str, ...], str]] = {}
    for place in places:
        said = CELL.fullmatch(place)
        assert said, place
        key = dict(condition.split("=", 1) for condition in said["key"].split(";"))
        asked.setdefault((said["table"], tuple(key), said["column"]), {})[tuple(key.values())] = place
    found: dict[str, set[float]] = {}
    for (name, key, column), rows in asked.items():
        table = line.table(name)
        keys = zip(*(table[part].astype(str) for part in key), strict=True)
        for values, number in zip(keys, table[column], strict=True):
            if values in rows and not pd.isna(number):
                found.setdefault(rows[values], set()).add(float(number))
    return {place: number for place, (number,) in found.items()}


def test_every_number_is_that_of_the_table_as_a_reader_writes_it(built: Line) -> None:
    cells = {
        (value, place, text, page.language)
        for page in pages(report_of(built).resolve()).values()
        for value, place, text in page.cells
    }
    known = numbers_of(built, {part for _, place, _, _ in cells for part in place.split(" + ")})
    for value, place, text, language in cells:
        assert float(value) == pytest.approx(sum(known[part] for part in place.split(" + ")), rel=1e-15), place
        number = re.fullmatch(r"([+−]?[\d.,\N{NO-BREAK SPACE}]*\d)(\N{NO-BREAK SPACE}?(%|mill\.))?", text)
        assert number, (place, text)
        assert ("." if language == "nb" else "\N{NO-BREAK SPACE}") not in number[1], text
    tables = {place.split("[")[0] for _, place, _, _ in cells}
    assert tables >= {"survey_estimates", "kommune_profile", "reconciliation", "goal_key_figures", "survey_waves"}
    assert len(cells) > 10_000


def counted(line: Line, place: str) -> int:
    """table[column=x|y;column=!z] counted, or table[...].column its values."""
    table, conditions, column = COUNT.fullmatch(place).groups()  # type: ignore[union-attr]
    rows = table_of(line, table)
    for condition in filter(None, conditions.split(";")):
        name, wanted = condition.split("=", 1)
        texts = rows[name].map(lambda value: f"{value:.15g}" if isinstance(value, float) else str(value))
        is_met = texts.isin(wanted.removeprefix("!").split("|"))
        rows = rows[~is_met if wanted.startswith("!") else is_met]
    return rows[column].nunique() if column else len(rows)


@cache
def table_of(line: Line, name: str) -> pd.DataFrame:
    return line.table(name)


def test_every_count_is_that_of_the_table(built: Line) -> None:
    report = report_of(built).resolve()
    counts = {entry for page in pages(report).values() for entry in page.counts}
    for value, place, text in counts:
        assert int(value) == sum(counted(built, part) for part in place.split(" + ")), place
        assert re.sub(r"[,\N{NO-BREAK SPACE}]", "", text) == value, place
    assert {place.split("[")[0] for _, place, _ in counts} >= {"reconciliation", "kommune_profile", "goal_scorecard"}
    assert len(counts) > 400


def test_no_number_stands_outside_an_element_that_says_what_it_counts(built: Line) -> None:
    """In cells of numbers, leads and second headings; a first heading, and the second of a question, are names."""
    bare = {
        address: [number for tag, number in page.bare if tag != "h2" or "sporsmaal/" not in address]
        for address, page in pages(report_of(built).resolve()).items()
    }
    assert {address: numbers for address, numbers in bare.items() if numbers} == {}


def test_numbers_are_written_with_the_decimals_of_their_unit(built: Line) -> None:
    estimates = built.table("survey_estimates")
    means = estimates[(estimates["question_id"] == "dfo_internettsikkerhet") & (estimates["statistic"] == "mean")]
    (row,) = means[(means["wave"] == 2023) & (means["breakdown"] == "all")].to_dict("records")
    page = pages(report_of(built).resolve())["sporsmaal/dfo_internettsikkerhet.html"]
    shown = {text for value, _, text in page.cells if value == repr(row["estimate"])}
    assert shown == {written(row["estimate"], "0-10", "nb")}


def test_each_page_is_there_in_both_languages_and_says_which_it_is(built: Line) -> None:
    found = pages(report_of(built).resolve())
    english = {address.removeprefix("en/") for address in found if address.startswith("en/")}
    assert english == {address for address in found if not address.startswith("en/")}
    for address, page in found.items():
        assert page.language == ("en" if address.startswith("en/") else "nb"), address


def test_headings_go_down_one_step_at_a_time(built: Line) -> None:
    for address, page in pages(report_of(built).resolve()).items():
        assert page.headings[0] == 1 and page.headings.count(1) == 1, address
        assert all(b <= a + 1 for a, b in zip(page.headings, page.headings[1:], strict=False)), (address, page.headings)
        assert len(page.ids) == len(set(page.ids)), address


def test_every_kommune_question_goal_and_publication_has_a_page(built: Line) -> None:
    found = set(pages(report_of(built).resolve()))
    estimates, kommuner = built.table("survey_estimates"), built.table("kommuner")
    latest = kommuner[kommuner["year"] == built.table("indicator_distributions")["division_year"].max()]
    assert {f"sporsmaal/{q}.html" for q in set(estimates["question_id"])} <= found
    assert {f"kommuner/{k}.html" for k in latest["kommunenr"]} <= found and len(latest) == 357
    assert {f"maal/{n}.html" for n in set(built.table("goal_scorecard")["goal_no"])} <= found
    assert {f"etterproving/{d}.html" for d in set(built.table("reconciliation")["source_document"])} <= found
    assert {f"undersokelser/{s}.html" for s in set(estimates["survey"])} <= found


def test_every_picture_can_be_saved_and_is_marked_where_it_is_synthetic(built: Line) -> None:
    report = report_of(built).resolve()
    shown = {
        ((report / address).parent / image["src"]).resolve()
        for address, page in pages(report).items()
        for image in page.images
    }
    assert len(shown) > 60
    for path in shown:
        assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
        drawn = path.read_text(encoding="utf-8")
        assert "<title>" in drawn
        # Places in international rankings are real, and so are official statistics.
        is_real = path.stem.startswith(("plasseringer", "ssb_statbank", "eurostat"))
        assert ("SYNTETISKE DATA" in drawn or "SYNTHETIC DATA" in drawn) is not is_real, path.name
    for address, page in pages(report).items():
        assert all(len(image["alt"] or "") > 20 for image in page.images), address


def test_each_wave_has_a_map_of_the_kommuner_of_its_time(built: Line) -> None:
    report, scores = report_of(built).resolve(), built.table("kommune_indicators")
    before = scores[(scores["wave"] == 2018) & (scores["division_year"] == 2018) & (scores["indicator"] == "strategi")]
    drawn = (report / "bilder/kart_strategi_2018.svg").read_text(encoding="utf-8")
    assert drawn.count("<path ") == built.table("kommuner").query("year == 2018").shape[0]
    said = pd.read_csv(report / "en/bilder/kart_strategi_2018.csv", dtype={"municipality_number": str})
    assert dict(zip(said["municipality_number"], said["score"], strict=True)) == dict(
        zip(before["kommunenr"], before["score"].astype(int), strict=True)
    )


def test_every_page_says_that_the_data_are_synthetic(built: Line) -> None:
    report = report_of(built)
    for address in pages(report.resolve()):
        text = (report / address).read_text(encoding="utf-8")
        assert ("Synthetic data." if address.startswith("en/") else "Syntetiske data.") in text, address


def test_pages_are_as_small_as_promised(built: Line) -> None:
    report = report_of(built)
    sizes = {path.relative_to(report).as_posix(): path.stat().st_size for path in report.rglob("*") if path.is_file()}
    assert max(size for name, size in sizes.items() if name.endswith(".html")) < LARGEST_PAGE
    kommuner = {name: size for name, size in sizes.items() if re.search(r"kommuner/\d{4}\.html", name)}
    assert max(kommuner.values()) < LARGEST_KOMMUNE, max(kommuner, key=lambda name: kommuner[name])
    assert sum(sizes.values()) < LARGEST_SITE


def test_one_wave_alone_has_pages_that_say_what_is_not_there(only_one_wave: Ended) -> None:
    report = report_of(only_one_wave.line).resolve()
    assert_links_lead_somewhere(report)
    assert "ingen bølger av undersøkelsen" in (report / "undersokelser/dfo_innbygger.html").read_text(encoding="utf-8")
    assert (report / "kommuner/0301.html").is_file()


def test_rankings_alone_have_pages_that_say_what_is_not_there(only_rankings: Ended) -> None:
    report = report_of(only_rankings.line).resolve()
    assert_links_lead_somewhere(report)
    assert "ingen data om dette" in (report / "kommuner/index.html").read_text(encoding="utf-8")
    for address in pages(report):
        text = (report / address).read_text(encoding="utf-8")
        assert "Syntetiske data." not in text and "Synthetic data." not in text, address
