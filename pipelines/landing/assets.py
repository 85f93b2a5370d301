"""The Dagster asset of landing/: the extracts as delivered, or the sample where nothing was delivered yet.

Not here: the sample itself (sample.py), and reading a delivery (pipelines/ingest).
"""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import duckdb

from pipelines.common.accepted import how_to_replace, is_replaced
from pipelines.common.in_force import current_release, inputs_of
from pipelines.common.progress import tell
from pipelines.common.seeds import read_seed
from pipelines.common.workspace import Workspace
from pipelines.ingest.assets import CODEBOOK, LANDING
from pipelines.ingest.discovery import landing_files
from pipelines.ingest.raw_tables import ensure_tables, loads_in_use
from pipelines.landing.sample import copy_sample, made_up_surveys


@dg.asset(
    key=LANDING,
    deps=[CODEBOOK],  # by which it is read: a mistake in the seeds ends a run before
    group_name="landing",
    kinds={"file"},
    description="Extracts as delivered. Where there is no landing folder yet, the synthetic sample is copied there.",
)
def landing_extracts(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult[None]:
    settings, landing = workspace.settings, workspace.settings.landing
    in_force = current_release(settings)
    is_accepted = in_force is not None and is_replaced(in_force.name)
    if not landing.exists():
        if landing.is_symlink():
            problem = f"{landing} leads to {landing.readlink()}, which is not there: is a disk not mounted?"
            raise dg.Failure(f"{problem} Put the folder back, or remove the link.", allow_retries=False)
        made_up = made_up_surveys()
        if in_force and not is_accepted:
            _stop_for_real(landing, real_in_force(in_force, made_up), how_to_replace(in_force.name))
        with workspace.open_build() as con:
            real = [] if is_accepted else real_loads(con, made_up)
        _stop_for_real(landing, real, how_to_replace(in_force.name) if in_force else f"remove {settings.work}")
        tell(context, f"no landing folder yet: copying the synthetic sample extracts to {landing}")
        copy_sample(landing)
    files = [str(path.relative_to(landing)) for path in landing_files(landing)]
    return dg.MaterializeResult(metadata={"files": len(files), "names": dg.MetadataValue.json(files)})


def real_in_force(release: Path, surveys: Sequence[str]) -> list[str]:
    """The real waves of the release of which the sample would take the place.

    Those of `surveys`, which the sample makes up; all of them where nothing in the release is synthetic.
    """
    inputs = inputs_of(release)
    is_all_real = not any(i.is_synthetic for i in inputs)
    made_up = {row["landing_path"] for row in read_seed("survey") if row["survey"] in surveys}
    return sorted({i.wave for i in inputs if not i.is_synthetic and (is_all_real or i.survey in made_up)})


def real_loads(con: duckdb.DuckDBPyConnection, surveys: Sequence[str]) -> list[str]:
    """'survey wave' of each load in use of one of `surveys` that is not synthetic."""
    ensure_tables(con)
    in_use = loads_in_use(con)
    return [
        f"{survey} {wave}"
        for (survey, wave), records in sorted(in_use.items())
        if survey in surveys and not all(record.is_synthetic for record in records)
    ]


def _stop_for_real(landing: Path, real: list[str], to_begin_anew: str) -> None:
    if real:
        raise dg.Failure(
            f"{landing} does not exist, but real extracts were loaded from it ({', '.join(real)}). The sample is not "
            f"put in their place: is a disk not mounted? Put the folder back; to begin anew with the sample, "
            f"{to_begin_anew}",
            allow_retries=False,
        )
