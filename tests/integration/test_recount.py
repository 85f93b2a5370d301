"""Estimates and indicators counted again from the delivered files, in plain Python and by the text's own words.

Not here: dbt, pandas or the project's rules; a recount that used them would prove nothing.
"""

import math
from collections.abc import Callable
from statistics import mean, median

import pytest

from pipelines.ingest.codebook import wave_rows
from tests.integration.intervals import confidence_interval
from tests.integration.scenarios import SURVEY, read
from tests.line import Line

Row = dict[str, str]
ENCODING = {2018: "cp1252", 2022: "utf-8-sig"}
N_POPULATION = {2018: 422, 2022: 356}


@pytest.fixture(scope="module")
def delivered(built: Line) -> dict[int, list[Row]]:
    """{wave: the rows of its file}."""
    return {wave: read(built.extract(SURVEY, wave), encoding)[1] for wave, encoding in ENCODING.items()}


def everyone(row: Row) -> bool:
    return True


def has(column: str) -> Callable[[Row], bool]:
    return lambda row: row[column] == "1"


def buys_digitally(row: Row) -> bool:
    return any(row[f"innkjop_{i:02}"] in "12" for i in range(1, 9))


def in_fylke(number: str) -> Callable[[Row], bool]:
    return lambda row: row["kommunenr"].zfill(4).startswith(number)


def with_inhabitants(at_least: int, below: int) -> Callable[[Row], bool]:
    return lambda row: at_least <= int(row["folkemengde"]) < below


@pytest.fixture(scope="module")
def published(built: Line) -> dict[tuple, dict]:
    rows = built.table("survey_estimates").to_dict("records")
    names = ("wave", "population", "question_id", "statistic", "answer", "breakdown", "category")
    return {tuple(row[n] if isinstance(row[n], int | str) else None for n in names): row for row in rows}


def question(wave: int, column: str) -> str:
    (found,) = [row["question_id"] for row in wave_rows(SURVEY, wave) if row["column_name"] == column]
    return found


def standard_error(values: list[float | None], n_population: float) -> float:
    """Of the mean of the domain's values (None: not in the domain), by the formula of a domain mean in a simple
    random sample without replacement: z = (y - mean) / n of the domain, and 0 outside it."""
    n = len(values)
    inside = [y for y in values if y is not None]
    estimate = mean(inside)
    z = [0.0 if y is None else (y - estimate) / len(inside) for y in values]
    variance = sum((value - mean(z)) ** 2 for value in z) / (n - 1)
    return math.sqrt((1 - n / n_population) * n * variance)


SHARES = [
    (2022, "strategi", "1", {"1"}, everyone, "kommuner", everyone, "all", "all"),
    (2018, "strategi_omr_03", "selected", {"1"}, has("strategi"), "kommuner_med_strategi", everyone, "all", "all"),
    (2022, "sky_09", "selected", {"1"}, has("sky"), "kommuner_med_skytjenester", everyone, "all", "all"),
    (2018, "funksjon_05", "interne", {"1", "2"}, everyone, "kommuner", in_fylke("18"), "fylke", "18"),
    (2022, "funksjon_11", "vet_ikke_ikke_relevant", {"8", "9"}, everyone, "kommuner", everyone, "all", "all"),
    (
        2022,
        "tjeneste_03",
        "1",
        {"1"},
        everyone,
        "kommuner",
        with_inhabitants(2_000, 5_000),
        "innbyggergruppe",
        "2000_4999",
    ),
    (
        2018,
        "innkjop_02",
        "digitalt",
        {"1", "2"},
        buys_digitally,
        "kommuner_med_digitale_innkjop",
        with_inhabitants(50_000, 10**9),
        "innbyggergruppe",
        "50000_og_over",
    ),
]


@pytest.mark.parametrize(
    ("wave", "column", "answer", "codes", "in_base", "population", "in_category", "breakdown", "category"),
    SHARES,
    ids=[f"{case[0]}-{case[1]}-{case[2]}-{case[8]}" for case in SHARES],
)
def test_share_and_its_standard_error(
    delivered: dict[int, list[Row]],
    published: dict[tuple, dict],
    wave: int,
    column: str,
    answer: str,
    codes: set[str],
    in_base: Callable[[Row], bool],
    population: str,
    in_category: Callable[[Row], bool],
    breakdown: str,
    category: str,
) -> None:
    values = [
        float(row[column] in codes) if in_base(row) and in_category(row) and row[column] else None
        for row in delivered[wave]
    ]
    inside = [value for value in values if value is not None]
    row = published[wave, population, question(wave, column), "share", answer, breakdown, category]
    assert 0 < sum(inside) < len(inside), "this case would say nothing about the standard error"
    assert row["n_answers"] == len(inside)
    assert row["n_selected"] == sum(inside)
    assert row["estimate"] == pytest.approx(mean(inside), abs=1e-12)
    error = standard_error(values, N_POPULATION[wave])
    assert row["std_error"] == pytest.approx(error, rel=1e-9)
    limits = confidence_interval("share", mean(inside), error, len(inside), is_census=True)
    assert (row["ci_lower"], row["ci_upper"]) == pytest.approx(limits, rel=1e-9)
    # Without the finite population correction.
    assert row["std_error_superpopulation"] == pytest.approx(standard_error(values, math.inf), rel=1e-9)
    assert row["std_error_kind"] == "non_response"


@pytest.mark.parametrize("wave", [2018, 2022])
def test_mean_of_a_scale(delivered: dict[int, list[Row]], published: dict[tuple, dict], wave: int) -> None:
    values = [float(row["hinder_kompetanse"]) if row["hinder_kompetanse"] else None for row in delivered[wave]]
    inside = [value for value in values if value is not None]
    row = published[wave, "kommuner", question(wave, "hinder_kompetanse"), "mean", None, "all", "all"]
    assert row["scale"] == "1-5"
    assert row["estimate"] == pytest.approx(mean(inside), rel=1e-12)
    assert row["std_error"] == pytest.approx(standard_error(values, N_POPULATION[wave]), rel=1e-9)


@pytest.mark.parametrize(("wave", "printed"), [(2018, 9), (2022, 11)])
def test_median_number_of_areas_of_those_with_a_strategy(
    delivered: dict[int, list[Row]], published: dict[tuple, dict], wave: int, printed: int
) -> None:
    areas = [
        sum(value == "1" for column, value in row.items() if column.startswith("strategi_omr_"))
        for row in delivered[wave]
        if row["strategi"] == "1"
    ]
    key = (wave, "kommuner_med_strategi", "ssb23_strategi_antall_omraader", "median", None, "all", "all")
    assert published[key]["estimate"] == median(areas) == printed
    assert published[key]["n_answers"] == len(areas)


def score(value: int, *ends: int) -> int:
    """0 for none, else 1 plus the number of ends that `value` lies beyond."""
    return 0 if value == 0 else 1 + sum(value > end for end in ends)


def both(first: int, second: int) -> int:
    """Tables 3.1, 5.1 and 5.2: much of both 4, of the second 3, of the first 2, of neither 1; 0 is decided outside."""
    return {(True, True): 4, (False, True): 3, (True, False): 2, (False, False): 1}[first >= 3, second >= 3]


def indicators(row: Row) -> dict[str, int]:
    """The ten scores of a kommune by the words of SSB Rapporter 2023/27, chapters 3.2, 4.3 and 5.1."""

    def count(prefix: str, codes: str = "1") -> int:
        return sum(value != "" and value in codes for column, value in row.items() if column.startswith(prefix))

    strategi = max(1, score(count("strategi_omr_"), 5, 9, 11)) if row["strategi"] == "1" else 0
    prosjekter = max(1, score(count("prosjekt_omr_"), 4, 6, 8)) if row["prosjekt"] == "1" else 0
    interne = score(count("funksjon_", "12"), 4, 7, 10)
    sky = score(count("sky_"), 3, 6, 9) if row["sky"] == "1" else 0
    innkjop = score(count("innkjop_", "12"), 3, 5, 7)
    points = {"01": "01333", "02": "01333", "03": "02444", "04": "02444"}
    offered = {number: row[f"tjeneste_{number}"] for number in points}
    tilbud = score(sum(int(points[n][int(code)]) for n, code in offered.items() if code in "01234"), 1, 3, 6)
    if row["rekruttert"] == "2":
        kompetanse = 4 if interne >= 3 else 0
    elif row["rekruttert_vansker"] == "1":
        kompetanse = 2
    else:
        kompetanse = 3 if interne >= 3 else 1
    prioritering = 0 if strategi == prosjekter == 0 else both(strategi, prosjekter)
    bruk = 0 if sky + innkjop <= 1 else both(sky, innkjop)
    return {
        "strategi": strategi,
        "prosjekter": prosjekter,
        "digital_prioritering": prioritering,
        "interne_funksjoner": interne,
        "digital_kompetanse": kompetanse,
        "skytjenester": sky,
        "digitale_innkjop": innkjop,
        "tilbud": tilbud,
        "bruk_digitale_tjenester": bruk,
        "digital_aktivitet": 0 if bruk + tilbud <= 1 else both(bruk, tilbud),
    }


@pytest.mark.parametrize("wave", [2018, 2022])
def test_every_score_of_every_kommune(built: Line, delivered: dict[int, list[Row]], wave: int) -> None:
    rows = built.table("kommune_indicators")
    native = rows[(rows["wave"] == wave) & (rows["method"] == "native")]
    scored = {(row.kommunenr, row.indicator): row.score for row in native.itertuples()}
    counted = {
        (row["kommunenr"].zfill(4), indicator): value
        for row in delivered[wave]
        for indicator, value in indicators(row).items()
    }
    assert scored == counted
