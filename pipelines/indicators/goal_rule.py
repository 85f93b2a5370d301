"""What the value of a key figure says: which way it went, whether that is good, the tag; and the project's own rule.

Not here: any border or score of the rule (seeds/goals). The rule is this project's own, never Digdir's.
"""

import math
from collections.abc import Mapping
from statistics import fmean

from pipelines.common.seeds import SeedError, read_seed
from pipelines.indicators.key_figures import KeyFigure

UP, DOWN, SAME = "økende", "synkende", "uendret"
GOOD, BAD = "positiv", "negativ"
# Of arithmetic on doubles: 57/200 * 100 is 28.499999999999996, and two thirds lie 3e-11 below 0.6666666667.
TOLERANCE = 1e-9


def moved(value: float, previous: float | None, unit: str) -> str | None:
    """Which way a number went, on whole numbers as they are printed; of a rank the placement: 13 after 29 is up."""
    if previous is None:
        return None
    difference = _whole(value) - _whole(previous)
    if not difference:
        return SAME
    return UP if (difference > 0) != _is_placement(unit) else DOWN


def judged(direction: str | None, unit: str, higher_is_better: bool | None) -> str | None:
    """Whether that is good. None where nobody knows."""
    if higher_is_better is None or direction in (None, SAME):
        return direction if higher_is_better is not None else None
    return GOOD if (direction == UP) == (higher_is_better or _is_placement(unit)) else BAD


def tag_of(direction: str | None, development: str | None) -> str | None:
    """The tag that follows, in Digdir's words; None where nothing moved."""
    if direction in (None, SAME) or development is None:
        return None
    return f"{development.capitalize()} {direction} trend"


def same_tag(printed: str | None, derived: str | None) -> bool:
    """Whether two tags say the same; how they are written does not count, nor the word trend."""
    return _words(printed) == _words(derived)


def tag_note(printed: str | None, derived: str | None) -> str:
    """What each of two tags says that disagree, Norwegian."""
    said = [f"«{tag}»" if tag else "ingen merkelapp" for tag in (printed, derived)]
    return f"Trykt: {said[0]}. Av tallene følger: {said[1]}"


def rule_score(figure: KeyFigure, value: float, development: str | None) -> float | None:
    """The mean of what can be said: the score of where the key figure lies, and of where it moves; None of neither."""
    scores = [float(row["score"]) for row in read_seed("development_score") if row["development"] == development]
    level = level_score(figure, value)
    scores += [level] if level is not None else []
    return fmean(scores) if scores else None


def level_score(figure: KeyFigure, value: float) -> float | None:
    """The score of where a value lies on the scale of its unit, by seeds/goals/key_figure_score.csv.

    None where the unit has no scale, or nobody knows which way is good. Beyond the worst end is as at the worst end.
    """
    unit = _unit(figure.unit)
    lowest, highest = unit.get("lowest"), unit.get("highest") or figure.n_countries
    if not lowest or not highest or figure.higher_is_better is None:
        return None
    position = (value - float(lowest)) / (float(highest) - float(lowest))
    if not figure.higher_is_better:
        position = 1 - position
    rows = [row for row in read_seed("key_figure_score") if row["unit"] == figure.unit]
    reached = [row for row in rows if float(row["position_from"]) <= position + TOLERANCE]
    return max((float(row["score"]) for row in reached), default=min(float(row["score"]) for row in rows))


def rule_status(score: float | None) -> str | None:
    """The status that seeds/goals/goal_status.csv gives a mean score. Raises SeedError when no row has it."""
    if score is None:
        return None
    for row in read_seed("goal_status"):
        low, high = float(row["mean_from"]), float(row["mean_to"])
        borders = [low] * (row["includes_from"] == "true") + [high] * (row["includes_to"] == "true")
        if low < score < high or score in borders:
            return row["status_nb"]
    raise SeedError(f"goal_status.csv: no row has the mean score {score:g}; let the borders meet, and one include each")


def rule_value(name: str) -> float:
    """A number of seeds/goals/goal_rule.csv. Raises SeedError when it has no such row."""
    for row in read_seed("goal_rule"):
        if row["rule"] == name:
            return float(row["value"])
    raise SeedError(f"goal_rule.csv has no row {name}")


def _unit(unit: str) -> Mapping[str, str]:
    return next((row for row in read_seed("key_figure_unit") if row["unit"] == unit), {})


def _is_placement(unit: str) -> bool:
    """Whether the lowest number is the best placement."""
    return _unit(unit).get("is_placement") == "true"


def _words(tag: str | None) -> list[str]:
    return [word for word in (tag or "").casefold().split() if word != "trend"]


def _whole(value: float) -> int:
    """The nearest whole number, a half upwards."""
    return math.floor(value + 0.5 + TOLERANCE)
