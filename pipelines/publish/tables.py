"""Write the published tables as Parquet: the same rows give the same bytes.

Not here: which tables there are and how they are read (contracts), or how a release comes into force (release.py).
"""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# What a release is about does not include when a file happened to be read, or a file that was refused.
LOG_TABLE, LOG_TIME, LOG_REFUSED = "extract_log", "loaded_at", "quarantined"


def write_parquet(table: pa.Table, path: Path) -> None:
    """zstd, with statistics and the column descriptions in the schema."""
    pq.write_table(table, path, compression="zstd", write_statistics=True, store_schema=True)


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
