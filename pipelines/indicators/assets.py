"""The Dagster assets of the kommune indicators.

Not here: scoring (scoring.py, tables.py).
"""

from collections.abc import Iterator

import dagster as dg
import duckdb
import pandas as pd

from pipelines.automation.metadata import table_metadata
from pipelines.automation.resources import Workspace
from pipelines.contracts import Contract, conform
from pipelines.indicators.checks import reference_medians
from pipelines.indicators.rules import load_indicators
from pipelines.indicators.tables import indicator_distributions, kommune_indicators
from pipelines.warehouse import write_table

LAYER = "indicators"
KOMMUNE_INDICATORS = dg.AssetKey([LAYER, "kommune_indicators"])
DISTRIBUTIONS = dg.AssetKey([LAYER, "indicator_distributions"])

ANSWERS = """
    select wave, division_year, kommunenr, method, n_sources, question_id, code, answered_share
    from harmonised.harmonised_kommune_answers
"""
KOMMUNER = "select year, kommunenr, kommunenavn, fylkesnr from harmonised.harmonised_kommune"
WAVES = """
    select distinct answers.wave, waves.is_synthetic
    from harmonised.harmonised_kommune_answers as answers
    inner join seeds.question on answers.question_id = question.question_id
    inner join harmonised.harmonised_waves as waves
        on question.survey = waves.survey and answers.wave = waves.wave
"""


def build_indicator_assets(contracts: dict[str, Contract]) -> dg.AssetsDefinition:
    """The assets of kommune_indicators and indicator_distributions, written after their contracts."""

    @dg.multi_asset(
        name="kommune_indicators",
        specs=[
            dg.AssetSpec(
                KOMMUNE_INDICATORS,
                deps=[
                    dg.AssetKey(["harmonised", "harmonised_kommune_answers"]),
                    dg.AssetKey(["harmonised", "harmonised_kommune"]),
                    dg.AssetKey(["harmonised", "harmonised_waves"]),
                ],
                group_name=LAYER,
                kinds={"python", "duckdb"},
                description="Value and score (0-4) of the ten relative indicators, per kommune, wave and division.",
            ),
            dg.AssetSpec(
                DISTRIBUTIONS,
                deps=[KOMMUNE_INDICATORS],
                group_name=LAYER,
                kinds={"python", "duckdb"},
                description="How kommuner are distributed over the scores of each indicator.",
            ),
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "reference_medians_hold",
                asset=DISTRIBUTIONS,
                description="The medians that fixed the thresholds are those of the reference wave's answers.",
            )
        ],
    )
    def indicator_tables(workspace: Workspace) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        indicators = load_indicators()
        with workspace.open_build() as con:
            scored = kommune_indicators(
                con.execute(ANSWERS).df(), con.execute(KOMMUNER).df(), con.execute(WAVES).df(), indicators
            )
            distributions = indicator_distributions(scored, indicators)
            for key, frame in (
                (KOMMUNE_INDICATORS, scored.drop(columns="is_in_median")),
                (DISTRIBUTIONS, distributions),
            ):
                yield materialise(con, contracts, key, frame)
        moved = reference_medians(distributions, indicators)
        yield dg.AssetCheckResult(
            asset_key=DISTRIBUTIONS,
            check_name="reference_medians_hold",
            passed=not moved,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"moved": dg.MetadataValue.md("\n".join(f"- {line}" for line in moved) or "none")},
        )

    return indicator_tables


def materialise(
    con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], key: dg.AssetKey, frame: pd.DataFrame
) -> dg.MaterializeResult:
    """Write `frame` as the table its asset key names, after its contract."""
    schema, name = key.path
    write_table(con, schema, name, conform(frame, contracts[name]))
    return dg.MaterializeResult(asset_key=key, metadata=table_metadata(con, schema, name))
