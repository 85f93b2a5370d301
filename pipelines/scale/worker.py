"""A process that works on one task after the other, as the process that started it says.

Not here: which task it gets (local.py).
"""

import os
import pickle
import signal
import sys
from typing import Any

from pipelines.common.parent import end_with_parent
from pipelines.scale.tasks import attempt, without_secret


def main() -> None:
    """Read what to do, then tasks, until there are no more or the parent is gone; write an answer for each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process when it is interrupted
    end_with_parent()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever libraries print is no answer
    secret: str | None = None
    refused: tuple[bool, Any] | None = None
    try:
        versions, work, given, secret = pickle.loads(pickle.load(sys.stdin.buffer))
        versions.require_here()
    except Exception as error:  # said as the answer to the first task
        refused = False, without_secret(str(error), secret)
    while True:
        try:
            said = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        answers.write(_pickled(refused or attempt(work, pickle.loads(said), given, secret)))
        answers.flush()


def _pickled(answer: tuple[bool, Any]) -> bytes:
    try:
        return pickle.dumps(answer)
    except Exception as error:
        return pickle.dumps((False, f"its result cannot be sent ({type(error).__name__}: {error})"))


if __name__ == "__main__":
    main()
