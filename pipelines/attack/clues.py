"""What other tables give away of a hidden row itself: its estimate, its error, its counts.

Not here: which tables say what (relations.py).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipelines.attack.bounds import find_bounds
from pipelines.attack.model import Targets
from pipelines.attack.presolve import propagate
from pipelines.attack.relation import ESTIMATE, N_ANSWERS, N_SELECTED, VARIANCE, Key, Relation
from pipelines.attack.system import BIT, Rows, make_system
from pipelines.attack.tables import Tables

EXACT = 1e-9  # of the larger of 1 and the number
SCALES = {"share": (0.0, 1.0), "1-5": (1.0, 5.0), "0-10": (0.0, 10.0)}


@dataclass
class Cells:
    """The cells that relations speak of: {column: {key: value}}, NaN where hidden; scales of the hidden estimates."""

    value: dict[str, dict[Key, float]]
    scale: dict[Key, tuple[float, float]] = field(default_factory=dict)


@dataclass
class Clue:
    """What follows of a hidden cell, and the tables that gave it."""

    lower: float
    upper: float
    tables: str


def cells_of(tables: Tables, place: dict[Key, int]) -> Cells:
    """The cells of the estimates, whose keys have these places, and of the composites."""
    estimates = tables.estimates
    columns = {
        ESTIMATE: estimates["estimate"],
        VARIANCE: estimates["std_error"] ** 2,
        N_ANSWERS: estimates["n_answers"],
        N_SELECTED: estimates["n_selected"],
    }
    value = {name: dict(zip(place, column.to_numpy(float), strict=True)) for name, column in columns.items()}
    hidden = estimates["is_hidden"].to_numpy(bool)
    scales = estimates["scale"].to_numpy(object)
    found = Cells(value, {key: SCALES[scales[at]] for key, at in place.items() if hidden[at] and scales[at] in SCALES})
    for *key, scale, estimate, is_hidden in tables.composites.itertuples(index=False):
        value[ESTIMATE][tuple(key)] = estimate
        if is_hidden and scale in SCALES:
            found.scale[tuple(key)] = SCALES[scale]
    return found


def find_clues(relations: Iterable[Relation], cells: Cells) -> dict[str, dict[Key, Clue]]:
    """{column: {key of a hidden cell: its interval}}, of those that any relation speaks of."""
    by_column: dict[str, list[Relation]] = defaultdict(list)
    for relation in relations:
        known = cells.value[relation.column]
        if any(np.isnan(known.get(key, 0.0)) for key, _ in relation.terms) and all(
            key in known for key, _ in relation.terms
        ):
            by_column[relation.column].append(relation)
    return {column: _solve(column, found, cells) for column, found in by_column.items()}


def _solve(column: str, relations: list[Relation], cells: Cells) -> dict[Key, Clue]:
    known = cells.value[column]
    number: dict[Key, int] = {}
    rows = Rows()
    for relation in relations:
        hidden = [(key, factor) for key, factor in relation.terms if np.isnan(known[key])]
        rest = relation.value - sum(factor * known[key] for key, factor in relation.terms if not np.isnan(known[key]))
        at = np.array([number.setdefault(key, len(number)) for key, _ in hidden], np.int64)
        end = np.array([rest])
        rows.add(
            np.zeros(len(at), np.int64), at, np.array([f for _, f in hidden], float), end, end, BIT["another table"]
        )
    system = make_system(rows, 0)
    scale = [cells.scale.get(key, (-np.inf, np.inf)) if column == ESTIMATE else (0.0, np.inf) for key in number]
    system.column_lower = np.maximum(np.array([low for low, _ in scale]), -1e7)
    system.column_upper = np.array([high for _, high in scale])
    propagate(system)
    n, every = len(number), np.arange(len(number))
    none = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    flags = np.zeros(n, bool)
    bounds = find_bounds(system, Targets((every, every, np.ones(n)), none, flags, np.full(n, np.inf), flags))
    tables = defaultdict(set)
    for relation in relations:
        for key, _ in relation.terms:
            tables[key].add(relation.table)
    return {
        key: Clue(float(bounds.lower[i]), float(bounds.upper[i]), ", ".join(sorted(tables[key])))
        for key, i in number.items()
    }


def is_exact(clue: Clue) -> bool:
    """Whether only rounding is left of the interval."""
    return clue.upper - clue.lower <= EXACT * max(1, abs(clue.lower)) * 1e3


def with_clues(estimates: pd.DataFrame, clues: dict[str, dict[Key, Clue]], place: dict[Key, int]) -> pd.DataFrame:
    """The hidden rows with what is given away of them, as if they showed it; `tables` names who did."""
    columns = {name: "std_error" if name == VARIANCE else name for name in clues}
    values = {column: estimates[column].to_numpy(float).copy() for column in columns.values()}
    tables = estimates["tables"].to_numpy(object).copy()
    bits = estimates["bits"].to_numpy(np.int64).copy()
    for name, found in clues.items():
        for key, clue in found.items():
            at = place.get(key)
            if at is not None and is_exact(clue) and np.isnan(values[columns[name]][at]):
                middle = (clue.lower + clue.upper) / 2
                values[columns[name]][at] = np.sqrt(max(middle, 0)) if name == VARIANCE else middle
                bits[at] |= BIT["another table"]
                tables[at] = ", ".join(sorted({*filter(None, tables[at].split(", ")), clue.tables}))
    return estimates.assign(**values, bits=bits, tables=tables)
