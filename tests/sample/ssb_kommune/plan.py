"""The plan of the kommune survey's sample: who answers, in which stages, and how the files are delivered.

Not here: what is likely (likely.py) or must come out (seeds/published).
"""

from tests.sample.claims import claimed_targets
from tests.sample.solve import Delivery, Plan
from tests.sample.ssb_kommune.likely import (
    CLOUD_ITEMS,
    PROJECT_ITEMS,
    STRATEGY_ITEMS,
    barrier,
    buying,
    chosen,
    competence,
    finer,
    internal,
    offer,
    priority,
    pull_of_size,
    reasons,
    use,
)
from tests.sample.ssb_kommune.names import (
    AFTER,
    BARRIER,
    BEFORE,
    CLOUD,
    N_BUYING,
    N_CLOUD,
    N_INTERNAL,
    N_OFFER,
    N_PROJECT,
    N_STRATEGY,
    OFFERS,
    PROJECT,
    REASONS,
    STRATEGY,
    SURVEY,
    TRIED,
    TROUBLE,
    WAVES,
)
from tests.sample.stages import ItemStage, PatternStage
from tests.sample.targets import Cell, Target, published_targets
from tests.sample.units import respondents

# Who did not answer: 45 of 422, mostly small, and two of 356.
SILENT = {
    BEFORE: {"under_2000": 16, "2000_4999": 15, "5000_9999": 8, "10000_19999": 4, "20000_49999": 2},
    AFTER: {"under_2000": 1, "2000_4999": 1},
}

# Only 358 of 377 make the share printed of one activity (61.5 per cent, 2018) a whole number of kommuner.
BUY_NOTHING = Target(
    "buy nothing digitally", 19, 19, (((1.0, Cell(BEFORE, (), "all", "all", N_BUYING, (0, 0), statistic="count")),),)
)

# As SSB's own files come: an older code page, and a spreadsheet that has taken 0301 for 301.
DELIVERIES = {BEFORE: Delivery("cp1252"), AFTER: Delivery("utf-8-sig", loses_leading_zero="kommunenr")}
SOURCE = """\
producer: Digital tilstand, the project's own sample
url: pipelines/sample in the project's repository
licence: CC0-1.0; kommune codes, names and inhabitants from Statistics Norway (SSB), CC BY 4.0
retrieved: never, written by the project
note: >-
  Synthetic answers of real kommuner, solved so that a recount gives the figures printed in
  SSB Rapporter 2023/27. They say nothing about what any kommune answered.
synthetic: true
"""


def kommune_plan() -> Plan:
    """Both waves together, so that changes between them are targets like any other."""
    units = [unit for wave in WAVES for unit in respondents(wave, SILENT[wave])]
    return Plan(
        survey=SURVEY,
        units=units,
        targets=[*published_targets(SURVEY, WAVES), *claimed_targets(SURVEY, WAVES, units), BUY_NOTHING],
        deliveries=DELIVERIES,
        source=SOURCE,
        stages=[
            PatternStage("priority", (STRATEGY, N_STRATEGY, PROJECT, N_PROJECT), ("wave", "innbyggergruppe"), priority),
            PatternStage(
                "competence",
                (TRIED, TROUBLE, N_INTERNAL),
                ("wave", "innbyggergruppe", "sentralitet"),
                competence,
            ),
            PatternStage("barrier", (BARRIER,), ("wave", TRIED, TROUBLE, "interne_funksjoner"), barrier),
            PatternStage("reasons", tuple(REASONS), ("wave", TRIED, "innbyggergruppe", "sentralitet"), reasons),
            PatternStage("use", (CLOUD, N_CLOUD, N_BUYING), ("wave", "innbyggergruppe"), use),
            PatternStage(
                "offer", (*OFFERS, N_OFFER), ("wave", "bruk_digitale_tjenester"), offer, pull_of_size, N_OFFER
            ),
            *map(finer, OFFERS),
            ItemStage(SURVEY, N_STRATEGY, chosen(STRATEGY_ITEMS)),
            ItemStage(SURVEY, N_PROJECT, chosen(PROJECT_ITEMS)),
            ItemStage(SURVEY, N_INTERNAL, internal),
            ItemStage(SURVEY, N_CLOUD, chosen(CLOUD_ITEMS)),
            ItemStage(SURVEY, N_BUYING, buying),
        ],
    )
