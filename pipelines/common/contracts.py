"""The contracts of the published tables, read from the dbt project, and their enforcement in Python.

Not here: any column. The schema of a table stands once, in dbt_project/models/{marts,indicators}.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

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
    """One column; `unit` is '' where the description says all."""

    name: str
    data_type: str
    description: str
    unit: str

    @property
    def arrow_field(self) -> pa.Field:
        metadata = {"description": self.description, "unit": self.unit}
        return pa.field(self.name, ARROW_TYPES[self.data_type], metadata={k: v for k, v in metadata.items() if v})


@dataclass(frozen=True)
class Contract:
    """One published table: where the build database holds it, its key and its columns."""

    name: str
    schema: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def arrow_schema(self) -> pa.Schema:
        return pa.schema([c.arrow_field for c in self.columns], metadata={"description": self.description})


def load_contracts(manifest_path: Path) -> dict[str, Contract]:
    """{table: contract} of every published table, sorted by name, from a dbt manifest."""
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    published = [n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["schema"] == "marts"]
    published += [s for s in manifest["sources"].values() if s["schema"] == "indicators"]
    return {node["name"]: _contract(node) for node in sorted(published, key=lambda n: n["name"])}


def _contract(node: dict) -> Contract:
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
            )
            for column in node["columns"].values()
        ),
    )


def conform(frame: pd.DataFrame, contract: Contract) -> pa.Table:
    """`frame` as an Arrow table of the contract's columns and types, in its order, sorted by its key.

    Raises ValueError naming the table when columns are missing or too many, a value does not fit its
    type, a row has no key, or two rows share one.
    """
    wanted = [c.name for c in contract.columns]
    if set(wanted) != set(frame.columns):
        missing, extra = sorted(set(wanted) - set(frame.columns)), sorted(set(frame.columns) - set(wanted))
        raise ValueError(f"{contract.name}: columns missing {missing}, not in the contract {extra}")
    key = list(contract.key)
    keyless = frame[frame[key].isna().any(axis=1)]
    if len(keyless):
        first = keyless.iloc[0][key].to_dict()
        raise ValueError(f"{contract.name}: {len(keyless)} rows without a whole key {key}, the first: {first}")
    repeated = frame[frame.duplicated(key, keep=False)]
    if len(repeated):
        raise ValueError(
            f"{contract.name}: {len(repeated)} rows share a key {key}, the first: {repeated.iloc[0][key].to_dict()}"
        )
    try:
        return pa.Table.from_pandas(
            frame[wanted].sort_values(key), schema=contract.arrow_schema, preserve_index=False
        ).replace_schema_metadata(contract.arrow_schema.metadata)
    except pa.ArrowException as error:
        raise ValueError(f"{contract.name}: a value does not fit the contract: {error}") from error
