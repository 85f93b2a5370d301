"""The indicators of IT i praksis are means of question means, with the standard error that R's survey package gives.

r_survey/composites.R made R's answers. Not here: the value of an answer (dbt), and what the report prints.
"""

import json
from collections.abc import Iterable, Mapping
from math import sqrt
from pathlib import Path
from statistics import stdev

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipelines.common.contracts import Contract, conform, load_contracts
from pipelines.common.seeds import read_seed
from pipelines.common.settings import Settings
from pipelines.indicators.itip import (
    QUANTILE,
    Estimate,
    ItipIndicator,
    composite,
    itip_indicators,
    load_itip_indicators,
)
from pipelines.transform.manifest import ensure_manifest

CASES = json.loads((Path(__file__).parent / "r_survey/composites.json").read_text(encoding="utf-8"))["cases"]
TOLERANCE = 1e-9
BACKGROUND = ("stratum", "sektor", "kommunestorrelse")
PREVIOUS = [
    "previous_wave", "previous_value", "change", "change_std_error", "change_ci_lower", "change_ci_upper",
    "comparable_with_previous",
]  # fmt: skip

Respondent = tuple[str, str | None, str | None, Mapping[str, float]]  # stratum, sektor, kommunestorrelse, answers


def agency(sektor: str = "stat", size: str | None = None, **answers: float) -> Respondent:
    return sektor, sektor, size, answers


def citizen(**answers: float) -> Respondent:
    return "innbygger", None, None, answers


def indicator(name: str = "i", **is_reversed: bool) -> ItipIndicator:
    return ItipIndicator(name, "maal_2025", name.upper(), is_reversed)


def computed(
    waves: Mapping[int, Iterable[Respondent]],
    *indicators: ItipIndicator,
    breaks: Mapping[str, list[int]] | None = None,
    synthetic: Iterable[int] = (),
) -> pd.DataFrame:
    """The table, of respondents by wave; parts are numbered by themselves, as in the extracts."""
    answers, people = [], []
    for wave, respondents in waves.items():
        numbers = {"innbygger": 0, "virksomhet": 0}
        for stratum, sektor, size, own in respondents:
            part = "innbygger" if stratum == "innbygger" else "virksomhet"
            numbers[part] += 1
            people.append((wave, stratum))
            who = (wave, part, numbers[part], stratum, sektor, size)
            answers += [(*who, question, value) for question, value in own.items()]
    strata = pd.DataFrame(people, columns=["wave", "stratum"]).value_counts().rename("n_stratum").reset_index()
    return itip_indicators(
        pd.DataFrame(
            answers,
            columns=["wave", "part", "respondent_no", "stratum", "sektor", "kommunestorrelse", "question_id", "value"],
        ),
        strata,
        pd.DataFrame({"wave": list(waves), "is_synthetic": [wave in synthetic for wave in waves]}),
        breaks or {},
        indicators,
    )


def by_sector(table: pd.DataFrame, column: str = "value") -> dict[str, float]:
    assert table["sektor"].is_unique
    return dict(zip(table["sektor"], table[column], strict=True))


def in_wave(table: pd.DataFrame, wave: int, sektor: str = "all") -> pd.Series:
    (row,) = [row for _, row in table[(table["wave"] == wave) & (table["sektor"] == sektor)].iterrows()]
    return row


# --- values by hand -------------------------------------------------------------------------------

MIXED = [
    agency("stat", a=5, b=2),
    agency("stat", a=3),
    agency("kommune", "liten", a=4, b=4),
    agency("kommune", "stor", b=1),
    citizen(c=2),
    citizen(c=5),
]


def test_value_is_the_unweighted_mean_of_question_means_in_every_domain() -> None:
    # Means for all: a 4, b 7/3, c 3.5. However many answer a question, it counts as one.
    table = computed({2021: MIXED}, indicator(a=False, b=False, c=False))
    expected = {
        "all": (4 + 7 / 3 + 3.5) / 3,
        "stat": (4 + 2) / 2,
        "kommune": (4 + 2.5) / 2,
        "kommune_liten": (4 + 4) / 2,
        "kommune_stor": 1,
    }
    assert by_sector(table) == pytest.approx(expected)


def test_reversed_question_counts_as_six_minus_its_mean() -> None:
    table = computed({2021: MIXED}, indicator(a=False, b=True, c=False))
    expected = {
        "all": (4 + (6 - 7 / 3) + 3.5) / 3,
        "stat": (4 + 4) / 2,
        "kommune": (4 + 3.5) / 2,
        "kommune_liten": (4 + 2) / 2,
        "kommune_stor": 5,
    }
    assert by_sector(table) == pytest.approx(expected)


def test_counts_are_of_questions_and_respondents_that_answer() -> None:
    table = computed({2021: [*MIXED, agency("stat"), agency("stat", z=5)]}, indicator(a=False, b=True, c=False))
    assert by_sector(table, "n_questions") == {
        "all": 3,
        "stat": 2,
        "kommune": 2,
        "kommune_liten": 2,
        "kommune_stor": 1,
    }
    assert by_sector(table, "n_respondents") == {
        "all": 6,
        "stat": 2,
        "kommune": 2,
        "kommune_liten": 1,
        "kommune_stor": 1,
    }


def test_dont_know_is_no_answer() -> None:
    # dbt leaves don't-knows out of the answers; a missing value is as good.
    left_out = computed({2021: [agency(a=4), agency(a=2), agency(b=1), agency(b=2)]}, indicator(a=False, b=False))
    missing = computed(
        {2021: [agency(a=4, b=float("nan")), agency(a=2), agency(b=1), agency(b=2)]}, indicator(a=False, b=False)
    )
    assert by_sector(left_out)["all"] == (3 + 1.5) / 2
    assert by_sector(left_out, "n_respondents")["all"] == 4
    pd.testing.assert_frame_equal(left_out, missing)


def test_citizens_belong_to_all_only() -> None:
    table = computed({2021: MIXED}, indicator(c=False))
    assert by_sector(table) == {"all": 3.5}
    assert by_sector(table, "n_respondents") == {"all": 2}


def test_question_of_one_sector_is_no_question_of_the_other() -> None:
    respondents = [agency("stat", a=1, b=5), agency("kommune", a=3), agency("kommune", a=4)]
    table = computed({2021: respondents}, indicator(a=False, b=False))
    assert by_sector(table) == pytest.approx({"all": (8 / 3 + 5) / 2, "stat": 3, "kommune": 3.5})
    assert by_sector(table, "n_questions") == {"all": 2, "stat": 2, "kommune": 1}


def test_indicator_that_nobody_answers_has_no_row() -> None:
    table = computed({2021: MIXED}, indicator("asked", a=False), indicator("not_asked", z=False))
    assert set(table["indicator"]) == {"asked"}
    assert (
        composite(pd.DataFrame({"a": [None]}, dtype=float), pd.Series(["x"]), pd.Series({"x": 1}), {"a": False}) is None
    )


def test_rows_name_the_indicator_as_the_seed_does() -> None:
    table = computed({2021: MIXED}, indicator("asked", a=False))
    assert set(table[["indicator", "framework", "indicator_nb"]].itertuples(index=False, name=None)) == {
        ("asked", "maal_2025", "ASKED")
    }


# --- uncertainty by hand --------------------------------------------------------------------------


def test_standard_error_of_one_question_is_that_of_a_mean() -> None:
    row = in_wave(computed({2021: [agency(a=a) for a in range(1, 6)]}, indicator(a=False)), 2021)
    assert row["std_error"] == pytest.approx(sqrt(2.5 / 5))
    assert row["ci_lower"] == pytest.approx(3 - 1.96 * sqrt(0.5), abs=1e-4)
    assert row["ci_upper"] == pytest.approx(3 + 1.96 * sqrt(0.5), abs=1e-4)


def test_strata_take_out_what_lies_between_them() -> None:
    # Each stratum: +-1 around its own mean, u = +-1/4, so 2 * 2/16 from each.
    strata = [agency("stat", a=1), agency("stat", a=3), agency("kommune", a=3), agency("kommune", a=5)]
    assert in_wave(computed({2021: strata}, indicator(a=False)), 2021)["std_error"] == pytest.approx(sqrt(0.5))


def test_who_is_not_asked_counts_in_the_stratum() -> None:
    # Two of a stratum of four: u = +-1/2, (4/3) * (1/4 + 1/4).
    respondents = [agency(a=2), agency(a=4), agency(), agency(z=1)]
    row = in_wave(computed({2021: respondents}, indicator(a=False)), 2021)
    assert row["std_error"] == pytest.approx(sqrt(4 / 3 * 0.5))


def test_one_respondent_has_a_value_and_no_standard_error() -> None:
    # 0 would promise certainty.
    row = in_wave(computed({2021: [agency(a=5, b=2), agency()]}, indicator(a=False, b=False)), 2021)
    assert row["value"] == 3.5
    assert row[["std_error", "ci_lower", "ci_upper"]].isna().all()


COMPLETE = st.integers(1, 5).flatmap(
    lambda k: st.lists(st.lists(st.integers(1, 5), min_size=k, max_size=k), min_size=2, max_size=20)
)


def of_all(answers: list[list[int | None]], is_reversed: list[bool]) -> Estimate | None:
    """The composite of a sample of one stratum, rows of answers."""
    names = [f"q{i}" for i in range(len(answers[0]))]
    table = pd.DataFrame(answers, columns=names, dtype=float)
    stratum = pd.Series("all", index=table.index)
    return composite(table, stratum, pd.Series({"all": len(table)}), dict(zip(names, is_reversed, strict=True)))


@given(answers=COMPLETE, data=st.data())
def test_where_everyone_answers_it_is_the_mean_of_the_respondents_own_means(
    answers: list[list[int]], data: st.DataObject
) -> None:
    flags = data.draw(st.lists(st.booleans(), min_size=len(answers[0]), max_size=len(answers[0])))
    own = [sum(6 - y if flag else y for y, flag in zip(row, flags, strict=True)) / len(row) for row in answers]
    found = of_all(answers, flags)
    assert found.value == pytest.approx(sum(own) / len(own))
    assert found.std_error == pytest.approx(stdev(own) / sqrt(len(own)), abs=1e-9)


WITH_GAPS = st.integers(1, 5).flatmap(
    lambda k: st.lists(st.lists(st.none() | st.integers(1, 5), min_size=k, max_size=k), min_size=2, max_size=20)
)


@given(answers=WITH_GAPS, data=st.data())
def test_turning_every_question_turns_the_value_and_leaves_its_error(
    answers: list[list[int | None]], data: st.DataObject
) -> None:
    flags = data.draw(st.lists(st.booleans(), min_size=len(answers[0]), max_size=len(answers[0])))
    found = of_all(answers, flags)
    assume(found)
    turned = of_all(answers, [not flag for flag in flags])
    assert 1 <= found.value <= 5
    assert turned.value == pytest.approx(6 - found.value)
    assert turned.std_error == pytest.approx(found.std_error, nan_ok=True, abs=1e-12)
    assert (turned.questions, turned.n_respondents) == (found.questions, found.n_respondents)


# --- R --------------------------------------------------------------------------------------------


def is_reversed(case: str) -> dict[str, bool]:
    questions = CASES[case]["questions"]
    return dict(zip(questions["question"], questions["is_reversed"], strict=True))


def sample(case: str) -> pd.DataFrame:
    return pd.DataFrame(CASES[case]["sample"])


def respondents_of(case: str) -> list[Respondent]:
    frame = sample(case)
    frame = frame.astype(object).where(frame.notna(), None)
    return [
        (*(row[name] for name in BACKGROUND), {q: row[q] for q in is_reversed(case) if row[q] is not None})
        for row in frame.to_dict("records")
    ]


@pytest.fixture(scope="module")
def compared() -> pd.DataFrame:
    """Every composite of the project beside R's (columns ending in _r); all rows of both."""
    frames = []
    for case in CASES:
        ours = computed({2021: respondents_of(case)}, indicator(case, **is_reversed(case)))
        theirs = pd.DataFrame(CASES[case]["composites"])
        both = ours.merge(theirs, on="sektor", how="outer", suffixes=("", "_r"), indicator=True)
        frames.append(both.assign(case=case))
    return pd.concat(frames, ignore_index=True)


def of_case(compared: pd.DataFrame, case: str) -> pd.DataFrame:
    rows = compared[compared["case"] == case]
    assert len(rows) > 0
    return rows


@pytest.mark.parametrize("case", CASES)
def test_domains_and_counts_are_those_of_r(compared: pd.DataFrame, case: str) -> None:
    rows = of_case(compared, case)
    assert set(rows["_merge"]) == {"both"}
    assert (rows["n_questions"] == rows["n_questions_r"]).all()
    assert (rows["n_respondents"] == rows["n_respondents_r"]).all()


@pytest.mark.parametrize("case", CASES)
def test_values_are_those_of_r(compared: pd.DataFrame, case: str) -> None:
    rows = of_case(compared, case)
    assert rows["value"].to_numpy() == pytest.approx(rows["value_r"].to_numpy(), rel=TOLERANCE)


@pytest.mark.parametrize("case", CASES)
def test_standard_errors_are_those_of_r(compared: pd.DataFrame, case: str) -> None:
    rows = of_case(compared, case)
    rows = rows[rows["n_respondents"] > 1]
    # Where no question has more than one answer it is 0.
    assert (rows["std_error_r"] > 0).sum() >= min(len(rows), 5)
    assert rows["std_error"].to_numpy() == pytest.approx(rows["std_error_r"].to_numpy(), rel=TOLERANCE, abs=1e-12)


def test_one_respondent_is_the_exception(compared: pd.DataFrame) -> None:
    # R gives it 0.
    alone = compared["n_respondents"] == 1
    assert alone.any()
    assert (compared.loc[alone, "std_error_r"] == 0).all()
    assert (compared["std_error"].isna() == alone).all()


def error_of(case: str, sektor: str, sizes: pd.Series | None = None) -> float:
    """The standard error of a sektor of a case; without the sizes of the strata its rows are taken for the sample."""
    rows = sample(case)
    rows = rows[rows["sektor"] == sektor]
    sizes = rows["stratum"].value_counts() if sizes is None else sizes
    return composite(rows[list(is_reversed(case))].astype(float), rows["stratum"], sizes, is_reversed(case)).std_error


def test_the_cases_tell_a_domain_from_a_filtered_sample() -> None:
    case = "domains_across_strata"
    sizes = sample(case)["stratum"].value_counts()
    apart = [error_of(case, sektor) / error_of(case, sektor, sizes) - 1 for sektor in ("a", "b", "c")]
    assert max(map(abs, apart)) > 0.001


def test_the_cases_tell_questions_that_go_together_from_independent_ones() -> None:
    case = "with_citizens"
    respondents = {2021: respondents_of(case)}
    together = computed(respondents, indicator(case, **is_reversed(case)))
    apart = computed(respondents, *(indicator(question, **{question: False}) for question in is_reversed(case)))
    apart = apart[apart["sektor"] == "all"]
    independent = sqrt((apart["std_error"] ** 2).sum()) / len(apart)
    assert abs(independent / in_wave(together, 2021)["std_error"] - 1) > 0.05


# --- change between waves -------------------------------------------------------------------------

EARLIER = [agency(a=1), agency(a=2), agency(a=3), agency("kommune", "stor", a=3), agency("kommune", "stor", a=4)]
LATER = [agency(a=4), agency(a=4), agency(a=5), agency("kommune", "stor", a=5), agency("kommune", "stor", a=2)]


def test_change_is_now_minus_before_and_the_variances_add() -> None:
    table = computed({2020: EARLIER, 2021: LATER}, indicator(a=False))
    before, now = in_wave(table, 2020), in_wave(table, 2021)
    assert (now["previous_wave"], now["previous_value"]) == (2020, before["value"]) == (2020, pytest.approx(2.6))
    assert now["change"] == pytest.approx(4 - 2.6)
    error = sqrt(before["std_error"] ** 2 + now["std_error"] ** 2)
    assert now["change_std_error"] == pytest.approx(error)
    assert now["change_ci_lower"] == pytest.approx(1.4 - QUANTILE * error)
    assert now["change_ci_upper"] == pytest.approx(1.4 + QUANTILE * error)


def test_each_domain_is_compared_with_itself() -> None:
    table = computed({2020: EARLIER, 2021: LATER}, indicator(a=False))
    later = table[table["wave"] == 2021]
    assert by_sector(later, "change") == pytest.approx({"all": 1.4, "stat": 7 / 3, "kommune": 0, "kommune_stor": 0})


def test_first_wave_has_nothing_before_it() -> None:
    table = computed({2020: EARLIER, 2021: LATER}, indicator(a=False))
    assert table.loc[table["wave"] == 2020, PREVIOUS].isna().all(axis=None)
    assert table.loc[table["wave"] == 2021, PREVIOUS].notna().all(axis=None)


def test_wave_before_is_the_last_one_that_has_the_domain() -> None:
    waves = {2018: EARLIER, 2019: [agency(z=1)], 2020: [agency(a=3), agency(a=5)], 2021: LATER}
    table = computed(waves, indicator(a=False))
    assert in_wave(table, 2021)["previous_wave"] == 2020
    assert in_wave(table, 2020)["previous_wave"] == 2018
    assert in_wave(table, 2021, "kommune")["previous_wave"] == 2018


def test_change_from_a_single_respondent_has_no_interval() -> None:
    now = in_wave(computed({2020: [agency(a=3)], 2021: LATER}, indicator(a=False)), 2021)
    assert now["change"] == pytest.approx(1)
    assert now[["change_std_error", "change_ci_lower", "change_ci_upper"]].isna().all()
    assert now["comparable_with_previous"]


def test_waves_that_ask_the_same_are_comparable_and_others_not() -> None:
    waves = {2020: EARLIER, 2021: [*LATER, agency(b=3)]}
    table = computed(waves, indicator("same", a=False), indicator("other", a=False, b=False))
    now = table[table["wave"] == 2021].set_index(["indicator", "sektor"])["comparable_with_previous"]
    assert now["same", "all"] and now["same", "stat"]
    assert not now["other", "all"] and not now["other", "stat"]
    # No kommune is asked the new question.
    assert now["other", "kommune"]


@pytest.mark.parametrize(
    ("first_waves", "is_comparable"),
    [([2019], True), ([2020], True), ([2021], False), ([2022], False), ([2023], True), ([2019, 2022], False)],
)
def test_break_between_the_waves_makes_them_not_comparable(first_waves: list[int], is_comparable: bool) -> None:
    table = computed({2020: EARLIER, 2022: LATER}, indicator(a=False), breaks={"a": first_waves})
    assert in_wave(table, 2022)["comparable_with_previous"] == is_comparable


def test_break_of_another_question_breaks_nothing() -> None:
    table = computed({2020: EARLIER, 2021: LATER}, indicator(a=False), breaks={"b": [2021]})
    assert in_wave(table, 2021)["comparable_with_previous"]


@pytest.mark.parametrize(
    ("synthetic", "expected"), [((), (False, False)), ((2020,), (True, True)), ((2021,), (False, True))]
)
def test_change_from_a_synthetic_wave_is_synthetic(synthetic: tuple[int, ...], expected: tuple[bool, bool]) -> None:
    table = computed({2020: EARLIER, 2021: LATER}, indicator(a=False), synthetic=synthetic)
    assert (in_wave(table, 2020)["is_synthetic"], in_wave(table, 2021)["is_synthetic"]) == expected


# --- seeds and contract ---------------------------------------------------------------------------


def test_there_are_six_goals_and_eight_focus_areas_of_questions_that_are_asked() -> None:
    indicators = load_itip_indicators()
    assert [row.framework for row in indicators] == ["maal_2025"] * 6 + ["innsatsomraade"] * 8
    asked = {row["question_id"] for row in read_seed("question") if row["survey"] == "itip"}
    for row in indicators:
        assert row.is_reversed and set(row.is_reversed) <= asked, row.name


def test_composition_says_which_questions_are_turned() -> None:
    found = {(row.name, question): flag for row in load_itip_indicators() for question, flag in row.is_reversed.items()}
    seed = read_seed("itip_composition")
    assert found == {(row["indicator"], row["question_id"]): row["is_reversed"] == "true" for row in seed}
    assert set(found.values()) == {True, False}


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return load_contracts(ensure_manifest(Settings(tmp_path_factory.mktemp("dbt"))))["itip_indicators"]


def test_table_is_that_of_the_contract(contract: Contract) -> None:
    some = computed({2020: EARLIER, 2021: LATER}, indicator(a=False))
    assert list(some.columns) == [column.name for column in contract.columns]
    assert conform(some, contract).num_rows == len(some) == 8


def test_no_answers_give_an_empty_table_of_the_contract(contract: Contract) -> None:
    none = computed({}, indicator(a=False))
    assert none.empty
    assert conform(none, contract).schema.equals(contract.arrow_schema, check_metadata=True)
