"""CPU seconds and memory of processes and all below them, as Linux tells them while they run.

Not here: running them.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
WORKERS = ("pipelines.scale.worker", "pyspark")  # in the commands of processes that run tasks


@dataclass
class Processes:
    """Those of `roots`, and what they start: what look() has found so far."""

    roots: Iterable[int]
    _commands: dict[int, str] = field(default_factory=dict)
    _seconds: dict[int, float] = field(default_factory=dict)
    _peaks: dict[int, float] = field(default_factory=dict)
    _before: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.look()
        self._before = dict(self._seconds)

    def look(self) -> None:
        for root in self.roots:
            self._look_at(root)

    def cpu_seconds(self, program: str = "") -> float:
        """Of all, or of those whose command begins with the path of a program, since the beginning."""
        chosen = (pid for pid, command in self._commands.items() if program in command.partition(" ")[0])
        return sum(self._seconds[pid] - self._before.get(pid, 0) for pid in chosen)

    def peak_mb(self) -> float:
        """The largest peak of one that runs tasks, 0 where there is none."""
        is_worker = {
            pid for pid, command in self._commands.items()
            if any(name in command for name in WORKERS) and "java" not in command.partition(" ")[0]
        }  # fmt: skip
        return max((self._peaks[pid] for pid in is_worker), default=0)

    def _look_at(self, pid: int) -> None:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            threads = list(Path(f"/proc/{pid}/task").iterdir())
            children = [int(c) for t in threads for c in (t / "children").read_text(encoding="ascii").split()]
        except OSError:  # it has just ended
            return
        self._commands[pid] = command or self._commands.get(pid, "")
        self._seconds[pid] = (int(stat[11]) + int(stat[12])) / TICKS
        peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), "0")
        self._peaks[pid] = max(self._peaks.get(pid, 0), int(peak) / 1024)
        for child in children:
            self._look_at(child)
