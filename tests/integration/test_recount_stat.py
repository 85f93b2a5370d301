"""Every number of Bruk av IKT i staten counted again from the delivered CSV files, agency by agency.

Not here: dbt or the project's rules, which a recount must not lean on; what is printed is no rule, and stands in the
seeds.
"""

import csv
import io
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest

from tests.integration.intervals import confidence_interval
from tests.integration.test_recount_itip import as_table, disagreeing, recounted, seed
from tests.line import Line

SURVEY = "ssb_stat"
ENCODINGS = {2015: "cp1252", 2016: "utf-8-sig"}
ALL = "statlige_virksomheter"
# The columns of the report's questions, by what can be answered.
STRATEGY, CLOUD = "strategi", "sky"
QUESTIONS = {
    STRATEGY: "strategi_oppdatert",
    "strategi_innbygger": "strategi_innbyggere",
    "strategi_naeringsliv": "strategi_naeringsliv",
    **{
        f"effekt_{number:02}": f"effekt_{effect}"
        for number, effect in enumerate(
            ("kvalitet", "nye_tjenester", "raskere", "selvbetjening", "samhandling", "infrastruktur", "beslutning",
             "kostnader", "omlegging", "bemanning"), start=1)
    },
    "forventet_selvbetjening": "forventer_okning",
    "hinder_ressurser": "hinder_ressurser",
    "hinder_felleslosninger": "hinder_felles",
    CLOUD: "nettsky",
    "sky_lagring": "sky_lagring",
    "sky_kommunikasjon": "sky_kommunikasjon",
    "sky_moterom": "sky_moterom",
}  # fmt: skip
CONTENT = ("strategi_innbygger", "strategi_naeringsliv")
USES = ("sky_lagring", "sky_kommunikasjon", "sky_moterom")
WITH_STRATEGY, WITH_CLOUD = f"{ALL}_med_oppdatert_ikt_strategi", f"{ALL}_med_skytjenester"
NOT_RELEVANT, DONT_KNOW = "3", "9"
KEY = ["wave", "population", "question_id", "statistic", "answer", "breakdown", "category"]
COMPOSITION = ["wave", "population", "breakdown", "category"]
# SN2007: sections of the two digits that the files have, and the three that the report names.
SECTIONS = {"O": (84, 84), "P": (85, 85), "Q": (86, 88), "M": (69, 75), "R": (90, 93), "H": (49, 53), "J": (58, 63)}
NAMED = {"offentlig_administrasjon": 84, "hoyere_utdanning": 85, "sykehustjenester": 86}
EXACT = {"rtol": 1e-9, "atol": 1e-12, "check_dtype": False, "check_index_type": False}

Row = dict[str, str]
Rows = list[Row]


@pytest.fixture(scope="module")
def delivered(built: Line) -> dict[int, Rows]:
    """{wave: the rows of its file}."""
    texts = {wave: built.extract(SURVEY, wave).read_bytes().decode(code) for wave, code in ENCODINGS.items()}
    return {wave: list(csv.DictReader(io.StringIO(text), delimiter=";")) for wave, text in texts.items()}


def between(column: str, low: int, high: int) -> Callable[[Row], bool]:
    return lambda row: low <= int(row[column]) <= high


CATEGORIES: dict[tuple[str, str], Callable[[Row], bool]] = {
    ("all", "all"): lambda row: True,
    ("antall_ansatte", "under_100"): between("ansatte", 0, 99),
    ("antall_ansatte", "100_og_over"): between("ansatte", 100, 10**9),
    **{("naering", section): between("naering", *ends) for section, ends in SECTIONS.items()},
    **{("naeringsgruppe", name): between("naering", code, code) for name, code in NAMED.items()},
}


def populations(column: str) -> dict[str, Callable[[Row], bool]]:
    """Whose answers there are estimates of: what a strategy holds is of those that have one."""
    if column in CONTENT:
        return {WITH_STRATEGY: lambda row: row[STRATEGY] == "1"}
    everyone = {ALL: lambda row: True}
    return {**everyone, WITH_CLOUD: lambda row: row[CLOUD] == "1"} if column in USES else everyone


def shares(column: str) -> dict[str, str]:
    """The answers of which there are shares, with their codes."""
    if column in USES:
        return {"selected": "1"}
    if column in (STRATEGY, CLOUD):
        return {"1": "1", "2": "2"}
    if column in CONTENT:
        return {"1": "1", "2": "2", NOT_RELEVANT: NOT_RELEVANT}
    return {**{code: code for code in ("1", "2", "3", "4", "5", DONT_KNOW)}, "top2": "45"}


def is_unsure(column: str, code: str) -> bool:
    return code == (NOT_RELEVANT if column in CONTENT else DONT_KNOW)


def counted(column: str, codes: list[str]) -> Iterator[tuple[str, str | None, list[float], int | None]]:
    """(statistic, answer, the values in its base, how many gave the answer)."""
    said = [code for code in codes if code]
    for answer, of_answer in shares(column).items():
        values = [float(code in of_answer) for code in said]
        yield "share", answer, values, int(sum(values))
    if column not in (STRATEGY, CLOUD, *CONTENT, *USES):
        yield "mean", None, [float(code) for code in said if code != DONT_KNOW], None


def estimates_of(wave: int, rows: Rows) -> Iterator[tuple[tuple, dict]]:
    for column, question in QUESTIONS.items():
        for population, belongs in populations(column).items():
            for (breakdown, category), is_in in CATEGORIES.items():
                codes = [row[column] for row in rows if belongs(row) and is_in(row)]
                for statistic, answer, values, n_selected in counted(column, codes):
                    if not values:
                        continue
                    mean = sum(values) / len(values)
                    ci_lower, ci_upper = confidence_interval(statistic, mean, 0.0, len(values), is_census=True)
                    yield (
                        (wave, population, f"ssb16_{question}", statistic, answer, breakdown, category),
                        {
                            # Everyone answers, so nothing is left to chance.
                            **{"estimate": mean, "std_error": 0.0, "ci_lower": ci_lower, "ci_upper": ci_upper},
                            "n_selected": np.nan if n_selected is None else n_selected,
                            "n_answers": len(values),
                            "n_respondents": len(codes),
                            "n_dont_know": sum(is_unsure(column, code) for code in codes),
                            "n_no_answer": codes.count(""),
                        },
                    )


@pytest.fixture(scope="module")
def estimates(delivered: dict[int, Rows]) -> pd.DataFrame:
    return as_table([row for wave, rows in delivered.items() for row in estimates_of(wave, rows)], KEY)


def published(line: Line, table: str, names: list[str], like: pd.DataFrame) -> pd.DataFrame:
    rows = line.table(table)
    rows = rows[rows["survey"] == SURVEY]
    rows = rows.assign(**{name: rows[name].astype(object).where(rows[name].notna(), "-") for name in names})
    return rows.set_index(names)[list(like)].sort_index()


@pytest.mark.parametrize("wave", ENCODINGS)
def test_every_estimate_of_every_breakdown_is_counted_again(built: Line, estimates: pd.DataFrame, wave: int) -> None:
    again = estimates.loc[[wave]]
    found = published(built, "survey_estimates", KEY, estimates).loc[[wave]]
    assert len(found) == (111 + 6 + 3) * len(CATEGORIES)
    pd.testing.assert_frame_equal(found, again, **EXACT)


@pytest.fixture(scope="module")
def composition(delivered: dict[int, Rows]) -> pd.DataFrame:
    found = []
    for wave, rows in delivered.items():
        numbers = {key: sum(map(is_in, rows)) for key, is_in in CATEGORIES.items()}
        for (breakdown, category), number in numbers.items():
            with_category = sum(n for (by, _), n in numbers.items() if by == breakdown)
            columns = {"n_respondents": number, "share": number / with_category}
            found.append(((wave, ALL, breakdown, category), columns))
    return as_table(found, COMPOSITION)


def test_who_answered_is_counted_again(built: Line, composition: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(
        published(built, "survey_composition", COMPOSITION, composition), composition, **EXACT
    )


def test_nobody_is_outside_the_design(built: Line, delivered: dict[int, Rows]) -> None:
    waves = built.table("survey_waves").set_index(["survey", "wave"]).loc[SURVEY]
    for wave, rows in delivered.items():
        assert waves.loc[wave, "n_respondents"] == len(rows)
        assert waves.loc[wave, "n_without_weight"] == 0


@pytest.fixture(scope="module")
def found(built: Line, estimates: pd.DataFrame) -> dict[str, float]:
    return recounted(built, {"survey_estimates": (KEY, estimates)}, SURVEY)


def test_every_printed_figure_comes_out(built: Line, found: dict[str, float]) -> None:
    document = "ssb_ikt_staten_2016"
    figures = [row for row in seed(built, "published/figures.csv") if row["source_document"] == document]
    assert len(figures) == 51
    assert {row["figure_id"] for row in figures} - set(found) == {"ssb16_nettsky_naeringsliv_2016"}
    assert disagreeing(figures, found) == []


def test_reconciliation_has_the_numbers_that_come_out(built: Line, found: dict[str, float]) -> None:
    rows = built.table("reconciliation").set_index("figure_id")
    assert len(found) == 50
    for name, number in found.items():
        assert rows.loc[name, "computed_value"] == pytest.approx(number, rel=1e-9, abs=1e-9), name
        assert rows.loc[name, "status"] in ("exact", "within_rounding"), name


def test_what_the_text_says_of_meeting_rooms_and_the_cloud_holds(delivered: dict[int, Rows]) -> None:
    """Their share grows with the size of the agency in 2016, and whoever talks in the cloud uses it."""

    def share(column: str, size: str) -> float:
        members = [row for row in delivered[2016] if CATEGORIES["antall_ansatte", size](row)]
        return sum(row[column] == "1" for row in members) / len(members)

    assert share("sky_moterom", "100_og_over") > share("sky_moterom", "under_100")
    assert share(CLOUD, "under_100") >= share("sky_kommunikasjon", "under_100") >= 0.675
