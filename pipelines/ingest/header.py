"""Tell from the names of the columns whether they stand in the first row, and which table of a delivery they are of.

Not here: reading the rows (the readers of formats).
"""

from collections.abc import Collection, Iterable

from pipelines.ingest.codebook import known_names, parts
from pipelines.ingest.findings import Findings
from pipelines.ingest.text import column_key

LOOKED_THROUGH = 30  # rows; a title and remarks take fewer
REMEDY = "delete the rows above it, so that the names of the columns stand in the first row"


def seems_header(rows: Iterable[tuple[int, list[str]]], known: Collection[str]) -> int | None:
    """The number of the row that holds most of the `known` names (lower case); None where it is the first, or none.

    `rows` are (number, cells), the first of them the row that is taken for the header.
    """
    best, most, known = None, 0, set(known)
    for place, (number, cells) in enumerate(rows):
        n_known = len({column_key(cell) for cell in cells} & known)
        if place == 0 and n_known > 1:
            return None
        if n_known > most:
            best, most = number, n_known
        if place >= LOOKED_THROUGH:
            break
    return best if most >= max(2, len(known) // 3) else None


def table_of(header: Collection[str], survey: str, wave: int) -> str:
    """Which of the delivery's tables a file is that holds one: the table that shares most columns with it."""
    names = {column_key(name) for name in header}
    return max(parts(survey, wave), key=lambda part: len(names & known_names(survey, wave, part).keys()))


def add_header_row(first: int, found: int, findings: Findings) -> None:
    """Add the one finding that the header stands in row `found` instead of `first`."""
    findings.at(row=first).add("header_row", f"the header seems to stand in row {found}", REMEDY)
