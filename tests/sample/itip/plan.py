"""The plan of the sample of IT i praksis: who answers, what must come out, and what the files say of themselves.

Not here: what is likely (likely.py) and what is printed (seeds/published).
"""

from functools import partial
from random import Random

from pipelines.common.seeds import read_seed
from tests.sample.claims import claimed_targets
from tests.sample.codebook import frames, questions
from tests.sample.itip.likely import AGENCIES, CITIZENS, INHABITANTS, KOMMUNER, likely
from tests.sample.itip.names import AGENCY, CITIZEN, OF_AGENCIES, OF_KOMMUNER, SURVEY, WAVES
from tests.sample.likely import PrintedShares
from tests.sample.margins import MarginStage
from tests.sample.solve import Plan
from tests.sample.targets import published_targets
from tests.sample.units import Unit, kommuner

CLEAR = 2.3  # standard errors by which a claim should hold: more than the 1.96 of a level of 5 %
AGES = range(16, 90)
REGIONS = ("Oslo", "Østlandet", "Sørlandet", "Vestlandet", "Midt-Norge", "Nord-Norge")
SOURCE = """\
producer: Digital tilstand, the project's own sample
url: pipelines/sample in the project's repository
licence: CC0-1.0; kommune codes from Statistics Norway (SSB), CC BY 4.0
retrieved: never, written by the project
note: >-
  Synthetic answers, solved so that a recount gives the figures printed in Rambøll's IT i praksis 2021 and Digdir's
  Rikets digitale tilstand 2021. They say nothing about what anybody answered. More kommuner of over 20 000 inhabitants
  are said to have answered than there are; some kommuner here have inhabitants that are not theirs.
synthetic: true
"""


def itip_plan() -> Plan:
    """Both waves together, so that changes between them are targets like any other."""
    units = [unit for wave in WAVES for unit in (*_agencies(wave), *_kommuner(wave), *_citizens(wave))]
    targets = published_targets(SURVEY, WAVES) + claimed_targets(SURVEY, WAVES, units)
    asked = tuple(dict.fromkeys(question for wave in WAVES for question in frames(SURVEY, wave)))
    turned = frozenset(r["question_id"] for r in read_seed("composite_item") if r["is_reversed"] == "true")
    stage = MarginStage(
        SURVEY,
        "answers",
        asked,
        ("wave", "part", "sektor", "kommunestorrelse"),
        partial(_likely, printed=PrintedShares(targets)),
        turned,
        CLEAR,
    )
    return Plan(SURVEY, units, targets, [stage], {}, SOURCE)


def _likely(question: str, unit: Unit, printed: PrintedShares):
    return likely(question, unit, printed)


def _unit(wave: int, number: int, part: str, **attributes: str) -> Unit:
    sektor = attributes.get("sektor", "")
    not_asked = {"stat": OF_KOMMUNER, "kommune": OF_AGENCIES}.get(sektor, set())
    asked = {question.question_id for question in questions(SURVEY, wave, part)} - not_asked
    respondent_id = str(Random(f"{SURVEY} {wave} {part} {number}").randrange(10**7, 10**8))
    defaults = {"all": "all", "sektor": sektor, "kommunestorrelse": "", "kommunenr": "", "folkemengde": ""}
    said = {"part": part, "id": f"{part} {number}", "respondent_id": respondent_id, "asked": asked}
    return Unit(wave, {**defaults, **said, **attributes})


def _agencies(wave: int) -> list[Unit]:
    return [_unit(wave, number, AGENCY, sektor="stat") for number in range(AGENCIES[wave])]


def _kommuner(wave: int) -> list[Unit]:
    """The largest first: those of a size that there are too few of are given other inhabitants."""
    places = sorted(kommuner(wave), key=lambda unit: -int(unit.attributes["folkemengde"]))
    sizes = [size for size, number in KOMMUNER[wave].items() for _ in range(number)]
    n_small = KOMMUNER[wave]["liten"]
    chosen = places[: len(sizes) - n_small]
    chosen += Random(f"{SURVEY} {wave} small").sample(places[len(chosen) :], n_small)
    units = []
    for number, (place, size) in enumerate(zip(chosen, sizes, strict=True)):
        low, high = INHABITANTS[size]
        people = int(place.attributes["folkemengde"])
        if not (low <= people <= high or (size == "stor" and people > high)):
            people = Random(f"{SURVEY} {wave} {place.attributes['kommunenr']}").randrange(low, high)
        units.append(
            _unit(
                wave,
                AGENCIES[wave] + number,
                AGENCY,
                sektor="kommune",
                kommunestorrelse=size,
                kommunenr=place.attributes["kommunenr"],
                folkemengde=str(people),
            )
        )
    return units


def _citizens(wave: int) -> list[Unit]:
    units = []
    for number in range(CITIZENS[wave]):
        random = Random(f"{SURVEY} {wave} citizen {number}")
        said = {"kjonn": random.choice("12"), "alder": str(random.choice(AGES)), "region": random.choice(REGIONS)}
        units.append(_unit(wave, number, CITIZEN, **said))
    return units
