"""What a run is made from: the project's own files and the key of pseudonyms, and the extracts in landing, as hashes.

Not here: whether that makes a run needless (unchanged.py).
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pipelines.common.settings import PROJECT_DIR, Settings
from pipelines.ingest.discovery import landing_files

PROJECT_PARTS = ("pipelines", "dbt_project", "seeds", "requirements.lock")
# Not the sample, pipelines/sample/landing.zip: a run reads what was copied of it, and that counts where it lies.
PROJECT_SUFFIXES = {".py", ".j2", ".sql", ".yml", ".md", ".csv", ".lock"}


def project_sources(settings: Settings) -> str:
    """SHA-256 over the project's own files that a run reads, by path and content, over which key it uses, and whose
    answers it protects."""
    parts = [PROJECT_DIR / part for part in PROJECT_PARTS]
    files = (p for part in parts for p in ([part] if part.is_file() else part.rglob("*")))
    digest = hashlib.sha256(_hash(PROJECT_DIR, (p for p in files if p.is_file() and p.suffix in PROJECT_SUFFIXES)))
    if settings.pseudonym_key:
        from pipelines.ingest.pseudonyms import Pseudonyms  # loads Arrow: a run with nothing to do has no use for it

        digest.update(Pseudonyms(settings.pseudonym_key.encode()).fingerprint("").encode())
    if settings.protects_synthetic:
        digest.update(b"protects synthetic")
    return digest.hexdigest()


def landing_sources(settings: Settings) -> str:
    """SHA-256 over every file in landing/, by path and content."""
    return _hash(settings.landing, landing_files(settings.landing)).hex()


def note_landing(settings: Settings) -> None:
    """Note what a run is about to load: what arrives later is for the next run."""
    _note(settings).write_text(landing_sources(settings), encoding="utf-8")


def noted_landing(settings: Settings) -> str:
    """What note_landing() noted last."""
    return _note(settings).read_text(encoding="utf-8")


def _hash(root: Path, files: Iterable[Path]) -> bytes:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(root)}|{_content(path)}\n".encode())
    return digest.digest()


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # the run refuses it, and then does not count as done
        return "unreadable"


def _note(settings: Settings) -> Path:
    return settings.work / "run_landing.sha256"
