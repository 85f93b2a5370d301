"""The pages that nobody writes: the dictionary and the sources in both languages, and what is made from what.

Not here: any description or name. They stand in the dbt project and in seeds.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial

from pipelines.common.contracts import Contract
from pipelines.common.seeds import read_seed
from pipelines.publish.metadata.labels import column_label, table_label, translated
from pipelines.publish.metadata.publication import publication
from tools.docs.lineage import LAYERS, SEEDS, Id, Node, picture
from tools.docs.page import Page

DICTIONARY, ORDBOK = (
    Page("data-dictionary.html", "Data dictionary", other="dataordbok.html"),
    Page("dataordbok.html", "Dataordbok", lang="nb", other="data-dictionary.html"),
)
SOURCES, KILDER = (
    Page("sources-and-licences.html", "Sources and licences", other="kilder.html"),
    Page("kilder.html", "Kilder og lisenser", lang="nb", other="sources-and-licences.html"),
)
LINEAGE = Page("lineage/index.html", "Lineage")
LISTED = [
    page.path for page in (ORDBOK, SOURCES, KILDER, LINEAGE)
]  # in the menu, beside those that the start page names


def pages(contracts: Mapping[str, Contract], nodes: Mapping[Id, Node]) -> list[Page]:
    """Of the published tables, and of all that the line makes."""
    return [*_dictionary(contracts), *_sources(nodes), *_lineage(contracts, nodes)]


def _dictionary(contracts: Mapping[str, Contract]) -> Iterator[Page]:
    tables = [(contract, table_label(contract)) for contract in contracts.values()]
    for page in (DICTIONARY, ORDBOK):
        yield page.filled("dictionary.html.j2", tables=tables, label=partial(column_label, language=page.lang))


def _sources(nodes: Mapping[Id, Node]) -> Iterator[Page]:
    surveys = [
        (row, translated(row["survey_nb"]), [w["wave"] for w in read_seed("wave") if w["survey"] == row["survey"]])
        for row in read_seed("survey")
    ]
    figures, claims = (Counter(row["source_document"] for row in read_seed(of)) for of in ("figures", "statement"))
    for page in (SOURCES, KILDER):
        yield page.filled(
            "sources.html.j2",
            surveys=surveys,
            publications=[
                (row, figures[row["source_document"]], claims[row["source_document"]])
                for row in read_seed("source_document")
            ],
            publication=publication(),
            licences=read_seed("licence"),
            references=read_seed("table_reference"),
            seeds=[node for node in nodes.values() if node.layer == SEEDS],
        )


def _lineage(contracts: Mapping[str, Contract], nodes: Mapping[Id, Node]) -> Iterator[Page]:
    """A page for the whole, and one for each table, seed and file."""
    every = {"nodes": nodes, "layers": LAYERS, "published": set(contracts)}
    yield LINEAGE.filled("lineage.html.j2", picture=picture(nodes, nodes), **every)
    for at, node in nodes.items():
        drawn = picture(nodes, {at, *node.upstream})
        made_from_it = [other for other in nodes.values() if at in other.parents]
        page = Page(f"lineage/{node.layer}/{node.name}.html", node.name)
        yield page.filled("node.html.j2", node=node, picture=drawn, made_from_it=made_from_it, **every)
