"""Read a Parquet file, a shard of a delivery: its columns as DuckDB sees them, its rows by chunks, cells as text.

Not here: how cells become text (shard_sql), DuckDB in a task (shard_duckdb), what columns mean (validation), and
checking many shards (shards).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.common.sql import quoted
from pipelines.ingest.codebook import TEXT_TYPES, Column, Survey, columns, known_names
from pipelines.ingest.encoding import are_letters_right
from pipelines.ingest.extract import Chunk, Extract, check_duplicates, column_as_shown
from pipelines.ingest.findings import Findings
from pipelines.ingest.header import table_of
from pipelines.ingest.shard_duckdb import OPTIONS, add_beyond_memory, batches
from pipelines.ingest.shard_sql import ROW_NUMBER, WHOLE_TYPES, cell, delivered_column, is_readable
from pipelines.ingest.signatures import BEGINNING, what_is
from pipelines.ingest.text import column_key
from pipelines.scale.shards import path_literal, source

MAGIC = b"PAR1"  # how a file begins, and ends
MOST_ROWS = 2**31 - 1
LONGEST = 10_000  # bytes of a cell: one text may stand in every row and take the room of one
TOO_LONG = "a cell is too long"
CELLS_PER_CHUNK = 2_000_000
WRITE_AGAIN = "write the file again, and copy it whole"
WRITE_UTF_8 = "write its texts in UTF-8, from a program that shows its letters right"


@dataclass(frozen=True)
class Shape:
    """The columns of a shard, by their names as delivered, with DuckDB's types; and its rows."""

    names: list[str]
    types: list[str]
    n_rows: int


def read_parquet(path: Path, survey: Survey, wave: int, findings: Findings, max_bytes: int) -> list[Extract] | None:
    """The one table of the file at `path`; None, with findings, when its columns cannot be told."""
    if not _is_parquet(path, findings):
        return None
    con = duckdb.connect(config=OPTIONS)
    try:
        shape = shape_of(con, path)
        _check_size(con, path, shape, findings, max_bytes)
    except duckdb.Error as error:
        _add_unreadable(error, findings)
        return None
    check_duplicates(shape.names, None, findings)
    part = table_of(shape.names, survey.survey, wave)
    own = {column.name: column for column in columns(survey.survey, wave, part)}
    known = {key: own[name] for key, name in known_names(survey.survey, wave, part).items()}
    _check_types(shape, known, findings)
    if findings:
        return None
    chunks = _chunks(con, path, shape, known, findings)
    return [Extract(shape.names, "parquet", chunks, header_row=None, n_rows=shape.n_rows, part=part)]


def ids_in_shard(path: Path, survey: str, wave: int) -> Iterator[tuple[str, pa.Array, pa.Array]]:
    """The ids of respondents in the file at `path`, by pieces: the table that it is of, row numbers, ids in one form.

    Nothing where it has no column of them. Raises duckdb.Error where it cannot be read.
    """
    with duckdb.connect(config=OPTIONS) as con:
        shape = shape_of(con, path)
        part = table_of(shape.names, survey, wave)
        known = known_names(survey, wave, part)
        own = {column.name: column for column in columns(survey, wave, part) if column.is_respondent_id}
        for name, data_type in zip(shape.names, shape.types, strict=True):
            if column := own.get(known.get(column_key(name), "")):
                select = f"select ({ROW_NUMBER})::integer, {cell(name, data_type, column)} from {source(path)}"
                for batch in batches(con, select, CELLS_PER_CHUNK):
                    yield part, *batch.columns


def shape_of(con: duckdb.DuckDBPyConnection, path: Path) -> Shape:
    """What the file at `path` says of itself. Raises duckdb.Error where it cannot be read."""
    described = con.execute(f"describe select * exclude (file_row_number) from {source(path)}").fetchall()
    tree = con.execute(f"select name, num_children from parquet_schema({path_literal(path)})").fetchall()
    (n_rows,) = con.execute(f"select num_rows from parquet_file_metadata({path_literal(path)})").fetchall()[0]
    return Shape(_names(tree), [data_type for _, data_type, *_ in described], n_rows)


def _names(tree: list[tuple[str, int | None]]) -> list[str]:
    """The names of the columns, from the schema in depth first order: DuckDB renames the second of two alike."""
    found, place = [], 1
    while place < len(tree):
        found.append(tree[place][0])
        left = 1  # nodes of this column to be passed by
        while left and place < len(tree):
            left += (tree[place][1] or 0) - 1
            place += 1
    return found


def _is_parquet(path: Path, findings: Findings) -> bool:
    with path.open("rb") as file:
        beginning = file.read(BEGINNING)
        size = file.seek(0, 2)
        file.seek(max(0, size - len(MAGIC)))
        ending = file.read()
    if not beginning:
        findings.add("empty_file", "the file is empty", WRITE_AGAIN)
    elif not beginning.startswith(MAGIC):
        is_what = f"is {what}" if (what := what_is(beginning, path)) else "is no Parquet file, whatever its name"
        remedy = "write it as Parquet without encryption, or give it its own ending"
        findings.add("file_type", f"{path.name} {is_what}: it does not begin with PAR1", remedy, value=path.name)
    elif ending != MAGIC or size < 3 * len(MAGIC):
        findings.add("truncated", "the file is cut off: it does not end with PAR1, as Parquet does", WRITE_AGAIN)
    else:
        return True
    return False


def _check_size(con: duckdb.DuckDBPyConnection, path: Path, shape: Shape, findings: Findings, max_bytes: int) -> None:
    if not shape.n_rows:
        findings.add("no_rows", "the file has columns and no rows", "leave it out, or write it again with its rows")
    if shape.n_rows > MOST_ROWS:
        problem = f"the file says that it holds {shape.n_rows:,} rows, the limit is {MOST_ROWS:,}"
        findings.add("too_large", problem, "divide it into several files", value=str(shape.n_rows))
    groups = f"""
        select row_group_id, sum(total_uncompressed_size)::bigint as size
        from parquet_metadata({path_literal(path)}) group by all having size > {max_bytes} order by all
    """
    for group, size in con.execute(groups).fetchmany(1):
        problem = f"row group {group + 1} unpacks to {size:,} bytes, the limit is {max_bytes:,}"
        remedy = "write it in smaller row groups, or in several files; TILSTAND_MAX_EXTRACT_MB sets another limit"
        findings.add("too_large_unpacked", problem, remedy, value=str(size))


def _check_types(shape: Shape, known: dict[str, Column], findings: Findings) -> None:
    """Add a finding for every column that is neither numbers nor text; of one that is ignored, it is no matter."""
    for position, (name, data_type) in enumerate(zip(shape.names, shape.types, strict=True), start=1):
        column = known.get(column_key(name))
        if is_readable(data_type) or (column and column.is_ignored):
            continue
        shown = column.name if column else column_as_shown(column_key(name), position, None, findings)
        findings.at(column=shown).add(
            "cell_type",
            f"the column holds {data_type.lower()[:50]}, neither numbers nor text",
            "write codes as whole numbers (true is 1 or another code), and everything else as numbers or text",
        )


def _chunks(
    con: duckdb.DuckDBPyConnection, path: Path, shape: Shape, known: dict[str, Column], findings: Findings
) -> Iterator[Chunk]:
    keys = [column_key(name) for name in shape.names]
    listed = [
        f"{_read_as(name, data_type, known.get(key))} as {quoted(f'c{place}')}"
        for place, (key, name, data_type) in enumerate(zip(keys, shape.names, shape.types, strict=True))
    ]
    select = f"select ({ROW_NUMBER})::integer as row_number, {', '.join(listed)} from {source(path)}"
    right = {place for place, data_type in enumerate(shape.types) if data_type not in WHOLE_TYPES}
    n_read, at_a_time = 0, max(1, CELLS_PER_CHUNK // (len(keys) + 1))
    try:
        for batch in batches(con, select, at_a_time):
            numbers, *cells = batch.columns
            for place in sorted(right):
                here = findings.at(column=keys[place] if keys[place] in known else "")
                if not are_letters_right(cells[place], numbers, "UTF-8", WRITE_UTF_8, here):
                    right.discard(place)
            n_read += len(numbers)
            yield Chunk(numbers, [_texts(column) for column in cells])
    except MemoryError:  # Arrow's among them: of this machine, not of this file
        raise
    except (duckdb.Error, pa.ArrowException) as error:
        _add_unreadable(error, findings)
    else:
        if n_read != shape.n_rows:
            problem = f"the file says that it holds {shape.n_rows:,} rows, and has {n_read:,}"
            findings.add("truncated", problem, WRITE_AGAIN)
    finally:
        con.close()


def _read_as(name: str, data_type: str, column: Column | None) -> str:
    """What is read of a column: of one that nobody uses nothing, numbers as they are, all else as text."""
    if column and column.is_ignored:
        return "''"
    if data_type in WHOLE_TYPES and not (column and column.data_type in TEXT_TYPES):
        return delivered_column(name)
    text = cell(name, data_type, column)
    if data_type in WHOLE_TYPES or data_type[0] in "FD":
        return text
    return f"case when strlen({delivered_column(name)}::varchar) > {LONGEST} then error('{TOO_LONG}') else {text} end"


def _texts(cells: pa.Array) -> pa.Array:
    """Cells as text: of numbers, each distinct one becomes text once."""
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        return cells.cast(pa.string())
    if pa.types.is_null(cells.type):
        return pa.array([""] * len(cells), pa.string())
    encoded = cells.dictionary_encode(null_encoding="encode")
    return pa.DictionaryArray.from_arrays(encoded.indices, encoded.dictionary.cast(pa.string()).fill_null(""))


def _add_unreadable(error: Exception, findings: Findings) -> None:
    """What DuckDB says of the inside of a file may show cells; it is not repeated."""
    if isinstance(error, duckdb.OutOfMemoryException):
        add_beyond_memory(findings)
    elif TOO_LONG in str(error):
        problem = f"a cell holds more than {LONGEST:,} bytes"
        findings.add("too_large_unpacked", problem, "shorten it at the source, or leave the column out")
    elif "encoding" in str(error) or "UTF" in str(error).upper():
        findings.add("encoding", "a text of the file is not UTF-8", WRITE_UTF_8)
    else:
        problem = f"the file is damaged, or packed in a way that is not known ({type(error).__name__})"
        findings.add("damaged", problem, WRITE_AGAIN)
