"""The tables goal_key_figures and goal_scorecard: the key figures of every year, and the goals that they belong to.

Not here: the seeds and values behind them (key_figures.py), what a value says (goal_rule.py), reading or writing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

import pandas as pd

from pipelines.common.row_keys import Lookup
from pipelines.common.seeds import read_seed
from pipelines.indicators.goal_rule import (
    BAD,
    GOOD,
    judged,
    moved,
    rule_score,
    rule_status,
    rule_value,
    same_tag,
    tag_note,
    tag_of,
)
from pipelines.indicators.key_figures import (
    Key,
    KeyFigure,
    Row,
    Value,
    before_on_paper,
    computed,
    on_paper,
    unknown_figure,
)


def goal_key_figures(
    figures: Sequence[KeyFigure], tables: Mapping[str, pd.DataFrame], printed: Iterable[Row]
) -> list[dict[str, Any]]:
    """Every key figure of every year that has a scorecard: rows of the contract goal_key_figures.

    tables: the published tables that terms name. printed: year, goal_no, key_figure, value, unit, previous_value,
    previous_year, tag, source, is_synthetic. A key figure of the extract that the seeds do not know has a row too,
    without polarity. Raises SeedError when a term names more than one row of a year.
    """
    lookups = {name: Lookup(table) for name, table in tables.items()}
    known = {figure.key: figure for figure in figures}
    series = {f.key: computed(f.term, lookups[f.term.table_name]) for f in figures if f.term}
    said: dict[int, dict[Key, Row]] = {}
    for row in printed:
        said.setdefault(row["year"], {})[row["goal_no"], row["key_figure"]] = row
    rows = []
    for year in sorted({*said, *_years_computed(series)}):
        of_year = said.get(year, {})
        for key in sorted({*known, *of_year}):
            figure = known.get(key) or unknown_figure(of_year[key])
            values, extract_row = series.get(key, {}), of_year.get(key)
            if now := values.get(year) or on_paper(extract_row):
                rows.append(_key_figure_row(figure, now, values, extract_row))
    return rows


def _years_computed(series: Mapping[Key, Mapping[int, Value]]) -> list[int]:
    """The years in which enough of the goals have a key figure that is computed, not only taken over."""
    goals_of: dict[int, set[int]] = {}
    for (goal_no, _), values in series.items():
        for year, value in values.items():
            if not value.is_carried:
                goals_of.setdefault(year, set()).add(goal_no)
    enough = rule_value("share_of_goals") * len(read_seed("goal"))
    return [year for year, goals in goals_of.items() if len(goals) > enough]


def _key_figure_row(figure: KeyFigure, now: Value, series: dict[int, Value], printed: Row | None) -> dict[str, Any]:
    """A row of the year; computed beats printed, and a printed number is compared with a printed one."""
    published, before = on_paper(printed), before_on_paper(printed)
    if now.year in series:
        before = next((series[y] for y in reversed(series) if y < now.year), before)
    # As many countries as the ranking of the year says, or else the seed.
    figure = replace(figure, n_countries=now.n_countries or figure.n_countries)
    direction = moved(now.value, before.value if before else None, figure.unit)
    development = judged(direction, figure.unit, figure.higher_is_better)
    tag, derived = (printed["tag"] or None) if printed else None, tag_of(direction, development)
    agrees = _tag_agrees(figure, now, tag, derived) if printed else None
    return {
        "year": now.year,
        "goal_no": figure.goal_no,
        "key_figure": figure.name,
        "key_figure_nb": figure.label,
        "value": now.value,
        "unit": figure.unit,
        "previous_value": before.value if before else None,
        "previous_year": before.year if before else None,
        "direction": direction,
        "higher_is_better": figure.higher_is_better,
        "development": development,
        "comparable_with_previous": now.is_comparable,
        "published_value": published.value if published else None,
        "published_tag": tag,
        "derived_tag": derived,
        "tag_agrees": agrees,
        "tag_note_nb": tag_note(tag, derived) if agrees is False else None,
        "is_headline": figure.is_headline,
        "source": figure.source or None,
        "computed_from": now.computed_from,
        "is_carried": now.is_carried,
        "is_previous_carried": bool(before and before.is_carried),
        "rule_score": rule_score(figure, now.value, None if now.is_comparable is False else development),
        "is_synthetic": any(value.is_synthetic for value in (now, before, published) if value),
    }


def _tag_agrees(figure: KeyFigure, now: Value, tag: str | None, derived: str | None) -> bool | None:
    """Whether what is printed follows from the numbers; None where nothing follows, or nothing is to be printed."""
    if figure.higher_is_better is None:
        return None
    if tag:
        return same_tag(tag, derived)
    # Nothing is printed where nothing moved, and where the number before it was another one.
    return (derived is None or now.is_comparable is False) if figure.is_headline else None


def goal_scorecard(key_figures: Sequence[Row], assessed: Iterable[Row]) -> list[dict[str, Any]]:
    """The six goals of every year: rows of the contract goal_scorecard.

    key_figures: the rows of goal_key_figures(). assessed: year, goal_no, goal_nb, status_nb, direction_nb, comment_nb,
    is_synthetic, as Digdir printed them.
    """
    printed = {(row["year"], row["goal_no"]): row for row in assessed}
    names = {goal_no: row["goal_nb"] for (_, goal_no), row in printed.items()}
    names |= {int(row["goal_no"]): row["goal_nb"] for row in read_seed("goal")}
    years = {*(row["year"] for row in key_figures), *(year for year, _ in printed)}
    return [
        _goal_row(
            {"year": year, "goal_no": goal_no, "goal_nb": name},
            [row for row in key_figures if (row["year"], row["goal_no"]) == (year, goal_no)],
            printed.get((year, goal_no), {}),
        )
        for year in sorted(years)
        for goal_no, name in sorted(names.items())
    ]


def _goal_row(goal: Row, key_figures: Sequence[Row], said: Row) -> dict[str, Any]:
    scores = [row["rule_score"] for row in key_figures if row["rule_score"] is not None]
    score = fmean(scores) if scores else None
    status, rule = said.get("status_nb"), rule_status(score)
    # Across a break it is not known which way it went: neither is counted, nor is it in the rule.
    moves = [row["development"] for row in key_figures if row["comparable_with_previous"] is not False]
    return {
        **goal,
        "goal_nb": said.get("goal_nb") or goal["goal_nb"],
        "status_nb": status,
        "direction_nb": said.get("direction_nb"),
        "comment_nb": said.get("comment_nb"),
        "n_key_figures": len(key_figures),
        "n_computed": sum(not row["is_carried"] for row in key_figures),
        "n_positive": moves.count(GOOD),
        "n_negative": moves.count(BAD),
        "rule_score": score,
        "rule_status_nb": rule,
        "rule_agrees": rule == status if rule and status else None,
        "is_synthetic": any(row["is_synthetic"] for row in (*key_figures, *([said] if said else []))),
    }
