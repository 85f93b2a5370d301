"""What seeds/**/_*.yml says of each seed, for dbt and for us: columns, types, key, data tests.

Not here: holding the rows against it (evaluate.py). There is no other schema of the seeds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REF = re.compile(r"ref\('(\w+)'\)")


@dataclass(frozen=True)
class DataTest:
    """A data test of a seed, or of one of its `columns`. `arguments` as dbt gets them, a ref as the seed's name."""

    name: str
    kind: str
    columns: tuple[str, ...]
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Declared:
    """A seed as declared. `types`: {column: dbt's column type}, in the order of the file."""

    name: str
    types: dict[str, str]
    key: tuple[str, ...]
    may_be_blank: frozenset[str]  # of the key
    tests: tuple[DataTest, ...]


def read_declared(folder: Path) -> dict[str, Declared]:
    """Every declared seed below `folder` by its name."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as fast
    found = {}
    for path in sorted(folder.glob("*/_*.yml")):
        for seed in yaml.load(path.read_text(encoding="utf-8"), loader).get("seeds", []):
            found[seed["name"]] = _declared(seed)
    return found


def _declared(seed: dict[str, Any]) -> Declared:
    config = seed.get("config", {})
    meta, types = config.get("meta", {}), config.get("column_types", {})
    columns = seed.get("columns", [])
    return Declared(
        name=seed["name"],
        types={column["name"]: types.get(column["name"], "varchar") for column in columns},
        key=tuple(meta.get("key", ())),
        may_be_blank=frozenset(meta.get("may_be_blank", ())),
        tests=(*_tests(seed, ()), *(test for column in columns for test in _tests(column, (column["name"],)))),
    )


def _tests(holder: dict[str, Any], columns: tuple[str, ...]) -> Iterator[DataTest]:
    for declared in holder.get("data_tests", []):
        ((kind, said),) = declared.items() if isinstance(declared, dict) else [(declared, {})]
        arguments = {name: _seed_of(value) for name, value in said.get("arguments", {}).items()}
        yield DataTest(said.get("name", kind), kind, columns or tuple(arguments.get("columns", ())), arguments)


def _seed_of(value: Any) -> Any:
    found = REF.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else value
