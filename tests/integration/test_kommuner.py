"""The kommuner of a release: found by the names that people type, and set beside others by the rule that is told.

Not here: percentiles and profiles by hand (tests/unit/test_peers.py), and the reform (tests/unit/test_crosswalk_*.py).
"""

import pandas as pd
import pytest

from tests.line import Line

TYPED = (
    ("Kautokeino", "5612", "Guovdageaidnu"),
    ("Karasjok", "5610", "Kárášjohka"),
    ("Tana", "5628", "Deatnu"),
    ("Harstad", "5503", "Hárstták"),
    ("Porsanger", "5622", "Porsángu"),
    ("Oslo", "0301", None),
)
SMALLEST_PEER_GROUP = 10


@pytest.fixture(scope="module")
def kommuner(built: Line) -> pd.DataFrame:
    return built.table("kommuner")


@pytest.mark.parametrize(("typed", "kommunenr", "north_sami"), TYPED)
def test_name_as_typed_finds_the_kommune(kommuner: pd.DataFrame, typed: str, kommunenr: str, north_sami: str) -> None:
    (found,) = kommuner[(kommuner["year"] == 2024) & (kommuner["kommunenavn"] == typed)].to_dict("records")
    assert found["kommunenr"] == kommunenr
    assert (None if pd.isna(found["kommunenavn_nordsamisk"]) else found["kommunenavn_nordsamisk"]) == north_sami


def test_names_hold_no_other_name_and_no_fylke(kommuner: pd.DataFrame) -> None:
    assert not kommuner["kommunenavn"].str.contains(r" - |\(").any()
    alike = kommuner[(kommuner["year"] == 2024) & (kommuner["kommunenavn"] == "Herøy")]
    assert dict(zip(alike["fylkesnavn"], alike["kommunenavn_offisielt"], strict=True)) == {
        "Møre og Romsdal": "Herøy (Møre og Romsdal)",
        "Nordland": "Herøy (Nordland)",
    }
    parts = kommuner["kommunenavn_offisielt"].str.split(" - ").str.len()
    languages = kommuner[
        [column for column in kommuner if column.startswith("kommunenavn_") and "offisielt" not in column]
    ]
    assert (languages.notna().sum(axis=1) == parts - 1).all()


def test_peers_are_counted_by_hand(kommuner: pd.DataFrame) -> None:
    for _, year in kommuner[kommuner["folkemengde"].notna()].groupby("year"):
        size = year.groupby("innbyggergruppe")["kommunenr"].transform("size")
        pair = ((year["sentralitet"] + 1) // 2).fillna(0)
        both = year.groupby([year["innbyggergruppe"], pair])["kommunenr"].transform("size")
        is_near = year["sentralitet"].notna() & (both >= SMALLEST_PEER_GROUP)
        assert (year["peer_rule"] == is_near.map({True: "size_and_centrality", False: "size"})).all()
        assert (year["n_peers"] == both.where(is_near, size)).all()


def test_class_of_a_successor_is_nobody_elses(kommuner: pd.DataFrame, built: Line) -> None:
    before = kommuner[kommuner["year"] == 2018].set_index("kommunenr")
    crosswalk = built.table("kommune_crosswalk")
    gone = crosswalk[(crosswalk["from_year"] == 2018) & (crosswalk["to_year"] == 2020)]
    merged = set(gone[gone["relation"].isin(["merged", "split_and_merged"])]["from_kommunenr"])
    assert set(before[before["sentralitet"].isna()].index) == merged
    assert (before.loc[sorted(merged), "no_sentralitet_reason"] == "merged_before_classification").all()
    assert before["no_sentralitet_reason"].notna().sum() == len(merged)


def test_order_of_groups_is_by_inhabitants(kommuner: pd.DataFrame) -> None:
    counted = kommuner[kommuner["folkemengde"].notna()]
    smallest = counted.groupby("innbyggergruppe_no")["folkemengde"].agg(["min", "max"])
    assert (smallest["max"].iloc[:-1].to_numpy() < smallest["min"].iloc[1:].to_numpy()).all() and len(smallest) == 6
