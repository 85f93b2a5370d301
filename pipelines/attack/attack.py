"""What can be computed back of what a release hides, from published tables and public seeds alone.

Not here: what to hide (pipelines/disclosure). This package knows nothing that a reader of a release does not.
"""

from typing import Any

import duckdb
import pandas as pd

from pipelines.attack.bounds import find_bounds
from pipelines.attack.clues import cells_of, find_clues, with_clues
from pipelines.attack.facts import build_system
from pipelines.attack.findings import (
    FINDING,
    composite_findings,
    estimate_findings,
    estimate_targets,
    shown_findings,
)
from pipelines.attack.knowledge import Knowledge, read_knowledge
from pipelines.attack.places import place_findings
from pipelines.attack.presolve import ContradictionError
from pipelines.attack.relation import Published
from pipelines.attack.relations import relations
from pipelines.attack.space import CODES
from pipelines.attack.tables import KEY, Known, load, waves
from pipelines.attack.wave import Wave, add_lists, make_space


def attack(
    connection: duckdb.DuckDBPyConnection,
    rules: pd.DataFrame,
    knowledge: Knowledge | None = None,
    known: Known | None = None,
    bounds_all: bool = False,
) -> pd.DataFrame:
    """Every hidden cell that can be bounded, a row each, by the columns of FINDING.

    connection: with the published tables, or views over their files, in schema marts
    rules: survey, part, threshold, small_group, protection, as seeds/disclosure/disclosure_rule.csv
    known: what is printed elsewhere, {(key of survey_estimates ..., column): value}; those cells are no secrets
    bounds_all: also the exact intervals of cells that are proven to be wide, which are left out otherwise
    Raises ContradictionError where no answers at all give the tables.
    """
    published = Published(connection)
    places = place_findings(published, rules)
    tables = load(connection, known or {})
    if tables is None:
        return places
    knowledge = knowledge or read_knowledge()
    place = {key: at for at, key in enumerate(tables.estimates[KEY].itertuples(index=False, name=None))}
    clues = find_clues(relations(published, knowledge), cells_of(tables, place))
    tables.estimates = with_clues(tables.estimates, clues, place)
    found = [_attack_wave(wave, knowledge, bounds_all) for wave in waves(tables, rules, knowledge)]
    found += [places, shown_findings(tables.estimates), composite_findings(tables.composites, clues)]
    return pd.concat([frame for frame in found if len(frame)] or found[-1:], ignore_index=True)[FINDING]


def in_words(findings: pd.DataFrame) -> list[str]:
    """What is given away, a line each: the row, the interval, and how."""
    return [
        f"{row.table}[{_row(row)}].{row.quantity}: {_interval(row)}, protection {row.protection:g}, from {row.how}"
        for row in findings.itertuples()
        if row.is_too_narrow or row.is_exact
    ]


def _row(row: Any) -> str:
    named = ((column, getattr(row, column)) for column in KEY)
    return ";".join(f"{column}={value}" for column, value in named if isinstance(value, str | int) and value != "")


def _interval(row: Any) -> str:
    return f"{row.lower:.6g}" if row.is_exact else f"{row.lower:.6g} to {row.upper:.6g}"


def _attack_wave(wave: Wave, knowledge: Knowledge, bounds_all: bool) -> pd.DataFrame:
    try:
        return _bounded(wave, knowledge, bounds_all)
    except ContradictionError as error:
        raise ContradictionError(f"{wave.survey} {wave.wave}: {error}") from None


def _bounded(wave: Wave, knowledge: Knowledge, bounds_all: bool) -> pd.DataFrame:
    space = make_space(wave, knowledge)
    rows = add_lists(wave.rows, space)
    # The weight of a category ties every question to every other, and says next to nothing: its ends do.
    first = space.first_weighted
    system = build_system(wave, space, rows, knowledge).loosened((first, first + space.n_cells * CODES))
    cells, targets = estimate_targets(wave, space, rows, system, bounds_all)
    return estimate_findings(cells, find_bounds(system, targets))
