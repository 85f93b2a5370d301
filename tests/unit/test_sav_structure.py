"""The cases that an SPSS file holds are counted right, in every way of packing; the trial of a file ends on its own.

Not here: what the reader makes of a file (test_ingest_sav), and the catalogue of refused ones (test_ingest_refuses).
"""

import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.common.settings import PROJECT_DIR
from pipelines.ingest import sav_structure, sav_trial
from pipelines.ingest.findings import Findings
from pipelines.ingest.sav_structure import Structure, StructureError, check_structure, structure_of
from pipelines.ingest.sav_trial import Trial

pytestmark = pytest.mark.slow  # many tests start a process

PACKINGS = {"plain": {}, "packed": {"row_compress": True}, "zlib": {"compress": True}}
SAID = 80  # where the header says the number of cases


def written(path: Path, n: int, n_numbers: int, n_texts: int, **packing: bool) -> Path:
    """A file with many labels, documents, fractions, missing numbers, and texts of up to 700 bytes."""
    rng = np.random.default_rng(n)
    columns = {f"q{i}": rng.integers(-3, 9, n) * (1.0 if i % 3 else 0.1) for i in range(n_numbers)}
    columns |= {f"text{i}": [("blåbær " * int(k))[:700] for k in rng.integers(0, 110, n)] for i in range(n_texts)}
    frame = pd.DataFrame(columns)
    frame = frame.mask(frame == 8.0)
    labels = {"q0": {float(code): f"label {code} " * 9 for code in range(300)}} if n_numbers else None
    pyreadstat.write_sav(frame, path, variable_value_labels=labels, note=["a document"] * 3, **packing)
    return path


def with_cases(path: Path, said: int) -> Path:
    content = bytearray(path.read_bytes())
    struct.pack_into("<i", content, SAID, said)
    path.write_bytes(content)
    return path


def by_hand(data: bytes, said: int, order: str = "<", compression: int = 1, n_variables: int = 3) -> bytes:
    """A file of numbers, in either order of bytes."""
    header = b"$FL2".ljust(64) + struct.pack(f"{order}5id", 2, n_variables, compression, 0, said, 100.0)
    variables = b"".join(
        struct.pack(f"{order}6i8s", 2, 0, 0, 0, 5 << 16 | 8 << 8, 5 << 16 | 8 << 8, b"V%-7d" % i)
        for i in range(n_variables)
    )
    return header.ljust(176) + variables + struct.pack(f"{order}2i", 999, 0) + data


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize(("n", "n_numbers", "n_texts"), [(0, 3, 1), (1, 1, 0), (5, 3, 0), (8, 7, 2), (701, 16, 3)])
def test_file_as_it_is_written_holds_what_it_says(
    tmp_path: Path, packing: str, n: int, n_numbers: int, n_texts: int
) -> None:
    path = written(tmp_path / "a.sav", n, n_numbers, n_texts, **PACKINGS[packing])
    assert structure_of(path) == Structure(n, n, 0)


@pytest.mark.parametrize("packing", PACKINGS)
def test_cases_are_counted_whatever_the_header_says_and_however_the_pieces_fall(
    tmp_path: Path, packing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a.sav", 60, 5, 1, **PACKINGS[packing])
    for piece in (1 << 24, 1000, 8, 13):
        monkeypatch.setattr(sav_structure, "PIECE", piece)
        monkeypatch.setattr(sav_structure, "MOST_PER_VALUE", 10**6)
        for said in (59, 60, 61, 1, 1000):
            assert structure_of(with_cases(path, said)) == Structure(said, 60, 0), piece


@pytest.mark.parametrize("order", ["<", ">"])
def test_either_order_of_bytes_is_read(tmp_path: Path, order: str) -> None:
    path = tmp_path / "a.sav"
    data = struct.pack(f"{order}6d", 1, 2, 3, 4, 5, 6)
    path.write_bytes(by_hand(data, 2, order, compression=0))
    assert structure_of(path) == Structure(2, 2, 0)
    frame, _ = pyreadstat.read_sav(path)
    assert frame.to_numpy().tolist() == [[1, 2, 3], [4, 5, 6]]
    path.write_bytes(by_hand(bytes([101, 102, 253, 104, 105, 106, 0, 0]) + data[:8], 2, order))
    assert structure_of(path) == Structure(2, 2, 0)
    assert len(pyreadstat.read_sav(path)[0]) == 2


CASE = bytes([101, 102, 103])


@pytest.mark.parametrize(
    ("data", "held", "left_over"),
    [
        (CASE * 2 + bytes(2), 2, 0),
        (CASE * 2 + b"\xfc\0", 2, 0),
        (CASE * 8 + b"\xfc" + bytes(7), 8, 0),
        (CASE * 8 + bytes(8), 8, 0),
        (CASE * 8 + bytes(5), 8, 0),
        (CASE * 8 + bytes(16), 8, 16),
        (CASE * 8 + b"\xfc" + bytes(15), 8, 16),
        (CASE * 2 + b"\xfc\0" + CASE * 8, 2, 24),
        (CASE * 2 + b"\xfc" + CASE[:1], 2, 0),
        (CASE * 8 + b"junk", 8, 4),
        (CASE * 2 + b"\xfe\xff", 2, 16),
        (bytes(5) + CASE, 1, 0),
        (b"\xfd\xfe\xff\0\0\0\0\0" + b"\xfc" * 8, 1, 0),
        (b"\xfd\xfe\xff\0\0\0\0\0" + b"\xfc" * 24, 1, 16),
        (b"\xfd" * 6 + b"\0\0" + bytes(6 * 8), 2, 0),
        (b"\xfd" * 6 + b"\0\0" + bytes(5 * 8), 1, 16),
        (b"\xfd" * 6 + b"\0\0" + bytes(2 * 8 + 3), 0, 16),
        (b"", 0, 0),
        (b"\xfc" + bytes(7), 0, 0),
    ],
)
def test_padding_is_no_case_and_what_is_more_than_padding_is_left_over(
    tmp_path: Path, data: bytes, held: int, left_over: int
) -> None:
    path = tmp_path / "a.sav"
    path.write_bytes(by_hand(data, held))
    assert structure_of(path) == Structure(held, held, left_over)


@given(st.lists(st.sampled_from([1, 100, 251, 253, 254, 255]), max_size=100), st.integers(1, 5), st.integers(8, 40))
def test_values_are_counted_in_any_order_of_opcodes(opcodes: list[int], n_variables: int, piece: int) -> None:
    data = b""
    for block in (opcodes[at : at + 8] for at in range(0, len(opcodes), 8)):
        data += bytes(block).ljust(8, b"\0") + b"\xfd" * 8 * block.count(253)
    pieces = (data[at : at + piece] for at in range(0, len(data), piece))
    found = sav_structure._packed(pieces, 10**9, 0, n_variables)
    assert (found.held, found.left_over) == (len(opcodes) // n_variables, len(opcodes) % n_variables * 8)


def test_file_that_unpacks_without_end_is_not_followed_to_it(tmp_path: Path) -> None:
    blocks = [zlib.compress(bytes(1 << 22) if n else CASE * 2 + bytes(2)) for n in range(40)]
    start = len(by_hand(b"", 2)) + 24
    ends = np.cumsum([start, *(len(block) for block in blocks)])
    table = struct.pack("<2q2i", -100, 0, 0x3FF000, len(blocks)) + b"".join(
        struct.pack("<2q2i", 0, int(at), 1 << 22 if n else 8, len(block))
        for n, (at, block) in enumerate(zip(ends[:-1], blocks, strict=True))
    )
    head = struct.pack("<3q", start - 24, int(ends[-1]), len(table))
    path = tmp_path / "a.zsav"
    path.write_bytes(by_hand(head + b"".join(blocks) + table, 2, compression=2))
    found = structure_of(path)
    assert (found.said, found.held, found.is_all) == (2, 2, False)
    assert 16_000_000 < found.left_over < 30_000_000
    findings = Findings()
    check_structure(path, findings)
    assert [(f.rule, "more than" in f.problem) for f in findings] == [("trailing_bytes", True)]


@pytest.mark.parametrize("packing", PACKINGS)
def test_bytes_changed_anywhere_are_counted_or_refused_and_never_stop_the_run(tmp_path: Path, packing: str) -> None:
    path = written(tmp_path / "a.sav", 20, 4, 1, **PACKINGS[packing])
    whole, rng = path.read_bytes(), np.random.default_rng(1)
    refused = 0
    for _ in range(300):
        changed = bytearray(whole)
        for at in rng.integers(176, len(whole), 3):
            changed[at] = rng.integers(0, 256)
        path.write_bytes(changed)
        findings = Findings()
        check_structure(path, findings)
        refused += bool(findings)
    assert refused


def test_table_of_zlib_blocks_that_leaves_one_out_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.zsav", 50, 4, 1, compress=True)
    content = bytearray(path.read_bytes())
    (begin,) = struct.unpack_from("<q", content, len(content) - 16)
    struct.pack_into("<q", content, len(content) - 16, begin + 1)
    path.write_bytes(content)
    with pytest.raises(StructureError, match="packed block begins"):
        structure_of(path)


# The trial

TRIED = """
import os, signal, sys, time
from pipelines.ingest import sav_trial
deadly, read = sys.argv[1], sav_trial._read
def tried(library, path):
    if not path.endswith(deadly):
        read(library, path)
    elif deadly == "kills.sav":
        os.kill(os.getpid(), signal.SIGSEGV)
    else:
        time.sleep(600)
sav_trial._read = tried
sav_trial.main()
"""
PARENT = """
import sys
from pathlib import Path
from pipelines.ingest import sav_trial
sav_trial.COMMAND = [sys.executable, "-c", sys.argv[1], "hangs.sav"]
trial = sav_trial.Trial()
trial.start()
print(trial._process.pid, trial._answer(60), flush=True)
trial._is_ready = True
trial.failure(Path(sys.argv[2]))
"""


@pytest.fixture
def trial() -> Iterator[Trial]:
    trial = Trial()
    yield trial
    trial.end()


def deadly(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(sav_trial, "COMMAND", [sys.executable, "-c", TRIED, name])


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_one_process_tries_many_files_and_another_takes_its_place_when_it_died(
    tmp_path: Path, trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly(monkeypatch, "kills.sav")
    right = written(tmp_path / "right.sav", 5, 2, 1)
    kills = written(tmp_path / "kills.sav", 5, 2, 1)
    (tmp_path / "no.sav").write_bytes(b"$FL2")
    assert trial.failure(right) is None
    first = trial._process.pid
    assert trial.failure(tmp_path / "no.sav") is None  # why not, is said by the reader
    assert trial._process.pid == first
    assert trial.failure(kills) == "the program that reads it dies of it (SIGSEGV)"
    assert not is_there(first)
    assert trial.failure(right) is None


def test_process_that_hangs_is_killed(tmp_path: Path, trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    deadly(monkeypatch, "hangs.sav")
    monkeypatch.setattr(sav_trial, "MIN_SECONDS", 1.0)
    hangs = written(tmp_path / "hangs.sav", 5, 2, 1)
    trial.start()
    hanging = trial._process.pid
    assert trial.failure(hangs) == "reading it had not come to an end after 1 seconds"
    assert not is_there(hanging)


def test_more_time_is_given_to_a_larger_file(tmp_path: Path, trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []
    large = tmp_path / "large.sav"
    large.write_bytes(bytes(3_000_000))
    monkeypatch.setattr(
        trial, "_answer", lambda seconds: given.append(seconds) or (given[1:] and b"read\n") or b"ready\n"
    )
    assert trial.failure(large) is None
    assert given[1] == sav_trial.MIN_SECONDS + 3 * sav_trial.SECONDS_PER_MB


def test_trial_ends_with_a_killed_parent_also_in_the_middle_of_a_file(tmp_path: Path) -> None:
    hangs = written(tmp_path / "hangs.sav", 5, 2, 1)
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, TRIED, str(hangs)], cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True
    ) as parent:
        pid, ready = parent.stdout.readline().split(" ", 1)
        assert "ready" in ready
        time.sleep(1)  # it is reading by now
        assert is_there(int(pid))
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 30
    while is_there(int(pid)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not is_there(int(pid))


def test_trial_inherits_no_file_and_loads_neither_dagster_nor_dbt(tmp_path: Path, trial: Trial) -> None:
    code = (
        "import sys, pipelines.ingest.sav_trial; print({'dagster', 'dbt', 'duckdb', 'pyreadstat'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    assert said.stdout == "set()\n"
    with (tmp_path / "build.duckdb").open("wb") as held:
        os.set_inheritable(held.fileno(), True)
        trial.start()
        assert trial._answer(60) == sav_trial.READY
        open_files = Path(f"/proc/{trial._process.pid}/fd")
        if open_files.is_dir():
            assert str(tmp_path / "build.duckdb") not in {str(file.readlink()) for file in open_files.iterdir()}
