"""The codebook of a survey as DDI-Codebook 2.5, for archives: questions, codes, what is missing and why, who was asked.

Not here: answers. The release has none of single respondents; the codebook describes what its tables are made of.
"""

import re
from collections.abc import Iterator
from functools import cache
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pipelines.common.seeds import read_seed
from pipelines.publish.metadata.facts import Facts
from pipelines.publish.metadata.labels import translated
from pipelines.publish.synthetic import NOTE

NAMESPACE = "ddi:codebook:2_5"
SCHEMA = "http://www.ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ANSWER, WEIGHT, IGNORED = "answer", "weight", "ignored"
MICRODATA = "Svar fra enkeltrespondenter publiseres ikke; utgivelsen har tabeller laget av dem."
OWN_WORDS = "Spørsmålstekstene er prosjektets egne navn på spørsmålene, ikke nødvendigvis ordlyden i skjemaet."
BLANK = "(blank)"


def surveys_with_codebook(facts: Facts) -> list[dict[str, str]]:
    """The surveys of the release that people or units answered."""
    return [row for row in facts.surveys if row["kind"] == "respondents" and row["survey"] in facts.waves]


def ddi(facts: Facts, survey: dict[str, str]) -> bytes:
    """The codebook of a survey as XML; elements in the order of the schema."""
    root = Element("codeBook", {"xmlns": NAMESPACE, "version": "2.5", "xml:lang": "nb", "ID": f"D_{survey['survey']}"})
    root.set("xmlns:xsi", XSI)
    root.set("xsi:schemaLocation", f"{NAMESPACE} {SCHEMA}")
    citation = _citation(SubElement(root, "docDscr"), facts, survey)
    _publisher(citation, facts)
    _study(SubElement(root, "stdyDscr"), facts, survey)
    _files(root, facts, survey["survey"])
    data = SubElement(root, "dataDscr")
    for row in _columns(survey["survey"]):
        _variable(data, row)
    indent(root, " ")
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _text(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    element = SubElement(parent, tag, {_XML.get(name, name): value for name, value in attributes.items()})
    element.text = text
    return element


_XML = {"lang": "xml:lang"}


def _labels(parent: Element, tag: str, text_nb: str) -> None:
    """The text in the languages it is to be had in."""
    for language, text in translated(text_nb).items():
        _text(parent, tag, text, lang=language)


def _citation(parent: Element, facts: Facts, survey: dict[str, str]) -> Element:
    citation = SubElement(parent, "citation")
    titles = translated(survey["survey_nb"])
    statement = SubElement(citation, "titlStmt")
    _text(statement, "titl", titles.pop("nb"), lang="nb")
    for language in (language for language, title in titles.items() if title != survey["survey_nb"]):
        _text(statement, "parTitl", titles[language], lang=language)
    _text(statement, "IDNo", f"{facts.release_id}/{survey['survey']}", agency=facts.publication.said["publisher_nb"])
    return citation


def _publisher(citation: Element, facts: Facts) -> None:
    """Who made the document itself, and when."""
    _text(SubElement(citation, "prodStmt"), "producer", facts.publication.said["publisher_nb"])
    day = f"{facts.created:%Y-%m-%d}"
    _text(citation[-1], "prodDate", day, date=day)
    _text(SubElement(citation, "verStmt"), "version", facts.release_id, date=day)


def _study(study: Element, facts: Facts, survey: dict[str, str]) -> None:
    name, said, waves = survey["survey"], facts.publication.said, facts.waves[survey["survey"]]
    citation = _citation(study, facts, survey)
    _text(SubElement(citation, "prodStmt"), "producer", survey["producer"])
    distributor = SubElement(citation, "distStmt")
    _text(distributor, "distrbtr", said["publisher_nb"], URI=facts.publication.address)
    _text(distributor, "contact", said["contact_nb"], email=said["contact_email"])
    _text(SubElement(citation, "verStmt"), "version", facts.release_id)
    _text(citation, "biblCit", facts.citation("nb"))

    scope = SubElement(study, "stdyInfo")
    warning = f" {NOTE['nb']}" if facts.is_synthetic else ""
    _text(scope, "abstract", f"{survey['survey_nb']}. {MICRODATA} {OWN_WORDS}{warning}", lang="nb")
    summary = SubElement(scope, "sumDscr")
    for wave in waves:
        _text(summary, "timePrd", str(wave), event="single", date=str(wave))
    _text(summary, "nation", "Norge", abbr="NO")
    _text(summary, "anlyUnit", survey["unit"])
    for row in read_seed("population"):
        if row["survey"] == name:
            _labels(summary, "universe", row["population_nb"])
    _text(summary, "dataKind", "survey data")

    collection = SubElement(SubElement(study, "method"), "dataColl")
    _text(collection, "timeMeth", f"{len(waves)} bølger: {', '.join(map(str, waves))}", lang="nb")
    census = "Alle i populasjonen er spurt." if survey["is_census"] == "true" else "Et utvalg er spurt."
    _text(collection, "sampProc", census, lang="nb")
    for row in _columns(name):
        if row["data_type"] == WEIGHT:
            _text(collection, "weight", _column_label(row), lang="nb", ID=f"W_{row['column_name']}")

    use = SubElement(SubElement(study, "dataAccs"), "useStmt")
    _text(use, "citReq", facts.citation("nb"), lang="nb")
    licence = facts.publication.licence
    _text(use, "conditions", f"{licence['title_nb']}, {licence['url']}", lang="nb")
    _text(use, "disclaimer", f"{MICRODATA}{warning}", lang="nb")


def _files(root: Element, facts: Facts, survey: str) -> None:
    for table in facts.tables:
        if survey in table.surveys:
            for file in table.files:
                description = SubElement(
                    root, "fileDscr", {"ID": f"F_{_id(file.path)}", "URI": f"{facts.url}/{file.path}"}
                )
                text = SubElement(description, "fileTxt")
                _text(text, "fileName", file.path)
                _text(text, "fileCont", table.description("nb"), lang="nb")
                dimensions = SubElement(text, "dimensns")
                _text(dimensions, "caseQnty", str(table.n_rows))
                _text(dimensions, "varQnty", str(len(table.contract.columns)))
                _text(text, "fileType", file.form["media_type"])


def _columns(survey: str) -> Iterator[dict[str, str]]:
    return (row for row in read_seed("codebook") if row["survey"] == survey and row["role"] != IGNORED)


def _variable(data: Element, row: dict[str, str]) -> None:
    """A column as delivered, in the waves that its row of the codebook holds in."""
    identity = "_".join(filter(None, ("V", row["part"], row["column_name"], row["from_wave"])))
    variable = SubElement(data, "var", {"ID": _id(identity), "name": row["column_name"]})
    if row["data_type"] == WEIGHT:
        variable.set("wgt", "wgt")
    question = _questions().get(row["question_id"])
    if question:
        _labels(variable, "labl", question["question_nb"])
        wording = SubElement(variable, "qstn")
        _labels(wording, "qstnLit", question["question_nb"])
        for population in _universe(question):
            _labels(variable, "universe", population)
    else:
        _text(variable, "labl", _column_label(row), lang="nb")
    if row["filter_column"]:
        _text(variable, "universe", f"{row['filter_column']} = {row['filter_code']}", lang="nb")
    _categories(variable, row)
    if question:
        _text(variable, "concept", row["question_id"], vocab="question_id")
    waves = row["from_wave"] + (f"–{row['to_wave']}" if row["to_wave"] else "–")
    _text(variable, "notes", f"Bølger: {waves}", lang="nb")


def _categories(variable: Element, row: dict[str, str]) -> None:
    """The codes of its frame, those that are no answer marked with what is missing, and what a blank means."""
    for code in _frames().get(row["code_frame"], ()):
        is_answer = code["answer_kind"] == ANSWER
        missing = {} if is_answer else {"missing": "Y", "missType": code["answer_kind"]}
        category = SubElement(variable, "catgry", missing)
        _text(category, "catValu", code["code"])
        _labels(category, "labl", code["answer_nb"])
    if row["blank_kind"]:
        category = SubElement(variable, "catgry", {"missing": "Y", "missType": row["blank_kind"]})
        _text(category, "catValu", BLANK)
        _text(category, "labl", row["blank_kind"].replace("_", " "), lang="nb")


def _universe(question: dict[str, str]) -> list[str]:
    """Who is in the base of what is estimated of the question, in words."""
    key = (question["survey"], question["item_group"])
    wanted = {row["population"] for row in read_seed("estimate") if (row["survey"], row["item_group"]) == key}
    of_survey = (row for row in read_seed("population") if row["survey"] == question["survey"])
    return [row["population_nb"] for row in of_survey if row["population"] in wanted]


def _column_label(row: dict[str, str]) -> str:
    """What a column that is no question holds; its name where seed column_label does not say."""
    key = (row["survey"], row["part"], row["column_name"])
    said = (r for r in read_seed("column_label") if (r["survey"], r["part"], r["column_name"]) == key)
    return next((r["column_nb"] for r in said), row["column_name"])


@cache
def _questions() -> dict[str, dict[str, str]]:
    return {row["question_id"]: row for row in read_seed("question")}


@cache
def _frames() -> dict[str, list[dict[str, str]]]:
    frames: dict[str, list[dict[str, str]]] = {}
    for row in read_seed("code_frame"):
        frames.setdefault(row["code_frame"], []).append(row)
    return frames


def _id(text: str) -> str:
    """As XML allows an id."""
    return re.sub(r"[^\w.-]", "_", text, flags=re.ASCII)
