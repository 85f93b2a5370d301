"""Which rows of the estimates a release hides: those that tell of few, and those that would give them away.

Not here: how tables hide them (dbt_project/models/harmonised/harmonised_disclosed.sql).

First the categories of each population, which every question tells; then the answers to one question at a time, of all
populations. A population that an answer picks out has as many respondents as gave it: where that is hidden, so is all
that is told of them, and the questions that tell it are looked at again.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from pipelines.disclosure.answers import COMPLEMENTARY, PRIMARY, Base, Wave
from pipelines.disclosure.blocks import CATEGORY, Block
from pipelines.disclosure.categories import categories, counts_of
from pipelines.disclosure.few import is_few
from pipelines.disclosure.protect import Protection, protect

# Hiding a population's category in one question hides it in all, which may hide another: it ends soon, or is no good.
MOST_ROUNDS = 8

Row = tuple[int, int]
Category = int | tuple[str, int]


@dataclass
class Hidden:
    """What is hidden of a wave.

    Attributes:
        rows: {(statistic_id, domain_id): reason}.
        printed: rows of which only the printed number is shown.
        counts: (base_id, domain_id) whose don't-knows and unanswered are not shown.
        categories: {(population, category): reason}, of which nothing is shown: a domain_id, or (place, number of it).
        unprotected: numbers that could not be made uncertain enough, in words.
    """

    rows: dict[Row, str] = field(default_factory=dict)
    printed: set[Row] = field(default_factory=set)
    counts: set[Row] = field(default_factory=set)
    categories: dict[tuple[str, Category], str] = field(default_factory=dict)
    unprotected: list[str] = field(default_factory=list)

    def has(self, name: object) -> bool:
        """Whether a row of a block is hidden already."""
        match name:
            case ("counts", base_id, domain):
                return (base_id, domain) in self.counts
            case (int(), int()):
                return name in self.rows or name in self.printed
        return False

    def domains(self) -> dict[tuple[str, int], str]:
        """{(population, domain_id): reason} of which nothing is shown."""
        return {
            (population, category): reason
            for (population, category), reason in self.categories.items()
            if isinstance(category, int)
        }


def hide(wave: Wave) -> Hidden:
    """What a release hides of a wave. Raises RuntimeError where it does not settle."""
    hidden = Hidden()
    for population in wave.populations():
        _hide_categories(wave, population, hidden)
    questions: dict[str, list[Base]] = defaultdict(list)
    for base in wave.bases:
        questions[base.question_id].append(base)
    picking = {picked.question_id for picked in wave.picked.values()}
    waiting = sorted(questions, key=lambda question: (question not in picking, question))
    for _ in range(MOST_ROUNDS):
        before = hidden.domains()
        for question in waiting:
            _hide_answers(wave, questions[question], hidden)
        changed = {population for population, _ in hidden.domains().keys() - before.keys()}
        waiting = sorted(q for q, bases in questions.items() if any(base.population in changed for base in bases))
        if not waiting:
            _hide_composites(wave, hidden)
            return hidden
    raise RuntimeError(f"{wave.survey} {wave.wave}: what is hidden did not settle in {MOST_ROUNDS} rounds")


def _hide_categories(wave: Wave, population: str, hidden: Hidden) -> None:
    """Categories of few respondents, and those that would give their number away."""
    counts = counts_of(wave, population)
    system = categories(wave, population, counts)
    names = list(system.rows)
    few = {name for name in (*counts, *wave.places) if is_few(int(system.value[system.numbers[name]]), wave.rule)}
    few -= {name for name in few if (population, name) in wave.printed}
    for name in few:
        system.bound(system.numbers[name], 1, wave.rule.threshold - 1)
    if not few:
        return
    found = protect(system.linked(), [row for row, name in enumerate(names) if name in few])
    for row in found.hidden:
        is_told = names[row] in few and not found.released.intersection(system.rows[names[row]])
        hidden.categories[population, names[row]] = PRIMARY if is_told else COMPLEMENTARY
    hidden.unprotected += _told(wave, f"respondents of {population}", list(system.numbers), found)


def _hide_answers(wave: Wave, bases: list[Base], hidden: Hidden) -> None:
    """By respondents, and by weights where they have any: each hides what the other left open, until neither does."""
    measures = [False] if wave.weights is None else [False, True]
    for _ in range(MOST_ROUNDS):
        before = len(hidden.rows)
        told = [text for is_weighted in measures for text in _hide_block(wave, bases, hidden, is_weighted)]
        if len(measures) == 1 or len(hidden.rows) == before:
            break
    hidden.unprotected += told


def _hide_block(wave: Wave, bases: list[Base], hidden: Hidden, is_weighted: bool) -> list[str]:
    block = Block(wave, bases, hidden.domains(), is_weighted)
    rows = list(block.system.rows)
    start = [row for row, name in enumerate(rows) if name in block.primary or hidden.has(name)]
    if not start:
        return []
    found = protect(block.system.linked(), start)
    for name in (rows[row] for row in found.hidden):
        reason = _reason(block, name, found.released, hidden)
        match name:
            case ("picked", population, domain):
                hidden.categories.setdefault((population, domain), reason)
            case ("counts", base_id, domain):
                hidden.counts.add((base_id, domain))
            case (int(), int()) if ("printed", *name) in block.system.rows:
                hidden.printed.add(name)
            case (int(), int()):
                # That it is few may be told only where both agree.
                hidden.rows[name] = COMPLEMENTARY if hidden.rows.get(name) == COMPLEMENTARY else reason
    for name, estimate in block.estimates.items():
        # What follows from print, or from nobody at all having said so, is as good as printed: hiding it hides nothing.
        if name in hidden.rows and found.known.issuperset(estimate) and (estimate or name not in block.primary):
            del hidden.rows[name]
            hidden.printed.add(name)
    return _told(wave, bases[0].question_id, list(block.system.numbers), found)


def _reason(block: Block, name: tuple[int, int], released: set[int], hidden: Hidden) -> str:
    """That a row is few is not told where that, with others that are, would say how many it is."""
    kind = block.primary.get(name)
    if kind == CATEGORY and name[0] in block.population_of:
        return hidden.categories[block.population_of[name[0]], name[1]]
    return PRIMARY if kind and not released.intersection(block.system.rows[name]) else COMPLEMENTARY


def _told(wave: Wave, of: str, numbers: list[object], found: Protection) -> list[str]:
    left = (number for number in found.unprotected if number not in found.known)
    return [f"{wave.survey} {wave.wave}, {of}: {numbers[number]}" for number in left]


def _hide_composites(wave: Wave, hidden: Hidden) -> None:
    """A composite tells of an item that is hidden, where the others are not."""
    means = {
        (base.question_id, row.domain_id)
        for base in wave.bases
        for row in base.rows
        if row.statistic.statistic == "mean" and (row.statistic.statistic_id, row.domain_id) in hidden.rows
    }
    for composite in wave.composites:
        name = composite.statistic_id, composite.domain_id
        if is_few(composite.n_answers, wave.rule):
            hidden.rows[name] = PRIMARY
        elif any((question, composite.domain_id) in means for question in composite.questions):
            hidden.rows[name] = COMPLEMENTARY
