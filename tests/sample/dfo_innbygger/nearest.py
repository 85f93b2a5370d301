"""Numbers as near as can be to those drawn, within limits on their sums.

Not here: what the numbers stand for and what limits them (levels.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from tests.sample.dfo_innbygger.names import SURVEY

STANDARD_ERRORS = 2.4  # by so many of its own a difference is clear of noise
SHORT = 100.0  # what a point that misses being clear costs, when one moved away from what is drawn costs 1

Variable = tuple[str | int, ...]


@dataclass(frozen=True)
class Form:
    """A cell as a sum of coefficient x variable, and its variance."""

    terms: Mapping[Variable, float]
    variance: float

    def times(self, factor: float) -> "Form":
        return Form({v: factor * c for v, c in self.terms.items()}, factor**2 * self.variance)


def added(forms: Iterable[Form]) -> Form:
    """The sum of forms of different people."""
    terms: dict[Variable, float] = defaultdict(float)
    variance = 0.0
    for form in forms:
        variance += form.variance
        for variable, coefficient in form.terms.items():
            terms[variable] += coefficient
    return Form(terms, variance)


@dataclass(frozen=True)
class Limit:
    """`low` <= form <= `high`; where `is_clear` the form should be above 0 by more than its noise, if it can."""

    form: Form
    low: float
    high: float
    is_clear: bool = False


def nearest(drawn: Mapping[Variable, float], limits: Iterable[Limit]) -> dict:
    """The values within all limits that lie nearest to those drawn. Raises ValueError when there are none."""
    index = {variable: i for i, variable in enumerate(drawn)}
    start, n = np.array(list(drawn.values())), len(drawn)
    rows = list(_rows(limits, start, index))
    n_short = sum(is_clear for *_, is_clear in rows)
    i, j, c, bounds = [], [], [], []
    shortfall = 2 * n
    for number, (entries, most, is_clear) in enumerate(rows):
        # `moved up` and `moved down` by variable, then one shortfall for each limit that should be clear.
        for variable, coefficient in entries:
            i += [number, number]
            j += [variable, n + variable]
            c += [coefficient, -coefficient]
        if is_clear:
            i, j, c, shortfall = [*i, number], [*j, shortfall], [*c, -1.0], shortfall + 1
        bounds.append(most)
    matrix = csr_array((c, (i, j)), shape=(len(rows), 2 * n + n_short))
    cost = np.concatenate([np.ones(2 * n), np.full(n_short, SHORT)])
    result = linprog(cost, A_ub=matrix, b_ub=bounds)
    if result.x is None:
        raise ValueError(f"sample of {SURVEY}: no means satisfy what is printed and said of them together")
    return dict(zip(drawn, start + result.x[:n] - result.x[n : 2 * n], strict=True))


def _rows(limits: Iterable, start: np.ndarray, index: Mapping) -> Iterator[tuple[list[tuple[int, float]], float, bool]]:
    """Each limit as rows (entries, at most, whether it may fall short), of what is moved away from `start`."""
    for limit in limits:
        form = limit.form
        entries = [(index[v], c) for v, c in form.terms.items() if c]
        now = sum(c * start[v] for v, c in entries)
        if limit.high < inf:
            yield entries, limit.high - now, False
        below = [(v, -c) for v, c in entries]
        if limit.low > -inf:
            yield below, now - limit.low, False
        if limit.is_clear:
            yield below, now - STANDARD_ERRORS * sqrt(form.variance), True
