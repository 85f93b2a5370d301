"""Norwegian labels in other languages, as seeds/labels/translation.csv has them.

Not here: which columns are translated (published.py), and sentences (pipelines/reconciliation/language.py).
"""

from collections.abc import Mapping
from functools import cache

from pipelines.common.seeds import read_seed


@cache
def translations(language: str) -> Mapping[str, str]:
    """{Norwegian text: the same in en or nn}, of those that there are."""
    column = f"text_{language}"
    return {row["text_nb"]: row[column] for row in read_seed("translation") if row[column]}
