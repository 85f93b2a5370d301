"""Bring a release into force: built aside, verified, then switched to in one step.

Not here: what the tables hold. A crash at any point leaves the release before in force.
"""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.contracts import Contract
from pipelines.publish.manifest import SCHEMA_VERSION, BrokenReleaseError, Input, build_manifest, verify
from pipelines.publish.metadata import metadata_seeds, write_metadata
from pipelines.publish.report import TEMPLATE, write_report
from pipelines.publish.tables import content_hash, file_hash, read_table, write_parquet
from pipelines.publish.warehouse_copy import build_copy, released_in
from pipelines.settings import Settings

BUILDING = ".building-"


@dataclass(frozen=True)
class Release:
    """A release in force, and whether this run made it."""

    release_id: str
    path: Path
    is_new: bool
    manifest: dict[str, Any]


def current_release(settings: Settings) -> Path | None:
    """The folder `published/current` points at, or None where nothing is published yet."""
    link = settings.published / "current"
    return link.resolve() if link.is_symlink() and link.exists() else None


def publish(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contracts: dict[str, Contract],
    inputs: list[Input],
    now: datetime | None = None,
) -> Release:
    """Publish the contracts' tables from the build database; nothing new when nothing changed.

    Raises BrokenReleaseError when what was written cannot be verified; the release before stays in force.
    """
    releases = settings.published / "releases"
    releases.mkdir(parents=True, exist_ok=True)
    clean_up(settings)
    tables = {name: read_table(con, contract) for name, contract in contracts.items()}
    fingerprint = _fingerprint(tables, contracts, inputs)

    in_force = current_release(settings)
    if in_force is not None:
        manifest = _whole_manifest(in_force)
        if manifest and manifest["fingerprint"] == fingerprint:
            _refresh_warehouse(settings, in_force, contracts)
            return Release(manifest["release"], in_force, False, manifest)

    created = (now or datetime.now(UTC)).replace(microsecond=0)
    release_id = _free_id(releases, f"{created:%Y%m%dT%H%M%SZ}-{fingerprint[:8]}")
    building = releases / f"{BUILDING}{release_id}"
    building.mkdir()
    for name, table in tables.items():
        write_parquet(table, building / f"{name}.parquet")
    write_metadata(building / "metadata", contracts)
    write_report(building / "report", release_id, created, tables, any(i.is_synthetic for i in inputs))
    manifest = build_manifest(building, release_id, created, fingerprint, inputs, contracts)
    (building / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    verify(building)
    copy = build_copy(settings.work, building, contracts, release_id)
    _flush(building, copy)

    final = releases / release_id
    link = _announce(settings.published, release_id)
    building.rename(final)
    _switch(link, settings.published / "current")
    _replace_warehouse(copy, settings.warehouse)
    return Release(release_id, final, True, manifest)


def clean_up(settings: Settings) -> None:
    """Remove what a crashed run left: half built, or built and announced but never in force."""
    releases, in_force = settings.published / "releases", current_release(settings)
    for leftover in releases.glob(f"{BUILDING}*"):
        shutil.rmtree(leftover)
    for link in settings.published.glob("current.*"):
        announced = link.resolve()
        if announced.is_dir() and announced.parent == releases.resolve() and announced != in_force:
            shutil.rmtree(announced)
        link.unlink()


def _fingerprint(tables: dict[str, pa.Table], contracts: dict[str, Contract], inputs: list[Input]) -> str:
    said = {
        "tables": {name: content_hash(name, table) for name, table in tables.items()},
        "contracts": {name: repr(contract) for name, contract in contracts.items()},
        "inputs": sorted((i.path, i.sha256, i.is_synthetic) for i in inputs),
        "schema_version": SCHEMA_VERSION,
        "report": file_hash(TEMPLATE),
        "metadata": {str(name): file_hash(path) for name, path in metadata_seeds().items()},
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _whole_manifest(release: Path) -> dict[str, Any] | None:
    """The manifest of a release that is whole; a damaged one is replaced by a new release."""
    try:
        return verify(release)
    except BrokenReleaseError:
        return None


def _refresh_warehouse(settings: Settings, release: Path, contracts: dict[str, Contract]) -> None:
    """A crash between the two switches leaves the warehouse one release behind: bring it up."""
    if released_in(settings.warehouse) != release.name:
        copy = build_copy(settings.work, release, contracts, release.name)
        _replace_warehouse(copy, settings.warehouse)


def _free_id(releases: Path, wanted: str) -> str:
    """Two releases within one second get different ids."""
    candidate, n = wanted, 2
    while (releases / candidate).exists():
        candidate, n = f"{wanted}-{n}", n + 1
    return candidate


def _announce(published: Path, release_id: str) -> Path:
    """The link that is to become `current`; after a crash it tells clean_up() which release never came into force."""
    link = published / f"current.{os.getpid()}"
    link.symlink_to(Path("releases") / release_id, target_is_directory=True)
    return link


def _switch(link: Path, current: Path) -> None:
    """Put `link` in the place of `current` in one step: readers see the old release or the new, never none."""
    os.replace(link, current)  # noqa: PTH105


def _replace_warehouse(copy: Path, warehouse: Path) -> None:
    """Put a finished copy in force. A log that someone's own writing left would keep it from opening."""
    warehouse.with_name(warehouse.name + ".wal").unlink(missing_ok=True)
    os.replace(copy, warehouse)  # noqa: PTH105


def _flush(*places: Path) -> None:
    """Have everything on disk before the switch, so that a power cut cannot publish empty files."""
    for path in [path for place in places for path in (*place.rglob("*"), place)]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
