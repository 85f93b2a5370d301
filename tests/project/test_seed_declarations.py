"""dbt and `make check-seeds` read the same declarations of the seeds, and find the same rows.

Not here: the rules beyond declarations (unit/test_seed_checks.py).
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelines.common.seed_check.check import check_seeds
from pipelines.common.seed_check.declared import Declared, read_declared
from pipelines.common.seed_check.evaluate import KINDS
from pipelines.common.seeds import SEEDS_DIR
from pipelines.transform.program import DBT_EXECUTABLE
from tests.own_project import OwnProject

BUILT = ("survey", "wave", "codebook", "question", "estimate", "population", "breakdown", "category", "code_frame")
# {seed: [(a row as it is, as it becomes)]}, a mistake for each kind of data test.
MISTAKES = {
    "wave": [("survey,wave\n", "survey,wave\nitip,2021\n")],
    "category": [("itip,sektor,", "itip,sektoor,")],
    "breakdown": [("itip,all,", "itipp,all,")],
    "codebook": [(",naering,attribute,", ",naering,bakgrunn,"), ("ssb_stat,2015,,,ansatte", "ssb_stat,,,,ansatte")],
}


@pytest.fixture(scope="module")
def declared() -> dict[str, Declared]:
    return read_declared(SEEDS_DIR)


def test_every_data_test_of_a_seed_is_known_under_its_name_and_kind(
    declared: dict[str, Declared], manifest: dict[str, Any]
) -> None:
    of_dbt = {
        node["name"]: node["test_metadata"]["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("attached_node") or "").startswith("seed.")
    }
    assert {test.name: test.kind for seed in declared.values() for test in seed.tests} == of_dbt
    assert set(of_dbt.values()) == set(KINDS)


def test_every_seed_has_a_key_of_its_columns(declared: dict[str, Declared]) -> None:
    wrong = [
        seed.name
        for seed in declared.values()
        if not seed.key or not set(seed.key) <= set(seed.types) or not seed.may_be_blank < set(seed.key)
    ]
    assert wrong == []


@pytest.mark.slow
def test_dbt_finds_what_the_check_finds(declared: dict[str, Declared], tmp_path: Path) -> None:
    project = OwnProject.of_seeds(tmp_path)
    for seed, changes in MISTAKES.items():
        path = project.folder / "seeds" / "codebook" / f"{seed}.csv"
        for old, new in changes:
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
    build = ["build", "--indirect-selection", "cautious", "--select", *BUILT]
    subprocess.run(
        [DBT_EXECUTABLE, "--quiet", *build], cwd=project.dbt_project, env=project.environment, capture_output=True
    )
    results = json.loads((project.settings.dbt_target / "run_results.json").read_text(encoding="utf-8"))["results"]
    ended = {result["unique_id"].split(".")[2]: result["status"] for result in results}
    assert set(ended.values()) == {"success", "pass", "fail"}
    broken = {name for name, status in ended.items() if status == "fail"}
    kind_of = {test.name: test.kind for seed in declared.values() for test in seed.tests}
    found = {finding.rule for finding in check_seeds(project.folder / "seeds")}
    assert broken == found & kind_of.keys() & ended.keys()
    assert {kind_of[name] for name in broken} == set(KINDS)
