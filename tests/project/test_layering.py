"""Data never turns back: what may import and read what, in Python.

Not here: what dbt makes from what (test_dbt_project.py), names, ids and years (test_knowledge_in_seeds.py).
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from pipelines.common.settings import PROJECT_DIR
from tests.line import environment

PIPELINES = PROJECT_DIR / "pipelines"
MODULES = sorted(PIPELINES.rglob("*.py"))
# The floors, from the ground up: a module imports its own package and those below it, never one above.
FLOORS = (
    "common",
    "scale",
    "ingest",
    "landing",
    "live",
    "disclosure",
    "attack",
    "privacy",
    "transform",
    "indicators",
    "reconciliation",
    "publish",
    "automation",
)
# {package: packages on the floors below it that its modules use}; with Dagster or without, the same.
STANDS_ON = {
    "common": set(),
    "scale": {"common"},
    "ingest": {"common", "scale"},
    "landing": {"common", "ingest"},
    "live": {"common", "ingest"},
    "disclosure": {"common"},
    "attack": {"common"},
    "privacy": {"common", "ingest"},
    "transform": {"common", "scale"},
    "indicators": {"common"},
    "reconciliation": {"common"},
    "publish": {"common", "scale", "ingest", "attack"},
    "automation": {"common", "ingest", "publish"},
}
GROUND = {"common", "scale"}  # which any layer that computes may use
WITH_DAGSTER = {"common.metadata", "common.progress", "common.workspace"}  # what assets show and hold
ASSETS = {"ingest", "landing", "live", "transform", "indicators", "reconciliation", "publish"}
SCHEMAS_READ = {
    "indicators": set(),
    "reconciliation": set(),
    "publish": {"marts", "seeds"},  # of seeds the rules, with which the release is attacked
}
SCHEMA = re.compile(
    r"\b(?:from|join|update|into)\s+\"?(raw|seeds|staging|harmonised|marts|indicators)\"?\.\"?[\w{]", re.IGNORECASE
)


def name_of(module: Path) -> str:
    """ingest.assets, settings, indicators (for its __init__)."""
    parts = module.relative_to(PIPELINES).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


@cache
def imports(module: Path, everywhere: bool = True) -> set[str]:
    """Full names of the modules imported; with `everywhere` also inside functions."""
    found = set()
    for node in ast.walk(tree(module)) if everywhere else tree(module).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    known = {f"pipelines.{name_of(m)}".removesuffix(".") for m in MODULES}
    return {name for name in found if not name.startswith("pipelines") or name in known}


def own(module: Path, everywhere: bool = True) -> set[str]:
    """The project's modules that it imports, without the leading pipelines."""
    return {name.removeprefix("pipelines.") for name in imports(module, everywhere) if name.startswith("pipelines.")}


def uses_dagster(module: Path) -> bool:
    return any(name.split(".")[0].startswith("dagster") for name in imports(module))


def texts(module: Path) -> Iterator[str]:
    """String constants, f-strings with {} for what they compute."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def of_part(part: str) -> list[Path]:
    return [m for m in MODULES if name_of(m).split(".")[0] == part]


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_module_says_what_it_is_for_and_what_does_not_belong_there(module: Path) -> None:
    paragraphs = (ast.get_docstring(tree(module)) or "").split("\n\n")
    assert paragraphs[0]
    assert len(paragraphs) > 1 and paragraphs[1].startswith("Not here:")


def test_dagster_stays_in_assets_and_automation() -> None:
    found = {name_of(module) for module in MODULES if uses_dagster(module)}
    assets = {f"{part}.assets" for part in ASSETS}
    allowed = assets | WITH_DAGSTER | {"definitions", "__main__"}
    assert {name for name in found - allowed if not name.startswith("automation.")} == set()
    assert assets | WITH_DAGSTER <= found


def test_every_package_is_a_floor() -> None:
    packages = {name_of(module).split(".")[0] for module in MODULES if module.parent != PIPELINES}
    assert packages == set(FLOORS) == set(STANDS_ON)
    assert {path.name for path in PIPELINES.glob("*.py")} == {
        "__init__.py",
        "__main__.py",
        "definitions.py",
        "seed_rules.py",
    }


@pytest.mark.parametrize("part", FLOORS)
def test_no_arrow_runs_back(part: str) -> None:
    below = set(FLOORS[: FLOORS.index(part)])
    assert STANDS_ON[part] <= below
    used = {name.split(".")[0] for module in of_part(part) for name in own(module)} - {part}
    assert used == STANDS_ON[part]


@pytest.mark.parametrize("part", ("scale", "ingest", "disclosure", "attack", "transform", "indicators", "publish"))
def test_what_computes_knows_no_other_layer(part: str) -> None:
    """Only assets, which say what follows what, may name another package than the ground."""
    for module in of_part(part):
        if name_of(module) != f"{part}.assets":
            assert {name.split(".")[0] for name in own(module)} <= {part, *GROUND}, name_of(module)


def test_a_release_that_hides_nothing_loads_no_attack() -> None:
    at_once = {name_of(m) for m in MODULES for name in own(m, everywhere=False) if name.split(".")[0] == "attack"}
    assert {name.split(".")[0] for name in at_once} == {"attack"}


def test_no_module_imports_itself_through_others() -> None:
    TopologicalSorter({name_of(m): own(m) for m in MODULES if name_of(m)}).prepare()


def test_sample_is_used_where_landing_is_missing_and_nowhere_else() -> None:
    assert [name_of(m) for m in MODULES if "landing.sample" in own(m)] == ["landing.assets"]


@pytest.mark.parametrize("name", ["tests", "scipy"])
def test_what_makes_the_sample_is_not_shipped(name: str) -> None:
    assert [name_of(m) for m in MODULES if any(i.split(".")[0] == name for i in imports(m))] == []


def test_nothing_imports_the_command_line() -> None:
    assert [name_of(m) for m in MODULES if "__main__" in own(m)] == []
    assert [name_of(m) for m in MODULES if "definitions" in own(m)] == ["__main__"]


def test_definitions_only_assemble() -> None:
    *imported, assembled = tree(PIPELINES / "definitions.py").body[1:]
    assert {type(node) for node in imported} == {ast.Import, ast.ImportFrom}
    assert isinstance(assembled, ast.FunctionDef)
    assert [ast.unparse(decorator) for decorator in assembled.decorator_list] == ["dg.definitions"]
    assert {type(node) for node in assembled.body[1:]} == {ast.Assign, ast.Return}
    for node in ast.walk(assembled):
        assert not isinstance(node, ast.Lambda | ast.comprehension | ast.IfExp), ast.unparse(node)


IMPORT_ALL = """
import importlib, os, sys
programs, before = [], dict(os.environ)
sys.addaudithook(lambda event, said: programs.append(str(said[0])) if event == "subprocess.Popen" else None)
for name in sys.argv[1:]:
    importlib.import_module(name)
print([name for name in {*before, *os.environ} if before.get(name) != os.environ.get(name)])
print([program for program in programs if program != "file"])
"""


@pytest.mark.slow
def test_importing_a_module_sets_no_variable_starts_no_process_and_writes_nothing(tmp_path: Path) -> None:
    """Python itself asks `file` what machine it is on, for Dagster."""
    names = [f"pipelines.{name_of(module)}".removesuffix(".") for module in MODULES]
    command = [sys.executable, "-c", IMPORT_ALL, *names]
    done = subprocess.run(command, cwd=PROJECT_DIR, env=environment(tmp_path / "data"), capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n[]\n", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("part", SCHEMAS_READ)
def test_python_reads_only_the_layers_before_it(part: str) -> None:
    found = {schema for module in of_part(part) for text in texts(module) for schema in SCHEMA.findall(text)}
    assert found == SCHEMAS_READ[part]


def test_nobody_but_ingest_names_the_raw_layer_in_sql() -> None:
    readers = {
        name_of(module).split(".")[0]
        for module in MODULES
        for text in texts(module)
        if {"raw", "staging"} & set(SCHEMA.findall(text))
    }
    assert readers == {"ingest"}
