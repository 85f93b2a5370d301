"""Count the cases that the data of an SPSS file hold, and the bytes behind the last: what a header says may be wrong.

Not here: variables, labels and values, which pyreadstat reads (sav_reader).
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from pipelines.ingest.findings import Findings

HEADER = 176
LITTLE_ENDIAN = (2, 3)  # layouts of the header; read the other way round they are other numbers
PLAIN, PACKED = 0, 1  # what the header says of the data; packed by zlib, they are packed before
BLOCK = 8  # bytes of a value, and opcodes that stand together before the values that they announce
NOTHING, END, VALUE_FOLLOWS = 0, 252, 253
PIECE = 1 << 24  # bytes that are looked at in one go
# An opcode and a value of eight bytes for each value. Unpacked to more than twice that and a piece, data cannot be
# what the header says, however much is still to come: a small file may unpack to a thousand times its size.
MOST_PER_VALUE = 2 * (1 + BLOCK)
EXPORT_AGAIN = "export the file again, and compare its size and its number of cases with those of the original"


class StructureError(ValueError):
    """The parts of the file do not follow each other as in an SPSS file."""


class CutOffError(StructureError):
    """The file ends where more is announced."""


@dataclass(frozen=True)
class Structure:
    """How many cases the header says, how many the data hold, and the bytes left over behind the last of them.

    Zeros that fill up the last block and one more do not count. Where not `is_all`, counting stopped: there is more.
    """

    said: int
    held: int
    left_over: int
    is_all: bool = True


def check_structure(path: Path, findings: Findings) -> None:
    """Add a finding where the data of the SPSS file at `path` are not the cases that its header says."""
    try:
        found = structure_of(path)
    except CutOffError as error:
        findings.add("truncated", f"the file ends before its data do: {error}", EXPORT_AGAIN)
        return
    except (StructureError, struct.error, zlib.error) as error:
        problem = f"the file is damaged: its parts do not follow each other as in an SPSS file ({error})"
        findings.add("damaged", problem, EXPORT_AGAIN)
        return
    more = "" if found.is_all else "more than "
    over = f", and {_bytes(found.left_over)} that are no whole case" if found.left_over and found.is_all else ""
    hold = f"the header says {_cases(found.said)}, the data hold {more}{found.held:,}{over}"
    if found.held > found.said:
        findings.add("case_count", hold, EXPORT_AGAIN)
    elif found.held < found.said:
        findings.add("truncated", hold, EXPORT_AGAIN)
    elif found.left_over:
        behind = (
            f"behind the last of {_cases(found.said)} the file holds {more}{_bytes(found.left_over)} that are no case"
        )
        findings.add("trailing_bytes", behind, EXPORT_AGAIN)


def structure_of(path: Path) -> Structure:
    """Go through the file at `path`; raises StructureError, struct.error or zlib.error where it is damaged."""
    size = path.stat().st_size
    with path.open("rb") as file:
        header = _read(file, HEADER)
        order = "<" if struct.unpack_from("<i", header, 64)[0] in LITTLE_ENDIAN else ">"
        compression, said = struct.unpack_from(f"{order}i4xi", header, 72)
        values = _skip_dictionary(file, order, size)
        if not values:
            raise StructureError("it has no variables")
        said = max(said, 0)
        if compression == PLAIN:
            return _plain(file, size, said, values)
        if compression == PACKED:
            return _packed(_pieces(file), size, said, values)
        blocks, end = _zlib_blocks(file, order, size)
        found = _packed(_unzipped(file, blocks), MOST_PER_VALUE * values * said + PIECE, said, values)
        return replace(found, left_over=found.left_over + size - end)


def _cases(n: int) -> str:
    return f"{n:,} case{'' if n == 1 else 's'}"


def _bytes(n: int) -> str:
    return f"{n:,} byte{'' if n == 1 else 's'}"


def _read(file: BinaryIO, n: int) -> bytes:
    found = file.read(n)
    if len(found) < n:
        raise CutOffError(f"of {n:,} bytes there are {len(found):,}")
    return found


def _skip_dictionary(file: BinaryIO, order: str, size: int) -> int:
    """Go to where the data begin; how many values of eight bytes a case has."""

    def integers(n: int) -> tuple[int, ...]:
        return struct.unpack(f"{order}{n}i", _read(file, 4 * n))

    def skip(n: int) -> None:
        if not 0 <= n <= size - file.tell():
            raise StructureError(f"{n} bytes announced behind byte {file.tell():,}")
        file.seek(n, 1)

    values = 0
    while True:
        (kind,) = integers(1)
        if kind == 2:  # a variable, or eight more bytes of a long text
            _, has_label, n_missing, *_ = integers(7)
            values += 1
            if has_label:
                (length,) = integers(1)
                skip((length + 3) // 4 * 4)
            skip(BLOCK * abs(n_missing))
        elif kind == 3:  # value labels
            (n_labels,) = integers(1)
            for _ in range(n_labels):
                length = _read(file, BLOCK + 1)[BLOCK]
                skip((length + BLOCK) // BLOCK * BLOCK - 1)
        elif kind == 4:  # the variables that have them
            skip(4 * integers(1)[0])
        elif kind == 6:  # documents
            skip(80 * integers(1)[0])
        elif kind == 7:  # whatever a later version had to say
            _, width, n = integers(3)
            skip(width * n)
        elif kind == 999:
            skip(4)
            return values
        else:
            raise StructureError(f"a part of kind {kind} before byte {file.tell():,}")


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def _is_filling(data: bytes) -> bool:
    return not data.strip(bytes([NOTHING, END]))


def _plain(file: BinaryIO, size: int, said: int, values: int) -> Structure:
    start = file.tell()
    held, left_over = divmod(size - start, BLOCK * values)
    if held >= said:
        end = file.seek(start + BLOCK * values * said)
        if all(_is_filling(piece) for piece in _pieces(file)):  # and no cases: no case is all zeros
            held, left_over = said, size - end if size - end > BLOCK else 0
    return Structure(said, held, left_over)


def _packed(pieces: Iterator[bytes], limit: int, said: int, values: int) -> Structure:
    """Go from one block of opcodes to the next: it stands behind the values that the opcodes announce."""
    n_values, n_bytes, tail, rest = 0, 0, b"", b""
    at, last, codes = 0, 0, np.empty(0, np.uint8)  # the next block, and the last that holds a value
    is_ended = False
    for piece in pieces:
        begin, data = n_bytes - len(rest), rest + piece
        n_bytes += len(piece)
        tail = (tail + piece[-BLOCK:])[-BLOCK:]
        rest = data[len(data) // BLOCK * BLOCK :]
        if not is_ended:
            found, next_word = _blocks_of_opcodes(data, (at - begin) // BLOCK)
            at = begin + next_word * BLOCK
            opcodes = np.frombuffer(data, np.uint64, len(data) // BLOCK)[found].view(np.uint8).reshape(-1, BLOCK)
            if is_ended := bool((ends := opcodes == END).any()):
                block, place = np.argwhere(ends)[0]
                opcodes = opcodes[: block + 1]
                opcodes[block, place:] = NOTHING
            n_values += int(np.count_nonzero(opcodes))
            if len(with_values := np.flatnonzero(opcodes.view(np.uint64))):
                last, codes = begin + int(found[with_values[-1]]) * BLOCK, opcodes[with_values[-1]].copy()
        if n_bytes > limit:
            break
    is_all = n_bytes <= limit
    announced = np.flatnonzero(codes == VALUE_FOLLOWS)
    end = last + BLOCK * (1 + len(announced)) if len(codes) else 0
    if end > n_bytes and is_all:  # cut off between opcodes and the values that they announce
        lost = announced[(n_bytes - last) // BLOCK - 1]
        n_values -= int(np.count_nonzero(codes[lost:]))
    held, of_a_case = divmod(n_values, values)
    behind = max(0, n_bytes - end)
    if behind <= BLOCK and _is_filling(tail[len(tail) - behind :]):
        behind = 0
    return Structure(said, held, of_a_case * BLOCK + behind, is_all)


def _blocks_of_opcodes(data: bytes, word: int) -> tuple[np.ndarray, int]:
    """Which words of `data` are opcodes, `word` the first of them; and the first behind `data`."""
    words = np.frombuffer(data, np.uint8, len(data) // BLOCK * BLOCK)
    # The sum of the eight bytes of a word comes out in its highest one.
    sums = (words == VALUE_FOLLOWS).view("<u8") * np.uint64(0x0101010101010101)
    steps = (sums.view(np.uint8)[BLOCK - 1 :: BLOCK] + np.uint8(1)).tobytes()
    is_found = bytearray(len(steps))
    with suppress(IndexError):  # asking for the end each time would take as long as the rest
        while True:
            is_found[word] = True
            word += steps[word]
    return np.flatnonzero(np.frombuffer(is_found, bool)), word


def _zlib_blocks(file: BinaryIO, order: str, size: int) -> tuple[list[tuple[int, int]], int]:
    """(bytes unpacked, bytes packed) of each block, and where the last part of the file ends, the table of the blocks.

    The file is left at the first block. The table has to name all of them, since it is what the file is read by.
    """
    start = file.tell() + 24
    _, table, length = struct.unpack(f"{order}3q", _read(file, 24))
    if table + length > size:
        raise CutOffError(f"it has {size:,} bytes, the table of its packed blocks would end at byte {table + length:,}")
    if table < start or length < 24:
        raise StructureError(f"the table of its packed blocks begins at byte {table:,} and has {length:,}")
    file.seek(table)
    (n_blocks,) = struct.unpack(f"{order}20xi", _read(file, 24))
    if length != 24 * (1 + n_blocks):
        raise StructureError(f"the table of its {n_blocks:,} packed blocks has {length:,} bytes")
    blocks, at = [], start
    for _, begin, unpacked, packed in struct.iter_unpack(f"{order}2q2i", _read(file, length - 24)):
        if begin != at or packed < 0:
            raise StructureError(f"a packed block begins at byte {begin:,} in place of {at:,}")
        blocks.append((unpacked, packed))
        at += packed
    if at != table:
        raise StructureError(f"its packed blocks end at byte {at:,}, and their table begins at {table:,}")
    file.seek(start)
    return blocks, table + length


def _unzipped(file: BinaryIO, blocks: list[tuple[int, int]]) -> Iterator[bytes]:
    for unpacked, packed in blocks:
        unzip, data, n_bytes = zlib.decompressobj(), _read(file, packed), 0
        while piece := unzip.decompress(data, PIECE):
            yield piece
            n_bytes += len(piece)
            data = unzip.unconsumed_tail
        if not unzip.eof or unzip.unused_data or n_bytes != unpacked:
            raise StructureError(f"a packed block holds {n_bytes:,} bytes in place of {unpacked:,}")
