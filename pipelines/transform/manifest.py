"""Keep dbt's manifest up to date, so that definitions load without parsing the project each time.

Not here: running models.
"""

import hashlib
import os
import subprocess
from pathlib import Path

from pipelines.common.seeds import SEEDS_DIR
from pipelines.common.settings import DBT_PROJECT_DIR, Settings
from pipelines.transform.last_words import how_it_ended
from pipelines.transform.program import DBT_EXECUTABLE, make_ready


class DbtParseError(RuntimeError):
    """The dbt project does not parse; the message is dbt's."""


def ensure_manifest(settings: Settings) -> Path:
    """The manifest of the dbt project as it is now; parsed again when a file of the project changed."""
    environment = {**os.environ, **make_ready(settings)}
    manifest = settings.dbt_target / "manifest.json"
    stamp = settings.dbt_target / "manifest.sources.sha256"
    wanted = _sources_hash(settings)
    if manifest.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return manifest
    _parse(environment)
    stamp.write_text(wanted, encoding="utf-8")
    return manifest


def _parse(environment: dict[str, str]) -> None:
    folder = str(DBT_PROJECT_DIR)
    arguments = ["--quiet", "--no-use-colors", "parse", "--project-dir", folder, "--profiles-dir", folder]
    try:
        done = subprocess.run(
            [DBT_EXECUTABLE, *arguments],
            env=environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise DbtParseError(f"dbt cannot be started ({error}); set up the environment anew") from error
    if done.returncode:
        said = f"{done.stdout}{done.stderr}".strip()
        raise DbtParseError(f"the dbt project does not parse; {how_it_ended(done.returncode)}\n{said}")


def _sources_hash(settings: Settings) -> str:
    """What the manifest depends on: every file of the dbt project, names and properties of the seeds, and what macros
    know of their rows."""
    digest = hashlib.sha256()
    project = [p for p in DBT_PROJECT_DIR.rglob("*") if p.suffix in {".sql", ".yml", ".md", ".csv"}]
    for path in sorted([*project, *SEEDS_DIR.rglob("*.yml"), *settings.dbt_macros.glob("*.sql")]):
        digest.update(str(path).encode() + path.read_bytes())
    for path in sorted(SEEDS_DIR.rglob("*.csv")):
        digest.update(str(path).encode())
    return digest.hexdigest()
