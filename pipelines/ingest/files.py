"""Open a delivered file: its hash, its size and its bytes, up to the configured limit.

Not here: what the bytes mean (readers).
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from pipelines.ingest.findings import Findings

DEFAULT_MAX_MB = "500"


def _max_bytes() -> int:
    """The size limit from $TILSTAND_MAX_EXTRACT_MB; raises ValueError when that is no positive number."""
    text = os.environ.get("TILSTAND_MAX_EXTRACT_MB") or DEFAULT_MAX_MB
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) or float(text) == 0:
        raise ValueError(f"TILSTAND_MAX_EXTRACT_MB is {text!r}; give a number of megabytes greater than 0")
    return int(float(text) * 1_000_000)


MAX_EXTRACT_BYTES = _max_bytes()


@dataclass(frozen=True)
class Delivered:
    """A file as bytes; `content` is None when it is larger than the limit."""

    sha256: str
    size_bytes: int
    content: bytes | None


def open_file(path: Path, findings: Findings) -> Delivered | None:
    """Hash and read a file. None, with a finding, when the system does not let us."""
    try:
        size = path.stat().st_size
        if size > MAX_EXTRACT_BYTES:
            findings.add(
                "too_large",
                f"the file has {size:,} bytes, the limit is {MAX_EXTRACT_BYTES:,}",
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
