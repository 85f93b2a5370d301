"""A /tmp of its own for a process, as systemd and containers give one: what others leave in theirs is not there.

Not here: which processes get one (integration/test_service.py).
"""

import subprocess
from functools import cache
from pathlib import Path

TMP = Path("/tmp")
APART = ["unshare", "--map-current-user", "--keep-caps", "--mount"]
# The /tmp of all is looked at from /mnt, until what is to be seen of it is there.
MOUNT = """
set -e
mount --rbind /tmp /mnt
mount -t tmpfs tmpfs /tmp
n=$1; shift
while [ "$n" -gt 0 ]; do
    mkdir -p "$1"
    mount --bind "/mnt${1#/tmp}" "$1"
    n=$((n - 1)); shift
done
umount -l /mnt
exec "$@"
"""


def own_tmp(*seen: Path) -> list[str]:
    """What to put before a command. Of what is below /tmp it sees the folders `seen`, and nothing else."""
    below = [str(path) for path in seen if path.is_relative_to(TMP)]
    return [*APART, "sh", "-c", MOUNT, "sh", str(len(below)), *below]


@cache
def may_mount() -> bool:
    try:
        return subprocess.run([*own_tmp(), "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False
