"""What tables that compare rows of survey_estimates say of them: changes, progress, standardised and bridged series.

Not here: composites, indicators and what is printed (relations.py).

Only what speaks of a hidden cell is read. A table or a column that a release does not have says nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.attack.knowledge import Knowledge
from pipelines.attack.relation import (
    ESTIMATE,
    N_ANSWERS,
    VARIANCE,
    Key,
    Published,
    Relation,
    given,
    key_of,
    squared,
)

NORMAL = 1.959963984540054
SERIES = ("survey", "population", "question_id", "statistic", "answer", "breakdown")


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


def changes(published: Published) -> Iterator[Relation]:
    columns = [*SERIES, "wave", "category", "compared_wave", "compared_category"]
    columns += ["estimate", "compared_estimate", "difference", "std_error", "ci_lower", "ci_upper"]
    if not published.columns.get("survey_changes", set()) >= set(columns):
        return
    rows = published.rows("survey_changes", columns, SPEAKS_OF_HIDDEN)
    additive = _additive(published) if rows else set()
    for row in rows:
        this = key_of(row, row["wave"], row["breakdown"], row["category"])
        other = key_of(row, row["compared_wave"], row["breakdown"], row["compared_category"])
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
    yield from given(table, ESTIMATE, [(this, 1)], row["estimate"])
    yield from given(table, ESTIMATE, [(other, 1)], row["compared_estimate"])
    yield from given(
        table, ESTIMATE, [(this, 1), (other, -1)], middle if row["difference"] is None else row["difference"]
    )
    yield from given(table, VARIANCE, [(this, 1), (other, 1)], squared(error))


def _half_width(row: Mapping[str, Any], lower: str = "ci_lower", upper: str = "ci_upper") -> float | None:
    """The standard error that a normal interval shows."""
    if row[lower] is None or row[upper] is None:
        return None
    return float(row[upper] - row[lower]) / (2 * NORMAL)


def progress(published: Published) -> Iterator[Relation]:
    columns = [*SERIES[:-1], "wave", "previous_wave", "estimate", "change", "change_std_error"]
    for row in published.rows("survey_progress", columns):
        this, other = key_of(row, row["wave"]), key_of(row, row["previous_wave"])
        yield from given("survey_progress", ESTIMATE, [(this, 1)], row["estimate"])
        yield from given("survey_progress", ESTIMATE, [(this, 1), (other, -1)], row["change"])
        yield from given("survey_progress", VARIANCE, [(this, 1), (other, 1)], squared(row["change_std_error"]))


def standardised(published: Published, knowledge: Knowledge) -> Iterator[Relation]:
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
        this, other = key_of(row, row["wave"]), key_of(row, row["previous_wave"])
        yield from given(table, ESTIMATE, [(this, 1)], row["plain_estimate"])
        yield from given(table, ESTIMATE, [(this, 1), (other, -1)], row["plain_change"])
        mix = mixes.get((row["survey"], row["standard"], row["population"]), [])
        cells = [(key_of(row, row["wave"], *cell), part) for cell, part in mix]
        if cells:
            yield from given(table, ESTIMATE, cells, row["estimate"])
            yield from given(table, N_ANSWERS, [(key, 1) for key, _ in cells], row["n_answers"])


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


def bridges(published: Published, knowledge: Knowledge) -> Iterator[Relation]:
    parts: dict[Key, list[tuple[str, float]]] = {}
    bridges = knowledge.bridges[["survey", "question_id", "wave", "source_question_id", "coefficient"]]
    for survey, question, wave, source, coefficient in bridges.itertuples(index=False):
        parts.setdefault((survey, question, wave), []).append((source, coefficient))
    columns = [*SERIES, "wave", "category", "estimate"]
    for row in published.rows("survey_bridges", columns):
        of_row = parts.get((row["survey"], row["question_id"], row["wave"]), [])
        terms = [
            (key_of({**row, "question_id": source}, row["wave"], row["breakdown"], row["category"]), coefficient)
            for source, coefficient in of_row
        ]
        if terms:
            yield from given("survey_bridges", ESTIMATE, terms, row["estimate"])


def scale_breaks(published: Published) -> Iterator[Relation]:
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
        this, other = key_of(of_mean, row["wave"]), key_of(of_mean, row["previous_wave"])
        yield from given("scale_break", ESTIMATE, [(other, 1)], row["mean_linear"])
        yield from given("scale_break", ESTIMATE, [(this, 1)], row["mean_later"])
        yield from given("scale_break", ESTIMATE, [(this, 1), (other, -1)], row["change_linear"])
