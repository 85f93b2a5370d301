"""The Dagster assets of the indicators: of kommuner, and the scorecard of the goals.

Not here: how they are computed (scoring.py and tables.py, goals.py).
"""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

import dagster as dg
import duckdb

from pipelines.common.contracts import Contract, read
from pipelines.common.metadata import asset_key, listed, materialise
from pipelines.common.row_keys import contracts_read
from pipelines.common.seeds import read_seed
from pipelines.common.workspace import Workspace
from pipelines.indicators.checks import reference_medians
from pipelines.indicators.editions import misplaced
from pipelines.indicators.goals import goal_key_figures, goal_scorecard
from pipelines.indicators.key_figures import KeyFigure, cells, load_key_figures
from pipelines.indicators.peers import indicator_groups, kommune_profile, with_places
from pipelines.indicators.rules import Indicator, by_survey, load_indicators
from pipelines.indicators.sensitivity import DECLARED, panel_sensitivity
from pipelines.indicators.tables import (
    IN_MEDIAN,
    OF_KOMMUNE,
    fylke_indicators,
    indicator_distributions,
    kommune_indicators,
)

LAYER = "indicators"
KINDS = {"python", "duckdb"}
# By what kommuner are grouped: the columns of the group, of its place, of its label.
GROUPINGS = (
    ("innbyggergruppe", "innbyggergruppe_no", "innbyggergruppe_nb"),
    ("sentralitet", "sentralitet", "sentralitet_nb"),
    ("peer_group", "peer_group_no", "peer_group_nb"),
)


def build_indicator_assets(contracts: dict[str, Contract]) -> list[dg.AssetsDefinition]:
    """The assets of the layer, written after their contracts."""
    return [_kommune_assets(contracts), _goal_assets(contracts)]


def _kommune_assets(contracts: dict[str, Contract]) -> dg.AssetsDefinition:
    answers = contracts["harmonised_kommune_answers"].only(
        "wave", "division_year", "kommunenr", "method", "n_sources", "rule", "question_id", "code", "answered_share"
    )
    kommuner = contracts["kommuner"].only("year", "kommunenr", *OF_KOMMUNE)
    waves = contracts["harmonised_waves"].only("survey", "wave", "is_synthetic")
    scores, distributions = contracts["kommune_indicators"], contracts["indicator_distributions"]
    fylker, sensitivity = contracts["fylke_indicators"], contracts["panel_sensitivity"]
    groups, profiles = contracts["indicator_groups"], contracts["kommune_profile"]

    @dg.multi_asset(
        name="kommune_indicators",
        specs=[
            _spec(
                scores,
                "Value and score (0-4) of each relative indicator, per kommune, wave and division.",
                answers,
                kommuner,
                waves,
            ),
            _spec(distributions, "How kommuner are distributed over the scores of each indicator.", scores),
            _spec(fylker, "The same within each region of the division, and its mean score.", scores, kommuner),
            _spec(groups, "The same within kommuner of one size, one centrality, one peer group.", scores),
            _spec(
                profiles, "Every kommune of the latest division beside its peers, before and after the reform.", scores
            ),
            _spec(
                sensitivity,
                "The same of the panels, when the answers of merged kommuner are made by other rules.",
                answers,
                scores,
            ),
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "reference_medians_hold",
                asset=asset_key(distributions),
                description="The medians that fixed the thresholds are those of the reference wave's answers.",
            )
        ],
    )
    def indicator_tables(workspace: Workspace) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        indicators = load_indicators()
        with workspace.open_build() as con:
            named = read(con, kommuner).to_pylist()
            by_rule = _scored_by_rule(con, answers, waves, named, indicators)
            scored = by_rule.pop(DECLARED)
            distributed = indicator_distributions(scored, indicators)
            placed = with_places(scored)
            said = [{column: row[column] for column in row if column != IN_MEDIAN} for row in placed]
            yield materialise(con, scores, said)
            yield materialise(con, distributions, distributed)
            yield materialise(con, fylker, fylke_indicators(scored, named, indicators))
            yield materialise(con, groups, indicator_groups(scored, GROUPINGS, indicators))
            yield materialise(con, profiles, kommune_profile(placed, max(_panels())))
            yield materialise(con, sensitivity, panel_sensitivity(scored, by_rule, _panels()))
        moved = reference_medians(distributed, indicators)
        yield dg.AssetCheckResult(
            asset_key=asset_key(distributions),
            check_name="reference_medians_hold",
            passed=not moved,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"moved": listed(moved)},
        )

    return indicator_tables


def _spec(made: Contract, description: str, *made_of: Contract) -> dg.AssetSpec:
    """The asset of a table of the layer, and what it is made of."""
    deps = [asset_key(contract) for contract in made_of]
    return dg.AssetSpec(asset_key(made), deps=deps, group_name=LAYER, kinds=KINDS, description=description)


def _scored_by_rule(
    con: duckdb.DuckDBPyConnection,
    answers: Contract,
    waves: Contract,
    kommuner: list[dict[str, Any]],
    indicators: list[Indicator],
) -> dict[str, list[dict[str, Any]]]:
    """{rule of seeds/indicators/panel_rule.csv: the rows of kommune_indicators() for kommuner with answers by it}."""
    scored: dict[str, list[dict[str, Any]]] = {row["rule"]: [] for row in read_seed("panel_rule")}
    for survey, own in by_survey(indicators).items():
        asked = {question for indicator in own for question in indicator.questions()}
        of_survey = read(con, waves, {"survey": [survey]}).to_pylist()
        for rule in scored:
            answered = read(con, answers, {"question_id": asked, "rule": [rule]}).to_pylist()
            scored[rule] += kommune_indicators(answered, kommuner, of_survey, own)
    return scored


def _panels() -> set[int]:
    return {int(row["division_year"]) for row in read_seed("panel")}


def _goal_assets(contracts: dict[str, Contract]) -> dg.AssetsDefinition:
    figures = load_key_figures()
    tables = contracts_read(cells(figures), contracts)
    printed, assessed = contracts["harmonised_key_figures"], contracts["harmonised_goals"]
    key_figures, scorecard = contracts["goal_key_figures"], contracts["goal_scorecard"]

    @dg.multi_asset(
        name="goals",
        specs=[
            _spec(
                key_figures,
                "The key figures of the six goals, recomputed or as printed, and what they say.",
                printed,
                *tables.values(),
            ),
            _spec(
                scorecard,
                "The six goals: Digdir's printed assessment, and beside it this project's own rule.",
                key_figures,
                assessed,
            ),
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "every_key_figure_is_known",
                asset=asset_key(key_figures),
                description="The seeds know which way is good for every printed key figure. Warns.",
            ),
            dg.AssetCheckSpec(
                "every_key_figure_is_placed",
                asset=asset_key(key_figures),
                description="The seeds have every printed key figure in its edition, where it is printed. Warns.",
            ),
        ],
    )
    def goal_tables(workspace: Workspace) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        with workspace.open_build() as con:
            frames = {name: read(con, contract).to_pandas() for name, contract in tables.items()}
            of_extracts = read(con, printed).to_pylist()
            found = goal_key_figures(figures, frames, of_extracts)
            yield materialise(con, key_figures, found)
            yield materialise(con, scorecard, goal_scorecard(found, read(con, assessed).to_pylist()))
        unknown = sorted({row["key_figure"] for row in found if row["higher_is_better"] is None})
        yield dg.AssetCheckResult(
            asset_key=asset_key(key_figures),
            check_name="every_key_figure_is_known",
            passed=not unknown,
            severity=dg.AssetCheckSeverity.WARN,
            description=_unknown_in_words(unknown, figures) if unknown else None,
        )
        lines = misplaced(figures, of_extracts)
        yield dg.AssetCheckResult(
            asset_key=asset_key(key_figures),
            check_name="every_key_figure_is_placed",
            passed=not lines,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"{'; '.join(lines)}. The extract counts; correct the seed" if lines else None,
        )

    return goal_tables


def _unknown_in_words(unknown: list[str], figures: list[KeyFigure]) -> str:
    known = sorted({figure.name for figure in figures})
    close = {name: get_close_matches(name, known, n=1) for name in unknown}
    names = ", ".join(f"{name} (did you mean {of[0]}?)" if of else name for name, of in close.items())
    return f"not in seeds/goals/key_figure.csv, so kept as printed, without development and rule: {names}"
