"""The Dagster assets of the indicators: of kommuner, and the scorecard of the goals.

Not here: how they are computed (scoring.py and tables.py, goals.py).
"""

from collections.abc import Iterator
from difflib import get_close_matches

import dagster as dg
import duckdb
import pandas as pd

from pipelines.common.contracts import Contract, conform
from pipelines.common.metadata import table_metadata
from pipelines.common.row_keys import columns_read
from pipelines.common.warehouse import read_table, write_table
from pipelines.common.workspace import Workspace
from pipelines.indicators.checks import reference_medians
from pipelines.indicators.goals import N_COUNTRIES, KeyFigure, goal_key_figures, goal_scorecard, load_key_figures
from pipelines.indicators.rules import load_indicators
from pipelines.indicators.tables import indicator_distributions, kommune_indicators

LAYER = "indicators"
KOMMUNE_INDICATORS = dg.AssetKey([LAYER, "kommune_indicators"])
DISTRIBUTIONS = dg.AssetKey([LAYER, "indicator_distributions"])

ANSWERS = """
    select wave, division_year, kommunenr, method, n_sources, question_id, code, answered_share
    from harmonised.harmonised_kommune_answers
    where list_contains(?, question_id)
"""
KOMMUNER = "select year, kommunenr, kommunenavn, fylkesnr from harmonised.harmonised_kommune"
WAVES = """
    select distinct answers.wave, waves.is_synthetic
    from harmonised.harmonised_kommune_answers as answers
    inner join seeds.question on answers.question_id = question.question_id
    inner join harmonised.harmonised_waves as waves
        on question.survey = waves.survey and answers.wave = waves.wave
"""

KEY_FIGURES = dg.AssetKey([LAYER, "goal_key_figures"])
SCORECARD = dg.AssetKey([LAYER, "goal_scorecard"])
PRINTED_FIGURES = """
    select year, goal_no, key_figure, value, unit, previous_value, previous_year, tag, source, is_synthetic
    from harmonised.harmonised_key_figures
"""
ASSESSED = """
    select year, goal_no, goal_nb, status_nb, direction_nb, comment_nb, is_synthetic from harmonised.harmonised_goals
"""


def build_indicator_assets(contracts: dict[str, Contract]) -> list[dg.AssetsDefinition]:
    """The assets of the layer, written after their contracts."""
    return [_kommune_assets(contracts), _goal_assets(contracts)]


def _kommune_assets(contracts: dict[str, Contract]) -> dg.AssetsDefinition:

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
                con.execute(ANSWERS, [sorted({question for i in indicators for question in i.questions()})]).df(),
                con.execute(KOMMUNER).df(),
                con.execute(WAVES).df(),
                indicators,
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


def _goal_assets(contracts: dict[str, Contract]) -> dg.AssetsDefinition:
    figures = load_key_figures()
    tables = columns_read(((f.term.table_name, [*f.term.columns, N_COUNTRIES]) for f in figures if f.term), contracts)

    @dg.multi_asset(
        name="goals",
        specs=[
            dg.AssetSpec(
                KEY_FIGURES,
                deps=[
                    dg.AssetKey(["harmonised", "harmonised_key_figures"]),
                    *(dg.AssetKey([contracts[name].schema, name]) for name in tables),
                ],
                group_name=LAYER,
                kinds={"python", "duckdb"},
                description="The key figures of the six goals, recomputed or as printed, and what they say.",
            ),
            dg.AssetSpec(
                SCORECARD,
                deps=[KEY_FIGURES, dg.AssetKey(["harmonised", "harmonised_goals"])],
                group_name=LAYER,
                kinds={"python", "duckdb"},
                description="The six goals: Digdir's printed assessment, and beside it this project's own rule.",
            ),
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "every_key_figure_is_known",
                asset=KEY_FIGURES,
                description="The seeds know which way is good for every key figure of the digdir extract. Warns.",
            ),
        ],
    )
    def goal_tables(workspace: Workspace) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        with workspace.open_build() as con:
            frames = {name: read_table(con, contracts[name].schema, name, columns) for name, columns in tables.items()}
            key_figures = goal_key_figures(figures, frames, con.execute(PRINTED_FIGURES).df())
            yield materialise(con, contracts, KEY_FIGURES, key_figures)
            yield materialise(con, contracts, SCORECARD, goal_scorecard(key_figures, con.execute(ASSESSED).df()))
        unknown = sorted(set(key_figures[key_figures["higher_is_better"].isna()]["key_figure"]))
        yield dg.AssetCheckResult(
            asset_key=KEY_FIGURES,
            check_name="every_key_figure_is_known",
            passed=not unknown,
            severity=dg.AssetCheckSeverity.WARN,
            description=_unknown_in_words(unknown, figures) if unknown else None,
        )

    return goal_tables


def _unknown_in_words(unknown: list[str], figures: list[KeyFigure]) -> str:
    known = [figure.name for figure in figures]
    close = {name: get_close_matches(name, known, n=1) for name in unknown}
    names = ", ".join(f"{name} (did you mean {of[0]}?)" if of else name for name, of in close.items())
    return f"not in seeds/goals/key_figure.csv, so kept as printed, without development and rule: {names}"


def materialise(
    con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], key: dg.AssetKey, frame: pd.DataFrame
) -> dg.MaterializeResult:
    """Write `frame` as the table its asset key names, after its contract."""
    schema, name = key.path
    write_table(con, schema, name, conform(frame, contracts[name]))
    return dg.MaterializeResult(asset_key=key, metadata=table_metadata(con, schema, name))
