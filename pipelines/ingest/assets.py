"""The Dagster assets of landing and raw.

Not here: reading, checking or loading (the other modules of this package).
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb

from pipelines.automation.metadata import table_metadata
from pipelines.automation.progress import INDENT
from pipelines.automation.resources import Workspace
from pipelines.automation.sources import note_sources
from pipelines.in_force import current_release, how_to_replace, inputs_of
from pipelines.ingest.discovery import landing_files
from pipelines.ingest.load import Outcome, ingest
from pipelines.ingest.quarantine import heading, warning_line
from pipelines.ingest.raw_tables import QUARANTINED, ensure_tables, raw_name, raw_parts
from pipelines.seeds import read_seed
from pipelines.settings import REPLACE_RELEASE

SURVEYS = {row["survey"]: row for row in read_seed("survey")}
TABLES = {raw_name(survey, part): survey for survey, part in raw_parts()}
LOG = "extract_load"
OUTCOMES = "work/ingest_outcomes.json"


@dg.asset(
    key=["landing", "extracts"],
    group_name="landing",
    kinds={"file"},
    description="Extracts as delivered. Where there is no landing folder yet, the synthetic sample is written there.",
)
def landing_extracts(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
    settings, landing = workspace.settings, workspace.settings.landing
    in_force = current_release(settings)
    is_replaced = in_force is not None and in_force.name == settings.replace_release
    if settings.replace_release and not is_replaced:
        said = f"{REPLACE_RELEASE} names {settings.replace_release}, and {in_force.name if in_force else 'no release'}"
        context.log.info(f"{INDENT}! {said} is in force: nothing is replaced for it")
    if not landing.exists():
        from pipelines.sample.write import SYNTHETIC_SURVEYS, write_sample  # loads the solver: only where it is needed

        if landing.is_symlink():
            problem = f"{landing} leads to {landing.readlink()}, which is not there: is a disk not mounted?"
            raise dg.Failure(f"{problem} Put the folder back, or remove the link.", allow_retries=False)
        if in_force and not is_replaced:
            _stop_for_real(landing, real_in_force(in_force, SYNTHETIC_SURVEYS), how_to_replace(in_force.name))
        with workspace.open_build() as con:
            real = [] if is_replaced else real_loads(con, SYNTHETIC_SURVEYS)
        _stop_for_real(landing, real, how_to_replace(in_force.name) if in_force else f"remove {settings.work}")
        context.log.info(f"{INDENT}no landing folder yet: writing the synthetic sample extracts to {landing}")
        write_sample(landing, progress=lambda text: context.log.info(INDENT + text))
    files = [str(path.relative_to(landing)) for path in landing_files(landing)]
    return dg.MaterializeResult(metadata={"files": len(files), "names": dg.MetadataValue.json(files)})


def real_in_force(release: Path, surveys: Sequence[str]) -> list[str]:
    """The real waves of the release of which the sample would take the place.

    Those of `surveys`, which the sample makes up; all of them where nothing in the release is synthetic.
    """
    inputs = inputs_of(release)
    is_all_real = not any(i.is_synthetic for i in inputs)
    made_up = {SURVEYS[survey]["landing_path"] for survey in surveys}
    return sorted({i.wave for i in inputs if not i.is_synthetic and (is_all_real or i.survey in made_up)})


def real_loads(con: duckdb.DuckDBPyConnection, surveys: Sequence[str]) -> list[str]:
    """'survey wave' of each load in use of one of `surveys` that is not synthetic."""
    ensure_tables(con)
    found = con.execute(
        f"select survey, wave from raw.{LOG} where status = 'loaded' and not is_synthetic order by all"
    ).fetchall()
    return [f"{survey} {wave}" for survey, wave in found if survey in surveys]


def _stop_for_real(landing: Path, real: list[str], to_begin_anew: str) -> None:
    if real:
        raise dg.Failure(
            f"{landing} does not exist, but real extracts were loaded from it ({', '.join(real)}). The sample is not "
            f"put in their place: is a disk not mounted? Put the folder back; to begin anew with the sample: "
            f"{to_begin_anew}.",
            allow_retries=False,
        )


def _spec(name: str, description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["raw", name],
        deps=[landing_extracts.key],
        group_name="raw",
        description=description,
        kinds={"duckdb"},
        skippable=False,
    )


@dg.multi_asset(
    name="ingest",
    specs=[
        *(
            _spec(table, f"{SURVEYS[survey]['survey_nb']} ({SURVEYS[survey]['producer']}), unchanged, all as text.")
            for table, survey in TABLES.items()
        ),
        _spec(LOG, "Every file ever loaded or refused, with its provenance."),
    ],
    check_specs=[
        dg.AssetCheckSpec(
            "every_extract_is_accepted",
            asset=["raw", table],
            description="No file of this survey in landing/ was refused; refused ones are in quarantine/.",
        )
        for table in TABLES
    ]
    + [
        dg.AssetCheckSpec(
            "no_extract_is_odd",
            asset=["raw", table],
            description="No file of this survey in landing/ was warned of: fewer rows than before, two spellings, ...",
        )
        for table in TABLES
    ],
)
def raw_tables(context: dg.AssetExecutionContext, workspace: Workspace):
    note_sources(workspace.settings)
    with workspace.open_build() as con:
        result = ingest(con, workspace.settings, datetime.now(UTC), tell=lambda text: context.log.info(INDENT + text))
        for outcome in result.outcomes:
            context.log.info(INDENT + in_one_line(outcome))
            for warned in outcome.warnings:
                context.log.info(f"{INDENT}! landing/{warned.file or outcome.file}: {warning_line(warned)}")
        for name in (*TABLES, LOG):
            yield dg.MaterializeResult(asset_key=["raw", name], metadata=table_metadata(con, "raw", name))
    for table, survey in TABLES.items():
        refused = [o for o in result.refused if o.survey == survey]
        yield dg.AssetCheckResult(
            asset_key=["raw", table],
            check_name="every_extract_is_accepted",
            passed=not refused,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={"refused": dg.MetadataValue.text("\n\n".join(o.message for o in refused) or "none")},
        )
        odd = [
            f"{warned.file or outcome.file}: {warning_line(warned)}"
            for outcome in result.outcomes
            for warned in outcome.warnings
            if outcome.survey == survey and (not warned.part or raw_name(survey, warned.part) == table)
        ]
        yield dg.AssetCheckResult(
            asset_key=["raw", table],
            check_name="no_extract_is_odd",
            passed=not odd,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"warnings": dg.MetadataValue.md("\n\n".join(odd) or "none")},
        )
    remember_refused(workspace, result.refused)


def in_one_line(outcome: Outcome) -> str:
    """What became of a delivery; what is wrong with a refused one is told once, when the run has failed for it."""
    if outcome.status != QUARANTINED:
        return outcome.message
    return f"{heading(outcome.file, outcome.n_findings)}; listed at the end"


def remember_refused(workspace: Workspace, refused: list[Outcome]) -> None:
    """Leave what was refused for the end of the run, which then fails for it."""
    path = workspace.settings.data_dir / OUTCOMES
    path.write_text(json.dumps([o.message for o in refused], ensure_ascii=False), encoding="utf-8")


def remembered_refused(workspace: Workspace) -> list[str]:
    """The messages of the extracts that the last ingest refused."""
    return json.loads((workspace.settings.data_dir / OUTCOMES).read_text(encoding="utf-8"))
