"""What a survey cannot be without, and what it shares with no other.

Not here: its columns (codebook.py), and what is made of its answers (estimates.py, numbers.py).
"""

import re
from collections.abc import Iterator

from pipelines.common.seed_check.codebook import delivered, waves_of
from pipelines.common.seed_check.tables import Finding, Seeds

NAME = re.compile(r"[a-z][a-z0-9_]*")
# Seeds whose ids become names in SQL.
NAMED = (
    ("survey", "survey"), ("codebook", "part"), ("codebook", "field"), ("question", "question_id"),
    ("breakdown", "breakdown"),
)  # fmt: skip
MAY_BE_BLANK = {"delimiter", "population_size", "largest_weight"}  # of a survey
RESPONDENTS, WHOLE, KOMMUNENR, WEIGHT = "respondents", "all", "kommunenr", "weight"


def names(seeds: Seeds) -> Iterator[Finding]:
    """What becomes part of the name of a table or column is written so that it can."""
    for seed, column in NAMED:
        for (name,), rows in seeds[seed].by(column).items():
            if name and not NAME.fullmatch(name):
                problem = "becomes a name of a table or column, which this cannot be"
                yield rows[0].wrong(column, "sql_name", problem, "use small letters a-z, digits and _, a letter first")


def described(seeds: Seeds) -> Iterator[Finding]:
    """A survey is described in full, has waves and columns, and lies in a folder of its own."""
    waves, columns = seeds["wave"].keys("survey"), seeds["codebook"].keys("survey")
    for row in seeds["survey"].rows:
        key = (row["survey"],)
        for column in row.cells.keys() - MAY_BE_BLANK - {"survey"}:
            if not row[column]:
                yield row.wrong(column, "survey_described", f"is blank for {row['survey']}", "fill it in")
        if key not in waves:
            remedy = "add one to seeds/codebook/wave.csv"
            yield row.wrong("survey", "survey_described", "the survey has no wave", remedy)
        if key not in columns:
            remedy = "add a row for each to seeds/codebook/codebook.csv"
            yield row.wrong("survey", "survey_described", "the survey has no columns", remedy)
    for (path,), rows in seeds["survey"].by("landing_path").items():
        for row in rows[1:] if path else ():
            problem = f"{rows[0]['survey']} is delivered there already"
            yield row.wrong("landing_path", "survey_folder", problem, "choose a folder of its own")


def wholes(seeds: Seeds) -> Iterator[Finding]:
    """What is estimated is estimated of the whole, too."""
    broken_down = seeds["breakdown"].keys("survey", "breakdown")
    for row in seeds["survey"].rows:
        if row["kind"] == RESPONDENTS and (row["survey"], WHOLE) not in broken_down:
            remedy = f"add the row {row['survey']},{WHOLE},Alle,, to seeds/codebook/breakdown.csv"
            yield row.wrong("survey", "survey_whole", f"the survey has no breakdown {WHOLE}", remedy)
    for row in seeds["breakdown"].rows:
        if (row["breakdown"] == WHOLE) == bool(row["source_column"]):
            problem = f"decides nothing in {WHOLE}" if row["source_column"] else "is blank, and decides the category"
            yield row.wrong("source_column", "survey_whole", problem, f"leave it blank for {WHOLE} alone")


def protected(seeds: Seeds) -> Iterator[Finding]:
    """Whoever answers a survey has a rule on disclosure, one that leaves room for doubt."""
    ruled = seeds["disclosure_rule"].keys("survey", "part")
    surveys = {row["survey"]: row for row in seeds["survey"].rows}
    for row in seeds["population"].rows:
        if row["survey"] in surveys and (row["survey"], row["part"]) not in ruled:
            remedy = f"add a row {row['survey']},{row['part']},... to seeds/disclosure/disclosure_rule.csv"
            yield row.wrong("survey", "disclosure_rule", "those who answer have no rule on disclosure", remedy)
    for row in seeds["disclosure_rule"].rows:
        threshold, protection = row.number("threshold"), row.number("protection")
        if threshold is None or protection is None:
            continue
        room = max(threshold - 2, 0)  # 1 to threshold - 1 respondents are hidden
        if threshold < 1 or threshold == 2:
            problem = "is no number of respondents that hides how many there are"
            yield row.wrong("threshold", "disclosure_rule", problem, "write 1, which hides nothing, or 3 or more")
        elif not min(room, 1) <= protection <= room:
            problem = "is not what the threshold can leave uncertain"
            yield row.wrong("protection", "disclosure_rule", problem, f"write {min(room, 1):g} to {room:g}")


def shared(seeds: Seeds) -> Iterator[Finding]:
    """An item group, and a population that answers pick out, belong to one survey: rows elsewhere name them alone."""
    with_rules = seeds["population_rule"].keys("population")
    for seed, column in (("question", "item_group"), ("population", "population")):
        for (name,), rows in seeds[seed].by(column).items():
            others = [row for row in rows if row["survey"] != rows[0]["survey"]]
            if others and (seed == "question" or (name,) in with_rules):
                problem = f"belongs to {rows[0]['survey']}, line {rows[0].line}"
                yield others[0].wrong(column, "of_one_survey", problem, "give it another name")


def merged(seeds: Seeds) -> Iterator[Finding]:
    """Answers are carried to other divisions by the number of the kommune that gave them."""
    tables = delivered(seeds)
    asked = seeds["codebook"].by("question_id")
    for question in (row for row in seeds["question"].rows if row["merge_rule"]):
        for row in asked.get((question["question_id"],), ()):
            of_waves = [tables[row["survey"], wave, row["part"]].values() for wave in waves_of(seeds, row)]
            if row["part"] or not all(any(c["data_type"] == KOMMUNENR for c in columns) for columns in of_waves):
                problem = f"the table of {row['column_name']} has parts, or no column of data type {KOMMUNENR}"
                yield question.wrong("merge_rule", "merge_rule", problem, "leave it blank")
                break


def weighed(seeds: Seeds) -> Iterator[Finding]:
    """A largest weight is one, of a survey that is delivered with weights."""
    weights = {row["survey"] for row in seeds["codebook"].rows if row["data_type"] == WEIGHT}
    for row in seeds["survey"].rows:
        largest = row.number("largest_weight")
        if row["largest_weight"] and (row["survey"] not in weights or largest is None or largest <= 0):
            problem = "is no weight" if row["survey"] in weights else "the survey is delivered without weights"
            yield row.wrong("largest_weight", "largest_weight", problem, "write a number above 0, or leave it blank")


RULES = (names, described, wholes, protected, shared, merged, weighed)
