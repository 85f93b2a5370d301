"""Datadoc documents, one for each Parquet file, as Statistics Norway's tools read them (model 6.2.0).

Not here: the model itself, against which the tests hold them (ssb-datadoc-model).
"""

from datetime import UTC
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pipelines.common.contracts import Column
from pipelines.common.seeds import read_seed
from pipelines.publish.metadata.facts import Facts, Table
from pipelines.publish.metadata.labels import column_label

MODEL, CONTAINER = "6.2.0", "1.0.0"
TYPES = {
    "varchar": "STRING",
    "integer": "INTEGER",
    "bigint": "INTEGER",
    "double": "FLOAT",
    "boolean": "BOOLEAN",
    "timestamp": "DATETIME",
    "date": "DATETIME",
}


def datadoc(facts: Facts, table: Table) -> dict[str, Any]:
    """The document of a table's Parquet file. The same table has the same ids in every release."""
    said, iri = facts.publication.said, f"{facts.publication.address}/dataset/{table.name}"
    created = facts.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    dataset = {
        "short_name": table.name,
        "assessment": "OPEN",
        "dataset_status": "DRAFT" if table.is_synthetic else "EXTERNAL",
        "dataset_state": "OUTPUT_DATA",
        "name": _texts(nb=table.label["title_nb"], nn=table.label["title_nn"], en=table.label["title_en"]),
        "description": _texts(nb=table.description("nb"), en=table.description("en")),
        "population_description": _texts(nb=_population(facts, table)),
        "version": facts.release_id,
        "subject_field": _klass("subject_field"),
        "keyword": ["syntetiske data"] if table.is_synthetic else None,
        "id": str(uuid5(NAMESPACE_URL, iri)),
        "owner": said["publisher_number"],
        "file_path": f"{table.name}.parquet",
        "metadata_created_date": created,
        "metadata_created_by": said["contact_email"],
        "metadata_last_updated_date": created,
        "metadata_last_updated_by": said["contact_email"],
    }
    if table.years:
        first, last = table.years
        dataset |= {"contains_data_from": f"{first}-01-01", "contains_data_until": f"{last}-12-31"}
    variables = [_variable(table, column, iri) for column in table.contract.columns]
    document = {"percentage_complete": 100, "document_version": MODEL, "dataset": dataset, "variables": variables}
    return {"document_version": CONTAINER, "datadoc": document}


def _variable(table: Table, column: Column, iri: str) -> dict[str, Any]:
    return {
        "short_name": column.name,
        "name": _texts(nb=column_label(column, "nb"), en=column_label(column, "en")),
        "data_type": TYPES[column.data_type],
        "variable_role": _role(table, column),
        "is_personal_data": False,
        "unit_type": table.label["unit_type"],
        "data_source": _klass("data_source"),
        "comment": _texts(en=" ".join(column.description.split())),
        "temporality_type": "STATUS",
        "id": str(uuid5(NAMESPACE_URL, f"{iri}#{column.name}")),
    }


def _role(table: Table, column: Column) -> str:
    if column.name in table.contract.key:
        return "IDENTIFIER"
    return "MEASURE" if column.unit or column.data_type == "double" else "ATTRIBUTE"


def _population(facts: Facts, table: Table) -> str:
    """What kind of unit, by which surveys."""
    (unit,) = (row["name_nb"] for row in read_seed("klass_code") if row["code"] == table.label["unit_type"])
    surveys = [row["survey_nb"] for row in facts.surveys if row["survey"] in table.surveys]
    return f"{unit}: {', '.join(surveys)}" if surveys else unit


def _klass(field: str) -> str:
    (code,) = (row["code"] for row in read_seed("klass_code") if row["field"] == field)
    return code


def _texts(**said: str) -> list[dict[str, str]]:
    return [{"languageCode": language, "languageText": text} for language, text in said.items()]
