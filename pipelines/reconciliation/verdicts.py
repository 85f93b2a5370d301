"""Whether what the publications claim in words is so in the project's own tables, statement by statement.

Not here: the statements (statements.py, seeds), what a relation means (relations.py) and noise (noise.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from pipelines.common.seeds import SeedError
from pipelines.reconciliation.language import EN, NB, Language, Said
from pipelines.reconciliation.noise import NO_NOISE, Noise, Tested, is_broken, noise_of
from pipelines.reconciliation.pairs import Cell, Pair
from pipelines.reconciliation.relations import Found, Measured, Part, Read, n_above
from pipelines.reconciliation.statement_cells import cells_of
from pipelines.reconciliation.statement_rows import Known, Tables, tables_of
from pipelines.reconciliation.statements import CARRIED, EXPLAINED, NOT_COMPUTABLE, STATEMENT_TERMS_SEED, Statement
from pipelines.reconciliation.words import counted_told, measured_told, pair_told, reads_told

HOLDS = "holds"
HOLDS_WITHIN_NOISE = "holds_within_noise"
CONTRADICTED_WITHIN_NOISE = "contradicted_within_noise"
CONTRADICTED = "contradicted"
STATUSES = (HOLDS, HOLDS_WITHIN_NOISE, CONTRADICTED_WITHIN_NOISE, CONTRADICTED, EXPLAINED, CARRIED, NOT_COMPUTABLE)


@dataclass(frozen=True)
class _Verdict:
    """What is said of one statement. The numbers are those of the weakest pair, in the unit of its cells."""

    status: str
    said: Said
    value_a: float | None = None
    value_b: float | None = None
    noise: Noise = NO_NOISE

    @property
    def difference(self) -> float | None:
        return None if self.value_a is None or self.value_b is None else self.value_a - self.value_b


def reconcile_statements(
    frames: Mapping[str, pd.DataFrame], statements: Sequence[Statement], known: Known, english: Language = EN
) -> pd.DataFrame:
    """One row per statement, in the order given, with the columns of the contract statement_reconciliation.

    `frames` are the published tables by name; `known` is what the seeds say of respondents, `english` how labels are
    translated. A cell that is missing makes its statement `not_computable`. Raises SeedError naming a statement whose
    cells do not fit its relation.
    """
    tables = tables_of(frames, statements, known)
    return pd.DataFrame([_row(statement, tables, english) for statement in statements])


def summary(reconciliation: pd.DataFrame) -> dict[str, int]:
    """Number of statements by status, every status named, in the order of `STATUSES`."""
    counts = reconciliation["status"].value_counts()
    return {status: int(counts.get(status, 0)) for status in STATUSES}


def describe_contradicted(reconciliation: pd.DataFrame) -> list[str]:
    """One line for each statement that is contradicted: what is claimed where, and what the tables say."""
    contradicted = reconciliation[reconciliation["status"] == CONTRADICTED]
    return [
        f"{row['statement_id']} ({row['source_document']}, {row['location']}): {row['statement_nb']} "
        f"[{row['relation']}] {row['explanation']}"
        for row in contradicted.to_dict("records")
    ]


def _row(statement: Statement, tables: Tables, english: Language) -> dict[str, object]:
    cells = cells_of(statement, tables)
    found = [cell for part in cells.parts for cell in (*part.a, *part.b)]
    if statement.terms and not cells.missing:
        verdict = _named(statement, _judge(statement, cells.parts, tables.tested), found)
    elif statement.terms:
        verdict = _Verdict(NOT_COMPUTABLE, lambda language: "; ".join(gap(language) for gap in cells.missing))
    else:
        verdict = _Verdict(statement.known, lambda language: language.label(statement.known_nb))
    return {
        "statement_id": statement.statement_id,
        "source_document": statement.source_document,
        "location": statement.location,
        "statement_nb": statement.statement_nb,
        "relation": statement.relation.name,
        "amount": statement.amount,
        "hedge": statement.hedge or None,
        "status": verdict.status,
        "value_a": verdict.value_a,
        "value_b": verdict.value_b,
        "difference": verdict.difference,
        "std_error": verdict.noise.std_error,
        "p_value": verdict.noise.p_value,
        "explanation": verdict.said(NB),
        "explanation_en": verdict.said(english),
        "computed_from": _computed_from(statement),
        "is_sample_target": statement.is_sample_target,
        "is_synthetic": any(cell.is_synthetic for cell in found),
    }


def _apply(statement: Statement, parts: Sequence[Part]) -> Found:
    try:
        return statement.relation.rule(parts, statement.amount)
    except ValueError as error:
        raise SeedError(f"{STATEMENT_TERMS_SEED}.csv, {statement.statement_id}: {error}") from None


def _judge(statement: Statement, parts: Sequence[Part], tested: Tested) -> _Verdict:
    """The verdict of the cells alone, whatever is known beforehand."""
    found = _apply(statement, parts)
    match found:
        case []:
            return _Verdict(HOLDS, lambda language: language.nothing)
        case [Pair() as first, *_]:
            verdict = _of_pairs([pair for pair in found if isinstance(pair, Pair)], tested)
            return _counted(statement, verdict, first, parts, tested) if statement.relation.is_of_parts else verdict
        case [Measured() as measured]:
            said = partial(measured_told, relation=statement.relation.name, measured=measured)
            return _Verdict(HOLDS if measured.holds else CONTRADICTED, said, measured.value, measured.limit)
        case _:
            reads = [read for read in found if isinstance(read, Read)]
            return _Verdict(
                HOLDS if all(read.holds for read in reads) else CONTRADICTED, partial(reads_told, reads=reads)
            )


def _of_pairs(pairs: Sequence[Pair], tested: Tested) -> _Verdict:
    judged = [(pair, noise_of(pair, tested)) for pair in pairs]
    wrong = [(pair, noise) for pair, noise in judged if not pair.holds]
    pair, noise = min(wrong or judged, key=lambda one: _strength(one[0], one[1], bool(wrong)))
    if wrong:
        status = CONTRADICTED_WITHIN_NOISE if all(noise.is_all for _, noise in wrong) else CONTRADICTED
    else:
        status = HOLDS_WITHIN_NOISE if noise.is_all else HOLDS
    return _Verdict(status, _pair_said(pair, pairs, tested), pair.a.number, pair.b.number, noise)


def _strength(pair: Pair, noise: Noise, is_wrong: bool) -> tuple[bool, bool, float]:
    """What the weakest pair has least of: sureness (of those that contradict: doubt), and the margin, in standard
    errors where there are any. Margins without an error are of another unit, and come last."""
    margin = pair.margin / noise.std_error if noise.std_error else pair.margin
    return noise.is_all is is_wrong, not noise.std_error, margin


def _counted(statement: Statement, verdict: _Verdict, first: Pair, parts: Sequence[Part], tested: Tested) -> _Verdict:
    """The verdict on how many parts hold: it tells the part that decides, or that is named, and the count."""
    told = _pair_said(first, [first], tested)
    relation, above = statement.relation.name, n_above(parts)

    def said(language: Language) -> str:
        return f"{told(language)}; {counted_told(language, relation, above, len(parts), statement.amount)}"

    return replace(verdict, said=said)


def _pair_said(pair: Pair, pairs: Sequence[Pair], tested: Tested) -> Said:
    """One pair of all, and that a break in the series goes through any of them."""
    noise = noise_of(pair, tested)
    is_across_break = any(is_broken(each, tested) for each in pairs)

    def said(language: Language) -> str:
        return pair_told(language, pair, noise, len(pairs) > 1) + (language.broken if is_across_break else "")

    return said


def _named(statement: Statement, verdict: _Verdict, cells: Sequence[Cell]) -> _Verdict:
    """The verdict with what is known beforehand: why it cannot hold, and that agreement is no check."""
    is_contradicted = verdict.status in (CONTRADICTED, CONTRADICTED_WITHIN_NOISE)

    def known(language: Language) -> str:
        return language.label(statement.known_nb) or language.carried

    if statement.known == EXPLAINED and is_contradicted:
        return _renamed(verdict, EXPLAINED, known)
    if is_contradicted or not (statement.known == CARRIED or any(cell.is_carried for cell in cells)):
        return verdict
    return _renamed(verdict, CARRIED, known)


def _renamed(verdict: _Verdict, status: str, why: Said) -> _Verdict:
    return replace(
        verdict, status=status, said=lambda language: f"{why(language).rstrip('.')}. {verdict.said(language)}"
    )


def _computed_from(statement: Statement) -> str | None:
    """The cells of side a, then those of side b, in the order of the seed."""
    sides = [" ; ".join(dict.fromkeys(t.cells for t in statement.terms if t.is_of_a is is_a)) for is_a in (True, False)]
    return " | ".join(f"{name}: {side}" for name, side in zip("ab", sides, strict=True) if side) or None
