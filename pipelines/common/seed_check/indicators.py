"""What must be so among the seeds of the indicators: borders, inputs, filters, what a count can reach.

Not here: applying them (pipelines/indicators).
"""

from collections import defaultdict
from collections.abc import Iterator

from pipelines.common.row_key import parse_row_key
from pipelines.common.seed_check.estimates import asked, counted
from pipelines.common.seed_check.tables import Finding, Seeds


def thresholds(seeds: Seeds) -> Iterator[Finding]:
    """The scores of an indicator begin at 0 and follow one another without a gap."""
    for rows in seeds["threshold"].by("indicator").values():
        wanted = 0.0
        for row in rows:
            start, end = row.number("value_from"), row.number("value_to")
            if start is None or end is None:
                break
            if start > wanted:  # less is told of as shared values
                problem = f"the first threshold begins at 0, the others after the one before: here {wanted:g}"
                yield row.wrong("value_from", "threshold_gap", problem, f"write {wanted:g}")
            wanted = end + 1


def inputs(seeds: Seeds) -> Iterator[Finding]:
    """What a composite is made of is an indicator that stands before it, or a question."""
    order = {row["indicator"]: row.line for row in seeds["indicator"].rows}
    questions = seeds["question"].keys("question_id")
    for row in seeds["composition"].rows:
        if row["input_kind"] == "question" and (row["input"],) not in questions:
            yield row.wrong("input", "composition", "is no question", "name one of seeds/codebook/question.csv")
        if row["input_kind"] == "indicator" and order.get(row["input"], 10**9) >= order.get(row["indicator"], 0):
            problem = "is no indicator that stands before this one in seeds/indicators/indicator.csv"
            yield row.wrong("input", "composition", problem, "correct it, or move the indicator up")


def of_one_survey(seeds: Seeds) -> Iterator[Finding]:
    """All that an indicator is made of is asked by one survey."""
    survey_of = {row["question_id"]: {row["survey"]} for row in seeds["question"].rows}
    made_of = seeds["composition"].by("indicator")
    surveys: dict[str, set[str]] = {}
    for row in seeds["indicator"].rows:
        inputs = made_of.get((row["indicator"],), [])
        questions = [*row.of(("value_question_id", "filter_question_id")), *(i["input"] for i in inputs)]
        found = set().union(*(survey_of.get(name) or surveys.get(name, set()) for name in questions))
        surveys[row["indicator"]] = found
        if len(found) != 1:
            problem = f"is made of questions of {', '.join(sorted(found)) or 'no survey'}, not of one"
            remedy = "correct the questions here, or its inputs in composition.csv"
            yield row.wrong("indicator", "indicator_survey", problem, remedy)


def scored(seeds: Seeds) -> Iterator[Finding]:
    """An indicator has thresholds, or a grade matrix; a closed filter scores 0, which has a label."""
    labelled = seeds["score_label"].keys("indicator", "score")
    rated = seeds["threshold"].keys("indicator") | seeds["grade_matrix"].keys("indicator")
    for row in seeds["indicator"].rows:
        if (row["indicator"],) not in rated:
            remedy = "add rows to threshold.csv or grade_matrix.csv in seeds/indicators"
            yield row.wrong("indicator", "scored", "has neither thresholds nor a grade matrix", remedy)
        if row["filter_question_id"] and (row["indicator"], "0") not in labelled:
            problem = "a closed filter scores 0, which has no label"
            remedy = "add it to seeds/indicators/score_label.csv"
            yield row.wrong("filter_question_id", "score_label", problem, remedy)


def opened(seeds: Seeds) -> Iterator[Finding]:
    """An indicator opens where the codebook opens the items that it counts."""
    of_waves, counts = asked(seeds), counted(seeds)
    question_of = {
        (row["survey"], row["part"], row["column_name"]): row["question_id"] for row in seeds["codebook"].rows
    }
    for indicator in seeds["indicator"].rows:
        said = indicator.of(("filter_question_id", "filter_open_code"))
        for row in (row for item in counts.get(indicator["value_question_id"], ()) for row in of_waves[item].values()):
            opens = question_of.get((row["survey"], row["part"], row["filter_column"]), "")
            if (opens, row["filter_code"]) != said:
                problem = f"line {row.line} of {row.file} opens {row['column_name']} by {opens or 'no question'} "
                problem += row["filter_code"]
                yield indicator.wrong("filter_question_id", "indicator_filter", problem.strip(), "make them agree")
                break


def reached(seeds: Seeds) -> Iterator[Finding]:
    """The highest threshold of a count is the most that a wave's items can give."""
    points: dict[str, float] = defaultdict(float)
    for row in seeds["points"].rows:
        points[row["points_frame"]] = max(points[row["points_frame"]], row.number("points") or 0)
    frame_of = {row["question_id"]: row["points_frame"] for row in seeds["question"].rows}
    of_waves, counts = asked(seeds), counted(seeds)
    borders = seeds["threshold"].by("indicator")
    for indicator in seeds["indicator"].rows:
        reach: dict[str, float] = defaultdict(float)
        for item in counts.get(indicator["value_question_id"], ()):
            for wave in of_waves[item]:
                reach[wave] += points[frame_of[item]]
        rows = borders.get((indicator["indicator"],), [])
        if reach and rows and rows[-1].number("value_to") not in (None, max(reach.values())):
            problem = f"the items of a wave give {max(reach.values()):g} at most"
            yield rows[-1].wrong("value_to", "threshold_reach", problem, f"write {max(reach.values()):g}")


def row_keys(seeds: Seeds) -> Iterator[Finding]:
    """A cell of a published table is named by column=value;column=value."""
    for row in seeds["key_figure_term"].rows:
        try:
            parse_row_key(row["row_key"])
        except ValueError as error:
            yield row.wrong("row_key", "row_key", str(error), "write column=value;column=value")


RULES = (thresholds, inputs, of_one_survey, scored, opened, reached, row_keys)
