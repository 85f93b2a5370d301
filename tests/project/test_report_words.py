"""Every word of the report stands in English too, says the same there, and none stands there for nothing.

Not here: labels of data (test_translations.py), and the pages (integration/test_report_pages.py).
"""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

from pipelines.common.seeds import read_seed
from pipelines.common.translation import translations
from pipelines.publish.report import site

FOLDER = Path(site.__file__).parent
IN_TEMPLATE = re.compile(r'\b_\("([^"]+)"')
# Of the seeds beside the words, what is said by them.
OF_SEEDS = {"picture": "about_nb", "menu": "title_nb", "unit_form": "unit_nb"}


def of_templates() -> Iterator[tuple[str, str]]:
    """(file, text) of what the templates say."""
    for file in sorted(FOLDER.rglob("*.j2")):
        for text in IN_TEMPLATE.findall(file.read_text(encoding="utf-8")):
            yield file.name, text


def of_seeds() -> Iterator[tuple[str, str]]:
    for seed, column in OF_SEEDS.items():
        for row in read_seed(seed):
            yield f"{seed}.csv", row[column]
    for row in read_seed("survey"):
        yield "survey.csv", row["survey_nb"]


def strings_of_code() -> set[str]:
    """Every string that stands in the code of the report."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in FOLDER.rglob("*.py")]
    return {
        n.value for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }


def said_in_code() -> Iterator[tuple[str, str]]:
    """(file, text) of what code says outright: words("...")."""
    for file in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                said, called = node.args[0], ast.unparse(node.func).split(".")[-1]
                if called == "words" and isinstance(said, ast.Constant):
                    yield file.name, said.value


def test_every_text_has_its_english() -> None:
    english = {row["text_nb"] for row in read_seed("text")} | set(translations("en"))
    said = [*of_templates(), *of_seeds(), *said_in_code()]
    assert len(said) > 150
    assert [f"{file}: {text!r} -> add it to seeds/report/text.csv" for file, text in said if text not in english] == []


def test_no_english_stands_there_for_nothing() -> None:
    said = {text for _, text in (*of_templates(), *of_seeds())} | strings_of_code()
    rows = enumerate(read_seed("text"), start=2)
    assert [f"text.csv row {line}: {row['text_nb']!r}" for line, row in rows if row["text_nb"] not in said] == []


def test_both_languages_fill_in_the_same_things() -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [row["text_nb"] for row in read_seed("text") if names(row["text_nb"]) != names(row["text_en"])] == []


# Names of files and forms.
NO_WORDS = {"CSV", "SVG", "PNG", "digital_tilstand", "xlsx", "datapackage", "json", "manifest"}


def test_no_word_stands_in_a_template_outside_what_is_translated() -> None:
    """What is between the tags of a template is markup, an expression or a sign, and no word of any language."""
    for file in sorted(FOLDER.rglob("*.j2")):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", file.read_text(encoding="utf-8"), flags=re.S)
        assert set(re.findall(r"[A-Za-zÆØÅæøå_]{2,}", re.sub(r"<[^>]*>", " ", text))) <= NO_WORDS, file.name
