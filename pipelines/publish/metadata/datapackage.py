"""datapackage.json: the tables with their columns, keys and references, by Data Package 2.0, for pandas, R and others.

Not here: reading or checking a package, which frictionless does (tests).
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.common.contracts import Column
from pipelines.common.seeds import read_seed
from pipelines.publish.metadata.facts import Facts, File, Table
from pipelines.publish.metadata.labels import column_label
from pipelines.publish.tables import COMPRESSED

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
TABULAR = ("parquet", "csv")
TYPES = {
    "varchar": "string",
    "integer": "integer",
    "bigint": "integer",
    "double": "number",
    "boolean": "boolean",
    "timestamp": "datetime",
    "date": "date",
}


def datapackage(facts: Facts, folder: Path) -> dict[str, Any]:
    """The descriptor of the release in `folder`; paths are from there, as the standard forbids others."""
    said, licence = facts.publication.said, facts.publication.licence
    return {
        "$schema": PROFILE,
        "name": "digital-tilstand",
        "id": facts.url,
        "title": facts.title("nb"),
        "description": facts.description("nb"),
        "titleEn": facts.title("en"),
        "descriptionEn": facts.description("en"),
        "homepage": facts.publication.address,
        "version": facts.release_id,
        "created": facts.created.isoformat(timespec="seconds"),
        "synthetic": facts.is_synthetic,
        "citation": facts.citation("nb"),
        "licenses": [{"name": licence["licence"], "path": licence["url"], "title": licence["title_en"]}],
        "contributors": [
            {"title": said["publisher_nb"], "email": said["contact_email"], "roles": ["publisher", "contact"]}
        ],
        "sources": [{"title": f"{row['survey_nb']}, {row['producer']}"} for row in facts.surveys],
        "resources": list(_resources(facts, folder)),
    }


def _resources(facts: Facts, folder: Path) -> Iterator[dict[str, Any]]:
    for table in facts.tables:
        for file in table.files:
            if file.form["extension"] in TABULAR and file.stem == table.name:
                yield _resource(table, file, folder)


def _resource(table: Table, file: File, folder: Path) -> dict[str, Any]:
    described = {
        "name": _name(table.name, file),
        "type": "table",
        "path": file.path,
        "title": table.label["title_nb"],
        "description": table.description("en"),
        "titleEn": table.label["title_en"],
        "descriptionNb": table.description("nb"),
        "format": file.form["extension"],
        "mediatype": file.form["media_type"],
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
        "synthetic": table.is_synthetic,
    }
    comma = {}
    if file.form["extension"] == "csv":
        delimiter = _delimiter(folder / file.path)
        # As spreadsheets in Norwegian have it: where a comma is the decimal mark, it separates no columns.
        comma = {"decimalChar": ","} if delimiter == ";" else {}
        described |= {"encoding": "utf-8", "dialect": {"delimiter": delimiter}}
    return described | {"schema": _schema(table, file, comma)}


def _name(table: str, file: File) -> str:
    """A table's name in its own folder, so that what refers to it stays among files of one kind."""
    return Path(file.path).with_name(table).as_posix()


def _delimiter(path: Path) -> str:
    with (gzip.open if path.suffix == COMPRESSED else open)(path, "rt", encoding="utf-8") as file:
        return ";" if ";" in file.readline() else ","


def _schema(table: Table, file: File, comma: dict[str, str]) -> dict[str, Any]:
    contract = table.contract
    required = {column.name for column in contract.columns if column.is_required}
    key = list(contract.key)
    references = [
        {
            "fields": row["columns"].split(),
            "reference": {"resource": _name(row["to_table"], file), "fields": row["to_columns"].split()},
        }
        for row in read_seed("table_reference")
        if row["table_name"] == table.name
    ]
    return {
        "fields": [_field(column, comma) for column in contract.columns],
        # A primary key is never blank, and a mean has no answer: rows are unique all the same.
        **({"primaryKey": key} if required.issuperset(key) else {"uniqueKeys": [key]}),
        **({"foreignKeys": references} if references else {}),
    }


def _field(column: Column, comma: dict[str, str]) -> dict[str, Any]:
    data_type = TYPES[column.data_type]
    return {
        "name": column.name,
        "type": data_type,
        "title": column_label(column, "nb"),
        "titleEn": column_label(column, "en"),
        "description": " ".join(column.description.split()),
        **({"unit": column.unit} if column.unit else {}),
        **({"constraints": {"required": True}} if column.is_required else {}),
        **(comma if data_type == "number" else {}),
    }
