"""A stage in which units get answers to many questions at once, each question by itself.

Not here: which questions and how likely each answer is (the surveys' plans), the solver (programme.py).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np

from tests.sample.codebook import frame, frames, scale_values
from tests.sample.crossed import Crossing, is_crossed
from tests.sample.programme import Programme, Row
from tests.sample.stages import apportioned, grouped
from tests.sample.targets import Cell, Target
from tests.sample.units import Unit

SILENT = None  # the code of who says nothing
PERSON = 0.3  # how much of a leaning is the unit's own, the same in all questions

Key = tuple[object, ...]
Weights = Mapping[int | None, float]  # code, or SILENT -> how likely
Numbers = dict[int | None, int]


@dataclass(frozen=True)
class MarginStage:
    """Each group of units has a number of each answer to each question.

    Who says nothing, and who does not know, are as many as is likely: the bases of shares and means are then fixed,
    and every target is a sum. Targets must follow from the `group_by` values and one question each.
    Units that lean one way in a question lean so in others; `turned` are the questions in which they lean the other.
    """

    survey: str
    name: str
    questions: tuple[str, ...]
    group_by: tuple[str, ...]
    likely: Callable[[str, Unit], Weights | None]  # (question, unit); None where it is not put to the unit
    turned: frozenset[str] = frozenset()

    def run(self, units: Sequence[Unit], targets: Sequence[Target], known: frozenset[str]) -> None:
        groups = grouped(units, self.group_by)
        fixed: dict[tuple[Key, str], Numbers] = {}
        index: dict[tuple[Key, str], dict[int, int]] = defaultdict(dict)  # -> code -> variable
        reference: list[int] = []
        expected: list[float] = []
        for key, members in groups.items():
            for question in self.questions:
                weights = self.likely(question, members[0])
                if weights is None:
                    continue
                numbers = _numbers(weights, len(members))
                answers = _said(frames(self.survey, members[0].wave)[question])
                fixed[key, question] = {code: n for code, n in numbers.items() if code not in answers}
                for code in sorted(set(weights) & set(answers)):
                    index[key, question][code] = len(reference)
                    reference.append(numbers[code])
                    expected.append(len(members) * weights[code] / sum(weights.values()))
        programme = Programme(self.name, np.array(reference), np.array(expected))
        for (key, question), codes in index.items():
            free = len(groups[key]) - sum(fixed[key, question].values())
            programme.fix(dict.fromkeys(codes.values(), 1), free)
        crossed = [target for target in targets if is_crossed(target, known)]
        for target in targets:
            if target in crossed:
                continue
            parts = []
            for part, low, high in target.limits():
                row: dict[int, float] = defaultdict(float)
                settled = 0.0
                for factor, cell in part:
                    is_settled = cell.needs <= known
                    added, constant = ({}, cell.estimate(units)) if is_settled else _linear(cell, groups, index, fixed)
                    settled += factor * constant
                    for variable, weight in added.items():
                        row[variable] += factor * weight
                parts.append([(row, low - settled, high - settled)])
            programme.limit_most(target.name, parts, target.n_needed)
        solution = programme.solve()
        for (key, question), codes in index.items():
            numbers = {code: int(solution[i]) for code, i in codes.items()}
            self._deal(groups[key], question, fixed[key, question], numbers, key)
        Crossing(self.name, units, crossed, lambda unit: unit.key(self.group_by)).settle()

    def _deal(self, members: Sequence[Unit], question: str, fixed: Numbers, numbers: Numbers, key: Key) -> None:
        """The answers to one question, whoever leans more getting more."""
        random = Random(f"{self.name} {question} {key}")
        silent = [code for code in fixed for _ in range(fixed[code])]
        values = scale_values(frames(self.survey, members[0].wave)[question])
        codes = sorted(
            (code for code in numbers for _ in range(numbers[code])),
            key=lambda code: (values.get(code, -1.0), code),
            reverse=question in self.turned,
        )
        seats = list(members)
        random.shuffle(seats)
        for unit, code in zip(seats, silent, strict=False):
            unit.give({question: code})
        leaning = {
            id(unit): PERSON**0.5 * unit.leaning + (1 - PERSON) ** 0.5 * random.gauss(0, 1)
            for unit in seats[len(silent) :]
        }
        for unit, code in zip(sorted(seats[len(silent) :], key=lambda u: leaning[id(u)]), codes, strict=True):
            unit.give({question: code})


def _numbers(weights: Weights, number: int) -> Numbers:
    """Whole numbers in proportion to the weights; where two are as near to the next, SILENT is the last to get more."""
    codes = sorted(weights, key=lambda code: (code is SILENT, code or 0))
    shares = [weights[code] / sum(weights.values()) for code in codes]
    numbers = apportioned(dict(enumerate(shares)), number)
    return {code: numbers[codes.index(code)] for code in weights}


@cache
def _said(code_frame: str) -> frozenset[int]:
    """The codes that say something: a don't-know, and a code that no frame has, do not."""
    return frozenset(int(r["code"]) for r in frame(code_frame) if r["answer_kind"] in ("answer", "ikke_relevant"))


def _linear(cell: Cell, groups: Mapping[Key, Sequence[Unit]], index: Mapping, fixed: Mapping) -> tuple[Row, float]:
    """The cell as a sum of variables, and what the fixed answers add to it."""
    worth = dict(cell.worth)
    row: dict[int, float] = {}
    base = constant = 0.0
    for key, members in groups.items():
        place = key, cell.question
        if place not in fixed or not cell.in_base(members[0]):
            continue
        n_silent = fixed[place].get(SILENT, 0)
        if cell.statistic == "mean":
            base += len(members) - sum(fixed[place].values())
            row |= {variable: worth[code] for code, variable in index[place].items()}
            continue
        base += len(members) - n_silent
        row |= {variable: 1.0 for code, variable in index[place].items() if cell.counts(code)}
        constant += sum(n for code, n in fixed[place].items() if code is not SILENT and cell.counts(code))
    if cell.statistic == "count":
        return row, constant
    base = base or 1.0  # of nobody: the cell is 0, as in a recount
    return {variable: weight / base for variable, weight in row.items()}, constant / base
