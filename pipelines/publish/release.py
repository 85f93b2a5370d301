"""Bring a release into force: built aside, verified, then switched to in one step.

Not here: what the tables hold. A crash at any point leaves the release before in force.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.common.contracts import Contract, read
from pipelines.common.in_force import NEXT, Input, announced, current_release
from pipelines.common.settings import Settings
from pipelines.publish.handout import write_handout
from pipelines.publish.manifest import SCHEMA_VERSION, BrokenReleaseError, build_manifest, verify
from pipelines.publish.metadata.facts import gather
from pipelines.publish.metadata.write import metadata_seeds, write_metadata
from pipelines.publish.report.site import made_of, write_site
from pipelines.publish.tables import content_hash, file_hash, write_parquet
from pipelines.publish.tidy import BUILDING, Tell, clean_up, forget_announced, tell_of_foreign
from pipelines.publish.warehouse_copy import (
    VIEWS,
    VIEWS_DIR,
    build_copy,
    is_copy_of,
    is_edited,
    log_beside,
    note_copy,
)

SHOWN_OF_FINGERPRINT = 8  # letters, in the name of a release


@dataclass(frozen=True)
class Release:
    """A release in force, and whether this run brought it into force."""

    release_id: str
    path: Path
    is_new: bool
    manifest: dict[str, Any]


def publish(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contracts: dict[str, Contract],
    inputs: list[Input],
    now: datetime | None = None,
    tell: Tell = lambda _: None,
) -> Release:
    """Publish the contracts' tables from the build database; nothing new when nothing changed.

    `tell` gets a line for each kind of thing that does not belong in published/. Raises BrokenReleaseError when what
    was written cannot be verified, InForceError when what is in force cannot be told; what was before stays in force.
    """
    releases, current = settings.published / "releases", settings.published / "current"
    in_force = current_release(settings)
    releases.mkdir(parents=True, exist_ok=True)
    clean_up(settings)
    tell_of_foreign(settings, tell)
    tables = {name: read(con, contract) for name, contract in contracts.items()}
    fingerprint = _fingerprint(tables, contracts, inputs)

    made_before = ({current: in_force} if in_force else {}) | announced(settings)
    for link, made in made_before.items():
        manifest = _whole_manifest(made)
        if manifest and manifest["fingerprint"] == fingerprint:
            is_new = link != current
            if is_new:
                _switch(link, current)
            forget_announced(settings, tell)
            _refresh_warehouse(settings, made, contracts, tell)
            return Release(manifest["release"], made, is_new, manifest)

    created = (now or datetime.now(UTC)).replace(microsecond=0)
    release_id = _free_id(releases, f"{created:%Y%m%dT%H%M%SZ}-{fingerprint[:SHOWN_OF_FINGERPRINT]}")
    building = releases / f"{BUILDING}{release_id}"
    building.mkdir()
    for name, table in tables.items():
        write_parquet(table, building / f"{name}.parquet")
    is_synthetic = any(i.is_synthetic for i in inputs)
    write_handout(building, tables, is_synthetic, fingerprint[:SHOWN_OF_FINGERPRINT])
    # After the files for people: the documents tell of them too.
    facts = gather(building, (release_id, created), contracts, tables, is_synthetic)
    write_metadata(building, facts)
    write_site(building / "report", (in_force or building) / "report", facts, tables)
    manifest = build_manifest(building, fingerprint, inputs, facts)
    (building / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    verify(building)
    copy = build_copy(settings.work, building, contracts, release_id)
    _flush(building, copy)

    final = releases / release_id
    link = _announce(settings.published, release_id)
    building.rename(final)
    _switch(link, current)
    forget_announced(settings, tell)
    _replace_warehouse(settings, copy, release_id)
    return Release(release_id, final, True, manifest)


def _fingerprint(tables: dict[str, pa.Table], contracts: dict[str, Contract], inputs: list[Input]) -> str:
    said = {
        "tables": {name: content_hash(name, table) for name, table in tables.items()},
        "contracts": {name: repr(contract) for name, contract in contracts.items()},
        "inputs": sorted((i.path, i.sha256, i.is_synthetic) for i in inputs),
        "schema_version": SCHEMA_VERSION,
        "report": {name: file_hash(path) for name, path in made_of().items()},
        "views": {name: file_hash(VIEWS_DIR / f"{name}.sql") for name in VIEWS},
        "metadata": {str(name): file_hash(path) for name, path in metadata_seeds().items()},
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _whole_manifest(release: Path) -> dict[str, Any] | None:
    """The manifest of a release that is whole; a damaged one is replaced by a new release."""
    try:
        return verify(release)
    except BrokenReleaseError:
        return None


def _refresh_warehouse(settings: Settings, release: Path, contracts: dict[str, Contract], tell: Tell) -> None:
    """A crash between the two switches leaves the warehouse one release behind, and others may have written to it."""
    if not is_copy_of(settings, release.name):
        if is_edited(settings, release.name):
            tell(f"! {settings.warehouse} is not the copy of the release that a run made; it is made anew")
        copy = build_copy(settings.work, release, contracts, release.name)
        _replace_warehouse(settings, copy, release.name)


def _free_id(releases: Path, wanted: str) -> str:
    """Two releases within one second get different ids."""
    candidate, n = wanted, 2
    while (releases / candidate).exists():
        candidate, n = f"{wanted}-{n}", n + 1
    return candidate


def _announce(published: Path, release_id: str) -> Path:
    """The link that is to become `current`; after a crash it tells which release never came into force."""
    link = published / f"{NEXT}{release_id}"
    link.symlink_to(Path("releases") / release_id, target_is_directory=True)
    return link


def _switch(link: Path, current: Path) -> None:
    """Put `link` in the place of `current` in one step: readers see the old release or the new, never none."""
    os.replace(link, current)  # noqa: PTH105


def _replace_warehouse(settings: Settings, copy: Path, release_id: str) -> None:
    """Put a finished copy in force. A log that someone's own writing left would keep it from opening."""
    note_copy(settings, copy, release_id)
    log_beside(settings.warehouse).unlink(missing_ok=True)
    os.replace(copy, settings.warehouse)  # noqa: PTH105


def _flush(*places: Path) -> None:
    """Have everything on disk before the switch, so that a power cut cannot publish empty files."""
    for path in [path for place in places for path in (*place.rglob("*"), place)]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
