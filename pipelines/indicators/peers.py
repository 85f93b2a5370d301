"""A kommune beside others: its percentile among all and among its peers, its profile, and how groups of kommuner score.

Not here: who is whose peer (dbt_project/models/marts/kommuner.sql), and the scores (tables.py).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from operator import itemgetter
from statistics import fmean
from typing import Any

from pipelines.indicators.rules import Indicator
from pipelines.indicators.tables import IN_MEDIAN, Row, scores_of

UNORDERED = "category"  # the kind of an indicator whose scores are no order
SIZE_ALONE = "size"
NOT_IN_PROFILE = {IN_MEDIAN, "n_predecessors", "predecessors_answered_share"}
UNIT = itemgetter("kommunenr", "indicator", "wave")


def with_places(scored: Iterable[Row]) -> list[dict[str, Any]]:
    """The rows of kommune_indicators() with `percentile` and `peer_percentile` (0-1).

    The share of kommuner with a score, in the same wave and division, that have a lower one, those with the same score
    counted half. NULL without a score, and for an indicator whose scores are no order.
    """
    rows = list(scored)
    groups = _scores_by_group(rows)
    return [
        dict(row)
        | {"percentile": _percentile(row, groups.get(_all(row), [])), "peer_percentile": _of_peers(row, groups)}
        for row in rows
    ]


def kommune_profile(placed: Iterable[Row], division_year: int) -> list[dict[str, Any]]:
    """Every kommune of a division: its scores in all waves, beside the mean of its peers and of all, and before.

    placed: the rows of with_places(). Returns rows of the contract kommune_profile.
    """
    rows = [row for row in placed if row["division_year"] == division_year]
    groups = _scores_by_group(rows)
    before: dict[Hashable, Row] = {}
    profile = []
    for row in sorted(rows, key=UNIT):
        kommunenr, indicator, _ = UNIT(row)
        previous = before.get((kommunenr, indicator))
        before[kommunenr, indicator] = row
        peers = groups.get(_peers(row), [])
        is_ordered = row["kind"] != UNORDERED
        profile.append(
            {column: row[column] for column in row if column not in NOT_IN_PROFILE}
            | {
                "mean_score": _mean(groups.get(_all(row), [])) if is_ordered else None,
                "peer_mean_score": _mean(peers) if is_ordered else None,
                "n_kommuner": len(groups.get(_all(row), [])),
                "n_peers": len(peers),
                "previous_wave": previous and previous["wave"],
                "previous_score": previous and previous["score"],
            }
        )
    return profile


def indicator_groups(
    scored: Iterable[Row], groupings: Sequence[tuple[str, str, str]], indicators: Sequence[Indicator]
) -> list[dict[str, Any]]:
    """How the kommuner of each group spread over the scores of each indicator, and their mean score.

    scored: the rows of kommune_indicators()
    groupings: (column of the group, of its place, of its label)
    Returns rows of the contract indicator_groups.
    """
    by_name = {indicator.name: indicator for indicator in indicators}
    kommuner: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in scored:
        for grouping, place, label in groupings:
            if row["score"] is not None and row[grouping] is not None:
                group = grouping, str(row[grouping]), row[place], str(row[label])
                kommuner[row["wave"], row["division_year"], *group, row["indicator"]].append(row)
    rows = []
    for (wave, division_year, grouping, group, place, label, name), own in kommuner.items():
        of_group = {
            "wave": wave,
            "division_year": division_year,
            "grouping": grouping,
            "kommune_group": group,
            "kommune_group_no": place,
            "kommune_group_nb": label,
            "indicator": name,
            "mean_score": None if by_name[name].kind == UNORDERED else fmean(row["score"] for row in own),
        }
        rows += [of_group | of_score for of_score in scores_of(own, by_name[name])]
    return rows


def _scores_by_group(rows: Iterable[Row]) -> dict[Hashable, list[int]]:
    """The scores of each group that a kommune is set beside, sorted."""
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for row in rows:
        if row["score"] is not None:
            for group in {_all(row), _peers(row), _same_size(row)}:
                groups[group].append(row["score"])
    return {group: sorted(scores) for group, scores in groups.items()}


def _all(row: Row) -> Hashable:
    return row["wave"], row["division_year"], row["indicator"]


def _same_size(row: Row) -> Hashable:
    return _all(row), SIZE_ALONE, row["innbyggergruppe"]


def _peers(row: Row) -> Hashable:
    """Whose peers share its size alone has all of that size, also those who have nearer ones."""
    return _same_size(row) if row["peer_rule"] == SIZE_ALONE else (_all(row), row["peer_rule"], row["peer_group"])


def _of_peers(row: Row, groups: dict[Hashable, list[int]]) -> float | None:
    return None if row["peer_group"] is None else _percentile(row, groups.get(_peers(row), []))


def _percentile(row: Row, scores: list[int]) -> float | None:
    if row["score"] is None or row["kind"] == UNORDERED:
        return None
    return (bisect_left(scores, row["score"]) + bisect_right(scores, row["score"])) / (2 * len(scores))


def _mean(scores: list[int]) -> float | None:
    return fmean(scores) if scores else None
