"""Let dbt end with the run that started it: killed, a run would leave it behind with the build database.

Not here: the run itself. Started by hand, dbt ends with the process that it was started from.
"""

import os
import threading
import time
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

LOOKS_EVERY = 1.0  # seconds
RUN_PROCESS = "TILSTAND_RUN_PROCESS"


class Plugin(BasePlugin):
    """Found by dbt through profiles.yml."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        # Said by the run: it may be gone before dbt is this far.
        parent = int(os.environ.get(RUN_PROCESS, os.getppid()))
        threading.Thread(target=end_with, args=(parent,), daemon=True).start()


def end_with(parent: int) -> None:
    """End this process as soon as its parent is another than `parent`; what it had not committed is undone."""
    while os.getppid() == parent:
        time.sleep(LOOKS_EVERY)
    os._exit(1)
