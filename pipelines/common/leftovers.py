"""What a run makes beside its place and then moves there: named so that nothing of anyone else's is taken for it.

Not here: what is made, and when what a crash left is removed.
"""

import shutil
from pathlib import Path

MARK = ".tilstand-"


def remove(path: Path) -> None:
    """Remove what a crash left, if anything. A link is unlinked; what it leads to is never touched."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
