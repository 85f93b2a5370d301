"""The Dagster asset of the reconciliation and its checks.

Not here: the comparison (reconcile.py).
"""

from collections.abc import Iterator

import dagster as dg

from pipelines.common.contracts import Contract
from pipelines.common.row_keys import columns_read
from pipelines.common.warehouse import read_table
from pipelines.common.workspace import Workspace
from pipelines.indicators.assets import LAYER, materialise
from pipelines.reconciliation.figures import load_published
from pipelines.reconciliation.reconcile import describe_differs, reconcile, summary

RECONCILIATION = dg.AssetKey([LAYER, "reconciliation"])


def build_reconciliation_asset(contracts: dict[str, Contract]) -> dg.AssetsDefinition:
    """The asset of the table reconciliation; it reads the published tables that figures are computed from."""
    published = load_published()
    tables = columns_read(((term.table_name, term.columns) for term in published.terms), contracts)

    @dg.multi_asset(
        name="reconciliation",
        specs=[
            dg.AssetSpec(
                RECONCILIATION,
                deps=[dg.AssetKey([contracts[name].schema, name]) for name in tables],
                group_name=LAYER,
                kinds={"python", "duckdb"},
                description="Every number the publications print, beside the same number recomputed.",
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "no_figure_differs",
                asset=RECONCILIATION,
                description="No recomputed figure disagrees with print without a known reason. Warns: data may "
                "differ from a publication.",
            ),
            dg.AssetCheckSpec(
                "every_figure_has_its_row",
                asset=RECONCILIATION,
                description="One row for every row of seeds/published/figures.csv.",
                blocking=True,
            ),
        ],
    )
    def reconciliation(workspace: Workspace) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        with workspace.open_build() as con:
            frames = {name: read_table(con, contracts[name].schema, name, columns) for name, columns in tables.items()}
            frame = reconcile(frames, published.figures, published.terms, published.explanations)
            result = materialise(con, contracts, RECONCILIATION, frame)
        yield dg.MaterializeResult(asset_key=RECONCILIATION, metadata={**result.metadata, **summary(frame)})
        differing = describe_differs(frame)
        yield dg.AssetCheckResult(
            asset_key=RECONCILIATION,
            check_name="no_figure_differs",
            passed=not differing,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"differs": dg.MetadataValue.md("\n".join(f"- {line}" for line in differing) or "none")},
        )
        missing = {f.figure_id for f in published.figures} ^ set(frame["figure_id"])
        yield dg.AssetCheckResult(
            asset_key=RECONCILIATION,
            check_name="every_figure_has_its_row",
            passed=not missing,
            metadata={"missing": dg.MetadataValue.json(sorted(missing))},
        )

    return reconciliation
