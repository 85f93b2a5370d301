"""Bring a release into force: built aside, verified, then switched to in one step.

Not here: what the tables hold. A crash at any point leaves the release before in force.
"""

import hashlib
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.common import leftovers
from pipelines.common.accepted import Row
from pipelines.common.contracts import Contract, read
from pipelines.common.in_force import NEXT, InForceError, Input, announced, current_release
from pipelines.common.settings import Settings
from pipelines.publish.compare import How, compare_tables
from pipelines.publish.handout import write_handout
from pipelines.publish.kept import kept
from pipelines.publish.manifest import CONTENT, SCHEMA_VERSION, BrokenReleaseError, Origin, build_manifest, verify
from pipelines.publish.metadata.facts import gather
from pipelines.publish.metadata.write import metadata_seeds, write_metadata
from pipelines.publish.report.report import Moved
from pipelines.publish.report.site import Site, ahead, made_of, write_site
from pipelines.publish.tables import content_hash, file_hash, write_parquet
from pipelines.publish.tidy import BUILDING, Tell, clean_up, forget_announced, tell_of_foreign
from pipelines.publish.warehouse_copy import VIEWS, VIEWS_DIR, build_copy, link
from pipelines.publish.withheld import withheld

SHOWN_OF_FINGERPRINT = 8  # letters, in the name of a release
WRITABLE = 0o222  # by anyone
SETTLED_AT_ONCE = 16  # files


@dataclass(frozen=True)
class Release:
    """A release in force, and whether this run brought it into force."""

    release_id: str
    path: Path
    is_new: bool
    manifest: dict[str, Any]


@dataclass(frozen=True)
class Watch:
    """Who is told of what does not belong in published/, a line for each kind; and asked before a release takes the
    place of the one in force, what was accepted of it."""

    tell: Tell = lambda _: None
    may_replace: Callable[[Path], list[Row]] = lambda _: []


def publish(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    contracts: dict[str, Contract],
    inputs: list[Input],
    now: datetime | None = None,
    watch: Watch = Watch(),  # it cannot be changed
) -> Release:
    """Publish the contracts' tables from the build database; nothing new when nothing changed.

    Raises BrokenReleaseError when what was written cannot be verified, InForceError when what is in force cannot be
    told, and what `watch` does; what was before stays in force, as it does where a release is held.
    """
    releases, current = settings.published / "releases", settings.published / "current"
    in_force = current_release(settings)
    held = kept(settings).held
    if held and (in_force is None or in_force.name != held.release):
        _whole_held(releases / held.release)
        switch_to(settings, releases / held.release)  # which a crash kept it from
        in_force = current_release(settings)
    releases.mkdir(parents=True, exist_ok=True)
    clean_up(settings)
    tell_of_foreign(settings, watch.tell)
    if held and in_force:
        watch.tell(f"! release {held.release} is held in force ({held}): nothing is published until `releases resume`")
        link(settings, watch.tell)
        return Release(held.release, in_force, False, _whole_held(in_force))
    tables = {name: read(con, contract) for name, contract in contracts.items()}
    contents = {name: content_hash(name, table) for name, table in tables.items()}
    fingerprint = _fingerprint(contents, contracts, inputs)

    made_before = ({current: in_force} if in_force else {}) | announced(settings)
    for found, made in made_before.items():
        manifest = _whole_manifest(made)
        if manifest and manifest["fingerprint"] == fingerprint:
            is_new = found != current
            if is_new:
                _switch(found, current)
            forget_announced(settings, watch.tell)
            link(settings, watch.tell)
            return Release(manifest["release"], made, is_new, manifest)

    ahead(tables)
    rows = watch.may_replace(in_force) if in_force else []
    origin = Origin(fingerprint, contents, tuple(inputs), rows)
    created = (now or datetime.now(UTC)).replace(microsecond=0)
    release_id = _free_id(releases, f"{created:%Y%m%dT%H%M%SZ}-{fingerprint[:SHOWN_OF_FINGERPRINT]}")
    building = releases / f"{BUILDING}{release_id}"
    building.mkdir()
    for name, table in tables.items():
        write_parquet(table, building / f"{name}.parquet", fingerprint)
    is_synthetic = any(i.is_synthetic for i in inputs)
    write_handout(building, tables, is_synthetic, fingerprint[:SHOWN_OF_FINGERPRINT])
    # After the files for people: the documents tell of them too.
    facts = gather(building, (release_id, created), contracts, tables, is_synthetic)
    write_metadata(building, facts)
    moved = _moved(in_force, building, origin, contracts)
    # DuckDB does not hold the interpreter while it writes.
    with ThreadPoolExecutor(1) as pool:
        copied = pool.submit(build_copy, building, contracts, release_id, fingerprint)
        write_site(Site(building / "report", (in_force or building) / "report", facts, moved), tables)
        copied.result()
    manifest = build_manifest(building, origin, facts)
    (building / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    verify(building)
    _settle(building)

    final = releases / release_id
    announcement = _announce(settings.published, release_id)
    building.rename(final)
    _switch(announcement, current)
    forget_announced(settings, watch.tell)
    link(settings, watch.tell)
    return Release(release_id, final, True, manifest)


def _fingerprint(contents: dict[str, str], contracts: dict[str, Contract], inputs: list[Input]) -> str:
    said = {
        "tables": contents,
        "contracts": {name: repr(contract) for name, contract in contracts.items()},
        "inputs": sorted((i.path, i.sha256, i.is_synthetic) for i in inputs),
        "schema_version": SCHEMA_VERSION,
        "report": {name: file_hash(path) for name, path in made_of().items()},
        "views": {name: file_hash(VIEWS_DIR / f"{name}.sql") for name in VIEWS},
        "metadata": {str(name): file_hash(path) for name, path in metadata_seeds().items()},
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _moved(in_force: Path | None, building: Path, origin: Origin, contracts: dict[str, Contract]) -> Moved | None:
    """What sets the tables that are written apart from those in force; None where these are none, or not whole."""
    before = _whole_manifest(in_force) if in_force else None
    if in_force is None or before is None:
        return None
    told = {table["name"]: table for table in before["tables"]}
    now = {name: {"key": list(c.key), CONTENT: origin.contents[name]} for name, c in contracts.items()}
    silent = withheld(in_force, building, contracts)
    return Moved(in_force.name, compare_tables(in_force, building, told, now, How(withheld=silent)), bool(silent))


def _whole_held(release: Path) -> dict[str, Any]:
    """The manifest of the release that is held. Raises InForceError where that is not whole."""
    try:
        return verify(release)
    except BrokenReleaseError as error:
        problem = f"release {release.name} is held in force, and damaged: {error}"
        raise InForceError(f"{problem}. Put it back from a copy, or type `releases resume`") from error


def _whole_manifest(release: Path) -> dict[str, Any] | None:
    """The manifest of a release that is whole; a damaged one is replaced by a new release."""
    try:
        return verify(release)
    except BrokenReleaseError:
        return None


def _free_id(releases: Path, wanted: str) -> str:
    """Two releases within one second get different ids."""
    candidate, n = wanted, 2
    while (releases / candidate).exists():
        candidate, n = f"{wanted}-{n}", n + 1
    return candidate


def switch_to(settings: Settings, release: Path) -> None:
    """Bring a whole release into force that was before."""
    leftovers.remove(settings.published / f"{NEXT}{release.name}")
    _switch(_announce(settings.published, release.name), settings.published / "current")
    link(settings, lambda _: None)


def _announce(published: Path, release_id: str) -> Path:
    """The link that is to become `current`; after a crash it tells which release never came into force."""
    link = published / f"{NEXT}{release_id}"
    link.symlink_to(Path("releases") / release_id, target_is_directory=True)
    return link


def _switch(link: Path, current: Path) -> None:
    """Put `link` in the place of `current` in one step: readers see the old release or the new, never none."""
    os.replace(link, current)  # noqa: PTH105


def _settle(folder: Path) -> None:
    """Nobody writes a release's files again, and all is on disk before the switch: a power cut cannot publish empty
    files."""
    # Several at once share what the disk does for one.
    with ThreadPoolExecutor(SETTLED_AT_ONCE) as pool:
        list(pool.map(_settle_one, (*folder.rglob("*"), folder)))


def _settle_one(path: Path) -> None:
    if path.is_file():
        path.chmod(path.stat().st_mode & ~WRITABLE)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
