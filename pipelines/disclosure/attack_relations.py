"""What other tables say of cells of survey_estimates and survey_composites: sums of cells, each with a coefficient.

Only what speaks of a hidden cell is read. A table or a column that a release does not have says nothing.

Not here: what follows of the sums (attack_clues.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pandas as pd

from pipelines.common.row_key import parse_row_key
from pipelines.disclosure.attack_knowledge import Knowledge

Key = tuple[Any, ...]  # survey, wave, population, question_id, statistic, answer, breakdown, category

ESTIMATE, VARIANCE, N_ANSWERS, N_SELECTED = "estimate", "variance", "n_answers", "n_selected"
REVERSED = 6  # a negative question on 1-5 counts as 6 minus its mean
NORMAL = 1.959963984540054


@dataclass
class Relation:
    """The sum of coefficient x cell is value, for one column of the cells. A composite's key is (survey, wave, name,
    breakdown, category)."""

    table: str
    column: str
    terms: list[tuple[Key, float]]
    value: float


@dataclass
class Published:
    """Where relations are read: the connection, and the tables and columns that there are."""

    connection: duckdb.DuckDBPyConnection
    columns: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = self.connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'marts'"
        )
        for table, column in rows.fetchall():
            self.columns.setdefault(table, set()).add(column)

    def rows(self, table: str, columns: Iterable[str], where: str = "true") -> list[dict[str, Any]]:
        """The rows of a table, with these columns; one it does not have is None."""
        there = self.columns.get(table, set())
        if not there:
            return []
        names = list(columns)
        chosen = ", ".join(name if name in there else f"null as {name}" for name in names)
        found = self.connection.execute(f"select {chosen} from marts.{table} as t where {where}").fetchall()
        return [dict(zip(names, row, strict=True)) for row in found]


def relations(published: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """Every relation that a release's other tables give."""
    yield from _changes(published)
    yield from _progress(published)
    yield from _standardised(published, knowledge)
    yield from _composites(published, knowledge)
    yield from _indicators(published, knowledge)
    yield from _bridges(published, knowledge)
    yield from _scale_breaks(published)
    yield from _measures(published, knowledge)
    yield from _figures(published, knowledge)
    yield from _statements(published, knowledge)


def _given(table: str, column: str, terms: list[tuple[Key, float]], value: float | None) -> Iterator[Relation]:
    if value is not None and value == value:
        yield Relation(table, column, terms, float(value))


def _squared(value: float | None) -> float | None:
    return None if value is None else value**2


def _half_width(row: Mapping[str, Any], lower: str = "ci_lower", upper: str = "ci_upper") -> float | None:
    """The standard error that a normal interval shows."""
    if row[lower] is None or row[upper] is None:
        return None
    return float(row[upper] - row[lower]) / (2 * NORMAL)


SPEAKS_OF_HIDDEN = """
exists (
    from marts.survey_estimates as e
    where e.is_suppressed and e.survey = t.survey and e.population = t.population and e.question_id = t.question_id
        and e.statistic = t.statistic and e.answer is not distinct from t.answer and e.breakdown = t.breakdown
        and ((e.wave = t.wave and e.category = t.category)
            or (e.wave = t.compared_wave and e.category = t.compared_category))
)
and coalesce(t.estimate, t.compared_estimate, t.difference, t.std_error, t.ci_lower, t.p_value) is not null
"""
SERIES = ("survey", "population", "question_id", "statistic", "answer", "breakdown")


def _changes(published: Published) -> Iterator[Relation]:
    columns = [*SERIES, "wave", "category", "compared_wave", "compared_category"]
    columns += ["estimate", "compared_estimate", "difference", "std_error", "ci_lower", "ci_upper"]
    if not published.columns.get("survey_changes", set()) >= set(columns):
        return
    rows = published.rows("survey_changes", columns, SPEAKS_OF_HIDDEN)
    additive = _additive(published) if rows else set()
    for row in rows:
        this = _key(row, row["wave"], row["breakdown"], row["category"])
        other = _key(row, row["compared_wave"], row["breakdown"], row["compared_category"])
        shares_nobody = (
            row["wave"] != row["compared_wave"] or (row["survey"], row["wave"], row["breakdown"]) in additive
        )
        for relation in _difference("survey_changes", row, this, other):
            if relation.column != VARIANCE or shares_nobody:
                yield relation


def _additive(published: Published) -> set[Key]:
    """(survey, wave, breakdown) where the errors of two categories add up squared, in the rows that show all three."""
    return set(published.connection.execute(ADDITIVE).fetchall())


ADDITIVE = """
select c.survey, c.wave, c.breakdown
from marts.survey_changes as c
inner join marts.survey_estimates as a
    on c.survey = a.survey and c.wave = a.wave and c.population = a.population and c.question_id = a.question_id
        and c.statistic = a.statistic and c.answer is not distinct from a.answer and c.breakdown = a.breakdown
        and c.category = a.category
inner join marts.survey_estimates as b
    on c.survey = b.survey and c.wave = b.wave and c.population = b.population and c.question_id = b.question_id
        and c.statistic = b.statistic and c.answer is not distinct from b.answer and c.breakdown = b.breakdown
        and c.compared_category = b.category
where c.wave = c.compared_wave
group by all
having max(abs(c.std_error ** 2 - a.std_error ** 2 - b.std_error ** 2) / nullif(c.std_error, 0) ** 2) < 1e-9
"""


def _difference(table: str, row: Mapping[str, Any], this: Key, other: Key) -> Iterator[Relation]:
    """What a row with two sides says. The errors of two waves, or of two groups that share nobody, add up squared."""
    middle = None if row["ci_lower"] is None else (row["ci_lower"] + row["ci_upper"]) / 2
    error = row["std_error"] if row["std_error"] is not None else _half_width(row)
    yield from _given(table, ESTIMATE, [(this, 1)], row["estimate"])
    yield from _given(table, ESTIMATE, [(other, 1)], row["compared_estimate"])
    yield from _given(
        table, ESTIMATE, [(this, 1), (other, -1)], middle if row["difference"] is None else row["difference"]
    )
    yield from _given(table, VARIANCE, [(this, 1), (other, 1)], _squared(error))


def _key(row: Mapping[str, Any], wave: Any, breakdown: str = "all", category: str = "all") -> Key:
    return (
        row["survey"],
        wave,
        row["population"],
        row["question_id"],
        row["statistic"],
        row["answer"],
        breakdown,
        category,
    )


def _progress(published: Published) -> Iterator[Relation]:
    columns = [*SERIES[:-1], "wave", "previous_wave", "estimate", "change", "change_std_error"]
    for row in published.rows("survey_progress", columns):
        this, other = _key(row, row["wave"]), _key(row, row["previous_wave"])
        yield from _given("survey_progress", ESTIMATE, [(this, 1)], row["estimate"])
        yield from _given("survey_progress", ESTIMATE, [(this, 1), (other, -1)], row["change"])
        yield from _given("survey_progress", VARIANCE, [(this, 1), (other, 1)], _squared(row["change_std_error"]))


def _standardised(published: Published, knowledge: Knowledge) -> Iterator[Relation]:
    columns = [
        *SERIES[:-1],
        "wave",
        "previous_wave",
        "standard",
        "estimate",
        "plain_estimate",
        "plain_change",
        "n_answers",
    ]
    mixes = _mixes(published, knowledge)
    table = "survey_standardised"
    for row in published.rows(table, columns):
        this, other = _key(row, row["wave"]), _key(row, row["previous_wave"])
        yield from _given(table, ESTIMATE, [(this, 1)], row["plain_estimate"])
        yield from _given(table, ESTIMATE, [(this, 1), (other, -1)], row["plain_change"])
        mix = mixes.get((row["survey"], row["standard"], row["population"]), [])
        cells = [(_key(row, row["wave"], *cell), part) for cell, part in mix]
        if cells:
            yield from _given(table, ESTIMATE, cells, row["estimate"])
            yield from _given(table, N_ANSWERS, [(key, 1) for key, _ in cells], row["n_answers"])


def _mixes(published: Published, knowledge: Knowledge) -> dict[Key, list[tuple[Key, float]]]:
    """{(survey, standard, population): [(cell, its part of the respondents of the reference wave)]}, unweighted."""
    columns = ["survey", "wave", "population", "breakdown", "category", "n_respondents"]
    counts = {tuple(row.values())[:5]: row["n_respondents"] for row in published.rows("survey_composition", columns)}
    weighted = {row["survey"] for row in published.rows("weight_audit", ["survey"])}
    found: dict[Key, list[tuple[Key, float]]] = {}
    populations = {(survey, population) for survey, _, population, _, _ in counts if survey not in weighted}
    for (survey, standard), cells in knowledge.standards.groupby(["survey", "standard"]):
        wave, keys = cells["reference_wave"].iloc[0], list(zip(cells["breakdown"], cells["category"], strict=True))
        for population in (name for of_survey, name in populations if of_survey == survey):
            n = [counts.get((survey, wave, population, *key)) or 0 for key in keys]
            if all(n):
                found[survey, standard, population] = [(key, part / sum(n)) for key, part in zip(keys, n, strict=True)]
    return found


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
        yield from _given("survey_composites", ESTIMATE, [(own, 1)], row["estimate"])
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
    for row in published.rows(table, columns):
        this = by_name.get((row["indicator"], row["wave"], row["sektor"]))
        other = by_name.get((row["indicator"], row["previous_wave"], row["sektor"]))
        if this:
            yield from _given(table, ESTIMATE, [(this, 1)], row["value"])
        if other:
            yield from _given(table, ESTIMATE, [(other, 1)], row["previous_value"])
        if this and other:
            yield from _given(table, ESTIMATE, [(this, 1), (other, -1)], row["change"])


def _bridges(published: Published, knowledge: Knowledge) -> Iterator[Relation]:
    parts: dict[Key, list[tuple[str, float]]] = {}
    bridges = knowledge.bridges[["survey", "question_id", "wave", "source_question_id", "coefficient"]]
    for survey, question, wave, source, coefficient in bridges.itertuples(index=False):
        parts.setdefault((survey, question, wave), []).append((source, coefficient))
    columns = [*SERIES, "wave", "category", "estimate"]
    for row in published.rows("survey_bridges", columns):
        of_row = parts.get((row["survey"], row["question_id"], row["wave"]), [])
        terms = [
            (_key({**row, "question_id": source}, row["wave"], row["breakdown"], row["category"]), coefficient)
            for source, coefficient in of_row
        ]
        if terms:
            yield from _given("survey_bridges", ESTIMATE, terms, row["estimate"])


def _scale_breaks(published: Published) -> Iterator[Relation]:
    columns = [
        "survey",
        "question_id",
        "population",
        "wave",
        "previous_wave",
        "mean_linear",
        "mean_later",
        "change_linear",
    ]
    for row in published.rows("scale_break", columns):
        of_mean = {**row, "statistic": "mean", "answer": None}
        this, other = _key(of_mean, row["wave"]), _key(of_mean, row["previous_wave"])
        yield from _given("scale_break", ESTIMATE, [(other, 1)], row["mean_linear"])
        yield from _given("scale_break", ESTIMATE, [(this, 1)], row["mean_later"])
        yield from _given("scale_break", ESTIMATE, [(this, 1), (other, -1)], row["change_linear"])


def _measures(published: Published, knowledge: Knowledge) -> Iterator[Relation]:
    cells = {row["measure"]: row for row in knowledge.measures.to_dict("records")}
    columns = ["measure", "year", "value", "std_error", "n_answers", "is_carried"]
    for row in published.rows("cross_source_measures", columns):
        cell = None if row["is_carried"] else cells.get(row["measure"])
        if cell is not None:
            key = _key({**cell, "answer": cell["answer"] or None}, row["year"], cell["breakdown"], cell["category"])
            table = "cross_source_measures"
            yield from _given(table, ESTIMATE, [(key, 1)], row["value"])
            yield from _given(table, VARIANCE, [(key, 1)], _squared(row["std_error"]))
            yield from _given(table, N_ANSWERS, [(key, 1)], row["n_answers"])


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
        yield from _given(table, columns.pop(), cells, value)


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
    return _key(
        {**named, "answer": named["answer"] or None}, wave, named.get("breakdown", ""), named.get("category", "")
    )
