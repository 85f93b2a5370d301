"""Dagster's home in the data directory: laid out as the project has it, and named to those who start Dagster.

Not here: what is kept there (history.py, housekeeping.py, temporary.py).
"""

import os
import shlex
import shutil
import sys
import time
from datetime import UTC, datetime

from pipelines.automation.housekeeping import end_killed, take_out_old
from pipelines.automation.temporary import require_room_for_sockets, take_out_leftovers
from pipelines.common import leftovers
from pipelines.common.settings import DATA_DIR, PROJECT_DIR, Settings
from pipelines.common.warehouse import keep_private, make_private_folder


def home(settings: Settings) -> int:
    """Prepare the Dagster home and its history, and print the environment it needs, as shell assignments."""
    require_room_for_sockets(settings.shared_temp)
    prepare(settings)
    # Which also lays out the history: Dagster's programs, started together, would each do so.
    end_killed(settings)
    take_out_old(settings, datetime.now(UTC))
    take_out_leftovers(settings.shared_temp, time.time())
    for name, value in {DATA_DIR: str(settings.data_dir), "DAGSTER_HOME": str(settings.dagster_home)}.items():
        # For a shell, and so as it is, not as a terminal shows it.
        sys.stdout.buffer.write(os.fsencode(f"{name}={shlex.quote(value)}\n"))
    sys.stdout.buffer.flush()
    return 0


def prepare(settings: Settings) -> None:
    """The Dagster home, with the project's dagster.yaml, and the folder of temporary files that its programs share."""
    keep_private(settings.work)
    make_private_folder(settings.shared_temp)
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    # In one step: the pages, or another run, may be reading it.
    aside = settings.dagster_home / f"{leftovers.MARK}dagster.yaml-{os.getpid()}"
    shutil.copyfile(PROJECT_DIR / "dagster.yaml", aside)
    aside.replace(settings.dagster_home / "dagster.yaml")
