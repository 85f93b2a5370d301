"""Validators of the documents of a release, and a small release to hold against them.

Not here: what is expected of which document (test_documents.py, integration/test_release_documents.py).
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from pyshacl import validate
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SKOS

from pipelines.common.contracts import Column, Contract
from pipelines.publish.metadata.facts import Facts, gather

DCAT = Path(__file__).parent / "dcat"
SHAPES = ("dcatapno3_core_shapes_equivalent.ttl", "eu_dcat-ap_3.0.1_shapes.ttl")
SH = "http://www.w3.org/ns/shacl#"
AUTHORITY = "http://publications.europa.eu/resource/authority/"
CREATED = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = ("survey", "wave", "population", "question_id", "statistic", "answer", "breakdown", "category")


def contract(name: str, key: tuple[str, ...], optional: str, columns: dict[str, str]) -> Contract:
    made = (Column(c, kind, f"What {c} says", is_required=c in key and c != optional) for c, kind in columns.items())
    return Contract(name, "marts", f"The table's {name}.", key, tuple(made))


CONTRACTS = {
    "survey_waves": contract(
        "survey_waves",
        ("survey", "wave"),
        "",
        {"survey": "varchar", "wave": "integer", "response_rate": "double", "is_synthetic": "boolean"},
    ),
    "survey_estimates": contract(
        "survey_estimates",
        KEY,
        "answer",
        {**dict.fromkeys(KEY, "varchar"), "wave": "integer", "estimate": "double", "is_synthetic": "boolean"},
    ),
}


def small_release(folder: Path, survey: str = "ssb_stat", is_synthetic: bool = True) -> Facts:
    """Two tables as Parquet, as CSV with commas and as one with semicolons, and a workbook of both."""
    estimate = ["alle", "q", "share", "1", "all", "all"]
    rows = {
        "survey_waves": [[survey, 2015, 0.5, is_synthetic], [survey, 2016, 0.25, is_synthetic]],
        "survey_estimates": [
            [survey, 2015, *estimate, 0.5, is_synthetic],
            [survey, 2016, *estimate, 0.125, is_synthetic],
            [survey, 2016, "alle", "q", "mean", None, "all", "all", 3.5, is_synthetic],
        ],
    }
    tables = {}
    for name, contract in CONTRACTS.items():
        schema = contract.arrow_schema
        table = pa.Table.from_pylist([dict(zip(contract.names, row, strict=True)) for row in rows[name]], schema=schema)
        pq.write_table(table, folder / f"{name}.parquet")
        (folder / "csv").mkdir(exist_ok=True)
        pyarrow.csv.write_csv(table, folder / "csv" / f"{name}.csv")
        (folder / "excel").mkdir(exist_ok=True)
        for_excel = table.to_pandas().to_csv(index=False, sep=";", decimal=",", encoding="utf-8")
        (folder / "excel" / f"{name}.csv").write_text(f"\ufeff{for_excel}", encoding="utf-8")
        tables[name] = table
    (folder / "digital_tilstand.xlsx").write_bytes(b"both")
    return gather(folder, ("20260302T120000Z-00000000", CREATED), CONTRACTS, tables, is_synthetic)


def broken_shapes(graph: Graph) -> Counter[tuple[str, str]]:
    """(severity, path) of what the profile's shapes find, counted. Nothing is inferred and nothing fetched."""
    found: Counter[tuple[str, str]] = Counter()
    for shapes in SHAPES:
        _, results, _ = validate(graph, shacl_graph=Graph().parse(DCAT / shapes), inference=None)
        for result in results.subjects(RDF.type, URIRef(f"{SH}ValidationResult")):
            severity, path = (results.value(result, URIRef(SH + what)) for what in ("resultSeverity", "resultPath"))
            found[str(severity).removeprefix(SH), str(path)] += 1
    return found


def unknown_codes(graph: Graph) -> set[str]:
    """Codes of the EU's lists that the lists do not have, of those that there is an excerpt of."""
    lists = Graph().parse(DCAT / "eu_authority_excerpt.ttl")
    known = {str(code) for code in lists.subjects(RDF.type, SKOS.Concept)}
    of_lists = tuple({code.rsplit("/", 1)[0] + "/" for code in known})
    return {str(code) for code in graph.objects() if str(code).startswith(of_lists)} - known


# Elements in the order of the schema of DDI-Codebook 2.5, as its documentation has it, of those that are used.
DDI = {
    "codeBook": ("docDscr", "stdyDscr", "fileDscr", "dataDscr"),
    "docDscr": ("citation",),
    "stdyDscr": ("citation", "stdyInfo", "method", "dataAccs"),
    "citation": ("titlStmt", "prodStmt", "distStmt", "verStmt", "biblCit"),
    "titlStmt": ("titl", "parTitl", "IDNo"),
    "prodStmt": ("producer", "prodDate"),
    "distStmt": ("distrbtr", "contact"),
    "verStmt": ("version",),
    "stdyInfo": ("abstract", "sumDscr"),
    "sumDscr": ("timePrd", "nation", "anlyUnit", "universe", "dataKind"),
    "method": ("dataColl",),
    "dataColl": ("timeMeth", "sampProc", "weight"),
    "dataAccs": ("useStmt",),
    "useStmt": ("citReq", "conditions", "disclaimer"),
    "fileDscr": ("fileTxt",),
    "fileTxt": ("fileName", "fileCont", "dimensns", "fileType"),
    "dimensns": ("caseQnty", "varQnty"),
    "dataDscr": ("var",),
    "var": ("labl", "qstn", "universe", "catgry", "concept", "notes"),
    "qstn": ("qstnLit",),
    "catgry": ("catValu", "labl"),
}


def misplaced(element: Element) -> Iterator[str]:
    """What stands where the schema has it not, all the way down."""
    name = element.tag.rpartition("}")[2]
    inside = [child.tag.rpartition("}")[2] for child in element]
    order = DDI.get(name, ())
    if set(inside) - set(order) or inside != sorted(inside, key=order.index):
        yield f"{name}: {inside}"
    for child in element:
        yield from misplaced(child)


def wrong_in_citation(said: dict[str, Any]) -> list[str]:
    """What Citation File Format 1.2.0 demands and is not so."""
    missing = [key for key in ("cff-version", "message", "title", "authors") if not said.get(key)]
    wrong = [] if said.get("cff-version") == "1.2.0" else ["cff-version"]
    wrong += [] if said.get("type", "software") in ("software", "dataset") else ["type"]
    wrong += [] if all(a.get("name") or a.get("family-names") for a in said.get("authors", ())) else ["authors"]
    for key in ("version", "license", "url", "abstract"):
        wrong += [] if isinstance(said.get(key, ""), str) else [key]
    if "date-released" in said:
        date.fromisoformat(str(said["date-released"]))
    return missing + wrong
