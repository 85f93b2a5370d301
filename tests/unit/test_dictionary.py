"""The page of the data dictionary shows the published tables at a glance, and each with its columns.

Not here: whether docs/data-dictionary.md is that page (integration/test_docs_examples.py).
"""

from pipelines.common.contracts import Column, Contract
from pipelines.publish.dictionary import render

CONTRACTS = {
    name: Contract(
        name, schema, description, ("wave", "kommunenr"), (Column("wave", "integer", "Year | of 5.1 %", "years"),)
    )
    for name, schema, description in (
        ("answers", "harmonised", "For Python alone."),
        ("scores", "indicators", "Scores of 0.5 and over. Others\nare not here."),
        ("waves", "marts", "The waves, as\n they are"),
    )
}


def test_overview_has_a_row_for_each_published_table_with_its_first_sentence_and_its_key() -> None:
    overview, first, _ = render(CONTRACTS).split("\n## ")
    assert overview.split("|---|---|---|\n")[1].splitlines() == [
        "| [`scores`](#scores) | Scores of 0.5 and over. | `wave`, `kommunenr` |",
        "| [`waves`](#waves) | The waves, as they are | `wave`, `kommunenr` |",
    ]
    assert first.startswith("`scores`\n\nScores of 0.5 and over. Others\nare not here.\n\nKey (marked ●): `wave`")


def test_columns_are_told_with_type_unit_and_what_they_are() -> None:
    assert "| ● `wave` | integer | years | Year \\| of 5.1 % |" in render(CONTRACTS).splitlines()
