"""The sample of the citizens' survey: people, their answers, the recount, and what the files say of themselves.

Not here: what is likely (likely.py) or must come out (seeds/published, said.py).
"""

from collections.abc import Callable

from tests.sample.dfo_innbygger.answers import answer
from tests.sample.dfo_innbygger.levels import Levels
from tests.sample.dfo_innbygger.names import SURVEY, WAVES
from tests.sample.dfo_innbygger.people import Wave, people
from tests.sample.dfo_innbygger.said import check

FILE_LABEL = "Innbyggerundersøkelsen {wave}, syntetiske svar"
LABELS = {
    "respondent_id": "Respondent, oppdiktet nummer",
    "vekt": "Vekt",
    "stratum": "Stratum: landsdel",
    "stratum_n": "Personer 16 år og over i stratumet",
    "kommunenr": "Kommunenummer 1. januar",
    "kjonn": "Kjønn",
    "alder": "Alder i år",
    "utdanning": "Høyeste fullførte utdanning",
    "husstandsinntekt": "Husstandens samlede bruttoinntekt",
    "yrkesstatus": "Yrkesstatus",
}
SOURCE = """\
producer: Digital tilstand, the project's own sample
url: pipelines/sample in the project's repository
licence: CC0-1.0; kommune codes and inhabitants from Statistics Norway (SSB), CC BY 4.0
retrieved: never, written by the project
note: >-
  Synthetic answers of invented people in real kommuner, made so that a recount gives the figures printed in
  DFØ's Innbyggerundersøkelsen 2023. They say nothing about what anybody answered.
synthetic: true
"""


def innbygger_waves(progress: Callable[[str], None] = lambda _: None) -> dict[int, Wave]:
    """Every wave with its answers; the same seeds give the same. Raises ValueError when a recount disagrees."""
    waves = {year: people(year) for year in WAVES}
    levels = Levels(waves)
    for year, wave in waves.items():
        progress(f"sample of {SURVEY}: wave {year}")
        answer(wave, levels)
    check(waves)
    return waves
