"""The passes over shards: what they look at, and what they count where nothing is left from before.

Not here: that what they make is what tables give (tests/integration/test_shards.py), and a task (test_counting.py).
"""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.common.settings import Settings
from pipelines.common.sql import literal
from pipelines.scale.passes import shard_cells, shard_design
from pipelines.scale.shards import ShardError
from pipelines.scale.statements import COUNTS, SHARD
from pipelines.scale.told import CELLS, DESIGN, numbers_of

STATEMENTS = "select * from (values {}) as t(survey, part, position, step, name, sql)"
OF_RAW = "select 1 as wave, 1::bigint as row_number, '' as stratum where false"
NO_STATEMENTS = STATEMENTS.format("('', '', 1, '', '', '')") + " where false"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        yield con


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path))
    return Settings.from_env()


@pytest.fixture
def stg_shard(settings: Settings, con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
    """One shard, of three respondents of the stratum 1, as it was accepted."""
    path = settings.landing / "s" / "2001" / "s.parquet"
    path.parent.mkdir(parents=True)
    con.execute(f"copy (select 1 as \"STRATUM\" from range(3)) to '{path}'")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    cells = 'shard.file_row_number + 1 as row_number, shard."STRATUM"::varchar as stratum'
    return con.sql(
        "select 's' as survey, 2001 as wave, '' as part, 's/2001/s.parquet' as file_name, ? as sha256, 3 as n_rows, "
        "? as cells",
        params=[sha256, cells],
    )


def test_a_shard_that_is_read_as_a_table_and_is_not_the_one_that_was_accepted_stops_the_run(
    settings: Settings, con: duckdb.DuckDBPyConnection, stg_shard: duckdb.DuckDBPyRelation
) -> None:
    tables = {
        "harmonised_design_statements": con.sql(NO_STATEMENTS),
        "stg_shard": stg_shard,
        "survey": con.sql("select 's' as survey, 10.0 as largest_weight"),
    }
    assert shard_design(con, tables).fetchall() == []
    (settings.landing / "s" / "2001" / "s.parquet").write_bytes(b"another")
    with pytest.raises(ShardError, match=r"^landing/s/2001/s\.parquet has changed since it was accepted"):
        shard_design(con, tables)


@pytest.mark.slow  # starts processes
def test_cells_are_counted_where_what_was_kept_of_the_design_is_lost(
    settings: Settings, con: duckdb.DuckDBPyConnection, stg_shard: duckdb.DuckDBPyRelation
) -> None:
    con.execute("attach ':memory:' as build")
    con.execute("use build")
    tables = {
        "harmonised_design_statements": statements(
            con,
            "design",
            "select 's' as survey, wave, '' as part, stratum, count(*) as n, 1.0 as largest_weight "
            "from build.raw.s group by all",
        ),
        "harmonised_cell_statements": statements(
            con,
            "cells",
            "select stratum_id, count(*) as n from build.raw.s join build.harmonised.harmonised_strata "
            "using (wave, stratum) group by all",
        ),
        "harmonised_kommune": con.sql("select '0301' as kommunenr"),
        "harmonised_strata": con.sql(
            "select 's' as survey, 2001 as wave, '' as part, '1' as stratum, 0 as weight_bits, 0 as square_bits, "
            "41 as stratum_id"
        ),
        "stg_shard": stg_shard,
        "survey": con.sql("select 's' as survey, 10.0 as largest_weight"),
    }
    assert shard_design(con, tables).select("stratum, n").fetchall() == [("1", 3)]
    of_design = numbers_of(settings.shards, DESIGN)
    assert shard_cells(con, tables).select("counted, stratum_id, n").fetchall() == [("cells", 41, 3)]
    assert numbers_of(settings.shards, DESIGN) == of_design
    shutil.rmtree(settings.shards)
    assert shard_cells(con, tables).select("counted, stratum_id, n").fetchall() == [("cells", 41, 3)]
    assert [numbers_of(settings.shards, step)["counted"] for step in (DESIGN, CELLS)] == [1, 1]


def statements(con: duckdb.DuckDBPyConnection, name: str, sql: str) -> duckdb.DuckDBPyRelation:
    rows = [(SHARD, "build.raw.s", OF_RAW), (COUNTS, name, sql)]
    listed = (
        f"('s', '', {n}, {literal(step)}, {literal(of)}, {literal(text)})" for n, (step, of, text) in enumerate(rows)
    )
    return con.sql(STATEMENTS.format(", ".join(listed)))
