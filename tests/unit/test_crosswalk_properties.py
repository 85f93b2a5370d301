"""What must hold for the kommune crosswalk whatever the history, tried on invented and real ones.

Runs the select of harmonised_kommune_crosswalk itself; dbt's own tests on the built table are not here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import duckdb
import jinja2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "dbt_project/models/harmonised/harmonised_kommune_crosswalk.sql"
SEEDS = ROOT / "seeds/regions"
COLUMNS = {
    "kommune": "kommunenr varchar, kommunenavn varchar, valid_from date, valid_to date",
    "kommune_change": "change_date date, from_kommunenr varchar, to_kommunenr varchar, change_type varchar",
    "kommune_split_share": (
        "change_date date, from_kommunenr varchar, to_kommunenr varchar, population_share double, derivation varchar"
    ),
    "kommune_split_origin": (
        "change_date date, from_kommunenr varchar, origin_kommunenr varchar, to_kommunenr varchar, "
        "population_share double, derivation varchar"
    ),
    "kommune_population": "kommunenr varchar, year integer, population integer",
}
FIRST_YEAR = 2001

Weights = dict[tuple[str, str], float]
"""(old code, new code) -> share of the old kommune's inhabitants."""


@dataclass
class History:
    """An invented reform: what became of each code, year by year.

    steps[i] leads from FIRST_YEAR + i to the year after: old code -> {new code: exact share}.
    """

    steps: list[dict[str, dict[str, Fraction]]]
    population: dict[str, int]
    unlisted: set[tuple[int, str]] = field(default_factory=set)
    """Codes that stay and take others in, for which the change list has no row to themselves."""

    @property
    def codes(self) -> list[set[str]]:
        """The codes valid in each year."""
        last = {new for parts in self.steps[-1].values() for new in parts}
        return [*map(set, self.steps), last]

    def weights(self, start: int, end: int) -> dict[tuple[str, str], Fraction]:
        """The crosswalk from year number `start` to `end`, by exact multiplication."""
        carried = {code: {code: Fraction(1)} for code in self.codes[start]}
        for step in self.steps[start:end]:
            for old, parts in carried.items():
                following: dict[str, Fraction] = defaultdict(Fraction)
                for code, share in parts.items():
                    for new, part in step[code].items():
                        following[new] += share * part
                carried[old] = dict(following)
        return {(old, new): share for old, parts in carried.items() for new, share in parts.items()}


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Up to six kommuner through up to four years of new numbers, mergers and divisions."""
    current = [f"{number:04d}" for number in range(1, draw(st.integers(1, 6)) + 1)]
    population = {code: draw(st.integers(1, 10_000)) for code in current}
    steps, unlisted, next_number = [], set(), 100
    for index in range(draw(st.integers(2, 4))):
        fresh = [f"{number:04d}" for number in range(next_number, next_number + 3)]
        next_number += 3
        step = {}
        for code in current:
            targets = draw(
                st.one_of(
                    st.just([code]),
                    st.lists(st.sampled_from(current + fresh), min_size=1, max_size=3, unique=True),
                )
            )
            parts = [draw(st.integers(1, 9)) for _ in targets]
            step[code] = {new: Fraction(part, sum(parts)) for new, part in zip(targets, parts, strict=True)}
            if targets == [code] and draw(st.booleans()):
                unlisted.add((index, code))
        steps.append(step)
        current = sorted({new for parts in step.values() for new in parts})
    return History(steps, population, unlisted)


def as_seeds(history: History) -> dict[str, list[tuple]]:
    """The rows of the four seed tables that tell this history."""
    first_day = [dt.date(FIRST_YEAR + index, 1, 1) for index in range(len(history.steps) + 1)]
    kommuner, changes, shares = [], [], []
    # A row for each code and year: every year is a new name, as a renaming would make it.
    for day, codes, next_day in zip(first_day, history.codes, [*first_day[1:], None], strict=True):
        kommuner += [(code, f"{code} in {day.year}", day, next_day) for code in codes]
    for index, step in enumerate(history.steps):
        day = first_day[index + 1]
        for old, parts in step.items():
            # A new name is no new code, not even on the day of one.
            changes.append((day, old, old, "renamed"))
            if (index, old) in history.unlisted:
                continue
            # The walk knows no other types: any will do.
            changes += [(day, old, new, "merged") for new in parts]
            if len(parts) > 1:
                shares += [(day, old, new, float(share), "invented") for new, share in parts.items()]
    return {
        "kommune": kommuner,
        "kommune_change": changes,
        "kommune_split_share": shares,
        "kommune_split_origin": [],
        "kommune_population": [("0001", first_day[-1].year, 1)],
    }


@pytest.fixture(scope="module")
def select() -> str:
    """The model as plain SQL on the schema `seeds`."""
    template = jinja2.Template(MODEL.read_text(encoding="utf-8"))
    return template.render(ref=lambda name: f"seeds.{name}", config=lambda **_: "")


@pytest.fixture(scope="module")
def db() -> duckdb.DuckDBPyConnection:
    """An empty database with the seed tables."""
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    connection.execute("create schema seeds")
    for table, columns in COLUMNS.items():
        connection.execute(f"create table seeds.{table} ({columns})")
    return connection


@pytest.fixture(scope="module")
def real(select: str) -> dict[tuple[int, int], dict[str, dict[str, tuple[str, float]]]]:
    """The committed seeds, walked: years -> old code -> new code -> (relation, weight)."""
    connection = duckdb.connect()
    connection.execute("create schema seeds")
    for table, columns in COLUMNS.items():
        connection.execute(f"create table seeds.{table} ({columns})")
        connection.execute(f"copy seeds.{table} from '{SEEDS / table}.csv' (header)")
    result: dict = defaultdict(lambda: defaultdict(dict))
    for from_year, old, _, to_year, new, _, relation, weight in connection.execute(select).fetchall():
        result[from_year, to_year][old][new] = (relation, weight)
    return result


def crosswalk(
    db: duckdb.DuckDBPyConnection, select: str, history: History
) -> tuple[dict[tuple[int, int], Weights], dict[tuple[int, str, int, str], str]]:
    """Run the model on a history. Returns weights by pair of year numbers, and relations."""
    for table, rows in as_seeds(history).items():
        db.execute(f"delete from seeds.{table}")
        if rows:
            row = f"({', '.join('?' * len(rows[0]))})"
            values = [value for values in rows for value in values]
            db.execute(f"insert into seeds.{table} values {', '.join([row] * len(rows))}", values)
    weights: dict[tuple[int, int], Weights] = defaultdict(dict)
    relations = {}
    for from_year, old, old_name, to_year, new, new_name, relation, weight in db.execute(select).fetchall():
        assert (old_name, new_name) == (f"{old} in {from_year}", f"{new} in {to_year}")
        years = from_year - FIRST_YEAR, to_year - FIRST_YEAR
        assert (old, new) not in weights[years], "one row for each pair"
        weights[years][old, new] = weight
        relations[*years, old, new] = relation
    return weights, relations


def carry(population: dict[str, float], weights: Weights) -> dict[str, float]:
    """Inhabitants counted in the old division, in the new one."""
    carried: dict[str, float] = defaultdict(float)
    for (old, new), weight in weights.items():
        carried[new] += population[old] * weight
    return carried


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories())
def test_promises_hold_whatever_the_history(db: duckdb.DuckDBPyConnection, select: str, history: History) -> None:
    """All of one walk: to run the model is what takes time."""
    weights, relations = crosswalk(db, select, history)
    weights_equal_exact_multiplication_and_sum_to_one(history, weights)
    nobody_is_lost_and_a_stop_on_the_way_changes_nothing(history, weights)
    relation_says_who_else_is_involved(history, relations)


def weights_equal_exact_multiplication_and_sum_to_one(
    history: History, weights: dict[tuple[int, int], Weights]
) -> None:
    years = range(len(history.codes))
    assert set(weights) == set(combinations(years, 2))
    for (start, end), found in weights.items():
        assert found == pytest.approx({pair: float(w) for pair, w in history.weights(start, end).items()})
        assert {old for old, _ in found} == history.codes[start]
        assert {new for _, new in found} == history.codes[end]
        for code in history.codes[start]:
            assert sum(w for (old, _), w in found.items() if old == code) == pytest.approx(1)


def nobody_is_lost_and_a_stop_on_the_way_changes_nothing(
    history: History, weights: dict[tuple[int, int], Weights]
) -> None:
    last = len(history.steps)
    people: dict[str, float] = dict(history.population)
    direct = carry(people, weights[0, last])
    assert sum(direct.values()) == pytest.approx(sum(people.values()))
    for year in range(last):
        people = carry(people, weights[year, year + 1])
    assert people == pytest.approx(direct)
    for start, middle, end in combinations(range(last + 1), 3):
        composed: Weights = defaultdict(float)
        for (old, between), first in weights[start, middle].items():
            for (code, new), second in weights[middle, end].items():
                if code == between:
                    composed[old, new] += first * second
        assert composed == pytest.approx(weights[start, end])


def relation_says_who_else_is_involved(history: History, relations: dict[tuple[int, str, int, str], str]) -> None:
    for (start, end, old, new), relation in relations.items():
        pairs = history.weights(start, end)
        is_divided = sum(code == old for code, _ in pairs) > 1
        is_shared = sum(code == new for _, code in pairs) > 1
        alone = "identity" if old == new else "renumbered"
        expected = {
            (False, False): alone,
            (False, True): "merged",
            (True, False): "split",
            (True, True): "split_and_merged",
        }
        assert relation == expected[is_divided, is_shared]


@given(codes=st.integers(1, 20), years=st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_identity_when_nothing_changes(db: duckdb.DuckDBPyConnection, select: str, codes: int, years: int) -> None:
    stay = {f"{number:04d}": {f"{number:04d}": Fraction(1)} for number in range(codes)}
    unlisted = {(year, code) for year in range(years) for code in stay}
    weights, relations = crosswalk(db, select, History([stay] * years, {}, unlisted))
    assert set(relations.values()) == {"identity"}
    for found in weights.values():
        assert found == {(code, code): 1.0 for code in stay}


def test_snillfjord_was_renumbered_and_then_divided_in_three(real: dict) -> None:
    assert real[2017, 2018]["1613"] == {"5012": ("renumbered", 1.0)}
    divided = real[2017, 2020]["1613"]
    assert set(divided) == {"5055", "5056", "5059"}
    assert {relation for relation, _ in divided.values()} == {"split_and_merged"}
    assert divided == real[2019, 2020]["5012"]
    # Half of the inhabitants lived by Krokstadøra, now in Orkland.
    assert divided["5059"][1] == pytest.approx(0.5, abs=0.02)


def test_the_division_is_known_from_the_first_wave_of_the_citizens_survey(real: dict) -> None:
    years = range(2010, 2025)
    assert set(real) == set(combinations(years, 2))
    assert all(len(real[2010, year]) == 430 for year in years[1:])


def test_sandefjord_of_2017_is_made_of_two_kommuner_and_most_of_a_third(real: dict) -> None:
    into = {old: parts["0710"] for old, parts in real[2010, 2017].items() if "0710" in parts}
    assert into["0706"] == into["0719"] == ("merged", 1.0)
    assert into["0720"] == ("split_and_merged", pytest.approx(0.811272))
    assert len(into) == 3
    # Tønsberg keeps its code and takes in the rest.
    assert real[2010, 2017]["0720"]["0704"] == ("split_and_merged", pytest.approx(0.188728))
    assert real[2010, 2017]["0704"] == {"0704": ("merged", 1.0)}
    assert real[2017, 2020]["0710"] == {"3804": ("renumbered", 1.0)}
    assert real[2017, 2024]["0710"] == {"3907": ("renumbered", 1.0)}


def test_stavanger_keeps_its_code_and_takes_in_two(real: dict) -> None:
    into = {old for old, parts in real[2019, 2020].items() if "1103" in parts}
    assert into == {"1103", "1141", "1142"}
    assert real[2019, 2020]["1103"] == {"1103": ("merged", 1.0)}
    assert real[2018, 2019]["1103"] == {"1103": ("identity", 1.0)}


@pytest.mark.parametrize(
    ("years", "old", "new", "relation"),
    [
        ((2010, 2024), "0301", "0301", "identity"),  # Oslo
        ((2010, 2011), "1736", "1736", "identity"),  # Snåsa, with a new name
        ((2010, 2012), "1723", "1756", "merged"),  # Mosvik, with Inderøy
        ((2011, 2012), "1729", "1756", "merged"),  # Inderøy, to a new number
        ((2012, 2013), "1915", "1903", "merged"),  # Bjarkøy, with Harstad
        ((2010, 2024), "1901", "5503", "merged"),  # Harstad, by way of 1903 and 5402
        ((2018, 2019), "1567", "5061", "renumbered"),  # Rindal, to Trøndelag
        ((2017, 2018), "1624", "5054", "merged"),  # Rissa, with Leksvik: Indre Fosen
        ((2019, 2020), "0711", "3005", "merged"),  # Svelvik, to Drammen
        ((2017, 2024), "0231", "3205", "merged"),  # Skedsmo, by way of 3030 Lillestrøm
        ((2022, 2023), "5001", "5001", "identity"),  # Trondheim, with a new name
        ((2023, 2024), "3001", "3101", "renumbered"),  # Halden, back in Østfold
    ],
)
def test_known_changes(real: dict, years: tuple[int, int], old: str, new: str, relation: str) -> None:
    assert real[years][old] == {new: (relation, 1.0)}


def test_aalesund_is_divided_in_2024(real: dict) -> None:
    parts = real[2023, 2024]["1507"]
    assert {new: relation for new, (relation, _) in parts.items()} == {"1508": "split", "1580": "split"}
    assert parts["1580"][1] == pytest.approx(9357 / (58509 + 9357), abs=1e-6)


def test_old_haram_is_new_haram_and_the_rest_is_new_aalesund(real: dict) -> None:
    assert real[2018, 2024]["1534"] == {"1580": ("renumbered", 1.0)}
    assert real[2018, 2023]["1534"] == {"1507": ("merged", 1.0)}
    for old in ("1504", "1523", "1529", "1546"):
        assert real[2018, 2024][old] == {"1508": ("merged", 1.0)}
