"""Try whether reading an SPSS file lives through it, in a process of its own that can die or hang without harm.

Not here: what is wrong in a way that the reading library can say (sav_reader).
"""

import contextlib
import errno
import faulthandler
import json
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from pipelines.common.parent import end_with_parent
from pipelines.common.settings import PROJECT_DIR

COMMAND = [sys.executable, "-m", "pipelines.ingest.sav_trial"]
TRIED_CASES = 100_000
START_SECONDS = 120.0  # it takes half of one
# What is tried of a file is read in a tenth of a second for each MB. A machine may be many times slower; what takes
# longer than this does not come to an end.
MIN_SECONDS, SECONDS_PER_MB = 120.0, 2.0
READY, READ = b"ready\n", b"read\n"


class Trial:
    """A process that reads files to see whether it dies; started with the first, and again after a death."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        self._lock = threading.Lock()

    def start(self) -> subprocess.Popen[bytes]:
        """The process, started if it is not there. Until it is ready, half a second goes by that others can use."""
        if self._process is None or self._process.poll() is not None:
            self.end()
            self._process = subprocess.Popen(
                COMMAND,
                cwd=PROJECT_DIR,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
            self._is_ready = False
        return self._process

    def end(self) -> None:
        """End the process, if it is there."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def failure(self, path: Path) -> str | None:
        """What becomes of a process that reads the file at `path`, in words; None where it can be read.

        Tried is the whole of a small file and the beginning of a large one. Raises ChildProcessError where no process
        can be started.
        """
        seconds = MIN_SECONDS + SECONDS_PER_MB * path.stat().st_size / 1_000_000
        with self._lock:
            process = self.start()
            if not self._is_ready and self._answer(START_SECONDS) != READY:
                self.end()
                raise ChildProcessError(errno.ECHILD, "no process can be started to try SPSS files in")
            self._is_ready = True
            request = {"path": str(path.absolute()), "seconds": seconds}
            with contextlib.suppress(BrokenPipeError):  # it died since; the answer says so
                _pipe(process.stdin).write(json.dumps(request).encode() + b"\n")
            answer = self._answer(seconds)
            if answer == READ:
                return None
            process.kill()
            status = process.wait()
            self.end()
        if answer is None:
            return f"reading it had not come to an end after {seconds:.0f} seconds"
        died_of = signal.Signals(-status).name if status < 0 else f"exit code {status}"
        return f"the program that reads it dies of it ({died_of})"

    def _answer(self, seconds: float) -> bytes | None:
        """What the process says; b'' when it is dead, None when it says nothing for that long."""
        if self._process is None:
            return b""
        output = _pipe(self._process.stdout)
        ready, _, _ = select.select([output], [], [], seconds)
        return output.readline() if ready else None


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    """An end that was asked for, whatever Popen may say of it."""
    if end is None:
        raise ChildProcessError(errno.EPIPE, "the process was started without a pipe")
    return end


trial = Trial()  # of this process: the files of one run follow each other


def main() -> None:
    """Read the files that the parent names, until it names no more or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process when it is interrupted
    end_with_parent()
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever libraries print is no answer
    import pyreadstat

    os.write(answers, READY)
    for line in sys.stdin:
        request = json.loads(line)
        # Where the library hangs, no thread of Python's gets its turn: without a parent that kills it, this ends it.
        faulthandler.dump_traceback_later(2 * request["seconds"], exit=True)
        _read(pyreadstat, request["path"])
        faulthandler.cancel_dump_traceback_later()
        os.write(answers, READ)


def _read(pyreadstat: Any, path: str) -> None:
    # What is wrong in a way that can be said, is said by the reader.
    with contextlib.suppress(Exception):
        # As a dictionary: what the library dies of comes before a frame is made, which needs another second.
        pyreadstat.read_sav(
            path, row_limit=TRIED_CASES, user_missing=True, disable_datetime_conversion=True, output_format="dict"
        )


if __name__ == "__main__":
    main()
