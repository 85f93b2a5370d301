"""The plan of the sample of Bruk av IKT i staten: who answers, what is likely, and how the files are delivered.

Not here: what is printed (seeds/published).
"""

from functools import partial
from random import Random

from pipelines.common.seeds import read_seed
from tests.sample.claims import claimed_targets
from tests.sample.codebook import frames, scale_values
from tests.sample.likely import PrintedShares, bell, pinned
from tests.sample.margins import MarginStage, Weights
from tests.sample.solve import Delivery, Plan
from tests.sample.targets import Target, published_targets, read_cell
from tests.sample.units import Unit

SURVEY = "ssb_stat"
WAVES = (2015, 2016)
Q = "ssb16_"
STRATEGY, CLOUD = Q + "strategi_oppdatert", Q + "nettsky"
OF_STRATEGY = {Q + "strategi_innbyggere", Q + "strategi_naeringsliv"}
OF_CLOUD = {Q + "sky_lagring", Q + "sky_kommunikasjon", Q + "sky_moterom"}
YES, NO, NOT_CHOSEN = 1, 2, 0
DONT_KNOW = 0.03

# Agencies by wave, industry (two digits of SN2007) and size. How many answered is not printed; with these numbers
# the shares printed of higher education (85) and hospitals (86) are possible.
AGENCIES = {
    2015: {(84, "under_100"): 52, (84, "100_og_over"): 62, (85, "under_100"): 5, (85, "100_og_over"): 16,
           (86, "100_og_over"): 26, (72, "under_100"): 12, (91, "under_100"): 11, (52, "100_og_over"): 14,
           (63, "100_og_over"): 14},
    2016: {(84, "under_100"): 55, (84, "100_og_over"): 66, (85, "under_100"): 5, (85, "100_og_over"): 16,
           (86, "100_og_over"): 25, (72, "under_100"): 13, (91, "under_100"): 11, (52, "100_og_over"): 14,
           (63, "100_og_over"): 15},
}  # fmt: skip
EMPLOYEES = {"under_100": (10, 100), "100_og_over": (100, 9000)}
WRITTEN = {"naering": "naeringskode"}  # the file has the industry's digits, the table its section
DELIVERIES = {2015: Delivery("cp1252", written=WRITTEN), 2016: Delivery("utf-8-sig", written=WRITTEN)}
SOURCE = """\
producer: Digital tilstand, the project's own sample
url: pipelines/sample in the project's repository
licence: CC0-1.0
retrieved: never, written by the project
note: >-
  Synthetic answers of invented agencies, solved so that a recount gives the figures printed in SSB's Bruk av IKT i
  staten 2016. Organisation numbers begin with 0, as no real one does.
synthetic: true
"""


def stat_plan() -> Plan:
    """Both waves together, so that changes between them are targets like any other."""
    units = [unit for wave in WAVES for unit in _agencies(wave)]
    targets = published_targets(SURVEY, WAVES) + claimed_targets(SURVEY, WAVES, units) + [_implied()]
    weights = partial(_likely, printed=PrintedShares(targets))
    asked = tuple(question for question in frames(SURVEY, WAVES[0]))
    first = (STRATEGY, CLOUD)
    group = ("wave", "naering", "antall_ansatte")
    stages = [
        MarginStage(SURVEY, "strategy and cloud", first, group, weights),
        MarginStage(SURVEY, "answers", tuple(q for q in asked if q not in first), (*group, *first), weights),
    ]
    return Plan(SURVEY, units, targets, stages, DELIVERIES, SOURCE)


def _likely(question: str, unit: Unit, printed: PrintedShares) -> Weights | None:
    """Code -> how likely among those asked; None where the question is not put to the unit."""
    if question in OF_STRATEGY and unit.answers[STRATEGY] == NO:
        return None
    if question in OF_CLOUD and unit.answers[CLOUD] == NO:
        return {NOT_CHOSEN: 1.0}
    if question in (STRATEGY, CLOUD, *OF_CLOUD):
        codes = (YES, NO) if question in (STRATEGY, CLOUD) else (NOT_CHOSEN, YES)
        return pinned(dict.fromkeys(codes, 0.5), _of_users(printed.pins(unit, question), question))
    if question in OF_STRATEGY:
        return pinned({YES: 0.4, NO: 0.3, 3: 0.3}, printed.pins(unit, question))
    codes = sorted(scale_values(frames(SURVEY, unit.wave)[question]))
    return pinned({**bell(codes, 3.1, 1.1), 9: 1.0}, [*printed.pins(unit, question), (9, 9, DONT_KNOW)])


def _of_users(pins: list[tuple[int, int, float]], question: str) -> list[tuple[int, int, float]]:
    """Shares of all agencies as shares of those with cloud services, who alone choose among them."""
    if question not in OF_CLOUD:
        return pins
    return [(low, high, min(share / 0.62, 0.97)) for low, high, share in pins]


def _implied() -> Target:
    """As many small agencies use the cloud as are printed to talk in it ("nearly 70"): it is settled before that is."""
    key = {
        "survey": SURVEY, "wave": str(WAVES[-1]), "population": "statlige_virksomheter", "question_id": CLOUD,
        "statistic": "share", "answer": "1", "breakdown": "antall_ansatte", "category": "under_100",
    }  # fmt: skip
    return Target(
        "small agencies use the cloud",
        0.7,
        0.76,
        (((1.0, read_cell("survey_estimates", "estimate", key, SURVEY, WAVES)),),),
    )


def _agencies(wave: int) -> list[Unit]:
    units = []
    for (industry, size), number in AGENCIES[wave].items():
        for i in range(number):
            # The same agency in both waves: its industry and size are in the number. No real one begins with 0.
            name = f"0{industry:02d}{size == '100_og_over':d}{i + 1:05d}"
            employees = Random(f"{SURVEY} {name}").randrange(*EMPLOYEES[size])
            attributes = {
                "all": "all", "id": name, "orgnr": name, "naeringskode": str(industry), "ansatte": str(employees),
                "antall_ansatte": size, "naering": _category("naering", industry),
                "naeringsgruppe": _category("naeringsgruppe", industry),
            }  # fmt: skip
            units.append(Unit(wave, attributes))
    return units


def _category(breakdown: str, code: int) -> str:
    """The category that a code of the file is in, '' where it is in none."""
    rows = [r for r in read_seed("category") if (r["survey"], r["breakdown"]) == (SURVEY, breakdown)]
    return next((r["category"] for r in rows if int(r["source_from"]) <= code <= int(r["source_to"])), "")
