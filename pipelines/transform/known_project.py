"""What dbt has read of the project, kept in the environment that runs it: for another data directory it need not be
read anew, which takes as long as to build half of it. And the macros it is read with, where all find them.
Nothing of any data is in it.

Not here: when the project is read, and from what (manifest.py).
"""

import hashlib
import os
import shutil
import sys
import threading
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from pipelines.common.settings import DBT_PROJECT_DIR, Settings

# dbt's manifest, and what dbt begins with when it reads the project the next time.
FILES = ("manifest.json", "partial_parse.msgpack")
KEPT = 4  # of either kind; each takes some megabytes


def folder(kind: str) -> Path | None:
    """Where it is kept of this checkout and this dbt: in the virtual environment, None where none can be written to."""
    if sys.prefix == sys.base_prefix or not os.access(sys.prefix, os.W_OK):
        return None
    read_by = [str(DBT_PROJECT_DIR), *(f"{name} {version(name)}" for name in ("dbt-core", "dbt-duckdb"))]
    checkout = hashlib.sha256("\n".join(read_by).encode()).hexdigest()[:16]
    return Path(sys.prefix) / "var" / "digital-tilstand" / checkout / kind


def macros_folder(settings: Settings, text: str) -> Path:
    """Where macros of this text belong: dbt reads all of the project anew where it finds them elsewhere than before."""
    kept = folder("macros")
    if kept is None:
        return settings.work / "dbt_macros"
    own = kept / hashlib.sha256(text.encode()).hexdigest()[:16]
    try:
        own.mkdir(parents=True, exist_ok=True)
        os.utime(own)
    except OSError:  # no room, or it is another user's
        return settings.work / "dbt_macros"
    _put_away(kept)
    return own


def take(settings: Settings, sources: str) -> bool:
    """Lay what is kept of the project in this state into a data directory; False where nothing is."""
    kept = folder("read")
    if kept is None or not (kept / sources).exists():
        return False
    settings.dbt_target.mkdir(parents=True, exist_ok=True)
    try:
        os.utime(kept / sources)
        for name in FILES:
            new = settings.dbt_target / f".{name}.{os.getpid()}.{threading.get_ident()}"
            shutil.copyfile(kept / sources / name, new)
            new.replace(settings.dbt_target / name)
    except OSError:  # another process has just put it away, or it is another user's
        return False
    return True


def keep(settings: Settings, sources: str) -> None:
    """Keep what a data directory has of the project in this state, whole or not at all."""
    kept = folder("read")
    if kept is None or (kept / sources).exists():
        return
    new = kept / f".{sources}.{os.getpid()}.{threading.get_ident()}"
    with suppress(OSError):  # no room, or another process was first: the next data directory reads it anew
        new.mkdir(parents=True)
        for name in FILES:
            shutil.copyfile(settings.dbt_target / name, new / name)
        new.rename(kept / sources)
        _put_away(kept)
    shutil.rmtree(new, ignore_errors=True)


def _put_away(kept: Path) -> None:
    """What was not used for longest, beyond what is kept; what a killed process left half done is among it in time."""
    for state in sorted(kept.iterdir(), key=_used, reverse=True)[KEPT:]:
        shutil.rmtree(state, ignore_errors=True)


def _used(state: Path) -> float:
    with suppress(FileNotFoundError):
        return state.stat().st_mtime
    return 0.0
