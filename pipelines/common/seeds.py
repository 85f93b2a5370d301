"""Read the seeds, the project's knowledge, as text rows.

Not here: what a seed means. dbt loads the same files into the build database.
"""

import csv
from functools import cache
from pathlib import Path

SEEDS_DIR = Path(__file__).parent.parent.parent / "seeds"


class SeedError(ValueError):
    """A seed contradicts itself or another; the message names file and row."""


def seed_path(name: str, folder: Path = SEEDS_DIR) -> Path:
    """The file of seed `name`; seed names are unique across folders, as dbt demands."""
    found = sorted(folder.glob(f"*/{name}.csv"))
    if len(found) != 1:
        raise SeedError(f"seed {name!r}: expected one seeds/*/{name}.csv, found {len(found)}")
    return found[0]


@cache
def read_seed(name: str) -> list[dict[str, str]]:
    """All rows of a seed of this project; do not change them. See read_rows()."""
    return read_rows(name)


def read_rows(name: str, folder: Path = SEEDS_DIR) -> list[dict[str, str]]:
    """All rows of a seed as {column: text}; an empty cell is ''.

    Raises SeedError when a row has not as many cells as the header.
    """
    path = seed_path(name, folder)
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    for line, row in enumerate(rows, start=2):
        if len(row) != len(header):
            problem = f"{len(row)} cells, the header has {len(header)}; a text with a comma is put in quotes"
            raise SeedError(f"{path.name} row {line}: {problem}")
    return [dict(zip(header, row, strict=True)) for row in rows]
