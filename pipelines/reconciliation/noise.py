"""How sure the difference of two cells is: its standard error and p, where answers of a sample stand behind it.

Not here: estimating the errors of single cells, and of the pairs that survey_changes holds (dbt_project).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipelines.reconciliation.pairs import Cell, Pair

ALPHA = 0.05
IS_COMPARABLE = "is_comparable"
PAIR_KEY = ("survey", "population", "question_id", "statistic", "answer", "breakdown")
ESTIMATE_KEY = (*PAIR_KEY, "wave", "category")  # a row of survey_estimates
CHANGE_KEY = (*PAIR_KEY, "wave", "category", "compared_wave", "compared_category")  # a row of survey_changes


@dataclass(frozen=True)
class Noise:
    """Both None where the difference has no noise: then its sign decides.

    `is_approximate`: the cells share respondents, and the error is taken as if they did not. `is_untested`: a sample
    stands behind it, and answers of a side do not vary, so that there is no p; `is_unsettled`: nor do intervals tell.
    """

    std_error: float | None = None
    p_value: float | None = None
    is_approximate: bool = False
    is_untested: bool = False
    is_unsettled: bool = False

    @property
    def is_all(self) -> bool:
        """Whether the difference may be noise alone."""
        return self.is_unsettled or (self.p_value is not None and self.p_value > ALPHA)


@dataclass(frozen=True)
class Held:
    """A pair of survey_changes. Without a p where answers of a side do not vary, or all are asked."""

    std_error: float | None
    p_value: float | None
    is_comparable: bool


NO_NOISE = Noise()
Tested = Mapping[tuple[str, ...], Held]


def tested_pairs(changes: pd.DataFrame) -> Tested:
    """{CHANGE_KEY as text: the pair} of the pairs that survey_changes holds."""
    keys = zip(*(_texts(changes[column]) for column in CHANGE_KEY), strict=True)
    noise = (_numbers(changes[column]) for column in ("std_error", "p_value"))
    held = map(Held, *noise, changes[IS_COMPARABLE].astype(bool).tolist())
    return dict(zip(keys, held, strict=True))


def _texts(column: pd.Series) -> list[str]:
    texts: list[str] = column.astype(object).where(column.notna(), "").astype(str).tolist()
    return texts


def _numbers(column: pd.Series) -> list[float | None]:
    numbers: list[float | None] = column.astype(object).where(column.notna(), None).tolist()
    return numbers


def noise_of(pair: Pair, tested: Tested) -> Noise:
    """The noise of a pair: as survey_changes has it, else from the errors of both cells.

    Of cells that should be alike the p is one-sided, against the nearer end of the tolerance.
    """
    if pair.is_certain or (pair.a.std_error is None and pair.b.std_error is None):
        return NO_NOISE
    held = _held(pair.a, pair.b, tested)
    std_error = held.std_error if held else _combined(pair.a, pair.b)
    if not std_error or (held and held.p_value is None):
        return Noise(std_error or None, is_untested=True, is_unsettled=not pair.is_settled)
    is_known = held or _are_two_answers(pair.a, pair.b)
    p_value = _p_value(pair, held, std_error)
    return Noise(std_error, p_value, not is_known and _share_respondents(pair.a, pair.b))


def is_broken(pair: Pair, tested: Tested) -> bool:
    """Whether the pair, or a change in it, is across a break in the series."""
    held = _held(pair.a, pair.b, tested)
    return pair.a.is_broken or pair.b.is_broken or (held is not None and not held.is_comparable)


def _p_value(pair: Pair, held: Held | None, std_error: float) -> float:
    if not pair.sign:
        return two_sided_p(pair.margin, std_error) / 2
    return held.p_value if held and held.p_value is not None else two_sided_p(pair.difference, std_error)


def two_sided_p(difference: float, std_error: float) -> float:
    """The p of a difference under the normal distribution; of none at all 1."""
    return math.erfc(abs(difference) / std_error / math.sqrt(2))


def _held(a: Cell, b: Cell, tested: Tested) -> Held | None:
    if a.key is None or b.key is None or a.key[: len(PAIR_KEY)] != b.key[: len(PAIR_KEY)]:
        return None
    shared, of_a, of_b = a.key[: len(PAIR_KEY)], a.key[len(PAIR_KEY) :], b.key[len(PAIR_KEY) :]
    return tested.get((*shared, *of_a, *of_b)) or tested.get((*shared, *of_b, *of_a))


def _combined(a: Cell, b: Cell) -> float | None:
    """The error of the difference of two cells: as if they shared no respondents, but for two answers to one question.
    A constant has none; a cell that does not vary, or whose noise is not known, has none that could be told."""
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
