"""The prompt for SQL: what is a question, and what it gives.

Not here: the database that it is asked of (test_warehouse.py).
"""

import duckdb
import pytest

from pipelines.publish.prompt import answer, questions


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        (["select 1;", "select 2;"], ["select 1;", "select 2;"]),
        (["select 1,", "", "  2;"], ["select 1,\n  2;"]),
        ([".tables", "select 1"], [".tables", "select 1"]),
        (["select 1;", ".quit", "select 2;"], ["select 1;"]),
    ],
)
def test_lines_are_joined_to_questions(lines: list[str], asked: list[str]) -> None:
    assert list(questions(lines)) == asked


def test_answers_tell_of_tables_columns_values_and_mistakes() -> None:
    with duckdb.connect() as con:
        con.execute("create schema marts; create schema metadata; create table marts.waves (wave integer)")
        con.execute("comment on table marts.waves is 'Every wave.'; insert into marts.waves values (2022)")
        con.execute("create table metadata.columns as select 'waves' as table_name, 'wave' as column_name")
        con.execute("alter table metadata.columns add column data_type varchar default 'integer'")
        con.execute("alter table metadata.columns add column unit varchar default ''")
        con.execute("alter table metadata.columns add column description varchar default 'Year'")
        assert "marts.waves" in answer(con, ".tables") and "Every wave." in answer(con, ".tables")
        assert "Year" in answer(con, ".columns waves") and "Year" in answer(con, ".columns marts.waves")
        assert "2022" in answer(con, "select * from marts.waves;")
        assert "wavs" in answer(con, "select * from marts.wavs;")
