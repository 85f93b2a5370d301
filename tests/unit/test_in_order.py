"""What to make anew before a release is published: all that is older than what it is made from, and nothing else.

Not here: runs in parts (integration/test_published_in_parts.py).
"""

from dataclasses import replace

import pytest

from pipelines.common.in_force import Input
from pipelines.publish.in_order import not_in_order, other_loads

MADE_FROM = {"raw/a": [], "raw/b": [], "marts/a": ["raw/a", "elsewhere"], "marts/b": ["raw/b"], "marts/c": ["marts/a"]}
IN_ORDER = {name: number for number, name in enumerate(MADE_FROM)}
FILE = Input("survey/2022/a.csv", "hash", is_synthetic=True)


def listed(problem: str) -> list[str]:
    return [line.removeprefix("- ") for line in problem.splitlines()[1:]]


def test_what_was_made_in_order_is_published() -> None:
    assert not_in_order(MADE_FROM, IN_ORDER) == ""
    assert not_in_order(MADE_FROM, IN_ORDER | {"marts/a": 9, "marts/c": 10}) == ""


@pytest.mark.parametrize(
    ("later", "anew"),
    [
        ("raw/a", ["marts/a", "marts/c"]),
        ("raw/b", ["marts/b"]),
        ("marts/a", ["marts/c"]),
        ("elsewhere", []),
    ],
)
def test_what_is_made_from_something_later_is_named_with_all_that_is_made_from_it(later: str, anew: list[str]) -> None:
    problem = not_in_order(MADE_FROM, IN_ORDER | {later: 9})
    assert listed(problem) == anew
    assert problem.startswith("Nothing was published: these were made before") or not anew


def test_what_the_history_does_not_know_of_is_for_a_run_of_all() -> None:
    problem = not_in_order(MADE_FROM, {name: number for name, number in IN_ORDER.items() if name != "raw/a"})
    assert "history does not know" in problem and "run the job `main`" in problem
    assert listed(problem) == ["raw/a"]


@pytest.mark.parametrize(
    "in_use",
    [
        [],
        [FILE, replace(FILE, path="survey/2022/b.csv")],
        [replace(FILE, sha256="2")],
        [replace(FILE, is_synthetic=False)],
    ],
)
def test_files_in_use_that_the_log_does_not_name_as_they_are_are_listed(in_use: list[Input]) -> None:
    assert other_loads([FILE], [FILE]) == ""
    other = {file.path for file in {*in_use} ^ {FILE}}
    assert listed(other_loads(in_use, [FILE])) == sorted(other)
    assert "would not say what it is made from" in other_loads(in_use, [FILE])
