"""What Dagster knows of a table: its asset, and of what was written rows, column schema, a preview.

Not here: the tables, and how one is written (contracts.py).
"""

import re
from collections.abc import Iterable

import dagster as dg
import duckdb

from pipelines.common.contracts import Contract, Rows, write
from pipelines.common.terminal import without_controls

PREVIEW_ROWS = 5
# Answers of single respondents stay out of the run history: only what anyone may see is shown.
PREVIEWED = {"seeds", "marts", "indicators"}
MEANS_SOMETHING = re.compile(r"[!-/:-@\[-`{-~]")  # to Markdown; each of these may have a backslash before it


def asset_key(contract: Contract) -> dg.AssetKey:
    """The asset that a contract's table is."""
    return dg.AssetKey([contract.schema, contract.name])


def materialise(con: duckdb.DuckDBPyConnection, contract: Contract, rows: Rows) -> dg.MaterializeResult[None]:
    """Write the contract's table, and say so. Raises ValueError when the rows do not meet the contract."""
    write(con, contract, rows)
    metadata = table_metadata(con, contract.schema, contract.name)
    return dg.MaterializeResult(asset_key=asset_key(contract), metadata=metadata)


def listed(lines: Iterable[str]) -> dg.MetadataValue:
    """Lines as a list that a check shows; what they say is shown as it is."""
    return dg.MetadataValue.md("\n".join(f"- {as_it_is(line)}" for line in lines) or "none")


def as_it_is(text: object) -> str:
    """Markdown for a text in one line, whoever wrote it: names and values of a delivery are to do nothing on a page."""
    return MEANS_SOMETHING.sub(r"\\\g<0>", without_controls(str(text)))


def markdown_table(columns: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """A table whose cells are shown as they are."""

    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    header = [as_it_is(column) for column in columns]
    return "\n".join([line(header), line("---" for _ in header), *(line(map(as_it_is, row)) for row in rows)])


def table_metadata(con: duckdb.DuckDBPyConnection, schema: str, name: str) -> dict[str, dg.MetadataValue]:
    """Row count and column schema of `schema.name`, and its first rows where the layer may be shown."""
    relation = f'"{schema}"."{name}"'
    ((rows,),) = con.execute(f"select count(*) from {relation}").fetchall()
    described = con.execute(f"describe {relation}").fetchall()
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(rows),
        "dagster/column_schema": dg.MetadataValue.table_schema(
            dg.TableSchema([dg.TableColumn(column[0], column[1].lower()) for column in described])
        ),
    }
    if schema in PREVIEWED:
        preview = con.execute(f"select * from {relation} limit {PREVIEW_ROWS}").df()
        metadata["preview"] = dg.MetadataValue.md(markdown_table(preview.columns, preview.itertuples(index=False)))
    return metadata
