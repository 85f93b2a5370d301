"""The commands about public interfaces, `sources` and `regions`: their arguments, and what they print.

Not here: what they do (refresh, freshness, describe, regions).
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelines.common.settings import Settings
from pipelines.common.terminal import INDENT

if TYPE_CHECKING:
    from pipelines.ingest.resources import Resource, Source

IS_ID = re.compile(r"[0-9]+[A-Za-z]?|[A-Za-z]+(_[A-Za-z0-9]+)+")  # of a table; other words are looked for


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tell the parser of the command line what may be asked for."""
    actions = commands.add_parser("sources", help="what is fetched from public interfaces").add_subparsers(
        dest="action", required=True
    )
    listed = actions.add_parser("list", help="what can be fetched, of whom, under which licence")
    described = actions.add_parser("describe", help="propose the seed rows of a table, or look for tables by words")
    described.add_argument("table", metavar="TABLE", help="its id at the publisher, or words to look for")
    adopted = actions.add_parser("adopt", help="put the rows of a table into seeds/sources, as you say what it holds")
    adopted.add_argument("table", metavar="TABLE", help="its id at the publisher")
    adopted.add_argument(
        "said",
        metavar="WHAT=IS",
        nargs="*",
        help="a dimension and what it becomes (Kjonn=summed) or its code (Kjonn=0), a column without one "
        "(category=kommune), a code and its name here (01=kommune)",
    )
    for parser in (described, adopted):
        parser.add_argument("--source", metavar="S", help="whose table it is; the first of the seeds, if left out")
    fetched = actions.add_parser("fetch", help="put what is new into landing/")
    fetched.add_argument("name", metavar="NAME", nargs="?", help="a source, or one resource; all, if left out")
    state = actions.add_parser("status", help="what is fresh, and what is not refreshed since when")
    for parser in (listed, state):
        parser.add_argument("--json", action="store_true", help="for programs: a list, one entry a resource")
    regions = commands.add_parser("regions", help="the register of kommuner beside the seeds")
    regions.add_subparsers(dest="action", required=True).add_parser(
        "propose", help="print the rows that seeds/regions lacks; nothing is changed"
    )


def sources(settings: Settings, chosen: argparse.Namespace) -> int:
    """Carry out what is asked of sources; the exit code is 0 only where all is well."""
    actions = {"list": _list, "describe": _describe, "adopt": _adopt, "fetch": _fetch, "status": _status}
    return actions[chosen.action](settings, chosen)


def _list(_settings: Settings, chosen: argparse.Namespace) -> int:
    from pipelines.ingest.resources import resources
    from pipelines.ingest.resources import sources as known

    rows = [
        {
            "resource": resource.survey,
            "source": resource.source,
            "title_nb": resource.title_nb,
            "producer": (source := known()[resource.source]).producer,
            "licence": source.licence,
            "attribution_nb": source.attribution_nb,
            "cadence": resource.cadence,
            "maps_to": resource.maps_to,
            "is_selected": resource.is_selected,
        }
        for resource in resources().values()
    ]
    if chosen.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    for row in rows:
        left_open = "" if row["is_selected"] else "; nobody knows yet what to ask for: sources describe"
        print(f"{row['resource']:<24} {row['title_nb']} ({row['producer']}, {row['licence']}){left_open}")
    return 0


def _tables_of(chosen: argparse.Namespace) -> "tuple[Source, str] | None":
    """The source that is asked for, and the survey as which its tables are read; told, and None, where it has none."""
    from pipelines.ingest.resources import resources
    from pipelines.ingest.resources import sources as known

    like = {r.source: r.reads_as for r in reversed(resources().values()) if r.maps_to == "official_statistics"}
    source = known().get(chosen.source or next(iter(known())))
    if source is None or source.source not in like:
        print(f"digital-tilstand: there are tables at {', '.join(like)}", file=sys.stderr)
        return None
    return source, like[source.source]


def _describe(settings: Settings, chosen: argparse.Namespace) -> int:
    from pipelines.common.seeds import SEEDS_DIR
    from pipelines.ingest.json_stat import BodyError
    from pipelines.live.adopt import as_csv, is_named, names_of, waiting
    from pipelines.live.describe import described, proposed_rows, tables_found
    from pipelines.live.errors import SourceError
    from pipelines.live.refresh import caller

    if not (found := _tables_of(chosen)):
        return 2
    source, survey = found
    try:
        if not IS_ID.fullmatch(chosen.table):
            for table, title in tables_found(caller(settings), source, chosen.table):
                print(f"{table}  {title}")
            return 0
        cube, cadence = described(caller(settings), source, chosen.table)
    except (SourceError, BodyError) as error:
        print(f"digital-tilstand: {error}", file=sys.stderr)
        return 1
    for seed, rows in proposed_rows(source, chosen.table, cube, cadence, survey).items():
        print(f"# {seed}\n{as_csv(rows)}")
    names = names_of(SEEDS_DIR, source.source, chosen.table)
    wait = [(figure, key) for figure, key in waiting(survey, chosen.table, SEEDS_DIR) if not is_named(key, names)]
    if wait:
        print("# Printed figures that wait for a cell of such a table, by the names that its codes must be given")
        print("# (python -m pipelines sources adopt TABLE CODE=NAME ...):")
    for figure, key in wait:
        print(f"# {figure}: {_named_by(key)}")
    return 0


def _named_by(key: dict[str, str]) -> str:
    return " ".join(f"{column}={key[column]}" for column in ("concept", "category", "region", "period_code"))


def _adopt(settings: Settings, chosen: argparse.Namespace) -> int:
    from pipelines.common.seeds import SEEDS_DIR
    from pipelines.ingest.json_stat import BodyError
    from pipelines.live.adopt import AdoptError, adopt, is_named, names_of, said_of, waiting
    from pipelines.live.describe import described, proposed_rows
    from pipelines.live.errors import SourceError
    from pipelines.live.refresh import caller

    if not (found := _tables_of(chosen)):
        return 2
    source, survey = found
    try:
        cube, cadence = described(caller(settings), source, chosen.table)
        rows = proposed_rows(source, chosen.table, cube, cadence, survey, said_of(cube, chosen.said))
        written = adopt(SEEDS_DIR, rows)
    except (SourceError, BodyError) as error:
        print(f"digital-tilstand: {error}", file=sys.stderr)
        return 1
    except AdoptError as error:
        print(f"digital-tilstand: {error}; nothing was written", file=sys.stderr)
        return 2
    print(f"Written: {', '.join(written)}")
    names = names_of(SEEDS_DIR, source.source, chosen.table)
    for figure, key in waiting(survey, chosen.table, SEEDS_DIR):
        if is_named(key, names):
            print(f"{figure} is confirmed where {_named_by(key)} says so")
    print(f"Now: make check-seeds, python -m pipelines sources fetch {source.source}_{chosen.table}, make run")
    return 0


def _fetch(settings: Settings, chosen: argparse.Namespace) -> int:
    from pipelines.live.ledger import LEFT_OPEN
    from pipelines.live.refresh import caller, refresh

    wanted = _named(chosen.name)
    if not wanted:
        from pipelines.ingest.resources import resources
        from pipelines.ingest.resources import sources as known

        print(
            f"digital-tilstand: there is no {chosen.name}; there are {', '.join([*known(), *resources()])}",
            file=sys.stderr,
        )
        return 2
    outcomes = refresh(settings, wanted, caller(settings), print)
    return int(not all(outcome.is_done or outcome.state == LEFT_OPEN for outcome in outcomes))


def _named(name: str | None) -> "Sequence[Resource]":
    from pipelines.ingest.resources import resources

    return [r for r in resources().values() if name in (None, r.source, r.survey, r.resource)]


def _status(settings: Settings, chosen: argparse.Namespace) -> int:
    from pipelines.live.freshness import freshness

    found = freshness(settings, datetime.now(UTC))
    if chosen.json:
        print(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
    else:
        for one in found:
            print(f"{'!' if one.is_red else ' '} {one.survey:<24} {one.state:<14} {one.said}")
            for late in one.late:
                print(f"{INDENT}{INDENT}{late}")
        free = [one.survey for one in found if one.has_no_cadence]
        if free:
            print(f"No cadence, so nobody can tell whether a period is late: {', '.join(free)}")
    return int(any(one.is_red for one in found))


def regions(settings: Settings, _chosen: argparse.Namespace) -> int:
    """Print proposed rows by seed, and what they come from; the exit code is 1 where something was not compared."""
    from pipelines.live.regions import compare, header_of, proposed, reforms_ahead

    compared = compare(settings)
    for comparison in compared:
        n = len(comparison.differences)
        told = comparison.not_compared or f"{n} difference{'' if n == 1 else 's'}"
        print(f"{comparison.seed}.csv beside {comparison.resource}: {told}", file=sys.stderr)
        for difference in comparison.differences:
            print(f"{INDENT}{difference.said}", file=sys.stderr)
    for text in reforms_ahead(settings, datetime.now(UTC).date()):
        print(f"! ahead: {text}", file=sys.stderr)
    for seed, lines in proposed(settings).items():
        print(f"# seeds/regions/{seed}.csv\n{header_of(seed)}")
        print("\n".join(lines))
    return int(any(comparison.not_compared for comparison in compared))


COMMANDS = {"sources": sources, "regions": regions}
