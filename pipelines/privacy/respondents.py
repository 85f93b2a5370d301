"""The ids of respondents in deliveries, and the pseudonyms that they may have been given.

Not here: making pseudonyms (ingest/pseudonyms.py), and what is done with either.
"""

from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.common.settings import Settings
from pipelines.ingest.codebook import Column, columns
from pipelines.ingest.extract import canonical_cells
from pipelines.ingest.parquet_reader import ids_in_shard
from pipelines.ingest.pseudonyms import KEY_FILE, Pseudonyms
from pipelines.ingest.text import canonical


def id_column(survey: str, wave: int, part: str) -> Column | None:
    """The column of a table that names its respondents."""
    return next((column for column in columns(survey, wave, part) if column.is_respondent_id), None)


def ids_in(table: pa.Table, survey: str, wave: int, part: str) -> list[str]:
    """The ids of a delivered table, in the order of its rows; none where it has no column of them."""
    column = id_column(survey, wave, part)
    if column is None or column.name not in table.column_names:
        return []
    found: list[str] = canonical_cells(table[column.name].combine_chunks()).to_pylist()
    return found


def first_ids(path: Path, survey: str, wave: int, most: int) -> set[str]:
    """Up to `most` ids of a shard as they may be written; none of one that cannot be read."""
    found: set[str] = set()
    with suppress(duckdb.Error):
        for _, _, ids in ids_in_shard(path, survey, wave):
            found |= {text for respondent in ids[: most - len(found)].to_pylist() for text in spellings(respondent)}
            if len(found) >= most:
                break
    return found


def rows_in_shard(path: Path, survey: str, wave: int, respondent: str) -> dict[str, tuple[list[int], int]]:
    """The numbers of a respondent's rows in a shard, and how many rows it has, by the table that it is of.

    Raises duckdb.Error.
    """
    found: dict[str, tuple[list[int], int]] = {}
    for part, rows, ids in ids_in_shard(path, survey, wave):
        numbers, n_rows = found.get(part, ([], 0))
        own = rows.filter(pc.equal(ids, canonical(respondent))).to_pylist()
        found[part] = [*numbers, *own], n_rows + len(rows)
    return found


def spellings(respondent: str) -> set[str]:
    """An id as it may stand somewhere: a whole number also with a decimal, as statistics programs write it."""
    bare = canonical(respondent)
    return {bare, f"{bare}.0"} if bare.isdigit() else {bare}


def pseudonyms_of(settings: Settings, respondent: str) -> list[str]:
    """What an id is stored as, under each of the keys that are kept."""
    file = settings.work / KEY_FILE
    keys = [settings.pseudonym_key or "", file.read_text(encoding="ascii") if file.exists() else ""]
    return [Pseudonyms(key.encode()).of(canonical(respondent)) for key in keys if key]
