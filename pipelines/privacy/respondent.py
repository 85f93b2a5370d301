"""Forget one respondent of a wave, by the id that was delivered: the row in its file, and in the build database.

Not here: a whole wave, what forgetting both has in common (removal), and how a file is rewritten (rewrite).
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.common import leftovers
from pipelines.common.settings import Settings
from pipelines.common.warehouse import open_build
from pipelines.ingest import forgotten
from pipelines.ingest.codebook import RESPONDENT_ID, SHARDS, Column, parts
from pipelines.ingest.discovery import Place, format_of
from pipelines.ingest.forgotten import Forgotten, Held, Rebuilt
from pipelines.ingest.raw_tables import are_shards, loads_in_use
from pipelines.ingest.text import canonical
from pipelines.privacy.removal import (
    MOST_ROWS,
    Account,
    ForgetError,
    clear_told,
    hashes,
    holding,
    now,
    place_of,
    prove,
    put_in_place,
)
from pipelines.privacy.respondents import id_column, ids_in, pseudonyms_of, rows_in_shard, spellings
from pipelines.privacy.rewrite import RewriteError, tables_in, write_without
from pipelines.privacy.scan import Sought

INSTEAD = "have the file exported without the respondent at the source, put it in its place and run; or forget the wave"
# Of what is published, once one respondent is gone.
TELLS_BY_DIFFERENCE = (
    "Who has a release from before and the next one may compute the answers from what differs: publish the next with "
    "other changes to the wave, or take earlier ones out of reach (docs/privacy.md, What an attacker can learn)."
)


@dataclass(frozen=True)
class Found:
    """A delivered file that holds the respondent: the numbers of the rows, by table; and how many rows others have."""

    file: Path
    rows: dict[str, list[int]]
    n_others: int


def forget_respondent(settings: Settings, survey: str, wave: int, respondent: str, part: str | None = None) -> Account:
    """Remove a respondent from the delivery of a wave and the build database; `part` says of which table.

    Raises ForgetError before anything is changed, BuildDatabaseBusyError, and OSError: where the history cannot be
    cleared, before landing/ and the build database are changed. What an interruption left is removed when it is called
    again: files of landing/, which say that there is such a respondent, are changed last.
    """
    place = place_of(settings, survey, wave)
    named = _id_columns(survey, wave, part)
    with holding(settings) as told:
        found = _find(settings, place, respondent, named)
        shas = hashes(settings, place.files)
        pseudonyms = pseudonyms_of(settings, respondent)
        with open_build(settings.build_db, read_only=True) as con:
            all_held = forgotten.held(con, survey, wave)
            _check_linked(all_held, set(shas.values()), list(named.values()), pseudonyms)
            which = {
                name: forgotten.is_respondent(
                    column.name, pseudonyms, {shas[f.file]: f.rows.get(name, []) for f in found}
                )
                for name, column in named.items()
            }
            # As they were loaded they are in landing/ no more, and any of them may have held the respondent.
            lost = {sha256: name for sha256, name in all_held.files.items() if sha256 not in shas.values()}
            raw = forgotten.held(con, survey, wave, which, {shas[f.file] for f in found} | lost.keys())
            is_lost = bool(lost) and are_shards(loads_in_use(con)[survey, wave])
            texts = forgotten.texts_of(con, survey, wave, raw.where, MOST_ROWS)
            others = [name for name in forgotten.also_in(con, pseudonyms) if name != f"{survey} {wave}"]
            before = [
                was.forgotten_at
                for was in forgotten.forgotten(con)
                if (was.survey, was.wave, was.what) == (survey, wave, forgotten.RESPONDENT)
            ]
        if not found and not raw.n_rows and not is_lost:
            hint = "write it as the delivered file has it, a whole number without decimals"
            if before:
                hint += f". One was forgotten on {before[-1]:%Y-%m-%d}"
            raise ForgetError(f"no respondent of {survey} {wave} has that id; {hint}")
        gone = {shas[f.file]: f"{place.folder}/{f.file.name}" for f in found} | lost
        notes = [Forgotten(survey, wave, name, sha256, forgotten.RESPONDENT, now()) for sha256, name in gone.items()]
        sought = Sought(texts | spellings(respondent), gone)
        account = Account(f"a respondent of {survey} {wave}", notes=told)
        with _written_anew(settings, place, found) as anew:
            rebuilt = Rebuilt(settings)
            rebuilt.fill(raw.where, [(survey, wave)], notes)
            clear_told(settings, place.folder, account)
            put_in_place(settings, rebuilt, account, raw.n_rows)
            for file, aside in anew.items():
                os.replace(aside, file)  # noqa: PTH105 - as elsewhere: whole, or not at all
                account.done.append(f"landing/{place.folder}/{file.name} written anew without the respondent")
            for file in (f.file for f in found if f.file not in anew):
                file.unlink()
                account.done.append(f"landing/{place.folder}/{file.name} removed: nobody else was in it")
        prove(settings, account, sought)
    if not found and is_lost:
        account.notes.append(
            f"No file in landing/ has that id. {', '.join(lost.values())} is there no more as it was loaded, may have "
            "had it, and is refused if it comes back."
        )
    if others:
        account.notes.append(f"The same id is in {', '.join(others)}. If it is the same person: forget it there, too.")
    account.notes.append("What was published stays. The next run computes the wave anew.")
    account.notes.append(TELLS_BY_DIFFERENCE)
    return account


def _id_columns(survey: str, wave: int, part: str | None) -> dict[str, Column]:
    """{table: the column that names its respondents}, of one table or all."""
    named = {name: column for name in parts(survey, wave) if (column := id_column(survey, wave, name))}
    if not named:
        raise ForgetError(f"{survey} {wave} has no ids of respondents in the codebook; forget the whole wave")
    if part is None:
        return named
    if part not in named:
        raise ForgetError(f"{survey} {wave} has no table {part!r} of respondents; it has {', '.join(named)}")
    return {part: named[part]}


def _find(settings: Settings, place: Place, respondent: str, named: Mapping[str, Column]) -> list[Found]:
    """Where the respondent stands in the delivery.

    Raises ForgetError where a table would be left without rows: the next run would refuse it.
    """
    found, n_left = [], Counter[str]()
    for file in place.files:
        try:
            of_file = _rows_in(file, place, respondent, settings.max_extract_bytes)
        except (RewriteError, duckdb.Error) as error:
            why = error if isinstance(error, RewriteError) else "it is damaged"
            raise ForgetError(f"{file} cannot be read ({why}); put it right first, or forget the wave") from error
        rows = {part: numbers for part, (numbers, _) in of_file.items() if part in named and numbers}
        others = {part: n_rows - len(rows.get(part, [])) for part, (_, n_rows) in of_file.items()}
        n_left.update(others)
        if rows:
            found.append(Found(file, rows, sum(others.values())))
    in_parts = list(dict.fromkeys(part for f in found for part in f.rows))
    if len(in_parts) > 1:
        raise ForgetError(
            f"that id is in {' and '.join(in_parts)}, which may be two respondents; say which with --part"
        )
    survey, wave = place.key
    for part in in_parts:
        if not n_left[part]:
            named_part = f"{part} of " if part else ""
            raise ForgetError(
                f"nobody else is in {named_part}{survey} {wave}, and a delivery without rows is refused: forget the "
                f"wave (forget {survey} {wave})"
            )
    return found


def _rows_in(file: Path, place: Place, respondent: str, most: int) -> dict[str, tuple[list[int], int]]:
    """The numbers of the respondent's rows in a file, and how many rows it has, by table."""
    if format_of(file) == SHARDS:
        return rows_in_shard(file, *place.key, respondent)
    return {
        part: (
            [
                number
                for number, own in zip(table["row_number"].to_pylist(), ids_in(table, *place.key, part), strict=False)
                if own == canonical(respondent)
            ],
            len(table),
        )
        for part, table in tables_in(file, *place.key, most).items()
    }


def _check_linked(raw: Held, delivered: set[str], named: list[Column], pseudonyms: list[str]) -> None:
    """Where an id leads to no pseudonym, a row of raw is found by its number in the file that it came from."""
    is_linked = pseudonyms and all(column.data_type == RESPONDENT_ID for column in named)
    if raw.n_rows and not is_linked and not raw.files.keys() <= delivered:
        raise ForgetError(
            f"the build database holds {', '.join(raw.files.values())} as it was before it was changed in landing/, "
            "and its ids lead to nobody any more; run first, so that it is loaded as it is now, or forget the wave"
        )


@contextmanager
def _written_anew(settings: Settings, place: Place, found: list[Found]) -> Iterator[dict[Path, Path]]:
    """{file: the same without the respondent, beside it}, of files that hold others; what is not put in place by then
    is removed."""
    shared = [f for f in found if f.n_others]
    anew = {f.file: f.file.with_name(f"{leftovers.MARK}{f.file.name}") for f in shared}
    try:
        for f in shared:
            try:
                write_without(f.file, anew[f.file], *place.key, f.rows, settings.max_extract_bytes)
            except RewriteError as error:
                raise ForgetError(f"{f.file} cannot be written without the respondent ({error}); {INSTEAD}") from error
            shutil.copymode(f.file, anew[f.file])
        yield anew
    finally:
        for aside in anew.values():
            leftovers.remove(aside)
