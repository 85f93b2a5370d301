"""The contracts of tables, read from the dbt project: Python reads and writes a table by its contract and no other way.

Not here: any column. The schema of a table stands once, in dbt_project/models/{harmonised,marts,indicators}.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pandas as pd
import pyarrow as pa

from pipelines.common.translation import translations

PUBLISHED = ("marts", "indicators")
COMPUTED = "indicators"  # sources for dbt: Python fills them after it has run

Rows: TypeAlias = pd.DataFrame | Sequence[Mapping[str, object]]

ARROW_TYPES = {
    "varchar": pa.string(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
}


@dataclass(frozen=True)
class Column:
    """One column; `unit` is '' where the description says all. One that `is_required` is never NULL.

    `expression` is '' where the table holds the column; else it gives it in SQL, from the table as `base`. Where there
    is a `language`, it gives the Norwegian text, and the column is that in the language: see translation.py.
    """

    name: str
    data_type: str
    description: str
    unit: str = ""
    is_required: bool = False
    expression: str = ""
    language: str = ""

    @property
    def arrow_field(self) -> pa.Field:
        metadata = {"description": self.description, "unit": self.unit}
        return pa.field(self.name, ARROW_TYPES[self.data_type], metadata={k: v for k, v in metadata.items() if v})


@dataclass(frozen=True)
class Contract:
    """One table: where the build database holds it, its key and its columns."""

    name: str
    schema: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def arrow_schema(self) -> pa.Schema:
        return pa.schema([c.arrow_field for c in self.columns], metadata={"description": self.description})

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return [c.name for c in self.columns]

    @property
    def relation(self) -> str:
        """The table in SQL."""
        return f'"{self.schema}"."{self.name}"'

    @property
    def is_published(self) -> bool:
        return self.schema in PUBLISHED

    def only(self, *names: str) -> "Contract":
        """The same table of these columns only. Raises ValueError naming the table and those that it has not."""
        unknown = sorted(set(names) - set(self.names))
        if unknown:
            raise ValueError(f"{self.name}: the contract has no column {', '.join(unknown)}")
        return replace(self, columns=tuple(c for c in self.columns if c.name in names))


def load_contracts(manifest_path: Path) -> dict[str, Contract]:
    """{table: contract} of every table that has one, sorted by name, from a dbt manifest."""
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    models = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    contracted = [n for n in models if n["config"]["contract"]["enforced"]]
    contracted += [s for s in manifest["sources"].values() if s["schema"] == COMPUTED]
    return {node["name"]: _contract(node) for node in sorted(contracted, key=lambda n: n["name"])}


def _contract(node: dict[str, Any]) -> Contract:
    return Contract(
        name=node["name"],
        schema=node["schema"],
        description=node["description"],
        key=tuple(node["config"]["meta"]["key"]),
        columns=tuple(
            Column(
                name=column["name"],
                data_type=column["data_type"],
                description=column["description"],
                unit=column.get("config", {}).get("meta", {}).get("unit", ""),
                is_required=any(c["type"] == "not_null" for c in column.get("constraints", ())),
            )
            for column in node["columns"].values()
        ),
    )


def read(
    con: duckdb.DuckDBPyConnection, contract: Contract, where: Mapping[str, Collection[object]] | None = None
) -> pa.Table:
    """The contract's columns in its order and types, sorted by its key, NULL first.

    where: {column: the values that it may have}, columns of the contract.
    """
    wanted = where or {}
    contract.only(*wanted)
    columns = ", ".join(
        f'{c.expression} as "{c.name}"' if c.expression else f'base."{c.name}"' for c in contract.columns
    )
    conditions = " and ".join(["true", *(f'list_contains(?, base."{column}")' for column in wanted)])
    order = ", ".join(f'base."{k}" nulls first' for k in contract.key)
    query = f"select {columns} from {contract.relation} as base where {conditions} order by {order}"
    table = con.sql(query, params=[list(values) for values in wanted.values()]).to_arrow_table()
    for place, column in enumerate(contract.columns):
        if column.language:
            translated = _translated(table[column.name], translations(column.language))
            table = table.set_column(place, column.name, translated)
    return table.cast(contract.arrow_schema).replace_schema_metadata(contract.arrow_schema.metadata)


def _translated(texts: pa.ChunkedArray, translation: Mapping[str, str]) -> pa.Array:
    """Each text once, and not by a join: there are few, in many rows."""
    encoded = texts.combine_chunks().dictionary_encode()
    told = pa.array([translation.get(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return told.take(encoded.indices)


def write(con: duckdb.DuckDBPyConnection, contract: Contract, rows: Rows) -> None:
    """Replace the contract's table by `rows`, which must meet it: see conform()."""
    con.execute(f'create schema if not exists "{contract.schema}"')
    con.register("incoming", conform(rows, contract))
    con.execute(f"create or replace table {contract.relation} as select * from incoming")
    con.unregister("incoming")


def conform(rows: Rows, contract: Contract) -> pa.Table:
    """`rows` as an Arrow table of the contract's columns and types, in its order, sorted by its key.

    Raises ValueError naming the table when columns are missing or too many, a value does not fit its type, one that
    is required is missing, or two rows share a key.
    """
    wanted, key = contract.names, list(contract.key)
    frame = pd.DataFrame(rows, columns=None if len(rows) else wanted)
    if set(wanted) != set(frame.columns):
        missing, extra = sorted(set(wanted) - set(frame.columns)), sorted(set(frame.columns) - set(wanted))
        raise ValueError(f"{contract.name}: columns missing {missing}, not in the contract {extra}")
    for column in (c.name for c in contract.columns if c.is_required):
        without = frame[frame[column].isna()]
        if len(without):
            first = without.iloc[0][key].to_dict()
            raise ValueError(f"{contract.name}: {len(without)} rows without {column}, the first: {first}")
    repeated = frame[frame.duplicated(key, keep=False)]
    if len(repeated):
        raise ValueError(
            f"{contract.name}: {len(repeated)} rows share a key {key}, the first: {repeated.iloc[0][key].to_dict()}"
        )
    try:
        return pa.Table.from_pandas(
            frame[wanted].sort_values(key, na_position="first"), schema=contract.arrow_schema, preserve_index=False
        ).replace_schema_metadata(contract.arrow_schema.metadata)
    except pa.ArrowException as error:
        raise ValueError(f"{contract.name}: a value does not fit the contract: {error}") from error
