"""What is fresh, what is not refreshed since when, and what has nothing to be measured by.

Not here: refreshing it (refresh), and what Dagster shows of it (assets).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pipelines.common.settings import Settings
from pipelines.ingest.resources import Resource, resources
from pipelines.live import ledger
from pipelines.live.delivery import newest
from pipelines.live.ledger import LEFT_OPEN, LOST, OFFLINE, REFUSED

FRESH, NOT_REFRESHED, NEVER = "fresh", "not_refreshed", "never"
MONTHS = {"yearly": 12, "quarterly": 3, "monthly": 1}
PERIOD = re.compile(r"([0-9]{4})(?:-?([KQM]?)([0-9]{1,2}))?")


@dataclass(frozen=True)
class Freshness:
    """Of a resource: `state`, since when (UTC, '' for never), and whether somebody has to look.

    `late`: what is odd about its periods, which is no reason by itself.
    """

    survey: str
    source: str
    state: str
    since: str
    is_red: bool
    said: str
    late: tuple[str, ...] = ()
    has_no_cadence: bool = False


def freshness(settings: Settings, now: datetime) -> list[Freshness]:
    """Of every resource, in the order of the seeds."""
    entries = ledger.read(settings.work)
    return [_of(settings, resource, entries, now) for resource in resources().values()]


def _of(settings: Settings, resource: Resource, entries: Mapping[str, ledger.Entry], now: datetime) -> Freshness:
    entry, survey, source = entries.get(resource.survey, ledger.Entry()), resource.survey, resource.source
    if not resource.is_selected:
        said = f"nobody knows yet what to ask for (sources describe {resource.address})"
        return Freshness(survey, source, LEFT_OPEN, "", False, said)
    before = newest(settings.landing, resource)
    since = max(entry.checked, str(before.said.get("retrieved", "")) if before else "")
    has_failed = entry.state in (LOST, REFUSED)
    if not since:
        lies = "; it was put into landing/, and no SOURCE.yml says when" if before else ""
        said = f"last tried {entry.tried}: {entry.said}" if entry.tried else f"never asked for{lies}"
        return Freshness(survey, source, NEVER, "", has_failed, said)
    age, late, is_free = now - _time(since), _late(resource, entry, now.date()), not resource.cadence
    if not has_failed and age <= timedelta(days=resource.refresh_days):
        offline = f"; offline when last tried, {entry.tried}" if entry.state == OFFLINE else ""
        return Freshness(survey, source, FRESH, since, False, f"looked at {since}{offline}", late, is_free)
    why = entry.said if has_failed or entry.state == OFFLINE else f"every {resource.refresh_days} days are agreed on"
    is_red = has_failed or age > timedelta(days=resource.refresh_days)
    said = f"not refreshed since {since}: {why}"
    return Freshness(survey, source, NOT_REFRESHED, since, is_red, said, late, is_free)


def _time(said: str) -> datetime:
    try:
        when = datetime.fromisoformat(said)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return when.replace(tzinfo=when.tzinfo or UTC)


def _late(resource: Resource, entry: ledger.Entry, today: date) -> tuple[str, ...]:
    late = []
    if entry.is_closed:
        late.append("the publisher has closed the table: it gets no new figures")
    if resource.cadence and entry.last_period and (due := next_due(resource, entry.last_period)) and due < today:
        late.append(f"its last period is {entry.last_period}: the next was due on {due} ({resource.cadence})")
    return tuple(late)


def next_due(resource: Resource, last_period: str) -> date | None:
    """When the period after the last one should be out at the latest; None where that cannot be told."""
    found = PERIOD.fullmatch(last_period)
    if not found or resource.lag_days is None:
        return None
    number = int(found[3] or 1)
    months = (number - 1) * (MONTHS["quarterly"] if found[2] in ("K", "Q") and found[3] else 1)
    months += int(found[1]) * 12 + MONTHS[resource.cadence]
    return date(months // 12, months % 12 + 1, 1) + timedelta(days=resource.lag_days)
