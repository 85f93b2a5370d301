"""What Python publishes has the columns, types and key that the dbt project says, or is refused.

Not here: the contracts that dbt itself enforces.
"""

import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipelines.common.contracts import ARROW_TYPES, Column, Contract, conform, load_contracts
from tests.line import TABLES, Line

CONTRACT = Contract(
    name="scores",
    schema="indicators",
    description="Scores",
    key=("wave", "kommunenr"),
    columns=(
        Column("wave", "integer", "Year of the survey", ""),
        Column("kommunenr", "varchar", "Four characters", ""),
        Column("score", "integer", "Score", "points"),
        Column("share", "double", "Share", "fraction"),
        Column("is_new", "boolean", "Whether new", ""),
    ),
)


def frame(**columns: list) -> pd.DataFrame:
    rows = {
        "share": [0.5, None],
        "is_new": [True, False],
        "score": pd.array([3, None], dtype="Int32"),
        "kommunenr": ["1103", "0301"],
        "wave": [2022, 2022],
    }
    return pd.DataFrame(rows | columns)


def test_table_has_the_contract_s_columns_types_and_order_and_is_sorted_by_its_key() -> None:
    table = conform(frame(), CONTRACT)
    assert table.schema.equals(CONTRACT.arrow_schema, check_metadata=True)
    assert table.to_pylist() == [
        {"wave": 2022, "kommunenr": "0301", "score": None, "share": None, "is_new": False},
        {"wave": 2022, "kommunenr": "1103", "score": 3, "share": 0.5, "is_new": True},
    ]


def test_schema_carries_descriptions_and_units() -> None:
    schema = CONTRACT.arrow_schema
    assert schema.metadata == {b"description": b"Scores"}
    assert schema.field("share").metadata == {b"description": b"Share", b"unit": b"fraction"}
    assert schema.field("wave").metadata == {b"description": b"Year of the survey"}
    assert [str(field.type) for field in schema] == ["int32", "string", "int32", "double", "bool"]


def test_no_rows_keep_the_full_schema() -> None:
    table = conform(frame().head(0).astype(object), CONTRACT)
    assert table.num_rows == 0
    assert table.schema.equals(CONTRACT.arrow_schema, check_metadata=True)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (frame().drop(columns="score"), r"scores: columns missing \['score'\], not in the contract \[\]"),
        (frame(extra=[1, 2]), r"scores: columns missing \[\], not in the contract \['extra'\]"),
        (frame(kommunenr=["0301", "0301"]), r"scores: 2 rows share a key .*'0301'"),
        (frame(kommunenr=["0301", None]), r"scores: 1 rows without a whole key"),
        (frame(wave=[2022, None]), r"scores: 1 rows without a whole key"),
        (frame(score=["three", None]), r"scores: a value does not fit the contract"),
        (frame(score=[3.5, 1.0]), r"scores: a value does not fit the contract"),
        (frame(score=[2**31, 1]), r"scores: a value does not fit the contract"),
        (frame(kommunenr=[301, 1103]), r"scores: a value does not fit the contract"),
        (frame(share=["0,5", None]), r"scores: a value does not fit the contract"),
    ],
)
def test_table_that_breaks_its_contract_is_refused_by_name(changed: pd.DataFrame, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        conform(changed, CONTRACT)


def test_contracts_are_the_marts_and_indicators_of_the_manifest_and_no_other(tmp_path: Path) -> None:
    def node(name: str, schema: str, resource_type: str) -> dict:
        return {
            "name": name,
            "schema": schema,
            "resource_type": resource_type,
            "description": f"About {name}",
            "config": {"meta": {"key": ["id"]}},
            "columns": {
                "id": {"name": "id", "data_type": "bigint", "description": "Id"},
                "n": {
                    "name": "n",
                    "data_type": "double",
                    "description": "N",
                    "config": {"meta": {"unit": "units"}},
                },
            },
        }

    nodes = [
        node("zebra", "marts", "model"),
        node("some_test", "marts", "test"),
        node("answers", "harmonised", "model"),
    ]
    sources = [node("ape", "indicators", "source"), node("delivered", "raw", "source")]
    path = tmp_path / "manifest.json"
    manifest = {"nodes": {n["name"]: n for n in nodes}, "sources": {s["name"]: s for s in sources}}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    contracts = load_contracts(path)
    assert [(name, c.schema, c.key) for name, c in contracts.items()] == [
        ("ape", "indicators", ("id",)),
        ("zebra", "marts", ("id",)),
    ]
    assert contracts["ape"].columns == (Column("id", "bigint", "Id", ""), Column("n", "double", "N", "units"))


@pytest.fixture(scope="module")
def contracts(built: Line) -> dict[str, Contract]:
    return load_contracts(built.settings.dbt_target / "manifest.json")


def test_every_published_table_has_a_contract_that_explains_each_column(contracts: dict[str, Contract]) -> None:
    assert tuple(contracts) == TABLES
    for contract in contracts.values():
        assert contract.description
        assert set(contract.key) <= {c.name for c in contract.columns}
        for column in contract.columns:
            assert len(column.description) > 5, f"{contract.name}.{column.name}"
            assert column.data_type in ARROW_TYPES, f"{contract.name}.{column.name}"


CALLED_SO_IN_THE_CONTRACT = {"higher_is_better", "tag_agrees", "rule_agrees"}


def test_names_say_the_type(contracts: dict[str, Contract]) -> None:
    """English snake_case, labels in *_nb, years as integers, codes as text, is_ and has_ are booleans."""
    for contract in contracts.values():
        for column in contract.columns:
            where = f"{contract.name}.{column.name}"
            assert column.name == column.name.lower() and column.name.isascii(), where
            if column.name.endswith(("_nb", "nr")):
                assert column.data_type == "varchar", where
            if column.name in ("wave", "year", "period") or column.name.endswith("_year"):
                assert column.data_type == "integer", where
            says_boolean = column.name.startswith(("is_", "has_", "comparable_", "overlaps_"))
            says_boolean = says_boolean or column.name in CALLED_SO_IN_THE_CONTRACT
            assert says_boolean == (column.data_type == "boolean"), where


# In the contract both are called so: a grade 0-4 of an indicator and the value of an index; a count and a mean.
TWO_MEANINGS = {"score": {"integer", "double"}, "value": {"integer", "double"}}


def test_same_column_has_the_same_type_everywhere(contracts: dict[str, Contract]) -> None:
    types: dict[str, set[str]] = {}
    for contract in contracts.values():
        for column in contract.columns:
            types.setdefault(column.name, set()).add(column.data_type)
    assert {name: found for name, found in types.items() if len(found) > 1} == TWO_MEANINGS


@pytest.mark.parametrize("data_type", ARROW_TYPES)
def test_types_are_those_of_duckdb(data_type: str) -> None:
    with duckdb.connect() as con:
        column = con.sql(f"select null::{data_type} as value").to_arrow_table().schema.field("value")
    assert column.type == ARROW_TYPES[data_type]
