"""The questions, waves and groups of the kommune survey that its sample speaks of.

Not here: items that nothing is said of; the codebook knows them.
"""

SURVEY = "ssb_kommune"
BEFORE, AFTER = WAVES = (2018, 2022)
SIZES = ("under_2000", "2000_4999", "5000_9999", "10000_19999", "20000_49999", "50000_og_over")

Q = "ssb23_"
STRATEGY, N_STRATEGY = Q + "har_strategi", Q + "strategi_antall_omraader"
PROJECT, N_PROJECT = Q + "planlagt_prosjekter", Q + "prosjekt_antall_omraader"
N_INTERNAL, BARRIER = Q + "funksjon_antall_interne", Q + "kompetanse_hinder"
TRIED, TROUBLE = Q + "forsokt_rekruttere", Q + "vansker_rekruttere"
REASONS = NO_NEED, NO_MONEY, NO_HOPE, OTHER = [Q + "aarsak_" + r for r in ("behov", "okonomi", "tro", "andre")]
CLOUD, N_CLOUD, N_BUYING = Q + "bruker_sky", Q + "sky_antall_omraader", Q + "innkjop_antall_aktiviteter"
N_OFFER = Q + "tilbud_verdi"
OFFERS = [Q + "tilbud_" + o for o in ("aapen_innsyn", "enkel_individuell", "kompleks_individuell", "selvaktivert")]
YES, NO = 1, 2
SOME, HALF, MOST, ALL, NOT_RELEVANT, DONT_KNOW = 1, 2, 3, 4, 8, 9
