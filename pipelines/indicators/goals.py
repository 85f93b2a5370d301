"""The tables goal_key_figures and goal_scorecard: the key figures of every year, and the goals that they belong to.

Not here: the seeds and values behind them (key_figures.py), which there are in a year (editions.py), what a value says
(goal_rule.py), reading or writing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

import pandas as pd

from pipelines.common.row_keys import Lookup
from pipelines.common.seeds import read_seed
from pipelines.indicators.editions import as_printed, in_force, is_computed
from pipelines.indicators.goal_rule import (
    BAD,
    GOOD,
    indicator_status,
    judged,
    moved,
    rule_score,
    rule_status,
    rule_value,
    same_tag,
    says_trend,
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
    terms = {figure.name: figure.term for figure in figures if figure.term}
    series = {name: computed(term, lookups[term.table_name]) for name, term in terms.items()}
    said: dict[int, dict[Key, Row]] = {}
    for row in printed:
        said.setdefault(row["year"], {})[row["goal_no"], row["key_figure"]] = row
    rows = []
    for year in sorted({*said, *_years_computed(figures, series)}):
        of_year, current = said.get(year, {}), in_force(figures, series, year)
        of_extract = {key: as_printed(row, current, figures) for key, row in of_year.items()}
        is_printed = {name for _, name in of_extract}
        found = {figure.key: figure for figure in current if figure.name not in is_printed} | of_extract
        for key, figure in sorted(found.items()):
            values, extract_row = series.get(figure.name, {}), of_year.get(key)
            if now := values.get(year) or on_paper(extract_row):
                rows.append(_key_figure_row(figure, now, values, extract_row))
    return rows


def _years_computed(figures: Sequence[KeyFigure], series: Mapping[str, Mapping[int, Value]]) -> list[int]:
    """The years in which enough of the goals have a key figure that is computed, not only taken over."""
    enough = rule_value("share_of_goals") * len(read_seed("goal"))
    goals_of = {
        year: {f.goal_no for f in in_force(figures, series, year) if is_computed(series, f.name, year)}
        for year in {year for values in series.values() for year in values}
    }
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
    is_told = printed is not None and direction is not None
    agrees = _tag_agrees(figure, now, tag, derived) if is_told else None
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
    """Whether what is printed follows from the numbers; None where nothing follows, or nothing is to be printed.

    Of a key figure with a number before it: without one, no tag can be right or wrong.
    """
    if figure.higher_is_better is None:
        return None
    if tag:
        return same_tag(tag, derived) if says_trend(tag) else None
    # Nothing is printed where nothing moved, and where the number before it was another one.
    return (derived is None or now.is_comparable is False) if figure.is_headline else None


def goal_scorecard(key_figures: Sequence[Row], assessed: Iterable[Row]) -> list[dict[str, Any]]:
    """The goals of every year that have a key figure or an assessment in it: rows of the contract goal_scorecard.

    key_figures: the rows of goal_key_figures(). assessed: year, goal_no, goal_nb, status_nb, direction_nb, comment_nb,
    indicator_score, n_indicators, is_synthetic, as Digdir printed them.
    """
    printed = {(row["year"], row["goal_no"]): row for row in assessed}
    names = {int(row["goal_no"]): row["goal_nb"] for row in read_seed("goal")}
    of_goal: dict[tuple[int, int], list[Row]] = {key: [] for key in printed}
    for row in key_figures:
        of_goal.setdefault((row["year"], row["goal_no"]), []).append(row)
    rows = []
    for (year, goal_no), own in sorted(of_goal.items()):
        goal = {"year": year, "goal_no": goal_no, "goal_nb": names.get(goal_no)}
        rows.append(_goal_row(goal, own, printed.get((year, goal_no), {})))
    return rows


def _goal_row(goal: Row, key_figures: Sequence[Row], said: Row) -> dict[str, Any]:
    scores = [row["rule_score"] for row in key_figures if row["rule_score"] is not None]
    status, rule = said.get("status_nb"), rule_status(scores)
    indicator_score = said.get("indicator_score")
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
        "n_scored": len(scores),
        "rule_score": fmean(scores) if scores else None,
        "rule_status_nb": rule,
        "rule_agrees": rule == status if rule and status else None,
        "indicator_score": indicator_score,
        "n_indicators": said.get("n_indicators"),
        "indicator_score_status_nb": indicator_status(indicator_score, goal["year"]),
        "is_synthetic": any(row["is_synthetic"] for row in (*key_figures, *([said] if said else []))),
    }
