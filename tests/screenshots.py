"""Pictures of each kind of page of the report, for docs/report: `python -m tests.screenshots` takes them anew.

Not here: that they are there, and not of other pages (integration/test_report_in_browser.py).
"""

import shutil
from pathlib import Path
from typing import Any

from pipelines.common.settings import PROJECT_DIR, Settings

FOLDER = PROJECT_DIR / "docs" / "report"
# One of each kind.
KINDS = (
    "index", "maal/index", "maal/4", "undersokelser/index", "undersokelser/dfo_innbygger", "kommuner/index",
    "kommuner/strategi", "kommuner/5001", "sporsmaal/index", "sporsmaal/dfo_internettsikkerhet", "etterproving/index",
    "etterproving/dfo_innbygger_2023", "om/index", "om/tilgjengelighet", "sok",
)  # fmt: skip
SIZES = ((1280, 800), (390, 844))
QUALITY = 40


def name_of(kind: str, width: int) -> str:
    return f"{kind.replace('/', '-')}-{width}.jpg"


def take(report: Path, folder: Path, browser: Any) -> None:
    """What is seen of each kind of page first, at both sizes, as a file in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for width, height in SIZES:
        page = browser.new_page(viewport={"width": width, "height": height})
        for kind in KINDS:
            page.goto((report / f"{kind}.html").as_uri())
            page.screenshot(path=folder / name_of(kind, width), type="jpeg", quality=QUALITY)
        page.close()


def main() -> None:
    from playwright.sync_api import sync_playwright

    report = (Settings.from_env().published / "current" / "report").resolve()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        take(report, FOLDER, browser)
        browser.close()


if __name__ == "__main__":
    main()
