"""Keep dbt's manifest up to date, so that definitions load without parsing the project each time.

Not here: running models.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from pipelines.common.seeds import SEEDS_DIR
from pipelines.common.settings import DBT_PROJECT_DIR, Settings
from pipelines.common.warehouse import make_private_folder
from pipelines.transform import known_project
from pipelines.transform.last_words import how_it_ended
from pipelines.transform.program import MACROS, DbtAhead, make_ready


class DbtParseError(RuntimeError):
    """The dbt project does not parse; the message is dbt's."""


@contextmanager
def reading_ahead(settings: Settings) -> Iterator[DbtAhead]:
    """dbt, reading the project as it is now, until the block ends; raises DbtParseError where it cannot be started.

    Only one at a time writes down what it read: the next one waits for it, and has nothing to write.
    """
    make_private_folder(settings.work)
    writing = FileLock(settings.work / "manifest.lock")
    writing.acquire()
    try:
        sources = _sources(settings)
        is_current = _is_current(settings, sources)
        if is_current:
            writing.release()
        try:
            ahead = DbtAhead(settings, DBT_PROJECT_DIR, sources, None if is_current else writing)
        except OSError as error:
            raise DbtParseError(f"dbt cannot be started ({error}); set up the environment anew") from error
        try:
            yield ahead
        finally:
            ahead.close()
    finally:
        writing.release()


def ensure_manifest(settings: Settings, ahead: DbtAhead | None = None) -> Path:
    """The manifest of the dbt project as it is now; read again, by `ahead` where there is one, when a file changed."""
    if not _is_current(settings, _sources(settings)):
        if ahead is None:
            with reading_ahead(settings) as ahead:
                _written_by(ahead, settings)
        else:
            _written_by(ahead, settings)
    return _manifest(settings)


def _written_by(ahead: DbtAhead, settings: Settings) -> None:
    """Wait for the manifest, and note what it was read from: files may have changed since."""
    if ahead.ended:
        code, said = ahead.ended
        raise DbtParseError(f"the dbt project does not parse; {how_it_ended(code)}\n{said.strip()}")
    _stamp(settings).write_text(ahead.sources, encoding="utf-8")
    if _sources(settings) == ahead.sources:  # else it may be of files that changed while it was read
        known_project.keep(settings, ahead.sources)
    if ahead.writing:
        ahead.writing.release()


def _manifest(settings: Settings) -> Path:
    return settings.dbt_target / "manifest.json"


def _stamp(settings: Settings) -> Path:
    return settings.dbt_target / "manifest.sources.sha256"


def _is_current(settings: Settings, sources: str) -> bool:
    stamp = _stamp(settings)
    if _manifest(settings).exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == sources:
        return True
    if known_project.take(settings, sources):
        stamp.write_text(sources, encoding="utf-8")
        return True
    return False


def _sources(settings: Settings) -> str:
    """What the manifest depends on: every file of the dbt project, names and properties of the seeds, and what macros
    know of their rows."""
    macros = Path(make_ready(settings)[MACROS])
    digest = hashlib.sha256()
    project = [p for p in DBT_PROJECT_DIR.rglob("*") if p.suffix in {".sql", ".py", ".yml", ".md", ".csv"}]
    for path in sorted([*project, *SEEDS_DIR.rglob("*.yml"), *macros.glob("*.sql")]):
        digest.update(str(path).encode() + path.read_bytes())
    for path in sorted(SEEDS_DIR.rglob("*.csv")):
        digest.update(str(path).encode())
    return digest.hexdigest()
