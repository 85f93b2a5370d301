"""How numbers are written for readers: decimals by unit, decimal comma in Norwegian, and each with the cell it is from.

Not here: the units (seeds/report/unit_form.csv).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup, escape

from pipelines.common.seeds import read_seed

MINUS, BLANK = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"
NOTHING = "–"
PERCENT, POINTS = "percent", "percentage_points"
COUNT = "count"  # of whatever it is a number of


@dataclass(frozen=True)
class Form:
    """A unit: what a number is multiplied with, the decimals shown, what stands after it, and what it is called."""

    factor: float
    decimals: int
    suffix: str
    unit_nb: str


@cache
def _forms() -> Mapping[str, Form]:
    return {
        row["unit"]: Form(float(row["factor"]), int(row["decimals"]), row["suffix"], row["unit_nb"])
        for row in read_seed("unit_form")
    }


def has_form(unit: str) -> bool:
    return unit in _forms()


def form(unit: str) -> Form:
    """That of a unit without a row, as a new survey's own scale, shows its numbers with one decimal, under its name."""
    return _forms().get(unit, Form(1, 1, "", ""))


def unit_name(unit: str, words: Callable[[str], str], is_change: bool = False) -> str:
    """What a unit is called, or that of changes in it; by its id where it has no row."""
    shape = form(unit)
    name = form(POINTS).unit_nb if is_change and shape.suffix == form(PERCENT).suffix else shape.unit_nb
    return words(name) if name else unit


def written(value: float | None, unit: str, language: str, is_signed: bool = False, decimals: int | None = None) -> str:
    """A number as a reader of the language writes it; a dash for none.

    is_signed: a change, with its sign; one of shares in percentage points, without the unit. decimals: of the number as
    it stands in its table; where they are not given, the unit's.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    shape = form(unit)
    decimals = shape.decimals if decimals is None else max(0, decimals - round(math.log10(shape.factor)))
    number = f"{value * shape.factor:{'+' if is_signed else ''},.{decimals}f}"
    if float(number.replace(",", "")) == 0:
        number = number.lstrip("+-")
    if language == "nb":
        number = number.replace(",", BLANK).replace(".", ",")
    # English has the sign of percent without a blank, and a word with one.
    between = BLANK if shape.suffix and (language == "nb" or shape.suffix[0].isalpha()) else ""
    return number.replace("-", MINUS) + ("" if is_signed else between + shape.suffix)


@dataclass(frozen=True)
class Cell:
    """A number of a published table: `place` is table[column=value;...].column, as seeds name a cell."""

    value: float | int | None
    unit: str
    place: str

    def shown(self, language: str, is_signed: bool = False, decimals: int | None = None) -> Markup:
        """As an element whose number can be looked up: <data value=... data-cell=...>; a dash for none."""
        text = written(self.value, self.unit, language, is_signed, decimals)
        if self.value is None:
            return Markup(NOTHING)
        return _named(_exact(self.value), "cell", self.place, text)


@dataclass(frozen=True)
class Count:
    """How many rows of a published table there are, or how many values of a column: `place` is table[pattern] or
    table[pattern].column, and where several are added up, all of them with a plus between."""

    value: int
    place: str

    def shown(self, language: str) -> Markup:
        """As an element whose number can be counted again: <data value=... data-count=...>."""
        text = written(self.value, COUNT, language)
        return _named(str(self.value), "count", self.place, text)


def _named(value: str, kind: str, place: str, text: str) -> Markup:
    # Not Markup.format(): there are 80 000 of them in a report, and it takes five times as long.
    return Markup(f'<data value="{escape(value)}" data-{kind}="{escape(place)}">{escape(text)}</data>')


def _exact(value: Any) -> str:
    return repr(float(value)) if isinstance(value, float) else str(value)
