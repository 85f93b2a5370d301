"""Tell dbt's macros what the seeds hold: a file of macros that return rows, written before dbt parses.
So a macro knows the codebook without a query, and a model's SQL is whole as soon as it is parsed.

Not here: what a macro makes of the rows (dbt_project/macros).
"""

import json
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.common.seeds import SEEDS_DIR, read_rows

# What macros write SQL from: the surveys, their columns, and what is estimated of them.
SEEDS = (
    "survey",
    "wave",
    "codebook",
    "question",
    "count_question",
    "breakdown",
    "category",
    "population",
    "population_rule",
    "estimate",
    "code_frame",
    "points",
    "composite",
    "composite_item",
    "place",
    "disclosure_rule",
    "resource",
)
FILE = "seed_rows.sql"
HEAD = "{#- Written from seeds/ by pipelines/transform/seed_macros.py before dbt parses; a change here is lost. -#}\n"


def seed_macros(seeds_dir: Path = SEEDS_DIR) -> str:
    """The macros, one a seed."""
    return HEAD + "".join(_macro(name, seed_rows(name, seeds_dir)) for name in SEEDS)


def write_macros(folder: Path, text: str) -> None:
    """Write the macros into `folder`; untouched where they are as they would be written."""
    path = folder / FILE
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    folder.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")  # Dagster may load the project beside a run
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def seed_rows(name: str, seeds_dir: Path = SEEDS_DIR) -> list[dict[str, str | None]]:
    """The rows of a seed as macros see them: {column: text}, None where a cell is blank."""
    return [{column: cell or None for column, cell in row.items()} for row in read_rows(name, seeds_dir)]


def _macro(name: str, rows: Sequence[Mapping[str, str | None]]) -> str:
    """A macro that returns the rows as a list."""
    # One text for the template engine to read, not thousands.
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).replace("},{", "},\n{")
    literal = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"{{% macro seed_{name}() %}}{{{{ return(fromjson('{literal}')) }}}}{{% endmacro %}}\n"
