"""Where the means of questions and of groups lie: as drawn, moved as little as print and statements need.

Not here: which statements there are (seeds/published), the draws' sizes (likely.py), and who answers what (answers.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from random import Random

import numpy as np

from pipelines.common.seeds import read_seed
from pipelines.reconciliation.pairs import Cell
from pipelines.reconciliation.relations import RELATIONS, Part
from pipelines.reconciliation.statements import Statement
from tests.sample.codebook import code_range, frames, scale_values
from tests.sample.dfo_innbygger import likely, names
from tests.sample.dfo_innbygger.names import SURVEY, WAVES
from tests.sample.dfo_innbygger.nearest import Form, Limit, Variable, added, nearest
from tests.sample.dfo_innbygger.people import Wave
from tests.sample.dfo_innbygger.quotas import printed
from tests.sample.dfo_innbygger.rows import compared, matched, targets

PAIRED = ("above", "not_above", "largest", "smallest", "rises", "falls", "equal")  # relations that are linear
LEAST = 0.01  # by so much it has its sign in any case
INWARD = 0.02  # from the ends of what print allows: who answers what comes so near
CLEAR = 0.17  # of a difference from the ends that it may have: another sample of the same people would say the same
SHARE_SPREAD = 0.37  # of whether an answer is given that about a sixth give
SLOPE = 0.1  # how much more often the high half of a scale is chosen, a point of the mean further up


@dataclass
class Levels:
    """The means of a survey's waves, before anybody has answered.

    What a person's groups do to a question is the sum of an effect of each of his or her categories.
    """

    waves: Mapping[int, Wave]
    limits: list[Limit] = field(default_factory=list)

    def mean(self, question: str, wave: int) -> float | None:
        """The level of all, on the harmonised scale; None of a question of how often."""
        return self._found.get((question, wave))

    def apart(self, question: str, wave: int) -> likely.Deviations:
        """Breakdown -> category -> how far its mean lies from that of all, in the values of the question."""
        if question == names.FREQUENCY:
            return likely.SELDOM
        return {
            by: {category: self._value(self._deviation(question, wave, by, category)) for category in groups}
            for by, groups in self.waves[wave].categories.items()
            if by in likely.APART
        }

    @cached_property
    def _found(self) -> dict[Variable, float]:
        drawn = self._drawn()
        for question, wave in [v for v in drawn if len(v) == 2]:
            self._fix_printed(question, wave)
        self._limit_differences()
        for statement in targets():
            self._limit_statement(statement)
        return nearest(drawn, self.limits)

    def _drawn(self) -> dict[Variable, float]:
        drawn: dict[Variable, float] = {}
        random = Random(f"{SURVEY} levels")
        of_category = {
            (by, category): random.gauss(0, likely.APART[by])
            for by, groups in self.waves[names.LAST].categories.items()
            if by in likely.APART
            for category in groups
        }
        asked = [q for q in dict.fromkeys(q for wave in WAVES for q in frames(SURVEY, wave)) if q != names.FREQUENCY]
        for question in asked:
            strength = likely.STRENGTH.get(question, likely.USUAL_STRENGTH)
            for (by, category), effect in of_category.items():
                drawn[question, by, category] = strength * (effect + random.gauss(0, likely.OWN))
            for wave in WAVES:
                if question in frames(SURVEY, wave):
                    drawn[question, wave] = _usual(question, wave) + random.gauss(0, likely.WOBBLE)
        return drawn

    def _fix_printed(self, question: str, wave: int) -> None:
        for figure, cell in names.MEANS.items():
            if cell == (question, wave):
                self.limits.append(Limit(Form({cell: 1.0}, 0.0), printed()[figure], printed()[figure]))
        if (question, wave) == (names.SECURITY, names.FIRST):
            change = Form({(question, names.LAST): 1.0, (question, wave): -1.0}, 0.0)
            self.limits.append(Limit(change, *[printed()[names.SECURITY_CHANGE]] * 2))

    def _limit_differences(self) -> None:
        """The smallest and largest difference that the report tells of, and where they are attained."""
        low, high = printed()[names.SMALLEST_DIFFERENCE], printed()[names.LARGEST_DIFFERENCE]
        for question, by, above, below in compared():
            form = self._difference(question, by, above, below)
            place = question, above, below
            least = high if place == likely.WIDEST else low + CLEAR * (place != likely.NARROWEST)
            most = low if place == likely.NARROWEST else high - CLEAR * (place != likely.WIDEST)
            self.limits.append(Limit(form, least, most))

    def _difference(self, question: str, by: str, above: str, below: str) -> Form:
        cells = [self._mean(question, names.LAST, by, category) for category in (above, below)]
        return added([cells[0], cells[1].times(-1)])

    def _limit_statement(self, statement: Statement) -> None:
        if statement.relation == RELATIONS["reads"]:
            self._limit_reading(statement)
        elif statement.relation.name in PAIRED:
            parts: dict[int, dict[bool, list[Cell]]] = {}
            for term in statement.terms:
                sides = parts.setdefault(term.part, {True: [], False: []})
                forms = [self._cell(row).times(term.coefficient) for row in matched(term)]
                forms = [added(forms)] if term.is_summed else forms
                sides[term.is_of_a] += [Cell(form) for form in forms]
            whole = [Part(tuple(sides[True]), tuple(sides[False])) for sides in parts.values()]
            for pair in statement.relation.rule(whole, statement.amount):
                form = added([pair.a.value, pair.b.value.times(-1)])
                if pair.sign:
                    self.limits.append(Limit(form.times(pair.sign), LEAST, inf, pair.is_strict))
                else:
                    self.limits.append(Limit(form, INWARD - pair.tolerance, pair.tolerance - INWARD))

    def _limit_reading(self, statement: Statement) -> None:
        """Between the ends of the words that are read, which are read on the rounded mean."""
        wanted = [term.value for term in statement.terms if term.value]
        ends = [
            float(r[end])
            for r in read_seed("interpretation")
            if (r["survey"], r["statistic"]) == (SURVEY, "mean") and r["interpretation_nb"] in wanted
            for end in ("rounded_from", "rounded_to")
        ]
        for term in statement.terms:
            if term.column_name == "interpretation_nb":
                for row in matched(term):
                    self.limits.append(Limit(self._cell(row), min(ends), max(ends)))

    def _cell(self, row: Mapping[str, str]) -> Form:
        question, wave = row["question_id"], int(row["wave"])
        mean = self._mean(question, wave, row["breakdown"], row["category"])
        if row["statistic"] == "mean":
            return mean
        codes = code_range(SURVEY, wave, question, row["answer"])
        values = scale_values(frames(SURVEY, wave)[question])
        is_high = np.mean([v for c, v in values.items() if codes[0] <= c <= codes[1]]) > np.mean(list(values.values()))
        return Form(
            mean.times(SLOPE if is_high else -SLOPE).terms, mean.variance * (SHARE_SPREAD / self._spread(question)) ** 2
        )

    def _mean(self, question: str, wave: int, by: str, category: str) -> Form:
        level = Form({(question, wave): 1.0}, self._variance(question, wave, by, category))
        return added([level, self._deviation(question, wave, by, category)])

    def _deviation(self, question: str, wave: int, by: str, category: str) -> Form:
        """What the effects of all breakdowns add up to among the members, less what they do among all."""
        everyone = self._parts(wave, "all", "all")
        members = self._parts(wave, by, category)
        return Form({(question, *place): members[place] - everyone[place] for place in members}, 0.0)

    def _parts(self, wave: int, by: str, category: str) -> dict[tuple[str, str], float]:
        """(breakdown, category) -> the weighted part of the members that is in it too."""
        people = self.waves[wave]
        weights = people.weights * people.categories[by][category]
        return {
            (other, name): float(weights @ members / weights.sum())
            for other, groups in people.categories.items()
            if other in likely.APART
            for name, members in groups.items()
        }

    def _variance(self, question: str, wave: int, by: str, category: str) -> float:
        people = self.waves[wave]
        weights = people.weights * people.categories[by][category]
        n = weights.sum() ** 2 / (weights**2).sum()
        return self._spread(question) ** 2 / n

    def _spread(self, question: str) -> float:
        return likely.SPREAD.get(question, likely.USUAL_SPREAD)

    def _value(self, form: Form) -> float:
        return sum(c * self._found[v] for v, c in form.terms.items())


def _usual(question: str, wave: int) -> float:
    """The mean on the straight line between the first and the last wave that asks."""
    asked = [year for year in WAVES if question in frames(SURVEY, year)]
    of_print = {cell: printed()[figure] for figure, cell in names.MEANS.items()}
    known = [mean for year in asked if (mean := of_print.get((question, year))) is not None]
    first, last = likely.LEVELS.get(question) or (known[0], known[-1])
    return first + (last - first) * (wave - asked[0]) / ((asked[-1] - asked[0]) or 1)
