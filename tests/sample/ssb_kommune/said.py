"""What the report says in words, as targets beside its figures: SSB Rapporter 2023/27, section at each.

Not here: printed figures (seeds/published).
"""

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from tests.sample.codebook import items_of
from tests.sample.ssb_kommune.names import (
    AFTER,
    BEFORE,
    N_BUYING,
    N_CLOUD,
    N_INTERNAL,
    N_PROJECT,
    N_STRATEGY,
    NO_HOPE,
    NO_MONEY,
    NO_NEED,
    OTHER,
    PROJECT,
    REASONS,
    SIZES,
    STRATEGY,
    SURVEY,
    TRIED,
    TROUBLE,
    WAVES,
    Q,
)
from tests.sample.targets import Cell, Target, read_cell


def cell(wave: int, question: str, answer: str, population: str = "kommuner", **breakdown: str) -> Cell:
    ((by, category),) = breakdown.items() or [("all", "all")]
    key = {
        "survey": SURVEY, "wave": str(wave), "population": population, "question_id": question,
        "statistic": "share", "answer": answer, "breakdown": by, "category": category,
    }  # fmt: skip
    return read_cell("survey_estimates", "estimate", key, SURVEY, WAVES)


def more(name: str, greater: Cell, less: Cell, by: float = 0.005, at_most: float = inf) -> Target:
    """The share `greater` is above the share `less`, by `by` to `at_most`."""
    return Target(f"statement {name}", by, at_most, (((1.0, greater), (-1.0, less)),))


def between(name: str, low: float, high: float, share: Cell) -> Target:
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
    for smaller, larger in pairwise(SIZES):
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
    def shares(count_question: str, wave: int, answer: str, population: str) -> dict[str, Cell]:
        items = items_of(SURVEY, wave, count_question)
        return {i.question_id: cell(wave, i.question_id, answer, population) for i in items}

    def top(wave: int, table: dict[str, Cell], first: Sequence[str]) -> list[Target]:
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
    together = [cell(w, Q + "prosjekt_samhandling", "selected", "kommuner_med_ikt_prosjekter") for w in (BEFORE, AFTER)]
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
