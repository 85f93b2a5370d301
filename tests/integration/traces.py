"""What a run must not tell of single respondents, read from the deliveries and the build database without the
project's readers; any data directory will do.

Not here: the search itself (pipelines/privacy/scan.py), and what is expected of a run (test_traces.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import pyreadstat
from python_calamine import CalamineWorkbook

from pipelines.common.seeds import read_seed
from pipelines.ingest.codebook import RESPONDENT_ID, UNLINKED_ID
from pipelines.privacy.scan import Sought, Trace, traces
from tests.line import Line

ID = "respondent_id"  # as the deliveries of the sample call it
NO_ANSWERS = ("wave", "row_number", "sha256", ID)  # columns of raw
SEPARATORS = (";", ",", "\t", "', '")  # of a row's cells: in text files, and as Python shows them
LEAST = 24  # characters of a row that is one person's


@dataclass(frozen=True)
class Told:
    """What is known of the respondents of a data directory."""

    ids: frozenset[str]
    pseudonyms: frozenset[str]
    rows: frozenset[str]
    key: str

    @cached_property
    def sought(self) -> Sought:
        texts = self.ids | {f"{text}.0" for text in self.ids} | self.pseudonyms | self.rows | {self.key}
        return Sought(texts)


def told(line: Line) -> Told:
    """All ids, pseudonyms and rows of answers of respondents with ids, and the key."""
    pseudonyms, rows = set(), set()
    with duckdb.connect(str(line.settings.build_db), read_only=True) as con:
        for table in tables_of_people():
            pseudonyms |= {text for (text,) in con.execute(f"select {ID} from raw.{table}").fetchall()}
            rows |= set(rows_of(con, table))
    ids = {text for file in line.settings.landing.rglob("*.*") for text in ids_of(file)}
    key = (line.settings.work / "pseudonym.key").read_text(encoding="ascii")
    return Told(frozenset(ids), frozenset(pseudonyms), frozenset(rows), key)


def tables_of_people() -> list[str]:
    """The tables of raw with a row for each respondent that has an id."""
    named = [row for row in read_seed("codebook") if row["data_type"] in (RESPONDENT_ID, UNLINKED_ID)]
    return list(dict.fromkeys(f"{row['survey']}{row['part'] and '_'}{row['part']}" for row in named))


def rows_of(con: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    """The answers of each respondent, as a row of the columns that its wave has."""
    columns = [name for name, *_ in con.execute(f"describe raw.{table}").fetchall() if name not in NO_ANSWERS]
    for (wave,) in con.execute(f"select distinct wave from raw.{table}").fetchall():
        filled = [f'count("{name}") > 0' for name in columns]
        is_of_wave = con.execute(f"select {', '.join(filled)} from raw.{table} where wave = {wave}").fetchone()
        own = ", ".join(f"coalesce(\"{n}\", '')" for n, of_wave in zip(columns, is_of_wave, strict=True) if of_wave)
        for separator in SEPARATORS:
            query = "select concat_ws(?, {}) as row from raw.{} where wave = {} and length(row) >= {}"
            for (row,) in con.execute(query.format(own, table, wave, LEAST), [separator]).fetchall():
                yield row


def ids_of(file: Path) -> Iterator[str]:
    """The ids of a delivered file that has any."""
    if file.suffix == ".sav":
        frame, _ = pyreadstat.read_sav(file, usecols=[ID])
        yield from (str(cell).removesuffix(".0") for cell in frame[ID])
    elif file.suffix == ".xlsx":
        with CalamineWorkbook.from_path(str(file)) as book:
            for name in book.sheet_names:
                header, *rows = book.get_sheet_by_name(name).to_python() or [[]]
                if ID in header:
                    yield from (str(row[header.index(ID)]).removesuffix(".0") for row in rows)


def places(folder: Path, sought: Sought, *unread: Path) -> dict[str, int]:
    """{file below a data directory that tells of someone: in how many places}; landing/ may, and is not read."""
    found: dict[str, int] = {}
    for trace in traces(folder, sought, unread=[folder / "landing", *unread]):
        found[name(trace, folder)] = found.get(name(trace, folder), 0) + trace.n_found
    return found


def name(trace: Trace, folder: Path) -> str:
    return trace.path.relative_to(folder).as_posix()
