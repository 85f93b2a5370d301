"""What Python reads and writes has the columns, types and key that the dbt project says, or is refused.

Not here: the contracts that dbt itself enforces.
"""

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipelines.common.contracts import (
    ARROW_TYPES,
    Column,
    Contract,
    conform,
    load_contracts,
    read,
    write,
)
from pipelines.common.published import published_only
from tests.line import TABLES

CONTRACT = Contract(
    name="scores",
    schema="indicators",
    description="Scores",
    key=("wave", "kommunenr"),
    columns=(
        Column("wave", "integer", "Year of the survey", is_required=True),
        Column("kommunenr", "varchar", "Four characters", is_required=True),
        Column("score", "integer", "Score", "points"),
        Column("share", "double", "Share", "fraction"),
        Column("is_new", "boolean", "Whether new"),
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


def test_rows_give_the_table_that_a_frame_of_them_gives() -> None:
    rows = conform(frame(), CONTRACT).to_pylist()
    assert conform(rows[::-1], CONTRACT).equals(conform(frame(), CONTRACT))
    assert conform([], CONTRACT).schema.equals(CONTRACT.arrow_schema, check_metadata=True)


def test_column_of_the_key_that_is_not_required_may_be_null_in_one_row_of_a_key() -> None:
    loose = replace(CONTRACT, columns=tuple(replace(c, is_required=False) for c in CONTRACT.columns))
    table = conform(frame(kommunenr=["0301", None]), loose)
    assert table["kommunenr"].to_pylist() == [None, "0301"]
    with pytest.raises(ValueError, match=r"scores: 2 rows share a key"):
        conform(frame(kommunenr=[None, None]), loose)


def test_required_column_outside_the_key_is_never_null() -> None:
    strict = replace(CONTRACT, columns=tuple(replace(c, is_required=c.name == "share") for c in CONTRACT.columns))
    with pytest.raises(ValueError, match=r"scores: 1 rows without share, the first: .*'0301'"):
        conform(frame(), strict)


def test_what_is_written_replaces_the_table_and_is_read_back_as_the_contract_has_it() -> None:
    with duckdb.connect() as con:
        write(con, CONTRACT, frame(score=[9, 9]))
        write(con, CONTRACT, frame())
        assert read(con, CONTRACT).equals(conform(frame(), CONTRACT))
        assert read(con, CONTRACT).schema.equals(CONTRACT.arrow_schema, check_metadata=True)
        with pytest.raises(ValueError, match=r"scores: columns missing \['score'\]"):
            write(con, CONTRACT, frame().drop(columns="score"))
        assert con.execute("select count(*) from indicators.scores").fetchall() == [(2,)]


def test_table_is_read_in_the_types_of_the_contract_sorted_by_its_key_with_null_first() -> None:
    with duckdb.connect() as con:
        con.execute("create schema indicators")
        con.execute(
            "create table indicators.scores as select * from (values "
            "(true, 0.5::float, 3::bigint, '1103', 2022), (false, null, null, null, 2022), (true, 1, 1, '0301', 2018)"
            ") as rows (is_new, share, score, kommunenr, wave)"
        )
        found = read(con, CONTRACT)
        assert found.schema.equals(CONTRACT.arrow_schema, check_metadata=True)
        assert found["kommunenr"].to_pylist() == ["0301", None, "1103"]
        of_columns = read(con, CONTRACT.only("share", "kommunenr"), {"kommunenr": {"0301", "1103", "9999"}})
        assert of_columns.to_pylist() == [{"kommunenr": "0301", "share": 1.0}, {"kommunenr": "1103", "share": 0.5}]
        assert read(con, CONTRACT, {"wave": [2022], "kommunenr": ["0301"]}).num_rows == 0


@pytest.mark.parametrize("contract", [CONTRACT, CONTRACT.only("wave")], ids=["whole", "of a column"])
def test_column_that_the_contract_lacks_is_refused_before_anything_is_read(contract: Contract) -> None:
    with pytest.raises(ValueError, match=r"scores: the contract has no column grade, points"):
        contract.only("wave", "points", "grade")
    with duckdb.connect() as con, pytest.raises(ValueError, match=r"scores: the contract has no column grade"):
        read(con, contract, {"grade": [1]})


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
    ("frame", "says"),
    [
        (frame().drop(columns="score"), r"scores: columns missing \['score'\], not in the contract \[\]"),
        (frame(extra=[1, 2]), r"scores: columns missing \[\], not in the contract \['extra'\]"),
        (frame(kommunenr=["0301", "0301"]), r"scores: 2 rows share a key .*'0301'"),
        (frame(kommunenr=["0301", None]), r"scores: 1 rows without kommunenr, the first: .*2022"),
        (frame(wave=[2022, None]), r"scores: 1 rows without wave, the first: .*'0301'"),
        (frame(score=["three", None]), r"scores: a value does not fit the contract"),
        (frame(score=[3.5, 1.0]), r"scores: a value does not fit the contract"),
        (frame(score=[2**31, 1]), r"scores: a value does not fit the contract"),
        (frame(kommunenr=[301, 1103]), r"scores: a value does not fit the contract"),
        (frame(share=["0,5", None]), r"scores: a value does not fit the contract"),
    ],
)
def test_table_that_breaks_its_contract_is_refused_by_name(frame: pd.DataFrame, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        conform(frame, CONTRACT)


def test_contracts_are_those_that_dbt_enforces_and_the_tables_that_python_fills(tmp_path: Path) -> None:
    def node(name: str, schema: str, resource_type: str, enforced: bool = False) -> dict:
        return {
            "name": name,
            "schema": schema,
            "resource_type": resource_type,
            "description": f"About {name}",
            "config": {"meta": {"key": ["id"]}, "contract": {"enforced": enforced}},
            "columns": {
                "id": {
                    "name": "id",
                    "data_type": "bigint",
                    "description": "Id",
                    "constraints": [{"type": "not_null"}],
                },
                "n": {
                    "name": "n",
                    "data_type": "double",
                    "description": "N",
                    "config": {"meta": {"unit": "units"}},
                },
            },
        }

    nodes = [
        node("zebra", "marts", "model", enforced=True),
        node("some_test", "marts", "test", enforced=True),
        node("answers", "harmonised", "model", enforced=True),
        node("between", "harmonised", "model"),
    ]
    sources = [node("ape", "indicators", "source"), node("delivered", "raw", "source")]
    path = tmp_path / "manifest.json"
    manifest = {"nodes": {n["name"]: n for n in nodes}, "sources": {s["name"]: s for s in sources}}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    contracts = load_contracts(path)
    assert [(name, c.schema, c.key) for name, c in contracts.items()] == [
        ("answers", "harmonised", ("id",)),
        ("ape", "indicators", ("id",)),
        ("zebra", "marts", ("id",)),
    ]
    assert contracts["ape"].columns == (
        Column("id", "bigint", "Id", is_required=True),
        Column("n", "double", "N", "units"),
    )
    assert list(published_only(contracts)) == ["ape", "zebra"]


# What is estimated without an answer, a mean, has none in its key.
# A mean is of no answer.
OF_ESTIMATES = ("survey_bridges", "survey_changes", "survey_estimates", "survey_progress", "survey_standardised")
NULL_IN_KEY = {name: {"answer"} for name in OF_ESTIMATES}


def test_every_contract_explains_each_column_and_has_a_key_without_null(contracts: dict[str, Contract]) -> None:
    assert tuple(published_only(contracts)) == TABLES
    for name, contract in contracts.items():
        assert contract.description
        without_null = {c.name for c in contract.columns if c.is_required}
        assert set(contract.key) - without_null == NULL_IN_KEY.get(name, set()), name
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
    for contract in published_only(contracts).values():
        for column in contract.columns:
            types.setdefault(column.name, set()).add(column.data_type)
    assert {name: found for name, found in types.items() if len(found) > 1} == TWO_MEANINGS


@pytest.mark.parametrize("data_type", ARROW_TYPES)
def test_types_are_those_of_duckdb(data_type: str) -> None:
    with duckdb.connect() as con:
        column = con.sql(f"select null::{data_type} as value").to_arrow_table().schema.field("value")
    assert column.type == ARROW_TYPES[data_type]
