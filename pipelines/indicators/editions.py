"""Which key figures there are in a year, and under which goals: those of the edition, or of the last before it.

Not here: what an edition prints (seeds/goals/key_figure_edition.csv), and values (goals.py).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pipelines.indicators.goal_rule import rule_value
from pipelines.indicators.key_figures import Key, KeyFigure, Row, Value, unknown_figure


def in_force(figures: Iterable[KeyFigure], series: Mapping[str, Mapping[int, Value]], year: int) -> list[KeyFigure]:
    """The key figures of a year, each once.

    figures: one for each edition that prints it. series: {key figure: {year: what is computed}}. An edition's year has
    what it prints. A goal that it leaves out, and every goal of a year without an edition, has the key figures of the
    last edition before that has the goal, or else the first; beside an edition only where enough are computed.
    """
    figures = sorted(figures, key=lambda figure: _nearness(figure.edition, year))
    edition_of = {figure.goal_no: figure.edition for figure in figures}
    chosen = [figure for figure in figures if figure.edition == edition_of[figure.goal_no]]
    # One that moved from a goal to another may be chosen under both: the nearest edition, the last, counts.
    last = {figure.name: figure for figure in chosen}
    if not any(figure.edition == year for figure in figures):
        return list(last.values())
    computed = Counter(figure.goal_no for figure in last.values() if is_computed(series, figure.name, year))
    enough = rule_value("min_key_figures")
    return [figure for figure in last.values() if figure.edition == year or computed[figure.goal_no] >= enough]


def _nearness(edition: int, year: int) -> tuple[bool, int]:
    """Editions up to the year are nearer than later ones; of the first the latest, of the others the earliest."""
    return edition <= year, edition if edition <= year else -edition


def is_computed(series: Mapping[str, Mapping[int, Value]], name: str, year: int) -> bool:
    """Whether a key figure has a value in the year that is computed, not only taken over."""
    value = series.get(name, {}).get(year)
    return value is not None and not value.is_carried


def as_printed(row: Row, current: Iterable[KeyFigure], figures: Iterable[KeyFigure]) -> KeyFigure:
    """A key figure of an extract, under the goal that it is printed under there.

    current: those in force in the year; one that is not is known by its last edition, one of no edition is unknown.
    """
    name = row["key_figure"]
    known = [figure for figure in (*figures, *current) if figure.name == name]
    return replace(known[-1], goal_no=row["goal_no"]) if known else unknown_figure(row)


def misplaced(figures: Sequence[KeyFigure], printed: Iterable[Row]) -> list[str]:
    """One line for each known key figure of an extract that its edition has not, or under another goal."""
    known = {figure.name for figure in figures}
    placed: dict[tuple[int, str], Key] = {(figure.edition, figure.name): figure.key for figure in figures}
    said = sorted((row["year"], row["goal_no"], row["key_figure"]) for row in printed if row["key_figure"] in known)
    lines = []
    for year, goal_no, name in said:
        stated = placed.get((year, name), (None, name))[0]
        if stated != goal_no:
            there = f"has it under goal {stated}" if stated else "has no row of it"
            lines.append(f"{name} is printed under goal {goal_no} in {year}, and key_figure_edition.csv {there}")
    return lines
