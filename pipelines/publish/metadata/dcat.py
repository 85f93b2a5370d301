"""The catalogue of a release by DCAT-AP-NO 3, which data.norge.no harvests: series, data sets, distributions.

Not here: checking it against the profile's shapes (tests). Nothing in the graph is without an address, so that the same
release gives the same bytes.
"""

import json
from typing import Any

from rdflib import RDF, RDFS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF

from pipelines.publish.metadata.facts import Facts, File, Table
from pipelines.publish.metadata.json_text import json_text
from pipelines.publish.metadata.labels import translated

DCAT = Namespace("http://www.w3.org/ns/dcat#")  # DCAT 3, of which the library's own knows a part
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
EU = "http://publications.europa.eu/resource/authority/"
IANA = "https://www.iana.org/assignments/media-types/"
ORGANISATION = "https://organization-catalog.fellesdatakatalog.digdir.no/organizations/"
PREFIXES = {"dcat": DCAT, "dct": DCTERMS, "foaf": FOAF, "spdx": SPDX, "vcard": VCARD, "rdfs": RDFS, "xsd": XSD}
LANGUAGES = ("NOB", "NNO", "ENG")
FREQUENCY = "IRREG"  # a release is made when something is delivered
SERIES_THEMES = ("GOVE", "TECH")
MADE = {
    "nb": "Beregnet av digital-tilstand fra leverte uttrekk; se manifest.json i utgivelsen.",
    "en": "Computed by digital-tilstand from delivered extracts; see manifest.json of the release.",
}


def turtle(graph: Graph) -> bytes:
    return graph.serialize(format="turtle", encoding="utf-8")


def json_ld(graph: Graph) -> bytes:
    """In the order of addresses: sets have none of their own."""
    context = {prefix: str(namespace) for prefix, namespace in PREFIXES.items()}
    said = json.loads(graph.serialize(format="json-ld", context=context, auto_compact=True))
    return json_text(_sorted(said)).encode()


def _sorted(said: Any) -> Any:
    if isinstance(said, dict):
        return {key: _sorted(said[key]) for key in sorted(said)}
    if isinstance(said, list):
        return sorted(map(_sorted, said), key=lambda one: json.dumps(one, sort_keys=True))
    return said


def catalogue(facts: Facts) -> Graph:
    """The graph. The release's files are described where they will be read: below the address of the publication."""
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    _Catalogue(facts, graph).describe()
    return graph


class _Catalogue:
    """What is added to the graph of a release."""

    def __init__(self, facts: Facts, graph: Graph) -> None:
        self.facts, self.graph = facts, graph
        self.said, self.address = facts.publication.said, facts.publication.address
        self.licence = URIRef(f"{EU}licence/{facts.publication.licence['eu_code']}")
        self.publisher = URIRef(ORGANISATION + self.said["publisher_number"])
        self.contact = URIRef(f"{self.address}/contact")

    def describe(self) -> None:
        facts, node = self.facts, URIRef(f"{self.address}/catalog")
        self._people()
        self._resource(node, DCAT.Catalog, {lang: facts.title(lang) for lang in ("nb", "en")})
        self._texts(node, DCTERMS.description, {lang: facts.description(lang) for lang in ("nb", "en")})
        self._add(node, DCTERMS.license, self.licence)
        self._add(node, DCTERMS.spatial, URIRef(f"{EU}country/NOR"))
        self._add(node, DCAT.themeTaxonomy, URIRef(f"{EU}data-theme"))
        self._add(node, FOAF.homepage, URIRef(self.address))
        for row in facts.surveys:
            self._add(node, DCAT.dataset, self._series(row))
        for table in facts.tables:
            self._add(node, DCAT.dataset, self._dataset(table))
        if facts.files:
            self._add(node, DCAT.dataset, self._whole())

    def _people(self) -> None:
        self._add(self.publisher, RDF.type, FOAF.Agent)
        self._texts(self.publisher, FOAF.name, {lang: self.said[f"publisher_{lang}"] for lang in ("nb", "en")})
        self._add(self.publisher, DCTERMS.identifier, Literal(self.said["publisher_number"]))
        self._add(self.contact, RDF.type, VCARD.Organization)
        self._texts(self.contact, VCARD.fn, {"nb": self.said["contact_nb"]})
        self._add(self.contact, VCARD.hasEmail, URIRef(f"mailto:{self.said['contact_email']}"))

    def _resource(self, node: URIRef, kind: URIRef, titles: dict[str, str]) -> None:
        """What a catalogue, a series and a data set have alike."""
        self._add(node, RDF.type, kind)
        self._texts(node, DCTERMS.title, titles)
        self._add(node, DCTERMS.publisher, self.publisher)
        self._add(node, DCAT.contactPoint, self.contact)
        self._add(node, DCTERMS.modified, Literal(self.facts.created.date().isoformat(), datatype=XSD.date))
        if kind != DCAT.DatasetSeries:
            for language in LANGUAGES:
                self._add(node, DCTERMS.language, URIRef(f"{EU}language/{language}"))

    def _series(self, row: dict[str, str]) -> URIRef:
        node = URIRef(f"{self.address}/series/{row['survey']}")
        titles = translated(row["survey_nb"])
        self._resource(node, DCAT.DatasetSeries, titles)
        said = {"nb": f"{row['survey_nb']}. Produsent: {row['producer']}."}
        said |= {"en": f"{titles['en']}. Producer: {row['producer']}."} if "en" in titles else {}
        self._texts(node, DCTERMS.description, said)
        self._themes(node, SERIES_THEMES)
        self._add(node, DCTERMS.accrualPeriodicity, URIRef(f"{EU}frequency/{FREQUENCY}"))
        if waves := self.facts.waves.get(row["survey"]):
            self._period(node, (waves[0], waves[-1]))
        return node

    def _dataset(self, table: Table) -> URIRef:
        node = URIRef(f"{self.address}/dataset/{table.name}")
        titles = {lang: table.label[f"title_{lang}"] for lang in ("nb", "nn", "en")}
        described = {lang: table.description(lang) for lang in ("nb", "en")}
        self._data(node, titles, described, table.is_synthetic)
        self._themes(node, table.label["themes"].split())
        self._add(node, DCTERMS.identifier, Literal(table.name))
        for survey in table.surveys:
            self._add(node, DCAT.inSeries, URIRef(f"{self.address}/series/{survey}"))
        if country := table.label["country"]:
            self._add(node, DCTERMS.spatial, URIRef(f"{EU}country/{country}"))
        if table.years:
            self._period(node, table.years)
        for file in table.files:
            self._add(node, DCAT.distribution, self._distribution(file, table.label["title_nb"]))
        return node

    def _whole(self) -> URIRef:
        """The data set of the files that hold several tables."""
        node, facts = URIRef(f"{self.address}/dataset/all"), self.facts
        titles = {lang: facts.title(lang) for lang in ("nb", "en")}
        self._data(node, titles, {lang: facts.description(lang) for lang in ("nb", "en")}, facts.is_synthetic)
        self._themes(node, SERIES_THEMES)
        for file in facts.files:
            self._add(node, DCAT.distribution, self._distribution(file, facts.title("nb")))
        return node

    def _data(self, node: URIRef, titles: dict[str, str], described: dict[str, str], is_synthetic: bool) -> None:
        self._resource(node, DCAT.Dataset, titles)
        self._texts(node, DCTERMS.description, described)
        self._add(node, DCTERMS.accessRights, URIRef(f"{EU}access-right/PUBLIC"))
        self._add(node, DCTERMS.accrualPeriodicity, URIRef(f"{EU}frequency/{FREQUENCY}"))
        self._add(node, DCAT.version, Literal(self.facts.release_id))
        for language in ("nb", "en"):
            for word in self.facts.keywords(language, is_synthetic):
                self._add(node, DCAT.keyword, Literal(word, lang=language))
        origin = URIRef(f"{node}#provenance")
        self._add(node, DCTERMS.provenance, origin)
        self._add(origin, RDF.type, DCTERMS.ProvenanceStatement)
        warning = described if is_synthetic else {}
        self._texts(
            origin, RDFS.label, {lang: f"{said} {warning.get(lang, '')}".strip() for lang, said in MADE.items()}
        )

    def _themes(self, node: URIRef, codes: list[str] | tuple[str, ...]) -> None:
        for code in codes:
            self._add(node, DCAT.theme, URIRef(f"{EU}data-theme/{code}"))

    def _period(self, node: URIRef, years: tuple[int, int]) -> None:
        period = URIRef(f"{node}#temporal")
        self._add(node, DCTERMS.temporal, period)
        self._add(period, RDF.type, DCTERMS.PeriodOfTime)
        self._add(period, DCAT.startDate, Literal(f"{years[0]}-01-01", datatype=XSD.date))
        self._add(period, DCAT.endDate, Literal(f"{years[1]}-12-31", datatype=XSD.date))

    def _distribution(self, file: File, title: str) -> URIRef:
        place = URIRef(f"{self.facts.url}/{file.path}")
        node, checksum = URIRef(f"{place}#distribution"), URIRef(f"{place}#checksum")
        self._add(node, RDF.type, DCAT.Distribution)
        self._texts(node, DCTERMS.title, {"nb": f"{title} ({file.form['title']})"})
        self._texts(node, DCTERMS.description, {"nb": file.path})
        self._add(node, DCAT.accessURL, place)
        self._add(node, DCAT.downloadURL, place)
        self._add(node, DCTERMS.license, self.licence)
        self._add(node, DCTERMS["format"], URIRef(f"{EU}file-type/{file.form['eu_code']}"))
        self._add(node, DCAT.mediaType, URIRef(IANA + file.form["media_type"]))
        if file.is_compressed:
            self._add(node, DCAT.compressFormat, URIRef(f"{IANA}application/gzip"))
        self._add(node, DCAT.byteSize, Literal(str(file.size), datatype=XSD.nonNegativeInteger))
        self._add(node, SPDX.checksum, checksum)
        self._add(checksum, RDF.type, SPDX.Checksum)
        self._add(checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256)
        self._add(checksum, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary))
        return node

    def _texts(self, node: URIRef, predicate: URIRef, said: dict[str, str]) -> None:
        for language, text in said.items():
            self._add(node, predicate, Literal(text, lang=language))

    def _add(self, node: URIRef, predicate: URIRef, value: URIRef | Literal) -> None:
        self.graph.add((node, predicate, value))
