"""The scorecard of the six goals: key figures recomputed or as printed, what they say, and the project's own rule.

Not here: which key figures there are, where they are computed from, and the rule's borders (seeds/goals); reading or
writing tables. Source: Digdir, Rikets digitale tilstand 2021. The rule is this project's own, never Digdir's.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import pandas as pd

from pipelines.common.row_key import RowKey, parse_row_key, row_key_text
from pipelines.common.row_keys import (
    IS_CARRIED,
    IS_COMPARABLE,
    IS_SYNTHETIC,
    Lookup,
    marked,
)
from pipelines.common.seeds import SeedError, read_seed

PUBLISHED = "published"
UP, DOWN, SAME = "økende", "synkende", "uendret"
GOOD, BAD = "positiv", "negativ"
DEVELOPMENT_SCORES = {GOOD: 3.0, SAME: 2.0, BAD: 1.0}
RANK, PERCENT = "rank", "percent"
N_COUNTRIES = "n_countries"
# A year gets a scorecard when Digdir printed one, or when more than this share of the goals can be recomputed.
SHARE_OF_GOALS = 0.5
# Of arithmetic on doubles: 57/200 * 100 is 28.499999999999996, and two thirds lie 3e-11 below 0.6666666667.
TOLERANCE = 1e-9

Key = tuple[int, str]  # goal_no, key_figure


@dataclass(frozen=True)
class KeyFigure:
    """What the seeds know of a key figure; `term` is the cell it is recomputed from, None where it cannot be."""

    goal_no: int
    name: str
    label: str
    unit: str
    higher_is_better: bool | None
    is_headline: bool
    n_countries: int | None
    source: str
    term: "Term | None"


@dataclass(frozen=True)
class Term:
    """A cell of a published table in every year: `row_key` names the row but for the year."""

    table_name: str
    column_name: str
    row_key: RowKey
    year_column: str
    year_offset: int
    coefficient: float

    @property
    def columns(self) -> list[str]:
        """The columns of the table that it names."""
        return [self.column_name, self.year_column, *(column for column, _ in self.row_key)]


@dataclass(frozen=True)
class Value:
    """A key figure in one year, and the cell it is from."""

    value: float
    is_synthetic: bool
    is_carried: bool
    is_comparable: bool | None
    computed_from: str
    n_countries: int | None = None


def load_key_figures() -> list[KeyFigure]:
    """All key figures, in seed order. Raises SeedError when a term is not one of theirs, or not a row key."""
    terms: dict[Key, Term] = {}
    for line, row in enumerate(read_seed("key_figure_term"), start=2):
        try:
            row_key = parse_row_key(row["row_key"])
        except ValueError as error:
            raise SeedError(f"key_figure_term.csv row {line}: {error}") from None
        terms[int(row["goal_no"]), row["key_figure"]] = Term(
            row["table_name"], row["column_name"], row_key, row["year_column"], int(row["year_offset"]),
            float(row["coefficient"]),
        )  # fmt: skip
    figures = [_key_figure(row, terms) for row in read_seed("key_figure")]
    unknown = sorted(set(terms) - {(figure.goal_no, figure.name) for figure in figures})
    if unknown:
        raise SeedError(f"key_figure_term.csv: {unknown} are not in key_figure.csv")
    return figures


def _key_figure(row: dict[str, str], terms: Mapping[Key, Term]) -> KeyFigure:
    return KeyFigure(
        goal_no=int(row["goal_no"]),
        name=row["key_figure"],
        label=row["key_figure_nb"],
        unit=row["unit"],
        higher_is_better={"true": True, "false": False}.get(row["higher_is_better"]),
        is_headline=row["is_headline"] == "true",
        n_countries=int(row["n_countries"]) if row["n_countries"] else None,
        source=row["source_nb"],
        term=terms.get((int(row["goal_no"]), row["key_figure"])),
    )


KEY_FIGURE_TYPES = {
    "year": "int32", "goal_no": "int32", "value": "float64", "previous_value": "float64", "previous_year": "Int32",
    "higher_is_better": "boolean", "comparable_with_previous": "boolean", "published_value": "float64",
    "tag_agrees": "boolean", "is_headline": "bool", "is_carried": "bool", "is_previous_carried": "bool",
    "rule_score": "float64", "is_synthetic": "bool",
}  # fmt: skip
KEY_FIGURE_COLUMNS = (
    "year", "goal_no", "key_figure", "key_figure_nb", "value", "unit", "previous_value", "previous_year", "direction",
    "higher_is_better", "development", "comparable_with_previous", "published_value", "published_tag", "derived_tag",
    "tag_agrees", "tag_note_nb", "is_headline", "source", "computed_from", "is_carried", "is_previous_carried",
    "rule_score", "is_synthetic",
)  # fmt: skip


def goal_key_figures(
    figures: Sequence[KeyFigure], tables: Mapping[str, pd.DataFrame], printed: pd.DataFrame
) -> pd.DataFrame:
    """Every key figure of every year that has a scorecard, with the columns of the contract goal_key_figures.

    tables: the published tables that terms name. printed: year, goal_no, key_figure, value, unit, previous_value,
    previous_year, tag, source, is_synthetic. A key figure of the extract that the seeds do not know has a row too,
    without polarity. Raises SeedError when a term names more than one row of a year.
    """
    lookups = {name: Lookup(table) for name, table in tables.items()}
    series = {(f.goal_no, f.name): _series(f.term, lookups) for f in figures if f.term}
    on_paper = {(row["year"], row["goal_no"], row["key_figure"]): row for row in printed.to_dict("records")}
    known = {(figure.goal_no, figure.name): figure for figure in figures}
    for _, goal_no, name in on_paper:
        known.setdefault((goal_no, name), KeyFigure(goal_no, name, name, "", None, False, None, "", None))
    rows = []
    for year in _years(series, on_paper):
        for (goal_no, name), figure in sorted(known.items()):
            row = _row(figure, year, series.get((goal_no, name), {}), on_paper.get((year, goal_no, name)))
            if row:
                rows.append(row)
    return pd.DataFrame(rows, columns=list(KEY_FIGURE_COLUMNS)).astype(KEY_FIGURE_TYPES)


def _series(term: Term, lookups: Mapping[str, Lookup]) -> dict[int, Value]:
    """{year of the scorecard: value} in every year that the table has the cell."""
    lookup = lookups[term.table_name]
    for column in term.columns:
        if column not in lookup.table.columns:
            raise SeedError(f"key_figure_term.csv: {term.table_name} has no column {column!r}")
    found: dict[int, Value] = {}
    for position in lookup.rows(term.row_key)[0]:
        row = lookup.table.iloc[position]
        if pd.isna(row[term.column_name]):
            continue
        year = int(row[term.year_column]) - term.year_offset
        where = (*term.row_key, (term.year_column, str(row[term.year_column])))
        if year in found:
            raise SeedError(f"key_figure_term.csv: {row_key_text(where)} matches several rows of {term.table_name}")
        found[year] = Value(
            value=float(row[term.column_name]) * term.coefficient,
            is_synthetic=marked(row, IS_SYNTHETIC),
            is_carried=marked(row, IS_CARRIED),
            is_comparable=None if pd.isna(row.get(IS_COMPARABLE)) else bool(row[IS_COMPARABLE]),
            computed_from=f"{term.table_name}[{row_key_text(where)}].{term.column_name}",
            n_countries=None if pd.isna(row.get(N_COUNTRIES)) else int(row[N_COUNTRIES]),
        )
    return found


def _years(series: Mapping[Key, Mapping[int, Value]], on_paper: Mapping[tuple, dict]) -> list[int]:
    years = {year for year, _, _ in on_paper}
    goals_of: dict[int, set[int]] = {}
    for (goal_no, _), values in series.items():
        for year, value in values.items():
            if not value.is_carried:
                goals_of.setdefault(year, set()).add(goal_no)
    enough = SHARE_OF_GOALS * len(read_seed("goal"))
    return sorted(years | {year for year, goals in goals_of.items() if len(goals) > enough})


def _row(figure: KeyFigure, year: int, series: Mapping[int, Value], printed: dict | None) -> tuple | None:
    """The columns of a row; None when the year has no value at all."""
    now = series.get(year)
    if now is None and printed is None:
        return None
    # As many countries as the ranking of the year says, or else the seed.
    figure = replace(figure, n_countries=now.n_countries if now and now.n_countries else figure.n_countries)
    earlier = max((y for y in series if y < year), default=None)
    if now is None:
        now = Value(printed["value"], bool(printed["is_synthetic"]), True, None, PUBLISHED)
        earlier = None
    previous_value, previous_year, is_previous_carried = None, None, False
    is_synthetic = now.is_synthetic
    if earlier is not None:
        previous_value, previous_year, is_previous_carried = series[earlier].value, earlier, series[earlier].is_carried
        is_synthetic = is_synthetic or series[earlier].is_synthetic
    elif printed and not pd.isna(printed["previous_value"]):
        previous_value, previous_year, is_previous_carried = printed["previous_value"], printed["previous_year"], True
    is_synthetic = is_synthetic or bool(printed and printed["is_synthetic"])
    unit = figure.unit or printed["unit"]
    direction = moved(now.value, previous_value, unit)
    development = judged(direction, unit, figure.higher_is_better)
    tag = None if not printed or pd.isna(printed["tag"]) else printed["tag"]
    derived = _tag(direction, development)
    agrees = None
    if figure.higher_is_better is None:
        pass  # No tag follows from a number of which nobody knows which way is good.
    elif tag:
        agrees = same_tag(tag, derived)
    elif printed and figure.is_headline:
        # Nothing is printed where nothing moved, and where the number before it was another one.
        agrees = derived is None or now.is_comparable is False
    return (
        year, figure.goal_no, figure.name, figure.label, now.value, unit, previous_value, previous_year, direction,
        figure.higher_is_better, development, now.is_comparable, printed["value"] if printed else None, tag, derived,
        agrees, _tag_note(tag, derived) if agrees is False else None, figure.is_headline,
        figure.source or (printed and printed["source"]) or None, now.computed_from, now.is_carried,
        is_previous_carried, rule_score(figure, now.value, None if now.is_comparable is False else development),
        is_synthetic,
    )  # fmt: skip


def moved(value: float, previous: float | None, unit: str) -> str | None:
    """Which way a number went, on whole numbers as they are printed; of a rank the placement: 13 after 29 is up."""
    if previous is None:
        return None
    difference = _whole(value) - _whole(previous)
    if not difference:
        return SAME
    return UP if (difference > 0) != (unit == RANK) else DOWN


def judged(direction: str | None, unit: str, higher_is_better: bool | None) -> str | None:
    """Whether that is good. None where nobody knows."""
    if higher_is_better is None or direction in (None, SAME):
        return SAME if higher_is_better is not None and direction == SAME else None
    is_up_good = True if unit == RANK else higher_is_better
    return GOOD if (direction == UP) == is_up_good else BAD


def same_tag(printed: str | None, derived: str | None) -> bool:
    """Whether two tags say the same; how they are written does not count, nor the word trend."""
    return _words(printed) == _words(derived)


def _words(tag: str | None) -> list[str]:
    return [word for word in (tag or "").casefold().split() if word != "trend"]


def _tag(direction: str | None, development: str | None) -> str | None:
    if direction in (None, SAME) or development is None:
        return None
    return f"{development.capitalize()} {direction} trend"


def _tag_note(printed: str | None, derived: str | None) -> str:
    said = [f"«{tag}»" if tag else "ingen merkelapp" for tag in (printed, derived)]
    return f"Trykt: {said[0]}. Av tallene følger: {said[1]}"


def rule_score(figure: KeyFigure, value: float, development: str | None) -> float | None:
    """1-3: the mean of where the key figure lies and of where it moves, of what can be said; None of nothing."""
    scores = [score for score in (level_score(figure, value), DEVELOPMENT_SCORES.get(development)) if score]
    return fmean(scores) if scores else None


def level_score(figure: KeyFigure, value: float) -> float | None:
    """1-3 by seeds/goals/key_figure_score.csv; None where the unit has no scale, or good has no direction."""
    if figure.unit == PERCENT and figure.higher_is_better is not None:
        position = value / 100 if figure.higher_is_better else 1 - value / 100
    elif figure.unit == RANK and figure.n_countries:
        position = 1 - (value - 1) / (figure.n_countries - 1)
    else:
        return None
    rows = [row for row in read_seed("key_figure_score") if row["unit"] == figure.unit]
    reached = [float(row["score"]) for row in rows if float(row["position_from"]) <= position + TOLERANCE]
    return max(reached, default=1.0)


SCORECARD_TYPES = {
    "year": "int32", "goal_no": "int32", "n_key_figures": "int32", "n_computed": "int32", "n_positive": "int32",
    "n_negative": "int32", "rule_score": "float64", "rule_agrees": "boolean", "is_synthetic": "bool",
}  # fmt: skip
SCORECARD_COLUMNS = (
    "year", "goal_no", "goal_nb", "status_nb", "direction_nb", "comment_nb", "n_key_figures", "n_computed",
    "n_positive", "n_negative", "rule_score", "rule_status_nb", "rule_agrees", "is_synthetic",
)  # fmt: skip


def goal_scorecard(key_figures: pd.DataFrame, assessed: pd.DataFrame) -> pd.DataFrame:
    """The six goals of every year, with the columns of the contract goal_scorecard.

    key_figures: the table goal_key_figures. assessed: year, goal_no, goal_nb, status_nb, direction_nb, comment_nb,
    is_synthetic, as Digdir printed them.
    """
    printed = {(row["year"], row["goal_no"]): row for row in assessed.to_dict("records")}
    names = {int(row["goal_no"]): row["goal_nb"] for row in read_seed("goal")}
    names |= {goal_no: row["goal_nb"] for (_, goal_no), row in printed.items() if goal_no not in names}
    years = sorted({*key_figures["year"], *(year for year, _ in printed)})
    rows = []
    for year in years:
        for goal_no, name in sorted(names.items()):
            own = key_figures[(key_figures["year"] == year) & (key_figures["goal_no"] == goal_no)]
            said = printed.get((year, goal_no), {})
            scores = own["rule_score"].dropna()
            # Across a break it is not known which way it went: neither is counted, nor is it in the rule.
            moves = own.loc[own[IS_COMPARABLE].fillna(True), "development"]
            score = fmean(scores) if len(scores) else None
            status, rule = said.get("status_nb"), rule_status(score)
            status = None if pd.isna(status) else status
            rows.append((
                year, goal_no, said.get("goal_nb") or name, status, said.get("direction_nb"), said.get("comment_nb"),
                len(own), int((~own["is_carried"]).sum()), int((moves == GOOD).sum()), int((moves == BAD).sum()),
                score, rule, rule == status if rule and status else None,
                bool(own["is_synthetic"].any() or said.get("is_synthetic", False)),
            ))  # fmt: skip
    return pd.DataFrame(rows, columns=list(SCORECARD_COLUMNS)).astype(SCORECARD_TYPES)


def rule_status(score: float | None) -> str | None:
    """The status that seeds/goals/goal_status.csv gives a mean score: 2.25 is good, 1.75 is less good.

    A border belongs to the status that lies farther from the middle of the scale.
    """
    if score is None:
        return None
    rows = [(float(row["mean_from"]), float(row["mean_to"]), row["status_nb"]) for row in read_seed("goal_status")]
    middle = fmean(DEVELOPMENT_SCORES.values())
    reached = [row for row in rows if row[0] <= score <= row[1]]
    return max(reached, key=lambda row: abs(fmean(row[:2]) - middle))[2]


def _whole(value: float) -> int:
    """The nearest whole number, a half upwards."""
    return math.floor(value + 0.5 + TOLERANCE)
