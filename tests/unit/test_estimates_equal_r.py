"""The estimate engine gives what R's survey package gives: estimates, standard errors, intervals, medians.

Runs the selects of harmonised_estimate_cells and survey_estimates themselves on the samples of
r_survey/cases.json, which r_survey/verify.R made; which statistics there are is not tried here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import jinja2
import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "dbt_project/models"
CASES = json.loads((Path(__file__).parent / "r_survey/cases.json").read_text(encoding="utf-8"))["cases"]
WAVE = 1
RELATIVE = 1e-9
# A zero of R is the rest of a subtraction, around 1e-17; its root is what a standard error of zero may miss.
ABSOLUTE = 1e-12
KEY = ["survey", "population", "question_id", "statistic", "answer", "category"]

DONT_KNOW = {8: "ikke_relevant", 9: "vet_ikke"}


def rendered(model: str) -> str:
    """A model as plain SQL on the schema `mock`."""
    variables = yaml.safe_load((ROOT / "dbt_project/dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    return jinja2.Template((MODELS / f"{model}.sql").read_text(encoding="utf-8")).render(
        ref=lambda name: f"mock.{name}",
        var=lambda name: variables[name],
    )


def question(dont_know_in_base: bool) -> str:
    """The base is a property of the question here, so that both are tried on the same answers."""
    return "dont_know_in_base" if dont_know_in_base else "dont_know_left_out"


def answer(statistic: str, code_from: float, code_to: float) -> str | None:
    """The answer of a share as survey_estimates names it."""
    if statistic != "share":
        return None
    return f"{code_from:.0f}-{code_to:.0f}"


def r_answers() -> pd.DataFrame:
    """What R says, one row per estimate, with the key of survey_estimates."""
    frames = []
    for case, content in CASES.items():
        frame = pd.DataFrame(content["answers"])
        frame["survey"] = case
        frame["question_id"] = [question(flag) for flag in frame["dont_know_in_base"]]
        frame["answer"] = [answer(*row) for row in frame[["statistic", "code_from", "code_to"]].itertuples(index=False)]
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def upstream() -> dict[str, pd.DataFrame]:
    """The tables above the engine: each case is a survey of its own."""
    people, answers, populations, categories = [], [], [], []
    for case, content in CASES.items():
        sample = pd.DataFrame(content["sample"])
        sample["survey"], sample["wave"] = case, WAVE
        sample["respondent_id"] = sample.index.astype(str)
        people.append(sample)
        key = sample[["survey", "wave", "respondent_id"]]
        kind = sample["code"].map(DONT_KNOW).mask(sample["code"].isna(), "ubesvart").fillna("answer")
        answers += [
            key.assign(
                question_id=question(flag),
                code=sample["code"].astype("Int64"),
                answer_kind=kind,
                value=sample["code"].where(kind == "answer"),
            )
            for flag in (True, False)
        ]
        populations += [key.assign(population="everyone"), key[sample["is_member"]].assign(population="members")]
        categories += [
            key.assign(breakdown="any", category=category, category_nb=category)
            for category in (pd.Series("all", index=sample.index), sample["category"])
        ]
    asked = r_answers()[["survey", "population", "question_id", "statistic", "answer", "code_from", "code_to"]]
    statistics = asked.drop_duplicates().assign(wave=WAVE, question_nb="", answer_nb="", code_frame="frame")
    statistics["is_dont_know_in_base"] = statistics["question_id"] == question(True)
    surveys = pd.DataFrame({"survey": list(CASES)})
    flags = pd.DataFrame({"flag": [True, False]})
    return {
        "harmonised_respondents": pd.concat(people, ignore_index=True),
        "harmonised_answers": pd.concat(answers, ignore_index=True),
        "harmonised_populations": pd.concat(populations, ignore_index=True),
        "harmonised_categories": pd.concat(categories, ignore_index=True),
        "harmonised_statistics": statistics,
        "harmonised_waves": surveys.assign(wave=WAVE, is_synthetic=True),
        "question": surveys.merge(flags, how="cross").assign(
            question_id=lambda rows: rows["flag"].map(question), item_group="asked"
        ),
        "estimate": surveys.merge(asked[["population"]].drop_duplicates(), how="cross").assign(item_group="asked"),
        "population": asked[["population"]].drop_duplicates().assign(population_nb=""),
        "breakdown": surveys.assign(breakdown="any", breakdown_nb=""),
        "survey": surveys.assign(min_answers=1),
        "scale": pd.DataFrame({"code_frame": ["frame"], "scale": ["1-5"]}),
        "harmonised_comparability": pd.DataFrame(
            {"survey": ["none"], "wave": [0], "question_id": ["none"], "comparable_with_previous": [True]}
        ),
    }


@pytest.fixture(scope="module")
def compared() -> Iterator[pd.DataFrame]:
    """Every estimate of the engine beside R's (columns ending in _r); all rows of both."""
    connection = duckdb.connect()
    connection.execute("create schema mock")
    for table, frame in upstream().items():
        connection.register("frame", frame)
        connection.execute(f"create table mock.{table} as select * from frame")
    cells = rendered("harmonised/harmonised_estimate_cells")
    connection.execute(f"create table mock.harmonised_estimate_cells as {cells}")
    ours = connection.execute(rendered("marts/survey_estimates")).df()
    yield ours.merge(r_answers(), on=KEY, how="outer", suffixes=("", "_r"), indicator=True)
    connection.close()


@pytest.mark.parametrize("case", CASES)
def test_same_rows_and_counts(compared: pd.DataFrame, case: str) -> None:
    # An empty domain has no row on either side.
    rows = compared[compared["survey"] == case]
    assert len(rows) > 0
    assert set(rows["_merge"]) == {"both"}
    assert (rows["n_answers"] == rows["n_answers_r"]).all()
    assert rows["sum_weights"].to_numpy() == pytest.approx(rows["sum_weights_r"].to_numpy(), rel=RELATIVE)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("statistic", ["share", "mean", "median"])
def test_estimates(compared: pd.DataFrame, case: str, statistic: str) -> None:
    rows = compared[(compared["survey"] == case) & (compared["statistic"] == statistic)]
    assert rows["estimate"].notna().all()
    rows = rows[rows["estimate_r"].notna()]
    assert len(rows) >= 6
    assert rows["estimate"].to_numpy() == pytest.approx(rows["estimate_r"].to_numpy(), rel=RELATIVE, abs=ABSOLUTE)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("column", ["std_error", "ci_lower", "ci_upper"])
def test_standard_errors_and_intervals(compared: pd.DataFrame, case: str, column: str) -> None:
    rows = compared[(compared["survey"] == case) & (compared["statistic"] != "median") & (compared["n_answers"] > 1)]
    assert rows[column].notna().all()
    assert rows[column].to_numpy() == pytest.approx(rows[f"{column}_r"].to_numpy(), rel=RELATIVE, abs=ABSOLUTE)


def test_one_answer_has_no_standard_error(compared: pd.DataFrame) -> None:
    # R gives 0, which would promise certainty.
    rows = compared[(compared["n_answers"] == 1) & (compared["statistic"] != "median")]
    assert len(rows) > 0
    assert rows[["std_error", "ci_lower", "ci_upper"]].isna().all(axis=None)


def test_the_cases_tell_right_from_nearly_right(compared: pd.DataFrame) -> None:
    # Cases in which every standard error is zero would agree with anything.
    is_zero = compared["std_error_r"].fillna(0) < ABSOLUTE
    assert set(compared.loc[~is_zero, "survey"]) == set(CASES) - {"everyone_asked", "all_answer_alike"}
    assert (~is_zero).sum() > 400
