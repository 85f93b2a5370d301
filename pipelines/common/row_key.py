"""A row of a published table as seeds write it: 'column=value;column=value'.

Not here: finding the row (row_keys.py), which needs a table.
"""

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
