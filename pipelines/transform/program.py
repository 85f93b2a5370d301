"""dbt as a program: which one it is, what it has to find before it starts, and starting it ahead of a run.

Not here: what it is started for (manifest.py parses, assets.py builds).
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from filelock import FileLock

from pipelines.common.seeds import SEEDS_DIR
from pipelines.common.settings import PROJECT_DIR, Settings
from pipelines.transform import dbt_ahead
from pipelines.transform.known_project import macros_folder
from pipelines.transform.seed_macros import seed_macros, write_macros

# The dbt of this environment, also when the environment is not activated.
DBT_EXECUTABLE = str(Path(sys.executable).parent / "dbt")
MACROS = "TILSTAND_DBT_MACROS"
RUN_PROCESS = "TILSTAND_RUN_PROCESS"  # dbt ends with it: dbt_project/plugins/parent_watch.py
# -P: the folder of the program holds modules with names of other libraries' modules.
PROGRAM = (sys.executable, "-P", str(Path(dbt_ahead.__file__)))
PARSE = ("--quiet", "--no-use-colors", "parse")


def make_ready(settings: Settings, seeds_dir: Path = SEEDS_DIR) -> dict[str, str]:
    """Lay out what dbt needs beside its project, before the project is parsed and before each build.

    Returns the variables that dbt has to find in its environment; it ends with the process that asked for them.
    """
    settings.dbt_target.mkdir(parents=True, exist_ok=True)
    macros = macros_folder(settings, text := seed_macros(seeds_dir))
    write_macros(macros, text)
    # The model that is Python is this project's, whichever one the environment was set up for.
    path = os.pathsep.join(filter(None, [str(PROJECT_DIR), os.environ.get("PYTHONPATH")]))
    return {**settings.environment(), MACROS: str(macros), RUN_PROCESS: str(os.getpid()), "PYTHONPATH": path}


class DbtAhead:
    """A process that loads dbt and reads the project while the run does something else: seconds, on another core."""

    def __init__(self, settings: Settings, project_dir: Path, sources: str, writing: FileLock | None) -> None:
        self.sources = sources  # what it reads, as manifest.py hashes it
        self.writing = writing  # held until its manifest is written; None where there is one already
        self._is_told = False
        folder, write = str(project_dir), [] if writing else ["--no-write-json"]
        self.process = subprocess.Popen(
            [*PROGRAM, *PARSE, *write, "--project-dir", folder, "--profiles-dir", folder],
            env={**os.environ, **make_ready(settings), "DBT_PROJECT_DIR": folder, "DBT_PROFILES_DIR": folder},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    @cached_property
    def ended(self) -> tuple[int, str] | None:
        """None when it has read the project, which is waited for; else what dbt ended with, and what it said."""
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            if line.decode().strip() == dbt_ahead.READY:
                return None
            said.append(line.decode(errors="replace"))
        return self.process.wait(), "".join(said)

    def go_on(self, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        """Have it do something with the project; returns the process, which says how that goes."""
        assert self.process.stdin is not None
        self._is_told = True
        with suppress(BrokenPipeError):  # it has ended, and its last words say why
            self.process.stdin.write(json.dumps(list(arguments)).encode() + b"\n")
            self.process.stdin.flush()
        return self.process

    def close(self) -> None:
        """End it: at once where nobody listens to it any more, and by itself where it was not told to go on."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdout.close()
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        if self._is_told and self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
