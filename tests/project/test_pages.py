"""The pages of the project, templates of issues included: what they name and link to is there, for any reader.

Not here: whether examples run and numbers are those of the sample (tests/integration/test_docs_examples.py), and the
form of decisions (test_decisions.py).
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from pipelines.common.seeds import read_seed
from pipelines.common.settings import PROJECT_DIR

GITHUB = PROJECT_DIR / ".github"
ISSUES = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.md"))
TEMPLATES = [*ISSUES, GITHUB / "pull_request_template.md"]
# Everything but what a run makes and what is installed.
FOLDERS = (".github", "dbt_project", "docs", "pipelines", "seeds", "tests")
PAGES = sorted([*PROJECT_DIR.glob("*.md"), *(page for of in FOLDERS for page in (PROJECT_DIR / of).rglob("*.md"))])
CHANGES = PROJECT_DIR / "CHANGELOG.md"

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
MAKE = re.compile(r"(?:`|^ {4}|^)make (?:[A-Z]+=\S+ )*([a-z][a-z-]*)", re.MULTILINE)
# Paths of the repository: what starts with one of these names stands in it.
TOP_LEVEL = ("pipelines/", "dbt_project/", "seeds/", "docs/", "tests/", ".ci/", ".github/")
NAMED = re.compile(r"[\w./*-]+")
FRONT = re.compile(r"\A---\n(.*?)^---\n(.+)\Z", re.MULTILINE | re.DOTALL)
VERSION = re.compile(r"^## \[(.+?)\](?: - (\S+))?$", re.MULTILINE)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def name_of(page: Path) -> str:
    return str(page.relative_to(PROJECT_DIR))


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


every_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


@every_page
def test_every_make_target_exists(page: Path) -> None:
    makefile = (PROJECT_DIR / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(MAKE.findall(page.read_text(encoding="utf-8"))) <= targets


@every_page
def test_every_path_named_exists(page: Path) -> None:
    assert [path for path in named_paths(page) if not any(PROJECT_DIR.glob(path))] == []


def named_paths(page: Path) -> Iterator[str]:
    for code in CODE.findall(prose(page)):
        if code.startswith(TOP_LEVEL):
            yield NAMED.findall(code)[0].rstrip("./")


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [target for target in LINK.findall(CODE.sub("", prose(page))) if not leads_somewhere(page, target)] == []


def leads_somewhere(page: Path, target: str) -> bool:
    """Whether a link is one to the web, or to a file of the project and a heading that it has."""
    if target.startswith("https://"):
        return True
    file, _, heading = target.partition("#")
    linked = (page.parent / file).resolve() if file else page
    return linked.is_file() and (not heading or heading in anchors(linked))


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings get where Markdown is shown."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("target", ["nowhere.md", "README.md#no-such-heading", "#no-such-heading", "docs"])
def test_link_to_nowhere_is_noticed(target: str) -> None:
    assert not leads_somewhere(PROJECT_DIR / "README.md", target)


@every_page
def test_no_path_of_one_machine_and_no_registry(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w/])/(home|root|tmp|work|Users|opt)/", text)
    assert "pypi" not in text.lower()


# Templates


def test_page_of_printed_figures_lists_the_publications_as_the_seed_has_them() -> None:
    figures = Counter(row["source_document"] for row in read_seed("figures"))
    expected = [
        f"| `{row['source_document']}` | *{row['title_nb']}*, {row['form']} | {row['publisher']}, {row['year']} "
        f"| {figures[row['source_document']]} |"
        for row in read_seed("source_document")
    ]
    page = (PROJECT_DIR / "docs" / "published-figures.md").read_text(encoding="utf-8")
    listed = page.split("| `source_document` |")[1].split("\n\n")[0].splitlines()[2:]
    assert listed == expected
    assert f" print {sum(figures.values())} numbers" in page


def test_there_is_a_template_for_each_kind_of_issue() -> None:
    assert [page.stem for page in ISSUES] == ["bug", "new-survey", "new-wave", "printed-figure"]


@pytest.mark.parametrize("page", ISSUES, ids=name_of)
def test_template_of_an_issue_says_what_it_is_for_and_asks(page: Path) -> None:
    ((front, body),) = FRONT.findall(page.read_text(encoding="utf-8"))
    said = yaml.safe_load(front)
    assert said["name"] and said["about"] and said["labels"]
    assert isinstance(said["title"], str)
    assert len(re.findall(r"^\*\*.+?\*\*", body, re.MULTILINE)) >= 4


@pytest.mark.parametrize("page", TEMPLATES, ids=name_of)
def test_template_has_no_link_to_a_file(page: Path) -> None:
    """The text becomes part of an issue, whose address is another: a link to a file would lead nowhere."""
    assert LINK.findall(page.read_text(encoding="utf-8")) == []


# The log of changes


def test_versions_stand_newest_first_with_their_dates() -> None:
    first, *released = VERSION.findall(CHANGES.read_text(encoding="utf-8"))
    assert first == ("Unreleased", "")
    dates = [date.fromisoformat(on) for _, on in released]
    assert released and all(later >= earlier for later, earlier in pairwise(dates))


def test_changes_are_of_the_kinds_that_the_form_knows() -> None:
    kinds = re.findall(r"^### (.+)$", CHANGES.read_text(encoding="utf-8"), re.MULTILINE)
    assert kinds and set(kinds) <= KINDS
