"""The tables that a release to be made is compared with: those in force, and where one is damaged, the next best.

Not here: what differs (drift.py), and whether a release is whole (manifest.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.common.sql import literal
from pipelines.publish.manifest import BrokenReleaseError, is_as_written, verified_manifest, verify_tables
from pipelines.publish.tables import LOG_TABLE, in_sql
from pipelines.publish.tidy import Tell
from pipelines.publish.warehouse_copy import NAME as WAREHOUSE
from pipelines.publish.warehouse_copy import log_beside


@dataclass(frozen=True)
class Before:
    """Tables of a release that can be compared: {name: the table in SQL}; `log` is that of its extracts."""

    release: Path
    log: str
    tables: Mapping[str, str]


def tables_before(con: duckdb.DuckDBPyConnection, in_force: Path, say: Tell) -> Iterator[Before]:
    """Each table that the manifest in force names, from the first that has it as it was written: its own file, the
    database of the release, another release that is whole, the newest before it first.

    Says which are from elsewhere, and which are nowhere. Where the manifest itself is damaged, nothing can be told of
    the release, and another one takes its place.
    """
    left: set[str] | None = None  # all that there is
    problem = ""
    try:
        named = {entry["name"]: entry for entry in verified_manifest(in_force)["tables"]}
    except BrokenReleaseError as error:
        problem = str(error)
    else:
        own = _own(con, in_force, named)
        left = {*named} - {*own}
        if own:
            yield Before(in_force, own[LOG_TABLE], own)
    for other in _others(in_force):
        if left is not None and not left:
            return
        try:
            there = {entry["name"] for entry in verify_tables(other)["tables"]}
        except (BrokenReleaseError, OSError):
            continue
        taken = there if left is None else there & left
        if taken and LOG_TABLE in there:
            which = "its tables" if left is None else ", ".join(sorted(taken))
            say(f"damaged in release {in_force.name}, so compared with those of {other.name}: {which}")
            left = (left or set()) - taken
            yield Before(other, in_sql(other, LOG_TABLE), {name: in_sql(other, name) for name in taken})
    if left is None:
        say(f"! its tables cannot be compared with what would be published: {problem}")
    elif left:
        say(f"! damaged, and in no other release: {', '.join(sorted(left))} cannot be compared with what is published")


def _own(con: duckdb.DuckDBPyConnection, release: Path, named: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The tables that the release itself still has. Without its log nothing tells what they were made of: then none."""
    found = {name: in_sql(release, name) for name, entry in named.items() if is_as_written(release, entry)}
    if damaged := sorted({*named} - {*found}):
        found |= _of_warehouse(con, release, damaged)
    return found if LOG_TABLE in found else {}


def _of_warehouse(con: duckdb.DuckDBPyConnection, release: Path, names: list[str]) -> dict[str, str]:
    """These tables, copied from the database of the release; nothing where that is not as it was written."""
    database = release / WAREHOUSE
    entries = [entry for entry in verified_manifest(release)["files"] if entry["path"] == WAREHOUSE]
    # A log beside it would be read as part of it.
    if not entries or not is_as_written(release, entries[0]) or log_beside(database).exists():
        return {}
    con.execute(f"attach {literal(str(database))} as drift_warehouse (read_only)")
    try:
        for name in names:
            con.execute(f'create or replace temp table "drift_{name}" as from drift_warehouse.marts."{name}"')
    finally:
        con.execute("detach drift_warehouse")
    return {name: f'temp."drift_{name}"' for name in names}


def _others(in_force: Path) -> list[Path]:
    """The other releases: those before it, the newest first, and then those after it, which were taken back."""
    others = [m.parent for m in in_force.parent.glob("*/manifest.json") if m.parent.name != in_force.name]
    seen = [release for release in others if not release.name.startswith(".")]
    return sorted(seen, key=lambda release: (release.name < in_force.name, release.name), reverse=True)
