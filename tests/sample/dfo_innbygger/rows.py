"""What the rows of seeds/published ask of the citizens' survey: its target statements, and the cells they name.

Not here: what the cells must be for a statement to hold (levels.py), and what they are (said.py).
"""

from collections.abc import Iterator, Mapping
from functools import cache

from pipelines.common.row_key import RowPattern
from pipelines.common.seeds import read_seed
from pipelines.reconciliation.figures import load_published
from pipelines.reconciliation.statements import Statement, StatementTerm, load_statements
from tests.sample.codebook import frames
from tests.sample.dfo_innbygger import names
from tests.sample.dfo_innbygger.names import SURVEY, WAVES

POPULATION = "innbyggere"
ESTIMATES, CHANGES = "survey_estimates", "survey_changes"

Row = Mapping[str, str]


@cache
def targets() -> tuple[Statement, ...]:
    """The statements that the sample is made to agree with, of this survey alone."""
    return tuple(
        statement
        for statement in load_statements()
        if statement.is_sample_target and not statement.known and _surveys(statement) == {SURVEY}
    )


def _surveys(statement: Statement) -> set[str]:
    named = [{c.column: c.wanted for c in term.pattern} for term in statement.terms if not term.value]
    return {survey for conditions in named for survey in conditions.get("survey", ("",))}


def matched(term: StatementTerm) -> list[Row]:
    """The rows of survey_estimates that a term names."""
    return [row for row in estimate_rows() if meets(row, term.pattern)]


def meets(row: Row, pattern: RowPattern) -> bool:
    return all((row[c.column] in c.wanted) is not c.is_excluding for c in pattern)


@cache
def estimate_rows() -> tuple[Row, ...]:
    """Every row of survey_estimates that counts means, or answers that have a group."""
    of_survey = [(r["breakdown"], r["category"]) for r in read_seed("category") if r["survey"] == SURVEY]
    return tuple(
        {
            "survey": SURVEY, "wave": str(wave), "population": POPULATION, "question_id": question,
            "statistic": "share" if answer else "mean", "answer": answer, "breakdown": by, "category": category,
        }
        for wave in WAVES
        for question in frames(SURVEY, wave)
        for answer in ("", *_answers(question))
        for by, category in [("all", "all"), *of_survey]
    )  # fmt: skip


def _answers(question: str) -> list[str]:
    group = next(r["item_group"] for r in read_seed("question") if r["question_id"] == question)
    return list(dict.fromkeys(r["answer"] for r in read_seed("answer_group") if r["item_group"] == group))


@cache
def compared() -> tuple[tuple[str, str, str, str], ...]:
    """(question, breakdown, the category said to be higher, the lower one) of the differences that a figure ends."""
    return tuple(_compared())


def _compared() -> Iterator[tuple[str, str, str, str]]:
    for term in load_published().terms:
        if term.figure_id == names.SMALLEST_DIFFERENCE:
            key = dict(term.row_key)
            pair = key["category"], key["compared_category"]
            above, below = pair if term.coefficient > 0 else pair[::-1]
            yield key["question_id"], key["breakdown"], above, below
