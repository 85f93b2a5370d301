"""Find the same key twice among all shards of a table, without the keys: each shard leaves hashes, which are compared.

Not here: reading shards (shards), and what is said of what is found. The hashes are keyed (HMAC-SHA-256) with a secret
that nobody keeps, and are removed when they are compared.
"""

import itertools
import math
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.ingest import values
from pipelines.ingest.codebook import Column
from pipelines.ingest.extract import decoded
from pipelines.ingest.oddities import Cells, in_one_case
from pipelines.ingest.shard_duckdb import OPTIONS
from pipelines.scale.shards import path_literal

BLOCK, INNER, OUTER = 64, 0x36, 0x5C  # of HMAC with SHA-256, RFC 2104
KEYS_PER_TASK = 4_000_000  # a third of a gigabyte while they are compared
SPACE = 2**64  # of the first half of a hash, in which tasks take a range each
HASHES_PER_GROUP = 120_000  # in the row groups of the files that a shard leaves
ROWS_AT_ONCE = 2_000_000  # of hashes of a shard that are in memory
COMPARE_LIMIT = "1GB"  # for a task that compares, and reads no shard
PLACES = 2**32  # of rows in a shard: a row of any shard is one number


@dataclass(frozen=True)
class Repeated:
    """A row whose key an earlier row has; `shard` and `first_shard` are places in the list of shards."""

    shard: int
    row: int
    first_shard: int
    first_row: int


@dataclass(frozen=True)
class Range:
    """A task: a range of the hashes of one key of a table. All files of that key lie at `files`."""

    key: str
    files: tuple[Path, ...]
    low: int
    high: int  # inclusive

    def __str__(self) -> str:
        return f"keys {self.key} of {len(self.files)} files, compared"


@dataclass(frozen=True)
class Found:
    """What is in a range: the first of the repeated, how many there are, and how many differ by case or form only."""

    repeated: list[Repeated]
    n_repeated: int
    n_alike: int


class KeyHashes:
    """The hashes of the keys of one shard: look_at() every chunk, then write()."""

    def __init__(self, keys: Sequence[list[Column]], secret: str, folder: Path) -> None:
        """`keys` are lists of columns that may not be the same twice; files are written in `folder`."""
        self._keys, self._secret, self._folder = keys, secret.encode().ljust(BLOCK, b"\0"), folder
        self._con = duckdb.connect(config=OPTIONS)
        self._con.execute("create table hashed (key utinyint, part ubigint, high ubigint, low ubigint, row integer)")
        self._n_held = 0
        self._asides = [folder / f"{secrets.token_hex(8)}.aside" for _ in keys]
        self._writers: list[pq.ParquetWriter] = []

    def look_at(self, rows: pa.Array, cells: Cells) -> None:
        """Hash the keys of the next rows; one with a blank in it is none."""
        for number, key in enumerate(self._keys):
            texts = [pc.ascii_trim(decoded(cells[column.name]), " ") for column in key]
            is_id = len(key) == 1 and key[0].is_respondent_id
            self._hash(number, key, pa.table([rows, *texts], names=["row", *_places(key)]), is_id)
            self._n_held += len(rows)
        if self._n_held >= ROWS_AT_ONCE:
            self._write_held()

    def _hash(self, number: int, key: list[Column], delivered: pa.Table, is_id: bool) -> None:
        delivered = (
            delivered.append_column("alike", in_one_case(delivered["k0"].combine_chunks())) if is_id else delivered
        )
        own = [values.key_expression(column, place) for column, place in zip(key, _places(key), strict=True)]
        # Each with its length: no two keys are the same text.
        text = " || ".join(f"length({part}) || ':' || {part}" for part in own)
        alike = "length(alike) || ':' || alike" if is_id else text
        filled = " and ".join(f"{part} <> ''" for part in own)
        self._con.execute(
            f"""
            with keys as materialized (
                select row, {text} as key, {alike} as alike from delivered where {filled}
            ),
            of_keys as materialized (
                select row, {_hmac("key")} as hashed, case when alike <> key then {_hmac("alike")} end as alike
                from keys
            )
            insert into hashed
            select
                {number}, {_number("coalesce(alike, hashed)", 1)}, {_number("hashed", 1)}, {_number("hashed", 17)}, row
            from of_keys
            """,
            {"inner": _xor(self._secret, INNER), "outer": _xor(self._secret, OUTER)},
        )

    def _write_held(self) -> None:
        """Write what is held as row groups, in order so that a range is read from few of them, and hold nothing."""
        for number, aside in enumerate(self._asides):
            rows = f"select part, high, low, row from hashed where key = {number} order by part, high, low, row"
            held = self._con.sql(rows).to_arrow_table()
            if len(self._writers) == number:
                self._writers.append(pq.ParquetWriter(aside, held.schema, use_dictionary=False))
            self._writers[number].write_table(held, row_group_size=HASHES_PER_GROUP)
        self._con.execute("truncate hashed")
        self._n_held = 0

    def write(self, shard: int) -> None:
        """Write a file for each key, named by the key and the shard, whole or not at all."""
        self._write_held()
        for key, aside, writer in zip(self._keys, self._asides, self._writers, strict=True):
            writer.close()
            aside.replace(self._folder / file_name(key, shard))
        self._con.close()


def file_name(key: Sequence[Column], shard: int) -> str:
    """The name of the file of a key's hashes of a shard."""
    return f"{name_of(key)}-{shard}.parquet"


def name_of(key: Sequence[Column]) -> str:
    """What a key is called: the names of its columns."""
    return ", ".join(column.name for column in key)


def ranges(key: str, files: Sequence[Path], n_rows: int) -> Iterator[Range]:
    """The tasks in which the hashes of a key are compared, of `n_rows` rows in all."""
    n_tasks = max(1, math.ceil(n_rows / KEYS_PER_TASK))
    bounds = [SPACE * place // n_tasks for place in range(n_tasks + 1)]
    yield from (Range(key, tuple(files), low, high - 1) for low, high in itertools.pairwise(bounds))


def compare(task: Range, most: int, _secret: str | None) -> Found:
    """Find what is there twice in a range; of the repeated the first `most`, by shard and row. The work of a runner.

    Rows are read twice and never held: one key may stand in all of them, which are then all in this range.
    """
    listed = ", ".join(path_literal(file) for file in task.files)
    with duckdb.connect(config=OPTIONS | {"memory_limit": COMPARE_LIMIT}) as con:
        con.execute(
            f"""
            create temp view hashed as
            select
                part, high, low,
                regexp_extract(filename, '-(\\d+)[.]parquet$', 1)::bigint * {PLACES} + row as place
            from read_parquet([{listed}], filename = true, hive_partitioning = false)
            where part between {task.low} and {task.high}
            """
        )
        con.execute(
            """
            create temp table keys as
            select part, high, low, min(place) as first, count(*) as n from hashed group by part, high, low
            """
        )
        # All of what is alike is in the same range.
        counted = "select coalesce(sum(n)::bigint, 0) - count(*), count(*) - count(distinct part) from keys"
        ((n_repeated, n_alike),) = con.execute(counted).fetchall()
        places = con.execute(
            f"""
            select place, first from hashed join (from keys where n > 1) using (high, low) where place <> first
            order by place limit {most}
            """
        ).fetchall()
    found = [Repeated(*divmod(place, PLACES), *divmod(first, PLACES)) for place, first in places]
    return Found(found, n_repeated, n_alike)


def together(found: Iterable[Found], most: int) -> Found:
    """What is in all ranges of a key."""
    listed = list(found)
    repeated = sorted((row for one in listed for row in one.repeated), key=lambda row: (row.shard, row.row))
    return Found(repeated[:most], sum(one.n_repeated for one in listed), sum(one.n_alike for one in listed))


def _places(key: Sequence[Column]) -> list[str]:
    return [f"k{place}" for place in range(len(key))]


def _xor(key: bytes, pad: int) -> bytes:
    return bytes(byte ^ pad for byte in key)


def _hmac(text: str) -> str:
    """HMAC-SHA-256 of a text in hexadecimal digits; the padded key comes as parameters, and stands in no statement."""
    return f"sha256($outer::blob || unhex(sha256($inner::blob || encode({text}))))"


def _number(digits: str, start: int) -> str:
    """16 hexadecimal digits as a number."""
    return f"('0x' || substr({digits}, {start}, 16))::ubigint"
