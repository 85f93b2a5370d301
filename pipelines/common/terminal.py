"""What a terminal is shown: no raw control characters, no letter it lacks, lists not too long; and it may go away.

Not here: what is said (those who say it).
"""

import io
import os
import re
import sys
from typing import BinaryIO, TextIO

SHOWN = 10  # lines of a list
INDENT = "  "  # begins the lines of a list, and of progress
# They move the cursor, end the line, or turn the direction of what follows; half characters cannot be encoded.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
AND_MORE = re.compile(rf"{INDENT}\.\.\. and ([0-9]+) more")


def without_controls(text: str) -> str:
    r"""`text` with control characters, marks of direction and half characters written out: \n, \x1b, \u202e."""
    return CONTROLS.sub(lambda sign: sign.group().encode("unicode_escape").decode(), text)


def and_more(n: int) -> str:
    """The line in place of the `n` that a list leaves out."""
    return f"{INDENT}... and {n} more"


def shortened(text: str) -> str:
    """`text` with the first lines only of each list in it, and how many more there are."""
    lines: list[str] = []
    listed: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.startswith(INDENT):
            listed.append(line)
        else:
            lines += [*_first(listed), line]
            listed = []
    return "\n".join(lines[:-1])


def _first(listed: list[str]) -> list[str]:
    counted = AND_MORE.fullmatch(listed[-1]) if listed else None
    n = len(listed) + (int(counted[1]) - 1 if counted else 0)
    return listed if len(listed) <= SHOWN else [*listed[:SHOWN], and_more(n - SHOWN)]


def show(text: str, stream: TextIO | None) -> None:
    """Print `text` on any stream, as far as it goes: there may be none, it may be closed, it may lack letters."""
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    shown = "\n".join(map(without_controls, text.split("\n")))
    try:
        print(shown.encode(encoding, errors="backslashreplace").decode(encoding), file=stream, flush=True)
    except (OSError, ValueError):  # nobody reads it any more, the disk is full, it is closed
        return


class Terminal(io.TextIOWrapper):
    """Standard output or error of a command, which goes on to its end also when nobody sees it."""

    def write(self, text: str) -> int:
        """Write `text` with control characters and letters that are lacking written out."""
        shown = "\n".join(map(without_controls, text.split("\n")))
        try:
            super().write(shown)
        except OSError:
            self._leave()
        return len(text)

    def flush(self) -> None:
        """Hand on what is written; nothing once nobody reads it any more."""
        try:
            super().flush()
        except OSError:
            self._leave()

    def _leave(self) -> None:
        # What is still to come, also from the end of the interpreter, goes nowhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def take_over() -> None:
    """Make Terminals of standard output and error of this process."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        terminal = _terminal(getattr(sys, name), descriptor)
        vars(sys).update({name: terminal, f"__{name}__": terminal})


def _terminal(stream: "io.TextIOWrapper[BinaryIO] | None", descriptor: int) -> Terminal:
    if stream is None:  # closed from the beginning: the next file that is opened must not take its place
        nowhere = os.open(os.devnull, os.O_WRONLY)
        if nowhere != descriptor:
            os.dup2(nowhere, descriptor)
            os.close(nowhere)
        return _lasting(open(descriptor, "wb", closefd=False), "utf-8")
    encoding = stream.encoding
    return _lasting(stream.detach(), encoding)


def _lasting(buffer: BinaryIO, encoding: str) -> Terminal:
    return Terminal(buffer, encoding=encoding, errors="backslashreplace", line_buffering=True)
