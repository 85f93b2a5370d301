"""A trial: a fault, and what must hold after it.

Not here: the faults, and the order in which they are tried (plan.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.chaos.ground import Ground


@dataclass(frozen=True)
class Trial:
    """One fault of a kind. `work` tries it and returns what was lost, in words; nothing where it was survived."""

    kind: str
    name: str
    work: Callable[[Ground, Random], list[str]]

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"
