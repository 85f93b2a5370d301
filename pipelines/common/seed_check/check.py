"""Every mistake in the seeds: what a file is, what is declared of it, and the rules beyond.

Not here: the rules themselves (the modules beside this one), and printing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pipelines.common.seed_check import (
    codebook,
    composites,
    estimates,
    ids,
    indicators,
    numbers,
    places,
    populations,
    respondents,
    surveys,
)
from pipelines.common.seed_check.declared import read_declared
from pipelines.common.seed_check.evaluate import broken, misfits, not_as_declared
from pipelines.common.seed_check.tables import UNREADABLE, Finding, Seeds, read_tables
from pipelines.common.seeds import SEEDS_DIR

SHOWN = 20  # mistakes, by a run that stops on them
Rule = Callable[[Seeds], Iterable[Finding]]
RULES: tuple[Rule, ...] = (
    *surveys.RULES, *ids.RULES, *codebook.RULES, *respondents.RULES, *estimates.RULES, *populations.RULES,
    *numbers.RULES, *composites.RULES, *indicators.RULES, *places.RULES,
)  # fmt: skip


def check_seeds(folder: Path = SEEDS_DIR, more: Sequence[Rule] = ()) -> list[Finding]:
    """The mistakes in the seeds below `folder`, by file and line; `more` are rules that know a later layer's code.

    While a file cannot be read, or has other columns than are declared, only that is told: the rest would follow
    from it.
    """
    return sorted(_found(folder, more), key=lambda finding: (finding.file, finding.line))


def in_short(found: Sequence[Finding]) -> str:
    """What a run says that stops on mistakes: that there are some, and the first of them."""
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    head = "the seeds have mistakes (all of them: make check-seeds)"
    return "\n".join([head, *map(str, found[:SHOWN]), *more])


def _found(folder: Path, more: Sequence[Rule]) -> Iterator[Finding]:
    findings: list[Finding] = []
    tables, declared = read_tables(folder, findings), read_declared(folder)
    yield from findings
    if any(finding.rule in UNREADABLE for finding in findings):
        return
    if others := list(not_as_declared(tables, declared)):
        yield from others
        return
    for name, table in tables.items():
        yield from misfits(table, declared[name])
        yield from broken(tables, declared[name])
    whole = {name: replace(table, rows=[row for row in table.rows if row.is_whole]) for name, table in tables.items()}
    for rule in (*RULES, *more):
        yield from rule(whole)
