"""The words of each language in which it is told how a printed number or a claim stands: Norwegian and English.

Not here: what is said when (words.py, reconcile.py), and labels of tables (seeds/labels/translation.csv).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from pipelines.common.translation import translations

# A label in its pieces: the ends of a change, of each of the cells that are called together.
Label: TypeAlias = tuple[tuple[str, ...], ...]
FEW = 3  # pieces that are told one by one


@dataclass(frozen=True)
class Language:
    """Words and templates of a language. `labels`: {Norwegian label: the same in this language}; others stay."""

    decimal_mark: str
    percent: str
    points: str
    quoted: str
    weakest: str
    pair: str
    half: str
    changes: Mapping[str, str]  # what a number is that is no level
    p_value: str
    small_p_value: str
    chance: str
    untested: str
    approximate: str
    broken: str
    unnamed: Mapping[str, str]  # what a row without the label is
    values: Mapping[str, str]  # that are no label
    nothing: str
    measured: Mapping[str, str]
    at_least: str
    above: str
    counted: Mapping[str, str]
    read_of: Mapping[str, str]  # what texts are read of, by the label in which they differ
    read_of_others: str
    reads: str
    rather: str
    and_: str
    or_: str
    others: str
    gaps: Mapping[str, str]  # why there is no number
    no_terms: str
    carried: str
    from_carried: str
    no_denominator: str
    is_set: str
    matched: str
    compared: str
    beyond_known: str
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def label(self, label: Label | str) -> str:
        """What a reader calls a cell, or several together."""
        if isinstance(label, str):
            return self.labels.get(label, label)
        pieces = ["–".join(self.labels.get(end, end) for end in ends) for ends in label]
        return "/".join(pieces) if len(pieces) <= FEW else self.others.format(pieces[0])

    def number(self, value: float, is_share: bool, decimals: int) -> str:
        """A number with so many decimals; a share as percent."""
        text = f"{100 * value:.{decimals}f}{self.percent}" if is_share else f"{value:.{decimals}f}"
        return text.replace(".", self.decimal_mark).replace("-", "−")

    def plain(self, value: float) -> str:
        """A number with the digits that it has, up to six."""
        return f"{value:.6g}".replace(".", self.decimal_mark)

    def in_points(self, number: str) -> str:
        """A difference of what number() gave: of percent it is percentage points."""
        return number.removesuffix(self.percent) + self.points if number.endswith(self.percent) else number


Said: TypeAlias = Callable[[Language], str]  # what is told, in any language


@dataclass(frozen=True)
class Gap:
    """Why a cell has no number: the kind, and what it is of."""

    kind: str
    of: tuple[str, ...]

    def __call__(self, language: Language) -> str:
        return language.gaps[self.kind].format(*self.of)


NO_TABLE, NO_ROW, SUPPRESSED = "no_table", "no_row", "suppressed"

NB = Language(
    decimal_mark=",",
    percent=" prosent",
    points=" prosentpoeng",
    quoted="«{}»",
    weakest="Svakeste par: {}",
    pair="{a} mot {b}{common}; forskjell {difference}",
    half="halvparten av {}",
    changes={"change": "endring", "less": "forskjell"},
    p_value=", p {}",
    small_p_value="under {}",
    chance=", kan skyldes tilfeldigheter",
    untested=", uten p fordi svarene på den ene siden ikke varierer",
    approximate="; p er tilnærmet, for de samme har svart i begge",
    broken="; brudd i serien: tallene kan ikke sammenlignes uten videre",
    unnamed={"category_nb": "alle"},
    values={"": "ingen", "true": "ja", "false": "nei"},
    nothing="Ingen å sammenligne med",
    measured={
        "within": "{value} av tallene ligger mellom grensene, {bound} {limit} kreves",
        "correlates": "Rangkorrelasjonen er {value}, {bound} {limit} kreves",
    },
    at_least="minst",
    above="over",
    counted={
        "mostly_above": "det første tallet er høyest i {above} av {parts} sammenligninger",
        "one_of_few": "det første tallet er ikke høyest i {rest} av {parts} sammenligninger, "
        "påstanden er høyst {amount}",
    },
    read_of={"question_nb": "spørsmål", "category_nb": "grupper", "year": "år", "wave": "år"},
    read_of_others="verdier",
    reads="{right} av {all} {of} som sagt; ",
    rather=", ikke {}",
    and_=" og ",
    or_=" eller ",
    others="{} med flere",
    gaps={
        NO_TABLE: "Tabellen {} finnes ikke i denne kjøringen",
        NO_ROW: "Ingen rader i {} med {}",
        SUPPRESSED: "Verdien mangler eller er undertrykt: {}",
    },
    no_terms="Prosjektet beregner ikke dette tallet ennå",
    carried="Overført tall, ikke beregnet: det er skrevet av fra publikasjonen. Likhet er avskrift, ikke etterprøving",
    from_carried="Regnet av tall som er skrevet av fra publikasjonen: likhet viser at de stemmer med hverandre, "
    "ikke at de er riktige",
    no_denominator="Nevneren er 0",
    is_set="Rekkefølgen i kilden er ikke kjent; avstemt mot settet {}",
    matched="{}. Verdien svarer til {}",
    compared="{}. Verdien er sammenlignet med {}",
    beyond_known="Den kjente forklaringen gjelder bare verdier fra {} til {}, ikke {}",
)

EN = Language(
    decimal_mark=".",
    percent=" per cent",
    points=" percentage points",
    quoted="‘{}’",
    weakest="Weakest pair: {}",
    pair="{a} against {b}{common}; difference {difference}",
    half="half of {}",
    changes={"change": "change", "less": "difference"},
    p_value=", p {}",
    small_p_value="below {}",
    chance=", may be chance",
    untested=", without a p because the answers of one side do not vary",
    approximate="; p is approximate, as the same people have answered both",
    broken="; break in the series: the numbers cannot simply be compared",
    unnamed={"category_nb": "all"},
    values={"": "none", "true": "yes", "false": "no"},
    nothing="Nothing to compare with",
    measured={
        "within": "{value} of the numbers lie between the limits, {bound} {limit} is required",
        "correlates": "The rank correlation is {value}, {bound} {limit} is required",
    },
    at_least="at least",
    above="more than",
    counted={
        "mostly_above": "the first number is the higher one in {above} of {parts} comparisons",
        "one_of_few": "the first number is not the higher one in {rest} of {parts} comparisons, "
        "the claim is at most {amount}",
    },
    read_of={"question_nb": "questions", "category_nb": "groups", "year": "years", "wave": "years"},
    read_of_others="values",
    reads="{right} of {all} {of} as said; ",
    rather=", not {}",
    and_=" and ",
    or_=" or ",
    others="{} and others",
    gaps={
        NO_TABLE: "The table {} is not in this run",
        NO_ROW: "No rows in {} with {}",
        SUPPRESSED: "The value is missing or suppressed: {}",
    },
    no_terms="The project does not compute this number yet",
    carried="A number taken over, not computed: it is copied from the publication. Agreement is transcription, "
    "not verification",
    from_carried="Computed from numbers copied from the publication: agreement shows that they are consistent with "
    "each other, not that they are right",
    no_denominator="The denominator is 0",
    is_set="The order in the source is not known; reconciled against the set {}",
    matched="{}. The value corresponds to {}",
    compared="{}. The value is compared with {}",
    beyond_known="The known explanation holds only for values from {} to {}, not {}",
)


def load_english() -> Language:
    """English, with the labels that the seed translates."""
    return replace(EN, labels=translations("en"))
