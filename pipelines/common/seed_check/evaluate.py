"""Hold the rows of the seeds against what is declared of them: types, keys, references, values.

Not here: reading declarations (declared.py), and rules that no data test of dbt says (codebook.py and those beside it).
"""

import re
from collections.abc import Callable, Iterator
from datetime import date

from pipelines.common.seed_check.declared import DataTest, Declared
from pipelines.common.seed_check.tables import Finding, Row, Seeds, Table

MAX_INTEGER = 2**31 - 1


def not_as_declared(tables: Seeds, declared: dict[str, Declared]) -> Iterator[Finding]:
    """Seeds and columns that are not declared, and those that are declared and not there."""
    for name, table in tables.items():
        if name not in declared:
            remedy = "describe the seed in the _*.yml of its folder, or delete the file"
            yield Finding(table.file, 1, "", "", "described", "no yml file describes this seed", remedy)
        elif table.header != (wanted := list(declared[name].types)):
            missing = [column for column in wanted if column not in table.header]
            more = [column for column in table.header if column not in wanted]
            problem = f"lacks {', '.join(missing)}; " * bool(missing) + f"has {', '.join(more)} more; " * bool(more)
            remedy = f"the first line is {','.join(wanted)}"
            yield Finding(table.file, 1, "", "", "header", problem[:-2] or "the columns are in another order", remedy)
    for name in declared.keys() - tables.keys():
        yield Finding(f"{name}.csv", 1, "", "", "file", "the seed is described, and there is no file", "put it back")


def misfits(table: Table, declared: Declared) -> Iterator[Finding]:
    """Cells that do not fit the declared type, and text with blanks around it."""
    fits = [(column, said, TYPES[_type(said)]) for column, said in declared.types.items()]
    for row in filter(_is_whole, table.rows):
        for column, said, is_fit in fits:
            value = row.cells[column]
            if value and value.strip() != value:
                yield row.wrong(column, "blanks", "blanks stand around the text", "delete them")
            elif value and not is_fit(value, said):
                yield row.wrong(column, "type", f"does not fit the type {said}", REMEDIES[_type(said)])


def broken(tables: Seeds, declared: Declared) -> Iterator[Finding]:
    """What breaks the data tests of a seed."""
    for test in declared.tests:
        yield from KINDS[test.kind](tables, declared, test)


def _type(said: str) -> str:
    return said.partition("(")[0]


def _is_whole(row: Row) -> bool:
    return row.is_whole


def _is_text(value: str, said: str) -> bool:
    length = re.search(r"\((\d+)\)", said)
    return length is None or len(value) <= int(length[1])


def _is_integer(value: str, _said: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,10}", value) is not None and abs(int(value)) <= MAX_INTEGER


def _is_number(value: str, _said: str) -> bool:
    return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", value) is not None


def _is_date(value: str, _said: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


TYPES: dict[str, Callable[[str, str], bool]] = {
    "varchar": _is_text,
    "integer": _is_integer,
    "double": _is_number,
    "decimal": _is_number,
    "boolean": lambda value, _said: value in ("true", "false"),
    "date": _is_date,
}
REMEDIES = {
    "varchar": "shorten it",
    "integer": "write a whole number, digits only",
    "double": "write a number with a decimal point",
    "decimal": "write a number with a decimal point",
    "boolean": "write true or false",
    "date": "write the year, month and day as YYYY-MM-DD",
}


def _unique_key(tables: Seeds, declared: Declared, test: DataTest) -> Iterator[Finding]:
    first: dict[tuple[str, ...], Row] = {}
    for row in filter(_is_whole, tables[declared.name].rows):
        for column in declared.key:
            if not row[column] and column not in declared.may_be_blank:
                yield row.wrong(column, "key_blank", "is blank, and belongs to the key of the seed", "fill it in")
        earlier = first.setdefault(row.of(declared.key), row)
        if earlier is not row:
            key = ", ".join(f"{column}={row[column]}" for column in declared.key if row[column])
            yield row.wrong("", test.name, f"line {earlier.line} has the same key ({key})", "delete one of the two")


def _not_null(tables: Seeds, declared: Declared, test: DataTest) -> Iterator[Finding]:
    (column,) = test.columns
    for row in filter(_is_whole, tables[declared.name].rows):
        if not row[column]:
            yield row.wrong(column, test.name, "is blank", "fill it in")


def _accepted_values(tables: Seeds, declared: Declared, test: DataTest) -> Iterator[Finding]:
    (column,), values = test.columns, [str(value) for value in test.arguments["values"]]
    for row in filter(_is_whole, tables[declared.name].rows):
        if row[column] and row[column] not in values:
            yield row.wrong(column, test.name, "is none of the values that there are", f"write {', '.join(values)}")


def _relationships(tables: Seeds, declared: Declared, test: DataTest) -> Iterator[Finding]:
    return _orphans(tables, declared, test, test.columns, (test.arguments["field"],))


def _foreign_key(tables: Seeds, declared: Declared, test: DataTest) -> Iterator[Finding]:
    return _orphans(tables, declared, test, test.columns, tuple(test.arguments.get("to_columns") or test.columns))


def _orphans(
    tables: Seeds, declared: Declared, test: DataTest, columns: tuple[str, ...], to_columns: tuple[str, ...]
) -> Iterator[Finding]:
    parent = tables[test.arguments["to"]]
    known = parent.keys(*to_columns)
    for row in filter(_is_whole, tables[declared.name].rows):
        if all(row.of(columns)) and row.of(columns) not in known:
            named = ", ".join(f"{column} {row[column]}" for column in columns)
            wanted = ", ".join(to_columns)
            remedy = f"correct it, or add a row with this {wanted} to {parent.file}"
            yield row.wrong(columns[-1], test.name, f"{parent.file} has no row for {named}", remedy)


KINDS: dict[str, Callable[[Seeds, Declared, DataTest], Iterator[Finding]]] = {
    "unique_key": _unique_key,
    "not_null": _not_null,
    "accepted_values": _accepted_values,
    "relationships": _relationships,
    "foreign_key": _foreign_key,
}
