"""Numbers of respondents that a wave hides of the places where they live.

Not here: categories that estimates are by, whose answers tell of them as well (findings.py).

A share is of all who live in any of the places, so a number over its share tells how many these are; what the shown
ones leave of them is the sum of the hidden ones. A row that is there has one respondent at least.
"""

from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import Any

import pandas as pd

from pipelines.attack.findings import FINDING
from pipelines.attack.relation import Published

Row = dict[str, Any]


def place_findings(published: Published, rules: pd.DataFrame) -> pd.DataFrame:
    """The hidden numbers of respondents by place, by the columns of FINDING."""
    protections = rules.groupby("survey")["protection"].max().to_dict()
    composition = published.rows("survey_composition", ["survey", "wave", "breakdown"])
    breakdowns = {tuple(row.values()) for row in composition}
    places: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in published.rows(
        "weight_audit", ["survey", "wave", "margin", "category", "n_respondents", "share_unweighted"]
    ):
        if (where := (row["survey"], row["wave"], row["margin"])) not in breakdowns:
            places[where].append(row)
    found = [finding for rows in places.values() for finding in _of_place(rows, protections)]
    return pd.DataFrame(found, columns=FINDING)


def _of_place(rows: list[Row], protections: dict[str, float]) -> Iterator[Row]:
    hidden = [row for row in rows if row["n_respondents"] is None]
    # Any row with a share tells how many there are in all.
    told = [row["n_respondents"] / row["share_unweighted"] for row in rows if row["share_unweighted"]]
    if not hidden or not told:
        return
    left = round(median(told)) - sum(row["n_respondents"] or 0 for row in rows)
    for row in hidden:
        lower, upper = left if len(hidden) == 1 else 1, left - (len(hidden) - 1)
        width, protection = upper - lower, protections.get(row["survey"], 0.0)
        yield {
            "table": "weight_audit",
            **{column: row[column] for column in ("survey", "wave", "category")},
            "breakdown": row["margin"],
            "quantity": "n_respondents",
            "lower": lower,
            "upper": upper,
            "width": width,
            "protection": protection,
            "how": "shares",
            "is_exact": width == 0,
            "is_too_narrow": width == 0 or width < protection,
        }
