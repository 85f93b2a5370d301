"""The report in Chromium: axe-core on every kind of page, at every width, in both languages, on paper; keyboard.

Not here: what axe cannot see and a person has looked at (docs/report.md).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.line import Line
from tests.screenshots import FOLDER, KINDS, SIZES, name_of, take

pytestmark = [pytest.mark.chromium, pytest.mark.slow]
WIDTHS = (1280, 390, 320)
LARGEST_PICTURES = 1_500_000  # bytes, of all that docs/report shows


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield started
        started.close()


def address(built: Line, page: str, language: str = "nb") -> str:
    folder = built.release / "report" / ("" if language == "nb" else language)
    return (folder / f"{page}.html").as_uri()


def violations(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found]


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_violation_and_nothing_runs_over_the_side(built: Line, browser: Any, width: int, language: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    for kind in KINDS:
        page.goto(address(built, kind, language))
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (kind, beyond, violations(page)) == (kind, 0, [])
    page.close()


def test_no_violation_on_paper_nor_with_reduced_motion_nor_at_twice_the_size(built: Line, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 640, "height": 450}, reduced_motion="reduce")
    for kind in KINDS:
        page.goto(address(built, kind))
        page.emulate_media(media="print")
        assert (kind, violations(page)) == (kind, [])
        page.emulate_media(media="screen")
        page.add_style_tag(content="* { line-height: 1.5 !important; letter-spacing: .12em !important; "
                           "word-spacing: .16em !important; } p { margin-bottom: 2em !important; }")  # fmt: skip
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (kind, beyond) == (kind, 0)
    page.close()


def test_everything_can_be_reached_by_keyboard(built: Line, browser: Any) -> None:
    page = browser.new_page()
    page.goto(address(built, "kommuner/index"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.outerHTML.slice(0, 60)"))
    assert any("data-filter" in one for one in reached) and any("<button" in one for one in reached)
    page.close()


def test_filter_leaves_what_is_looked_for_and_a_column_sorts(built: Line, browser: Any) -> None:
    page = browser.new_page()
    page.goto(address(built, "kommuner/index"))
    page.fill("[data-filter=kommuner]", "tromsø")
    shown = page.locator("#kommuner tr:not([hidden]) th")
    assert shown.count() == 1 and "Tromsø" in shown.inner_text()
    page.fill("[data-filter=kommuner]", "")
    page.click("thead th:nth-child(3) button")
    page.click("thead th:nth-child(3) button")
    assert "Oslo" in page.locator("#kommuner tr th").first.inner_text()
    assert page.locator("thead th:nth-child(3)").get_attribute("aria-sort") == "descending"
    page.close()


def test_figures_and_claims_are_filtered_by_status(built: Line, browser: Any) -> None:
    page = browser.new_page()
    document = "ssb_rapport_2023_27"
    page.goto(address(built, f"etterproving/{document}"))
    for table, rows in (("reconciliation", "tall"), ("statement_reconciliation", "paastand")):
        of_document = built.table(table).query("source_document == @document")["status"].value_counts()
        choice = page.locator(f".filter:has([data-filter={rows}]) select")
        assert choice.locator("option").count() == len(of_document) + 1
        for status, n in of_document.items():
            choice.select_option(str(status))
            assert page.locator(f"#{rows} tr:not([hidden])").count() == n
            assert page.locator(f"#{rows} tr:not([hidden]).{status}").count() == n
        choice.select_option("")
        assert page.locator(f"#{rows} tr:not([hidden])").count() == of_document.sum()
    page.close()


def test_search_finds_questions_kommuner_and_figures(built: Line, browser: Any) -> None:
    page = browser.new_page()
    page.goto(f"{address(built, 'sok')}?q=personvern")
    assert page.locator("#search-found a").count() > 2
    page.fill("#search-words", "trondheim")
    page.click("#search-found a >> nth=0")
    assert page.locator("h1").inner_text().startswith("Trondheim")
    page.close()


def test_everything_can_be_read_without_script(built: Line, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for kind in KINDS:
        page.goto(address(built, kind))
        assert not page.locator(".filter").first.is_visible() if page.locator(".filter").count() else True
    page.goto(address(built, "sok"))
    assert page.locator("#search-without").is_visible()
    context.close()


def test_kommune_fits_on_one_page_of_paper(built: Line, browser: Any) -> None:
    kommuner = built.table("kommuner")
    latest = kommuner[kommuner["year"] == built.table("indicator_distributions")["division_year"].max()]
    most_merged = latest.loc[latest["predecessors"].str.len().idxmax(), "kommunenr"]
    page = browser.new_page()
    for kommunenr in ("0301", most_merged):
        for language in ("nb", "en"):
            page.goto(address(built, f"kommuner/{kommunenr}", language))
            assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1, kommunenr
    page.close()


def test_structured_data_can_be_read(built: Line, browser: Any) -> None:
    page = browser.new_page()
    page.goto(address(built, "index"))
    said = json.loads(page.locator("script[type='application/ld+json']").inner_text())
    assert said["@type"] == "Dataset"
    page.close()


def test_docs_show_each_kind_of_page_as_it_is(built: Line, browser: Any, tmp_path: Path) -> None:
    """By size, since fonts differ between machines: what is taken now is neither blank nor another page."""
    take(built.release / "report", tmp_path, browser)
    assert {path.name for path in FOLDER.iterdir()} == {name_of(kind, width) for kind in KINDS for width, _ in SIZES}
    page = browser.new_page()
    for width, height in SIZES:
        for kind in KINDS:
            kept, now = (folder / name_of(kind, width) for folder in (FOLDER, tmp_path))
            page.goto(kept.as_uri())
            size = page.evaluate("[document.images[0].naturalWidth, document.images[0].naturalHeight]")
            assert size == [width, height], kept.name
            assert 0.6 < now.stat().st_size / kept.stat().st_size < 1.6, (
                f"{kept.name} is not what the page looks like: python -m tests.screenshots"
            )
    page.close()
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < LARGEST_PICTURES
