"""The indicators of IT i praksis: means of the means of their questions, with the uncertainty of that.

Not here: the composition (seeds/indicators), the value of an answer (dbt, harmonised), reading or writing tables.
Source: Rambøll, IT i praksis 2021, indikatoroversikt and appendix; what is assumed stands in the seeds and in
docs/methods.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.common.seeds import read_seed

QUANTILE = 1.959963984540054  # of the normal distribution, for 95 %
ENDS = 6.0  # 1 + 5: a reversed answer is this minus itself
ALL = "all"
SIZES = "kommune_{}"

COLUMNS = (
    "wave", "indicator", "sektor", "framework", "indicator_nb", "value", "std_error", "ci_lower", "ci_upper",
    "previous_wave", "previous_value", "change", "change_std_error", "change_ci_lower", "change_ci_upper",
    "comparable_with_previous", "n_questions", "n_respondents", "is_synthetic",
)  # fmt: skip
TYPES = {
    "wave": "int32", "previous_wave": "Int32", "n_questions": "int32", "n_respondents": "int32",
    "comparable_with_previous": "boolean", "is_synthetic": "bool",
    **dict.fromkeys(
        ("value", "std_error", "ci_lower", "ci_upper", "previous_value", "change", "change_std_error",
         "change_ci_lower", "change_ci_upper"), "float64"),
}  # fmt: skip


@dataclass(frozen=True)
class ItipIndicator:
    """One indicator and its questions: {question_id: whether a high answer is bad}."""

    name: str
    framework: str
    label: str
    is_reversed: Mapping[str, bool]


@dataclass(frozen=True)
class Estimate:
    """A mean on 1-5; `std_error` is NaN where one respondent is all there is."""

    value: float
    std_error: float
    questions: frozenset[str]
    n_respondents: int


def load_itip_indicators() -> list[ItipIndicator]:
    """All indicators, in the order of seeds/indicators/itip_indicator.csv."""
    composition: dict[str, dict[str, bool]] = {}
    for row in read_seed("itip_composition"):
        composition.setdefault(row["indicator"], {})[row["question_id"]] = row["is_reversed"] == "true"
    return [
        ItipIndicator(row["indicator"], row["framework"], row["indicator_nb"], composition[row["indicator"]])
        for row in read_seed("itip_indicator")
    ]


def itip_indicators(
    answers: pd.DataFrame,
    strata: pd.DataFrame,
    waves: pd.DataFrame,
    breaks: Mapping[str, Sequence[int]],
    indicators: Sequence[ItipIndicator],
) -> pd.DataFrame:
    """Value, uncertainty and change of every indicator in every wave, for all and by sector and size of kommune.

    answers: wave, part, respondent_no, stratum, sektor, kommunestorrelse, question_id, value (1-5)
    strata: wave, stratum, n_stratum (respondents of the design)
    waves: wave, is_synthetic
    breaks: {question_id: the first waves after a break in its series}
    Returns the columns of the contract itip_indicators; a sector that nobody answers for has no row.
    """
    is_synthetic = dict(zip(waves["wave"], waves["is_synthetic"], strict=True))
    found: dict[tuple[int, str, str], Estimate] = {}
    for wave, of_wave in answers.groupby("wave"):
        sizes = strata[strata["wave"] == wave].set_index("stratum")["n_stratum"]
        table = of_wave.pivot_table(index=["part", "respondent_no"], columns="question_id", values="value")
        people = of_wave.groupby(["part", "respondent_no"])[["stratum", "sektor", "kommunestorrelse"]].first()
        people = people.loc[table.index]
        for sektor, members in _sectors(people):
            for indicator in indicators:
                estimate = composite(table[members], people.loc[members, "stratum"], sizes, indicator.is_reversed)
                if estimate:
                    found[int(wave), indicator.name, sektor] = estimate
    rows = []
    for indicator in indicators:
        for (wave, name, sektor), now in found.items():
            if name == indicator.name:
                earlier = [w for w, n, s in found if (n, s) == (name, sektor) and w < wave]
                before = (max(earlier), found[max(earlier), name, sektor]) if earlier else None
                synthetic = is_synthetic[wave] or bool(before and is_synthetic[before[0]])
                rows.append(_row(indicator, wave, sektor, now, before, breaks, synthetic))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(TYPES)


def composite(
    table: pd.DataFrame, stratum: pd.Series, sizes: pd.Series, is_reversed: Mapping[str, bool]
) -> Estimate | None:
    """The mean of the questions' means, and its standard error; None where nobody answers any of them.

    table: respondents x questions, NaN where not answered; stratum: of each respondent; sizes: {stratum: respondents
    of the design}, those outside the table included. Taylor linearisation, respondents unweighted, strata drawn with
    replacement: u = sum over questions of +-(y - mean) / (n k), k questions, n answers of the question; the variance
    is the sum over strata of n_h / (n_h - 1) (sum u^2 - (sum u)^2 / n_h).
    """
    known = [question for question in is_reversed if question in table]
    values = table[known].to_numpy()
    is_asked = ~np.isnan(values).all(axis=0)
    if not is_asked.any():
        return None
    values = values[:, is_asked]
    asked = [question for question, is_one in zip(known, is_asked, strict=True) if is_one]
    signs = np.array([-1.0 if is_reversed[question] else 1.0 for question in asked])
    means = np.nanmean(values, axis=0)
    answered = ~np.isnan(values)
    value = np.mean(np.where(signs < 0, ENDS - means, means))
    pull = np.where(answered, (values - means) * signs, 0.0) / answered.sum(axis=0) / len(asked)
    who = answered.any(axis=1)
    return Estimate(
        float(value),
        _std_error(pull.sum(axis=1)[who], stratum.to_numpy()[who], sizes),
        frozenset(asked),
        int(who.sum()),
    )


def _std_error(pull: np.ndarray, stratum: np.ndarray, sizes: pd.Series) -> float:
    if len(pull) < 2:
        return float("nan")
    variance = 0.0
    for name, n in sizes.items():
        of_stratum = pull[stratum == name]
        # A stratum of one row is centred at the mean of all, which is 0 (R's "adjust").
        centred = (of_stratum**2).sum() - (of_stratum.sum() ** 2 / n if n > 1 else 0.0)
        variance += (n / (n - 1) if n > 1 else 1.0) * centred
    return float(np.sqrt(max(variance, 0.0)))


def _sectors(people: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """(sektor of the contract, who belongs to it): everyone, each sector, each size of kommune."""
    yield ALL, pd.Series(True, index=people.index)
    for sektor in sorted(people["sektor"].dropna().unique()):
        yield sektor, people["sektor"] == sektor
    for size in sorted(people["kommunestorrelse"].dropna().unique()):
        yield SIZES.format(size), people["kommunestorrelse"] == size


def _row(
    indicator: ItipIndicator,
    wave: int,
    sektor: str,
    now: Estimate,
    before: tuple[int, Estimate] | None,
    breaks: Mapping[str, Sequence[int]],
    is_synthetic: bool,
) -> tuple:
    half = QUANTILE * now.std_error
    change = (None,) * 7
    if before:
        previous_wave, previous = before
        difference, error = now.value - previous.value, float(np.hypot(now.std_error, previous.std_error))
        is_comparable = now.questions == previous.questions and not any(
            previous_wave < first <= wave for question in now.questions for first in breaks.get(question, ())
        )
        ends = difference - QUANTILE * error, difference + QUANTILE * error
        change = (previous_wave, previous.value, difference, error, *ends, is_comparable)
    return (
        wave, indicator.name, sektor, indicator.framework, indicator.label, now.value, now.std_error,
        now.value - half, now.value + half, *change, len(now.questions), now.n_respondents, is_synthetic,
    )  # fmt: skip
