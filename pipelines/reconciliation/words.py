"""Say in words how the cells of a statement stand, in any language: for a reader of the publication.

Not here: judging them (verdicts.py), and the words (language.py). Every text is built from labels of the tables, none
is written for a statement.
"""

from collections.abc import Mapping, Sequence

from pipelines.reconciliation.language import Label, Language
from pipelines.reconciliation.noise import Noise
from pipelines.reconciliation.pairs import Cell, Pair
from pipelines.reconciliation.relations import Measured, Read

NOT_IN_COMMON = ("population_nb",)
HALF = 0.5
P_SHOWN = 0.001
DECIMALS = range(1, 5)
ROUNDED, LEAST_SHOWN = 2, 0.01  # decimals where none add up, as of thirds, and a difference that they show


def pair_told(language: Language, pair: Pair, noise: Noise, is_one_of_many: bool) -> str:
    """'Weakest pair: Women 6.7 against Men 6.5 (2023); difference 0.2, p below 0.001'."""
    (of_a, of_b), common = _names(language, pair.a, pair.b)
    decimals = _decimals(pair)
    a, b = (_told(language, cell, pair.a, decimals) for cell in (pair.a, pair.b))
    difference = language.in_points(language.number(abs(pair.difference), pair.a.is_share, decimals))
    said = language.pair.format(
        a=_spaced(of_a, a), b=_spaced(of_b, b), common=f" ({common})" if common else "", difference=difference
    )
    return (language.weakest.format(said) if is_one_of_many else said) + _noise_told(language, noise)


def counted_told(language: Language, relation: str, above: int, parts: int, amount: float | None) -> str:
    """'the first number is the higher one in 9 of 12 comparisons'."""
    return language.counted[relation].format(above=above, rest=parts - above, parts=parts, amount=f"{amount or 0:g}")


def measured_told(language: Language, relation: str, measured: Measured) -> str:
    """'96.0 per cent of the numbers lie between the limits, at least 90.0 per cent is required'."""
    is_share = relation == "within"
    value, limit = (language.number(x, is_share, 1 if is_share else 2) for x in (measured.value, measured.limit))
    bound = language.above if measured.is_strict else language.at_least
    return language.measured[relation].format(value=value, limit=limit, bound=bound)


def reads_told(language: Language, reads: Sequence[Read]) -> str:
    """'2 of 3 questions as said; Safe storage, 2023: ‘good’, not ‘partly good’'. Of a single text no count."""
    wrong = [read for read in reads if not read.holds]
    shown = wrong[0] if wrong else reads[0]
    name = ", ".join(_telling(language, shown.cell.labels))
    wanted = language.or_.join(_quoted(language, text) for text in shown.wanted)
    right, of = len(reads) - len(wrong), _read_of(language, reads)
    count = language.reads.format(right=right, all=len(reads), of=of) if len(reads) > 1 else ""
    rather = language.rather.format(wanted) if wrong else ""
    return f"{count}{name}: {_quoted(language, shown.cell.told_nb or shown.text)}{rather}"


def _read_of(language: Language, reads: Sequence[Read]) -> str:
    differ = [name for name in language.read_of if len({read.cell.labels.get(name) for read in reads}) > 1]
    return language.and_.join(dict.fromkeys(language.read_of[name] for name in differ)) or language.read_of_others


def _told(language: Language, cell: Cell, first: Cell, decimals: int) -> str:
    """A number as what it is: a level, half of one, or a change. A constant is what the cell before it is."""
    if cell.coefficient == HALF:
        return language.half.format(language.number(cell.number / HALF, first.is_share, decimals))
    number = language.number(cell.number, first.is_share, decimals)
    word = cell.word or (first.word if cell.is_constant else "")
    return f"{language.changes[word]} {language.in_points(number)}" if word else number


def _noise_told(language: Language, noise: Noise) -> str:
    chance = language.chance if noise.is_all else ""
    if noise.p_value is None:
        return f"{language.untested if noise.is_untested else ''}{chance}"
    p = language.number(max(noise.p_value, P_SHOWN), False, 3)
    said = language.p_value.format(language.small_p_value.format(p) if noise.p_value < P_SHOWN else p)
    return f"{said}{chance}{language.approximate if noise.is_approximate else ''}"


def _decimals(pair: Pair) -> int:
    """The fewest that show which is larger, and in which what is shown adds up; whole numbers have none."""
    a, b = (100 * cell.number if pair.a.is_share else cell.number for cell in (pair.a, pair.b))
    if a.is_integer() and b.is_integer() and not pair.a.is_share:
        return 0
    return next((n for n in DECIMALS if _adds_up(a, b, n)), ROUNDED if abs(a - b) >= LEAST_SHOWN else DECIMALS[-1])


def _adds_up(a: float, b: float, decimals: int) -> bool:
    shown = f"{abs(round(a, decimals) - round(b, decimals)):.{decimals}f}"
    return shown == f"{abs(a - b):.{decimals}f}" and (a == b or float(shown) > 0)


def _names(language: Language, a: Cell, b: Cell) -> tuple[tuple[str, str], str]:
    """What tells the two cells apart, and what they have in common."""
    if b.is_constant:
        return (", ".join(_telling(language, a.labels)), ""), ""
    names = list(dict.fromkeys([*a.labels, *b.labels]))
    apart = [name for name in names if a.labels.get(name) != b.labels.get(name)]
    common = {name: label for name, label in a.labels.items() if name not in apart}
    of_a, of_b = (
        ", ".join(filter(None, (language.label(cell.labels.get(n, language.unnamed.get(n, ""))) for n in apart)))
        for cell in (a, b)
    )
    return (of_a, of_b), ", ".join(_telling(language, common))


def _telling(language: Language, labels: Mapping[str, Label]) -> list[str]:
    return [language.label(label) for name, label in labels.items() if name not in NOT_IN_COMMON]


def _spaced(name: str, number: str) -> str:
    return f"{name} {number}".strip() if not name[-1:].isdigit() else f"{name}: {number}"


def _quoted(language: Language, text: str) -> str:
    return language.quoted.format(language.values.get(text) or language.label(text))
