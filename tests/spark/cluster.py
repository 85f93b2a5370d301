"""A Spark cluster of this machine: a master and workers, processes of their own, one of which can be killed.

Not here: what runs on it.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
MASTER, WORKER = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"
STARTS_WITHIN = 120.0  # seconds; they take four
# For whoever gives the cluster work: Spark would look for another address of this machine.
HERE = {"SPARK_LOCAL_IP": LOOPBACK}


@dataclass(frozen=True)
class Cluster:
    """Where the master listens, and the workers: each leads a process group with all that it starts."""

    url: str
    workers: list[subprocess.Popen[bytes]]

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """A machine goes down: the worker, and all that runs on it."""
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


@contextmanager
def standalone(folder: Path, n_workers: int = 2, memory: str = "1g") -> Iterator[Cluster]:
    """A cluster with workers of one core each, which ends with the block; what it writes goes to `folder`."""
    started: list[subprocess.Popen[bytes]] = []
    url = f"spark://{LOOPBACK}:{_free_port()}"
    host = ["--host", LOOPBACK, "--webui-port", "0"]
    try:
        started.append(_start(folder / "master.log", MASTER, *host, "--port", url.rpartition(":")[2]))
        _wait_for(folder / "master.log", "ALIVE", 1)
        for number in range(n_workers):
            own = ["--cores", "1", "--memory", memory, "--work-dir", str(folder / f"worker-{number}")]
            started.append(_start(folder / f"worker-{number}.log", WORKER, *host, *own, url))
        _wait_for(folder / "master.log", "Registering worker", n_workers)
        yield Cluster(url, started[1:])
    finally:
        for process in started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _start(log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    import pyspark

    folder = Path(pyspark.__file__).parent
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as said:
        return subprocess.Popen(
            [folder / "bin" / "spark-class", *arguments],
            env={**os.environ, **HERE, "SPARK_HOME": str(folder)},
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_for(log: Path, words: str, times: int) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while (said := log.read_text(encoding="utf-8", errors="replace")).count(words) < times:
        assert time.monotonic() < until, said[-2000:]
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])
