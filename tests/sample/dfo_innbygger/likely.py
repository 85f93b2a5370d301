"""Who answers the citizens' survey and how their answers are likely to lie: levels, spreads, groups, missing.

Not here: what must come out (seeds/published, said.py). The tables are judgement, in the direction the report
tells; they claim nothing about any real group.
"""

from dataclasses import dataclass

from tests.sample.dfo_innbygger import names
from tests.sample.dfo_innbygger.names import WAVES

# --- who answers -------------------------------------------------------------------------------------------

RESPONDENTS = dict(zip(WAVES, (7061, 6908, 7124, 6973, 7046, 10012, 7088), strict=True))
WITHOUT_WEIGHT, WITH_WEIGHT_0 = 12, 8
STRATIFIED = {2013: False, 2017: True, 2019: False, 2021: True, 2023: True}  # wave -> is stratum_n told
NUMERIC_KOMMUNENR = (2015,)  # as a number, the leading zero is lost
LANDSDEL = {
    fylke: landsdel
    for landsdel, fylker in {
        "Oslo": "03",
        "Østlandet": "01 02 04 05 06 07 08 30 31 32 33 34 38 39 40",
        "Sørlandet": "09 10 42",
        "Vestlandet": "11 12 14 15 46",
        "Trøndelag": "16 17 50",
        "Nord-Norge": "18 19 20 54 55 56",
    }.items()
    for fylke in fylker.split()
}
ADULTS = 0.81  # of all inhabitants, aged 16 and over

Shares = dict[int, float]
UNANSWERED = 9


def codes(*shares: float, unanswered: float) -> Shares:
    """Shares of the codes 1, 2, ... and of no answer."""
    return dict(enumerate(shares, start=1)) | {UNANSWERED: unanswered}


@dataclass(frozen=True)
class Band:
    """People of these ages: their part of all, how readily they answer, utdanning, yrkesstatus."""

    ages: range
    part: float
    answers: float
    education: Shares
    status: Shares


BANDS = (
    Band(range(16, 19), 0.045, 0.7, codes(84, 11, 5, 0, 0, unanswered=1), codes(15, 0, 2, 82, 0, 1, unanswered=1)),
    Band(range(19, 25), 0.09, 0.7, codes(16, 46, 22, 16, 0, unanswered=1), codes(46, 1, 5, 43, 0, 5, unanswered=1)),
    Band(range(25, 35), 0.165, 0.8, codes(11, 15, 25, 31, 18, unanswered=1), codes(73, 4, 4, 9, 0, 10, unanswered=1)),
    Band(range(35, 50), 0.24, 1.0, codes(11, 13, 28, 29, 19, unanswered=1), codes(77, 7, 3, 2, 0, 11, unanswered=1)),
    Band(range(50, 62), 0.18, 1.1, codes(14, 15, 33, 25, 13, unanswered=1), codes(73, 8, 3, 0, 0, 16, unanswered=1)),
    Band(range(62, 67), 0.075, 1.2, codes(17, 16, 33, 23, 11, unanswered=1), codes(50, 7, 2, 0, 24, 17, unanswered=1)),
    Band(range(67, 75), 0.115, 1.3, codes(22, 17, 32, 20, 9, unanswered=2), codes(8, 5, 0, 0, 86, 0, unanswered=1)),
    Band(range(75, 96), 0.09, 1.1, codes(31, 17, 30, 16, 6, unanswered=3), codes(0, 1, 0, 0, 97, 0, unanswered=2)),
)
# How readily they answer, beside age. The unemployed answer seldom: few of them, so their interval is wide.
SEX_ANSWERS = {1: 0.97, 2: 1.03}
EDUCATION_ANSWERS = {1: 0.75, 2: 1.0, 3: 0.9, 4: 1.2, 5: 1.25, 9: 0.8}
STATUS_ANSWERS = {1: 1.0, 2: 0.95, 3: 0.33, 4: 0.95, 5: 1.05, 6: 0.85, 9: 0.8}
WEIGHTS = (0.3, 4.0)  # trimmed to these
INCOME = {  # by yrkesstatus, in the last wave
    1: codes(1, 4, 18, 26, 26, 25, unanswered=4),
    2: codes(3, 7, 20, 25, 20, 25, unanswered=7),
    3: codes(14, 26, 28, 18, 9, 5, unanswered=6),
    4: codes(30, 18, 14, 13, 11, 14, unanswered=14),
    5: codes(3, 17, 36, 26, 11, 7, unanswered=6),
    6: codes(6, 27, 33, 19, 10, 5, unanswered=6),
    9: codes(1, 1, 1, 1, 1, 1, unanswered=10),
}
INCOME_GROWTH = 1.025  # a year earlier, every step up from the middle was this much less likely, and down more
MIDDLE_INCOME = 3.5

# --- how the answers lie -----------------------------------------------------------------------------------

# Where no mean is printed: that of the first and of the last wave that asks, on the scale 0-10.
LEVELS = {
    names.SECURITY: (6.4, 5.3),
    names.USE_SERVICES: (6.25, 5.9),
    names.UNDERSTAND_FORMS: (5.8, 5.45),
    names.DO_TASKS: (6.72, 6.3),
    names.PREFILLED: (6.5, 6.5),
    names.AUTOMATED: (6.5, 6.5),
    names.STORED: (6.5, 6.5),
}
WOBBLE = 0.02  # the standard deviation of a wave's level from the straight line between the first and the last
SPREAD = {names.DO_TASKS: 2.05, names.INNOVATE: 2.2}
USUAL_SPREAD = 2.35
FREQUENCY_SHARES = {1: 0.06, 2: 0.19, 3: 0.4, 4: 0.28, 5: 0.07}

Deviations = dict[str, dict[str, float]]  # breakdown -> category -> from the mean of all
# How far the categories of a breakdown lie apart, as a standard deviation, and a question's own part of it.
APART = {
    "kjonn": 0.12, "aldersgruppe": 0.15, "utdanning": 0.15, "husstandsinntekt_3": 0.12, "yrkesstatus": 0.2,
    "sentralitet": 0.05,
}  # fmt: skip
OWN = 0.02
# Where the smallest and the largest difference are that the report tells of: question, the higher group, the lower one.
NARROWEST = (names.PREFILLED, "1_2", "5_6")
WIDEST = (names.STORED, "alderspensjonist", "arbeidsledig")
SELDOM: Deviations = {  # the higher the code, the more seldom
    "aldersgruppe": {"under_25": 0.0, "25_34": -0.25, "35_49": -0.2, "50_66": 0.0, "67_og_over": 0.4},
    "utdanning": {"grunnskole": 0.3, "videregaende": 0.0, "yrkesfag": 0.1, "universitet_hoyskole": -0.2},
}
# How much of APART a question has.
STRENGTH = {
    names.PREFILLED: 0.9,
    names.AUTOMATED: 1.0,
    names.STORED: 1.0,
    names.PRIVACY: 0.6,
    names.SECURITY: 0.6,
    names.REGULATE: 0.5,
    names.INNOVATE: 0.4,
}
USUAL_STRENGTH = 0.3
AT_ODDS = {3: 1.35}  # yrkesstatus -> how much further from each other they lean than others do
PERSON = 0.6  # the part of the spread that follows the person through all questions


BLANK = ""
MISSING = {"vet_ikke": 0.03, "ikke_relevant": 0.02, "ubesvart": 0.009, BLANK: 0.004}
MISSING_IN = {  # other shares than the usual ones
    **{question: {"vet_ikke": 0.04, "ikke_relevant": 0.045} for question in names.KOMMUNE},
    **{question: {"vet_ikke": 0.035} for question in names.TRUST},
    **{
        question: {"vet_ikke": 0.02, "ikke_relevant": 0.03}
        for question in (names.DO_TASKS, names.EASE, names.FILL_IN, names.INFORMED)
    },
    names.REGULATE: {"vet_ikke": 0.07},
    names.INNOVATE: {"vet_ikke": 0.07},
    names.FREQUENCY: {"vet_ikke": 0.012},
}


def missing(question: str) -> dict[str, float]:
    """Kind of missing answer -> share of the respondents."""
    return MISSING | MISSING_IN.get(question, {})
