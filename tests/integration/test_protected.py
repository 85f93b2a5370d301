"""A run with the rule on disclosure on, for waves of 60 to 1 000 citizens: what is hidden is gone, and stays so.

Not here: single means of hiding and of finding out (unit/test_hide.py, unit/test_attack.py), and the search of a run
that hides nothing (test_traces.py).
"""

import io
import re

import duckdb
import pandas as pd
import pytest
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from pipelines.attack.attack import attack, in_words
from pipelines.attack.tables import KEY, VALUES
from pipelines.common.published import ORDERS
from pipelines.common.seeds import read_seed
from pipelines.common.settings import PROJECT_DIR
from tests.handout import assert_csv_as_parquet, assert_json_stat_as_parquet, assert_sheets_as_parquet
from tests.integration.scenarios import CITIZENS, SMALL_WAVES, Ended
from tests.integration.traces import places, told
from tests.unit.published_design import where

pytestmark = pytest.mark.slow

RULES = pd.DataFrame(read_seed("disclosure_rule")).astype(
    dict.fromkeys(("threshold", "small_group", "protection"), int)
)
RULED = set(RULES.loc[RULES["threshold"] > 1, "survey"])
# Numbers that a hidden row may show: of whom it is, and what others have published of them.
NO_SECRETS = {
    "wave",
    "compared_wave",
    "previous_wave",
    "reference_wave",
    "n_questions",
    "official_share",
    "official_year",
    *(order.column for order in ORDERS),
}
ROW = " and ".join(f"{name} is not distinct from ?" for name in KEY)
# A row of the estimates as it is.
TRUE = f"""
select e.*
from harmonised.harmonised_estimates as e
inner join harmonised.harmonised_statistics as s using (statistic_id)
inner join harmonised.harmonised_categories as c using (domain_id)
where {ROW.replace("survey", "s.survey").replace("wave", "s.wave")}
"""


@pytest.fixture(scope="module")
def estimates(protected: Ended) -> pd.DataFrame:
    return protected.line.table("survey_estimates")


@pytest.fixture
def released(protected: Ended) -> duckdb.DuckDBPyConnection:
    """The files of the release as tables, of the estimates those of citizens."""
    con = duckdb.connect()
    con.execute("create schema marts")
    for file in protected.line.release.glob("*.parquet"):
        con.execute(f"create table marts.{file.stem} as from '{file}'")
    con.execute(f"delete from marts.survey_estimates where survey <> '{CITIZENS}'")
    return con


def test_it_is_published_and_says_whose_answers_are_protected(protected: Ended) -> None:
    assert protected.run.code == 0, protected.run.out + protected.run.err
    assert protected.line.in_force()["current"] != protected.before["current"]
    assert re.search(
        r"^Hidden:    dfo_innbygger [\d ]+ of [\d ]+ estimates, itip [\d ]+ of", protected.run.out, re.MULTILINE
    )
    assert "HiGHS" not in protected.run.out + protected.run.err
    waves = protected.line.table("survey_waves")
    assert (waves["is_protected"] == waves["survey"].isin(RULED)).all()
    of_citizens = waves[waves["survey"] == CITIZENS].set_index("wave")
    assert (of_citizens["n_respondents"] + of_citizens["n_without_weight"])[list(SMALL_WAVES)].to_dict() == SMALL_WAVES


def test_each_survey_with_a_rule_hides_for_both_reasons(estimates: pd.DataFrame) -> None:
    hidden = estimates[estimates["is_suppressed"]]
    reasons = {survey: set(of_survey["suppression_reason"]) for survey, of_survey in hidden.groupby("survey")}
    assert reasons == {survey: {"primary", "complementary"} for survey in RULED}
    assert estimates.loc[~estimates["is_suppressed"], "suppression_reason"].isna().all()


def test_hidden_rows_show_no_number(protected: Ended) -> None:
    n_hidden = {}
    for name, table in protected.line.tables().items():
        if "is_suppressed" in table:
            hidden = table[table["is_suppressed"]]
            numbers = [c for c in hidden if is_numeric_dtype(hidden[c]) and not is_bool_dtype(hidden[c])]
            shown = {column for column in numbers if hidden[column].notna().any()}
            assert shown <= NO_SECRETS, name
            n_hidden[name] = len(hidden)
    assert set(VALUES) <= set(protected.line.table("survey_estimates"))
    assert n_hidden and all(n_hidden.values())


def test_files_for_people_show_no_more_than_the_tables(protected: Ended) -> None:
    release = protected.line.release
    for name, table in protected.line.tables().items():
        if "is_suppressed" in table:
            assert_csv_as_parquet(release, name)
    assert_sheets_as_parquet(release)
    assert_json_stat_as_parquet(release, "survey_estimates")


@pytest.mark.parametrize("place", ["", "en/"])
def test_page_on_what_moved_tells_nothing_of_waves_that_showed_more_before(protected: Ended, place: str) -> None:
    before, now = (
        pd.read_parquet(release / "survey_estimates.parquet", columns=[*KEY, "is_suppressed"]).set_index([*KEY])
        for release in (protected.line.settings.published / protected.before["current"], protected.line.release)
    )
    hidden = now[now["is_suppressed"]].index.intersection(before[~before["is_suppressed"]].index)
    waves = set(zip(hidden.get_level_values("survey"), hidden.get_level_values("wave"), strict=True))
    assert {(CITIZENS, wave) for wave in SMALL_WAVES} < waves
    page = (protected.line.release / "report" / place / "om" / "endringer.html").read_text(encoding="utf-8")
    cells = re.findall(r'<code class="key">([^<]*=[^<]*)</code>', page)
    for cell in cells:
        said = dict(part.split("=", 1) for part in cell.split(";"))
        told = {(said["survey"], int(wave)) for name, wave in said.items() if name == "wave" or name.endswith("_wave")}
        assert told and not told & waves, cell
    assert ("Rader som bare er talt" if not place else "Rows that are only counted") in page


def test_printed_figures_are_shown_and_nothing_beside_those_that_would_be_hidden(
    protected: Ended, estimates: pd.DataFrame
) -> None:
    assert protected.line.table("reconciliation")["computed_value"].notna().all()
    alone = estimates[~estimates["is_suppressed"] & estimates["n_answers"].isna()]
    assert len(alone) and alone["estimate"].notna().all()
    assert alone[[column for column in VALUES if column != "estimate"]].isna().all(axis=None)


def test_as_much_is_hidden_as_the_page_on_privacy_says(estimates: pd.DataFrame) -> None:
    page = (PROJECT_DIR / "docs" / "privacy.md").read_text(encoding="utf-8")
    said = re.search(r"^\| Citizens, .*?\| (.* %) \|$", page, re.MULTILINE)
    assert said
    share = estimates.groupby(["survey", "wave"])["is_suppressed"].mean()
    of_citizens = share[CITIZENS].loc[[*SMALL_WAVES, 2023]]
    assert [f"{100 * part:.0f} %" for part in of_citizens] == said[1].split(" | ")
    assert of_citizens.is_monotonic_decreasing
    of_survey = estimates.groupby("survey")["is_suppressed"].mean()
    words = " ".join(page.split())
    assert f"{100 * of_survey['itip']:.0f} % of IT i praksis 2020 and 2021 together" in words
    assert f"{100 * of_survey['ssb_stat']:.0f} % of Bruk av IKT i staten" in words


def test_what_is_released_of_few_citizens_gives_nothing_away(released: duckdb.DuckDBPyConnection) -> None:
    findings = attack(released, RULES)
    assert len(findings)
    assert in_words(findings) == []


def test_a_row_that_is_shown_again_gives_another_away(
    protected: Ended, released: duckdb.DuckDBPyConnection, estimates: pd.DataFrame
) -> None:
    """Of the two sexes, of whom one is few and the other is hidden with them, in the smallest wave."""
    wave = min(SMALL_WAVES)
    sexes = estimates[where(estimates, survey=CITIZENS, wave=wave, statistic="share", breakdown="kjonn")]
    pairs = sexes[sexes["is_suppressed"]].groupby(["question_id", "answer"])
    both = pairs.filter(lambda pair: set(pair["suppression_reason"]) == {"primary", "complementary"})
    beside, few = both[:2].sort_values("suppression_reason").to_dict("records")
    released.execute("delete from marts.survey_estimates where wave <> ?", [wave])
    with duckdb.connect(str(protected.line.settings.build_db), read_only=True) as build:
        n, truth = (build.execute(TRUE, [row[name] for name in KEY]).df().iloc[0] for row in (few, beside))
    names = [name for name in VALUES if name in truth]
    shown = ", ".join(f"{name} = ?" for name in names)
    (n_shown,) = released.execute(
        f"update marts.survey_estimates set {shown}, is_suppressed = false, suppression_reason = null where {ROW}",
        [*truth[names].tolist(), *(beside[name] for name in KEY)],
    ).fetchall()[0]
    assert n_shown == 1
    findings = attack(released, RULES)
    found = findings[where(findings, quantity="n_selected", **{name: few[name] for name in KEY})]
    assert found[["lower", "upper", "is_exact"]].to_numpy().tolist() == [[n["n_selected"], n["n_selected"], True]]


def test_nothing_outside_landing_and_the_build_database_tells_of_a_respondent(protected: Ended) -> None:
    line = protected.line
    people = told(line)
    earlier = line.settings.published / protected.before["current"]
    assert len(people.pseudonyms) > sum(SMALL_WAVES.values())
    assert places(line.data_dir, people.sought, line.settings.build_db, earlier) == {"work/pseudonym.key": 1}
    assert people.sought.count(io.BytesIO((protected.run.out + protected.run.err).encode())) == 0
