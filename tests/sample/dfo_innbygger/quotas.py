"""How many give each answer: shares of the codes with the mean, and the shares, that are printed.

Not here: who gives which (answers.py), and means and spreads that nothing printed decides (likely.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import exp

from pipelines.reconciliation.figures import load_figures
from tests.sample.codebook import code_range, frames, scale_values
from tests.sample.dfo_innbygger import likely, names
from tests.sample.likely import pinned

FURTHEST = 30.0  # a bell's centre is within so many points of the scale's zero
HALVINGS = 60

Shares = Mapping[int, float]


@dataclass(frozen=True)
class Quota:
    """Code -> share of those who answer, and code -> value, on the harmonised scale where there is one."""

    shares: Shares
    values: Shares


def quota(question: str, wave: int, mean: float | None) -> Quota:
    """Shares that give exactly the mean, and the shares printed; a bell otherwise."""
    values = scale_values(frames(names.SURVEY, wave)[question])
    pins = [
        (*code_range(names.SURVEY, wave, question, answer), printed()[figure] / 100)
        for figure, (q, w, answer) in names.SHARES.items()
        if (q, w) == (question, wave)
    ]
    if mean is None:
        return Quota(pinned(likely.FREQUENCY_SHARES, pins), values)
    spread = likely.SPREAD.get(question, likely.USUAL_SPREAD)
    low, high = -FURTHEST, FURTHEST
    for _ in range(HALVINGS):
        centre = (low + high) / 2
        shares = pinned({code: exp(-(((v - centre) / spread) ** 2) / 2) for code, v in values.items()}, pins)
        found = sum(share * values[code] for code, share in shares.items())
        low, high = (centre, high) if found < mean else (low, centre)
    return Quota(shares, values)


@cache
def printed() -> dict[str, float]:
    """Figure -> the number printed, in its own unit."""
    return {figure.figure_id: figure.published_value for figure in load_figures()}
