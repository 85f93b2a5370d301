"""The published rows that an attack needs: those of the questions that hide something, wave by wave.

Not here: rows of other tables that speak of hidden cells (clues.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from pipelines.attack.algebra import with_numbers
from pipelines.attack.knowledge import Knowledge
from pipelines.attack.system import BIT
from pipelines.attack.wave import PLACE, UNSTATED, Wave
from pipelines.common.row_key import ESTIMATE_KEY

Known = Mapping[tuple[Any, ...], float]

KEY = list(ESTIMATE_KEY)
COUNTS = ["n_selected", "n_answers", "n_respondents", "n_dont_know", "n_no_answer"]
ERRORS = ["std_error", "ci_lower", "ci_upper", "design_effect", "effective_n", "std_error_superpopulation"]
VALUES = ["estimate", *COUNTS, "sum_weights", *ERRORS]


@dataclass
class Tables:
    """The rows of surveys that hide any, numbers as doubles. estimates has is_hidden, is_printed, reason, and of what
    other tables say bits and names of tables; composites is_hidden."""

    estimates: pd.DataFrame
    composition: pd.DataFrame
    weights: pd.DataFrame
    composites: pd.DataFrame


def load(connection: duckdb.DuckDBPyConnection, known: Known) -> Tables | None:
    """The rows that matter; None where nothing is hidden."""
    tables = {name for (name,) in connection.execute(TABLES).fetchall()}
    if not connection.execute("select count(*) from marts.survey_estimates where is_suppressed").fetchall()[0][0]:
        return None
    values = ", ".join(f"{column}::double as {column}" for column in VALUES)
    estimates = fetched(connection, ESTIMATES.format(key=", ".join(KEY), values=values))
    estimates = estimates.assign(bits=0, tables="")
    composites = fetched(connection, COMPOSITES) if "survey_composites" in tables else pd.DataFrame()
    composition = fetched(connection, COMPOSITION)
    weights = fetched(connection, WEIGHTS) if "weight_audit" in tables else pd.DataFrame()
    return Tables(_with_known(estimates, known), composition, weights, composites)


TABLES = "select table_name from information_schema.tables where table_schema = 'marts'"
# Of a survey that hides something every wave is taken: what changed from one to the other tells of both.
ESTIMATES = """
with hiding as (select distinct survey from marts.survey_estimates where is_suppressed)

select {key}, scale, {values}, is_suppressed as is_hidden, suppression_reason as reason
from marts.survey_estimates
semi join hiding using (survey)
order by {key}
"""
COMPOSITION = """
select survey, wave, population, breakdown, category, n_respondents::double as n_respondents, share
from marts.survey_composition
"""
COMPOSITES = """
select survey, wave, composite, breakdown, category, scale, estimate, is_suppressed as is_hidden
from marts.survey_composites
"""
WEIGHTS = """
select survey, wave, margin, category, n_respondents::double as n_respondents, share_weighted,
    smallest_weight, largest_weight, mean_weight
from marts.weight_audit
"""


def fetched(connection: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    """What a query gives, texts as Python's own, None where NULL."""
    frame = connection.execute(query).df()
    texts = frame.select_dtypes(exclude=["number", "bool"]).columns
    for column in texts:
        frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
    return frame


def _with_known(estimates: pd.DataFrame, known: Known) -> pd.DataFrame:
    """Printed cells stand in the row as if they were shown, and the row is no secret any more."""
    if not known:
        return estimates.assign(is_printed=False)
    place = {key: at for at, key in enumerate(estimates[KEY].itertuples(index=False, name=None))}
    hidden, bits = estimates["is_hidden"].to_numpy(bool), estimates["bits"].to_numpy(np.int64).copy()
    values = {column: estimates[column].to_numpy(float).copy() for column in {key[-1] for key in known}}
    printed = np.zeros(len(estimates), bool)
    for (*key, column), value in known.items():
        at = place.get(tuple(key))
        if at is not None and hidden[at]:
            values[column][at], printed[at] = value, True
            bits[at] |= BIT["a printed figure"]
    return estimates.assign(**values, bits=bits, is_printed=printed)


def waves(tables: Tables, rules: pd.DataFrame, knowledge: Knowledge) -> Iterator[Wave]:
    """Each wave with the rows of the questions that hide one, and of those that pick a population of theirs."""
    rule = knowledge.populations.merge(rules, on=["survey", "part"], how="left")
    rows = tables.estimates.assign(has_dont_know=_has_dont_know(tables.estimates, knowledge))
    for (survey, wave), of_wave in rows.groupby(["survey", "wave"], sort=False):
        hiding = set(of_wave.loc[of_wave["is_hidden"], "question_id"])
        if not hiding:
            continue
        if of_wave.loc[of_wave["is_hidden"], VALUES].notna().any(axis=None):
            of_wave = with_numbers(of_wave)
        used = knowledge.picked["population"].isin(set(of_wave["population"]))
        needed = of_wave["question_id"].isin(hiding | set(knowledge.picked.loc[used, "question_id"]))
        composition = _of_wave(tables.composition, survey, wave)
        of_survey = rule[rule["survey"] == survey].drop_duplicates("population").set_index("population")
        yield Wave(
            str(survey),
            int(wave),
            of_wave[needed].reset_index(drop=True),
            _who(of_wave, composition),
            composition,
            _of_wave(tables.weights, survey, wave),
            of_survey[["threshold", "small_group", "protection"]].fillna(1).astype(float),
        )


def _who(rows: pd.DataFrame, composition: pd.DataFrame) -> pd.DataFrame:
    """population, breakdown, category, n_respondents of every place, NaN where nothing shows it."""
    stated = composition[composition["category"] != UNSTATED]
    both = pd.concat([frame[[*PLACE, "n_respondents"]] for frame in (rows, stated)])
    return both.sort_values("n_respondents").drop_duplicates(PLACE).reset_index(drop=True)


def _of_wave(frame: pd.DataFrame, survey: object, wave: object) -> pd.DataFrame:
    if frame.empty:
        return frame
    return frame[(frame["survey"] == survey) & (frame["wave"] == wave)].reset_index(drop=True)


def _has_dont_know(rows: pd.DataFrame, knowledge: Knowledge) -> "pd.Series[bool]":
    """Whether those who do not know are in the base of a row."""
    columns = ["question_id", "population", "statistic", "answer", "is_dont_know_in_base"]
    declared = {tuple(key): flag for *key, flag in knowledge.bases[columns].itertuples(index=False)}
    keys = zip(rows["question_id"], rows["population"], rows["statistic"], rows["answer"], strict=True)
    flags = [
        statistic == "share" and declared.get((q, p, statistic, answer), declared.get((q, p, statistic, "each"), False))
        for q, p, statistic, answer in keys
    ]
    return pd.Series(flags, rows.index, dtype=bool)
