"""The scorecard of the goals: what the numbers say beside what Digdir prints, and the project's own rule.

Not here: which key figures there are and where they come from (seeds/goals), and the numbers of a whole run.
"""

from collections.abc import Mapping
from dataclasses import replace
from operator import itemgetter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.common.contracts import Column, Contract, conform
from pipelines.common.row_keys import contracts_read
from pipelines.common.seeds import SeedError, read_seed
from pipelines.indicators import goal_rule, goals, key_figures
from pipelines.indicators.editions import misplaced
from pipelines.indicators.goal_rule import (
    BAD,
    DOWN,
    GOOD,
    SAME,
    UP,
    indicator_status,
    judged,
    level_score,
    moved,
    rule_score,
    rule_status,
    same_tag,
)
from pipelines.indicators.goals import goal_key_figures
from pipelines.indicators.key_figures import PUBLISHED, KeyFigure, Row, Term, cells, load_key_figures

UNITS = ("percent", "rank", "count", "million", "level", "growth_percent")
ENOUGH = int(goal_rule.rule_value("min_key_figures"))
OPPOSITE = {UP: DOWN, DOWN: UP, SAME: SAME, GOOD: BAD, BAD: GOOD}

TERM = Term("measures", "estimate", (("question", "q"),), "wave", 0, 100)
PERCENT = KeyFigure(1, "share", "En andel", "percent", True, True, None, "Undersøkelsen", TERM, 2021)
DISSATISFIED = replace(PERCENT, name="dissatisfied", higher_is_better=False)
RANK = replace(PERCENT, name="rank", unit="rank", higher_is_better=False, n_countries=36)
ON_PAPER_ONLY = replace(PERCENT, term=None)


def measures(values: Mapping[int, float | None], **marks: object) -> pd.DataFrame:
    """A published table with a value of the key figure and one of another question, in each wave."""
    rows = [(wave, "q", value) for wave, value in values.items()] + [(wave, "other", 0.01) for wave in values]
    return pd.DataFrame(rows, columns=["wave", "question", "estimate"]).assign(**{"is_synthetic": False, **marks})


def said(figure: KeyFigure = PERCENT, **changes: object) -> Row:
    """A row of the extract of 2021."""
    row = {
        "year": 2021, "goal_no": figure.goal_no, "key_figure": figure.name, "value": 50.0, "unit": figure.unit,
        "previous_value": None, "previous_year": None, "tag": None, "source": "Digdir", "is_synthetic": False,
    }  # fmt: skip
    return row | changes


def rows_of(figures: list[KeyFigure], table: pd.DataFrame | None, *printed: Row) -> list[Row]:
    return goal_key_figures(figures, {} if table is None else {"measures": table}, printed)


def key_figures_of(figures: list[KeyFigure], table: pd.DataFrame | None, *printed: Row) -> pd.DataFrame:
    return pd.DataFrame(rows_of(figures, table, *printed), dtype=object)


def one(figure: KeyFigure, table: pd.DataFrame | None, *printed: Row, year: int = 2021) -> pd.Series:
    """The row of a key figure in a year that is printed, by what else if not by this."""
    another = said(year=year, key_figure="another")
    found = key_figures_of([figure], table, *printed, another)
    found = found[(found["year"] == year) & (found["key_figure"] == figure.name)]
    assert len(found) == 1
    return found.iloc[0]


def of_numbers(figure: KeyFigure, before: float, now: float, tag: str | None = None, **marks: object) -> pd.Series:
    """The row of a key figure that was `before` in 2020 and is `now` in 2021, as printed."""
    figure = replace(figure, term=replace(TERM, coefficient=1))
    return one(figure, measures({2020: before, 2021: now}, **marks), said(figure, value=now, tag=tag))


# --- direction and development --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "before", "now", "direction"),
    [
        ("percent", 11, 15, UP),
        ("percent", 15, 11, DOWN),
        ("percent", 15, 15, SAME),
        ("rank", 29, 13, UP),
        ("rank", 13, 29, DOWN),
        ("rank", 13, 13, SAME),
        ("count", 1500, 1501, UP),
        ("level", 4, 3, DOWN),
        ("million", 32.2, 33.8, UP),
        ("million", 33.6, 33.8, UP),
        ("million", 33.84, 33.76, SAME),
        # As printed: 50 and 50, 49 and 50, and a half upwards.
        ("percent", 49.8, 49.6, SAME),
        ("percent", 49.4, 49.6, UP),
        ("percent", 49.5, 50.4, SAME),
    ],
)
def test_direction_is_that_of_the_numbers_as_printed_and_of_a_rank_the_placement_s(
    unit: str, before: float, now: float, direction: str
) -> None:
    assert moved(now, before, unit) == direction


def test_half_of_a_fraction_in_percent_goes_upwards_too() -> None:
    # 57 of 200 is 28.5 %, and 28.499999999999996 in doubles.
    assert 57 / 200 * 100 < 28.5
    assert moved(57 / 200 * 100, 29, "percent") == SAME


@pytest.mark.parametrize("unit", UNITS)
def test_without_an_earlier_value_there_is_no_direction(unit: str) -> None:
    assert moved(50, None, unit) is None
    assert judged(None, unit, True) is None


VALUES = st.floats(0, 5000)


@given(a=VALUES, b=VALUES, unit=st.sampled_from(UNITS))
def test_the_way_back_is_the_opposite_direction(a: float, b: float, unit: str) -> None:
    assert moved(a, b, unit) == OPPOSITE[moved(b, a, unit)]


@given(a=VALUES, b=VALUES)
def test_a_rank_goes_up_when_its_number_goes_down(a: float, b: float) -> None:
    assert moved(a, b, "rank") == OPPOSITE[moved(a, b, "percent")]


@pytest.mark.parametrize(
    ("direction", "unit", "higher_is_better", "development"),
    [
        (UP, "percent", True, GOOD),
        (DOWN, "percent", True, BAD),
        (UP, "percent", False, BAD),
        (DOWN, "percent", False, GOOD),
        (UP, "rank", False, GOOD),
        (DOWN, "rank", False, BAD),
        (SAME, "percent", False, SAME),
        (SAME, "rank", False, SAME),
        (UP, "percent", None, None),
        (DOWN, "rank", None, None),
        (SAME, "percent", None, None),
        (SAME, "rank", None, None),
    ],
)
def test_development_is_the_direction_by_which_way_is_good(
    direction: str, unit: str, higher_is_better: bool | None, development: str | None
) -> None:
    assert judged(direction, unit, higher_is_better) == development


@given(a=VALUES, b=VALUES, unit=st.sampled_from(UNITS), is_better=st.booleans())
def test_what_is_good_is_bad_on_the_way_back(a: float, b: float, unit: str, is_better: bool) -> None:
    there, back = (judged(moved(*pair, unit), unit, is_better) for pair in ((a, b), (b, a)))
    assert there == OPPOSITE[back]


# --- tags -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "before", "now", "tag"),
    [
        (PERCENT, 40, 50, "Positiv økende trend"),
        (PERCENT, 50, 40, "Negativ synkende trend"),
        (DISSATISFIED, 11, 15, "Negativ økende trend"),
        (DISSATISFIED, 15, 11, "Positiv synkende trend"),
        (RANK, 29, 13, "Positiv økende trend"),
        (RANK, 13, 29, "Negativ synkende trend"),
    ],
)
def test_tag_follows_from_the_numbers(figure: KeyFigure, before: float, now: float, tag: str) -> None:
    row = of_numbers(figure, before, now, tag)
    assert row["derived_tag"] == row["published_tag"] == tag
    assert row["tag_agrees"]
    assert pd.isna(row["tag_note_nb"])


def test_the_printed_error_disagrees_and_the_note_says_both() -> None:
    # Digdir 2021: 15 % dissatisfied after 11 %.
    row = of_numbers(DISSATISFIED, 11, 15, "Positiv økende trend")
    assert (row["direction"], row["development"]) == (UP, BAD)
    assert row["published_tag"] == "Positiv økende trend"
    assert not row["tag_agrees"]
    assert row["tag_note_nb"] == "Trykt: «Positiv økende trend». Av tallene følger: «Negativ økende trend»"


@pytest.mark.parametrize("printed", ["Positiv økende trend", "positiv økende", " POSITIV  Økende Trend "])
def test_how_a_tag_is_written_does_not_count(printed: str) -> None:
    assert same_tag(printed, "Positiv økende trend")
    assert not same_tag(printed, "Positiv synkende trend")
    assert not same_tag(printed, None)


def test_no_tag_is_expected_where_nothing_moved() -> None:
    row = of_numbers(PERCENT, 49.8, 49.6)
    assert row["direction"] == row["development"] == SAME
    assert row["tag_agrees"]
    assert row[["derived_tag", "tag_note_nb"]].isna().all()


@pytest.mark.parametrize("tag", [None, "Positiv økende trend", "Negativ synkende trend", "Ikke målt i 2020"])
@pytest.mark.parametrize("figure", [PERCENT, DISSATISFIED, RANK, replace(PERCENT, unit="count", term=None)])
def test_without_an_earlier_value_no_tag_is_right_or_wrong(figure: KeyFigure, tag: str | None) -> None:
    row = one(figure, measures({2021: 0.5}), said(figure, tag=tag))
    assert row[["previous_value", "previous_year", "direction", "development", "derived_tag"]].isna().all()
    assert row[["tag_agrees", "tag_note_nb"]].isna().all()
    assert row["published_tag"] == tag


def test_earlier_value_without_a_year_is_compared_with_all_the_same() -> None:
    row = one(ON_PAPER_ONLY, None, said(value=19, previous_value=16, tag="positiv økende trend"))
    assert (row["previous_value"], row["direction"], row["tag_agrees"]) == (16, UP, True)
    assert pd.isna(row["previous_year"])


def test_what_says_no_trend_in_the_place_of_a_tag_is_kept_and_not_judged() -> None:
    row = of_numbers(PERCENT, 40, 50, "Ikke målt i 2020")
    assert (row["published_tag"], row["derived_tag"]) == ("Ikke målt i 2020", "Positiv økende trend")
    assert row[["tag_agrees", "tag_note_nb"]].isna().all()
    # A misspelt tag says a trend, and another one.
    assert not of_numbers(PERCENT, 40, 50, "Positv økende trend")["tag_agrees"]


def test_no_tag_is_expected_where_the_series_is_broken() -> None:
    row = of_numbers(PERCENT, 40, 50, comparable_with_previous=False)
    assert row["derived_tag"] == "Positiv økende trend"
    assert row["tag_agrees"]
    assert pd.isna(row["tag_note_nb"])
    assert not of_numbers(PERCENT, 40, 50, comparable_with_previous=True)["tag_agrees"]


def test_tag_that_is_printed_over_a_break_is_held_against_the_numbers_all_the_same() -> None:
    assert of_numbers(PERCENT, 40, 50, "Positiv økende trend", comparable_with_previous=False)["tag_agrees"]
    assert not of_numbers(PERCENT, 40, 50, "Negativ synkende trend", comparable_with_previous=False)["tag_agrees"]


def test_missing_tag_of_a_headline_that_moved_is_noticed() -> None:
    row = of_numbers(PERCENT, 40, 50)
    assert not row["tag_agrees"]
    assert row["tag_note_nb"] == "Trykt: ingen merkelapp. Av tallene følger: «Positiv økende trend»"


def test_tag_where_nothing_moved_is_noticed() -> None:
    row = of_numbers(PERCENT, 50, 50, "Positiv økende trend")
    assert not row["tag_agrees"]
    assert row["tag_note_nb"] == "Trykt: «Positiv økende trend». Av tallene følger: ingen merkelapp"


def test_nothing_is_said_of_a_tag_that_is_not_to_be_printed() -> None:
    small = replace(PERCENT, is_headline=False)
    assert pd.isna(of_numbers(small, 40, 50)["tag_agrees"])
    assert of_numbers(small, 40, 50, "Positiv økende trend")["tag_agrees"]
    not_printed = one(PERCENT, measures({2020: 0.4, 2021: 0.5}))
    assert not_printed["derived_tag"] == "Positiv økende trend"
    assert not_printed[["published_value", "published_tag", "tag_agrees", "tag_note_nb"]].isna().all()


# --- where a value is from ------------------------------------------------------------------------


def test_computed_beats_printed_and_the_printed_number_is_kept() -> None:
    row = one(PERCENT, measures({2021: 0.512}), said(value=49))
    assert (row["value"], row["published_value"], row["is_carried"]) == (pytest.approx(51.2), 49, False)
    assert row["computed_from"] == "measures[question=q;wave=2021].estimate"
    assert (row["key_figure_nb"], row["unit"], row["source"]) == ("En andel", "percent", "Undersøkelsen")


@pytest.mark.parametrize("table", [{2020: 0.4}, {2020: 0.4, 2021: None}])
def test_printed_is_carried_where_nothing_can_be_computed(table: dict[int, float | None]) -> None:
    row = one(PERCENT, measures(table), said(value=49, previous_value=45, previous_year=2019))
    assert (row["value"], row["published_value"], row["is_carried"]) == (49, 49, True)
    assert row["computed_from"] == PUBLISHED
    # A printed number is compared with a printed one, not with a computed one.
    assert (row["previous_value"], row["previous_year"]) == (45, 2019)
    assert pd.isna(row["comparable_with_previous"])


def test_cell_that_is_carried_in_its_table_is_carried() -> None:
    assert one(PERCENT, measures({2021: 0.5}, is_carried=True), said())["is_carried"]
    assert not one(PERCENT, measures({2021: 0.5}, is_carried=False), said())["is_carried"]


def test_earlier_value_is_the_last_of_the_table() -> None:
    table = measures({2016: 0.2, 2018: 0.4, 2021: 0.5, 2022: 0.9})
    row = one(PERCENT, table, said(previous_value=45, previous_year=2020))
    assert (row["previous_value"], row["previous_year"]) == (40, 2018)


def test_earlier_value_is_that_of_the_extract_where_the_table_has_none() -> None:
    row = one(PERCENT, measures({2021: 0.5, 2022: 0.9}), said(previous_value=45, previous_year=2020))
    assert (row["previous_value"], row["previous_year"]) == (45, 2020)
    assert row["derived_tag"] == "Positiv økende trend"


def test_year_of_the_table_may_be_another_than_that_of_the_scorecard() -> None:
    figure = replace(PERCENT, term=replace(TERM, year_offset=-1))
    row = one(figure, measures({2019: 0.4, 2020: 0.5, 2021: 0.9}), said())
    assert row["value"] == 50
    assert row["computed_from"] == "measures[question=q;wave=2020].estimate"
    assert (row["previous_value"], row["previous_year"]) == (40, 2020)


def test_key_figure_that_the_seeds_do_not_know_has_a_row_without_polarity() -> None:
    unknown = said(goal_no=2, key_figure="new", value=60, previous_value=40, previous_year=2020, tag="Positiv økende")
    found = key_figures_of([PERCENT], measures({2021: 0.5}), said(), unknown)
    assert found["key_figure"].tolist() == ["share", "new"]
    row = found.iloc[1]
    assert (row["goal_no"], row["key_figure_nb"], row["unit"], row["source"]) == (2, "new", "percent", "Digdir")
    assert (row["direction"], row["is_headline"], row["is_carried"]) == (UP, False, True)
    assert row[["higher_is_better", "development", "derived_tag", "rule_score"]].isna().all()
    # Its tag is kept, and does not follow from anything that is known: nothing is said for or against it.
    assert row["published_tag"] == "Positiv økende"
    assert row[["tag_agrees", "tag_note_nb"]].isna().all()


def test_key_figure_that_the_seeds_do_not_know_and_that_did_not_move_has_no_development() -> None:
    unknown = said(goal_no=2, key_figure="new", value=40, previous_value=40, previous_year=2020, tag="Positiv økende")
    row = key_figures_of([ON_PAPER_ONLY], None, unknown).iloc[0]
    assert row["direction"] == SAME
    assert row[["development", "derived_tag", "tag_agrees", "tag_note_nb", "rule_score"]].isna().all()


def test_key_figure_without_a_value_in_the_year_has_no_row() -> None:
    found = key_figures_of([PERCENT, DISSATISFIED], measures({2020: 0.5}), said(DISSATISFIED))
    assert found["key_figure"].tolist() == ["dissatisfied"]


@pytest.mark.parametrize(("synthetic_wave", "expected"), [(2020, True), (2021, True), (2019, False), (2022, False)])
def test_row_is_synthetic_when_its_value_or_its_earlier_value_is(synthetic_wave: int, expected: bool) -> None:
    table = measures({2019: 0.3, 2020: 0.4, 2021: 0.5, 2022: 0.6})
    table["is_synthetic"] = table["wave"] == synthetic_wave
    assert one(PERCENT, table, said())["is_synthetic"] == expected


def test_value_or_earlier_value_of_a_synthetic_extract_is_synthetic() -> None:
    printed = said(previous_value=45, previous_year=2020, is_synthetic=True)
    assert one(ON_PAPER_ONLY, None, printed)["is_synthetic"]
    assert one(PERCENT, measures({2021: 0.5}), printed)["is_synthetic"]


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_printed_number_of_a_synthetic_extract_beside_a_computed_one_makes_the_row_synthetic(
    is_synthetic: bool,
) -> None:
    # Both the value and the earlier value are computed; only published_value is from the extract.
    row = one(PERCENT, measures({2020: 0.4, 2021: 0.5}), said(value=49, is_synthetic=is_synthetic))
    assert (row["value"], row["previous_value"], row["published_value"]) == (50, 40, 49)
    assert (row["is_carried"], row["is_synthetic"]) == (False, is_synthetic)
    # A synthetic extract of another year says nothing of this one.
    other_year = said(year=2020, is_synthetic=not is_synthetic)
    rows = key_figures_of(
        [PERCENT], measures({2020: 0.4, 2021: 0.5}), other_year, said(value=49, is_synthetic=is_synthetic)
    )
    assert rows["is_synthetic"].tolist() == [not is_synthetic, is_synthetic]


# --- years ----------------------------------------------------------------------------------------


def years_of(n_goals: int, *printed: Row, **marks: object) -> list[int]:
    """The years with a scorecard, where 2019 has a value for each of the first goals."""
    figures = [replace(PERCENT, goal_no=number, name=f"of_{number}") for number in range(1, n_goals + 1)]
    return sorted({row["year"] for row in rows_of(figures, measures({2019: 0.5}, **marks), *printed)})


def test_year_has_a_scorecard_when_more_than_half_of_the_goals_can_be_computed() -> None:
    assert len(read_seed("goal")) == 6
    assert [years_of(n) for n in (3, 4, 6)] == [[], [2019], [2019]]


def test_year_has_a_scorecard_when_one_was_printed() -> None:
    assert years_of(3, said()) == [2021]
    assert years_of(4, said()) == [2019, 2021]
    assert years_of(1, said(year=2019)) == [2019]


def test_carried_numbers_make_no_scorecard() -> None:
    assert years_of(6, is_carried=True) == []
    assert years_of(6, is_carried=False) == [2019]


def test_several_key_figures_of_a_goal_count_as_one_goal() -> None:
    figures = [replace(PERCENT, name=f"share_{i}") for i in range(6)]
    assert rows_of(figures, measures({2019: 0.5})) == []


# --- editions -------------------------------------------------------------------------------------


FIVE = replace(PERCENT, name="five", is_headline=False)
MOVED = [FIVE, replace(FIVE, goal_no=3, is_headline=True, edition=2023), replace(PERCENT, goal_no=1, edition=2023)]


def names_of(figures: list[KeyFigure], table: pd.DataFrame, *printed: Row) -> dict[int, list[tuple[int, str, bool]]]:
    found: dict[int, list[tuple[int, str, bool]]] = {}
    for row in rows_of(figures, table, *printed):
        found.setdefault(row["year"], []).append((row["goal_no"], row["key_figure"], row["is_headline"]))
    return found


def printed_in(*years: int, name: str = "five", goal_no: int = 1) -> list[Row]:
    return [said(year=year, key_figure=name, goal_no=goal_no) for year in years]


def test_goal_and_headline_of_a_key_figure_are_those_of_the_edition() -> None:
    before, after = replace(FIVE, term=None), replace(MOVED[1], term=None)
    found = names_of([before, after], measures({}), *printed_in(2021, 2022), *printed_in(2023, 2024, goal_no=3))
    assert found == {
        2021: [(1, "five", False)],
        2022: [(1, "five", False)],
        2023: [(3, "five", True)],
        2024: [(3, "five", True)],
    }


def test_series_goes_on_where_a_key_figure_moves_to_another_goal() -> None:
    found = key_figures_of(MOVED, measures({2021: 0.4, 2023: 0.5}), *printed_in(2021), *printed_in(2023, goal_no=3))
    row = found[(found["year"] == 2023) & (found["key_figure"] == "five")].iloc[0]
    assert (row["goal_no"], row["value"], row["previous_value"], row["previous_year"]) == (3, 50, 40, 2021)


def test_year_of_an_edition_has_what_it_prints_and_no_more() -> None:
    # Three can be computed in 2022: the edition of that year prints one of them.
    figures = [PERCENT, FIVE, replace(FIVE, goal_no=2, name="other"), replace(PERCENT, edition=2022)]
    found = names_of(figures, measures({2021: 0.4, 2022: 0.5, 2023: 0.6}), said(), *printed_in(2022, name="share"))
    assert found[2021] == [(1, "five", False), (1, "share", True), (2, "other", False)]
    assert found[2022] == [(1, "share", True)]


@pytest.mark.parametrize("n", [1, ENOUGH - 1, ENOUGH, ENOUGH + 1])
@pytest.mark.parametrize("is_carried", [False, True])
def test_goal_that_an_edition_leaves_out_has_rows_where_enough_of_it_is_computed(n: int, is_carried: bool) -> None:
    left_out = [replace(PERCENT, goal_no=6, name=f"share_{i}") for i in range(n)]
    figures = [*left_out, PERCENT, replace(PERCENT, edition=2022)]
    found = names_of(figures, measures({2022: 0.5}, is_carried=is_carried), *printed_in(2022, name="share"))
    expected = [(6, figure.name, True) for figure in left_out] if n >= ENOUGH and not is_carried else []
    assert found == {2022: [(1, "share", True), *expected]}


def test_year_without_an_edition_has_goal_by_goal_those_of_the_last_one_that_has_the_goal() -> None:
    table = measures(dict.fromkeys((2019, 2020, 2024), 0.5))
    goals_ = [replace(PERCENT, goal_no=number, name=f"of_{number}") for number in range(1, 7)]
    later = [replace(PERCENT, goal_no=2, name="new", edition=2022), replace(PERCENT, goal_no=3, name="x", edition=2023)]
    found = names_of([*goals_, *later], table)
    first = [(number, f"of_{number}", True) for number in range(1, 7)]
    assert found[2019] == found[2020] == first, "before the first edition, those of the first"
    assert found[2024] == [first[0], (2, "new", True), (3, "x", True), *first[3:]]


def test_key_figure_that_moved_stands_under_one_goal_in_a_year_without_an_edition() -> None:
    figures = [FIVE, replace(FIVE, goal_no=3, edition=2023)]
    many = [replace(PERCENT, goal_no=number, name=f"of_{number}") for number in (2, 4, 5, 6)]
    found = names_of([*figures, *many], measures({2020: 0.4, 2024: 0.5}))
    assert [goal_no for goal_no, name, _ in found[2020] if name == "five"] == [1]
    assert [goal_no for goal_no, name, _ in found[2024] if name == "five"] == [3]


def test_extract_goes_before_the_seed_where_they_part_on_the_goal_and_that_is_told() -> None:
    printed = [*printed_in(2021, goal_no=4), *printed_in(2022), *printed_in(2021, name="unknown")]
    row = rows_of([FIVE], measures({}), printed[0])[0]
    assert (row["goal_no"], row["key_figure"], row["higher_is_better"]) == (4, "five", True)
    assert misplaced([FIVE], printed) == [
        "five is printed under goal 4 in 2021, and key_figure_edition.csv has it under goal 1",
        "five is printed under goal 1 in 2022, and key_figure_edition.csv has no row of it",
    ]
    assert misplaced([FIVE], printed_in(2021)) == []


# --- seeds that are wrong -------------------------------------------------------------------------


def test_term_that_names_two_rows_of_a_year_is_refused() -> None:
    table = measures({2021: 0.5})
    with pytest.raises(SeedError, match=r"'?question=q;wave=2021'? matches several rows of measures"):
        one(PERCENT, pd.concat([table, table]), said())


def test_second_row_without_a_value_is_no_second_value() -> None:
    table = pd.concat([measures({2021: 0.5}), measures({2021: None})])
    assert one(PERCENT, table, said())["value"] == 50


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"column_name": "share"}, "share"),
        ({"year_column": "year"}, "year"),
        ({"row_key": (("question", "q"), ("sex", "1"))}, "sex"),
    ],
)
def test_term_that_names_an_unknown_column_is_refused_before_anything_runs(changes: Row, column: str) -> None:
    columns = tuple(Column(name, "varchar", "") for name in ("question", "wave", "estimate"))
    contracts = {"measures": Contract("measures", "marts", "", ("question",), columns)}
    assert contracts_read(cells([PERCENT]), contracts) == contracts
    figure = replace(PERCENT, term=replace(TERM, **changes))
    with pytest.raises(SeedError, match=rf"key_figure_term\.csv: measures has no column '{column}'"):
        contracts_read(cells([figure]), contracts)


def change_terms(monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
    """The first row of key_figure_term.csv changed."""
    first, *rest = read_seed("key_figure_term")
    rows = {"key_figure_term": [first | changes, *rest]}
    monkeypatch.setattr(key_figures, "read_seed", lambda name: rows.get(name) or read_seed(name))


@pytest.mark.parametrize("seed", ["key_figure_term", "key_figure_edition"])
def test_term_or_edition_of_an_unknown_key_figure_is_refused(seed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = read_seed(seed)
    rows = {seed: [first | {"key_figure": "nobody_knows"}, *rest]}
    monkeypatch.setattr(key_figures, "read_seed", lambda name: rows.get(name) or read_seed(name))
    with pytest.raises(SeedError, match=rf"{seed}\.csv: \['nobody_knows'\] are not in key_figure\.csv"):
        load_key_figures()


def test_unreadable_row_key_is_refused_by_file_and_row(monkeypatch: pytest.MonkeyPatch) -> None:
    change_terms(monkeypatch, row_key="survey")
    with pytest.raises(SeedError, match=r"key_figure_term\.csv row 2: row_key 'survey' is not column=value"):
        load_key_figures()


def test_seeds_say_of_every_key_figure_which_way_is_good_and_of_every_rank_how_many_countries() -> None:
    figures = load_key_figures()
    assert {figure.goal_no for figure in figures} == set(range(1, 7))
    assert {figure.unit for figure in figures} == set(UNITS)
    for figure in figures:
        assert figure.higher_is_better is not None, figure.name
        assert (figure.unit == "rank") == (figure.n_countries is not None), figure.name
        assert figure.unit != "rank" or figure.higher_is_better is False, figure.name


# --- the rule -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "score"), [(0, 1), (33, 1), (100 / 3, 2), (50, 2), (66, 2), (200 / 3, 3), (67, 3), (100, 3)]
)
def test_percentages_are_scored_in_thirds_and_a_border_belongs_to_the_better_score(value: float, score: int) -> None:
    assert level_score(PERCENT, value) == score


@pytest.mark.parametrize(
    ("value", "score"), [(0, 3), (33, 3), (100 / 3, 3), (34, 2), (66, 2), (200 / 3, 2), (67, 1), (100, 1)]
)
def test_where_lower_is_better_the_scale_is_turned(value: float, score: int) -> None:
    assert level_score(DISSATISFIED, value) == score


@pytest.mark.parametrize(
    ("n_countries", "rank", "score"),
    [
        (37, 1, 3),
        (37, 10, 3),  # exactly a quarter down
        (37, 11, 2),
        (37, 19, 2),  # exactly half way
        (37, 20, 1),
        (37, 37, 1),
        (36, 9, 3),
        (36, 10, 2),
        (36, 18, 2),
        (36, 19, 1),
    ],
)
def test_ranks_are_scored_by_the_best_quarter_and_the_better_half(n_countries: int, rank: int, score: int) -> None:
    assert level_score(replace(RANK, n_countries=n_countries), rank) == score


@pytest.mark.parametrize(
    "figure",
    [
        replace(PERCENT, unit="count"),
        replace(PERCENT, unit="level"),
        replace(PERCENT, unit="growth_percent"),
        replace(PERCENT, higher_is_better=None),
        replace(RANK, n_countries=None),
    ],
)
def test_without_a_scale_or_a_good_end_there_is_no_level(figure: KeyFigure) -> None:
    assert level_score(figure, 1) is None
    assert rule_score(figure, 1, None) is None
    assert rule_score(figure, 1, GOOD) == 3


@given(a=st.floats(0, 100), b=st.floats(0, 100))
def test_better_is_never_scored_lower(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert level_score(PERCENT, low) <= level_score(PERCENT, high)
    assert level_score(DISSATISFIED, low) >= level_score(DISSATISFIED, high)


@given(n=st.integers(2, 40), data=st.data())
def test_better_rank_is_never_scored_lower(n: int, data: st.DataObject) -> None:
    better, worse = sorted(data.draw(st.tuples(st.integers(1, n), st.integers(1, n))))
    figure = replace(RANK, n_countries=n)
    assert level_score(figure, better) >= level_score(figure, worse)
    assert (level_score(figure, 1), level_score(figure, n)) == (3, 1)


@pytest.mark.parametrize(("development", "score"), [(GOOD, 2.5), (SAME, 2), (BAD, 1.5), (None, 2)])
def test_score_is_the_mean_of_level_and_development(development: str | None, score: float) -> None:
    assert rule_score(PERCENT, 50, development) == score


def test_development_over_a_break_is_no_part_of_the_score() -> None:
    assert of_numbers(PERCENT, 40, 50)["rule_score"] == 2.5
    broken = of_numbers(PERCENT, 40, 50, comparable_with_previous=False)
    assert (broken["development"], broken["rule_score"]) == (GOOD, 2)


@pytest.mark.parametrize(
    ("score", "status"),
    [(1, "Mindre god"), (1.75, "Mindre god"), (1.76, "Middels"), (2, "Middels"), (2.24, "Middels"), (2.25, "God"),
     (3, "God")],
)  # fmt: skip
def test_status_at_the_borders_is_the_outer_one(score: float, status: str) -> None:
    assert rule_status([score] * ENOUGH) == status


@given(scores=st.lists(st.floats(1, 3), max_size=2 * ENOUGH))
def test_fewer_scores_than_the_rule_asks_for_give_no_status(scores: list[float]) -> None:
    assert (rule_status(scores) is not None) == (len(scores) >= ENOUGH)


def thresholds(monkeypatch: pytest.MonkeyPatch, rows: list[dict[str, str]]) -> None:
    seeds = {"indicator_score_status": rows}
    monkeypatch.setattr(goal_rule, "read_seed", lambda name: seeds.get(name) or read_seed(name))


@pytest.mark.parametrize(
    ("score", "status"),
    [(1, "Mindre god"), (1.75, "Mindre god"), (1.76, "Middels"), (2.24, "Middels"), (2.25, "God"), (3, "God")],
)
def test_mean_of_scored_indicators_has_the_status_of_digdir_s_thresholds(score: float, status: str) -> None:
    first = min(int(row["from_edition"]) for row in read_seed("indicator_score_status"))
    assert indicator_status(score, first) == indicator_status(score, first + 1) == status
    assert indicator_status(score, first - 1) is None
    assert indicator_status(None, first) is None


def test_thresholds_of_a_later_edition_take_over_and_those_of_the_rule_are_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = read_seed("indicator_score_status")
    first = int(rows[0]["from_edition"])
    later = [row | {"from_edition": str(first + 2), "mean_to": "2.5"} for row in rows if row["status_nb"] == "Middels"]
    thresholds(monkeypatch, rows + later)
    assert indicator_status(2.4, first + 1) == "God"
    assert indicator_status(2.4, first + 2) == "Middels"
    with pytest.raises(SeedError, match=r"indicator_score_status\.csv: no row has the mean score 3"):
        indicator_status(3, first + 2)
    assert rule_status([2.4] * ENOUGH) == "God"


@given(a=st.floats(1, 3), b=st.floats(1, 3))
def test_higher_score_is_never_a_worse_status(a: float, b: float) -> None:
    order = ["Mindre god", "Middels", "God"]
    low, high = (order.index(rule_status([score] * ENOUGH)) for score in sorted((a, b)))
    assert low <= high


def test_mean_that_no_row_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row | {"includes_from": "false"} for row in read_seed("goal_status")]
    seeds = {"goal_status": rows}
    monkeypatch.setattr(goal_rule, "read_seed", lambda name: seeds.get(name) or read_seed(name))
    with pytest.raises(SeedError, match=r"goal_status\.csv: no row has the mean score 2\.25"):
        rule_status([2.25] * ENOUGH)
    assert rule_status([2.26] * ENOUGH) == "God"


CHANGED_RULES = {
    "development_score": (lambda: rule_score(PERCENT, 50, GOOD), "score", "4", 3),
    "key_figure_unit": (lambda: level_score(PERCENT, 100), "highest", "400", 1),
    "key_figure_score": (lambda: level_score(PERCENT, 50), "position_from", "0.6", 1),
    "goal_rule": (lambda: years_of(4), "value", "0.9", []),
    "goal_status": (lambda: rule_status([1.5] * ENOUGH), "status_nb", "Svak", "Svak"),
    "indicator_score_status": (lambda: indicator_status(2.4, 2999), "status_nb", "Svak", "Svak"),
}


@pytest.mark.parametrize("seed", CHANGED_RULES)
def test_rule_is_what_the_seeds_say(seed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said, column, text, changed = CHANGED_RULES[seed]
    assert said() != changed
    rows = {seed: [row | {column: text} for row in read_seed(seed)]}
    monkeypatch.setattr(goal_rule, "read_seed", lambda name: rows.get(name) or read_seed(name))
    assert said() == changed


# --- scorecard ------------------------------------------------------------------------------------


def assessed(*rows: tuple[int, str | None], year: int = 2021, is_synthetic: bool = False) -> list[Row]:
    """Digdir's status of goals."""
    return [
        {
            "year": year,
            "goal_no": number,
            "goal_nb": f"Mål {number}",
            "status_nb": status,
            "direction_nb": "Opp",
            "comment_nb": None,
            "indicator_score": None,
            "n_indicators": None,
            "is_synthetic": is_synthetic,
        }
        for number, status in rows
    ]


def goal_scorecard(key_figures: list[Row], printed: list[Row]) -> pd.DataFrame:
    return pd.DataFrame(goals.goal_scorecard(key_figures, printed), dtype=object)


def goal(scorecard: pd.DataFrame, goal_no: int, year: int = 2021) -> pd.Series:
    found = scorecard[(scorecard["year"] == year) & (scorecard["goal_no"] == goal_no)]
    assert len(found) == 1
    return found.iloc[0]


@pytest.fixture
def two_goals() -> list[Row]:
    """Goal 1: 80 % up from 70 (3), 10 % dissatisfied as before (2.5), 20 % on paper (1). Goal 2: a count on paper."""
    figures = [
        PERCENT,
        replace(DISSATISFIED, term=replace(TERM, row_key=(("question", "r"),))),
        replace(ON_PAPER_ONLY, name="paper"),
        replace(ON_PAPER_ONLY, goal_no=2, name="count", unit="count"),
    ]
    table = pd.DataFrame(
        [(2020, "q", 0.7), (2021, "q", 0.8), (2020, "r", 0.1), (2021, "r", 0.1)],
        columns=["wave", "question", "estimate"],
    ).assign(is_synthetic=False)
    return rows_of(figures, table, said(figures[2], value=20), said(figures[3], value=900, previous_value=1000))


def test_scorecard_counts_the_key_figures_of_a_goal_and_means_their_scores(two_goals: list[Row]) -> None:
    row = goal(goal_scorecard(two_goals, assessed((1, "Middels"), (2, "God"))), 1)
    counts = row[["n_key_figures", "n_computed", "n_positive", "n_negative"]].tolist()
    assert counts == [3, 2, 1, 0]
    assert row["rule_score"] == pytest.approx((3 + 2.5 + 1) / 3)
    assert (row["rule_status_nb"], row["status_nb"], row["rule_agrees"]) == ("Middels", "Middels", True)


def test_scorecard_puts_the_rule_beside_print_and_says_where_they_part(two_goals: list[Row]) -> None:
    row = goal(goal_scorecard(two_goals, assessed((1, "God"), (2, "God"))), 1)
    assert (row["n_scored"], row["rule_status_nb"], row["status_nb"]) == (3, "Middels", "God")
    assert (row["goal_nb"], row["direction_nb"]) == ("Mål 1", "Opp")
    assert not row["rule_agrees"]


def test_goal_with_too_few_scores_has_a_mean_and_no_status(two_goals: list[Row]) -> None:
    # One key figure, without a scale, that fell: 1.
    row = goal(goal_scorecard(two_goals, assessed((1, "Middels"), (2, "God"))), 2)
    assert (row["n_negative"], row["n_scored"], row["rule_score"], row["status_nb"]) == (1, 1, 1, "God")
    assert row[["rule_status_nb", "rule_agrees"]].isna().all()


def test_key_figures_without_a_score_do_not_help_a_goal_to_a_status(two_goals: list[Row]) -> None:
    counts = [row | {"goal_no": 2, "key_figure": f"count_{n}", "rule_score": None} for n, row in enumerate(two_goals)]
    row = goal(goal_scorecard([*two_goals, *counts], []), 2)
    assert (row["n_key_figures"], row["n_scored"]) == (5, 1)
    assert pd.isna(row["rule_status_nb"])


def test_goal_has_a_row_by_a_key_figure_or_an_assessment_and_none_without(two_goals: list[Row]) -> None:
    scorecard = goal_scorecard(two_goals, assessed((3, "God")))
    assert scorecard["goal_no"].tolist() == [1, 2, 3]
    row = goal(scorecard, 3)
    assert row[["n_key_figures", "n_computed", "n_positive", "n_negative"]].tolist() == [0, 0, 0, 0]
    assert row["status_nb"] == "God"
    assert row[["rule_score", "rule_status_nb", "rule_agrees"]].isna().all()


def test_goal_that_is_not_assessed_is_named_by_the_seed_and_agrees_with_nothing(two_goals: list[Row]) -> None:
    row = goal(goal_scorecard(two_goals, assessed((2, "God"))), 1)
    assert row["goal_nb"] == read_seed("goal")[0]["goal_nb"]
    assert row["rule_status_nb"] == "Middels"
    assert row[["status_nb", "direction_nb", "rule_agrees"]].isna().all()


def test_status_that_is_blank_for_one_goal_agrees_with_nothing(two_goals: list[Row]) -> None:
    row = goal(goal_scorecard(two_goals, assessed((1, None), (2, "God"))), 1)
    assert row[["status_nb", "rule_agrees"]].isna().all()


def test_year_that_is_only_assessed_and_goal_that_the_seed_does_not_know_have_rows(two_goals: list[Row]) -> None:
    scorecard = goal_scorecard(two_goals, assessed((7, "God"), year=2019))
    assert sorted(set(scorecard["year"])) == [2019, 2021]
    assert goal(scorecard, 7, 2019)["goal_nb"] == "Mål 7"


def test_scorecard_is_synthetic_where_its_numbers_or_its_assessment_are(two_goals: list[Row]) -> None:
    synthetic = [row | {"is_synthetic": row["goal_no"] == 1} for row in two_goals]
    scorecard = goal_scorecard(synthetic, assessed((2, "God"), is_synthetic=True))
    assert [goal(scorecard, number)["is_synthetic"] for number in (1, 2)] == [True, True]
    assert goal_scorecard(two_goals, assessed((3, "God")))["is_synthetic"].tolist() == [False] * 3


def test_mean_of_scored_indicators_stands_by_itself_beside_print_and_rule(two_goals: list[Row]) -> None:
    scored = [row | {"year": 2999, "indicator_score": 2.3, "n_indicators": 11} for row in assessed((1, "Middels"))]
    row = goal(goal_scorecard([row | {"year": 2999} for row in two_goals], scored), 1, 2999)
    assert (row["indicator_score"], row["n_indicators"], row["indicator_score_status_nb"]) == (2.3, 11, "God")
    assert (row["status_nb"], row["rule_status_nb"], row["rule_agrees"]) == ("Middels", "Middels", True)
    without = goal(goal_scorecard(two_goals, assessed((1, "Middels"))), 1)
    assert without[["indicator_score", "n_indicators", "indicator_score_status_nb"]].isna().all()
    # An edition before Digdir had thresholds is not read by them.
    early = goal(goal_scorecard([], [scored[0] | {"year": 2021}]), 1)
    assert early["indicator_score"] == 2.3
    assert pd.isna(early["indicator_score_status_nb"])


# --- contracts ------------------------------------------------------------------------------------


def test_tables_are_those_of_the_contracts(two_goals: list[Row], contracts: dict[str, Contract]) -> None:
    scorecard = goals.goal_scorecard(two_goals, assessed((1, "God")))
    for rows, name in ((two_goals, "goal_key_figures"), (scorecard, "goal_scorecard")):
        table = conform(rows, contracts[name])
        key = itemgetter(*contracts[name].key)
        assert table.to_pylist() == sorted(rows, key=key) and table.num_rows > 0


def test_terms_of_the_seeds_name_columns_of_the_contracts(contracts: dict[str, Contract]) -> None:
    read = contracts_read(cells(load_key_figures()), contracts)
    assert set(read) == {figure.term.table_name for figure in load_key_figures() if figure.term}
    for name, contract in read.items():
        assert contract.schema == "marts"
        assert set(contract.names) < set(contracts[name].names)


def test_countries_of_a_place_are_read_where_the_table_says_them(contracts: dict[str, Contract]) -> None:
    read = contracts_read(cells(load_key_figures()), contracts)
    assert {name for name, contract in read.items() if "n_countries" in contract.names} == {"international_rankings"}


# --- how many countries a place is one of ----------------------------------------------------------


@pytest.mark.parametrize(
    ("n_countries", "score"),
    [
        pytest.param(36, 3, id="8 of 36 is in the best quarter"),
        pytest.param(27, 2, id="8 of 27 is not"),
        pytest.param(None, 3, id="as the seed says where the table does not"),
    ],
)
def test_place_is_one_of_as_many_countries_as_its_ranking_says(n_countries: int | None, score: float) -> None:
    row = one(RANK, measures({2021: 0.08}, n_countries=n_countries))
    assert (row["value"], row["rule_score"]) == (8, score)


# --- what is printed beside what is computed --------------------------------------------------------


def test_earlier_value_says_by_itself_whether_it_is_printed() -> None:
    printed = said(value=50, previous_value=40, previous_year=2020)
    assert not one(PERCENT, measures({2020: 0.4, 2021: 0.5}), printed)["is_previous_carried"]
    mixed = one(PERCENT, measures({2021: 0.5}), printed)
    assert (mixed["is_carried"], mixed["previous_value"], mixed["is_previous_carried"]) == (False, 40, True)
    on_paper = one(ON_PAPER_ONLY, None, printed)
    assert (on_paper["is_carried"], on_paper["is_previous_carried"]) == (True, True)
    assert not one(PERCENT, measures({2021: 0.5}), said(value=50))["is_previous_carried"]
    of_table = measures({2020: 0.4, 2021: 0.5})
    assert one(PERCENT, of_table.assign(is_carried=of_table["wave"] == 2020), printed)["is_previous_carried"]


def test_developments_across_a_break_are_not_counted() -> None:
    table = measures({2020: 0.4, 2021: 0.5})
    for is_comparable, n in ((True, 1), (None, 1), (False, 0)):
        rows = rows_of([PERCENT], table.assign(comparable_with_previous=is_comparable), said(value=50))
        assert [row["development"] for row in rows] == [GOOD]
        scorecard = goal_scorecard(rows, assessed())
        assert scorecard.loc[scorecard["goal_no"] == 1, ["n_positive", "n_negative"]].to_numpy().tolist() == [[n, 0]]
