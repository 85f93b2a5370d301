"""The waves, tables and questions of IT i praksis that its sample speaks of.

Not here: all other questions; the codebook knows them.
"""

SURVEY = "itip"
WAVES = (2020, 2021)
AGENCY, CITIZEN = "virksomhet", "innbygger"

Q = "ramboll_"
CHANNELS = (Q + "siste_henvendelse", Q + "foretrekker")
# What only one sector is asked.
OF_AGENCIES = {Q + "departement_forventninger"}
OF_KOMMUNER = {Q + "politisk_forventninger", Q + "ks_bidrar"}
