"""What is hidden beside the primary numbers: the intervals that are left are computed anew, by another programme."""

from itertools import combinations
from math import inf

import highspy
import numpy as np
import pytest
from scipy.optimize import linprog

from pipelines.disclosure import exact
from pipelines.disclosure.exact import cheapest
from pipelines.disclosure.linked import Linked, System
from pipelines.disclosure.protect import protect

# Schools of 57 counties by type (elementary, high, middle): the table apipop of R's package survey, data(api).
APIPOP = """
196,31,52 6,2,2 30,9,9 7,1,2 4,3,2 120,26,33 6,1,1 26,5,9 127,25,34 5,2,2 27,7,6 25,6,9 4,2,1 119,24,37 17,3,5 12,5,5
7,2,2 1054,166,220 24,3,4 33,8,9 3,1,1 16,5,4 40,10,13 2,2,1 1,1,1 54,11,18 19,4,4 10,2,2 300,50,68 44,12,10 4,4,1
186,31,49 211,29,35 8,1,2 257,38,67 330,36,61 71,12,17 96,15,13 27,6,7 102,15,26 59,9,13 203,31,45 35,6,8 25,8,7 1,1,1
10,3,2 43,6,11 78,14,16 66,12,13 14,4,2 11,3,3 2,2,0 81,13,16 10,2,0 117,18,26 25,4,6 11,3,5
"""
# What GaussSuppression hides of it in all, where counts of 1 to 3 are primary and zeros are not protected.
GAUSS_SUPPRESSION = 52


def two_way(table: np.ndarray, protection: float = 1.0) -> Linked:
    """A table with its margins; a row a number, which costs more the more it counts. Zeros are known."""
    system = System()
    whole = np.block([[table, table.sum(axis=1, keepdims=True)], [table.sum(axis=0, keepdims=True), table.sum()]])
    for at, n in np.ndenumerate(whole):
        system.show(at, [system.add(at, float(n), protection)], float(np.log1p(n)) if n else inf)
    n_rows, n_columns = whole.shape
    for i in range(n_rows):
        system.equate(system.numbers[i, n_columns - 1], [system.numbers[i, j] for j in range(n_columns - 1)])
    for j in range(n_columns):
        system.equate(system.numbers[n_rows - 1, j], [system.numbers[i, j] for i in range(n_rows - 1)])
    return system.linked()


def few(linked: Linked, most: int) -> list[int]:
    return [row for row, n in enumerate(linked.value) if 0 < n <= most]


def width(linked: Linked, hidden: set[int], number: int) -> float:
    """How uncertain a number is, where these rows are hidden."""
    shown = {n for row, numbers in enumerate(linked.rows) if row not in hidden for n in numbers.tolist()}
    equations = np.zeros((linked.n_equations, len(linked.value)))
    np.add.at(equations, (linked.equation, linked.number), linked.coefficient)
    bounds = [
        (value, value) if n in shown else (low, None if high == inf else high)
        for n, (value, low, high) in enumerate(zip(linked.value, linked.low, linked.high, strict=True))
    ]
    ends = []
    for sign in (1, -1):
        cost = np.zeros(len(linked.value))
        cost[number] = sign
        found = linprog(cost, A_eq=equations, b_eq=np.zeros(len(equations)), bounds=bounds)
        ends.append(found.x[number] if found.status == 0 else inf)
    return float(abs(ends[1] - ends[0])) if inf not in ends else inf


def is_safe(linked: Linked, hidden: set[int]) -> bool:
    told = {n for row, numbers in enumerate(linked.rows) if row not in hidden for n in numbers.tolist()}
    asked = [n for n, protection in enumerate(linked.protection) if protection and n not in told]
    return all(width(linked, hidden, n) >= linked.protection[n] - 1e-6 for n in asked)


@pytest.fixture(scope="module")
def apipop() -> Linked:
    return two_way(np.array([[int(n) for n in county.split(",")] for county in APIPOP.split()]))


def test_the_reference_table_costs_hardly_more_cells_than_the_reference(apipop: Linked) -> None:
    primary = few(apipop, 3)
    found = protect(apipop, primary)
    assert len(primary) == 44
    assert not found.unprotected
    assert len(found.hidden) <= 1.2 * GAUSS_SUPPRESSION
    assert set(primary) <= set(found.hidden)


def test_every_hidden_number_of_the_reference_table_is_uncertain(apipop: Linked) -> None:
    assert is_safe(apipop, set(protect(apipop, few(apipop, 3)).hidden))


def test_with_the_primary_numbers_alone_the_reference_table_gives_them_away(apipop: Linked) -> None:
    primary = set(few(apipop, 3))
    assert sum(width(apipop, primary, n) < 1e-6 for n in primary) == 6


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 5, 6, 7, 8])
@pytest.mark.parametrize("protection", [1.0, 3.0])
def test_every_hidden_number_of_a_table_is_as_uncertain_as_asked(seed: int, protection: float) -> None:
    linked = two_way(np.random.default_rng(seed).poisson(6, (4, 5)), protection)
    primary = few(linked, 4)
    found = protect(linked, primary)
    assert primary
    assert found.unprotected or is_safe(linked, set(found.hidden))
    assert len(found.unprotected) == 0 or protection > 1


@pytest.mark.parametrize("seed", range(4))
def test_where_numbers_are_few_nothing_cheaper_protects_them(seed: int) -> None:
    table = np.random.default_rng(seed).integers(4, 20, (2, 2))
    table[0, 0] = 2
    linked = two_way(table)
    (primary,) = few(linked, 3)
    found = cheapest(linked, {primary})
    others = [row for row in range(len(linked.rows)) if row != primary]
    safe = [
        {*more}
        for size in range(1, 5)
        for more in combinations(others, size)
        if width(linked, {primary, *more}, primary) >= 1 - 1e-6
    ]
    assert found in safe
    assert linked.cost[list(found)].sum() == pytest.approx(min(linked.cost[list(more)].sum() for more in safe))


def test_that_all_are_few_is_not_told_where_it_would_say_how_many() -> None:
    """1 and 1 are 2: whoever knows that each of the three is 1 or 2 knows all."""
    system = System()
    for name, n in (("all", 2.0), ("one", 1.0), ("other", 1.0)):
        system.show(name, [system.add(name, n, 1.0)], 1.0)
        system.bound(system.numbers[name], 1, 2)
    system.equate(0, [1, 2])
    found = protect(system.linked(), [0, 1, 2])
    assert not found.unprotected
    assert found.released


def test_what_follows_from_print_is_known() -> None:
    system = System()
    for name, n, cost in (("all", 5.0, inf), ("one", 2.0, 1.0), ("other", 3.0, inf)):
        system.show(name, [system.add(name, n, 1.0)], cost)
    system.equate(0, [1, 2])
    found = protect(system.linked(), [1])
    assert (found.hidden, found.unprotected, found.known) == ([1], [1], {1})


@pytest.fixture(params=[0, exact.MOST_NUMBERS], ids=["by search", "by programme"])
def most_numbers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Up to how many numbers the least set of rows is looked for beforehand."""
    monkeypatch.setattr(exact, "MOST_NUMBERS", request.param)
    return request.param


def of_two(**bounds: tuple[float, float]) -> System:
    """2 and 7, which are 9 together, and that is shown."""
    system = System()
    for name, n, cost in (("all", 9.0, inf), ("one", 2.0, 1.0), ("other", 7.0, 1.0)):
        system.show(name, [system.add(name, n, 3.0)], cost)
        system.bound(system.numbers[name], *bounds.get(name, (0, inf)))
    system.equate(0, [1, 2])
    return system


@pytest.mark.usefixtures("most_numbers")
@pytest.mark.parametrize("seed", range(2))
def test_however_it_is_found_every_number_is_as_uncertain_as_asked(seed: int) -> None:
    linked = two_way(np.random.default_rng(seed).poisson(6, (5, 5)), 3.0)
    found = protect(linked, few(linked, 4))
    assert not found.unprotected
    assert is_safe(linked, set(found.hidden))


def test_the_programme_hides_no_more_than_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    linked = two_way(np.random.default_rng(1).poisson(6, (4, 5)), 3.0)
    by_programme = protect(linked, few(linked, 4)).hidden
    monkeypatch.setattr(exact, "MOST_NUMBERS", 0)
    by_search = protect(linked, few(linked, 4)).hidden
    assert linked.cost[by_programme].sum() < linked.cost[by_search].sum()


@pytest.mark.usefixtures("most_numbers")
def test_a_number_goes_no_further_than_is_known() -> None:
    """Of 9 the other has 7 or more, and the one 1 or more: it is 1 or 2, whatever is hidden."""
    system = of_two(one=(1, inf), other=(7, inf))
    assert set(protect(system.linked(), [1]).unprotected) == {1, 2}


@pytest.mark.usefixtures("most_numbers")
def test_that_a_number_is_few_is_not_told_where_it_leaves_no_room() -> None:
    assert protect(of_two(one=(1, 3)).linked(), [1]).released == {1}
    assert protect(of_two(one=(1, 4)).linked(), [1]).released == set()


@pytest.mark.usefixtures("most_numbers")
def test_nor_where_it_leaves_no_room_to_another() -> None:
    system = of_two(one=(1, 2))
    system.protection[1] = 0.0
    found = protect(system.linked(), [1, 2])
    assert (found.released, found.unprotected) == ({1}, [])


def test_of_others_it_is_told() -> None:
    system = of_two(one=(1, 3))
    for name, n, cost in (("all of them", 9.0, inf), ("few", 2.0, 1.0), ("many", 7.0, 1.0)):
        system.show(name, [system.add(name, n, 3.0)], cost)
    system.bound(system.numbers["few"], 1, 4)
    system.equate(3, [4, 5])
    assert protect(system.linked(), [1, 4]).released == {1}


@pytest.mark.usefixtures("most_numbers")
def test_of_up_and_down_the_cheaper_is_taken() -> None:
    """1 of 12 may be 0, where what is 1 beside it is 2; more than 2 it is only with less of the dear one too."""
    system = System()
    for name, n, cost in (("all", 12.0, inf), ("one", 1.0, 1.0), ("cheap", 1.0, 1.0), ("dear", 10.0, 5.0)):
        system.show(name, [system.add(name, n, 2.0 if name == "one" else 0.0)], cost)
    system.equate(0, [1, 2, 3])
    assert protect(system.linked(), [1]).hidden == [1, 2]


@pytest.mark.usefixtures("most_numbers")
def test_a_shown_number_does_not_move_however_little_its_row_costs() -> None:
    system = of_two()
    system.cost[2] = 1e-4
    assert protect(system.linked(), [1]).hidden == [1, 2]


def test_what_is_known_twice_is_known_by_the_narrower() -> None:
    system = of_two(one=(1, 4))
    system.bound(1, 0, 3)
    system.bound(1, 0, 8)
    assert (system.low[1], system.high[1]) == (1, 3)


def test_equations_that_do_not_hold_are_refused() -> None:
    system = of_two()
    system.value[0] = 10.0
    with pytest.raises(ValueError, match="1 equations do not hold, the first by"):
        protect(system.linked(), [1])


def test_what_is_known_of_none_of_many_is_no_reason_to_hide_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """A programme that ends otherwise than with an answer, or that there is none, is an error."""
    monkeypatch.setattr(highspy.Highs, "getModelStatus", lambda _: highspy.HighsModelStatus.kUnknown)
    with pytest.raises(RuntimeError, match="HiGHS ended with"):
        protect(of_two().linked(), [1])


@pytest.mark.usefixtures("most_numbers")
def test_rows_that_show_the_same_number_are_hidden_together() -> None:
    system = System()
    for name, n in (("all", 9.0), ("one", 2.0), ("other", 7.0)):
        system.add(name, n, 1.0)
    system.show("all", [0], 50.0)
    system.show("one", [1], 1.0)
    system.show("other", [2], 1.0)
    system.show("other again", [2], 1.0)
    system.equate(0, [1, 2])
    assert protect(system.linked(), [1]).hidden == [1, 2, 3]
