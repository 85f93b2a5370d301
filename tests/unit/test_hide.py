"""What a release hides of a wave: the rule, and what it leads to, by small waves whose numbers can be seen through."""

from dataclasses import replace

import pytest

from pipelines.disclosure.answers import COMPLEMENTARY, PRIMARY, Answer, Base, Composite, Picked, Row, Statistic, Wave
from pipelines.disclosure.few import few
from pipelines.disclosure.hidden import rows_of
from pipelines.disclosure.hide import Hidden, _hide_answers, hide
from tests.unit.small_waves import (
    ALL,
    BLANK,
    EAST,
    MANY,
    MEAN,
    MEN,
    NO,
    NORTH,
    RULE,
    SHARE,
    SOUTH,
    WOMEN,
    YES,
    base,
    wave,
)


def row(n_answers: int, n_selected: int | None = None, **beside: object) -> Row:
    statistic = MEAN if n_selected is None else SHARE
    return Row(statistic, ALL, n_answers, n_selected, None, False)._replace(**beside)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("of", "told"),
    [
        (row(4), "base"),
        (row(5), ""),
        (row(20, 4), "answer"),
        (row(20, 5), ""),
        (row(20, 0), ""),
        (row(20, 16), "rest"),
        (row(20, 20), ""),
        (row(20, largest_share=0.51), "amount"),
        (row(20, largest_share=0.5), ""),
    ],
)
def test_the_rule_is_of_base_answer_and_rest(of: Row, told: str) -> None:
    assert few(of, Base(1, "p", "q", False), RULE) == told


@pytest.mark.parametrize(("n", "is_sensitive", "told"), [(9, True, "group"), (10, True, ""), (9, False, "")])
def test_all_of_a_small_group_giving_one_sensitive_answer_is_hidden(n: int, is_sensitive: bool, told: str) -> None:
    assert few(row(n, n), Base(1, "p", "q", is_sensitive), RULE) == told


def shares(found: dict[tuple[int, int], str]) -> dict[int, str]:
    return {domain: reason for (statistic, domain), reason in found.items() if statistic == SHARE.statistic_id}


def test_nothing_is_hidden_where_nothing_is_few() -> None:
    found = hide(wave(base(MANY)))
    assert (found.rows, found.counts, found.categories) == ({}, set(), {})


def test_one_of_two_categories_hides_the_other() -> None:
    found = hide(wave(base({**MANY, WOMEN: (2, 58), MEN: (58, 2)})))
    assert shares(found.rows) == {WOMEN: PRIMARY, MEN: PRIMARY}
    assert not found.unprotected


def test_one_of_three_categories_hides_one_other() -> None:
    found = hide(wave(base({**MANY, NORTH: (2, 38), SOUTH: (28, 12), EAST: (30, 10)})))
    hidden = shares(found.rows)
    assert hidden.pop(NORTH) == PRIMARY
    assert list(hidden.values()) == [COMPLEMENTARY]


def test_a_mean_that_would_give_a_share_away_is_hidden() -> None:
    found = hide(wave(base({**MANY, NORTH: (2, 38), SOUTH: (28, 12), EAST: (30, 10)})))
    assert {domain for _, domain in found.rows} == set(shares(found.rows))
    assert {statistic for statistic, _ in found.rows} == {SHARE.statistic_id, MEAN.statistic_id}


def test_a_category_of_few_is_hidden_in_everything_with_another() -> None:
    found = hide(wave(base({**MANY, ALL: (61, 61), NORTH: (1, 1), SOUTH: (30, 30), EAST: (30, 30)})))
    assert found.categories["p", NORTH] == PRIMARY
    assert sorted(found.categories.values()) == [COMPLEMENTARY, PRIMARY]
    assert all((SHARE.statistic_id, domain) in found.rows for _, domain in found.domains())


def test_a_category_in_which_nobody_answers_does_not_help_to_hide() -> None:
    """East asks nobody: what the whole is without north is south."""
    found = hide(wave(base({ALL: (32, 48, 0, 40), NORTH: (2, 38), SOUTH: (30, 10), EAST: (0, 0, 0, 40)})))
    assert set(shares(found.rows)) == {NORTH, SOUTH}


def test_breakdowns_of_the_same_people_give_nothing_away() -> None:
    """Women live in the north and nowhere else, and all who live there are."""
    numbers = {ALL: (60, 60), WOMEN: (3, 37), MEN: (57, 23), NORTH: (3, 37), SOUTH: (28, 12), EAST: (29, 11)}
    met = {("region", "sex"): [(NORTH, WOMEN), (SOUTH, MEN), (EAST, MEN)]}
    found = hide(wave(base(numbers), overlaps=met))
    assert {WOMEN, NORTH, MEN} <= set(shares(found.rows))


def test_a_printed_number_is_shown_and_what_is_beside_it_is_not() -> None:
    numbers = base({**MANY, WOMEN: (2, 58), MEN: (58, 2)})
    printed = [
        r._replace(is_printed=True) if r.domain_id == WOMEN and r.statistic == SHARE else r for r in numbers.rows
    ]
    found = hide(wave(replace(numbers, rows=printed)))
    assert (SHARE.statistic_id, WOMEN) in found.printed
    assert (SHARE.statistic_id, WOMEN) not in found.rows


def test_what_printed_shares_leave_is_hidden_with_the_bases_that_would_tell_it() -> None:
    """Of two categories the one is what is left of the whole, for those who know how many each has."""
    numbers = base({ALL: (60, 60), WOMEN: (2, 58), MEN: (58, 2)})
    printed = [r._replace(is_printed=r.domain_id != MEN and r.statistic == SHARE) for r in numbers.rows]
    found = hide(wave(replace(numbers, rows=printed)))
    assert (SHARE.statistic_id, MEN) in found.rows
    assert found.printed >= {(SHARE.statistic_id, ALL), (SHARE.statistic_id, WOMEN)}
    assert not found.unprotected


def test_a_population_of_few_is_hidden_where_they_are_picked_and_where_they_are_asked() -> None:
    asked = base({**MANY, NORTH: (3, 37), SOUTH: (28, 12), EAST: (29, 11)})
    of_them = base(
        {ALL: (30, 30), NORTH: (2, 1), SOUTH: (14, 14), EAST: (14, 15)}, base_id=2, population="yes", question_id="r"
    )
    of_them.rows = [
        r._replace(statistic=replace(r.statistic, statistic_id=r.statistic.statistic_id + 10)) for r in of_them.rows
    ]
    found = hide(wave(asked, of_them, picked={"yes": Picked("p", "q", ((1, 1),))}))
    assert ("yes", NORTH) in found.categories
    assert (11, NORTH) in found.rows
    assert (SHARE.statistic_id, NORTH) in found.rows


def test_that_nobody_of_all_gave_an_answer_is_no_secret() -> None:
    """Its share is 0 in every category, also where the base is hidden; how many they are is hidden with the rest."""
    nobody = Statistic(3, "share", False, (3, 3), None)
    numbers = base({ALL: (60, 60, 10), NORTH: (2, 38, 2), SOUTH: (28, 12, 3), EAST: (30, 10, 5)})
    numbers.rows += [r._replace(statistic=nobody, n_selected=0) for r in numbers.rows if r.statistic == SHARE]
    found = hide(wave(numbers))
    assert not {domain for statistic, domain in found.rows if statistic == nobody.statistic_id}
    assert NORTH in shares(found.rows)


def test_where_nobody_of_all_gave_an_answer_the_share_is_shown_without_its_base() -> None:
    """Of two in the north a row would tell how many they are; beside them the base is hidden and 0 is no secret."""
    nobody = Statistic(3, "share", False, (3, 3), None)
    numbers = base({ALL: (60, 60, 0, 38), NORTH: (1, 1, 0, 38), SOUTH: (30, 30), EAST: (29, 29)})
    numbers.rows += [r._replace(statistic=nobody, n_selected=0) for r in numbers.rows if r.statistic == SHARE]
    found = hide(wave(numbers))
    assert found.rows[nobody.statistic_id, NORTH] == PRIMARY
    shown = {domain for statistic, domain in found.printed if statistic == nobody.statistic_id}
    assert shown and shown <= {domain for statistic, domain in found.rows if statistic == MEAN.statistic_id}


def test_a_composite_tells_nothing_of_an_item_that_is_hidden() -> None:
    numbers = base({**MANY, WOMEN: (2, 58), MEN: (58, 2)})
    composites = [Composite(7, WOMEN, 60, ("q", "other")), Composite(7, ALL, 120, ("q", "other"))]
    found = hide(wave(numbers, composites=composites))
    assert (7, WOMEN) in found.rows
    assert (7, ALL) not in found.rows


def test_places_of_few_are_hidden_with_others() -> None:
    found = hide(wave(base(MANY), places={("fylke", 3): 2, ("fylke", 11): 60, ("fylke", 46): 58}))
    assert found.categories["p", ("fylke", 3)] == PRIMARY
    assert len(found.categories) > 1


def test_a_category_is_not_hidden_behind_those_who_stated_none() -> None:
    """The shares of the others tell how many stated any."""
    numbers = {ALL: (93, 93), NORTH: (1, 2), SOUTH: (40, 40), EAST: (32, 31)}
    found = hide(wave(base(numbers)))
    hidden = {category for _, category in found.categories}
    assert NORTH in hidden
    assert hidden & {SOUTH, EAST}
    assert not found.unprotected


def test_a_place_is_not_hidden_behind_those_who_live_elsewhere() -> None:
    found = hide(wave(base(MANY), places={("fylke", 3): 2, ("fylke", 11): 50, ("fylke", 46): 40}))
    assert len(found.categories) == 2


def test_weights_are_as_uncertain_as_respondents() -> None:
    """Yes weighs next to nothing in north and south: what is left of the whole is hardly any weight."""
    numbers = base({ALL: (60, 60), NORTH: (2, 38), SOUTH: (28, 12), EAST: (30, 10)})
    plain = hide(wave(numbers))
    for domain in (NORTH, SOUTH, EAST):
        light = 1.0 if domain == EAST else 0.05
        numbers.weights[domain] = {YES: light * numbers.counts[domain][YES], NO: float(numbers.counts[domain][NO])}
    for answer in (YES, NO):
        numbers.weights[ALL][answer] = sum(numbers.weights[domain][answer] for domain in (NORTH, SOUTH, EAST))
    weighted = hide(wave(numbers, weights=(0.05, 1.0, 1.0)))
    assert EAST not in shares(plain.rows)
    assert EAST in shares(weighted.rows)


def test_numbers_that_do_not_add_up_are_refused() -> None:
    """Nothing would be uncertain where nothing is possible, and all that is few would pass for known."""
    numbers = base({ALL: (60, 60), NORTH: (2, 38), SOUTH: (28, 12), EAST: (30, 12)})
    with pytest.raises(ValueError, match="do not hold"):
        hide(wave(numbers))


def test_a_composite_of_few_is_hidden() -> None:
    composites = [Composite(7, NORTH, 4, ("q", "other")), Composite(7, ALL, 5, ("q", "other"))]
    assert hide(wave(base(MANY), composites=composites)).rows == {(7, NORTH): PRIMARY}


def test_a_printed_category_of_few_is_shown() -> None:
    found = hide(wave(base({**MANY, ALL: (61, 61), NORTH: (1, 1)}), printed={("p", NORTH)}))
    assert ("p", NORTH) not in found.categories


def test_how_many_did_not_know_is_hidden_where_it_gives_a_category_away() -> None:
    """Of a hidden category nothing is told, and so as much is hidden of another."""
    numbers = {ALL: (61, 61, 30), NORTH: (1, 1, 1), SOUTH: (30, 30, 14), EAST: (30, 30, 15)}
    found = hide(wave(base(numbers)))
    assert {domain for _, domain in found.counts} >= {domain for _, domain in found.domains()}
    assert (1, NORTH) in found.counts


def test_rows_of_a_hidden_category_say_what_it_does() -> None:
    """North is few; who is hidden beside it has many respondents, and no row of theirs says otherwise."""
    found = hide(wave(base({**MANY, ALL: (61, 61), NORTH: (1, 1), SOUTH: (30, 30), EAST: (30, 30)})))
    for (_, domain), reason in found.domains().items():
        assert shares(found.rows)[domain] == reason


def test_that_categories_are_few_is_not_told_where_it_says_how_many() -> None:
    """Two in all, in two places that each have one or more: there is one in each."""
    found = hide(wave(base({ALL: (1, 1), NORTH: (1, 0), SOUTH: (0, 1)})))
    assert {category for _, category in found.categories} == {ALL, NORTH, SOUTH}
    assert COMPLEMENTARY in found.categories.values()


def test_that_an_answer_is_few_is_not_told_where_it_says_how_many() -> None:
    """One said yes in the north and one in the south, two of all: that each is 1 to 4 would tell it."""
    found = hide(wave(base({ALL: (2, 78), NORTH: (1, 39), SOUTH: (1, 39)})))
    assert not found.unprotected
    assert COMPLEMENTARY in {shares(found.rows)[NORTH], shares(found.rows)[SOUTH], shares(found.rows)[ALL]}


def test_a_population_hidden_for_one_question_is_hidden_in_those_looked_at_before() -> None:
    """It is known to be few only where it is picked, after the question `a`, which picks others and is asked of it."""
    asked = base({**MANY, NORTH: (3, 37), SOUTH: (28, 12), EAST: (29, 11)}, question_id="z")
    of_them = base(
        {ALL: (60, 0), NORTH: (3, 0), SOUTH: (28, 0), EAST: (29, 0)}, base_id=2, population="yes", question_id="a"
    )
    of_them.rows = [
        r._replace(statistic=replace(r.statistic, statistic_id=r.statistic.statistic_id + 10)) for r in of_them.rows
    ]
    found = hide(wave(asked, of_them, picked={"yes": Picked("p", "z", ((1, 1),)), "no": Picked("p", "a", ((2, 2),))}))
    beside = {domain for population, domain in found.domains() if population == "yes"} - {NORTH}
    assert beside
    assert {(11, domain) for domain in beside} <= set(found.rows)
    assert {(12, domain) for domain in beside} <= set(found.rows)


def test_that_an_answer_is_few_is_told_only_where_counts_and_weights_agree() -> None:
    """By weights, which may be nine times as heavy, it would tell nothing."""
    numbers = base({ALL: (2, 78), NORTH: (1, 39), SOUTH: (1, 39)})
    for domain, counts in numbers.counts.items():
        numbers.weights[domain] = {answer: float(n) for answer, n in counts.items()}
    plain = hide(wave(numbers))
    weighted = hide(wave(numbers, weights=(0.1, 1.0, 9.0)))
    told = {name for name, reason in plain.rows.items() if reason == COMPLEMENTARY}
    assert told
    assert told <= {name for name, reason in weighted.rows.items() if reason == COMPLEMENTARY}


def test_numbers_that_cannot_be_made_uncertain_are_told() -> None:
    """Of 62 and of the east it is printed how many they are: in the north and the south there are two together."""
    numbers = base({ALL: (31, 31), NORTH: (1, 0), SOUTH: (0, 1), EAST: (30, 30)})
    found = hide(wave(numbers, printed={("p", ALL), ("p", EAST)}))
    assert {text for text in found.unprotected if text.startswith("s 2001, respondents of p: ")}


def test_a_run_is_told_all_that_is_hidden_and_of_which_waves() -> None:
    hidden = Hidden({(1, 2): PRIMARY}, {(3, 4)}, {(5, 6)}, {("p", 7): PRIMARY, ("p", ("fylke", 8)): COMPLEMENTARY})
    assert list(rows_of(hidden)) == [
        {"what": "wave"},
        {"what": "row", "statistic_id": 1, "domain_id": 2, "reason": PRIMARY},
        {"what": "printed", "statistic_id": 3, "domain_id": 4},
        {"what": "counts", "base_id": 5, "domain_id": 6},
        {"what": "category", "population": "p", "domain_id": 7, "reason": PRIMARY},
        {"what": "place", "population": "p", "place": "fylke", "category_no": 8, "reason": COMPLEMENTARY},
    ]


def test_what_hides_nothing_itself_is_hidden_with_another_where_it_is_hidden_already() -> None:
    """As by a population that is hidden, or by weights: of two categories the one is what the other leaves."""
    numbers = wave(base(MANY))
    hidden = Hidden({(SHARE.statistic_id, WOMEN): COMPLEMENTARY})
    _hide_answers(numbers, numbers.bases, hidden)
    assert shares(hidden.rows) == {WOMEN: COMPLEMENTARY, MEN: COMPLEMENTARY}


def test_counts_are_looked_at_again_after_weights_until_neither_hides_more(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []

    def hide_block(wave: Wave, bases: list[Base], hidden: Hidden, is_weighted: bool) -> list[str]:
        looked_at.append(is_weighted)
        if looked_at == [False, True]:
            hidden.rows[SHARE.statistic_id, WOMEN] = COMPLEMENTARY
        return []

    monkeypatch.setattr("pipelines.disclosure.hide._hide_block", hide_block)
    numbers = wave(base(MANY), weights=(0.5, 1.0, 2.0))
    _hide_answers(numbers, numbers.bases, Hidden())
    assert looked_at == [False, True] * 2


def test_what_does_not_settle_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.disclosure.hide.MOST_ROUNDS", 0)
    with pytest.raises(RuntimeError, match="s 2001: what is hidden did not settle in 0 rounds"):
        hide(wave(base(MANY)))


@pytest.mark.parametrize(
    ("statistic", "counted"),
    [
        (Statistic(1, "share", False, (2, 3), None), {2, 3}),
        (Statistic(1, "share", False, (1, 9), (2.0, 3.0)), {2, 3}),
        (Statistic(1, "mean", False, None, None), set()),
    ],
)
def test_a_share_counts_answers_by_code_and_by_value(statistic: Statistic, counted: set[int]) -> None:
    answers = [*(Answer("answer", code, float(code)) for code in range(1, 5)), Answer("dont_know", 8, None), BLANK]
    assert {answer.code for answer in answers if statistic.counts(answer)} == counted


def test_those_picked_gave_one_of_the_codes() -> None:
    picked = Picked("p", "q", ((1, 2), (4, 4)))
    assert [code for code in range(6) if picked.picks(Answer("answer", code, None))] == [1, 2, 4]
    assert not picked.picks(BLANK)
    made = wave(base(MANY), base(MANY, base_id=2, population="yes"), picked={"yes": picked})
    assert list(made.populations()) == ["p"]
