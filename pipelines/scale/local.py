"""Processes of this machine, started fresh, for tasks: one that dies is replaced, and its task tried again.

Not here: what such a process does (worker.py).
"""

import os
import pickle
import selectors
import signal
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO, Any

from pipelines.common.settings import MEMORY_GB, PROJECT_DIR, PSEUDONYM_KEY
from pipelines.scale.tasks import TRIES, Result, Task, TaskDiedError, TaskError, Versions, Work

ENDS_WITHIN = 10.0  # seconds, that a process which says no more has to end by itself
COMMAND = [sys.executable, "-m", "pipelines.scale.worker"]


class LocalRunner:
    """As many processes as there are cores, or `n_processes`; they end with the results."""

    def __init__(self, n_processes: int | None = None) -> None:
        self.n_retried = 0
        self._n_processes = n_processes or _n_cores()

    def results(
        self, work: Work[Task, Result], tasks: Sequence[Task], given: object = None, secret: str | None = None
    ) -> Iterator[tuple[Task, Result]]:
        """As Runner.results says."""
        hello = pickle.dumps((Versions.here(), work, given, secret))
        waiting, deaths = deque(range(len(tasks))), Counter[int]()
        with selectors.DefaultSelector() as busy:

            def go_on(process: "_Process") -> None:
                """Give the process the next task, or end it where there is none."""
                if waiting:
                    number = waiting.popleft()
                    process.give(tasks[number])
                    busy.register(process.output, selectors.EVENT_READ, (process, number))
                else:
                    process.end()

            try:
                for _ in range(min(self._n_processes, len(tasks))):
                    go_on(_Process(hello))
                while busy.get_map():
                    for key, _ in busy.select():
                        process, number = key.data
                        answer = process.answer()
                        busy.unregister(key.fileobj)
                        if answer is None:
                            deaths[number] += 1
                            if deaths[number] == TRIES:
                                raise TaskDiedError(tasks[number], TRIES, process.end(), self._less_memory())
                            self.n_retried += 1
                            waiting.appendleft(number)
                            process.end()
                            go_on(_Process(hello))
                            continue
                        is_done, said = answer
                        if not is_done:
                            process.end()
                            raise TaskError(f"{tasks[number]}: {said}")
                        go_on(process)
                        yield tasks[number], said
            finally:
                for key in list(busy.get_map().values()):
                    key.data[0].end()

    def _less_memory(self) -> str:
        taken = f"{self._n_processes} processes take up to about a gigabyte each beside what {MEMORY_GB} gives the run"
        return f"give the machine more, the run less, or write smaller shards ({taken})"


class _Process:
    """One process that works on one task at a time."""

    def __init__(self, hello: bytes) -> None:
        # The secret is told, not inherited: on another machine there is no environment to have it from.
        environment = {name: value for name, value in os.environ.items() if name != PSEUDONYM_KEY}
        self._process = subprocess.Popen(
            COMMAND,
            cwd=PROJECT_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._write(hello)

    @property
    def output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def give(self, task: object) -> None:
        self._write(pickle.dumps(task))

    def answer(self) -> tuple[bool, Any] | None:
        """True and the result, or False and what is wrong, in words; None where the process died."""
        try:
            is_done, said = pickle.load(self.output)
        except (EOFError, OSError, pickle.UnpicklingError):
            with suppress(subprocess.TimeoutExpired):  # what it wrote to may end before it does, and is no reason
                self._process.wait(ENDS_WITHIN)
            return None
        return is_done, said

    def end(self) -> str:
        """End the process, if it has not ended, and say how it ended."""
        with suppress(OSError):  # what it did not take any more
            if self._process.stdin:
                self._process.stdin.close()
        self.output.close()
        if self._process.poll() is None:
            self._process.kill()
        status = self._process.wait()
        return signal.Signals(-status).name if status < 0 else f"exit code {status}"

    def _write(self, said: bytes) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it died since; the answer says so
            pickle.dump(said, self._process.stdin)  # as bytes: what cannot be understood is read to its end
            self._process.stdin.flush()


def _n_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
