"""The tables kommune_indicators and indicator_distributions, from the harmonised answers of the kommuner.

Not here: the rules (rules.py, scoring.py), and where the frames are read from or written to (assets.py).
"""

from collections.abc import Sequence

import pandas as pd

from pipelines.indicators.rules import Indicator
from pipelines.indicators.scoring import score_kommune

# Said, not found: a landing without the survey gives no rows to find them in.
TYPES = {
    "wave": "int32",
    "division_year": "int32",
    "value": "Int32",
    "score": "Int32",
    "predecessors_answered_share": "float64",
    "is_in_median": "bool",
}
UNIT = ["wave", "division_year", "kommunenr", "method", "n_sources"]


def kommune_indicators(
    answers: pd.DataFrame, kommuner: pd.DataFrame, waves: pd.DataFrame, indicators: Sequence[Indicator]
) -> pd.DataFrame:
    """Value and score of each indicator for each kommune, wave and division.

    answers: wave, division_year, kommunenr, method, n_sources, question_id, code, answered_share
    kommuner: year, kommunenr, kommunenavn, fylkesnr
    waves: wave, is_synthetic
    Returns the columns of the contract kommune_indicators, and is_in_median (see scoring.Score).
    """
    by_name = {i.name: i for i in indicators}
    questions = {i.name: _all_questions(i, by_name) for i in indicators}
    rows = []
    for unit, group in answers.groupby(UNIT, sort=True):
        codes = {
            question: None if pd.isna(code) else int(code)
            for question, code in zip(group["question_id"], group["code"], strict=True)
        }
        answered = dict(zip(group["question_id"], group["answered_share"], strict=True))
        scores = score_kommune(indicators, codes)
        for indicator in indicators:
            value, score, is_in_median = scores[indicator.name]
            shares = [answered[q] for q in questions[indicator.name] if q in answered]
            rows.append(
                (
                    *unit,
                    indicator.name,
                    indicator.label,
                    indicator.kind,
                    value,
                    score,
                    None if score is None else indicator.score_labels[score],
                    min(shares, default=0.0),
                    is_in_median,
                )
            )
    columns = [*UNIT, "indicator", "indicator_nb", "kind", "value", "score", "score_nb"]
    columns += ["predecessors_answered_share", "is_in_median"]
    frame = pd.DataFrame(rows, columns=columns).rename(columns={"n_sources": "n_predecessors"})
    frame = frame.merge(
        kommuner.rename(columns={"year": "division_year"}), on=["division_year", "kommunenr"], how="left"
    )
    frame = frame.merge(waves, on="wave", how="left")
    return frame.astype(TYPES)


def _all_questions(indicator: Indicator, by_name: dict[str, Indicator]) -> set[str]:
    """The questions behind an indicator, through its inputs."""
    found = set(indicator.questions())
    for i in indicator.inputs:
        if i.kind == "indicator":
            found |= _all_questions(by_name[i.name], by_name)
    return found


def indicator_distributions(scored: pd.DataFrame, indicators: Sequence[Indicator]) -> pd.DataFrame:
    """How the kommuner of each wave and division spread over the scores, every score 0-4 with a row.

    scored: the frame of kommune_indicators. Returns the columns of the contract indicator_distributions.
    """
    group = ["wave", "division_year", "indicator"]
    with_score = scored.dropna(subset=["score"])
    labels = pd.DataFrame(
        [(i.name, i.label, score, label) for i in indicators for score, label in i.score_labels.items()],
        columns=["indicator", "indicator_nb", "score", "score_nb"],
    )
    totals = with_score.groupby(group, as_index=False).agg(
        n_total=("kommunenr", "size"), is_synthetic=("is_synthetic", "max")
    )
    medians = (
        with_score[with_score["is_in_median"]].groupby(group, as_index=False).agg(median_value=("value", "median"))
    )
    counts = with_score.groupby([*group, "score"], as_index=False).agg(n_kommuner=("kommunenr", "size"))
    totals = totals.merge(medians, on=group, how="left")
    frame = totals.merge(labels, on="indicator").merge(counts, on=[*group, "score"], how="left")
    frame["n_kommuner"] = frame["n_kommuner"].fillna(0).astype("int32")
    frame["share"] = frame["n_kommuner"] / frame["n_total"]
    return frame
