"""What Dagster shows of a table: rows, column schema, a preview.

Not here: the tables.
"""

import dagster as dg
import duckdb

PREVIEW_ROWS = 5


def table_metadata(con: duckdb.DuckDBPyConnection, schema: str, name: str) -> dict[str, dg.MetadataValue]:
    """Row count, column schema and the first rows of `schema.name`."""
    relation = f'"{schema}"."{name}"'
    rows = con.execute(f"select count(*) from {relation}").fetchone()[0]
    described = con.execute(f"describe {relation}").fetchall()
    preview = con.execute(f"select * from {relation} limit {PREVIEW_ROWS}").df()
    return {
        "dagster/row_count": dg.MetadataValue.int(rows),
        "dagster/column_schema": dg.MetadataValue.table_schema(
            dg.TableSchema([dg.TableColumn(column[0], column[1].lower()) for column in described])
        ),
        "preview": dg.MetadataValue.md(_markdown(preview.columns, preview.itertuples(index=False))),
    }


def _markdown(columns, rows) -> str:
    def line(cells) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(columns), line("---" for _ in columns), *(line(row) for row in rows)])
