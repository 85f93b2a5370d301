"""The indicator rules of seeds/indicators, typed and checked once.

Not here: applying them (scoring.py). Source: SSB Rapporter 2023/27, chapters 3.2, 4.3 and 5.1.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.common.seeds import SeedError, read_seed


@dataclass(frozen=True)
class Input:
    """One position of a composite: another indicator's score, or the answer code to a question."""

    kind: str
    name: str


@dataclass(frozen=True)
class Indicator:
    """One indicator. Simple ones have thresholds, the others inputs and a grade matrix."""

    name: str
    label: str
    kind: str
    value_question: str | None
    filter_question: str | None
    filter_open_code: int | None
    reference_wave: int | None
    reference_median: float | None
    thresholds: tuple[tuple[int, int, int], ...]  # (score, from, to), both ends included
    inputs: tuple[Input, ...]
    grades: dict[tuple[int | None, ...], int]
    score_labels: dict[int, str]

    def questions(self) -> tuple[str, ...]:
        """The questions this indicator reads directly."""
        own = (self.value_question, self.filter_question)
        return tuple(q for q in own if q) + tuple(i.name for i in self.inputs if i.kind == "question")


def _code(text: str) -> int | None:
    return int(text) if text else None


def _rows_by_indicator(seed: str) -> dict[str, list[dict[str, str]]]:
    grouped = defaultdict(list)
    for row in read_seed(seed):
        grouped[row["indicator"]].append(row)
    return grouped


def load_indicators() -> list[Indicator]:
    """All indicators in the order of seeds/indicators/indicator.csv: inputs stand before what uses them.

    Raises ValueError when thresholds leave a gap or overlap, or an input is not defined before its use.
    """
    thresholds, compositions = _rows_by_indicator("threshold"), _rows_by_indicator("composition")
    matrices, labels = _rows_by_indicator("grade_matrix"), _rows_by_indicator("score_label")
    indicators: list[Indicator] = []
    for row in read_seed("indicator"):
        name = row["indicator"]
        inputs = tuple(
            Input(r["input_kind"], r["input"]) for r in sorted(compositions[name], key=lambda r: int(r["position"]))
        )
        n_inputs = len(inputs)
        indicators.append(
            Indicator(
                name=name,
                label=row["indicator_nb"],
                kind=row["kind"],
                value_question=row["value_question_id"] or None,
                filter_question=row["filter_question_id"] or None,
                filter_open_code=_code(row["filter_open_code"]),
                reference_wave=_code(row["reference_wave"]),
                reference_median=float(row["reference_median"]) if row["reference_median"] else None,
                thresholds=tuple((int(r["score"]), int(r["value_from"]), int(r["value_to"])) for r in thresholds[name]),
                inputs=inputs,
                grades={
                    tuple(_code(r[f"input_{i + 1}"]) for i in range(n_inputs)): int(r["score"]) for r in matrices[name]
                },
                score_labels={int(r["score"]): r["score_nb"] for r in labels[name]},
            )
        )
        _check(indicators[-1], known={i.name for i in indicators})
    return indicators


def by_survey(indicators: Sequence[Indicator]) -> dict[str, list[Indicator]]:
    """{survey: the indicators made of its questions}, in the order of the indicators.

    Raises SeedError when one is made of questions of several surveys, or of none.
    """
    survey_of = {row["question_id"]: row["survey"] for row in read_seed("question")}
    surveys: dict[str, set[str]] = {}
    found = defaultdict(list)
    for indicator in indicators:
        of_inputs = (surveys[i.name] for i in indicator.inputs if i.kind == "indicator")
        surveys[indicator.name] = {survey_of[q] for q in indicator.questions()}.union(*of_inputs)
        if len(surveys[indicator.name]) != 1:
            several = ", ".join(sorted(surveys[indicator.name])) or "no survey"
            problem = f"is made of questions of {several}, they must be of one survey"
            raise SeedError(f"seeds/indicators/indicator.csv: {indicator.name} {problem}")
        found[next(iter(surveys[indicator.name]))].append(indicator)
    return dict(found)


def _check(indicator: Indicator, known: set[str]) -> None:
    for score, start, end in indicator.thresholds:
        if end < start:
            raise SeedError(
                f"seeds/indicators/threshold.csv, {indicator.name}, score {score}: ends at {end}, before it starts"
            )
    if indicator.thresholds and indicator.thresholds[0][1] != 0:
        raise SeedError(f"seeds/indicators/threshold.csv, {indicator.name}: the first threshold must start at 0")
    for (_, _, previous_to), (score, start, _) in zip(indicator.thresholds, indicator.thresholds[1:], strict=False):
        if start != previous_to + 1:
            raise SeedError(
                f"seeds/indicators/threshold.csv, {indicator.name}, score {score}: starts at {start}, "
                f"but the score before ends at {previous_to}; thresholds must follow one another"
            )
    for i in indicator.inputs:
        if i.kind == "indicator" and i.name not in known:
            raise SeedError(
                f"seeds/indicators/composition.csv, {indicator.name}: input {i.name!r} is not an indicator "
                "defined before it in indicator.csv"
            )
    if not indicator.thresholds and not indicator.grades:
        raise SeedError(f"seeds/indicators: {indicator.name} has neither thresholds nor a grade matrix")
