"""Every place that is computed, counted again from the delivered files: who has more points, and one.

Not here: dbt or the project's rules, which a recount must not lean on.
"""

import csv
from collections import defaultdict

import pandas as pd
import pytest

from tests.line import Line

EDITION = 2023  # of the file, which has the editions before
AVERAGES = {"EU", "EUplus"}
# The benchmark's scores that are followed.
SCORES = {
    "e_gov_0_score": "overall", "e_gov_1_uc": "user_centricity", "e_gov_1a_uc_oa": "online_availability",
    "e_gov_1b_uc_mf": "mobile_friendliness", "e_gov_1c_uc_us": "user_support", "e_gov_2_tr": "transparency",
    "e_gov_3_ke": "key_enablers", "e_gov_4_cb": "cross_border",
}  # fmt: skip
# Of 35 countries, counted by hand: overall, availability, transparency, key enablers.
NORWAY = {
    2020: {"overall": 11, "online_availability": 7, "transparency": 17, "key_enablers": 7},
    2021: {"overall": 10, "online_availability": 8, "transparency": 17, "key_enablers": 7},
    2022: {"overall": 11, "online_availability": 13, "transparency": 15, "key_enablers": 8},
}
PARTICIPATION = {2010: 21, 2012: 15, 2014: 30, 2016: 27, 2018: 11, 2022: 43}

Points = dict[str, float]


@pytest.fixture(scope="module")
def rankings(built: Line) -> pd.DataFrame:
    return built.table("international_rankings")


@pytest.fixture(scope="module")
def points(built: Line) -> dict[tuple[str, int], Points]:
    """{(index, year): {country as delivered: points}} of the benchmark."""
    with built.extract("international/egov_benchmark", EDITION).open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["brkdown"] == "EGOV_LIFE_EVENTS"]
    found: dict[tuple[str, int], Points] = defaultdict(dict)
    for row in rows:
        index = SCORES.get(row["variable"].lower())
        if index and row["Country"] not in AVERAGES:
            found[f"egov_benchmark_{index}", int(row["year"])][row["Country"]] = float(row["Value"])
    return found


def places(points: Points) -> list[tuple[float, int]]:
    """(points, place) of each country, the best first: as many as have more, and one."""
    return sorted(((own, 1 + sum(other > own for other in points.values())) for own in points.values()), reverse=True)


def test_places_of_the_benchmark_are_those_of_its_scores(
    rankings: pd.DataFrame, points: dict[tuple[str, int], Points]
) -> None:
    assert len(points) == len(SCORES) * 3
    for (index, year), of_countries in points.items():
        own = rankings[(rankings["index"] == index) & (rankings["year"] == year)]
        published = sorted(zip(own["score"], own["rank"].astype(int), strict=True), key=lambda row: (-row[0], row[1]))
        assert published == places(of_countries), (index, year)
        assert set(own["n_countries"]) == {35} and own["is_rank_computed"].all()
        assert set(own["edition"]) == {year + 1} and set(own["test_year"]) == {year}


def test_norway_has_the_places_that_were_counted_by_hand(rankings: pd.DataFrame) -> None:
    norway = rankings[rankings["country"] == "NOR"].set_index(["index", "year"])
    for year, places_of_year in NORWAY.items():
        for index, place in places_of_year.items():
            assert norway.loc[(f"egov_benchmark_{index}", year), "rank"] == place, (index, year)
    assert {year: norway.loc[("un_epart", year), "rank"] for year in PARTICIPATION} == PARTICIPATION
    assert norway.loc[("un_egdi", 2022), "rank"] == 17


def test_changes_of_place_name_the_year_they_are_counted_from(rankings: pd.DataFrame) -> None:
    moved = rankings[rankings["rank_change"].notna()]
    assert (moved["previous_year"] < moved["year"]).all()
    assert rankings.loc[rankings["rank_change"].isna(), "previous_year"].isna().all()
    before = rankings.set_index(["index", "country", "year"])["rank"]
    keys = zip(moved["index"], moved["country"], moved["previous_year"].astype(int), strict=True)
    assert (moved["rank"].to_numpy() - [before[key] for key in keys] == moved["rank_change"].to_numpy()).all()
    norway = moved[(moved["index"] == "un_egdi") & (moved["country"] == "NOR")].set_index("year")
    # South Sudan came in 2012; the place of 2020 is one that was printed, of which no other country is here.
    same = norway["is_same_countries"]
    assert same[2012] == False and same[2014] == True and pd.isna(same[2022])  # noqa: E712


def test_averages_are_no_countries(rankings: pd.DataFrame) -> None:
    assert set(rankings["country"]).isdisjoint({"EUU", "EUP", *AVERAGES})
