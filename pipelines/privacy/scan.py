"""Search for texts of respondents in every byte below a folder: in what is packed or in tables, too.

Not here: which texts they are, and where they may stand (whoever asks).
"""

import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

SHORTEST = 8  # bytes; a shorter text stands everywhere by chance
SELF_EVIDENT = 32  # bytes; no longer text is part of another by chance
BLOCK, ROWS = 8_000_000, 100_000  # bytes, and rows of a table, looked through at a time
NESTED = 3  # archives in archives that are opened
WITHIN_A_WORD = frozenset(b"._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") | {*range(128, 256)}
HASHES = 1 << 22  # what the beginnings of texts are hashed to
MIX = np.uint64(0x9E3779B97F4A7C15)

# What archives and tables are refused with: damage; a password and a way of packing that is not known, which are a
# RuntimeError of zipfile.
UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, pa.ArrowException)

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Trace:
    """A place where something was found, or that could not be looked into. The text itself is not repeated."""

    path: Path
    inside: str  # of an archive or a database
    n_found: int | None  # None where nobody can tell

    def __str__(self) -> str:
        where = f"{self.path}{f' ({self.inside})' if self.inside else ''}"
        if self.n_found is None:
            return f"{where}: cannot be looked into"
        return f"{where}: {self.n_found} {'place' if self.n_found == 1 else 'places'}"


class Sought:
    """Texts to look for. One of fewer than SELF_EVIDENT bytes counts only where it is no part of a longer word."""

    def __init__(self, texts: Collection[str], files: Collection[str] = ()) -> None:
        """`files` are the SHA-256 of whole files. Texts too short to be told from others are in `left_out`."""
        encoded = {text.encode() for text in texts}
        self.texts = frozenset(text for text in encoded if len(text) >= SHORTEST)
        self.left_out = len(encoded) - len(self.texts)
        self.files = frozenset(files)

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.texts), default=0)

    @cached_property
    def _by_beginning(self) -> dict[int, dict[int, set[bytes]]]:
        """{first bytes as a number: {length: texts}}."""
        found: dict[int, dict[int, set[bytes]]] = {}
        for text in self.texts:
            begin = int.from_bytes(text[:SHORTEST], "little")
            found.setdefault(begin, {}).setdefault(len(text), set()).add(text)
        return found

    @cached_property
    def _hashes(self) -> npt.NDArray[np.bool_]:
        is_one = np.zeros(HASHES, bool)
        is_one[_hashed(np.array(list(self._by_beginning), np.uint64))] = True
        return is_one

    @cached_property
    def _beginnings(self) -> Words:
        return np.array(sorted(self._by_beginning), np.uint64)

    def count(self, stream: io.BufferedIOBase | io.BytesIO) -> int:
        """How many places of a stream hold one of the texts."""
        longest = self._longest
        n_found, first, data = 0, 0, b""
        while longest:
            block = stream.read(BLOCK)
            data += block
            # What begins so near the end that it may go on is counted with the next block.
            until = max(len(data) - longest, first) if block else len(data)
            n_found += sum(first <= at < until for at in self._places(data))
            if not block:
                break
            if until:  # the byte before says whether a text is part of a longer word
                data, first = data[until - 1 :], 1
        return n_found

    def _places(self, data: bytes) -> Iterator[int]:
        """Where one of the texts begins."""
        for shift in range(SHORTEST):
            words = np.frombuffer(data, "<u8", (len(data) - shift) // SHORTEST, shift) if len(data) > shift else None
            if words is None or not len(words):
                continue
            places = np.flatnonzero(self._hashes[_hashed(words)])
            nearest = np.searchsorted(self._beginnings[:-1], words[places])
            for place in places[self._beginnings[nearest] == words[places]].tolist():
                at = place * SHORTEST + shift
                of_length = self._by_beginning[int(words[place])]
                if any(data[at : at + n] in texts and _is_whole(data, at, at + n) for n, texts in of_length.items()):
                    yield at


def _hashed(words: Words) -> npt.NDArray[np.int64]:
    return ((words * MIX) >> np.uint64(64 - HASHES.bit_length() + 1)).astype(np.int64)


def _is_whole(data: bytes, at: int, end: int) -> bool:
    is_word = (at == 0 or data[at - 1] not in WITHIN_A_WORD) and (end == len(data) or data[end] not in WITHIN_A_WORD)
    return is_word or end - at >= SELF_EVIDENT


def traces(folder: Path, sought: Sought, unread: Collection[Path] = ()) -> list[Trace]:
    """Where below `folder` something is found, by path. Links are not followed.

    Of what lies below one of the folders `unread`, only whole files are looked for.
    """
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        if sought.files and _hash_of(path) in sought.files:
            found.append(Trace(path, "the whole file", 1))
        elif not any(path.is_relative_to(other) for other in unread):
            for inside, stream in contents(path):
                n = sought.count(stream) if stream else None
                found += [Trace(path, inside, n)] if n != 0 else []
    return found


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def contents(path: Path) -> Iterator[tuple[str, io.BufferedIOBase | io.BytesIO | None]]:
    """A file as it is, then what is packed in it or stands in its tables, each with what it is; None for what is not
    to be read: damaged, locked, or packed in another way."""
    with path.open("rb") as file:
        beginning = file.read(16)
        file.seek(0)
        yield "", file
    if beginning[8:12] == b"DUCK":
        yield from _of_database(path)
    elif beginning.startswith((b"PAR1", b"PK", b"\x1f\x8b")):
        yield from _unpacked(path.read_bytes(), "")


def _unpacked(data: bytes, name: str, depth: int = NESTED) -> Iterator[tuple[str, io.BytesIO | None]]:
    inside: list[tuple[str, bytes]] = []
    try:
        if data.startswith(b"PAR1"):
            yield from ((f"{name}rows", lines) for lines in _of_parquet(data))
        elif data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                inside = [(f"{name}{member}", packed.read(member)) for member in packed.namelist()]
        elif data.startswith(b"\x1f\x8b"):
            inside = [(f"{name}unpacked", gzip.decompress(data))]
    except UNREADABLE:
        yield f"{name}packed", None
    for member, content in inside:
        yield member, io.BytesIO(content)
        if depth:
            yield from _unpacked(content, f"{member}/", depth - 1)


def _of_database(path: Path) -> Iterator[tuple[str, io.BytesIO | None]]:
    """The tables of a DuckDB file, whose bytes are packed."""
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            for schema, table in con.execute("select schema_name, table_name from duckdb_tables()").fetchall():
                for lines in _lines_of(con, f"{_quoted(schema)}.{_quoted(table)}"):
                    yield f"{schema}.{table}", lines
    except duckdb.Error:
        yield "tables", None


def _of_parquet(data: bytes) -> Iterator[io.BytesIO]:
    with duckdb.connect() as con:
        con.register("rows_read", pq.read_table(io.BytesIO(data)))
        yield from _lines_of(con, "rows_read")


def _lines_of(con: duckdb.DuckDBPyConnection, table: str) -> Iterator[io.BytesIO]:
    """A row a line, cells parted by ';'."""
    columns = [name for name, *_ in con.execute(f"describe {table}").fetchall()]
    cells = ", ".join(f"coalesce({_quoted(name)}::varchar, '')" for name in columns)
    rows = con.execute(f"select concat_ws(';', {cells}) from {table}")
    while lines := rows.fetchmany(ROWS):
        yield io.BytesIO("\n".join(line for (line,) in lines).encode())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
