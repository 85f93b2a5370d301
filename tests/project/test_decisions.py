"""The pages of decisions are of one form, dated, and found where they are looked for.

Not here: whether what they name exists and their links lead somewhere (test_pages.py).
"""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from pipelines.common.settings import PROJECT_DIR

DECISIONS = PROJECT_DIR / "docs" / "decisions"
INDEX, TEMPLATE = DECISIONS / "README.md", DECISIONS / "template.md"
PAGES = sorted(set(DECISIONS.glob("*.md")) - {INDEX, TEMPLATE})
HEADINGS = ["Context", "Decision", "Alternatives", "Consequences"]
TITLE = re.compile(r"\A# (\d+)\. (.+)$", re.MULTILINE)
STATUS = re.compile(r"accepted|replaced by \[\d+\]\(\d{4}-[a-z0-9-]+\.md\)")

every_decision = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def said(page: Path) -> dict[str, str]:
    """What stands under the title: {'Status': 'accepted', 'Date': ..., 'Commit': ...}."""
    return dict(re.findall(r"^- (\w+): (.+)$", text_of(page).split("\n## ")[0], re.MULTILINE))


def number_and_title(page: Path) -> tuple[str, str]:
    ((number, title),) = TITLE.findall(text_of(page))
    return number, title


def sections(page: Path) -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", text_of(page), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("page", [*PAGES, TEMPLATE], ids=lambda page: page.stem)
def test_decision_has_all_its_sections_and_no_empty_one(page: Path) -> None:
    assert list(sections(page)) == HEADINGS
    assert all(text.strip() for text in sections(page).values())
    assert list(said(page)) == ["Status", "Date", "Commit"]


@every_decision
def test_decision_says_its_number_status_and_commit(page: Path) -> None:
    assert re.fullmatch(r"\d{4}-[a-z0-9]+(-[a-z0-9]+)*", page.stem)
    assert int(number_and_title(page)[0]) == int(page.stem[:4])
    assert STATUS.fullmatch(said(page)["Status"])
    assert re.search(r"\b[0-9a-f]{7}\b", said(page)["Commit"])


@every_decision
def test_every_alternative_says_why_not(page: Path) -> None:
    alternatives = re.split(r"^- ", sections(page)["Alternatives"], flags=re.MULTILINE)[1:]
    assert alternatives
    reasons = [re.sub(r"\A\*\*.+?\*\*", "", text, flags=re.DOTALL) for text in alternatives]
    assert [text for text, reason in zip(alternatives, reasons, strict=True) if len(reason.split()) < 3] == []
    assert all(text.startswith("**") for text in alternatives)


def test_decisions_are_numbered_in_the_order_of_their_dates() -> None:
    assert [int(page.stem[:4]) for page in PAGES] == list(range(1, len(PAGES) + 1))
    dates = [date.fromisoformat(said(page)["Date"]) for page in PAGES]
    assert all(earlier <= later for earlier, later in pairwise(dates))


def test_index_has_a_row_for_each_decision_as_its_page_says() -> None:
    rows = re.findall(r"^\| (\d+) \| \[(.+?)\]\((.+?)\) \| (\S+) \| (.+) \|$", text_of(INDEX), re.MULTILINE)
    pages = [(*number_and_title(page), page.name, *said(page).values()) for page in PAGES]
    assert rows == [(number, title, name, on, status) for number, title, name, status, on, _ in pages]


def test_architecture_lists_every_decision_once() -> None:
    text = text_of(PROJECT_DIR / "docs" / "architecture.md")
    linked = re.findall(r"\]\(decisions/(\d{4}-[^)]+)\)", text)
    assert sorted(linked) == [page.name for page in PAGES]
