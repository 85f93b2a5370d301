"""The cells of published tables that a statement names, with their errors and what a reader calls them.

Not here: which statements there are (statements.py), and what follows from the cells (verdicts.py).
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pipelines.common.contracts import Contract
from pipelines.common.row_keys import (
    IS_CARRIED,
    IS_PREVIOUS_CARRIED,
    IS_SYNTHETIC,
    Lookup,
    contracts_read,
    key_text,
    marked,
)
from pipelines.reconciliation.noise import CHANGE_KEY, ESTIMATE_KEY, Tested, tested_pairs
from pipelines.reconciliation.pairs import Cell, Group, Value
from pipelines.reconciliation.relations import Part
from pipelines.reconciliation.statements import Statement, StatementTerm, cells_read

ESTIMATES, CHANGES = "survey_estimates", "survey_changes"
# What a reader calls a cell by, the most telling first; the year comes last.
LABELS = (
    "question_nb", "measure_nb", "key_figure_nb", "indicator_nb", "goal_nb", "index", "answer_nb", "score_nb",
    "population_nb", "kommunenavn", "country_name", "category_nb", "sektor", "year", "wave",
)  # fmt: skip
COMPARED = ("compared_category_nb", "compared_wave")
ALL = ("Alle", "alle")  # what is said of no group
# The error of a column, in the same row; of survey_changes the difference alone has one.
ERRORS = {"difference": "std_error", "change": "change_std_error", "estimate": "std_error", "value": "std_error"}
NO_TABLE_NB = "Tabellen {} finnes ikke i denne kjøringen"
NO_ROW_NB = "Ingen rader i {} med {}"
SUPPRESSED_NB = "Verdien mangler eller er undertrykt: "


@dataclass(frozen=True)
class Tables:
    """The published tables that statements read, and what is known of the noise in them.

    `census`: surveys that ask all, whose numbers have no noise.
    """

    lookups: Mapping[str, Lookup]
    tested: Tested
    census: Collection[str]


@dataclass(frozen=True)
class Cells:
    """The parts of a statement in their order, and why some of its cells are missing, Norwegian."""

    parts: tuple[Part, ...]
    missing_nb: tuple[str, ...]


def statement_contracts(statements: Iterable[Statement], contracts: Mapping[str, Contract]) -> dict[str, Contract]:
    """{table: its contract, of the columns that are read}: what terms name, labels, errors, and the tested pairs."""
    named: list[tuple[str, str, Iterable[str]]] = [*cells_read(statements)]
    named += [("", CHANGES, [*CHANGE_KEY, "std_error", "p_value"]), ("", ESTIMATES, ESTIMATE_KEY)]
    beside = {*LABELS, *COMPARED, *ESTIMATE_KEY, *CHANGE_KEY, *ERRORS.values(), "scale", "is_suppressed"}
    found = contracts_read(named, contracts)
    return {name: contracts[name].only(*read.names, *beside & {*contracts[name].names}) for name, read in found.items()}


def tables_of(frames: Mapping[str, pd.DataFrame], census: Collection[str]) -> Tables:
    """The tables, made ready to be looked up in."""
    changes = frames.get(CHANGES)
    tested = {} if changes is None else tested_pairs(changes[~changes["survey"].isin(census)])
    return Tables({name: Lookup(frame) for name, frame in frames.items()}, tested, census)


def cells_of(statement: Statement, tables: Tables) -> Cells:
    """The cells that the terms of a statement find, part by part."""
    parts, missing = [], []
    for number in sorted({term.part for term in statement.terms}):
        sides: list[tuple[Cell, ...]] = []
        for is_a in (True, False):
            terms = [term for term in statement.terms if term.part == number and term.is_of_a is is_a]
            cells, gaps = _side(statement, terms, tables)
            sides.append(cells)
            missing += gaps
        parts.append(Part(*sides))
    return Cells(tuple(parts), tuple(dict.fromkeys(missing)))


def _side(statement: Statement, terms: Sequence[StatementTerm], tables: Tables) -> tuple[tuple[Cell, ...], list[str]]:
    cells: list[Cell] = []
    missing = []
    for term in terms:
        found, gaps = _cells(term, tables, statement.relation.is_of_text)
        is_optional = statement.relation.may_lack_b and not term.is_of_a
        missing += [gap for gap in gaps if not is_optional or gap.startswith(SUPPRESSED_NB)]
        cells += found
    return ((_added(cells),) if cells and terms[0].is_summed else tuple(cells)), missing


def _cells(term: StatementTerm, tables: Tables, is_of_text: bool) -> tuple[list[Cell], list[str]]:
    if term.value:
        value: Value = term.value if is_of_text else term.coefficient * float(term.value)
        return [Cell(value, is_constant=True)], []
    lookup = tables.lookups.get(term.table_name)
    if lookup is None:
        return [], [NO_TABLE_NB.format(term.table_name)]
    positions, tested = lookup.rows_like(term.pattern)
    if not len(positions):
        return [], [NO_ROW_NB.format(term.table_name, ";".join(tested))]
    cells: list[Cell] = []
    missing = [NO_ROW_NB.format(term.table_name, absent) for absent in _absent(term, lookup.table.iloc[positions])]
    for row in lookup.table.iloc[positions].to_dict("records"):
        if pd.isna(row[term.column_name]) and not (is_of_text and not marked(row, "is_suppressed")):
            missing.append(SUPPRESSED_NB + term.cells)
        else:
            cells.append(_cell(term, row, is_of_text, tables.census))
    return cells, missing


def _absent(term: StatementTerm, found: pd.DataFrame) -> Iterator[str]:
    """Those of several values that no row has: to compare the rest would be another claim."""
    for condition in term.pattern:
        if not condition.is_excluding and len(condition.wanted) > 1:
            there = {key_text(value) for value in found[condition.column].unique()}
            yield from (f"{condition.column}={value}" for value in condition.wanted if value not in there)


def _cell(term: StatementTerm, row: Mapping[str, object], is_of_text: bool, census: Collection[str]) -> Cell:
    raw = row[term.column_name]
    value: Value = _text(raw) if is_of_text else term.coefficient * float(str(raw))
    is_estimate = term.table_name == ESTIMATES and term.column_name == "estimate" and term.coefficient == 1
    is_tested = is_estimate and row["survey"] not in census
    mark = IS_PREVIOUS_CARRIED if term.column_name.startswith("previous_") else IS_CARRIED
    return Cell(
        value,
        std_error=None if is_of_text else _std_error(term, row, census),
        labels=_labels(row),
        is_share=row.get("scale") == "share" or term.column_name.endswith("share"),
        key=tuple(key_text(row[name]) for name in ESTIMATE_KEY) if is_tested else None,
        groups=(_group(term.table_name, row),),
        is_synthetic=marked(row, IS_SYNTHETIC),
        is_carried=marked(row, mark),
    )


def _labels(row: Mapping[str, object]) -> dict[str, str]:
    """What a reader calls a row by; of a change both ends: 2018-2022."""
    labels = {name: label for name in LABELS if (label := key_text(row.get(name))) and label not in ALL}
    for compared in COMPARED:
        name, other = compared.removeprefix("compared_"), key_text(row.get(compared))
        if other and other not in ALL and other != labels.get(name):
            labels[name] = f"{other}–{labels.get(name, '')}"
    return labels


def _text(raw: object) -> str:
    return key_text(raw).lower() if isinstance(raw, bool) else key_text(raw)


def _std_error(term: StatementTerm, row: Mapping[str, object], census: Collection[str]) -> float | None:
    """The error of the cell, times its coefficient; None for a full count and for what is not estimated."""
    column = ERRORS.get(term.column_name, "")
    if row.get("survey") in census or (term.column_name == "estimate" and term.table_name == CHANGES):
        return None
    error = row.get(column)
    return None if error is None or pd.isna(error) else abs(term.coefficient) * float(str(error))


def _group(table: str, row: Mapping[str, object]) -> Group:
    waves = {int(str(row[name])) for name in ("wave", "compared_wave") if not pd.isna(row.get(name))}
    breakdown, category = (key_text(row.get(name)) or None for name in ("breakdown", "category"))
    return Group(key_text(row.get("survey")) or table, frozenset(waves), breakdown, category)


def _added(cells: Sequence[Cell]) -> Cell:
    """The sum of cells; what they share is what a reader calls it by. Its error takes them to share no respondents."""
    errors = [cell.std_error for cell in cells]
    shared = {name: label for name, label in cells[0].labels.items() if all(c.labels.get(name) == label for c in cells)}
    return Cell(
        math.fsum(cell.number for cell in cells),
        std_error=math.hypot(*(error or 0.0 for error in errors)) if all(errors) else None,
        labels=shared or cells[0].labels,
        is_share=cells[0].is_share,
        groups=tuple(group for cell in cells for group in cell.groups),
        is_synthetic=any(cell.is_synthetic for cell in cells),
        is_carried=any(cell.is_carried for cell in cells),
    )
