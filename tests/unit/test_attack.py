"""What a release hides can be computed back by each means that is known; and is not where it cannot."""

import itertools
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipelines.attack.attack import attack, in_words
from pipelines.attack.presolve import ContradictionError
from tests.unit import published_design as design
from tests.unit.published_design import OTHER, PICKED, SCALE, SURVEY, WAVE, YES, few, hidden, release, where

PEOPLE = design.respondents(150, seed=4)
WHOLE = design.estimates(PEOPLE)
MADE = design.composition(PEOPLE)


def found(estimates: pd.DataFrame, known: Any = None, bounds_all: bool = False, **tables: pd.DataFrame) -> pd.DataFrame:
    connection = release(survey_estimates=estimates, **{"survey_composition": MADE, **tables})
    return attack(connection, design.RULES, design.knowledge(), known, bounds_all)


def one(findings: pd.DataFrame, quantity: str = "n_selected", **wanted: object) -> Any:
    """The only finding about a row."""
    rows = findings[where(findings, quantity=quantity, **wanted)]
    assert len(rows) == 1
    return rows.iloc[0]


def cell(frame: pd.DataFrame, column: str, **wanted: object) -> float:
    """A number of the only row with these values."""
    rows = frame[where(frame, **wanted)]
    assert len(rows) == 1
    return float(rows[column].iloc[0])


def truth(findings: pd.DataFrame, whole: pd.DataFrame) -> pd.Series:
    """What each finding is really about."""
    rows = findings.merge(whole[[*design.KEY, "estimate", "n_selected", "n_answers"]], on=design.KEY, how="left")
    picked = [row[row["quantity"]] for _, row in rows.iterrows()]
    return pd.Series(picked, findings.index, dtype=float)


def test_nothing_hidden_gives_nothing_in_no_time() -> None:
    connection = release(survey_estimates=WHOLE, survey_composition=MADE)
    start = time.process_time()
    findings = attack(connection, design.RULES, design.knowledge())
    assert findings.empty
    assert time.process_time() - start < 0.1


ONE = {"question_id": YES, "population": "alle", "answer": "1", "breakdown": "kjonn", "category": "kvinne"}


def test_a_single_hidden_category_is_all_minus_the_others() -> None:
    # only the answer of the category is hidden, and its complement with it, so that the base does not give it
    which = where(WHOLE, question_id=YES, population="alle", breakdown="kjonn", category="kvinne")
    findings = found(hidden(WHOLE, which, "complementary"))
    of = {"question_id": YES, "population": "alle", "answer": "1"}
    expected = cell(WHOLE, "n_selected", **of, breakdown="all") - cell(WHOLE, "n_selected", **of, category="mann")
    assert one(findings, **ONE).lower == one(findings, **ONE).upper == expected
    assert one(findings, **ONE).is_exact
    assert "categories add up to all" in one(findings, **ONE).how


def test_the_last_hidden_answer_is_the_base_minus_the_others() -> None:
    # the answer is hidden in every breakdown and population, but the other answers are not
    which = where(WHOLE, question_id=SCALE, answer=["2"])
    findings = found(hidden(WHOLE, which, "complementary"))
    row = {"question_id": SCALE, "population": "alle", "answer": "2", "breakdown": "inntekt", "category": "i4"}
    others = WHOLE[where(WHOLE, **{**row, "answer": ["1", "3", "4", "5"]})]
    assert one(findings, **row).lower == others["n_answers"].iloc[0] - others["n_selected"].sum()
    assert one(findings, **row).is_exact


def test_overlapping_breakdowns_give_each_other_away() -> None:
    # i2 + i3 = middels: with both all and one other category hidden there is no way but the wider range
    which = where(WHOLE, question_id=YES, population="alle", breakdown="inntekt", category=["i2", "i4", "i5"])
    findings = found(hidden(WHOLE, which, "complementary"))
    row = {"question_id": YES, "population": "alle", "answer": "1", "breakdown": "inntekt", "category": "i2"}
    of = {"question_id": YES, "population": "alle", "answer": "1"}
    expected = cell(WHOLE, "n_selected", **of, category="middels") - cell(WHOLE, "n_selected", **of, category="i3")
    assert (one(findings, **row).lower, one(findings, **row).is_exact) == (expected, True)
    assert "overlapping breakdowns" in one(findings, **row).how


def test_a_mean_gives_two_hidden_answers() -> None:
    # a + b = what is left of the base, 1 a + 2 b = what is left of mean times base
    which = where(WHOLE, question_id=SCALE, answer=["1", "2"])
    findings = found(hidden(WHOLE, which, "complementary"))
    row = {"question_id": SCALE, "population": "alle", "breakdown": "kjonn", "category": "mann"}
    shown = WHOLE[where(WHOLE, **row, answer=["3", "4", "5"])]
    n, mean = shown["n_answers"].iloc[0], cell(WHOLE, "estimate", **row, statistic="mean")
    left = n - shown["n_selected"].sum()
    sum_left = mean * n - (shown["n_selected"] * shown["answer"].astype(int)).sum()
    assert one(findings, **row, answer="2").lower == pytest.approx(sum_left - left)
    assert one(findings, **row, answer="1").upper == pytest.approx(2 * left - sum_left)
    assert "a mean" in one(findings, **row, answer="1").how


def test_without_the_mean_two_hidden_answers_stay_hidden() -> None:
    which = where(WHOLE, question_id=SCALE, answer=["1", "2"]) | where(WHOLE, question_id=SCALE, statistic="mean")
    findings = found(hidden(WHOLE, which, "complementary"), bounds_all=True)
    row = {"question_id": SCALE, "population": "alle", "breakdown": "all", "answer": "2"}
    assert not one(findings, **row).is_exact
    assert one(findings, **row).lower <= cell(WHOLE, "n_selected", **row) <= one(findings, **row).upper


# A base that nothing shows but what is kept: no answer of the question is shown in any category of the breakdown.
ALONE = {"question_id": SCALE, "population": PICKED}
PLACE = {"breakdown": "kjonn", "category": "mann"}
FEW_PEOPLE = design.respondents(60, seed=7)
FEW = design.estimates(FEW_PEOPLE)


@pytest.mark.parametrize(
    ("kept", "how"),
    [
        (("estimate", "std_error"), "a standard error"),
        (("design_effect", "effective_n"), "a design effect"),
    ],
)
def test_an_error_or_a_design_effect_gives_the_base(kept: tuple[str, ...], how: str) -> None:
    # n = c p (1 - p) / se², and effective_n x design_effect
    which = where(FEW, question_id=SCALE)
    shown = where(FEW, **ALONE, **PLACE, answer="3")
    frame = hidden(hidden(FEW, which, "complementary"), shown, "complementary")
    for column in kept:
        frame[column] = frame[column].mask(shown, FEW[column])
    numbers = pd.DataFrame(FEW)[shown]
    base = numbers["n_answers"].iloc[0]
    if how == "a standard error":
        p, error, n = numbers["estimate"].iloc[0], numbers["std_error"].iloc[0], len(FEW_PEOPLE)
        assert n / (n - 1) * p * (1 - p) / error**2 == pytest.approx(base)
    findings = found(frame, survey_composition=design.composition(FEW_PEOPLE), bounds_all=True)
    row = one(findings, "n_selected", **ALONE, **PLACE, answer="3")
    if "estimate" in kept:
        assert (row.lower, row.upper) == (numbers["n_selected"].iloc[0],) * 2
    assert row.upper <= base
    assert how in row.how


def test_exact_limits_give_the_base() -> None:
    # 1 - 0.025^(1/n) of a share of 0
    none = FEW[where(FEW, question_id=SCALE, population=PICKED) & (FEW["n_selected"] == 0) & (FEW["n_answers"] < 5)]
    row = none.iloc[0]
    place = {column: row[column] for column in ("population", "question_id", "breakdown", "category")}
    assert np.log(0.025) / np.log(1 - row["ci_upper"]) == pytest.approx(row["n_answers"])
    frame = hidden(FEW, where(FEW, question_id=SCALE), "complementary")
    shown = where(FEW, **place, answer=row["answer"])
    for column in ("estimate", "ci_upper"):
        frame[column] = frame[column].mask(shown, FEW[column])
    findings = found(frame, survey_composition=design.composition(FEW_PEOPLE))
    base = findings[where(findings, quantity="n_answers", **place)]
    assert (base["lower"].tolist(), base["is_exact"].tolist()) == ([row["n_answers"]], [True])
    assert "exact limits" in base["how"].iloc[0]


def changes(rows: list[dict[str, object]]) -> pd.DataFrame:
    columns = ["estimate", "compared_estimate", "difference", "std_error", "ci_lower", "ci_upper", "p_value"]
    frame = pd.DataFrame(rows).assign(survey=SURVEY, wave=WAVE, compared_wave=WAVE)
    return frame.reindex(columns=[*frame.columns, *(c for c in columns if c not in frame)]).astype(
        dict.fromkeys(columns, float)
    )


def test_a_change_with_one_visible_side_gives_the_other() -> None:
    # difference = woman - man; only the difference is shown, and the man's estimate in the other table
    which = where(WHOLE, question_id=SCALE) & ~where(WHOLE, category="mann")
    row = {"population": "alle", "question_id": SCALE, "statistic": "share", "answer": "3", "breakdown": "kjonn"}
    woman, man = (cell(WHOLE, "estimate", **row, category=category) for category in ("kvinne", "mann"))
    change = {**row, "category": "kvinne", "compared_category": "mann", "difference": woman - man}
    findings = found(hidden(WHOLE, which, "complementary"), survey_changes=changes([change]))
    estimate = one(findings, "estimate", **row, category="kvinne")
    assert (estimate.lower, estimate.upper) == (pytest.approx(woman), pytest.approx(woman))
    assert "survey_changes" in estimate.how


def test_a_composite_with_one_hidden_question_gives_it() -> None:
    # (mean + 6 - other mean) / 2, of which the other mean is shown; the other question is answered in reverse
    means = WHOLE[where(WHOLE, population="alle", question_id=SCALE, statistic="mean")]
    whole = pd.concat([WHOLE, means.assign(question_id=OTHER, estimate=6 - means["estimate"])], ignore_index=True)
    row = {"population": "alle", "question_id": SCALE, "statistic": "mean", **PLACE}
    mean, other = cell(whole, "estimate", **row), cell(whole, "estimate", **{**row, "question_id": OTHER})
    composite = {"survey": SURVEY, "wave": WAVE, "composite": "samlet", **PLACE, "scale": "1-5", "is_suppressed": False}
    composites = pd.DataFrame([composite]).assign(estimate=(mean + 6 - other) / 2, questions=f"{SCALE} {OTHER}")
    frame = hidden(whole, where(whole, question_id=SCALE), "complementary")
    estimate = one(found(frame, survey_composites=composites), "estimate", **row)
    assert (estimate.lower, estimate.is_exact) == (pytest.approx(mean), True)
    assert "survey_composites" in estimate.how


def test_a_hidden_composite_follows_from_its_questions() -> None:
    mean = cell(WHOLE, "estimate", population="alle", question_id=SCALE, statistic="mean", **PLACE)
    row = {"survey": SURVEY, "wave": WAVE, "composite": "samlet", **PLACE, "scale": "1-5", "is_suppressed": True}
    composites = pd.DataFrame([row]).assign(estimate=np.nan, std_error=np.nan, questions=SCALE)
    frame = hidden(WHOLE, where(WHOLE, question_id=YES), "complementary")
    composite = one(found(frame, survey_composites=composites), "estimate", table="survey_composites")
    assert (composite.lower, composite.is_too_narrow) == (pytest.approx(mean), True)


def test_a_population_that_an_answer_picks_gives_the_answer() -> None:
    # as many said yes as are asked in the population of those who did
    which = where(WHOLE, question_id=YES)
    findings = found(hidden(WHOLE, which, "complementary"))
    row = {"population": "alle", "question_id": YES, "answer": "1", "breakdown": "inntekt", "category": "i4"}
    asked = cell(WHOLE, "n_respondents", population=PICKED, statistic="mean", category="i4")
    assert (one(findings, **row).lower, one(findings, **row).is_exact) == (asked, True)
    assert "populations picked by an answer" in one(findings, **row).how


def test_part_of_a_population_is_at_most_the_whole() -> None:
    which = where(WHOLE, question_id=SCALE, population=PICKED)
    findings = found(hidden(WHOLE, which, "complementary"), bounds_all=True)
    row = {"question_id": SCALE, "answer": "1", "breakdown": "all"}
    assert one(findings, **row, population=PICKED).upper <= cell(WHOLE, "n_selected", **row, population="alle")


# Of another wave everything is shown; of this one nothing of the scale but what the other table says.
BEFORE = design.estimates(design.respondents(150, seed=9)).assign(wave=WAVE - 1)
BOTH = pd.concat([WHOLE, BEFORE], ignore_index=True)
TOP = {"population": "alle", "question_id": SCALE, "statistic": "share", "answer": "top2"}
MEAN = {"population": "alle", "question_id": SCALE, "statistic": "mean"}
ALL = {"breakdown": "all", "category": "all"}
TOP_NOW, TOP_THEN = (cell(BOTH, "estimate", wave=wave, **TOP, **ALL) for wave in (WAVE, WAVE - 1))
MEAN_NOW, MEAN_THEN = (cell(BOTH, "estimate", wave=wave, **MEAN, **ALL) for wave in (WAVE, WAVE - 1))
SERIES = {"survey": SURVEY, "wave": WAVE, "previous_wave": WAVE - 1}
AS_KEY = f"survey={SURVEY};wave={WAVE};population=alle;question_id={SCALE};statistic=share;answer=top2;breakdown=all"
TERM = {"table_name": "survey_estimates", "column_name": "estimate", "row_key": f"{AS_KEY};category=all"}
OTHER_TABLES: list[tuple[str, dict[str, object], dict[str, object], float]] = [
    ("survey_progress", {**SERIES, **TOP, "estimate": TOP_NOW}, TOP, TOP_NOW),
    ("survey_progress", {**SERIES, **TOP, "change": TOP_NOW - TOP_THEN}, TOP, TOP_NOW),
    ("survey_standardised", {**SERIES, **TOP, "standard": "kjonn", "plain_estimate": TOP_NOW}, TOP, TOP_NOW),
    ("survey_standardised", {**SERIES, **TOP, "standard": "kjonn", "plain_change": TOP_NOW - TOP_THEN}, TOP, TOP_NOW),
    ("scale_break", {**SERIES, **MEAN, "mean_later": MEAN_NOW}, MEAN, MEAN_NOW),
    ("scale_break", {**SERIES, **MEAN, "change_linear": MEAN_NOW - MEAN_THEN}, MEAN, MEAN_NOW),
    (
        "scale_break",
        {**SERIES, **MEAN, "wave": WAVE + 1, "previous_wave": WAVE, "mean_linear": MEAN_NOW},
        MEAN,
        MEAN_NOW,
    ),
    ("survey_bridges", {**SERIES, **TOP, **ALL, "question_id": "prove_ny", "estimate": TOP_NOW / 2}, TOP, TOP_NOW),
    ("cross_source_measures", {"measure": "maal", "year": WAVE, "value": TOP_NOW}, TOP, TOP_NOW),
    ("reconciliation", {"figure_id": "tall", "computed_value": 100 * TOP_NOW}, TOP, TOP_NOW),
    ("statement_reconciliation", {"statement_id": "utsagn", "value_a": TOP_NOW, "value_b": 0.0}, TOP, TOP_NOW),
]


@pytest.mark.parametrize(("table", "row", "of", "value"), OTHER_TABLES)
def test_what_another_table_says_of_a_hidden_row_is_used(
    table: str, row: dict[str, object], of: dict[str, object], value: float
) -> None:
    knowledge = replace(
        design.knowledge(),
        bridges=pd.DataFrame(
            [
                {
                    "survey": SURVEY,
                    "question_id": "prove_ny",
                    "wave": WAVE,
                    "source_question_id": SCALE,
                    "coefficient": 0.5,
                }
            ]
        ),
        measures=pd.DataFrame([{"measure": "maal", "survey": SURVEY, **TOP, **ALL}]),
        figure_terms=pd.DataFrame([{"figure_id": "tall", "combine": "sum", "coefficient": 100.0, **TERM}]),
        statement_terms=pd.DataFrame([{"statement_id": "utsagn", "side": "a", "coefficient": np.nan, **TERM}]),
    )
    frame = hidden(BOTH, where(BOTH, question_id=SCALE, wave=WAVE), "complementary")
    made = pd.concat([MADE, MADE.assign(wave=WAVE - 1)])
    tables = {"survey_composition": made, table: pd.DataFrame([{"answer": None, **row}])}
    findings = attack(release(survey_estimates=frame, **tables), design.RULES, knowledge)
    estimate = one(findings, "estimate", **of, **ALL)
    assert (estimate.lower, estimate.upper) == (pytest.approx(value), pytest.approx(value))
    assert table in estimate.how


def test_a_standardised_estimate_gives_the_one_hidden_cell_of_its_mix() -> None:
    # the sum of the cells, each times its part of the respondents of the reference wave
    row = {**TOP, "breakdown": "kjonn"}
    parts = {c: cell(MADE, "n_respondents", category=c) / len(PEOPLE) for c in ("mann", "kvinne")}
    mix = sum(part * cell(WHOLE, "estimate", **row, category=c) for c, part in parts.items())
    cells = [
        {"survey": SURVEY, "standard": "kjonn", "reference_wave": WAVE, "breakdown": "kjonn", "category": c}
        for c in parts
    ]
    knowledge = replace(design.knowledge(), standards=pd.DataFrame(cells))
    frame = hidden(WHOLE, where(WHOLE, question_id=SCALE) & ~where(WHOLE, category="mann"), "complementary")
    table = pd.DataFrame([{"survey": SURVEY, "wave": WAVE, **TOP, "standard": "kjonn", "estimate": mix}])
    made = release(survey_estimates=frame, survey_composition=MADE, survey_standardised=table)
    estimate = one(attack(made, design.RULES, knowledge), "estimate", **row, category="kvinne")
    assert estimate.lower == pytest.approx(cell(WHOLE, "estimate", **row, category="kvinne"))
    assert "survey_standardised" in estimate.how


@pytest.mark.parametrize("column", ["value", "change", "previous_value", "difference"])
def test_an_indicator_is_a_composite_by_another_name(column: str) -> None:
    names = {"survey": SURVEY, "composite": "samlet", "scale": "1-5", "breakdown": "kjonn", "category": "mann"}
    now, then = {**names, "wave": WAVE, "estimate": np.nan}, {**names, "wave": WAVE - 1, "estimate": 3.25}
    other = {**then, "wave": WAVE, "category": "kvinne"}
    composites = pd.DataFrame([now, then, other]).assign(questions=None, is_suppressed=[True, False, False])
    later = {"wave": WAVE + 1, "previous_wave": WAVE, "previous_value": 3.5}
    apart = {"difference": 0.25, "compared_sektor": "x_kvinne"}
    row = {"value": {"value": 3.5}, "change": {"change": 0.25}, "previous_value": later, "difference": apart}[column]
    indicators = pd.DataFrame(
        [{"indicator": "samlet", "sektor": "x_mann", "wave": WAVE, "previous_wave": WAVE - 1, **row}]
    )
    if column == "previous_value":
        composites = pd.concat([composites, composites[:1].assign(wave=WAVE + 1)])
    labels = pd.DataFrame([{"survey": SURVEY, "breakdown": "kjonn", "label_prefix": "x_"}])
    frame = hidden(WHOLE, where(WHOLE, question_id=YES), "complementary")
    tables = {"survey_composites": composites, "itip_indicators": indicators, "survey_composition": MADE}
    findings = attack(
        release(survey_estimates=frame, **tables), design.RULES, replace(design.knowledge(), labels=labels)
    )
    composite = one(findings, "estimate", table="survey_composites", wave=WAVE)
    assert (composite.lower, composite.how) == (pytest.approx(3.5), "itip_indicators")


def median(estimate: float | None) -> pd.DataFrame:
    """A row with the median of the three in the lowest income who said yes, two of whom answered 4, one 3."""
    place = {"population": PICKED, "breakdown": "inntekt", "category": "i1"}
    rows = WHOLE[where(WHOLE, question_id=SCALE, statistic="mean", **place)]
    return rows.assign(statistic="median", estimate=estimate)


def test_a_median_says_where_half_of_them_are() -> None:
    place = {"population": PICKED, "breakdown": "inntekt", "category": "i1"}
    counts = [cell(WHOLE, "n_selected", question_id=SCALE, answer=answer, **place) for answer in ("3", "top2")]
    assert counts == [1, 2]
    frame = hidden(WHOLE, where(WHOLE, question_id=SCALE), "complementary")
    without = found(pd.concat([frame, median(None)], ignore_index=True), bounds_all=True)
    with_it = found(pd.concat([frame, median(4.0)], ignore_index=True), bounds_all=True)
    least = [one(rows, question_id=SCALE, answer="top2", **place).lower for rows in (without, with_it)]
    assert least == [0, 2]  # at most half of three are below 4


def test_a_hidden_median_that_another_table_shows_is_told() -> None:
    frame = pd.concat([WHOLE, median(4.0)], ignore_index=True)
    frame = hidden(frame, where(frame, statistic="median"), "complementary", kept=("estimate",))
    row = one(found(frame), "estimate", statistic="median")
    assert (row.lower, row.is_too_narrow) == (4.0, True)


WEIGHED = design.respondents(150, seed=5, is_weighted=True)


@pytest.mark.parametrize("is_rounded", [False, True])
def test_weighted_counts_subtract_too(is_rounded: bool) -> None:
    whole = design.estimates(WEIGHED)
    frame = whole.assign(sum_weights=whole["sum_weights"].round() if is_rounded else whole["sum_weights"])
    which = where(frame, question_id=YES, population="alle", breakdown="kjonn", category="kvinne")
    findings = found(
        hidden(frame, which, "complementary"),
        survey_composition=design.composition(WEIGHED),
        weight_audit=design.weights(WEIGHED),
    )
    of = {"question_id": YES, "population": "alle", "answer": "1"}
    share, weight = (lambda c, **k: cell(whole, c, **of, **k)), "sum_weights"
    total = share("estimate", breakdown="all") * share(weight, breakdown="all")
    woman = (total - share("estimate", category="mann") * share(weight, category="mann")) / share(
        weight, category="kvinne"
    )
    estimate = one(findings, "estimate", **ONE)
    assert estimate.lower - 1e-9 <= woman <= estimate.upper + 1e-9
    assert estimate.upper - estimate.lower < (0.05 if is_rounded else 1e-6)
    assert "weighted counts" in estimate.how


def test_a_printed_figure_helps_and_is_no_secret() -> None:
    which = where(WHOLE, question_id=YES, population="alle", breakdown="kjonn")
    which |= where(WHOLE, population=PICKED)
    frame = hidden(WHOLE, which, "complementary")
    before = found(frame)
    key = (SURVEY, WAVE, "alle", YES, "share", "1", "kjonn", "mann")
    number = cell(WHOLE, "n_selected", **dict(zip(design.KEY, key, strict=True)))
    after = found(frame, {(*key, "n_selected"): number})
    assert not len(before[where(before, **ONE)])
    assert one(after, **ONE).is_exact
    assert not len(after[where(after, question_id=YES, answer="1", category="mann", population="alle")])


def test_a_row_the_rule_hides_has_few_on_the_side_where_few_can_be() -> None:
    # 5 categories show all but a few of the answer, so the hidden ones are 1 to 4, not all but 1 to 4
    which = where(WHOLE, question_id=SCALE, answer="1", population="alle", category=["i4", "i5"])
    which |= where(WHOLE, question_id=SCALE, answer=["2", "top2"]) | where(WHOLE, statistic="mean")
    which |= where(WHOLE, population=PICKED)
    primary = where(WHOLE, question_id=SCALE, answer="1", population="alle", category=["i4", "i5"]) & few(WHOLE)
    assert primary.any()
    frame = hidden(hidden(WHOLE, which, "complementary"), primary)
    findings = found(frame, bounds_all=True)
    rows = findings[where(findings, reason="primary", quantity="n_selected")]
    assert ((rows["lower"] >= 1) & (rows["upper"] <= 4)).all()
    assert len(rows) == primary.sum()


def tables(rows: list[int], columns: list[int], known: dict[tuple[int, int], int]) -> list[tuple[int, ...]]:
    """Every table of whole numbers with these sums of rows and columns, and these cells; row by row."""
    options = [
        [row for row in itertools.product(*(range(c + 1) for c in columns)) if sum(row) == total] for total in rows
    ]
    found = []
    for chosen in itertools.product(*options):
        sums = [sum(column) for column in zip(*chosen, strict=True)]
        if sums == columns and all(chosen[i][j] == value for (i, j), value in known.items()):
            found.append(tuple(itertools.chain.from_iterable(chosen)))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_the_interval_is_that_of_all_tables_of_whole_numbers(seed: int) -> None:
    # two answers by two sexes and what they add up to: enumerated, and by programmes
    people = design.respondents(18, seed)
    people[SCALE] = np.random.default_rng(seed).choice(["1", "2", "3"], len(people)).astype(object)
    whole = design.estimates(people)
    whole = whole[where(whole, question_id=SCALE, population="alle", breakdown=["all", "kjonn"])]
    whole = whole[whole["statistic"] == "share"].query("answer in ['1', '2', '3']").reset_index(drop=True)
    which = where(whole, breakdown="kjonn", answer=["1", "2"] if seed % 2 else ["1", "2", "3"])
    made = design.composition(people)
    frame = hidden(whole, which, "complementary")
    # the bases of the sexes are shown by a row of their own
    frame["n_answers"] = frame["n_answers"].where(frame["answer"] != "3", whole["n_answers"])
    findings = found(frame, survey_composition=made, bounds_all=True)
    answers, sexes = ["1", "2", "3"], ["mann", "kvinne"]
    sums = [int(cell(whole, "n_selected", answer=answer, breakdown="all")) for answer in answers]
    bases = [int(whole[where(whole, category=sex)]["n_answers"].iloc[0]) for sex in sexes]
    known = {(2, j): int(cell(whole, "n_selected", answer="3", category=sex)) for j, sex in enumerate(sexes)}
    every = tables(sums, bases, known if seed % 2 else {})
    for (i, answer), (j, sex) in itertools.product(enumerate(answers), enumerate(sexes)):
        if (i, j) not in known or not seed % 2:
            row = one(findings, answer=answer, category=sex)
            numbers = [table[2 * i + j] for table in every]
            assert (row.lower, row.upper) == (min(numbers), max(numbers))


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("n", [pytest.param(60, marks=pytest.mark.slow), 100, 150, 300])
def test_what_a_naive_rule_hides_is_found_and_nothing_is_found_wrong(n: int, is_weighted: bool) -> None:
    people = design.respondents(n, seed=n, is_weighted=is_weighted)
    whole = design.estimates(people)
    made = {"survey_composition": design.composition(people)}
    if is_weighted:
        made["weight_audit"] = design.weights(people)
    which = few(whole)
    findings = found(hidden(whole, which), bounds_all=True, **made)
    values = truth(findings, whole)
    assert (findings["lower"] <= values + 1e-4).all()
    assert (values <= findings["upper"] + 1e-4).all()
    counts = findings[findings["quantity"] == "n_selected"]
    assert len(counts) == (which & (whole["statistic"] == "share")).sum()
    assert counts["is_exact"].mean() > 0.5


def test_cells_that_are_wide_are_left_out() -> None:
    which = where(WHOLE, question_id=SCALE)
    findings = found(hidden(WHOLE, which, "complementary"))
    assert not findings["is_too_narrow"].any()
    assert len(found(hidden(WHOLE, which, "complementary"), bounds_all=True)) > len(findings)


def test_findings_are_told_in_words() -> None:
    which = where(WHOLE, question_id=YES, population="alle", breakdown="kjonn", category="kvinne")
    lines = in_words(found(hidden(WHOLE, which, "complementary")))
    row = "survey=prove;wave=2030;population=alle;question_id=prove_ja;statistic=share;answer=1;breakdown=kjonn"
    number = cell(WHOLE, "n_selected", **ONE)
    wanted = f"survey_estimates[{row};category=kvinne].n_selected: {number:g}, protection 3, from categories"
    assert any(line.startswith(wanted) for line in lines)


def test_a_hidden_number_of_respondents_is_what_the_others_leave() -> None:
    frame = hidden(WHOLE, where(WHOLE, category="i1"), "complementary")
    made = MADE.assign(n_respondents=MADE["n_respondents"].astype(float).mask(where(MADE, category="i1")))
    made["share"] = made["share"].mask(where(made, category="i1"))
    row = one(found(frame, survey_composition=made), "n_respondents", category="i1")
    assert (row.table, row.lower, row.is_exact) == (
        "survey_composition",
        cell(MADE, "n_respondents", category="i1"),
        True,
    )


def test_tables_that_contradict_each_other_are_told() -> None:
    frame = hidden(WHOLE, where(WHOLE, question_id=SCALE, answer="1", category="mann"), "complementary")
    wrong = frame.assign(
        n_selected=frame["n_selected"] + 7 * where(frame, question_id=YES, answer="1", breakdown="all")
    )
    with pytest.raises(ContradictionError, match=f"{SURVEY} {WAVE}"):
        found(wrong)


TWO = where(WHOLE, question_id=SCALE, population="alle", category=["i4", "i5", "hoy"]) | where(WHOLE, population=PICKED)
OF_TWO = {"question_id": SCALE, "population": "alle", "category": "i4"}


def test_a_mean_is_as_wide_as_answers_one_step_apart_can_make_it() -> None:
    # 1-5 is 4 long, in steps of 1
    findings = found(hidden(WHOLE, TWO, "complementary", kept=("n_answers",)), bounds_all=True)
    row = one(findings, "estimate", **OF_TWO, statistic="mean")
    assert row.upper > row.lower
    n = cell(WHOLE, "n_answers", **OF_TWO, statistic="mean")
    assert row.width == pytest.approx((row.upper - row.lower) * n)


@pytest.mark.parametrize(("kept", "protection"), [(("n_answers",), 3), ((), 1.5)])
def test_an_estimate_needs_half_where_nobody_knows_of_how_many_it_is(kept: tuple[str, ...], protection: float) -> None:
    findings = found(hidden(WHOLE, TWO, "complementary", kept), bounds_all=True)
    assert one(findings, "estimate", **OF_TWO, statistic="mean").protection == protection
    assert one(findings, "estimate", **OF_TWO, answer="3").protection == protection
    assert one(findings, "n_selected", **OF_TWO, answer="3").protection == 3


def test_a_share_of_those_picked_by_the_answer_itself_is_no_secret() -> None:
    rows = WHOLE[where(WHOLE, population=PICKED, question_id=SCALE, answer="3")]
    n = rows["n_respondents"]
    sure = rows.assign(
        question_id=YES,
        answer="1",
        n_answers=n,
        n_selected=n,
        sum_weights=n,
        n_no_answer=0,
        n_dont_know=0,
        estimate=1.0,
    )
    none = sure.assign(answer="2", n_selected=0, estimate=0.0)
    whole = pd.concat([WHOLE, sure, none], ignore_index=True)
    findings = found(hidden(whole, where(whole, population=PICKED), "complementary"), bounds_all=True)
    rows = findings[where(findings, population=PICKED)]
    assert not where(rows, question_id=YES, quantity=["estimate", "n_selected"]).any()
    assert where(rows, question_id=SCALE, quantity=["estimate", "n_selected"]).any()


@pytest.mark.parametrize("shown", [(), ("n_answers",)])
def test_that_all_gave_an_answer_is_told_whether_or_not_it_says_how_many(shown: tuple[str, ...]) -> None:
    # another table shows the share of the one answer that all in a category gave
    people = PEOPLE.assign(**{SCALE: PEOPLE[SCALE].mask(PEOPLE["inntekt"] == 4, "3")})
    people[SCALE] = people[SCALE].mask(people.index % 3 == 0, None)
    whole = design.estimates(people)
    row = {"population": "alle", "question_id": SCALE, "statistic": "share", "answer": "3", "breakdown": "inntekt"}
    assert cell(whole, "estimate", **row, category="i4") == 1
    change = {**row, "category": "i4", "compared_category": "i5", "estimate": 1.0}
    frame = hidden(whole, where(whole, question_id=SCALE), "complementary", kept=shown)
    findings = found(frame, survey_composition=design.composition(people), survey_changes=changes([change]))
    assert len(findings[where(findings, **row, category="i4", quantity="estimate")]) == 1
