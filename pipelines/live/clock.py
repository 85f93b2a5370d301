"""What time it is, and waiting: given to those who need it, so that a test can let hours pass at once.

Not here: how long anyone waits (manners, quota).
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Clock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The time, with its zone."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Seconds that never run back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
