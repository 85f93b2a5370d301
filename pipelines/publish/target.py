"""A copy of the release in force where BI lives: a share without links, an object store, what fsspec writes to.

Not here: the release, what was sent last (sent.py), and who may write there (variables and files of the file system).
"""

import json
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from pipelines.common.in_force import current_release
from pipelines.common.leftovers import MARK
from pipelines.common.settings import Settings
from pipelines.common.warehouse import make_private_folder
from pipelines.publish.manifest import verify
from pipelines.publish.sent import note_sent

POINTER = "current.json"
USER = re.compile(r"(?<=//)[^/@]*@")  # and password, in an address
READ_ONLY = re.compile(r"https?://", re.IGNORECASE)
WAIT_SECONDS = 1800.0  # for another process that sends
OWNER, OTHERS_READ = 0o700, 0o055
# FTP and SFTP write to this folder of the server what they then move: it need not be there, nor on the same disk.
BESIDE, ELSEWHERE = ("tempdir", "temppath"), "/tmp"


class TargetError(RuntimeError):
    """The copy could not be made; what readers see there is as before. The message names the place, and what to do."""


@dataclass(frozen=True)
class Sent:
    """The release, the pointer that readers begin with, and how many files were not there yet."""

    release_id: str
    pointer: str
    n_files: int


def send_in_force(settings: Settings, url: str) -> Sent | None:
    """Copy the release in force below `url`, and say that it is in force there, last of all; None where there is none.

    One process of this machine at a time. What came into force meanwhile is sent, too: what is said last is what is in
    force. Raises BrokenReleaseError where the release is not whole, TargetError where it cannot be sent.
    """
    make_private_folder(settings.work)
    try:
        with FileLock(settings.work / "target.lock", timeout=WAIT_SECONDS):
            sent = None
            while (release := current_release(settings)) and (sent is None or sent.release_id != release.name):
                sent = send(release, url)
            if sent:
                note_sent(settings, url, sent.release_id)
            return sent
    except Timeout as error:
        problem = f"{shown(url)}: another process still sends after {WAIT_SECONDS:.0f} seconds"
        raise TargetError(f"{problem}; let it end, or stop it, and run again") from error


def send(release: Path, url: str) -> Sent:
    """Copy a whole release below `url`, and say that it is in force there, last of all.

    Files that are there with the same size are not sent again, for a release never changes. Raises as send_in_force().
    """
    place = shown(url)
    if READ_ONLY.match(url):
        problem = f"{place} cannot be written to: HTTP is for reading"
        raise TargetError(f"{problem}. Name the folder that the web server has, or what else fsspec writes to")
    manifest = verify(release)
    names = ["manifest.json", *(entry["path"] for entry in [*manifest["tables"], *manifest["files"]])]
    sizes = {name: (release / name).stat().st_size for name in names}
    pointed = {name: manifest[name] for name in ("release", "created", "fingerprint", "schema_version", "is_synthetic")}
    try:
        fs, root = url_to_fs(url)
        root = root.rstrip("/")
        folder = f"{root}/releases/{release.name}"
        if isinstance(fs, LocalFileSystem):
            _make_readable_as_above(Path(root))
        missing = _differing(fs, folder, sizes)
        for name in missing:
            fs.makedirs(f"{folder}/{name}".rpartition("/")[0], exist_ok=True)
            fs.put_file(str(release / name), f"{folder}/{name}")
        if lost := _differing(fs, folder, sizes):
            raise TargetError(f"{place}: {', '.join(sorted(lost)[:3])} came to another size there; look at its space")
        if isinstance(fs, LocalFileSystem):
            _give_rights_of(Path(root), Path(root, "releases"), Path(folder), *Path(folder).rglob("*"))
        _point(fs, root, {**pointed, "path": f"releases/{release.name}"})
    except TargetError:
        raise
    except (ImportError, ValueError) as error:
        problem = f"{place} cannot be written to: {shown(str(error))}"
        raise TargetError(f"{problem}. Install what it names, or correct the address") from error
    except Exception as error:  # each file system has errors of its own
        problem = f"{place} cannot be written to: {type(error).__name__}: {shown(str(error))}"
        raise TargetError(f"{problem}. What is in force there is as before; run again") from error
    return Sent(release.name, f"{place.rstrip('/')}/{POINTER}", len(missing))


def shown(text: str) -> str:
    """An address, or a text with one, without user and password."""
    return USER.sub("", text)


def _make_readable_as_above(root: Path) -> None:
    """Make the folder of a target, for whoever may read the one that it is made in."""
    if root.is_dir():
        return
    _make_readable_as_above(root.parent)
    root.mkdir(exist_ok=True)
    _give_rights_of(root.parent, root)


def _give_rights_of(folder: Path, *paths: Path) -> None:
    """Whoever may read the folder may read these, whatever the umask says: readers are other users."""
    others = folder.stat().st_mode & OTHERS_READ
    for path in paths:
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = (mode & ~0o077) | OWNER | others if path.is_dir() else 0o600 | (others & 0o044)
        if mode != wanted:
            with suppress(OSError):  # a share that has rights of its own
                path.chmod(wanted)


def _point(fs: AbstractFileSystem, root: str, said: dict[str, Any]) -> None:
    """Write the pointer in one step, where the file system has one: readers see that of before or this one."""
    content = json.dumps(said, indent=2).encode()
    if isinstance(fs, LocalFileSystem):
        new = Path(root, f"{MARK}{POINTER}")
        new.write_bytes(content)
        _give_rights_of(Path(root), new)
        new.replace(new.with_name(POINTER))
        return
    for name in BESIDE:
        if getattr(fs, name, None) == ELSEWHERE:
            setattr(fs, name, root)
    with fs.transaction, fs.open(f"{root}/{POINTER}", "wb") as file:
        file.write(content)


def _differing(fs: AbstractFileSystem, folder: str, sizes: dict[str, int]) -> list[str]:
    """The files that are not in the folder with their size."""
    fs.invalidate_cache()
    found = fs.find(folder, detail=True) if fs.exists(folder) else {}
    release_id = folder.rpartition("/")[2]
    there = {path.partition(f"/{release_id}/")[2]: told["size"] for path, told in found.items()}
    return [name for name, size in sizes.items() if there.get(name) != size]
