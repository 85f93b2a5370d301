"""What the seeds must keep to because of how deliveries are read and kept: data types, free names, times.

Not here: what holds among the seeds whoever reads them (common/seed_check), and reading (values, raw_tables).
"""

import re
from collections.abc import Iterator

from pipelines.common.seed_check.tables import Finding, Seeds
from pipelines.ingest.codebook import ANSWER, LABEL, LOAD_COLUMNS, RESPONDENT_ID, UNLINKED_ID
from pipelines.ingest.values import CHECKS

# What an answer may be: a code, or a number. Of anything else nothing is estimated.
ANSWERS = ("code", LABEL, "number", "non_negative_number", "positive_integer", "share")
INTEGER = r"integer_([0-9]{1,9})_([0-9]{1,9})"


def data_types(seeds: Seeds) -> Iterator[Finding]:
    """A column that is used has a data type that there is."""
    for row in seeds["codebook"].rows:
        bounds = re.fullmatch(INTEGER, row["data_type"])
        if bounds and int(bounds[1]) > int(bounds[2]):
            yield row.wrong("data_type", "data_type", "no number lies between these two", "turn them round")
        elif not bounds and row["data_type"] not in CHECKS and row["role"] != "ignored":
            remedy = f"write {', '.join(CHECKS)}, or integer_<from>_<to>"
            yield row.wrong("data_type", "data_type", "is no data type", remedy)
        elif not bounds and row["role"] == ANSWER and row["data_type"] not in ANSWERS:
            remedy = f"write {', '.join(ANSWERS)}, or integer_<from>_<to>"
            yield row.wrong("data_type", "answer_type", "an answer is a code or a number, not this", remedy)


def free_names(seeds: Seeds) -> Iterator[Finding]:
    """A column does not have the name of one that the loader itself writes."""
    for row in seeds["codebook"].rows:
        if row["column_name"].lower() in LOAD_COLUMNS:
            remedy = "give it another name, and a row in seeds/codebook/column_alias.csv"
            yield row.wrong("column_name", "loader_column", "the loader itself writes a column of this name", remedy)


def kept_for_a_time(seeds: Seeds) -> Iterator[Finding]:
    """Answers of respondents with ids are kept for a time that is stated, each part of a delivery."""
    stated = seeds["retention"].keys("survey", "part")
    for row in seeds["retention"].rows:
        if row.of(("survey", "part")) not in seeds["codebook"].keys("survey", "part"):
            yield row.wrong(
                "part", "retention_part", "the codebook has no such part of the survey", "take it from there"
            )
        if (row.number("months") or 0) < 1:
            yield row.wrong("months", "retention_months", "is no time to keep anything", "write 1 or more")
    for row in seeds["codebook"].rows:
        if row["data_type"] in (RESPONDENT_ID, UNLINKED_ID) and row.of(("survey", "part")) not in stated:
            remedy = "add a row of its survey and part to seeds/disclosure/retention.csv"
            yield row.wrong("data_type", "retention_stated", "it is not stated how long these answers are kept", remedy)


def due_after_a_time(seeds: Seeds) -> Iterator[Finding]:
    """The next wave of a survey is due some time after the latest."""
    for row in seeds["cadence"].rows:
        if (row.number("months") or 0) < 1:
            yield row.wrong("months", "cadence_months", "is no time between two waves", "write 1 or more, or no row")


RULES = (data_types, free_names, kept_for_a_time, due_after_a_time)
