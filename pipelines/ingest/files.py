"""Open a delivered file: its hash, its size and its bytes, up to the configured limit.

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
    """A file as bytes; `content` is None when it is larger than the limit."""

    sha256: str
    size_bytes: int
    content: bytes | None


def open_file(path: Path, findings: Findings, max_bytes: int) -> Delivered | None:
    """Hash a file, and read it up to `max_bytes`. None, with a finding, when the system does not let us."""
    try:
        size = ordinary_size(path)
        if size > max_bytes:
            findings.add(
                "too_large",
                f"the file has {size:,} bytes, the limit is {max_bytes:,}",
                "check that it is the right file; TILSTAND_MAX_EXTRACT_MB sets another limit",
                value=str(size),
            )
            with path.open("rb") as file:
                return Delivered(hashlib.file_digest(file, "sha256").hexdigest(), size, None)
        content = path.read_bytes()
    except OSError as error:
        problem = f"the file cannot be opened ({error.strerror})"
        findings.add("unreadable", problem, "check that it is a file and may be read", value=path.name)
        return None
    return Delivered(hashlib.sha256(content).hexdigest(), len(content), content)


def ordinary_size(path: Path) -> int:
    """The size in bytes; raises OSError for what is no file on a disk: a pipe or a device would never end."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory", str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "It is a pipe or a device", str(path))
    return status.st_size
