"""The Dagster assets of publishing: the release, and the verdict on what could not be loaded.

Not here: how a release is written and switched to (release.py).
"""

import dagster as dg

from pipelines.automation.resources import Workspace
from pipelines.contracts import Contract
from pipelines.ingest.assets import remembered_refused
from pipelines.publish.manifest import Input
from pipelines.publish.release import publish

RELEASE = dg.AssetKey(["published", "release"])
INPUTS = "select file_name, sha256, is_synthetic from marts.extract_log where status = 'loaded' order by file_name"


def build_publish_assets(contracts: dict[str, Contract]) -> list[dg.AssetsDefinition]:
    """The assets of the group published."""

    @dg.asset(
        key=RELEASE,
        deps=[dg.AssetKey([contract.schema, contract.name]) for contract in contracts.values()],
        group_name="published",
        kinds={"parquet", "duckdb"},
        description="One immutable release of all tables, switched to in one step. Nothing new when nothing changed.",
    )
    def release(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        with workspace.open_build(read_only=True) as con:
            inputs = [Input(*row) for row in con.execute(INPUTS).fetchall()]
            published = publish(con, workspace.settings, contracts, inputs)
        rows = {table["name"]: table["rows"] for table in published.manifest["tables"]}
        context.log.info(f"release {published.release_id}: {'new' if published.is_new else 'unchanged'}")
        return dg.MaterializeResult(
            metadata={
                "release": published.release_id,
                "is_new": published.is_new,
                "path": dg.MetadataValue.path(published.path),
                "rows": dg.MetadataValue.json(rows),
                "dagster/row_count": sum(rows.values()),
            }
        )

    @dg.asset(
        key=["published", "accepted_extracts"],
        deps=[RELEASE],
        group_name="published",
        kinds={"file"},
        description="Fails when a file in landing/ was refused, after all that was accepted is published.",
    )
    def accepted_extracts(workspace: Workspace) -> None:
        refused = remembered_refused(workspace)
        if refused:
            raise dg.Failure(description="\n\n".join(refused), allow_retries=False)

    return [release, accepted_extracts]
