"""A survey is rows: docs/adding-a-survey.md, done on a copy of the project, and its numbers counted again.

Not here: the run and the files (scenarios.py, digital_modenhet.py); what the command writes (test_survey_models.py).
"""

from collections.abc import Callable
from concurrent.futures import Future

import duckdb
import numpy as np
import pandas as pd
import pytest

from pipelines.common.settings import PROJECT_DIR
from tests.integration.digital_modenhet import answers, kommuner
from tests.integration.scenarios import PROJECT_FILES, NewSurvey
from tests.integration.test_new_wave import changed_files
from tests.line import TABLES, Line, assert_same_rows

SURVEY, WAVES = "digital_modenhet", (2019, 2023)
AREAS = ["plan_tjenester", "plan_data", "plan_sikkerhet"]
CLOSE = {"rel": 1e-12, "abs": 1e-12}
WITH_THE_SURVEY = {
    "count_measures", "extract_log", "fylke_indicators", "indicator_distributions", "indicator_groups",
    "kommune_indicators", "kommune_profile", "panel_sensitivity", "survey_changes", "survey_composition",
    "survey_estimates", "survey_progress", "survey_waves",
}  # fmt: skip
MODELS = {
    "dbt_project/models/staging/_digital_modenhet.yml",
    "dbt_project/models/staging/stg_digital_modenhet.sql",
    "dbt_project/models/harmonised/harmonised_respondents_digital_modenhet.sql",
    "dbt_project/models/harmonised/harmonised_cells_digital_modenhet.sql",
    "dbt_project/models/harmonised/_digital_modenhet.yml",
}


@pytest.fixture(scope="session")
def new_survey(runs: dict[str, Future]) -> NewSurvey:
    return runs["new_survey"].result()


@pytest.fixture(scope="module")
def line(new_survey: NewSurvey) -> Line:
    return new_survey.line


@pytest.fixture(scope="module")
def inhabitants(line: Line) -> pd.Series:
    """By year and kommune; a year without counts has those of the year before."""
    counted = pd.read_csv(line.project / "seeds/regions/kommune_population.csv", dtype={"kommunenr": str})
    counted = counted.set_index(["year", "kommunenr"])["population"]
    return pd.concat({year: counted[max(y for y in counted.index.levels[0] if y <= year)] for year in (2018, *WAVES)})


@pytest.fixture(scope="module")
def delivered(inhabitants: pd.Series) -> dict[int, pd.DataFrame]:
    """What the kommuner of each wave answered, as numbers, NaN where they did not; what is known of them beside it."""
    found = {}
    for wave in WAVES:
        table = pd.DataFrame(answers(wave)).set_index("kommunenr")
        table = table.apply(lambda column: pd.to_numeric(column.str.replace(",", ".")))
        table["antall"] = table[AREAS].sum(axis=1).where(table["plan"].notna())
        table["inhabitants"] = inhabitants[wave]
        found[wave] = table
    return found


# The run


def test_survey_is_published_by_what_the_page_shows(new_survey: NewSurvey) -> None:
    assert new_survey.run.code == 0, new_survey.run.out + new_survey.run.err
    assert new_survey.line.in_force()["current"] != new_survey.before["current"]
    page = (PROJECT_DIR / "docs/adding-a-survey.md").read_text(encoding="utf-8")
    (loaded,) = (row.strip() for row in page.splitlines() if row.endswith("rows loaded (utf-8-sig)"))
    assert loaded in new_survey.run.out


def test_commands_of_the_page_find_no_mistake_and_nothing_to_refuse(new_survey: NewSurvey) -> None:
    assert "seeds/: no mistakes" in new_survey.said
    for wave in WAVES:
        assert f"{SURVEY}_{wave}.csv ({SURVEY} {wave}): accepted, {len(answers(wave))} rows" in new_survey.said
    assert {f"Written: {name}" for name in MODELS} <= set(new_survey.said.splitlines())


def test_only_seeds_and_written_models_are_changed(built: Line, line: Line) -> None:
    changed = changed_files(built.project, line.project, PROJECT_FILES)
    assert {name for name in changed if not name.startswith("seeds/")} == MODELS
    assert all(name.endswith(".csv") for name in changed - MODELS)


def test_run_warns_of_nothing_in_the_survey(new_survey: NewSurvey) -> None:
    warned = [row for row in new_survey.run.out.splitlines() if row.lstrip().startswith("!") and SURVEY in row]
    assert warned == []


@pytest.mark.parametrize("name", TABLES)
def test_what_was_published_before_is_as_it_was(built: Line, line: Line, name: str) -> None:
    old, new = built.table(name), line.table(name)
    is_new = pd.Series(False, new.index)
    for column, names in {"survey": [SURVEY], "indicator": ["modenhetsplan"]}.items():
        if column in new:
            is_new |= new[column].isin(names)
    assert is_new.any() == (name in WITH_THE_SURVEY)
    assert_same_rows(new[~is_new].reset_index(drop=True), old)


# Estimates


def ratio(values: pd.Series, n_drawn: int, n_population: int) -> tuple[float, float]:
    """Mean of those who have a value, and its standard error in a sample without replacement of all kommuner."""
    mean, n = values.mean(), n_drawn
    z = np.append((values.dropna() - mean) / values.count(), np.zeros(n - values.count()))
    return mean, np.sqrt((1 - n / n_population) * n / (n - 1) * (z**2).sum())


def group_of(inhabitants: float) -> str:
    borders = {2000: "under_2000", 5000: "2000_4999", 10000: "5000_9999", 20000: "10000_19999", 50000: "20000_49999"}
    return next((name for border, name in borders.items() if inhabitants < border), "50000_og_over")


Y = Callable[[pd.DataFrame], pd.Series]
STATISTICS: dict[tuple[str, str, str], Y] = {
    ("dm_poeng", "mean", ""): lambda t: t["poeng"],
    ("dm_poeng", "share", "minst_60"): lambda t: (t["poeng"] >= 60).where(t["poeng"].notna()),
    ("dm_utgifter", "mean", ""): lambda t: t["utgifter"],
    ("dm_har_plan", "share", "1"): lambda t: (t["plan"] == 1).where(t["plan"].notna()),
    ("dm_plan_data", "share", "selected"): lambda t: t["plan_data"].where(t["plan"] == 1),
    ("dm_ledelse", "mean", ""): lambda t: t["ledelse"],
    ("dm_ledelse", "share", "4"): lambda t: t["ledelse"] == 4,
    ("dm_plan_antall", "share", "2"): lambda t: (t["antall"] == 2).where(t["antall"].notna()),
}


@pytest.fixture(scope="module")
def estimates(line: Line) -> pd.DataFrame:
    rows = line.table("survey_estimates").query(f"survey == '{SURVEY}'")
    key = ["question_id", "statistic", "answer", "wave", "breakdown", "category"]
    return rows.assign(answer=rows["answer"].fillna("")).set_index(key).sort_index()


@pytest.mark.parametrize("wave", WAVES)
@pytest.mark.parametrize("statistic", STATISTICS, ids=" ".join)
def test_estimates_and_their_errors_are_counted_again(
    estimates: pd.DataFrame, delivered: dict[int, pd.DataFrame], statistic: tuple[str, str, str], wave: int
) -> None:
    table, n_population = delivered[wave], len(kommuner(wave))
    y = STATISTICS[statistic](table).astype(float)
    categories = {
        "all": pd.Series("all", table.index),
        "innbyggergruppe": table["inhabitants"].map(group_of),
        "fylke": table.index.to_series().str[:2],
    }
    counted = {
        (breakdown, category): ratio(y.where(of == category), len(table), n_population)
        for breakdown, of in categories.items()
        for category in of[y.notna()].unique()
    }
    found = estimates.loc[(*statistic, wave)]
    assert set(found.index) == set(counted)
    for key, (estimate, std_error) in counted.items():
        assert found.loc[key, "estimate"] == pytest.approx(estimate, **CLOSE)
        n_answers = y[categories[key[0]] == key[1]].count()
        assert found.loc[key, "n_answers"] == n_answers
        if n_answers > 1:
            assert found.loc[key, "std_error"] == pytest.approx(std_error, **CLOSE)
    assert found.loc[("all", "all"), "std_error"] > 0


def test_median_of_a_number_and_its_scale(estimates: pd.DataFrame, delivered: dict[int, pd.DataFrame]) -> None:
    for wave, table in delivered.items():
        row = estimates.loc[("dm_poeng", "median", "", wave, "all", "all")]
        assert (row["estimate"], row["scale"]) == (table["poeng"].median(), "0-100")
        assert row["n_no_answer"] == table["poeng"].isna().sum() > 0
    assert set(estimates.loc["dm_utgifter"]["scale"]) == {"mill. kr"}


def test_waves_are_compared_and_are_marked_as_made_up(
    line: Line, estimates: pd.DataFrame, delivered: dict[int, pd.DataFrame]
) -> None:
    waves = line.table("survey_waves").query(f"survey == '{SURVEY}'").set_index("wave")
    for wave, table in delivered.items():
        found = waves.loc[wave, ["n_respondents", "n_population", "response_rate"]].tolist()
        assert found == [len(table), len(kommuner(wave)), len(table) / len(kommuner(wave))]
    assert waves["is_synthetic"].all() and estimates["is_synthetic"].all()
    changes = line.table("survey_changes").query(f"survey == '{SURVEY}' and comparison == 'wave'")
    row = changes.query("question_id == 'dm_poeng' and statistic == 'mean' and breakdown == 'all'").iloc[0]
    now, before = (estimates.loc[("dm_poeng", "mean", "", wave, "all", "all"), "estimate"] for wave in (2023, 2019))
    assert (row["wave"], row["compared_wave"], row["is_comparable"]) == (2023, 2019, True)
    assert row["difference"] == pytest.approx(now - before, **CLOSE)


def test_composition_says_who_answered(line: Line, delivered: dict[int, pd.DataFrame]) -> None:
    rows = line.table("survey_composition").query(f"survey == '{SURVEY}'")
    found = rows.set_index(["wave", "breakdown", "category"])["n_respondents"]
    for wave, table in delivered.items():
        groups = table["inhabitants"].map(group_of).value_counts().to_dict()
        assert found.loc[wave, "innbyggergruppe"].to_dict() == groups
        assert found.loc[wave, "all", "all"] == len(table)
    assert set(rows["population"]) == {"kommuner"}


# The panel


@pytest.fixture(scope="module")
def panel(line: Line) -> pd.DataFrame:
    with duckdb.connect(str(line.settings.build_db), read_only=True) as con:
        rows = con.sql(
            f"from harmonised.harmonised_kommune_answers where survey = '{SURVEY}' and rule = 'declared'"
        ).df()
    return rows.set_index(["wave", "division_year", "kommunenr", "question_id"]).sort_index()


def test_panel_has_every_division_and_question(panel: pd.DataFrame) -> None:
    assert set(panel.reset_index()[["wave", "division_year"]].itertuples(index=False, name=None)) == {
        (wave, division) for wave in WAVES for division in (wave, 2018, 2020, 2024)
    }
    assert len(panel.index.levels[3]) == 7 + 1, "the questions and the count"


def test_merged_kommune_has_the_mean_of_the_score_the_sum_of_the_amount_and_one_answer(
    panel: pd.DataFrame, delivered: dict[int, pd.DataFrame]
) -> None:
    """Indre Østfold of 2020, of five kommuner that all delivered; one left the score blank."""
    five = delivered[2019].loc[["0122", "0123", "0124", "0125", "0138"]]
    assert five["poeng"].isna().sum() == 1 and five["utgifter"].notna().all()
    found = panel.loc[(2019, 2020, "3014")]
    weights = five["inhabitants"].where(five["poeng"].notna())
    assert found.loc["dm_poeng", "value"] == pytest.approx((five["poeng"] * weights).sum() / weights.sum())
    assert found.loc["dm_poeng", "answered_share"] == pytest.approx(weights.sum() / five["inhabitants"].sum())
    assert found.loc["dm_utgifter", "value"] == pytest.approx(five["utgifter"].sum())
    assert found.loc["dm_har_plan", "code"] == 1 == five["plan"].min()
    most = five.groupby("ledelse")["inhabitants"].sum().idxmax()
    assert found.loc["dm_ledelse", "code"] == most
    assert found.loc["dm_plan_antall", "code"] == five[AREAS].max().sum()
    assert set(found["method"]) == {"merged"} and set(found["n_sources"]) == {5}


def test_part_of_a_divided_kommune_has_its_part_of_the_amount(
    panel: pd.DataFrame, delivered: dict[int, pd.DataFrame]
) -> None:
    """Hamarøy of 2020: all of the old one, and 0.53875 of Tysfjord (seeds/regions/kommune_split_share.csv)."""
    whole, divided = delivered[2019].loc["1849"], delivered[2019].loc["1850"]
    share = 0.53875
    found = panel.loc[(2019, 2020, "1875")]
    assert found.loc["dm_utgifter", "value"] == pytest.approx(whole["utgifter"] + share * divided["utgifter"])
    weights = np.array([whole["inhabitants"], share * divided["inhabitants"]])
    mean = np.average([whole["poeng"], divided["poeng"]], weights=weights)
    assert found.loc["dm_poeng", "value"] == pytest.approx(mean)
    assert set(found["method"]) == {"split_and_merged"}


def test_amount_of_a_divided_kommune_is_that_of_its_parts(
    panel: pd.DataFrame, delivered: dict[int, pd.DataFrame]
) -> None:
    """Ålesund of 2023 is Ålesund and Haram in 2024."""
    alesund = delivered[2023].loc["1507"]
    parts = [panel.loc[(2023, 2024, number)] for number in ("1508", "1580")]
    shares = [part.loc["dm_utgifter", "value"] / alesund["utgifter"] for part in parts]
    assert shares == pytest.approx([0.862125, 0.137875])
    assert all(part.loc["dm_poeng", "value"] == alesund["poeng"] for part in parts)


def test_amount_of_which_a_part_is_missing_is_missing(panel: pd.DataFrame, delivered: dict[int, pd.DataFrame]) -> None:
    """Drammen of 2020: Svelvik (0711) delivered nothing, so the sum is not known; the mean is that of the others."""
    assert "0711" not in delivered[2019].index
    found, two = panel.loc[(2019, 2020, "3005")], delivered[2019].loc[["0602", "0625"]]
    assert np.isnan(found.loc["dm_utgifter", "value"]) and found.loc["dm_utgifter", "answer_kind"] == "ubesvart"
    assert found.loc["dm_poeng", "value"] == pytest.approx(np.average(two["poeng"], weights=two["inhabitants"]))


def test_later_wave_is_seen_in_the_older_division(
    panel: pd.DataFrame, delivered: dict[int, pd.DataFrame], inhabitants: pd.Series
) -> None:
    of_later, old = delivered[2023].loc["3014"], ["0122", "0123", "0124", "0125", "0138"]
    found = panel.loc[(2023, 2018)]
    for number in old:
        amount = of_later["utgifter"] * inhabitants[2018, number] / inhabitants[2018][old].sum()
        assert found.loc[(number, "dm_utgifter"), "value"] == pytest.approx(amount)
        assert found.loc[(number, "dm_ledelse"), "code"] == of_later["ledelse"]
        assert found.loc[(number, "dm_ledelse"), "method"] == "successor"


# The indicator


def test_indicator_of_the_survey_is_published_in_every_division(
    line: Line, panel: pd.DataFrame, delivered: dict[int, pd.DataFrame]
) -> None:
    rows = line.table("kommune_indicators").query("indicator == 'modenhetsplan'")
    assert set(rows["division_year"]) == {2018, 2020, 2024, *WAVES}
    assert rows["is_synthetic"].all()
    counts = panel.xs("dm_plan_antall", level="question_id")["code"]
    plans = panel.xs("dm_har_plan", level="question_id")["code"]
    units = rows.set_index(["wave", "division_year", "kommunenr"])
    with_plan = plans[plans == 1].index
    assert (units.loc[with_plan, "value"] == counts[with_plan]).all()
    assert (units.loc[with_plan, "score"] == counts[with_plan] + 1).all()
    assert (units.loc[plans[plans == 2].index, "score"] == 0).all()
    for wave, table in delivered.items():
        native = units.loc[wave, wave]
        assert native["score"].dropna().to_dict() == (
            (table["antall"] + 1).where(table["plan"] == 1, 0).where(table["plan"].notna()).dropna().to_dict()
        )


def test_its_scores_are_distributed_and_its_median_holds(new_survey: NewSurvey, line: Line) -> None:
    rows = line.table("indicator_distributions").query("indicator == 'modenhetsplan'")
    assert set(rows["score_nb"]) == {"ingen plan", "svært smal", "smal", "bred", "svært bred"}
    assert (rows.query("wave == 2019 and division_year == 2019")["median_value"] == 2).all()
    assert "reference_medians_hold" not in new_survey.run.out
