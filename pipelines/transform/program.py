"""dbt as a program: which one it is, and what it has to find before it starts.

Not here: what it is started for (manifest.py parses, assets.py builds).
"""

import os
import sys
from pathlib import Path

from pipelines.common.seeds import SEEDS_DIR
from pipelines.common.settings import Settings
from pipelines.transform.seed_macros import write_seed_macros

# The dbt of this environment, also when the environment is not activated.
DBT_EXECUTABLE = str(Path(sys.executable).parent / "dbt")
RUN_PROCESS = "TILSTAND_RUN_PROCESS"  # dbt ends with it: dbt_project/plugins/parent_watch.py


def make_ready(settings: Settings, seeds_dir: Path = SEEDS_DIR) -> dict[str, str]:
    """Lay out what dbt needs beside its project, before the project is parsed and before each build.

    Returns the variables that dbt has to find in its environment; it ends with the process that asked for them.
    """
    settings.dbt_target.mkdir(parents=True, exist_ok=True)
    write_seed_macros(settings.dbt_macros, seeds_dir)
    return {**settings.environment(), RUN_PROCESS: str(os.getpid())}
