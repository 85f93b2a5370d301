"""The dbt project keeps to the architecture: layers, names, contracts, descriptions, no knowledge in SQL.

Reads dbt's manifest and the SQL files; what the models compute is not here.
"""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipelines.common.contracts import Contract
from pipelines.common.row_key import ESTIMATE_KEY
from pipelines.common.seed_check.evaluate import KINDS
from pipelines.common.seeds import read_seed
from pipelines.common.settings import DBT_PROJECT_DIR, PROJECT_DIR
from pipelines.transform.survey_models import MODELS_DIR, survey_models, unlike

# What a model of a layer may read. Data never turns back, and a mart never reaches below harmonised.
READS = {
    "staging": {"raw"},
    "harmonised": {"staging", "harmonised", "seeds"},
    "marts": {"harmonised", "marts", "seeds"},
}
NAMES = {
    "staging": r"stg_[a-z0-9_]+",
    "harmonised": r"harmonised_[a-z0-9_]+",
    "marts": r"(?!stg_|harmonised_|raw_)[a-z0-9_]+",
}
LOGS = {"stg_extract_load", "stg_shard"}  # not of one survey: the log of all loads, and the files that are shards
# They read nothing: the SQL of other models is in them as text, to be run where raw is one shard.
TEXTS = {"harmonised_cell_statements", "harmonised_design_statements"}
# {model: the function of the package that makes it}
IN_PYTHON = {
    "harmonised_hidden": "from pipelines.disclosure.hidden import hidden_table",
    "harmonised_shard_cells": "from pipelines.scale.passes import shard_cells",
    "harmonised_shard_design": "from pipelines.scale.passes import shard_design",
}
SURVEYS = sorted({row["survey"] for row in read_seed("survey")} & {row["survey"] for row in read_seed("codebook")})
# Of the files of models, those that new-survey writes.
WRITTEN = re.compile(r"\{\{ (staged|respondents|cells)\([^(]*\) \}\}\n|# Written from seeds/codebook by .*", re.DOTALL)
# The condition of a join, up to the next clause or the end of its query, and the pairs of columns in it.
ENDS = r"\b(?:left|inner|cross|full|join|where|group|order|union|window|select)\b|\{%|\n\s*\)|$"
CONDITION = re.compile(rf"\bon\b(.*?)(?={ENDS})", re.DOTALL)
EQUALITY = re.compile(r"[\w.]+ = [\w.]+")
SAME = re.compile(r"\bsame\([^\[]*\[([^\]]*)\]")
MOST_LINES_OF_LONG_JOINS = 30
PLAIN_NAME = re.compile(r"[a-z0-9_]+")
SQL_FILES = sorted(path for path in DBT_PROJECT_DIR.rglob("*.sql") if "target" not in path.parts)


def nodes(manifest: dict[str, Any], *resource_types: str) -> list[dict[str, Any]]:
    """The nodes of these types, by name."""
    found = [n for n in manifest["nodes"].values() if n["resource_type"] in resource_types]
    assert found, f"the manifest holds no {resource_types}"
    return sorted(found, key=lambda n: n["name"])


def layer(manifest: dict[str, Any], unique_id: str) -> str:
    """The layer of a model, 'seeds' for a seed, the schema of a source."""
    if unique_id in manifest["sources"]:
        return manifest["sources"][unique_id]["schema"]
    node = manifest["nodes"][unique_id]
    return "seeds" if node["resource_type"] == "seed" else Path(node["path"]).parts[0]


def without_comments(sql: str) -> str:
    """SQL without its comments and those of jinja."""
    return re.sub(r"--[^\n]*", "", re.sub(r"\{#.*?#\}", "", sql, flags=re.DOTALL))


def test_every_layer_has_models_and_every_model_a_layer(manifest: dict[str, Any]) -> None:
    assert {layer(manifest, n["unique_id"]) for n in nodes(manifest, "model")} == set(READS)


def test_schema_is_the_layer(manifest: dict[str, Any]) -> None:
    wrong = [n["name"] for n in nodes(manifest, "model") if n["schema"] != layer(manifest, n["unique_id"])]
    assert wrong == []


def test_models_read_only_what_their_layer_may(manifest: dict[str, Any]) -> None:
    wrong = [
        f"{model['name']} reads {read}"
        for model in nodes(manifest, "model")
        for read in model["depends_on"]["nodes"]
        if model["name"] not in TEXTS and layer(manifest, read) not in READS[layer(manifest, model["unique_id"])]
    ]
    assert wrong == []


def test_every_model_reads_something_that_dbt_knows(manifest: dict[str, Any]) -> None:
    # A model that reads no ref or source reads nothing, or a table by its name, past the layers.
    assert [n["name"] for n in nodes(manifest, "model") if not n["depends_on"]["nodes"]] == []


def test_a_model_in_python_hands_its_tables_to_one_function_of_the_package(manifest: dict[str, Any]) -> None:
    """What is tested is in the package: dbt has no unit tests for these, and no rule of layers reads them."""
    found = {}
    for model in (node for node in nodes(manifest, "model") if node["language"] == "python"):
        tree = ast.parse((DBT_PROJECT_DIR / model["original_file_path"]).read_text(encoding="utf-8"))
        (found[model["name"]],) = (
            ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)
        )
        assert "session." not in ast.unparse(tree)
    assert found == IN_PYTHON


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_tables_are_read_by_ref_or_source(path: Path) -> None:
    sql = without_comments(path.read_text(encoding="utf-8")).lower()
    sql = re.sub(r"extract\(\w+ from ", "extract(", sql)
    assert re.findall(r"\b(?<!distinct )(?:from|join|update|into)\s+\"?\w+\"?\.\"?[\w{]", sql) == []


def test_models_are_named_after_their_layer(manifest: dict[str, Any]) -> None:
    models = nodes(manifest, "model")
    assert [n["name"] for n in models if not re.fullmatch(NAMES[layer(manifest, n["unique_id"])], n["name"])] == []


def test_staging_holds_the_tables_of_the_surveys_what_was_fetched_and_the_logs(manifest: dict[str, Any]) -> None:
    staged = {n["name"] for n in nodes(manifest, "model") if layer(manifest, n["unique_id"]) == "staging"}
    parts = {(row["survey"], row["part"]) for row in read_seed("codebook")}
    assert staged == LOGS | {"stg_fetched_figures"} | {
        f"stg_{survey}__{part}" if part else f"stg_{survey}" for survey, part in parts
    }


def files_of(survey: str) -> dict[str, str]:
    return survey_models(survey, read_seed("survey"), read_seed("codebook"))


@pytest.mark.parametrize("survey", SURVEYS)
def test_files_of_a_survey_are_those_that_new_survey_writes(survey: str) -> None:
    assert unlike(files_of(survey), MODELS_DIR) == [], f"run python -m pipelines new-survey {survey}"


def test_no_file_is_left_of_a_survey_that_the_seeds_do_not_know() -> None:
    files = [path for path in MODELS_DIR.rglob("*") if path.suffix in {".sql", ".yml"}]
    written = {str(p.relative_to(MODELS_DIR)) for p in files if WRITTEN.fullmatch(p.read_text(encoding="utf-8"))}
    assert written == {name for survey in SURVEYS for name in files_of(survey)}


# What Python reads of harmonised; it knows no column that a contract does not name.
READ_BY_PYTHON = {
    "harmonised_goals",
    "harmonised_key_figures",
    "harmonised_kommune",
    "harmonised_kommune_answers",
    "harmonised_waves",
}


def test_marts_and_what_python_reads_are_under_contract(manifest: dict[str, Any]) -> None:
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


def test_keys_are_tested(manifest: dict[str, Any]) -> None:
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


def test_everything_is_described(manifest: dict[str, Any]) -> None:
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


def test_seeds_have_the_described_columns(manifest: dict[str, Any]) -> None:
    wrong = []
    for seed in nodes(manifest, "seed"):
        path = (PROJECT_DIR / "dbt_project" / seed["original_file_path"]).resolve()
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        if header != list(seed["columns"]):
            wrong.append(f"{seed['name']}: {sorted(set(header) ^ set(seed['columns'])) or 'another order'}")
    assert wrong == []


def test_data_tests_have_names_of_their_own(manifest: dict[str, Any]) -> None:
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


def test_every_data_test_is_asked_by_a_run(manifest: dict) -> None:
    # dbt runs those that read a model; those of seeds are held by the step `seeds`, if its rules know their kind.
    forgotten = [
        test["name"]
        for test in nodes(manifest, "test")
        if not any(read.startswith("model.") for read in test["depends_on"]["nodes"])
        and not ((test.get("attached_node") or "").startswith("seed.") and test["test_metadata"]["name"] in KINDS)
    ]
    assert forgotten == []


def test_tests_of_several_models_are_checks_of_one(manifest: dict[str, Any]) -> None:
    # Dagster shows a test as a check of the asset it names; of several it must be told which.
    wrong = []
    for test in nodes(manifest, "test"):
        if test.get("test_metadata") or len(test["depends_on"]["nodes"]) < 2:
            continue
        named = test["config"]["meta"].get("dagster", {}).get("ref", {}).get("name")
        models = [read for read in test["depends_on"]["nodes"] if read.startswith("model.")]
        if named not in {read.rsplit(".", 1)[-1] for read in models}:
            wrong.append(test["name"])
    assert wrong == []


def way_of_one_answer() -> tuple[list[str], set[str]]:
    """The files that docs/architecture.md says it passes, and those that it says stand beside."""
    page = (PROJECT_DIR / "docs/architecture.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"^## The way of one answer\n(.*?)^## ", page, re.DOTALL | re.MULTILINE)
    way, beside = re.findall(r"```text\n(.*?)```(.*)", section, re.DOTALL)[0]
    return [line.split()[0] for line in way.splitlines()], set(re.findall(r"`([\w/]+\.\w+)`", beside))


def test_one_answer_is_followed_in_at_most_25_files() -> None:
    way, beside = way_of_one_answer()
    assert 15 < len(way) == len(set(way)) <= 25
    assert [name for name in [*way, *beside] if not (PROJECT_DIR / name).is_file()] == []
    assert set(way) & beside == set()


def test_no_model_of_that_way_is_left_out(manifest: dict[str, Any]) -> None:
    """Each model between the first and the last that the page names, found by what dbt says is made from what."""
    way, beside = way_of_one_answer()
    named = {Path(name).stem for name in [*way, *beside] if "/models/" in name}
    models = [Path(name).stem for name in way if "/models/" in name]
    reads = {
        n["name"]: {read.rsplit(".", 1)[-1] for read in n["depends_on"]["nodes"]} for n in nodes(manifest, "model")
    }

    def made_from(name: str) -> set[str]:
        return {name}.union(*(made_from(read) for read in reads.get(name, ())))

    between = {name for name in made_from(models[-1]) if models[0] in made_from(name)}
    assert between <= named
    assert set(models) <= between | {"harmonised_panel_sources"}


def lines_of_long_joins(sql: str) -> int:
    """Lines of the conditions of joins on more than two pairs of columns, also where same() spells them."""

    def pairs(condition: str) -> int:
        return len(EQUALITY.findall(condition)) + sum(columns.count("'") // 2 for columns in SAME.findall(condition))

    conditions = [condition.strip() for condition in CONDITION.findall(without_comments(sql))]
    return sum(condition.count("\n") + 1 for condition in conditions if pairs(condition) > 2)


def test_lines_of_long_joins_are_counted() -> None:
    long = "select a.x from a inner join b\n    on\n        a.x = b.x\n        and a.y = b.y\n        and a.z = b.z\n"
    short = "left join c on a.x = c.x and a.y = c.y\nwhere a.x = 1 and a.y = 2 and a.z = 3\n"
    called = "left join c\n    on {{ same('a', 'c', ['x', 'y', 'z']) }}\n"
    assert lines_of_long_joins(short) == 0
    assert lines_of_long_joins(long) == lines_of_long_joins(long + short) == 3
    assert lines_of_long_joins(f"with d as (\n{long})\n,\n{called}{short}") == 4


def test_keys_of_many_columns_are_spelt_in_few_joins() -> None:
    """Inside harmonised an id stands for them."""
    models = [path for path in SQL_FILES if path.is_relative_to(MODELS_DIR)]
    lines = {path.stem: lines_of_long_joins(path.read_text(encoding="utf-8")) for path in models}
    lines = {name: n for name, n in lines.items() if n}
    assert 0 < sum(lines.values()) <= MOST_LINES_OF_LONG_JOINS, lines


def test_estimates_are_named_by_what_their_contract_says(contracts: dict[str, Contract]) -> None:
    assert contracts["survey_estimates"].key == ESTIMATE_KEY


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_no_year_number_or_question_stands_in_sql(path: Path) -> None:
    sql = without_comments(path.read_text(encoding="utf-8"))
    # Four digits are a year or a kommune.
    assert re.findall(r"(?<![\w.])\d{4}(?![\w.])", sql) == []
    words = set(re.findall(r"\w+", sql))
    assert words & {row["question_id"] for row in read_seed("question")} == set()
    assert words & {row["indicator"] for row in read_seed("indicator")} == set()
