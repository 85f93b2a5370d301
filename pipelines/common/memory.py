"""What it looks like when memory runs out, in whichever library, and what to do.

Not here: how much DuckDB may take (settings.py).
"""

import re

ADVICE = (
    "memory ran out; what is in force stays in force. Give the run more (its container, its service), or set "
    "TILSTAND_MEMORY_GB to less than is free, and run again (docs/operations.md)"
)
# Python, DuckDB, Arrow, C++ and the system say so; a process that the system ends for it is killed by signal 9.
SAID = re.compile(
    r"MemoryError|out of memory|bad[_ ]alloc|cannot allocate memory|(?:re|m)alloc of size|unable to allocate"
    r"|killed \(signal 9\)",
    re.IGNORECASE,
)


def with_advice(text: str) -> str:
    """What went wrong, and where it was for want of memory, what to do."""
    return f"{text}\n-> {ADVICE}" if SAID.search(text) else text
