"""What dbt found, in words: the promise that is broken and the rows that break it, or the blank that was refused.

Not here: a run that is stopped by it (tests/integration).
"""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.transform.findings import FAILED, describe_findings

NODES = {
    "model.own.places": {
        "name": "places",
        "resource_type": "model",
        "columns": {"centrality": {"description": "1 to 6.  New codes need\n new rows in the seed."}},
    },
    "test.own.every_place_is_named": {
        "name": "every_place_is_named",
        "resource_type": "test",
        "description": "Every place has a name.",
    },
}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"nodes": NODES}), encoding="utf-8")
    return path


def told(manifest: Path, **result: Any) -> str:
    with duckdb.connect() as con:
        (text,) = describe_findings([result], FAILED, manifest, con)
    return text


def test_a_test_tells_its_promise_and_the_first_rows(manifest: Path) -> None:
    text = told(
        manifest,
        unique_id="test.own.every_place_is_named",
        status="fail",
        failures=4,
        compiled_code="select range as number from range(4)",
    )
    assert text.splitlines() == [
        "every_place_is_named: Every place has a name. 4 rows break it, the first:",
        "    number=0",
        "    number=1",
        "    number=2",
    ]


def test_a_blank_that_a_contract_refuses_is_told_with_what_the_contract_says_of_the_column(manifest: Path) -> None:
    with duckdb.connect() as con:
        con.execute("create table places__dbt_tmp (centrality integer not null)")
        with pytest.raises(duckdb.ConstraintException) as refused:
            con.execute("insert into places__dbt_tmp values (null)")
    text = told(manifest, unique_id="model.own.places", status="error", message=f"Runtime Error\n  {refused.value}")
    assert text.startswith("places: Runtime Error")
    assert text.endswith("\ncentrality may not be blank: 1 to 6. New codes need new rows in the seed.")


def test_another_error_is_told_in_the_words_of_dbt(manifest: Path) -> None:
    message = "Runtime Error\n  Catalog Error: no such table"
    assert told(manifest, unique_id="model.own.places", status="error", message=message) == f"places: {message}"
