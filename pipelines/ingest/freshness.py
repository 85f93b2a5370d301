"""Whether the next wave of a survey is late: by seeds/operations/cadence.csv, counted from the latest that is here.

Not here: how long microdata may be kept (retention.py), and when the line ran last (automation/status.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pipelines.common.seeds import read_seed
from pipelines.ingest.discovery import Place
from pipelines.ingest.retention import last_day

CADENCE = "seeds/operations/cadence.csv"


@dataclass(frozen=True)
class Freshness:
    """How fresh a survey with a cadence is: its latest wave that is not synthetic, and until when that is the latest.

    Both are None where no such wave is here: then it is not known whether one is late, and it is not fresh.
    """

    survey: str
    latest: int | None
    until: date | None
    today: date

    @property
    def is_fresh(self) -> bool:
        return self.until is not None and self.today <= self.until

    def __str__(self) -> str:
        if self.until is None:
            return f"{self.survey}: no wave is here that is not synthetic, so none can be late"
        verb = "is" if self.is_fresh else "was"
        return (
            f"{self.survey}: the latest wave is {self.latest}, and the next one {verb} due by {self.until:%Y-%m-%d} "
            f"({CADENCE})"
        )


def freshness(places: Iterable[Place], today: date) -> list[Freshness]:
    """Of each survey with a cadence, in the order of the seed."""
    latest: dict[str, int] = {}
    for place in places:
        if place.is_delivery and not place.provenance.is_synthetic:
            survey, wave = place.key
            latest[survey] = max(wave, latest.get(survey, wave))
    return [
        Freshness(survey, wave, last_day(wave, int(row["months"])) if wave else None, today)
        for row in read_seed("cadence")
        for survey in [row["survey"]]
        for wave in [latest.get(survey)]
    ]


def late(places: Iterable[Place], today: date) -> list[Freshness]:
    """The surveys whose next wave is late."""
    return [one for one in freshness(places, today) if one.until is not None and not one.is_fresh]


def without_cadence() -> list[str]:
    """The surveys of which nobody can say that a wave is late."""
    with_one = {row["survey"] for row in read_seed("cadence")}
    return sorted(row["survey"] for row in read_seed("survey") if row["survey"] not in with_one)
