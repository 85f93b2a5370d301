"""An integer programme: whole numbers as close as possible to a reference, inside named limits.

Not here: what the numbers stand for (stages.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

# Stop when the answer is proven this close to the best: a work limit that, unlike a time limit, always
# stops in the same place.
RELATIVE_GAP = 0.1
# What a step costs beyond one standard deviation, when one within it costs 1.
FAR_COST = 4.0
SLACK_FOUND = 1e-6


class InfeasibleError(ValueError):
    """No whole numbers satisfy the limits. `names`: the limits that cannot hold together."""

    def __init__(self, programme: str, names: list[str]):
        self.names = names
        super().__init__(
            f"sample, stage {programme!r}: no data satisfies all its targets together. "
            f"Least is missing when these give way: {', '.join(names) or '(none: its group sizes contradict)'}. "
            "Look at their rows in seeds/published, or at the plan of the sample"
        )


@dataclass
class Programme:
    """Variables are 0..n-1. `fix` rows must hold; `limit` rows are targets and named when they cannot."""

    name: str
    reference: np.ndarray  # whole numbers, what the solution should be close to
    expected: np.ndarray  # what chance alone would give; a standard deviation above the reference comes cheap
    rows: list[tuple[str, dict[int, float], float, float]] = field(default_factory=list)

    def fix(self, coefficients: Mapping[int, float], value: float) -> None:
        """sum(coefficient x variable) = value: a structural row, never at fault."""
        self.rows.append(("", dict(coefficients), value, value))

    def limit(self, name: str, coefficients: Mapping[int, float], low: float, high: float) -> None:
        """low <= sum(coefficient x variable) <= high: a target's row."""
        self.rows.append((name, dict(coefficients), low, high))

    def solve(self) -> np.ndarray:
        """Whole numbers >= 0 within all rows, as little above the reference as can be, and likely ones first.

        Structural rows fix totals, so what is above the reference somewhere is below it elsewhere.
        Raises InfeasibleError, naming targets, when there are none.
        """
        n = len(self.reference)
        matrix, low, high = self._matrix()
        identity = eye_array(n, format="csr")
        constraints = [
            LinearConstraint(hstack([matrix, csr_array((len(low), 2 * n))]), low, high),
            LinearConstraint(hstack([identity, -identity, -identity]), -np.inf, self.reference),
        ]
        free = np.full(n, np.inf)
        result = milp(
            c=np.concatenate([np.zeros(n), np.ones(n), np.full(n, FAR_COST)]),
            constraints=constraints,
            integrality=np.concatenate([np.ones(n), np.zeros(2 * n)]),
            bounds=Bounds(0, np.concatenate([free, np.sqrt(self.expected), free])),
            options={"mip_rel_gap": RELATIVE_GAP},
        )
        if result.x is None:
            raise InfeasibleError(self.name, self._culprits())
        return np.rint(result.x[:n]).astype(int)

    def _matrix(self) -> tuple[csr_array, np.ndarray, np.ndarray]:
        entries = [(i, j, c) for i, (_, row, _, _) in enumerate(self.rows) for j, c in row.items() if c]
        i, j, c = zip(*entries, strict=True) if entries else ((), (), ())
        matrix = csr_array((c, (i, j)), shape=(len(self.rows), len(self.reference)))
        return matrix, np.array([row[2] for row in self.rows]), np.array([row[3] for row in self.rows])

    def _culprits(self) -> list[str]:
        """The targets that must give way, when together they give way as little as possible."""
        n, named = len(self.reference), [i for i, row in enumerate(self.rows) if row[0]]
        matrix, low, high = self._matrix()
        give = csr_array(
            (np.ones(len(named)), (named, range(len(named)))), shape=(len(self.rows), len(named))
        )
        result = milp(
            c=np.concatenate([np.zeros(n), np.ones(2 * len(named))]),
            constraints=LinearConstraint(hstack([matrix, give, -give]), low, high),
            integrality=np.concatenate([np.ones(n), np.zeros(2 * len(named))]),
            options={"mip_rel_gap": RELATIVE_GAP},
        )
        if result.x is None:
            return []
        slack = result.x[n : n + len(named)] + result.x[n + len(named) :]
        return list(
            dict.fromkeys(self.rows[i][0] for i, s in zip(named, slack, strict=True) if s > SLACK_FOUND)
        )
