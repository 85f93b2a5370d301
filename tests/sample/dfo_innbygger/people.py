"""The respondents of a wave: where they live, who they are, and how much each of them weighs.

Not here: how likely each kind is (likely.py) and what they answer (answers.py).
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, nan
from random import Random

import numpy as np

from pipelines.common.seeds import read_seed
from tests.sample.dfo_innbygger import likely
from tests.sample.dfo_innbygger.names import LAST, SURVEY
from tests.sample.stages import drawn
from tests.sample.units import kommuner


@dataclass
class Wave:
    """`columns`: codebook column, question id or what only the sample knows -> one value per respondent.

    Numbers are floats, NaN where blank; text is of dtype object.
    """

    wave: int
    columns: dict[str, np.ndarray]

    @cached_property
    def weights(self) -> np.ndarray:
        """Weights with 0 for blank: outside the estimates."""
        return np.nan_to_num(self.columns["vekt"])

    @cached_property
    def categories(self) -> dict[str, dict[str, np.ndarray]]:
        """Breakdown -> category -> who belongs to it. A breakdown that nobody has a value for is left out."""
        source = {r["breakdown"]: r["source_column"] for r in read_seed("breakdown") if r["survey"] == SURVEY}
        found: dict[str, dict[str, np.ndarray]] = {"all": {"all": np.ones(len(self.weights), bool)}}
        for r in read_seed("category"):
            if r["survey"] == SURVEY:
                values = self.columns[source[r["breakdown"]]]
                members = (float(r["source_from"]) <= values) & (values <= float(r["source_to"] or inf))
                found.setdefault(r["breakdown"], {})[r["category"]] = members
        return {by: groups for by, groups in found.items() if any(members.any() for members in groups.values())}


def people(wave: int) -> Wave:
    """The respondents, without answers."""
    number = likely.RESPONDENTS[wave]
    random = Random(f"{SURVEY} {wave}")
    places = [unit.attributes for unit in kommuner(wave)]
    inhabitants = {i: float(place["folkemengde"]) for i, place in enumerate(places)}
    home = [places[i] for i in deal([wave] * number, {wave: inhabitants}, f"{wave} kommune")]

    band = deal([wave] * number, {wave: {i: b.part * b.answers for i, b in enumerate(likely.BANDS)}}, f"{wave} band")
    sex = deal(band, dict.fromkeys(band, likely.SEX_ANSWERS), f"{wave} kjonn")
    # In the oldest band every further year is less likely.
    ages = {i: {a: 1.0 if a < 75 else 96.0 - a for a in b.ages} for i, b in enumerate(likely.BANDS)}
    education = _by_band("education", likely.EDUCATION_ANSWERS)
    status = _by_band("status", likely.STATUS_ANSWERS)
    later = likely.INCOME_GROWTH ** (wave - LAST)
    income = {
        code: {c: w * (1 if c == likely.UNANSWERED else later ** (c - likely.MIDDLE_INCOME)) for c, w in shares.items()}
        for code, shares in likely.INCOME.items()
    }
    columns: dict[str, Sequence] = {
        "respondent_id": [str(i) for i in random.sample(range(10**7, 10**8), number)],
        "kommunenr": [place["kommunenr"] for place in home],
        "sentralitet": [float(place["sentralitet"] or nan) for place in home],
        "kjonn": sex,
        "alder": deal(band, ages, f"{wave} alder"),
        "utdanning": deal(band, education, f"{wave} utdanning"),
        "yrkesstatus": deal(band, status, f"{wave} yrkesstatus"),
    }
    columns["husstandsinntekt"] = deal(columns["yrkesstatus"], income, f"{wave} husstandsinntekt")
    columns["vekt"] = _weights(band, columns)
    outside = random.sample(range(number), likely.WITHOUT_WEIGHT + likely.WITH_WEIGHT_0)
    columns["vekt"][outside] = [nan] * likely.WITHOUT_WEIGHT + [0.0] * likely.WITH_WEIGHT_0
    if wave in likely.STRATIFIED:
        columns["stratum"] = [likely.LANDSDEL[place["fylke"]] for place in home]
    if likely.STRATIFIED.get(wave):
        size: Counter[str] = Counter()
        for place in places:
            size[likely.LANDSDEL[place["fylke"]]] += int(place["folkemengde"])
        columns["stratum_n"] = [round(likely.ADULTS * size[stratum]) for stratum in columns["stratum"]]
    if wave in likely.NUMERIC_KOMMUNENR:
        columns["kommunenr"] = [float(number) for number in columns["kommunenr"]]
    return Wave(wave, {name: _column(values) for name, values in columns.items()})


def deal(groups: Sequence[Hashable], shares: Mapping[Hashable, Mapping[int, float]], name: str) -> list[int]:
    """One code for each of `groups`: in every group as many of each as its shares say, in a fixed shuffled order."""
    hands = {}
    for group in sorted(set(groups)):
        options = [(code, weight) for code, weight in shares[group].items() if weight]
        expected = np.array([weight for _, weight in options]) * groups.count(group)
        random = Random(f"{SURVEY} {name} {group}")
        numbers = drawn(expected / sum(weight for _, weight in options), random)
        hand = [code for (code, _), n in zip(options, numbers, strict=True) for _ in range(n)]
        random.shuffle(hand)
        hands[group] = iter(hand)
    return [next(hands[group]) for group in groups]


def _by_band(attribute: str, answers: Mapping[int, float]) -> dict[int, dict[int, float]]:
    """Band -> code -> how likely among those who answer."""
    return {
        i: {code: share * answers[code] for code, share in getattr(band, attribute).items()}
        for i, band in enumerate(likely.BANDS)
    }


def _weights(band: Sequence[int], columns: Mapping[str, Sequence[int]]) -> np.ndarray:
    """The less readily a kind of people answers, the more each of them weighs; mean about 1, trimmed."""
    readily = [
        likely.BANDS[b].answers * likely.SEX_ANSWERS[s] * likely.EDUCATION_ANSWERS[e] * likely.STATUS_ANSWERS[y]
        for b, s, e, y in zip(band, columns["kjonn"], columns["utdanning"], columns["yrkesstatus"], strict=True)
    ]
    weights = 1 / np.array(readily)
    return np.round(np.clip(weights / weights.mean(), *likely.WEIGHTS), 6)


def _column(values: Sequence) -> np.ndarray:
    return np.array(values, object if isinstance(values[0], str) else float)
