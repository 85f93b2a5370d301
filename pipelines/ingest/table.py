"""A delivered file as text cells, the common shape that every reader returns.

Not here: reading (readers) and judging (validation).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """`header` as delivered, `rows` each as wide as the header, `row_numbers` the line each starts on."""

    header: list[str]
    rows: list[list[str]]
    row_numbers: list[int]
    encoding: str


def column_key(name: str) -> str:
    """The name by which a column is looked up: case and surrounding blanks do not count."""
    return name.strip().lower()
