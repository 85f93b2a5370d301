"""Recompute every printed figure from the project's own tables and say how it agrees with print.

Not here: which rows a figure is computed from and why some disagree (seeds, figures.py).
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import permutations

import pandas as pd

from pipelines.common.row_keys import IS_CARRIED, IS_PREVIOUS_CARRIED, IS_SYNTHETIC, Lookup, marked
from pipelines.common.seeds import SeedError
from pipelines.reconciliation.figures import (
    FLOAT_TOLERANCE,
    TERMS_SEED,
    Explanation,
    Figure,
    Term,
    agreement_interval,
)
from pipelines.reconciliation.language import EN, NB, NO_ROW, NO_TABLE, SUPPRESSED, Gap, Language, Said

EXACT = "exact"
WITHIN_ROUNDING = "within_rounding"
EXPLAINED = "explained"
CARRIED = "carried"
DIFFERS = "differs"
NOT_COMPUTED = "not_computed"
TRANSCRIBED = "transcribed"  # the reason_class of what an extract holds as printed
STATUSES = (EXACT, WITHIN_ROUNDING, EXPLAINED, CARRIED, DIFFERS, NOT_COMPUTED)


def _ratio(parts: Sequence[float]) -> float | None:
    numerator, denominator = parts
    return numerator / denominator if denominator else None


def _sizes(parts: list[float]) -> list[float]:
    """Without their signs, the smallest first: a tenth is passed over at the end that is asked for."""
    return sorted(map(abs, parts))


COMBINED: dict[str, Callable[[list[float]], float | None]] = {
    "sum": math.fsum,
    "min": min,
    "max": max,
    "p10": lambda parts: _sizes(parts)[len(parts) // 10],
    "p90": lambda parts: _sizes(parts)[-1 - len(parts) // 10],
    "ratio": _ratio,
}


@dataclass(frozen=True)
class _Cell:
    """What one term found: the value, or why there is none."""

    value: float | None
    is_synthetic: bool
    is_carried: bool = False
    missing: Gap | None = None


@dataclass(frozen=True)
class _Verdict:
    """What is said about one figure besides what is printed. `computed_value` in the figure's unit."""

    status: str
    computed_value: float | None = None
    said: Said | None = None
    reason_class: str | None = None
    computed_from: str | None = None
    is_synthetic: bool = False


def reconcile(
    tables: Mapping[str, pd.DataFrame],
    figures: Sequence[Figure],
    terms: Sequence[Term],
    explanations: Sequence[Explanation],
    english: Language = EN,
) -> pd.DataFrame:
    """One row per figure, in the order given, with the columns of the contract reconciliation.

    `tables` are the published tables by name; one that a term names and that is absent or has no such row makes the
    figure `not_computed`. `english` is how explanations are translated. Values are in the figure's unit; `difference`
    is computed minus published; `agrees_from` and `agrees_to` enclose the values that agree (NULL: no limit).

    Raises ValueError when a term matches more than one row: then the seed is wrong, and a guess would hide it.
    """
    cells = _look_up(tables, terms)
    terms_by_figure: dict[str, list[Term]] = {}
    for term in terms:
        terms_by_figure.setdefault(term.figure_id, []).append(term)
    explanation_by_figure = {explanation.figure_id: explanation for explanation in explanations}
    values = {
        name: value for name, own_terms in terms_by_figure.items() if (value := _combine(own_terms, cells)) is not None
    }
    printed = _in_sets(figures, values)
    rows = []
    for figure in figures:
        own_terms = terms_by_figure.get(figure.figure_id, [])
        explanation = explanation_by_figure.get(figure.figure_id)
        verdict = _judge(printed[figure.figure_id], own_terms, explanation, cells, values.get(figure.figure_id))
        matched = printed[figure.figure_id]
        if figure.value_set and verdict.status in (EXACT, WITHIN_ROUNDING, EXPLAINED, DIFFERS):
            verdict = replace(verdict, said=partial(_set_told, figure, matched, figures, verdict))
        rows.append(_row(figure, matched, verdict, english))
    return pd.DataFrame(rows)


def _in_sets(figures: Sequence[Figure], values: Mapping[str, float]) -> dict[str, Figure]:
    """{figure_id: the printed figure that its value is compared with}: itself, but in a set the one that fits.

    Of a set the order is chosen in which most values agree, and of those the one nearest to what the seed reads.
    A number of the set that nothing is computed for may be any value's.
    """
    printed = {figure.figure_id: figure for figure in figures}
    for name in dict.fromkeys(figure.value_set for figure in figures if figure.value_set):
        of_set = [figure for figure in figures if figure.value_set == name]
        members = [figure for figure in of_set if figure.figure_id in values]
        others = [figure for figure in of_set if figure.figure_id not in values]

        def fit(order: Sequence[Figure], members: Sequence[Figure] = members) -> tuple[int, int]:
            """How many agree, and how many of them with their own number."""
            agreeing = [m is f for m, f in zip(members, order, strict=True) if _agrees(values[m.figure_id], f)]
            return len(agreeing), sum(agreeing)

        # The first of the best; the very first is the seed's own order.
        best = max(permutations([*members, *others], len(members)), key=fit)
        printed |= {member.figure_id: figure for member, figure in zip(members, best, strict=True)}
    return printed


def summary(reconciliation: pd.DataFrame) -> dict[str, int]:
    """Number of figures by status, every status named, in the order of `STATUSES`."""
    counts = reconciliation["status"].value_counts()
    return {status: int(counts.get(status, 0)) for status in STATUSES}


def describe_differs(reconciliation: pd.DataFrame) -> list[str]:
    """One line for each figure that differs: what is printed where, what was computed and from what."""
    differing = reconciliation[reconciliation["status"] == DIFFERS]
    return [
        f"{row['figure_id']} ({row['source_document']}, {row['location']}): printed {_printed_en(row)}, "
        f"computed {row['computed_value']:.6g}, agrees {_range_en(row)}; from {row['computed_from']}"
        f"{'' if pd.isna(row['explanation']) else '. ' + row['explanation']}"
        for row in differing.to_dict("records")
    ]


def _judge(
    figure: Figure,
    terms: Sequence[Term],
    explanation: Explanation | None,
    cells: Mapping[Term, _Cell],
    value: float | None,
) -> _Verdict:
    if not terms:
        if explanation is None or not explanation.carried_from:
            return _Verdict(NOT_COMPUTED, said=lambda language: language.no_terms)
        return _Verdict(
            CARRIED,
            figure.published_value,
            explanation.told,
            explanation.reason_class,
            computed_from=explanation.carried_from,
        )
    found = {term: cells[term] for term in terms}
    missing = list(dict.fromkeys(cell.missing for cell in found.values() if cell.missing))
    if value is None:
        return _Verdict(
            NOT_COMPUTED, said=lambda language: "; ".join(gap(language) for gap in missing) or language.no_denominator
        )
    status, reason = _compare(figure, value, explanation)
    if status in (EXACT, WITHIN_ROUNDING) and any(cell.is_carried for cell in found.values()):
        # A number made of several was not entered: that it agrees tests what print says of the others.
        status, reason = (CARRIED, _carried) if len(found) == 1 else (status, _from_carried)
    return _Verdict(
        status,
        value,
        reason,
        _reason_class(status, explanation),
        computed_from=_computed_from(terms),
        is_synthetic=any(cell.is_synthetic for cell in found.values()),
    )


def _reason_class(status: str, explanation: Explanation | None) -> str | None:
    """Of a computed figure. One that is carried has a cell that is."""
    if status == CARRIED:
        return TRANSCRIBED
    return explanation.reason_class if explanation and status == EXPLAINED else None


def _compare(figure: Figure, value: float, explanation: Explanation | None) -> tuple[str, Said | None]:
    """Status of a computed value, and the reason where it does not agree and one is known."""
    if _agrees(value, figure):
        is_printed_value = abs(value - figure.published_value) <= FLOAT_TOLERANCE
        return (EXACT if is_printed_value else WITHIN_ROUNDING), None
    if explanation is None or explanation.holds is None:
        return DIFFERS, None
    holds_from, holds_to = explanation.holds
    if holds_from <= value <= holds_to:
        return EXPLAINED, explanation.told
    return DIFFERS, lambda language: language.beyond_known.format(*map(language.plain, (holds_from, holds_to, value)))


def _carried(language: Language) -> str:
    return language.carried


def _from_carried(language: Language) -> str:
    return language.from_carried


def _agrees(value: float, figure: Figure) -> bool:
    low, high = agreement_interval(figure)
    return low <= value <= high


def _combine(terms: Sequence[Term], cells: Mapping[Term, _Cell]) -> float | None:
    """What the terms of a figure come to; None where a cell has no value, or a ratio nothing to divide by."""
    parts: dict[int, list[float]] = {}
    for term in sorted(terms, key=lambda term: term.part):
        value = cells[term].value
        if value is None:
            return None
        parts.setdefault(term.part, []).append(term.coefficient * value)
    return COMBINED[terms[0].combine]([math.fsum(part) for part in parts.values()])


def _computed_from(terms: Sequence[Term]) -> str:
    """The cells in seed order; what is not their sum says so."""
    cells = " ; ".join(dict.fromkeys(term.cell for term in terms))
    return cells if terms[0].combine == "sum" else f"{terms[0].combine}: {cells}"


def _set_told(figure: Figure, matched: Figure, figures: Sequence[Figure], verdict: _Verdict, language: Language) -> str:
    """The set, the number of it that the value was compared with where it is not its own, and the verdict's reason."""
    members = [f.published_value for f in figures if f.value_set == figure.value_set]
    said = language.is_set.format("; ".join(map(language.plain, members)))
    if matched is not figure:
        matches = language.matched if verdict.status in (EXACT, WITHIN_ROUNDING) else language.compared
        said = matches.format(said, language.plain(matched.published_value))
    return f"{said}. {verdict.said(language)}" if verdict.said else said


def _row(figure: Figure, matched: Figure, verdict: _Verdict, english: Language) -> dict[str, object]:
    """`matched` is the printed number that the value is compared with, another one of the set perhaps."""
    computed = verdict.computed_value
    low, high = agreement_interval(matched)
    return {
        "figure_id": figure.figure_id,
        "source_document": figure.source_document,
        "location": figure.location,
        "measure_nb": figure.measure_nb,
        "period": figure.period,
        "published_value": figure.published_value,
        "published_precision": figure.published_precision,
        "bound": figure.bound or None,
        "tolerance": figure.tolerance,
        "unit": figure.unit,
        "agrees_from": _limit(low),
        "agrees_to": _limit(high),
        "computed_value": computed,
        "difference": None if computed is None else computed - figure.published_value,
        "status": verdict.status,
        "explanation": verdict.said(NB) if verdict.said else None,
        "explanation_en": verdict.said(english) if verdict.said else None,
        "reason_class": verdict.reason_class,
        "computed_from": verdict.computed_from,
        "confirmed_by": None,  # what is delivered beside the answers says (confirm.py)
        "is_synthetic": verdict.is_synthetic,
    }


def _limit(value: float) -> float | None:
    """An end of the agreement interval as readers see it, without the allowance for arithmetic."""
    return None if math.isinf(value) else round(value, 6)


def _look_up(tables: Mapping[str, pd.DataFrame], terms: Iterable[Term]) -> dict[Term, _Cell]:
    lookups = {name: Lookup(table) for name, table in tables.items()}
    return {term: _cell(term, lookups.get(term.table_name)) for term in terms}


def _cell(term: Term, lookup: Lookup | None) -> _Cell:
    if lookup is None:
        return _missing(NO_TABLE, term.table_name)
    table = lookup.table
    positions, tested = lookup.rows(term.row_key)
    if len(positions) > 1:
        raise SeedError(
            f"{TERMS_SEED}.csv, {term.figure_id}: row_key {term.row_key_text!r} matches "
            f"{len(positions)} rows of {term.table_name}, it must name one"
        )
    if not len(positions):
        return _missing(NO_ROW, term.table_name, ";".join(tested))
    row = positions[0]
    value = table[term.column_name].iloc[row]
    if pd.isna(value):
        return _missing(SUPPRESSED, term.cell)
    whole_row = table.iloc[row]
    mark = IS_PREVIOUS_CARRIED if term.column_name.startswith("previous_") else IS_CARRIED
    return _Cell(float(value), marked(whole_row, IS_SYNTHETIC), marked(whole_row, mark))


def _missing(kind: str, *of: str) -> _Cell:
    return _Cell(None, is_synthetic=False, missing=Gap(kind, of))


def _printed_en(row: Mapping[str, object]) -> str:
    value = f"{row['published_value']:.{row['published_precision']}f} {row['unit']}"
    return value if pd.isna(row["bound"]) else f"{row['bound']} {value}"


def _range_en(row: Mapping[str, object]) -> str:
    low, high = row["agrees_from"], row["agrees_to"]
    if pd.isna(low):
        return f"below {high:g}"
    if pd.isna(high):
        return f"above {low:g}"
    return f"from {low:g} to {high:g}"
