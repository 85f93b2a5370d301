"""The commands about what is published, `releases diff` and `export`: their arguments, and what they print.

Not here: what they do (compare, ssb_export).
"""

import argparse
import sys
from pathlib import Path

from pipelines.common.in_force import current_release
from pipelines.common.settings import Settings
from pipelines.common.terminal import INDENT


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tell the parser of the command line what may be asked for."""
    releases = commands.add_parser("releases", help="what was published").add_subparsers(dest="action", required=True)
    diff = releases.add_parser("diff", help="two releases, table by table: rows by their key, and cells")
    diff.add_argument("before", metavar="BEFORE", help="id of a release, or its folder")
    diff.add_argument("after", metavar="AFTER", nargs="?", default="current", help="the one in force, if left out")
    diff.add_argument("--tolerance", type=float, default=0.0, metavar="T", help="numbers as near as this are the same")
    out = commands.add_parser("export", help="copy the tables of the release in force, named as others name files")
    out.add_argument("--ssb", type=Path, metavar="FOLDER", required=True, help="<name>_p<period>_v<N>.parquet")


def diff_releases(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print what sets a release apart from another; the exit code is 0 only when nothing does, 2 when one is none."""
    from pipelines.publish.compare import compare_releases, release_at
    from pipelines.publish.manifest import BrokenReleaseError

    try:
        before, after = (release_at(settings, named) for named in (chosen.before, chosen.after))
        tables = compare_releases(before, after, chosen.tolerance)
    except BrokenReleaseError as error:
        print(f"digital-tilstand: {error}", file=sys.stderr)
        return 2
    for table in tables:
        print(f"{table.table:<28} {table.n_rows:>10,} rows  {table.n_differences:>10,} differences".replace(",", " "))
        for text in table.in_words():
            print(f"{INDENT}{text}")
    n_differences = sum(table.n_differences for table in tables)
    print(f"{len(tables)} tables: {n_differences:,} differences".replace(",", " "))
    return int(n_differences > 0)


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


COMMANDS = {"releases": diff_releases, "export": export}
