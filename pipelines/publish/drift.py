"""What a release to be made would change of the one in force that its deliveries do not explain.

Not here: what people accepted of it (pipelines/common/accepted.py), and stopping (assets.py).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

import duckdb

from pipelines.common.accepted import REPLACED, Row, accepted, how_to_accept, is_replaced
from pipelines.common.contracts import Contract
from pipelines.common.in_force import InForceError, Input, inputs_of
from pipelines.common.seeds import read_seed
from pipelines.publish.before import Before
from pipelines.publish.evidence import missing_waves, why_not
from pipelines.publish.tables import LOG_TABLE

SHOWN = 10  # of the changes that stop a run
COMPARED = {"estimate", "std_error", "n_answers", "is_suppressed"}
MOVED = "estimates_moved"  # its limit is that of other numbers, too
OF_ESTIMATES = {"estimate", "std_error"}  # the numbers that have kinds of their own
NUMBERS = {"double", "integer", "bigint"}
NAMED = 3  # of the columns of a table whose numbers move
ESTIMATES, OF_WAVE = "survey_estimates", {"survey", "wave"}
Limits: TypeAlias = Mapping[tuple[str, str], Mapping[str, str]]  # {(kind, statistic): its row}
# The waves of a log, each with its folder and the files that it was made of; read with corrections, one is another.
LOGGED = """
select survey, wave, any_value(regexp_replace(file_name, '/[^/]*$', '')) as folder, bool_or(is_synthetic) as is_made_up,
    sum(n_rows) as n_rows, list_sort(list(sha256 || is_synthetic || {n_corrections})) as files
from {log} where status = 'loaded' group by survey, wave
"""
WAVES = """
create or replace temp table drift_waves as
select survey, wave, coalesce(b.folder, a.folder) as folder, b.n_rows as n_before, a.n_rows as n_after,
    coalesce(b.files = a.files, false) as is_same, b.is_made_up and not a.is_made_up as is_now_real,
    bool_and(coalesce(b.files = a.files, false)) over (partition by survey) as is_survey_same
from ({before}) as b full join ({after}) as a using (survey, wave)
"""
PAIRS = """
create or replace temp table drift_pairs as
select w.folder, w.is_same, w.is_now_real, a.statistic,
    abs(b.estimate - a.estimate) as estimate_apart,
    greatest(abs(b.estimate - a.estimate), coalesce(abs(b.std_error - a.std_error), 0)) as apart,
    (a.estimate is null) <> (b.estimate is null)
        and not coalesce(a.is_suppressed or b.is_suppressed, false) as is_turned,
    least(a.n_answers, b.n_answers) as n_answers, b.is_suppressed and not a.is_suppressed as is_shown_again,
    b.estimate is not null and not coalesce(b.is_suppressed, false) as was_shown,
    coalesce(a.is_suppressed, false) or (a.estimate is null and not w.is_same) as is_shown_no_more
from {before} as b
join marts.survey_estimates as a on {on}
join drift_waves as w on w.survey = a.survey and w.wave = a.wave
"""


@dataclass(frozen=True)
class Drift:
    """A change of a kind: of what, how many rows, keys or estimates (None where it is not counted), and in words."""

    kind: str
    subject: str
    n: int | None
    problem: str


class SameRows(NamedTuple):
    """Rows of a table as it was, as `b` in SQL, that may not change; and the columns that it had."""

    contract: Contract
    rows: str
    columns: set[str]


def of_inputs(before: Sequence[Input], after: Sequence[Input], forgotten: Collection[str]) -> list[Drift]:
    """What would be lost by the files that a release is made from; waves that were forgotten went on purpose."""
    found = [Drift(REPLACED, "", None, reason) for reason in why_not(before, after)]
    if not after:
        return found
    gone = [wave for wave in missing_waves(before, after) if wave not in forgotten]
    return found + [Drift("wave_gone", wave, None, f"{wave} is in it, and would be in no table") for wave in gone]


def of_tables(
    con: duckdb.DuckDBPyConnection, before: Before, contracts: Mapping[str, Contract], is_same_files: bool
) -> list[Drift]:
    """What would be changed in the tables of the build database `con`, beside those of before."""
    logs = (_logged(con, log) for log in (before.log, f"marts.{LOG_TABLE}"))
    con.execute(WAVES.format(**dict(zip(("before", "after"), logs, strict=True))))
    limits = {(row["kind"], row["statistic"]): row for row in read_seed("drift_limit")}
    gone = [name for name in sorted(before.tables) if name not in contracts]
    found = [Drift("table_gone", name, None, f"{name} is a table of it, and would be none") for name in gone]
    if LOG_TABLE in before.tables:
        found += _rows(con, limits)
    same = list(_same_rows(con, before, contracts, is_same_files))
    found += _keys_gone(con, same)
    if ESTIMATES in before.tables and ESTIMATES in contracts:
        found += _estimates(con, before.tables[ESTIMATES], contracts[ESTIMATES], limits)
    return [*found, *_numbers_moved(con, same, limits[MOVED, ""]["limit"])]


def _logged(con: duckdb.DuckDBPyConnection, log: str) -> str:
    n_corrections = "n_corrections"  # which the log of an older release does not have
    return LOGGED.format(log=log, n_corrections=n_corrections if n_corrections in _columns(con, log) else "0")


def _columns(con: duckdb.DuckDBPyConnection, relation: str) -> set[str]:
    return {row[0] for row in con.execute(f"describe from {relation}").fetchall()}


def _rows(con: duckdb.DuckDBPyConnection, limits: Limits) -> Iterator[Drift]:
    """More rows are a finding of surveys alone: what is fetched or printed grows by itself."""
    is_survey = f"survey in (select survey from marts.{ESTIMATES})"
    kinds = {
        "rows_fewer": f"n_after < n_before * (1 - {limits['rows_fewer', '']['limit']})",
        "rows_more": f"n_after > n_before * (1 + {limits['rows_more', '']['limit']}) and {is_survey}",
    }
    for kind, where in kinds.items():
        asked = f"select folder, n_before, n_after from drift_waves where {where} and not is_now_real order by folder"
        for folder, n_before, n_after in con.execute(asked).fetchall():
            problem = f"{folder} has {n_before} rows in it, and would have {n_after}"
            yield Drift(kind, folder, abs(n_before - n_after), problem)


def _same_rows(
    con: duckdb.DuckDBPyConnection, before: Before, contracts: Mapping[str, Contract], is_same_files: bool
) -> Iterator[SameRows]:
    """Of estimates where the files of their wave are the same; of tables that compare waves, where those of all waves
    of the survey are; of others, where all files are. What the log tells of files of before goes with work/."""
    for name, contract in contracts.items():
        is_of_waves = set(contract.key) >= OF_WAVE
        if not (is_of_waves or is_same_files) or name not in before.tables:
            continue
        rows = before.tables[name]
        if name == LOG_TABLE:
            rows = f"(select * from {rows} where status = 'loaded')"
        columns = _columns(con, rows)
        if not set(contract.key) <= columns:
            continue  # another key: what rows are is another thing
        same = "is_same" if name == ESTIMATES else "is_survey_same"
        only = f"semi join drift_waves as w on w.survey = b.survey and w.wave = b.wave and w.{same}" * is_of_waves
        yield SameRows(contract, f"{rows} as b {only}", columns)


def _keys_gone(con: duckdb.DuckDBPyConnection, same: Iterable[SameRows]) -> Iterator[Drift]:
    for contract, rows, _ in same:
        asked = f"select count(*) from {rows} anti join {contract.relation} as a on {_same(contract.key)}"
        ((n,),) = con.execute(asked).fetchall()
        if n:
            of_key = f"{n} rows of {contract.name}, by {', '.join(contract.key)}, would be gone"
            yield Drift("keys_gone", contract.name, n, of_key)


def _numbers_moved(con: duckdb.DuckDBPyConnection, same: Iterable[SameRows], limit: str) -> Iterator[Drift]:
    """Numbers further apart than the limit, relative where they are large, or there on one side alone; what is hidden
    now is left to its own kind. The log tells of reading files, and not of what they say."""
    for contract, rows, columns in same:
        is_estimates = contract.name == ESTIMATES
        apart_from = {*contract.key, *(OF_ESTIMATES if is_estimates else ())}
        # Numbers to sort by are added to what is published: they change with each row of a seed.
        numbers = [
            c.name
            for c in contract.columns
            if c.data_type in NUMBERS and not c.expression and c.name in columns - apart_from
        ]
        if not numbers or contract.name == LOG_TABLE or (is_estimates and not columns >= COMPARED):
            continue
        hidden = [f"{side}.is_suppressed" for side in ("ab" if is_estimates else "a")]
        where = f"not coalesce({' or '.join(hidden)}, false)" if "is_suppressed" in contract.names else "true"
        moved = [_moved(f'try_cast(b."{column}" as double)', f'a."{column}"', limit) for column in numbers]
        counted = ", ".join(f"count(*) filter ({one})" for one in (" or ".join(moved), *moved))
        asked = f"select {counted} from {rows} join {contract.relation} as a on {_same(contract.key)} where {where}"
        ((n, *n_each),) = con.execute(asked).fetchall()
        if n:
            first = sorted((-count, column) for count, column in zip(n_each, numbers, strict=True) if count)[:NAMED]
            named = ", ".join(column for _, column in first)
            said = f"{n} rows of {contract.name} would have other numbers ({named}), though their files are the same"
            yield Drift("numbers_moved", contract.name, n, said)


def _moved(b: str, a: str, limit: str) -> str:
    apart = f"abs({b} - {a}) > {limit} * greatest(1, abs({b}), abs({a}))"
    return f"({b} is distinct from {a} and coalesce({apart}, true))"


def _estimates(
    con: duckdb.DuckDBPyConnection,
    rows: str,
    contract: Contract,
    limits: Limits,
) -> Iterator[Drift]:
    if not {*contract.key, *COMPARED} <= _columns(con, rows):
        yield Drift(REPLACED, "", None, f"{contract.name} has other columns in it, so no estimates can be compared")
        return
    con.execute(PAIRS.format(before=rows, on=_same(contract.key)))
    moved = f"is_same and (apart > {limits[MOVED, '']['limit']} or is_turned)"
    jumped = " or ".join(
        f"statistic = '{statistic}' and estimate_apart > {row['limit']} and n_answers >= {row['least_answers']}"
        for (kind, statistic), row in limits.items()
        if kind == "estimates_jumped"
    )
    kinds = {
        MOVED: (moved, "estimates would move, though its files are the same"),
        "estimates_jumped": (f"not is_same and not is_now_real and ({jumped})", "estimates would jump"),
        "shown_again": ("is_same and is_shown_again", "estimates are hidden, and would be shown"),
    }
    for kind, (where, said) in kinds.items():
        asked = f"select folder, count(*), max(estimate_apart) from drift_pairs where {where} group by all order by all"
        for folder, n, furthest in con.execute(asked).fetchall():
            at_most = "" if kind == "shown_again" else f", at most by {furthest or 0:.3g}"
            yield Drift(kind, folder, n, f"{folder}: {n} {said}{at_most}")
    yield from _fewer_estimates(con, rows, contract, limits)


def _fewer_estimates(con: duckdb.DuckDBPyConnection, rows: str, contract: Contract, limits: Limits) -> Iterator[Drift]:
    """Estimates that are shown no more, of whatever files, and those that are gone, of a wave that was delivered anew:
    more of a wave than the limit, as a share of what it had."""
    counted = {
        "hidden_more": (
            "select folder, count(*) filter (was_shown and is_shown_no_more), count(*) filter (was_shown) "
            "from drift_pairs where not is_now_real group by folder",
            "estimates that are shown would be hidden",
        ),
        "keys_fewer": (
            f"select w.folder, count(*) filter (a.survey is null), count(*) from {rows} as b "
            "join drift_waves as w on w.survey = b.survey and w.wave = b.wave "
            f"left join {contract.relation} as a on {_same(contract.key)} "
            "where not w.is_same and w.n_after is not null and not w.is_now_real group by w.folder",
            "estimates would be gone",
        ),
    }
    for kind, (asked, said) in counted.items():
        for folder, n, n_before in sorted(con.execute(asked).fetchall()):
            if n > n_before * float(limits[kind, ""]["limit"]):
                yield Drift(kind, folder, n, f"{folder}: {n} of {n_before} {said}")


def judge(release_id: str, changes: Iterable[Drift]) -> tuple[list[Row], list[Drift]]:
    """The rows that accept changes of the release in force, and the changes that none accepts."""
    rows, used, left = accepted(release_id), [], []
    for change in changes:
        covering = [row for row in rows if _covers(row, change)]
        used += covering[:1]
        if not covering:
            left.append(change)
    return [row for row in rows if row in used], left


def _covers(row: Row, change: Drift) -> bool:
    if row["kind"] == REPLACED:
        return True
    is_meant = (row["kind"], row["subject"]) == (change.kind, change.subject)
    return is_meant and (change.n is None or change.n <= int(row["at_most"] or 0))


def made_from(in_force: Path) -> list[Input]:
    """What the release in force was made from; nothing where that is not known, and it may be replaced by anything.

    Raises InForceError where it is not known, and may not.
    """
    try:
        return inputs_of(in_force)
    except InForceError:
        if not is_replaced(in_force.name):
            raise
        return []


def stop_message(release_id: str, left: Sequence[Drift]) -> str:
    """What a run says that stops before it publishes: what would change, and what to do either way."""
    more = [f"... and {len(left) - SHOWN} more"] if len(left) > SHOWN else []
    rows = dict.fromkeys((change.kind, change.subject, change.n) for change in left)
    return "\n".join(
        [
            f"Nothing was published: release {release_id} stays in force, because",
            *(f"- {change.problem} ({change.kind})" for change in left[:SHOWN]),
            *more,
            "Put the deliveries back in landing/ as they were, with what their SOURCE.yml says of synthetic, or undo "
            f"what changed in the project. Where it is meant, {how_to_accept(release_id, rows)}",
        ]
    )


def _same(key: Sequence[str]) -> str:
    return " and ".join(f'b."{column}" is not distinct from a."{column}"' for column in key)
