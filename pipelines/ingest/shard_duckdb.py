"""DuckDB in a task on a shard: little memory and no disk, what it says wherever it says it, and a want of memory.

Not here: what is read of a shard (parquet_reader, shards), and how its keys are hashed (shard_keys).
"""

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from pipelines.ingest.findings import Findings

ROWS_ASKED_FOR = 100_000  # in a row group, where those of a file take too much memory
BEYOND_MEMORY = "Out of Memory Error"  # begins what DuckDB says then
# A task has little memory, and what does not fit is not put anywhere: it may be of respondents. Blocks that DuckDB
# spills hold what lay in memory before, such as keys in clear.
OPTIONS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "400MB",
    "temp_directory": "",
    "autoinstall_known_extensions": False,
}


def batches(con: duckdb.DuckDBPyConnection, select: str, most_rows: int) -> Iterator[pa.RecordBatch]:
    """What a statement selects, up to `most_rows` at a time.

    Raises duckdb.Error, of any batch: of those after the first, Arrow hands on what DuckDB said as an OSError.
    """
    try:
        yield from con.sql(select).to_arrow_reader(most_rows)
    except OSError as error:
        of_memory = str(error).startswith(BEYOND_MEMORY)
        raise (duckdb.OutOfMemoryException if of_memory else duckdb.Error)(str(error)) from error


def add_beyond_memory(findings: Findings) -> None:
    """Add a finding of a file that cannot be judged in the memory that a task has."""
    problem = f"the file takes more memory than a task has to read it ({OPTIONS['memory_limit']})"
    remedy = f"write it in row groups of {ROWS_ASKED_FOR:,} rows or fewer, or in several files"
    findings.add("too_large_unpacked", problem, remedy)
