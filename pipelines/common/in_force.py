"""What is in force: the release that `published/current` leads to, and what that was made from.

Not here: making a release or switching to it (pipelines/publish).
"""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.common.accepted import how_to_replace
from pipelines.common.leftovers import MARK
from pipelines.common.settings import Settings

# The link that is to become `current`, by release: it says which release a crash kept from coming into force.
NEXT = f"{MARK}next-"


class InForceError(RuntimeError):
    """What is in force cannot be told, so nothing may take its place; the message has the remedy."""


@dataclass(frozen=True)
class Input:
    """One extract a release was made from; `path` is relative to landing/."""

    path: str
    sha256: str
    is_synthetic: bool
    corrections: str = ""  # rows of seed correction that it was read with, as JSON

    @property
    def wave(self) -> str:
        """The folder it was delivered in, such as <survey>/<wave>."""
        return str(PurePosixPath(self.path).parent)

    @property
    def survey(self) -> str:
        """The folder of all waves of its survey."""
        return str(PurePosixPath(self.path).parent.parent)


def current_release(settings: Settings) -> Path | None:
    """The folder `published/current` points at, or None where nothing is published yet.

    Raises InForceError where something is published and `current` does not lead to it: a release may be real, and
    is not to be replaced as if it were not there.
    """
    published, current = settings.published, settings.published / "current"
    if current.is_symlink():
        if current.is_dir():
            return current.resolve()
        raise InForceError(f"{current} leads to {current.readlink()}, which is not there. {_link_anew(settings)}")
    if current.is_dir():
        raise InForceError(
            f"{current} is a folder and not a link to a release: was published/ copied without links, from an archive "
            f"or a synchronised folder? {_link_instead_of(settings)}"
        )
    if current.exists():
        raise InForceError(f"{current} is a file and not a link to a release. {_link_anew(settings)}")
    if published.is_symlink() and not published.exists():
        raise InForceError(f"{published} leads to {published.readlink()}, which is not there: is a disk not mounted?")
    if _ever_in_force(settings):
        raise InForceError(f"{current} is gone, but there are releases beside it. {_link_anew(settings)}")
    return None


def inputs_of(release: Path) -> list[Input]:
    """What a release was made from: as its manifest says, and where that is damaged, as its extract_log says.

    Raises InForceError when neither can be read.
    """
    try:
        said = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
        inputs = said["inputs"]
        corrected: dict[str, list[dict[str, Any]]] = {}
        for row in said.get("corrections", []):  # no release had any before they were noted
            corrected.setdefault(row.pop("path"), []).append(row)
        noted = {path: json.dumps(rows, ensure_ascii=False) for path, rows in corrected.items()}
        return [Input(i["path"], i["sha256"], i["is_synthetic"], noted.get(i["path"], "")) for i in inputs]
    except (OSError, ValueError, LookupError, TypeError):
        return _logged_inputs(release)


def _logged_inputs(release: Path) -> list[Input]:
    import pyarrow as pa  # only where a manifest is damaged
    import pyarrow.parquet as pq

    names = ["file_name", "sha256", "is_synthetic"]
    try:
        log = pq.read_table(release / "extract_log.parquet", columns=names, filters=[("status", "=", "loaded")])
        return [Input(*(row[name] for name in names)) for row in log.to_pylist()]
    except (OSError, LookupError, pa.ArrowException):
        raise InForceError(
            f"{release} is in force, and neither its manifest.json nor its extract_log.parquet can be read: what it "
            f"was made from is not known. Put it back from a copy, or have it replaced: {how_to_replace(release.name)}"
        ) from None


def rows_in_force(settings: Settings) -> dict[tuple[str, int], int]:
    """{(survey, wave): rows} of the extracts in the release in force; empty where there is none that can be read."""
    import pyarrow as pa  # only where something is published
    import pyarrow.parquet as pq

    names = ["survey", "wave", "n_rows"]
    try:
        release = current_release(settings)
        if release is None:
            return {}
        log = pq.read_table(release / "extract_log.parquet", columns=names, filters=[("status", "=", "loaded")])
    except (InForceError, OSError, pa.ArrowException):
        return {}
    found: dict[tuple[str, int], int] = {}
    for row in log.to_pylist():
        key = row["survey"], row["wave"]
        found[key] = found.get(key, 0) + (row["n_rows"] or 0)
    return found


def announced(settings: Settings) -> dict[Path, Path]:
    """{link that was to become `current`: its release}, which a crash kept from coming into force or being finished."""
    links = sorted(link for link in settings.published.glob(f"{NEXT}*") if link.is_symlink())
    return {link: settings.published / "releases" / link.name.removeprefix(NEXT) for link in links}


def _ever_in_force(settings: Settings) -> list[Path]:
    """The releases that were in force at some time, oldest first."""
    releases = [file.parent for file in sorted((settings.published / "releases").glob("*/manifest.json"))]
    never = announced(settings).values()
    return [release for release in releases if release not in never and not release.name.startswith(".")]


def _link_anew(settings: Settings) -> str:
    releases, current = _ever_in_force(settings), shlex.quote(str(settings.published / "current"))
    if not releases:
        return f"No release is left beside it: put published/ back from a copy, or remove {current} to begin anew."
    newest = releases[-1].name
    return (
        f"Link it to the release that was in force; to the newest: ln -sfn releases/{newest} {current}. "
        f"To begin anew, move {settings.published} away."
    )


def _link_instead_of(settings: Settings) -> str:
    """What to do with a `current` that is a copy of the release it should lead to."""
    releases, current = settings.published / "releases", settings.published / "current"
    try:
        release_id = json.loads((current / "manifest.json").read_text(encoding="utf-8"))["release"]
        release = releases / release_id
    except (OSError, ValueError, LookupError, TypeError):
        return f"Move the folder away. {_link_anew(settings)}"
    away = f"rm -r {shlex.quote(str(current))}"
    if not release.is_dir():
        away = f"mkdir -p {shlex.quote(str(releases))} && mv {shlex.quote(str(current))} {shlex.quote(str(release))}"
    return f"It holds release {release_id}: {away} && ln -s {shlex.quote(f'releases/{release_id}')} {current}"
