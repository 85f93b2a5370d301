"""What must be so of questions that are answered by a number: they have a scale and no codes.

Not here: which numbers a data type allows (ingest), and what is said of any question (estimates.py).
"""

from collections.abc import Iterator

from pipelines.common.seed_check.codebook import ANSWER, CODED
from pipelines.common.seed_check.estimates import EACH, SHARE, counted
from pipelines.common.seed_check.tables import Finding, Row, Seeds


def numeric(seeds: Seeds) -> dict[str, Row]:
    """{question that is answered by a number: the first row of the codebook that asks it}."""
    found: dict[str, Row] = {}
    for row in seeds["codebook"].rows:
        if row["role"] == ANSWER and row["data_type"] not in CODED:
            found.setdefault(row["question_id"], row)
    return found


def frames(seeds: Seeds) -> Iterator[Finding]:
    """Codes are of a frame that has some; a number is on a scale, and its frame has none."""
    codes, scales = seeds["code_frame"].keys("code_frame"), seeds["scale"].keys("code_frame")
    for row in seeds["codebook"].rows:
        frame = (row["code_frame"],)
        if row["role"] == ANSWER and row["data_type"] not in CODED:
            if frame in codes or frame not in scales:
                problem = "has codes, and the answer is a number" if frame in codes else "is no scale of the number"
                remedy = "name a row of seeds/scales/scale.csv that code_frame.csv does not have; add one if need be"
                yield row.wrong("code_frame", "number_scale", problem, remedy)
        elif frame != ("",) and frame not in codes:
            problem = "seeds/scales/code_frame.csv has no code of this frame"
            yield row.wrong("code_frame", "frame_codes", problem, "correct it, or add a row there for each code")


def coded(seeds: Seeds) -> Iterator[Finding]:
    """A question is answered by codes or by numbers in all its waves, and what is made of codes is not of numbers."""
    numbers = numeric(seeds)
    for row in seeds["codebook"].rows:
        first = numbers.get(row["question_id"])
        if first and row["role"] == ANSWER and row["data_type"] in CODED:
            problem = f"line {first.line} has a number as answer to {row['question_id']}"
            yield row.wrong("data_type", "number_or_code", problem, "give the question another id")
    counts = counted(seeds)
    made_of = [(row, "counted_group", counts[row["question_id"]]) for row in seeds["count_question"].rows]
    made_of += [(row, "question_id", [row["question_id"]]) for row in seeds["composite_item"].rows]
    made_of += [(row, "input", [row["input"]]) for row in seeds["composition"].rows if row["input_kind"] == "question"]
    for row, column, questions in made_of:
        if found := [question for question in questions if question in numbers]:
            problem = f"{', '.join(found)} is answered by a number, and this is made of codes"
            yield row.wrong(column, "number_or_code", problem, "leave it out")


def sums(seeds: Seeds) -> Iterator[Finding]:
    """Only amounts are added up."""
    numbers = numeric(seeds)
    for row in seeds["question"].rows:
        if row["merge_rule"] == "sum" and row["question_id"] not in numbers:
            yield row.wrong("merge_rule", "number_sum", "is not answered by a number", "choose another rule")


def shares(seeds: Seeds) -> Iterator[Finding]:
    """A share of a number is of a range of values; of codes, of a range of codes."""
    numbers, items = numeric(seeds), seeds["question"].by("item_group")

    def has_numbers(row: Row) -> bool:
        return any(item["question_id"] in numbers for item in items.get((row["item_group"],), ()))

    for row in seeds["estimate"].rows:
        if row["statistic"] == SHARE and row["answer"] == EACH and has_numbers(row):
            remedy = "name a group of seeds/scales/answer_group.csv with value_from and value_to"
            yield row.wrong("answer", "number_share", "the answers are numbers, of which each has no share", remedy)
    for row in seeds["answer_group"].rows:
        needed = ("value_from", "value_to") if has_numbers(row) else ("code_from", "code_to")
        for column in needed:
            if not row[column]:
                of = "numbers" if has_numbers(row) else "codes"
                problem = f"is blank, and the answers of {row['item_group']} are {of}"
                yield row.wrong(column, "group_range", problem, "write where the group begins and ends")


def lengths(seeds: Seeds) -> Iterator[Finding]:
    """A scale has two ends: values between them are put where they lie."""
    for row in seeds["scale"].rows:
        if row.number("source_min") == row.number("source_max"):
            yield row.wrong("source_max", "scale_ends", "is where the scale begins", "write the highest value")


RULES = (lengths, frames, coded, sums, shares)
