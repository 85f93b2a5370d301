"""HiGHS, which solves linear programmes, as it is used here: quietly, and on one thread.

Not here: any programme (pipelines/disclosure, pipelines/attack).
"""

import os
import sys
from functools import cache

import highspy


def quiet_highs(**options: str | float | bool) -> highspy.Highs:
    """A solver without a problem. What it is asked for is small, and is asked often: threads and words cost more."""
    _greet()
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in {"output_flag": False, "threads": 1, **options}.items():
        highs.setOptionValue(name, value)
    return highs


@cache
def _greet() -> None:
    """Let it say its name where nobody hears: the first solver of a process does before it can be told not to."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()  # type: ignore[no-untyped-call]
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
