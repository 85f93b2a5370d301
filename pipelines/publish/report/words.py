"""The words of the report in a language: Norwegian texts, and what they are in English.

Not here: the texts. They stand in the templates and in seeds/report, their English in seeds/report/text.csv; labels of
data come with the tables.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from markupsafe import Markup

from pipelines.common.seeds import read_seed
from pipelines.common.translation import translations

LANGUAGES = ("nb", "en")
NORWEGIAN = "nb"


@cache
def english() -> Mapping[str, str]:
    """{Norwegian text: the same in English} of what the report says."""
    return {**translations("en"), **{row["text_nb"]: row["text_en"] for row in read_seed("text")}}


class Words:
    """Says Norwegian texts in `language`, with what is filled into them."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, text_nb: str, /, **filled: Any) -> str:
        """In Norwegian where there is no English, as of a survey that is new; tests find those of the report itself.

        What is filled in may be Markup; then so is the whole.
        """
        text = text_nb if self.language == NORWEGIAN else english().get(text_nb, text_nb)
        if not filled:
            return text
        if any(isinstance(value, Markup) for value in filled.values()):
            return Markup(text).format(**filled)
        return text.format(**filled)

    def label(self, row: Mapping[str, Any], stem: str) -> str:
        """What a row of a published table calls a thing: its label in the language, or the Norwegian one, or the id."""
        for column in (f"{stem}_{self.language}", f"{stem}_{NORWEGIAN}", stem, f"{stem}_id"):
            if row.get(column) is not None:
                return str(row[column])
        return ""
