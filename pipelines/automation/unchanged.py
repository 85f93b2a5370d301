"""Whether a run would do anything: the same extracts, the same project, the same release in force.

Not here: what a run does. Dagster's own runs never ask; only the command line does.
"""

import json

from pipelines.common.in_force import current_release
from pipelines.common.settings import Settings
from pipelines.ingest.quarantine import REPORT_NAME
from pipelines.ingest.sources import landing_sources, noted_landing, project_sources
from pipelines.publish.kept import kept
from pipelines.publish.manifest import BrokenReleaseError, verify
from pipelines.publish.sent import sent_last
from pipelines.publish.warehouse_copy import is_linked


def remember(settings: Settings, project: str) -> None:
    """Note that the run that just succeeded was made from the landing it noted and `project`, its project_sources()."""
    release = current_release(settings)
    said = {
        "made_from": [project, noted_landing(settings)],
        "release": release.name if release else None,
        "is_held": kept(settings).held is not None,
    }
    settings.last_run.write_text(json.dumps(said), encoding="utf-8")


def is_unchanged(settings: Settings) -> bool:
    """True when the last run succeeded, nothing it was made from changed, and its release is whole and in force.

    A report in quarantine/ is never nothing: a later run refused a file, and the next one has to say
    whether it is mended, also when it was mended by putting the old file back. Raises InForceError when what is in
    force cannot be told.
    """
    if any(settings.quarantine.rglob(REPORT_NAME)):
        return False
    try:
        said = json.loads(settings.last_run.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    release = current_release(settings)
    if release is None or release.name != said["release"] or not is_linked(settings):
        return False
    held = kept(settings).held
    if held is None and said.get("is_held"):  # what runs made meanwhile is to be published
        return False
    if held and held.release != release.name:  # a crash kept it from coming into force
        return False
    if settings.target_url and sent_last(settings, settings.target_url) != release.name:
        return False
    try:
        verify(release)
    except BrokenReleaseError:
        return False
    return settings.build_db.exists() and said["made_from"] == [project_sources(settings), landing_sources(settings)]
