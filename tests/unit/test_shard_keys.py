"""Hashes of keys are written a part after the other where memory is short; the keys themselves never reach a disk.

Not here: what is found with them (test_ingest_shards).
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.ingest import shard_duckdb, shard_keys
from pipelines.ingest.codebook import columns
from pipelines.ingest.shard_keys import Found, KeyHashes, Repeated, compare, file_name, ranges
from tests.unit.shards import SURVEY, WAVE

N_ROWS, N_CHUNKS = 50_000, 12
MARK = "respondent-of-this-test-"


def test_with_little_memory_no_id_is_in_any_file_at_any_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(shard_duckdb.OPTIONS, "memory_limit", "40MB")
    monkeypatch.setattr(shard_keys, "ROWS_AT_ONCE", 2 * N_ROWS)
    key = [column for column in columns(SURVEY, WAVE) if column.is_respondent_id]
    hashes = KeyHashes([key], "secret", tmp_path)
    n_bytes = 0
    for chunk in range(N_CHUNKS):
        numbers = range(chunk * N_ROWS, (chunk + 1) * N_ROWS)
        ids = pa.array([f"{MARK}{number % (N_ROWS * N_CHUNKS - 1):09}" for number in numbers])
        hashes.look_at(pa.array(numbers, pa.int32()), {key[0].name: ids})
        n_bytes += _n_bytes_without_ids(tmp_path)
    assert n_bytes  # before the end
    hashes.write(0)
    _n_bytes_without_ids(tmp_path)
    file = tmp_path / file_name(key, 0)
    assert pq.read_metadata(file).num_rows == N_ROWS * N_CHUNKS
    (task,) = ranges(key[0].name, [file], N_ROWS * N_CHUNKS)
    found = compare(task, 5, None)
    assert [(row.row, row.first_row) for row in found.repeated] == [(N_ROWS * N_CHUNKS - 1, 0)]
    _n_bytes_without_ids(tmp_path)


def test_a_key_that_stands_in_nearly_all_rows_is_compared_in_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_keys, "COMPARE_LIMIT", "25MB")
    files, n_rows = [], 1_000_000
    for shard in range(2):
        hashes = [pa.array([1] * n_rows + [2 + shard], pa.uint64())] * 3
        rows = pa.array(range(n_rows + 1), pa.int32())
        files.append(tmp_path / f"id-{shard}.parquet")
        table = pa.table([*hashes, rows], names=["part", "high", "low", "row"])
        pq.write_table(table, files[-1], row_group_size=shard_keys.HASHES_PER_GROUP)
    (task,) = ranges("id", files, 2 * n_rows)
    found = compare(task, 3, None)
    assert found.repeated == [Repeated(0, 1, 0, 0), Repeated(0, 2, 0, 0), Repeated(0, 3, 0, 0)]
    assert (found.n_repeated, found.n_alike) == (2 * n_rows - 1, 0)
    assert compare(task, 0, None) == Found([], 2 * n_rows - 1, 0)


def _n_bytes_without_ids(folder: Path) -> int:
    found = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert not any(MARK.encode() in content for content in found)
    return sum(map(len, found))
