"""Who publishes a release, where, and under which licence: the one row of seed publication, and its licence.

Not here: what is published (facts.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pipelines.common.seeds import read_seed

DATASET = {"nb": "datasett", "en": "data set"}
RELEASE = {"nb": "utgivelse", "en": "release"}


@dataclass(frozen=True)
class Publication:
    """`said` is the row of seed publication, `licence` that of seed licence."""

    said: Mapping[str, str]
    licence: Mapping[str, str]

    @property
    def address(self) -> str:
        return self.said["address"]

    def citation(self, release_id: str, created: datetime, language: str) -> str:
        """How to cite a release, in nb or en."""
        title, publisher = self.said[f"title_{language}"], self.said[f"publisher_{language}"]
        return (
            f"{publisher} ({created.year}). {title} [{DATASET[language]}], {RELEASE[language]} {release_id}. "
            f"{self.licence[f'title_{language}']}. {self.address}"
        )


def publication() -> Publication:
    """As the seeds say."""
    (said,) = read_seed("publication")
    (licence,) = (row for row in read_seed("licence") if row["licence"] == said["licence"])
    return Publication(said, licence)
