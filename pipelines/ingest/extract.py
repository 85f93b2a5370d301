"""A delivered table as a stream of text cells, the common shape that every reader returns.

Not here: reading (readers), judging (validation) and storing (raw_tables).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from pipelines.ingest.findings import Findings
from pipelines.ingest.text import canonical, invisible_in


@dataclass(frozen=True)
class Chunk:
    """Consecutive rows of a file: their numbers (int32), and the cells of every column of the header, as text.

    A blank cell is '', never null. Text may be dictionary-encoded.
    """

    row_numbers: pa.Array
    columns: list[pa.Array]


@dataclass(frozen=True)
class Extract:
    """A table whose header could be read; `chunks` reads its rows, once, and adds what it finds wrong on the way.

    `part` is which of the delivery's tables it is (a sheet of a workbook), as in the codebook; '' where there is one.
    `header` holds the column names as delivered. A row is called a `unit`; `header_row` is where the header stands,
    None in a format where it is no row. `n_rows` is what the file says of itself, None where it does not. Where the
    format knows types, value labels and values that stand for missing ones: `text_columns`, `labels` as {column: {code:
    label}} and `declared_missing` as {column: ranges from low to high}, by column_key.
    """

    header: list[str]
    encoding: str
    chunks: Iterator[Chunk]
    unit: str = "row"
    header_row: int | None = 1
    n_rows: int | None = None
    part: str = ""
    text_columns: frozenset[str] = frozenset()
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    declared_missing: dict[str, list[tuple[float | str, float | str]]] = field(default_factory=dict)


def column_key(name: str) -> str:
    """The name by which a column is looked up: case, blanks around it and signs that nobody sees do not count."""
    return canonical(name).lower()


def check_invisible(header: list[str], findings: Findings) -> None:
    """Warn of names with signs in them that nobody sees, a second byte order mark among them."""
    for position, name in enumerate(header, start=1):
        if signs := invisible_in(name):
            findings.warn(
                "invisible_sign",
                f"the name of column {position}, {column_key(name)}, holds a sign that nobody sees ({', '.join(signs)}); "
                "it is read without",
                "take the sign out of the export",
            )


def check_duplicates(header: list[str], header_row: int | None, findings: Findings) -> None:
    """Add a finding for every column whose name an earlier one has."""
    seen: dict[str, int] = {}
    for position, name in enumerate(header, start=1):
        key = column_key(name)
        if key and key in seen:
            findings.add(
                "duplicate_column",
                f"column {position} has the same name as column {seen[key]} (case and blanks do not count)",
                "remove or rename one of them in the export",
                row=header_row,
                column=key,
                value=name,
            )
        seen.setdefault(key, position)
