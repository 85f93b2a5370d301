"""The documents of a release are valid by their standards, say the same, and are the same for the same release.

Not here: the documents of a whole release (integration/test_release_documents.py).
"""

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest
import yaml
from datadoc_model.required.model import MetadataContainer
from frictionless import Checklist, Package, Report
from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS

from pipelines import __version__
from pipelines.common.contracts import Contract
from pipelines.common.fetched import fetched_titles
from pipelines.common.published import published_only
from pipelines.common.seeds import SeedError, read_seed
from pipelines.common.settings import PROJECT_DIR
from pipelines.ingest.resources import resources
from pipelines.publish.metadata.facts import Facts, gather
from pipelines.publish.metadata.json_text import json_text
from pipelines.publish.metadata.labels import column_label, table_label
from pipelines.publish.metadata.schema_org import schema_org
from pipelines.publish.metadata.write import write_metadata
from pipelines.publish.synthetic import NOTE
from tests.unit.documents import (
    AUTHORITY,
    CONTRACTS,
    CREATED,
    broken_shapes,
    misplaced,
    small_release,
    unknown_codes,
    wrong_in_citation,
)

THEME = URIRef("http://www.w3.org/ns/dcat#theme")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("release")


@pytest.fixture(scope="module")
def facts(folder: Path) -> Facts:
    """A small release of synthetic data, with its documents."""
    made = small_release(folder)
    write_metadata(folder, made)
    return made


@pytest.fixture
def graph(folder: Path, facts: Facts) -> Graph:
    return Graph().parse(folder / "metadata" / "catalog.ttl")


# Data Package


def check(folder: Path, name: str) -> Report:
    """Parquet's bytes frictionless does not count, and then says that they are too few."""
    resource = Package(folder / "datapackage.json").get_resource(name)
    skipped = [] if resource.format == "csv" else ["byte-count", "hash-count"]
    return resource.validate(Checklist(skip_errors=skipped))


@pytest.mark.parametrize("prefix", ["", "csv/", "excel/"])
@pytest.mark.parametrize("table", CONTRACTS)
def test_package_describes_parquet_and_csv_with_comma_and_with_semicolon(
    folder: Path, facts: Facts, prefix: str, table: str
) -> None:
    report = check(folder, prefix + table)
    assert report.valid, report.flatten(["type", "note"])


def test_package_has_keys_and_references_that_stay_among_files_of_one_kind(folder: Path, facts: Facts) -> None:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    schemas = {resource["name"]: resource["schema"] for resource in package["resources"]}
    assert schemas["survey_waves"]["primaryKey"] == ["survey", "wave"]
    assert "primaryKey" not in schemas["survey_estimates"]
    assert schemas["survey_estimates"]["uniqueKeys"] == [list(CONTRACTS["survey_estimates"].key)]
    for prefix in ("", "csv/", "excel/"):
        (reference,) = schemas[f"{prefix}survey_estimates"]["foreignKeys"]
        assert reference["reference"] == {"resource": f"{prefix}survey_waves", "fields": ["survey", "wave"]}


def test_package_notices_a_row_that_refers_to_none(tmp_path: Path) -> None:
    facts = small_release(tmp_path)
    write_metadata(tmp_path, facts)
    path = tmp_path / "csv" / "survey_estimates.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("2015", "2011"), encoding="utf-8")
    errors = {kind for (kind,) in check(tmp_path, "csv/survey_estimates").flatten(["type"])}
    assert "foreign-key" in errors and errors <= {"foreign-key", "hash-count"}


# DCAT-AP-NO


def test_catalogue_keeps_the_profile_and_the_lists_of_codes(graph: Graph) -> None:
    assert broken_shapes(graph) == Counter()
    assert unknown_codes(graph) == set()


def test_catalogue_without_a_description_and_with_a_theme_that_is_none_is_found_out(graph: Graph) -> None:
    dataset = URIRef("https://example.org/digital-tilstand/dataset/survey_waves")
    graph.remove((dataset, DCTERMS.description, None))
    graph.set((dataset, THEME, URIRef(f"{AUTHORITY}data-theme/GOV")))
    found = broken_shapes(graph)
    # The profile's shapes and those of the EU both ask for a description; only the profile's know the themes.
    assert found == {("Violation", str(DCTERMS.description)): 2, ("Warning", str(THEME)): 1}
    assert unknown_codes(graph) == {f"{AUTHORITY}data-theme/GOV"}


def test_catalogue_is_the_same_as_turtle_and_as_json_ld(folder: Path, graph: Graph) -> None:
    other = Graph().parse(folder / "metadata" / "catalog.jsonld")
    assert set(other) == set(graph) and len(graph) > 100


def test_catalogue_knows_each_file_by_its_size_and_checksum(facts: Facts, graph: Graph) -> None:
    sizes = {int(size) for size in graph.objects(None, URIRef("http://www.w3.org/ns/dcat#byteSize"))}
    sums = {str(found) for found in graph.objects(None, URIRef("http://spdx.org/rdf/terms#checksumValue"))}
    files = [*facts.files, *(file for table in facts.tables for file in table.files)]
    assert len(files) == 7
    assert (sizes, sums) == ({file.size for file in files}, {file.sha256 for file in files})


# Datadoc


def test_datadoc_has_what_is_required_and_lasting_ids(folder: Path, facts: Facts, tmp_path: Path) -> None:
    write_metadata(tmp_path, small_release(tmp_path, is_synthetic=False))
    for name, contract in CONTRACTS.items():
        ids = []
        for release, status in ((folder, "DRAFT"), (tmp_path, "EXTERNAL")):
            text = (release / "metadata" / "datadoc" / f"{name}__DOC.json").read_text(encoding="utf-8")
            document = MetadataContainer.model_validate_json(text).datadoc
            assert document.dataset.dataset_status == status
            assert [variable.short_name for variable in document.variables] == contract.names
            ids.append([document.dataset.id, *(variable.id for variable in document.variables)])
        assert ids[0] == ids[1] and len(set(ids[0])) == len(ids[0])


# DDI


def test_codebook_has_questions_codes_and_what_is_missing(folder: Path, facts: Facts) -> None:
    root = ElementTree.parse(folder / "metadata" / "ddi" / "ssb_stat.xml").getroot()
    assert list(misplaced(root)) == []
    space = {"": "ddi:codebook:2_5"}
    ids = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(ids) == len(set(ids))
    rows = [r for r in read_seed("codebook") if r["survey"] == "ssb_stat" and r["role"] != "ignored"]
    variables = {(v.get("name"), v.get("ID")): v for v in root.iterfind("dataDscr/var", space)}
    assert len(variables) == len(rows)
    (cloud,) = (v for v in variables.values() if v.findtext("concept", None, space) == "ssb16_nettsky")
    languages = [label.get("{http://www.w3.org/XML/1998/namespace}lang") for label in cloud.iterfind("labl", space)]
    assert languages[:2] == ["nb", "en"]
    assert cloud.findtext("qstn/qstnLit", None, space) == cloud.findtext("labl", None, space)
    assert cloud.findtext("universe", None, space) == "Statlige virksomheter"
    codes = {c.findtext("catValu", None, space): c.get("missType") for c in cloud.iterfind("catgry", space)}
    assert codes["1"] is None and "ubesvart" in codes.values()
    assert [p.text for p in root.iterfind("stdyDscr/stdyInfo/sumDscr/timePrd", space)] == ["2015", "2016"]


def test_weight_of_a_survey_is_told(tmp_path: Path) -> None:
    write_metadata(tmp_path, small_release(tmp_path, survey="dfo_innbygger"))
    root = ElementTree.parse(tmp_path / "metadata" / "ddi" / "dfo_innbygger.xml").getroot()
    space = {"": "ddi:codebook:2_5"}
    assert list(misplaced(root)) == []
    assert [v.get("name") for v in root.iterfind("dataDscr/var", space) if v.get("wgt") == "wgt"] == ["vekt"]
    assert "Respondentens vekt" in root.findtext("stdyDscr/method/dataColl/weight", "", space)


# schema.org, citation


def test_search_engines_are_told_of_the_release_and_its_tables(facts: Facts) -> None:
    said = schema_org(facts)
    assert (said["@type"], said["version"], said["temporalCoverage"]) == ("Dataset", facts.release_id, "2015/2016")
    assert said["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert [len(part["distribution"]) for part in said["hasPart"]] == [3, 3]
    assert all(file["contentUrl"].startswith(facts.url) for part in said["hasPart"] for file in part["distribution"])


def test_citation_of_a_release_and_of_the_code(folder: Path, facts: Facts) -> None:
    data = yaml.safe_load((folder / "CITATION.cff").read_text(encoding="utf-8"))
    code = yaml.safe_load((PROJECT_DIR / "CITATION.cff").read_text(encoding="utf-8"))
    assert wrong_in_citation(data) == wrong_in_citation(code) == []
    assert (data["type"], data["version"], data["date-released"]) == ("dataset", facts.release_id, "2026-03-02")
    assert (code["type"], code["version"], code["license"]) == ("software", __version__, "MIT")
    assert data["license"] == "CC-BY-4.0" != code["license"]
    assert (PROJECT_DIR / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert wrong_in_citation({**data, "authors": [{"email": "a@example.org"}], "title": ""}) == ["title", "authors"]


# All of them


DOCUMENTS = ("datapackage.json", "CITATION.cff", "metadata/catalog.ttl", "metadata/catalog.jsonld")
DOCUMENTS += ("metadata/datadoc/survey_waves__DOC.json", "metadata/ddi/ssb_stat.xml")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_document_warns_of_synthetic_data_and_of_no_other(
    folder: Path, facts: Facts, tmp_path: Path, document: str
) -> None:
    write_metadata(tmp_path, small_release(tmp_path, is_synthetic=False))
    warned, other = ((made / document).read_text(encoding="utf-8") for made in (folder, tmp_path))
    words = [*NOTE.values(), "syntetiske data", "synthetic data"]
    # Long texts are broken into lines in YAML.
    assert any(word in " ".join(warned.split()) for word in words)
    assert not any(word in " ".join(other.split()) for word in words)


WRITE = """
import sys
from pathlib import Path
from pipelines.publish.metadata.write import write_metadata
from tests.unit.documents import small_release
write_metadata(Path(sys.argv[1]), small_release(Path(sys.argv[1])))
"""


def test_same_release_has_the_same_bytes_in_another_process(folder: Path, facts: Facts, tmp_path: Path) -> None:
    """Whose sets have another order."""
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", WRITE, str(tmp_path)], cwd=PROJECT_DIR, env=environment, check=True)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert made == {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_dictionary_names_columns_in_both_languages(folder: Path, facts: Facts) -> None:
    with (folder / "metadata" / "data_dictionary.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["table"], row["column"]): row for row in csv.DictReader(file)}
    wave = rows["survey_waves", "wave"]
    assert [wave[c] for c in ("label_nb", "label_en", "table_nb", "is_key")] == [
        "Bølge",
        "Wave",
        "Bølger i bruk",
        "true",
    ]
    assert "| ● `wave` | Bølge |" in (folder / "metadata" / "data_dictionary.md").read_text(encoding="utf-8")


# What they are made of


def test_every_published_table_and_column_has_a_name_in_the_seeds_and_no_other_has(
    contracts: dict[str, Contract],
) -> None:
    published = published_only(contracts).values()
    assert {table_label(contract)["title_nb"] for contract in published}
    assert all(column_label(c, language) for table in published for c in table.columns for language in ("nb", "en"))
    held = {c.name for table in published for c in table.columns if not c.expression}
    assert {row["column_name"] for row in read_seed("published_column")} == held
    assert {row["table_name"] for row in read_seed("table_label")} == {table.name for table in published}


def test_references_are_of_columns_to_the_key_of_another_table(contracts: dict[str, Contract]) -> None:
    for row in read_seed("table_reference"):
        assert set(row["columns"].split()) <= set(contracts[row["table_name"]].names)
        assert tuple(row["to_columns"].split()) == contracts[row["to_table"]].key


def test_added_columns_are_called_after_those_they_stand_beside(contracts: dict[str, Contract]) -> None:
    columns = {c.name: c for c in published_only(contracts)["survey_changes"].columns}
    names = ("question_no", "question_en", "category_nn")
    assert [column_label(columns[name], "nb") for name in names] == [
        "Spørsmål (rekkefølge)",
        "Spørsmål, tekst (engelsk)",
        "Kategori, tekst (nynorsk)",
    ]
    assert column_label(columns["question_en"], "en") == "Question, label (English)"


def test_table_without_a_name_and_file_of_an_unknown_format_are_told(tmp_path: Path) -> None:
    unnamed = {"no_such_table": Contract("no_such_table", "marts", "", (), ())}
    with pytest.raises(SeedError, match=r"table_label\.csv has no row for no_such_table; .* add it"):
        gather(tmp_path, ("id", CREATED), unnamed, {"no_such_table": pq.read_table(waves(tmp_path))}, True)
    (tmp_path / "a.docx").touch()
    with pytest.raises(SeedError, match=r"a\.docx: seeds/labels/file_format\.csv has no row for docx; add one"):
        small_release(tmp_path)


def waves(folder: Path) -> Path:
    small_release(folder)
    return folder / "survey_waves.parquet"


@pytest.mark.parametrize("said", [{}, [], {"a": "{\n}", "b": [{"c": 1, "d": "x  y"}, {}]}, {"a": {"b": {"c": "}\\n"}}}])
def test_json_of_documents_says_the_same_in_fewer_lines(said: Any) -> None:
    text = json_text(said)
    assert json.loads(text) == said
    assert len(text.splitlines()) <= len(json.dumps(said, indent=1).splitlines())


def test_json_of_documents_has_what_holds_values_alone_on_one_line() -> None:
    assert json_text({"a": [{"b": 1, "c": "x"}]}) == '{\n "a": [\n  {"b": 1, "c": "x"}\n ]\n}\n'


def test_source_of_what_was_fetched_is_named_as_it_wants_to_be(facts: Facts) -> None:
    (name, of), *_ = fetched_titles().items()
    fetched = replace(facts, waves={**facts.waves, name: (2026,)})
    for language in ("nb", "en"):
        assert of[f"attribution_{language}"] not in facts.description(language)
        assert f"{of[f'attribution_{language}']}." in fetched.description(language)


def test_whatever_can_be_fetched_has_a_title_and_a_source_to_name() -> None:
    assert fetched_titles().keys() == resources().keys()
    assert all(of["title_nb"] and of["attribution_nb"] and of["attribution_en"] for of in fetched_titles().values())
