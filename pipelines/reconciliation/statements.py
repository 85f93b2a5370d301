"""What the publications claim in words, and the cells that show whether it is so, read from seeds.

Not here: what a relation means (relations.py) and whether it holds (verdicts.py); the seeds hold which cells.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar
from zlib import crc32

from pipelines.common.row_key import RowPattern, parse_row_pattern
from pipelines.common.seeds import SeedError, read_seed
from pipelines.reconciliation.place import Place, repeated
from pipelines.reconciliation.relations import RELATIONS, Relation

STATEMENTS_SEED = "statement"
STATEMENT_TERMS_SEED = "statement_term"

A, B = "a", "b"
SUM = "sum_"
SIDES = (A, B, SUM + A, SUM + B)
EXPLAINED, CARRIED, NOT_COMPUTABLE = "explained", "carried", "not_computable"
KNOWN = ("", EXPLAINED, CARRIED, NOT_COMPUTABLE)
Row = TypeVar("Row")
NOT_TARGETS = 3  # one statement of so many is no target of the sample


@dataclass(frozen=True)
class StatementTerm:
    """A constant, or the cells of one column of a table that meet a pattern, each times a coefficient."""

    statement_id: str
    part: int
    side: str
    coefficient: float
    value: str  # the constant; '' for cells
    table_name: str
    column_name: str
    pattern: RowPattern
    line: int  # in the seed

    @property
    def is_of_a(self) -> bool:
        return self.side.removeprefix(SUM) == A

    @property
    def is_summed(self) -> bool:
        """Whether all cells of its part and side are added into one."""
        return self.side.startswith(SUM)

    @property
    def columns(self) -> list[str]:
        """The columns of the table that it names."""
        return [self.column_name, *(condition.column for condition in self.pattern)]

    @property
    def cells(self) -> str:
        """What it names, in words: table[column=value;...].column, or the constant."""
        return self.value or f"{self.table_name}[{';'.join(map(str, self.pattern))}].{self.column_name}"


@dataclass(frozen=True)
class Statement:
    """One claim. `amount` as the relation needs it, None for its own; `terms` in the order of the seed."""

    statement_id: str
    source_document: str
    location: str
    statement_nb: str
    relation: Relation
    amount: float | None
    hedge: str
    known: str
    known_nb: str
    terms: tuple[StatementTerm, ...] = ()

    @property
    def is_sample_target(self) -> bool:
        """Whether the synthetic sample is made to agree: two thirds, drawn by the id. Agreement of the others tells."""
        return crc32(self.statement_id.encode()) % NOT_TARGETS != 0


def load_statements() -> tuple[Statement, ...]:
    """The statements with their terms, in seed order. SeedError names file and row of all that is wrong in them."""
    return parse_statements(read_seed(STATEMENTS_SEED), read_seed(STATEMENT_TERMS_SEED))


def parse_statements(rows: Iterable[dict[str, str]], term_rows: Iterable[dict[str, str]]) -> tuple[Statement, ...]:
    """Statements from the rows of both seeds. Raises one SeedError that lists every finding by file and row."""
    statements = list(_each(STATEMENTS_SEED, rows, _statement))
    terms = list(_each(STATEMENT_TERMS_SEED, term_rows, _term))
    of_statement: dict[str, list[StatementTerm]] = {}
    for term in terms:
        of_statement.setdefault(term.statement_id, []).append(term)
    whole = [replace(s, terms=tuple(of_statement.get(s.statement_id, ()))) for s in statements]
    twice = repeated(STATEMENTS_SEED, [statement.statement_id for statement in whole])
    if findings := [*twice, *_strays(whole, terms), *_misfits(whole)]:
        raise SeedError("\n".join(findings))
    return tuple(whole)


def cells_read(statements: Iterable[Statement]) -> Iterator[tuple[str, str, list[str]]]:
    """What is read of published tables: (place in the seed, table, columns) of each term that is no constant."""
    for statement in statements:
        for term in statement.terms:
            if term.table_name:
                yield str(Place(STATEMENT_TERMS_SEED, term.line)), term.table_name, term.columns


def _each(seed: str, rows: Iterable[dict[str, str]], parse: Callable[[dict[str, str], Place], Row]) -> Iterator[Row]:
    for line, row in enumerate(rows, start=2):
        yield parse(row, Place(seed, line))


def _statement(row: dict[str, str], place: Place) -> Statement:
    known = place.choice(row, "known", KNOWN)
    if bool(known) != bool(row["known_nb"]):
        raise SeedError(f"{place}: known {known!r} with known_nb {row['known_nb']!r} -> give both, or neither")
    return Statement(
        statement_id=place.text(row, "statement_id"),
        source_document=place.text(row, "source_document"),
        location=place.text(row, "location"),
        statement_nb=place.text(row, "statement_nb"),
        relation=RELATIONS[place.choice(row, "relation", tuple(RELATIONS))],
        amount=place.number(row, "amount") if row["amount"] else None,
        hedge=row["hedge"],
        known=known,
        known_nb=row["known_nb"],
    )


def _term(row: dict[str, str], place: Place) -> StatementTerm:
    of_cells = ("table_name", "column_name", "row_key")
    if bool(row["value"]) == any(row[column] for column in of_cells):
        raise SeedError(f"{place}: value {row['value']!r} -> give either value, or {', '.join(of_cells)}")
    cell = partial(place.text, row) if not row["value"] else row.get
    return StatementTerm(
        statement_id=place.text(row, "statement_id"),
        part=place.whole_number(row, "part"),
        side=place.choice(row, "side", SIDES),
        coefficient=place.number(row, "coefficient") if row["coefficient"] else 1.0,
        value=row["value"],
        table_name=cell("table_name") or "",
        column_name=cell("column_name") or "",
        pattern=() if row["value"] else place.parsed(row, "row_key", parse_row_pattern),
        line=place.line,
    )


def _strays(statements: Sequence[Statement], terms: Sequence[StatementTerm]) -> Iterator[str]:
    known = {statement.statement_id for statement in statements}
    for term in terms:
        if term.statement_id not in known:
            place = Place(STATEMENT_TERMS_SEED, term.line)
            yield f"{place}: statement_id {term.statement_id!r} is not in {STATEMENTS_SEED}.csv -> add it there"


def _misfits(statements: Sequence[Statement]) -> Iterator[str]:
    for line, statement in enumerate(statements, start=2):
        for problem in (*_of_amount(statement), *_of_known(statement), *_of_sides(statement)):
            yield f"{Place(STATEMENTS_SEED, line)}: {statement.statement_id}: {problem}"


def _of_amount(statement: Statement) -> Iterator[str]:
    relation, amount = statement.relation, statement.amount
    if amount is None and relation.needs_amount:
        yield f"amount is blank -> {relation.name} needs one"
    if amount is not None and not relation.takes_amount:
        yield f"amount {amount:g} -> {relation.name} takes none"


def _of_known(statement: Statement) -> Iterator[str]:
    if statement.known == NOT_COMPUTABLE and statement.terms:
        yield "known 'not_computable', and it has terms -> delete one of the two"
    if statement.known in ("", EXPLAINED) and not statement.terms:
        yield f"known {statement.known!r}, and it has no terms -> add them to {STATEMENT_TERMS_SEED}.csv"


def _of_sides(statement: Statement) -> Iterator[str]:
    relation = statement.relation
    for part in dict.fromkeys(term.part for term in statement.terms):
        terms = [term for term in statement.terms if term.part == part]
        of_a, of_b = [t for t in terms if t.is_of_a], [t for t in terms if not t.is_of_a]
        if not of_a or any(term.value for term in of_a):
            yield f"part {part}: side a -> name cells of a table"
        if bool(of_b) != relation.has_b:
            yield f"part {part}: side b -> {relation.name} has {'one' if relation.has_b else 'none'}"
        if relation.has_constants and not all(term.value for term in of_b):
            yield f"part {part}: side b -> {relation.name} reads constants"
        if not relation.is_of_text:
            yield from (f"part {part}: value {t.value!r} -> write a number" for t in of_b if not _is_number(t.value))
        if any(len({term.is_summed for term in side}) > 1 for side in (of_a, of_b)):
            yield f"part {part}: -> add all cells of a side (sum_a, sum_b), or none"


def _is_number(text: str) -> bool:
    """Whether a constant is a number; '' stands for a cell."""
    try:
        return not text or float(text) == float(text)
    except ValueError:
        return False
