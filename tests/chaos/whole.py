"""When a release is whole whose deliveries are each what came before or what came after: then its tables are those of a
run in which just these were delivered.

Not here: releases that a fingerprint tells, and whose history of files is known with it (holds.py).
"""

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.publish.manifest import read_manifest
from tests.chaos.ground import AFTER, BEFORE, SETTLED, WAITING, Ground, copy, files
from tests.line import Line, sha256

LOG, OWN = "extract_log", "loaded_at"  # of each load


@dataclass(frozen=True)
class Content:
    """What is in a release: {path in landing/: hash} of its deliveries; {table: hash of its rows} but for the log of
    files, and of that the rows of files in use, as text, and the hashes of files that were in use before."""

    deliveries: Mapping[str, str]
    tables: Mapping[str, str]
    in_use: list[str]
    replaced: frozenset[str]


def content(release: Path) -> Content:
    manifest = read_manifest(release)
    log = pq.read_table(release / f"{LOG}.parquet").drop_columns([OWN]).to_pylist()
    return Content(
        {one["path"]: one["sha256"] for one in manifest["inputs"]},
        {one["name"]: one["content_sha256"] for one in manifest["tables"] if one["name"] != LOG},
        sorted(repr(row) for row in log if row["status"] == "loaded"),
        frozenset(row["sha256"] for row in log if row["status"] == "replaced"),
    )


def not_whole(ground: Ground, may_be: Collection[str] = (BEFORE, AFTER)) -> list[str]:
    """What is wrong with the release in force, whose deliveries may each be one of these."""
    delivered = {which: hashes(ground.delivery(which)) for which in (BEFORE, AFTER)}
    found = content(ground.line.release)
    wrong = foreign(found, {which: delivered[which] for which in may_be}, delivered)
    return wrong or differences(found, content_of(ground, found.deliveries, delivered))


def foreign(
    found: Content, may_be: Mapping[str, Mapping[str, str]], delivered: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Deliveries that are lacking, or that nobody delivered; {which: {path: hash}} of those that may be, and of all."""
    paths = {path for files_of in may_be.values() for path in files_of}
    wrong = [f"nothing of {path} is in force" for path in sorted(paths - found.deliveries.keys())]
    for path, digest in found.deliveries.items():
        if digest not in {files_of.get(path) for files_of in may_be.values()}:
            wrong.append(f"in force is {path} ({digest[:8]}), which is none of {', '.join(may_be)}")
    known = {digest for files_of in delivered.values() for digest in files_of.values()}
    return wrong + [f"the log has a file that nobody delivered ({digest[:8]})" for digest in found.replaced - known]


def differences(found: Content, expected: Content) -> list[str]:
    """Between a release and one of a run in order of the same deliveries."""
    names = sorted(found.tables.keys() | expected.tables.keys())
    wrong = [
        f"{name} has other rows than where the same was delivered"
        for name in names
        if found.tables.get(name) != expected.tables.get(name)
    ]
    if found.in_use != expected.in_use:
        wrong.append(f"{LOG} has other rows of files in use than where the same was delivered")
    return wrong


def content_of(ground: Ground, deliveries: Mapping[str, str], delivered: Mapping[str, Mapping[str, str]]) -> Content:
    """What a run in order makes where just these are delivered; a mixture is run in a data directory
    of its own."""
    for release in (ground.state(SETTLED) / "published" / "releases").iterdir():
        if (made := content(release)).deliveries == deliveries:
            return made
    line = Line(ground.folder / "mixture")
    shutil.rmtree(line.data_dir, ignore_errors=True)
    copy(ground.state(WAITING), line.data_dir)
    for path, digest in deliveries.items():
        (which,) = (which for which in (BEFORE, AFTER) if delivered[which][path] == digest)
        shutil.copyfile(ground.delivery(which) / path, line.settings.landing / path)
    run = line.run()
    assert run.code == 0, run.out + run.err
    made = content(line.release)
    shutil.rmtree(line.data_dir)
    return made


def hashes(delivery: Path) -> dict[str, str]:
    """{path: hash} of the files of data in it."""
    return {path.relative_to(delivery).as_posix(): sha256(path) for path in files(delivery)}
