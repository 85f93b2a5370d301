"""`python -m tests.sample`: solve the synthetic sample, so that a recount gives the printed figures, and pack it anew.

Not here: what the pipeline does with it (pipelines/landing). Only a survey's own package names questions and waves.
"""

import sys

from pipelines.landing.sample import SAMPLE
from tests.sample.deliveries import sample_files
from tests.sample.pack import pack, unpacked


def main() -> int:
    """Write what first runs copy, where it changed; the exit code is 1 when a figure or a statement cannot come out."""
    try:
        files = sample_files(print)
    except ValueError as error:
        print(f"The sample is left as it was: {error}", file=sys.stderr)
        return 1
    # Another zlib packs the same files into other bytes: these would be news to git alone.
    if SAMPLE.exists() and unpacked(SAMPLE) == files:
        print(f"{SAMPLE} is as the generator makes it.")
    else:
        pack(files, SAMPLE)
        print(f"Written: {SAMPLE}, {SAMPLE.stat().st_size:,} bytes".replace(",", " "))
    return 0


if __name__ == "__main__":
    sys.exit(main())
