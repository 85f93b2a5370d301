"""Which release was sent last to which target, so that one that has another than that in force is seen.

Not here: sending (target.py).
"""

import hashlib
import json

from pipelines.common.leftovers import MARK
from pipelines.common.settings import Settings

NAME = "sent.json"


def note_sent(settings: Settings, url: str, release_id: str) -> None:
    """Note that a target names this release now. One at a time: who calls holds the lock of sending."""
    said = {**_sent(settings), _hidden(url): release_id}
    new = settings.work / f"{MARK}{NAME}"
    new.write_text(json.dumps(said, indent=2), encoding="utf-8")
    new.replace(settings.work / NAME)


def sent_last(settings: Settings, url: str) -> str | None:
    """The id of the release that a target names, as far as is known here."""
    return _sent(settings).get(_hidden(url))


def _sent(settings: Settings) -> dict[str, str]:
    try:
        said: dict[str, str] = json.loads((settings.work / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said


def _hidden(url: str) -> str:
    """Which one it is, without saying it: an address may hold a password."""
    return hashlib.sha256(url.encode()).hexdigest()
