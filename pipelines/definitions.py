"""The code location: puts the assets, job, schedule, sensors and resource together.

Not here: anything else; an asset, a job or a check is defined where it belongs.
"""

import dagster as dg

from pipelines.automation.jobs import housekeeping, landing_changed, main_job, monthly, refresh_job, run_failed, weekly
from pipelines.automation.owners import owned
from pipelines.common.contracts import load_contracts
from pipelines.common.progress import progress
from pipelines.common.settings import Settings
from pipelines.common.workspace import Workspace
from pipelines.indicators.assets import build_indicator_assets
from pipelines.ingest.assets import raw_tables
from pipelines.landing.assets import landing_extracts
from pipelines.live.assets import build_source_assets
from pipelines.publish.assets import build_publish_assets
from pipelines.reconciliation.assets import build_reconciliation_asset, build_statements_asset
from pipelines.seed_rules import mistakes
from pipelines.transform.assets import build_dbt_assets, build_seed_assets
from pipelines.transform.manifest import ensure_manifest


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster knows of; called when it loads the code location, since it reads dbt's manifest.

    Raises SettingsError and DbtParseError.
    """
    settings = Settings.from_env()
    manifest = ensure_manifest(settings)
    contracts = load_contracts(manifest)
    before_release = [
        build_seed_assets(manifest, mistakes),
        landing_extracts,
        raw_tables,
        build_dbt_assets(manifest),
        *build_indicator_assets(contracts),
        build_reconciliation_asset(contracts),
        build_statements_asset(contracts),
    ]
    return dg.Definitions(
        assets=owned([*build_source_assets(), *before_release, *build_publish_assets(contracts, before_release)]),
        jobs=[main_job, refresh_job],
        schedules=[monthly, weekly],
        sensors=[landing_changed, run_failed, housekeeping],
        resources={
            "workspace": Workspace(data_dir=str(settings.data_dir)),
            "ahead": dg.ResourceDefinition.none_resource(),  # a run of the command line has dbt started before
        },
        loggers={"progress": progress},
        executor=dg.in_process_executor,
    )
