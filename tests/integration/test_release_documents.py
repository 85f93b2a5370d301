"""The documents of the sample's release are valid by their standards, and true of its tables.

Not here: what each document says (unit/test_documents.py).
"""

import gzip
import json
import re
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from datadoc_model.required.model import MetadataContainer
from frictionless import Checklist, Package
from rdflib import Graph

from pipelines.common.seeds import read_seed
from tests.line import Line
from tests.unit.documents import broken_shapes, misplaced, unknown_codes

MOST_BYTES = 3_000_000
ROWS = 50  # of each table, and all of those that others refer to: frictionless takes a minute for whole tables


@pytest.fixture(scope="module")
def package(built: Line) -> dict[str, Any]:
    return json.loads((built.release / "datapackage.json").read_text(encoding="utf-8"))


def test_package_describes_every_table(built: Line, package: dict[str, Any]) -> None:
    described = {r["path"]: [f["name"] for f in r["schema"]["fields"]] for r in package["resources"]}
    for table in built.manifest["tables"]:
        assert described[table["path"]] == [column["name"] for column in table["columns"]]
    assert all((built.release / path).is_file() for path in described)
    assert package["synthetic"] and "SYNTETISKE" in package["description"]


def test_keys_and_references_of_the_package_hold_in_every_row(built: Line, package: dict[str, Any]) -> None:
    resources = {resource["name"]: resource for resource in package["resources"] if resource["format"] == "parquet"}
    n_references = 0
    with duckdb.connect() as con:
        for name, resource in resources.items():
            con.execute(f"create view \"{name}\" as from '{built.release / resource['path']}'")
        for name, resource in resources.items():
            schema = resource["schema"]
            key = ", ".join(f'"{c}"' for c in (schema.get("primaryKey") or schema["uniqueKeys"][0]))
            ((repeated,),) = con.execute(f'select count(*) - count(distinct ({key})) from "{name}"').fetchall()
            assert repeated == 0, name
            for reference in schema.get("foreignKeys", ()):
                n_references += 1
                other = reference["reference"]
                pairs = zip(reference["fields"], other["fields"], strict=True)
                same = " and ".join(f'a."{ours}" = b."{theirs}"' for ours, theirs in pairs)
                query = f'select count(*) from "{name}" as a anti join "{other["resource"]}" as b on {same}'
                assert con.execute(query).fetchall() == [(0,)], (name, reference)
    assert n_references == len(read_seed("table_reference"))


def test_frictionless_reads_every_table_as_described(built: Line, package: dict[str, Any], tmp_path: Path) -> None:
    referred = {f["reference"]["resource"] for r in package["resources"] for f in r["schema"].get("foreignKeys", ())}
    for resource in package["resources"]:
        source, copy = built.release / resource["path"], tmp_path / resource["path"]
        copy.parent.mkdir(exist_ok=True)
        if resource["format"] == "parquet":
            table = pq.read_table(source)
            pq.write_table(table if resource["name"] in referred else table.slice(0, ROWS), copy)
        else:
            opened = gzip.open if source.suffix == ".gz" else open
            with opened(source, "rb") as whole, opened(copy, "wb") as part:
                part.writelines(whole if resource["name"] in referred else islice(whole, ROWS + 1))
        resource.pop("bytes"), resource.pop("hash")
    (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    checked = Package(tmp_path / "datapackage.json")
    for resource in checked.resources:
        report = resource.validate(Checklist(skip_errors=["byte-count"]))
        errors = {tuple(error) for error in report.flatten(["type", "fieldName"])}
        # It reads Parquet by way of floating numbers, as which a column of whole ones with a blank arrives.
        blank = blank_integers(tmp_path / resource.path) if resource.format == "parquet" else set()
        assert errors <= {("type-error", name) for name in blank}, resource.name


def blank_integers(path: Path) -> set[str]:
    table = pq.read_table(path)
    return {f.name for f in table.schema if pc.sum(pc.is_null(table[f.name])).as_py() and str(f.type).startswith("int")}


def test_catalogue_keeps_the_profile(built: Line) -> None:
    graph = Graph().parse(built.release / "metadata" / "catalog.ttl")
    assert broken_shapes(graph) == Counter()
    assert unknown_codes(graph) == set()


def test_every_parquet_file_has_a_datadoc_document(built: Line) -> None:
    made = {path.name for path in (built.release / "metadata" / "datadoc").iterdir()}
    assert made == {f"{table['name']}__DOC.json" for table in built.manifest["tables"]}
    for name in made:
        text = (built.release / "metadata" / "datadoc" / name).read_text(encoding="utf-8")
        assert MetadataContainer.model_validate_json(text).datadoc.dataset.short_name == name.removesuffix("__DOC.json")


def test_every_survey_that_was_answered_has_a_codebook(built: Line) -> None:
    answered = {row["survey"] for row in read_seed("survey") if row["kind"] == "respondents"}
    paths = list((built.release / "metadata" / "ddi").iterdir())
    assert {path.stem for path in paths} == answered
    for path in paths:
        root = ElementTree.parse(path).getroot()
        assert list(misplaced(root)) == []
        ids = [element.get("ID") for element in root.iter() if element.get("ID")]
        assert len(ids) == len(set(ids)), path.name


def test_report_tells_search_engines_of_the_release(built: Line) -> None:
    page = (built.release / "report" / "index.html").read_text(encoding="utf-8")
    (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    said = json.loads(script)
    assert (said["@type"], said["version"]) == ("Dataset", built.manifest["release"])
    assert len(said["hasPart"]) == len(built.manifest["tables"])
    assert said["creditText"] in page and said["creditText"] == built.manifest["citation"]["nb"]


def test_documents_are_small(built: Line) -> None:
    paths = [built.release / "datapackage.json", *(built.release / "metadata").rglob("*")]
    assert sum(path.stat().st_size for path in paths if path.is_file()) < MOST_BYTES
