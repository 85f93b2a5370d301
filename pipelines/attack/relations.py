"""What other tables say of cells of survey_estimates and survey_composites: sums of cells, each with a coefficient.

Not here: tables that compare rows of survey_estimates (series.py), what follows of the sums (clues.py).
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from pipelines.attack.knowledge import Knowledge
from pipelines.attack.relation import (
    ESTIMATE,
    N_ANSWERS,
    N_SELECTED,
    VARIANCE,
    Key,
    Published,
    Relation,
    given,
    key_of,
    squared,
)
from pipelines.attack.series import bridges, changes, progress, scale_breaks, standardised
from pipelines.common.row_key import parse_row_key

REVERSED = 6  # a negative question on 1-5 counts as 6 minus its mean


def relations(published: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """Every relation that a release's other tables give."""
    yield from changes(published)
    yield from progress(published)
    yield from standardised(published, knowledge)
    yield from _composites(published, knowledge)
    yield from _indicators(published, knowledge)
    yield from bridges(published, knowledge)
    yield from scale_breaks(published)
    yield from _measures(published, knowledge)
    yield from _figures(published, knowledge)
    yield from _statements(published, knowledge)


def _composites(published: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """A composite is the mean of the means of its questions; a hidden one is a cell of its own."""
    is_reversed = {
        (composite, question): flag
        for composite, question, flag in knowledge.items[["composite", "question_id", "is_reversed"]].itertuples(
            index=False
        )
    }
    populations = _asked(published, knowledge)
    columns = ["survey", "wave", "composite", "breakdown", "category", "estimate", "std_error", "questions"]
    for row in published.rows("survey_composites", columns):
        own = tuple(row.values())[:5]
        yield from given("survey_composites", ESTIMATE, [(own, 1)], row["estimate"])
        items = (row["questions"] or "").split()
        signs = [-1.0 if is_reversed.get((row["composite"], item)) else 1.0 for item in items]
        keys = [populations.get((row["survey"], item)) for item in items]
        if items and all(keys):
            place = (row["breakdown"], row["category"])
            cells: list[tuple[Key, float]] = [
                ((row["survey"], row["wave"], population, item, "mean", None, *place), sign)
                for population, item, sign in zip(keys, items, signs, strict=True)
            ]
            constant = REVERSED * signs.count(-1.0)
            yield Relation("survey_composites", ESTIMATE, [*cells, (own, -float(len(items)))], -float(constant))


def _asked(published: Published, knowledge: Knowledge) -> dict[Key, str]:
    """{(survey, question): the population that its means are of}; none that is picked by an answer."""
    picked = set(knowledge.picked["population"])
    where = "statistic = 'mean' and breakdown = 'all'"
    rows = published.rows("survey_estimates", ["survey", "question_id", "population"], where)
    return {(row["survey"], row["question_id"]): row["population"] for row in rows if row["population"] not in picked}


def _indicators(published: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """The indicators of a sector are composites of a category, whose name may have a prefix there."""
    prefixes = dict(knowledge.labels[["breakdown", "label_prefix"]].itertuples(index=False))
    by_name: dict[Key, Key] = {}
    for row in published.rows("survey_composites", ["survey", "wave", "composite", "breakdown", "category"]):
        if row["breakdown"] in prefixes:
            name = prefixes[row["breakdown"]] + row["category"]
            by_name[row["composite"], row["wave"], name] = tuple(row.values())
    table = "itip_indicators"
    columns = ["wave", "indicator", "sektor", "value", "previous_wave", "previous_value", "change"]
    columns += ["compared_sektor", "difference"]
    for row in published.rows(table, columns):
        this = by_name.get((row["indicator"], row["wave"], row["sektor"]))
        other = by_name.get((row["indicator"], row["previous_wave"], row["sektor"]))
        if this:
            yield from given(table, ESTIMATE, [(this, 1)], row["value"])
        if other:
            yield from given(table, ESTIMATE, [(other, 1)], row["previous_value"])
        if this and other:
            yield from given(table, ESTIMATE, [(this, 1), (other, -1)], row["change"])
        first = by_name.get((row["indicator"], row["wave"], row["compared_sektor"]))
        if this and first:
            yield from given(table, ESTIMATE, [(this, 1), (first, -1)], row["difference"])


def _measures(published: Published, knowledge: Knowledge) -> Iterator[Relation]:
    cells = {row["measure"]: row for row in knowledge.measures.to_dict("records")}
    columns = ["measure", "year", "value", "std_error", "n_answers", "is_carried"]
    for row in published.rows("cross_source_measures", columns):
        cell = None if row["is_carried"] else cells.get(row["measure"])
        if cell is not None:
            key = key_of({**cell, "answer": cell["answer"] or None}, row["year"], cell["breakdown"], cell["category"])
            table = "cross_source_measures"
            yield from given(table, ESTIMATE, [(key, 1)], row["value"])
            yield from given(table, VARIANCE, [(key, 1)], squared(row["std_error"]))
            yield from given(table, N_ANSWERS, [(key, 1)], row["n_answers"])


COLUMNS = {"estimate": ESTIMATE, "n_answers": N_ANSWERS, "n_selected": N_SELECTED}


def _figures(published: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """A printed figure's recomputed value is a sum of cells."""
    rows = published.rows("reconciliation", ["figure_id", "computed_value"])
    values = {row["figure_id"]: row["computed_value"] for row in rows}
    for figure, terms in _grouped(knowledge.figure_terms, ["figure_id"]).items():
        if all(term["combine"] == "sum" for term in terms) or len(terms) == 1:
            yield from _sum_of("reconciliation", terms, values.get(figure[0]))


def _statements(published: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """The weakest pair of a claim is the only one where each side is one cell."""
    rows = published.rows("statement_reconciliation", ["statement_id", "value_a", "value_b"])
    values = {(row["statement_id"], side): row[f"value_{side}"] for row in rows for side in "ab"}
    for key, terms in _grouped(knowledge.statement_terms, ["statement_id", "side"]).items():
        if len(terms) == 1:
            yield from _sum_of("statement_reconciliation", terms, values.get(key))


def _grouped(terms: pd.DataFrame, by: list[str]) -> dict[Key, list[dict[str, Any]]]:
    found: dict[Key, list[dict[str, Any]]] = {}
    for term in terms.to_dict("records"):
        found.setdefault(tuple(term[column] for column in by), []).append(term)
    return found


def _sum_of(table: str, terms: list[dict[str, Any]], value: float | None) -> Iterator[Relation]:
    cells, columns = [], set()
    for term in terms:
        column, factor = term["column_name"], term["coefficient"]
        key = _cell(term["table_name"], term["row_key"]) if column in COLUMNS else None
        if key is None:
            return
        columns.add(COLUMNS[column])
        cells.append((key, 1.0 if factor != factor else float(factor)))
    if len(columns) == 1:
        yield from given(table, columns.pop(), cells, value)


def _cell(table: str, row_key: str) -> Key | None:
    """The key of the one cell that a row key names; None for many cells, and for other tables."""
    if any(mark in row_key for mark in "|!"):
        return None
    named = dict(parse_row_key(row_key))
    wave = int(named.get("wave", 0))
    if table == "survey_composites":
        return (named.get("survey"), wave, named.get("composite"), named.get("breakdown"), named.get("category"))
    if table != "survey_estimates" or "wave" not in named:
        return None
    named = {"statistic": "", "population": "", "answer": "", "survey": "", "question_id": "", **named}
    return key_of(
        {**named, "answer": named["answer"] or None}, wave, named.get("breakdown", ""), named.get("category", "")
    )
