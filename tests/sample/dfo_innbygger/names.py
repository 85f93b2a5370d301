"""The waves and questions of the citizens' survey that its sample speaks of, and what its printed figures count.

Not here: columns, code frames and categories (seeds/codebook, seeds/scales), and the figures (seeds/published).
"""

SURVEY = "dfo_innbygger"
FIRST, *_, LAST = WAVES = (2010, 2013, 2015, 2017, 2019, 2021, 2023)

Q = "dfo_"
PRIVACY, SECURITY = Q + "personvern", Q + "internettsikkerhet"
KOMMUNE = FIND_INFO, USE_SERVICES, UNDERSTAND_FORMS = [
    Q + "kommune_" + name for name in ("finne_info", "bruke_nettjenester", "forstaa_skjema")
]
DO_TASKS, EASE, FILL_IN, INFORMED = [
    Q + name for name in ("utfore_oppgaver_nett", "lett_bruke_tjenester_nett", "fylle_ut_skjema",
                          "informasjon_tilgjengelig")
]  # fmt: skip
TRUST = PREFILLED, AUTOMATED, STORED = [
    Q + "tillit_" + name for name in ("forhaandsutfylling", "helautomatisering", "sikker_lagring")
]
REGULATE, INNOVATE, FREQUENCY = Q + "regulere_teknologi", Q + "innovativ_ide", Q + "bruk_frekvens"

# figure -> the question and wave whose mean it prints
MEANS = {
    "dfo_personvern_mean_2010": (PRIVACY, FIRST),
    "dfo_personvern_mean_2023": (PRIVACY, LAST),
    "dfo_kommune_nyttig_info_mean_2010": (FIND_INFO, FIRST),
    "dfo_kommune_nyttig_info_mean_2023": (FIND_INFO, LAST),
    "dfo_utfore_oppgaver_nett_mean_2023": (DO_TASKS, LAST),
    "dfo_lett_bruke_tjenester_mean_2023": (EASE, LAST),
    "dfo_fylle_ut_skjema_mean_2023": (FILL_IN, LAST),
    "dfo_informasjon_tilgjengelig_mean_2023": (INFORMED, LAST),
    "dfo_regulere_ny_teknologi_mean_2023": (REGULATE, LAST),
    "dfo_innovativ_ide_iverksatt_mean_2023": (INNOVATE, LAST),
}
SECURITY_CHANGE = "dfo_internettsikkerhet_change_2010_2023"
# figure -> the question, wave and answer (a code, or a group of seeds/scales/answer_group) whose share it prints
SHARES = {
    "dfo_bruk_daglig_ukentlig_2023": (FREQUENCY, LAST, "minst_ukentlig"),
    "dfo_bruk_maanedlig_2023": (FREQUENCY, LAST, "3"),
    "digdir_misfornoyd_selvbetjening_2019": (DO_TASKS, 2019, "negativ"),
    "digdir_misfornoyd_selvbetjening_2021": (DO_TASKS, 2021, "negativ"),
}
DISSATISFIED_WAVES = (2019, 2021)
DISSATISFIED_CHANGE = "digdir_misfornoyd_selvbetjening_change_pp_2021"
SMALLEST_DIFFERENCE, LARGEST_DIFFERENCE = [f"dfo_tillit_gruppeforskjell_{end}_2023" for end in ("min", "max")]
