"""Which rows of the estimates a release hides: those that tell of few, and those that would give them away.

Not here: how the tables hide them (dbt_project/models/marts).
"""

from collections import defaultdict
from dataclasses import dataclass, field

from pipelines.disclosure.answers import Base, Wave
from pipelines.disclosure.blocks import Block, respondents
from pipelines.disclosure.few import is_few
from pipelines.disclosure.protect import protect

PRIMARY, COMPLEMENTARY = "primary", "complementary"
# Hiding a population's category in one question hides it in all, which may hide another: it ends soon, or is no good.
MOST_ROUNDS = 8


@dataclass
class Hidden:
    """What is hidden of a wave.

    Attributes:
        rows: {(statistic_id, domain_id): reason}.
        categories: {(population, category): reason}, of which nothing is shown: a domain_id; a breakdown, for those who
            stated no category of it; or (place, category_no).
        counts: (base_id, domain_id) whose don't-knows and unanswered are not shown.
        printed: rows of which only the printed number is shown.
        unprotected: numbers that could not be made uncertain enough, in words.
    """

    rows: dict[tuple[int, int], str] = field(default_factory=dict)
    printed: set[tuple[int, int]] = field(default_factory=set)
    counts: set[tuple[int, int]] = field(default_factory=set)
    categories: dict[tuple[str, int | str | tuple[str, int]], str] = field(default_factory=dict)
    unprotected: list[str] = field(default_factory=list)


def hide(wave: Wave) -> Hidden:
    hidden = Hidden()
    for population in wave.populations():
        _hide_categories(wave, population, hidden)
    questions: dict[str, list[Base]] = defaultdict(list)
    for base in wave.bases:
        questions[base.question_id].append(base)
    picking = {picked.question_id for picked in wave.picked.values()}
    waiting = sorted(questions, key=lambda question: (question not in picking, question))
    for _ in range(MOST_ROUNDS):
        again = set()
        for question in waiting:
            before = set(hidden.categories)
            _hide_answers(wave, questions[question], hidden)
            new = {population for population, _ in set(hidden.categories) - before}
            again |= {q for q, bases in questions.items() if new & {base.population for base in bases}}
        if not again:
            _hide_composites(wave, hidden)
            return hidden
        waiting = sorted(again)
    raise RuntimeError(f"{wave.survey} {wave.wave}: what is hidden did not settle in {MOST_ROUNDS} rounds")


def _hide_categories(wave: Wave, population: str, hidden: Hidden) -> None:
    """Categories of few respondents, and those that would give their number away."""
    counts: dict[int, int] = {}
    for base in (base for base in wave.bases if base.population == population):
        for domain in base.counts:
            counts[domain] = max(counts.get(domain, 0), base.n_respondents(domain))
    stated = {b: sum(counts.get(domain, 0) for domain in domains) for b, domains in wave.breakdowns.items()}
    n_unstated = {b: counts[wave.whole] - n for b, n in stated.items() if n}
    system = respondents(wave, population, counts, n_unstated)
    names = list(system.rows)
    few = {name for name, n in {**counts, **wave.places}.items() if is_few(n, wave.rule)}
    primary = [row for row, name in enumerate(names) if name in few and (population, name) not in wave.printed]
    for row in primary:
        system.bound(system.rows[names[row]][0], 1, wave.rule.threshold - 1)
    if not primary:
        return
    found = protect(system.linked(), primary)
    for row in found.hidden:
        reason = (
            PRIMARY if row in primary and not found.released.intersection(system.rows[names[row]]) else COMPLEMENTARY
        )
        hidden.categories[population, names[row]] = reason
    hidden.unprotected += [
        f"{wave.survey} {wave.wave} {population}: respondents of {list(system.numbers)[n]}" for n in found.unprotected
    ]


def _hide_answers(wave: Wave, bases: list[Base], hidden: Hidden) -> None:
    categories = {(population, domain) for population, domain in hidden.categories if isinstance(domain, int)}
    block = Block(wave, bases, categories)
    names = list(block.system.rows)
    known = {name for name in names if name in hidden.rows}
    if not block.primary and not known:
        return
    start = [row for row, name in enumerate(names) if name in block.primary or name in known]
    found = protect(block.system.linked(), start)
    for row in found.hidden:
        name = names[row]
        if name[0] == "printed":
            continue
        if name[0] == "picked":
            _, population, domain = name
            hidden.categories.setdefault(
                (population, domain), PRIMARY if block.primary.get(name) == "base" else COMPLEMENTARY
            )
        elif name[0] == "counts":
            hidden.counts.add((name[1], name[2]))
        elif ("printed", *name) in block.system.rows:
            hidden.printed.add(name)
        elif name[0] != "category" and name not in hidden.rows:
            hidden.rows[name] = _reason(block, name, found.released, hidden)
    hidden.unprotected += [
        f"{wave.survey} {wave.wave} {bases[0].question_id}: {list(block.system.numbers)[n]}" for n in found.unprotected
    ]


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


def _reason(block: Block, row: tuple[int, int], released: set[int], hidden: Hidden) -> str:
    """That a row is few is not told where that, with others that are, would say what it is."""
    kind = block.primary.get(row)
    if kind == "category":
        return hidden.categories[block.population_of(row[0]), row[1]]
    return PRIMARY if kind and not released.intersection(block.system.rows[row]) else COMPLEMENTARY
