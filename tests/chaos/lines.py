"""Lines of pipelines/ as they are executed: counted, and something done at one of them.

Not here: what is done there.
"""

import sys
import threading
from collections import Counter
from collections.abc import Callable
from random import Random
from types import FrameType, TracebackType
from typing import Any

from pipelines.common.settings import PROJECT_DIR

Place = tuple[str, int]  # a module, from pipelines/, and the number of a line in it
PIPELINES = f"{PROJECT_DIR / 'pipelines'}/"


class Lines:
    """Counts the lines that are executed while it is entered, in this thread and in those started meanwhile; does `act`
    when one comes to `at`, a line and a number.

    With `at`, those of its module alone: to look at each line of the others takes as long as what they do.
    """

    def __init__(self, at: tuple[Place, int] | None = None, act: Callable[[], object] = lambda: None) -> None:
        self._at, self._act = at, act
        self._watched = PIPELINES + at[0][0] if at else PIPELINES
        self.counted: Counter[Place] = Counter()
        self._counting = threading.Lock()

    def __enter__(self) -> "Lines":
        self._before = threading.gettrace(), sys.gettrace()
        threading.settrace(self._watch)
        sys.settrace(self._watch)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        of_threads, of_this = self._before
        sys.settrace(of_this)
        threading.settrace(of_threads)

    def _watch(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        file = frame.f_code.co_filename
        if not file.startswith(self._watched):
            return None
        if event == "line":
            place = file.removeprefix(PIPELINES), frame.f_lineno
            with self._counting:
                self.counted[place] += 1
                times = self.counted[place]
            if self._at == (place, times):
                self._act()
        return self._watch


def traced(work: Callable[[], object], at: tuple[Place, int], act: Callable[[], object]) -> object:
    """Do the work, and `act` at a line of it."""
    with Lines(at, act):
        return work()


def counted(work: Callable[[], object]) -> list[tuple[str, int, int]]:
    """Every line that the work executes, and how often: (module, line, times)."""
    with Lines() as lines:
        work()
    return sorted((*place, n) for place, n in lines.counted.items())


def any_line(random: Random, lines: list[tuple[str, int, int]]) -> tuple[Place, int]:
    """A line of any module, each as likely as another, and one of the times that it is executed."""
    module = random.choice(sorted({module for module, _, _ in lines}))
    _, line, times = random.choice([one for one in lines if one[0] == module])
    return (module, line), random.randint(1, times)
