"""How long microdata may be kept, and which waves in landing/ are past their date. Synthetic data are nobody's.

Not here: removing them, which a person decides (pipelines/privacy).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pipelines.common.seeds import read_seed
from pipelines.ingest.codebook import parts
from pipelines.ingest.discovery import Place


@dataclass(frozen=True)
class Overdue:
    """A part of a wave that was to be forgotten by `until`."""

    survey: str
    wave: int
    part: str
    until: date

    def __str__(self) -> str:
        what = f"{self.survey} {self.wave}{f' ({self.part})' if self.part else ''}"
        return (
            f"{what} may be kept until {self.until:%Y-%m-%d} (seeds/disclosure/retention.csv): "
            f"python -m pipelines forget {self.survey} {self.wave}"
        )


def overdue(places: Iterable[Place], today: date) -> list[Overdue]:
    """The waves with real microdata among the places that are past their date, each part with its own."""
    found = []
    for place in places:
        if not place.is_delivery or place.provenance.is_synthetic:
            continue
        survey, wave = place.key
        found += [
            Overdue(survey, wave, row["part"], until)
            for row in read_seed("retention")
            if row["survey"] == survey and row["part"] in parts(survey, wave)
            if (until := last_day(wave, int(row["months"]))) < today
        ]
    return found


def last_day(wave: int, months: int) -> date:
    """The last day of a month so many months after the end of a wave's year."""
    years, month = divmod(months, 12)
    return date.fromordinal(date(wave + 1 + years, month + 1, 1).toordinal() - 1)
