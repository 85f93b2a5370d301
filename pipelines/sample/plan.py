"""The plan of the kommune survey's sample: who answers, what is likely, what is said of it besides figures.

Not here: any engine; the printed figures are read from seeds/published. Likely answers are judgement, close
enough to the report that few of them must change; they carry no claim about any real kommune.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from math import exp, inf

from pipelines.sample.codebook import counted, items_of
from pipelines.sample.solve import Plan
from pipelines.sample.stages import ItemStage, Pattern, PatternStage
from pipelines.sample.targets import Target, published_targets, read_cell
from pipelines.sample.units import Unit, respondents

SURVEY = "ssb_kommune"
BEFORE, AFTER = WAVES = (2018, 2022)
SIZES = ("under_2000", "2000_4999", "5000_9999", "10000_19999", "20000_49999", "50000_og_over")
# Who did not answer: 45 of 422, mostly small, and two of 356.
SILENT = {
    BEFORE: {"under_2000": 16, "2000_4999": 15, "5000_9999": 8, "10000_19999": 4, "20000_49999": 2},
    AFTER: {"under_2000": 1, "2000_4999": 1},
}

Q = "ssb23_"
STRATEGY, N_STRATEGY = Q + "har_strategi", Q + "strategi_antall_omraader"
PROJECT, N_PROJECT = Q + "planlagt_prosjekter", Q + "prosjekt_antall_omraader"
N_INTERNAL, BARRIER = Q + "funksjon_antall_interne", Q + "kompetanse_hinder"
TRIED, TROUBLE = Q + "forsokt_rekruttere", Q + "vansker_rekruttere"
REASONS = NO_NEED, NO_MONEY, NO_HOPE, OTHER = [
    Q + "aarsak_" + r for r in ("behov", "okonomi", "tro", "andre")
]
CLOUD, N_CLOUD, N_BUYING = Q + "bruker_sky", Q + "sky_antall_omraader", Q + "innkjop_antall_aktiviteter"
N_OFFER = Q + "tilbud_verdi"
OFFERS = [
    Q + "tilbud_" + o for o in ("aapen_innsyn", "enkel_individuell", "kompleks_individuell", "selvaktivert")
]
YES, NO = 1, 2
SOME, HALF, MOST, ALL, NOT_RELEVANT, DONT_KNOW = 1, 2, 3, 4, 8, 9


# --- what is likely -----------------------------------------------------------------------------------


def bell(values: range, centre: float, width: float, above: float | None = None) -> dict[int, float]:
    """Weights that fall off from `centre`, adding up to 1; `above`: another width on that side."""
    raw = {v: exp(-(((v - centre) / (above if above and v > centre else width)) ** 2) / 2) for v in values}
    return {v: w / sum(raw.values()) for v, w in raw.items()}


def by_size(unit: Unit, shares: Mapping[int, Sequence[float]]) -> float:
    return shares[unit.wave][SIZES.index(unit.attributes["innbyggergruppe"])]


def yes_no(share: float) -> list[tuple[int, float]]:
    return [(YES, share), (NO, 1 - share)]


HAS_STRATEGY = {BEFORE: (0.5, 0.62, 0.75, 0.82, 0.88, 0.97), AFTER: (0.55, 0.66, 0.77, 0.85, 0.9, 0.97)}
HAS_PROJECT = {BEFORE: (0.76, 0.85, 0.9, 0.93, 0.95, 0.94), AFTER: (0.83, 0.92, 0.96, 0.98, 0.98, 1.0)}
STRATEGY_AREAS = {BEFORE: bell(range(1, 16), 9.4, 2.8), AFTER: bell(range(1, 16), 11, 2.4)}
PROJECT_AREAS = {  # by whether the strategy is wide
    (BEFORE, False): bell(range(1, 11), 6.6, 2.0),
    (BEFORE, True): bell(range(1, 11), 7.8, 1.8),
    (AFTER, False): bell(range(1, 11), 5.1, 2.0),
    (AFTER, True): bell(range(1, 11), 6.9, 2.0),
}
WIDE_STRATEGY = 10


def priority(unit: Unit) -> list[tuple[Pattern, float]]:
    strategy, project = by_size(unit, HAS_STRATEGY), by_size(unit, HAS_PROJECT)
    strategies = [(NO, 0, 1 - strategy)]
    strategies += [(YES, n, strategy * w) for n, w in STRATEGY_AREAS[unit.wave].items()]
    patterns = []
    for has, areas, weight in strategies:
        likely = PROJECT_AREAS[unit.wave, areas >= WIDE_STRATEGY]
        projects = [(NO, 0, 1 - project)] + [(YES, n, project * w) for n, w in likely.items()]
        patterns += [
            ({STRATEGY: has, N_STRATEGY: areas, PROJECT: does, N_PROJECT: n}, weight * w)
            for does, n, w in projects
        ]
    return patterns


HAS_TRIED = {BEFORE: (0.17, 0.22, 0.29, 0.37, 0.52, 0.72), AFTER: (0.4, 0.44, 0.5, 0.6, 0.72, 0.9)}
HAD_TROUBLE = {BEFORE: (0.31,) * 5 + (0.38,), AFTER: (0.55,) * 5 + (0.66,)}
INTERNAL = {  # by tried, trouble
    (NO, None): {BEFORE: bell(range(13), 8, 3.5, 1.5), AFTER: bell(range(13), 8, 3.0, 2.2)},
    (YES, NO): {BEFORE: bell(range(13), 8.6, 2.2, 1.4), AFTER: bell(range(13), 9.0, 2.0)},
    (YES, YES): {BEFORE: bell(range(13), 7.5, 2.5), AFTER: bell(range(13), 8.3, 2.3)},
}


def competence(unit: Unit) -> list[tuple[Pattern, float]]:
    # Every kommune of the most central kind had tried.
    tried = 1.0 if unit.attributes["sentralitet"] == "1" else by_size(unit, HAS_TRIED)
    trouble = by_size(unit, HAD_TROUBLE)
    ways = [(NO, None, 1 - tried), (YES, NO, tried * (1 - trouble)), (YES, YES, tried * trouble)]
    return [
        ({TRIED: has, TROUBLE: had, N_INTERNAL: n}, weight * w)
        for has, had, weight in ways
        for n, w in INTERNAL[has, had][unit.wave].items()
    ]


BARRIERS = {BEFORE: (0.08, 0.18, 0.33, 0.32, 0.09), AFTER: (0.04, 0.12, 0.34, 0.37, 0.13)}


def barrier(unit: Unit) -> list[tuple[Pattern, float]]:
    # Those who lean on suppliers more often lack competence (figure 4.6).
    lean = 1.5 if unit.answers[N_INTERNAL] < 8 else 0.7
    return [({BARRIER: i}, w * (lean if i > 3 else 1)) for i, w in enumerate(BARRIERS[unit.wave], start=1)]


REASON_SETS = {
    (NO_NEED,): 0.44, (NO_MONEY,): 0.30, (OTHER,): 0.12, (NO_HOPE,): 0.02,
    (NO_NEED, OTHER): 0.03, (NO_NEED, NO_MONEY): 0.03, (NO_MONEY, OTHER): 0.01, (NO_MONEY, NO_HOPE): 0.015,
}  # fmt: skip


def reasons(unit: Unit) -> list[tuple[Pattern, float]]:
    if unit.answers[TRIED] == YES or unit.wave == BEFORE:
        return [(dict.fromkeys(REASONS), 1.0)]
    central = unit.attributes["sentralitet"] == "2"
    factor = {NO_NEED: 1.0, NO_MONEY: 0.3 if central else 1.0, NO_HOPE: 1.0, OTHER: 3.0 if central else 1.0}
    return [
        ({reason: int(reason in chosen) for reason in REASONS}, weight * factor[chosen[0]])
        for chosen, weight in REASON_SETS.items()
    ]


USES_CLOUD = {BEFORE: 0.85, AFTER: 0.955}
CLOUD_AREAS = {BEFORE: bell(range(1, 16), 6.4, 2.9), AFTER: bell(range(1, 16), 11, 3.0)}
BUYING = {
    BEFORE: (0.05, 0.04, 0.06, 0.08, 0.12, 0.13, 0.13, 0.13, 0.26),
    AFTER: (0.03, 0.005, 0.015, 0.03, 0.045, 0.07, 0.12, 0.15, 0.535),
}


def use(unit: Unit) -> list[tuple[Pattern, float]]:
    cloud = [(NO, 0, 1 - USES_CLOUD[unit.wave])]
    cloud += [(YES, n, USES_CLOUD[unit.wave] * w) for n, w in CLOUD_AREAS[unit.wave].items()]
    return [
        ({CLOUD: has, N_CLOUD: areas, N_BUYING: n}, weight * w * (1.6 if (areas >= 7) == (n >= 6) else 1.0))
        for has, areas, weight in cloud
        for n, w in enumerate(BUYING[unit.wave])
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


def offer(unit: Unit) -> list[tuple[Pattern, float]]:
    # Half or more, and don't know, are told apart in the next stage: no figure does.
    much = 1.35 if unit.answers[N_BUYING] >= 6 else 0.8
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
    def options(unit: Unit) -> list[tuple[Pattern, float]]:
        code = unit.answers[question]
        return [({question: c}, w) for c, w in FINER.get(code, {code: 1.0}).items()]

    return PatternStage(f"finer {question}", (question,), ("wave", question), options)


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


def of(table: Mapping[str, tuple], item: str, wave: int) -> float:
    name = next((name for name in table if name and item.endswith("_" + name)), "")
    return table[name][WAVES.index(wave)]


def chosen(table: Mapping[str, tuple]):
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


# --- what the report says in words (SSB Rapporter 2023/27; the section stands at each) ------------------


def cell(wave: int, question: str, answer: str, population: str = "kommuner", **breakdown: str):
    ((by, category),) = breakdown.items() or [("all", "all")]
    key = {
        "survey": SURVEY, "wave": str(wave), "population": population, "question_id": question,
        "statistic": "share", "answer": answer, "breakdown": by, "category": category,
    }  # fmt: skip
    return read_cell("survey_estimates", "estimate", key, SURVEY, WAVES)


def more(name: str, greater, less, by: float = 0.005, at_most: float = inf) -> Target:
    """The share `greater` is above the share `less`, by `by` to `at_most`."""
    return Target(f"statement {name}", by, at_most, (((1.0, greater), (-1.0, less)),))


def between(name: str, low: float, high: float, share) -> Target:
    return Target(f"statement {name}", low, high, (((1.0, share),),))


def statements() -> list[Target]:
    said = [
        # Summary and 3.2: more have a strategy. 3.1: projects rose in every group, least common in the smallest.
        more("more have a strategy", cell(AFTER, STRATEGY, "1"), cell(BEFORE, STRATEGY, "1")),
    ]
    for size in SIZES:
        after = cell(AFTER, PROJECT, "1", innbyggergruppe=size)
        said.append(more(f"projects rose, {size}", after, cell(BEFORE, PROJECT, "1", innbyggergruppe=size)))
        if size != SIZES[0]:
            smallest = cell(AFTER, PROJECT, "1", innbyggergruppe=SIZES[0])
            said.append(more(f"projects least in the smallest, {size}", after, smallest))
    # 4.2: the larger, the more had tried, in both years more in the later; the largest had most trouble.
    for smaller, larger in zip(SIZES, SIZES[1:], strict=False):
        for wave in WAVES:
            tried = [cell(wave, TRIED, "1", innbyggergruppe=size) for size in (larger, smaller)]
            said.append(more(f"recruiting rises with size, {wave} {larger}", *tried))
    trying = {"population": "kommuner_forsokt_rekruttert"}
    for size in SIZES:
        tried = [cell(wave, TRIED, "1", innbyggergruppe=size) for wave in (AFTER, BEFORE)]
        said.append(more(f"recruiting rose, {size}", *tried))
        trouble = cell(AFTER, TROUBLE, "1", **trying, innbyggergruppe=size)
        span = (0.6, 0.75) if size == SIZES[-1] else (0.45, 0.58)
        said.append(between(f"trouble, {size}", *span, trouble))
    # 4.4: who gave which reason.
    silent = {"population": "kommuner_ikke_forsokt_rekruttert"}
    for reason in REASONS:
        share = cell(AFTER, reason, "selected", **silent, innbyggergruppe=SIZES[-1])
        said.append(between(f"the largest, {reason}", *((1, 1) if reason == NO_NEED else (0, 0)), share))
    for place in ({"innbyggergruppe": SIZES[-2]}, {"sentralitet": "2"}):
        said.append(between(f"no hope, {place}", 0, 0, cell(AFTER, NO_HOPE, "selected", **silent, **place)))
    for far in "3456":
        money, other = (
            [cell(AFTER, reason, "selected", **silent, sentralitet=s) for s in (far, "2")]
            for reason in (NO_MONEY, OTHER)
        )
        said.append(more(f"money, sentralitet {far}", *money))
        said.append(more(f"other reasons, sentralitet {far}", *reversed(other)))
    return said + item_statements()


def item_statements() -> list[Target]:
    def shares(count_question: str, wave: int, answer: str, population: str) -> dict[str, object]:
        items = items_of(SURVEY, wave, count_question)
        return {i.question_id: cell(wave, i.question_id, answer, population) for i in items}

    def top(wave: int, table: dict[str, object], first: Sequence[str]) -> list[Target]:
        """The items `first` lead the table, in that order."""
        names, targets = [Q + name for name in first], []
        for i, name in enumerate(names):
            below = [n for n in table if n not in names[: i + 1]]
            targets += [more(f"{name} above {n}, {wave}", table[name], table[n], 0.002) for n in below]
        return targets

    said = []
    for wave in WAVES:
        # 3.1 and summary: information security leads, in 2022 common solutions follow.
        table = shares(N_STRATEGY, wave, "selected", "kommuner_med_strategi")
        lead = ["strategi_informasjonssikkerhet"] + ["strategi_felles_losninger"] * (wave == AFTER)
        said += top(wave, table, lead)
        # 3.1: quality leads, fewer staff is expected least.
        table = shares(N_PROJECT, wave, "selected", "kommuner_med_ikt_prosjekter")
        said += top(wave, table, ["prosjekt_okt_kvalitet"])
        least = Q + "prosjekt_bemanning"
        said += [more(f"{n} above {least}, {wave}", table[n], table[least]) for n in table if n != least]
        # 5.1: receiving invoices leads, following up contracts comes last.
        table = shares(N_BUYING, wave, "digitalt", "kommuner_med_digitale_innkjop")
        said += top(wave, table, ["innkjop_mottak_faktura"])
        least = Q + "innkjop_oppfolging"
        said += [more(f"{n} above {least}, {wave}", table[n], table[least]) for n in table if n != least]
    # Only 358 of 377 make 61.5 per cent (kontroll_faktura, 2018) a whole number of kommuner: 19 buy nothing.
    said.append(between("buyers 2018", 18.9 / 377, 19.1 / 377, cell(BEFORE, N_BUYING, "0")))
    # 3.1: a lift for these areas; no more is expected of working together.
    for name in ("robotisering", "skytjenester", "data_andre"):
        both = [cell(w, Q + "strategi_" + name, "selected", "kommuner_med_strategi") for w in (AFTER, BEFORE)]
        said.append(more(f"{name} lifted", *both, by=0.1))
    together = [
        cell(w, Q + "prosjekt_samhandling", "selected", "kommuner_med_ikt_prosjekter")
        for w in (BEFORE, AFTER)
    ]
    said.append(more("no more working together", *together))
    # 4.1: PC operation and strategy most in-house, testing and internet solutions least; the three named
    # functions gained most, external use fell elsewhere, and "don't know" fell for two.
    three = [Q + "funksjon_" + f for f in ("prosjektledelse", "strategi", "opplaering")]
    least = [Q + "funksjon_" + f for f in ("sikkerhetstesting", "internettlosninger")]
    most = [Q + "funksjon_drift_pc", three[1]]
    in_house = {wave: shares(N_INTERNAL, wave, "interne", "kommuner") for wave in WAVES}
    outside = {wave: shares(N_INTERNAL, wave, "eksterne", "kommuner") for wave in WAVES}
    unknown = {wave: shares(N_INTERNAL, wave, "vet_ikke_ikke_relevant", "kommuner") for wave in WAVES}
    for name, share in in_house[AFTER].items():
        if name not in most:
            said += [more(f"{m} above {name}", in_house[AFTER][m], share) for m in most]
        if name not in least:
            said += [more(f"{name} above {f}", share, in_house[AFTER][f]) for f in least]
            said.append(more(f"{name} less external", outside[BEFORE][name], outside[AFTER][name]))
        else:
            said.append(more(f"{name} more external", outside[AFTER][name], outside[BEFORE][name], 0))
        if name not in three:
            said.append(more(f"{name} in-house", share, in_house[BEFORE][name], 0.01, 0.068))
        if name in (least[0], three[0]):
            said.append(more(f"{name} better known", unknown[BEFORE][name], unknown[AFTER][name], 0.03))
    # 5.1: the three most used, and every area gained, six of them most (30-38 points, a printed figure).
    cloud = {wave: shares(N_CLOUD, wave, "selected", "kommuner_med_skytjenester") for wave in WAVES}
    leading = [Q + "sky_" + s for s in ("kontorstotte", "kommunikasjon", "moterom")]
    six = (
        "kontorstotte",
        "driftsplattform",
        "backup",
        "database",
        "applikasjonsservere",
        "virtuelle_servere",
    )
    for name, share in cloud[AFTER].items():
        if name not in leading:
            said += [more(f"{first} above {name}", cloud[AFTER][first], share) for first in leading]
        if not name.endswith(six):
            said.append(more(f"{name} gained", share, cloud[BEFORE][name], 0.01, 0.29))
    return said


# --- the plan -----------------------------------------------------------------------------------------


def kommune_plan() -> Plan:
    """Both waves together, so that changes between them are targets like any other."""
    return Plan(
        SURVEY,
        [unit for wave in WAVES for unit in respondents(wave, SILENT[wave])],
        published_targets(SURVEY, WAVES) + statements(),
        [
            PatternStage(
                "priority", (STRATEGY, N_STRATEGY, PROJECT, N_PROJECT), ("wave", "innbyggergruppe"), priority
            ),
            PatternStage(
                "competence",
                (TRIED, TROUBLE, N_INTERNAL),
                ("wave", "innbyggergruppe", "sentralitet"),
                competence,
            ),
            PatternStage("barrier", (BARRIER,), ("wave", TRIED, TROUBLE, "interne_funksjoner"), barrier),
            PatternStage(
                "reasons", tuple(REASONS), ("wave", TRIED, "innbyggergruppe", "sentralitet"), reasons
            ),
            PatternStage("use", (CLOUD, N_CLOUD, N_BUYING), ("wave",), use),
            PatternStage("offer", (*OFFERS, N_OFFER), ("wave", "bruk_digitale_tjenester"), offer),
            *map(finer, OFFERS),
            ItemStage(SURVEY, N_STRATEGY, chosen(STRATEGY_ITEMS)),
            ItemStage(SURVEY, N_PROJECT, chosen(PROJECT_ITEMS)),
            ItemStage(SURVEY, N_INTERNAL, internal),
            ItemStage(SURVEY, N_CLOUD, chosen(CLOUD_ITEMS)),
            ItemStage(SURVEY, N_BUYING, buying),
        ],
    )
