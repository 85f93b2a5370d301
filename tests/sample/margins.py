"""A stage in which units get answers to many questions at once, each question by itself.

Not here: which questions and how likely each answer is (the surveys' plans), the solver (programme.py).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import sqrt
from random import Random

import numpy as np

from tests.sample.codebook import frame, frames, scale_values
from tests.sample.crossed import Crossing, is_claim, is_crossed
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
    clear: float = 0.0  # by so many standard errors a claim holds where it can

    def run(self, units: Sequence[Unit], targets: Sequence[Target], known: frozenset[str]) -> None:
        margins = self._margins(grouped(units, self.group_by))
        programme = margins.programme(self.name)
        crossed = [target for target in targets if is_crossed(target, known)]
        for target in targets:
            if target in crossed:
                continue
            parts = []
            for part, low, high in target.limits():
                row: dict[int, float] = defaultdict(float)
                settled = variance = 0.0
                for factor, cell in part:
                    linear = Linear({}, cell.estimate(units)) if cell.needs <= known else margins.linear(cell)
                    settled += factor * linear.constant
                    variance += factor**2 * linear.variance
                    for variable, weight in linear.row.items():
                        row[variable] += factor * weight
                parts.append([(row, low - settled, high - settled)])
                if self.clear and is_claim(target):
                    programme.wish(row, self.clear * sqrt(variance) - target.constant - settled)
            programme.limit_most(target.name, parts, target.n_needed)
        solution = programme.solve()
        for (key, question), codes in margins.index.items():
            numbers = {code: int(solution[i]) for code, i in codes.items()}
            self._deal(margins.groups[key], question, margins.fixed[key, question], numbers, key)
        Crossing(self.name, units, crossed, lambda unit: unit.key(self.group_by), self.clear).settle()

    def _margins(self, groups: Mapping[Key, Sequence[Unit]]) -> "Margins":
        margins = Margins(groups)
        for key, members in groups.items():
            for question in self.questions:
                weights = self.likely(question, members[0])
                if weights is None:
                    continue
                answers = _said(frames(self.survey, members[0].wave)[question])
                margins.add(key, question, weights, answers)
        return margins

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


@dataclass(frozen=True)
class Linear:
    """A cell as a sum of variables and a constant; `variance`: of its estimate, where answers are as is likely."""

    row: Row
    constant: float
    variance: float = 0.0


@dataclass(frozen=True)
class Margins:
    """The variables of a stage: how many of a group give an answer to a question."""

    groups: Mapping[Key, Sequence[Unit]]
    fixed: dict[tuple[Key, str], Numbers] = field(default_factory=dict)  # who says nothing, or does not know
    index: dict[tuple[Key, str], dict[int, int]] = field(default_factory=lambda: defaultdict(dict))  # code -> variable
    reference: list[int] = field(default_factory=list)
    expected: list[float] = field(default_factory=list)

    def add(self, key: Key, question: str, weights: Weights, answers: frozenset[int]) -> None:
        """The question of a group, of which `answers` are to be solved for."""
        members = self.groups[key]
        numbers = _numbers(weights, len(members))
        self.fixed[key, question] = {code: n for code, n in numbers.items() if code not in answers}
        for code in sorted(set(weights) & set(answers)):
            self.index[key, question][code] = len(self.reference)
            self.reference.append(numbers[code])
            self.expected.append(len(members) * weights[code] / sum(weights.values()))

    def programme(self, name: str) -> Programme:
        """In which every group has as many answers to a question as members who give one."""
        programme = Programme(name, np.array(self.reference), np.array(self.expected))
        for (key, question), codes in self.index.items():
            free = len(self.groups[key]) - sum(self.fixed[key, question].values())
            programme.fix(dict.fromkeys(codes.values(), 1), free)
        return programme

    def linear(self, cell: Cell) -> Linear:
        worth = dict(cell.worth)
        row: dict[int, float] = {}
        base = constant = 0.0
        for key, members in self.groups.items():
            place = key, cell.question
            if place not in self.fixed or not cell.in_base(members[0]):
                continue
            if cell.statistic == "mean":
                base += len(members) - sum(self.fixed[place].values())
                row |= {variable: worth[code] for code, variable in self.index[place].items()}
                continue
            base += len(members) - self.fixed[place].get(SILENT, 0)
            row |= {variable: 1.0 for code, variable in self.index[place].items() if cell.counts(code)}
            constant += sum(n for code, n in self.fixed[place].items() if code is not SILENT and cell.counts(code))
        if cell.statistic == "count":
            return Linear(row, constant)
        base = base or 1.0  # of nobody: the cell is 0, as in a recount
        first, second = (
            (sum(weight**power * self.reference[i] for i, weight in row.items()) + constant) / base for power in (1, 2)
        )
        row = {variable: weight / base for variable, weight in row.items()}
        return Linear(row, constant / base, (second - first**2) / base)


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
