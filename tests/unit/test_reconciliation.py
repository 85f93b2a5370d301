"""Reconciliation: every status is reached for its reason, and the seeds name things that exist.

Not here: the numbers of a whole run; tests/integration compares those.
"""

import math
import re
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.common.contracts import conform
from pipelines.common.row_keys import contracts_read
from pipelines.common.seeds import SEEDS_DIR, SeedError, read_seed
from pipelines.ingest.codebook import wave_rows
from pipelines.reconciliation.figures import (
    BOUNDS,
    Explanation,
    Figure,
    Published,
    Term,
    agreement_interval,
    cells,
    check_published,
    load_published,
    parse_explanations,
    parse_figures,
    parse_terms,
    target_interval,
)
from pipelines.reconciliation.language import NB
from pipelines.reconciliation.reconcile import (
    STATUSES,
    describe_differs,
    reconcile,
    summary,
)

SSB_REPORT = "ssb_rapport_2023_27"


def figure(value: float, precision: int = 0, figure_id: str = "f", **changes) -> Figure:
    base = Figure(
        figure_id, "report", "Table 1", "Et mål", "kommuner", "", 2022, "percent", value, precision, "", None, ""
    )
    return replace(base, **changes)


def term(figure_id: str = "f", coefficient: float = 100, part: int = 1, combine: str = "sum", **where) -> Term:
    column = where.pop("column", "estimate")
    key = tuple((name, str(value)) for name, value in {"wave": 2022, "question": "q", **where}.items())
    return Term(figure_id, combine, part, coefficient, "survey_estimates", column, key)


def explained(low: float, high: float, figure_id: str = "f") -> Explanation:
    return Explanation(figure_id, "explained", "contradiction", "Derfor", (low, high), "")


def carried(figure_id: str = "f") -> Explanation:
    return Explanation(figure_id, "carried", "other_survey", "Avskrift", None, "statistikkbanken")


@pytest.fixture
def estimates() -> pd.DataFrame:
    return pd.DataFrame(
        [
            (2022, "q", 0.5, 50, True),
            (2022, "r", 0.515, 51, False),
            (2018, "q", 0.42, 42, True),
            (2022, "suppressed", None, None, True),
        ],
        columns=["wave", "question", "estimate", "n_selected", "is_synthetic"],
    )


def one(
    figures: Figure, terms: list[Term], estimates: pd.DataFrame, explanations: list[Explanation] | None = None
) -> pd.Series:
    return reconcile({"survey_estimates": estimates}, [figures], terms, explanations or []).iloc[0]


# --- statuses -------------------------------------------------------------------------------------


def test_printed_value_itself_is_exact(estimates):
    row = one(figure(50), [term()], estimates)
    assert (row["status"], row["computed_value"], row["difference"]) == ("exact", 50, 0)
    assert row["computed_from"] == "survey_estimates[wave=2022;question=q].estimate"
    assert row["is_synthetic"]
    assert pd.isna(row["explanation"])


def test_value_that_prints_the_same_is_within_rounding(estimates):
    row = one(figure(51), [term(question="r")], estimates)
    assert row["status"] == "within_rounding"
    assert row["difference"] == pytest.approx(0.5)
    assert not row["is_synthetic"]


def test_value_that_prints_otherwise_differs(estimates):
    row = one(figure(51), [term()], estimates)
    assert row["status"] == "differs"
    assert (row["agrees_from"], row["agrees_to"]) == (50.5, 51.5)


def test_changed_cell_turns_exact_to_differs_and_back(estimates):
    changed = estimates.copy()
    changed.loc[0, "estimate"] += 0.01
    statuses = [one(figure(50), [term()], table)["status"] for table in (estimates, changed, estimates)]
    assert statuses == ["exact", "differs", "exact"]


def test_known_reason_explains_only_where_it_holds(estimates):
    inside = one(figure(64), [term()], estimates, [explained(49.9, 50.1)])
    assert (inside["status"], inside["explanation"], inside["computed_value"]) == ("explained", "Derfor", 50)
    outside = one(figure(64), [term()], estimates, [explained(46.9, 47.1)])
    assert outside["status"] == "differs"
    assert "46,9 til 47,1" in outside["explanation"]


def test_agreement_needs_no_reason_even_where_one_is_known(estimates):
    row = one(figure(50), [term()], estimates, [explained(49, 51)])
    assert row["status"] == "exact"
    assert pd.isna(row["explanation"])


def test_carried_number_is_transcription(estimates):
    row = one(figure(72), [], estimates, [carried()])
    assert (row["status"], row["computed_value"], row["difference"]) == ("carried", 72, 0)
    assert (row["computed_from"], row["explanation"]) == ("statistikkbanken", "Avskrift")
    assert not row["is_synthetic"]


def test_figure_without_terms_is_not_computed(estimates):
    row = one(figure(72), [], estimates)
    assert (row["status"], row["explanation"]) == ("not_computed", NB.no_terms)
    assert pd.isna(row["computed_value"])


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ({"wave": 2020}, "Ingen rader i survey_estimates med wave=2020"),
        ({"question": "x"}, "Ingen rader i survey_estimates med wave=2022;question=x"),
        (
            {"question": "suppressed"},
            "Verdien mangler eller er undertrykt: survey_estimates[wave=2022;question=suppressed].estimate",
        ),
    ],
)
def test_missing_cell_is_not_computed_and_says_what_is_missing(estimates, where, reason):
    row = one(figure(50), [term(), term(**where)], estimates)
    assert (row["status"], row["explanation"]) == ("not_computed", reason)
    assert pd.isna(row["computed_value"])
    assert not row["is_synthetic"]


def test_absent_or_empty_table_is_not_computed(estimates):
    absent = reconcile({}, [figure(50)], [term()], []).iloc[0]
    assert (absent["status"], absent["explanation"]) == (
        "not_computed",
        "Tabellen survey_estimates finnes ikke i denne kjøringen",
    )
    assert one(figure(50), [term()], estimates.iloc[:0])["status"] == "not_computed"


# --- computing ------------------------------------------------------------------------------------


def test_change_is_the_difference_of_two_cells_of_a_part(estimates):
    row = one(figure(8), [term(), term(coefficient=-100, wave=2018)], estimates)
    assert row["status"] == "exact"
    assert row["computed_from"].count(" ; ") == 1


@pytest.mark.parametrize(("combine", "value"), [("sum", 101.5), ("min", 50), ("max", 51.5), ("ratio", 50 / 51.5)])
def test_parts_are_combined_as_the_seed_says(estimates, combine, value):
    parts = [term(combine=combine), term(part=2, combine=combine, question="r")]
    assert one(figure(0), parts, estimates)["computed_value"] == pytest.approx(value)


def test_ratio_divides_part_1_by_part_2_in_whatever_order_the_rows_stand(estimates):
    parts = [term(part=2, combine="ratio", question="r"), term(combine="ratio"), term(combine="ratio", wave=2018)]
    row = one(figure(0), parts, estimates)
    assert row["computed_value"] == pytest.approx((50 + 42) / 51.5)
    assert row["computed_from"].startswith("ratio: ")


def test_ratio_to_nothing_is_not_computed(estimates):
    parts = [term(combine="ratio"), term(part=2, combine="ratio", question="r")]
    row = one(figure(0), parts, estimates.assign(estimate=0.0))
    assert (row["status"], row["explanation"]) == ("not_computed", "Nevneren er 0")


def test_one_synthetic_cell_makes_the_figure_synthetic(estimates):
    assert one(figure(101), [term(), term(question="r")], estimates)["is_synthetic"]


def test_table_without_the_synthetic_flag_is_not_synthetic(estimates):
    assert not one(figure(50), [term()], estimates.drop(columns="is_synthetic"))["is_synthetic"]


def test_key_of_one_column_and_whole_numbers_stored_as_floats_match():
    table = pd.DataFrame({"year": [2016.0, None], "rank": [18, 1]})
    rank = Term("f", "sum", 1, 1, "survey_estimates", "rank", (("year", "2016"),))
    assert one(figure(18), [rank], table)["status"] == "exact"


def test_more_than_one_row_is_an_error_in_the_seed(estimates):
    with pytest.raises(ValueError, match=r"figure_term.csv, f: row_key 'wave=2022' matches 3 rows"):
        one(figure(50), [replace(term(), row_key=(("wave", "2022"),))], estimates)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"column_name": "share"}, "survey_estimates has no column 'share'"),
        ({"row_key": (("sex", "1"),)}, "survey_estimates has no column 'sex'"),
        ({"table_name": "harmonised_waves"}, "'harmonised_waves' is none of the published tables count_measures,"),
    ],
)
def test_unknown_column_is_an_error_in_the_seed_before_anything_runs(changes, says, contracts):
    known = replace(term(), row_key=(("survey", "s"),))
    assert contracts_read(cells([known]), contracts)["survey_estimates"].names == [
        "survey", "estimate", "comparable_with_previous", "is_synthetic",
    ]  # fmt: skip
    with pytest.raises(SeedError, match=rf"^figure_term.csv row 3: {says}"):
        contracts_read(cells([known, replace(known, **changes)]), contracts)


def test_one_row_per_figure_in_order_with_the_columns_of_the_contract(estimates, contracts):
    figures = [figure(float(n), figure_id=f"f{n}") for n in (3, 1, 2)]
    table = reconcile({"survey_estimates": estimates}, figures, [], [])
    assert table["figure_id"].tolist() == ["f3", "f1", "f2"]
    assert conform(table, contracts["reconciliation"])["figure_id"].to_pylist() == ["f1", "f2", "f3"]


def test_summary_and_descriptions_count_and_name_what_differs(estimates):
    figures = [figure(50, figure_id="a"), figure(20, figure_id="b", bound="under"), figure(1, figure_id="c")]
    table = reconcile({"survey_estimates": estimates}, figures, [term("a"), term("b")], [])
    assert summary(table) == {**dict.fromkeys(STATUSES, 0), "exact": 1, "differs": 1, "not_computed": 1}
    assert describe_differs(table) == [
        "b (report, Table 1): printed under 20 percent, computed 50, agrees below 20; "
        "from survey_estimates[wave=2022;question=q].estimate"
    ]


# --- bounds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "tolerance", "agreeing", "differing"),
    [
        ("", None, [51.5, 52, 52.5], [51.49, 52.51]),
        ("about", 5.0, [47, 52, 57], [46.9, 57.1]),
        ("over", None, [52.01, 100], [52, 51.9]),
        ("over", 1.0, [52.01, 53], [52, 53.01]),
        ("under", None, [51.99, 0], [52, 52.1]),
        ("under", 2.5, [51.99, 49.5], [52, 49.4]),
        ("at_least", 0.5, [51.5, 52, 900], [51.4]),
        ("at_most", 0.5, [52.5, 52, -900], [52.6]),
    ],
)
def test_bounds_agree_as_the_words_say(estimates, bound, tolerance, agreeing, differing):
    printed = figure(52, bound=bound, tolerance=tolerance)
    for values, expected in ((agreeing, {"exact", "within_rounding"}), (differing, {"differs"})):
        for value in values:
            table = estimates.assign(estimate=value / 100)
            assert one(printed, [term()], table)["status"] in expected, value


@given(
    value=st.decimals(min_value=0, max_value=100, places=3),
    precision=st.integers(0, 3),
)
def test_a_value_agrees_with_its_own_rounding(value, precision):
    printed = figure(float(round(value, precision)), precision)
    low, high = agreement_interval(printed)
    assert low <= float(value) <= high


@given(
    value=st.integers(0, 100_000),
    precision=st.integers(0, 3),
    beyond=st.integers(1, 1000),
)
def test_a_value_past_the_half_way_point_never_agrees(value, precision, beyond):
    """`value` and `beyond` count the last printed decimal and thousandths of it."""
    step = 10.0**-precision
    low, high = agreement_interval(figure(value * step, precision))
    assert low > (value - 0.5 - beyond / 1000) * step
    assert high < (value + 0.5 + beyond / 1000) * step


@given(
    value=st.floats(-1000, 1000).map(lambda value: value + 0.0),  # -0.0 is below itself
    bound=st.sampled_from(BOUNDS),
    tolerance=st.one_of(st.none(), st.floats(0.01, 50)),
)
def test_only_a_strict_bound_excludes_the_printed_number(value, bound, tolerance):
    if (bound in ("about", "at_least", "at_most") and tolerance is None) or not bound:
        tolerance = None if not bound else 1.0
    low, high = agreement_interval(figure(value, bound=bound, tolerance=tolerance))
    assert low < high
    assert (low <= value <= high) == (bound not in ("over", "under"))


def test_minus_0_is_a_number_below_0_that_rounds_to_it(estimates):
    def status(printed: float, value: float) -> str:
        return one(figure(printed, 1), [term(coefficient=1)], estimates.assign(estimate=value))["status"]

    assert [status(-0.0, value) for value in (-0.05, -0.001, 0.0, 0.04, -0.06)] == [
        "within_rounding", "within_rounding", "differs", "differs", "differs",
    ]  # fmt: skip
    assert status(0.0, 0.04) == status(0.0, -0.04) == "within_rounding"


@pytest.mark.parametrize(("combine", "value"), [("p10", 3.0), ("p90", 18.0)])
def test_a_tenth_of_the_parts_is_passed_over_whatever_their_signs(estimates, combine, value):
    # 20 parts of 1 to 20, every other one negative: two may be smaller, or larger.
    parts = [term(part=n, combine=combine, coefficient=(-1) ** n * n) for n in range(1, 21)]
    row = one(figure(0), parts, estimates.assign(estimate=1.0))
    assert row["computed_value"] == pytest.approx(value)


def test_target_is_where_the_reason_holds_else_where_print_agrees():
    printed = figure(64)
    assert target_interval(printed, explained(46.9, 47.0)) == (46.9, 47.0)
    assert target_interval(printed, carried()) == agreement_interval(printed)
    assert target_interval(printed) == agreement_interval(printed)


# --- what is wrong in a seed is named by file and row ------------------------------------------------

FIGURE_ROW = {
    "figure_id": "f",
    "source_document": "report",
    "location": "",
    "measure_nb": "",
    "population": "",
    "subgroup": "",
    "period": "2022",
    "unit": "percent",
    "published_value": "5",
    "published_precision": "0",
    "bound": "",
    "tolerance": "",
    "value_set": "",
}
TERM_ROW = {
    "figure_id": "f",
    "combine": "sum",
    "part": "1",
    "coefficient": "100",
    "table_name": "survey_estimates",
    "column_name": "estimate",
    "row_key": "wave=2022;question=q",
}
EXPLANATION_ROW = {
    "figure_id": "f",
    "kind": "explained",
    "reason_class": "contradiction",
    "explanation_nb": "Derfor",
    "holds_from": "1",
    "holds_to": "2",
    "carried_from": "",
}


@pytest.mark.parametrize(
    ("parse", "row", "change", "message"),
    [
        (parse_figures, FIGURE_ROW, {"published_value": "ca. 5"}, "published_value 'ca. 5' is not a number"),
        (parse_figures, FIGURE_ROW, {"published_value": "nan"}, "published_value 'nan' is not a finite"),
        (parse_figures, FIGURE_ROW, {"published_precision": "approx"}, "published_precision 'approx'"),
        (parse_figures, FIGURE_ROW, {"period": ""}, "period ''"),
        (parse_figures, FIGURE_ROW, {"bound": "nearly"}, "bound 'nearly' is none of"),
        (parse_figures, FIGURE_ROW, {"bound": "about"}, "bound 'about' needs a tolerance"),
        (parse_figures, FIGURE_ROW, {"tolerance": "1"}, "tolerance '1' without a bound"),
        (parse_figures, FIGURE_ROW, {"bound": "over", "tolerance": "-1"}, "tolerance '-1' is not above 0"),
        (parse_terms, TERM_ROW, {"combine": "mean"}, "combine 'mean' is none of"),
        (parse_terms, TERM_ROW, {"coefficient": "0"}, "coefficient is 0"),
        (parse_terms, TERM_ROW, {"part": "1.5"}, "part '1.5' is not a whole number"),
        (parse_terms, TERM_ROW, {"row_key": "wave"}, "row_key 'wave' is not column=value"),
        (parse_terms, TERM_ROW, {"row_key": "wave=1;wave=2"}, "names a column twice"),
        (parse_explanations, EXPLANATION_ROW, {"kind": "known"}, "kind 'known' is none of"),
        (parse_explanations, EXPLANATION_ROW, {"reason_class": "odd"}, "reason_class 'odd' is none of"),
        (parse_explanations, EXPLANATION_ROW, {"holds_to": ""}, "holds_to '' is not a number"),
        (parse_explanations, EXPLANATION_ROW, {"holds_to": "0"}, "holds_from 1 is above holds_to 0"),
        (parse_explanations, EXPLANATION_ROW, {"explanation_nb": " "}, "explanation_nb is blank"),
        (parse_explanations, EXPLANATION_ROW, {"carried_from": "x"}, "for the kind 'carried' only"),
        (parse_explanations, EXPLANATION_ROW, {"kind": "carried"}, "for the kind 'explained' only"),
        (
            parse_explanations,
            EXPLANATION_ROW,
            {"kind": "carried", "holds_from": "", "holds_to": ""},
            "carried_from is blank",
        ),
    ],
)
def test_unreadable_seed_row_is_refused_by_file_and_row(parse, row, change, message):
    assert len(parse([row])) == 1
    with pytest.raises(ValueError, match=message) as error:
        parse([row, {**row, **change}])
    assert ".csv row 3: " in str(error.value)


@pytest.mark.parametrize(
    ("terms", "explanations", "message"),
    [
        ([term("g")], [], "figure_term.csv row 2: figure_id 'g' is not in figures.csv"),
        ([], [carried("g")], "figure_explanation.csv row 2: figure_id 'g' is not in figures.csv"),
        ([term(), term()], [], "figure_term.csv row 3: repeats"),
        ([], [carried(), carried()], "figure_explanation.csv row 3: repeats 'f'"),
        ([], [explained(1, 2)], "row 2: f is explained, yet figure_term.csv does not compute it"),
        ([term(), term(part=2, combine="min")], [], "the rows of f do not have the same combine"),
        ([term(combine="ratio")], [], "figure_term.csv: f is a ratio, and its parts are not 1 and 2"),
    ],
)
def test_seeds_that_contradict_each_other_are_refused(terms, explanations, message):
    with pytest.raises(ValueError, match=message):
        check_published([figure(5)], terms, explanations)


# --- the real seeds -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published() -> Published:
    return load_published()


def rows_of(published: Published, table_name: str) -> list[tuple[Term, dict[str, str]]]:
    return [(term, dict(term.row_key)) for term in published.terms if term.table_name == table_name]


def figures_by_id(published: Published) -> dict[str, Figure]:
    return {row.figure_id: row for row in published.figures}


# Of other reports than SSB's of the kommuner: from a survey that the project does not have, a response rate of an
# unknown number of invited, or a growth from a number that is not printed.
CARRIED_OF_OTHER_REPORTS = {
    "ssb16_nettsky_naeringsliv_2016",
    "ramboll_svarprosent_stat_2021",
    "digdir22_virksomheter_fellesloesninger_vekst_2022",
}
N_FIGURES = 545


def test_every_figure_of_the_ssb_report_is_computed_or_carried(published):
    carried_ids = {row.figure_id for row in published.explanations if row.kind == "carried"}
    report = [row for row in published.figures if row.source_document == SSB_REPORT]
    assert len(report) == 168
    not_asked_of = {row.figure_id for row in report if row.period in (2020, 2023)}
    assert carried_ids & {row.figure_id for row in report} == not_asked_of
    assert carried_ids - not_asked_of == CARRIED_OF_OTHER_REPORTS


def test_every_figure_of_every_report_is_computed_or_carried(published):
    computed = {term.figure_id for term in published.terms}
    carried_ids = {row.figure_id for row in published.explanations if row.kind == "carried"}
    assert len(published.figures) == N_FIGURES
    assert [row.figure_id for row in published.figures if row.figure_id not in computed | carried_ids] == []


def years_of(row: Term) -> set[int]:
    """The years that a cell is about."""
    key = dict(row.row_key)
    if row.table_name == "goal_key_figures":
        in_name = re.search(r"_(20\d\d)$", key["key_figure"])
        if in_name:
            assert row.column_name == "value", row
            return {int(in_name[1])}
        return {int(key["year"]) - (row.column_name == "previous_value")}
    # What is printed of a ranking is of its edition.
    for rule in read_seed("ranking_rule"):
        if rule["index"] == key.get("index"):
            return {int(key["year"]) + int(rule["edition_offset"])}
    return {int(key.get("wave") or key["year"]), int(key.get("compared_wave") or key.get("wave") or key["year"])}


def test_terms_are_of_the_year_the_figure_is_about(published):
    """A change has its own year, and the year it is compared with; a cell that is a change itself has its own."""
    figures = figures_by_id(published)
    compared = {row["figure_id"]: row["comparison_period"] for row in read_seed("figures")}
    years: dict[str, set[int]] = {}
    for row in published.terms:
        years.setdefault(row.figure_id, set()).update(years_of(row))
    indicator_changes = {row.figure_id for row in published.terms if row.column_name == "change"}
    n_changes = 0
    for figure_id, own in years.items():
        is_change = any(word in figure_id for word in ("_pp_", "_change_", "_vekst_"))
        assert is_change or figure_id not in indicator_changes, figure_id
        expected = {figures[figure_id].period}
        if is_change and figure_id not in indicator_changes:
            expected.add(int(compared[figure_id]))
            n_changes += 1
            assert len(expected) == 2, figure_id
        assert own == expected, figure_id
    assert n_changes == 16


MEAN_OF_TWO_SHARES = {"ramboll_ki_3aar_halvparten_2021"}


def is_in_percent_already(row: Term) -> bool:
    """Whether the cell holds a percentage: of a key figure whose unit it is, or of services that were tested."""
    key = dict(row.row_key)
    if row.table_name == "goal_key_figures":
        units = {r["key_figure"]: r["unit"] for r in read_seed("key_figure")}
        return units[key["key_figure"]] in ("percent", "growth_percent")
    return row.column_name == "score" and key["index"].startswith("egov_benchmark_")


def test_terms_bring_fractions_into_the_unit_of_the_figure(published):
    units = {row.figure_id: row.unit for row in published.figures}
    fractions = {"estimate", "difference", "share", "response_rate"}
    coefficients: dict[str, list[float]] = {}
    for row in (term for term in published.terms if term.combine != "ratio"):
        has_other_scale = dict(row.row_key).get("statistic") in ("median", "mean")
        in_hundreds = units[row.figure_id] in ("percent", "percentage_points")
        is_fraction = row.column_name in fractions and not has_other_scale
        is_percent = is_in_percent_already(row)
        coefficients.setdefault(row.figure_id, []).append(row.coefficient)
        if row.figure_id not in MEAN_OF_TWO_SHARES:
            assert abs(row.coefficient) == (100 if in_hundreds and not is_percent else 1), row
        assert not (is_fraction and is_percent), row
        assert is_fraction == ((in_hundreds and not is_percent) or units[row.figure_id] == "share"), row
        assert not is_percent or units[row.figure_id] == "percent", row
    for figure_id in MEAN_OF_TWO_SHARES:
        assert (units[figure_id], coefficients[figure_id]) == ("percent", [50, 50])


def test_ratios_are_of_numbers_of_one_kind_and_in_percent(published):
    ratios = [term for term in published.terms if term.combine == "ratio"]
    units = {row.figure_id: row.unit for row in published.figures}
    assert {term.figure_id for term in ratios} == {
        "digdir_tjenester_fellesloesninger_vekst_2021",
        "ramboll_svarprosent_totalt_2021",
    }
    for term in ratios:
        assert units[term.figure_id] == "percent"
        assert abs(term.coefficient) == 100 if term.part == 1 else 0 < term.coefficient < 2


def test_estimate_terms_name_questions_answers_and_groups_that_are_estimated(published):
    question = {row["question_id"]: row for row in read_seed("question")}
    estimated = {
        (row["survey"], row["item_group"], row["population"], row["statistic"], row["answer"])
        for row in read_seed("estimate")
    }
    frames = {
        (row["survey"], row["wave"], row["question_id"]): row["code_frame"]
        for wave in read_seed("wave")
        for row in wave_rows(wave["survey"], int(wave["wave"]))
    }
    codes = {(row["code_frame"], row["code"]) for row in read_seed("code_frame")}
    counted = {row["question_id"]: row["counted_group"] for row in read_seed("count_question")}
    groups = {(row["item_group"], row["answer"]) for row in read_seed("answer_group")}
    breakdowns = {(row["survey"], row["breakdown"]) for row in read_seed("breakdown")}
    categories = {(row["survey"], row["breakdown"], row["category"]) for row in read_seed("category")}
    categories |= {(row["survey"], "all", "all") for row in read_seed("survey")}
    terms = rows_of(published, "survey_estimates") + rows_of(published, "survey_changes")
    assert len(terms) > 150
    for row, key in terms:
        where = f"{row.figure_id}: {row.row_key_text}"
        item = question[key["question_id"]]
        asked = (key["survey"], key["wave"], key["question_id"])
        assert item["survey"] == key["survey"], where
        assert asked in frames or key["question_id"] in counted, where
        answer = key.get("answer", "")
        if answer.isdigit():
            declared = "each"
            if key["question_id"] in counted:
                n_items = sum(item["item_group"] == counted[key["question_id"]] for item in question.values())
                assert int(answer) <= n_items, where
            else:
                assert (frames[asked], answer) in codes, where
        else:
            declared = answer
            assert not answer or (item["item_group"], answer) in groups, where
        assert (
            key["survey"],
            item["item_group"],
            key["population"],
            key["statistic"],
            declared,
        ) in estimated, where
        assert (key["survey"], key["breakdown"]) in breakdowns, where
        for category in (key["category"], key.get("compared_category", key["category"])):
            assert (key["survey"], key["breakdown"], category) in categories, where


# The report's summary says "kommuner" of these; its figure 5.2 has the users of digital procurement as
# base. 6,5 prosent is 23 of 354 and no count of 342 to 344 users, the only numbers of users with which
# 98,5 prosent receive invoices.
OF_ALL_KOMMUNER_AS_THE_SUMMARY_SAYS = {
    "ssb23_innkjop_evaluering_ikke_2018",
    "ssb23_innkjop_evaluering_ikke_2022",
    "ssb23_innkjop_mottak_tilbud_helt_2018",
    "ssb23_innkjop_mottak_tilbud_helt_2022",
}


# What the figures call a subgroup -> breakdown and category.
SUBGROUPS = {
    "": ("all", "all"),
    "over 16 år": ("all", "all"),
    "innbyggere<2000": ("innbyggergruppe", "under_2000"),
    "innbyggere>50000": ("innbyggergruppe", "50000_og_over"),
    "innbyggere>=50000": ("innbyggergruppe", "50000_og_over"),
    "sentralitet 1": ("sentralitet", "1"),
    "høyere utdanning": ("naeringsgruppe", "hoyere_utdanning"),
    "sykehustjenester": ("naeringsgruppe", "sykehustjenester"),
    "under 100 ansatte": ("antall_ansatte", "under_100"),
    "stat": ("sektor", "stat"),
    "kommune": ("sektor", "kommune"),
    "liten": ("kommunestorrelse", "liten"),
    "mellomstor": ("kommunestorrelse", "mellomstor"),
    "stor": ("kommunestorrelse", "stor"),
}
# IT i praksis has all public bodies as one base; print names the sector as if it were the base.
SECTORS = {"statlige_virksomheter": "stat", "kommuner": "kommune"}


def base_in_print(figure: Figure, survey: str) -> tuple[str, str, str]:
    """(population, breakdown, category) that the figure names, as the tables call them."""
    population, group = figure.population, SUBGROUPS[figure.subgroup]
    if figure.figure_id in OF_ALL_KOMMUNER_AS_THE_SUMMARY_SAYS:
        population = "kommuner"
    if group[0] == "kommunestorrelse":
        assert population == "kommuner", figure
    if survey == "itip" and population in SECTORS:
        sector = ("sektor", SECTORS[population])
        population, group = "offentlige_virksomheter", sector if group == SUBGROUPS[""] else group
    return population, *group


def test_estimate_terms_have_the_base_the_figure_names(published):
    figures = figures_by_id(published)
    for row, key in rows_of(published, "survey_estimates"):
        population, *_ = base_in_print(figures[row.figure_id], key["survey"])
        assert key["population"] == population, row.figure_id


def test_figures_of_a_subgroup_are_computed_in_a_breakdown(published):
    figures = figures_by_id(published)
    n_sectors = 0
    for row, key in rows_of(published, "survey_estimates"):
        _, *group = base_in_print(figures[row.figure_id], key["survey"])
        assert [key["breakdown"], key["category"]] == group, row.figure_id
        is_of_the_sector = key["breakdown"] == "sektor"
        n_sectors += is_of_the_sector
        assert (key["breakdown"] != "all" and not is_of_the_sector) == bool(figures[row.figure_id].subgroup)
    assert n_sectors == 49


def test_numbers_of_respondents_are_of_the_base_and_subgroup_the_figure_names(published):
    figures = figures_by_id(published)
    terms = [(row, key) for row, key in rows_of(published, "survey_composition") if row.combine != "ratio"]
    assert len(terms) == 13
    for row, key in terms:
        named = base_in_print(figures[row.figure_id], key["survey"])
        assert (key["population"], key["breakdown"], key["category"]) == named, row.figure_id


def test_indicators_of_it_i_praksis_are_of_all_who_were_asked(published):
    names = {row["composite"] for row in read_seed("composite") if row["survey"] == "itip"}
    terms = rows_of(published, "itip_indicators")
    assert {key["indicator"] for _, key in terms} == names
    for row, key in terms:
        assert key["sektor"] == "all", row.figure_id
        assert row.column_name == ("change" if "_change_" in row.figure_id else "value"), row.figure_id


def test_distribution_terms_name_indicators_and_scores_that_exist(published):
    scores = {(row["indicator"], row["score"]) for row in read_seed("score_label")}
    terms = rows_of(published, "indicator_distributions")
    assert terms
    for row, key in terms:
        assert (key["indicator"], key["score"]) in scores, row.figure_id
        assert key["wave"] == key["division_year"], row.figure_id


def test_count_terms_name_count_questions(published):
    counted = {row["question_id"] for row in read_seed("count_question")}
    assert {key["question_id"] for _, key in rows_of(published, "count_measures")} <= counted


def test_terms_name_tables_and_columns_of_the_contracts(published, contracts):
    read = contracts_read(cells(published.terms), contracts)
    assert set(read) == {
        "survey_changes",
        "survey_estimates",
        "indicator_distributions",
        "survey_waves",
        "count_measures",
        "international_rankings",
        "itip_indicators",
        "survey_composition",
        "goal_key_figures",
    }


def test_known_reasons_hold_only_where_the_figure_disagrees(published):
    """Otherwise a reason would excuse nothing, or a figure that agrees would need one."""
    figures = {row.figure_id: row for row in published.figures}
    for row in published.explanations:
        if row.holds:
            low, high = agreement_interval(figures[row.figure_id])
            outside = [value for value in row.holds if not low <= value <= high]
            assert outside, row.figure_id
            assert row.holds[1] - row.holds[0] <= 0.5, row.figure_id


def percentages(count: range, base: int) -> list[float]:
    return [100 * n / base for n in count]


@pytest.mark.parametrize(
    ("figure_id", "base", "nearest"),
    [
        ("ssb23_strategi_informasjonssikkerhet", 354 - 96, range(244, 246)),
        ("ssb23_strategi_velferdsteknologi", 354 - 96, range(227, 229)),
        ("ssb23_prosjekt_min7_omrader_2022", 330, range(155, 156)),
        ("ssb23_uten_sky_2022", 354, range(16, 17)),
    ],
)
def test_the_contradictions_of_the_report_are_arithmetic(published, figure_id, base, nearest):
    """The counts the report's own tables leave do not print as the figure does; the reason holds for them."""
    row = next(row for row in published.figures if row.figure_id == figure_id)
    reason = next(row for row in published.explanations if row.figure_id == figure_id)
    low, high = agreement_interval(row)
    for value in percentages(nearest, base):
        assert not low <= value <= high
        assert reason.holds[0] <= value <= reason.holds[1]
    if figure_id.startswith("ssb23_strategi"):
        assert not any(low <= value <= high for value in percentages(range(base + 1), base))


def test_seed_files_stand_where_both_readers_look():
    for name in ("figures", "figure_term", "figure_explanation"):
        assert (SEEDS_DIR / "published" / f"{name}.csv").is_file()


def seed_tables(published: Published, shift: float = 0.0) -> dict[str, pd.DataFrame]:
    """Tables in which a figure of one term comes out inside its target, plus `shift`.

    The middle of the target; for a known contradiction its upper end, as the middle may happen to agree.
    """
    figures = {row.figure_id: row for row in published.figures}
    reasons = {row.figure_id: row for row in published.explanations}
    rows: dict[str, dict[tuple[tuple[str, str], ...], dict[str, object]]] = {}
    for row in published.terms:
        low, high = target_interval(figures[row.figure_id], reasons.get(row.figure_id))
        if row.figure_id in reasons:
            low = high
        low, high = max(low, -1e6), min(high, 1e6)
        table = rows.setdefault(row.table_name, {})
        cells = table.setdefault(row.row_key, {**dict(row.row_key), "is_synthetic": True})
        cells[row.column_name] = ((low + high) / 2 + shift) / row.coefficient
    return {name: pd.DataFrame(list(table.values())) for name, table in rows.items()}


def test_tables_that_meet_every_target_reconcile_and_shifted_ones_do_not(published):
    shared: dict[tuple[str, str], set[str]] = {}
    for row in published.terms:
        shared.setdefault((row.cell, row.table_name), set()).add(row.figure_id)
    n_terms = pd.Series([row.figure_id for row in published.terms]).value_counts()
    alone = {next(iter(ids)) for ids in shared.values() if len(ids) == 1 and n_terms[next(iter(ids))] == 1}
    assert len(alone) > 380
    result = reconcile(seed_tables(published), published.figures, published.terms, published.explanations)
    assert len(result) == len(published.figures) == N_FIGURES
    agreeing = result[result["figure_id"].isin(alone)]
    # Nothing is carried: that is for the table to say, and these tables say nothing.
    assert set(agreeing["status"]) == {"exact", "within_rounding", "explained"}
    assert set(agreeing.loc[agreeing["status"] == "explained", "figure_id"]) == {
        row.figure_id for row in published.explanations if row.kind == "explained"
    }
    # Past the widest tolerance of all, 50 of about 1000 respondents.
    shifted = reconcile(seed_tables(published, shift=-60), published.figures, published.terms, published.explanations)
    shifted = shifted[shifted["figure_id"].isin(alone) & ~result["bound"].isin(["under", "over"])]
    assert set(shifted["status"]) == {"differs"}


# Municipalities by score, 2022 and 2018: the printed counts, and the only counts that print as the 2018
# shares with 377 in all (tables 3.1, 4.1, 5.1 and 5.2).
DISTRIBUTIONS = {
    "digital_prioritering": ([17, 112, 70, 45, 110], [34, 105, 29, 110, 99]),
    "digital_kompetanse": ([90, 19, 102, 61, 82], [128, 17, 35, 58, 139]),
    "bruk_digitale_tjenester": ([9, 16, 43, 27, 259], [26, 99, 55, 101, 96]),
    "digital_aktivitet": ([10, 31, 104, 27, 182], [31, 112, 111, 37, 86]),
}


def distribution_rows() -> pd.DataFrame:
    rows = [
        {
            "wave": wave,
            "division_year": wave,
            "indicator": indicator,
            "score": score,
            "n_kommuner": count,
            "share": count / sum(counts),
            "is_synthetic": True,
        }
        for indicator, by_wave in DISTRIBUTIONS.items()
        for wave, counts in zip((2022, 2018), by_wave, strict=True)
        for score, count in enumerate(counts)
    ]
    return pd.DataFrame(rows)


def reconciled_distributions(published: Published, table: pd.DataFrame) -> pd.Series:
    figure_ids = {row.figure_id for row, key in rows_of(published, "indicator_distributions")}
    result = reconcile({"indicator_distributions": table}, published.figures, published.terms, published.explanations)
    computed = result[result["figure_id"].isin(figure_ids - {"ssb23_uten_strategi_2022"})]
    return computed.set_index("figure_id")["status"]


def test_the_four_tables_and_their_texts_come_out_of_the_counts(published):
    statuses = reconciled_distributions(published, distribution_rows())
    assert len(statuses) > 70
    assert set(statuses) == {"exact", "within_rounding"}


def test_one_municipality_in_another_class_is_noticed_where_it_is_printed(published):
    table = distribution_rows()
    before = reconciled_distributions(published, table)
    moved = table.copy()
    in_table = (moved["indicator"] == "digital_aktivitet") & (moved["wave"] == 2022)
    for score, change in ((3, -1), (4, 1)):
        row = in_table & (moved["score"] == score)
        moved.loc[row, "n_kommuner"] += change
        moved.loc[row, "share"] = moved.loc[row, "n_kommuner"] / 354
    after = reconciled_distributions(published, moved)
    assert set(after.index[(before != after) & (after == "differs")]) == {
        f"ssb23_tab52_klasse{score}_{kind}_2022" for score in (3, 4) for kind in ("antall", "andel")
    } | {"ssb23_aktivitet_hoy_tekst_2022"}


def test_without_tables_only_what_is_carried_past_them_is_said(published):
    """A figure with terms waits for its tables, also one that is carried through them."""
    result = reconcile({}, published.figures, published.terms, published.explanations)
    assert summary(result) == {**dict.fromkeys(STATUSES, 0), "carried": 7, "not_computed": N_FIGURES - 7}
    with_terms = {row.figure_id for row in published.terms}
    assert set(result.loc[result["status"] == "not_computed", "figure_id"]) == with_terms
    assert not result["is_synthetic"].any()
    assert math.isnan(result.loc[result["status"] == "not_computed", "computed_value"].max())


# --- figures that are printed in an order that is lost ------------------------------------------------


def members(*printed: float, name: str = "set", precision: int = 0) -> list[Figure]:
    """The figures f0, f1, ... of a set."""
    return [figure(value, precision, f"f{n}", value_set=name) for n, value in enumerate(printed)]


def of_set(figures: list[Figure], computed: list[float | None]) -> pd.DataFrame:
    """The figures reconciled with these values, in percent; of None the cell is blank."""
    questions = [f"q{n}" for n in range(len(computed))]
    table = pd.DataFrame({"wave": 2022, "question": questions, "estimate": computed, "is_synthetic": False})
    table["estimate"] = table["estimate"].astype(float) / 100
    terms = [term(row.figure_id, question=question) for row, question in zip(figures, questions, strict=True)]
    return reconcile({"survey_estimates": table}, figures, terms, [])


@pytest.mark.parametrize("computed", [[31, 30, 24], [24, 31, 30], [30, 24, 31], [24, 30, 31]])
def test_values_of_a_set_agree_in_whatever_order(computed):
    result = of_set(members(30, 31, 24), computed)
    assert result["status"].tolist() == ["exact"] * 3
    assert result["computed_value"].tolist() == pytest.approx(computed)
    # Every figure keeps the number that stands at its place.
    assert result["published_value"].tolist() == [30, 31, 24]


def test_set_agrees_within_rounding_and_says_which_set_and_which_number_of_it():
    result = of_set(members(4.1, 3.9, precision=1), [3.86, 4.1])
    assert result["status"].tolist() == ["within_rounding", "exact"]
    said = "Rekkefølgen i kilden er ikke kjent; avstemt mot settet 4,1; 3,9"
    assert result["explanation"].tolist() == [f"{said}. Verdien svarer til 3,9", f"{said}. Verdien svarer til 4,1"]


def test_set_in_which_every_value_has_its_own_number_says_only_the_set():
    said = "Rekkefølgen i kilden er ikke kjent; avstemt mot settet 4,1; 3,9"
    assert of_set(members(4.1, 3.9, precision=1), [4.1, 3.86])["explanation"].tolist() == [said] * 2


def test_limits_are_those_of_the_number_that_is_matched_and_the_difference_is_from_the_own():
    result = of_set(members(30, 31), [31, 30])
    assert result["agrees_from"].tolist() == [30.5, 29.5]
    assert result["agrees_to"].tolist() == [31.5, 30.5]
    assert result["difference"].tolist() == pytest.approx([1, -1])


def test_figures_outside_a_set_are_not_compared_with_each_other():
    assert of_set(members(30, 31, name=""), [31, 30])["status"].tolist() == ["differs"] * 2
    apart = [*members(30, name="one"), replace(figure(31, figure_id="f1"), value_set="other")]
    assert of_set(apart, [31, 30])["status"].tolist() == ["differs"] * 2


def test_order_of_the_seed_is_kept_where_it_fits():
    # Both orders fit 30.5 and 30.5: a half is printed either way.
    result = of_set(members(30, 31), [30.5, 30.5])
    assert result["status"].tolist() == ["within_rounding"] * 2
    assert not result["explanation"].str.contains("Verdien svarer til").any()
    # As good as the other order, in which the first would be compared with 31.
    halves = of_set(members(30, 31), [30, 30])
    assert halves["status"].tolist() == ["exact", "differs"]


@pytest.mark.parametrize("computed", [[30, 40], [40, 30], [40, 31], [31, 40]])
def test_value_outside_the_set_differs_and_the_others_agree(computed):
    result = of_set(members(30, 31), computed)
    assert dict(zip(result["computed_value"].round(), result["status"], strict=True)) == {
        40: "differs",
        min(computed): "exact",
    }
    assert result.loc[result["status"] == "differs", "explanation"].str.startswith(NB.is_set.format("30; 31")).all()


def test_printed_number_agrees_with_one_value_of_its_set_only():
    assert sorted(of_set(members(30, 31, 24), [24, 24, 31])["status"]) == ["differs", "exact", "exact"]
    assert of_set(members(30, 30), [30, 30])["status"].tolist() == ["exact"] * 2


def test_value_that_fits_its_own_number_keeps_it_where_another_one_differs():
    result = of_set(members(10, 11, 50), [50, 10.5, 99])
    assert result["status"].tolist() == ["exact", "within_rounding", "differs"]
    said = NB.is_set.format("10; 11; 50")
    assert result["explanation"].tolist() == [
        NB.matched.format(said, "50"), said, NB.compared.format(said, "10")
    ]  # fmt: skip
    # What is told of the one that differs is what it was compared with.
    (told,) = describe_differs(result)
    assert "agrees from 9.5 to 10.5; from " in told and told.endswith(f". {NB.compared.format(said, '10')}")


def test_figure_of_a_set_that_is_not_computed_leaves_the_others_to_be():
    result = of_set(members(30, 31, 24), [31, 30, None])
    assert result["status"].tolist() == ["exact", "exact", "not_computed"]


def test_number_of_a_figure_that_is_not_computed_may_be_another_value_s():
    result = of_set(members(30, 31, 24), [24, 31, None])
    assert result["status"].tolist() == ["exact", "exact", "not_computed"]
    said = NB.is_set.format("30; 31; 24")
    assert result["explanation"].tolist() == [
        NB.matched.format(said, "24"),
        said,
        "Verdien mangler eller er undertrykt: survey_estimates[wave=2022;question=q2].estimate",
    ]
    # What is not computed keeps its own number and limits.
    assert result["published_value"].tolist() == [30, 31, 24]
    assert result["agrees_from"].tolist() == [23.5, 30.5, 23.5]
    assert result["agrees_to"].tolist() == [24.5, 31.5, 24.5]


def test_number_of_a_figure_without_terms_may_be_another_value_s_too():
    table = pd.DataFrame({"wave": [2022], "question": ["q"], "estimate": [0.31]})
    result = reconcile({"survey_estimates": table}, members(30, 31), [term("f0")], [])
    assert result["status"].tolist() == ["exact", "not_computed"]
    assert result["explanation"].tolist() == [NB.matched.format(NB.is_set.format("30; 31"), "31"), NB.no_terms]


def test_number_of_a_figure_that_is_not_computed_agrees_with_one_value_only():
    assert sorted(of_set(members(30, 31, 24), [24, 24, None])["status"]) == ["differs", "exact", "not_computed"]


def test_number_that_is_not_computed_of_another_set_is_nobody_s():
    apart = [*members(30, name="one"), replace(figure(31, figure_id="f1"), value_set="other")]
    assert of_set(apart, [31, None])["status"].tolist() == ["differs", "not_computed"]
    assert of_set(members(30, 31, name=""), [31, None])["status"].tolist() == ["differs", "not_computed"]


@given(
    printed=st.lists(st.integers(0, 100), min_size=1, max_size=4),
    data=st.data(),
)
def test_a_set_agrees_in_every_order_of_its_own_numbers(printed, data):
    computed = data.draw(st.permutations(printed))
    assert set(of_set(members(*printed), computed)["status"]) == {"exact"}


@given(
    printed=st.lists(st.integers(0, 100), min_size=1, max_size=4, unique=True),
    data=st.data(),
)
def test_values_agree_with_any_of_the_numbers_of_their_set_and_say_with_which(printed, data):
    order = data.draw(st.permutations(printed))
    is_computed = data.draw(st.lists(st.booleans(), min_size=len(printed), max_size=len(printed)))
    computed = [value if known else None for value, known in zip(order, is_computed, strict=True)]
    result = of_set(members(*printed), computed)
    for own, value, row in zip(printed, computed, result.to_dict("records"), strict=True):
        assert row["status"] == ("not_computed" if value is None else "exact")
        matched = own if value is None else value
        assert (row["agrees_from"], row["agrees_to"]) == (matched - 0.5, matched + 0.5)
        assert row["explanation"].endswith(f"Verdien svarer til {value}") == (value not in (None, own))


# --- numbers that are carried through a table ---------------------------------------------------------


def test_cell_that_is_carried_in_its_table_is_no_recomputation(estimates):
    row = one(figure(50), [term()], estimates.assign(is_carried=True))
    assert (row["status"], row["computed_value"], row["explanation"]) == ("carried", 50, NB.carried)
    assert row["computed_from"] == "survey_estimates[wave=2022;question=q].estimate"
    assert one(figure(50), [term()], estimates.assign(is_carried=False))["status"] == "exact"


@pytest.mark.parametrize("combine", ["sum", "ratio"])
def test_figure_made_of_several_cells_is_recomputed_and_says_that_one_is_carried(estimates, combine):
    table = estimates.assign(is_carried=estimates["question"] == "r")
    parts = [term(combine=combine), term(part=2, combine=combine, question="r")]
    row = one(figure({"sum": 102, "ratio": 1}[combine]), parts, table)
    assert (row["status"], row["explanation"]) == ("within_rounding", NB.from_carried)


def test_figure_made_of_carried_cells_can_differ(estimates):
    row = one(figure(99), [term(), term(question="r")], estimates.assign(is_carried=True))
    assert (row["status"], row["explanation"]) == ("differs", None)


@pytest.mark.parametrize(("is_carried", "is_previous_carried"), [(True, False), (False, True)])
def test_earlier_value_has_a_mark_of_its_own(estimates, is_carried, is_previous_carried):
    marks = {"is_carried": is_carried, "is_previous_carried": is_previous_carried}
    table = estimates.rename(columns={"estimate": "previous_value"}).assign(estimate=0.5, **marks)
    now, earlier = term(), replace(term(), column_name="previous_value")
    assert (one(figure(50), [now], table)["status"] == "carried") == is_carried
    assert (one(figure(50), [earlier], table)["status"] == "carried") == is_previous_carried


def test_carried_number_that_is_another_than_print_differs(estimates):
    row = one(figure(72), [term()], estimates.assign(is_carried=True))
    assert (row["status"], row["computed_value"], row["difference"]) == ("differs", 50, -22)


def test_carried_number_without_its_row_is_not_computed(estimates):
    row = one(figure(50), [term(wave=1999)], estimates.assign(is_carried=True))
    assert (row["status"], row["explanation"]) == (
        "not_computed",
        "Ingen rader i survey_estimates med wave=1999",
    )
    assert pd.isna(row["computed_value"])


def test_figure_is_carried_by_the_seed_or_through_a_table_and_not_both():
    check_published([figure(5)], [], [carried()])
    check_published([figure(5)], [term()], [])
    with pytest.raises(SeedError, match=r"figure_explanation.csv row 2: f is carried, yet figure_term.csv computes it"):
        check_published([figure(5)], [term()], [carried()])
