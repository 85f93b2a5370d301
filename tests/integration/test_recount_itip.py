"""Every number of IT i praksis counted again from the delivered workbooks, respondent by respondent.

Not here: dbt or the project's rules, which a recount must not lean on; which questions an indicator has and what is
printed are no rules, and stand in the seeds.
"""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from tests.integration.intervals import QUANTILE, confidence_interval
from tests.line import Line

SURVEY = "itip"
WAVES = (2020, 2021)
SHEETS = {"virksomhet": "offentlige_virksomheter", "innbygger": "innbyggere"}
BACKGROUND = ("respondent_id", "sektor", "kommunenr", "folkemengde", "kjonn", "alder", "region")
STEPS = ("hoveddel_tjenester_tilbys",)
CHANNELS = ("siste_henvendelse", "foretrekker")
YES_NO = (
    *(f"foretrekker_digital_{what}" for what in ("vanligvis", "faktainformasjon", "soknad")),
    *(f"gronn_{what}" for what in ("vektes", "planlegger", "gjennomfort")),
)
COMPETENCE = "digital_kompetanse_innbygger"
DONT_KNOW = 6
SIZES = {"liten": (0, 19_999), "mellomstor": (20_000, 40_000), "stor": (40_001, 10**9)}
AGES = {"under_25": (15, 24), "25_34": (25, 34), "35_49": (35, 49), "50_66": (50, 66), "67_og_over": (67, 110)}
COMPETENCES = {"lav": (1, 2), "middels": (3, 3), "god": (4, 4), "svaert_god": (5, 5)}
TOGETHER = (
    "tilpasser_brukergrupper", "samarbeider_sammenhengende", "utvikler_sammenhengende", "departement_forventninger",
    "politisk_forventninger",
)  # fmt: skip
DATA = (
    "gjenbruker_data", "gjenbruker_data_tvers", "tjenester_aapne_data",
    *(f"utfordring_{what}" for what in ("kvalitet", "oversikt", "regelverk", "tilgjengelighet")),
    *(f"utfordring_{what}" for what in ("kultur", "sensitive", "teknologi", "prioritering")),
)  # fmt: skip
LEVELS = (
    "innsamling_brukerbehov", "deling_praksis", "god_oversikt_data", "gevinstrealisering_arbeid", "it_funksjon",
    "kompetanseheving",
)  # fmt: skip
RULES = ("regelverk_hinder", "regelverk_maa_endres")
SUSTAINABLE = (
    "baerekraft_etterspore", "digitalisering_fn", "baerekraftstrategi",
    *(f"baerekraft_{what}" for what in ("integrert", "tempo")),
    *(f"baerekraft_mangler_{what}" for what in ("ressurser", "kompetanser", "prosesser", "kultur")),
)  # fmt: skip
GREEN = YES_NO[3:]
# Population: what picks it out, with which codes, and what is counted in it.
PICKED = {
    "virksomheter_med_sammenhengende_tjenester": ("utvikler_sammenhengende", (4, 5), (*TOGETHER, *DATA, *LEVELS)),
    "virksomheter_uten_sammenhengende_tjenester": ("utvikler_sammenhengende", (1, 2, 3), (*TOGETHER, *DATA, *LEVELS)),
    "virksomheter_som_tar_initiativ": ("tar_initiativ", (4, 5), LEVELS),
    "virksomheter_som_ikke_tar_initiativ": ("tar_initiativ", (1, 2, 3), LEVELS),
    "virksomheter_som_gjenbruker_paa_tvers": ("gjenbruker_data_tvers", (4, 5), TOGETHER),
    "virksomheter_som_ikke_gjenbruker_paa_tvers": ("gjenbruker_data_tvers", (1, 2, 3), TOGETHER),
    "virksomheter_med_god_oversikt_over_data": ("god_oversikt_data", (5,), (*DATA, *LEVELS)),
    "virksomheter_uten_god_oversikt_over_data": ("god_oversikt_data", (1, 2, 3, 4), (*DATA, *LEVELS)),
    "virksomheter_med_tydelig_departement": ("departement_forventninger", (4, 5), RULES),
    "virksomheter_uten_tydelig_departement": ("departement_forventninger", (1, 2, 3), RULES),
    "virksomheter_med_baerekraftstrategi": ("baerekraftstrategi", (4, 5), (*SUSTAINABLE, *GREEN)),
    "virksomheter_uten_baerekraftstrategi": ("baerekraftstrategi", (1, 2, 3), (*SUSTAINABLE, *GREEN)),
    "virksomheter_som_planlegger_groent": ("gronn_planlegger", (1,), GREEN),
    "virksomheter_som_ikke_planlegger_groent": ("gronn_planlegger", (2,), GREEN),
    "virksomheter_som_bruker_ki": ("ki_tatt_i_bruk", (3, 4, 5), (*TOGETHER, *DATA, *LEVELS)),
    "virksomheter_som_ikke_bruker_ki": ("ki_tatt_i_bruk", (1, 2), (*TOGETHER, *DATA, *LEVELS)),
}
INVITED = {(2021, "offentlige_virksomheter", "sektor", "kommune"): 356}
# What was asked otherwise in 2021 than in 2020 (IT i praksis 2021, tjenestetrappa and the chapter on data).
REPHRASED = {*STEPS, "gjenbruker_data", "gjenbruker_data_tvers", "tjenester_aapne_data"}
EXACT = {"rtol": 1e-9, "atol": 1e-12, "check_dtype": False}

Row = dict[str, str]
Key = tuple[object, ...]


@dataclass(frozen=True)
class Respondents:
    """One sheet: what everyone answered (NaN for a blank), and who is in which stratum and category."""

    answers: pd.DataFrame
    stratum: pd.Series
    categories: Mapping[tuple[str, str], np.ndarray]


def read(line: Line, wave: int) -> dict[str, Respondents]:
    book = CalamineWorkbook.from_path(str(line.extract(SURVEY, wave)))
    found = {}
    for name in SHEETS:
        header, *rows = book.get_sheet_by_name(name).to_python()
        people = pd.DataFrame(rows, columns=header).replace("", np.nan)
        is_agency = name == "virksomhet"
        answers = people[[column for column in header if column not in BACKGROUND]].astype(float)
        stratum = people["sektor"] if is_agency else pd.Series(name, index=people.index)
        parts = {("all", "all"): answers.index >= 0, **dict(agencies(people) if is_agency else citizens(people))}
        found[name] = Respondents(answers, stratum, {key: np.asarray(members) for key, members in parts.items()})
    return found


def agencies(people: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.Series]]:
    for sektor in ("stat", "kommune"):
        yield ("sektor", sektor), people["sektor"] == sektor
    for size, (low, high) in SIZES.items():
        yield ("kommunestorrelse", size), people["folkemengde"].astype(float).between(low, high)


def citizens(people: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.Series]]:
    for code, sex in ((1, "mann"), (2, "kvinne")):
        yield ("kjonn", sex), people["kjonn"] == code
    for age, (low, high) in AGES.items():
        yield ("aldersgruppe", age), people["alder"].between(low, high)
    for level, (low, high) in COMPETENCES.items():
        yield ("digital_kompetanse", level), people[COMPETENCE].astype(float).between(low, high)


@pytest.fixture(scope="module")
def delivered(built: Line) -> dict[int, dict[str, Respondents]]:
    return {wave: read(built, wave) for wave in WAVES}


def value(column: str, codes: pd.Series) -> pd.Series:
    """On 1-5, NaN where nothing is said: four steps evenly, a digital channel 5 and another 1."""
    if column in CHANNELS:
        return codes.map({1: 5.0, 3: 5.0, 5: 5.0, 7: 5.0, 2: 1.0, 4: 1.0, 6: 1.0})
    said = codes.where(codes != DONT_KNOW)
    return 1 + (said - 1) * 4 / 3 if column in STEPS else said


def shares(column: str) -> dict[str, tuple[int, ...]]:
    """The answers of which there are shares, with their codes."""
    if column in CHANNELS:
        return {**{str(code): (code,) for code in range(1, 8)}, "digital": (1, 3, 5, 7)}
    last = 2 if column in YES_NO else 4 if column in STEPS else 5
    single = {str(code): (code,) for code in (*range(1, last + 1), DONT_KNOW)}
    if column in (*YES_NO, *STEPS, COMPETENCE):
        return single
    return {**single, "top2": (4, 5), "bottom2": (1, 2)}


def standard_error(y: np.ndarray, inside: np.ndarray, strata: list[np.ndarray]) -> float:
    """Of the mean of y inside: the variance of a sum of n independent draws of each stratum, 0 outside."""
    z = np.where(inside, (y - y[inside].mean()) / inside.sum(), 0.0)
    return np.sqrt(sum(len(of_one) * z[of_one].var(ddof=1) for of_one in strata))


def statistics(column: str, codes: pd.Series) -> Iterator[tuple[str, str | None, np.ndarray]]:
    """(statistic, answer, what everyone has in it: NaN where it is no part of it)."""
    for answer, counted in shares(column).items():
        yield "share", answer, codes.isin(counted).to_numpy(float)
    if column not in (*YES_NO, COMPETENCE):
        yield "mean", None, value(column, codes).to_numpy()


def estimates_of(wave: int, people: Respondents, population: str) -> Iterator[tuple[Key, dict]]:
    strata = [np.flatnonzero(people.stratum == name) for name in people.stratum.unique()]
    for column, codes in people.answers.items():
        is_unsure = (codes.isna() if column in CHANNELS else codes == DONT_KNOW).to_numpy()
        is_silent = codes.isna().to_numpy() & ~is_unsure
        for statistic, answer, y in statistics(column, codes):
            for (breakdown, category), members in people.categories.items():
                inside = members & ~is_silent & ~np.isnan(y)
                if not inside.any():
                    continue
                mean, error = y[inside].mean(), standard_error(y, inside, strata)
                ci_lower, ci_upper = confidence_interval(statistic, mean, error, inside.sum())
                yield (
                    (wave, population, f"ramboll_{column}", statistic, answer, breakdown, category),
                    {
                        "estimate": mean,
                        "std_error": error,
                        "ci_lower": ci_lower,
                        "ci_upper": ci_upper,
                        "n_selected": y[inside].sum() if statistic == "share" else np.nan,
                        "n_answers": inside.sum(),
                        "n_respondents": members.sum(),
                        "n_dont_know": (members & is_unsure).sum(),
                        "n_no_answer": (members & is_silent).sum(),
                    },
                )


KEY = ["wave", "population", "question_id", "statistic", "answer", "breakdown", "category"]


@pytest.fixture(scope="module")
def estimates(delivered: dict[int, dict[str, Respondents]]) -> pd.DataFrame:
    return all_estimates(delivered)


def all_estimates(delivered: dict[int, dict[str, Respondents]]) -> pd.DataFrame:
    """Of everyone, and of those whom an answer picks out."""
    rows = [
        row
        for wave, sheets in delivered.items()
        for name, people in sheets.items()
        for row in estimates_of(wave, people, SHEETS[name])
    ]
    for wave, sheets in delivered.items():
        for population in PICKED:
            of_population = estimates_of(wave, picked(sheets["virksomhet"], population), population)
            # Of those whom an answer picks out there are the two highest answers, or yes and no.
            rows += [row for row in of_population if row[0][4] == "top2" or row[0][2].startswith("ramboll_gronn_")]
    return as_table(rows, KEY)


def picked(people: Respondents, population: str) -> Respondents:
    """Those whom their answer picks out, in the sample of all; nobody where it was not asked."""
    question, codes, counted = PICKED[population]
    nobody = pd.Series(np.nan, index=people.answers.index)
    inside = people.answers.get(question, nobody).isin(codes).to_numpy()
    return Respondents(
        people.answers[[column for column in counted if column in people.answers]],
        people.stratum,
        {category: members & inside for category, members in people.categories.items()},
    )


def as_table(rows: list[tuple[Key, dict]], names: list[str]) -> pd.DataFrame:
    keys, columns = zip(*rows, strict=True)
    index = pd.MultiIndex.from_tuples(["-" if part is None else part for part in key] for key in keys)
    return pd.DataFrame(list(columns), index=index.set_names(names)).sort_index()


def published(line: Line, table: str, names: list[str], like: pd.DataFrame) -> pd.DataFrame:
    """The rows of the survey with the columns that were counted again."""
    rows = line.table(table)
    if "survey" in rows:
        rows = rows[rows["survey"] == SURVEY]
    rows = rows.assign(**{name: rows[name].astype(object).where(rows[name].notna(), "-") for name in names})
    return rows.set_index(names)[list(like)].sort_index()


@pytest.mark.parametrize("wave", WAVES)
def test_every_estimate_of_every_breakdown_is_counted_again(built: Line, estimates: pd.DataFrame, wave: int) -> None:
    counted = estimates.loc[[wave]]
    found = published(built, "survey_estimates", KEY, estimates).loc[[wave]]
    in_whole = found.index.get_level_values("population").isin(SHEETS.values())
    assert in_whole.sum() == {2020: 3888, 2021: 5346}[wave]
    assert set(found.index.get_level_values("population")) <= {*SHEETS.values(), *PICKED}
    pd.testing.assert_frame_equal(found, counted, **EXACT, check_index_type=False)


COMPOSITION = ["wave", "population", "breakdown", "category"]


@pytest.fixture(scope="module")
def composition(delivered: dict[int, dict[str, Respondents]]) -> pd.DataFrame:
    rows = []
    for wave, sheets in delivered.items():
        for name, people in sheets.items():
            for (breakdown, category), members in people.categories.items():
                key = (wave, SHEETS[name], breakdown, category)
                with_category = sum(who.sum() for (by, _), who in people.categories.items() if by == breakdown)
                invited = INVITED.get(key, np.nan)
                columns = (members.sum(), members.sum() / with_category, invited, members.sum() / invited)
                names = ("n_respondents", "share", "n_invited", "response_rate")
                rows.append((key, dict(zip(names, columns, strict=True))))
    return as_table(rows, COMPOSITION)


def test_who_answered_is_counted_again(built: Line, composition: pd.DataFrame) -> None:
    found = published(built, "survey_composition", COMPOSITION, composition)
    pd.testing.assert_frame_equal(found, composition, **EXACT, check_index_type=False)
    assert composition["n_respondents"].loc[2021, "offentlige_virksomheter", "all", "all"] == 89 + 193


# --- the indicators ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Value:
    """An indicator of a sector in a wave; `jackknife` is its standard error counted in another way, `pull` what each
    respondent does to it.

    `fewest`: the number of answers to a question, or of respondents in a stratum, whichever is smallest."""

    value: float
    std_error: float
    jackknife: float
    fewest: int
    questions: frozenset[str]
    n_respondents: int
    pull: pd.Series
    stratum: pd.Series

    def error_of_difference(self, other: "Value") -> float:
        """Some strata hold respondents of both."""
        apart = (self.pull - other.pull).groupby(self.stratum)
        return float(np.sqrt(sum(len(of_one) * of_one.var(ddof=1) for _, of_one in apart)))


def seed(line: Line, path: str) -> list[Row]:
    with (line.project / "seeds" / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def everyone(sheets: Mapping[str, Respondents]) -> tuple[pd.DataFrame, pd.Series, dict[str, np.ndarray]]:
    """Agencies, kommuner and citizens under each other: values on 1-5, strata, and who is in which sector."""
    tables = [people.answers.apply(lambda codes: value(codes.name, codes)) for people in sheets.values()]
    table = pd.concat(tables, ignore_index=True)
    stratum = pd.concat([people.stratum for people in sheets.values()], ignore_index=True)
    n_citizens = len(sheets["innbygger"].answers)
    sectors = {"all": np.ones(len(table), bool)}
    for (_, category), members in list(sheets["virksomhet"].categories.items())[1:]:
        name = f"kommune_{category}" if category in SIZES else category
        sectors[name] = np.concatenate([members, np.zeros(n_citizens, bool)])
    return table, stratum, sectors


def indicator(table: pd.DataFrame, stratum: pd.Series, members: np.ndarray, reversed_: Mapping[str, bool]) -> Value:
    """The mean of the questions' means, reversed ones 6 minus."""
    y = table.where(pd.Series(members))[[column for column in reversed_ if column in table]].dropna(axis=1, how="all")
    signs = np.array([-1.0 if reversed_[column] else 1.0 for column in y])
    n, means = y.count().to_numpy(), y.mean().to_numpy()
    estimate = np.where(signs < 0, 6 - means, means).mean()
    # The covariances of the questions' means, stratum by stratum.
    z = ((y - means) / n).fillna(0.0)
    covariance = sum(len(of_one) * np.atleast_2d(np.cov(of_one, rowvar=False)) for _, of_one in z.groupby(stratum))
    variance = signs @ covariance @ signs / len(signs) ** 2
    # What the indicator is without each respondent in turn: n of each question falls where he had answered it.
    left = n - y.notna().to_numpy()
    without = (np.nansum(y.to_numpy(), axis=0) - y.fillna(0.0).to_numpy()) / np.maximum(left, 1)
    without = pd.Series(np.where(signs < 0, 6 - without, without).mean(axis=1))
    jackknife = sum((len(of_one) - 1) * of_one.var(ddof=0) for _, of_one in without.groupby(stratum))
    return Value(
        estimate,
        np.sqrt(variance),
        np.sqrt(jackknife),
        min(n.min(), stratum.value_counts().min()),
        frozenset(y),
        int(y.notna().any(axis=1).sum()),
        z @ signs / len(signs),
        stratum,
    )


@pytest.fixture(scope="module")
def values(built: Line, delivered: dict[int, dict[str, Respondents]]) -> dict[tuple[str, str, int], Value]:
    """{(indicator, sector, wave): what it is}."""
    composed: dict[str, dict[str, bool]] = {}
    for row in seed(built, "indicators/composite_item.csv"):
        survey, _, column = row["question_id"].partition("_")
        if survey == "ramboll":
            composed.setdefault(row["composite"], {})[column] = row["is_reversed"] == "true"
    found = {}
    for wave, sheets in delivered.items():
        table, stratum, sectors = everyone(sheets)
        for name, reversed_ in composed.items():
            for sector, members in sectors.items():
                found[name, sector, wave] = indicator(table, stratum, members, reversed_)
    return found


def indicator_rows(values: Mapping[tuple[str, str, int], Value]) -> Iterator[tuple[Key, dict]]:
    for (name, sector, wave), now in values.items():
        row = {"value": now.value, "std_error": now.std_error}
        earlier = dict(pairwise(reversed(WAVES))).get(wave)
        if earlier:
            before = values[name, sector, earlier]
            change, error = now.value - before.value, np.sqrt(now.std_error**2 + before.std_error**2)
            row |= {
                "previous_wave": earlier,
                "previous_value": before.value,
                "change": change,
                "change_std_error": error,
                "change_ci_lower": change - QUANTILE * error,
                "change_ci_upper": change + QUANTILE * error,
                "comparable_with_previous": now.questions == before.questions and not now.questions & REPHRASED,
            }
        row |= {
            "ci_lower": now.value - QUANTILE * now.std_error,
            "ci_upper": now.value + QUANTILE * now.std_error,
            "n_questions": len(now.questions),
            "n_respondents": now.n_respondents,
        }
        first = values.get((name, FIRST.get(sector, ""), wave))
        if first and first.questions == now.questions:
            difference, error = now.value - first.value, now.error_of_difference(first)
            row |= {
                "difference": difference,
                "difference_std_error": error,
                "difference_ci_lower": difference - QUANTILE * error,
                "difference_ci_upper": difference + QUANTILE * error,
                "difference_p_value": math.erfc(abs(difference) / error / math.sqrt(2)),
            }
        yield (wave, name, sector), row


INDICATOR = ["wave", "indicator", "sektor"]
FIRST = {"kommune": "stat", "kommune_mellomstor": "kommune_liten", "kommune_stor": "kommune_liten"}


@pytest.fixture(scope="module")
def indicators(values: dict[tuple[str, str, int], Value]) -> pd.DataFrame:
    return as_table(list(indicator_rows(values)), INDICATOR)


def test_every_indicator_its_change_and_their_uncertainty_are_counted_again(
    built: Line, indicators: pd.DataFrame
) -> None:
    found = published(built, "itip_indicators", INDICATOR, indicators)
    assert len(found) == 14 * 6 * len(WAVES)
    comparable = indicators.pop("comparable_with_previous")
    assert found.pop("comparable_with_previous").astype(object).where(lambda x: x.notna(), None).tolist() == (
        comparable.astype(object).where(comparable.notna(), None).tolist()
    )
    pd.testing.assert_frame_equal(found.astype(float), indicators.astype(float), **EXACT, check_index_type=False)


def test_an_indicator_says_whom_it_rests_on_and_what_it_is_compared_with(
    built: Line, values: dict[tuple[str, str, int], Value], delivered: dict[int, dict[str, Respondents]]
) -> None:
    rows = built.table("itip_indicators").set_index(["indicator", "sektor", "wave"])
    rows = rows.astype(object).where(rows.notna(), None)
    for (name, sector, wave), found in values.items():
        row = rows.loc[(name, sector, wave)]
        asked = {sheet for sheet, people in delivered[wave].items() if found.questions & {*people.answers}}
        sheets = asked if sector == "all" else {"virksomhet"}
        assert row["populations"] == " ".join(sorted(SHEETS[sheet] for sheet in sheets))
        first = values.get((name, FIRST.get(sector, ""), wave))
        is_compared = first is not None and first.questions == found.questions
        assert row["compared_sektor"] == (FIRST[sector] if is_compared else None)
        assert row["is_small_base"] == (found.n_respondents < 30)
    assert {"innbyggere offentlige_virksomheter", "offentlige_virksomheter"} == set(rows["populations"])


def test_leaving_out_each_respondent_in_turn_gives_the_same_uncertainty(
    built: Line, values: dict[tuple[str, str, int], Value]
) -> None:
    """The jackknife has n - 1 answers of a question where the linearisation has n, and (n - 1) / n of a stratum where
    it has n / (n - 1): a respondent weighs up to 1 / (n - 1) more for the one and up to 1 / n less for the other.
    So they may differ by one part in the smallest of these numbers, less one; a missing term would differ by more."""
    rows = built.table("itip_indicators").set_index(["indicator", "sektor", "wave"])["std_error"]
    assert len(rows) == len(values)
    for key, found in values.items():
        assert rows[key] == pytest.approx(found.jackknife, rel=1 / (found.fewest - 1)), key
        assert found.fewest >= 25, "few enough answers to make the tolerance mean nothing"


# --- what is printed -----------------------------------------------------------------------------------------


def interval(figure: Row) -> tuple[float, float]:
    """What agrees with the printed number, half-way values included."""
    printed, reach = float(figure["published_value"]), float(figure["tolerance"] or 0)
    if figure["bound"] == "under":
        return printed - reach - 1e-9, printed - 1e-9
    if figure["bound"] != "about":
        assert figure["bound"] == ""
        reach = 0.5 * 10.0 ** -int(figure["published_precision"])
    # -0,0 is below 0.
    return printed - reach - 1e-9, -1e-9 if figure["published_value"].startswith("-0.0") else printed + reach + 1e-9


def recounted(line: Line, tables: Mapping[str, tuple[list[str], pd.DataFrame]], survey: str) -> dict[str, float]:
    """{figure: what it is}, of the figures whose terms are all cells of `tables`: (key of its rows, counted again)."""
    parts: dict[str, dict[str, float]] = {}
    left_out = set()
    for term in seed(line, "published/figure_term.csv"):
        name = term["figure_id"]
        key = dict(part.split("=") for part in term["row_key"].split(";"))
        if term["table_name"] not in tables or key.pop("survey", survey) != survey:
            left_out.add(name)
            continue
        assert term["combine"] in ("sum", "ratio")
        names, table = tables[term["table_name"]]
        row = table.loc[tuple(int(key[n]) if n == "wave" else key.get(n, "-") for n in names)]
        part = term["part"] if term["combine"] == "ratio" else ""
        of_figure = parts.setdefault(name, {"": 0.0} if not part else {"1": 0.0, "2": 0.0})
        of_figure[part] += float(term["coefficient"]) * row[term["column_name"]]
    return {name: own[""] if "" in own else own["1"] / own["2"] for name, own in parts.items() if name not in left_out}


def disagreeing(figures: list[Row], found: Mapping[str, float]) -> list[str]:
    """The figures outside their printed interval; of a set whose order is lost, in the order of their size."""
    sets: dict[str, list[Row]] = {}
    for figure in figures:
        if figure["figure_id"] in found:
            sets.setdefault(figure["value_set"] or figure["figure_id"], []).append(figure)
    wrong = []
    for members in sets.values():
        printed = sorted(members, key=lambda figure: float(figure["published_value"]))
        for figure, number in zip(printed, sorted(found[f["figure_id"]] for f in members), strict=True):
            low, high = interval(figure)
            if not low <= number <= high:
                wrong.append(f"{figure['figure_id']}: {number:.6g}, not {low:.6g} to {high:.6g}")
    return wrong


@pytest.fixture(scope="module")
def found(
    built: Line, estimates: pd.DataFrame, composition: pd.DataFrame, indicators: pd.DataFrame
) -> dict[str, float]:
    tables = {
        "survey_estimates": (KEY, estimates),
        "survey_composition": (COMPOSITION, composition),
        "itip_indicators": (INDICATOR, indicators),
    }
    return recounted(built, tables, SURVEY)


@pytest.mark.parametrize(
    ("document", "n_figures", "not_counted"),
    [
        ("ramboll_itip_2021", 196, {"ramboll_svarprosent_stat_2021"}),
        ("digdir_tilstand_2021", 33, set()),
    ],
)
def test_every_printed_figure_comes_out(
    built: Line, found: dict[str, float], document: str, n_figures: int, not_counted: set[str]
) -> None:
    figures = [row for row in seed(built, "published/figures.csv") if row["source_document"] == document]
    if document.startswith("digdir"):  # most of what it prints is from elsewhere
        figures = [row for row in figures if row["figure_id"] in found]
    assert len(figures) == n_figures
    assert {row["figure_id"] for row in figures} - set(found) == not_counted
    assert disagreeing(figures, found) == []


def test_reconciliation_has_the_numbers_that_come_out(built: Line, found: dict[str, float]) -> None:
    rows = built.table("reconciliation").set_index("figure_id")
    of_report = rows[rows["source_document"] == "ramboll_itip_2021"]
    assert set(of_report["status"]) == {"exact", "within_rounding", "carried"}
    for name, number in found.items():
        assert rows.loc[name, "computed_value"] == pytest.approx(number, rel=1e-9, abs=1e-9), name
        assert rows.loc[name, "status"] in ("exact", "within_rounding"), name
