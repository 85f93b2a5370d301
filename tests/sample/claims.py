"""What the publications claim in words, as targets beside their figures: limits on differences of cells.

Not here: which claims there are (seeds/published) and what their relations mean (docs/methods.md). Only those that the
sample may be made to agree with are targets (Statement.is_sample_target).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import floor, inf

from pipelines.common.row_key import Condition
from pipelines.common.seeds import read_seed
from pipelines.reconciliation.statements import Statement, StatementTerm, load_statements
from tests.sample.codebook import frames
from tests.sample.targets import Cell, Target, indicator_cells, read_cell
from tests.sample.units import Unit

# How far a claim holds beyond its limit, in the unit of its cells.
MARGINS = {"share": 0.01, "count": 1.0, "mean": 0.02, "median": 0.5}
# Kommuner of another division are scored after they are joined: there, the sample's own cells only come near.
OF_JOINED = 0.05
EXACT = 1e-9
DECIDED = {"survey_estimates", "survey_changes", "indicator_distributions", "fylke_indicators", "kommune_indicators",
           "itip_indicators"}  # fmt: skip
Key = Mapping[str, str]


@dataclass(frozen=True)
class Sum:
    """Factors times cells, and a constant."""

    cells: tuple[tuple[float, Cell], ...] = ()
    constant: float = 0.0

    def times(self, factor: float) -> "Sum":
        return Sum(tuple((factor * f, cell) for f, cell in self.cells), factor * self.constant)

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.cells + other.cells, self.constant + other.constant)

    def __sub__(self, other: "Sum") -> "Sum":
        return self + other.times(-1.0)

    @property
    def margin(self) -> float:
        if any("@" in cell.breakdown for _, cell in self.cells):
            return OF_JOINED
        return max(MARGINS[cell.statistic] for _, cell in self.cells)


@dataclass(frozen=True)
class Part:
    """The sums of either side of a part."""

    a: tuple[Sum, ...]
    b: tuple[Sum, ...]

    def above(self) -> list[Sum]:
        """What each of a is more than each of b."""
        return [a - b for a, b in product(self.a, self.b)]


def claimed_targets(survey: str, waves: Sequence[int], units: Sequence[Unit]) -> list[Target]:
    """Every claim that a recount of these waves decides, of those that the sample is made to agree with.

    Cells that no unit belongs to have no row in a table, and are left out here too. Raises ValueError where a claim is
    of a kind unknown here.
    """
    targets: list[Target] = []
    for statement in load_statements():
        # Where the publication is known to contradict itself, or a number is carried, there is nothing to aim at.
        if statement.is_sample_target and not statement.known:
            parts = _parts(statement, survey, waves, units)
            targets += RULES[statement.relation.name](statement, parts) if parts else []
    return targets


def _parts(statement: Statement, survey: str, waves: Sequence[int], units: Sequence[Unit]) -> list[Part]:
    """The parts of a claim; none when units of these waves do not decide it."""
    sides: dict[tuple[int, bool], list[Sum]] = {}
    for term in statement.terms:
        side = sides.setdefault((term.part, term.is_of_a), [])
        sums = _sums(term, survey, waves, units)
        if sums is None:
            return []
        side += sums
        if term.is_summed and side:
            side[:] = [sum(side, Sum())]
    numbers = dict.fromkeys(number for number, _ in sides)
    return [Part(*(tuple(sides.get((number, is_a), ())) for is_a in (True, False))) for number in numbers]


def _sums(term: StatementTerm, survey: str, waves: Sequence[int], units: Sequence[Unit]) -> list[Sum] | None:
    if term.value:
        return [Sum((), term.coefficient * float(term.value))] if _is_number(term.value) else None
    asked = next((c.wanted for c in term.pattern if c.column == "survey"), (survey,))
    if term.table_name not in DECIDED or asked != (survey,):
        return None
    keys = list(_keys(term.pattern, survey, units))
    if any(int(key["wave"]) not in waves for key in keys):
        return None
    read = [_read(term, key, survey, waves) for key in keys]
    if None in read:
        return None
    found = [one for one in read if one and all(any(map(cell.is_of, units)) for _, cell in one.cells)]
    if read and not found:
        raise ValueError(f"sample: {term.statement_id}: no unit is in {term.cells}")
    return [one.times(term.coefficient) for one in found]


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).removeprefix("-").isdigit()


def _keys(pattern: Sequence[Condition], survey: str, units: Sequence[Unit]) -> Iterator[dict[str, str]]:
    """The row keys that a pattern may name."""
    named = {condition.column: condition.wanted[0] for condition in pattern}
    wanted = [
        _others(condition, named, survey, units) if condition.is_excluding else condition.wanted
        for condition in pattern
    ]
    for values in product(*wanted):
        yield dict(zip((condition.column for condition in pattern), values, strict=True))


def _others(condition: Condition, named: Key, survey: str, units: Sequence[Unit]) -> list[str]:
    """The values of a column but those that a pattern excludes: categories of its breakdown."""
    if condition.column == "category":
        known = [
            r["category"]
            for r in read_seed("category")
            if (r["survey"], r["breakdown"]) == (survey, named["breakdown"])
        ]
    elif condition.column == "fylkesnr":
        of = _fylke(named)
        known = sorted({unit.attributes[of] for unit in units if of in unit.attributes})
    else:
        raise ValueError(f"sample: {condition} names nothing that is listed")
    return [value for value in dict.fromkeys(known) if value not in condition.wanted]


def _fylke(key: Key) -> str:
    """The breakdown by fylke of a division: of the wave's own, or of a later one."""
    return "fylke" if key["division_year"] == key["wave"] else f"fylke@{key['division_year']}"


def _read(term: StatementTerm, key: Key, survey: str, waves: Sequence[int]) -> Sum | None:
    """The cells of one row; None when units of these waves do not decide them."""
    table, column = term.table_name, term.column_name
    if table == "itip_indicators" and column == "value":
        return _of_composite(key, survey)
    if table == "survey_changes" and column == "difference":
        return _of_change(key, survey, waves)
    if table == "fylke_indicators":
        return _of_score(key, column, _fylke(key), key["fylkesnr"])
    if table == "kommune_indicators" and column == "score":
        return _of_score({**key, "score": ""}, "mean_score", "kommunenr", key["kommunenr"])
    return _one(_estimate(table, column, key, survey, waves))


def _one(cell: Cell | None) -> Sum | None:
    return Sum(((1.0, cell),)) if cell else None


def _estimate(table: str, column: str, key: Key, survey: str, waves: Sequence[int]) -> Cell | None:
    """The cell of an estimate. A breakdown by an answer is a base of those who give it."""
    key = {"statistic": "share", "breakdown": "all", "category": "all", **key}
    by = next((r for r in _breakdowns(survey) if r["breakdown"] == key["breakdown"]), None)
    if table != "survey_estimates" or by is None or by["source_column"] not in frames(survey, int(key["wave"])):
        return read_cell(table, column, key, survey, waves)
    cell = read_cell(table, column, {**key, "breakdown": "all", "category": "all"}, survey, waves)
    if cell is None:
        return None
    codes = [
        (by["source_column"], int(r["source_from"]), int(r["source_to"]))
        for r in read_seed("category")
        if (r["survey"], r["breakdown"], r["category"]) == (survey, key["breakdown"], key["category"])
    ]
    return cell.within(tuple(codes))


def _breakdowns(survey: str) -> list[dict[str, str]]:
    return [r for r in read_seed("breakdown") if r["survey"] == survey]


def _of_change(key: Key, survey: str, waves: Sequence[int]) -> Sum | None:
    """A difference between two waves, or two categories, is one of two estimates."""
    now = dict(key)
    compared = {"wave": now.pop("compared_wave", key["wave"]), "category": now.pop("compared_category", None)}
    before = now | {name: value for name, value in compared.items() if value is not None}
    ends = [_one(_estimate("survey_estimates", "estimate", end, survey, waves)) for end in (now, before)]
    return None if None in ends else ends[0] - ends[1]


def _of_composite(key: Key, survey: str) -> Sum | None:
    by = {name: key[name] for name in ("sektor", "kommunestorrelse") if key.get(name, "all") != "all"}
    ((breakdown, category),) = by.items() or [("all", "all")]
    cells, constant = indicator_cells(key["indicator"], int(key["wave"]), survey, breakdown, category)
    return Sum(tuple(cells), constant) if cells else None


def _of_score(key: Key, column: str, breakdown: str, category: str) -> Sum | None:
    """How many kommuner of a place have a score, their share, or their mean score."""
    statistic = {"share": "share", "n_kommuner": "count", "mean_score": "mean"}[column]
    is_mean = statistic == "mean"
    codes = (-inf, inf) if is_mean else (int(key["score"]), int(key["score"]))
    worth = tuple((score, float(score)) for score in range(5)) if is_mean else ()
    return _one(Cell(int(key["wave"]), (), breakdown, category, "", codes, key["indicator"], statistic, worth))


# --- relations, as limits ----------------------------------------------------------------------------------

Rule = Callable[[Statement, Sequence[Part]], Iterator[Target]]


def _within(statement: Statement, low: float, high: float, of: Sum) -> Iterator[Target]:
    if of.cells:
        yield Target(statement.statement_id, low, high, (of.cells,), constant=of.constant)


def _at_least(statement: Statement, sums: Sequence[Sum], sign: float = 1.0) -> Iterator[Target]:
    for one in sums:
        yield from _within(statement, one.margin, inf, one.times(sign))


def _above(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    yield from _at_least(statement, [pair for part in parts for pair in part.above()])


def _below(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    yield from _at_least(statement, [pair for part in parts for pair in part.above()], -1.0)


def _not_above(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    for pair in (pair for part in parts for pair in part.above()):
        yield from _within(statement, -inf, 0.0, pair)


def _rises(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    yield from _above(statement, [Part(after.a, before.a) for before, after in pairwise(parts)])


def _falls(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    yield from _below(statement, [Part(after.a, before.a) for before, after in pairwise(parts)])


def _equal(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    tolerance = statement.amount or 0.0
    for pair in (pair for part in parts for pair in part.above()):
        yield from _within(statement, -tolerance, tolerance, pair)


def _independent(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    """No two further apart; either way round, as the tolerance is one of sizes."""
    for part in parts:
        for i, one in enumerate(part.a):
            yield from _equal(statement, [Part((one,), part.a[i + 1 :])])


def _among_largest(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    yield from _among(statement, parts, 1.0)


def _among_smallest(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    yield from _among(statement, parts, -1.0)


def _among(statement: Statement, parts: Sequence[Part], sign: float) -> Iterator[Target]:
    """Each of a beats all others but as many as may have the places before it."""
    place = int(statement.amount or 0)
    for part in parts:
        for i, one in enumerate(part.a):
            others = [(one - other).times(sign) for other in (*part.a[:i], *part.a[i + 1 :], *part.b)]
            yield from _most(statement, others, len(others) - (place - 1))


def _mostly_above(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    share = 0.5 if statement.amount is None else statement.amount
    yield from _most(statement, _one_pair_each(parts), floor(share * len(parts) + EXACT) + 1)


def _one_of_few(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    yield from _not_above(statement, parts[:1])
    yield from _most(statement, _one_pair_each(parts[1:]), len(parts) - int(statement.amount or 0))


def _one_pair_each(parts: Sequence[Part]) -> list[Sum]:
    return [pair for part in parts for (pair,) in [part.above()]]


def _most(statement: Statement, sums: Sequence[Sum], needed: int) -> Iterator[Target]:
    """At least `needed` of the sums are above 0."""
    if needed > 0:
        margin = min(one.margin for one in sums if one.cells)
        (constant,) = {one.constant for one in sums}
        cells = tuple(one.cells for one in sums)
        yield Target(statement.statement_id, margin, inf, cells, "most", constant, needed)


def _only_in(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    for part in parts:
        yield from _at_least(statement, part.a)
        for none in part.b:
            yield from _within(statement, 0.0, 0.0, none)


def _reads(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    """A number that is one of the constants: the first of them."""
    for part in parts:
        for one in part.a:
            yield from _within(statement, part.b[0].constant, part.b[0].constant, one)


def _correlates(statement: Statement, parts: Sequence[Part]) -> Iterator[Target]:
    """Of numbers that go up: the other side goes up with them."""
    steps = [b.constant for part in parts for b in part.b if not b.cells]
    if len(steps) < len(parts) or steps != sorted(steps):
        raise ValueError(f"sample: {statement.statement_id}: a correlation is solved for with numbers that go up")
    yield from _rises(statement, parts)


RULES: dict[str, Rule] = {
    "above": _above,
    "largest": _above,
    "smallest": _below,
    "not_above": _not_above,
    "rises": _rises,
    "falls": _falls,
    "equal": _equal,
    "independent": _independent,
    "among_largest": _among_largest,
    "among_smallest": _among_smallest,
    "mostly_above": _mostly_above,
    "one_of_few": _one_of_few,
    "only_in": _only_in,
    "reads": _reads,
    "correlates": _correlates,
}
