"""The times of day at which a publisher is at work on its tables, and nobody is to call.

Not here: whether a source is called at all (refresh).
"""

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

from pipelines.common.seeds import SeedError
from pipelines.ingest.resources import Source
from pipelines.live.errors import ClosedError

WINDOW = re.compile(r"([0-2][0-9]:[0-5][0-9])-([0-2][0-9]:[0-5][0-9])")


def windows(source: Source) -> list[tuple[time, time]]:
    """(from, to) of each window, in the source's own time zone; raises SeedError for one that is written otherwise."""
    found = []
    for said in source.closed.split():
        window = WINDOW.fullmatch(said)
        if not window or window[1] >= window[2]:
            problem = f"seeds/sources/source.csv: {source.source} is closed {said!r}, which is no time of day"
            raise SeedError(f"{problem}; write 04:55-08:15, and of one that goes past midnight two")
        found.append((time.fromisoformat(window[1]), time.fromisoformat(window[2])))
    return found


def check_open(source: Source, now: datetime) -> None:
    """Raises ClosedError within a window; its message says until when."""
    local = now.astimezone(ZoneInfo(source.time_zone))
    for begins, ends in windows(source):
        if begins <= local.time().replace(tzinfo=None) < ends:
            problem = (
                f"{source.source} is at work on its tables from {begins:%H:%M} to {ends:%H:%M} ({source.time_zone})"
            )
            raise ClosedError("closed", problem, f"ask after {ends:%H:%M}")
