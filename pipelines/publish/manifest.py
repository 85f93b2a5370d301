"""The manifest of a release: what it holds, what it was made from and by, and the check that it is whole.

Not here: writing tables or switching releases.
"""

import json
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.common.contracts import Contract
from pipelines.common.in_force import Input
from pipelines.common.settings import PROJECT_DIR
from pipelines.publish.metadata.facts import Facts
from pipelines.publish.tables import file_hash

SCHEMA_VERSION = "1.0"
PACKAGES = ("dagster", "dbt-core", "dbt-duckdb", "duckdb", "pandas", "pyarrow")


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
    done = subprocess.run(["git", *arguments], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def build_manifest(folder: Path, fingerprint: str, inputs: list[Input], facts: Facts) -> dict[str, Any]:
    """The manifest of the release in `folder`, whose files are all written."""
    tables = {folder / f"{table.name}.parquet": table.contract for table in facts.tables}
    return {
        "release": facts.release_id,
        "created": facts.created.isoformat(timespec="seconds"),
        "schema_version": SCHEMA_VERSION,
        "fingerprint": fingerprint,
        "is_synthetic": facts.is_synthetic,
        "licence": facts.publication.licence["licence"],
        "citation": {language: facts.citation(language) for language in ("nb", "en")},
        "git_commit": git_commit(),
        "packages": {name: version(name) for name in PACKAGES},
        "inputs": [vars(i) for i in sorted(inputs, key=lambda i: i.path)],
        "tables": [_table_entry(path, contract) for path, contract in tables.items()],
        "files": [
            {"path": str(path.relative_to(folder)), "bytes": path.stat().st_size, "sha256": file_hash(path)}
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path not in tables
        ],
    }


def _table_entry(path: Path, contract: Contract) -> dict[str, Any]:
    return {
        "name": contract.name,
        "path": path.name,
        "rows": pq.read_metadata(path).num_rows,
        "bytes": path.stat().st_size,
        "sha256": file_hash(path),
        "key": list(contract.key),
        "columns": [{"name": c.name, "type": c.data_type} for c in contract.columns],
    }


def read_manifest(release: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    return said


def verify(release: Path) -> dict[str, Any]:
    """The manifest of a release that holds exactly what it says.

    Raises BrokenReleaseError naming the first file that is missing or differs.
    """
    try:
        manifest = read_manifest(release)
        entries = manifest["tables"] + manifest["files"]
        _ = manifest["release"], manifest["fingerprint"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BrokenReleaseError(f"{release}: manifest.json cannot be read: {error}") from error
    for entry in entries:
        path = release / entry["path"]
        if not path.is_file():
            raise BrokenReleaseError(f"{path} is missing, but the manifest names it")
        if file_hash(path) != entry["sha256"]:
            raise BrokenReleaseError(f"{path} differs from what its manifest says (sha256)")
    for entry in manifest["tables"]:
        written = pq.read_metadata(release / entry["path"])
        if written.schema.to_arrow_schema().names != [c["name"] for c in entry["columns"]]:
            raise BrokenReleaseError(f"{release / entry['path']}: columns differ from the manifest")
        if written.num_rows != entry["rows"]:
            raise BrokenReleaseError(f"{release / entry['path']}: rows differ from the manifest")
    return manifest
