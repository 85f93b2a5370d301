"""The dbt project keeps to the architecture: layers, names, contracts, descriptions, no knowledge in SQL.

Reads dbt's manifest and the SQL files; what the models compute is not here.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from pipelines.common.seeds import read_seed
from pipelines.common.settings import DBT_PROJECT_DIR, PROJECT_DIR, Settings
from pipelines.transform.manifest import ensure_manifest

# What a model of a layer may read. Data never turns back, and a mart never reaches below harmonised.
READS = {
    "staging": {"raw"},
    "harmonised": {"staging", "harmonised", "seeds"},
    "marts": {"harmonised", "marts", "seeds"},
}
NAMES = {
    "staging": r"stg_(?P<survey>[a-z0-9]+(_[a-z0-9]+)*)__[a-z0-9_]+",
    "harmonised": r"harmonised_[a-z0-9_]+",
    "marts": r"(?!stg_|harmonised_|raw_)[a-z0-9_]+",
}
# Not of one survey: the log of all loads.
STAGED_BESIDE_SURVEYS = {"extract"}
PLAIN_NAME = re.compile(r"[a-z0-9_]+")
SQL_FILES = sorted(path for path in DBT_PROJECT_DIR.rglob("*.sql") if "target" not in path.parts)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """dbt's manifest of the project as it is now."""
    settings = Settings(tmp_path_factory.mktemp("dbt"))
    return json.loads(ensure_manifest(settings).read_text(encoding="utf-8"))


def nodes(manifest: dict, *resource_types: str) -> list[dict]:
    """The nodes of these types, by name."""
    found = [n for n in manifest["nodes"].values() if n["resource_type"] in resource_types]
    assert found, f"the manifest holds no {resource_types}"
    return sorted(found, key=lambda n: n["name"])


def layer(manifest: dict, unique_id: str) -> str:
    """The layer of a model, 'seeds' for a seed, the schema of a source."""
    if unique_id in manifest["sources"]:
        return manifest["sources"][unique_id]["schema"]
    node = manifest["nodes"][unique_id]
    return "seeds" if node["resource_type"] == "seed" else Path(node["path"]).parts[0]


def without_comments(sql: str) -> str:
    """SQL without its comments and those of jinja."""
    return re.sub(r"--[^\n]*", "", re.sub(r"\{#.*?#\}", "", sql, flags=re.DOTALL))


def test_every_layer_has_models_and_every_model_a_layer(manifest: dict) -> None:
    assert {layer(manifest, n["unique_id"]) for n in nodes(manifest, "model")} == set(READS)


def test_schema_is_the_layer(manifest: dict) -> None:
    wrong = [n["name"] for n in nodes(manifest, "model") if n["schema"] != layer(manifest, n["unique_id"])]
    assert wrong == []


def test_models_read_only_what_their_layer_may(manifest: dict) -> None:
    wrong = [
        f"{model['name']} reads {read}"
        for model in nodes(manifest, "model")
        for read in model["depends_on"]["nodes"]
        if layer(manifest, read) not in READS[layer(manifest, model["unique_id"])]
    ]
    assert wrong == []


def test_every_model_reads_something_that_dbt_knows(manifest: dict) -> None:
    # A model that reads no ref or source reads nothing, or a table by its name, past the layers.
    assert [n["name"] for n in nodes(manifest, "model") if not n["depends_on"]["nodes"]] == []


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_tables_are_read_by_ref_or_source(path: Path) -> None:
    sql = without_comments(path.read_text(encoding="utf-8")).lower()
    sql = re.sub(r"extract\(\w+ from ", "extract(", sql)
    assert re.findall(r"\b(?<!distinct )(?:from|join)\s+\"?\w+\"?\.\"?\w+\"?", sql) == []


def test_models_are_named_after_their_layer(manifest: dict) -> None:
    surveys = {row["survey"] for row in read_seed("survey")} | STAGED_BESIDE_SURVEYS
    wrong = []
    for model in nodes(manifest, "model"):
        match = re.fullmatch(NAMES[layer(manifest, model["unique_id"])], model["name"])
        if not match or match.groupdict().get("survey", "extract") not in surveys:
            wrong.append(model["name"])
    assert wrong == []


# What Python reads of harmonised; it knows no column that a contract does not name.
READ_BY_PYTHON = {
    "harmonised_goals",
    "harmonised_key_figures",
    "harmonised_kommune",
    "harmonised_kommune_answers",
    "harmonised_waves",
}


def test_marts_and_what_python_reads_are_under_contract(manifest: dict) -> None:
    wrong = []
    for model in nodes(manifest, "model"):
        if layer(manifest, model["unique_id"]) != "marts" and model["name"] not in READ_BY_PYTHON:
            continue
        key = model["config"]["meta"].get("key", [])
        if not model["config"]["contract"]["enforced"]:
            wrong.append(f"{model['name']}: contract not enforced")
        if not key or not set(key) <= set(model["columns"]):
            wrong.append(f"{model['name']}: key {key} is not among its columns")
        wrong += [f"{model['name']}.{c['name']}: no type" for c in model["columns"].values() if not c["data_type"]]
    assert wrong == []


def test_keys_are_tested(manifest: dict) -> None:
    tested = {
        test["attached_node"]
        for test in nodes(manifest, "test")
        if test.get("test_metadata") and test["test_metadata"]["name"] in {"unique_key", "unique"}
    }
    wrong = [
        n["name"]
        for n in nodes(manifest, "model", "seed")
        if (n["resource_type"] == "seed" or n["config"]["contract"]["enforced"]) and n["unique_id"] not in tested
    ]
    assert wrong == []


def test_everything_is_described(manifest: dict) -> None:
    wrong = []
    for node in [*nodes(manifest, "model", "seed"), *manifest["sources"].values()]:
        if not node["description"].strip():
            wrong.append(node["name"])
        # Sources of raw hold what was delivered: their columns are in the codebook.
        if not node["columns"] and node["schema"] != "raw":
            wrong.append(f"{node['name']}: no columns")
        wrong += [f"{node['name']}.{c['name']}" for c in node["columns"].values() if not c["description"].strip()]
    wrong += [f"unit test {t['name']}" for t in manifest["unit_tests"].values() if not (t["description"] or "").strip()]
    assert wrong == []


def test_seeds_have_the_described_columns(manifest: dict) -> None:
    wrong = []
    for seed in nodes(manifest, "seed"):
        path = (PROJECT_DIR / "dbt_project" / seed["original_file_path"]).resolve()
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        if header != list(seed["columns"]):
            wrong.append(f"{seed['name']}: {sorted(set(header) ^ set(seed['columns'])) or 'another order'}")
    assert wrong == []


def test_data_tests_have_names_of_their_own(manifest: dict) -> None:
    # A generated name begins with that of the generic test, and loses æ, ø and å.
    tests = nodes(manifest, "test")
    wrong = [
        test["name"]
        for test in tests
        if not PLAIN_NAME.fullmatch(test["name"])
        or (test.get("test_metadata") and re.match(rf"(source_)?{test['test_metadata']['name']}_", test["name"]))
    ]
    wrong += [t["name"] for t in manifest["unit_tests"].values() if not PLAIN_NAME.fullmatch(t["name"])]
    names = Counter([t["name"] for t in tests] + [t["name"] for t in manifest["unit_tests"].values()])
    assert wrong == []
    assert [name for name, count in names.items() if count > 1] == []


def test_tests_of_several_models_are_checks_of_one(manifest: dict) -> None:
    # Dagster shows a test as a check of the asset it names; of several it must be told which.
    wrong = []
    for test in nodes(manifest, "test"):
        if test.get("test_metadata") or len(test["depends_on"]["nodes"]) < 2:
            continue
        named = test["config"]["meta"].get("dagster", {}).get("ref", {}).get("name")
        if named not in {read.rsplit(".", 1)[-1] for read in test["depends_on"]["nodes"]}:
            wrong.append(test["name"])
    assert wrong == []


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_no_year_number_or_question_stands_in_sql(path: Path) -> None:
    sql = without_comments(path.read_text(encoding="utf-8"))
    # Four digits are a year or a kommune.
    assert re.findall(r"(?<![\w.])\d{4}(?![\w.])", sql) == []
    words = set(re.findall(r"\w+", sql))
    assert words & {row["question_id"] for row in read_seed("question")} == set()
    assert words & {row["indicator"] for row in read_seed("indicator")} == set()
