"""What kommuner are likely to answer: weights per wave, size and earlier answers.

Not here: what must come out (seeds/published). The weights are judgement, near enough to the report
that few answers must change; they claim nothing about any real kommune.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import exp, log

from tests.sample.codebook import counted
from tests.sample.ssb_kommune.names import (
    AFTER,
    ALL,
    BARRIER,
    BEFORE,
    CLOUD,
    DONT_KNOW,
    HALF,
    MOST,
    N_BUYING,
    N_CLOUD,
    N_INTERNAL,
    N_OFFER,
    N_PROJECT,
    N_STRATEGY,
    NO,
    NO_HOPE,
    NO_MONEY,
    NO_NEED,
    NOT_RELEVANT,
    OFFERS,
    OTHER,
    PROJECT,
    REASONS,
    SIZES,
    SOME,
    STRATEGY,
    SURVEY,
    TRIED,
    TROUBLE,
    WAVES,
    YES,
)
from tests.sample.stages import Pattern, PatternStage
from tests.sample.units import Unit

Options = list[tuple[Pattern, float]]
Table = Mapping[str, tuple[float | None, float | None]]


def bell(values: range, centre: float, width: float, above: float | None = None) -> dict[int, float]:
    """Weights that fall off from `centre`, adding up to 1; `above`: another width on that side."""
    raw = {v: exp(-(((v - centre) / (above if above and v > centre else width)) ** 2) / 2) for v in values}
    return {v: w / sum(raw.values()) for v, w in raw.items()}


def by_size(unit: Unit, shares: Mapping[int, Sequence[float]]) -> float:
    return shares[unit.wave][SIZES.index(unit.attributes["innbyggergruppe"])]


# The larger, the more of everything, as the report's introduction says: how much more, per step of size and area.
USUAL_SIZE, TILT, PULL = 1.5, 0.08, 0.25


def by_lift(unit: Unit, weights: Mapping[int, float]) -> dict[int, float]:
    """The weights, adding up to 1, tilted to more for a kommune larger than usual, and to less for a smaller one."""
    tilt = TILT * (SIZES.index(unit.attributes["innbyggergruppe"]) - USUAL_SIZE)
    raw = {v: w * exp(tilt * v) for v, w in weights.items()}
    return {v: w / sum(raw.values()) for v, w in raw.items()}


def pull_of_size(unit: Unit) -> float:
    """How much a kommune's size speaks for more services, beside chance of deviation 1."""
    return PULL * log(int(unit.attributes["folkemengde"]))


HAS_STRATEGY = {BEFORE: (0.5, 0.62, 0.75, 0.82, 0.88, 0.97), AFTER: (0.55, 0.66, 0.77, 0.85, 0.9, 0.97)}
HAS_PROJECT = {BEFORE: (0.76, 0.85, 0.9, 0.93, 0.95, 0.94), AFTER: (0.83, 0.92, 0.96, 0.98, 0.98, 1.0)}
STRATEGY_AREAS = {BEFORE: bell(range(1, 16), 9.4, 2.8), AFTER: bell(range(1, 16), 11, 2.4)}
PROJECT_AREAS = {  # by whether the strategy is wide
    (BEFORE, False): bell(range(1, 11), 6.6, 2.0),
    (BEFORE, True): bell(range(1, 11), 7.8, 1.8),
    (AFTER, False): bell(range(1, 11), 5.1, 2.0),
    (AFTER, True): bell(range(1, 11), 6.9, 2.0),
}
# Where the report's indicators call it much: answers to different questions go together there.
WIDE_STRATEGY, MUCH_INTERNAL, MUCH_CLOUD, MUCH_BUYING = 10, 8, 7, 6


def priority(unit: Unit) -> Options:
    strategy, project = by_size(unit, HAS_STRATEGY), by_size(unit, HAS_PROJECT)
    strategies = [(NO, 0, 1 - strategy)]
    strategies += [(YES, n, strategy * w) for n, w in by_lift(unit, STRATEGY_AREAS[unit.wave]).items()]
    patterns = []
    for has, areas, weight in strategies:
        likely = by_lift(unit, PROJECT_AREAS[unit.wave, areas >= WIDE_STRATEGY])
        projects = [(NO, 0, 1 - project)] + [(YES, n, project * w) for n, w in likely.items()]
        patterns += [
            ({STRATEGY: has, N_STRATEGY: areas, PROJECT: does, N_PROJECT: n}, weight * w) for does, n, w in projects
        ]
    return patterns


HAS_TRIED = {BEFORE: (0.17, 0.22, 0.29, 0.37, 0.52, 0.72), AFTER: (0.4, 0.44, 0.5, 0.6, 0.72, 0.9)}
HAD_TROUBLE = {BEFORE: (0.31,) * 5 + (0.38,), AFTER: (0.55,) * 5 + (0.66,)}
INTERNAL = {  # by tried, trouble
    (NO, None): {BEFORE: bell(range(13), 8, 3.5, 1.5), AFTER: bell(range(13), 8, 3.0, 2.2)},
    (YES, NO): {BEFORE: bell(range(13), 8.6, 2.2, 1.4), AFTER: bell(range(13), 9.0, 2.0)},
    (YES, YES): {BEFORE: bell(range(13), 7.5, 2.5), AFTER: bell(range(13), 8.3, 2.3)},
}


def competence(unit: Unit) -> Options:
    # Every kommune of the most central kind had tried.
    tried = 1.0 if unit.attributes["sentralitet"] == "1" else by_size(unit, HAS_TRIED)
    trouble = by_size(unit, HAD_TROUBLE)
    ways = [(NO, None, 1 - tried), (YES, NO, tried * (1 - trouble)), (YES, YES, tried * trouble)]
    return [
        ({TRIED: has, TROUBLE: had, N_INTERNAL: n}, weight * w)
        for has, had, weight in ways
        for n, w in by_lift(unit, INTERNAL[has, had][unit.wave]).items()
    ]


BARRIERS = {BEFORE: (0.08, 0.18, 0.33, 0.32, 0.09), AFTER: (0.04, 0.12, 0.34, 0.37, 0.13)}


def barrier(unit: Unit) -> Options:
    # Those who lean on suppliers more often lack competence (figure 4.6).
    lean = 1.5 if unit.answers[N_INTERNAL] < MUCH_INTERNAL else 0.7
    return [({BARRIER: i}, w * (lean if i > 3 else 1)) for i, w in enumerate(BARRIERS[unit.wave], start=1)]


REASON_SETS = {
    (NO_NEED,): 0.44, (NO_MONEY,): 0.30, (OTHER,): 0.12, (NO_HOPE,): 0.02,
    (NO_NEED, OTHER): 0.03, (NO_NEED, NO_MONEY): 0.03, (NO_MONEY, OTHER): 0.01, (NO_MONEY, NO_HOPE): 0.015,
}  # fmt: skip


def reasons(unit: Unit) -> Options:
    if unit.answers[TRIED] == YES or unit.wave == BEFORE:
        return [(dict.fromkeys(REASONS), 1.0)]
    central = unit.attributes["sentralitet"] == "2"
    factor = {NO_NEED: 1.0, NO_MONEY: 0.3 if central else 1.0, NO_HOPE: 1.0, OTHER: 3.0 if central else 1.0}
    return [
        ({reason: int(reason in chosen) for reason in REASONS}, weight * factor[chosen[0]])
        for chosen, weight in REASON_SETS.items()
    ]


TOGETHER = 1.6
USES_CLOUD = {BEFORE: 0.85, AFTER: 0.955}
CLOUD_AREAS = {BEFORE: bell(range(1, 16), 6.4, 2.9), AFTER: bell(range(1, 16), 11, 3.0)}
BUYING = {
    BEFORE: (0.05, 0.04, 0.06, 0.08, 0.12, 0.13, 0.13, 0.13, 0.26),
    AFTER: (0.03, 0.005, 0.015, 0.03, 0.045, 0.07, 0.12, 0.15, 0.535),
}


def use(unit: Unit) -> Options:
    cloud = [(NO, 0, 1 - USES_CLOUD[unit.wave])]
    cloud += [(YES, n, USES_CLOUD[unit.wave] * w) for n, w in by_lift(unit, CLOUD_AREAS[unit.wave]).items()]
    return [
        (
            {CLOUD: has, N_CLOUD: areas, N_BUYING: n},
            weight * w * (TOGETHER if (areas >= MUCH_CLOUD) == (n >= MUCH_BUYING) else 1),
        )
        for has, areas, weight in cloud
        for n, w in by_lift(unit, dict(enumerate(BUYING[unit.wave]))).items()
    ]


OFFERED = {  # per way of offering: none, some, half or more, don't know
    BEFORE: (
        (0.24, 0.68, 0.06, 0.02),
        (0.28, 0.63, 0.07, 0.02),
        (0.42, 0.42, 0.03, 0.13),
        (0.6, 0.14, 0.02, 0.24),
    ),
    AFTER: (
        (0.12, 0.68, 0.18, 0.02),
        (0.09, 0.68, 0.21, 0.02),
        (0.24, 0.55, 0.10, 0.11),
        (0.5, 0.25, 0.04, 0.21),
    ),
}


def offer(unit: Unit) -> Options:
    # Half or more, and don't know, are told apart in the next stage: no figure does.
    much = 1.35 if unit.answers[N_BUYING] >= MUCH_BUYING else 0.8
    ways = [zip((0, SOME, HALF, DONT_KNOW), row, strict=True) for row in OFFERED[unit.wave]]
    patterns = []
    for codes in product(*(list(way) for way in ways)):
        answers = dict(zip(OFFERS, (code for code, _ in codes), strict=True))
        weight = 1.0
        for code, w in codes:
            weight *= w * (much if code in (SOME, HALF) else 1)
        patterns.append((answers | {N_OFFER: counted(SURVEY, unit.wave, N_OFFER, answers)}, weight))
    return patterns


FINER = {HALF: {HALF: 0.75, MOST: 0.2, ALL: 0.05}, DONT_KNOW: {DONT_KNOW: 0.6, NOT_RELEVANT: 0.4}}


def finer(question: str) -> PatternStage:
    def options(unit: Unit) -> Options:
        code = unit.answers[question]
        return [({question: c}, w) for c, w in FINER.get(code, {code: 1.0}).items()]

    return PatternStage(f"finer {question}", (question,), ("wave", question), options, finer=FINER)


UNNAMED_SPREAD = (0.0, -0.05, 0.04, 0.02, -0.03)
# Items: share of those with any that have it, before and after; what is not listed has the default.
STRATEGY_ITEMS = {
    "informasjonssikkerhet": (0.93, 0.947), "felles_losninger": (None, 0.91), "velferdsteknologi": (0.86, 0.882),
    "sammenhengende": (None, 0.84), "innbyggertjenester": (0.84, None), "naeringslivstjenester": (0.66, None),
    "skytjenester": (0.5, 0.75), "data_andre": (0.42, 0.64), "robotisering": (0.12, 0.4), "gronn_ikt": (0.22, 0.28),
    "": (0.65, 0.74),
}  # fmt: skip
PROJECT_ITEMS = {
    "okt_kvalitet": (0.949, 0.961), "omlegging": (0.88, 0.94), "bemanning": (0.17, 0.15), "samhandling": (0.64, 0.5),
    "nye_tjenester": (0.68, 0.62), "raskere": (0.82, 0.74), "selvbetjening": (0.88, 0.8),
    "infrastruktur": (0.7, 0.62), "beslutning": (0.6, 0.5), "kostnader": (0.45, 0.35),
}  # fmt: skip
CLOUD_ITEMS = {
    "kontorstotte": (0.6, 0.94), "kommunikasjon": (0.68, 0.93), "moterom": (0.66, 0.92),
    "utviklingsplattform": (0.13, 0.325), "driftsplattform": (0.35, 0.69), "backup": (0.42, 0.74),
    "database": (0.4, 0.73), "applikasjonsservere": (0.38, 0.71), "virtuelle_servere": (0.36, 0.7),
    "": (0.44, 0.66),
}  # fmt: skip
INTERNAL_ITEMS = {
    "drift_pc": (0.76, 0.805), "strategi": (0.71, 0.795), "sikkerhetstesting": (0.255, 0.297),
    "internettlosninger": (0.313, 0.347), "prosjektledelse": (0.62, 0.716), "opplaering": (0.66, 0.73),
    "": (0.64, 0.69),
}  # fmt: skip
BUYING_ITEMS = {
    "mottak_faktura": (0.79, 0.985), "kontroll_faktura": (0.615, 0.68), "oppfolging": (0.53, 0.64),
    "mottak_tilbud": (0.72, 0.94), "evaluering": (0.62, 0.93),
    "": (0.72, 0.88),
}  # fmt: skip
# Of the functions not done in-house: shared, mostly and only external, not relevant, don't know.
ELSEWHERE = {3: 0.3, 4: 0.32, 5: 0.24, 8: 0.06, 9: 0.08}
ELSEWHERE_AWARE = {3: 0.29, 4: 0.35, 5: 0.3, 8: 0.03, 9: 0.03}
IN_HOUSE = {1: 0.55, 2: 0.45}
FULLY, PARTLY, NOT_DIGITAL = 1, 2, 3
FULLY_OF_DIGITAL = {"mottak_tilbud": (0.53, 0.77), "": (0.6, 0.72)}


def of(table: Table, item: str, wave: int) -> float:
    """The share of `item` in the table. Items that no document names differ a little from each other."""
    name = next((name for name in table if name and item.endswith("_" + name)), "")
    number = re.search(r"_(\d+)$", item)
    spread = UNNAMED_SPREAD[int(number[1]) % len(UNNAMED_SPREAD)] if number else 0.0
    return table[name][WAVES.index(wave)] + spread


def chosen(table: Table) -> Callable[[int, str], Mapping[int, float]]:
    def likely(wave: int, item: str) -> dict[int, float]:
        share = of(table, item, wave)
        return {1: share, 0: 1 - share}

    return likely


def internal(wave: int, item: str) -> dict[int, float]:
    share = of(INTERNAL_ITEMS, item, wave)
    elsewhere = ELSEWHERE if wave == BEFORE else ELSEWHERE_AWARE
    return {c: share * w for c, w in IN_HOUSE.items()} | {c: (1 - share) * w for c, w in elsewhere.items()}


def buying(wave: int, item: str) -> dict[int, float]:
    share, fully = of(BUYING_ITEMS, item, wave), of(FULLY_OF_DIGITAL, item, wave)
    return {
        FULLY: share * fully,
        PARTLY: share * (1 - fully),
        NOT_DIGITAL: (1 - share) * 0.9,
        DONT_KNOW: (1 - share) * 0.1,
    }
