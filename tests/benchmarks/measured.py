"""Run a command and say what it took.

Not here: which commands (the benchmarks), and limits; a busy machine is no defect.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """When it began (seconds since 1970), wall-clock and CPU seconds, the process's own peak of memory, and what it
    printed."""

    started_at: float
    seconds: float
    cpu_seconds: float
    peak_mb: float
    out: str


def measured(command: Sequence[str | Path], env: dict[str, str] | None = None, cwd: Path | None = None) -> Measured:
    """Run `command` to its end; exits with what it printed when it fails.

    The peak is that of the process itself, not of those it starts; the CPU seconds, user and system, are of both.
    """
    started_at, started = time.time(), time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command], env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(out)
    seconds = time.perf_counter() - started
    return Measured(started_at, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out)
