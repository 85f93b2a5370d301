"""Which process a run is, noted as tags of it, and whether that process is gone.

Not here: what is said of a run whose process is gone (automation/housekeeping.py).
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Tags of a run that has a process of its own: which it is, since when, and of what machine.
PROCESS, BEGUN, HOST, BOOT = "tilstand/process", "tilstand/process_begun", "tilstand/host", "tilstand/boot"
PROCESSES, NAMES = "tilstand/space_of_processes", "tilstand/space_of_names"
BOOT_ID, SPACES = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns")
STARTED_AT = 19  # of what /proc says of a process, behind its name


@dataclass(frozen=True)
class Machine:
    """Where numbers of processes mean something: a host since it was started, and within it a container.

    `processes` is the space of the numbers, `names` that of the host's name; each is '' where the system does not tell.
    """

    host: str
    boot: str
    processes: str
    names: str


def this_machine() -> Machine:
    """The one that this process runs on."""
    return Machine(socket.gethostname(), _read(BOOT_ID), _link(SPACES / "pid"), _link(SPACES / "uts"))


def of_this_process() -> dict[str, str]:
    """The tags of a run that this process is."""
    here, process = this_machine(), os.getpid()
    own = {HOST: here.host, BOOT: here.boot, PROCESSES: here.processes, NAMES: here.names}
    return {PROCESS: str(process), BEGUN: _begun(process)} | own


def is_gone(tags: Mapping[str, str], here: Machine) -> bool:
    """Whether the process of a run is gone, by its tags; never where nobody here can tell."""
    if not tags.keys() >= {PROCESS, BEGUN, HOST, BOOT, PROCESSES, NAMES} or tags[HOST] != here.host:
        return False
    if tags[BOOT] != here.boot:
        return True
    if tags[PROCESSES] != here.processes:
        # Containers that run at once and have one name share its space, too: the host's, or that of their pod. One that
        # was started again has both spaces anew. A service has its own name and no processes of its own.
        return tags[NAMES] != here.names
    process = int(tags[PROCESS])
    return not _is_alive(process) or _begun(process) != tags[BEGUN]


def _begun(process: int) -> str:
    """When a process began, since its number may be given to another one later; '' where nobody tells."""
    told = _read(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()
    return told[STARTED_AT] if len(told) > STARTED_AT else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's, and alive
        return True
    return True
