"""The tables kommune_indicators, indicator_distributions and fylke_indicators, from the answers of the kommuner.

Not here: the rules (rules.py, scoring.py), and where rows are read from or written to (assets.py).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from statistics import fmean, median
from typing import Any

from pipelines.indicators.rules import Indicator
from pipelines.indicators.scoring import score_kommune

Row = Mapping[str, Any]
KOMMUNE = itemgetter("wave", "division_year", "kommunenr", "method", "n_sources")
DISTRIBUTION = itemgetter("wave", "division_year", "indicator")
IN_FYLKE = itemgetter("wave", "division_year", "indicator", "fylkesnr")
IN_MEDIAN = "is_in_median"
OF_KOMMUNE = (
    "kommunenavn",
    "fylkesnr",
    "fylkesnavn",
    "innbyggergruppe",
    "innbyggergruppe_no",
    "innbyggergruppe_nb",
    "sentralitet",
    "sentralitet_nb",
    "peer_group",
    "peer_group_no",
    "peer_group_nb",
    "peer_rule",
)


def kommune_indicators(
    answers: Iterable[Row], kommuner: Iterable[Row], waves: Iterable[Row], indicators: Sequence[Indicator]
) -> list[dict[str, Any]]:
    """Value and score of each indicator for each kommune, wave and division of one survey.

    answers: wave, division_year, kommunenr, method, n_sources, question_id, code, answered_share
    kommuner: the rows of the contract kommuner
    waves: wave, is_synthetic
    Returns rows of the contract kommune_indicators, with is_in_median besides (see scoring.Score).
    """
    by_name = {i.name: i for i in indicators}
    questions = {i.name: _all_questions(i, by_name) for i in indicators}
    known = {(row["year"], row["kommunenr"]): row for row in kommuner}
    is_synthetic = {row["wave"]: row["is_synthetic"] for row in waves}
    rows = []
    for unit, own in groupby(sorted(answers, key=KOMMUNE), key=KOMMUNE):
        wave, division_year, kommunenr, method, n_sources = unit
        answer = {row["question_id"]: row for row in own}
        scores = score_kommune(indicators, {question: row["code"] for question, row in answer.items()})
        kommune = known.get((division_year, kommunenr), {})
        for indicator in indicators:
            value, score, is_in_median = scores[indicator.name]
            shares = [answer[q]["answered_share"] for q in questions[indicator.name] if q in answer]
            rows.append(
                {
                    "wave": wave,
                    "division_year": division_year,
                    "kommunenr": kommunenr,
                    **{column: kommune.get(column) for column in OF_KOMMUNE},
                    "indicator": indicator.name,
                    "indicator_nb": indicator.label,
                    "kind": indicator.kind,
                    "value": value,
                    "score": score,
                    "score_nb": None if score is None else indicator.score_labels[score],
                    "method": method,
                    "n_predecessors": n_sources,
                    "predecessors_answered_share": min(shares, default=0.0),
                    "is_synthetic": is_synthetic[wave],
                    IN_MEDIAN: is_in_median,
                }
            )
    return rows


def _all_questions(indicator: Indicator, by_name: dict[str, Indicator]) -> set[str]:
    """The questions behind an indicator, through its inputs."""
    found = set(indicator.questions())
    for i in indicator.inputs:
        if i.kind == "indicator":
            found |= _all_questions(by_name[i.name], by_name)
    return found


def indicator_distributions(scored: Iterable[Row], indicators: Sequence[Indicator]) -> list[dict[str, Any]]:
    """How the kommuner of each wave and division spread over the scores, every score 0-4 with a row.

    scored: the rows of kommune_indicators(). Returns rows of the contract indicator_distributions.
    """
    by_name = {i.name: i for i in indicators}
    rows = []
    for (wave, division_year, name), kommuner in _with_score(scored, DISTRIBUTION):
        values = [row["value"] for row in kommuner if row[IN_MEDIAN]]
        of_group = {
            "wave": wave,
            "division_year": division_year,
            "indicator": name,
            "median_value": float(median(values)) if values else None,
        }
        rows += [of_group | of_score for of_score in scores_of(kommuner, by_name[name])]
    return rows


def fylke_indicators(
    scored: Iterable[Row], kommuner: Iterable[Row], indicators: Sequence[Indicator]
) -> list[dict[str, Any]]:
    """The same within each fylke of the division, and the mean score of its kommuner.

    scored: the rows of kommune_indicators(); kommuner: year, fylkesnr, fylkesnavn.
    Returns rows of the contract fylke_indicators.
    """
    by_name = {i.name: i for i in indicators}
    names = {(row["year"], row["fylkesnr"]): row["fylkesnavn"] for row in kommuner}
    rows = []
    in_fylke = (row for row in scored if row["fylkesnr"] is not None)
    for (wave, division_year, name, fylkesnr), own in _with_score(in_fylke, IN_FYLKE):
        of_group = {
            "wave": wave,
            "division_year": division_year,
            "fylkesnr": fylkesnr,
            "fylkesnavn": names.get((division_year, fylkesnr)),
            "indicator": name,
            "mean_score": fmean(row["score"] for row in own),
        }
        rows += [of_group | of_score for of_score in scores_of(own, by_name[name])]
    return rows


def _with_score(scored: Iterable[Row], key: Callable[[Row], Any]) -> Iterator[tuple[Any, list[Row]]]:
    """Those that have a score, in groups."""
    with_score = sorted((row for row in scored if row["score"] is not None), key=key)
    return ((group, list(kommuner)) for group, kommuner in groupby(with_score, key=key))


def scores_of(kommuner: Sequence[Row], indicator: Indicator) -> Iterator[dict[str, Any]]:
    """How many of some kommuner have each score of an indicator."""
    for score, label in indicator.score_labels.items():
        n_kommuner = sum(row["score"] == score for row in kommuner)
        yield {
            "indicator_nb": indicator.label,
            "score": score,
            "score_nb": label,
            "n_kommuner": n_kommuner,
            "share": n_kommuner / len(kommuner),
            "n_total": len(kommuner),
            "is_synthetic": any(row["is_synthetic"] for row in kommuner),
        }
