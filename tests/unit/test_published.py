"""What is added to a table as it is published: numbers to sort by, English and Nynorsk.

Not here: the texts themselves (tests/project/test_translations.py).
"""

from collections.abc import Iterator

import duckdb
import pytest

from pipelines.common.contracts import Column, Contract, read
from pipelines.common.published import published_only
from pipelines.common.seeds import read_seed


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("create schema marts; create schema harmonised")
        con.execute(
            "create table harmonised.harmonised_order (thing text, survey text, belongs_to text, name text, place int)"
        )
        con.execute(
            "insert into harmonised.harmonised_order values ('category', 'a', 'sex', 'f', 2), "
            "('category', 'a', 'sex', 'm', 1), ('category', 'b', 'sex', 'f', 7), ('breakdown', 'a', '', 'sex', 3), "
            "('question', '', '', 'f', 9)"
        )
        yield con


def table(con: duckdb.DuckDBPyConnection, rows: str, *names: str, schema: str = "marts") -> dict[str, Contract]:
    columns = tuple(Column(name, "varchar", f"The {name}") for name in names)
    con.execute(f"create table {schema}.t ({', '.join(f'{name} varchar' for name in names)})")
    con.execute(f"insert into {schema}.t values {rows}")
    return published_only({"t": Contract("t", schema, "A table", names[:1], columns)})


def test_a_number_to_sort_by_stands_after_the_id_and_is_that_of_its_survey(con: duckdb.DuckDBPyConnection) -> None:
    tables = table(con, "('a', 'sex', 'f'), ('b', 'sex', 'f'), ('c', 'sex', 'x')", "survey", "breakdown", "category")
    assert tables["t"].names == ["survey", "breakdown", "breakdown_no", "category", "category_no"]
    assert read(con, tables["t"]).select(["breakdown_no", "category_no"]).to_pylist() == [
        {"breakdown_no": 3, "category_no": 2},
        {"breakdown_no": None, "category_no": 7},
        {"breakdown_no": None, "category_no": None},
    ]


def test_labels_get_english_and_names_nynorsk_too(con: duckdb.DuckDBPyConnection) -> None:
    text, english = next((row["text_nb"], row["text_en"]) for row in read_seed("translation") if not row["text_nn"])
    rows = f"('f', 'Kvinner', '{text}'), ('x', 'Noen som ingen kjenner', null)"
    tables = table(con, rows, "category", "category_nb", "reason_nb")
    assert tables["t"].names == ["category", "category_nb", "category_en", "category_nn", "reason_nb", "reason_en"]
    told = read(con, tables["t"]).to_pylist()
    assert [(row["category_en"], row["category_nn"], row["reason_en"]) for row in told] == [
        ("Women", "Kvinner", english),
        (None, None, None),
    ]
    described = {column.name: column.description for column in tables["t"].columns}
    assert "`category_nb` in English" in described["category_en"]


def test_a_table_that_is_not_published_gets_nothing(con: duckdb.DuckDBPyConnection) -> None:
    assert table(con, "('f', 'Kvinner')", "category", "category_nb", schema="harmonised") == {}
