"""The recount: every figure that DFØ prints, and the statements that the sample is made to agree with.

Not here: the printed numbers and the statements (seeds/published). Intervals are of 95 %, by Taylor linearisation,
with replacement.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from pipelines.common.seeds import read_seed
from pipelines.reconciliation.figures import load_figures, target_interval
from pipelines.reconciliation.statement_cells import cells_of
from pipelines.reconciliation.statement_rows import Known, tables_of
from pipelines.reconciliation.statements import Statement
from tests.sample.codebook import code_range, frames, scale_values
from tests.sample.dfo_innbygger import names
from tests.sample.dfo_innbygger.names import FIRST, LAST, SURVEY, WAVES
from tests.sample.dfo_innbygger.people import Wave
from tests.sample.dfo_innbygger.rows import CHANGES, ESTIMATES, compared, estimate_rows, targets

DOCUMENT = "dfo_innbygger_2023"


@dataclass(frozen=True)
class Estimate:
    mean: float
    half_width: float

    def overlaps(self, other: "Estimate") -> bool:
        return abs(self.mean - other.mean) <= self.half_width + other.half_width


Means = Callable[..., Estimate]  # (question, wave=LAST, breakdown="all", category="all")


def check(waves: Mapping[int, Wave]) -> None:
    """Raise ValueError, naming every printed figure and target statement that the answers miss."""

    @cache
    def mean(question: str, wave: int = LAST, breakdown: str = "all", category: str = "all") -> Estimate:
        return estimate(waves[wave], question, breakdown, category)

    missed = contradicted(waves, mean, targets())
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


def share(wave: Wave, question: str, answer: str, breakdown: str = "all", category: str = "all") -> float:
    """The weighted percentage with this answer among those who answer."""
    low, high = code_range(SURVEY, wave.wave, question, answer)
    codes = wave.columns[question]
    answered = np.isin(codes, list(scale_values(frames(SURVEY, wave.wave)[question])))
    weights = wave.weights * answered * wave.categories[breakdown][category]
    return 100 * float(np.average((low <= codes) & (codes <= high), weights=weights))


def figures(waves: Mapping[int, Wave], mean: Means) -> dict[str, float]:
    """Figure -> its value recounted, in the figure's unit."""
    shares = {figure: share(waves[w], q, answer) for figure, (q, w, answer) in names.SHARES.items()}
    before, after = (share(waves[w], names.DO_TASKS, "negativ") for w in names.DISSATISFIED_WAVES)
    differences = [mean(q, LAST, by, a).mean - mean(q, LAST, by, b).mean for q, by, a, b in compared()]
    return shares | {figure: mean(q, w).mean for figure, (q, w) in names.MEANS.items()} | {
        names.SECURITY_CHANGE: mean(names.SECURITY, LAST).mean - mean(names.SECURITY, FIRST).mean,
        names.DISSATISFIED_CHANGE: after - before,
        names.SMALLEST_DIFFERENCE: min(differences),
        names.LARGEST_DIFFERENCE: max(differences),
    }  # fmt: skip


def contradicted(waves: Mapping[int, Wave], mean: Means, statements: Sequence[Statement]) -> list[str]:
    """The statements that do not hold in a recount, whatever the noise."""
    recounted = {ESTIMATES: pd.DataFrame(_estimates(waves, mean)), CHANGES: pd.DataFrame(_changes(waves[LAST], mean))}
    tables = tables_of(recounted, statements, Known())
    found = {s.statement_id: s.relation.rule(cells_of(s, tables).parts, s.amount) for s in statements}
    return [name for name, judged in found.items() if not judged or not all(one.holds for one in judged)]


def _estimates(waves: Mapping[int, Wave], mean: Means) -> Iterator[dict[str, object]]:
    """The rows of survey_estimates, with the columns that statements read."""
    for row in estimate_rows():
        question, by, category = row["question_id"], row["breakdown"], row["category"]
        wave = waves[int(row["wave"])]
        groups = wave.categories.get(by, {})
        if not groups or question == names.FREQUENCY:
            continue
        if row["statistic"] == "share":
            yield {**row, "estimate": share(wave, question, row["answer"], by, category) / 100}
            continue
        found = mean(question, wave.wave, by, category)
        others = [mean(question, wave.wave, by, other) for other in groups if other != category]
        earlier = [w for w in WAVES if w < wave.wave and question in waves[w].columns]
        yield {
            **row,
            "estimate": found.mean,
            "interpretation_nb": reading(found.mean),
            "has_wide_interval": found.half_width > _wide(),
            "overlaps_category": any(map(found.overlaps, others)),
            "overlaps_previous_wave": bool(earlier) and found.overlaps(mean(question, earlier[-1], "all", "all")),
        }


def _changes(wave: Wave, mean: Means) -> Iterator[dict[str, object]]:
    """The differences between categories of a breakdown in a wave, as survey_changes has them."""
    for row in estimate_rows():
        question, by, category = row["question_id"], row["breakdown"], row["category"]
        if int(row["wave"]) != wave.wave or row["statistic"] != "mean" or question == names.FREQUENCY:
            continue
        for other in wave.categories.get(by, {}):
            if other != category:
                difference = mean(question, wave.wave, by, category).mean - mean(question, wave.wave, by, other).mean
                compared_with = {"compared_wave": row["wave"], "compared_category": other}
                untested = {"std_error": None, "p_value": None, "is_comparable": True}
                yield {**row, **compared_with, "difference": difference, **untested}


def _wide() -> float:
    rows = [r for r in read_seed("uncertainty_star") if (r["survey"], r["statistic"]) == (SURVEY, "mean")]
    return float(rows[0]["wide_half_width"])


def reading(mean: float) -> str:
    """The report's words for a mean, read on the rounded number."""
    rows = [r for r in read_seed("interpretation") if (r["survey"], r["statistic"]) == (SURVEY, "mean")]
    return next(
        r["interpretation_nb"] for r in rows if float(r["rounded_from"]) <= round(mean, 1) <= float(r["rounded_to"])
    )
