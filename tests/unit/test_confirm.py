"""A printed figure is confirmed by a delivered table that holds the same number, and by no other.

Not here: recomputing figures (test_reconciliation.py).
"""

from typing import Any

import pandas as pd
import pytest

from pipelines.common.seeds import SeedError
from pipelines.reconciliation.confirm import confirm, load_confirmations
from pipelines.reconciliation.figures import Figure, Term, load_published

COLUMNS = ["table_id", "period_code", "value"]
KEY = (("table_id", "t"), ("period_code", "2023"))


def figure(value: float, **changes: Any) -> Figure:
    given = {
        "figure_id": "f", "source_document": "d", "location": "", "measure_nb": "", "population": "", "subgroup": "",
        "period": 2023, "unit": "percent", "published_value": value, "published_precision": 0, "bound": "",
        "tolerance": None, "value_set": "",
    }  # fmt: skip
    return Figure(**{**given, **changes})


def confirmed(printed: Figure, *values: float | None) -> tuple[object, list[str]]:
    table = pd.DataFrame(
        {"table_id": ["t"] * len(values), "period_code": ["2023"] * len(values), "value": list(values)}
    )
    term = Term("f", "sum", 1, 1.0, "official_statistics", "value", KEY)
    frame = pd.DataFrame({"figure_id": ["f", "other"], "confirmed_by": [None, None]})
    found, otherwise = confirm(frame, {"official_statistics": table}, [printed], [term])
    first, other = found["confirmed_by"]
    assert pd.isna(other)
    return (None if pd.isna(first) else first), otherwise


def test_number_that_rounds_to_what_is_printed_confirms_it() -> None:
    cell = "official_statistics[table_id=t;period_code=2023].value"
    assert confirmed(figure(72), 72.1) == (cell, [])
    assert confirmed(figure(75, bound="about", tolerance=5.0), 72.1) == (cell, [])


def test_another_number_does_not_and_is_told() -> None:
    cell, otherwise = confirmed(figure(72), 74.4)
    assert cell is None
    assert otherwise == ["f: printed 72, and official_statistics[table_id=t;period_code=2023].value holds 74.4"]


@pytest.mark.parametrize("values", [(), (None,)])
def test_table_that_is_not_delivered_or_has_a_sign_there_says_nothing(values: tuple[None, ...]) -> None:
    assert confirmed(figure(72), *values) == (None, [])


def test_key_that_names_two_rows_is_a_mistake_of_the_seed() -> None:
    with pytest.raises(SeedError, match="matches 2 rows"):
        confirmed(figure(72), 72.1, 72.2)


def test_confirmations_of_the_project_are_of_printed_figures() -> None:
    figures = {f.figure_id for f in load_published().figures}
    assert load_confirmations()
    assert {term.figure_id for term in load_confirmations()} <= figures
    assert {term.table_name for term in load_confirmations()} == {"official_statistics"}
