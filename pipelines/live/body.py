"""Read the body of an answer piece by piece: unpacked here, to a limit, within a time.

Not here: which answers are read at all (manners).
"""

import zlib
from collections.abc import Iterator

import httpx

from pipelines.live.clock import Clock
from pipelines.live.errors import LostError, RefusedError

PIECE = 65_536


def read_body(response: httpx.Response, most: int, clock: Clock, deadline: float) -> bytes:
    """The whole body. Raises RefusedError for one that is larger than `most` when unpacked, or packed otherwise than by
    gzip; LostError where it did not come to its end by `deadline` (as clock.seconds() counts)."""
    body = bytearray()
    for piece in _unpacked(response, clock, deadline):
        body += piece
        if len(body) > most:
            raise RefusedError(
                "too_large", f"the answer unpacks to more than {most:,} bytes", "ask for less of the table"
            )
    return bytes(body)


def _unpacked(response: httpx.Response, clock: Clock, deadline: float) -> Iterator[bytes]:
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if packing not in ("identity", "", "gzip", "x-gzip"):
        raise RefusedError(
            "packing", f"the answer is packed by {packing[:20]!r}, and gzip was asked for", "tell the publisher"
        )
    is_packed = "gzip" in packing
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for packed in response.iter_raw():  # as it comes: gathered, it could come for hours
        if clock.seconds() > deadline:
            raise LostError("slow", "the answer came so slowly that it was given up")
        if not is_packed:
            yield packed
            continue
        while packed:  # a little at a time: a few bytes may stand for gigabytes
            try:
                yield unpack.decompress(packed, PIECE)
            except zlib.error as error:
                raise LostError("damaged", f"the answer cannot be unpacked ({error})") from error
            packed = unpack.unconsumed_tail
    if is_packed:
        if not unpack.eof:
            raise LostError("cut_off", "the packed answer ends before its end")
        yield unpack.flush()
