"""A process that another one started ends with it: killed, that one would leave it behind.

Not here: dbt, which ends by a plugin of its own (dbt_project/plugins/parent_watch.py).
"""

import os
import threading
import time

LOOKS_EVERY = 1.0  # seconds between two looks at whether the parent is there


def end_with_parent() -> None:
    """From now on, end this process as soon as the one that started it is gone."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOKS_EVERY)
    os._exit(1)
