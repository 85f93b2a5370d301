"""Trials on several grounds at once, each with a process of its own: it forks, and all it starts is about one data
directory.

Not here: which are tried, and in what order (plan.py).
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from filelock import FileLock

from pipelines.common.settings import PROJECT_DIR
from tests.chaos.attempts import attempt
from tests.chaos.disk import let_go
from tests.chaos.ground import Ground
from tests.chaos.plan import all_trials
from tests.chaos.results import Tried
from tests.chaos.trial import Trial

LOCK = "worker.lock"  # where a series was killed, its last trial may still go on


class Worker:
    """A process that tries what it is told, on a ground that is prepared."""

    def __init__(self, ground: Ground, seed: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.worker", str(ground.folder), str(seed)],
            cwd=PROJECT_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.communicate()

    def attempt(self, trial: Trial) -> Tried:
        assert self._process.stdin is not None and self._process.stdout is not None
        with suppress(BrokenPipeError):  # it is gone, and so it answers nothing
            print(trial, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the process that tried {trial} ended with {self._process.wait()}")
        return Tried(**json.loads(answer))


def tried(trials: Iterable[Trial], grounds: list[Ground], seed: int) -> Iterator[Tried]:
    """Try them in their order, on each ground one at a time; each as it ends."""
    waiting = iter(trials)
    with ExitStack() as stack, ThreadPoolExecutor(len(grounds)) as pool:
        free = [stack.enter_context(Worker(ground, seed)) for ground in grounds]
        going: dict[Future[Tried], Worker] = {}
        while True:
            while free and (trial := next(waiting, None)):
                worker = free.pop()
                going[pool.submit(worker.attempt, trial)] = worker
            if not going:
                return
            for ended in wait(going, return_when=FIRST_COMPLETED).done:
                free.append(going.pop(ended))
                yield ended.result()


def main(folder: Path, seed: int) -> None:
    """Try what is named on standard input, and answer how it went on standard output."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a trial says is no answer
    trials, ground = {str(trial): trial for trial in all_trials()}, Ground(folder)
    with FileLock(folder / LOCK):
        let_go(ground.line.data_dir)
        ground.prepare()
        for name in sys.stdin:
            print(json.dumps(asdict(attempt(trials[name.strip()], ground, seed))), file=answers, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
