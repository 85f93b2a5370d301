"""What the value of a key figure says: which way it went, whether that is good, the tag; and the project's own rule.

Not here: any border or score of the rule (seeds/goals). The rule is this project's own, never Digdir's.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from pipelines.common.seeds import SeedError, read_seed
from pipelines.indicators.key_figures import KeyFigure

TREND = "trend"
UP, DOWN, SAME = "økende", "synkende", "uendret"
GOOD, BAD = "positiv", "negativ"
# Of arithmetic on doubles: 57/200 * 100 is 28.499999999999996, and two thirds lie 3e-11 below 0.6666666667.
TOLERANCE = 1e-9


def moved(value: float, previous: float | None, unit: str) -> str | None:
    """Which way a number went, of the numbers as they are printed; of a rank the placement: 13 after 29 is up."""
    if previous is None:
        return None
    difference = _printed(value, unit) - _printed(previous, unit)
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


def says_trend(printed: str) -> bool:
    """Whether what stands in a tag's place says which way it went; "Ikke målt i 2021" does not."""
    return not {TREND, UP, DOWN, SAME, GOOD, BAD}.isdisjoint(printed.casefold().split())


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


def rule_status(scores: Sequence[float]) -> str | None:
    """The status that seeds/goals/goal_status.csv gives the mean of the key figures' scores.

    None of fewer scores than min_key_figures in seeds/goals/goal_rule.csv. Raises SeedError when no row has the mean.
    """
    if len(scores) < rule_value("min_key_figures"):
        return None
    return _status(fmean(scores), read_seed("goal_status"), "goal_status.csv")


def indicator_status(score: float | None, edition: int) -> str | None:
    """The status that Digdir's thresholds give a mean of scored indicators (seeds/goals/indicator_score_status.csv).

    None without a score, and in an edition before the first thresholds. Raises SeedError when no row has the score.
    """
    rows = [row for row in read_seed("indicator_score_status") if int(row["from_edition"]) <= edition]
    if score is None or not rows:
        return None
    last = max(int(row["from_edition"]) for row in rows)
    of_edition = [row for row in rows if int(row["from_edition"]) == last]
    return _status(score, of_edition, "indicator_score_status.csv")


def _status(mean: float, rows: Iterable[Mapping[str, str]], seed: str) -> str:
    for row in rows:
        low, high = float(row["mean_from"]), float(row["mean_to"])
        borders = [low] * (row["includes_from"] == "true") + [high] * (row["includes_to"] == "true")
        if low < mean < high or mean in borders:
            return row["status_nb"]
    raise SeedError(f"{seed}: no row has the mean score {mean:g}; let the borders meet, and one include each")


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
    return [word for word in (tag or "").casefold().split() if word != TREND]


def _printed(value: float, unit: str) -> int:
    """The number as its unit is printed, a half upwards, counted in units of its last decimal."""
    steps = math.pow(10, int(_unit(unit).get("decimals", 0)))
    return math.floor(value * steps + 0.5 + TOLERANCE)
