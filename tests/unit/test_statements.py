"""Claims in words: every relation and status is reached for its reason, and the seeds hold what they are read as.

Not here: the claims of a whole run; tests/integration compares those.
"""

import math
import re
from dataclasses import replace

import pandas as pd
import pytest

from pipelines.common.contracts import Column, Contract
from pipelines.common.row_key import parse_row_pattern
from pipelines.common.row_keys import Lookup
from pipelines.common.seeds import SeedError
from pipelines.reconciliation.language import EN, NB, load_english
from pipelines.reconciliation.noise import Noise, noise_of, two_sided_p
from pipelines.reconciliation.pairs import Cell, Group, Pair
from pipelines.reconciliation.relations import RELATIONS
from pipelines.reconciliation.report import print_statements
from pipelines.reconciliation.statement_cells import statement_contracts
from pipelines.reconciliation.statement_rows import Known, load_known
from pipelines.reconciliation.statements import load_statements, parse_statements
from pipelines.reconciliation.verdicts import STATUSES, describe_contradicted, reconcile_statements, summary
from pipelines.reconciliation.words import pair_told

COLUMNS = ["survey", "population", "question_id", "statistic", "answer", "breakdown", "wave", "category"]


def estimates(*rows: tuple, **more: object) -> pd.DataFrame:
    """survey_estimates of rows (question, category, wave, estimate, std_error); what `more` has, all of them have."""
    frame = pd.DataFrame(
        [("s", "p", q, "mean", None, "b", wave, category, value, error) for q, category, wave, value, error in rows],
        columns=[*COLUMNS, "estimate", "std_error"],
    )
    labels = {"category_nb": frame["category"].str.upper(), "question_nb": "Spørsmål " + frame["question_id"]}
    return frame.assign(**labels, scale="0-10", is_synthetic=True, **more)


def claim(relation: str, *terms: str, amount: str = "", known: str = "", known_nb: str = "", name: str = "c"):
    """The claim with terms '1 a q=x;c=y', '2 b 3.5' or, of another column, '1 a mark: q=x'."""
    row = {
        "statement_id": name, "source_document": "report", "location": "Side 1", "statement_nb": "Så er det",
        "hedge": "", "relation": relation, "amount": amount, "known": known, "known_nb": known_nb,
    }  # fmt: skip
    return parse_statements([row], [term(text, name) for text in terms])


def term(text: str, name: str = "c") -> dict[str, str]:
    part, side, of_cells = text.split(" ", 2)
    side, _, coefficient = side.partition("*")
    column, _, key = of_cells.rpartition(": ")
    key = key.replace("q=", "question_id=").replace("c=", "category=").replace("w=", "wave=")
    is_cell = "=" in of_cells
    return {
        "statement_id": name, "part": part, "side": side, "coefficient": coefficient,
        "value": "" if is_cell else of_cells,
        "table_name": "survey_estimates" if is_cell else "", "column_name": (column or "estimate") if is_cell else "",
        "row_key": key if is_cell else "",
    }  # fmt: skip


def verdict(statements, table: pd.DataFrame, census: tuple[str, ...] = (), **frames: pd.DataFrame) -> pd.Series:
    return reconcile_statements({"survey_estimates": table, **frames}, statements, Known(census)).iloc[0]


def status(statements, table: pd.DataFrame, **how) -> str:
    return verdict(statements, table, **how)["status"]


def values(*numbers: float, error: float | None = 0.001) -> pd.DataFrame:
    """One question, a category a number: a, b, c ..."""
    return estimates(*(("q", "abcdefgh"[n], 2023, number, error) for n, number in enumerate(numbers)))


# --- relations ------------------------------------------------------------------------------------

HOLDS, CONTRADICTED = "holds", "contradicted"
FOUR = ("1 a c=a", "1 b c=b|c|d")


CELL_CASES = [
    ("above", "", ("1 a c=a", "1 b c=b"), (6, 5), HOLDS),
    ("above", "", ("1 a c=a", "1 b c=b"), (5, 6), CONTRADICTED),
    ("above", "", ("1 a c=a", "1 b c=b"), (5, 5), "contradicted_within_noise"),
    ("above", "", ("1 a c=a", "1 b 5.5"), (6,), HOLDS),
    ("above", "", ("1 a c=a", "1 b*.5 c=b"), (6, 10), HOLDS),
    ("above", "", ("1 a c=a", "1 b c=b", "2 a c=b", "2 b c=c"), (6, 5, 4), HOLDS),
    ("above", "", ("1 a c=a", "1 b c=b", "2 a c=b", "2 b c=c"), (6, 5, 7), CONTRADICTED),
    ("above", "", ("1 a c=!b", "1 b c=b"), (6, 5, 7), HOLDS),
    ("not_above", "", ("1 a c=a", "1 b c=b"), (5, 6), HOLDS),
    ("not_above", "", ("1 a c=a", "1 b c=b"), (6, 5), CONTRADICTED),
    ("largest", "", FOUR, (7, 4, 5, 6), HOLDS),
    ("largest", "", FOUR, (5, 4, 5.5, 3), CONTRADICTED),
    ("smallest", "", FOUR, (1, 4, 5, 6), HOLDS),
    ("smallest", "", FOUR, (4.5, 4, 5, 6), CONTRADICTED),
    ("among_largest", "2", FOUR, (5.5, 4, 5, 6), HOLDS),
    ("among_largest", "1", FOUR, (5.5, 4, 5, 6), CONTRADICTED),
    ("among_largest", "2", ("1 a c=a|b", "1 b c=c|d"), (6, 5, 4, 3), HOLDS),
    ("among_largest", "2", ("1 a c=a|b", "1 b c=c|d"), (6, 3.5, 4, 3), CONTRADICTED),
    ("among_smallest", "2", FOUR, (4.5, 4, 5, 6), HOLDS),
    ("among_smallest", "1", FOUR, (4.5, 4, 5, 6), CONTRADICTED),
    ("rises", "", ("1 a c=a", "2 a c=b", "3 a c=c"), (4, 5, 6), HOLDS),
    ("rises", "", ("1 a c=a", "2 a c=b", "3 a c=c"), (4, 6, 5), CONTRADICTED),
    ("falls", "", ("1 a c=c", "2 a c=b", "3 a c=a"), (4, 5, 6), HOLDS),
    ("falls", "", ("1 a c=a", "2 a c=b"), (4, 5), CONTRADICTED),
    ("equal", "0.51", ("1 a c=a", "1 b c=b"), (5, 5.5), HOLDS),
    ("equal", "0.5", ("1 a c=a", "1 b c=b"), (5, 5.5), "holds_within_noise"),
    ("equal", "0.4", ("1 a c=a", "1 b c=b"), (5, 5.5), CONTRADICTED),
    ("equal", "0.1", ("1 a c=a", "1 b*.5 c=b"), (3, 6.1), HOLDS),
    ("independent", "1.01", ("1 a c=a|b|c",), (5, 5.5, 6), HOLDS),
    ("independent", "0.9", ("1 a c=a|b|c",), (5, 5.5, 6), CONTRADICTED),
    ("within", "0.5", ("1 a c=a|b", "1 b 5", "1 b 6"), (-5, 7), HOLDS),
    ("within", "0.6", ("1 a c=a|b", "1 b 5", "1 b 6"), (-5, 7), CONTRADICTED),
    ("reads", "", ("1 a category: c=a|b", "1 b a", "1 b b"), (1, 2), HOLDS),
    ("reads", "", ("1 a category: c=a|b", "1 b a"), (1, 2), CONTRADICTED),
    ("reads", "", ("1 a is_synthetic: c=a", "1 b true"), (1,), HOLDS),
    ("reads", "", ("1 a estimate: c=a", "1 b 1"), (1,), HOLDS),
    ("only_in", "", ("1 a c=a", "1 b c=b|z"), (1, 0), HOLDS),
    ("only_in", "", ("1 a c=a", "1 b c=z"), (1,), HOLDS),
    ("only_in", "", ("1 a c=a", "1 b c=b"), (1, 0.0001), CONTRADICTED),
    ("only_in", "", ("1 a c=a", "1 b c=b"), (0, 0), CONTRADICTED),
    ("correlates", "", ("1 a c=a|b", "1 b c=c|d"), (1, 2, 3, 4), HOLDS),
    ("correlates", "", ("1 a c=a|b", "1 b c=c|d"), (1, 2, 4, 3), CONTRADICTED),
    ("correlates", "", ("1 a c=a|b", "1 b c=c|d"), (1, 1, 4, 3), CONTRADICTED),
    ("correlates", "0.4", ("1 a c=a|b|c", "1 b c=d|e|f"), (1, 2, 3, 1, 3, 2), HOLDS),
    ("correlates", "0.6", ("1 a c=a|b|c", "1 b c=d|e|f"), (1, 2, 3, 1, 3, 2), CONTRADICTED),
]  # fmt: skip


@pytest.mark.parametrize(("relation", "amount", "terms", "numbers", "expected"), CELL_CASES)
def test_relation_holds_as_its_rule_says(relation, amount, terms, numbers, expected):
    assert status(claim(relation, *terms, amount=amount), values(*numbers)) == expected


PARTS = [text for n, (a, b) in enumerate(["ab", "cd", "ef"], 1) for text in (f"{n} a c={a}", f"{n} b c={b}")]


PART_CASES = [
    ("mostly_above", "", (2, 1, 2, 1, 1, 2), HOLDS),
    ("mostly_above", "", (2, 1, 1, 2, 1, 2), CONTRADICTED),
    ("mostly_above", "0.7", (2, 1, 2, 1, 1, 2), CONTRADICTED),
    ("mostly_above", "0.7", (2, 1, 2, 1, 2, 1), HOLDS),
    ("mostly_above", "1", (2, 1, 2, 1, 1, 2), CONTRADICTED),
    ("one_of_few", "1", (1, 2, 2, 1, 2, 1), HOLDS),
    ("one_of_few", "2", (1, 2, 2, 1, 1, 2), HOLDS),
    ("one_of_few", "1", (1, 2, 2, 1, 1, 2), CONTRADICTED),
    ("one_of_few", "1", (2, 1, 2, 1, 2, 1), CONTRADICTED),
]


@pytest.mark.parametrize(("relation", "amount", "numbers", "expected"), PART_CASES)
def test_relation_over_parts_counts_the_parts_that_hold(relation, amount, numbers, expected):
    assert status(claim(relation, *PARTS, amount=amount), values(*numbers)) == expected


def test_every_relation_has_cases_that_hold_and_that_do_not():
    cases = {(relation, expected == HOLDS) for relation, *_, expected in [*CELL_CASES, *PART_CASES]}
    assert cases == {(relation, holds) for relation in RELATIONS for holds in (True, False)}


def test_place_that_fewer_others_than_it_cannot_deny_is_had():
    row = verdict(claim("among_largest", "1 a c=a", "1 b c=b", amount="2"), values(1, 2))
    assert (row["status"], row["explanation"]) == ("holds", NB.nothing)


def test_sides_that_are_summed_are_one_cell():
    table = values(2, 3, 4)
    row = verdict(claim("above", "1 sum_a*.5 c=a|b|c", "1 b c=c"), table)
    assert (row["status"], row["value_a"], row["difference"]) == ("holds", 4.5, 0.5)
    assert row["std_error"] == pytest.approx(math.hypot(math.sqrt(3) * 0.5, 1) * 0.001)


def test_sides_that_do_not_pair_are_the_seeds_mistake():
    with pytest.raises(SeedError, match=r"statement_term\.csv, c: side a has 1 cells and side b 2"):
        verdict(claim("correlates", "1 a c=a", "1 b c=b|c"), values(1, 2, 3))


# --- noise ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "error", "expected"),
    [
        ((6, 5), 0.5, "holds_within_noise"),
        ((6, 5), 0.3, "holds"),
        ((5, 6), 0.5, "contradicted_within_noise"),
        ((5, 6), 0.3, "contradicted"),
        ((5, 6), None, "contradicted_within_noise"),
        ((6, 5), 0.0, "holds_within_noise"),
    ],
)
def test_difference_that_may_be_chance_is_called_so(numbers, error, expected):
    row = verdict(claim("above", "1 a c=a", "1 b c=b"), values(*numbers, error=error))
    assert row["status"] == expected
    assert pd.isna(row["p_value"]) == (not error)


def test_alpha_is_five_percent_of_both_sides():
    margin = 1.96
    table = estimates(("q", "a", 2023, margin, 1.0), ("q", "b", 2023, 0.0, 1e-9))
    assert status(claim("above", "1 a c=a", "1 b c=b"), table) == "holds"
    assert two_sided_p(1.959963985, 1) == pytest.approx(0.05)
    assert two_sided_p(0, 1) == 1


def test_full_count_has_no_noise():
    row = verdict(claim("above", "1 a c=a", "1 b c=b"), values(6, 5.9, error=5), census=("s",))
    assert row["status"] == "holds"
    assert pd.isna(row["std_error"]) and pd.isna(row["p_value"])


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (1.0 + 1.6449 * math.hypot(0.2, 0.2), "holds"),
        (1.0 + 1.6448 * math.hypot(0.2, 0.2), "holds_within_noise"),
        (1.0 - 1.6448 * math.hypot(0.2, 0.2), "contradicted_within_noise"),
        (1.0 - 1.6449 * math.hypot(0.2, 0.2), "contradicted"),
    ],
)
@pytest.mark.parametrize(("relation", "terms"), [("equal", ("1 a c=a", "1 b c=b")), ("independent", ("1 a c=a|b",))])
def test_likeness_is_tested_one_sidedly_against_its_tolerance(relation, terms, amount, expected):
    row = verdict(claim(relation, *terms, amount=str(amount)), values(5, 6, error=0.2))
    assert row["status"] == expected
    assert row["p_value"] == pytest.approx(two_sided_p(amount - 1, math.hypot(0.2, 0.2)) / 2)


ALIKE = {"estimate": [0.0, 0.3], "std_error": [0.0, 0.02], "ci_upper": [0.1, 0.34]}


@pytest.mark.parametrize(
    ("relation", "amount", "low_b", "expected"),
    [
        ("smallest", "", 0.26, "holds"),
        ("smallest", "", 0.09, "holds_within_noise"),
        ("largest", "", 0.26, "contradicted"),
        ("largest", "", 0.09, "contradicted_within_noise"),
        ("equal", "0.35", 0.26, "holds"),
        ("equal", "0.32", 0.26, "holds_within_noise"),
        ("equal", "0.2", 0.26, "contradicted_within_noise"),
        ("equal", "0.1", 0.26, "contradicted"),
    ],
)
def test_where_a_side_does_not_vary_the_intervals_have_to_tell(relation, amount, low_b, expected):
    table = values(0, 0).assign(**ALIKE, ci_lower=[0.0, low_b])
    row = verdict(claim(relation, "1 a c=a", "1 b c=b", amount=amount), table)
    assert (row["status"], pd.isna(row["p_value"])) == (expected, True)
    assert NB.untested in row["explanation"]
    assert (NB.chance in row["explanation"]) is expected.endswith("noise")


def test_a_share_of_none_in_a_sample_does_not_show_that_there_are_none():
    none = values(0.0, error=0.0).assign(ci_lower=0.0, ci_upper=0.1)
    assert status(claim("equal", "1 a c=a", "1 b 0", amount="0"), none) == "holds_within_noise"
    assert status(claim("equal", "1 a c=a", "1 b 0", amount="0"), none, census=("s",)) == "holds"


def test_sum_of_which_a_part_does_not_vary_has_no_known_error():
    table = values(2, 3, 4).assign(std_error=[0.1, 0.0, 0.1])
    row = verdict(claim("above", "1 sum_a c=a|b", "1 b c=c"), table)
    assert (row["status"], pd.isna(row["std_error"])) == ("holds_within_noise", True)


CHANGE = {
    "survey": "s", "population": "p", "question_id": "q", "statistic": "mean", "answer": None, "breakdown": "b",
    "wave": 2023, "category": "b", "compared_wave": 2023, "compared_category": "a", "std_error": 9.0, "p_value": 0.9,
    "is_comparable": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (CHANGE, (9.0, 0.9)),
        (CHANGE | {"category": "a", "compared_category": "b"}, (9.0, 0.9)),
        (CHANGE | {"p_value": None}, (9.0, None)),
        (CHANGE | {"question_id": "other"}, (pytest.approx(math.hypot(0.001, 0.001)), pytest.approx(0))),
    ],
)
def test_pair_that_is_tested_in_survey_changes_has_its_noise(change, expected):
    row = verdict(claim("above", "1 a c=a", "1 b c=b"), values(6, 5), survey_changes=pd.DataFrame([change]))
    assert (row["std_error"], None if pd.isna(row["p_value"]) else row["p_value"]) == expected


@pytest.mark.parametrize("census", [(), ("s",)])
@pytest.mark.parametrize("is_comparable", [True, False])
def test_pair_across_a_break_in_the_series_says_so(is_comparable, census):
    change = CHANGE | {"is_comparable": is_comparable}
    rows = [
        verdict(claim("above", *terms), values(6, 5, 4), census, survey_changes=pd.DataFrame([change]))
        for terms in (("1 a c=a", "1 b c=b"), ("1 a c=a", "1 b c=b|c"), ("1 a c=a", "1 b c=c"))
    ]
    assert [row["explanation"].endswith(NB.broken) for row in rows] == [not is_comparable, not is_comparable, False]


def test_change_across_a_break_says_so():
    changes = pd.DataFrame([CHANGE | {"is_comparable": False, "difference": 2.0, "is_synthetic": True}])
    (statement,) = claim("above", "1 a difference: c=b", "1 b 1")
    of_changes = replace(statement.terms[0], table_name="survey_changes")
    statement = replace(statement, terms=(of_changes, *statement.terms[1:]))
    row = verdict([statement], values(1), survey_changes=changes)
    assert "endring 2 mot endring 1; forskjell 1" in row["explanation"]
    assert row["explanation"].endswith(NB.broken)


YES, NO, OTHER = (("q", 4.0, 5.0),), (("q", 1.0, 3.0),), (("r", 1.0, 1.0),)


@pytest.mark.parametrize(
    ("of_a", "of_b", "is_shared"),
    [
        (("s", {2023}, "b", "x"), ("s", {2023}, "b", "y"), False),
        (("s", {2023}, "b", "x"), ("s", {2021}, "b", "x"), False),
        (("s", {2023}, "b", "x"), ("t", {2023}, "b", "x"), False),
        (("s", {2023}, "b", "x"), ("s", {2023}, "b", "x"), True),
        (("s", {2023}, "b", "x"), ("s", {2023}, "all", "all"), True),
        (("s", {2023}, "b", "x"), ("s", {2023}, "other", "x"), False),
        (("s", {2023, 2021}, "b", "x"), ("s", {2021}, "b", "x"), True),
        (("s", {2023}, None, None), ("s", {2023}, None, None), True),
        (("s", {2023}, "all", "all", YES), ("s", {2023}, "all", "all", NO), False),
        (("s", {2023}, "all", "all", YES), ("s", {2023}, "all", "all", YES), True),
        (("s", {2023}, "all", "all", YES), ("s", {2023}, "all", "all", OTHER), True),
        (("s", {2023}, "all", "all", YES), ("s", {2023}, "all", "all"), True),
    ],
)
def test_error_is_an_approximation_where_cells_may_share_respondents(of_a, of_b, is_shared):
    a, b = (Cell(v, 0.1, groups=(Group(s, frozenset(w), *rest),)) for v, (s, w, *rest) in ((6, of_a), (5, of_b)))
    noise = noise_of(Pair(a, b), {})
    assert noise.is_approximate is is_shared
    assert (NB.approximate in pair_told(NB, Pair(a, b), noise, is_one_of_many=False)) is is_shared


def test_two_answers_to_one_question_exclude_each_other():
    """Of n answers, the difference of two shares varies by (p + q - (p - q)²) / n."""
    p, q, n = 0.5, 0.3, 400
    table = estimates(*(("q", "a", 2023, share, math.sqrt(share * (1 - share) / n)) for share in (p, q)))
    table = table.assign(statistic="share", scale="share", answer=["1", "2"])
    row = verdict(claim("above", "1 a answer=1", "1 b answer=2"), table)
    assert row["std_error"] == pytest.approx(math.sqrt((p + q - (p - q) ** 2) / n))
    assert NB.approximate not in row["explanation"]


def test_seeds_say_which_populations_share_nobody_and_which_surveys_ask_all():
    known = load_known()
    assert {"ssb_kommune", "ssb_stat"} <= set(known.census)
    assert "itip" not in known.census
    groups = [
        Group("ssb_kommune", frozenset({2022}), "all", "all", known.picked[f"kommuner_{name}"])
        for name in ("forsokt_rekruttert", "ikke_forsokt_rekruttert", "med_strategi")
    ]
    assert [groups[0].overlaps(other) for other in groups] == [True, False, True]


# --- the weakest pair -----------------------------------------------------------------------------


def test_weakest_pair_has_the_smallest_margin_in_standard_errors():
    table = estimates(("q", "a", 2023, 6, 0.01), ("q", "b", 2023, 5.0, 0.9), ("q", "c", 2023, 5.5, 0.01))
    row = verdict(claim("largest", "1 a c=a", "1 b c=b|c"), table)
    assert (row["status"], row["value_b"]) == ("holds_within_noise", 5.0)


def test_pair_with_an_error_is_weaker_than_one_without():
    table = estimates(("q", "a", 2023, 6, 0.01), ("q", "b", 2023, 5.0, 0.01), ("q", "c", 2023, 5.9, 0.0))
    table = table.assign(ci_lower=[5.98, 4.98, 5.9], ci_upper=[6.02, 5.02, 5.9])
    row = verdict(claim("largest", "1 a c=a", "1 b c=b|c"), table)
    assert (row["status"], row["value_b"]) == ("holds", 5.0)


def test_pair_that_contradicts_beyond_noise_is_shown_before_one_that_may_be_chance():
    table = estimates(("q", "a", 2023, 5, 0.01), ("q", "b", 2023, 7.0, 5.0), ("q", "c", 2023, 5.5, 0.01))
    row = verdict(claim("largest", "1 a c=a", "1 b c=b|c"), table)
    assert (row["status"], row["value_b"]) == ("contradicted", 5.5)


@pytest.mark.parametrize(
    ("numbers", "scale", "said"),
    [
        ((7.13, 6.96), "0-10", "Svakeste par: A 7,13 mot B 6,96 (Spørsmål q, 2023); forskjell 0,17, p under 0,001"),
        ((6.7, 6.5), "0-10", "Svakeste par: A 6,7 mot B 6,5 (Spørsmål q, 2023); forskjell 0,2, p under 0,001"),
        ((6, 5), "0-10", "Svakeste par: A 6 mot B 5 (Spørsmål q, 2023); forskjell 1, p under 0,001"),
        (
            (0.672, 0.5),
            "share",
            "Svakeste par: A 67,2 prosent mot B 50,0 prosent (Spørsmål q, 2023); forskjell 17,2 prosentpoeng, "
            "p under 0,001",
        ),
    ],
)
def test_weakest_pair_is_told_by_its_labels(numbers, scale, said):
    table = values(*numbers, numbers[1] - 0.3).assign(scale=scale)
    assert verdict(claim("largest", "1 a c=a", "1 b c=b|c"), table)["explanation"] == said


def test_single_pair_is_not_called_the_weakest():
    row = verdict(claim("above", "1 a c=a", "1 b c=b"), values(6, 5, error=1.0))
    assert row["explanation"] == "A 6 mot B 5 (Spørsmål q, 2023); forskjell 1, p 0,480, kan skyldes tilfeldigheter"


def test_texts_are_told_with_what_they_should_be():
    wrong = verdict(claim("reads", "1 a category: c=a|b", "1 b a"), values(1, 2))
    assert wrong["explanation"] == "1 av 2 grupper som sagt; Spørsmål q, B, 2023: «b», ikke «a»"
    right = verdict(claim("reads", "1 a is_synthetic: c=a", "1 b true"), values(1))
    assert right["explanation"] == "Spørsmål q, A, 2023: «ja»"
    assert pd.isna(right["value_a"])


def test_score_is_told_by_its_label_and_a_mean_of_scores_by_none():
    table = values(2).assign(score=2, score_nb="Har slitt", mean_score=2.5)
    read = verdict(claim("reads", "1 a score: c=a", "1 b 2"), table)
    assert (read["status"], read["explanation"]) == ("holds", "Spørsmål q, A, 2023: «Har slitt»")
    assert "Har slitt" not in verdict(claim("above", "1 a mean_score: c=a", "1 b 1"), table)["explanation"]
    assert "Har slitt" in verdict(claim("above", "1 a c=a", "1 b 1"), table)["explanation"]


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (("1 a n_selected: c=a", "1 b n_selected: c=b"), "A 12 mot B 7 (Spørsmål q, 2023); forskjell 5"),
        (
            ("1 a c=a", "1 b*.5 c=b"),
            "A 40,0 prosent mot B halvparten av 60,0 prosent (Spørsmål q, 2023); forskjell 10,0 prosentpoeng",
        ),
        (
            ("1 sum_a c=a", "1 sum_a*-1 c=b", "1 b 0"),
            "Spørsmål q, A/B, 2023: forskjell −20,0 prosentpoeng mot forskjell 0,0 prosentpoeng; "
            "forskjell 20,0 prosentpoeng",
        ),
    ],
)
def test_number_is_told_as_what_it_is(terms, said):
    table = values(0.4, 0.6, error=None).assign(scale="share", n_selected=[12, 7])
    assert verdict(claim("above", *terms), table, census=("s",))["explanation"] == said


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((0.22018, 0.22034), "A 22,018 prosent mot B 22,034 prosent (Spørsmål q, 2023); forskjell 0,016 prosentpoeng"),
        ((1 / 3, 1 / 6), "A 33,33 prosent mot B 16,67 prosent (Spørsmål q, 2023); forskjell 16,67 prosentpoeng"),
    ],
)
def test_numbers_take_the_decimals_in_which_they_add_up(numbers, said):
    table = values(*numbers).assign(scale="share")
    assert verdict(claim("above", "1 a c=a", "1 b c=b"), table, census=("s",))["explanation"] == said


@pytest.mark.parametrize(
    ("relation", "amount", "numbers", "said"),
    [
        ("mostly_above", "", (2, 1, 2, 1, 1, 2), "C 2 mot D 1"),
        ("one_of_few", "2", (1, 2, 2, 1, 1, 2), "A 1 mot B 2"),
    ],
)
def test_relation_over_parts_tells_a_part_and_the_count(relation, amount, numbers, said):
    row = verdict(claim(relation, *PARTS, amount=amount), values(*numbers), census=("s",))
    assert row["explanation"].startswith(said)
    count = {"mostly_above": "er høyest i 2 av 3", "one_of_few": "er ikke høyest i 2 av 3"}[relation]
    assert f"; det første tallet {count} sammenligninger" in row["explanation"]


def test_measured_relations_tell_their_number():
    row = verdict(claim("within", "1 a c=a|b", "1 b 5", "1 b 6", amount="0.5"), values(5, 7))
    assert row["explanation"] == "50,0 prosent av tallene ligger mellom grensene, minst 50,0 prosent kreves"
    assert (row["value_a"], row["value_b"]) == (0.5, 0.5)
    row = verdict(claim("correlates", "1 a c=a|b", "1 b c=c|d"), values(1, 2, 3, 4))
    assert row["explanation"] == "Rangkorrelasjonen er 1,00, over 0,00 kreves"


# --- what is known, and what is missing -----------------------------------------------------------

WHY = {"known_nb": "Derfor"}


def test_known_contradiction_is_explained_and_agreement_needs_no_reason():
    explained = claim("above", "1 a c=a", "1 b c=b", known="explained", **WHY)
    row = verdict(explained, values(5, 6))
    assert row["status"] == "explained"
    assert row["explanation"].startswith("Derfor. A 5 mot B 6")
    assert status(explained, values(6, 5)) == "holds"


def test_carried_cells_make_agreement_transcription_but_not_contradiction():
    both = claim("above", "1 a c=a", "1 b c=b")
    row = verdict(both, values(6, 5).assign(is_carried=[False, True]))
    assert row["status"] == "carried"
    assert row["explanation"].startswith(NB.carried)
    assert status(both, values(5, 6).assign(is_carried=True)) == "contradicted"


def test_claim_known_to_be_carried_needs_no_cells():
    row = verdict(claim("above", known="carried", **WHY), values(1))
    assert (row["status"], row["explanation"]) == ("carried", "Derfor")
    assert pd.isna(row["computed_from"]) and not row["is_synthetic"]
    assert status(claim("above", "1 a c=a", "1 b c=b", known="carried", **WHY), values(6, 5)) == "carried"


def test_claim_that_nobody_asks_about_says_which_survey_would():
    row = verdict(claim("above", known="not_computable", **WHY), values(1))
    assert (row["status"], row["explanation"]) == ("not_computable", "Derfor")


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (("1 a c=a", "1 b c=z"), "Ingen rader i survey_estimates med category=z"),
        (("1 a c=a", "1 b c=b"), "Verdien mangler eller er undertrykt: survey_estimates[category=b].estimate"),
        (("1 a c=a|z", "1 b c=c"), "Ingen rader i survey_estimates med category=z"),
        (("1 a c=a|b", "1 b c=c"), "Verdien mangler eller er undertrykt: survey_estimates[category=a|b].estimate"),
    ],
)
def test_cell_that_is_missing_or_suppressed_is_not_computable(terms, why):
    row = verdict(claim("above", *terms), values(6, math.nan, 5))
    assert (row["status"], row["explanation"]) == ("not_computable", why)


def test_suppressed_cell_does_not_count_as_nobody():
    assert status(claim("only_in", "1 a c=a", "1 b c=b"), values(6, math.nan)) == "not_computable"


def test_mark_that_is_absent_is_read_as_none_unless_suppressed():
    table = values(1).assign(flag=[None], is_suppressed=False)
    without = claim("reads", "1 a flag: c=a", "1 b *")
    row = verdict(without, table)
    assert (row["status"], "«ingen», ikke «*»" in row["explanation"]) == ("contradicted", True)
    assert status(without, table.assign(is_suppressed=True)) == "not_computable"


def test_table_without_rows_makes_claims_on_it_not_computable():
    row = verdict(claim("above", "1 a c=a|b", "1 b c=!a"), values(1).iloc[:0])
    assert row["status"] == "not_computable"
    assert row["explanation"] == (
        "Ingen rader i survey_estimates med category=a|b; Ingen rader i survey_estimates med category=!a"
    )


def test_missing_table_is_named():
    row = reconcile_statements({}, claim("above", "1 a c=a", "1 b c=b"), Known()).iloc[0]
    assert (row["status"], "survey_estimates" in row["explanation"]) == ("not_computable", True)


# --- the table ------------------------------------------------------------------------------------


def test_row_tells_cells_of_both_sides_and_what_is_synthetic():
    row = verdict(claim("above", "1 a c=a;w=2023", "1 b 5"), values(6))
    assert row["computed_from"] == "a: survey_estimates[category=a;wave=2023].estimate | b: 5"
    assert row["is_synthetic"]
    assert (row["relation"], row["hedge"], row["difference"]) == ("above", None, 1)


def test_two_thirds_are_targets_of_the_sample_by_their_id_alone():
    statements = [*load_statements()]
    share = sum(statement.is_sample_target for statement in statements) / len(statements)
    assert 0.55 < share < 0.78
    # CRC-32 of "123456789" is 0xCBF43926 and of "a" 0xE8B7BE43, a multiple of 3.
    of_ids = [claim("above", known="carried", name=name, **WHY)[0].is_sample_target for name in ("123456789", "a")]
    assert of_ids == [True, False]


def test_summary_names_every_status_and_contradictions_are_described():
    statements = (*claim("above", "1 a c=a", "1 b c=b"), *claim("above", "1 a c=b", "1 b c=a", name="d"))
    frame = reconcile_statements({"survey_estimates": values(6, 5)}, statements, Known())
    assert summary(frame) == dict.fromkeys(STATUSES, 0) | {"holds": 1, "contradicted": 1}
    (line,) = describe_contradicted(frame)
    assert line.startswith("d (report, Side 1): Så er det [above] B 5 mot A 6")


# --- seeds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relation", "terms", "more", "problem"),
    [
        ("over", ("1 a c=a", "1 b c=b"), {}, "statement.csv row 2: relation 'over' is none of"),
        ("above", ("1 a c=a", "1 b c=b"), {"amount": "1"}, "statement.csv row 2: c: amount 1 -> above takes none"),
        ("equal", ("1 a c=a", "1 b c=b"), {}, "statement.csv row 2: c: amount is blank -> equal needs one"),
        ("equal", ("1 a c=a", "1 b c=b"), {"amount": "x"}, "statement.csv row 2: amount 'x' is not a number"),
        ("above", (), {}, "known '', and it has no terms"),
        ("above", ("1 a c=a", "1 b 2"), {"known": "not_computable", **WHY}, "known 'not_computable', and it has terms"),
        ("above", (), {"known": "carried"}, "known 'carried' with known_nb '' -> give both, or neither"),
        ("above", ("1 a c=a",), {}, "part 1: side b -> above has one"),
        ("above", ("1 a c=a", "1 b c=b", "2 b c=b"), {}, "part 2: side a -> name cells of a table"),
        ("above", ("1 a 5", "1 b c=b"), {}, "part 1: side a -> name cells of a table"),
        ("above", ("1 a c=a", "1 b x"), {}, "part 1: value 'x' -> write a number"),
        ("rises", ("1 a c=a", "1 b c=b"), {}, "part 1: side b -> rises has none"),
        ("reads", ("1 a c=a", "1 b c=b"), {}, "part 1: side b -> reads reads constants"),
        ("above", ("1 a c=a", "1 sum_a c=b", "1 b c=c"), {}, "add all cells of a side (sum_a, sum_b), or none"),
        ("above", ("1 c c=a",), {}, "statement_term.csv row 2: side 'c' is none of"),
        ("above", ("1 a c=", "1 b 2"), {}, "statement_term.csv row 2: row_key 'category=' is not column=value"),
        ("above", ("1 a c=a||b", "1 b 2"), {}, "statement_term.csv row 2: row_key category='a||b' has a blank value"),
    ],
)  # fmt: skip
def test_mistake_in_the_seeds_is_told_with_place_and_remedy(relation, terms, more, problem):
    with pytest.raises(SeedError, match=re.escape(problem)):
        claim(relation, *terms, **more)


def test_terms_of_no_statement_and_statements_told_twice_are_mistakes():
    (statement,) = claim("above", known="carried", **WHY)
    row = {name: getattr(statement, name) for name in ("statement_id", "source_document", "location", "statement_nb")}
    row |= {"relation": "above", "amount": "", "hedge": "", "known": "carried", **WHY}
    with pytest.raises(SeedError) as raised:
        parse_statements([row, row], [term("1 a c=a", "other")])
    assert str(raised.value).splitlines() == [
        "statement.csv row 3: repeats 'c'",
        "statement_term.csv row 2: statement_id 'other' is not in statement.csv -> add it there",
    ]


def test_term_is_either_a_constant_or_a_cell():
    for wrong in ({"value": "1"}, {"row_key": ""}):
        with pytest.raises(SeedError, match=r"statement_term\.csv row 2"):
            parse_statements([], [term("1 a c=a") | wrong])


def test_labels_errors_and_keys_are_read_beside_the_cells_where_a_table_has_them():
    key = ["survey", "population", "question_id", "statistic", "answer", "breakdown", "wave", "category"]
    compared = ["compared_wave", "compared_category", "std_error", "p_value", "is_comparable"]
    columns = {"survey_estimates": [*key, "estimate", "category_nb", "secret"], "survey_changes": [*key, *compared]}
    contracts = {
        name: Contract(name, "marts", name, ("wave",), tuple(Column(c, "varchar", c) for c in of_table))
        for name, of_table in columns.items()
    }
    found = statement_contracts(claim("above", "1 a c=a", "1 b 5"), contracts)
    assert found["survey_estimates"].names == [*key, "estimate", "category_nb"]
    assert found["survey_changes"].names == columns["survey_changes"]


def test_claims_of_the_seeds_are_read_without_a_complaint():
    statements = load_statements()
    assert len(statements) >= 100
    assert all(statement.terms or statement.known_nb for statement in statements)


# --- row keys of many rows ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "rows"),
    [
        ("c=x", [0]),
        ("c=x|y", [0, 1]),
        ("c=!x", [1, 2, 3]),
        ("c=!x|y", [2, 3]),
        ("c=!x|y;w=2", [3]),
        ("c=x|nothing", [0]),
        ("c=nothing", []),
        ("c=!nothing", [0, 1, 2, 3]),
    ],
)
def test_row_key_may_name_many_rows(key, rows):
    table = pd.DataFrame({"c": ["x", "y", None, "z"], "w": [1, 1, 1, 2]})
    positions, tested = Lookup(table).rows_like(parse_row_pattern(key))
    assert positions.tolist() == rows
    assert ";".join(tested) == key


def test_release_is_told_of_in_counts_and_contradictions(tmp_path, capsys):
    statements = [
        claim("above", f"1 a c={c}", "1 b c=b", name=name)[0] for c, name in (("a", "1"), ("c", "a"), ("c", "b"))
    ]
    frame = reconcile_statements({"survey_estimates": values(6, 5, 4)}, statements, Known())
    print_statements(tmp_path)
    assert capsys.readouterr().out == ""
    frame.to_parquet(tmp_path / "statement_reconciliation.parquet")
    print_statements(tmp_path)
    assert capsys.readouterr().out.splitlines() == [
        "Claims in words: 3 (1 holds, 2 contradicted)",
        "  of them no target of the sample: 1 (1 contradicted)",
        "  contradicted: a (report, Side 1): Så er det",
        "  contradicted: b (report, Side 1): Så er det",
    ]
    print_statements(tmp_path, every_statement=True)
    assert "Så er det [above] C 4 mot B 5 (Spørsmål q, 2023)" in capsys.readouterr().out


def test_noise_without_an_error_says_nothing():
    assert Noise() == Noise(None, None, is_approximate=False)
    assert not Noise(0.1, 0.05).is_all and Noise(0.1, 0.051).is_all


# In English


def test_a_claim_is_told_in_english_with_translated_labels_and_points():
    english = replace(EN, labels={"A": "Women", "Spørsmål q": "Question q"})
    table = estimates(("q", "a", 2023, 0.067, 0.001), ("q", "b", 2023, 0.065, 0.001)).assign(scale="share")
    frame = reconcile_statements({"survey_estimates": table}, claim("above", "1 a c=a", "1 b c=b"), Known(), english)
    assert frame["explanation_en"].tolist() == [
        "Women 6.7 per cent against B 6.5 per cent (Question q, 2023); difference 0.2 percentage points, p 0.157, "
        "may be chance"
    ]


def test_what_is_missing_or_known_beforehand_is_told_in_english_too():
    table = estimates(("q", "a", 2023, 5, 0.1))
    missing = verdict(claim("above", "1 a c=a", "1 b c=z"), table)
    assert missing["explanation_en"] == "No rows in survey_estimates with category=z"
    known = replace(EN, labels={"Derfor.": "Therefore."})
    statements = claim("above", "1 a c=a", "1 b 6", known="explained", known_nb="Derfor.")
    frame = reconcile_statements({"survey_estimates": table}, statements, Known(), known)
    assert frame["explanation_en"][0].startswith("Therefore. ")


def test_labels_of_a_change_and_of_a_sum_are_translated_piece_by_piece():
    english = replace(EN, labels={"Kvinner": "Women", "Menn": "Men"})
    assert english.label((("2018", "2022"),)) == "2018–2022"
    assert english.label((("Kvinner",), ("Menn",))) == "Women/Men"
    assert english.label((("Kvinner", "Menn"), *(((str(n),)) for n in range(3)))) == "Women–Men and others"
    assert load_english().label("Kvinner") == "Women"
