"""Write the published tables as Parquet, and files made from them: the same rows give the same bytes.

Not here: which tables there are and how they are read (contracts), or how a release comes into force (release.py).
"""

import gzip
import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# What a release is about does not include when a file happened to be read, or a file that was refused.
LOG_TABLE, LOG_TIME, LOG_REFUSED = "extract_log", "loaded_at", "quarantined"
FINGERPRINT = "release_fingerprint"  # in the metadata of a Parquet file
MOST_PLAIN_BYTES = 500_000  # of a file that people open as it is
COMPRESSED = ".gz"
COMPRESSION = 6  # of gzip: higher takes longer, and gains a hundredth


def write_parquet(table: pa.Table, path: Path, fingerprint: str) -> None:
    """zstd, with statistics, and in the schema the column descriptions and which release it is of.

    fingerprint: of the release's content; not its id, for that holds the time, and the same rows give the same bytes.
    """
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), FINGERPRINT: fingerprint})
    pq.write_table(table, path, compression="zstd", write_statistics=True, store_schema=True)


def in_sql(release: Path, name: str) -> str:
    """A table of a release, as a relation in SQL."""
    return "read_parquet('" + str(release / f"{name}.parquet").replace("'", "''") + "')"


def write_compressed(content: bytes, path: Path) -> None:
    """At `path` with .gz after it; no name and time in it, so that the same content gives the same bytes.

    In one piece: others can go on meanwhile.
    """
    with (
        path.with_name(f"{path.name}{COMPRESSED}").open("wb") as raw,
        # gzip.compress() writes which system it ran on, in some versions of Python.
        gzip.GzipFile(filename="", mode="wb", compresslevel=COMPRESSION, fileobj=raw, mtime=0) as file,
    ):
        file.write(content)


def write_plain_if_small(content: bytes, path: Path) -> None:
    """As it is, or where it is more than MOST_PLAIN_BYTES, compressed."""
    if len(content) <= MOST_PLAIN_BYTES:
        path.write_bytes(content)
    else:
        write_compressed(content, path)


def content_hash(name: str, table: pa.Table) -> str:
    """SHA-256 of what the table says: equal for equal releases, whenever they were built."""
    if name == LOG_TABLE:
        table = without_refused(table).drop_columns([LOG_TIME])
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="none")
    return hashlib.sha256(sink.getvalue()).hexdigest()


def without_refused(log: pa.Table) -> pa.Table:
    """The log of the files that a release is made of."""
    return log.filter(pc.not_equal(log["status"], LOG_REFUSED))


def file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
