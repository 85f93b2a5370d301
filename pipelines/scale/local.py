"""Processes of this machine for tasks, those of each results() begun anew: one that dies is replaced, and its task
tried again.

Not here: what such a process does (worker.py).
"""

import os
import pickle
import selectors
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pipelines.common.settings import MEMORY_GB, PROJECT_DIR, PSEUDONYM_KEY
from pipelines.scale.tasks import TRIES, Result, Task, TaskDiedError, TaskError, Versions, Work
from pipelines.scale.worker import BEGIN, END, LONGEST

ENDS_WITHIN = 10.0  # seconds, that a process which says no more has to end by itself
# Of NumPy and of pyarrow: a process that forks has no other thread, which what it forks would be without.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
# What counts a shard, and what DuckDB loads where it reads a table of Arrow.
LOADED = ("pipelines.scale.counting", "pyarrow.dataset")
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
                    busy.register(process.stream, selectors.EVENT_READ, (process, number))
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


def ahead(*modules: str) -> None:
    """Have loaded what tasks need, and the modules, by the time that results are asked for."""
    _Nursery.here(*modules)


class _Nursery:
    """A process that has loaded what tasks need, and forks others: what they load takes longer than a small task."""

    _latest: "_Nursery | None" = None
    _one_at_a_time = threading.Lock()

    def __init__(self, environment: Mapping[str, str], modules: Sequence[str]) -> None:
        self.environment = environment
        self._asked, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [*COMMAND, str(theirs.fileno()), *LOADED, *modules],
                cwd=PROJECT_DIR,
                env={**environment, **ONE_THREAD},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        # When nothing asks any more, and where this process ends before.
        weakref.finalize(self, _end, self._asked, self.process)

    @classmethod
    def here(cls, *modules: str) -> "_Nursery":
        """The one of this process and its environment; a new one loads the modules as well."""
        # The secret is told, not inherited: on another machine there is no environment to have it from.
        environment = {name: value for name, value in os.environ.items() if name != PSEUDONYM_KEY}
        with cls._one_at_a_time:
            latest = cls._latest
            if latest is None or latest.environment != environment or latest.process.poll() is not None:
                latest = cls._latest = cls(environment, modules)
            return latest

    @classmethod
    def begin(cls, stream: socket.socket) -> tuple["_Nursery", int]:
        """A process that works on the tasks which the stream tells: who began it, and its id."""
        for _ in range(TRIES):
            nursery = cls.here()
            with suppress(OSError):
                return nursery, nursery.ask(BEGIN, stream)
            ended = _in_words(nursery.process.wait())
        raise TaskError(f"no process can be begun here: what begins them ends by itself ({ended})")

    def how_ended(self, pid: int, seconds: float) -> str:
        """How a process ended that it began; it is ended where it does not end by itself within as many seconds."""
        try:
            status = self.ask(f"{END} {pid} {seconds}")
        except OSError:  # it died; what it began does so within a second, and is to write nothing beside another
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            status = self.process.wait()
        return _in_words(status)

    def ask(self, what: str, *streams: socket.socket) -> int:
        """The answer, one at a time. Raises OSError where it has died."""
        with self._one_at_a_time:
            try:
                socket.send_fds(self._asked, [what.encode()], [stream.fileno() for stream in streams])
                answer = b""
                while not answer.endswith(b"\n"):
                    if not (said := self._asked.recv(LONGEST)):
                        raise ConnectionResetError
                    answer += said
            except BaseException:
                self.process.kill()  # an answer that nobody takes would be that to the next question
                raise
        return int(answer)


class _Process:
    """One process that works on one task at a time."""

    def __init__(self, hello: bytes) -> None:
        self._how: str | None = None
        self.stream, theirs = socket.socketpair()
        with theirs:
            self._nursery, self._pid = _Nursery.begin(theirs)
        self._answers = self.stream.makefile("rb")
        self._tell(hello)

    def give(self, task: object) -> None:
        self._tell(pickle.dumps(task))

    def answer(self) -> tuple[bool, Any] | None:
        """True and the result, or False and what is wrong, in words; None where the process died."""
        try:
            is_done, said = pickle.load(self._answers)
        except (EOFError, OSError, pickle.UnpicklingError):
            # What it wrote to may end before it does, and is no reason.
            self._how = self._nursery.how_ended(self._pid, ENDS_WITHIN)
            return None
        return is_done, said

    def end(self) -> str:
        """End the process, if it has not ended, and say how it ended."""
        self._answers.close()
        self.stream.close()
        if self._how is None:
            self._how = self._nursery.how_ended(self._pid, 0)
        return self._how

    def _tell(self, said: bytes) -> None:
        with suppress(OSError):  # it died since; the answer says so
            self.stream.sendall(pickle.dumps(said))  # as bytes: what cannot be understood is read to its end


def _end(asked: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    asked.close()
    process.wait()


def _in_words(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit code {status}"


def _n_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
