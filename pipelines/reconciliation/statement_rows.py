"""The rows of published tables that the terms of statements name: every table is looked through once, for all terms.

Not here: what a row says (statement_cells.py).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pipelines.common.row_keys import Lookup, key_text
from pipelines.common.seeds import read_seed
from pipelines.reconciliation.language import NO_ROW, NO_TABLE, Gap
from pipelines.reconciliation.noise import IS_COMPARABLE, Tested, tested_pairs
from pipelines.reconciliation.pairs import Picked
from pipelines.reconciliation.statements import Statement, StatementTerm

ESTIMATES, CHANGES = "survey_estimates", "survey_changes"

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Rows:
    """What a term found: rows in the order of the table's key, and what it names that no row has."""

    records: tuple[Record, ...]
    missing: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class Known:
    """What is known of respondents. `census`: surveys that ask all, whose numbers have no noise. `picked`: the answers
    that pick out a population.
    """

    census: Collection[str] = ()
    picked: Mapping[str, Picked] = field(default_factory=dict)


@dataclass(frozen=True)
class Tables:
    """The rows that statements read, and what is known of the noise in them."""

    rows: Mapping[StatementTerm, Rows]
    tested: Tested
    known: Known


def load_known() -> Known:
    """What the seeds say of respondents."""
    picked: dict[str, Picked] = {}
    for row in read_seed("population_rule"):
        rule = (row["question_id"], float(row["code_from"]), float(row["code_to"]))
        picked[row["population"]] = (*picked.get(row["population"], ()), rule)
    return Known([row["survey"] for row in read_seed("survey") if row["is_census"] == "true"], picked)


def tables_of(frames: Mapping[str, pd.DataFrame], statements: Iterable[Statement], known: Known) -> Tables:
    """What the statements read in the published tables by name. A table that is not there has no rows."""
    terms = [term for statement in statements for term in statement.terms if term.table_name]
    rows: dict[StatementTerm, Rows] = {}
    for name in dict.fromkeys(term.table_name for term in terms):
        of_table = [term for term in terms if term.table_name == name]
        frame = frames.get(name)
        rows |= dict.fromkeys(of_table, _no_table(name)) if frame is None else _find(frame, of_table)
    changes = frames.get(CHANGES)
    return Tables(rows, {} if changes is None else _tested(changes, known.census), known)


def _tested(changes: pd.DataFrame, census: Collection[str]) -> Tested:
    """Those of which something is told: all of samples, and of full counts those across a break."""
    return tested_pairs(changes[~(changes["survey"].isin(list(census)) & changes[IS_COMPARABLE].astype(bool))])


def _no_table(name: str) -> Rows:
    return Rows((), (Gap(NO_TABLE, (name,)),))


def _find(table: pd.DataFrame, terms: Sequence[StatementTerm]) -> dict[StatementTerm, Rows]:
    """The rows of each term; those of all terms leave the table at once, which is what takes time."""
    lookup = Lookup(table)
    found = {term: lookup.rows_like(term.pattern) for term in terms}
    positions = np.unique(np.concatenate([at for at, _ in found.values()]))
    records = dict(zip(positions.tolist(), table.iloc[positions].to_dict("records"), strict=True))
    return {term: _rows(term, [records[n] for n in at.tolist()], tested) for term, (at, tested) in found.items()}


def _rows(term: StatementTerm, records: Sequence[Record], tested: Sequence[str]) -> Rows:
    absent = [*_absent(term, records)] if records else [";".join(tested)]
    return Rows(tuple(records), tuple(Gap(NO_ROW, (term.table_name, key)) for key in absent))


def _absent(term: StatementTerm, records: Sequence[Record]) -> Iterator[str]:
    """Those of several values that no row has: to compare the rest would be another claim."""
    for condition in term.pattern:
        if not condition.is_excluding and len(condition.wanted) > 1:
            there = {key_text(record[condition.column]) for record in records}
            yield from (f"{condition.column}={value}" for value in condition.wanted if value not in there)
