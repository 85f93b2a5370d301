"""The page of the data dictionary shows the published tables at a glance, and each with its columns.

Not here: whether docs/data-dictionary.md is that page (integration/test_docs_examples.py).
"""

from pipelines.common.contracts import Column, Contract
from pipelines.publish.dictionary import page

CONTRACTS = {
    name: Contract(
        name, schema, description, ("wave", "kommunenr"), (Column("wave", "integer", "Year | of 5.1 %", "years"),)
    )
    for name, schema, description in (
        ("survey_changes", "harmonised", "For Python alone."),
        ("itip_indicators", "indicators", "Scores of 0.5 and over. Others\nare not here."),
        ("survey_waves", "marts", "The waves, as\n they are"),
    )
}


def test_overview_has_a_row_for_each_published_table_with_its_first_sentence_and_its_key() -> None:
    overview, first, _ = page(CONTRACTS).split("\n## ")
    assert overview.split("|---|---|---|\n")[1].splitlines() == [
        "| [`itip_indicators`](#itip_indicators)<br>Indikatorene i IT i praksis | Scores of 0.5 and over. | `wave`, `kommunenr` |",
        "| [`survey_waves`](#survey_waves)<br>Bølger i bruk | The waves, as they are | `wave`, `kommunenr` |",
    ]
    head, _, rest = first.partition("\n\nScores of 0.5 and over. Others\nare not here.\n\nKey (marked ●): `wave`")
    assert head.startswith("`itip_indicators`\n\nIndikatorene i IT i praksis: Seks mål for 2025") and rest


def test_columns_are_told_with_type_unit_and_what_they_are() -> None:
    assert "| ● `wave` | Bølge | integer | years | Year \\| of 5.1 % |" in page(CONTRACTS).splitlines()
