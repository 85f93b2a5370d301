"""A row of a published table as seeds write it: 'column=value;column=value'; and many of them: 'column=x|y;column=!z'.

Not here: finding the rows (row_keys.py), which needs a table.
"""

from dataclasses import dataclass

# What names a row of survey_estimates, as its contract says.
ESTIMATE_KEY = ("survey", "wave", "population", "question_id", "statistic", "answer", "breakdown", "category")

RowKey = tuple[tuple[str, str], ...]  # ((column, value as text), ...)


def parse_row_key(text: str) -> RowKey:
    """The conditions of a row key. Raises ValueError when it is not column=value;column=value, each column once."""
    conditions = [condition.partition("=") for condition in text.split(";")]
    if not all(column and equals and value for column, equals, value in conditions):
        raise ValueError(f"row_key {text!r} is not column=value;column=value")
    columns = [column for column, _, _ in conditions]
    if len(set(columns)) < len(columns):
        raise ValueError(f"row_key {text!r} names a column twice")
    return tuple((column, value) for column, _, value in conditions)


def row_key_text(row_key: RowKey) -> str:
    return ";".join(f"{column}={value}" for column, value in row_key)


@dataclass(frozen=True)
class Condition:
    """What a column of a row must be: one of the wanted values as text, or with `is_excluding` none of them."""

    column: str
    wanted: tuple[str, ...]
    is_excluding: bool = False

    def __str__(self) -> str:
        return f"{self.column}={'!' * self.is_excluding}{'|'.join(self.wanted)}"


RowPattern = tuple[Condition, ...]


def parse_row_pattern(text: str) -> RowPattern:
    """The conditions of a row key that may name many rows. Raises ValueError as parse_row_key(), and for a value that
    is blank between two |.
    """
    return tuple(_condition(column, value) for column, value in parse_row_key(text))


def _condition(column: str, value: str) -> Condition:
    values = tuple(value.removeprefix("!").split("|"))
    if not all(values):
        raise ValueError(f"row_key {column}={value!r} has a blank value")
    return Condition(column, values, value.startswith("!"))
