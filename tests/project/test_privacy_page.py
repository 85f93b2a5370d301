"""docs/privacy.md says what the seeds say, and has the sections that whoever answers for the data looks for.

Not here: links and paths of pages (test_pages.py), and the rules themselves.
"""

import re

import pytest

from pipelines.common.seeds import read_seed
from pipelines.common.settings import PROJECT_DIR

PAGE = (PROJECT_DIR / "docs" / "privacy.md").read_text(encoding="utf-8")
NO_RULE = "1"  # as threshold


def test_thresholds_are_those_of_the_seed() -> None:
    rules = [row for row in read_seed("disclosure_rule") if row["threshold"] != NO_RULE]
    stated = {(row["threshold"], row["small_group"], row["protection"]) for row in rules}
    assert stated and set(re.findall(r"^\| \w+ \| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)) == stated
    assert {row["dominance_share"] for row in rules} == {"0.5"}, "the page says: more than half"


@pytest.mark.parametrize(
    "heading",
    [
        "What is processed", "Why, and on what ground", "Who sees what", "How long", "What is published",
        "What an attacker can learn", "What is lost", "The rights of those who answered", "The key",
        "When something got out",
    ],
)  # fmt: skip
def test_section_is_there_and_says_something(heading: str) -> None:
    (body,) = re.findall(rf"^## {re.escape(heading)}\n(.+?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert len(body) > 100
