"""HiGHS, which solves linear programmes, as it is used here: quietly, and on one thread.

Not here: any programme (pipelines/disclosure, pipelines/attack).
"""

import highspy


def quiet_highs(**options: str | float | bool) -> highspy.Highs:
    """A solver without a problem. What it is asked for is small, and is asked often: threads and words cost more."""
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in {"output_flag": False, "threads": 1, **options}.items():
        highs.setOptionValue(name, value)
    return highs
