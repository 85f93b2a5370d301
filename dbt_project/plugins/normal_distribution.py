"""The normal distribution's tail for dbt's SQL: DuckDB has no error function.

Not here: any statistic; models write those.
"""

import math

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection


class Plugin(BasePlugin):
    """Found by dbt through profiles.yml."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        register(conn)


def register(conn: DuckDBPyConnection) -> None:
    """Add erfc(double) -> double, the complementary error function: 2 * (1 - Phi(z)) = erfc(z / sqrt(2))."""
    conn.create_function("erfc", math.erfc, ["DOUBLE"], "DOUBLE")
