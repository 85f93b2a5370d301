"""The Dagster assets of the reconciliation, of numbers and of words, and their checks.

Not here: the comparison (reconcile.py, verdicts.py).
"""

from collections.abc import Iterator

import dagster as dg

from pipelines.common.contracts import Contract, read
from pipelines.common.metadata import asset_key, listed, materialise
from pipelines.common.row_keys import contracts_read
from pipelines.common.workspace import Workspace
from pipelines.reconciliation import verdicts
from pipelines.reconciliation.confirm import confirm, load_confirmations
from pipelines.reconciliation.figures import cells, load_published
from pipelines.reconciliation.language import load_english
from pipelines.reconciliation.reconcile import describe_differs, reconcile, summary
from pipelines.reconciliation.statement_cells import statement_contracts
from pipelines.reconciliation.statement_rows import load_known
from pipelines.reconciliation.statements import load_statements


def build_reconciliation_asset(contracts: dict[str, Contract]) -> dg.AssetsDefinition:
    """The asset of the table reconciliation; it reads the published tables that figures are computed from."""
    published, confirmations, english = load_published(), load_confirmations(), load_english()
    tables = contracts_read(cells([*published.terms, *confirmations]), contracts)
    table = contracts["reconciliation"]

    @dg.multi_asset(
        name="reconciliation",
        specs=[
            dg.AssetSpec(
                asset_key(table),
                deps=[asset_key(contract) for contract in tables.values()],
                group_name=table.schema,
                kinds={"python", "duckdb"},
                description="Every number the publications print, beside the same number recomputed.",
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "no_figure_differs",
                asset=asset_key(table),
                description="No recomputed figure disagrees with print without a known reason. Warns: data may "
                "differ from a publication.",
            ),
            dg.AssetCheckSpec(
                "no_source_says_otherwise",
                asset=asset_key(table),
                description="No table of official statistics that is delivered holds another number than is printed.",
            ),
            dg.AssetCheckSpec(
                "every_figure_has_its_row",
                asset=asset_key(table),
                description="One row for every row of seeds/published/figures.csv.",
                blocking=True,
            ),
        ],
    )
    def reconciliation(workspace: Workspace) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        with workspace.open_build() as con:
            frames = {name: read(con, contract).to_pandas() for name, contract in tables.items()}
            frame = reconcile(frames, published.figures, published.terms, published.explanations, english)
            frame, otherwise = confirm(frame, frames, published.figures, confirmations)
            result = materialise(con, table, frame)
        yield dg.MaterializeResult(asset_key=result.asset_key, metadata={**(result.metadata or {}), **summary(frame)})
        differing = describe_differs(frame)
        yield dg.AssetCheckResult(
            asset_key=asset_key(table),
            check_name="no_figure_differs",
            passed=not differing,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"differs": listed(differing)},
        )
        yield dg.AssetCheckResult(
            asset_key=asset_key(table),
            check_name="no_source_says_otherwise",
            passed=not otherwise,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"otherwise": listed(otherwise)},
        )
        missing = {f.figure_id for f in published.figures} ^ set(frame["figure_id"])
        yield dg.AssetCheckResult(
            asset_key=asset_key(table),
            check_name="every_figure_has_its_row",
            passed=not missing,
            metadata={"missing": dg.MetadataValue.json(sorted(missing))},
        )

    return reconciliation


def build_statements_asset(contracts: dict[str, Contract]) -> dg.AssetsDefinition:
    """The asset of the table statement_reconciliation; it reads the published tables that statements name."""
    statements, english = load_statements(), load_english()
    tables = statement_contracts(statements, contracts)
    table = contracts["statement_reconciliation"]

    @dg.multi_asset(
        name="statement_reconciliation",
        specs=[
            dg.AssetSpec(
                asset_key(table),
                deps=[asset_key(contract) for contract in tables.values()],
                group_name=table.schema,
                kinds={"python", "duckdb"},
                description="Every claim the publications make in words, held against the project's own tables.",
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "no_statement_is_contradicted",
                asset=asset_key(table),
                description="No claim in words is contradicted beyond noise without a known reason. Warns: data may "
                "differ from a publication.",
            ),
        ],
    )
    def statement_reconciliation(workspace: Workspace) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        with workspace.open_build() as con:
            frames = {name: read(con, contract).to_pandas() for name, contract in tables.items()}
            frame = verdicts.reconcile_statements(frames, statements, load_known(), english)
            result = materialise(con, table, frame)
        counts = verdicts.summary(frame)
        yield dg.MaterializeResult(asset_key=result.asset_key, metadata={**(result.metadata or {}), **counts})
        contradicted = verdicts.describe_contradicted(frame)
        yield dg.AssetCheckResult(
            asset_key=asset_key(table),
            check_name="no_statement_is_contradicted",
            passed=not contradicted,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                **counts,
                "which": listed(contradicted),
            },
        )

    return statement_reconciliation
