"""What the seeds must keep to because of how deliveries are read and kept: data types, free names, times.

Not here: what holds among the seeds whoever reads them (common/seed_check), and reading (values, raw_tables).
"""

import re
from collections.abc import Iterator

from pipelines.common.seed_check.tables import Finding, Row, Seeds
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


def cells_to_correct(seeds: Seeds) -> Iterator[Finding]:
    """What is corrected is a cell that a delivery of the wave can have, and no id of a respondent."""
    survey_rows, wave_rows = seeds["codebook"].by("survey"), seeds["wave"].keys("survey", "wave")
    for row in seeds["correction"].rows:
        remedy = "take it from seeds/codebook"
        if row.of(("survey",)) not in survey_rows:
            yield row.wrong("survey", "correction_survey", "the codebook has no such survey", remedy)
        elif row.of(("survey", "wave")) not in wave_rows:
            yield row.wrong("wave", "correction_wave", f"{row['survey']} has no such wave", remedy)
        else:
            yield from _column_to_correct(row, survey_rows[row.of(("survey",))])
        if (row.number("row_number") or 0) < 1:
            remedy = "write the number of the row, or of the case, as the report names it"
            yield row.wrong("row_number", "correction_row", "is no row of a file", remedy)
        if row["expected"] == row["corrected"]:
            remedy = "write what the cell holds now as expected, and what is right as corrected"
            yield row.wrong("corrected", "correction_value", "is what the cell holds already", remedy)


def _column_to_correct(row: Row, codebook: list[Row]) -> Iterator[Finding]:
    wave, name = int(row["wave"]), row["column_name"].lower()
    of_wave = [c for c in codebook if (c.number("from_wave") or 0) <= wave <= (c.number("to_wave") or wave)]
    of_part = [c for c in of_wave if c["part"] == row["part"]]
    found = [c for c in of_part if c["column_name"].lower() == name]
    if not of_part:
        known = ", ".join(dict.fromkeys(c["part"] for c in of_wave)) or "one table, with a blank here"
        yield row.wrong("part", "correction_part", f"a delivery of {row['survey']} {wave} has {known}", "write that")
    elif not found:
        problem = f"the codebook of {row['survey']} {wave} has no such column"
        yield row.wrong("column_name", "correction_column", problem, "take it from seeds/codebook/codebook.csv")
    elif found[0]["data_type"] in (RESPONDENT_ID, UNLINKED_ID):
        problem = "is the id of a respondent, which must not stand in a seed"
        remedy = "have it corrected at the source, and delete this row; others have read it if it was committed"
        yield Finding(row.file, row.line, "column_name", row["column_name"], "correction_of_id", problem, remedy)


def due_after_a_time(seeds: Seeds) -> Iterator[Finding]:
    """The next wave of a survey is due some time after the latest."""
    for row in seeds["cadence"].rows:
        if (row.number("months") or 0) < 1:
            yield row.wrong("months", "cadence_months", "is no time between two waves", "write 1 or more, or no row")


RULES = (data_types, free_names, kept_for_a_time, due_after_a_time, cells_to_correct)
