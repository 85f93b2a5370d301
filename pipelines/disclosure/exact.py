"""Complementary suppression where the numbers are few: the rows whose hiding costs least, by an integer programme.

Not here: tables of many numbers, and the intervals of what is hidden beside the primary ones (protect.py).

For each primary number two sets of numbers as they might be as well, which together are as far apart as its protection
asks; a number may differ from what it is only where every row that shows it is hidden (Fischetti and Salazar 2000).
"""

import highspy
import numpy as np

from pipelines.common.highs import quiet_highs
from pipelines.disclosure.linked import Linked

# Numbers of a programme: with more, it takes long to know that nothing is cheaper.
MOST_NUMBERS = 800
# How far a number may have to move, in protections: a number of few moves by as much as others can take.
FURTHEST = 10.0


def cheapest(linked: Linked, primary: set[int]) -> set[int]:
    """The rows to hide beside the primary ones; none where the numbers are too many, or nothing protects them."""
    shown_in = linked.shown_in()
    hidden = [n for n, rows in enumerate(shown_in) if rows and primary.issuperset(rows) and linked.protection[n] > 0]
    if not hidden or 2 * len(hidden) * len(linked.value) > MOST_NUMBERS or np.isnan(linked.value).any():
        return set()
    model = quiet_highs()
    candidates = [row for row, cost in enumerate(linked.cost) if np.isfinite(cost) and row not in primary]
    is_hidden = {row: model.addBinary(obj=float(linked.cost[row])) for row in candidates}
    for number in hidden:
        ends = [_might_be(model, linked, shown_in, primary, is_hidden, number) for _ in range(2)]
        model.addConstr(ends[0][number] - ends[1][number] >= float(linked.protection[number]))
    model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return set()
    return {row for row, variable in is_hidden.items() if model.val(variable) > 0.5}


def _might_be(
    model: highspy.Highs,
    linked: Linked,
    shown_in: list[list[int]],
    primary: set[int],
    is_hidden: dict[int, highspy.highs.highs_var],
    target: int,
) -> list[highspy.highs.highs_var]:
    """How far from what they are the numbers might be, as variables: what is shown is not."""
    far = FURTHEST * float(linked.protection[target])
    moves = []
    for number, rows in enumerate(shown_in):
        room = far * float(linked.scale[number])
        is_fixed = any(row not in primary and row not in is_hidden for row in rows)
        low = 0.0 if is_fixed else max(float(linked.low[number] - linked.value[number]), -room)
        high = 0.0 if is_fixed else min(float(linked.high[number] - linked.value[number]), room)
        move = model.addVariable(lb=min(low, 0.0), ub=max(high, 0.0))
        moves.append(move)
        for row in rows if not is_fixed else []:
            if row in is_hidden:
                model.addConstr(move - room * is_hidden[row] <= 0)
                model.addConstr(move + room * is_hidden[row] >= 0)
    for terms in linked.by_equation():
        model.addConstr(sum(coefficient * moves[number] for number, coefficient in terms) == 0)
    return moves
