"""Parquet shards for tests: a wave of the citizens' survey, divided into files of typed columns.

Not here: what is wrong with them (test_ingest_shards).
"""

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.ingest.codebook import columns
from pipelines.ingest.shards import File, Given, Judged, judge
from tests.unit.extracts import KOMMUNER

SECOND = "part-1.parquet"
SURVEY, WAVE = "dfo_innbygger", 2021
FOLDER = f"{SURVEY}/{WAVE}"


def respondents(n: int, first: int = 0, wave: int = WAVE) -> pa.Table:
    """`n` respondents with ids from `first` on: codes are small integers, weights decimals or floats, ids text."""
    cells: dict[str, Any] = {}
    rng = np.random.default_rng(first)
    for column in columns(SURVEY, wave):
        if column.codes:
            codes = np.array([int(code) for code in column.codes], np.int16)
            cells[column.name] = pa.array(rng.choice(codes, n))
    numbers = [int(number) for number in KOMMUNER[wave]]
    fixed: dict[str, Any] = {
        "respondent_id": pa.array([f"r{number:08}" for number in range(first, first + n)]),
        "vekt": pa.array(np.round(rng.uniform(0.5, 2.0, n), 2)),
        "stratum": pa.array(rng.choice(["nord", "sør"], n)),
        "stratum_n": pa.array(np.full(n, 2_200_000, np.int32)),
        "kommunenr": pa.array(rng.choice(np.array(numbers, np.int16), n)),
        "alder": pa.array(rng.integers(16, 100, n, np.int8)),
    }
    cells |= fixed
    names = [column.name for column in columns(SURVEY, wave) if column.name in cells]
    return pa.table({name: cells[name] for name in names})


@dataclass
class Shards:
    """The files of a wave below a landing folder; each can be changed and written again."""

    landing: Path
    tables: dict[str, pa.Table] = field(default_factory=dict)

    @classmethod
    def of(cls, landing: Path, n_shards: int = 3, n: int = 40) -> "Shards":
        """`n_shards` files of `n` respondents each, written."""
        found = cls(landing, {f"part-{k}.parquet": respondents(n, k * n) for k in range(n_shards)})
        for name in found.tables:
            found.write(name)
        return found

    def path(self, name: str) -> Path:
        return self.landing / FOLDER / name

    def write(self, name: str, **options: Any) -> Path:
        file = self.path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(self.tables[name], file, **options)
        return file

    def put(self, name: str, column: str, values: Any) -> "Shards":
        """Let a column of a file hold these values, with their type."""
        table = self.tables[name]
        place = table.column_names.index(column)
        self.tables[name] = table.set_column(
            place, column, values if isinstance(values, pa.Array) else pa.array(values)
        )
        self.write(name)
        return self

    def set(self, name: str, row: int, column: str, value: Any) -> "Shards":
        """Put a value into a cell; the first row is 1."""
        cells = self.tables[name][column].to_pylist()
        cells[row - 1] = value
        return self.put(name, column, pa.array(cells, self.tables[name].schema.field(column).type))


def spoil_last_group(file: Path, column: str) -> None:
    """Damage what the last row group has of a column, and nothing that is said of it."""
    said = pq.read_metadata(file)
    of_last = said.row_group(said.num_row_groups - 1)
    (chunk,) = [c for c in map(of_last.column, range(of_last.num_columns)) if c.path_in_schema == column]
    content, end = bytearray(file.read_bytes()), chunk.data_page_offset + chunk.total_compressed_size
    content[end - 100 : end] = bytes(100)
    file.write_bytes(content)


def judge_or_die(task: File, given: Given, secret: str | None) -> Judged:
    """Judge a shard, but for the second, which kills the process."""
    if task.name.endswith(SECOND):
        os.kill(os.getpid(), signal.SIGKILL)
    return judge(task, given, secret)
