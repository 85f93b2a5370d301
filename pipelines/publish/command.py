"""The commands about what is published, `releases` and `export`: their arguments, and what they print.

Not here: what they do (releases, compare, kept, ssb_export).
"""

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from pipelines.common.in_force import current_release
from pipelines.common.settings import Settings
from pipelines.common.terminal import INDENT

WAIT_SECONDS = 1800  # for a run to end, before what is in force is changed


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tell the parser of the command line what may be asked for."""
    releases = commands.add_parser("releases", help="what was published").add_subparsers(dest="action", required=True)
    for name, told in {
        "list": "all of them, oldest first",
        "show": "what one holds, and was made from",
        "verify": "whether one is whole: every hash, type and key, the warehouse beside the tables, strays",
        "diff": "two releases, table by table: rows by their key, and cells, the largest changes first",
        "rollback": "bring one into force that was before, and hold it there: no run replaces it",
        "resume": "hold no release any more: the next run publishes",
        "pin": "keep one from being pruned",
        "unpin": "do not keep it any more",
        "send": "copy the one in force where BI lives, to TILSTAND_TARGET_URL or an address",
        "prune": "remove all but the newest, the one in force and those that are pinned",
    }.items():
        action = releases.add_parser(name, help=told)
        if name in ("list", "show", "verify", "diff"):
            action.add_argument("--json", action="store_true", help="for programs")
        if name in ("show", "verify"):
            action.add_argument(
                "release", metavar="ID", nargs="?", default="current", help="the one in force, if left out"
            )
        if name == "verify":
            action.add_argument("--all", action="store_true", help="every release")
        if name in ("rollback", "pin", "unpin"):
            action.add_argument("release", metavar="ID", help="id of a release")
        if name in ("rollback", "pin"):
            action.add_argument("--by", default="", metavar="NAME", help="who says so; your name here, if left out")
            action.add_argument("--note", default="", metavar="TEXT", help="why")
        if name == "send":
            action.add_argument(
                "url", metavar="URL", nargs="?", help="as fsspec writes it: a folder, s3://bucket/folder"
            )
        if name == "diff":
            action.add_argument("before", metavar="BEFORE", help="id of a release, or its folder")
            action.add_argument(
                "after", metavar="AFTER", nargs="?", default="current", help="the one in force, if left out"
            )
            action.add_argument(
                "--tolerance", type=float, default=0.0, metavar="T", help="numbers as near as this are the same"
            )
            action.add_argument(
                "--rows",
                type=_count,
                metavar="N",
                help="rows and cells of each kind that are named; 3, if left out",
            )
        if name == "prune":
            action.add_argument(
                "--keep", type=_count, required=True, metavar="N", help="how many of the newest to keep"
            )
            action.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    out = commands.add_parser("export", help="copy the tables of the release in force, named as others name files")
    out.add_argument("--ssb", type=Path, metavar="FOLDER", required=True, help="<name>_p<period>_v<N>.parquet")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def releases(settings: Settings, chosen: argparse.Namespace) -> int:
    """What was asked of the releases; the exit code is 2 where one is none, or is not whole enough for it."""
    from pipelines.common.warehouse import BuildDatabaseBusyError
    from pipelines.publish.manifest import BrokenReleaseError

    try:
        return ACTIONS[chosen.action](settings, chosen)
    except (BrokenReleaseError, BuildDatabaseBusyError) as error:
        print(f"digital-tilstand: {error}", file=sys.stderr)
        return 2


def list_releases(settings: Settings, chosen: argparse.Namespace) -> int:
    """A line for each release."""
    from pipelines.publish.releases import listed

    found = listed(settings)
    if chosen.json:
        print(json.dumps([one.as_json() for one in found], indent=2))
        return 0
    for one in found:
        marks = [
            *(["in force"] if one.is_in_force else []),
            *([f"held {one.held}"] if one.held else []),
            *([f"pinned {one.pinned}"] if one.pinned else []),
            *(["synthetic"] if one.manifest.get("is_synthetic") else []),
            *([] if one.manifest else ["damaged: manifest.json"]),
        ]
        print(f"{one.path.name}  {one.n_bytes / 1e6:7.1f} MB  {', '.join(marks)}")
    print(f"{len(found)} releases, {sum(one.n_bytes for one in found) / 1e6:.1f} MB")
    return 0


def show_release(settings: Settings, chosen: argparse.Namespace) -> int:
    """What a release says of itself."""
    from pipelines.publish.compare import release_at
    from pipelines.publish.manifest import verified_manifest

    manifest = verified_manifest(release_at(settings, chosen.release))
    if chosen.json:
        print(json.dumps(manifest, indent=2, ensure_ascii=False))
        return 0
    for name in ("release", "created", "schema_version", "fingerprint", "is_synthetic", "licence", "git_commit"):
        print(f"{name:<16} {manifest.get(name, 'not noted')}")
    for row in manifest.get("accepted", ()):
        of = f" {row['subject']}" if row["subject"] else ""
        print(f"accepted         {row['kind']}{of} by {row['accepted_by']}, {row['accepted_on']}: {row['note']}")
    for row in manifest.get("corrections", ()):
        cell = f"{row['path']} {row['part']} row {row['row_number']}, {row['column_name']}"
        print(f"corrected        {cell} by {row['corrected_by']}, {row['corrected_on']}: {row['reason']}")
    print(f"{len(manifest['inputs'])} extracts:")
    for extract in manifest["inputs"]:
        kind = "synthetic" if extract["is_synthetic"] else "real"
        print(f"{INDENT}{extract['path']:<64} {kind:<9} {extract['sha256'][:12]}")
    print(f"{len(manifest['tables'])} tables:")
    for table in manifest["tables"]:
        print(f"{INDENT}{table['name']:<28} {table['rows']:>10,} rows".replace(",", " "))
    return 0


def verify_releases(settings: Settings, chosen: argparse.Namespace) -> int:
    """Every fault of a release; the exit code is 0 only where there is none."""
    from pipelines.publish.compare import release_at
    from pipelines.publish.releases import folders, problems, problems_in_force

    chosen_ones = folders(settings) if chosen.all else [release_at(settings, chosen.release)]
    if not chosen_ones:
        print(f"nothing is published in {settings.published} yet", file=sys.stderr)
        return 2
    found = {release.resolve().name: problems(release.resolve()) for release in chosen_ones}
    around = problems_in_force(settings)
    if chosen.json:
        print(json.dumps({"releases": found, "in_force": around}, indent=2, ensure_ascii=False))
    else:
        for release, wrong in found.items():
            print(f"{release}: {'whole' if not wrong else f'{len(wrong)} faults'}")
            for text in wrong:
                print(f"{INDENT}{text}")
        for text in around:
            print(text)
    return int(bool(around) or any(found.values()))


def diff_releases(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print what sets a release apart from another; the exit code is 0 only when nothing does."""
    from pipelines.publish.compare import SHOWN, How, compare_releases, release_at

    before, after = (release_at(settings, named) for named in (chosen.before, chosen.after))
    tables = compare_releases(before, after, How(chosen.tolerance, SHOWN if chosen.rows is None else chosen.rows))
    n_differences = sum(table.n_differences for table in tables)
    if chosen.json:
        print(json.dumps([asdict(table) for table in tables], indent=2, ensure_ascii=False, default=str))
        return int(n_differences > 0)
    for table in tables:
        print(f"{table.table:<28} {table.n_rows:>10,} rows  {table.n_differences:>10,} differences".replace(",", " "))
        for text in table.in_words():
            print(f"{INDENT}{text}")
    print(f"{len(tables)} tables: {n_differences:,} differences".replace(",", " "))
    return int(n_differences > 0)


def roll_back(settings: Settings, chosen: argparse.Namespace) -> int:
    """Bring a release into force, and hold it there."""
    from pipelines.common.accepted import accepted
    from pipelines.common.warehouse import build_lock
    from pipelines.publish.kept import say
    from pipelines.publish.releases import own
    from pipelines.publish.releases import roll_back as bring_back

    release = own(settings, chosen.release)
    said = say(release, chosen.by or _who(), chosen.note)
    with build_lock(settings.work, WAIT_SECONDS, print):
        bring_back(settings, release, said)
    print(f"Release {release.name} is in force, and held: no run replaces it until `releases resume`.")
    if n := len(accepted(release.name)):
        print(f"! {n} rows of accepted_change.csv are about it and hold again after that: take them out")
    return send_release(settings, argparse.Namespace(url=None)) if settings.target_url else 0


def _who() -> str:
    """Who runs this; in a container, nobody may have given the user a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def resume(settings: Settings, _: argparse.Namespace) -> int:
    """Hold no release any more."""
    from pipelines.publish.kept import hold, kept

    held = kept(settings).held
    if held is None:
        print("No release is held.")
        return 0
    hold(settings, None)
    print(f"Release {held.release} is not held any more: the next run publishes what it makes.")
    return 0


def pin(settings: Settings, chosen: argparse.Namespace) -> int:
    """Keep a release from being pruned."""
    from pipelines.publish import kept
    from pipelines.publish.releases import own

    with kept.changing(settings):  # so that it is still there
        release = own(settings, chosen.release)
        kept.pin(settings, kept.say(release, chosen.by or _who(), chosen.note))
    print(f"Release {release.name} is pinned: it is not pruned.")
    return 0


def unpin(settings: Settings, chosen: argparse.Namespace) -> int:
    """Keep it no longer; the exit code is 1 where it was not pinned."""
    from pipelines.publish import kept

    was_pinned = kept.unpin(settings, chosen.release)
    print(f"Release {chosen.release} {'is not pinned any more' if was_pinned else 'was not pinned'}.")
    return int(not was_pinned)


def send_release(settings: Settings, chosen: argparse.Namespace) -> int:
    """Copy the release in force to a target; the exit code is 1 where there is none, or it cannot be written to."""
    from pipelines.publish.target import TargetError, send_in_force

    if not (url := chosen.url or settings.target_url):
        print("digital-tilstand: no address: name one, or set TILSTAND_TARGET_URL", file=sys.stderr)
        return 1
    try:
        sent = send_in_force(settings, url)
    except TargetError as error:
        print(f"digital-tilstand: {error}", file=sys.stderr)
        return 1
    if sent is None:
        print("digital-tilstand: nothing is published yet", file=sys.stderr)
        return 1
    print(f"Release {sent.release_id}: {sent.n_files} files sent, {sent.pointer} names it")
    return 0


def prune(settings: Settings, chosen: argparse.Namespace) -> int:
    """Remove old releases, and say which."""
    from pipelines.common.warehouse import build_lock
    from pipelines.publish.releases import prune as remove

    with build_lock(settings.work, WAIT_SECONDS, print):
        gone, n_bytes = remove(settings, chosen.keep, chosen.dry_run)
    verb = "Would be removed" if chosen.dry_run else "Removed"
    for release in gone:
        print(f"{verb}: {release.name}")
    print(f"{verb}: {len(gone)} releases, {n_bytes / 1e6:.1f} MB")
    return 0


def export(settings: Settings, chosen: argparse.Namespace) -> int:
    """Copy the tables and say where each lies; the exit code is 1 where nothing is published, or it is damaged."""
    from pipelines.publish.manifest import BrokenReleaseError
    from pipelines.publish.ssb_export import export_ssb

    release = current_release(settings)
    if release is None:
        print(f"nothing is published in {settings.published} yet; run `make run` first", file=sys.stderr)
        return 1
    try:
        exported = export_ssb(release, chosen.ssb)
    except BrokenReleaseError as error:
        print(f"digital-tilstand: {error}", file=sys.stderr)
        return 1
    for one in exported:
        print(f"{'Written' if one.is_new else 'There already'}: {one.path}")
    return 0


Action = Callable[[Settings, argparse.Namespace], int]
ACTIONS: dict[str, Action] = {
    "list": list_releases,
    "show": show_release,
    "verify": verify_releases,
    "diff": diff_releases,
    "rollback": roll_back,
    "resume": resume,
    "pin": pin,
    "unpin": unpin,
    "send": send_release,
    "prune": prune,
}
COMMANDS = {"releases": releases, "export": export}
