"""The waves of which a release tells nothing that the one before it said: it hides now what was shown then.

Not here: what is hidden (pipelines/disclosure), and how two releases are compared (compare.py).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb

from pipelines.common.contracts import Contract
from pipelines.publish.tables import in_sql

Wave = tuple[str, int]  # a survey, and which of its waves
HIDING = {"survey", "wave", "is_suppressed"}  # the columns of a table that hides rows
SIZES = {"survey", "wave", "is_protected", "n_respondents"}  # those of the table that says how many answered
OF_WAVE = ("survey", "wave")


def withheld(before: Path, after: Path, contracts: Mapping[str, Contract]) -> list[Wave]:
    """The waves whose answers are protected in `after`, and of which `before` shows more.

    That is a row that is hidden or gone, a number that is left out of a row, or respondents who are no longer there.
    With old numbers of the same wave beside the new ones, anyone could compute what is missing.
    """
    there = {name: contract for name, contract in contracts.items() if (before / f"{name}.parquet").is_file()}
    with duckdb.connect() as con:
        con.execute("create table protected (survey varchar, wave integer)")
        for name, contract in contracts.items():
            for flag in {"is_suppressed", "is_protected"} & set(contract.names):
                if set(OF_WAVE) <= set(contract.names):
                    con.execute(
                        f"insert into protected select distinct survey, wave from {in_sql(after, name)} where {flag}"
                    )
        if con.execute("select count(*) from protected").fetchall() == [(0,)]:
            return []
        asked = [sql for contract in there.values() for sql in _losses(con, before, after, contract)]
        if not asked:
            return []
        return con.execute(f"{' union '.join(asked)} order by all").fetchall()


def _losses(con: duckdb.DuckDBPyConnection, before: Path, after: Path, contract: Contract) -> Iterator[str]:
    """Queries for the protected waves of a table that have lost something."""
    names = set(contract.names)
    b, a = in_sql(before, contract.name), in_sql(after, contract.name)
    was = [row[0] for row in con.execute(f"describe from {b}").fetchall()]
    if names >= HIDING:
        if not {*contract.key} <= set(was):  # rows cannot be told apart: all may have been shown
            yield "select survey, wave from protected"
            return
        on = " and ".join(f'b."{column}" is not distinct from a."{column}"' for column in contract.key)
        emptied = " or ".join(f'(b."{c}" is not null and a."{c}" is null)' for c in was if c in names)
        yield (
            f"select b.survey, b.wave from {b} as b semi join protected as p on p.survey = b.survey and "
            f"p.wave = b.wave left join {a} as a on {on} where a.survey is null or {emptied}"
        )
    if names & {*was, "is_protected"} >= SIZES:
        yield (
            f"select b.survey, b.wave from {b} as b semi join protected as p on p.survey = b.survey and "
            f"p.wave = b.wave join {a} as a on a.survey = b.survey and a.wave = b.wave "
            "where a.n_respondents < b.n_respondents"
        )
