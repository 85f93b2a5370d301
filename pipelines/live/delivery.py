"""Put what was fetched into landing/, as it came, with SOURCE.yml beside it: all of it at once, or nothing.

Not here: fetching it (refresh), and loading it (ingest).
"""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipelines.common import leftovers
from pipelines.ingest.codebook import BODY
from pipelines.ingest.findings import Findings
from pipelines.ingest.json_stat import BodyError, read_json
from pipelines.ingest.provenance import SOURCE_FILE, read_provenance
from pipelines.ingest.resources import Resource

MOST_QUERY = 20_000  # characters of it that SOURCE.yml holds: it may have 64 kB


@dataclass(frozen=True)
class Delivered:
    """The newest delivery of a resource in landing/: its folder, what SOURCE.yml says, and {file name: SHA-256}."""

    folder: Path
    said: Mapping[str, Any]
    files: Mapping[str, str]


def newest(landing: Path, resource: Resource) -> Delivered | None:
    """What lies in landing/ of a resource; None where nothing does."""
    folder = landing / resource.landing_path
    mend(folder)
    years = sorted((y for y in folder.iterdir() if re.fullmatch("[0-9]{4}", y.name)) if folder.is_dir() else [])
    for year in reversed(years):
        files = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(year.glob(f"*.{BODY}"))}
        if files:
            return Delivered(year, _said(year / SOURCE_FILE), files)
    return None


def _said(file: Path) -> dict[str, Any]:
    findings = Findings()
    said = read_json(read_provenance(file, findings).json.encode()) if file.is_file() else {}
    return said if isinstance(said, dict) else {}


def check_json(bodies: Mapping[str, bytes]) -> None:
    """Raises BodyError for a body that is cut off, or no JSON: it never reaches landing/."""
    for content in bodies.values():
        if not isinstance(read_json(content), dict):
            raise BodyError("shape", "the body is JSON, and no object")


def deliver(landing: Path, resource: Resource, year: int, bodies: Mapping[str, bytes], said: Mapping[str, str]) -> Path:
    """Put the bodies and SOURCE.yml in place of what the folder of the year holds; returns the folder.

    Of a resource that is kept by the month, what the folder has of other months stays.
    """
    folder = landing / resource.landing_path / str(year)
    mend(folder.parent)
    new = folder.with_name(f"{leftovers.MARK}{year}-new")
    leftovers.remove(new)
    new.mkdir(parents=True)
    kept = folder.glob(f"*.{BODY}") if resource.is_kept_monthly else ()
    for name, content in ({file.name: file.read_bytes() for file in kept} | dict(bodies)).items():
        _write(new / name, content)
    text = yaml.safe_dump(dict(said), allow_unicode=True, sort_keys=False, width=1_000_000)
    _write(new / SOURCE_FILE, text.encode())
    was = folder.with_name(f"{leftovers.MARK}{year}-was")
    if folder.exists():
        folder.rename(was)
    new.rename(folder)
    leftovers.remove(was)
    return folder


def mend(folder: Path) -> None:
    """Undo what a crash left between the two renames: the delivery before is put back."""
    for was in sorted(folder.glob(f"{leftovers.MARK}*-was")):
        year = folder / was.name.removeprefix(leftovers.MARK).removesuffix("-was")
        if year.exists():
            leftovers.remove(was)
        else:
            was.rename(year)
    for new in sorted(folder.glob(f"{leftovers.MARK}*-new")):
        leftovers.remove(new)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
