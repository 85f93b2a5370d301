"""How many respondents the categories of a population have, as numbers that equations link.

Not here: what they answer (blocks.py).
"""

from collections.abc import Mapping
from math import inf, log1p
from typing import Any

from pipelines.disclosure import costs
from pipelines.disclosure.answers import Wave
from pipelines.disclosure.linked import System


def counts_of(wave: Wave, population: str) -> dict[int, int]:
    """The respondents of each category: {domain_id: number}."""
    counts: dict[int, int] = {}
    for base in (base for base in wave.bases if base.population == population):
        for domain in base.counts:
            counts[domain] = max(counts.get(domain, 0), base.n_respondents(domain))
    return counts


def categories(wave: Wave, population: str, counts: dict[int, int]) -> System:
    """Numbers and rows are named by the domain_id, or by place and its number. How many stated no category of a
    breakdown is told, whichever of these are hidden, and has no row that could be."""
    system = System()
    for domain, n in counts.items():
        system.add(domain, n, wave.rule.protection)
    for breakdown, members in wave.breakdowns.items():
        within = {domain: counts[domain] for domain in members if domain in counts}
        told = _add_up(system, wave, breakdown, within) if within and breakdown != "all" else []
        for domain, n in within.items():
            is_printed = (population, domain) in wave.printed
            cost = inf if is_printed else costs.of_category(n, domain == wave.whole)
            system.show(domain, [system.numbers[domain], *told], cost)
        if breakdown in system.numbers:
            system.show(("unstated", breakdown), [system.numbers[breakdown]], inf)
    for place in dict.fromkeys(place for place, _ in wave.places):
        within_place = {name: n for name, n in wave.places.items() if name[0] == place}
        for name, n in within_place.items():
            system.add(name, n, wave.rule.protection)
        told = _add_up(system, wave, place, within_place)
        for name, n in within_place.items():
            system.show(name, [system.numbers[name], *told], costs.OF_A_PLACE * log1p(n))
    meet(system, wave, {domain: system.numbers[domain] for domain in counts})
    return system


def _add_up(system: System, wave: Wave, of: str, within: Mapping[Any, int]) -> list[int]:
    """Everyone is who stated one of the categories, and who did not. How many stated any is told by each of them: with
    its share, which is of these."""
    stated = system.add(("stated", of), sum(within.values()))
    system.equate(stated, [system.numbers[name] for name in within])
    parts = [stated]
    whole = system.numbers[wave.whole]
    if unstated := system.value[whole] - system.value[stated]:
        parts.append(system.add(of, unstated))
    system.equate(whole, parts)
    return [stated]


def meet(system: System, wave: Wave, numbers: dict[int, int]) -> None:
    """Categories of two breakdowns of the same people have cells in common, which are not published.

    Args:
        numbers: {domain_id: number} of the categories that are told of.
    """
    for pairs in wave.overlaps.values():
        common: dict[tuple[int, int], int] = {}
        for one, other in pairs:
            if one in numbers and other in numbers:
                assert one is not None and other is not None
                common[one, other] = system.add(("common", one, other, len(system.value)))
        for side in (0, 1):
            for domain in dict.fromkeys(pair[side] for pair in pairs if pair[side] in numbers):
                assert domain is not None
                parts = [number for pair, number in common.items() if pair[side] == domain]
                is_alone = any(pair[side] == domain and pair[1 - side] not in numbers for pair in pairs)
                if parts:
                    alone = [system.add(("alone", domain, len(system.value)))] if is_alone else []
                    system.equate(numbers[domain], [*parts, *alone])
