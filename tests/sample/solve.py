"""Run the stages of a plan: each settles its questions, and is recounted before the next begins.

Not here: what the stages are (the survey's plan) and how one is solved (stages.py, programme.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.sample.stages import ItemStage, PatternStage
from tests.sample.targets import Target
from tests.sample.units import Unit

Stage = PatternStage | ItemStage


@dataclass(frozen=True)
class Delivery:
    """How a wave's file is written; `loses_leading_zero`: the column a spreadsheet took for a number; `written`: column
    -> the attribute that it has, where that is not the one of its name."""

    encoding: str
    loses_leading_zero: str = ""
    written: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """A survey's sample: who answers, what must come out, the stages that make it so, and how it comes."""

    survey: str
    units: Sequence[Unit]
    targets: Sequence[Target]
    stages: Sequence[Stage]
    deliveries: Mapping[int, Delivery]  # by wave
    source: str  # SOURCE.yml beside every file


def solve(plan: Plan, progress: Callable[[str], None] = lambda _: None) -> list[Unit]:
    """The plan's units with every answer of every stage; the same plan gives the same answers.

    Raises InfeasibleError when the targets of a stage contradict each other, and ValueError when a target
    is not settled by any stage or a recount does not give it.
    """
    units = [unit.answered({}) for unit in plan.units]
    known: frozenset[str] = frozenset()
    waiting = list(plan.targets)
    for number, stage in enumerate(plan.stages, start=1):
        progress(f"sample of {plan.survey}: {stage.name}")
        after = known | set(stage.questions)
        due = [target for target in waiting if target.needs <= after and not _is_open(target, plan.stages[number:])]
        stage.run(units, due, known - set(stage.questions))
        missed = [
            f"{target.name}: {target.value(units):.6g}, not {target.low:g} to {target.high:g}"
            for target in due
            if not target.holds(units)
        ]
        if missed:
            raise ValueError(f"sample, stage {stage.name!r}: a recount does not give {'; '.join(missed)}")
        waiting = [target for target in waiting if target not in due]
        known = after
    if waiting:
        raise ValueError(f"sample of {plan.survey}: no stage settles {', '.join(t.name for t in waiting)}")
    return units


def _is_open(target: Target, later: Sequence[Stage]) -> bool:
    """Whether a later stage tells answers apart that the target tells apart."""
    cells = [cell for part in target.parts for _, cell in part]
    return any(stage.tells_apart(cell) for stage in later if isinstance(stage, PatternStage) for cell in cells)
