"""What must be so among the seeds that say what is made of answers: bases, statistics, categories, scales, breaks.

Not here: the indicators' rules (indicators.py), and how deliveries look (codebook.py).
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from pipelines.common.seed_check.codebook import delivered, waves_of
from pipelines.common.seed_check.tables import Finding, Row, Seeds

EACH, SHARE = "each", "share"


def asked(seeds: Seeds) -> dict[str, dict[str, Row]]:
    """{question: {wave: the row of the codebook that asks it}}."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in seeds["codebook"].rows:
        if row["question_id"]:
            found[row["question_id"]].update(dict.fromkeys(waves_of(seeds, row), row))
    return found


def counted(seeds: Seeds) -> dict[str, list[str]]:
    """{count question: the items that it counts}."""
    items = seeds["question"].by("item_group")
    return {
        row["question_id"]: [item["question_id"] for item in items.get((row["counted_group"],), [])]
        for row in seeds["count_question"].rows
    }


def frames(seeds: Seeds, question_id: str) -> dict[str, str]:
    """{code frame of a question: a wave that has it}."""
    return {row["code_frame"]: wave for wave, row in asked(seeds)[question_id].items()}


def questions(seeds: Seeds) -> Iterator[Finding]:
    """A question is asked, or counts items; one that counts is not asked, and its items give points."""
    of_waves, counts = asked(seeds), counted(seeds)
    for row in seeds["question"].rows:
        if row["question_id"] not in of_waves and row["question_id"] not in counts:
            remedy = "name it in seeds/codebook/codebook.csv, or delete the row"
            yield row.wrong("question_id", "question_asked", "no wave asks this question", remedy)
    for row in seeds["count_question"].rows:
        if row["question_id"] in of_waves:
            problem = "is asked by a wave, and cannot be a count as well"
            yield row.wrong("question_id", "count_question", problem, "give the count a question_id of its own")
    groups = seeds["count_question"].keys("counted_group")
    for row in seeds["question"].rows:
        if (row["item_group"],) in groups and not row["points_frame"]:
            problem = f"the items of {row['item_group']} are counted, and this one gives no points"
            yield row.wrong("points_frame", "counted_points", problem, "name a frame of seeds/indicators/points.csv")


def statistics(seeds: Seeds) -> Iterator[Finding]:
    """A share is of answers that the questions have in each wave; a mean or median is on a scale and of no answer."""
    items = seeds["question"].by("survey", "item_group")
    scales, groups = seeds["scale"].keys("code_frame"), seeds["answer_group"].keys("item_group", "answer", "code_frame")
    frames_of = {question: {row["code_frame"] for row in rows.values()} for question, rows in asked(seeds).items()}
    for row in seeds["estimate"].rows:
        group = items.get(row.of(("survey", "item_group")), [])
        of_group = {frame for item in group for frame in frames_of.get(item["question_id"], ())}
        yield from _share(row, of_group, groups) if row["statistic"] == SHARE else _mean(row, of_group, scales)


def _share(row: Row, of_group: set[str], groups: set[tuple[str, ...]]) -> Iterator[Finding]:
    if not row["answer"]:
        yield row.wrong("answer", "estimate_answer", "a share of which answer?", f"write {EACH}, or an answer group")
    elif row["answer"] != EACH and (row["item_group"], row["answer"], "") not in groups:
        lacking = [f for f in sorted(of_group) if (row["item_group"], row["answer"], f) not in groups]
        if lacking:
            problem = f"no such answers of {row['item_group']} in frame {', '.join(lacking)}"
            yield row.wrong("answer", "estimate_answer", problem, "add a row to seeds/scales/answer_group.csv")


def _mean(row: Row, of_group: set[str], scales: set[tuple[str, ...]]) -> Iterator[Finding]:
    if row["answer"]:
        problem = f"a {row['statistic']} is of all answers"
        yield row.wrong("answer", "estimate_answer", problem, "leave it blank")
    if lacking := sorted(frame for frame in of_group if (frame,) not in scales):
        problem = f"code frame {', '.join(lacking)} of {row['item_group']} has no scale"
        yield row.wrong("statistic", "estimate_scale", problem, "add a row to seeds/scales/scale.csv")


def populations(seeds: Seeds) -> Iterator[Finding]:
    """A rule is about a question of the population's survey, and its codes are some that the question has."""
    surveys, codes, counts = seeds["population"].by("population"), seeds["code_frame"].by("code_frame"), counted(seeds)
    for row in seeds["population_rule"].rows:
        question = seeds["question"].by("question_id").get((row["question_id"],), [None])[0]
        of = {population["survey"] for population in surveys.get((row["population"],), [])}
        if question is None or not of:
            continue  # told of already
        if question["survey"] not in of:
            problem = f"is a question of {question['survey']}, and the population is of {', '.join(sorted(of))}"
            yield row.wrong("question_id", "population_rule", problem, "name a question of that survey")
            continue
        has = {code["code"] for f in frames(seeds, row["question_id"]) for code in codes.get((f,), [])}
        has |= {str(n) for n in range(len(counts.get(row["question_id"], ())) + 1) if row["question_id"] in counts}
        for column in ("code_from", "code_to"):
            if row[column] and row[column] not in has:
                problem = f"is no code of {row['question_id']}, which has {', '.join(sorted(has)) or 'none'}"
                yield row.wrong(column, "population_rule", problem, "write one of them")


def ranges(seeds: Seeds) -> Iterator[Finding]:
    """What is from ... to ... does not end before it begins, and ranges beside each other share no value."""
    for seed, beside, start, end in RANGES:
        for rows in seeds[seed].by(*beside).values():
            stated = [row for row in rows if row[start]]
            for row in stated:
                if _limits(row, start, end)[0] > _limits(row, start, end)[1]:
                    yield row.wrong(end, "range", f"is less than {start}, {row[start]}", "correct one of the two")
            for one, other in combinations(stated, 2):
                (low, high), (other_low, other_high) = _limits(one, start, end), _limits(other, start, end)
                if beside and low <= other_high and other_low <= high:
                    problem = f"shares values with line {one.line} ({one[start]} to {one[end] or 'the end'})"
                    yield other.wrong(start, "range_overlap", problem, "let one begin where the other has ended")


RANGES = (
    ("category", ("survey", "breakdown"), "source_from", "source_to"),
    ("points", ("points_frame",), "code_from", "code_to"),
    ("interpretation", ("survey", "statistic", "scale"), "rounded_from", "rounded_to"),
    ("threshold", ("indicator",), "value_from", "value_to"),
    ("answer_group", (), "code_from", "code_to"),
    ("answer_group", (), "value_from", "value_to"),
    ("population_rule", (), "code_from", "code_to"),
    ("scale", (), "source_min", "source_max"),
    ("scale", (), "target_min", "target_max"),
)


def _limits(row: Row, start: str, end: str) -> tuple[float, float]:
    low, high = row.number(start), row.number(end)
    return (0.0 if low is None else low), (float("inf") if high is None else high)


def categories(seeds: Seeds) -> Iterator[Finding]:
    """A category that a seed names is one of its breakdown, where the breakdown has some of its own."""
    known = seeds["category"].keys("survey", "breakdown", "category")
    categories_of = seeds["category"].by("survey", "breakdown")
    for seed in ("gross_sample", "cross_source_measure"):
        for row in seeds[seed].rows:
            own = categories_of.get(row.of(("survey", "breakdown")), [])
            if own and row.of(("survey", "breakdown", "category")) not in known:
                problem = f"is no category of {row['breakdown']}"
                yield row.wrong("category", "category", problem, f"write {', '.join(c['category'] for c in own)}")


def breaks(seeds: Seeds) -> Iterator[Finding]:
    """A break in series is in a wave that asks the question, or items that it counts."""
    of_waves, counts = asked(seeds), counted(seeds)
    for row in seeds["series_break"].rows:
        items = counts.get(row["question_id"], [row["question_id"]])
        waves = {wave for item in items for wave in of_waves[item]}
        if waves and row["wave"] not in waves:
            problem = f"{row['question_id']} is not asked then, but in {', '.join(sorted(waves))}"
            yield row.wrong("wave", "series_break", problem, "write the first wave after the change")


def standards(seeds: Seeds) -> Iterator[Finding]:
    """A standard is of one survey and one reference wave."""
    for (name,), rows in seeds["standard_cell"].by("standard").items():
        for row in rows:
            for column in ("survey", "reference_wave"):
                if row[column] != rows[0][column]:
                    problem = f"{name} has {rows[0][column]} in line {rows[0].line}"
                    yield row.wrong(column, "standard", problem, "write the same in all its rows, or another standard")


def kommune_waves(seeds: Seeds) -> Iterator[Finding]:
    """A wave with kommune numbers has a division of its year."""
    years = {year for (year,) in seeds["kommune_count"].keys("year")}
    waves = seeds["wave"].by("survey", "wave")
    for (survey, wave, _), columns in delivered(seeds).items():
        if wave not in years and any(row["data_type"] == "kommunenr" for row in columns.values()):
            problem = (
                f"{survey} has kommune numbers, and seeds/regions/kommune_count.csv no number of kommuner in {wave}"
            )
            remedy = "add the year there, and what changed in it to the other seeds of seeds/regions"
            yield waves[survey, wave][0].wrong("wave", "kommune_year", problem, remedy)


RULES = (questions, statistics, populations, ranges, categories, breaks, standards, kommune_waves)
