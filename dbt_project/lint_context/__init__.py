"""What dbt gives the project's macros and sqlfluff does not know: the adapter, and the rows of the seeds.

Found by sqlfluff through pyproject.toml, so that linting reads the real macros and needs no dbt and no database.
Not here: ref, source, return and the like, which sqlfluff has itself.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from pipelines.transform.seed_macros import SEEDS, seed_rows


class Adapter:
    """dbt's adapter, as far as macros use it without a connection."""

    @pass_context
    def dispatch(self, context: Context, name: str) -> Callable[..., Any]:
        """The implementation of a macro for DuckDB."""
        return context.resolve(f"duckdb__{name}")

    def quote(self, name: str) -> str:
        """A name that stands for itself, whatever the engine reserves."""
        return f'"{name}"'


adapter = Adapter()
globals().update({f"seed_{name}": cache(partial(seed_rows, name)) for name in SEEDS})
