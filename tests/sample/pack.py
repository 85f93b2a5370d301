"""The sample as one archive, in the order of its names and without times or owners: the same files, the same bytes.

Not here: what the files hold (deliveries.py), and copying them to landing/ (pipelines/landing/sample.py).
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path


def pack(files: Mapping[str, bytes], archive: Path) -> None:
    """Write `archive` with {path below landing: content}."""
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name)  # of 1980
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # on every machine as on Unix
            packed.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)


def unpacked(archive: Path) -> dict[str, bytes]:
    """What pack() was given; raises FileNotFoundError and zipfile.BadZipFile."""
    with zipfile.ZipFile(archive) as packed:
        return {name: packed.read(name) for name in packed.namelist()}
