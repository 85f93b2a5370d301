"""What people accepted of a release to be made, though it differs from the one in force: rows of a seed.

Not here: what differs (pipelines/publish/drift.py). A row names the release in force, and so ends with it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from pipelines.common.seeds import read_seed, seed_path
from pipelines.common.settings import PROJECT_DIR

SEED = "accepted_change"
Row = Mapping[str, str]
# Anything may take the place of the release, also what is synthetic where that is real.
REPLACED = "replaced"


def accepted(release_id: str) -> list[Row]:
    """The rows about a release in force."""
    return [row for row in read_seed(SEED) if row["release_id"] == release_id]


def is_replaced(release_id: str) -> bool:
    """Whether anything may take the place of a release."""
    return any(row["kind"] == REPLACED for row in accepted(release_id))


def how_to_accept(release_id: str, rows: Iterable[tuple[str, str, int | None]]) -> str:
    """What to write, and where: a line for each (kind, subject, how many at most)."""
    today = datetime.now(UTC).date().isoformat()
    lines = [
        f"{release_id},{kind},{subject},{'' if n is None else n},<your name>,{today},<why>" for kind, subject, n in rows
    ]
    path = seed_path(SEED).relative_to(PROJECT_DIR)
    return "\n".join([f"add to {path}, with your name and why, and run again:", *lines])


def how_to_replace(release_id: str) -> str:
    """The row that lets anything take the place of the release in force."""
    return how_to_accept(release_id, [(REPLACED, "", None)])
