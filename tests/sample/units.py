"""Units of a survey (one kommune in one wave), where they lie, and who of them did not answer.

Not here: what they answer (stages.py, the survey's plan) or how an answer is written (write.py).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from random import Random

from pipelines.common.seeds import read_seed
from pipelines.indicators.rules import Indicator, load_indicators
from pipelines.indicators.scoring import score_kommune

BEFORE_REFORM, REFORM = "2018-01-01", 2020  # which changes made kommuner fewer, and the division it ended in
INDICATORS: list[Indicator] = load_indicators()


@dataclass
class Unit:
    """`attributes`: breakdown -> category, and what the file says of the unit; `answers`: question -> code,
    count, or None where the question is not put to it. A question not in `answers` is still open."""

    wave: int
    attributes: Mapping[str, str]
    answers: dict[str, int | None] = field(default_factory=dict)

    def answered(self, answers: Mapping[str, int | None]) -> "Unit":
        """A copy that has given these answers too."""
        return Unit(self.wave, self.attributes, {**self.answers, **answers})

    def give(self, answers: Mapping[str, int | None]) -> None:
        """Give these answers; scores are counted anew."""
        self.answers.update(answers)
        self.__dict__.pop("scores", None)

    @cached_property
    def leaning(self) -> float:
        """How much the unit says yes to, beside others: standard normal, the same each time."""
        return Random(f"leaning {self.wave} {self.attributes['id']}").gauss(0, 1)

    @cached_property
    def scores(self) -> dict[str, int | None]:
        """Indicator -> score, None where its questions are still open."""
        return {name: score.score for name, score in score_kommune(INDICATORS, self.answers).items()}

    def key(self, names: tuple[str, ...]) -> tuple[object, ...]:
        """What `names` are for this unit: wave, an attribute, an answer or an indicator's score."""
        return tuple(self._value(name) for name in names)

    def _value(self, name: str) -> object:
        if name == "wave":
            return self.wave
        if name in self.attributes:
            return self.attributes[name]
        return self.answers[name] if name in self.answers else self.scores[name]


def kommuner(wave: int) -> list[Unit]:
    """Every kommune valid on 1 January of the wave, by kommunenr, with real name and inhabitants."""
    first_day = f"{wave}-01-01"
    people = inhabitants(wave)
    later, merged = _through_the_reform(wave)
    sentralitet = _sentralitet(wave)
    valid = [
        r
        for r in read_seed("kommune")
        if r["valid_from"] <= first_day and (not r["valid_to"] or first_day < r["valid_to"])
    ]
    return [
        Unit(
            wave,
            {
                "all": "all",
                "kommunenr": r["kommunenr"],
                "kommunenavn": r["kommunenavn"],
                "folkemengde": str(people[r["kommunenr"]]),
                "innbyggergruppe": _innbyggergruppe(people[r["kommunenr"]]),
                "sentralitet": sentralitet.get(r["kommunenr"], ""),
                "fylke": r["kommunenr"][:2],
                f"fylke@{REFORM}": later.get(r["kommunenr"], r["kommunenr"])[:2],
                "sammenslaaing": "sammenslaatt" if r["kommunenr"] in merged else "ikke_sammenslaatt",
            },
        )
        for r in sorted(valid, key=lambda r: r["kommunenr"])
    ]


def _through_the_reform(wave: int) -> tuple[dict[str, str], set[str]]:
    """Kommunenr -> the first one that it went into, where that is still to come; and who was, or is to be, merged."""
    changes = [r for r in read_seed("kommune_change") if BEFORE_REFORM < r["change_date"] <= f"{REFORM}-01-01"]
    successor: dict[str, str] = {}
    merged: set[str] = set()
    for r in sorted(changes, key=lambda r: r["change_date"], reverse=True):
        if r["change_date"] > f"{wave}-01-01":
            successor.setdefault(r["from_kommunenr"], successor.get(r["to_kommunenr"], r["to_kommunenr"]))
    for r in changes:
        if "merged" in r["change_type"]:
            merged |= {r["from_kommunenr"], r["to_kommunenr"]}
    return successor, merged


def inhabitants(wave: int) -> dict[str, int]:
    """Kommunenr -> inhabitants on 1 January of the wave, or of the counted year nearest to it.

    A kommune that was gone by the counted year has an equal part of each kommune it went into.
    """
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for r in read_seed("kommune_population"):
        counts[int(r["year"])][r["kommunenr"]] = int(r["population"])
    counted = min(counts, key=lambda year: (abs(year - wave), year))
    people = dict(counts[counted])
    for year in range(counted, wave, -1):
        changes = [
            (r["from_kommunenr"], r["to_kommunenr"])
            for r in read_seed("kommune_change")
            if r["change_date"] == f"{year}-01-01" and r["change_type"] != "renamed"
        ]
        origins = Counter(new for _, new in changes)
        before: Counter[str] = Counter()
        for old, new in changes:
            before[old] += people[new] // origins[new]
        people |= before
    return people


def respondents(wave: int, silent: Mapping[str, int]) -> list[Unit]:
    """The kommuner that answer: all but `silent` (innbyggergruppe -> how many), chosen by a fixed shuffle."""
    answering = kommuner(wave)
    for group, number in silent.items():
        members = [unit for unit in answering if unit.attributes["innbyggergruppe"] == group]
        left_out = Random(f"silent {wave} {group}").sample(range(len(members)), number)
        dropped = {members[i].attributes["kommunenr"] for i in left_out}
        answering = [unit for unit in answering if unit.attributes["kommunenr"] not in dropped]
    return answering


def _sentralitet(wave: int) -> dict[str, str]:
    """Sentralitet in the last division that had begun; blank where only a later division knows it."""
    rows = [r for r in read_seed("kommune_sentralitet") if int(r["division_year"]) <= wave]
    last = max((r["division_year"] for r in rows), default="")
    return {r["kommunenr"]: r["sentralitet"] for r in rows if r["division_year"] == last}


def _innbyggergruppe(number: int) -> str:
    for r in read_seed("category"):
        if r["breakdown"] == "innbyggergruppe" and int(r["source_from"]) <= number <= float(r["source_to"] or inf):
            return r["category"]
    raise ValueError(f"seeds/codebook/category.csv: no innbyggergruppe holds {number} inhabitants")
