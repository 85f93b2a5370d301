"""A release in force, its warehouse and the names that lead to them, damaged in every way that a disk or a hand can.

Not here: damage that a person has to mend and is told how (tests/unit/test_publish.py: what `current` may be).
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

from pipelines.automation.unchanged import is_unchanged
from pipelines.publish.warehouse_copy import NAME as WAREHOUSE
from pipelines.publish.warehouse_copy import log_beside
from tests.chaos import holds
from tests.chaos.ground import AFTER, SETTLED, Ground
from tests.chaos.started import forked
from tests.chaos.trial import Trial
from tests.line import Line

DAMAGED = "damaged release or warehouse"
TABLE, PAGE, BOOK = "survey_estimates.parquet", "report/index.html", "digital_tilstand.xlsx"
WRITE = "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute(sys.argv[2]); {}"
UPDATE = "update marts.kommuner set kommunenavn = 'x'"


def bit(path: Path, random: Random) -> None:
    """One bit is another, and nothing else tells of it: time and size are as before."""
    found, content = path.stat(), bytearray(path.read_bytes())
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    written(path, bytes(content))
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def cut(path: Path, random: Random) -> None:
    content = path.read_bytes()
    written(path, content[: random.randrange(1, len(content))])


def emptied(path: Path, _: Random) -> None:
    written(path, b"")


def gone(path: Path, _: Random) -> None:
    path.unlink()


def other(path: Path, _: Random) -> None:
    """The same file of the release before."""
    release = path
    while release.parent.name != "releases":
        release = release.parent
    (before,) = (one for one in release.parent.iterdir() if one != release)
    written(path, (before / path.relative_to(release)).read_bytes())


def folder(path: Path, _: Random) -> None:
    """Of that name."""
    path.unlink()
    path.mkdir()


def other_number(path: Path, _: Random) -> None:
    said = json.loads(path.read_text(encoding="utf-8"))
    said["tables"][0]["rows"] += 1
    written(path, json.dumps(said).encode())


def sql(path: Path, _: Random) -> None:
    """Someone who may write has another name for every kommune."""
    path.chmod(0o644)
    subprocess.run([sys.executable, "-c", WRITE.format("c.close()"), str(path), UPDATE], check=True)


def log(path: Path, _: Random) -> None:
    """Someone who may write dies, and leaves a log that would change the database."""
    path.chmod(0o644)
    subprocess.run([sys.executable, "-c", WRITE.format("os._exit(0)"), str(path), UPDATE], check=True)
    path.chmod(0o444)
    assert log_beside(path).exists()


def written(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def copied(line: Line) -> None:
    """The well-known name is a file of its own, as a copy without links makes it."""
    name = line.settings.warehouse
    name.unlink()
    shutil.copyfile(line.release / WAREHOUSE, name)


def not_linked(line: Line) -> None:
    line.settings.warehouse.unlink()


def linked_elsewhere(line: Line) -> None:
    name, before = line.settings.warehouse, line.releases()[0]
    name.unlink()
    name.symlink_to(Path("published", "releases", before, WAREHOUSE))


def put_back(line: Line) -> None:
    """By hand, the release before is in force again."""
    current = line.settings.published / "current"
    current.unlink()
    current.symlink_to(Path("releases", line.releases()[0]))


IN_RELEASE: tuple[tuple[Callable[[Path, Random], None], str], ...] = (
    *((kind, TABLE) for kind in (bit, cut, emptied, gone, other, folder)),
    *((kind, "manifest.json") for kind in (bit, cut, emptied, gone, other, other_number)),
    *((kind, WAREHOUSE) for kind in (bit, cut, emptied, gone, other, sql, log)),
    *((kind, PAGE) for kind in (bit, gone)),
    (cut, BOOK),
)
AROUND: tuple[Callable[[Line], None], ...] = (copied, not_linked, linked_elsewhere, put_back)


def trials() -> list[Trial]:
    inside = [Trial(DAMAGED, f"{path}: {kind.__name__}", partial(damaged, kind, path)) for kind, path in IN_RELEASE]
    return inside + [Trial(DAMAGED, kind.__name__, partial(led_astray, kind)) for kind in AROUND]


def damaged(kind: Callable[[Path, Random], None], path: str, ground: Ground, random: Random) -> list[str]:
    line = ground.lay(SETTLED)
    kind(line.release / path, random)
    return _noticed_and_mended(ground, is_wrong=True)


def led_astray(kind: Callable[[Line], None], ground: Ground, _: Random) -> list[str]:
    kind(ground.lay(SETTLED))
    return _noticed_and_mended(ground, is_wrong=kind is not put_back)


def _noticed_and_mended(ground: Ground, is_wrong: bool) -> list[str]:
    """`releases verify` finds it, a run does not take it for what it made, and brings a whole release into force."""
    settings = ground.line.settings
    found = [] if bool(holds.in_force(ground)) == is_wrong else ["`releases verify` does not find it"]
    if forked(lambda: is_unchanged(settings), ground.said).value is not False:
        found.append("a run would take it for unchanged")
    return found + holds.after_next_run(ground, AFTER, are_all_whole=False)
