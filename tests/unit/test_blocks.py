"""What an outsider knows of the answers to a question: which numbers are told by which rows, and what is known of each.

Not here: what is hidden for it (test_hide.py), and how intervals are made wide (test_protect.py).
"""

from dataclasses import replace
from math import inf
from typing import Any

import pytest

from pipelines.disclosure.answers import COMPLEMENTARY, PRIMARY, Answer, Base, Picked, Row, Statistic, Wave
from pipelines.disclosure.blocks import ANSWERED, ASKED, CATEGORY, IN_BASE, Block
from pipelines.disclosure.categories import categories, counts_of
from pipelines.disclosure.linked import System
from tests.unit.small_waves import (
    ALL,
    DONT_KNOW,
    EAST,
    MEAN,
    MEN,
    NO,
    NORTH,
    SHARE,
    SOUTH,
    WOMEN,
    YES,
    base,
    wave,
)
from tests.unit.test_protect import width

NORTH_OF_TWO = {ALL: (60, 60), NORTH: (2, 38), SOUTH: (58, 22)}


def block(
    *bases: Base, hidden: dict[tuple[str, int], str] | None = None, is_weighted: bool = False, **of: Any
) -> Block:
    return Block(wave(*bases, **of), list(bases), hidden or {}, is_weighted)


def uncertain(system: System, number: object, *hidden: object) -> float:
    """How wide the interval of a number is where nothing but these rows is hidden."""
    rows = list(system.rows)
    return width(system.linked(), {rows.index(name) for name in hidden}, system.numbers[number])


def told(system: System, row: object) -> set[object]:
    """The numbers that a row shows."""
    name = {number: of for of, number in system.numbers.items()}
    return {name[number] for number in system.rows[row]}


def range_of(system: System, number: object) -> tuple[float, float]:
    at = system.numbers[number]
    return system.low[at], system.high[at]


def protection(system: System, number: object) -> float:
    return system.protection[system.numbers[number]]


def of_row(statistic: Statistic, domain: int) -> tuple[int, int]:
    return statistic.statistic_id, domain


def every_row(system: System, *domains: int) -> list[object]:
    """All that is told of these categories."""
    return [name for name in system.rows if isinstance(name, tuple) and set(name[1:]) & set(domains)]


# Numbers


@pytest.mark.parametrize(("n", "needed"), [(4, 3), (6, 3), (7, 0), (40, 0)])
def test_how_many_answered_is_a_secret_where_they_can_be_few(n: int, needed: float) -> None:
    """Of 7, an interval of 3 begins at 5: that is what the rule calls enough."""
    system = block(base({ALL: (60, 60), NORTH: (n - 1, 1), SOUTH: (61 - n, 59)})).system
    assert protection(system, (1, NORTH, ANSWERED)) == protection(system, (1, NORTH, IN_BASE)) == needed
    assert protection(system, (1, NORTH, YES)) == 3


def test_values_are_as_uncertain_as_respondents_one_step_apart() -> None:
    far = Answer("answer", 2, 5.0)
    numbers = base({ALL: (60, 60)})
    numbers.counts[ALL] = {YES: 60, far: 60}
    assert protection(block(numbers).system, (1, ALL, "sum of values")) == 3 * (5 - 1)


def test_the_weight_of_a_number_is_as_uncertain_as_respondents_of_the_mean_weight() -> None:
    numbers = base({ALL: (60, 60), NORTH: (2, 38), SOUTH: (58, 22)})
    for domain, counts in numbers.counts.items():
        numbers.weights[domain] = {answer: 2.0 * n for answer, n in counts.items()}
    made = block(numbers, is_weighted=True, weights=(0.5, 2.0, 8.0))
    assert protection(made.system, (1, NORTH, YES)) == 3 * 2.0
    assert range_of(made.system, (1, NORTH, YES)) == (0.5, 4 * 8.0)
    assert range_of(made.system, (1, NORTH, ANSWERED))[0] == 0.5


def test_a_group_of_answers_is_a_number_of_its_own() -> None:
    both = Statistic(3, "share", True, (1, 9), None)
    numbers = base({ALL: (60, 60, 9)})
    numbers.rows.append(Row(both, ALL, 129, 129, None, False))
    system = block(numbers).system
    assert protection(system, (1, ALL, (YES, NO, DONT_KNOW))) == 3
    assert (1, ALL, (YES, NO, DONT_KNOW)) in told(system, of_row(both, ALL))


# What rows tell


def test_a_row_tells_who_was_asked_and_answered_and_what_its_estimate_and_error_say() -> None:
    system = block(base({ALL: (60, 60, 5, 5)})).system
    every = {(1, ALL, ASKED), (1, ALL, ANSWERED)}
    assert told(system, of_row(SHARE, ALL)) == every | {(1, ALL, YES), ("estimate", 1, ALL)}
    sums = {(1, ALL, "sum of values"), (1, ALL, "sum of squares"), ("estimate", 2, ALL)}
    assert told(system, of_row(MEAN, ALL)) == every | sums
    assert told(system, ("counts", 1, ALL)) == {(1, ALL, "dont_know"), (1, ALL, "no_answer")}
    assert told(system, (CATEGORY, "p", 1, ALL)) == {(1, ALL, ASKED)}


def test_a_median_tells_of_every_answer_with_a_value() -> None:
    median = Statistic(3, "median", False, None, None)
    numbers = base({ALL: (60, 60, 5)})
    numbers.rows.append(Row(median, ALL, 120, None, None, False))
    assert told(block(numbers).system, of_row(median, ALL)) >= {(1, ALL, YES), (1, ALL, NO)}


def test_a_row_that_is_not_there_says_that_nobody_answered() -> None:
    system = block(base({ALL: (60, 60, 0, 9), NORTH: (60, 60), SOUTH: (0, 0, 0, 9)})).system
    assert told(system, ("absent", 1, SOUTH)) == {(1, SOUTH, ANSWERED)}
    assert system.cost[list(system.rows).index(("absent", 1, SOUTH))] == inf


def test_how_many_stated_a_category_is_told_whatever_is_hidden() -> None:
    made = wave(base({ALL: (60, 60), NORTH: (2, 38), SOUTH: (56, 20)}))
    for system, row in (
        (Block(made, made.bases, {}).system, ("unstated", 1, "region")),
        (categories(made, "p", counts_of(made, "p")), ("unstated", "region")),
    ):
        assert system.cost[list(system.rows).index(row)] == inf
        (number,) = system.rows[row]
        assert system.value[number] == 4


# What follows of it


def test_an_estimate_is_uncertain_where_neither_its_total_nor_its_base_is_told() -> None:
    system = block(base(NORTH_OF_TWO)).system
    assert protection(system, ("estimate", 1, NORTH)) == 1.5
    assert uncertain(system, ("estimate", 1, NORTH), of_row(SHARE, NORTH)) == 0
    assert uncertain(system, ("estimate", 1, NORTH), *every_row(system, NORTH, SOUTH)) > 0


@pytest.mark.parametrize(("n", "needed"), [(1, 0.5), (2, 1.0), (4, 1.5), (5, 1.5)])
def test_of_so_few_no_more_is_uncertain_than_what_they_answered(n: int, needed: float) -> None:
    system = block(base({ALL: (60, 60), NORTH: (n, 0), SOUTH: (60 - n, 60)})).system
    assert protection(system, ("estimate", 1, NORTH)) == pytest.approx(needed)


def test_breakdowns_of_the_same_people_tell_of_each_other() -> None:
    """Women are those in the north, men those in the south, the north and the south are shown."""
    numbers = {ALL: (60, 60), WOMEN: (3, 37), MEN: (57, 23), NORTH: (3, 37), SOUTH: (57, 23)}
    met = {("region", "sex"): [(NORTH, WOMEN), (SOUTH, MEN)]}
    for overlaps, is_known in ((met, True), ({}, False)):
        made = wave(base(numbers), overlaps=overlaps)
        system = Block(made, made.bases, {}).system
        assert (uncertain(system, (1, WOMEN, YES), *every_row(system, WOMEN, MEN)) == 0) == is_known
        respondents = categories(made, "p", counts_of(made, "p"))
        assert (uncertain(respondents, WOMEN, WOMEN, MEN) == 0) == is_known


def test_of_categories_that_hold_others_both_sides_tell() -> None:
    """Women are the north and the east together; men the south, and who lives elsewhere."""
    numbers = {ALL: (60, 60), WOMEN: (30, 30), MEN: (30, 30), NORTH: (20, 20), EAST: (10, 10), SOUTH: (20, 20)}
    met = {("region", "sex"): [(NORTH, WOMEN), (EAST, WOMEN), (SOUTH, MEN), (None, MEN)]}
    made = wave(base(numbers), overlaps=met)
    system = Block(made, made.bases, {}).system
    assert uncertain(system, (1, EAST, YES), *every_row(system, EAST, SOUTH)) == 0
    assert uncertain(system, (1, SOUTH, YES), *every_row(system, SOUTH, EAST, WOMEN)) > 0


# What is known of what is hidden for being few


@pytest.mark.parametrize(
    ("answers", "number", "known"),
    [
        ((1, 2), ANSWERED, (1, 4)),
        ((2, 38), YES, (1, 4)),
        ((38, 2), YES, (36, 39)),
        ((20, 20), YES, (0, inf)),
        ((20, 20), ANSWERED, (1, inf)),
    ],
)
def test_the_rule_itself_says_how_few(answers: tuple[int, int], number: object, known: tuple[float, float]) -> None:
    yes, no = answers
    system = block(base({ALL: (60, 60), NORTH: answers, SOUTH: (60 - yes, 60 - no)})).system
    assert range_of(system, (1, NORTH, number)) == known


def test_what_is_printed_is_known_and_not_for_being_few() -> None:
    numbers = base(NORTH_OF_TWO)
    rows = [row._replace(is_printed=row.domain_id == NORTH) for row in numbers.rows]
    system = block(replace(numbers, rows=rows)).system
    assert told(system, ("printed", 1, NORTH)) == {("estimate", 1, NORTH)}
    assert system.cost[list(system.rows).index(("printed", 1, NORTH))] == inf
    assert range_of(system, (1, NORTH, YES)) == (0, inf)
    assert protection(system, (1, NORTH, YES)) == protection(system, ("estimate", 1, NORTH)) == 0


@pytest.mark.parametrize(
    ("reason", "n", "known", "needed"),
    [(PRIMARY, 2, (1, 4), 3), (COMPLEMENTARY, 2, (0, inf), 3), (COMPLEMENTARY, 38, (0, inf), 0)],
)
def test_of_a_hidden_category_nothing_is_told(reason: str, n: int, known: tuple[float, float], needed: float) -> None:
    numbers = base({ALL: (60, 60, 9), NORTH: (1, n - 1, 1), SOUTH: (59, 61 - n, 8)})
    made = block(numbers, hidden={("p", NORTH): reason})
    rows = {of_row(SHARE, NORTH), of_row(MEAN, NORTH), ("counts", 1, NORTH), (CATEGORY, "p", 1, NORTH)}
    assert {name for name, why in made.primary.items() if why == CATEGORY} == rows
    assert protection(made.system, (1, NORTH, ASKED)) == needed
    assert range_of(made.system, (1, NORTH, ASKED)) == known
    assert range_of(made.system, (1, NORTH, ANSWERED)) == (1, known[1])


# Populations that an answer picks


def picking(n: int) -> tuple[Wave, list[Base]]:
    """Those who said yes are asked another question; n of them live in the north."""
    asked = base({ALL: (60, 60), NORTH: (n, 40 - n), SOUTH: (60 - n, 20 + n)})
    of_them = base({ALL: (30, 30), NORTH: (n, 0), SOUTH: (30 - n, 30)}, base_id=2, population="yes", question_id="r")
    made = wave(asked, of_them, picked={"yes": Picked("p", "q", ((1, 1),))})
    return made, made.bases


def test_those_picked_are_as_many_as_gave_the_answer() -> None:
    made, bases = picking(20)
    system = Block(made, bases[:1], {}).system
    assert told(system, ("picked", "yes", NORTH)) == {(1, NORTH, "yes")}
    assert protection(system, (1, NORTH, "yes")) == 3
    assert uncertain(system, (1, NORTH, YES), *every_row(system, NORTH, SOUTH)) > 0
    shown = [row for row in every_row(system, NORTH, SOUTH) if row[0] != "picked"]
    assert uncertain(system, (1, NORTH, YES), *shown) == 0


def test_where_they_are_few_or_hidden_so_is_how_many_are_picked() -> None:
    made, bases = picking(2)
    few = Block(made, bases[:1], {})
    assert few.primary["picked", "yes", NORTH] == "base"
    assert range_of(few.system, (1, NORTH, "yes")) == (1, 4)
    made, bases = picking(20)
    assert ("picked", "yes", NORTH) not in Block(made, bases[:1], {}).primary
    assert Block(made, bases[:1], {("yes", NORTH): COMPLEMENTARY}).primary["picked", "yes", NORTH] == CATEGORY


def test_those_picked_who_are_asked_the_same_again_tell_how_many_they_are() -> None:
    made, (asked, of_them) = picking(20)
    of_them.question_id = "q"
    assert told(Block(made, [asked, of_them], {}).system, ("picked", "yes", NORTH)) == {
        (1, NORTH, "yes"),
        (2, NORTH, ASKED),
    }


@pytest.mark.parametrize(("codes", "is_apart"), [(((2, 2),), True), (((1, 2),), False)])
def test_populations_that_one_answer_tells_apart_are_parts_of_all(
    codes: tuple[tuple[int, int], ...], is_apart: bool
) -> None:
    """Of 60 who say yes to r 20 are in the one: what is hidden of the other is at most 40, or 60 where they overlap."""
    whole = base({ALL: (60, 60)}, question_id="r")
    parts = [
        base({ALL: (yes, 30)}, base_id=2 + n, population=name, question_id="r")
        for n, (name, yes) in enumerate((("one", 20), ("other", 30)))
    ]
    for n, part in enumerate(parts):
        part.rows = [
            r._replace(statistic=replace(r.statistic, statistic_id=10 * (n + 1) + r.statistic.statistic_id))
            for r in part.rows
        ]
    picked = {"one": Picked("p", "q", ((1, 1),)), "other": Picked("p", "q", codes)}
    system = block(whole, *parts, picked=picked).system
    hidden = [(21, ALL), (22, ALL), *(name for name in system.rows if name[-2:] == (3, ALL))]
    assert uncertain(system, (3, ALL, YES), *hidden) == (40 if is_apart else 60)


# Categories


def test_printed_categories_are_not_hidden_and_those_of_another_question_count_too() -> None:
    first, second = (
        base({ALL: (60, 60), NORTH: (20, 20)}),
        base({ALL: (60, 60), NORTH: (20, 30)}, base_id=2, question_id="r"),
    )
    made = wave(first, second, printed={("p", NORTH)})
    system = categories(made, "p", counts_of(made, "p"))
    assert system.value[system.numbers[NORTH]] == 50
    assert system.cost[list(system.rows).index(NORTH)] == inf
