"""What dbt said before it ended: all there is to go by when it ends before it writes down its results.

Not here: what its results say (findings.py).
"""

import io
import re
from collections import deque
from collections.abc import Callable
from typing import TextIO

KEPT = 20
LEFTOVERS = "nanobind: "  # begins what DuckDB's library counts up once dbt has ended, in a hundred lines
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class LastWords(io.TextIOBase):
    """Hands on what is written to it, each line to `told` as well, and keeps the last lines."""

    def __init__(self, to: TextIO, told: Callable[[str], object] = lambda line: None) -> None:
        self._to = to
        self._told = told
        self._lines: deque[str] = deque(maxlen=KEPT)
        self._has_ended = False

    def write(self, text: str) -> int:
        for line in COLOURS.sub("", text).splitlines():
            self._has_ended = self._has_ended or line.startswith(LEFTOVERS)
            self._told(line)
            if line.strip() and not self._has_ended:
                self._lines.append(line)
        return self._to.write(text)

    def flush(self) -> None:
        self._to.flush()

    @property
    def lines(self) -> list[str]:
        """The last lines, as they were written but for colours and blank ones."""
        return list(self._lines)


def how_it_ended(code: int) -> str:
    """The exit code of a process in words."""
    if code >= 0:
        return f"dbt ended with {code} and said last:"
    return f"dbt was killed (signal {-code}) and said last:"
