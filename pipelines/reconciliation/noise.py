"""How sure the difference of two cells is: its standard error and p, where answers of a sample stand behind it.

Not here: estimating the errors of single cells, and of the pairs that survey_changes holds (dbt_project).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipelines.reconciliation.pairs import Cell, Pair

ALPHA = 0.05
PAIR_KEY = ("survey", "population", "question_id", "statistic", "answer", "breakdown")
ESTIMATE_KEY = (*PAIR_KEY, "wave", "category")  # a row of survey_estimates
CHANGE_KEY = (*PAIR_KEY, "wave", "category", "compared_wave", "compared_category")  # a row of survey_changes


@dataclass(frozen=True)
class Noise:
    """Both None where the difference has no noise or none that is known: then its sign decides.

    `is_approximate`: the cells may share respondents, and the error is taken as if they did not.
    """

    std_error: float | None = None
    p_value: float | None = None
    is_approximate: bool = False

    @property
    def is_all(self) -> bool:
        """Whether the difference may be noise alone."""
        return self.p_value is not None and self.p_value > ALPHA


NO_NOISE = Noise()
Tested = Mapping[tuple[str, ...], tuple[float | None, float | None]]


def tested_pairs(changes: pd.DataFrame) -> Tested:
    """{CHANGE_KEY as text: (standard error, p)} of the pairs that survey_changes holds, None where it has none."""
    keys = zip(*(_texts(changes[column]) for column in CHANGE_KEY), strict=True)
    noise = zip(*(_numbers(changes[column]) for column in ("std_error", "p_value")), strict=True)
    return dict(zip(keys, noise, strict=True))


def _texts(column: pd.Series) -> list[str]:
    texts: list[str] = column.astype(object).where(column.notna(), "").astype(str).tolist()
    return texts


def _numbers(column: pd.Series) -> list[float | None]:
    numbers: list[float | None] = column.astype(object).where(column.notna(), None).tolist()
    return numbers


def noise_of(pair: Pair, tested: Tested) -> Noise:
    """The noise of a pair: as survey_changes has it, else from the errors of both cells.

    Of cells that should be alike the p is that of what they differ beyond the tolerance; none where they are.
    """
    if pair.is_certain:
        return NO_NOISE
    held = _held(pair.a, pair.b, tested)
    std_error = held[0] if held else _combined(pair.a, pair.b)
    if std_error is None or (held and held[1] is None) or (not pair.sign and pair.holds):
        return Noise(std_error)
    p_value = held[1] if held and pair.sign else two_sided_p(abs(pair.difference) - pair.tolerance, std_error)
    is_known = held or _are_two_answers(pair.a, pair.b)
    return Noise(std_error, p_value, not is_known and _share_respondents(pair.a, pair.b))


def two_sided_p(difference: float, std_error: float) -> float:
    """The p of a difference under the normal distribution; of none at all 1."""
    return math.erfc(abs(difference) / std_error / math.sqrt(2))


def _held(a: Cell, b: Cell, tested: Tested) -> tuple[float | None, float | None] | None:
    if a.key is None or b.key is None or a.key[: len(PAIR_KEY)] != b.key[: len(PAIR_KEY)]:
        return None
    shared, of_a, of_b = a.key[: len(PAIR_KEY)], a.key[len(PAIR_KEY) :], b.key[len(PAIR_KEY) :]
    return tested.get((*shared, *of_a, *of_b)) or tested.get((*shared, *of_b, *of_a))


def _combined(a: Cell, b: Cell) -> float | None:
    """The error of the difference of two cells: as if they shared no respondents, but for two answers to one question.
    A constant has none; a cell whose answers do not vary has none that could be known."""
    errors = [cell.std_error for cell in (a, b) if not cell.is_constant]
    if not errors or not all(errors):
        return None
    return math.sqrt(math.fsum((error or 0.0) ** 2 for error in errors) + 2 * _exclusion(a, b))


def _exclusion(a: Cell, b: Cell) -> float:
    """How two answers to one question move against each other: who gives one does not give the other.

    That is p_a p_b / n; n is what the errors of both say it is.
    """
    if not _are_two_answers(a, b) or a.number + b.number >= 1:
        return 0.0
    odds = [cell.number / (1 - cell.number) for cell in (a, b)]
    return math.sqrt(math.prod(odds)) * (a.std_error or 0.0) * (b.std_error or 0.0)


def _are_two_answers(a: Cell, b: Cell) -> bool:
    if a.key is None or b.key is None or not a.is_share:
        return False
    return [name for name, one, two in zip(ESTIMATE_KEY, a.key, b.key, strict=True) if one != two] == ["answer"]


def _share_respondents(a: Cell, b: Cell) -> bool:
    return any(one.overlaps(other) for one in a.groups for other in b.groups)
