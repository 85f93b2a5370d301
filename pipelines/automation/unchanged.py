"""Whether a run would do anything: the same extracts, the same project, the same release in force.

Not here: what a run does. Dagster's own runs never ask; only the command line does.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from pipelines.ingest.discovery import landing_files
from pipelines.ingest.quarantine import REPORT_NAME
from pipelines.publish.manifest import BrokenReleaseError, verify
from pipelines.publish.release import current_release
from pipelines.publish.tables import file_hash
from pipelines.publish.warehouse_copy import released_in
from pipelines.settings import PROJECT_DIR, Settings

PROJECT_PARTS = ("pipelines", "dbt_project", "seeds", "requirements.lock")
PROJECT_SUFFIXES = {".py", ".j2", ".sql", ".yml", ".md", ".csv", ".lock"}


def note_sources(settings: Settings) -> None:
    """Note what a run is about to read: what arrives later is for the next run."""
    _sources(settings).write_text(_made_from(settings), encoding="utf-8")


def remember(settings: Settings) -> None:
    """Note that the run that just succeeded was made from the sources it noted."""
    release = current_release(settings)
    said = {
        "made_from": _sources(settings).read_text(encoding="utf-8"),
        "release": release.name if release else None,
    }
    _note(settings).write_text(json.dumps(said), encoding="utf-8")


def is_unchanged(settings: Settings) -> bool:
    """True when the last run succeeded, nothing it was made from changed, and its release is whole and in force.

    A report in quarantine/ is never nothing: a later run refused a file, and the next one has to say
    whether it is mended, also when it was mended by putting the old file back.
    """
    if any(settings.quarantine.rglob(REPORT_NAME)):
        return False
    try:
        said = json.loads(_note(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    release = current_release(settings)
    if release is None or release.name != said["release"] or released_in(settings.warehouse) != release.name:
        return False
    try:
        verify(release)
    except BrokenReleaseError:
        return False
    return settings.build_db.exists() and said["made_from"] == _made_from(settings)


def _note(settings: Settings) -> Path:
    return settings.work / "last_run.json"


def _sources(settings: Settings) -> Path:
    return settings.work / "run_sources.sha256"


def _made_from(settings: Settings) -> str:
    parts = [PROJECT_DIR / part for part in PROJECT_PARTS]
    project = (p for part in parts for p in ([part] if part.is_file() else part.rglob("*")))
    digest = hashlib.sha256()
    for root, files in (
        (PROJECT_DIR, (p for p in project if p.is_file() and p.suffix in PROJECT_SUFFIXES)),
        (settings.landing, landing_files(settings.landing)),
    ):
        digest.update(_hash(root, files))
    return digest.hexdigest()


def _hash(root: Path, files: Iterable[Path]) -> bytes:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(root)}|{_content(path)}\n".encode())
    return digest.digest()


def _content(path: Path) -> str:
    try:
        return file_hash(path)
    except OSError:  # the run refuses it, and then does not count as done
        return "unreadable"
