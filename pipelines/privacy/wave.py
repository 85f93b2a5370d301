"""Forget a wave: its files, its rows, and what runs told of them.

Not here: one respondent of a wave, and what forgetting both has in common (removal).
"""

import shutil

from pipelines.common.settings import Settings
from pipelines.common.warehouse import open_build
from pipelines.ingest import forgotten
from pipelines.ingest.codebook import SHARDS
from pipelines.ingest.discovery import Place, format_of
from pipelines.ingest.forgotten import Forgotten, Rebuilt
from pipelines.privacy.removal import (
    MOST_ROWS,
    Account,
    ForgetError,
    clear_told,
    hashes,
    holding,
    kept,
    note_release,
    now,
    place_of,
    prove,
    put_in_place,
)
from pipelines.privacy.respondents import first_ids, ids_in, spellings
from pipelines.privacy.rewrite import RewriteError, tables_in
from pipelines.privacy.scan import Sought


def forget_wave(settings: Settings, survey: str, wave: int) -> Account:
    """Remove all that is kept of a wave, but what is published.

    Raises ForgetError before anything is changed, BuildDatabaseBusyError, and OSError: where the history cannot be
    cleared, before landing/ and the build database are changed. What an interruption left is removed when it is called
    again.
    """
    place = place_of(settings, survey, wave)
    folder = settings.landing / place.folder
    with holding(settings) as told:
        with open_build(settings.build_db, read_only=True) as con:
            raw = forgotten.held(con, survey, wave)
            if not raw.n_rows and not raw.files and not folder.exists():
                raise ForgetError(f"nothing of {survey} {wave} is in {settings.data_dir}; {kept(con)}")
            texts = forgotten.texts_of(con, survey, wave, raw.where, MOST_ROWS)
        names = {sha256: f"{place.folder}/{file.name}" for file, sha256 in hashes(settings, place.files).items()}
        names |= raw.files
        sought = Sought(texts | _delivered_ids(settings, place), names)
        notes = [Forgotten(survey, wave, name, sha256, forgotten.WAVE, now()) for sha256, name in names.items()]
        rebuilt = Rebuilt(settings)
        rebuilt.fill(raw.where, [(survey, wave)], notes)
        account = Account(f"{survey} {wave}", notes=told)
        clear_told(settings, place.folder, account)
        put_in_place(settings, rebuilt, account, raw.n_rows)
        if folder.exists():  # last: what is still there has the next call go on
            shutil.rmtree(folder)
            account.done.append(f"landing/{place.folder} removed")
        prove(settings, account, sought)
    note_release(settings, place.folder, account)
    return account


def _delivered_ids(settings: Settings, place: Place) -> set[str]:
    """The ids in a delivery as they may be written; none of a file that cannot be read."""
    survey, wave = place.key
    found: set[str] = set()
    for file in place.files:
        if format_of(file) == SHARDS:
            found |= first_ids(file, survey, wave, MOST_ROWS)
            continue
        try:
            tables = tables_in(file, survey, wave, settings.max_extract_bytes)
        except RewriteError:
            continue
        ids = [respondent for part, table in tables.items() for respondent in ids_in(table, survey, wave, part)]
        found |= {text for respondent in ids for text in spellings(respondent)}
    return found
