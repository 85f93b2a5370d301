"""The manifest of a release: what it holds, what it was made from and by, and the check that it is whole.

Not here: writing tables or switching releases.
"""

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.common.accepted import Row
from pipelines.common.contracts import Contract
from pipelines.common.in_force import Input
from pipelines.common.settings import PROJECT_DIR
from pipelines.publish.metadata.facts import Facts
from pipelines.publish.tables import file_hash

SCHEMA_VERSION = "1.2"
CONTENT = "content_sha256"  # of a table's rows, in whatever file
DIGEST = "manifest_sha256"
PACKAGES = ("dagster", "dbt-core", "dbt-duckdb", "duckdb", "pandas", "pyarrow")


@dataclass(frozen=True)
class Origin:
    """What a release is made from: its fingerprint, the hash of each table's rows, its extracts, what was accepted."""

    fingerprint: str
    contents: Mapping[str, str]
    inputs: tuple[Input, ...]
    accepted: Sequence[Row]


class BrokenReleaseError(RuntimeError):
    """A release does not hold what its manifest says."""


def git_commit() -> str | None:
    """The commit of the code, with -dirty for uncommitted changes; None outside a git checkout."""
    try:
        head = _git("rev-parse", "HEAD")
        return head + ("-dirty" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    # The clone may be another user's than the one who runs it, as that of a service is; git would refuse it.
    trusted = ["git", "-c", f"safe.directory={PROJECT_DIR.resolve()}"]
    done = subprocess.run([*trusted, *arguments], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def build_manifest(folder: Path, origin: Origin, facts: Facts) -> dict[str, Any]:
    """The manifest of the release in `folder`, whose files are all written."""
    tables = {folder / f"{table.name}.parquet": table.contract for table in facts.tables}
    inputs = sorted(origin.inputs, key=lambda i: i.path)
    said = {
        "release": facts.release_id,
        "created": facts.created.isoformat(timespec="seconds"),
        "schema_version": SCHEMA_VERSION,
        "fingerprint": origin.fingerprint,
        "is_synthetic": facts.is_synthetic,
        "licence": facts.publication.licence["licence"],
        "citation": {language: facts.citation(language) for language in ("nb", "en")},
        "git_commit": git_commit(),
        "packages": {name: version(name) for name in PACKAGES},
        "inputs": [{"path": i.path, "sha256": i.sha256, "is_synthetic": i.is_synthetic} for i in inputs],
        "corrections": [{"path": i.path, **row} for i in inputs for row in json.loads(i.corrections or "[]")],
        "accepted": [dict(row) for row in origin.accepted],
        "tables": [_table_entry(path, contract, origin.contents[contract.name]) for path, contract in tables.items()],
        "files": [
            {"path": str(path.relative_to(folder)), "bytes": path.stat().st_size, "sha256": file_hash(path)}
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path not in tables
        ],
    }
    return {**said, DIGEST: _digest(said)}


def _digest(said: dict[str, Any]) -> str:
    """SHA-256 of all else that a manifest says."""
    rest = {name: value for name, value in said.items() if name != DIGEST}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _table_entry(path: Path, contract: Contract, content: str) -> dict[str, Any]:
    return {
        "name": contract.name,
        "path": path.name,
        "rows": pq.read_metadata(path).num_rows,
        "bytes": path.stat().st_size,
        "sha256": file_hash(path),
        CONTENT: content,
        "key": list(contract.key),
        "columns": [{"name": c.name, "type": c.data_type} for c in contract.columns],
    }


def read_manifest(release: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    return said


def verified_manifest(release: Path) -> dict[str, Any]:
    """The manifest as it was written. Raises BrokenReleaseError where it cannot be read, or was changed since."""
    try:
        manifest = read_manifest(release)
        _ = manifest["release"], manifest["fingerprint"]
        _ = [(entry["path"], entry["bytes"], entry["sha256"]) for entry in manifest["tables"] + manifest["files"]]
        is_as_made = manifest.get(DIGEST) in (None, _digest(manifest))  # None: made before it was noted
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BrokenReleaseError(f"{release}: manifest.json cannot be read: {error}") from error
    if not is_as_made:
        raise BrokenReleaseError(f"{release / 'manifest.json'} differs from what was written ({DIGEST})")
    return manifest


def verify_tables(release: Path) -> dict[str, Any]:
    """The manifest of a release whose tables are as it says. Raises BrokenReleaseError naming the first that is not."""
    manifest = verified_manifest(release)
    _check_files(release, manifest["tables"])
    return manifest


def verify(release: Path) -> dict[str, Any]:
    """The manifest of a release that holds exactly what it says.

    Raises BrokenReleaseError naming the first file that is missing or differs.
    """
    manifest = verified_manifest(release)
    _check_files(release, manifest["tables"] + manifest["files"])
    for entry in manifest["tables"]:
        written = pq.read_metadata(release / entry["path"])
        if written.schema.to_arrow_schema().names != [c["name"] for c in entry["columns"]]:
            raise BrokenReleaseError(f"{release / entry['path']}: columns differ from the manifest")
        if written.num_rows != entry["rows"]:
            raise BrokenReleaseError(f"{release / entry['path']}: rows differ from the manifest")
    return manifest


def is_as_written(release: Path, entry: Mapping[str, Any]) -> bool:
    """Whether a file of a release is there, and as its manifest says."""
    try:
        _check_files(release, [entry])
    except (BrokenReleaseError, OSError):
        return False
    return True


def _check_files(release: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    for entry in entries:
        path = release / entry["path"]
        if not path.is_file():
            raise BrokenReleaseError(f"{path} is missing, but the manifest names it")
        if file_hash(path) != entry["sha256"]:
            raise BrokenReleaseError(f"{path} differs from what its manifest says (sha256)")
