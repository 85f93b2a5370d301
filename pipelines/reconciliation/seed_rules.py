"""What the printed figures and the statements, with their terms, must keep to, as findings with file and line.

Not here: the rules themselves, but for one (figures.py, statements.py), which the line reads the seeds by.
"""

import re
from collections.abc import Iterator

from pipelines.common.seed_check.tables import Finding, Seeds
from pipelines.common.seeds import SeedError
from pipelines.reconciliation.figures import (
    EXPLANATIONS_SEED,
    FIGURES_SEED,
    TERMS_SEED,
    check_published,
    parse_explanations,
    parse_figures,
    parse_terms,
)
from pipelines.reconciliation.statements import STATEMENT_TERMS_SEED, STATEMENTS_SEED, parse_statements

PLACED = re.compile(r"^(?P<seed>\w+)\.csv(?: row (?P<row>\d+))?: (?P<problem>.*?)(?: -> (?P<remedy>.*))?$")


def published(seeds: Seeds) -> Iterator[Finding]:
    """What figures.py would refuse."""
    figures, terms, explanations = (
        [row.cells for row in seeds[seed].rows] for seed in (FIGURES_SEED, TERMS_SEED, EXPLANATIONS_SEED)
    )
    try:
        check_published(parse_figures(figures), parse_terms(terms), parse_explanations(explanations))
    except SeedError as error:
        for text in str(error).splitlines():
            yield _finding(seeds, text, "published_figures", "see docs/published-figures.md")


def statements(seeds: Seeds) -> Iterator[Finding]:
    """What statements.py would refuse."""
    claims, terms = ([row.cells for row in seeds[seed].rows] for seed in (STATEMENTS_SEED, STATEMENT_TERMS_SEED))
    try:
        parse_statements(claims, terms)
    except SeedError as error:
        for text in str(error).splitlines():
            yield _finding(seeds, text, "statements", "see docs/methods.md")


def _finding(seeds: Seeds, text: str, rule: str, remedy: str) -> Finding:
    (placed,) = PLACED.finditer(text)
    table = seeds[placed["seed"]]
    line = table.rows[int(placed["row"]) - 2].line if placed["row"] else 1
    return Finding(table.file, line, "", "", rule, placed["problem"], placed["remedy"] or remedy)


def bounds(seeds: Seeds) -> Iterator[Finding]:
    """A number in words or round figures has a bound, and no other number has one."""
    for row in seeds[FIGURES_SEED].rows:
        if (row["certainty"] == "approximate") != bool(row["bound"]):
            problem = f"the number is {row['certainty']}"
            yield row.wrong("bound", "figure_bound", problem, "a bound stands beside approximate, and nowhere else")


RULES = (published, bounds, statements)
