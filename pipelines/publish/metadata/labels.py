"""What tables and columns of a release are called, in Norwegian and in English.

Not here: the names. They stand in seeds/labels; what a table or column means stands in its contract.
"""

from collections.abc import Mapping
from functools import cache

from pipelines.common.contracts import Column, Contract
from pipelines.common.published import NORWEGIAN, ORDERS
from pipelines.common.seeds import SeedError, read_seed
from pipelines.common.translation import translations

ADDED = {"nb": ("rekkefølge", "engelsk", "nynorsk"), "en": ("order", "English", "Nynorsk")}
LABEL = {"nb": "navn", "en": "label"}
NUMBERED = {order.column: order.name for order in ORDERS}


def table_label(contract: Contract) -> Mapping[str, str]:
    """The row of seed table_label. Raises SeedError where there is none."""
    return _row("table_label", contract.name)


def column_label(column: Column, language: str) -> str:
    """What the column is called in nb or en; one that is added is called after the column that it stands beside.

    Raises SeedError where seed published_column has no row for it.
    """
    key = f"label_{language}"
    if not column.expression:
        return _row("published_column", column.name)[key]
    order, english, nynorsk = ADDED[language]
    if column.name in NUMBERED:
        return f"{_row('published_column', NUMBERED[column.name])[key]} ({order})"
    stem, suffix = column.name.rsplit("_", 1)
    if column.name.endswith(NORWEGIAN):  # of a code
        return f"{_row('published_column', stem)[key]} ({LABEL[language]})"
    beside = f"{stem}{NORWEGIAN}" if (f"{stem}{NORWEGIAN}") in _rows("published_column") else stem
    return f"{_row('published_column', beside)[key]} ({english if suffix == 'en' else nynorsk})"


def is_time(column: Column) -> bool:
    """Whether it holds the year that a row is about."""
    return not column.expression and _row("published_column", column.name)["is_time"] == "true"


def translated(text_nb: str) -> dict[str, str]:
    """{language: the text}, of nb, en and nn those that there are."""
    others = {language: translations(language).get(text_nb) for language in ("en", "nn")}
    return {"nb": text_nb} | {language: text for language, text in others.items() if text}


def _row(seed: str, name: str) -> Mapping[str, str]:
    try:
        return _rows(seed)[name]
    except KeyError:
        remedy = "what a release holds needs one, so that catalogues can name it: add it"
        raise SeedError(f"seeds/labels/{seed}.csv has no row for {name}; {remedy}") from None


@cache
def _rows(seed: str) -> dict[str, dict[str, str]]:
    """{what stands in the first column: the row}."""
    return {next(iter(row.values())): row for row in read_seed(seed)}
