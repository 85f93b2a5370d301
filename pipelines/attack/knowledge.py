"""What an attacker knows beside the tables: the public seeds, as frames with numbers.

Not here: anything that a release computes; only files of seeds/ are read.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

from pipelines.common.seeds import read_seed


@dataclass(frozen=True)
class Knowledge:
    """The seeds, one frame each, as in seeds/ with numbers for texts that are numbers; see read_knowledge().

    codes: question_id, from_wave, to_wave, code (text), kind, value (on the scale of the mean; NaN without one)
    groups: question_id, answer, code_from, code_to, value_from, value_to
    bases: question_id, population, statistic, answer, is_dont_know_in_base
    categories: survey, breakdown, source_from, source_to, category; sources: survey, breakdown, source_column
    populations: population, survey, part; picked: population, question_id, code_from, code_to
    items: composite, question_id, is_reversed; standards: survey, standard, reference_wave, breakdown, category
    bridges: survey, question_id, wave, source_question_id, coefficient
    labels: breakdown, label_prefix, of the categories of indicators
    measures, figure_terms, statement_terms: as the seeds of those names, as text
    """

    codes: pd.DataFrame
    groups: pd.DataFrame
    bases: pd.DataFrame
    categories: pd.DataFrame
    sources: pd.DataFrame
    populations: pd.DataFrame
    picked: pd.DataFrame
    items: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["composite", "question_id", "is_reversed"])
    )
    standards: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["survey", "standard", "reference_wave", "breakdown", "category"])
    )
    bridges: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(
            columns=["survey", "question_id", "wave", "source_question_id", "coefficient"]
        )
    )
    labels: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["survey", "breakdown", "label_prefix"]))
    measures: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["measure"]))
    figure_terms: pd.DataFrame = field(default_factory=pd.DataFrame)
    statement_terms: pd.DataFrame = field(default_factory=pd.DataFrame)


@cache
def read_knowledge() -> Knowledge:
    """What the seeds of this project say."""
    question = _seed("question", [])[["question_id", "item_group"]]
    return Knowledge(
        codes=_codes(),
        groups=question.merge(_seed("answer_group", ["code_from", "code_to", "value_from", "value_to"])),
        bases=_bases(question),
        categories=_seed("category", ["source_from", "source_to"]),
        sources=_seed("breakdown", [])[["survey", "breakdown", "source_column"]],
        populations=_seed("population", [])[["population", "survey", "part"]],
        picked=_seed("population_rule", ["code_from", "code_to"]),
        items=_flags(_seed("composite_item", []), "is_reversed"),
        standards=_seed("standard_cell", ["reference_wave"]),
        bridges=_seed("series_bridge", ["wave", "coefficient"]),
        labels=_seed("composite_breakdown", []),
        measures=_seed("cross_source_measure", []),
        figure_terms=_seed("figure_term", ["coefficient"]),
        statement_terms=_seed("statement_term", ["coefficient"]),
    )


def _seed(name: str, numbers: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(read_seed(name), dtype=object)  # texts that groupby need not unpack
    for column in numbers:
        frame[column] = pd.to_numeric(frame[column], errors="coerce")
    return frame


def _flags(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    return frame.assign(**{column: frame[column] == "true"})


def _codes() -> pd.DataFrame:
    """Every code of every question, by the waves that have it, with its value on the scale of means."""
    asked = _seed("codebook", ["from_wave", "to_wave"]).query("question_id != '' and code_frame != ''")
    asked = asked.assign(from_wave=asked["from_wave"].fillna(-np.inf), to_wave=asked["to_wave"].fillna(np.inf))
    frame = _seed("code_frame", ["value"]).merge(_scales(), on="code_frame", how="left")
    slope = (frame["target_max"] - frame["target_min"]) / (frame["source_max"] - frame["source_min"])
    on_scale = frame["target_min"] + (frame["value"] - frame["source_min"]) * slope
    frame = frame.assign(value=on_scale.where(slope.notna(), frame["value"]), kind=frame["answer_kind"])
    columns = ["question_id", "from_wave", "to_wave", "code", "kind", "value"]
    blank = asked[asked["blank_kind"].isin(["vet_ikke", "ikke_relevant"])]
    blank = blank.assign(code="", kind=blank["blank_kind"], value=np.nan)
    return pd.concat([asked.merge(frame, on="code_frame")[columns], blank[columns]]).drop_duplicates()


def _scales() -> pd.DataFrame:
    columns = ["source_min", "source_max", "target_min", "target_max"]
    return _seed("scale", columns)[["code_frame", *columns]]


def _bases(question: pd.DataFrame) -> pd.DataFrame:
    return _flags(_seed("estimate", []).merge(question, on="item_group"), "is_dont_know_in_base")
