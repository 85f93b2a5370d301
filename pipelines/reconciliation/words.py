"""Say in words, Norwegian, how the cells of a statement stand: for a reader of the publication.

Not here: judging them (verdicts.py). Every text is built from labels of the tables, none is written for a statement.
"""

from collections.abc import Mapping, Sequence

from pipelines.reconciliation.noise import Noise
from pipelines.reconciliation.pairs import Cell, Pair
from pipelines.reconciliation.relations import Measured, Read

NOT_IN_COMMON = ("population_nb",)
WEAKEST_NB = "Svakeste par: "
NOISE_NB = ", kan skyldes tilfeldigheter"
UNTESTED_NB = ", uten p fordi svarene på den ene siden ikke varierer"
APPROXIMATE_NB = "; p er tilnærmet, for de samme har svart i begge"
BROKEN_NB = "; brudd i serien: tallene kan ikke sammenlignes uten videre"
HALF, HALF_NB = 0.5, "halvparten av "
UNNAMED_NB = {"category_nb": "alle"}  # what a row without the label is
TEXTS_NB = {"": "ingen", "true": "ja", "false": "nei"}
NOTHING_NB = "Ingen å sammenligne med"
MEASURED_NB = {
    "within": "{value} av tallene ligger mellom grensene, minst {limit} kreves",
    "correlates": "Rangkorrelasjonen er {value}, {bound} {limit} kreves",
}
COUNTED_NB = {
    "mostly_above": "det første tallet er høyest i {above} av {parts} sammenligninger",
    "one_of_few": "det første tallet er ikke høyest i {rest} av {parts} sammenligninger, påstanden er høyst {amount}",
}
# What texts are read of, by the label in which they differ.
READ_OF_NB = {"question_nb": "spørsmål", "category_nb": "grupper", "year": "år", "wave": "år"}
PERCENT_NB, POINTS_NB = " prosent", " prosentpoeng"
P_SHOWN = 0.001
DECIMALS = range(1, 5)
ROUNDED, LEAST_SHOWN = 2, 0.01  # decimals where none add up, as of thirds, and a difference that they show


def pair_nb(pair: Pair, noise: Noise, is_one_of_many: bool) -> str:
    """'Svakeste par: Kvinner 6,7 mot Menn 6,5 (2023); forskjell 0,2, p under 0,001'."""
    (of_a, of_b), common = _names(pair.a, pair.b)
    decimals = _decimals(pair)
    a, b = (_told(cell, pair.a, decimals) for cell in (pair.a, pair.b))
    said = f"{_spaced(of_a, a)} mot {_spaced(of_b, b)}{f' ({common})' if common else ''}"
    difference = _in_points(number_nb(abs(pair.difference), pair.a.is_share, decimals))
    return f"{WEAKEST_NB if is_one_of_many else ''}{said}; forskjell {difference}{_noise_nb(noise)}"


def counted_nb(relation: str, above: int, parts: int, amount: float | None) -> str:
    """'det første tallet er høyest i 9 av 12 sammenligninger'."""
    return COUNTED_NB[relation].format(above=above, rest=parts - above, parts=parts, amount=f"{amount or 0:g}")


def measured_nb(relation: str, measured: Measured) -> str:
    """'96,0 prosent av tallene ligger mellom grensene, minst 90,0 prosent kreves'."""
    is_share = relation == "within"
    value, limit = (number_nb(x, is_share, 1 if is_share else 2) for x in (measured.value, measured.limit))
    bound = "over" if measured.is_strict else "minst"
    return MEASURED_NB[relation].format(value=value, limit=limit, bound=bound)


def reads_nb(reads: Sequence[Read]) -> str:
    """'2 av 3 spørsmål som sagt; Sikker lagring, 2023: «godt», ikke «delvis godt»'. Of a single text no count."""
    wrong = [read for read in reads if not read.holds]
    shown = wrong[0] if wrong else reads[0]
    name = ", ".join(_telling(shown.cell.labels))
    rather = f", ikke {' eller '.join(map(_quoted, shown.wanted))}" if wrong else ""
    count = f"{len(reads) - len(wrong)} av {len(reads)} {_read_of_nb(reads)} som sagt; " if len(reads) > 1 else ""
    return f"{count}{name}: {_quoted(shown.cell.told_nb or shown.text)}{rather}"


def _read_of_nb(reads: Sequence[Read]) -> str:
    differ = [name for name in READ_OF_NB if len({read.cell.labels.get(name) for read in reads}) > 1]
    return " og ".join(dict.fromkeys(READ_OF_NB[name] for name in differ)) or "verdier"


def _told(cell: Cell, first: Cell, decimals: int) -> str:
    """A number as what it is: a level, half of one, or a change. A constant is what the cell before it is."""
    if cell.coefficient == HALF:
        return HALF_NB + number_nb(cell.number / HALF, first.is_share, decimals)
    number = number_nb(cell.number, first.is_share, decimals)
    word = cell.word_nb or (first.word_nb if cell.is_constant else "")
    return f"{word} {_in_points(number)}" if word else number


def _in_points(number: str) -> str:
    return number.removesuffix(PERCENT_NB) + POINTS_NB if number.endswith(PERCENT_NB) else number


def number_nb(value: float, is_share: bool, decimals: int) -> str:
    """A number with decimal comma; a share as percent."""
    text = f"{100 * value:.{decimals}f}{PERCENT_NB}" if is_share else f"{value:.{decimals}f}"
    return text.replace(".", ",").replace("-", "−")


def _noise_nb(noise: Noise) -> str:
    chance = NOISE_NB if noise.is_all else ""
    if noise.p_value is None:
        return f"{UNTESTED_NB if noise.is_untested else ''}{chance}"
    p = "under 0,001" if noise.p_value < P_SHOWN else number_nb(noise.p_value, False, 3)
    return f", p {p}{chance}{APPROXIMATE_NB if noise.is_approximate else ''}"


def _decimals(pair: Pair) -> int:
    """The fewest that show which is larger, and in which what is shown adds up; whole numbers have none."""
    a, b = (100 * cell.number if pair.a.is_share else cell.number for cell in (pair.a, pair.b))
    if a.is_integer() and b.is_integer() and not pair.a.is_share:
        return 0
    return next((n for n in DECIMALS if _adds_up(a, b, n)), ROUNDED if abs(a - b) >= LEAST_SHOWN else DECIMALS[-1])


def _adds_up(a: float, b: float, decimals: int) -> bool:
    shown = f"{abs(round(a, decimals) - round(b, decimals)):.{decimals}f}"
    return shown == f"{abs(a - b):.{decimals}f}" and (a == b or float(shown) > 0)


def _names(a: Cell, b: Cell) -> tuple[tuple[str, str], str]:
    """What tells the two cells apart, and what they have in common."""
    if b.is_constant:
        return (", ".join(_telling(a.labels)), ""), ""
    names = list(dict.fromkeys([*a.labels, *b.labels]))
    apart = [name for name in names if a.labels.get(name) != b.labels.get(name)]
    common = {name: label for name, label in a.labels.items() if name not in apart}
    of_a, of_b = (", ".join(filter(None, (cell.labels.get(n, UNNAMED_NB.get(n)) for n in apart))) for cell in (a, b))
    return (of_a, of_b), ", ".join(_telling(common))


def _telling(labels: Mapping[str, str]) -> list[str]:
    return [label for name, label in labels.items() if name not in NOT_IN_COMMON]


def _spaced(name: str, number: str) -> str:
    return f"{name} {number}".strip() if not name[-1:].isdigit() else f"{name}: {number}"


def _quoted(text: str) -> str:
    return f"«{TEXTS_NB.get(text, text)}»"
