"""Marks of tests: which need a run of the line, which a program from Debian, and what was not run for want of it.

Not here: which tests are slow (they say so), and the names of the marks (pyproject.toml).
"""

import importlib.util
import os
import shutil
from collections.abc import Callable, Collection, Iterable

import pytest

from tests.chaos.group import may_group
from tests.own_tmp import may_mount

# {mark: (the program that a test with it needs, and the packages of Debian that bring it)}
PROGRAMS = {
    "r": ("Rscript", "r-cran-survey r-cran-jsonlite"),
    "java": ("java", "default-jre-headless"),
    "libreoffice": ("soffice", "libreoffice-calc"),
    "chromium": ("chromium", "chromium"),
    "systemd": ("systemd-analyze", "systemd"),
}
SPARK, NO_SPARK = "spark", "Spark is not set up (make test-spark does it, where Java is)"
MEMORY_GROUP, OWN_TMP, ROOT = "memory_group", "own_tmp", "root"
# {mark: (whether this user may do what a test with it does, and why it is not run where not)}
RIGHTS: dict[str, tuple[Callable[[], bool], str]] = {
    MEMORY_GROUP: (may_group, "this user may make no control group of memory"),
    OWN_TMP: (may_mount, "this user may give no process a /tmp of its own (unshare)"),
    ROOT: (lambda: os.geteuid() == 0, "this user may not become another one, as root may"),
}
Which = Callable[[str], str | None]


def mark_line(items: Iterable[pytest.Item], runs: Collection[str]) -> None:
    """Mark the tests that look at one of the `runs`, fixtures by name."""
    for item in items:
        if set(runs) & set(getattr(item, "fixturenames", ())):
            item.add_marker("line")


def skip_without_program(items: Iterable[pytest.Item], which: Which = shutil.which) -> None:
    """Skip the tests that need a program which is not installed, and say so."""
    lacking = {mark: lacks(mark) for mark, (program, _) in PROGRAMS.items() if not which(program)}
    if not which("java") or importlib.util.find_spec("pyspark") is None:
        lacking[SPARK] = NO_SPARK
    lacking |= {mark: reason for mark, (may, reason) in RIGHTS.items() if not may()}
    for item in items:
        for mark in item.iter_markers():
            if mark.name in lacking:
                item.add_marker(pytest.mark.skip(reason=lacking[mark.name]))


def lacks(mark: str) -> str:
    """Why a test with this mark is not run."""
    program, packages = PROGRAMS[mark]
    return f"{program} is not installed (Debian: apt-get install {packages})"


def not_run(skipped: Iterable[pytest.TestReport]) -> list[str]:
    """A line for each program that is lacking, with the tests that were not run for want of it."""
    lines = []
    for reason in [*map(lacks, PROGRAMS), NO_SPARK, *(reason for _, reason in RIGHTS.values())]:
        tests = [report.nodeid for report in skipped if reason in str(report.longrepr)]
        if tests:
            lines.append(f"Not run, since {reason}: {', '.join(tests)}")
    return lines
