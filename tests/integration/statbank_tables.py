"""Eight tables of a statistical bank, made up in the shapes that such tables have, and what a person says of each.

Nobody has seen the codes of the real ones here: what is shown is that whatever they are, they lead to the figures.
Not here: the run (scenarios.py), and what is expected of it (test_statbank_tables.py).
"""

from typing import Any

from tests.unit.replay import table

# {table: (its dimensions and their codes, {codes of one cell, in that order: what it holds}, what a person says of it)}
Cells = dict[tuple[str, ...], float]
WHO = ["01", "02", "03"]  # agencies, kommuner, fylkeskommuner
KOMMUNER = ["0301", "1502", "1504", "1505"]
TABLES: dict[str, tuple[dict[str, list[str]], Cells, list[str]]] = {
    "12038": (
        {"Sektor": WHO, "ContentsCode": ["Prosent"], "Tid": ["2018", "2023"]},
        {("02", "Prosent", "2018"): 31.8, ("02", "Prosent", "2023"): 72.1, ("01", "Prosent", "2023"): 88.1},
        ["Prosent=ikt_rekrutteringsproblem", "01=stat", "02=kommune", "03=fylkeskommune"],
    ),
    "12957": (
        {"Aarsak": ["A1", "A4"], "ContentsCode": ["Andel"], "Tid": ["2020"]},
        {("A1", "Andel", "2020"): 55.0, ("A4", "Andel", "2020"): 9.4},
        ["Aarsak=concept", "ContentsCode=fixed", "category=kommune", "A4=ikke_rekruttert_andre"],
    ),
    "11124": (
        {"Hyppighet": ["d", "u"], "Alder": ["999"], "ContentsCode": ["p"], "Tid": ["2020", "2021"]},
        {("d", "999", "p", "2020"): 92.0, ("d", "999", "p", "2021"): 94.2},
        ["Hyppighet=concept", "ContentsCode=fixed", "Alder=category", "d=internett_daglig", "999=personer_16_79"],
    ),
    "14023": (
        {"Bruk": ["S", "X"], "Sektor": WHO, "ContentsCode": ["p"], "Tid": ["2021"]},
        {("S", "01", "p", "2021"): 39.0, ("S", "02", "p", "2021"): 25.0, ("X", "01", "p", "2021"): 1.0},
        ["Bruk=concept", "Sektor=category", "ContentsCode=fixed", "S=gjenbruk_saksbehandling",
         "01=stat", "02=kommune", "03=fylkeskommune"],
    ),
    "14024": (
        {"Kjonn": ["0", "1"], "Sektor": WHO, "ContentsCode": ["Ikke"], "Tid": ["2020", "2021"]},
        {("0", "01", "Ikke", "2020"): 11.0, ("0", "01", "Ikke", "2021"): 15.0, ("0", "02", "Ikke", "2020"): 26.1,
         ("0", "02", "Ikke", "2021"): 28.0},
        ["Sektor=category", "Kjonn=0", "Ikke=deler_ikke_aapne_data", "01=stat", "02=kommune", "03=fylkeskommune"],
    ),
    "10859": (
        {"ContentsCode": ["Takt"], "Tid": ["2021"]},
        {("Takt", "2021"): 79.5},
        ["category=offentlig", "Takt=okt_digitaliseringstakt"],
    ),
    "10860": (
        {"Sky": ["j"], "ContentsCode": ["p"], "Tid": ["2016"]},
        {("j", "p", "2016"): 40.4},
        ["Sky=concept", "ContentsCode=fixed", "category=naeringsliv", "j=nettskytjenester"],
    ),
    "12031": (
        {"Region": ["0", *KOMMUNER], "Sektor": ["01", "02"], "ContentsCode": ["Tj"], "Tid": ["2018", "2021"]},
        {("0", "01", "Tj", "2021"): 33.0, ("0", "02", "Tj", "2021"): 17.8,
         **{(number, "02", "Tj", "2018"): float(10 * at) for at, number in enumerate(KOMMUNER, start=1)}},
        ["Sektor=category", "0=NOR", "01=stat", "02=kommune", "Tj=gjenbruk_tjenester"],
    ),
}  # fmt: skip
CONFIRMED = {
    "digdir_deler_ikke_aapne_data_kommune_2020", "digdir_deler_ikke_aapne_data_kommune_2021",
    "digdir_deler_ikke_aapne_data_stat_2020", "digdir_deler_ikke_aapne_data_stat_2021",
    "digdir_internett_daglig_2020", "digdir_internett_daglig_2021", "digdir_okt_digitaliseringstakt_2021",
    "digdir_ssb_gjenbruk_saksbehandling_kommune_2021", "digdir_ssb_gjenbruk_saksbehandling_stat_2021",
    "digdir_ssb_gjenbruk_tjenester_kommune_2021", "digdir_ssb_gjenbruk_tjenester_stat_2021",
    "ssb16_nettsky_naeringsliv_2016", "ssb23_aarsak_andre_2020", "ssb23_problem_rekruttere_2023",
    "ssb23_problem_rekruttere_3av4_2023", "ssb23_problem_rekruttere_7av10_2023",
}  # fmt: skip
COUNTRIES = (
    *("NO", "SE", "DK", "FI", "IS", "EE", "BE", "BG", "CZ", "DE", "IE", "EL", "ES", "FR", "HR", "IT", "CY", "LV", "LT"),
    *("LU", "HU", "MT", "NL", "AT", "PL", "PT", "RO", "SI", "SK", "CH", "UK", "BA", "ME", "MK", "AL", "RS", "TR", "XK"),
)


def published(name: str) -> dict[str, Any]:
    """A table as its publisher has it: what nobody looks at is not there, with a sign in its place."""
    codes, cells, _ = TABLES[name]
    return filled(table(**codes), list(codes.values()), cells)


def filled(data: dict[str, Any], codes: list[list[str]], cells: Cells) -> dict[str, Any]:
    places = [()]
    for listed in codes:
        places = [(*place, code) for place in places for code in listed]
    values = [cells.get(place) for place in places]
    return data | {"value": values, "status": {str(n): ".." for n, v in enumerate(values) if v is None}}


def of_eurostat() -> dict[str, Any]:
    """The share that communicates with the authorities: Norway second, behind Denmark, in both years; one country has
    no figure of 2021."""
    codes = {
        "freq": ["A"], "indic_is": ["I_IUGOV12", "I_IUGOV1"], "ind_type": ["IND_TOTAL"], "unit": ["PC_IND"],
        "geo": [*COUNTRIES, "EU27_2020"], "time": ["2020", "2021"],
    }  # fmt: skip
    cells = {
        ("A", "I_IUGOV12", "IND_TOTAL", "PC_IND", geo, year): {"DK": 93.0, "NO": 92.0, "EU27_2020": 57.0}.get(geo, 80.0)
        for geo in codes["geo"]
        for year in codes["time"]
        if (geo, year) != ("UK", "2021")
    }
    data = table(**codes) | {"role": {"time": ["time"], "geo": ["geo"]}}
    return filled(data, list(codes.values()), cells)
