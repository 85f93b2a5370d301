"""Every claim in words judged again: what docs/methods.md says of relations and noise, written a second time.

Not here: the project's own judge, which this must not lean on, and the cells' numbers, counted again by test_recount*.
"""

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise, product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm, spearmanr

ALPHA = 0.05
# Columns of numbers that have an error, and the column it stands in.
ERRORS = {
    ("survey_estimates", "estimate"): "std_error",
    ("survey_changes", "difference"): "std_error",
    ("itip_indicators", "value"): "std_error",
    ("itip_indicators", "change"): "change_std_error",
}
INTERVALS = {"std_error": ("ci_lower", "ci_upper"), "change_std_error": ("change_ci_lower", "change_ci_upper")}
FULL_COUNTS = ("non_response", "none")
ANYTHING = (-math.inf, math.inf)
ROUNDING = 1e-12
CARRIED = {"previous_value": "is_previous_carried"}
WHAT_IS_ASKED = ("survey", "population", "question_id", "statistic", "answer", "breakdown", "wave", "category")
PAIR = (*WHAT_IS_ASKED, "compared_wave", "compared_category")

Key = tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """A number or text, its standard error (0 for a constant, None for what has none), and where it stands.

    `bounds`: what its interval allows, of a number that a sample stands behind; None of any other.
    """

    value: float | str
    error: float | None = None
    bounds: tuple[float, float] | None = None
    asked: Key | None = None
    is_carried: bool = False


@dataclass(frozen=True)
class Comparison:
    """Whether it goes the claimed way, and whether it may do so by chance."""

    is_met: bool
    by_chance: bool


@dataclass
class Part:
    a: list[Cell] = field(default_factory=list)
    b: list[Cell] = field(default_factory=list)


class MissingCellError(Exception):
    """A cell has no row, no value, or is suppressed."""


def as_text(column: pd.Series) -> pd.Series:
    """As a row key writes it; '' for what is missing."""
    if column.dtype == bool:
        return column.map({True: "true", False: "false"})
    if column.dtype == float:
        column = column.astype("Int64")
    return column.astype(object).where(column.notna(), "").astype(str)


class Published:
    """The published tables, in which cells are looked up by their row key."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self.tables = tables
        self.texts: dict[tuple[str, str], np.ndarray] = {}
        keys = zip(*(self.text("survey_changes", name) for name in PAIR), strict=True)
        self.tested: dict[Key, float] = dict(zip(keys, tables["survey_changes"]["p_value"], strict=True))

    def text(self, table: str, column: str) -> np.ndarray:
        if (table, column) not in self.texts:
            self.texts[table, column] = as_text(self.tables[table][column]).to_numpy()
        return self.texts[table, column]

    def rows(self, table: str, row_key: str) -> list[int]:
        """Their positions."""
        found = np.arange(len(self.tables[table]))
        # The question first: it leaves few rows to look through.
        for condition in sorted(row_key.split(";"), key=lambda condition: not condition.startswith("question_id=")):
            name, _, wanted = condition.partition("=")
            is_named = np.isin(self.text(table, name)[found], wanted.removeprefix("!").split("|"))
            found = found[~is_named if wanted.startswith("!") else is_named]
        return list(found)

    def cells(self, term: dict[str, str]) -> list[Cell]:
        """Those of a term, in the order of what they are about."""
        if term["value"]:
            return [constant(term["value"])]
        table, column = term["table_name"], term["column_name"]
        positions = self.rows(table, term["row_key"])
        if column != "estimate":
            return [cell(table, column, self.tables[table].iloc[position]) for position in positions]
        by_asked = [(self.asked(table, position), position) for position in positions]
        return [
            replace(cell(table, column, self.tables[table].iloc[position]), asked=asked)
            for asked, position in sorted(by_asked)
        ]

    def asked(self, table: str, position: int) -> Key:
        return tuple(self.text(table, name)[position] for name in WHAT_IS_ASKED)

    def p_of_survey(self, a: Cell, b: Cell) -> float | None:
        """What survey_changes says of two waves or two categories of one question; KeyError if it has no such pair."""
        assert a.asked and b.asked
        *asked_a, wave_a, category_a = a.asked
        *asked_b, wave_b, category_b = b.asked
        if asked_a != asked_b or (wave_a != wave_b and category_a != category_b):
            raise KeyError
        try:
            p = self.tested[(*asked_a, wave_a, category_a, wave_b, category_b)]
        except KeyError:
            p = self.tested[(*asked_a, wave_b, category_b, wave_a, category_a)]
        return None if math.isnan(p) else p


def constant(value: str) -> Cell:
    try:
        return Cell(float(value), 0.0)
    except ValueError:
        return Cell(value, 0.0)


def cell(table: str, column: str, row: pd.Series) -> Cell:
    value = row[column]
    if is_true(row.get("is_suppressed")) or pd.isna(value):
        raise MissingCellError(column)
    if isinstance(value, bool | np.bool_):
        value = "true" if value else "false"
    is_carried = is_true(row.get(CARRIED.get(column, "is_carried")))
    known = Cell(value if isinstance(value, str) else float(value), is_carried=is_carried)
    named = ERRORS.get((table, column), "")
    if named not in row or is_of_all(row):
        return known
    low, high = (float(row[end]) for end in INTERVALS[named])
    bounds = ANYTHING if math.isnan(low) or math.isnan(high) else (low, high)
    return replace(known, error=float(row[named]) if row[named] > 0 else None, bounds=bounds)


def is_of_all(row: pd.Series) -> bool:
    """Whether all were asked; a median of them has no kind of error."""
    kind = row.get("std_error_kind", "")
    return not isinstance(kind, str) or kind in FULL_COUNTS or row.get("no_test_reason") == "full_count"


def is_true(value: object) -> bool:
    return isinstance(value, bool | np.bool_) and bool(value)


def total(cells: list[Cell]) -> Cell:
    """The sum of cells that are independent of each other."""
    errors = [cell.error for cell in cells]
    return Cell(
        sum(float(cell.value) for cell in cells),
        None if None in errors else math.hypot(*(error or 0.0 for error in errors)),
        ANYTHING if any(cell.bounds for cell in cells) else None,
        is_carried=any(cell.is_carried for cell in cells),
    )


def times(cell: Cell, coefficient: str) -> Cell:
    if not coefficient:
        return cell
    factor = float(coefficient)
    error = None if cell.error is None else abs(factor) * cell.error
    ends = [factor * end for end in cell.bounds or ()]
    bounds = (min(ends), max(ends)) if ends else None
    return Cell(factor * float(cell.value), error, bounds, is_carried=cell.is_carried)


def parts_of(terms: list[dict[str, str]], published: Published, needs_rows: bool) -> list[Part]:
    parts: dict[int, Part] = {}
    summed: dict[tuple[int, str], list[Cell]] = {}
    for term in terms:
        part = parts.setdefault(int(term["part"]), Part())
        found = [times(cell, term["coefficient"]) for cell in published.cells(term)]
        if not found and needs_rows:
            raise MissingCellError(term["row_key"])
        if term["side"].startswith("sum_"):
            summed.setdefault((int(term["part"]), term["side"][-1]), []).extend(found)
        else:
            getattr(part, term["side"]).extend(found)
    for (number, side), cells in summed.items():
        getattr(parts[number], side).append(total(cells))
    return [parts[number] for number in sorted(parts)]


def p_value(a: Cell, b: Cell, published: Published, tolerance: float | None) -> float | None:
    """Of a difference, or of how far from its tolerance it is, where it has one; None where a cell has no error."""
    if a.error is None or b.error is None:
        return None
    if a.asked and b.asked:
        try:
            p = published.p_of_survey(a, b)
        except KeyError:
            pass
        else:
            if p is None or tolerance is None:
                return p
    error = math.sqrt(a.error**2 + b.error**2 + exclusive(a, b))
    difference = abs(float(a.value) - float(b.value))
    if tolerance is None:
        return float(2 * norm.sf(difference / error))
    return float(norm.sf(abs(difference - tolerance) / error))


def compare(a: Cell, b: Cell, published: Published, *, is_met: bool, tolerance: float | None = None) -> Comparison:
    """Where a sample stands behind a side, chance may; if there is no p, unless the intervals rule it out."""
    if a.bounds is None and b.bounds is None:
        return Comparison(is_met, by_chance=False)
    p = p_value(a, b, published, tolerance)
    if p is not None:
        return Comparison(is_met, p > ALPHA)
    (low_a, high_a), (low_b, high_b) = (cell.bounds or (float(cell.value), float(cell.value)) for cell in (a, b))
    least, most, room = low_a - high_b, high_a - low_b, tolerance or 0.0
    if tolerance is not None and is_met:
        return Comparison(is_met, max(-least, most) > room)
    return Comparison(is_met, -room <= most and least <= room)


def exclusive(a: Cell, b: Cell) -> float:
    """What is added to the variance of a difference between two answers to one question."""
    if not a.asked or not b.asked:
        return 0.0
    answer = WHAT_IS_ASKED.index("answer")
    differing = [position for position, pair in enumerate(zip(a.asked, b.asked, strict=True)) if len(set(pair)) == 2]
    if differing != [answer]:
        return 0.0
    odds = [float(cell.value) / (1 - float(cell.value)) for cell in (a, b)]
    return 2 * math.sqrt(odds[0] * odds[1]) * (a.error or 0.0) * (b.error or 0.0)


Parts = list[Part]
Pairs = Iterator[tuple[Cell, Cell]]


def sides(parts: Parts) -> Pairs:
    for part in parts:
        yield from product(part.a, part.b)


def steps(parts: Parts) -> Pairs:
    """(later, earlier)."""
    for before, after in pairwise(parts):
        yield from product(after.a, before.a)


def within_part(parts: Parts) -> Pairs:
    for part in parts:
        yield from combinations(part.a, 2)


def more(a: float, b: float) -> bool:
    return a > b


def less(a: float, b: float) -> bool:
    return a < b


def not_more(a: float, b: float) -> bool:
    return a <= b


# Relations that ask something of every pair: which pairs, and what.
PAIRWISE: dict[str, tuple[Callable[[Parts], Pairs], Callable[[float, float], bool]]] = {
    "above": (sides, more),
    "largest": (sides, more),
    "smallest": (sides, less),
    "not_above": (sides, not_more),
    "rises": (steps, more),
    "falls": (steps, less),
}
ALIKE: dict[str, Callable[[Parts], Pairs]] = {"equal": sides, "independent": within_part}


def comparisons(relation: str, amount: float, parts: Parts, published: Published) -> list[Comparison]:
    if relation in PAIRWISE:
        pairs, is_met = PAIRWISE[relation]
        return [compare(a, b, published, is_met=is_met(a.value, b.value)) for a, b in pairs(parts)]
    found = []
    for a, b in ALIKE[relation](parts):
        is_alike = abs(float(a.value) - float(b.value)) <= amount + ROUNDING
        found.append(compare(a, b, published, is_met=is_alike, tolerance=amount))
    return found


def verdict(compared: Iterable[Comparison]) -> str:
    compared = list(compared)
    against = [one for one in compared if not one.is_met]
    if against:
        return "contradicted_within_noise" if all(one.by_chance for one in against) else "contradicted"
    return "holds_within_noise" if any(one.by_chance for one in compared) else "holds"


def of_most(parts: Parts, share: float, published: Published) -> str:
    """The status of a claim about most parts: would it be the same, if what may be chance had gone the other way?"""
    compared = comparisons("above", 0.0, parts, published)
    for_it = sum(one.is_met for one in compared)
    beyond = [one for one in compared if not one.by_chance]
    most, status = share * len(compared), "holds" if for_it > share * len(compared) else "contradicted"
    least = sum(one.is_met for one in beyond)
    is_sure = least > most if status == "holds" else least + len(compared) - len(beyond) <= most
    return status if is_sure else f"{status}_within_noise"


def n_above(parts: Parts) -> list[bool]:
    return [all(a.value > b.value for a, b in product(part.a, part.b)) for part in parts]


def place(cell: Cell, part: Part, *, from_top: bool) -> int:
    others = [float(other.value) for other in (*part.a, *part.b)]
    return 1 + sum(other > cell.value if from_top else other < cell.value for other in others)


def is_among(parts: Parts, amount: float, *, from_top: bool) -> bool:
    return all(place(cell, part, from_top=from_top) <= amount for part in parts for cell in part.a)


def is_one_of_few(parts: Parts, amount: float) -> bool:
    is_above = n_above(parts)
    return not is_above[0] and is_above.count(False) <= amount


def lies_within(parts: Parts, amount: float) -> bool:
    (part,) = parts
    low, high = sorted(float(limit.value) for limit in part.b)
    inside = [low <= abs(float(cell.value)) <= high for cell in part.a]
    return sum(inside) / len(inside) >= amount


def correlates(parts: Parts, amount: float | None) -> bool:
    a = [cell.value for part in parts for cell in part.a]
    b = [cell.value for part in parts for cell in part.b]
    rank_correlation = spearmanr(a, b).statistic
    return bool(rank_correlation > 0 if amount is None else rank_correlation >= amount)


def is_only_in(parts: Parts) -> bool:
    return all(a.value > 0 for part in parts for a in part.a) and all(b.value == 0 for part in parts for b in part.b)


def reads(parts: Parts) -> bool:
    return all(a.value in {b.value for b in part.b} for part in parts for a in part.a)


def holds(relation: str, amount: float | None, parts: Parts) -> bool:
    """Of relations that are about the parts or the cells together: by sign alone."""
    return {
        "one_of_few": lambda: is_one_of_few(parts, amount),
        "among_largest": lambda: is_among(parts, amount, from_top=True),
        "among_smallest": lambda: is_among(parts, amount, from_top=False),
        "within": lambda: lies_within(parts, amount),
        "correlates": lambda: correlates(parts, amount),
        "only_in": lambda: is_only_in(parts),
        "reads": lambda: reads(parts),
    }[relation]()


def judged(statement: dict[str, str], terms: list[dict[str, str]], published: Published) -> str:
    """The status of a claim."""
    relation, amount = statement["relation"], float(statement["amount"]) if statement["amount"] else None
    if statement["known"] == "not_computable" or not terms:
        return "carried" if statement["known"] == "carried" else "not_computable"
    try:
        parts = parts_of(terms, published, needs_rows=relation != "only_in")
    except MissingCellError:
        return "not_computable"
    if relation in PAIRWISE or relation in ALIKE:
        status = verdict(comparisons(relation, amount or 0.0, parts, published))
    elif relation == "mostly_above":
        status = of_most(parts, 0.5 if amount is None else amount, published)
    else:
        status = "holds" if holds(relation, amount, parts) else "contradicted"
    if status.startswith("contradicted"):
        return "explained" if statement["known"] == "explained" else status
    is_carried = any(cell.is_carried for part in parts for cell in (*part.a, *part.b))
    return "carried" if is_carried or statement["known"] == "carried" else status


def every_claim(project: Path, tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """{statement_id: status} of all rows of the seed."""
    published = Published(tables)
    statements, terms = (seed(project, name) for name in ("statement", "statement_term"))
    of_statement: dict[str, list[dict[str, str]]] = {}
    for term in terms:
        of_statement.setdefault(term["statement_id"], []).append(term)
    return {
        row["statement_id"]: judged(row, of_statement.get(row["statement_id"], []), published) for row in statements
    }


def seed(project: Path, name: str) -> list[dict[str, str]]:
    with (project / "seeds" / "published" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
