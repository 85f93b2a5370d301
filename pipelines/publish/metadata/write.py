"""The documents of a release, written: each standard's file, the data dictionary, and the seeds it was made with.

Not here: what they say (the modules beside this one).
"""

import csv
import shutil
from pathlib import Path
from typing import Any

import yaml

from pipelines.common.seeds import SEEDS_DIR
from pipelines.publish.dictionary import render
from pipelines.publish.metadata.citation import citation
from pipelines.publish.metadata.datadoc import datadoc
from pipelines.publish.metadata.datapackage import datapackage
from pipelines.publish.metadata.ddi import ddi, surveys_with_codebook
from pipelines.publish.metadata.facts import Facts
from pipelines.publish.metadata.json_text import json_text
from pipelines.publish.metadata.labels import column_label

# What codes, labels and reasons mean; what is printed stands in the tables.
SEEDS = ("codebook/*", "scales/*", "indicators/*", "labels/*", "published/figure_explanation")
DICTIONARY = (
    "table",
    "column",
    "type",
    "unit",
    "is_key",
    "description",
    "label_nb",
    "label_en",
    "table_nb",
    "table_en",
)


def write_metadata(release: Path, facts: Facts) -> None:
    """All documents of the release in folder `release`, where its tables stand."""
    # Not before: a run that makes no new release need not wait for it to be loaded.
    from pipelines.publish.metadata.dcat import catalogue, json_ld, turtle

    folder = release / "metadata"
    folder.mkdir()
    # A package describes what stands beside it or below, and a citation is looked for at the top.
    _write_json(release / "datapackage.json", datapackage(facts, release))
    said = yaml.safe_dump(citation(facts), sort_keys=False, allow_unicode=True, width=120)
    (release / "CITATION.cff").write_text(said, encoding="utf-8")
    graph = catalogue(facts)
    (folder / "catalog.ttl").write_bytes(turtle(graph))
    (folder / "catalog.jsonld").write_bytes(json_ld(graph))
    (folder / "datadoc").mkdir()
    for table in facts.tables:
        _write_json(folder / "datadoc" / f"{table.name}__DOC.json", datadoc(facts, table))
    (folder / "ddi").mkdir()
    for survey in surveys_with_codebook(facts):
        (folder / "ddi" / f"{survey['survey']}.xml").write_bytes(ddi(facts, survey))
    _write_dictionary(folder / "data_dictionary.csv", facts)
    page = render([table.contract for table in facts.tables])
    (folder / "data_dictionary.md").write_text(page, encoding="utf-8")
    for name, path in metadata_seeds().items():
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(path, folder / name)


def metadata_seeds() -> dict[Path, Path]:
    """{path in the metadata folder: the seed it is a copy of}, sorted."""
    return {path.relative_to(SEEDS_DIR): path for seeds in SEEDS for path in sorted(SEEDS_DIR.glob(f"{seeds}.csv"))}


def _write_json(path: Path, said: dict[str, Any]) -> None:
    path.write_text(json_text(said), encoding="utf-8")


def _write_dictionary(path: Path, facts: Facts) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(DICTIONARY)
        for table in facts.tables:
            titles = (table.label["title_nb"], table.label["title_en"])
            for c in table.contract.columns:
                is_key = str(c.name in table.contract.key).lower()
                labels = (column_label(c, "nb"), column_label(c, "en"))
                writer.writerow([table.name, c.name, c.data_type, c.unit, is_key, c.description, *labels, *titles])
