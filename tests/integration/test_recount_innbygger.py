"""Every estimate of the citizens' survey counted again from the delivered .sav files, respondent by respondent.

Not here: dbt or the project's rules and seeds; a recount that used them would prove nothing.
"""

import math

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from tests.integration.intervals import confidence_interval
from tests.line import Line

SURVEY = "dfo_innbygger"
WAVES = (2010, 2013, 2015, 2017, 2019, 2021, 2023)
# The categories as the report and the extract's description have them: source column, then code or age ranges.
CATEGORIES = {
    "kjonn": ("kjonn", {"mann": (1, 1), "kvinne": (2, 2)}),
    "aldersgruppe": (
        "alder",
        {"under_25": (0, 24), "25_34": (25, 34), "35_49": (35, 49), "50_66": (50, 66), "67_og_over": (67, 200)},
    ),
    "utdanning": (
        "utdanning",
        {"grunnskole": (1, 1), "videregaende": (2, 2), "yrkesfag": (3, 3), "universitet_hoyskole": (4, 5)},
    ),
    "husstandsinntekt": (
        "husstandsinntekt",
        {
            "under_200000": (1, 1),
            "200000_349999": (2, 2),
            "350000_549999": (3, 3),
            "550000_749999": (4, 4),
            "750000_999999": (5, 5),
            "1000000_og_over": (6, 6),
        },
    ),
    "husstandsinntekt_3": (
        "husstandsinntekt",
        {"under_200000": (1, 1), "200000_549999": (2, 3), "550000_og_over": (4, 6)},
    ),
    "yrkesstatus": (
        "yrkesstatus",
        {
            "arbeidstaker": (1, 1),
            "selvstendig": (2, 2),
            "arbeidsledig": (3, 3),
            "elev_student": (4, 4),
            "alderspensjonist": (5, 5),
            "ufor_annet": (6, 6),
        },
    ),
}
FREQUENCY = "q_bruk_frekvens"
RELATIVE = 1e-9


def design(line: Line, wave: int) -> pd.DataFrame:
    """The respondents of a wave that have a weight above 0; missing codes as they stand in the file."""
    frame, _ = pyreadstat.read_sav(str(line.extract(SURVEY, wave)), user_missing=True)
    frame = frame[frame["vekt"] > 0].reset_index(drop=True)
    for column in ("stratum", "stratum_n"):
        if column not in frame:
            frame[column] = np.nan if column == "stratum_n" else "all"
    return frame


def is_substantive(codes: pd.Series, wave: int, column: str) -> pd.Series:
    if column == FREQUENCY:
        return codes.between(1, 5)
    return codes.between(0, 10) if wave >= 2021 else codes.between(1, 7)


def on_scale(codes: pd.Series, wave: int) -> pd.Series:
    """0-10; until 2019 1..7 stand for -3..+3."""
    return codes if wave >= 2021 else (codes - 4 + 3) * 10 / 6


def estimate(y: pd.Series, inside: pd.Series, people: pd.DataFrame) -> tuple[float, float | None]:
    """Mean of a domain and its standard error: z of everyone in the design, 0 outside the domain, by stratum."""
    weight = people["vekt"]
    total = weight[inside].sum()
    mean = (weight * y)[inside].sum() / total
    if inside.sum() == 1:
        return mean, None
    z = (weight * (y - mean) / total).where(inside, 0.0)
    variance = 0.0
    for _, members in people.groupby("stratum"):
        n, size = len(members), members["stratum_n"].iloc[0]
        of_stratum = z.loc[members.index]
        correction = 1.0 if np.isnan(size) else 1 - n / size
        variance += correction * n / (n - 1) * ((of_stratum - of_stratum.mean()) ** 2).sum()
    return mean, math.sqrt(variance)


@pytest.mark.parametrize("wave", WAVES)
def test_every_estimate_is_counted_again(built: Line, wave: int) -> None:
    people = design(built, wave)
    published = built.table("survey_estimates")
    published = published[(published["survey"] == SURVEY) & (published["wave"] == wave)]
    inside_category = {("all", "all"): pd.Series(True, index=people.index)}
    for breakdown, (column, categories) in CATEGORIES.items():
        for category, (low, high) in categories.items():
            inside_category[breakdown, category] = people[column].between(low, high)
    # Sentralitet follows from the kommune register: counted again is what the categories leave.
    published = published[published["breakdown"] != "sentralitet"]
    found = 0
    for row in published.to_dict("records"):
        column = "q_" + row["question_id"].removeprefix("dfo_")
        codes = people[column]
        domain = inside_category[row["breakdown"], row["category"]]
        valid = is_substantive(codes, wave, column)
        if row["statistic"] == "mean":
            y = on_scale(codes, wave)
        elif row["answer"] == "negativ":
            y = (on_scale(codes, wave) < 5).astype(float)
        elif row["answer"] == "minst_ukentlig":
            y = codes.isin([1, 2]).astype(float)
        else:
            y = (codes == float(row["answer"])).astype(float)
        mean, error = estimate(y, valid & domain, people)
        assert row["estimate"] == pytest.approx(mean, rel=RELATIVE)
        assert row["std_error"] == pytest.approx(error, rel=RELATIVE)
        limits = confidence_interval(row["statistic"], mean, error, row["n_answers"])
        assert (row["ci_lower"], row["ci_upper"]) == pytest.approx(limits, rel=RELATIVE)
        assert row["n_answers"] == (valid & domain).sum()
        assert row["n_respondents"] == domain.sum()
        assert row["n_respondents"] - row["n_answers"] == row["n_dont_know"] + row["n_no_answer"]
        found += 1
    questions = {column for column in people if column.startswith("q_")}
    statistics = 2 * len(questions - {FREQUENCY}) + 6 * (FREQUENCY in questions)
    assert found == statistics * len(inside_category)


@pytest.mark.parametrize("wave", WAVES)
def test_centrality_covers_everyone_in_three_groups(built: Line, wave: int) -> None:
    people = design(built, wave)
    published = built.table("survey_estimates")
    groups = published[
        (published["survey"] == SURVEY)
        & (published["wave"] == wave)
        & (published["breakdown"] == "sentralitet")
        & (published["statistic"] == "mean")
    ]
    assert set(groups["category"]) == {"1_2", "3_4", "5_6"}
    assert set(groups.groupby("question_id")["n_respondents"].sum()) == {len(people)}


@pytest.mark.parametrize("wave", WAVES)
def test_who_answered_and_who_did_not_state_the_category_is_everyone(built: Line, wave: int) -> None:
    people = design(built, wave)
    table = built.table("survey_composition")
    table = table[(table["survey"] == SURVEY) & (table["wave"] == wave)]
    unstated = table[table["category"] == "uoppgitt"].set_index("breakdown")
    assert unstated["n_respondents"].to_dict() == {
        breakdown: n
        for breakdown, (column, _) in CATEGORIES.items()
        if (n := (people[column].isna() | (people[column] == 9)).sum() if column != "alder" else 0)
    }
    assert unstated["share"].isna().all()
    assert set(table.groupby("breakdown")["n_respondents"].sum()) == {len(people)}
    assert table.groupby("breakdown")["share"].sum().to_list() == pytest.approx([1.0] * table["breakdown"].nunique())


def test_respondents_without_weight_are_counted_apart(built: Line) -> None:
    waves = built.table("survey_waves").set_index(["survey", "wave"]).loc[SURVEY]
    for wave in WAVES:
        frame, _ = pyreadstat.read_sav(str(built.extract(SURVEY, wave)))
        outside = (~(frame["vekt"] > 0)).sum()
        assert outside > 0
        assert waves.loc[wave, "n_without_weight"] == outside
        assert waves.loc[wave, "n_respondents"] == len(frame) - outside
    assert waves["response_rate"].isna().all()
