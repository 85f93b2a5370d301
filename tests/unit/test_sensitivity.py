"""The table panel_sensitivity counts and compares what the rules of merging give.

Not here: the merging (dbt's unit tests of harmonised_panel_items), and the sample (tests/integration).
"""

from operator import itemgetter

import pytest

from pipelines.common.contracts import Contract, conform
from pipelines.indicators.sensitivity import panel_sensitivity

PANELS = {2020, 2024}


def scored(
    wave: int, *scores: int | None, division: int = 2020, first: int = 1, sources: int = 1, kind: str = "simple"
) -> list[dict]:
    """Kommuner of a division with these scores, numbered from `first`."""
    return [
        {
            "wave": wave,
            "division_year": division,
            "kommunenr": f"{number:04}",
            "indicator": "tilbud",
            "indicator_nb": "Tilbud",
            "kind": kind,
            "score": score,
            "n_predecessors": sources,
            "is_synthetic": wave == 2018,
        }
        for number, score in enumerate(scores, start=first)
    ]


def table(declared: list[dict], merged: dict[str, list[dict]]) -> dict[tuple[str, int], dict]:
    return {(row["rule"], row["wave"]): row for row in panel_sensitivity(declared, merged, PANELS)}


def test_another_rule_takes_the_merged_kommuner_and_leaves_the_others() -> None:
    declared = scored(2018, 0, 3) + scored(2018, 4, None, first=3, sources=2)
    found = table(declared, {"all": scored(2018, 1, 4, first=3, sources=2)})
    of_declared, of_all = found["declared", 2018], found["all", 2018]
    assert (of_declared["n_kommuner"], of_declared["n_merged"], of_declared["mean_score"]) == (3, 1, 7 / 3)
    assert (of_all["n_kommuner"], of_all["n_merged"], of_all["mean_score"]) == (4, 2, 2)
    assert (of_declared["share_high"], of_all["share_high"]) == (2 / 3, 2 / 4)


def test_kommune_without_a_row_by_the_rule_in_use_can_have_one_by_another() -> None:
    found = table(scored(2018, 0), {"silent_high": scored(2018, 4, first=2, sources=2)})
    assert found["silent_high", 2018]["n_kommuner"] == 2
    assert found["declared", 2018]["n_kommuner"] == 1


@pytest.mark.parametrize(
    ("by_other_rule", "is_kept"),
    [pytest.param(0, True, id="also up"), pytest.param(2, False, id="no change"), pytest.param(4, False, id="down")],
)
def test_conclusion_is_kept_when_the_mean_goes_the_same_way(by_other_rule: int, is_kept: bool) -> None:
    declared = scored(2018, 1, sources=2) + scored(2022, 2)
    found = table(declared, {"any": scored(2018, by_other_rule, sources=2)})
    assert found["declared", 2022]["mean_change"] == 1
    assert found["any", 2022]["mean_change"] == 2 - by_other_rule
    assert found["any", 2022]["is_conclusion_kept"] is is_kept
    assert found["declared", 2022]["is_conclusion_kept"] is True


def test_first_wave_has_no_change_and_no_conclusion() -> None:
    first = table(scored(2018, 1) + scored(2022, 2), {})["declared", 2018]
    names = ("previous_wave", "mean_change", "share_high_change", "is_conclusion_kept")
    assert itemgetter(*names)(first) == (None,) * 4


def test_categories_without_order_have_no_mean_and_are_judged_by_the_share() -> None:
    declared = scored(2018, 0, 0, kind="category", sources=2) + scored(2022, 0, 3, kind="category")
    found = table(declared, {"any": scored(2018, 3, 4, kind="category", sources=2)})
    later = found["any", 2022]
    assert (later["mean_score"], later["mean_change"]) == (None, None)
    assert (found["declared", 2022]["share_high_change"], later["share_high_change"]) == (0.5, -0.5)
    assert later["is_conclusion_kept"] is False


def test_waves_are_compared_within_a_division_that_is_a_panel() -> None:
    declared = scored(2018, 1, division=2018) + scored(2018, 2) + scored(2022, 4) + scored(2022, 0, division=2024)
    rows = panel_sensitivity(declared, {}, PANELS)
    assert {(row["division_year"], row["wave"]): row["mean_change"] for row in rows} == {
        (2020, 2018): None,
        (2020, 2022): 2,
        (2024, 2022): None,
    }
    assert {row["wave"]: row["is_synthetic"] for row in rows} == {2018: True, 2022: False}


def test_wave_that_only_another_rule_has_is_there_without_a_conclusion() -> None:
    merged = scored(2018, 1, sources=2) + scored(2022, 2, sources=2)
    found = table(scored(2022, None, sources=2), {"silent_low": merged})
    assert set(found) == {("silent_low", 2018), ("silent_low", 2022)}
    assert found["silent_low", 2022]["mean_change"] == 1
    assert found["silent_low", 2022]["is_conclusion_kept"] is None


@pytest.mark.parametrize("declared", [scored(2018, 1) + scored(2022, 2), []], ids=["some", "none"])
def test_table_is_that_of_the_contract(declared: list[dict], contracts: dict[str, Contract]) -> None:
    contract = contracts["panel_sensitivity"]
    rows = panel_sensitivity(declared, {}, PANELS)
    found = conform(rows, contract)
    assert found.num_rows == len(declared)
    assert found.schema.equals(contract.arrow_schema, check_metadata=True)
