"""The printed figures, how each is recomputed, and the reasons known for disagreement, read from seeds.

Not here: computing anything from tables (reconcile.py); the seeds hold which rows and why.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipelines.common.row_key import RowKey, parse_row_key, row_key_text
from pipelines.common.seeds import SeedError, read_seed
from pipelines.reconciliation.language import Language
from pipelines.reconciliation.place import Place, repeated

FIGURES_SEED = "figures"
TERMS_SEED = "figure_term"
EXPLANATIONS_SEED = "figure_explanation"

# Computed values are sums of products of doubles: differences below this are arithmetic, not disagreement.
FLOAT_TOLERANCE = 1e-9

BOUNDS = ("", "about", "over", "under", "at_least", "at_most")
COMBINATIONS = ("sum", "min", "max", "p10", "p90", "ratio")
EXPLANATION_KINDS = ("explained", "carried")

Interval = tuple[float, float]


@dataclass(frozen=True)
class Figure:
    """One printed number. `published_value` and `tolerance` are in the figure's own unit."""

    figure_id: str
    source_document: str
    location: str
    measure_nb: str
    population: str
    subgroup: str
    period: int  # the year the number is about
    unit: str
    published_value: float
    published_precision: int  # decimals printed
    bound: str  # '' as printed, 'about' ca., 'over' more than, 'under' less than, 'at_least' from, 'at_most' to
    tolerance: float | None  # how far 'about', 'over', 'under' reach (None: no limit), or what ends are rounded by
    value_set: str  # figures of one set are printed in an order that is lost; '' where the order is known


@dataclass(frozen=True)
class Term:
    """One cell of one table, times a coefficient. Terms of a part are added, parts are combined."""

    figure_id: str
    combine: str
    part: int
    coefficient: float
    table_name: str
    column_name: str
    row_key: RowKey  # names exactly one row

    @property
    def row_key_text(self) -> str:
        return row_key_text(self.row_key)

    @property
    def columns(self) -> list[str]:
        """The columns of the table that it names."""
        return [self.column_name, *(column for column, _ in self.row_key)]

    @property
    def cell(self) -> str:
        """The cell in words: table[column=value;...].column."""
        return f"{self.table_name}[{self.row_key_text}].{self.column_name}"


@dataclass(frozen=True)
class Explanation:
    """Why a figure is not what it is recomputed to be (`explained`), or is in no table at all (`carried`).

    A printed number that an extract holds has terms and no row here: the table says that it is taken over.
    """

    figure_id: str
    kind: str
    reason_class: str  # of seeds/labels/code_label.csv
    explanation_nb: str
    holds: Interval | None  # computed values the reason is right for, ends included; None for carried
    carried_from: str

    def told(self, language: Language) -> str:
        """The reason in a language."""
        return language.label(self.explanation_nb)


@dataclass(frozen=True)
class Published:
    """All three seeds, checked against each other."""

    figures: tuple[Figure, ...]
    terms: tuple[Term, ...]
    explanations: tuple[Explanation, ...]


def agreement_interval(figure: Figure) -> Interval:
    """The values, in the figure's unit, that agree with what is printed; both ends agree.

    Half-way points agree in both directions: a publication does not say how it rounds them.
    The number printed in "over 52" or "under 20" does not itself agree. What is printed as -0,0 is below 0.
    """
    value = figure.published_value
    if figure.bound == "at_least":
        return value - _reach(figure) - FLOAT_TOLERANCE, math.inf
    if figure.bound == "at_most":
        return -math.inf, value + _reach(figure) + FLOAT_TOLERANCE
    if figure.bound == "over":
        return value + FLOAT_TOLERANCE, value + _reach(figure) + FLOAT_TOLERANCE
    if figure.bound == "under":
        return value - _reach(figure) - FLOAT_TOLERANCE, value - FLOAT_TOLERANCE
    margin = _reach(figure) if figure.bound == "about" else 0.5 * 10.0**-figure.published_precision
    is_minus_0 = value == 0 and math.copysign(1, value) < 0
    return value - margin - FLOAT_TOLERANCE, -FLOAT_TOLERANCE if is_minus_0 else value + margin + FLOAT_TOLERANCE


def target_interval(figure: Figure, explanation: Explanation | None = None) -> Interval:
    """The values a consistent data set gives: where the known reason for disagreement holds, if there is
    one, else where the figure agrees with print. Both ends included, in the figure's unit."""
    if explanation is not None and explanation.holds is not None:
        return explanation.holds
    return agreement_interval(figure)


def cells(terms: Iterable[Term]) -> Iterator[tuple[str, str, list[str]]]:
    """What is read of published tables: (place in the seed, table, columns) of each term."""
    for line, term in enumerate(terms, start=2):
        yield str(Place(TERMS_SEED, line)), term.table_name, term.columns


def load_published() -> Published:
    """Read and check the seeds. ValueError names file and row of everything that is wrong in them."""
    figures = load_figures()
    terms = load_terms()
    explanations = load_explanations()
    check_published(figures, terms, explanations)
    return Published(figures, terms, explanations)


def load_figures() -> tuple[Figure, ...]:
    """The rows of figures.csv, in seed order."""
    return parse_figures(read_seed(FIGURES_SEED))


def load_terms() -> tuple[Term, ...]:
    """The rows of figure_term.csv, in seed order."""
    return parse_terms(read_seed(TERMS_SEED))


def load_explanations() -> tuple[Explanation, ...]:
    """The rows of figure_explanation.csv, in seed order."""
    return parse_explanations(read_seed(EXPLANATIONS_SEED))


def parse_figures(rows: Iterable[dict[str, str]]) -> tuple[Figure, ...]:
    """Figures from seed rows; ValueError names file and row."""
    return tuple(_figure(row, Place(FIGURES_SEED, line)) for line, row in enumerate(rows, start=2))


def parse_terms(rows: Iterable[dict[str, str]], seed: str = TERMS_SEED) -> tuple[Term, ...]:
    """Terms from the rows of a seed; ValueError names file and row."""
    return tuple(_term(row, Place(seed, line)) for line, row in enumerate(rows, start=2))


def parse_explanations(rows: Iterable[dict[str, str]]) -> tuple[Explanation, ...]:
    """Explanations from seed rows; ValueError names file and row."""
    return tuple(_explanation(row, Place(EXPLANATIONS_SEED, line)) for line, row in enumerate(rows, start=2))


def check_published(figures: Sequence[Figure], terms: Sequence[Term], explanations: Sequence[Explanation]) -> None:
    """Check the seeds against each other. Raises one ValueError that lists every finding by file and row."""
    findings = [
        *repeated(FIGURES_SEED, [figure.figure_id for figure in figures]),
        *repeated(EXPLANATIONS_SEED, [explanation.figure_id for explanation in explanations]),
        *repeated(TERMS_SEED, [(term.figure_id, term.part, term.cell) for term in terms]),
    ]
    known = {figure.figure_id for figure in figures}
    of_figures: dict[str, Sequence[Term | Explanation]] = {TERMS_SEED: terms, EXPLANATIONS_SEED: explanations}
    for seed, rows in of_figures.items():
        findings += [
            f"{Place(seed, line)}: figure_id {row.figure_id!r} is not in {FIGURES_SEED}.csv"
            for line, row in enumerate(rows, start=2)
            if row.figure_id not in known
        ]
    computed = {term.figure_id for term in terms}
    for line, row in enumerate(explanations, start=2):
        place = Place(EXPLANATIONS_SEED, line)
        if row.kind == "carried" and row.figure_id in computed:
            findings.append(f"{place}: {row.figure_id} is carried, yet {TERMS_SEED}.csv computes it")
        if row.kind == "explained" and row.figure_id not in computed:
            findings.append(f"{place}: {row.figure_id} is explained, yet {TERMS_SEED}.csv does not compute it")
    findings += _uneven_combinations(terms)
    if findings:
        raise SeedError("\n".join(findings))


def _figure(row: dict[str, str], place: Place) -> Figure:
    bound = place.choice(row, "bound", BOUNDS)
    tolerance = place.number(row, "tolerance") if row["tolerance"] else None
    if bound in ("about", "at_least", "at_most") and tolerance is None:
        raise SeedError(f"{place}: bound {bound!r} needs a tolerance")
    if not bound and tolerance is not None:
        raise SeedError(f"{place}: tolerance {row['tolerance']!r} without a bound")
    if tolerance is not None and tolerance <= 0:
        raise SeedError(f"{place}: tolerance {row['tolerance']!r} is not above 0")
    return Figure(
        figure_id=place.text(row, "figure_id"),
        source_document=place.text(row, "source_document"),
        location=row["location"],
        measure_nb=row["measure_nb"],
        population=row["population"],
        subgroup=row["subgroup"],
        period=place.whole_number(row, "period"),
        unit=place.text(row, "unit"),
        published_value=place.number(row, "published_value"),
        published_precision=place.whole_number(row, "published_precision"),
        bound=bound,
        tolerance=tolerance,
        value_set=row["value_set"],
    )


def _term(row: dict[str, str], place: Place) -> Term:
    coefficient = place.number(row, "coefficient")
    if coefficient == 0:
        raise SeedError(f"{place}: coefficient is 0")
    return Term(
        figure_id=place.text(row, "figure_id"),
        combine=place.choice(row, "combine", COMBINATIONS),
        part=place.whole_number(row, "part"),
        coefficient=coefficient,
        table_name=place.text(row, "table_name"),
        column_name=place.text(row, "column_name"),
        row_key=place.parsed(row, "row_key", parse_row_key),
    )


def _explanation(row: dict[str, str], place: Place) -> Explanation:
    kind = place.choice(row, "kind", EXPLANATION_KINDS)
    limits = ("holds_from", "holds_to")
    holds = None
    if kind == "explained":
        holds = (place.number(row, "holds_from"), place.number(row, "holds_to"))
        if holds[0] > holds[1]:
            raise SeedError(f"{place}: holds_from {holds[0]:g} is above holds_to {holds[1]:g}")
        if row["carried_from"]:
            raise SeedError(f"{place}: carried_from is for the kind 'carried' only")
    elif any(row[column] for column in limits):
        raise SeedError(f"{place}: holds_from and holds_to are for the kind 'explained' only")
    else:
        place.text(row, "carried_from")
    return Explanation(
        figure_id=place.text(row, "figure_id"),
        kind=kind,
        reason_class=place.choice(row, "reason_class", tuple(_reason_classes())),
        explanation_nb=place.text(row, "explanation_nb"),
        holds=holds,
        carried_from=row["carried_from"],
    )


def _reason_classes() -> list[str]:
    """Those that have a label: what readers are not told of is no class."""
    return [label["code"] for label in read_seed("code_label") if label["column_name"] == "reason_class"]


def _reach(figure: Figure) -> float:
    return math.inf if figure.tolerance is None else figure.tolerance


def _uneven_combinations(terms: Sequence[Term]) -> list[str]:
    by_figure = groupby(sorted(terms, key=lambda term: term.figure_id), key=lambda term: term.figure_id)
    findings = []
    for figure_id, rows in by_figure:
        parts = [(term.combine, term.part) for term in rows]
        combinations = {combine for combine, _ in parts}
        if len(combinations) > 1:
            findings.append(f"{TERMS_SEED}.csv: the rows of {figure_id} do not have the same combine")
        elif combinations == {"ratio"} and {part for _, part in parts} != {1, 2}:
            findings.append(f"{TERMS_SEED}.csv: {figure_id} is a ratio, and its parts are not 1 and 2")
    return findings
