"""What is done with releases once they are made: list, verify, roll back, prune.

Not here: making one (release.py), what people said of them (kept.py), and the command line (command.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.common import leftovers
from pipelines.common.in_force import current_release
from pipelines.common.settings import Settings
from pipelines.common.sql import literal
from pipelines.publish.compare import release_at
from pipelines.publish.kept import Kept, Said, changing, hold, kept
from pipelines.publish.manifest import BrokenReleaseError, verified_manifest, verify
from pipelines.publish.release import switch_to
from pipelines.publish.tables import in_sql
from pipelines.publish.tidy import BUILDING
from pipelines.publish.warehouse_copy import NAME as WAREHOUSE
from pipelines.publish.warehouse_copy import is_linked


@dataclass(frozen=True)
class Listed:
    """A release beside the others; `manifest` is empty where it cannot be read, or is not as it was written."""

    path: Path
    manifest: dict[str, Any]
    is_in_force: bool
    held: Said | None
    pinned: Said | None

    @property
    def n_bytes(self) -> int:
        entries = [*self.manifest.get("tables", ()), *self.manifest.get("files", ())]
        return sum(entry["bytes"] for entry in entries)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        told = ("created", "schema_version", "fingerprint", "is_synthetic")
        return {
            "release": self.path.name,
            **{name: self.manifest.get(name) for name in told},
            "is_in_force": self.is_in_force,
            "is_held": self.held is not None,
            "is_pinned": self.pinned is not None,
            "n_bytes": self.n_bytes,
        }


def listed(settings: Settings) -> list[Listed]:
    """All releases, oldest first. Raises InForceError where it cannot be told what is in force or kept."""
    in_force, said = current_release(settings), kept(settings)
    return [_listed(path, in_force, said) for path in _releases(settings)]


def _listed(path: Path, in_force: Path | None, said: Kept) -> Listed:
    try:
        manifest = verified_manifest(path)
    except BrokenReleaseError:
        manifest = {}
    held = said.held if said.held and said.held.release == path.name else None
    return Listed(path, manifest, path.resolve() == in_force, held, said.pinned.get(path.name))


def problems(release: Path) -> list[str]:
    """All that is wrong with a release: files that are not as written, or not of it; keys; the warehouse.

    The tables of its warehouse are compared with its Parquet files row by row. Nothing where it is whole.
    """
    try:
        manifest = verify(release)
    except BrokenReleaseError as error:
        return [str(error)]
    return [*strays(release, manifest), *problems_of_rows(release, manifest)]


def strays(release: Path, manifest: dict[str, Any]) -> list[str]:
    """What lies in a release and is not of it."""
    return [f"{release / path} is not of the release: move it away" for path in _strays(release, manifest)]


def problems_of_rows(release: Path, manifest: dict[str, Any]) -> list[str]:
    """What is wrong with the types and keys of a release whose files are as written, and with its warehouse."""
    found: list[str] = []
    with duckdb.connect() as con:
        if has_warehouse(manifest):
            con.execute(f"attach {literal(str(release / WAREHOUSE))} as warehouse (read_only)")
            found += _other_release(con, manifest)
        for table in manifest["tables"]:
            rows = in_sql(release, table["name"])
            wrong = [*_problems_of_table(con, rows, table)]
            if has_warehouse(manifest):
                wrong += _apart(con, rows, table["name"])
            found += [f"{release / table['path']}: {problem}" for problem in wrong]
    return found


def has_warehouse(manifest: dict[str, Any]) -> bool:
    """Whether a release was made since releases have their database."""
    return any(entry["path"] == WAREHOUSE for entry in manifest["files"])


def _strays(release: Path, manifest: dict[str, Any]) -> list[str]:
    known = {"manifest.json", *(entry["path"] for entry in [*manifest["tables"], *manifest["files"]])}
    files = (path for path in release.rglob("*") if path.is_symlink() or not path.is_dir())
    there = (path.relative_to(release).as_posix() for path in files)
    return sorted(path for path in there if path not in known)


def _other_release(con: duckdb.DuckDBPyConnection, manifest: dict[str, Any]) -> list[str]:
    said = con.execute("select release_id, fingerprint from warehouse.metadata.release").fetchall()
    wanted = [(manifest["release"], manifest["fingerprint"])]
    return [] if said == wanted else [f"{WAREHOUSE} says that it is of {said}, not {wanted}"]


def _problems_of_table(con: duckdb.DuckDBPyConnection, rows: str, table: dict[str, Any]) -> Iterator[str]:
    types = {name: data_type.lower() for name, data_type, *_ in con.execute(f"describe from {rows}").fetchall()}
    for column in table["columns"]:
        if types[column["name"]] != column["type"]:
            yield f"{column['name']} is {types[column['name']]}, and {column['type']} in the manifest"
    key = ", ".join(f'"{name}"' for name in table["key"])
    repeated = f"select count(*) from (select {key} from {rows} group by all having count(*) > 1)"
    ((n_repeated,),) = con.execute(repeated).fetchall()
    if n_repeated:
        yield f"{n_repeated} keys ({', '.join(table['key'])}) stand on more than one row"


def _apart(con: duckdb.DuckDBPyConnection, rows: str, name: str) -> list[str]:
    same = f'warehouse.marts."{name}"'
    either = f"(from {rows} except all from {same}) union all (from {same} except all from {rows})"
    ((n_apart,),) = con.execute(f"select count(*) from ({either})").fetchall()
    return [f"{n_apart} rows differ from {WAREHOUSE}"] if n_apart else []


def problems_in_force(settings: Settings) -> list[str]:
    """What is wrong with how the well-known names lead to the release in force."""
    if current_release(settings) is None or is_linked(settings):
        return []
    return [f"{settings.warehouse} does not lead to the database of the release in force: the next run mends it"]


def own(settings: Settings, named: str) -> Path:
    """The folder of a release of this data directory. Raises BrokenReleaseError where it is none, or lies elsewhere."""
    release = release_at(settings, named).resolve()
    releases = (settings.published / "releases").resolve()
    if release.parent != releases or release.name.startswith("."):
        raise BrokenReleaseError(f"{named} is no release of {releases}: copy it there, under the id in its manifest")
    return release


def roll_back(settings: Settings, release: Path, said: Said) -> None:
    """Bring a release into force that was before, tables and warehouse in one step, and hold it there.

    Raises BrokenReleaseError where it is not whole, or was made before a release had its warehouse.
    """
    manifest = verify(release)
    if not has_warehouse(manifest):
        raise BrokenReleaseError(
            f"{release} has no {WAREHOUSE}, for it was made before releases had one: its tables can be read where it "
            "is, and it cannot be brought into force"
        )
    # Said before it is done: after a crash in between, the next run does it.
    hold(settings, said)
    switch_to(settings, release)


def prune(settings: Settings, n_newest: int, is_tried: bool) -> tuple[list[Path], int]:
    """Remove all but the newest releases, the one in force, and those that are pinned; what went, and its bytes.

    Nothing is removed where it is only tried.
    """
    leaving = []
    with changing(settings):  # nobody pins what is on its way out
        found = listed(settings)
        spared = {one.path for one in found[max(0, len(found) - n_newest) :]}
        gone = [one for one in found if not (one.path in spared or one.is_in_force or one.held or one.pinned)]
        for one in gone if not is_tried else ():
            # Half of a release must not be taken for one: what a crash leaves under this name, the next run removes.
            leaving.append(one.path.rename(one.path.with_name(f"{BUILDING}{one.path.name}")))
    for folder in leaving:
        leftovers.remove(folder)
    return [one.path for one in gone], sum(one.n_bytes for one in gone)


def _releases(settings: Settings) -> list[Path]:
    return [folder for folder in folders(settings) if (folder / "manifest.json").is_file()]


def folders(settings: Settings) -> list[Path]:
    """All that stands where releases do, also what has lost its manifest."""
    found = (settings.published / "releases").glob("*")
    return sorted(path for path in found if path.is_dir() and not path.name.startswith("."))
