"""The answers of the waves that a rule protects, as counts: what primary and complementary suppression look at.

Not here: reading them (read.py), what is few of them (few.py), what is hidden (hide.py).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

# Kinds of answers, by what tables count of them.
ANSWERED, DONT_KNOW, NO_ANSWER = "answer", "dont_know", "no_answer"
KINDS = {"vet_ikke": DONT_KNOW, "ikke_relevant": DONT_KNOW, "ubesvart": NO_ANSWER, "ikke_spurt": NO_ANSWER}


# Why a row is hidden, as a release says it.
PRIMARY, COMPLEMENTARY = "primary", "complementary"


class Answer(NamedTuple):
    kind: str
    code: int | None
    value: float | None  # on the harmonised scale; None where it has none


@dataclass(frozen=True)
class Rule:
    """A row of seeds/disclosure/disclosure_rule.csv."""

    threshold: int
    small_group: int
    protection: int
    dominance_share: float | None


@dataclass(frozen=True)
class Statistic:
    """A statistic of a base; of a share, the codes and values that it counts."""

    statistic_id: int
    statistic: str
    is_dont_know_in_base: bool
    codes: tuple[int, int] | None
    values: tuple[float, float] | None

    def counts(self, answer: Answer) -> bool:
        """Whether a share counts this answer."""
        if self.codes is None or answer.code is None or not self.codes[0] <= answer.code <= self.codes[1]:
            return False
        if self.values is None:
            return True
        return answer.value is not None and self.values[0] <= answer.value <= self.values[1]


class Row(NamedTuple):
    """A row of survey_estimates: a statistic of a category."""

    statistic: Statistic
    domain_id: int
    n_answers: int
    n_selected: int | None
    largest_share: float | None  # of a mean of amounts: what the one who gives most gives of the sum
    is_printed: bool


@dataclass
class Base:
    """A question asked of a population in a wave: its answers by category, and the rows that tell of them."""

    base_id: int
    population: str
    question_id: str
    is_sensitive: bool
    counts: dict[int, dict[Answer, int]] = field(default_factory=lambda: defaultdict(dict))
    weights: dict[int, dict[Answer, float]] = field(default_factory=lambda: defaultdict(dict))
    rows: list[Row] = field(default_factory=list)

    def n_respondents(self, domain_id: int) -> int:
        return sum(self.counts.get(domain_id, {}).values())


class Picked(NamedTuple):
    """A population that an answer picks out of another."""

    parent: str
    question_id: str
    codes: tuple[tuple[int, int], ...]

    def picks(self, answer: Answer) -> bool:
        return answer.code is not None and any(first <= answer.code <= last for first, last in self.codes)


class Composite(NamedTuple):
    """A mean over questions, of a category."""

    statistic_id: int
    domain_id: int
    n_answers: int
    questions: tuple[str, ...]


@dataclass
class Wave:
    """A part of a survey's wave that a rule protects.

    Attributes:
        weights: the least, the mean and the largest of its respondents; None where each counts as one.
        breakdowns: the categories of each, by domain_id; `all` is one.
        overlaps: the categories that are met together, of pairs of breakdowns that say something of each other.
        picked: populations that an answer picks out of another.
        places: {(place, category_no): respondents} of places that no breakdown is by.
        printed, printed_means: (population, domain_id), (question_id, domain_id) that a publication prints.
    """

    survey: str
    wave: int
    rule: Rule
    weights: tuple[float, float, float] | None = None
    whole: int = 0
    breakdowns: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    overlaps: dict[tuple[str, str], list[tuple[int | None, int | None]]] = field(default_factory=dict)
    bases: list[Base] = field(default_factory=list)
    picked: dict[str, Picked] = field(default_factory=dict)
    places: dict[tuple[str, int], int] = field(default_factory=dict)
    composites: list[Composite] = field(default_factory=list)
    printed: set[tuple[str, int]] = field(default_factory=set)
    printed_means: set[tuple[str, int]] = field(default_factory=set)

    def populations(self) -> Iterator[str]:
        """Those that nobody is picked out for."""
        yield from dict.fromkeys(base.population for base in self.bases if base.population not in self.picked)
