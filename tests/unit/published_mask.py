"""Hide cells of a published release as naively as can be: only those that the threshold itself names.

Not here: whether that is enough, which is what the attack is asked.
"""

import duckdb
import pandas as pd

VALUES = [
    "estimate",
    "std_error",
    "ci_lower",
    "ci_upper",
    "n_selected",
    "n_answers",
    "n_respondents",
    "n_dont_know",
    "n_no_answer",
    "sum_weights",
    "design_effect",
    "effective_n",
    "std_error_superpopulation",
]

FEW = """
update marts.survey_estimates as e
set is_suppressed = true, suppression_reason = 'primary'
from rule as r
where e.survey = r.survey and e.population = r.population
    and (e.n_answers < r.threshold
        or (e.n_selected > 0 and e.n_selected < r.threshold)
        or (e.n_answers - e.n_selected > 0 and e.n_answers - e.n_selected < r.threshold))
"""
CHANGES = """
update marts.survey_changes as c
set is_suppressed = true, estimate = null, compared_estimate = null, difference = null, std_error = null,
    ci_lower = null, ci_upper = null, p_value = null, p_adjusted = null, no_test_reason = null,
    overlaps_compared = null
from marts.survey_estimates as e
where e.is_suppressed and c.survey = e.survey and c.population = e.population and c.question_id = e.question_id
    and c.statistic = e.statistic and c.answer is not distinct from e.answer and c.breakdown = e.breakdown
    and ((c.wave = e.wave and c.category = e.category)
        or (c.compared_wave = e.wave and c.compared_category = e.category))
"""
COMPOSITES = """
update marts.survey_composites as c
set is_suppressed = true, estimate = null, std_error = null, ci_lower = null, ci_upper = null, n_answers = null
from (select survey, max(threshold::integer) as threshold from rule group by survey) as r
where c.survey = r.survey and c.n_answers < r.threshold
"""


def copied(release: str) -> duckdb.DuckDBPyConnection:
    """The marts of a warehouse in a database of its own, in memory."""
    connection = duckdb.connect()
    connection.execute(f"attach '{release}' as release (read_only)")
    connection.execute("create schema marts")
    tables = connection.execute(
        "select table_name from duckdb_tables() where database_name = 'release' and schema_name = 'marts'"
    )
    for (table,) in tables.fetchall():
        connection.execute(f"create table marts.{table} as from release.marts.{table}")
    return connection


def hide_few(connection: duckdb.DuckDBPyConnection, rules: pd.DataFrame, populations: pd.DataFrame) -> pd.DataFrame:
    """Hide what has fewer than the threshold, and nothing to protect it. Returns the hidden rows as they were.

    rules: as seeds/disclosure/disclosure_rule.csv; populations: survey, part, population
    """
    connection.register("rule", populations.merge(rules, on=["survey", "part"]))
    connection.execute("create or replace temp table whole as from marts.survey_estimates")
    connection.execute(FEW)
    connection.execute(CHANGES)
    connection.execute(COMPOSITES)
    emptied = ", ".join(f"{column} = null" for column in VALUES)
    connection.execute(f"update marts.survey_estimates set {emptied} where is_suppressed")
    keys = "survey, wave, population, question_id, statistic, answer, breakdown, category"
    return connection.execute(
        f"select whole.* from temp.whole join marts.survey_estimates as e using ({keys.replace('answer, ', '')}) "
        "where e.is_suppressed and e.answer is not distinct from whole.answer"
    ).df()
