"""The folder of temporary files that Dagster's pages and daemon share, where a /tmp of their own keeps them apart.

Not here: who sets TMPDIR (ops/, Dockerfile), and what DuckDB puts aside (settings.py).
"""

import os
import socket
from contextlib import suppress
from pathlib import Path

from pipelines.common.leftovers import remove
from pipelines.common.settings import DATA_DIR, SettingsError

TMPDIR = "TMPDIR"  # the daemon starts a run behind a socket below it, through which the pages end that run
MOST_BYTES = 107  # of the path of a socket: the system takes no longer one
SOCKET = "/tmp12345678"  # as long as what `tempfile` makes up
OLD_SECONDS = 10 * 86_400  # as systemd has it for /tmp
BEING_MADE_SECONDS = 60  # a socket that is bound is not answered yet


def require_room_for_sockets(folder: Path) -> None:
    """Raises SettingsError where TMPDIR is the folder, and no socket could be made in it."""
    n_bytes = len(os.fsencode(folder)) + len(SOCKET)
    if os.environ.get(TMPDIR) == str(folder) and n_bytes > MOST_BYTES:
        problem = f"{TMPDIR} is {folder}: the path of a socket in it is {n_bytes} bytes long, and may be {MOST_BYTES}"
        raise SettingsError(f"{problem}. Set {DATA_DIR}, and {TMPDIR} below it, to a folder with a shorter path")


def take_out_leftovers(folder: Path, now: float) -> None:
    """Remove sockets behind which nobody is, and what nobody wrote to for ten days. What is in use stays."""
    for entry in folder.iterdir():
        with suppress(OSError):  # it is gone, or another user's
            if _is_left(entry, now):
                remove(entry)


def _is_left(entry: Path, now: float) -> bool:
    if entry.is_socket():
        return now - entry.lstat().st_mtime > BEING_MADE_SECONDS and not _is_answered(entry)
    within = list(entry.rglob("*")) if entry.is_dir() and not entry.is_symlink() else []
    newest = max(path.lstat().st_mtime for path in [entry, *within])
    return now - newest > OLD_SECONDS


def _is_answered(entry: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asked:
        asked.settimeout(1)
        try:
            asked.connect(str(entry))
        except ConnectionRefusedError:
            return False
        except OSError:  # it is busy, or nobody can tell
            return True
    return True
