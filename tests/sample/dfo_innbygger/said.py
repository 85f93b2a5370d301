"""The recount: every figure that DFØ prints, and what the text of 2023 says in words, section at each.

Not here: the printed numbers (seeds/published). Intervals are of 95 %, by Taylor linearisation, with replacement.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from pipelines.common.seeds import read_seed
from pipelines.reconciliation.figures import load_figures, target_interval
from tests.sample.codebook import code_range, frames, scale_values
from tests.sample.dfo_innbygger import names
from tests.sample.dfo_innbygger.names import FIRST, LAST, SURVEY, TRUST, WAVES
from tests.sample.dfo_innbygger.people import Wave

DOCUMENT = "dfo_innbygger_2023"
# The groups whose trust the text compares: breakdown, the higher one, the lower ones.
COMPARED = (
    ("kjonn", "kvinne", ("mann",)),
    ("aldersgruppe", "67_og_over", ("25_34",)),
    ("utdanning", "universitet_hoyskole", ("grunnskole", "videregaende", "yrkesfag")),
    ("sentralitet", "1_2", ("5_6",)),
    ("husstandsinntekt_3", "550000_og_over", ("200000_549999",)),
    ("husstandsinntekt_3", "under_200000", ("200000_549999",)),
    ("yrkesstatus", "arbeidstaker", ("arbeidsledig",)),
    ("yrkesstatus", "elev_student", ("selvstendig", "arbeidsledig", "ufor_annet")),
    ("yrkesstatus", "alderspensjonist", ("selvstendig", "arbeidsledig", "ufor_annet")),
)
# And those that are highest or lowest of their breakdown.
HIGHEST = (("aldersgruppe", "67_og_over"), ("utdanning", "universitet_hoyskole"))
LOWEST = (("aldersgruppe", "25_34"), ("utdanning", "yrkesfag"))


@dataclass(frozen=True)
class Estimate:
    mean: float
    half_width: float

    def overlaps(self, other: "Estimate") -> bool:
        return abs(self.mean - other.mean) <= self.half_width + other.half_width


Means = Callable[..., Estimate]  # (question, wave=LAST, breakdown="all", category="all")


def check(waves: Mapping[int, Wave]) -> None:
    """Raise ValueError, naming every printed figure and statement that the answers miss."""

    @cache
    def mean(question: str, wave: int = LAST, breakdown: str = "all", category: str = "all") -> Estimate:
        return estimate(waves[wave], question, breakdown, category)

    missed = [name for name, holds in statements(waves, mean) if not holds]
    computed = figures(waves, mean)
    for figure in load_figures():
        if figure.figure_id in computed:
            low, high = target_interval(figure)
            value = computed[figure.figure_id]
            if not low <= value <= high:
                missed.append(f"{figure.figure_id}: {value:.6g}, not {low:g} to {high:g}")
        elif figure.source_document == DOCUMENT:
            missed.append(f"{figure.figure_id}: nothing in names.py says what it counts")
    if missed:
        raise ValueError(f"sample of {SURVEY}: a recount does not give {'; '.join(missed)}")


def estimate(wave: Wave, question: str, breakdown: str = "all", category: str = "all") -> Estimate:
    """The weighted mean of a group on the scale 0-10, and half its interval."""
    codes, values = wave.columns[question], scale_values(frames(SURVEY, wave.wave)[question])
    weights = wave.weights * wave.categories[breakdown][category] * np.isin(codes, list(values))
    worth = np.array([values.get(code, 0.0) for code in codes])
    mean = np.average(worth, weights=weights)
    pull = weights * (worth - mean) / weights.sum()
    n = np.count_nonzero(wave.weights)
    return Estimate(float(mean), 1.96 * float(np.sqrt(n / (n - 1) * (pull**2).sum())))


def share(wave: Wave, question: str, answer: str) -> float:
    """The weighted percentage with this answer among those who answer."""
    low, high = code_range(SURVEY, wave.wave, question, answer)
    codes = wave.columns[question]
    answered = np.isin(codes, list(scale_values(frames(SURVEY, wave.wave)[question])))
    return 100 * float(np.average((low <= codes) & (codes <= high), weights=wave.weights * answered))


def figures(waves: Mapping[int, Wave], mean: Means) -> dict[str, float]:
    """Figure -> its value recounted, in the figure's unit."""
    shares = {figure: share(waves[w], q, answer) for figure, (q, w, answer) in names.SHARES.items()}
    before, after = (share(waves[w], names.DO_TASKS, "negativ") for w in names.DISSATISFIED_WAVES)
    differences = [
        mean(q, LAST, by, high).mean - mean(q, LAST, by, low).mean
        for q in TRUST
        for by, high, lower in COMPARED
        for low in lower
    ]
    return shares | {figure: mean(q, w).mean for figure, (q, w) in names.MEANS.items()} | {
        names.SECURITY_CHANGE: mean(names.SECURITY, LAST).mean - mean(names.SECURITY, FIRST).mean,
        names.DISSATISFIED_CHANGE: after - before,
        names.SMALLEST_DIFFERENCE: min(differences),
        names.LARGEST_DIFFERENCE: max(differences),
    }  # fmt: skip


def statements(waves: Mapping[int, Wave], mean: Means) -> Iterator[tuple[str, bool]]:
    """What the text says in words: a name, and whether it holds."""
    # Figure 2 and "mindre tilfredse med hvordan myndighetene ivaretar sikkerheten".
    for wave in WAVES:
        higher, lower = mean(names.PRIVACY, wave).mean, mean(names.SECURITY, wave).mean
        yield f"privacy above internet security, {wave}", higher > lower
    for before, after in pairwise(WAVES):
        yield f"privacy fell to {after}", mean(names.PRIVACY, before).mean > mean(names.PRIVACY, after).mean
        if after != LAST:
            fell = mean(names.SECURITY, before).mean > mean(names.SECURITY, after).mean
            yield f"internet security fell to {after}", fell
    now, before = mean(names.SECURITY), mean(names.SECURITY, WAVES[-2])
    yield "internet security rose marginally to the last wave", 0 < now.mean - before.mean < 0.1
    yield "internet security, last two waves overlap", now.overlaps(before)
    # Figure 4: partly good all the time, stable, lower at the end, two of them lower than in any year before.
    for question in names.KOMMUNE:
        means = [mean(question, wave).mean for wave in WAVES]
        for wave, value in zip(WAVES, means, strict=True):
            yield f"{question} partly good, {wave}", reading(value) == "delvis godt"
        yield f"{question} stable", max(means) - min(means) < 0.6
        yield f"{question} lowest in the last wave", means[-1] < min(means[:-1])
    # Figures 1, 2, 3 and 5 in the words of the scale; statements 1 to 4 of the summary.
    for question in TRUST:
        yield f"{question} partly to highly trusted", reading(mean(question).mean) in ("delvis godt", "godt")
    partly = (names.STORED, names.PRIVACY, names.SECURITY, names.DO_TASKS, names.EASE, names.FILL_IN, names.INFORMED)
    for question in (*partly, names.REGULATE):
        yield f"{question} partly good", reading(mean(question).mean) == "delvis godt"
    yield "little faith in innovation", reading(mean(names.INNOVATE).mean) == "dårlig til nøytralt"
    for question in (names.AUTOMATED, names.STORED):
        yield f"prefilling trusted more than {question}", mean(names.PREFILLED).mean > mean(question).mean
    for question in (*TRUST, ""):
        yield from _groups(waves[LAST], question, mean)


def _groups(wave: Wave, question: str, mean: Means) -> Iterator[tuple[str, bool]]:
    """What is said of the groups' trust; without a question of all three together, as footnote 1 reads them."""
    asked = [question] if question else TRUST
    name = question or "trust"

    def of(by: str, category: str) -> float:
        return sum(mean(q, LAST, by, category).mean for q in asked) / len(asked)

    for by, high, lower in COMPARED:
        for low in lower:
            yield f"{name}: {by} {high} above {low}", of(by, high) > of(by, low)
    for by, category in HIGHEST:
        yield f"{name}: {by} {category} highest", of(by, category) == max(of(by, c) for c in wave.categories[by])
    for by, category in LOWEST:
        yield f"{name}: {by} {category} lowest", of(by, category) == min(of(by, c) for c in wave.categories[by])
    if not question:
        return
    # * and ***, and the half-width that the project takes for very large.
    for by, one, other in (("sentralitet", "1_2", "5_6"), ("husstandsinntekt_3", "under_200000", "550000_og_over")):
        yield f"{name}: {by} {one} overlaps {other}", mean(name, LAST, by, one).overlaps(mean(name, LAST, by, other))
    rows = [r for r in read_seed("uncertainty_star") if (r["survey"], r["statistic"]) == (SURVEY, "mean")]
    for by, groups in wave.categories.items():
        for category in groups:
            is_wide = mean(name, LAST, by, category).half_width > float(rows[0]["wide_half_width"])
            yield f"{name}: width of {by} {category}", is_wide == (category == "arbeidsledig")


def reading(mean: float) -> str:
    """The report's words for a mean, read on the rounded number."""
    rows = [r for r in read_seed("interpretation") if (r["survey"], r["statistic"]) == (SURVEY, "mean")]
    return next(
        r["interpretation_nb"] for r in rows if float(r["rounded_from"]) <= round(mean, 1) <= float(r["rounded_to"])
    )
