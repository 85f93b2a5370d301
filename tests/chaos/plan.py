"""All that is tried, in an order in which any beginning of it holds something of each kind.

Not here: the trials themselves.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.chaos import build, damage, disk, inputs, kills, memory, together
from tests.chaos.trial import Trial


def all_trials() -> list[Trial]:
    """Of a kind with few trials, each stands where the share of the others tried before is the same."""
    of_kind: dict[str, list[Trial]] = defaultdict(list)
    for module in (kills, memory, disk, inputs, damage, build, together):
        for trial in module.trials():
            of_kind[trial.kind].append(trial)
    placed = [(place, trial) for trials in of_kind.values() for place, trial in _places(trials)]
    return [trial for _, trial in sorted(placed, key=lambda one: one[0])]


def _places(trials: list[Trial]) -> Iterator[tuple[float, Trial]]:
    return (((n + 0.5) / len(trials), trial) for n, trial in enumerate(trials))


def how_many(trials: list[Trial]) -> Counter[str]:
    """Of each kind."""
    return Counter(trial.kind for trial in trials)
