"""How many calls a host allows, as its answers say, and waiting until the next one is allowed.

Not here: what to do when a call fails (manners).
"""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipelines.live.clock import Clock

POLICY = re.compile(r"\s*\"?(?P<calls>[0-9]+)\"?\s*;.*?\bw=(?P<seconds>[0-9]+)")
# The names of a header in its two forms, one with a window in it and one with a date at its end.
REMAINING = ("x-ratelimit-remaining", "x-rate-limit-remaining")
RESET = "x-rate-limit-reset"
MOST_CALLS, LONGEST_WINDOW = 10_000, 3_600


@dataclass
class Quota:
    """The calls of one host, whoever of this process makes them: never more than `calls` in any `seconds`."""

    clock: Clock
    calls: int
    seconds: float
    _answered: deque[float] = field(default_factory=deque)
    _not_before: float = 0.0

    def wait(self) -> float:
        """Wait until a call is allowed; returns the seconds waited."""
        begun = self.clock.seconds()
        while (pause := self._pause(self.clock.seconds())) > 0:
            self.clock.sleep(pause)
        return self.clock.seconds() - begun

    def _pause(self, now: float) -> float:
        while self._answered and self._answered[0] <= now - self.seconds:
            self._answered.popleft()
        full = self._answered[-self.calls] + self.seconds - now if len(self._answered) >= self.calls else 0.0
        return max(full, self._not_before - now)

    def heed(self, headers: Mapping[str, str]) -> None:
        """Count a call that was answered, and learn what its headers say. The count begins where the answer came: the
        host counted it before."""
        now = self.clock.seconds()
        self._answered.append(now)
        if said := POLICY.match(headers.get("x-ratelimit-policy", "")):
            calls, seconds = int(said["calls"]), int(said["seconds"])
            if 0 < calls <= MOST_CALLS and 0 < seconds <= LONGEST_WINDOW:
                self.calls, self.seconds = calls, float(seconds)
        if any(headers.get(name, "").strip() == "0" for name in REMAINING):
            self._not_before = max(self._not_before, now + self._until_reset(headers.get(RESET, "")))

    def _until_reset(self, said: str) -> float:
        """Seconds until calls are allowed again: as the header says, or a whole window."""
        try:
            when = datetime.fromisoformat(said)
        except ValueError:
            return self.seconds
        left = (when.replace(tzinfo=when.tzinfo or UTC) - self.clock.now()).total_seconds()
        return min(max(left, 0.0), LONGEST_WINDOW)
