"""The Dagster assets of sources: fetching what is new, freshness that goes red by itself, Klass beside the seeds.

Not here: how it is done (refresh, freshness, regions), and loading what was fetched (ingest).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from pipelines.common.metadata import listed
from pipelines.common.progress import tell
from pipelines.common.settings import Settings
from pipelines.ingest.resources import Source, resources, sources
from pipelines.live import ledger
from pipelines.live.freshness import freshness
from pipelines.live.ledger import LEFT_OPEN, OFFLINE
from pipelines.live.regions import compare, reforms_ahead

GROUP = "sources"
REFRESHED, PERIODS, SEEDS, AHEAD = "is_refreshed", "no_period_is_late", "register_equals_seeds", "no_reform_is_ahead"


def build_source_assets() -> list[dg.AssetsDefinition]:
    """An asset for each source. None is part of the main job: a run of the line calls nobody."""
    return [_asset(source) for source in sources().values()]


def _asset(source: Source) -> dg.AssetsDefinition:
    own = [resource for resource in resources().values() if resource.source == source.source]
    key = dg.AssetKey([GROUP, source.source])
    has_register = any(resource.maps_to and not resource.reads_as for resource in own)
    days = max(resource.refresh_days for resource in own)

    @dg.multi_asset(
        name=f"fetch_{source.source}",
        specs=[
            dg.AssetSpec(
                key,
                group_name=GROUP,
                kinds={"file"},
                description=f"What is fetched for landing/{source.source}. {source.attribution_en} ({source.licence})",
                # Red by itself where nobody refreshed it, also when no run was there to say so.
                freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(days=days)),
                skippable=True,
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(REFRESHED, asset=key, description="Every resource was looked at when this ran."),
            dg.AssetCheckSpec(PERIODS, asset=key, description="No table is closed, or behind its cadence."),
            *(
                [
                    dg.AssetCheckSpec(SEEDS, asset=key, description="seeds/regions says what the register says."),
                    dg.AssetCheckSpec(AHEAD, asset=key, description="The register has no reform for days to come."),
                ]
                if has_register
                else []
            ),
        ],
    )
    def fetch(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        from pipelines.live.refresh import caller, refresh  # a run of the line has no use for what it loads

        settings = Settings.from_env()
        outcomes = refresh(settings, own, caller(settings), lambda line: tell(context, line))
        asked = [outcome for outcome in outcomes if outcome.state != LEFT_OPEN]
        undone = [f"{outcome.survey}: {outcome.state}, {outcome.said}" for outcome in asked if not outcome.is_done]
        if asked and not undone:  # else it stays as old as it is
            states = {outcome.survey: outcome.state for outcome in outcomes}
            noted = ledger.read(settings.work)
            periods = {name: noted[name].last_period for name in states if name in noted and noted[name].last_period}
            shown = {"resources": dg.MetadataValue.json(states), "last_periods": dg.MetadataValue.json(periods)}
            yield dg.MaterializeResult(asset_key=key, metadata=shown)
        is_offline = bool(undone) and all(outcome.is_done or outcome.state == OFFLINE for outcome in asked)
        severity = dg.AssetCheckSeverity.WARN if is_offline else dg.AssetCheckSeverity.ERROR
        yield _result(key, REFRESHED, undone, severity)
        judged = [one for one in freshness(settings, datetime.now(UTC)) if one.source == source.source]
        late = [f"{one.survey}: {odd}" for one in judged for odd in one.late]
        yield _result(key, PERIODS, late, dg.AssetCheckSeverity.WARN)
        if has_register:
            yield from _beside_seeds(settings, key)

    return fetch


def _beside_seeds(settings: Settings, key: dg.AssetKey) -> Iterator[dg.AssetCheckResult]:
    """What the seeds lack; what could not be compared is not called equal."""
    told = []
    for one in compare(settings):
        told += [f"{one.seed}: {one.not_compared}"] if one.not_compared else []
        for difference in one.differences:
            rows = "".join(f" -> {seed}.csv: {line}" for seed, line in difference.rows)
            told.append(f"{difference.said}{rows}")
    yield _result(key, SEEDS, told, dg.AssetCheckSeverity.WARN)
    yield _result(key, AHEAD, reforms_ahead(settings, datetime.now(UTC).date()), dg.AssetCheckSeverity.WARN)


def _result(key: dg.AssetKey, name: str, told: list[str], severity: dg.AssetCheckSeverity) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key, check_name=name, passed=not told, severity=severity, metadata={"said": listed(told)}
    )
