"""Which printed figures a delivered source table holds too: the cell that says the same number, or another one.

Not here: recomputing figures (reconcile.py); a cell of a published table is the printed number, not a recount.
"""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from pipelines.common.row_keys import Lookup
from pipelines.common.seeds import SeedError, read_seed
from pipelines.reconciliation.figures import Figure, Term, agreement_interval, parse_terms

SEED = "figure_confirmation"


def load_confirmations() -> tuple[Term, ...]:
    """The rows of figure_confirmation.csv, in seed order: each cell by itself may confirm a figure."""
    return parse_terms([{**row, "combine": "sum", "part": "1"} for row in read_seed(SEED)], SEED)


def confirm(
    frame: pd.DataFrame, tables: Mapping[str, pd.DataFrame], figures: Iterable[Figure], confirmations: Sequence[Term]
) -> tuple[pd.DataFrame, list[str]]:
    """The reconciliation with confirmed_by, and a line for each figure of which a delivered table says otherwise.

    Raises SeedError where a cell is not one.
    """
    lookups = {name: Lookup(table) for name, table in tables.items()}
    by_id = {figure.figure_id: figure for figure in figures}
    cells: dict[str, list[str]] = {}
    otherwise = []
    for term in confirmations:
        value = _value(term, lookups)
        if value is None:
            continue
        low, high = agreement_interval(by_id[term.figure_id])
        if low <= value <= high:
            cells.setdefault(term.figure_id, []).append(term.cell)
        else:
            printed = by_id[term.figure_id].published_value
            otherwise.append(f"{term.figure_id}: printed {printed:g}, and {term.cell} holds {value:g}")
    said = {figure_id: " ; ".join(found) for figure_id, found in cells.items()}
    return frame.assign(confirmed_by=frame["figure_id"].map(said).astype(object)), otherwise


def _value(term: Term, lookups: Mapping[str, Lookup]) -> float | None:
    """The cell in the figure's unit; None where it is not delivered, or holds a sign in place of a number."""
    lookup = lookups[term.table_name]
    positions, _ = lookup.rows(term.row_key)
    if len(positions) > 1:
        raise SeedError(f"{SEED}.csv, {term.figure_id}: row_key {term.row_key_text!r} matches {len(positions)} rows")
    value = lookup.table[term.column_name].iloc[positions[0]] if len(positions) else None
    return None if value is None or pd.isna(value) else term.coefficient * float(value)
