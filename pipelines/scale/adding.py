"""Add counts up: a table of counts is known by the names of its columns, and their order does not matter.

Not here: what is counted (dbt_project/macros/counted.sql).
"""

import io

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

# Parquet has no whole numbers of 128 bits.
WIDE, STORED = "HUGEINT", "decimal(38, 0)"


def how_added(column: str) -> str:
    """The function that adds a column up; '' where it is one by which counts are grouped."""
    if column == "n" or column.startswith(("n_", "sum_")):
        return "sum"
    return {"smallest": "min", "largest": "max"}.get(column.split("_")[0], "")


def added(con: duckdb.DuckDBPyConnection, counts: str) -> str:
    """SQL for a query of counts with each group of counts once."""
    items, keys = [], []
    for name, data_type in types_of(con, counts).items():
        function = how_added(name)
        cell = f'{function}("{name}")'
        if data_type.startswith("DECIMAL(38"):  # the sum is cast: to cast all that is added takes longer than to add it
            cell = f"cast({cell} as hugeint)"
        items.append(f'{cell} as "{name}"')
        keys += [] if function else [f'"{name}"']
    grouped = f" group by {', '.join(keys)}" if keys else ""
    return f"select {', '.join(items)} from ({counts}){grouped}"


def types_of(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    """{column: type} of the answer of a query."""
    return {name: data_type for name, data_type, *_ in con.execute(f"describe {query}").fetchall()}


def as_parquet(con: duckdb.DuckDBPyConnection, query: str) -> bytes:
    """The answer of a query."""
    stored = [
        f'cast("{name}" as {STORED}) as "{name}"' if data_type == WIDE else f'"{name}"'
        for name, data_type in types_of(con, query).items()
    ]
    target = io.BytesIO()
    pq.write_table(con.sql(f"select {', '.join(stored)} from ({query})").to_arrow_table(), target)
    return target.getvalue()


def from_parquet(content: bytes) -> pa.Table:
    """What as_parquet() made bytes of."""
    return pq.read_table(io.BytesIO(content))
