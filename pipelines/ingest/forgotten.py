"""What was forgotten on purpose: noted in raw, refused where it comes again; and a build database without it.

Not here: files and history, and the search for what is left (pipelines/privacy).
"""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

import duckdb

from pipelines.common import leftovers
from pipelines.common.settings import Settings
from pipelines.common.sql import literal, quoted
from pipelines.common.warehouse import note_as_left, open_build
from pipelines.ingest import raw_shards
from pipelines.ingest.codebook import RESPONDENT_ID, columns, parts, waves
from pipelines.ingest.delivery import Delivery
from pipelines.ingest.raw_tables import (
    FORGOTTEN_COLUMNS,
    LOADED,
    REMOVED,
    ensure_tables,
    ensure_views,
    loads_in_use,
    raw_name,
    raw_parts,
    table_name,
)

WAVE, RESPONDENT = "wave", "respondent"
DELIMITERS = (";", ",", "\t")  # between the cells of a row, wherever it was copied to
LEAST_ROW = 32  # bytes; the answers of a shorter row may be those of many


@dataclass(frozen=True)
class Forgotten:
    """A row of raw.forgotten: a file that held what was forgotten, all of its wave or one respondent (`what`)."""

    survey: str
    wave: int
    file_name: str
    sha256: str
    what: str
    forgotten_at: datetime

    @property
    def folder(self) -> str:
        """The folder of its wave, relative to landing/."""
        return str(PurePosixPath(self.file_name).parent)


def forgotten(con: duckdb.DuckDBPyConnection) -> list[Forgotten]:
    """All that was forgotten, oldest first."""
    rows = con.execute(f"select {', '.join(FORGOTTEN_COLUMNS)} from raw.forgotten order by forgotten_at").fetchall()
    return [Forgotten(*row) for row in rows]


def refuse_forgotten(was: Forgotten, delivery: Delivery) -> None:
    """Add a finding where a delivery holds the very file: it came back from a backup, most often."""
    for record in delivery.records:
        if (record.survey, record.wave, record.sha256) == (was.survey, was.wave, was.sha256):
            who = "this wave" if was.what == WAVE else "a respondent"
            delivery.findings.at(file=record.file_name).add(
                "forgotten",
                f"this is the file as it was before {who} was forgotten on {was.forgotten_at:%Y-%m-%d}",
                "take it out of landing/, and out of the backup that it came from; if the wave is to be used after "
                "all, ask for a new export of it",
            )


@dataclass(frozen=True)
class Held:
    """What raw holds of a wave, or of a respondent of it: `where` says by table which rows that is."""

    where: dict[str, str]
    files: dict[str, str]  # {sha256: file name} of its loads in use
    n_rows: int


def held(
    con: duckdb.DuckDBPyConnection,
    survey: str,
    wave: int,
    which: Mapping[str, str] | None = None,
    in_shards: Collection[str] | None = None,
) -> Held:
    """What raw holds of a wave; with `which`, {table of the delivery: condition}, of some of its rows, and with
    `in_shards` of the shards with these SHA-256. Of shards, raw holds no rows, but where they are and what is in them.
    """
    which = dict.fromkeys(parts(survey), "true") if which is None else which
    where = {raw_name(survey, part): f"wave = {wave} and ({condition})" for part, condition in which.items()}
    count = "select count(*) from raw.{} where {}"
    counts = [con.execute(count.format(quoted(name), of)).fetchall()[0][0] for name, of in where.items()]
    files = "true" if in_shards is None else f"sha256 in ({', '.join(map(literal, in_shards)) or 'null'})"
    where[raw_shards.TABLE] = f"survey = {literal(survey)} and wave = {wave} and {files}"
    loads = "select sha256, file_name from raw.extract_load where survey = ? and wave = ? and status = ?"
    return Held(where, dict(con.execute(loads, [survey, wave, LOADED]).fetchall()), sum(counts))


def any_of(waves_held: Iterable[Held]) -> dict[str, str]:
    """The rows of several waves, by table."""
    found: dict[str, list[str]] = {}
    for one in waves_held:
        for table, which in one.where.items():
            found.setdefault(table, []).append(f"({which})")
    return {table: " or ".join(which) for table, which in found.items()}


def has_linked_ids(survey: str, wave: int) -> bool:
    """Whether a wave has ids whose pseudonyms are made under a key that is kept."""
    return any(c.data_type == RESPONDENT_ID for part in parts(survey, wave) for c in columns(survey, wave, part))


def is_respondent(column: str, pseudonyms: Sequence[str], rows: Mapping[str, Sequence[int]]) -> str:
    """The condition of a respondent's rows: by pseudonym, or by their numbers in files, {sha256: numbers}."""
    listed = {sha256: ", ".join(map(str, numbers)) for sha256, numbers in rows.items() if numbers}
    of_files = [f"(sha256 = '{sha256}' and row_number in ({numbers}))" for sha256, numbers in listed.items()]
    of_keys = [f"{quoted(column)} = '{pseudonym}'" for pseudonym in pseudonyms]
    return " or ".join(of_keys + of_files) or "false"


def texts_of(con: duckdb.DuckDBPyConnection, survey: str, wave: int, where: Mapping[str, str], most: int) -> set[str]:
    """What nobody but these respondents has: pseudonyms, and answers as a row of text; of up to `most` rows a table.

    What others have as well, such as the same person in another wave, is not among it.
    """
    found: set[str] = set()
    of_others = "select {} from raw.{} where ({}) is not true"
    other_ids = " union all ".join(
        of_others.format(quoted(column), quoted(table), where.get(table, "false")) for table, column in _id_columns()
    )
    for part in parts(survey, wave):
        table = quoted(raw_name(survey, part))
        which = where.get(raw_name(survey, part), "false")
        own = f"select {{}} from raw.{table} where {which} limit {most}"
        names = [quoted(c.name) for c in columns(survey, wave, part) if c.is_respondent_id]
        cells = [f"coalesce({quoted(c.name)}, '')" for c in columns(survey, wave, part) if not c.is_respondent_id]
        for name in names:
            found |= _only(con, own.format(name), other_ids)
        for row in [f"concat_ws('{delimiter}', {', '.join(cells)})" for delimiter in DELIMITERS]:
            found |= _only(con, own.format(row), of_others.format(row, table, which))
    return found


def _only(con: duckdb.DuckDBPyConnection, own: str, of_others: str) -> set[str]:
    rows = con.execute(f"({own}) except ({of_others})").fetchall()
    return {said for (said,) in rows if said and len(said.encode()) >= LEAST_ROW}


def _id_columns() -> list[tuple[str, str]]:
    """(table of raw, column) of all ids, as far as the codebook knows."""
    return list(
        dict.fromkeys(
            (raw_name(survey, part), column.name)
            for survey, part in raw_parts()
            for wave in waves(survey)
            for column in columns(survey, wave, part)
            if column.is_respondent_id
        )
    )


def also_in(con: duckdb.DuckDBPyConnection, pseudonyms: Sequence[str]) -> list[str]:
    """'survey wave' of every wave in which raw holds a respondent of one of the pseudonyms."""
    found = []
    for survey, part in raw_parts():
        for name in [column for table, column in _id_columns() if table == raw_name(survey, part)]:
            query = f"select distinct wave from {table_name(survey, part)} where list_contains(?, {quoted(name)})"
            of_waves = con.execute(f"{query} order by 1", [list(pseudonyms)]).fetchall()
            found += [f"{survey} {wave}" for (wave,) in of_waves]
    return found


class Rebuilt:
    """A build database beside the one in use, that takes its place at the end: a deleted row leaves its bytes in a
    file, and is in none that it was never written to. It holds raw alone; all else a run makes from it."""

    def __init__(self, settings: Settings) -> None:
        self._path, self._memory_limit, self._landing = settings.build_db, settings.memory_limit, settings.landing
        self.aside = self._path.with_name(f"{leftovers.MARK}{self._path.name}")

    def fill(
        self, without: Mapping[str, str], changed: Collection[tuple[str, int]], notes: Sequence[Forgotten] = ()
    ) -> None:
        """Copy raw but the rows that `without` names by table, all of the waves `changed`; note what is forgotten."""
        for suffix in ("", ".wal"):
            leftovers.remove(Path(f"{self.aside}{suffix}"))
        with open_build(self.aside, memory_limit=self._memory_limit) as con:
            _copy_raw(con, self._path, without)
            ensure_tables(con)
            _note(con, notes)
            _count_anew(con, changed)
            # What another wave's shards have become since they were accepted, whatever counts them says.
            ensure_views(con, self._landing, is_strict=False)

    def put_in_place(self) -> None:
        """Let it be the build database."""
        os.replace(self.aside, self._path)  # noqa: PTH105 - as elsewhere: whole, or not at all
        note_as_left(self._path)


def _copy_raw(con: duckdb.DuckDBPyConnection, path: Path, without: Mapping[str, str]) -> None:
    quoted_path = str(path).replace("'", "''")
    con.execute(f"attach '{quoted_path}' as before (read_only)")
    con.execute("create schema raw")
    tables = "select table_name, sql from duckdb_tables() where database_name = 'before' and schema_name = 'raw'"
    for table, as_it_was in con.execute(tables).fetchall():
        con.execute(as_it_was)
        kept = f"select * from before.raw.{quoted(table)} where ({without.get(table, 'false')}) is not true"
        con.execute(f"insert into raw.{quoted(table)} {kept}")
    con.execute("detach before")


def _note(con: duckdb.DuckDBPyConnection, notes: Sequence[Forgotten]) -> None:
    """Add notes; a file that an interrupted call noted before has one, not two."""
    marks = ", ".join("?" for _ in FORGOTTEN_COLUMNS)
    noted = {(was.survey, was.wave, was.sha256) for was in forgotten(con)}
    for note in notes:
        if (note.survey, note.wave, note.sha256) not in noted:
            con.execute(f"insert into raw.forgotten values ({marks})", list(astuple(note)))


def _count_anew(con: duckdb.DuckDBPyConnection, changed: Collection[tuple[str, int]]) -> None:
    """Let the log say how many rows there are of each file in use, and that one without any is in use no more.

    Of other waves the log stays: rows that are missing from one would not be missed any more.
    """
    in_use, in_shards = loads_in_use(con), list(raw_shards.rows_by_file(con))
    for survey, wave in changed:
        for record in in_use.get((survey, wave), []):
            count = "select count(*) from {} where wave = ? and sha256 = ?"
            n_rows = sum(
                con.execute(count.format(table_name(survey, part)), [wave, record.sha256]).fetchall()[0][0]
                for part in parts(survey)
            )
            n_rows += sum(n for *of, sha256, n in in_shards if (of[0], of[1], sha256) == (survey, wave, record.sha256))
            now = [n_rows, LOADED] if n_rows else [record.n_rows, REMOVED]
            change = "update raw.extract_load set n_rows = ?, status = ? where survey = ? and wave = ? and sha256 = ?"
            con.execute(change, [*now, survey, wave, record.sha256])
