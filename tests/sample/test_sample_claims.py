"""Claims in words as targets of the sample: which rows are, what a relation asks of cells, and who gets what.

Not here: whether the shipped sample holds them (tests/integration/test_claims_of_the_sample.py).
"""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest

from pipelines.reconciliation.pairs import Cell as Found
from pipelines.reconciliation.relations import RELATIONS
from pipelines.reconciliation.relations import Part as FoundPart
from pipelines.reconciliation.statements import Statement, load_statements, parse_statements
from tests.sample import claims
from tests.sample.claims import RULES, Part, Sum, claimed_targets
from tests.sample.programme import Programme
from tests.sample.solve import Delivery, Plan, solve
from tests.sample.ssb_kommune.names import SURVEY, WAVES
from tests.sample.stages import PatternStage
from tests.sample.targets import Cell, Target
from tests.sample.units import Unit, kommuner

# Relation -> its amount, and whether a part has a side b.
ASKED = {
    "above": (None, True), "largest": (None, True), "smallest": (None, True), "not_above": (None, True),
    "rises": (None, False), "falls": (None, False), "equal": (2.0, True), "independent": (2.0, False),
    "among_largest": (2.0, True), "among_smallest": (2.0, True), "mostly_above": (None, True),
    "one_of_few": (2.0, True), "only_in": (None, True),
}  # fmt: skip
# What ties do, the sample does not aim at.
STRICTER = {"among_largest", "among_smallest"}
ONE_PAIR = {"mostly_above", "one_of_few"}


def claim(relation: str, amount: float | None) -> Statement:
    return Statement("a claim", "a document", "1", "Noe.", RELATIONS[relation], amount, "", "", "")


def cell_of(place: int) -> Cell:
    return Cell(1, (), "place", str(place), "q", (1, 1), statistic="count")


def counted(numbers: Sequence[int]) -> list[Unit]:
    """Units of which so many say yes in each place."""
    return [Unit(1, {"place": str(place)}, {"q": 1}) for place, n in enumerate(numbers) for _ in range(n)]


def shaped(relation: str, random: Random) -> list[tuple[int, int]]:
    """How many cells each part has on either side."""
    if relation in ONE_PAIR:
        return [(1, 1)] * 5
    has_b = ASKED[relation][1]
    n_a = 1 if relation in ("rises", "falls") else random.randint(1, 3)
    return [(n_a, random.randint(1, 3) if has_b else 0) for _ in range(random.randint(2, 3))]


@pytest.mark.parametrize("relation", ASKED)
def test_limits_hold_where_the_relation_does(relation: str) -> None:
    random = Random(relation)
    amount, _ = ASKED[relation]
    seen = set()
    for _ in range(400):
        places = iter(range(100))
        shape = [[[next(places) for _ in range(n)] for n in sides] for sides in shaped(relation, random)]
        numbers = [random.choice((0, 0, 1, 2, 3, 5)) for _ in range(next(places))]
        parts = [Part(*(tuple(Sum(((1.0, cell_of(p)),)) for p in side) for side in sides)) for sides in shape]
        found = [FoundPart(*(tuple(Found(float(numbers[p])) for p in side) for side in sides)) for sides in shape]
        units = counted(numbers)
        is_met = all(target.holds(units) for target in RULES[relation](claim(relation, amount), parts))
        holds = all(pair.holds for pair in RELATIONS[relation].rule(found, amount))
        assert holds or not is_met
        assert is_met or not holds or relation in STRICTER
        seen.add(is_met)
    assert seen == {True, False}


def test_a_correlation_with_numbers_that_go_up_is_a_rise() -> None:
    parts = [Part((Sum(((1.0, cell_of(p)),)),), (Sum((), float(p)),)) for p in range(3)]
    targets = list(RULES["correlates"](claim("correlates", 0.5), parts))
    assert [all(target.holds(counted(numbers)) for target in targets) for numbers in ((1, 2, 3), (1, 3, 2))] == [
        True,
        False,
    ]
    with pytest.raises(ValueError, match="a claim: a correlation is solved for with numbers that go up"):
        list(RULES["correlates"](claim("correlates", 0.5), parts[::-1]))


def test_a_number_that_is_read_is_the_one_given() -> None:
    part = Part((Sum(((1.0, cell_of(0)),)),), (Sum((), 2.0),))
    (target,) = RULES["reads"](claim("reads", None), [part])
    assert [target.holds(counted([n])) for n in (1, 2, 3)] == [False, True, False]


def test_a_change_of_a_joined_division_has_a_wider_margin() -> None:
    by = {True: "fylke@2020", False: "fylke"}
    margins = {
        is_joined: Sum(((1.0, Cell(1, (), name, "18", "", (4, 4), "i")),)).margin for is_joined, name in by.items()
    }
    assert margins[True] > margins[False] > 0


# --- from the rows -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def units() -> list[Unit]:
    return [unit for wave in WAVES for unit in kommuner(wave)]


def test_two_claims_of_three_are_targets_and_none_of_which_more_is_known(units: list[Unit]) -> None:
    of_report = [s for s in load_statements() if s.source_document == "ssb_rapport_2023_27" and not s.known]
    aimed_at = {target.name for target in claimed_targets(SURVEY, WAVES, units)}
    assert aimed_at == {s.statement_id for s in of_report if s.is_sample_target}
    assert 0 < len(aimed_at) < len(of_report)


def read(monkeypatch: pytest.MonkeyPatch, units: list[Unit], a: dict[str, str], b: dict[str, str]) -> list[Target]:
    """The targets of one claim that a is above b."""
    row = dict.fromkeys(("source_document", "location", "statement_nb"), "x") | {
        "statement_id": "a claim", "relation": "above", "amount": "", "hedge": "", "known": "", "known_nb": "",
    }  # fmt: skip
    blank = {"coefficient": "", "value": "", "table_name": "", "column_name": "", "row_key": ""}
    terms = [blank | {"statement_id": "a claim", "part": "1", "side": side} | of for side, of in (("a", a), ("b", b))]
    (statement,) = parse_statements([row], terms)
    assert statement.is_sample_target
    monkeypatch.setattr(claims, "load_statements", lambda: (statement,))
    return claimed_targets(SURVEY, WAVES, units)


TRIED = "survey=ssb_kommune;population=kommuner;question_id=ssb23_forsokt_rekruttere;answer=1"
HALF = {"value": "0.5"}


def estimate(row_key: str, table: str = "survey_estimates", column: str = "estimate") -> dict[str, str]:
    return {"table_name": table, "column_name": column, "row_key": row_key}


def test_a_row_key_that_excludes_names_all_other_categories(monkeypatch: pytest.MonkeyPatch, units: list[Unit]) -> None:
    key = f"{TRIED};wave=2022;breakdown=innbyggergruppe;category=!under_2000"
    cells = [part[0][1] for target in read(monkeypatch, units, estimate(key), HALF) for part in target.parts]
    groups = {unit.attributes["innbyggergruppe"] for unit in units} - {"under_2000"}
    assert sorted(cell.category for cell in cells) == sorted(groups)
    assert {cell.question for cell in cells} == {"ssb23_forsokt_rekruttere"}


def test_a_difference_between_waves_is_one_of_two_cells(monkeypatch: pytest.MonkeyPatch, units: list[Unit]) -> None:
    key = f"{TRIED};comparison=wave;breakdown=all;category=all;wave=2022;compared_wave=2018"
    (target,) = read(monkeypatch, units, estimate(key, "survey_changes", "difference"), HALF)
    ((part,), constant) = target.parts, target.constant
    assert [(factor, cell.wave) for factor, cell in part] == [(1.0, 2022), (-1.0, 2018)]
    assert constant == -0.5


def test_scores_of_a_fylke_are_those_of_its_kommuner_in_the_division(
    monkeypatch: pytest.MonkeyPatch, units: list[Unit]
) -> None:
    key = "wave=2018;division_year={};indicator=digital_aktivitet;fylkesnr={};score=4"
    own, joined = (
        read(monkeypatch, units, estimate(key.format(*of), "fylke_indicators", "share"), HALF)[0].parts[0][0][1]
        for of in ((2018, "20"), (2020, "54"))
    )
    assert {u.attributes["kommunenr"][:2] for u in units if own.is_of(u)} == {"20"}
    assert {u.attributes["kommunenr"][:2] for u in units if joined.is_of(u)} >= {"19", "20"}


def test_a_table_that_no_answers_decide_gives_no_target(monkeypatch: pytest.MonkeyPatch, units: list[Unit]) -> None:
    places = estimate("index=un_egdi;year=2020", "international_rankings", "rank")
    assert read(monkeypatch, units, places, {"value": "1"}) == []
    assert read(monkeypatch, units, estimate(TRIED.replace("ssb_kommune", "itip") + ";wave=2021"), HALF) == []


def test_what_is_not_listed_or_nobody_is_of_is_refused(monkeypatch: pytest.MonkeyPatch, units: list[Unit]) -> None:
    with pytest.raises(ValueError, match="answer=!2 names nothing that is listed"):
        read(monkeypatch, units, estimate(TRIED.replace("answer=1", "answer=!2") + ";wave=2022"), HALF)
    with pytest.raises(ValueError, match=r"a claim: no unit is in .*category=nowhere"):
        read(monkeypatch, units, estimate(f"{TRIED};wave=2022;breakdown=fylke;category=nowhere"), HALF)


# --- solved for --------------------------------------------------------------------------------------------


def test_of_parts_that_are_open_those_are_limited_that_the_reference_meets_best() -> None:
    programme = Programme("toy", np.array([5, 1, 9]), np.array([5.0, 1.0, 9.0]))
    programme.fix({0: 1, 1: 1, 2: 1}, 15)
    programme.limit_most("two of three", [[({j: 1.0}, 6, np.inf)] for j in range(3)], 2)
    first, second, third = programme.solve()
    assert first >= 6 and third >= 6 and second <= 1


def toy(targets: list[Target], stages: list[PatternStage], units: list[Unit]) -> list[Unit]:
    return solve(Plan("toy", units, targets, stages, {1: Delivery("utf-8")}, ""))


def of(number: int) -> list[Unit]:
    return [Unit(1, {"all": "all", "id": str(i), "kind": "ab"[i % 2]}) for i in range(number)]


YES_OR_NO = [({"q": 1}, 1.0), ({"q": 2}, 1.0)]


def test_who_gets_what_is_drawn_again_until_places_differ_as_they_must() -> None:
    shares = [Cell(1, (), "kind", kind, "q", (1, 1)) for kind in "ab"]
    apart = Target("a above b", 0.3, 1.0, (((1.0, shares[0]), (-1.0, shares[1])),))
    units = toy([apart], [PatternStage("only", ("q",), ("wave",), lambda unit: YES_OR_NO)], of(40))
    assert sum(unit.answers["q"] == 1 for unit in units) == 20  # the group has what it had
    assert apart.holds(units)


def test_two_shares_of_groups_that_the_stage_itself_makes_can_be_kept_apart() -> None:
    patterns = [({"p": p, "q": q}, 1.0) for p in (1, 2) for q in (1, 2)]
    of_p = [Cell(1, (("p", code, code),), "all", "all", "q", (1, 1)) for code in (1, 2)]
    apart = Target("crossed", 0.4, np.inf, (((1.0, of_p[0]), (-1.0, of_p[1])),))
    units = toy([apart], [PatternStage("only", ("p", "q"), ("wave",), lambda unit: patterns)], of(40))
    assert apart.value(units) >= 0.4
    assert {unit.answers["p"] for unit in units} == {1, 2}


def test_a_claim_on_finer_answers_waits_for_the_stage_that_tells_them_apart() -> None:
    finer = {2: {2: 0.5, 3: 0.5}}

    def split(unit: Unit) -> list[tuple[dict[str, int], float]]:
        code = unit.answers["q"]
        return [({"q": c}, w) for c, w in finer.get(code, {code: 1.0}).items()]

    stages = [
        PatternStage("coarse", ("q",), ("wave",), lambda unit: YES_OR_NO),
        PatternStage("fine", ("q",), ("wave", "q"), split, finer=finer),
    ]
    coarse = Target("two or three", 0.6, 0.6, (((1.0, Cell(1, (), "all", "all", "q", (2, 3))),),))
    fine = Target("three", 0.4, 0.4, (((1.0, Cell(1, (), "all", "all", "q", (3, 3))),),))
    units = toy([coarse, fine], stages, of(20))
    assert [sum(unit.answers["q"] == code for unit in units) for code in (1, 2, 3)] == [8, 4, 8]


def test_the_larger_are_pulled_to_more_of_what_their_group_shares_out() -> None:
    options = [({"q": n}, 1.0) for n in range(4)]
    stage = PatternStage(
        "only", ("q",), ("wave",), lambda unit: options, lambda unit: float(unit.attributes["id"]), "q"
    )
    units = toy([], [stage], of(200))
    assert np.corrcoef([int(u.attributes["id"]) for u in units], [u.answers["q"] for u in units])[0, 1] > 0.9


def test_what_an_earlier_stage_settled_counts_as_it_is() -> None:
    stages = [
        PatternStage("first", ("q",), ("wave",), lambda unit: YES_OR_NO),
        PatternStage("second", ("r",), ("wave",), lambda unit: [({"r": 1}, 1.0), ({"r": 2}, 1.0)]),
    ]
    cells = [Cell(1, (), "all", "all", question, (1, 1)) for question in "rq"]
    above = Target("r above q", 0.2, np.inf, (((1.0, cells[0]), (-1.0, cells[1])),))
    units = toy([above], stages, of(20))
    assert [sum(unit.answers[question] == 1 for unit in units) for question in "qr"] == [10, 15]
