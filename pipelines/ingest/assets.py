"""The Dagster assets of raw: every delivery in landing/ as it is, loaded or refused.

Not here: reading, checking or loading (the other modules of this package), and landing/ itself (landing).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial

import dagster as dg
import duckdb

from pipelines.common.metadata import listed, table_metadata
from pipelines.common.progress import tell
from pipelines.common.seeds import read_seed
from pipelines.common.sql import quoted
from pipelines.common.workspace import Workspace
from pipelines.ingest.codebook import parts, surveys
from pipelines.ingest.discovery import discover
from pipelines.ingest.freshness import Freshness, freshness
from pipelines.ingest.load import IngestResult, Outcome, ingest
from pipelines.ingest.quarantine import heading, warning_line
from pipelines.ingest.raw_shards import rows_by_file
from pipelines.ingest.raw_tables import QUARANTINED, raw_name
from pipelines.ingest.resources import resources, sources
from pipelines.ingest.retention import overdue
from pipelines.ingest.sources import note_landing

SURVEYS = {row["survey"]: row for row in read_seed("survey")}
TABLES = {raw_name(s.survey, part): s.survey for s in surveys() if not s.is_fetched for part in parts(s.survey)}
# {asset: what is fetched of a source}: each has a table of its own, and is judged by itself.
FETCHED = {f"fetched_{source}": {r.survey for r in resources().values() if r.source == source} for source in sources()}
# {asset: the surveys that are in it}
HOLDS = {name: {survey} for name, survey in TABLES.items()} | FETCHED
LANDING = dg.AssetKey(["landing", "extracts"])
CODEBOOK = dg.AssetKey(["seeds", "codebook"])
LOG, SHARDS = "extract_load", "shard"
TIME = "no_microdata_is_kept_too_long"
FRESH = "next_wave_is_not_late"
WITH_CADENCE = [row["survey"] for row in read_seed("cadence")]
# Of a survey of several tables the first one holds what is said of the survey.
FIRST_TABLES = {survey: table for table, survey in reversed(TABLES.items())}


def _spec(name: str, description: str, made_with: Iterable[str] = ()) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["raw", name],
        deps=[LANDING, *(dg.AssetKey(["raw", table]) for table in made_with)],
        group_name="raw",
        description=description,
        kinds={"duckdb"},
        skippable=True,
    )


@dg.multi_asset(
    name="ingest",
    can_subset=True,
    specs=[
        *(
            _spec(table, f"{SURVEYS[survey]['survey_nb']} ({SURVEYS[survey]['producer']}), unchanged, all as text.")
            for table, survey in TABLES.items()
        ),
        *(
            _spec(name, f"What was fetched of {source.producer} ({source.api}), a table of text for each resource.")
            for name, source in zip(FETCHED, sources().values(), strict=True)
        ),
        # Each load of a table writes into both as well: what reads them is to be made anew then.
        _spec(LOG, "Every file ever loaded or refused, with its provenance.", made_with=HOLDS),
        _spec(SHARDS, "Every Parquet file in use that is read where it lies.", made_with=TABLES),
    ],
    check_specs=[
        dg.AssetCheckSpec(
            "every_extract_is_accepted",
            asset=["raw", table],
            description="No file of this survey in landing/ was refused; refused ones are in quarantine/.",
        )
        for table in HOLDS
    ]
    + [
        dg.AssetCheckSpec(
            "no_extract_is_odd",
            asset=["raw", table],
            description="No file of this survey in landing/ was warned of: fewer rows than before, two spellings, ...",
        )
        for table in HOLDS
    ]
    + [
        dg.AssetCheckSpec(
            FRESH,
            asset=["raw", FIRST_TABLES[survey]],
            description="The next wave is not due yet, by seeds/operations/cadence.csv; of synthetic waves alone that "
            "cannot be said, so they do not pass.",
        )
        for survey in WITH_CADENCE
    ]
    + [
        dg.AssetCheckSpec(
            TIME,
            asset=["raw", LOG],
            description="No wave of real respondents is kept longer than seeds/disclosure/retention.csv says.",
        )
    ],
)
def raw_tables(
    context: dg.AssetExecutionContext, workspace: Workspace
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    settings, chosen = workspace.settings, [key.path[-1] for key in context.selected_asset_keys]
    # Of some tables alone, their surveys are looked at: what else there is, and what is in force, stays as it is.
    only = {survey for name in chosen for survey in HOLDS.get(name, ())} if context.is_subset else None
    if only is None:
        note_landing(settings)
    with workspace.open_build() as con:
        result = ingest(con, settings, datetime.now(UTC), partial(tell, context), only)
        for outcome in result.outcomes:
            tell(context, in_one_line(outcome))
            for warned in outcome.warnings:
                tell(context, f"! landing/{warned.file or outcome.file}: {warning_line(warned)}")
        for name in (name for name in FETCHED if name in chosen):
            yield dg.MaterializeResult(asset_key=["raw", name], metadata=_of_all(con, sorted(FETCHED[name])))
        # A delivery is loaded whole: the other tables of its survey are made anew as well, whoever asked for one.
        for name in (name for name in TABLES if name not in chosen and TABLES[name] in (only or ())):
            context.log_event(dg.AssetMaterialization(["raw", name], metadata=table_metadata(con, "raw", name)))
        for name in (name for name in (*TABLES, LOG, SHARDS) if name in chosen):
            metadata = {**table_metadata(con, "raw", name), **rows_in_shards(con, name)}
            yield dg.MaterializeResult(asset_key=["raw", name], metadata=metadata)
    places, today = discover(settings.landing), datetime.now(UTC).date()
    late = list(map(str, overdue(places, today)))
    for line in late:
        tell(context, f"! {line}")
    checks = [_in_time(late), *map(_fresh, freshness(places, today)), *_accepted(result), *_odd(result)]
    yield from (check for check in checks if _key(check) in context.selected_asset_check_keys)


def rows_in_shards(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, dg.MetadataValue]:
    """Of a table some of whose rows are read where they lie: its rows there and in raw, and how many files they are."""
    rows = [n for survey, _, part, _, n in rows_by_file(con) if raw_name(survey, part) == table]
    if not rows:
        return {}
    copied = con.execute(f"select count(*) from raw.{quoted(table)}").fetchall()[0][0]
    return {
        "dagster/row_count": dg.MetadataValue.int(copied + sum(rows)),
        "rows_in_shards": dg.MetadataValue.int(sum(rows)),
        "shards": dg.MetadataValue.int(len(rows)),
    }


def _key(check: dg.AssetCheckResult) -> dg.AssetCheckKey:
    assert check.asset_key and check.check_name
    return dg.AssetCheckKey(check.asset_key, check.check_name)


def _in_time(late: list[str]) -> dg.AssetCheckResult:
    return _warning(LOG, TIME, not late, {"overdue": listed(late)})


def _fresh(survey: Freshness) -> dg.AssetCheckResult:
    why = {"why": dg.MetadataValue.text(str(survey))}
    return _warning(FIRST_TABLES[survey.survey], FRESH, survey.is_fresh, why)


def _accepted(result: IngestResult) -> Iterator[dg.AssetCheckResult]:
    for table, of_table in HOLDS.items():
        refused = [o.message for o in result.refused if o.survey in of_table]
        yield dg.AssetCheckResult(
            asset_key=["raw", table],
            check_name="every_extract_is_accepted",
            passed=not refused,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={"refused": dg.MetadataValue.text("\n\n".join(refused) or "none")},
        )


def _odd(result: IngestResult) -> Iterator[dg.AssetCheckResult]:
    for table, of_table in HOLDS.items():
        odd = [
            f"{warned.file or outcome.file}: {warning_line(warned)}"
            for outcome in result.outcomes
            for warned in outcome.warnings
            if outcome.survey in of_table and (not warned.part or raw_name(outcome.survey, warned.part) == table)
        ]
        yield _warning(table, "no_extract_is_odd", not odd, {"warnings": listed(odd)})


def _warning(table: str, name: str, passed: bool, why: Mapping[str, dg.MetadataValue]) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=["raw", table], check_name=name, passed=passed, severity=severity, metadata=why
    )


def _of_all(con: duckdb.DuckDBPyConnection, tables: list[str]) -> dict[str, dg.MetadataValue]:
    """Rows and columns of several tables of raw together; the rows of each."""
    counted = "select count(*) from raw."
    n_rows = {name: con.execute(counted + quoted(name)).fetchall()[0][0] for name in tables}
    described = [column for name in tables for column in con.execute(f"describe raw.{quoted(name)}").fetchall()]
    types = {name: data_type.lower() for name, data_type, *_ in described}
    schema = dg.TableSchema([dg.TableColumn(name, data_type) for name, data_type in types.items()])
    return {
        "dagster/row_count": dg.MetadataValue.int(sum(n_rows.values())),
        "dagster/column_schema": dg.MetadataValue.table_schema(schema),
        "rows": dg.MetadataValue.json(n_rows),
    }


def in_one_line(outcome: Outcome) -> str:
    """What became of a delivery; what is wrong with a refused one is told once, when the run has failed for it."""
    if outcome.status != QUARANTINED:
        return outcome.message
    return f"{heading(outcome.file, outcome.n_findings)}; listed at the end"
