"""Numbers of respondents that the margins of a wave hide: by places, and of those who stated no category.

Not here: categories that estimates are by, whose answers tell of them as well (findings.py).

A share is of all who stated any category, so a number over its share tells how many these are; what the shown ones
leave of them is the sum of the hidden ones. A row that is there has one respondent at least.
"""

from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import Any

import pandas as pd

from pipelines.attack.findings import FINDING
from pipelines.attack.relation import Published
from pipelines.attack.wave import UNSTATED

Row = dict[str, Any]
WHOLE = "all"


def margin_findings(published: Published, rules: pd.DataFrame) -> pd.DataFrame:
    """The hidden numbers of respondents that follow from shares, by the columns of FINDING."""
    protections = rules.groupby("survey")["protection"].max().to_dict()
    return pd.DataFrame([*_unstated(published), *_places(published, protections)], columns=FINDING)


def _unstated(published: Published) -> Iterator[Row]:
    named = ("survey", "wave", "population", "breakdown")
    margins = _margins(published, "survey_composition", named, "share")
    for margin, rows in margins.items():
        everyone = [row["n_respondents"] for row in margins[*margin[:3], WHOLE]]
        hidden = [row for row in rows if row["category"] == UNSTATED and row["n_respondents"] is None]
        if hidden and everyone != [None] and (stated := _stated(rows)):
            n = everyone[0] - stated
            where = dict(zip(named, margin, strict=True)) | {"category": UNSTATED}
            yield _finding("survey_composition", where, (n, n), 0.0)


def _places(published: Published, protections: dict[str, float]) -> Iterator[Row]:
    composition = published.rows("survey_composition", ["survey", "wave", "breakdown"])
    breakdowns = {tuple(row.values()) for row in composition}
    margins = _margins(published, "weight_audit", ("survey", "wave", "margin"), "share_unweighted")
    for (survey, wave, margin), rows in margins.items():
        hidden = [row["category"] for row in rows if row["n_respondents"] is None]
        if (survey, wave, margin) in breakdowns or not hidden or not (stated := _stated(rows)):
            continue
        left = stated - sum(row["n_respondents"] or 0 for row in rows)
        for category in hidden:
            where = {"survey": survey, "wave": wave, "breakdown": margin, "category": category}
            ends = (left if len(hidden) == 1 else 1, left - (len(hidden) - 1))
            yield _finding("weight_audit", where, ends, protections.get(survey, 0.0))


def _margins(published: Published, table: str, named: tuple[str, ...], share: str) -> dict[tuple[Any, ...], list[Row]]:
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in published.rows(table, [*named, "category", "n_respondents", share]):
        found[tuple(row[column] for column in named)].append(row | {"share": row[share]})
    return dict(found)


def _stated(rows: list[Row]) -> int | None:
    """How many stated a category, as any row with a share tells."""
    told = [row["n_respondents"] / row["share"] for row in rows if row["share"] and row["n_respondents"]]
    return round(median(told)) if told else None


def _finding(table: str, where: Row, ends: tuple[int, int], protection: float) -> Row:
    width = ends[1] - ends[0]
    flags = {"is_exact": width == 0, "is_too_narrow": width == 0 or width < protection}
    interval = {"lower": ends[0], "upper": ends[1], "width": width, "protection": protection}
    return {"table": table, **where, "quantity": "n_respondents", "how": "shares", **interval, **flags}
