"""A survey by rows gives right numbers where its waves, parts and filters are least alike.

Every number follows by hand from the few answers of hard_survey.py; dbt builds the project's own models on them.
Not here: whether a delivery agrees with its codebook (test_ingest_load); what new-survey writes (test_survey_models).
"""

import json
from pathlib import Path

import duckdb
import jinja2
import numpy as np
import pandas as pd
import pytest

from pipelines.common.seed_check.check import check_seeds
from pipelines.transform.seed_macros import SEEDS, seed_macros, seed_rows, write_macros
from tests.own_project import OwnProject
from tests.unit.hard_survey import ODD_LABEL, deliver, describe

pytestmark = pytest.mark.slow  # dbt builds a project

LEADERS, EMPLOYEES = "arbeid_ledere", "arbeid_ansatte"
Strata = dict[str, tuple[int, list[tuple[float, float | None]]]]  # {stratum: (size, [(weight, y or None: no answer)])}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> OwnProject:
    project = OwnProject.create(tmp_path_factory.mktemp("hard"))
    describe(project)
    with duckdb.connect(str(project.settings.build_db)) as con:
        deliver(con)
    project.build("+survey_estimates", "+survey_composition", "+harmonised_waves")
    return project


def table(project: OwnProject, name: str) -> pd.DataFrame:
    with duckdb.connect(str(project.settings.build_db), read_only=True) as con:
        return con.sql(f"from {name}").df()


@pytest.fixture(scope="module")
def estimates(project: OwnProject) -> pd.DataFrame:
    rows = table(project, "marts.survey_estimates")
    key = ["question_id", "statistic", "answer", "wave", "breakdown", "category"]
    return rows.assign(answer=rows["answer"].fillna("")).set_index(key).sort_index()


@pytest.fixture(scope="module")
def whole(estimates: pd.DataFrame) -> pd.DataFrame:
    """Estimates of everyone, by (question, statistic, answer, wave)."""
    return estimates.xs(("all", "all"), level=("breakdown", "category"))


@pytest.fixture(scope="module")
def respondents(project: OwnProject) -> pd.DataFrame:
    rows = table(project, "harmonised.harmonised_respondents_arbeid")
    return rows.set_index(["part", "wave", "respondent_no"]).sort_index()


def codes(rows: pd.DataFrame, part: str, wave: int, question: str) -> list[int | None]:
    """Codes of a part's respondents in a wave, as delivered in order."""
    return [None if pd.isna(code) else int(code) for code in rows.loc[(part, wave), question]]


def test_surveys_are_described_without_a_mistake(project: OwnProject) -> None:
    assert check_seeds(project.folder / "seeds") == []


# Frames


@pytest.mark.parametrize(
    ("wave", "expected"),
    [(2020, [1, 2, 3, 3, 9]), (2021, [10, 5, 0, 10, 5]), (2022, [30, 20, 10, 10])],
    ids=["words", "codes", "other words"],
)
def test_answer_is_read_by_the_type_and_frame_of_its_wave(
    respondents: pd.DataFrame, wave: int, expected: list[int]
) -> None:
    assert codes(respondents, "leder", wave, "al_mal") == expected


@pytest.mark.parametrize(
    ("wave", "expected"),
    [(2020, (0 + 5 + 10 + 10) / 4), (2021, (1.5 * 10 + 3 * 5 + 0.5 * 0 + 3 * 10) / 8), (2022, (10 + 2 * 2.5) / 8)],
)
def test_mean_is_on_one_scale_whatever_the_frame(whole: pd.DataFrame, wave: int, expected: float) -> None:
    row = whole.loc[("al_mal", "mean", "", wave)]
    assert (row["estimate"], row["scale"]) == (pytest.approx(expected), "0-10")
    assert row["n_dont_know"] == (1 if wave == 2020 else 0)


def test_shares_have_the_words_of_the_wave(whole: pd.DataFrame) -> None:
    rows = whole.loc[("al_mal", "share")].reset_index().set_index("wave")
    shares = {wave: dict(zip(of["answer_nb"], of["estimate"], strict=True)) for wave, of in rows.groupby("wave")}
    assert shares == {
        2020: {"Lite": 0.2, "Noe": 0.2, "Mye": 0.4, "Vet ikke": 0.2},
        2021: {"Lite": 0.5 / 8, "Noe": 3 / 8, "Mye": 4.5 / 8},
        2022: {"Noe": 5 / 8, "Mye": 2 / 8, ODD_LABEL: 1 / 8},
    }


def test_background_in_words_is_read_by_the_frame_of_its_wave(respondents: pd.DataFrame) -> None:
    """'Leder' is the lower of two in 2021 and the higher in 2022."""
    found = {wave: codes(respondents, "leder", wave, "by_stilling") for wave in (2020, 2021, 2022)}
    assert found == {2020: [1, 2, 1, 2, 1], 2021: [1, 2, 1, 1, 2], 2022: [1, 1, 2, 2]}


def test_background_in_words_of_the_same_frame_is_read_in_both_parts(respondents: pd.DataFrame) -> None:
    """Without regard to case and blanks; 'Ønsker ikke å svare' has no category."""
    assert codes(respondents, "leder", 2020, "by_kjonn") == [1, 2, None, 1, 2]
    assert codes(respondents, "leder", 2022, "by_kjonn") == [1, 2, 2, 2]
    assert codes(respondents, "ansatt", 2020, "by_kjonn") == [1, 2, 2, None]


def test_estimate_of_a_category_in_words(estimates: pd.DataFrame) -> None:
    of_wave = estimates.loc[("al_mal", "mean", "", 2022, "stilling"), "estimate"]
    assert of_wave.to_dict() == pytest.approx({"sjef": (1 * 10 + 2 * 2.5) / 3, "mellomleder": 0})


# Filters


def test_item_is_closed_by_the_question_that_its_filter_column_holds_in_the_wave(
    respondents: pd.DataFrame, whole: pd.DataFrame
) -> None:
    found = {wave: codes(respondents, "leder", wave, "al_data") for wave in (2020, 2021, 2022)}
    assert found == {2020: [1, -1, None, 0, -1], 2021: [1, -1, 0, 1, -1], 2022: [1, -1, None, 0]}
    rows = whole.loc[("al_data", "share", "selected")]
    assert rows["estimate"].tolist() == pytest.approx([1 / 2, 4.5 / 5, 1 / 2])
    assert rows["n_answers"].tolist() == [2, 3, 2]
    assert rows["n_no_answer"].tolist() == [1, 0, 1]
    assert rows["n_respondents"].tolist() == [5, 5, 4]


def test_question_that_replaces_another_is_estimated_in_its_own_waves(whole: pd.DataFrame) -> None:
    assert whole.loc[("al_plan", "share", "1"), "estimate"].to_dict() == {2020: pytest.approx(3 / 5)}
    assert whole.loc[("al_strategi", "share", "1"), "estimate"].to_dict() == pytest.approx({2021: 5 / 8, 2022: 6 / 8})


def test_filter_of_one_part_closes_nothing_in_the_other(respondents: pd.DataFrame, whole: pd.DataFrame) -> None:
    """`rolle` closes q_folk to leaders; employees have both columns, and no filter."""
    assert codes(respondents, "leder", 2020, "al_folk") == [1, -1, 0, 1, -1]
    assert codes(respondents, "ansatt", 2020, "al_folk") == [None] * 4
    assert codes(respondents, "ansatt", 2020, "al_antall") == [None] * 4
    assert codes(respondents, "ansatt", 2020, "aa_folk") == [1, 2, None, 1]
    leaders, employees = whole.loc[("al_folk", "share", "selected", 2020)], whole.loc[("aa_folk", "share", "1", 2020)]
    columns = ["estimate", "n_answers", "n_no_answer", "n_respondents"]
    assert leaders[columns].tolist() == pytest.approx([2 / 3, 3, 0, 5])
    assert employees[columns].tolist() == pytest.approx([2 / 3, 3, 1, 4])


def test_count_is_of_the_items_and_a_closed_filter_counts_0(respondents: pd.DataFrame, whole: pd.DataFrame) -> None:
    assert codes(respondents, "leder", 2020, "al_antall") == [2, 0, 0, 1, 0]
    found = whole.loc[("al_antall", "mean", ""), "estimate"]
    assert found.to_dict() == pytest.approx({2020: 3 / 5, 2021: (1.5 * 2 + 3 * 1) / 8, 2022: 2 / 8})


def test_number_has_a_filter(respondents: pd.DataFrame, whole: pd.DataFrame) -> None:
    assert codes(respondents, "leder", 2020, "al_utgift") == [0, -1, 0, None, -1]
    row = whole.loc[("al_utgift", "mean", "", 2020)]
    assert row[["estimate", "n_answers", "n_no_answer", "n_respondents"]].tolist() == pytest.approx([7, 2, 1, 5])
    found = whole.loc[("al_utgift", "share", "minst_10"), "estimate"]
    assert found.to_dict() == pytest.approx({2020: 1 / 2, 2021: 1.5 / 5, 2022: 1})


def test_column_that_holds_another_question_gives_each_its_own_answers(
    respondents: pd.DataFrame, whole: pd.DataFrame
) -> None:
    """q_ni holds codes in 2020, and numbers with a decimal comma after that."""
    assert codes(respondents, "leder", 2020, "al_ni") == [2, 1, 1, 2, None]
    assert codes(respondents, "leder", 2021, "al_ni") == [None] * 5
    assert respondents.loc[("leder", 2020), "al_timer__number"].isna().all()
    assert whole.loc[("al_ni", "share", "1"), "estimate"].to_dict() == {2020: 0.5}
    mean = whole.loc[("al_timer", "mean", "")]
    assert mean["estimate"].to_dict() == pytest.approx(
        {2021: (1.5 * 7.5 + 2 * 0 + 3 * 37.5 + 10) / 7.5, 2022: (1 + 2 * 2 + 4 * 3 + 4) / 8}
    )
    assert mean["n_no_answer"].tolist() == [1, 0]


# Weights and strata


def test_everyone_weighs_1_in_a_wave_without_weights(project: OwnProject, whole: pd.DataFrame) -> None:
    waves = table(project, "harmonised.harmonised_waves").query("survey == 'arbeid'").set_index("wave").sort_index()
    assert waves["n_respondents"].tolist() == [5 + 4, 5 + 3, 4 + 2]
    assert waves["n_without_weight"].tolist() == [0, 2, 0], "weight 0, and none"
    assert waves["n_population"].tolist() == [20 + 40 + 100, 30 + 50 + 200, 30 + 50 + 200]
    assert whole.loc[("al_antall", "mean", ""), "sum_weights"].tolist() == pytest.approx([5, 8, 8])
    assert whole.loc[("aa_trivsel", "mean", ""), "sum_weights"].tolist() == pytest.approx([3, 7, 4])


def ratio(strata: Strata) -> tuple[float, float]:
    """Mean of those who have a y, and its standard error: z = w (y - mean) / sum of w, 0 for the others."""
    answered = [(w, y) for _, drawn in strata.values() for w, y in drawn if y is not None]
    total = sum(w for w, _ in answered)
    mean = sum(w * y for w, y in answered) / total
    variance = 0.0
    for size, drawn in strata.values():
        z = np.array([0.0 if y is None else w * (y - mean) / total for w, y in drawn])
        n = len(z)
        variance += (1 - n / size) * n / (n - 1) * ((z**2).sum() - z.sum() ** 2 / n)
    return mean, float(np.sqrt(variance))


DESIGNS: dict[tuple[str, str, str, int], Strata] = {
    ("al_mal", "mean", "", 2020): {
        "nord": (20, [(1, 0), (1, 5), (1, 10)]),
        "sør": (40, [(1, 10), (1, None)]),
    },
    ("al_mal", "mean", "", 2021): {
        "nord": (30, [(1.5, 10), (2, 5), (0.5, 0)]),
        "sør": (50, [(3, 10), (1, 5)]),
    },
    ("al_data", "share", "selected", 2021): {
        "nord": (30, [(1.5, 1), (2, None), (0.5, 0)]),
        "sør": (50, [(3, 1), (1, None)]),
    },
    ("al_utgift", "mean", "", 2021): {
        "nord": (30, [(1.5, 20), (2, None), (0.5, 4.25)]),
        "sør": (50, [(3, 8), (1, None)]),
    },
    ("al_utgift", "share", "minst_10", 2022): {
        "nord": (30, [(1, 1), (2, None)]),
        "sør": (50, [(4, 1), (1, 1)]),
    },
    ("aa_trivsel", "mean", "", 2020): {"ansatt": (100, [(1, 4), (1, 5), (1, 1), (1, None)])},
    ("aa_trivsel", "mean", "", 2021): {"ansatt": (200, [(1, 4), (2, 5), (4, 1)])},
    ("aa_folk", "share", "1", 2021): {"ansatt": (200, [(1, 1), (2, 0), (4, 0)])},
}


@pytest.mark.parametrize("statistic", DESIGNS, ids=lambda key: " ".join(map(str, key)))
def test_weighted_estimate_and_its_error_are_those_of_the_strata(
    whole: pd.DataFrame, statistic: tuple[str, str, str, int]
) -> None:
    found = whole.loc[statistic]
    assert found[["estimate", "std_error"]].tolist() == pytest.approx(ratio(DESIGNS[statistic]), rel=1e-12, abs=1e-12)


def test_error_of_a_mean_by_hand(whole: pd.DataFrame) -> None:
    """Two employees of 200, weights 1 and 3, answers 4 and 2: mean 2.5, z 1.5 / 4 and -1.5 / 4."""
    row = whole.loc[("aa_trivsel", "mean", "", 2022)]
    assert row["estimate"] == 2.5
    assert row["std_error"] == pytest.approx(((1 - 2 / 200) * 2 * 2 * (1.5 / 4) ** 2) ** 0.5)


def test_parts_are_strata_of_their_own(project: OwnProject) -> None:
    strata = table(project, "harmonised.harmonised_strata").query("survey == 'arbeid' and wave == 2021")
    sizes = strata.set_index(["part", "stratum"])[["n_stratum", "stratum_population"]]
    assert sizes.T.to_dict("list") == {
        ("ansatt", "ansatt"): [3, 200],
        ("leder", "nord"): [3, 30],
        ("leder", "sør"): [2, 50],
    }


def test_stratum_that_has_answered_in_full_is_as_large_as_itself(project: OwnProject, whole: pd.DataFrame) -> None:
    strata = table(project, "harmonised.harmonised_strata").query("survey == 'foretak'").set_index("stratum")
    assert strata["stratum_population"].to_dict() == {"fiske": 3, "jordbruk": 2}
    row = whole.loc[("fo_bruk", "share", "1", 2020)]
    assert row[["estimate", "std_error"]].tolist() == [3 / 5, 0], "nobody is left to be estimated"


# Who answered


def test_uoppgitt_are_those_whom_the_column_is_for_in_their_part(project: OwnProject) -> None:
    """A nestleder among leaders is not asked how many they lead; an employee is."""
    rows = table(project, "marts.survey_composition").query("category == 'uoppgitt'")
    found = rows.set_index(["wave", "population", "breakdown"])["n_respondents"].to_dict()
    assert found == {
        (2020, LEADERS, "kjonn"): 1,
        (2020, LEADERS, "storrelse"): 1,
        (2020, EMPLOYEES, "kjonn"): 1,
        (2020, EMPLOYEES, "storrelse"): 2,
        (2021, LEADERS, "storrelse"): 1,
    }


def test_population_of_a_part_holds_its_respondents_and_no_others(project: OwnProject) -> None:
    rows = table(project, "marts.survey_composition").query("breakdown == 'all'")
    found = {of: sizes.tolist() for of, sizes in rows.sort_values("wave").groupby("population")["n_respondents"]}
    assert found == {LEADERS: [5, 5, 4], EMPLOYEES: [4, 3, 2], "foretak_alle": [5]}


# What macros know of the seeds


def test_macros_return_the_rows_of_the_seeds_as_they_are(project: OwnProject, tmp_path: Path) -> None:
    write_macros(tmp_path, seed_macros(project.folder / "seeds"))
    returned: list[list[dict[str, str | None]]] = []
    template = jinja2.Environment(autoescape=False).from_string(
        (tmp_path / "seed_rows.sql").read_text(encoding="utf-8"),
        globals={"fromjson": json.loads, "return": lambda rows: returned.append(rows) or ""},
    )
    for name in SEEDS:
        getattr(template.module, f"seed_{name}")()
    assert returned == [seed_rows(name, project.folder / "seeds") for name in SEEDS]
    assert ODD_LABEL in {row["answer_nb"] for row in returned[SEEDS.index("code_frame")]}


def test_a_label_is_stored_as_it_is(project: OwnProject) -> None:
    frame = table(project, "seeds.code_frame").query("code_frame == 'arbeid_mal_3' and code == 30")
    assert frame["answer_nb"].tolist() == [ODD_LABEL]
