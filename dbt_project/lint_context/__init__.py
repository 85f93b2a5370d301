"""What dbt gives the project's macros and sqlfluff does not know: the adapter, and the rows of the seeds.

Found by sqlfluff through pyproject.toml, so that linting reads the real macros and needs no dbt and no database.
Not here: ref, source, return and the like, which sqlfluff has itself.
"""

from functools import cache, partial

from pipelines.transform.seed_macros import SEEDS, seed_rows

# One of each kind shows all SQL that macros write; all there are is more than sqlfluff parses.
KINDS = {"estimate": ("survey",), "composite": ("survey",), "question": ("survey", "item_group")}


class Adapter:
    """dbt's adapter, as far as macros use it without a connection."""

    def quote(self, name: str) -> str:
        """A name that stands for itself, whatever the engine reserves."""
        return f'"{name}"'


def rows_to_lint(name: str) -> list[dict[str, str | None]]:
    """The rows of a seed, of some seeds the first of each kind."""
    kinds = KINDS.get(name)
    rows = seed_rows(name)
    return list({tuple(row[kind] for kind in kinds): row for row in reversed(rows)}.values()) if kinds else rows


adapter = Adapter()
globals().update({f"seed_{name}": cache(partial(rows_to_lint, name)) for name in SEEDS})
