"""The table of what a release hides, which dbt's model harmonised_hidden is made by.

Not here: what is hidden and why (hide.py).
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.common.settings import ALL_WAVES, DISCLOSURE
from pipelines.disclosure.hide import Hidden, hide
from pipelines.disclosure.read import read_waves

SCHEMA = pa.schema(
    [
        ("what", pa.string()),
        ("survey", pa.string()),
        ("wave", pa.int32()),
        ("statistic_id", pa.int32()),
        ("base_id", pa.int32()),
        ("population", pa.string()),
        ("domain_id", pa.int32()),
        ("place", pa.string()),
        ("category_no", pa.int32()),
        ("reason", pa.string()),
    ]
)


def hidden_table(session: duckdb.DuckDBPyConnection, tables: Mapping[str, duckdb.DuckDBPyRelation]) -> pa.Table:
    """What is hidden, by kind, and the waves that are protected; see _harmonised.yml for the columns."""
    for name, table in tables.items():
        session.execute(f"create or replace temp view {name} as {table.sql_query()}")

    def query(statement: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        return session.execute(statement, parameters or []).fetchall()

    rows: list[dict[str, Any]] = []
    for wave in read_waves(query, os.environ.get(DISCLOSURE) == ALL_WAVES):
        hidden = hide(wave)
        for number in hidden.unprotected:  # for the log: the attack on the release says whether it can be published
            print(f"hidden, and not uncertain enough: {number}")
        rows += ({"survey": wave.survey, "wave": wave.wave, **row} for row in rows_of(hidden))
    for name in tables:
        session.execute(f"drop view {name}")
    return pa.Table.from_pylist(rows, SCHEMA)


def rows_of(hidden: Hidden) -> Iterator[dict[str, Any]]:
    """The rows of a wave: `wave` always, and one for each thing that is hidden."""
    yield {"what": "wave"}
    for (statistic_id, domain_id), reason in hidden.rows.items():
        yield {"what": "row", "statistic_id": statistic_id, "domain_id": domain_id, "reason": reason}
    for statistic_id, domain_id in sorted(hidden.printed):
        yield {"what": "printed", "statistic_id": statistic_id, "domain_id": domain_id}
    for base_id, domain_id in sorted(hidden.counts):
        yield {"what": "counts", "base_id": base_id, "domain_id": domain_id}
    for (population, category), reason in hidden.categories.items():
        yield {"population": population, "reason": reason, **_named(category)}


def _named(category: int | tuple[str, int]) -> dict[str, Any]:
    if isinstance(category, int):
        return {"what": "category", "domain_id": category}
    return {"what": "place", "place": category[0], "category_no": category[1]}
