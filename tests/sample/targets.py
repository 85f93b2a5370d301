"""What the sample must show: published figures, read as cells that a unit does or does not belong to.

Not here: what is claimed in words (claims.py), solving (programme.py, stages.py), and the figures (seeds/published).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import fsum, inf
from statistics import median

from pipelines.common.seeds import read_seed
from pipelines.reconciliation.figures import Term, load_published, target_interval
from tests.sample.codebook import code_range, frames, scale_values
from tests.sample.units import INDICATORS, Unit

# Half-way values agree with print in both directions; the sample stays clear of them.
INWARD = 1e-6


@dataclass(frozen=True)
class Cell:
    """One cell of a table: the units in its base, and those of them that it counts."""

    wave: int
    base: tuple[tuple[str, int, int], ...]  # (question, code from, code to), one of them suffices; () = all
    breakdown: str
    category: str
    question: str  # '' when an indicator is counted
    codes: tuple[float, float]
    indicator: str = ""
    statistic: str = "share"  # share | count | median | mean
    worth: tuple[tuple[int, float], ...] = ()  # (code, value): a mean is of these codes, a share only counts them

    @cached_property
    def needs(self) -> frozenset[str]:
        """The questions that must be answered before the cell can be counted."""
        return self.base_needs | (_indicator_questions(self.indicator) if self.indicator else {self.question})

    @cached_property
    def base_needs(self) -> frozenset[str]:
        return frozenset(question for question, _, _ in self.base)

    def is_of(self, unit: Unit) -> bool:
        """Whether the unit is of the wave and the category."""
        return unit.wave == self.wave and unit.attributes.get(self.breakdown) == self.category

    def within(self, base: tuple[tuple[str, int, int], ...]) -> "Cell":
        """The same cell, of those who answer so. Raises ValueError when it is of some already."""
        if self.base:
            raise ValueError(f"the sample cannot be solved for {self.question} within two bases")
        return replace(self, base=base)

    def in_base(self, unit: Unit) -> bool:
        if not self.is_of(unit):
            return False
        return not self.base or any(
            unit.answers.get(question) is not None and low <= unit.answers[question] <= high
            for question, low, high in self.base
        )

    def value(self, unit: Unit) -> int | None:
        """What the unit shows here (code, count or score), None when it is not in the base."""
        if not self.in_base(unit):
            return None
        return unit.scores[self.indicator] if self.indicator else unit.answers.get(self.question)

    def counts(self, value: int) -> bool:
        return self.codes[0] <= value <= self.codes[1] and (not self.worth or value in dict(self.worth))

    def estimate(self, units: Iterable[Unit]) -> float:
        """The cell recounted from units: a fraction, a number, a median or a mean."""
        values = [value for value in map(self.value, units) if value is not None]
        if self.statistic == "mean":
            worth = [value for code, value in self.worth for _ in range(values.count(code))]
            return fsum(worth) / len(worth) if worth else 0.0
        counted = sum(map(self.counts, values))
        if self.statistic == "count":
            return counted
        if not values:
            return 0.0
        return median(values) if self.statistic == "median" else counted / len(values)


@dataclass(frozen=True)
class Target:
    """`low` to `high` (ends included) for the combination of parts; a part is a sum of coefficient x cell."""

    name: str
    low: float
    high: float
    parts: tuple[tuple[tuple[float, Cell], ...], ...]
    combine: str = "sum"  # min and max: the first, or the last, part attains it; most: `needed` parts lie so
    constant: float = 0.0  # added to every part
    needed: int = 0

    @cached_property
    def needs(self) -> frozenset[str]:
        return frozenset().union(*(cell.needs for part in self.parts for _, cell in part))

    def limits(self) -> list[tuple[tuple[tuple[float, Cell], ...], float, float]]:
        """The limits of every part, kept clear of half-way values."""
        # A point (0 to 0) has no inside to keep to, and no half-way values.
        inward = INWARD if self.low < self.high else 0.0
        low, high = self.low + inward - self.constant, self.high - inward - self.constant
        if self.combine == "min":
            return [(part, low, high if i == 0 else inf) for i, part in enumerate(self.parts)]
        if self.combine == "max":
            last = len(self.parts) - 1
            return [(part, low if i == last else -inf, high) for i, part in enumerate(self.parts)]
        return [(part, low, high) for part in self.parts]

    def value(self, units: Sequence[Unit]) -> float:
        """The target recounted from units."""
        parts = [self.constant + sum(factor * cell.estimate(units) for factor, cell in part) for part in self.parts]
        if self.combine == "most":
            return sorted(parts, reverse=True)[self.needed - 1]
        return {"sum": sum, "min": min, "max": max}[self.combine](parts)

    @property
    def n_needed(self) -> int:
        """How many parts have to lie within their limits."""
        return self.needed or len(self.parts)

    def holds(self, units: Sequence[Unit]) -> bool:
        return self.low <= self.value(units) <= self.high


def published_targets(survey: str, waves: Iterable[int]) -> list[Target]:
    """Every published figure that a recount of this survey's waves gives; explained ones where they hold."""
    published = load_published()
    terms: dict[str, list[Term]] = defaultdict(list)
    for term in published.terms:
        terms[term.figure_id].append(term)
    explanations = {explanation.figure_id: explanation for explanation in published.explanations}
    targets = []
    for figure in published.figures:
        parts: dict[int, list[tuple[float, Cell]]] = defaultdict(list)
        constant = 0.0
        for term in terms[figure.figure_id]:
            cells, added = _cells(term, survey, waves)
            if not cells:
                break
            # Parts that are added are one part.
            part = 1 if term.combine == "sum" else term.part
            parts[part] += [(term.coefficient * factor, cell) for factor, cell in cells]
            constant += term.coefficient * added
        else:
            if parts:
                low, high = target_interval(figure, explanations.get(figure.figure_id))
                combine, cells = terms[figure.figure_id][0].combine, tuple(map(tuple, parts.values()))
                targets.append(Target(figure.figure_id, low, high, cells, combine, constant))
    return targets


def _cells(term: Term, survey: str, waves: Sequence[int]) -> tuple[list[tuple[float, Cell]], float]:
    """(factor, cell) whose sum, with the constant, is the term's cell; none when these waves do not decide it."""
    key = dict(term.row_key)
    if term.table_name != "itip_indicators":
        cell = read_cell(term.table_name, term.column_name, key, survey, waves)
        return ([(1.0, cell)] if cell else []), 0.0
    if int(key["wave"]) not in waves or any(r["survey"] != survey for r in _composed(key["indicator"])):
        return [], 0.0
    cells, constant = indicator_cells(key["indicator"], int(key["wave"]), survey)
    if term.column_name == "change":
        earlier, taken = indicator_cells(key["indicator"], max(w for w in waves if w < int(key["wave"])), survey)
        cells, constant = cells + [(-factor, cell) for factor, cell in earlier], constant - taken
    return cells, constant


def _composed(indicator: str) -> list[dict[str, str]]:
    """The questions of an indicator of IT i praksis, each with `is_reversed`."""
    asked = {r["question_id"]: r for r in read_seed("question")}
    rows = [r for r in read_seed("composite_item") if r["composite"] == indicator]
    return [{**asked[r["question_id"]], "is_reversed": r["is_reversed"]} for r in rows]


def indicator_cells(
    indicator: str, wave: int, survey: str, breakdown: str = "all", category: str = "all"
) -> tuple[list[tuple[float, Cell]], float]:
    """The mean of the means of its questions in a wave, of those who answer: reversed is 6 minus."""
    asked = [r for r in _composed(indicator) if r["survey"] == survey and r["question_id"] in frames(survey, wave)]
    reversed_ = [r["is_reversed"] == "true" for r in asked]
    cells = [
        ((-1.0 if is_reversed else 1.0) / len(asked), mean_cell(survey, wave, r["question_id"], breakdown, category))
        for r, is_reversed in zip(asked, reversed_, strict=True)
    ]
    return cells, 6.0 * sum(reversed_) / (len(asked) or 1)


def mean_cell(survey: str, wave: int, question: str, breakdown: str, category: str) -> Cell:
    """The mean of a question on the harmonised scale, of those who answer it."""
    worth = tuple(scale_values(frames(survey, wave)[question]).items())
    return Cell(wave, (), breakdown, category, question, (-inf, inf), statistic="mean", worth=worth)


def read_cell(table: str, column: str, key: dict[str, str], survey: str, waves: Iterable[int]) -> Cell | None:
    """The cell that a term names; None when units of these waves do not decide it.

    Raises ValueError when the table is one that units decide, but the cell is of a kind unknown here.
    """
    if table not in ("survey_estimates", "indicator_distributions") or int(key["wave"]) not in waves:
        return None
    wave = int(key["wave"])
    if table == "indicator_distributions":
        score = int(key["score"])
        statistic = {"share": "share", "n_kommuner": "count"}.get(column)
        if statistic is None:
            raise ValueError(f"the sample cannot be solved for {table}.{column}")
        return Cell(wave, (), "all", "all", "", (score, score), key["indicator"], statistic)
    if key["survey"] != survey:
        return None
    if column == "n_selected":
        statistic = "count"
    elif column == "estimate" and key["statistic"] in ("share", "median"):
        statistic = key["statistic"]
    else:
        raise ValueError(f"the sample cannot be solved for {table}.{column} of {key['statistic']}")
    question = key["question_id"]
    codes = code_range(survey, wave, question, key["answer"]) if "answer" in key else (-inf, inf)
    return Cell(
        wave,
        _base(key["population"]),
        key["breakdown"],
        key["category"],
        question,
        codes,
        "",
        statistic,
        _counted(survey, wave, question, key.get("answer", "")),
    )


def _base(population: str) -> tuple[tuple[str, int, int], ...]:
    return tuple(
        (r["question_id"], int(r["code_from"]), int(r["code_to"]))
        for r in read_seed("population_rule")
        if r["population"] == population
    )


def _counted(survey: str, wave: int, question: str, answer: str) -> tuple[tuple[int, float], ...]:
    """The codes with the values that an answer group asks for, () where it asks for codes alone."""
    group = next(r["item_group"] for r in read_seed("question") if r["question_id"] == question)
    for r in read_seed("answer_group"):
        if (r["item_group"], r["answer"]) == (group, answer) and r["value_from"]:
            worth = scale_values(frames(survey, wave)[question]).items()
            return tuple((c, v) for c, v in worth if float(r["value_from"]) <= v <= float(r["value_to"]))
    return ()


def _indicator_questions(name: str) -> frozenset[str]:
    indicator = next(i for i in INDICATORS if i.name == name)
    inner = (_indicator_questions(i.name) for i in indicator.inputs if i.kind == "indicator")
    return frozenset(indicator.questions()).union(*inner)
