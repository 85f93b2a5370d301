"""Who gives which answer: quotas dealt so that groups lie apart as they are likely to, and who says nothing.

Not here: the quotas (quotas.py), how far groups lie apart (levels.py), and the recount (said.py).
"""

from math import nan
from random import Random

import numpy as np

from tests.sample.codebook import frame, frames
from tests.sample.dfo_innbygger import likely
from tests.sample.dfo_innbygger.levels import Levels
from tests.sample.dfo_innbygger.names import SURVEY
from tests.sample.dfo_innbygger.people import Wave
from tests.sample.dfo_innbygger.quotas import Quota, quota

ROUNDS = 45  # of moving groups to their places; the recount says whether it was enough
STEP = 0.5  # of the way: one person is in several groups


def answer(wave: Wave, levels: Levels) -> None:
    """Give every respondent an answer to every question of the wave; questions become columns by their id."""
    number = len(wave.weights)
    person = _normal(number, f"{SURVEY} {wave.wave} person")
    at_odds = np.array([likely.AT_ODDS.get(status, 1.0) for status in wave.columns["yrkesstatus"]])
    for question, code_frame in frames(SURVEY, wave.wave).items():
        name = f"{SURVEY} {wave.wave} {question}"
        leaning = likely.PERSON**0.5 * person + (1 - likely.PERSON) ** 0.5 * _normal(number, name)
        leaning *= likely.SPREAD.get(question, likely.USUAL_SPREAD) * at_odds
        codes, answers = _silent(question, code_frame, number, Random(f"{name} missing"))
        said = quota(question, wave.wave, levels.mean(question, wave.wave))
        codes[answers] = _dealt(wave, answers, leaning, said, levels.apart(question, wave.wave))
        wave.columns[question] = codes


def _dealt(wave: Wave, answers: np.ndarray, leaning: np.ndarray, quota: Quota, apart: likely.Deviations) -> np.ndarray:
    """The codes of those who answer: whoever leans more gets more, in weighted shares as the quota says.

    A group is pushed up or down as a whole until its mean lies as far from that of all as `apart` says.
    """
    weights, leaning = wave.weights[answers], leaning[answers]
    codes = sorted(quota.shares, key=quota.values.__getitem__)
    values = np.array([quota.values[code] for code in codes])
    ends = np.cumsum([quota.shares[code] for code in codes])[:-1] * weights.sum()
    groups = [
        [(distance, np.flatnonzero(wave.categories[by][category][answers])) for category, distance in distances.items()]
        for by, distances in apart.items()
        if by in wave.categories
    ]
    for _ in range(ROUNDS):
        order = np.argsort(leaning, kind="stable")
        given = np.empty(len(order), int)
        given[order] = np.searchsorted(ends, np.cumsum(weights[order]) - weights[order] / 2)
        for members in groups:
            size = np.array([weights[m].sum() for _, m in members])
            short = np.array([d - np.average(values[given[m]], weights=weights[m]) for d, m in members])
            for (_, m), push in zip(members, short - np.average(short, weights=size), strict=True):
                leaning[m] += STEP * push
    return np.array(codes, float)[given]


def _silent(question: str, code_frame: str, number: int, random: Random) -> tuple[np.ndarray, np.ndarray]:
    """The missing kinds that the frame has, and blanks, in their places (blank elsewhere); and who answers."""
    kinds = {r["answer_kind"]: float(r["code"]) for r in frame(code_frame)} | {likely.BLANK: nan}
    seats = list(range(number))
    random.shuffle(seats)
    codes, answers = np.full(number, nan), np.ones(number, bool)
    for kind, share in likely.missing(question).items():
        if kind in kinds:
            taken = [seats.pop() for _ in range(round(share * number))]
            codes[taken], answers[taken] = kinds[kind], False
    return codes, answers


def _normal(number: int, name: str) -> np.ndarray:
    random = Random(name)
    return np.array([random.gauss(0, 1) for _ in range(number)])
