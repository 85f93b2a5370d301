"""What people said of releases: the one that is held in force, and those that are pinned. `published/kept.json` has it.

Not here: what holding and pinning do (release.py, releases.py).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from pipelines.common.in_force import InForceError
from pipelines.common.leftovers import MARK
from pipelines.common.settings import Settings
from pipelines.common.warehouse import make_private_folder

NAME = "kept.json"


@dataclass(frozen=True)
class Said:
    """Who said it of a release, when, and why."""

    release: str
    by: str
    at: str
    note: str

    def __str__(self) -> str:
        note = f": {self.note}" if self.note else ""
        return f"by {self.by}, {self.at[:16].replace('T', ' ')} UTC{note}"


@dataclass(frozen=True)
class Kept:
    """`held` stays in force whatever runs make; `pinned` are {id: who pinned it}, and never pruned."""

    held: Said | None
    pinned: dict[str, Said]


def kept(settings: Settings) -> Kept:
    """What was said. Raises InForceError where it cannot be read: a release that is held must not be replaced."""
    path = _path(settings)
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        held = Said(**said["held"]) if said["held"] else None
        return Kept(held, {one["release"]: Said(**one) for one in said["pinned"]})
    except FileNotFoundError:
        return Kept(None, {})
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InForceError(
            f"{path}, which says what is held and pinned, cannot be read ({error}). Put it back from a copy, or remove "
            "it: then nothing is held or pinned."
        ) from error


def say(release: Path, by: str, note: str) -> Said:
    """What someone says of a release, now."""
    return Said(release.name, by, datetime.now(UTC).isoformat(timespec="seconds"), note)


@contextmanager
def changing(settings: Settings) -> Iterator[None]:
    """One at a time says something of releases, or removes those of which nothing was said; the others wait.

    Not the lock of runs: who pins a release does not wait for the end of one. May be entered again by who is in it.
    """
    make_private_folder(settings.work)
    with FileLock(settings.work / "kept.lock", is_singleton=True):
        yield


def hold(settings: Settings, said: Said | None) -> None:
    """Hold a release in force; None ends it."""
    with changing(settings):
        _write(settings, replace(kept(settings), held=said))


def pin(settings: Settings, said: Said) -> None:
    """Keep a release from being pruned."""
    with changing(settings):
        before = kept(settings)
        _write(settings, replace(before, pinned={**before.pinned, said.release: said}))


def unpin(settings: Settings, release_id: str) -> bool:
    """Take a pin away; whether there was one."""
    with changing(settings):
        before = kept(settings)
        _write(settings, replace(before, pinned={i: said for i, said in before.pinned.items() if i != release_id}))
        return release_id in before.pinned


def _write(settings: Settings, now: Kept) -> None:
    said: dict[str, Any] = {
        "held": asdict(now.held) if now.held else None,
        "pinned": [asdict(one) for _, one in sorted(now.pinned.items())],
    }
    path = _path(settings)
    new = path.with_name(f"{MARK}{NAME}")
    new.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(path)


def _path(settings: Settings) -> Path:
    return settings.published / NAME
