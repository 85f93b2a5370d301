"""The estimate engine gives what R's survey package gives: estimates, standard errors, intervals, medians, differences.

dbt builds the project's own models on the samples of r_survey/cases.json, as waves of a survey whose seeds stand here;
r_survey/verify.R made R's answers. Not here: which statistics the published surveys have.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipelines.common.seeds import read_seed
from pipelines.common.settings import PROJECT_DIR
from tests.own_project import OwnProject, note_load

pytestmark = pytest.mark.slow  # dbt builds a project

CASES = json.loads((Path(__file__).parent / "r_survey/cases.json").read_text(encoding="utf-8"))["cases"]
# The waves of one survey are compared with each other; every case is a wave of the one survey here.
WAVES = {case: number for number, case in enumerate(CASES, start=1)}
WITH_DIFFERENCES = [case for case, content in CASES.items() if content["differences"]["kind"]]
SURVEY = "dfo_innbygger"
RELATIVE = 1e-9
# A zero of R is the rest of a subtraction, around 1e-17; its root is what a standard error of zero may miss.
ABSOLUTE = 1e-12
KEY = ["wave", "population", "question_id", "statistic", "answer", "category"]
SIDES = ["wave", "compared_wave", "population", "question_id", "statistic", "answer", "category", "compared_category"]
OTHER_KEY = [*KEY[:-1], "compared_category"]

DONT_KNOW = {8: "ikke_relevant", 9: "vet_ikke"}
# The base is a property of the question here, so that both are tried on the same answers.
QUESTIONS = {True: "dont_know_in_base", False: "dont_know_left_out"}
MEMBER = "member"
STANDARD = "one_stratum_with_fpc"  # whose mix of categories all cases are given
POPULATIONS = ("everyone", "members")


def answer(statistic: str, code_from: float, code_to: float) -> str:
    """The answer of a share as survey_estimates names it; '' for means and medians."""
    if statistic != "share":
        return ""
    return f"{code_from:.0f}-{code_to:.0f}"


def r_says(block: str, waves: dict[str, int] = WAVES) -> pd.DataFrame:
    """The answers or differences of R, one row each, with the key of our table."""
    frames = []
    for case, content in CASES.items():
        frame = pd.DataFrame(content[block])
        if frame.empty:
            continue
        frame["case"], frame["wave"] = case, waves[case]
        frame["question_id"] = [QUESTIONS[flag] for flag in frame["dont_know_in_base"]]
        frame["answer"] = [answer(*row) for row in frame[["statistic", "code_from", "code_to"]].itertuples(index=False)]
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def r_differences() -> pd.DataFrame:
    """R's differences; where one side has one answer we give no standard error, so that they are left out."""
    frame = r_says("differences")
    wave_of = {(content["survey"], content["wave"]): WAVES[case] for case, content in CASES.items()}
    frame["compared_wave"] = [
        wave_of[CASES[case]["survey"], wave] for case, wave in frame[["case", "from_wave"]].itertuples(index=False)
    ]
    frame = frame[(frame["from_n_answers"] > 1) & (frame["to_n_answers"] > 1)]
    return frame.rename(columns={"to_category": "category", "from_category": "compared_category"})


def sample(case: str) -> pd.DataFrame:
    """The respondents of a case; `value` is the code where the case has no other."""
    frame = pd.DataFrame(CASES[case]["sample"])
    if "value" not in frame:
        frame["value"] = frame["code"].mask(frame["code"].isin(DONT_KNOW))
    return frame


def seeds(project: OwnProject) -> None:
    """A survey with one question asked in both ways, every case a wave with a code frame of its own."""

    def own(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        return [row | {"survey": SURVEY} for row in rows]

    categories = sorted({category for case in CASES for category in sample(case)["category"]})
    answers = r_says("answers")[["question_id", "population", "statistic", "answer", "code_from", "code_to"]]
    answers = answers.drop_duplicates()
    # What the survey delivers of a respondent stays; from the first wave here.
    background = [row for row in read_seed("codebook") if row["survey"] == SURVEY and row["role"] != "answer"]
    codebook, frames = [row | {"from_wave": "1", "to_wave": ""} for row in background], []
    for case, wave in WAVES.items():
        pairs = sample(case)[["code", "value"]].dropna(subset="code").drop_duplicates().itertuples(index=False)
        frames += [
            {
                "code_frame": case,
                "code": f"{code:.0f}",
                "answer_nb": "",
                "answer_kind": DONT_KNOW.get(code, "answer"),
                "value": "" if code in DONT_KNOW else repr(value),
            }
            for code, value in pairs
        ]
        row = {
            "from_wave": str(wave),
            "to_wave": str(wave),
            "role": "answer",
            "data_type": "code",
            "blank_kind": "ubesvart",
        }
        for question in (*QUESTIONS.values(), MEMBER):
            codebook.append(row | {"column_name": f"q_{question}", "question_id": question, "code_frame": case})
    questions = [{"question_id": q, "question_nb": q, "item_group": q} for q in (*QUESTIONS.values(), MEMBER)]
    estimates = answers[["question_id", "population", "statistic", "answer"]].drop_duplicates()
    replaced = {
        "scales/code_frame": frames,
        "scales/scale": [],
        "scales/interpretation": [],
        "scales/uncertainty_star": [],
        "codebook/wave": own([{"wave": str(wave)} for wave in WAVES.values()]),
        "codebook/codebook": own(codebook),
        "codebook/question": own(questions),
        "codebook/breakdown": own([{"breakdown": "all"}, {"breakdown": "any", "source_column": "kjonn"}]),
        "codebook/category": own(
            [
                {"breakdown": "any", "source_from": str(n), "source_to": str(n), "category": name, "category_nb": name}
                for n, name in enumerate(categories, start=1)
            ]
        ),
        "codebook/population": own([{"population": name, "population_nb": name} for name in POPULATIONS]),
        "codebook/population_rule": [
            {"population": "members", "question_id": MEMBER, "code_from": "1", "code_to": "1"}
        ],
        "codebook/series_break": [],
        "codebook/standard_cell": own(
            [
                {"standard": STANDARD, "reference_wave": str(WAVES[STANDARD]), "breakdown": "any", "category": name}
                for name in sorted(set(sample(STANDARD)["category"]))
            ]
        ),
        "codebook/estimate": own(
            [
                {
                    "item_group": question,
                    "population": population,
                    "statistic": statistic,
                    "answer": answer,
                    "is_dont_know_in_base": str(question == QUESTIONS[True]).lower(),
                }
                for question, population, statistic, answer in estimates.itertuples(index=False)
            ]
        ),
        "scales/answer_group": [
            {"item_group": q, "answer": a, "answer_nb": a, "code_from": f"{low:.0f}", "code_to": f"{high:.0f}"}
            for q, a, low, high in answers[answers["statistic"] == "share"][
                ["question_id", "answer", "code_from", "code_to"]
            ]
            .drop_duplicates()
            .itertuples(index=False)
        ],
    }
    kept = {name for name in replaced if name.startswith("codebook/")} - {"codebook/population_rule"}
    for name, rows in replaced.items():
        # Of the kommune survey the seeds stay: its part of the models is built as well, on no respondents.
        project.change_seed(
            name,
            lambda old, name=name, rows=rows: [
                *(row for row in old if name not in kept or row["survey"] != SURVEY),
                *rows,
            ],
        )


def respondents(project: OwnProject) -> None:
    """Put the samples into raw, as text."""
    categories = sorted({category for case in CASES for category in sample(case)["category"]})
    with duckdb.connect(str(project.settings.build_db)) as con:
        for question in (*QUESTIONS.values(), MEMBER):
            con.execute(f"alter table raw.{SURVEY} add column q_{question} varchar")
        for case, wave in WAVES.items():
            frame = sample(case)
            code = frame["code"].map(lambda value: None if pd.isna(value) else f"{value:.0f}")
            raw = pd.DataFrame(
                {
                    "wave": wave,
                    "row_number": range(len(frame)),
                    "sha256": "none",
                    "kommunenr": "0301",
                    "vekt": frame["weight"].map(lambda value: None if pd.isna(value) else repr(value)),
                    "stratum": frame["stratum"].astype(str),
                    "stratum_n": frame["stratum_population"].map(lambda value: None if pd.isna(value) else repr(value)),
                    "kjonn": frame["category"].map(lambda name: str(categories.index(name) + 1)),
                    "alder": "40",
                    f"q_{MEMBER}": frame["is_member"].map({True: "1", False: "2"}),
                    **{f"q_{question}": code for question in QUESTIONS.values()},
                }
            )
            con.register("raw_frame", raw)
            con.execute(f"insert into raw.{SURVEY} by name from raw_frame")
            note_load(con, SURVEY, wave, len(raw))


@pytest.fixture(scope="module")
def built_project(tmp_path_factory: pytest.TempPathFactory) -> OwnProject:
    project = OwnProject.create(tmp_path_factory.mktemp("r_survey"))
    seeds(project)
    respondents(project)
    project.build("+survey_estimates", "+survey_changes", "+survey_standardised")
    return project


@pytest.fixture(scope="module")
def compared(built_project: OwnProject) -> pd.DataFrame:
    """Every estimate of the engine beside R's (columns ending in _r); all rows of both."""
    theirs = r_says("answers")
    # Ours of a share that is not asked of R in the case are left out.
    asked = theirs[["wave", "question_id", "population", "statistic", "answer"]].drop_duplicates()
    ours = read(built_project, "survey_estimates").merge(asked)
    return ours.merge(theirs, on=KEY, how="outer", suffixes=("", "_r"), indicator=True)


@pytest.fixture(scope="module")
def differences(built_project: OwnProject) -> pd.DataFrame:
    """R's differences beside the engine's; ours of waves that R did not compare are left out."""
    ours = read(built_project, "survey_changes")
    return ours.merge(r_differences(), on=SIDES, how="right", suffixes=("", "_r"), indicator=True)


def read(project: OwnProject, table: str) -> pd.DataFrame:
    with duckdb.connect(str(project.settings.build_db), read_only=True) as con:
        found = con.execute(f"select * from marts.{table} where survey = '{SURVEY}'").df()
    return found.fillna({"answer": ""})


@pytest.mark.parametrize("case", CASES)
def test_same_rows_and_counts(compared: pd.DataFrame, case: str) -> None:
    # An empty domain has no row on either side.
    rows = compared[compared["wave"] == WAVES[case]]
    assert len(rows) > 0
    assert set(rows["_merge"]) == {"both"}
    assert (rows["n_answers"] == rows["n_answers_r"]).all()
    assert rows["sum_weights"].to_numpy() == pytest.approx(rows["sum_weights_r"].to_numpy(), rel=RELATIVE)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("statistic", ["share", "mean", "median"])
def test_estimates(compared: pd.DataFrame, case: str, statistic: str) -> None:
    rows = compared[(compared["wave"] == WAVES[case]) & (compared["statistic"] == statistic)]
    assert rows["estimate"].notna().all()
    rows = rows[rows["estimate_r"].notna()]
    assert len(rows) >= 6
    assert rows["estimate"].to_numpy() == pytest.approx(rows["estimate_r"].to_numpy(), rel=RELATIVE, abs=ABSOLUTE)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("column", ["std_error", "ci_lower", "ci_upper", "design_effect"])
def test_standard_errors_intervals_and_design_effects(compared: pd.DataFrame, case: str, column: str) -> None:
    rows = compared[(compared["wave"] == WAVES[case]) & (compared["statistic"] != "median")]
    # R gives one answer a standard error of 0.
    rows = rows[(rows["n_answers"] > 1) | (rows["statistic"] == "share") & column.startswith("ci")]
    assert len(rows) > 0
    if column == "design_effect":
        # Where all answer alike there is none.
        assert (rows[column].isna() == rows["design_effect_r"].isna()).all()
        rows = rows[rows[column].notna()]
    assert rows[column].notna().all()
    assert rows[column].to_numpy() == pytest.approx(rows[f"{column}_r"].to_numpy(), rel=RELATIVE, abs=ABSOLUTE)


def test_where_all_answer_alike_nothing_is_left_to_test(compared: pd.DataFrame, differences: pd.DataFrame) -> None:
    # A rest of 1e-16 would make every difference significant. Where all of a stratum are asked, R's rest stays.
    alike = compared[(compared["statistic"] == "mean") & (compared["std_error_r"] < ABSOLUTE)]
    alike = alike[alike["wave"].isin([WAVES["all_answer_alike"], WAVES["nearly_all_alike"]])]
    assert len(alike) > 0
    assert (alike["std_error"] == 0).all()
    pairs = differences[(differences["std_error"] == 0)]
    assert len(pairs) > 0
    assert pairs["p_value"].isna().all()


def test_one_answer_has_no_standard_error(compared: pd.DataFrame) -> None:
    # R gives 0, which would promise certainty.
    rows = compared[(compared["n_answers"] == 1) & (compared["statistic"] != "median")]
    assert len(rows) > 0
    assert rows["std_error"].isna().all()
    assert rows.loc[rows["statistic"] == "mean", ["ci_lower", "ci_upper"]].isna().all(axis=None)


@pytest.mark.parametrize("case", WITH_DIFFERENCES)
def test_differences(differences: pd.DataFrame, case: str) -> None:
    rows = differences[differences["case"] == case]
    if rows.empty:
        # Every pair of the case has a side with one answer.
        assert min(CASES[case]["differences"]["from_n_answers"] + CASES[case]["differences"]["to_n_answers"]) == 1
        return
    assert set(rows["_merge"]) == {"both"}
    # A difference of nearly equal estimates has fewer digits than they have.
    size = rows[["estimate", "compared_estimate"]].abs().max(axis=1)
    assert ((rows["difference"] - rows["difference_r"]).abs() <= RELATIVE * size + ABSOLUTE).all()
    assert rows["std_error"].to_numpy() == pytest.approx(rows["std_error_r"].to_numpy(), rel=RELATIVE, abs=ABSOLUTE)
    assert (rows["p_value"].isna() == rows["p_value_r"].isna()).all()
    assert (rows["no_test_reason"] == "no_variance").equals(rows["p_value"].isna())
    tested = rows[rows["p_value"].notna()]
    assert tested["p_value"].to_numpy() == pytest.approx(tested["p_value_r"].to_numpy(), rel=RELATIVE, abs=RELATIVE)
    # Of waves a family has pairs that R does not know: every case is a wave here.
    tested = tested[tested["kind"] == "category"]
    assert tested["p_adjusted"].to_numpy() == pytest.approx(
        tested["p_adjusted_r"].to_numpy(), rel=RELATIVE, abs=RELATIVE
    )


def test_categories_of_a_stratified_sample_are_not_independent(
    compared: pd.DataFrame, differences: pd.DataFrame
) -> None:
    # The cases must tell: with independent categories in mind, their standard errors would be others.
    errors = {tuple(row[:-1]): row[-1] for row in compared[[*KEY, "std_error"]].itertuples(index=False)}
    pairs = differences[(differences["case"] == "categories_across_strata") & (differences["kind"] == "category")]
    apart = [
        abs(row["std_error"] / (errors[tuple(row[KEY])] ** 2 + errors[tuple(row[OTHER_KEY])] ** 2) ** 0.5 - 1)
        for _, row in pairs[pairs["std_error"] > 0].iterrows()
    ]
    assert max(apart) > 0.01


def test_the_cases_tell_right_from_nearly_right(compared: pd.DataFrame) -> None:
    # Cases in which every standard error is zero would agree with anything.
    is_zero = compared["std_error_r"].fillna(0) < ABSOLUTE
    all_zero = {WAVES["everyone_asked"], WAVES["all_answer_alike"]}
    assert set(compared.loc[~is_zero, "wave"]) == set(WAVES.values()) - all_zero
    assert (~is_zero).sum() > 1000


def test_estimates_standardised_to_the_mix_of_a_wave(built_project: OwnProject) -> None:
    on = KEY[:-1]
    ours = read(built_project, "survey_standardised")
    both = ours.merge(r_says("standardised"), on=on, how="right", suffixes=("", "_r"), indicator=True)
    assert len(both) > 500
    assert set(both["_merge"]) == {"both"}
    assert (both["n_answers"] == both["n_answers_r"]).all()
    assert both["estimate"].to_numpy() == pytest.approx(both["estimate_r"].to_numpy(), rel=RELATIVE, abs=ABSOLUTE)
    error = both["std_error"].to_numpy()
    assert error == pytest.approx(both["std_error_r"].to_numpy(), rel=RELATIVE, abs=ABSOLUTE)


@pytest.mark.r
def test_r_says_today_what_it_said_when_its_answers_were_kept() -> None:
    script = Path(__file__).parent / "r_survey" / "verify.R"
    done = subprocess.run(["Rscript", script, "--check"], cwd=PROJECT_DIR, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
