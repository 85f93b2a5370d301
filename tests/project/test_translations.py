"""Every Norwegian text that may be published stands in seeds/labels/translation.csv, and languages say the same.

Not here: the texts of a release (integration/test_labels.py).
"""

import dataclasses
import string
from collections.abc import Iterator, Mapping

import pytest

from pipelines.common.contracts import Contract
from pipelines.common.published import NORWEGIAN, published_only
from pipelines.common.seeds import SEEDS_DIR, read_seed
from pipelines.reconciliation.language import EN, NB, Language

TRANSLATION = "translation"
# Published inside an explanation, which is composed in every language, and as labels of codes.
QUOTED = {"known_nb", "explanation_nb", "label_nb"}


@pytest.fixture(scope="module")
def published(contracts: dict[str, Contract]) -> set[str]:
    """The Norwegian columns of published tables, without those of labels of codes."""
    return {c for table in contracts.values() if table.is_published for c in table.names if c.endswith(NORWEGIAN)}


def test_every_text_of_a_seed_that_is_published_has_a_translation(published: set[str]) -> None:
    translated = {row["text_nb"] for row in read_seed(TRANSLATION)}
    lacking = [
        f"{path.name} row {line}: {column} {row[column]!r} -> add it to {TRANSLATION}.csv"
        for path in sorted(SEEDS_DIR.glob("*/*.csv"))
        for line, row in enumerate(read_seed(path.stem), start=2)
        for column in row.keys() & (published | QUOTED)
        if row[column] and row[column] not in translated and f"{column.removesuffix(NORWEGIAN)}_en" not in row
    ]
    assert lacking == []


def test_every_label_of_a_code_is_of_a_published_column(contracts: dict[str, Contract]) -> None:
    columns = {column for table in published_only(contracts).values() for column in table.names}
    rows = enumerate(read_seed("code_label"), start=2)
    assert [f"code_label.csv row {n}: {r['column_name']}" for n, r in rows if r["column_name"] not in columns] == []


def test_every_translation_is_english() -> None:
    rows = enumerate(read_seed(TRANSLATION), start=2)
    assert [f"{TRANSLATION}.csv row {line}" for line, row in rows if not row["text_en"].strip()] == []


def test_languages_tell_the_same_things_in_their_own_words() -> None:
    nb, en = (dict(texts(language)) for language in (NB, EN))
    assert nb.keys() == en.keys()
    assert {name for name in nb if placeholders(nb[name]) != placeholders(en[name])} == set()
    same_word = {"p_value", "read_of_others"}
    said = {name for name in nb if any(c.isalpha() for c in nb[name].format(*"abc", **placeholders(nb[name])))}
    assert {name for name in said - same_word if nb[name] == en[name]} == set()


def texts(language: Language) -> Iterator[tuple[str, str]]:
    """(field, or field and key; the text) of all that a language says."""
    for field in dataclasses.fields(language):
        value = getattr(language, field.name)
        if isinstance(value, Mapping):
            yield from ((f"{field.name} {key}", text) for key, text in value.items())
        else:
            yield field.name, value


def placeholders(text: str) -> dict[str, str]:
    """What is filled into a template, by name."""
    return {name: "" for _, name, _, _ in string.Formatter().parse(text) if name is not None}
