"""The key figures of the six goals as the seeds know them, and their values in every year, computed or printed.

Not here: which there are in a year (editions.py), what a value says (goal_rule.py), and the tables (goals.py). Source:
Digdir, Rikets digitale tilstand.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipelines.common.row_key import RowKey, parse_row_key, row_key_text
from pipelines.common.row_keys import (
    IS_CARRIED,
    IS_COMPARABLE,
    IS_SYNTHETIC,
    N_COUNTRIES,
    Lookup,
    marked,
)
from pipelines.common.seeds import SeedError, read_seed

TERMS, EDITIONS = "key_figure_term.csv", "key_figure_edition.csv"
PUBLISHED = "published"

Key = tuple[int, str]  # goal_no, key_figure
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Term:
    """A cell of a published table in every year: `row_key` names the row but for the year."""

    table_name: str
    column_name: str
    row_key: RowKey
    year_column: str
    year_offset: int
    coefficient: float

    @property
    def columns(self) -> list[str]:
        """The columns of the table that it names."""
        return [self.column_name, self.year_column, *(column for column, _ in self.row_key)]


@dataclass(frozen=True)
class KeyFigure:
    """What the seeds know of a key figure in an edition; `term` is the cell it is recomputed from, None where it
    cannot be."""

    goal_no: int
    name: str
    label: str
    unit: str
    higher_is_better: bool | None
    is_headline: bool
    n_countries: int | None
    source: str
    term: Term | None
    edition: int

    @property
    def key(self) -> Key:
        return self.goal_no, self.name


@dataclass(frozen=True)
class Value:
    """A key figure in one year, and the cell it is from. `year` is None of an earlier value printed without one."""

    year: int | None
    value: float
    is_synthetic: bool
    is_carried: bool = True
    is_comparable: bool | None = None
    computed_from: str = PUBLISHED
    n_countries: int | None = None


def load_key_figures() -> list[KeyFigure]:
    """The key figures of every edition, in seed order.

    Raises SeedError when an edition or a term names one that key_figure.csv has not, or a term is not a row key.
    """
    known = {row["key_figure"]: row for row in read_seed("key_figure")}
    terms, editions = dict(_terms()), read_seed("key_figure_edition")
    for file, names in ((TERMS, terms), (EDITIONS, {row["key_figure"] for row in editions})):
        if unknown := sorted(set(names) - set(known)):
            raise SeedError(f"{file}: {unknown} are not in key_figure.csv")
    return [_key_figure(row | known[row["key_figure"]], terms) for row in editions]


def _terms() -> Iterator[tuple[str, Term]]:
    for line, row in enumerate(read_seed("key_figure_term"), start=2):
        try:
            row_key = parse_row_key(row["row_key"])
        except ValueError as error:
            raise SeedError(f"{TERMS} row {line}: {error}") from None
        yield (
            row["key_figure"],
            Term(
                table_name=row["table_name"],
                column_name=row["column_name"],
                row_key=row_key,
                year_column=row["year_column"],
                year_offset=int(row["year_offset"]),
                coefficient=float(row["coefficient"]),
            ),
        )


def _key_figure(row: Mapping[str, str], terms: Mapping[str, Term]) -> KeyFigure:
    return KeyFigure(
        goal_no=int(row["goal_no"]),
        name=row["key_figure"],
        label=row["key_figure_nb"],
        unit=row["unit"],
        higher_is_better={"true": True, "false": False}.get(row["higher_is_better"]),
        is_headline=row["is_headline"] == "true",
        n_countries=int(row["n_countries"]) if row["n_countries"] else None,
        source=row["source_nb"],
        term=terms.get(row["key_figure"]),
        edition=int(row["edition"]),
    )


def cells(figures: Iterable[KeyFigure]) -> Iterator[tuple[str, str, list[str]]]:
    """What is read of published tables: (seed, table, columns) of each term."""
    for term in (figure.term for figure in figures if figure.term):
        yield TERMS, term.table_name, term.columns


def unknown_figure(printed: Row) -> KeyFigure:
    """A key figure of the extract that the seeds do not know: nobody says which way is good."""
    name, source = printed["key_figure"], printed["source"] or ""
    return KeyFigure(printed["goal_no"], name, name, printed["unit"], None, False, None, source, None, printed["year"])


def computed(term: Term, lookup: Lookup) -> dict[int, Value]:
    """{year of the scorecard: value} in every year that the table has the cell, the years in order.

    Raises SeedError when the term names more than one row of a year.
    """
    found: dict[int, Value] = {}
    for position in lookup.rows(term.row_key)[0]:
        row = lookup.table.iloc[position]
        if pd.isna(row[term.column_name]):
            continue
        where = row_key_text((*term.row_key, (term.year_column, str(row[term.year_column]))))
        year = int(row[term.year_column]) - term.year_offset
        if year in found:
            raise SeedError(f"{TERMS}: {where} matches several rows of {term.table_name}")
        found[year] = Value(
            year=year,
            value=float(row[term.column_name]) * term.coefficient,
            is_synthetic=marked(row, IS_SYNTHETIC),
            is_carried=marked(row, IS_CARRIED),
            is_comparable=None if pd.isna(row.get(IS_COMPARABLE)) else bool(row[IS_COMPARABLE]),
            computed_from=f"{term.table_name}[{where}].{term.column_name}",
            n_countries=None if pd.isna(row.get(N_COUNTRIES)) else int(row[N_COUNTRIES]),
        )
    return dict(sorted(found.items()))


def on_paper(printed: Row | None) -> Value | None:
    """The value of a row of the extract."""
    return Value(printed["year"], printed["value"], printed["is_synthetic"]) if printed else None


def before_on_paper(printed: Row | None) -> Value | None:
    """The value that a row of the extract names for the year before; None where it names none."""
    if printed is None or printed["previous_value"] is None:
        return None
    return Value(printed["previous_year"], printed["previous_value"], printed["is_synthetic"])
