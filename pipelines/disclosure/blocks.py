"""What an outsider knows of the answers to one question of a wave, as numbers that equations link.

Not here: what is few (few.py), the search (protect.py).

The numbers: how many respondents of each category of each breakdown gave each answer, in each population that is asked;
sums of them (who answered, groups of answers), and the sums of values and squares that means and standard errors tell.
The equations: answers add up to who was asked; categories, with those who did not state one, to everyone; breakdowns
of the same people meet in cells of both; populations that one answer tells apart add up to at most all.
Where weights differ there are two such sets of numbers, of respondents and of their weights, with the same rows.

Numbers are named (base_id, category, answer), or by what is added up; the category is a domain_id, or a breakdown for
those who are in none of its. Rows are named (statistic_id, domain_id), as in survey_estimates, or by a kind: `printed`
is the number alone of such a row, `category` all that is told of a population in a category, `counts` the don't-knows
and unanswered of a base, `picked` the category of a population that answers to this question pick out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import inf, log1p

from pipelines.disclosure import costs
from pipelines.disclosure.answers import ANSWERED, DONT_KNOW, NO_ANSWER, PRIMARY, Answer, Base, Row, Statistic, Wave
from pipelines.disclosure.categories import meet
from pipelines.disclosure.few import few, is_few
from pipelines.disclosure.linked import Name, System

ASKED, IN_BASE = "asked", "in base"  # everyone; who answered or did not know
# Sums of answers, by the kinds that are in them.
SUMS = {
    ANSWERED: {ANSWERED},
    IN_BASE: {ANSWERED, DONT_KNOW},
    DONT_KNOW: {DONT_KNOW},
    NO_ANSWER: {NO_ANSWER},
    ASKED: {ANSWERED, DONT_KNOW, NO_ANSWER},
}
HALF = 0.5  # of the protection, for an estimate
CATEGORY = "category"  # why a row is hidden, beside what few.py tells


class Block:
    """One question in one wave, of all populations that it is asked of, by respondents or by their weights.

    Attributes:
        system: its numbers and rows.
        primary: {row: why it is hidden}, of those that are before the search.
    """

    def __init__(
        self, wave: Wave, bases: list[Base], hidden_categories: Mapping[tuple[str, int], str], is_weighted: bool = False
    ) -> None:
        self.wave, self.bases, self.is_weighted = wave, bases, is_weighted
        self.lightest, self.mean_weight, self.heaviest = (
            wave.weights if is_weighted and wave.weights else (1.0, 1.0, 1.0)
        )
        self.protection = wave.rule.protection * self.mean_weight
        self.hidden_categories = hidden_categories  # {(population, domain_id): reason}: nothing of it is shown
        self.system = System()
        self.numbers = self.system.numbers
        self.primary: dict[Name, str] = {}
        self.population_of: dict[int, str] = {}  # by statistic_id
        # What a row's estimate tells: nothing, where nobody of all gave the answer.
        self.estimates: dict[tuple[int, int], list[int]] = {}
        for base in bases:
            self._add_base(base)
        for base in bases:
            self._add_picked(base)
        self._part_populations()

    def _add_base(self, base: Base) -> None:
        domains = [domain for domain in base.counts if base.n_respondents(domain)]
        for domain in domains:
            self._add_answers(base, domain)
            self._add_category(base, domain)
        for breakdown, members in self.wave.breakdowns.items():
            stated = [domain for domain in members if domain in domains]
            if breakdown != "all" and stated:
                self._add_up(base, breakdown, stated)
        for answer in base.counts[self.wave.whole]:
            meet(self.system, self.wave, {domain: self._cell(base, domain, answer) for domain in domains})
        for row in base.rows:
            self.population_of[row.statistic.statistic_id] = base.population
            self._add_row(base, row)
        self._add_absent(base, domains)

    def _amounts(self, base: Base, domain: int) -> Mapping[Answer, float]:
        return base.weights[domain] if self.is_weighted else base.counts[domain]

    def _cell(self, base: Base, domain: int, answer: Answer) -> int:
        return self.numbers[base.base_id, domain, answer]

    def _add_answers(self, base: Base, domain: int) -> None:
        answers = list(base.counts[self.wave.whole])
        amounts, rule = self._amounts(base, domain), self.wave.rule
        for answer in answers:
            amount = amounts.get(answer, 0.0)
            self.system.add((base.base_id, domain, answer), amount, self.protection, self.mean_weight)
        for name, kinds in SUMS.items():
            counted = [answer for answer in answers if answer.kind in kinds]
            n = sum(base.counts[domain].get(answer, 0) for answer in counted)
            # How many answered is no secret where they cannot be few, whatever else of them is hidden.
            is_secret = name in (ANSWERED, IN_BASE) and 0 < n < rule.threshold + rule.protection - 1
            if counted:
                self._add_sum(base, domain, name, counted, self.protection if is_secret else 0.0)

    def _add_sum(
        self,
        base: Base,
        domain: int,
        name: object,
        answers: list[Answer],
        protection: float,
        values: list[float] | None = None,
    ) -> int:
        """The number of those who gave any of the answers, or with values, the sum of these."""
        values = values or [1.0] * len(answers)
        amounts = self._amounts(base, domain)
        total = sum(value * amounts.get(answer, 0.0) for value, answer in zip(values, answers, strict=True))
        scale = (max(values) - min(values) or 1.0) * self.mean_weight
        number = self.system.add((base.base_id, domain, name), total, protection, scale)
        self.system.equate(number, [self._cell(base, domain, answer) for answer in answers], values)
        return number

    def _add_category(self, base: Base, domain: int) -> None:
        """What all rows of a category tell: how many are in it, and did not know or answer."""
        is_hidden = (base.population, domain) in self.hidden_categories
        at = base.base_id, domain
        rows: dict[Name, tuple[list[int], float]] = {}
        if is_hidden:
            self._bound_category(base, domain)
        if uncounted := [self.numbers[(*at, name)] for name in (DONT_KNOW, NO_ANSWER) if (*at, name) in self.numbers]:
            rows["counts", *at] = uncounted, costs.OF_COUNTS
        picked = self.wave.picked.get(base.population)
        if picked is None or picked.question_id != base.question_id:
            rows[CATEGORY, base.population, *at] = [self.numbers[(*at, ASKED)]], 0.0 if is_hidden else inf
        for name, (numbers, cost) in rows.items():
            self.system.show(name, numbers, cost)
            if is_hidden:
                self.primary[name] = CATEGORY

    def _bound_category(self, base: Base, domain: int) -> None:
        """How many they are may not follow from how many answered."""
        asked, rule = self.numbers[base.base_id, domain, ASKED], self.wave.rule
        if is_few(base.n_respondents(domain), rule):
            self.system.protection[asked] = self.protection
        if self.hidden_categories[base.population, domain] == PRIMARY:
            self.system.bound(asked, self.lightest, self.heaviest * (rule.threshold - 1))

    def _add_up(self, base: Base, breakdown: str, domains: list[int]) -> None:
        """Everyone is the sum of the categories, and of those who are in none."""
        whole = self.wave.whole
        is_open = sum(base.n_respondents(domain) for domain in domains) < base.n_respondents(whole)
        for answer, amount in self._amounts(base, whole).items():
            parts = [self._cell(base, domain, answer) for domain in domains]
            if is_open:
                stated = sum(self._amounts(base, domain).get(answer, 0.0) for domain in domains)
                parts.append(self.system.add((base.base_id, breakdown, answer), max(amount - stated, 0.0)))
            self.system.equate(self._cell(base, whole, answer), parts)
        if is_open and base.population not in self.wave.picked:
            # The shares of survey_composition tell how many stated a category, whichever of these are hidden.
            unstated = [self.numbers[base.base_id, breakdown, answer] for answer in base.counts[whole]]
            number = self.system.add(("unstated", base.base_id, breakdown), sum(self.system.value[n] for n in unstated))
            self.system.equate(number, unstated)
            self.system.show(("unstated", base.base_id, breakdown), [number], inf)

    def _add_row(self, base: Base, row: Row) -> None:
        statistic, in_base = row.statistic, self._in_base(base, row.domain_id, row.statistic)
        self.system.bound(in_base, self.lightest, inf)  # a row that is there says that somebody answered
        estimate, beside = self._told(base, row)
        name = (statistic.statistic_id, row.domain_id)
        told = [self._add_estimate(row, estimate[0], in_base)] if estimate and statistic.statistic != "median" else []
        if statistic.statistic != "median":
            self.estimates[name] = told
        if row.is_printed:  # what is printed is known; what a release says beside it need not be
            self.system.show(("printed", *name), told, inf)
            for number in (*estimate, *told):
                self.system.protection[number] = 0.0
        shown = [self.numbers[base.base_id, row.domain_id, ASKED], in_base, *estimate, *beside, *told]
        self.system.show(name, shown, costs.of_row(row, row.domain_id == self.wave.whole))
        if (base.population, row.domain_id) in self.hidden_categories:
            self.primary[name] = CATEGORY
            if self.hidden_categories[base.population, row.domain_id] == PRIMARY:
                self._bound("base", row, in_base, estimate)
        elif kind := few(row, base, self.wave.rule):
            self.primary[name] = kind
            self._bound(kind, row, in_base, estimate)

    def _add_estimate(self, row: Row, total: int, in_base: int) -> int:
        """The estimate itself, by how far the total is from it: 0. It may be known where neither total nor base is."""
        system, rule = self.system, self.wave.rule
        # Where the base is told, it is as uncertain as the total. Where it is not, they may move together, and half is
        # asked for; of so few who answered, no more can be uncertain than what they answered.
        part = min(row.n_answers / rule.protection, 1.0) if is_few(row.n_answers, rule) else 1.0
        name = "estimate", row.statistic.statistic_id, row.domain_id
        number = system.add(name, 0.0, HALF * part * system.protection[total], system.scale[total])
        system.low[number] = -inf
        system.equate(number, [total, in_base], [1.0, -system.value[total] / system.value[in_base]])
        return number

    def _add_absent(self, base: Base, domains: list[int]) -> None:
        """A row that is not there says that nobody answered."""
        there = {(row.statistic, row.domain_id) for row in base.rows}
        for statistic in dict.fromkeys(row.statistic for row in base.rows):
            for domain in domains:
                if (statistic, domain) not in there:
                    number = self._in_base(base, domain, statistic)
                    self.system.show(("absent", statistic.statistic_id, domain), [number], inf)

    def _in_base(self, base: Base, domain: int, statistic: Statistic) -> int:
        return self.numbers[base.base_id, domain, IN_BASE if statistic.is_dont_know_in_base else ANSWERED]

    def _bound(self, kind: str, row: Row, in_base: int, estimate: list[int]) -> None:
        """What is known of a number that the rule hides."""
        least, most = self.lightest, self.heaviest * (self.wave.rule.threshold - 1)
        all_in_base = self.system.value[in_base]
        if kind == "base":
            self.system.bound(in_base, least, most)
        elif kind == "answer" and not row.is_printed:
            self.system.bound(estimate[0], least, most)
        elif kind == "rest" and not row.is_printed:
            self.system.bound(estimate[0], all_in_base - most, all_in_base - least)

    def _told(self, base: Base, row: Row) -> tuple[list[int], list[int]]:
        """What a row tells of the answers: by its estimate, and by its standard error."""
        domain, answers = row.domain_id, list(base.counts[self.wave.whole])
        if row.statistic.statistic == "share":
            counted = [answer for answer in answers if row.statistic.counts(answer)]
            if len(counted) < 2:  # nobody gave it, or it is a single answer
                return [self._cell(base, domain, answer) for answer in counted], []
            name = base.base_id, domain, tuple(counted)
            if name not in self.numbers:
                self._add_sum(base, domain, tuple(counted), counted, self.protection)
            return [self.numbers[name]], []
        valued = {answer: answer.value for answer in answers if answer.kind == ANSWERED and answer.value is not None}
        if row.statistic.statistic == "median":
            # What half of the answers reach bounds them all.
            return [self._cell(base, domain, answer) for answer in valued], []
        values = list(valued.values())
        step = min((b - a for a, b in pairwise(sorted(set(values)))), default=0.0)
        protection = self.protection * step
        squares = [value * value for value in values]
        return (
            [self._add_sum(base, domain, "sum of values", list(valued), protection, values)],
            [self._add_sum(base, domain, "sum of squares", list(valued), 0.0, squares)],
        )

    def _add_picked(self, base: Base) -> None:
        """The populations that answers to this question pick out: their respondents are those who gave them."""
        for population, picked in self.wave.picked.items():
            if (picked.question_id, picked.parent) != (base.question_id, base.population):
                continue
            answers = [answer for answer in base.counts[self.wave.whole] if picked.picks(answer)]
            for domain in base.counts:
                if n := sum(base.counts[domain].get(answer, 0) for answer in answers):
                    self._add_picked_category(base, population, domain, answers, n)

    def _add_picked_category(self, base: Base, population: str, domain: int, answers: list[Answer], n: int) -> None:
        name = "picked", population, domain
        number = self._add_sum(base, domain, population, answers, self.protection)
        # Where they are asked the same again, that they are so many is told there.
        again = [(other.base_id, domain, ASKED) for other in self.bases if other.population == population]
        shown = [number, *(self.numbers[told] for told in again if told in self.numbers)]
        self.system.show(name, shown, costs.OF_A_PICKED_CATEGORY * log1p(n))
        if (population, domain) in self.hidden_categories:
            self.primary[name] = CATEGORY
        elif is_few(n, self.wave.rule):
            self.primary[name] = "base"
            self.system.bound(number, self.lightest, self.heaviest * (self.wave.rule.threshold - 1))

    def _part_populations(self) -> None:
        """Populations that one answer tells apart are parts of the one they are picked from."""
        by_population = {base.population: base for base in self.bases}
        for parent_name, members in self._families():
            parent, parts = by_population.get(parent_name), [by_population[m] for m in members if m in by_population]
            if parent is None or not parts:
                continue
            for domain in [domain for domain in parent.counts if parent.n_respondents(domain)]:
                for answer in parent.counts[self.wave.whole]:
                    cells = (self.numbers.get((part.base_id, domain, answer)) for part in parts)
                    rest = self.system.add((parent.base_id, domain, answer, tuple(members)))
                    known = [cell for cell in cells if cell is not None]
                    self.system.equate(self._cell(parent, domain, answer), [*known, rest])

    def _families(self) -> Iterator[tuple[str, list[str]]]:
        """(population, those picked from it by one question), those together that have no respondent in common."""
        families: dict[tuple[str, str], list[str]] = defaultdict(list)
        for population, picked in self.wave.picked.items():
            families[picked.parent, picked.question_id].append(population)
        for (parent, _), members in families.items():
            ranges = sorted(codes for member in members for codes in self.wave.picked[member].codes)
            if all(one[1] < other[0] for one, other in pairwise(ranges)):
                yield parent, members
            else:
                yield from ((parent, [member]) for member in members)
