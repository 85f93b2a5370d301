"""An integer programme: whole numbers as close as possible to a reference, inside named limits.

Not here: what the numbers stand for (stages.py).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array, eye_array, hstack

# Stop when the answer is proven this close to the best: unlike a time limit, it stops in the same place
# every time.
RELATIVE_GAP = 0.1
# What a step costs beyond one standard deviation, when one within it costs 1.
FAR_COST = 4.0
# What a wish costs that is short by 1.
WISH_COST = 2000.0
SLACK_FOUND = 1e-6

Row = Mapping[int, float]
Limit = tuple[Row, float, float]  # low <= sum(coefficient x variable) <= high


class InfeasibleError(ValueError):
    """No whole numbers satisfy the limits. `names`: the limits that cannot hold together with the rest."""

    def __init__(self, programme: str, names: list[str]):
        self.names = names
        super().__init__(
            f"sample, stage {programme!r}: no data satisfies all its targets together. "
            f"Least is missing when these give way: {'; '.join(names) or 'none (group sizes contradict)'}. "
            "Look at their rows in seeds/published, or at the plan of the sample"
        )


@dataclass
class Programme:
    """Variables 0..n-1 are to be solved; totals of them are variables too, which the solver branches on
    first of all. `fix` rows are structure, `limit` rows are targets, named when they cannot hold."""

    name: str
    reference: np.ndarray  # n whole numbers, what the solution should be close to
    expected: np.ndarray  # n: what chance alone would give; a standard deviation above the reference is cheap
    rows: list[tuple[str, Row, float, float]] = field(default_factory=list)
    totals: dict[Hashable, int] = field(default_factory=dict)
    wishes: list[tuple[Row, float]] = field(default_factory=list)
    _likely: list[float] = field(default_factory=list)  # of the variables and the totals, by the reference

    def __post_init__(self) -> None:
        self._likely = self.reference.tolist()

    def fix(self, row: Row, value: float) -> None:
        """sum(coefficient x variable) = value: a structural row, never at fault."""
        self.rows.append(("", row, value, value))

    def limit(self, name: str, row: Row, low: float, high: float) -> None:
        """low <= sum(coefficient x variable) <= high: a target's row."""
        self.rows.append((name, row, low, high))

    def wish(self, row: Row, low: float) -> None:
        """low <= sum(coefficient x variable), as far as can be: never at fault."""
        self.wishes.append((row, low))

    def limit_most(self, name: str, parts: Sequence[Sequence[Limit]], needed: int) -> None:
        """Limit by those `needed` parts that the reference meets best; which they are is left open by the target."""
        for part in sorted(parts, key=self._lack)[: max(needed, 0)]:
            for row, low, high in part:
                self.limit(name, row, low, high)

    def _lack(self, part: Sequence[Limit]) -> float:
        """How far the reference is below the limits of a part, beyond them below 0."""
        values = [(sum(factor * self._likely[j] for j, factor in row.items()), low) for row, low, _ in part]
        return max((low - value for value, low in values), default=-np.inf)

    def likely_share(self, number: int, base: int) -> float:
        """What the reference says of one variable as a share of another."""
        return self._likely[number] / (self._likely[base] or 1.0)

    def total(self, key: Hashable, members: tuple[int, ...]) -> int:
        """The variable that is the sum of `members`; asked again with the same key, the same variable."""
        if key not in self.totals:
            self.totals[key] = len(self.reference) + len(self.totals)
            self._likely.append(sum(self._likely[j] for j in members))
            self.fix({**dict.fromkeys(members, 1.0), self.totals[key]: -1.0}, 0)
        return self.totals[key]

    def solve(self) -> np.ndarray:
        """n whole numbers >= 0 within all rows, as little above the reference as can be, likely ones first.

        Structural rows fix group sizes, so what is above the reference somewhere is below it elsewhere.
        Raises InfeasibleError, naming targets, when there are none.
        """
        n, k, m = len(self.reference), len(self.totals), len(self.wishes)
        identity, none, unwished = eye_array(n, format="csr"), csr_array((n, k)), csr_array((n, m))
        near = LinearConstraint(hstack([identity, none, -identity, -identity, unwished]), -np.inf, self.reference)
        wished = hstack([_matrix([row for row, _ in self.wishes], n + k), csr_array((m, 2 * n)), eye_array(m)])
        # Room in whole steps: then the relaxed programme's corners are nearly whole too, and it solves at once.
        result = self._milp(
            steps=[
                (np.ones(n), np.rint(np.sqrt(self.expected))),
                (np.full(n, FAR_COST), np.full(n, np.inf)),
                (np.full(m, WISH_COST), np.full(m, np.inf)),
            ],
            rows=[csr_array((len(self.rows), width)) for width in (n, n, m)],
            extra=[near, *([LinearConstraint(wished, [low for _, low in self.wishes], np.inf)] if m else [])],
        )
        if result.x is None:
            raise InfeasibleError(self.name, self._culprits())
        return np.rint(result.x[:n]).astype(int)

    def _culprits(self) -> list[str]:
        """The targets that must give way, when together they give way as little as possible."""
        named = [i for i, row in enumerate(self.rows) if row[0]]
        m = len(named)
        give = csr_array((np.ones(m), (named, range(m))), shape=(len(self.rows), m))
        result = self._milp(steps=[(np.ones(m), np.full(m, np.inf))] * 2, rows=[give, -give], extra=[])
        if result.x is None:
            return []
        slack = result.x[-2 * m : -m] + result.x[-m:]
        return list(dict.fromkeys(self.rows[i][0] for i, s in zip(named, slack, strict=True) if s > SLACK_FOUND))

    def _milp(
        self,
        steps: list[tuple[np.ndarray, np.ndarray]],
        rows: list[csr_array],
        extra: list[LinearConstraint],
    ) -> OptimizeResult:
        """Solve for the variables and totals, and for continuous `steps` (cost, upper bound) in `rows`."""
        whole = len(self.reference) + len(self.totals)
        matrix = _matrix([row for _, row, _, _ in self.rows], whole)
        low, high = np.array([row[2] for row in self.rows]), np.array([row[3] for row in self.rows])
        costs = [cost for cost, _ in steps]
        return milp(
            c=np.concatenate([np.zeros(whole), *costs]),
            constraints=[LinearConstraint(hstack([matrix, *rows]), low, high), *extra],
            integrality=np.concatenate([np.ones(whole), *map(np.zeros_like, costs)]),
            bounds=Bounds(0, np.concatenate([np.full(whole, np.inf), *(upper for _, upper in steps)])),
            options={"mip_rel_gap": RELATIVE_GAP},
        )


def _matrix(rows: Sequence[Row], width: int) -> csr_array:
    entries = [(i, j, c) for i, row in enumerate(rows) for j, c in row.items() if c]
    i, j, c = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array((c, (i, j)), shape=(len(rows), width))
