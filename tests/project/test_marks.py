"""What is not run for want of a program is skipped, and said; tests of units start no run of the line.

Not here: which tests are slow.
"""

import ast
import importlib.util
from pathlib import Path

import pytest

from pipelines.common.settings import PROJECT_DIR
from tests.conftest import RUNS
from tests.marks import NO_SPARK, PROGRAMS, RIGHTS, SPARK, mark_line, not_run, skip_without_program

UNITS = sorted((PROJECT_DIR / "tests" / "unit").glob("*.py"))


@pytest.fixture
def item(request: pytest.FixtureRequest) -> pytest.Item:
    """A test to mark."""
    return pytest.Function.from_parent(request.node.parent, name="test_of_something", callobj=lambda: None)


def reasons(item: pytest.Item) -> list[str]:
    return [mark.kwargs["reason"] for mark in item.iter_markers("skip")]


@pytest.mark.parametrize("mark", PROGRAMS)
def test_test_that_needs_a_program_is_skipped_only_where_it_is_lacking(item: pytest.Item, mark: str) -> None:
    program, packages = PROGRAMS[mark]
    item.add_marker(mark)
    skip_without_program([item], which=lambda name: f"/bin/{name}")
    assert reasons(item) == []
    skip_without_program([item], which=lambda name: None if name == program else f"/bin/{name}")
    assert reasons(item) == [f"{program} is not installed (Debian: apt-get install {packages})"]


def test_test_that_needs_spark_is_skipped_where_java_or_pyspark_is_lacking(
    item: pytest.Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    item.add_marker(SPARK)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    skip_without_program([item], which=lambda name: f"/bin/{name}")
    assert reasons(item) == []
    skip_without_program([item], which=lambda name: None if name == "java" else f"/bin/{name}")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    skip_without_program([item], which=lambda name: f"/bin/{name}")
    assert reasons(item) == [NO_SPARK, NO_SPARK]
    assert not_run([report("a.py::one", NO_SPARK)]) == [f"Not run, since {NO_SPARK}: a.py::one"]


@pytest.mark.parametrize("mark", RIGHTS)
def test_test_that_needs_a_right_is_skipped_and_named_only_where_the_user_lacks_it(
    item: pytest.Item, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    item.add_marker(mark)
    _, reason = RIGHTS[mark]
    monkeypatch.setitem(RIGHTS, mark, (lambda: True, reason))
    skip_without_program([item])
    assert reasons(item) == []
    monkeypatch.setitem(RIGHTS, mark, (lambda: False, reason))
    skip_without_program([item])
    assert reasons(item) == [reason]
    assert not_run([report("a.py::one", reason)]) == [f"Not run, since {reason}: a.py::one"]


def test_test_that_needs_no_program_is_never_skipped(item: pytest.Item) -> None:
    skip_without_program([item], which=lambda _: None)
    assert reasons(item) == []


def report(name: str, reason: str) -> pytest.TestReport:
    return pytest.TestReport(name, ("a.py", 1, name), {}, "skipped", ("a.py", 1, f"Skipped: {reason}"), "setup")


def test_what_was_not_run_is_named_by_program(item: pytest.Item) -> None:
    item.add_marker("java")
    skip_without_program([item], which=lambda _: None)
    (reason,) = reasons(item)
    skipped = [report("a.py::one", reason), report("a.py::two", "another reason"), report("a.py::three", reason)]
    assert not_run(skipped) == [f"Not run, since {reason}: a.py::one, a.py::three"]
    assert not_run(skipped[1:2]) == []


def test_test_that_looks_at_a_run_is_marked_so(item: pytest.Item) -> None:
    mark_line([item], {"built"})
    assert item.get_closest_marker("line") is None
    item.fixturenames.append("built")
    mark_line([item], {"built"})
    assert item.get_closest_marker("line")


def test_every_mark_is_registered(pytestconfig: pytest.Config) -> None:
    registered = {line.partition(":")[0] for line in pytestconfig.getini("markers")}
    assert {"slow", "line", SPARK, *RIGHTS, *PROGRAMS} <= registered


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_unit_starts_no_run_of_the_line(path: Path) -> None:
    """Neither by a fixture that is one, nor by what runs are started with."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parameters = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert parameters & RUNS == set()
    assert "Line" not in imported
