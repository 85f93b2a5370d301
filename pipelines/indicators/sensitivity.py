"""The table panel_sensitivity: the panels of kommuner when merged ones get their answers by other rules.

Not here: the rules (seeds/indicators/panel_rule.csv), and merging by them (dbt's harmonised_panel_items).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from statistics import fmean
from typing import Any

from pipelines.indicators.tables import Row

DECLARED = "declared"  # the rule of all other tables
HIGH = 3  # the two highest of the scores 0-4
KOMMUNE = itemgetter("wave", "division_year", "kommunenr", "indicator")
GROUP = itemgetter("division_year", "indicator", "wave")
SERIES = itemgetter(0, 1)  # of a group


def panel_sensitivity(
    declared: Iterable[Row], merged: Mapping[str, Iterable[Row]], divisions: Collection[int]
) -> list[dict[str, Any]]:
    """How kommuner score in each panel division and wave by each rule, and whether the change has the same sign.

    declared: the rows of kommune_indicators(); merged: {another rule: such rows, of the kommuner that were merged}
    divisions: the years of the panels
    Returns rows of the contract panel_sensitivity.
    """
    in_panels = {KOMMUNE(row): row for row in declared if row["division_year"] in divisions}
    found = {DECLARED: _by_wave(in_panels.values())}
    for rule, rows in merged.items():
        found[rule] = _by_wave((in_panels | {KOMMUNE(row): row for row in rows}).values())
    return [
        row | {"rule": rule, "is_conclusion_kept": _same_sign(row, found[DECLARED].get(wave))}
        for rule, waves in found.items()
        for wave, row in waves.items()
    ]


def _by_wave(rows: Iterable[Row]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """{(division, indicator, wave): how those with a score stand, and what changed since the wave before}."""
    groups = defaultdict(list)
    for row in rows:
        if row["score"] is not None:
            groups[GROUP(row)].append(row)
    found = {}
    for _, of_series in groupby(sorted(groups), key=SERIES):
        for row in _changes([_standing(groups[group]) for group in of_series]):
            found[GROUP(row)] = row
    return found


def _standing(kommuner: list[Row]) -> dict[str, Any]:
    """The kommuner of a wave that have a score. Categories without order have no mean."""
    first, scores = kommuner[0], [row["score"] for row in kommuner]
    return {
        "division_year": first["division_year"],
        "indicator": first["indicator"],
        "indicator_nb": first["indicator_nb"],
        "wave": first["wave"],
        "n_kommuner": len(scores),
        "n_merged": sum(row["n_predecessors"] > 1 for row in kommuner),
        "mean_score": None if first["kind"] == "category" else fmean(scores),
        "share_high": sum(score >= HIGH for score in scores) / len(scores),
        "is_synthetic": any(row["is_synthetic"] for row in kommuner),
    }


def _changes(waves: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for previous, row in zip([None, *waves], waves, strict=False):
        yield row | {
            "previous_wave": previous and previous["wave"],
            "mean_change": _difference(row, previous, "mean_score"),
            "share_high_change": _difference(row, previous, "share_high"),
        }


def _difference(row: Row, previous: Row | None, measure: str) -> float | None:
    if previous is None or row[measure] is None:
        return None
    return float(row[measure] - previous[measure])


def _same_sign(row: Row, declared: Row | None) -> bool | None:
    """Whether the mean, of categories the share, goes the same way; None where one of the two has no change."""
    measure = "share_high_change" if row["mean_score"] is None else "mean_change"
    if declared is None or row[measure] is None or declared[measure] is None:
        return None
    return _sign(row[measure]) == _sign(declared[measure])


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)
