"""A process that has loaded what tasks need, and forks one for each that is asked for: those work on tasks.

Not here: which tasks they get (local.py).
"""

import gc
import importlib
import os
import pickle
import select
import signal
import socket
import sys
import time
from typing import Any

from pipelines.common.parent import LOOKS_EVERY, end_with_parent
from pipelines.scale.tasks import Versions, attempt, without_secret

# What is asked; the answer is a number on a line.
BEGIN = "begin"  # a process, on the socket that is sent along: its id
END = "end"  # a process, and the seconds that it has to end by itself: how it ended
LONGEST = 64  # bytes of a request
LOOKS_FOR_END_EVERY = 0.005  # seconds


def main() -> None:
    """Do what is asked on the socket that is the first argument, until who asks is gone; end what was begun. The other
    arguments are modules that tasks need: they are loaded here once, and not in each process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process when it is interrupted
    Versions.here()
    for module in sys.argv[2:]:
        importlib.import_module(module)
    gc.freeze()  # it is not looked through for garbage, and stays common to all processes
    asked, parent = socket.socket(fileno=int(sys.argv[1])), os.getppid()
    begun: set[int] = set()
    try:
        while os.getppid() == parent:
            if select.select([asked], [], [], LOOKS_EVERY)[0]:
                said, streams, _, _ = socket.recv_fds(asked, LONGEST, 1)
                if not said:
                    return
                what, *numbers = said.decode().split()
                if what == BEGIN:
                    begun.add(answer := _begin(asked, streams[0]))
                else:
                    answer = _how_ended(int(numbers[0]), float(numbers[1]))
                    begun.remove(int(numbers[0]))
                asked.sendall(f"{answer}\n".encode())
    finally:
        for pid in begun:  # at once: what is not finished is cleared away by the next run
            os.kill(pid, signal.SIGKILL)


def _begin(asked: socket.socket, stream: int) -> int:
    """The id of a process that works on the tasks which the stream tells."""
    if pid := os.fork():
        os.close(stream)
        return pid
    status = 1
    try:
        asked.close()
        end_with_parent()
        with socket.socket(fileno=stream) as told:
            _work(told)
        status = 0
    finally:
        os._exit(status)


def _how_ended(pid: int, seconds: float) -> int:
    """The exit code of a process, or minus the signal that ended it; after so many seconds it is killed."""
    until = time.monotonic() + seconds
    while not (ended := os.waitpid(pid, os.WNOHANG))[0]:
        if time.monotonic() >= until:
            os.kill(pid, signal.SIGKILL)
        time.sleep(LOOKS_FOR_END_EVERY)
    return os.waitstatus_to_exitcode(ended[1])


def _work(told: socket.socket) -> None:
    """Read what to do, then tasks, until there are no more; write an answer for each."""
    secret: str | None = None
    refused: tuple[bool, Any] | None = None
    stream = told.makefile("rb")
    try:
        versions, work, given, secret = pickle.loads(pickle.load(stream))
        versions.require_here()
    except Exception as error:  # said as the answer to the first task
        refused = False, without_secret(str(error), secret)
    while True:
        try:
            said = pickle.load(stream)
        except EOFError:
            return
        told.sendall(_pickled(refused or attempt(work, pickle.loads(said), given, secret)))


def _pickled(answer: tuple[bool, Any]) -> bytes:
    try:
        return pickle.dumps(answer)
    except Exception as error:
        return pickle.dumps((False, f"its result cannot be sent ({type(error).__name__}: {error})"))


if __name__ == "__main__":
    main()
