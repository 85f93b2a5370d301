"""What must be so of questions that something is made of together: composites, and counts of a group of items.

Not here: the points that items give (estimates.py), and that they have codes and no numbers (numbers.py).
"""

from collections import Counter
from collections.abc import Iterator

from pipelines.common.seed_check.codebook import ANSWER
from pipelines.common.seed_check.estimates import asked
from pipelines.common.seed_check.numbers import numeric
from pipelines.common.seed_check.tables import Finding, Seeds

Range = tuple[float | None, float | None]


def composites(seeds: Seeds) -> Iterator[Finding]:
    """A composite is made of something, and is not a question itself."""
    questions, made = seeds["question"].keys("question_id"), seeds["composite_item"].keys("composite")
    for row in seeds["composite"].rows:
        if (row["composite"],) in questions:
            yield row.wrong("composite", "composite_id", "is a question as well", "give the composite another id")
        if (row["composite"],) not in made:
            remedy = "add its questions to seeds/indicators/composite_item.csv, or delete the row"
            yield row.wrong("composite", "composite_items", "the composite is made of no question", remedy)


def items(seeds: Seeds) -> Iterator[Finding]:
    """What a composite is made of is asked by its survey, and answered by codes."""
    survey_of = {row["composite"]: row["survey"] for row in seeds["composite"].rows}
    questions, of_waves, numbers = seeds["question"].by("question_id"), asked(seeds), numeric(seeds)
    for row in seeds["composite_item"].rows:
        question, survey = row["question_id"], survey_of.get(row["composite"])
        asked_by = {found["survey"] for found in questions.get((question,), ())}
        if not asked_by or survey is None:
            continue  # told of already
        if survey not in asked_by:
            problem = f"is a question of {', '.join(asked_by)}, and the composite of {survey}"
            yield row.wrong("question_id", "composite_item", problem, f"name a question of {survey}")
        elif question not in numbers and not any(row["code_frame"] for row in of_waves[question].values()):
            problem = "has no codes: no wave asks it"
            yield row.wrong("question_id", "composite_item", problem, "name a question that is asked")


def scales(seeds: Seeds) -> Iterator[Finding]:
    """The answers that a composite is a mean of are on one scale; what is reversed has a scale to be reversed on."""
    on, of_waves, scaled = _ranges(seeds), asked(seeds), seeds["scale"].keys("code_frame")
    for rows in seeds["composite_item"].by("composite").values():
        of_items = [(row, {asks["code_frame"] for asks in of_waves[row["question_id"]].values()}) for row in rows]
        of_rows = [(row, frame) for row, frames in of_items for frame in sorted(frames & on.keys())]
        usual = Counter(on[frame] for _, frame in of_rows).most_common(1)
        for row, frame in of_rows:
            if row["is_reversed"] == "true" and (frame,) not in scaled:
                problem = f"its code frame {frame} has no scale, and the answers are reversed"
                yield row.wrong("question_id", "composite_scale", problem, "add a row to seeds/scales/scale.csv")
            elif on[frame] != usual[0][0]:
                problem = f"its code frame {frame} goes {_said(on[frame])}, the others {_said(usual[0][0])}"
                remedy = "give its row in seeds/scales/scale.csv the target_min and target_max of the others"
                yield row.wrong("question_id", "composite_scale", problem, remedy)


def _ranges(seeds: Seeds) -> dict[str, Range]:
    """{frame of codes: from where to where its answers go, on their scale where they have one}."""
    found: dict[str, Range] = {}
    for (frame,), rows in seeds["code_frame"].by("code_frame").items():
        values = [row.number("value") for row in rows if row["answer_kind"] == ANSWER and row["value"]]
        known = [value for value in values if value is not None]
        found[frame] = (min(known), max(known)) if known else (None, None)
    for row in (row for row in seeds["scale"].rows if row["code_frame"] in found):
        found[row["code_frame"]] = row.number("target_min"), row.number("target_max")
    return found


def _said(of: Range) -> str:
    return "nowhere" if of[0] is None or of[1] is None else f"from {of[0]:g} to {of[1]:g}"


def merged(seeds: Seeds) -> Iterator[Finding]:
    """Where a survey is carried to other divisions, all that is counted has a rule for it."""
    counts, groups = seeds["question"].by("question_id"), seeds["question"].by("survey", "item_group")
    carried = {row["survey"] for row in seeds["question"].rows if row["merge_rule"]}
    for row in seeds["count_question"].rows:
        for count in counts.get((row["question_id"],), ()) if row["counted_group"] else ():
            for item in groups.get((count["survey"], row["counted_group"]), ()):
                if count["survey"] in carried and not item["merge_rule"]:
                    problem = f"is blank, and {row['question_id']} counts the item where kommuner are merged"
                    remedy = "write the rule that the other items of the group have"
                    yield item.wrong("merge_rule", "counted_merge", problem, remedy)


RULES = (composites, items, scales, merged)
