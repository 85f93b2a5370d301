"""Data never turns back: what may import, read or be made from what, in Python and in dbt.

Not here: what any layer computes, and names, ids and years (test_knowledge_in_seeds.py).
"""

import ast
import json
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from pipelines.settings import PROJECT_DIR
from tests.line import Line

PIPELINES = PROJECT_DIR / "pipelines"
MODULES = sorted(PIPELINES.rglob("*.py"))
# What every layer may use: no data of its own, no layer behind it.
BASE = {"seeds", "settings", "contracts", "row_keys", "warehouse", "in_force", "leftovers", "terminal"}
DAGSTER_SIDE = {"metadata", "progress", "resources"}  # of pipelines.automation: what assets show and hold
# {part: what its modules without Dagster may import, beside itself and BASE}
MAY_IMPORT = {
    "ingest": set(),
    "transform": set(),
    "indicators": set(),
    "reconciliation": set(),
    "publish": set(),
    "sample": {"indicators", "reconciliation"},  # it solves for the figures of one, with the scores of the other
}
# {part: the parts before it that its assets.py may import, beside its own, BASE and DAGSTER_SIDE}
ASSETS_MAY_IMPORT = {
    "ingest": {"sample"},
    "transform": set(),
    "indicators": set(),
    "reconciliation": {"indicators"},
    "publish": {"ingest"},
}
# ingest notes what a run is about to read, before it reads.
NOTED_BY = {"ingest": {"sources"}}
SCHEMAS_READ = {
    "indicators": {"harmonised", "seeds"},
    "reconciliation": set(),
    "publish": {"marts"},
}
SCHEMA = re.compile(
    r"\b(?:from|join|update|into)\s+\"?(raw|seeds|staging|harmonised|marts|indicators)\"?\.\"?[\w{]", re.IGNORECASE
)


def name_of(module: Path) -> str:
    """ingest.assets, settings, indicators (for its __init__)."""
    parts = module.relative_to(PIPELINES).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(module: Path, everywhere: bool = True) -> set[str]:
    """Full names of the modules imported; with `everywhere` also inside functions."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree) if everywhere else tree.body:
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
    tree = ast.parse(module.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def of_part(part: str) -> list[Path]:
    return [m for m in MODULES if name_of(m).split(".")[0] == part]


# Python


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_module_says_what_it_is_for_and_what_does_not_belong_there(module: Path) -> None:
    paragraphs = (ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or "").split("\n\n")
    assert paragraphs[0]
    assert len(paragraphs) > 1 and paragraphs[1].startswith("Not here:")


def test_dagster_stays_in_assets_and_automation() -> None:
    found = {name_of(module) for module in MODULES if uses_dagster(module)}
    allowed = {f"{part}.assets" for part in ASSETS_MAY_IMPORT} | {"definitions", "__main__"}
    assert {name for name in found - allowed if not name.startswith("automation.")} == set()
    assert {f"{part}.assets" for part in ASSETS_MAY_IMPORT} <= found


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_functions_of_a_layer_import_no_other_layer(part: str) -> None:
    modules = [module for module in of_part(part) if name_of(module) != f"{part}.assets"]
    assert modules
    for module in modules:
        parts = {name.split(".")[0] for name in own(module)}
        assert parts - BASE - {part} - MAY_IMPORT[part] == set(), name_of(module)


@pytest.mark.parametrize("part", ASSETS_MAY_IMPORT)
def test_assets_import_what_lies_before_them_only(part: str) -> None:
    names = own(PIPELINES / part / "assets.py")
    others = {name for name in names if name.split(".")[0] not in BASE | {part} | ASSETS_MAY_IMPORT[part]}
    assert others <= {"automation"} | {f"automation.{name}" for name in DAGSTER_SIDE | NOTED_BY.get(part, set())}


def test_what_assets_show_and_hold_imports_no_layer() -> None:
    allowed = BASE | {"automation"} | {f"automation.{name}" for name in DAGSTER_SIDE}
    for name in DAGSTER_SIDE:
        assert own(PIPELINES / "automation" / f"{name}.py") <= allowed, name


def test_no_module_imports_itself_through_others() -> None:
    TopologicalSorter({name_of(m): own(m) for m in MODULES if name_of(m)}).prepare()


def test_sample_is_used_where_landing_is_missing_and_nowhere_else() -> None:
    users = {
        name_of(module)
        for module in MODULES
        if any(name.split(".")[0] == "sample" for name in own(module)) and not name_of(module).startswith("sample")
    }
    assert users == {"ingest.assets"}
    at_import = own(PIPELINES / "ingest" / "assets.py", everywhere=False)
    assert not [name for name in at_import if name.startswith("sample")], "the solver is loaded only where needed"


def test_nothing_imports_the_command_line() -> None:
    assert [name_of(m) for m in MODULES if "__main__" in own(m)] == []
    assert [name_of(m) for m in MODULES if "definitions" in own(m)] == ["__main__"]


def test_definitions_only_assemble() -> None:
    body = ast.parse((PIPELINES / "definitions.py").read_text(encoding="utf-8")).body
    kinds = {type(node) for node in body[1:]}
    assert kinds <= {ast.Import, ast.ImportFrom, ast.Assign, ast.Expr}
    for node in ast.walk(ast.Module(body, [])):
        assert not isinstance(node, ast.Lambda | ast.comprehension | ast.IfExp), ast.unparse(node)


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


# dbt

DBT_MAY_READ = {
    "staging": {"raw", "seeds"},
    "harmonised": {"staging", "harmonised", "seeds"},
    "marts": {"harmonised", "marts", "seeds"},
}


@pytest.fixture(scope="module")
def manifest(built: Line) -> dict:
    return json.loads((built.settings.dbt_target / "manifest.json").read_text(encoding="utf-8"))


def test_dbt_models_read_only_the_layers_before_them(manifest: dict) -> None:
    schema = {key: node["schema"] for group in ("nodes", "sources") for key, node in manifest[group].items()}
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert {node["schema"] for node in models} == set(DBT_MAY_READ)
    backwards = [
        f"{node['name']} reads {parent}"
        for node in models
        for parent in node["depends_on"]["nodes"]
        if schema[parent] not in DBT_MAY_READ[node["schema"]]
    ]
    assert backwards == []


def test_dbt_models_name_no_table_past_dbt(manifest: dict) -> None:
    """A table in plain words would be read without dbt knowing."""
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert [node["name"] for node in models if SCHEMA.search(node["raw_code"])] == []


def test_names_of_models_begin_with_their_layer(manifest: dict) -> None:
    prefix = {"staging": "stg_", "harmonised": "harmonised_", "marts": ""}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            assert node["name"].startswith(prefix[node["schema"]]), node["name"]
            assert node["original_file_path"].startswith(f"models/{node['schema']}/"), node["name"]


def test_every_mart_has_an_enforced_contract_and_a_key_that_is_tested(manifest: dict) -> None:
    marts = [n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["schema"] == "marts"]
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "unique_key"
    }
    assert marts
    for node in marts:
        assert node["config"]["contract"]["enforced"] is True, node["name"]
        assert node["unique_id"] in tested, node["name"]
