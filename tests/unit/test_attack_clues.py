"""What single rows of a release say of a hidden one: sums of cells by other tables, and how many answers by its errors.

Not here: what follows of all of it together (test_attack.py).
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipelines.attack.algebra import NORMAL, with_numbers
from pipelines.attack.clues import Cells, find_clues
from pipelines.attack.relation import ESTIMATE, N_ANSWERS, N_SELECTED, VARIANCE, Published, Relation
from pipelines.attack.relations import relations
from pipelines.attack.system import in_words
from tests.unit import published_design as design
from tests.unit.published_design import OTHER, PICKED, SCALE, SURVEY, WAVE, YES, release

NAMES = {"survey": SURVEY, "population": "alle", "question_id": SCALE, "statistic": "share", "answer": "1"}
PLACE = {"breakdown": "kjonn", "category": "kvinne"}


def key(category: str = "kvinne", wave: int = WAVE, breakdown: str = "kjonn") -> tuple[object, ...]:
    return (SURVEY, wave, "alle", SCALE, "share", "1", breakdown, category)


WOMEN, MEN, ALL, THEN = key(), key("mann"), key("all", breakdown="all"), key("all", WAVE - 1, "all")


def said(knowledge: object = None, hidden: bool = True, **tables: dict[str, object] | list[dict[str, object]]) -> set:
    """(column, terms, value) of all that a release with these tables says; of the estimates one is hidden."""
    row = {**NAMES, **PLACE, "wave": WAVE, "is_suppressed": hidden, "std_error": None}
    frames = {"survey_estimates": pd.DataFrame([row]).astype({"std_error": float})}
    frames |= {name: pd.DataFrame(rows if isinstance(rows, list) else [rows]) for name, rows in tables.items()}
    return facts(relations(Published(release(**frames)), knowledge or design.knowledge()))  # type: ignore[arg-type]


def facts(found: Iterable[Relation]) -> set:
    return {(r.column, tuple(r.terms), round(r.value, 9)) for r in found}


def change(**row: object) -> dict[str, object]:
    """A row of survey_changes: women and men of a wave."""
    values = ["estimate", "compared_estimate", "difference", "std_error", "ci_lower", "ci_upper", "p_value"]
    nothing: dict[str, object] = dict.fromkeys(values, np.nan)
    sides = {"wave": WAVE, "compared_wave": WAVE, "category": "kvinne", "compared_category": "mann"}
    return {**nothing, **NAMES, "breakdown": "kjonn", **sides, **row}


def test_a_change_tells_of_both_sides_and_of_what_is_between_them() -> None:
    found = said(survey_changes=change(estimate=0.5, compared_estimate=0.25, difference=0.25))
    both = ((WOMEN, 1), (MEN, -1))
    assert found == {(ESTIMATE, ((WOMEN, 1),), 0.5), (ESTIMATE, ((MEN, 1),), 0.25), (ESTIMATE, both, 0.25)}


def test_the_interval_of_a_change_tells_its_middle_and_its_error() -> None:
    ends = {"ci_lower": 0.2 - 0.1 * NORMAL, "ci_upper": 0.2 + 0.1 * NORMAL}
    found = said(survey_changes=change(wave=WAVE, compared_wave=WAVE - 1, compared_category="kvinne", **ends))
    then = key(wave=WAVE - 1)
    assert found == {
        (ESTIMATE, ((WOMEN, 1), (then, -1)), 0.2),
        (VARIANCE, ((WOMEN, 1), (then, 1)), 0.01),
    }


@pytest.mark.parametrize(("error", "adds_up"), [(0.5, True), (0.6, False)])
def test_errors_of_categories_add_up_where_those_that_are_shown_do(error: float, adds_up: bool) -> None:
    """0.3² + 0.4² = 0.5²"""
    estimates = [
        {
            **NAMES,
            "breakdown": "kjonn",
            "wave": WAVE,
            "category": c,
            "question_id": q,
            "std_error": e,
            "is_suppressed": h,
        }
        for c, q, e, h in [("kvinne", YES, 0.3, False), ("mann", YES, 0.4, False), ("kvinne", SCALE, np.nan, True)]
    ]
    changes = [change(question_id=YES, std_error=error), change(std_error=0.1)]
    tables = {"survey_estimates": pd.DataFrame(estimates), "survey_changes": pd.DataFrame(changes)}
    found = facts(relations(Published(release(**tables)), design.knowledge()))
    assert ((VARIANCE, ((WOMEN, 1), (MEN, 1)), 0.01) in found) == adds_up


def test_progress_tells_its_errors() -> None:
    row = {**NAMES, "wave": WAVE, "previous_wave": WAVE - 1, "estimate": 0.5, "change": 0.1, "change_std_error": 0.2}
    assert said(survey_progress=row) == {
        (ESTIMATE, ((ALL, 1),), 0.5),
        (ESTIMATE, ((ALL, 1), (THEN, -1)), 0.1),
        (VARIANCE, ((ALL, 1), (THEN, 1)), 0.04),
    }


def test_a_standardised_estimate_tells_how_many_answered_in_its_cells() -> None:
    cells = pd.DataFrame([{"survey": SURVEY, "standard": "s", "reference_wave": WAVE, "breakdown": "kjonn"}] * 2)
    knowledge = replace(design.knowledge(), standards=cells.assign(category=["kvinne", "mann"]))
    made = [
        {"survey": SURVEY, "wave": WAVE, "population": "alle", "breakdown": "kjonn", "category": c, "n_respondents": n}
        for c, n in (("kvinne", 30), ("mann", 10))
    ]
    row = {**NAMES, "wave": WAVE, "standard": "s", "estimate": 0.5, "n_answers": 35}
    found = said(knowledge, survey_composition=made, survey_standardised=row)
    assert found == {(ESTIMATE, ((WOMEN, 0.75), (MEN, 0.25)), 0.5), (N_ANSWERS, ((WOMEN, 1), (MEN, 1)), 35)}
    weighed = {"survey": SURVEY}  # then the mix is of weights, which nothing tells
    assert said(knowledge, survey_composition=made, survey_standardised=row, weight_audit=weighed) == set()


def test_a_measure_tells_its_error_and_number_and_nothing_where_it_is_carried() -> None:
    knowledge = replace(design.knowledge(), measures=pd.DataFrame([{"measure": "m", **NAMES, **PLACE}]))
    row = {"measure": "m", "year": WAVE, "value": 0.5, "std_error": 0.1, "n_answers": 20, "is_carried": False}
    of = ((WOMEN, 1),)
    assert said(knowledge, cross_source_measures=row) == {
        (ESTIMATE, of, 0.5),
        (VARIANCE, of, 0.01),
        (N_ANSWERS, of, 20),
    }
    assert said(knowledge, cross_source_measures={**row, "is_carried": True}) == set()


QUESTION = f"survey={SURVEY};wave={WAVE};population=alle;question_id={SCALE};statistic=share;answer=1"


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        (
            [("kvinne", "n_selected", "sum"), ("mann", "n_selected", "sum")],
            {(N_SELECTED, ((WOMEN, 1.0), (MEN, 1.0)), 7)},
        ),
        ([("kvinne", "n_selected", "p10"), ("mann", "n_selected", "p10")], set()),
        ([("kvinne", "n_selected", "sum"), ("mann", "estimate", "sum")], set()),
        ([("kvinne|mann", "n_selected", "sum")], set()),
    ],
)
def test_a_printed_figure_is_a_sum_of_cells_of_one_kind(terms: list[tuple[str, str, str]], found: set) -> None:
    rows = [
        {
            "figure_id": "f",
            "table_name": "survey_estimates",
            "row_key": f"{QUESTION};breakdown=kjonn;category={c}",
            "column_name": n,
            "combine": how,
        }
        for c, n, how in terms
    ]
    knowledge = replace(design.knowledge(), figure_terms=pd.DataFrame(rows).assign(coefficient=np.nan))
    assert said(knowledge, reconciliation={"figure_id": "f", "computed_value": 7.0}) == found


def test_a_composite_is_of_those_who_are_asked_and_not_of_those_picked() -> None:
    names = {"survey": SURVEY, "wave": WAVE, "statistic": "mean", "answer": None, "breakdown": "all", "category": "all"}
    estimates = [
        {**names, "question_id": q, "population": p, "is_suppressed": False, "std_error": 0.1}
        for q, p in ((SCALE, "alle"), (OTHER, "alle"), (SCALE, PICKED))
    ]
    row = {"survey": SURVEY, "wave": WAVE, "composite": "samlet", **PLACE, "estimate": 3.5}
    tables = {
        "survey_estimates": pd.DataFrame(estimates),
        "survey_composites": pd.DataFrame([{**row, "questions": f"{SCALE} {OTHER}"}]),
    }
    found = facts(relations(Published(release(**tables)), design.knowledge()))
    own = (SURVEY, WAVE, "samlet", "kjonn", "kvinne")
    mean, other = ((SURVEY, WAVE, "alle", q, "mean", None, "kjonn", "kvinne") for q in (SCALE, OTHER))
    assert found == {
        (ESTIMATE, ((own, 1),), 3.5),
        (ESTIMATE, ((mean, 1.0), (other, -1.0), (own, -2.0)), -6.0),  # the other counts as 6 minus its mean
    }


def test_a_hidden_estimate_lies_on_its_scale() -> None:
    """Two shares of which the difference is 1: the one is all, the other nobody."""
    cells = Cells({ESTIMATE: {WOMEN: np.nan, MEN: np.nan}}, {WOMEN: (0.0, 1.0), MEN: (0.0, 1.0)})
    found = find_clues([Relation("t", ESTIMATE, [(WOMEN, 1), (MEN, -1)], 1.0)], cells)[ESTIMATE]
    assert [(found[k].lower, found[k].upper) for k in (WOMEN, MEN)] == [(1, 1), (0, 0)]


# How many answers


def numbers(shown: dict[str, float], beside: dict[str, float] | None = None) -> tuple[float, float, str]:
    """The fewest and the most answers that follow of a hidden share, and of what; the row beside it is not hidden."""
    columns = [
        "estimate",
        "std_error",
        "ci_lower",
        "ci_upper",
        "design_effect",
        "effective_n",
        "std_error_superpopulation",
    ]
    rows = [{**shown, "is_hidden": True, "category": "a"}, {**(beside or {}), "is_hidden": False, "category": "b"}]
    frame = pd.DataFrame(rows).reindex(columns=["is_hidden", "category", "n_answers", *columns])
    frame = frame.astype(dict.fromkeys(["n_answers", *columns], float)).assign(statistic="share", breakdown="x")
    row = with_numbers(frame).iloc[0]
    return row["n_from"], row["n_to"], in_words(int(row["n_bits"]))


BESIDE = {"estimate": 0.5, "n_answers": 100.0, "std_error": 0.05, "std_error_superpopulation": 0.05}


@pytest.mark.parametrize(
    ("shown", "beside", "how"),
    [
        ({"estimate": 0.0, "ci_lower": 0.0, "ci_upper": 1 - 0.025 ** (1 / 7)}, None, "exact limits"),
        ({"estimate": 1.0, "ci_lower": 0.025 ** (1 / 7), "ci_upper": 1.0}, None, "exact limits"),
        ({"design_effect": 2.0, "effective_n": 3.5}, None, "a design effect"),
        ({"estimate": 0.5, "std_error": 0.5 / 7**0.5}, BESIDE, "a standard error"),
        ({"estimate": 0.5, "std_error_superpopulation": 0.5 / 7**0.5}, BESIDE, "a standard error"),
        ({"estimate": 0.5, "std_error": 1.0 / 7**0.5, "design_effect": 4.0}, BESIDE, "a standard error"),
    ],
)
def test_how_many_answered_follows_of(shown: dict[str, float], beside: dict[str, float] | None, how: str) -> None:
    assert numbers(shown, beside) == (7, 7, how)


def test_an_interval_shows_the_error() -> None:
    """On the logit scale it is 2 x 1.96 errors wide, over p(1 - p)."""
    half = NORMAL * (0.5 / 7**0.5) / 0.25
    ends = {"ci_lower": 1 / (1 + np.exp(half)), "ci_upper": 1 / (1 + np.exp(-half))}
    assert numbers({"estimate": 0.5, **ends}, BESIDE) == (7, 7, "a standard error")


def test_nothing_follows_of_what_is_not_shown() -> None:
    assert np.isnan(numbers({"estimate": 0.5}, BESIDE)[0])
