"""The labels of a release: none without its English, no name without its Nynorsk, no translation of nothing.

Not here: the texts of seeds (project/test_translations.py).
"""

import pandas as pd
import pytest

from pipelines.common.published import NORWEGIAN
from pipelines.common.seeds import SEEDS_DIR, read_seed
from tests.line import Line

LANGUAGES = ("_en", "_nn")


@pytest.fixture(scope="module")
def tables(built: Line) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_parquet(path) for path in sorted(built.release.glob("*.parquet"))}


def test_every_published_text_has_its_translations(tables: dict[str, pd.DataFrame]) -> None:
    pairs = [
        (table, norwegian, f"{norwegian.removesuffix(NORWEGIAN)}{ending}")
        for table, frame in tables.items()
        for norwegian in frame.columns
        for ending in LANGUAGES
        if norwegian.endswith(NORWEGIAN) or f"{norwegian}{ending}" in frame
    ]
    assert {"explanation", "question_nb"} <= {norwegian for _, norwegian, _ in pairs}
    lacking = {
        (table, column): sorted(set(tables[table].loc[tables[table][column].isna(), norwegian].dropna()))
        for table, norwegian, column in pairs
        if column in tables[table]
    }
    assert {place: texts for place, texts in lacking.items() if texts} == {}
    assert [pair for pair in pairs if pair[2].endswith("_en") and pair[2] not in tables[pair[0]]] == []


def test_every_code_of_a_column_with_labels_has_its_own(tables: dict[str, pd.DataFrame]) -> None:
    labelled: dict[str, set[str]] = {}
    for row in read_seed("code_label"):
        labelled.setdefault(row["column_name"], set()).add(row["code"])
    lacking = {
        (table, column): sorted(set(frame[column].dropna()) - codes)
        for table, frame in tables.items()
        for column, codes in labelled.items()
        if column in frame
    }
    assert {column for _, column in lacking} == labelled.keys()
    assert {place: codes for place, codes in lacking.items() if codes} == {}


def test_every_translation_is_of_a_text_that_there_is(tables: dict[str, pd.DataFrame]) -> None:
    """One of the seeds or of the release; or made of several, as a group of peers that no kommune is in yet."""
    seeds = (path.stem for path in SEEDS_DIR.glob("*/*.csv") if path.stem != "translation")
    there = {value.lower() for seed in seeds for row in read_seed(seed) for value in row.values()}
    columns = (frame[column] for frame in tables.values() for column in frame.filter(like=NORWEGIAN))
    there |= {text.lower() for column in columns for text in column.dropna().unique()}
    texts = [row["text_nb"].lower() for row in read_seed("translation")]
    assert [text for text in texts if text not in there and not {*text.split(", ")} <= there] == []
