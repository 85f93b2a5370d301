"""The seeds as tables of the build database, typed as declared. `dbt seed` makes the same ones, a cell at a time.

Not here: whether they are right (common/seed_check).
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from pipelines.common.seed_check.declared import read_declared
from pipelines.common.seeds import SEEDS_DIR, seed_path

SCHEMA = "seeds"


def load_seeds(con: duckdb.DuckDBPyConnection, folder: Path = SEEDS_DIR) -> None:
    """Replace each table of the schema seeds by the rows of its file, all of them or none; a blank cell is NULL.

    Raises duckdb.Error where a row is not as declared.
    """
    con.execute("begin")
    try:
        con.execute(f"create schema if not exists {SCHEMA}")
        for seed in read_declared(folder).values():
            con.execute(_create(seed.name, seed.types), [str(seed_path(seed.name, folder))])
        con.execute("commit")
    except duckdb.Error:
        con.execute("rollback")
        raise


def _create(name: str, types: Mapping[str, str]) -> str:
    columns = ", ".join(f"'{column}': '{said}'" for column, said in types.items())
    form = "header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"'"
    return f'create or replace table {SCHEMA}."{name}" as from read_csv(?, {form}, columns = {{{columns}}})'
