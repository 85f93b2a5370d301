"""What an outsider knows of the answers to one question of a wave, as numbers that equations link.

The numbers: how many respondents of each category of each breakdown gave each answer, in each population that is asked;
sums of them (who answered, groups of answers), and the sums of values and squares that means and standard errors tell.
The equations: answers add up to who was asked; categories, with those who did not state one, to everyone; breakdowns
of the same people meet in cells of both; populations that one answer tells apart add up to at most all.
Weights are taken as counts: numbers are no more certain where weights differ, which are not published.

Not here: what is few (few.py), the search (protect.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import inf, log1p

from pipelines.disclosure.answers import ANSWERED, DONT_KNOW, NO_ANSWER, Answer, Base, Row, Wave
from pipelines.disclosure.few import few, is_few
from pipelines.disclosure.linked import System

# What hiding costs, in answers that a reader loses: a mean says more than a share, and a total more than a part.
COSTS = {"mean": 4.0, "median": 3.0, "share": 1.0}
COST_OF_A_GROUP = 2.0
COST_OF_A_TOTAL = 20.0
COST_OF_A_CATEGORY = 200.0  # of one that all questions are told by
COST_OF_A_PLACE = 2.0  # where respondents live, which no estimate is by
COST_OF_THE_UNSTATED = 1.0
COST_OF_COUNTS = 1.0  # of don't-knows and of those who did not answer


def respondents(wave: Wave, population: str, counts: dict[int, int], n_unstated: dict[str, int]) -> System:
    """How many respondents each category has."""
    system = System()
    for domain_id, n in counts.items():
        number = system.add(domain_id, n, wave.rule.protection)
        cost = COST_OF_A_CATEGORY * (COST_OF_A_TOTAL if domain_id == wave.whole else 1.0) * log1p(n)
        system.show(domain_id, [number], inf if (population, domain_id) in wave.printed else cost)
    for breakdown, n in n_unstated.items():
        if n:
            system.add(breakdown, n, wave.rule.protection)
            system.show(breakdown, [system.numbers[breakdown]], COST_OF_THE_UNSTATED)
    for breakdown, domains in wave.breakdowns.items():
        parts = [*(d for d in domains if d in counts), *([breakdown] if n_unstated.get(breakdown) else [])]
        if parts and breakdown != "all":
            system.equate(system.numbers[wave.whole], [system.numbers[part] for part in parts])
    for place in dict.fromkeys(place for place, _ in wave.places):
        within = {name: n for name, n in wave.places.items() if name[0] == place}
        for name, n in within.items():
            system.show(name, [system.add(name, n, wave.rule.protection)], COST_OF_A_PLACE * log1p(n))
        elsewhere = [system.add((place, None), rest)] if (rest := counts[wave.whole] - sum(within.values())) else []
        system.equate(system.numbers[wave.whole], [*(system.numbers[name] for name in within), *elsewhere])
    meet(system, wave, set(counts), lambda domain_id: system.numbers[domain_id])
    return system


class Block:
    """One question in one wave, of all populations that it is asked of."""

    def __init__(self, wave: Wave, bases: list[Base], hidden_categories: set[tuple[str, int]]) -> None:
        self.wave, self.bases = wave, bases
        self.hidden_categories = hidden_categories  # (population, domain_id): nothing of it is shown
        self.system = System()
        self.primary: dict[tuple[int, int], str] = {}
        for base in bases:
            self._add_base(base)
        for base in bases:
            self._add_picked(base)
        self._part_populations()

    def population_of(self, statistic_id: int) -> str:
        return next(
            base.population
            for base in self.bases
            if any(row.statistic.statistic_id == statistic_id for row in base.rows)
        )

    def _add_base(self, base: Base) -> None:
        whole = base.counts[self.wave.whole]
        domains = [domain for domain in base.counts if base.n_respondents(domain)]
        for domain in domains:
            self._add_domain(base, domain, whole)
        for breakdown, members in self.wave.breakdowns.items():
            if breakdown != "all":
                self._add_up(base, breakdown, [domain for domain in members if domain in base.counts], whole)
        for answer in whole:
            meet(self.system, self.wave, set(domains), lambda domain, answer=answer: self._cell(base, domain, answer))
        for row in base.rows:
            self._add_row(base, row)

    def _cell(self, base: Base, domain: int | str, answer: Answer) -> int:
        return self.system.numbers[base.base_id, domain, answer]

    def _add_domain(self, base: Base, domain: int, answers: Iterable[Answer]) -> None:
        system, protection, counts = self.system, self.wave.rule.protection, base.counts[domain]
        by_kind: dict[str, list[Answer]] = defaultdict(list)
        for answer in answers:
            system.add((base.base_id, domain, answer), counts.get(answer, 0), protection)
            by_kind[answer.kind].append(answer)
        in_base = {ANSWERED: [ANSWERED], "base": [ANSWERED, DONT_KNOW], DONT_KNOW: [DONT_KNOW], NO_ANSWER: [NO_ANSWER]}
        for name, kinds in in_base.items():
            counted = [answer for kind in kinds for answer in by_kind[kind]]
            if counted and not (name == "base" and not by_kind[DONT_KNOW]):
                n = sum(counts.get(answer, 0) for answer in counted)
                # How many answered is no secret where they are not few, whatever else of them is hidden.
                asked = protection if name in (ANSWERED, "base") and is_few(n, self.wave.rule) else 0.0
                self._add_sum(base, domain, name, counted, [1.0] * len(counted), asked)
        self._add_sum(base, domain, "respondents", list(answers), [1.0] * len(list(answers)), 0.0)
        is_hidden = (base.population, domain) in self.hidden_categories
        uncounted = [
            numbers for name in (DONT_KNOW, NO_ANSWER) if (numbers := system.numbers.get((base.base_id, domain, name)))
        ]
        if uncounted:
            system.show(("counts", base.base_id, domain), uncounted, COST_OF_COUNTS)
            if is_hidden:
                self.primary["counts", base.base_id, domain] = "category"
        if self._picks_itself(base):
            return
        system.show(
            ("category", base.population, domain, base.base_id),
            [system.numbers[base.base_id, domain, "respondents"]],
            0.0 if is_hidden else inf,
        )
        if is_hidden:
            self.primary["category", base.population, domain, base.base_id] = "category"

    def _picks_itself(self, base: Base) -> bool:
        """Whether the question is asked again of those whom their answer to it picked."""
        picked = self.wave.picked.get(base.population)
        return picked is not None and picked.question_id == base.question_id

    def _add_sum(
        self,
        base: Base,
        domain: int,
        name: object,
        answers: list[Answer],
        coefficients: list[float],
        protection: float,
        scale: float = 1.0,
    ) -> int:
        counts = base.counts[domain]
        value = sum(c * counts.get(answer, 0) for c, answer in zip(coefficients, answers, strict=True))
        number = self.system.add((base.base_id, domain, name), value, protection, scale)
        self.system.equate(number, [self._cell(base, domain, answer) for answer in answers], coefficients)
        return number

    def _add_up(self, base: Base, breakdown: str, domains: list[int], whole: dict[Answer, int]) -> None:
        """Everyone is the sum of the categories, and of those who are in none."""
        if not domains:
            return
        stated = sum(base.n_respondents(domain) for domain in domains)
        is_open = stated < base.n_respondents(self.wave.whole)
        for answer, n in whole.items():
            parts = [self._cell(base, domain, answer) for domain in domains]
            if is_open:
                known = sum(base.counts[domain].get(answer, 0) for domain in domains)
                parts.append(self.system.add((base.base_id, breakdown, answer), n - known))
            self.system.equate(self._cell(base, self.wave.whole, answer), parts)

    def _add_row(self, base: Base, row: Row) -> None:
        numbers, statistic = self.system.numbers, row.statistic
        at = base.base_id, row.domain_id
        names = ("base", ANSWERED) if statistic.is_dont_know_in_base else (ANSWERED, "base")
        base_number = next((numbers[(*at, name)] for name in names if (*at, name) in numbers), None)
        shown = [numbers[(*at, "respondents")], *([base_number] if base_number is not None else [])]
        told, further = self._told(base, row)
        name = (statistic.statistic_id, row.domain_id)
        cost = COSTS[statistic.statistic] * log1p(row.n_answers)
        if statistic.codes and statistic.codes[0] != statistic.codes[1]:
            cost *= COST_OF_A_GROUP
        if row.domain_id == self.wave.whole:
            cost *= COST_OF_A_TOTAL
        if row.is_printed:  # what is printed is known; what a release says beside it need not be
            self.system.show(("printed", *name), told, inf)
        self.system.show(name, [*shown, *told, *further], cost)
        if (base.population, row.domain_id) in self.hidden_categories:
            self.primary[name] = "category"
        elif kind := few(row, base, self.wave.rule):
            self.primary[name] = kind
            self._bound(kind, row, base_number, told)

    def _bound(self, kind: str, row: Row, base_number: int | None, told: list[int]) -> None:
        """What is known of a number for being hidden by the rule."""
        most = self.wave.rule.threshold - 1
        if kind == "base" and base_number is not None:
            self.system.bound(base_number, 1, most)
        elif row.is_printed:
            return
        elif kind == "answer":
            self.system.bound(told[0], 1, most)
        elif kind == "rest":
            self.system.bound(told[0], row.n_answers - most, row.n_answers - 1)

    def _told(self, base: Base, row: Row) -> tuple[list[int], list[int]]:
        """What a row tells of the answers, besides how many there are: by its estimate, and by its standard error."""
        statistic, numbers, domain = row.statistic, self.system.numbers, row.domain_id
        answers = list(base.counts[self.wave.whole])
        if statistic.statistic == "share":
            counted = [answer for answer in answers if statistic.counts(answer)]
            if not counted:  # nobody gave it
                return [], []
            if len(counted) == 1:
                return [self._cell(base, domain, counted[0])], []
            name = base.base_id, domain, tuple(counted)
            if name not in numbers:
                self._add_sum(base, domain, tuple(counted), counted, [1.0] * len(counted), self.wave.rule.protection)
            return [numbers[name]], []
        valued = [answer for answer in answers if answer.kind == ANSWERED and answer.value is not None]
        if statistic.statistic == "median":
            # What half of the answers reach bounds them all.
            return [self._cell(base, domain, answer) for answer in valued], []
        values = [answer.value for answer in valued if answer.value is not None]
        steps = [b - a for a, b in pairwise(sorted(set(values)))]
        protection = self.wave.rule.protection * min(steps, default=0.0)
        squares = [value * value for value in values]
        return (
            [self._add_sum(base, domain, "sum", valued, values, protection, spread(values))],
            [self._add_sum(base, domain, "sum of squares", valued, squares, 0.0, spread(squares))],
        )

    def _add_picked(self, base: Base) -> None:
        """The populations that answers to this question pick out: their respondents are those who gave them."""
        for population, picked in self.wave.picked.items():
            if (picked.question_id, picked.parent) != (base.question_id, base.population):
                continue
            for domain in [domain for domain in base.counts if base.n_respondents(domain)]:
                answers = [
                    answer
                    for answer in base.counts[self.wave.whole]
                    if answer.code is not None and any(first <= answer.code <= last for first, last in picked.codes)
                ]
                n = sum(base.counts[domain].get(answer, 0) for answer in answers)
                if not n:
                    continue
                number = self._add_sum(
                    base, domain, population, answers, [1.0] * len(answers), self.wave.rule.protection
                )
                name = ("picked", population, domain)
                same = [
                    self.system.numbers[other.base_id, domain, "respondents"]
                    for other in self.bases
                    if other.population == population and (other.base_id, domain, "respondents") in self.system.numbers
                ]
                self.system.show(name, [number, *same], COST_OF_A_CATEGORY / 10 * log1p(n))
                if (population, domain) in self.hidden_categories:
                    self.primary[name] = "category"
                elif 0 < n < self.wave.rule.threshold:
                    self.primary[name] = "base"
                    self.system.bound(number, 1, self.wave.rule.threshold - 1)

    def _part_populations(self) -> None:
        """Populations that one answer tells apart are parts of the one they are picked from."""
        by_population = {base.population: base for base in self.bases}
        for parent_name, members in self._families():
            parent, parts = by_population.get(parent_name), [by_population[m] for m in members if m in by_population]
            if parent is None or not parts:
                continue
            for domain in [domain for domain in parent.counts if parent.n_respondents(domain)]:
                for answer in parent.counts[self.wave.whole]:
                    cells = [self.system.numbers.get((part.base_id, domain, answer)) for part in parts]
                    known = [cell for cell in cells if cell is not None]
                    rest = self.system.add((parent.base_id, domain, answer, tuple(members)))
                    self.system.equate(self._cell(parent, domain, answer), [*known, rest])

    def _families(self) -> Iterator[tuple[str, list[str]]]:
        families: dict[tuple[str, str], list[str]] = defaultdict(list)
        for population, picked in self.wave.picked.items():
            families[picked.parent, picked.question_id].append(population)
        for (parent, _), members in families.items():
            ranges = sorted(codes for member in members for codes in self.wave.picked[member].codes)
            if all(a[1] < b[0] for a, b in pairwise(ranges)):
                yield parent, members
            else:
                yield from ((parent, [member]) for member in members)


def spread(values: list[float]) -> float:
    return max(values, default=0.0) - min(values, default=0.0) or 1.0


def meet(system: System, wave: Wave, domains: set[int], number_of) -> None:
    """Categories of two breakdowns of the same people have cells in common, which are not published."""
    for pairs in wave.overlaps.values():
        of_first: dict[int, list[int | None]] = defaultdict(list)
        of_second: dict[int, list[int | None]] = defaultdict(list)
        for first, second in pairs:
            if first in domains:
                of_first[first].append(second if second in domains else None)
            if second in domains:
                of_second[second].append(first if first in domains else None)
        common = {
            (first, second): system.add(("common", first, second, len(system.value)))
            for first, seconds in of_first.items()
            for second in seconds
            if second is not None
        }
        for first, seconds in of_first.items():
            parts = [common[first, second] for second in seconds if second is not None]
            if parts:
                rest = [system.add(("alone", first, len(system.value)))] if None in seconds else []
                system.equate(number_of(first), [*parts, *rest])
        for second, firsts in of_second.items():
            parts = [common[first, second] for first in firsts if first is not None]
            if parts:
                rest = [system.add(("alone", second, len(system.value)))] if None in firsts else []
                system.equate(number_of(second), [*parts, *rest])
