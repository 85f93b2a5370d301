"""Who answers IT i praksis in the sample, and what is likely where nothing is printed.

Not here: what must come out (seeds/published). The numbers are judgement; they claim nothing about anybody.
"""

from tests.sample.codebook import frames, scale_values
from tests.sample.itip.names import CHANNELS, SURVEY, Q
from tests.sample.likely import PrintedShares, bell, pinned
from tests.sample.margins import SILENT, Weights
from tests.sample.units import Unit

BLANK, DONT_KNOW = 0, 6  # a blank that is in the base; it is no code, and is written as nothing

# How many answered in 2021 is printed, 2020 is made up: numbers that the printed shares of 2020 are possible with.
AGENCIES = {2020: 91, 2021: 89}
KOMMUNER = {2020: {"stor": 33, "mellomstor": 43, "liten": 42}, 2021: {"stor": 41, "mellomstor": 73, "liten": 79}}
GROUPS = {wave: {"stat": AGENCIES[wave], **KOMMUNER[wave]} for wave in AGENCIES}
CITIZENS = {2020: 1000, 2021: 1000}
# The kommuner of that size are fewer than the report says answered: some are given inhabitants that they do not have.
INHABITANTS = {"stor": (40_001, 75_000), "mellomstor": (20_000, 40_000), "liten": (1, 19_999)}

USUAL_CENTRE, USUAL_WIDTH = 3.1, 1.1
CENTRES = {
    "gevinst_betjening_naeringsliv": 3.5, "gevinst_samarbeidsprosjekt": 3.0, "digdir_bidrar": 3.7, "ks_bidrar": 3.7,
    "overlatt_til_deg_selv": 2.3, "opplysninger_allerede_tilgjengelig": 2.5, "infosikkerhet_oversikt": 3.9,
    "infosikkerhet_integrert": 4.0, "infosikkerhet_personvern": 3.9, "gevinstrealisering_arbeid": 2.2,
    "regelverk_maa_endres": 2.9, "gjenbruker_data": 2.8, "gjenbruker_data_tvers": 2.4, "tjenester_aapne_data": 2.3,
    "ki_tatt_i_bruk": 1.6, "digital_kompetanse_innbygger": 3.7,
}  # fmt: skip
# Who answered "don't know": what is missing to 100 where all answers are printed.
USUAL_DONT_KNOW = 0.04
DONT_KNOWS = {
    "portefolje_fellesloesninger": 0.08, "regelverk_hinder": 0.09, "ki_tatt_i_bruk": 0.06, "it_funksjon": 0.03,
    "kompetanseheving": 0.0, "deling_praksis": 0.16,
    "gronn_vektes": 0.2, "gronn_planlegger": 0.15, "gronn_gjennomfort": 0.15,
}  # fmt: skip
STEPS_DONT_KNOW = {(2021, "stat"): 0.11, (2021, "kommune"): 0.01}
CHANNEL_BLANK = {2020: 0.08, 2021: 0.03}
# Who said nothing. Some printed shares are impossible of 89 and 193, such as 41 % and 32 % of 89.
SILENT_NUMBERS = {
    (2021, "stat"): {"utvikler_sammenhengende": 1, "fellesl_styres": 1, "fellesl_sammenhengende": 1},
    (2021, "liten"): {"deling_praksis": 1, "fellesl_sammenhengende": 2, "utfordring_teknologi": 4},
}
CHANNEL_SHARES = {1: 0.35, 2: 0.28, 3: 0.2, 4: 0.05, 5: 0.06, 6: 0.03, 7: 0.03}


def likely(question: str, unit: Unit, printed: PrintedShares) -> Weights | None:
    """Code -> how likely among those asked; None where the question is not put to the unit."""
    if question not in frames(SURVEY, unit.wave) or question not in unit.attributes["asked"]:
        return None
    name = question.removeprefix(Q)
    codes = sorted(scale_values(frames(SURVEY, unit.wave)[question]))
    missing = _missing(name, unit)
    shares = CHANNEL_SHARES if question in CHANNELS else bell(codes, CENTRES.get(name, USUAL_CENTRE), USUAL_WIDTH)
    pins = [(code, code, share) for code, share in missing.items() if code is not SILENT]
    pins += printed.pins(unit, question)
    silent = missing.get(SILENT, 0.0)
    everything = {**shares, **{code: 1.0 for code, _, _ in pins if code in missing}}
    # A share printed of everyone leaves nothing for the rest where all answers have theirs.
    total = sum(share for *_, share in pins)
    if total > 0.999:
        pins = [(low, high, share / total * 0.999) for low, high, share in pins]
    said = {code: weight * (1 - silent) for code, weight in pinned(everything, pins).items()}
    return said | ({SILENT: silent} if silent else {})


def _missing(name: str, unit: Unit) -> dict[int | None, float]:
    if Q + name in CHANNELS:
        return {BLANK: CHANNEL_BLANK[unit.wave]}
    if name == "hoveddel_tjenester_tilbys":
        share = STEPS_DONT_KNOW.get((unit.wave, unit.attributes["sektor"]), 0.0)
    else:
        share = DONT_KNOWS.get(name, USUAL_DONT_KNOW)
    missing: dict[int | None, float] = {DONT_KNOW: share} if share else {}
    group = unit.attributes["kommunestorrelse"] or unit.attributes["sektor"]
    silent = SILENT_NUMBERS.get((unit.wave, group), {}).get(name, 0)
    return missing | ({SILENT: silent / GROUPS[unit.wave][group]} if silent else {})
