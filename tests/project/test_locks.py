"""What is declared in pyproject.toml is what the code imports, and the locks pin all of it.

Not here: whether the locks can be installed (tests/benchmarks/setup.py does, from an empty cache).
"""

import ast
import importlib.metadata
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from pipelines import __version__
from pipelines.common.settings import PROJECT_DIR
from tools import set_up

DECLARED = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text(encoding="utf-8"))
OF_RUN, OF_DEV, OF_UV, OF_SPARK = LOCKS = (
    "requirements.lock", "requirements-dev.lock", "requirements-uv.lock", "requirements-spark.lock"
)  # fmt: skip
PIN = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)(.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)*)", re.MULTILINE
)
OWN = {"pipelines", "tests", "tilstand", "tools"}
BY_HAND = {"svy"}  # engines of tests/benchmarks that only its output needs; whoever asks for one installs it


def plain(name: str) -> str:
    """types-PyYAML[x]>=1 as types-pyyaml."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name)[0]).lower()


def pins(lock: str) -> set[tuple[str, str]]:
    """Packages with their versions; a universal lock may have several of one."""
    found = {
        (plain(name), version) for name, version, _ in PIN.findall((PROJECT_DIR / lock).read_text(encoding="utf-8"))
    }
    assert found, lock
    return found


def declared(*groups: str) -> set[str]:
    """What a run needs, and these groups."""
    more = [name for group in groups for name in DECLARED["dependency-groups"][group]]
    return {plain(name) for name in [*DECLARED["project"]["dependencies"], *more]}


@cache
def distributions() -> dict[str, set[str]]:
    """{what is imported: packages that bring it}."""
    return {module: set(map(plain, names)) for module, names in importlib.metadata.packages_distributions().items()}


def foreign_imports(*files: str) -> dict[str, Path]:
    """{top-level module that is neither ours nor Python's: one of the files (patterns) that imports it}."""
    found = {}
    for path in (path for pattern in files for path in sorted(PROJECT_DIR.glob(pattern))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found.update({name.split(".")[0]: path for name in named})
    return {name: path for name, path in found.items() if name not in OWN | BY_HAND | sys.stdlib_module_names}


@pytest.mark.parametrize(
    ("files", "groups"),
    [
        (("pipelines/**/*.py", "dbt_project/plugins/**/*.py"), ("spark",)),
        (("tests/**/*.py",), ("dev", "spark")),
        (("tools/docs/**/*.py",), ("dev",)),
        (("tools/*.py",), ("none",)),
    ],
    ids=["a run", "tests", "pages", "set-up"],
)
def test_what_is_imported_is_declared(files: tuple[str, ...], groups: tuple[str, ...]) -> None:
    allowed = set() if groups == ("none",) else declared(*groups)
    undeclared = {
        name: str(path.relative_to(PROJECT_DIR))
        for name, path in foreign_imports(*files).items()
        if not distributions().get(name, {plain(name)}) & allowed
    }
    assert undeclared == {}


@pytest.mark.parametrize(("lock", "groups"), [(OF_RUN, ("build",)), (OF_DEV, ("build", "dev"))])
def test_a_lock_pins_what_is_declared(lock: str, groups: tuple[str, ...]) -> None:
    assert declared(*groups) <= {name for name, _ in pins(lock)}


def test_development_has_what_a_run_has_in_the_same_versions() -> None:
    assert pins(OF_RUN) < pins(OF_DEV)


@pytest.mark.parametrize("name", ["polars", "scipy", "pytest", "ruff", "uv"])
def test_a_run_does_without(name: str) -> None:
    assert name not in {pinned for pinned, _ in pins(OF_RUN)}


def test_spark_is_pinned_alone_and_goes_with_what_development_has() -> None:
    assert {name for name, _ in pins(OF_SPARK)} == {"pyspark", "py4j"}
    assert not {name for name, _ in pins(OF_SPARK)} & {name for name, _ in pins(OF_DEV)}
    assert DECLARED["project"]["optional-dependencies"]["spark"] == DECLARED["dependency-groups"]["spark"]


def test_the_installer_is_pinned_alone() -> None:
    assert {name for name, _ in pins(OF_UV)} == {"uv"}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes_and_no_address(lock: str) -> None:
    text = (PROJECT_DIR / lock).read_text(encoding="utf-8")
    without = [name for name, _, hashes in PIN.findall(text) if "--hash=sha256:" not in hashes]
    assert without == []
    assert len(PIN.findall(text)) == len(re.findall(r"^[^\s#]", text, re.MULTILINE))  # nothing but pins
    assert "://" not in text


def test_the_project_is_built_by_what_the_locks_pin() -> None:
    assert set(DECLARED["build-system"]["requires"]) <= set(DECLARED["dependency-groups"]["build"])


def test_set_up_takes_the_pythons_that_the_project_takes() -> None:
    oldest, too_new = (".".join(map(str, version)) for version in (set_up.OLDEST, set_up.TOO_NEW))
    assert DECLARED["project"]["requires-python"] == f">={oldest},<{too_new}"


def test_the_version_stands_in_one_place() -> None:
    assert "version" not in DECLARED["project"] and DECLARED["project"]["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_the_command_is_there() -> None:
    module, function = DECLARED["project"]["scripts"]["tilstand"].split(":")
    assert callable(getattr(importlib.import_module(module), function))
