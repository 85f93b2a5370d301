"""What ids may not be because of what else has the name: tables of other surveys and of the loader, and words of SQL.

Not here: how an id is written (surveys.py), and names of columns (respondents.py).
"""

from collections.abc import Iterator

from pipelines.common.seed_check.surveys import WHOLE
from pipelines.common.seed_check.tables import Finding, Seeds

LOADER = {"extract_load", "refusal"}  # tables of schema raw that are of no survey (ingest/raw_tables.py)
NUMBER = "__number"  # what the column ends in that holds the number of an answer (macros/respondent_answers.sql)
# DuckDB 1.x: select keyword_name from duckdb_keywords() where keyword_category = 'reserved'
RESERVED = frozenset([
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both", "case", "cast", "check",
    "collate", "column", "constraint", "create", "default", "deferrable", "desc", "describe", "distinct", "do",
    "else", "end", "except", "false", "fetch", "for", "foreign", "from", "group", "having", "in", "initially",
    "intersect", "into", "lambda", "lateral", "leading", "limit", "not", "null", "offset", "on", "only", "or",
    "order", "pivot", "pivot_longer", "pivot_wider", "placing", "primary", "qualify", "references", "returning",
    "select", "show", "some", "summarize", "symmetric", "table", "then", "to", "trailing", "true", "union",
    "unique", "unpivot", "using", "variadic", "when", "where", "window", "with",
])  # fmt: skip


def tables(seeds: Seeds) -> Iterator[Finding]:
    """The tables of a survey have names that no other table has."""
    taken = dict.fromkeys(LOADER, "the loader")
    for row in seeds["survey"].rows:
        survey = row["survey"]
        parts = {part for of, part in seeds["codebook"].keys("survey", "part") if of == survey and part}
        names = {survey} | {f"{survey}{joint}{part}" for part in parts for joint in ("_", "__")}
        if both := sorted(names & taken.keys()):
            problem = f"{both[0]} is the name of a table of {taken[both[0]]}"
            yield row.wrong("survey", "table_name", problem, "give the survey, or its part, another name")
        taken |= dict.fromkeys(names - taken.keys(), survey)


def words(seeds: Seeds) -> Iterator[Finding]:
    """A question or breakdown is not called by a word of SQL, nor as the number of an answer is."""
    for seed, column in (("question", "question_id"), ("breakdown", "breakdown")):
        for (name,), rows in seeds[seed].by(column).items():
            if name in RESERVED and (column, name) != ("breakdown", WHOLE):
                yield rows[0].wrong(column, "sql_word", "is a word of SQL", "give it another id")
            elif name.endswith(NUMBER):
                problem = f"what ends in {NUMBER} is the number of an answer"
                yield rows[0].wrong(column, "sql_word", problem, "give it another id")


RULES = (tables, words)
