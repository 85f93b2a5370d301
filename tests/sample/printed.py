"""The extracts of the sample that only hold what is printed: Digdir's scorecard, and places in rankings.

Not here: invented answers (the surveys' plans). The numbers are those of seeds/published: real, not synthetic.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipelines.common.seeds import read_seed

SOURCE = """\
producer: Digitaliseringsdirektoratet (Digdir)
url: https://www.digdir.no
licence: cite Digdir; facts of Rikets digitale tilstand 2021
retrieved: transcribed, kept in seeds/published/figures.csv
note: What the publication prints, in the shape of an extract. Real figures, not synthetic.
synthetic: false
"""
LATER_SOURCE = """\
producer: Digitaliseringsdirektoratet (Digdir)
url: https://www.digdir.no/rikets-digitale-tilstand/{pages}
licence: cite Digdir; facts of Rikets digitale tilstand, status for {year}
retrieved: transcribed, kept in seeds/published/figures.csv
note: >-
  What the pages printed of the status for {year}, in the shape of an extract. Real figures, not synthetic. Later
  editions stand at the same addresses and overwrite this one, so the year is that of the folder.
synthetic: false
"""
UP, DOWN, MORE, FEWER = (
    "Positiv økende trend", "Negativ synkende trend", "Negativ økende trend", "Positiv synkende trend",
)  # fmt: skip


@dataclass(frozen=True)
class Edition:
    """What an edition prints: of goals status, direction and, in short, comment; of key figures the tags.

    `figures`: how the ids of its numbers begin in seeds/published/figures.csv.
    """

    figures: str
    goals: Mapping[int, tuple[str, str, str]]
    tags: Mapping[str, str]
    source: str


EDITIONS = {
    2021: Edition(
        "digdir_",
        {
            1: (
                "Middels",
                "omtrent som året før",
                "Høy, men fallende tillit; lite åpenhet om hvordan tjenester lages.",
            ),
            2: ("Middels", "positiv", "Flere digitale tjenester; få henger sammen for brukeren ennå."),
            3: (
                "God",
                "flat",
                "Blant landene der flest kommuniserer digitalt; mindre villighet når saken er kompleks.",
            ),
            4: ("Mindre god", "negativ", "Få deler og gjenbruker data systematisk, færrest blant kommunene."),
            5: ("God", "positiv", "Mer bruk av fellesløsningene, og gode plasseringer."),
            6: ("Middels", "flat", "Bedre tjenester, men lite spart; lite systematisk gevinstarbeid."),
        },
        {
            "tillit_personopplysninger": DOWN,
            "misfornoyd_selvbetjening": UP,  # printed so, though more are dissatisfied
            "rank_aapenhet_transparens": DOWN,
            "lett_sammenheng_overblikk": DOWN,
            "rank_digital_tilgjengelighet": UP,
            "mobiltilpasset": UP,
            "aldri_sjelden_deler": MORE,
            "gjenbruk_tvers": DOWN,
            "rank_aapne_data": UP,
            "tjenester_fellesloesninger_antall": UP,
            "fellesloesninger_bedre_losninger": DOWN,
            "rank_eif": DOWN,
            "reduserte_kostnader": DOWN,
            "raskere_betjening": UP,
        },
        SOURCE,
    ),
    2022: Edition(
        "digdir22_",
        {
            1: ("Middels", "negativ utvikling", ""),
            2: ("Middels", "flat utvikling", ""),
            4: ("Mindre god", "positiv utvikling", ""),
            5: ("God", "flat utvikling", ""),
        },
        {
            "rank_e_deltakelse": DOWN,
            "utvikler_sammenhengende_enig": DOWN,
            "rank_digital_tilgjengelighet": DOWN,
            "aldri_sjelden_deler": FEWER,
            "gjenbruk_tvers": UP,
            "rank_aapne_data": UP,
            "virksomheter_fellesloesninger_antall": UP,  # and no number before it is printed
            "fellesloesninger_sammenhengende": DOWN,
        },
        LATER_SOURCE.format(year=2022, pages="mal-1/3483, mal-2/3501, mal-4/3518 and mal-5/3519"),
    ),
    2023: Edition(
        "digdir23_",
        {3: ("God", "", "")},
        {
            "siste_henvendelse_digital": DOWN,
            "altinn_meldinger_virksomheter": UP,
            "soknader_frivillige_tilskudd": UP,
        },
        LATER_SOURCE.format(year=2023, pages="mal-3/3517"),
    ),
}
YEAR = 2021  # the edition that prints the places
COUNTRY = "NOR"
# delivery -> index -> the figures of its places by year, and of the number of countries
RANKS = {
    "desi": {"desi": ("digdir_desi_rank_{}", "digdir_desi_rank_n_land")},
    "egov_rank": {
        "egov_benchmark": ("digdir_egov_benchmark_rank_{}", "digdir_egov_benchmark_rank_n_land"),
        "egov_transparency": ("digdir_rank_aapenhet_transparens_{}", "digdir_egov_benchmark_rank_n_land"),
        "egov_digital_availability": ("digdir_rank_digital_tilgjengelighet_{}", "digdir_egov_benchmark_rank_n_land"),
        "egov_key_enablers": ("digdir_rank_digitale_komponenter_{}", "digdir_egov_benchmark_rank_n_land"),
    },
    "printed_rank": {
        "un_egdi": ("digdir_egdi_rank_{}", "digdir_egdi_rank_n_land"),
        "open_data_maturity": ("digdir_rank_aapne_data_{}", "digdir_rank_aapne_data_n_land"),
        "eif_implementation": ("digdir_rank_eif_{}", "digdir_egov_benchmark_rank_n_land"),
        "eurostat_digital_communication": (
            "digdir_rank_kommuniserer_digitalt_{}",
            "digdir_rank_kommuniserer_digitalt_n_land",
        ),
    },
}
YEARS = range(2019, YEAR + 1)

Rows = Iterator[dict[str, str]]


def goals(year: int) -> Rows:
    """The rows of the goals that an edition tells of, as an extract has them."""
    said = EDITIONS[year].goals
    for row in read_seed("goal"):
        if int(row["goal_no"]) in said:
            status, direction, comment = said[int(row["goal_no"])]
            yield {
                "goal_no": row["goal_no"],
                "goal": row["goal_nb"],
                "status": status,
                "direction": direction,
                "comment": comment,
            }


def key_figures(year: int) -> Rows:
    """The rows of the key figures that an edition prints, as an extract has them."""
    known = {row["key_figure"]: row for row in read_seed("key_figure")}
    edition = EDITIONS[year]
    for row in (row for row in read_seed("key_figure_edition") if row["edition"] == str(year)):
        name = row["key_figure"]
        figure = _figure(f"{edition.figures}{name}_{year}") or _figure(f"{edition.figures}{name}")
        if figure is None:
            raise ValueError(
                f"sample of digdir: key figure {name} has no printed number in seeds/published/figures.csv"
            )
        yield {
            "goal_no": row["goal_no"],
            "key_figure": name,
            "value": figure["published_value"],
            "unit": known[name]["unit"],
            "previous_value": figure["comparison_value"],
            "previous_year": figure["comparison_period"] if figure["comparison_value"] else "",
            "tag": edition.tags.get(name, ""),
            "source": known[name]["source_nb"],
        }


def places(delivery: str) -> Rows:
    """The places of a delivery, in every year that one is printed of."""
    for index, (place, countries) in RANKS[delivery].items():
        for year in YEARS:
            figure = _figure(place.format(year))
            if figure:
                yield {
                    "index": index,
                    "country": COUNTRY,
                    "year": str(year),
                    "rank": figure["published_value"],
                    "n_countries": _of_year(_figure(countries), year),
                    "score": "",
                }


def _of_year(figure: dict[str, str], year: int) -> str:
    """A number that is printed of one year, '' in the others."""
    return figure["published_value"] if figure["period"] == str(year) else ""


def _figure(figure_id: str) -> dict[str, str] | None:
    return next((row for row in read_seed("figures") if row["figure_id"] == figure_id), None)
