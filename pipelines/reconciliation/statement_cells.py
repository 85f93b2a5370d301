"""The cells of published tables that a statement names, with their errors and what a reader calls them.

Not here: which statements there are (statements.py), and what follows from the cells (verdicts.py).
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import pandas as pd

from pipelines.common.contracts import Contract
from pipelines.common.published import published_only
from pipelines.common.row_keys import (
    IS_CARRIED,
    IS_PREVIOUS_CARRIED,
    IS_SYNTHETIC,
    contracts_read,
    key_text,
    marked,
)
from pipelines.reconciliation.language import SUPPRESSED, Gap, Label
from pipelines.reconciliation.noise import CHANGE_KEY, ESTIMATE_KEY, IS_COMPARABLE
from pipelines.reconciliation.pairs import Cell, Group, Value
from pipelines.reconciliation.relations import Part
from pipelines.reconciliation.statement_rows import CHANGES, ESTIMATES, Known, Record, Tables
from pipelines.reconciliation.statements import Statement, StatementTerm, cells_read

# What a reader calls a cell by, the most telling first; the year comes last.
LABELS = (
    "question_nb", "measure_nb", "key_figure_nb", "indicator_nb", "goal_nb", "index_nb", "answer_nb", "score_nb",
    "population_nb", "fylkesnavn", "kommunenavn", "country_name", "category_nb", "sektor_nb", "year", "wave",
)  # fmt: skip
COMPARED = ("compared_category_nb", "compared_wave")
ALL = ("Alle", "alle", "all")  # what is said of no group
# The error of a column, in the same row; of survey_changes the difference alone has one.
ERRORS = {"difference": "std_error", "change": "change_std_error", "estimate": "std_error", "value": "std_error"}
INTERVALS = dict.fromkeys(("difference", "estimate", "value"), ("ci_lower", "ci_upper"))
INTERVALS["change"] = ("change_ci_lower", "change_ci_upper")
SHARES = ("estimate", "compared_estimate", "difference")  # in the unit that `scale` names; beside them stand counts
WORDS = {"difference": "change", "change": "change"}  # what a number of the column is called
LESS = "less"  # what a sum is of which something is subtracted
MEAN, SCORE, SCORE_LABEL = "mean_score", "score", "score_nb"


@dataclass(frozen=True)
class Cells:
    """The parts of a statement in their order, and why some of its cells are missing."""

    parts: tuple[Part, ...]
    missing: tuple[Gap, ...]


def statement_contracts(statements: Iterable[Statement], contracts: Mapping[str, Contract]) -> dict[str, Contract]:
    """{table: its contract, of the columns that are read}: what terms name, labels, errors, and the tested pairs."""
    named: list[tuple[str, str, Iterable[str]]] = [*cells_read(statements)]
    of_changes = [*CHANGE_KEY, "std_error", "p_value", IS_COMPARABLE]
    named += [("", CHANGES, of_changes), ("", ESTIMATES, ESTIMATE_KEY)]
    beside = {*LABELS, *COMPARED, *ESTIMATE_KEY, *CHANGE_KEY, *ERRORS.values(), *chain(*INTERVALS.values())}
    beside |= {"scale", "is_suppressed"}
    found = contracts_read(named, contracts)
    published = published_only(contracts)
    return {name: published[name].only(*read.names, *beside & {*published[name].names}) for name, read in found.items()}


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


def _side(statement: Statement, terms: Sequence[StatementTerm], tables: Tables) -> tuple[tuple[Cell, ...], list[Gap]]:
    cells: list[Cell] = []
    missing = []
    for term in terms:
        found, gaps = _cells(term, tables, statement.relation.is_of_text)
        is_optional = statement.relation.may_lack_b and not term.is_of_a
        missing += [gap for gap in gaps if not is_optional or gap.kind == SUPPRESSED]
        cells += found
    return ((_added(cells),) if cells and terms[0].is_summed else tuple(cells)), missing


def _cells(term: StatementTerm, tables: Tables, is_of_text: bool) -> tuple[list[Cell], list[Gap]]:
    if term.value:
        value: Value = term.value if is_of_text else term.coefficient * float(term.value)
        return [Cell(value, is_constant=True)], []
    rows = tables.rows[term]
    cells: list[Cell] = []
    missing = [*rows.missing]
    for row in rows.records:
        if pd.isna(row[term.column_name]) and not (is_of_text and not marked(row, "is_suppressed")):
            missing.append(Gap(SUPPRESSED, (term.cells,)))
        else:
            cells.append(_cell(term, row, is_of_text, tables.known))
    return cells, missing


def _cell(term: StatementTerm, row: Record, is_of_text: bool, known: Known) -> Cell:
    raw = row[term.column_name]
    value: Value = _text(raw) if is_of_text else term.coefficient * float(str(raw))
    is_estimate = term.table_name == ESTIMATES and term.column_name == "estimate" and term.coefficient == 1
    mark = IS_PREVIOUS_CARRIED if term.column_name.startswith("previous_") else IS_CARRIED
    return Cell(
        value,
        std_error=None if is_of_text else _std_error(term, row, known.census),
        labels=_labels(row, term.column_name),
        interval=None if is_of_text else _interval(term, row, known.census),
        coefficient=term.coefficient,
        told_nb=key_text(row.get(SCORE_LABEL)) if term.column_name == SCORE else "",
        word=WORDS.get(term.column_name, ""),
        is_share=term.column_name.endswith("share") or (row.get("scale") == "share" and term.column_name in SHARES),
        key=tuple(key_text(row[name]) for name in ESTIMATE_KEY) if is_estimate else None,
        groups=(_group(term.table_name, row, known),),
        is_broken=term.table_name == CHANGES and not marked(row, IS_COMPARABLE),
        is_synthetic=marked(row, IS_SYNTHETIC),
        is_carried=marked(row, mark),
    )


def _labels(row: Record, column: str) -> dict[str, Label]:
    """What a reader calls a row by; of a change both ends: 2018-2022. A mean of scores has none, a score is told."""
    names = [name for name in LABELS if name != SCORE_LABEL or column not in (MEAN, SCORE)]
    own = {name: label for name in names if (label := key_text(row.get(name))) and label not in ALL}
    labels: dict[str, Label] = {name: ((label,),) for name, label in own.items()}
    for compared in COMPARED:
        name, other = compared.removeprefix("compared_"), key_text(row.get(compared))
        if other and other not in ALL and other != own.get(name):
            labels[name] = ((other, own.get(name, "")),)
    return labels


def _text(raw: object) -> str:
    return key_text(raw).lower() if isinstance(raw, bool) else key_text(raw)


def _std_error(term: StatementTerm, row: Record, census: Collection[str]) -> float | None:
    """The error of the cell, times its coefficient; None for a full count and for what is not estimated, 0 where a
    sample does not show any."""
    column = ERRORS.get(term.column_name, "")
    is_level_of_change = term.column_name == "estimate" and term.table_name == CHANGES
    if row.get("survey") in census or column not in row or is_level_of_change:
        return None
    return 0.0 if pd.isna(row[column]) else abs(term.coefficient) * float(str(row[column]))


def _interval(term: StatementTerm, row: Record, census: Collection[str]) -> tuple[float, float] | None:
    """Its 95 % interval, times its coefficient, where the cell has an error and the table an interval."""
    ends = [row.get(column) for column in INTERVALS.get(term.column_name, ())]
    if _std_error(term, row, census) is None or not ends or any(end is None or pd.isna(end) for end in ends):
        return None
    low, high = sorted(term.coefficient * float(str(end)) for end in ends)
    return low, high


def _group(table: str, row: Record, known: Known) -> Group:
    waves = {int(str(row[name])) for name in ("wave", "compared_wave") if not pd.isna(row.get(name))}
    breakdown, category = (key_text(row.get(name)) or None for name in ("breakdown", "category"))
    picked = known.picked.get(key_text(row.get("population")), ())
    return Group(key_text(row.get("survey")) or table, frozenset(waves), breakdown, category, picked)


def _added(cells: Sequence[Cell]) -> Cell:
    """The sum of cells, called by the labels of all. Its error takes them to share no respondents; where some do not
    vary, it is not known."""
    errors = [cell.std_error for cell in cells if cell.std_error is not None]
    return Cell(
        math.fsum(cell.number for cell in cells),
        std_error=(math.hypot(*errors) if all(errors) and len(errors) == len(cells) else 0.0) if errors else None,
        word=LESS if any(cell.coefficient < 0 for cell in cells) else cells[0].word,
        labels={name: _joined([cell.labels.get(name, ()) for cell in cells]) for name in cells[0].labels},
        is_share=cells[0].is_share,
        groups=tuple(group for cell in cells for group in cell.groups),
        is_broken=any(cell.is_broken for cell in cells),
        is_synthetic=any(cell.is_synthetic for cell in cells),
        is_carried=any(cell.is_carried for cell in cells),
    )


def _joined(labels: Sequence[Label]) -> Label:
    """What several cells are called together."""
    return tuple(dict.fromkeys(chain(*labels)))
