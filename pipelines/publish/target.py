"""A copy of the release in force where BI lives: a share without links, an object store, what fsspec writes to.

Not here: the release, and who may write there (the file system's own environment variables and files say so).
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from pipelines.common.leftovers import MARK
from pipelines.publish.manifest import verify

POINTER = "current.json"
USER = re.compile(r"(?<=//)[^/@]*@")  # and password, in an address


class TargetError(RuntimeError):
    """The copy could not be made; what readers see there is as before. The message names the place, and what to do."""


@dataclass(frozen=True)
class Sent:
    """The pointer that readers begin with, and how many files were not there yet."""

    pointer: str
    n_files: int


def send(release: Path, url: str) -> Sent:
    """Copy a whole release below `url`, and say that it is in force there, last of all.

    Files that are there with the same size are not sent again, for a release never changes. Raises BrokenReleaseError
    where the release is not whole, TargetError where it cannot be sent.
    """
    manifest = verify(release)
    names = ["manifest.json", *(entry["path"] for entry in [*manifest["tables"], *manifest["files"]])]
    sizes = {name: (release / name).stat().st_size for name in names}
    pointed = {name: manifest[name] for name in ("release", "created", "fingerprint", "schema_version", "is_synthetic")}
    place = shown(url)
    try:
        fs, root = url_to_fs(url)
        folder = f"{root.rstrip('/')}/releases/{release.name}"
        missing = _differing(fs, folder, sizes)
        for name in missing:
            fs.makedirs(f"{folder}/{name}".rpartition("/")[0], exist_ok=True)
            fs.put_file(str(release / name), f"{folder}/{name}")
        if lost := _differing(fs, folder, sizes):
            raise TargetError(f"{place}: {', '.join(sorted(lost)[:3])} came to another size there; look at its space")
        _point(fs, f"{root.rstrip('/')}/{POINTER}", {**pointed, "path": f"releases/{release.name}"})
    except TargetError:
        raise
    except (ImportError, ValueError) as error:
        problem = f"{place} cannot be written to: {shown(str(error))}"
        raise TargetError(f"{problem}. Install what it names, or correct the address") from error
    except Exception as error:  # each file system has errors of its own
        problem = f"{place} cannot be written to: {type(error).__name__}: {shown(str(error))}"
        raise TargetError(f"{problem}. What is in force there is as before; run again") from error
    return Sent(f"{place.rstrip('/')}/{POINTER}", len(missing))


def shown(text: str) -> str:
    """An address, or a text with one, without user and password."""
    return USER.sub("", text)


def _point(fs: AbstractFileSystem, path: str, said: dict[str, Any]) -> None:
    """Write the pointer in one step, where the file system has one: readers see that of before or this one."""
    content = json.dumps(said, indent=2).encode()
    if isinstance(fs, LocalFileSystem):
        new = Path(path).with_name(f"{MARK}{POINTER}")
        new.write_bytes(content)
        new.replace(path)
        return
    with fs.transaction, fs.open(path, "wb") as file:
        file.write(content)


def _differing(fs: AbstractFileSystem, folder: str, sizes: dict[str, int]) -> list[str]:
    """The files that are not in the folder with their size."""
    found = fs.find(folder, detail=True) if fs.exists(folder) else {}
    release_id = folder.rpartition("/")[2]
    there = {path.partition(f"/{release_id}/")[2]: told["size"] for path, told in found.items()}
    return [name for name, size in sizes.items() if there.get(name) != size]
