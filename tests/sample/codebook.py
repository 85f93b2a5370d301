"""The codebook as the sample needs it: columns of a wave, codes of a frame, items behind a count, points of an answer.

Not here: reading files by the codebook (ingest).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pipelines.common.seeds import read_seed
from pipelines.ingest.codebook import wave_rows

NOT_ASKED = "ikke_spurt"


@dataclass(frozen=True)
class Question:
    """One answer column of a wave. `filter`: (question, code) that opens it, or None."""

    column_name: str
    question_id: str
    codes: tuple[int, ...]
    filter: tuple[str, int] | None
    is_asked: bool

    def is_put_to(self, answers: Mapping[str, int | None]) -> bool:
        return self.is_asked and (self.filter is None or answers[self.filter[0]] == self.filter[1])


@cache
def columns(survey: str, wave: int, part: str | None = None) -> list[dict[str, str]]:
    """The codebook rows of a wave, or of one of its tables, that a file has, in file order."""
    return [r for r in wave_rows(survey, wave) if r["role"] != "ignored" and part in (None, r["part"])]


@cache
def questions(survey: str, wave: int, part: str | None = None) -> list[Question]:
    """The answer columns of a wave, or of one of its tables, in file order."""
    rows = columns(survey, wave, part)
    by_column = {r["column_name"]: r["question_id"] for r in rows}
    return [
        Question(
            r["column_name"],
            r["question_id"],
            tuple(int(f["code"]) for f in read_seed("code_frame") if f["code_frame"] == r["code_frame"]),
            (by_column[r["filter_column"]], int(r["filter_code"])) if r["filter_column"] else None,
            r["blank_kind"] != NOT_ASKED,
        )
        for r in rows
        if r["role"] == "answer"
    ]


@cache
def frames(survey: str, wave: int) -> dict[str, str]:
    """Question -> its code frame in the wave, in file order."""
    return {r["question_id"]: r["code_frame"] for r in columns(survey, wave) if r["role"] == "answer"}


@cache
def frame(code_frame: str) -> list[dict[str, str]]:
    """The rows of a code frame, in seed order."""
    return [r for r in read_seed("code_frame") if r["code_frame"] == code_frame]


@cache
def scale_values(code_frame: str) -> dict[int, float]:
    """Code -> value on the harmonised scale, of the codes that are answers; the frame's own value without a scale."""
    values = {int(r["code"]): float(r["value"]) for r in frame(code_frame) if r["answer_kind"] == "answer"}
    scale = next((r for r in read_seed("scale") if r["code_frame"] == code_frame), None)
    if scale is None:
        return values
    low, high, first, last = (float(scale[c]) for c in ("source_min", "source_max", "target_min", "target_max"))
    return {code: first + (value - low) * (last - first) / (high - low) for code, value in values.items()}


@cache
def code_range(survey: str, wave: int, question: str, answer: str) -> tuple[int, int]:
    """The codes that count as `answer`: a code, or an answer group of the question's item group and frame."""
    group = next(r["item_group"] for r in read_seed("question") if r["question_id"] == question)
    for r in read_seed("answer_group"):
        in_frame = r["code_frame"] in ("", frames(survey, wave).get(question))
        if (r["item_group"], r["answer"]) == (group, answer) and in_frame:
            return int(r["code_from"]), int(r["code_to"])
    return int(answer), int(answer)


@cache
def items_counted(count_question: str) -> tuple[str, ...]:
    """The items of any wave that `count_question` counts."""
    group = next(r for r in read_seed("count_question") if r["question_id"] == count_question)["counted_group"]
    return tuple(r["question_id"] for r in read_seed("question") if r["item_group"] == group)


@cache
def items_of(survey: str, wave: int, count_question: str) -> list[Question]:
    """Those of them that the wave asks."""
    items = items_counted(count_question)
    return [question for question in questions(survey, wave) if question.question_id in items]


@cache
def item_points(question_id: str) -> dict[int, int]:
    """Code -> points, for the codes that give any."""
    frame = next(r["points_frame"] for r in read_seed("question") if r["question_id"] == question_id)
    return {
        code: int(r["points"])
        for r in read_seed("points")
        if r["points_frame"] == frame
        for code in range(int(r["code_from"]), int(r["code_to"]) + 1)
    }


def counted(survey: str, wave: int, count_question: str, answers: Mapping[str, int | None]) -> int:
    """The count (sum of points) that these item answers give; blank and don't know give none."""
    items = items_of(survey, wave, count_question)
    return sum(item_points(item.question_id).get(answers[item.question_id], 0) for item in items)
