"""Look at a delivered file: its hash and its size, and whether it stays as it was while it is read.

Not here: what the bytes mean (readers).
"""

import errno
import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

from pipelines.ingest.findings import Findings


@dataclass(frozen=True)
class Delivered:
    """A file that may be read; `seen` tells one state of it from another."""

    sha256: str
    size_bytes: int
    seen: tuple[int, ...]


def look_at(path: Path, findings: Findings, max_bytes: int) -> Delivered | None:
    """Hash a file, piece by piece. None, with a finding, when the system does not let us.

    A file of more than `max_bytes` gets a finding too.
    """
    try:
        size, seen = ordinary_size(path), _state(path)
        if size > max_bytes:
            findings.add(
                "too_large",
                f"the file has {size:,} bytes, the limit is {max_bytes:,}",
                "check that it is the right file; TILSTAND_MAX_EXTRACT_MB sets another limit",
                value=str(size),
            )
        with path.open("rb") as file:
            return Delivered(hashlib.file_digest(file, "sha256").hexdigest(), size, seen)
    except OSError as error:
        problem = f"the file cannot be opened ({error.strerror})"
        findings.add("unreadable", problem, "check that it is a file and may be read", value=path.name)
        return None


def check_unchanged(path: Path, delivered: Delivered, findings: Findings) -> None:
    """Add a finding when the file is not what it was when it was hashed: it may still be on its way."""
    try:
        is_same = _state(path) == delivered.seen
    except OSError:
        is_same = False
    if not is_same:
        problem = "the file was changed or replaced while it was read"
        findings.add("changed_meanwhile", problem, "run again when the delivery is complete", value=path.name)


def ordinary_size(path: Path) -> int:
    """The size in bytes; raises OSError for what is no file on a disk: a pipe or a device would never end."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory", str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "It is a pipe or a device", str(path))
    return status.st_size


def _state(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
