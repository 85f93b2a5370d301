"""First paint of the report's pages in headless Chromium from disk: `python -m tests.benchmarks.report`.

Not here: that pages are small and right (integration/test_report_pages.py). It looks at the release in force.
"""

import argparse
import shutil
from pathlib import Path
from statistics import median

from pipelines.common.settings import Settings
from tests.screenshots import KINDS

PAINT = "performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime)"


def first_paint(report: Path, rounds: int) -> dict[str, list[float]]:
    """{page: seconds to its first paint with content, of each round}; each in a context of its own."""
    from playwright.sync_api import sync_playwright

    found: dict[str, list[float]] = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(rounds):
            for kind in KINDS:
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                page = context.new_page()
                page.goto((report / f"{kind}.html").as_uri())
                page.wait_for_function(f"{PAINT}.length > 0")
                found.setdefault(kind, []).append(page.evaluate(PAINT)[0] / 1000)
                context.close()
        browser.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, default=Settings.from_env().published / "current" / "report")
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    for kind, seconds in first_paint(told.report.resolve(), told.rounds).items():
        print(f"| `{kind}` | {median(seconds):.2f} | {', '.join(f'{second:.2f}' for second in seconds)} |")


if __name__ == "__main__":
    main()
