"""Score one kommune: its answers in, the value and score of every indicator out.

Not here: where answers come from, or how merged kommuner got them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipelines.indicators.rules import Indicator


class Score(NamedTuple):
    """`value`: areas, functions or points counted (None for composites). `score`: 0-4, or None: missing.

    `is_in_median`: whether the value counts in the median; a kommune whose filter is closed does not.
    """

    value: int | None
    score: int | None
    is_in_median: bool = False


def score_kommune(indicators: Sequence[Indicator], answers: Mapping[str, int | None]) -> dict[str, Score]:
    """Score every indicator from `answers`: {question_id: answer code, or count for a count question}.

    A question that is absent or None is missing, and so is what builds on it; a closed filter
    (no strategy, no projects, no cloud) is an answer and scores 0.
    """
    scores: dict[str, Score] = {}
    for indicator in indicators:
        if indicator.thresholds:
            scores[indicator.name] = _simple(indicator, answers)
        else:
            inputs = tuple(
                scores[i.name].score if i.kind == "indicator" else answers.get(i.name) for i in indicator.inputs
            )
            scores[indicator.name] = Score(None, _grade(indicator, inputs))
    return scores


def _simple(indicator: Indicator, answers: Mapping[str, int | None]) -> Score:
    if indicator.filter_question is not None:
        answer = answers.get(indicator.filter_question)
        if answer is None:
            return Score(None, None)
        if answer != indicator.filter_open_code:
            return Score(0, 0)
    value = answers.get(indicator.value_question) if indicator.value_question else None
    if value is None:
        return Score(None, None)
    for score, start, end in indicator.thresholds:
        if start <= value <= end:
            return Score(value, score, is_in_median=True)
    raise ValueError(f"{indicator.name}: value {value} lies outside every threshold of seeds/indicators/threshold.csv")


def _grade(indicator: Indicator, inputs: tuple[int | None, ...]) -> int | None:
    """The grade matrix cell; None when an input that the cell needs is missing.

    Raises ValueError when all inputs are there and the matrix has no cell for them.
    """
    # A cell may leave its last input open (who did not recruit had no difficulty): try without it.
    for cell in (inputs, (*inputs[:-1], None)):
        if cell in indicator.grades:
            return indicator.grades[cell]
    if None not in inputs:
        raise ValueError(f"{indicator.name}: no cell {inputs} in seeds/indicators/grade_matrix.csv")
    return None
