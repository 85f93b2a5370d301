"""How many respondents the categories of a population have, as numbers that equations link.

Not here: what they answer (blocks.py).
"""

from collections import defaultdict
from math import inf, log1p

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
    """Numbers and rows are named by the domain_id; by the breakdown, of those who stated no category of it; and by
    place and its number."""
    system = System()
    for domain, n in counts.items():
        is_printed = (population, domain) in wave.printed
        cost = inf if is_printed else costs.of_category(n, domain == wave.whole)
        system.show(domain, [system.add(domain, n, wave.rule.protection)], cost)
    for breakdown, members in wave.breakdowns.items():
        stated = [domain for domain in members if domain in counts]
        if breakdown == "all" or not stated:
            continue
        parts = [system.numbers[domain] for domain in stated]
        if unstated := counts[wave.whole] - sum(counts[domain] for domain in stated):
            parts.append(system.add(breakdown, unstated, wave.rule.protection))
            system.show(breakdown, [parts[-1]], costs.OF_THE_UNSTATED)
        system.equate(system.numbers[wave.whole], parts)
    _add_places(system, wave, counts[wave.whole])
    meet(system, wave, {domain: system.numbers[domain] for domain in counts})
    return system


def _add_places(system: System, wave: Wave, n: int) -> None:
    by_place: dict[str, list[int]] = defaultdict(list)
    for name, n_there in wave.places.items():
        by_place[name[0]].append(system.add(name, n_there, wave.rule.protection))
        system.show(name, [by_place[name[0]][-1]], costs.OF_A_PLACE * log1p(n_there))
    for place, numbers in by_place.items():
        if elsewhere := n - sum(n_there for (kind, _), n_there in wave.places.items() if kind == place):
            numbers.append(system.add((place, None), elsewhere))
        system.equate(system.numbers[wave.whole], numbers)


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
