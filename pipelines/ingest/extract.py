"""A delivered table as a stream of text cells, the common shape that every reader returns.

Not here: reading (readers), judging (validation) and storing (raw_tables).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.ingest.findings import Findings
from pipelines.ingest.text import canonical, column_key, invisible_in


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
    `header` holds the column names as delivered; `header_row` is where it stands, None in a format where it is no row.
    `n_rows` is what the file says of itself, None where it does not. Where the
    format knows types, value labels and values that stand for missing ones: `text_columns`, `labels` as {column: {code:
    label}} and `declared_missing` as {column: ranges from low to high}, by column_key.
    """

    header: list[str]
    encoding: str
    chunks: Iterator[Chunk]
    header_row: int | None = 1
    n_rows: int | None = None
    part: str = ""
    text_columns: frozenset[str] = frozenset()
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    declared_missing: dict[str, list[tuple[float | str, float | str]]] = field(default_factory=dict)

    @cached_property
    def keys(self) -> list[str]:
        """The names by which the columns of the header are looked up."""
        return [column_key(name) for name in self.header]


def canonical_cells(cells: pa.Array) -> pa.Array:
    """canonical() of every cell."""
    if isinstance(cells, pa.DictionaryArray):
        return pa.DictionaryArray.from_arrays(cells.indices, canonical_cells(cells.dictionary))
    if pc.all(pc.string_is_ascii(cells), min_count=0).as_py():
        return pc.utf8_trim_whitespace(cells)
    return pa.array([canonical(cell) for cell in cells.to_pylist()], pa.string())


def check_invisible(header: list[str], known: Collection[str], findings: Findings) -> None:
    """Warn of names with signs in them that nobody sees, a second byte order mark among them.

    A name that is not `known` is not shown: where there is no header, it may be a respondent's.
    """
    for position, name in enumerate(header, start=1):
        if not name.isascii() and (signs := ", ".join(invisible_in(name))):
            which = f"column {position}, {column_key(name)}," if column_key(name) in known else f"column {position}"
            problem = f"the name of {which} holds a sign that nobody sees ({signs})"
            findings.warn("invisible_sign", f"{problem}; it is read without", "take the sign out of the export")


def column_as_shown(key: str, position: int, header_row: int | None, findings: Findings) -> str:
    """What a finding calls an unknown column: where there is no header, its name may be a respondent's."""
    is_shown = key and not (findings.has_respondents and header_row is not None)
    return key if is_shown else f"(column {position}{'' if key else ', without a name'})"


def decoded(cells: pa.Array) -> pa.Array:
    """The cells one by one, also where they were dictionary-encoded."""
    return cells.dictionary_decode() if isinstance(cells, pa.DictionaryArray) else cells


def check_duplicates(header: list[str], header_row: int | None, findings: Findings) -> None:
    """Add a finding for every column whose name an earlier one has."""
    seen: dict[str, int] = {}
    for position, name in enumerate(header, start=1):
        key = column_key(name)
        if key and key in seen:
            findings.at(row=header_row, column=column_as_shown(key, position, header_row, findings)).add(
                "duplicate_column",
                f"column {position} has the same name as column {seen[key]} (case and blanks do not count)",
                "remove or rename one of them in the export",
                value=name,
            )
        seen.setdefault(key, position)
