"""Keep published/ in order after a crash: remove what was left half made, and say what else lies there.

Not here: making a release. A release with its final name is never removed, and neither is anything not of ours.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from pipelines.common import leftovers
from pipelines.common.in_force import NEXT, announced, current_release
from pipelines.common.settings import Settings
from pipelines.publish import kept

OURS = ("current", "releases", kept.NAME)
BUILDING = f"{leftovers.MARK}building-"
Tell = Callable[[str], object]


def clean_up(settings: Settings) -> None:
    """Remove what a crashed run left half built, and the announcements of what is not whole or came into force."""
    in_force = current_release(settings)
    leftovers.remove(settings.published / f"{leftovers.MARK}{kept.NAME}")
    for leftover in (settings.published / "releases").glob(f"{BUILDING}*"):
        leftovers.remove(leftover)
    for link, release in announced(settings).items():
        leads_there = link.readlink() == release.relative_to(settings.published)
        if not leads_there or not _is_release(release) or release.resolve() == in_force:
            leftovers.remove(link)


def forget_announced(settings: Settings, tell: Tell) -> None:
    """Once another release is in force, what a crash kept from it is one release among the others."""
    for link, release in announced(settings).items():
        tell(f"! a crash kept {release} from coming into force; it is left there")
        leftovers.remove(link)


def tell_of_foreign(settings: Settings, tell: Tell) -> None:
    """One line for each kind of thing in published/ that no run makes; all of it is left alone."""
    published = settings.published
    foreign = [path for path in published.iterdir() if path.name not in OURS and not _is_ours(path)]
    foreign += [path for path in (published / "releases").iterdir() if not _is_ours(path) and not _is_release(path)]
    kinds = {
        "links": [path for path in foreign if path.is_symlink()],
        "folders": [path for path in foreign if path.is_dir() and not path.is_symlink()],
        "files": [path for path in foreign if not path.is_dir() and not path.is_symlink()],
    }
    for kind, paths in kinds.items():
        if paths:
            tell(f"! {kind} in {published} that no run makes, left alone: {_named(published, paths)}")


def _is_ours(path: Path) -> bool:
    return path.name.startswith(BUILDING) or (path.name.startswith(NEXT) and path.is_symlink())


def _is_release(path: Path) -> bool:
    return not path.is_symlink() and (path / "manifest.json").is_file()


def _named(published: Path, paths: Iterable[Path]) -> str:
    return ", ".join(sorted(path.relative_to(published).as_posix() for path in paths))
