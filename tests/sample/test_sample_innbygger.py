"""The sample of the citizens' survey, read back from its .sav files and recounted in plain numpy, says what DFØ says.

Not here: the generator's own way of counting, which these tests must not lean on, and reconciliation.
"""

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from pipelines.common.seeds import SEEDS_DIR
from pipelines.ingest.codebook import wave_rows
from pipelines.landing.sample import copy_sample
from pipelines.reconciliation.statements import load_statements
from tests.sample.dfo_innbygger.nearest import Form, Limit, nearest
from tests.sample.dfo_innbygger.people import Wave, deal
from tests.sample.dfo_innbygger.plan import innbygger_waves
from tests.sample.dfo_innbygger.quotas import pinned, quota
from tests.sample.dfo_innbygger.rows import targets
from tests.sample.dfo_innbygger.said import check
from tests.sample.units import inhabitants, kommuner

WAVES = (2010, 2013, 2015, 2017, 2019, 2021, 2023)
SEVEN_POINTS = {2010, 2013, 2015, 2017, 2019}
DESIGNS = {  # wave -> columns of the design that its file has
    2010: [], 2013: ["stratum"], 2015: [], 2017: ["stratum", "stratum_n"],
    2019: ["stratum"], 2021: ["stratum", "stratum_n"], 2023: ["stratum", "stratum_n"],
}  # fmt: skip
TRUST = ("q_tillit_forhaandsutfylling", "q_tillit_helautomatisering", "q_tillit_sikker_lagring")
KOMMUNE = ("q_kommune_finne_info", "q_kommune_bruke_nettjenester", "q_kommune_forstaa_skjema")
BACKGROUND = {"kjonn": {1, 2}, "utdanning": {1, 2, 3, 4, 5, 9}, "husstandsinntekt": {1, 2, 3, 4, 5, 6, 9},
              "yrkesstatus": {1, 2, 3, 4, 5, 6, 9}}  # fmt: skip


@dataclass(frozen=True)
class File:
    rows: pd.DataFrame
    meta: pyreadstat.metadata_container


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("innbygger") / "landing"
    copy_sample(folder)
    return folder


@pytest.fixture(scope="module")
def files(landing: Path) -> dict[int, File]:
    """Every wave with its user-missing codes as they stand."""
    paths = {wave: landing / f"dfo_innbygger/{wave}/dfo_innbygger_{wave}_syntetisk.sav" for wave in WAVES}
    return {wave: File(*pyreadstat.read_sav(path, user_missing=True)) for wave, path in paths.items()}


def seed(path: str) -> list[dict[str, str]]:
    with (SEEDS_DIR / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- a second reading of the definitions, written out --------------------------------------------------------


def valid_kommuner(wave: int) -> set[str]:
    day = f"{wave}-01-01"
    rows = seed("regions/kommune.csv")
    return {r["kommunenr"] for r in rows if r["valid_from"] <= day and (not r["valid_to"] or r["valid_to"] > day)}


def number_text(values: pd.Series) -> list[str]:
    """Kommune numbers as four digits, also where they came as numbers."""
    return [v if isinstance(v, str) else f"{int(v):04}" for v in values]


CENTRALITY = {
    r["kommunenr"]: int(r["sentralitet"])
    for r in seed("regions/kommune_sentralitet.csv")
    if r["division_year"] == "2020"
}
GROUPS: dict[str, dict[str, Callable[[pd.DataFrame], np.ndarray]]] = {
    "sex": {"men": lambda d: d.kjonn == 1, "women": lambda d: d.kjonn == 2},
    "age": {
        "16": lambda d: d.alder <= 24,
        "25": lambda d: (d.alder >= 25) & (d.alder <= 34),
        "35": lambda d: (d.alder >= 35) & (d.alder <= 49),
        "50": lambda d: (d.alder >= 50) & (d.alder <= 66),
        "67": lambda d: d.alder >= 67,
    },
    "education": {
        "primary": lambda d: d.utdanning == 1,
        "secondary": lambda d: d.utdanning == 2,
        "vocational": lambda d: d.utdanning == 3,
        "university": lambda d: d.utdanning.isin([4, 5]),
    },
    "income": {
        "low": lambda d: d.husstandsinntekt == 1,
        "middle": lambda d: d.husstandsinntekt.isin([2, 3]),
        "high": lambda d: d.husstandsinntekt.isin([4, 5, 6]),
    },
    "status": {
        "employee": lambda d: d.yrkesstatus == 1,
        "self-employed": lambda d: d.yrkesstatus == 2,
        "unemployed": lambda d: d.yrkesstatus == 3,
        "student": lambda d: d.yrkesstatus == 4,
        "pensioner": lambda d: d.yrkesstatus == 5,
        "other": lambda d: d.yrkesstatus == 6,
    },
    "place": {
        name: lambda d, span=span: np.isin([CENTRALITY[k] for k in d.kommunenr], span)
        for name, span in {"central": (1, 2), "between": (3, 4), "remote": (5, 6)}.items()
    },
}


def scores(rows: pd.DataFrame, question: str, wave: int) -> np.ndarray:
    """Answers on the scale 0-10, NaN for everything else."""
    codes = rows[question].to_numpy()
    if wave in SEVEN_POINTS:
        return np.where((codes >= 1) & (codes <= 7), (codes - 4 + 3) * 10 / 6, np.nan)
    return np.where((codes >= 0) & (codes <= 10), codes, np.nan)


def estimate(file: File, question: str, wave: int, group: Callable | None = None) -> tuple[float, float]:
    """Weighted mean of a group and half its 95 % interval, by the design that the file tells."""
    rows = file.rows[file.rows.vekt > 0].reset_index(drop=True)
    y = scores(rows, question, wave)
    inside = ~np.isnan(y) & (np.ones(len(rows), bool) if group is None else np.asarray(group(rows)))
    w = np.where(inside, rows.vekt, 0.0)
    mean = float((w[inside] * y[inside]).sum() / w.sum())
    z = np.where(inside, w * (np.nan_to_num(y) - mean) / w.sum(), 0.0)
    strata = rows.stratum if "stratum" in rows else pd.Series("all", index=rows.index)
    variance = 0.0
    for _, members in rows.groupby(strata).groups.items():
        n = len(members)
        left = 1 - n / rows.stratum_n[members].iloc[0] if "stratum_n" in rows else 1.0
        variance += left * n / (n - 1) * ((z[members] ** 2).sum() - z[members].sum() ** 2 / n)
    return mean, 1.959964 * variance**0.5


def mean(files: dict[int, File], question: str, wave: int = 2023, group: Callable | None = None) -> float:
    return estimate(files[wave], question, wave, group)[0]


def percent(file: File, question: str, counted: set[int], base: set[int]) -> float:
    rows = file.rows[file.rows.vekt > 0]
    answered = rows[rows[question].isin(base)]
    return 100 * answered.vekt[answered[question].isin(counted)].sum() / answered.vekt.sum()


# --- what DFØ prints -----------------------------------------------------------------------------------------

PRINTED_MEANS = [
    ("q_personvern", 2023, 5.9), ("q_personvern", 2010, 6.7), ("q_utfore_oppgaver_nett", 2023, 6.3),
    ("q_lett_bruke_tjenester_nett", 2023, 6.0), ("q_fylle_ut_skjema", 2023, 5.4),
    ("q_informasjon_tilgjengelig", 2023, 5.5), ("q_kommune_finne_info", 2023, 6.0),
    ("q_kommune_finne_info", 2010, 6.4), ("q_regulere_teknologi", 2023, 5.1), ("q_innovativ_ide", 2023, 4.3),
]  # fmt: skip


@pytest.mark.parametrize(("question", "wave", "printed"), PRINTED_MEANS)
def test_mean_is_as_printed(files: dict[int, File], question: str, wave: int, printed: float) -> None:
    assert mean(files, question, wave) == pytest.approx(printed, abs=0.02)


def test_internet_security_lost_1_1_and_rose_in_the_end(files: dict[int, File]) -> None:
    first, before, last = (estimate(files[wave], "q_internettsikkerhet", wave) for wave in (2010, 2021, 2023))
    assert last[0] - first[0] == pytest.approx(-1.1, abs=0.02)
    assert first[0] < 7.0 and last[0] < 5.9
    assert 0 < last[0] - before[0] < 0.2


def test_use_of_digital_services_is_as_printed(files: dict[int, File]) -> None:
    often, monthly = (percent(files[2023], "q_bruk_frekvens", codes, {1, 2, 3, 4, 5}) for codes in ({1, 2}, {3}))
    assert often == pytest.approx(25, abs=0.1)
    assert monthly == pytest.approx(40, abs=0.1)


def test_dissatisfied_are_as_digdir_prints(files: dict[int, File]) -> None:
    before = percent(files[2019], "q_utfore_oppgaver_nett", {1, 2, 3}, set(range(1, 8)))
    after = percent(files[2021], "q_utfore_oppgaver_nett", set(range(5)), set(range(11)))
    assert before == pytest.approx(11, abs=0.1)
    assert after == pytest.approx(15, abs=0.1)


# (breakdown, higher, lower): the groups whose trust the text compares.
COMPARED = [
    ("sex", "women", "men"), ("age", "67", "25"), ("education", "university", "primary"),
    ("education", "university", "secondary"), ("education", "university", "vocational"),
    ("place", "central", "remote"), ("income", "high", "middle"), ("income", "low", "middle"),
    ("status", "employee", "unemployed"), ("status", "student", "unemployed"), ("status", "pensioner", "unemployed"),
    ("status", "student", "self-employed"), ("status", "pensioner", "self-employed"),
    ("status", "student", "other"), ("status", "pensioner", "other"),
]  # fmt: skip


def test_differences_that_the_text_compares_lie_between_0_1_and_1_5(files: dict[int, File]) -> None:
    found = {
        (question, by, high, low): mean(files, question, 2023, GROUPS[by][high])
        - mean(files, question, 2023, GROUPS[by][low])
        for question in TRUST
        for by, high, low in COMPARED
    }
    assert min(found.values()) == pytest.approx(0.1, abs=0.03)
    assert max(found.values()) == pytest.approx(1.5, abs=0.03)
    assert min(found, key=found.__getitem__) == (TRUST[0], "place", "central", "remote")
    assert max(found, key=found.__getitem__) == (TRUST[2], "status", "pensioner", "unemployed")


# --- what is said, of what the sample is made to agree with --------------------------------------------------


def test_internet_security_was_lowest_in_2021(files: dict[int, File]) -> None:
    lowest = mean(files, "q_internettsikkerhet", 2021)
    assert all(mean(files, "q_internettsikkerhet", wave) > lowest for wave in WAVES if wave < 2021)


def test_kommune_services_are_partly_good_and_fall_a_little_with_every_wave(files: dict[int, File]) -> None:
    means = [[mean(files, question, wave) for question in KOMMUNE] for wave in WAVES]
    assert all(5.1 <= round(value, 1) <= 7.0 for wave in means for value in wave)
    assert all(np.mean(before) > np.mean(after) for before, after in pairwise(means))
    assert all(abs(first - last) < 1 for first, last in zip(means[0], means[-1], strict=True))


def test_prefilling_is_trusted_most_and_storing_partly(files: dict[int, File]) -> None:
    means = [mean(files, question) for question in TRUST]
    assert means[0] > max(means[1:])
    assert 5.1 <= round(means[2], 1) <= 7.0


def test_new_technology_is_what_people_have_least_faith_in(files: dict[int, File]) -> None:
    new = ("q_innovativ_ide", "q_regulere_teknologi")
    asked = [c for c in files[2023].rows if c.startswith("q_") and c not in ("q_bruk_frekvens", *new)]
    least, more = (mean(files, question) for question in new)
    assert round(least, 1) <= 5.0 < 5.1 <= round(more, 1)
    assert all(mean(files, question) > more for question in asked)


@pytest.mark.parametrize("question", TRUST)
def test_groups_trust_in_the_order_that_the_text_gives(files: dict[int, File], question: str) -> None:
    trust = {
        by: {name: mean(files, question, 2023, group) for name, group in groups.items()}
        for by, groups in GROUPS.items()
    }
    assert [(by, high, low) for by, high, low in COMPARED if trust[by][high] <= trust[by][low]] == []
    assert max(trust["age"], key=trust["age"].__getitem__) == "67"
    assert min(trust["age"], key=trust["age"].__getitem__) == "25"
    assert min(trust["education"], key=trust["education"].__getitem__) == "vocational"


@pytest.mark.parametrize("question", TRUST)
def test_the_interval_of_the_unemployed_is_wide(files: dict[int, File], question: str) -> None:
    assert estimate(files[2023], question, 2023, GROUPS["status"]["unemployed"])[1] > 0.5


def test_the_oldest_are_the_most_often_dissatisfied(files: dict[int, File]) -> None:
    rows = files[2021].rows
    shares = {
        name: percent(
            File(rows[group(rows)], files[2021].meta), "q_utfore_oppgaver_nett", set(range(5)), set(range(11))
        )
        for name, group in GROUPS["age"].items()
    }
    assert max(shares, key=shares.__getitem__) == "67"


# --- the people ----------------------------------------------------------------------------------------------


def test_kommuner_are_those_of_the_wave_in_proportion_to_inhabitants(files: dict[int, File]) -> None:
    for wave, file in files.items():
        homes = Counter(number_text(file.rows.kommunenr))
        assert set(homes) <= valid_kommuner(wave)
        assert len(homes) > 340
        assert homes["0301"] / len(file.rows) == pytest.approx(0.127, abs=0.005)  # Oslo


def test_ids_are_unique_in_a_wave_and_tell_nothing(files: dict[int, File]) -> None:
    for file in files.values():
        ids = file.rows.respondent_id
        assert ids.is_unique
        assert ids.str.fullmatch(r"\d{8}").all()
        assert not ids.is_monotonic_increasing


def test_waves_have_about_7000_respondents_and_2021_about_10000(files: dict[int, File]) -> None:
    for wave, file in files.items():
        assert len(file.rows) == pytest.approx(10_000 if wave == 2021 else 7_000, rel=0.03)


def test_people_are_plausible(files: dict[int, File]) -> None:
    for file in files.values():
        rows = file.rows
        assert rows.alder.between(16, 95).all()
        pensioners, pupils = rows[rows.yrkesstatus == 5], rows[rows.yrkesstatus == 4]
        assert pensioners.alder.min() >= 62
        assert pupils.alder.max() < 50
        assert not rows.utdanning[rows.alder < 19].isin([4, 5]).any()
        assert not ((rows.yrkesstatus == 3) & (rows.alder >= 67)).any()
        unemployed = rows.vekt[rows.yrkesstatus == 3].sum() / rows.vekt.sum()
        assert 0.02 <= unemployed <= 0.03
        for column, codes in BACKGROUND.items():
            assert set(rows[column]) == codes
        for column in ("utdanning", "husstandsinntekt", "yrkesstatus"):
            assert 0.005 < (rows[column] == 9).mean() < 0.08


def test_weights_are_about_1_and_a_few_have_none(files: dict[int, File]) -> None:
    for file in files.values():
        weights = file.rows.vekt
        used = weights[weights > 0]
        assert used.mean() == pytest.approx(1, abs=0.01)
        assert used.between(0.3, 4).all()
        assert used.nunique() > 50
        assert (used == used.round(6)).all()
        assert 5 <= weights.isna().sum() <= 20
        assert 5 <= (weights == 0).sum() <= 20


def test_every_design_is_in_the_sample(files: dict[int, File]) -> None:
    for wave, file in files.items():
        assert [c for c in ("stratum", "stratum_n") if c in file.rows] == DESIGNS[wave]
        if "stratum" in file.rows:
            assert file.rows.stratum.nunique() == 6
            assert (file.rows.stratum != "").all()
            homes = pd.Series(number_text(file.rows.kommunenr))
            places = set(zip(homes, file.rows.stratum, strict=True))
            assert len(places) == homes.nunique(), "a kommune lies in one stratum"
        if "stratum_n" in file.rows:
            sizes = file.rows.groupby("stratum").stratum_n.agg(["nunique", "first", "size"])
            assert (sizes["nunique"] == 1).all()
            assert (sizes["first"] > 100 * sizes["size"]).all()
            assert sizes["first"].sum() == pytest.approx(4_350_000, rel=0.03)  # 16 years and over


# --- the files -----------------------------------------------------------------------------------------------


def frame_of(column: dict[str, str]) -> dict[int, dict[str, str]]:
    rows = seed("scales/code_frame.csv")
    return {int(r["code"]): r for r in rows if r["code_frame"] == column["code_frame"]}


def codebook(wave: int) -> list[dict[str, str]]:
    return wave_rows("dfo_innbygger", wave)


def test_columns_are_the_codebooks_in_its_order(files: dict[int, File]) -> None:
    for wave, file in files.items():
        left_out = {"stratum", "stratum_n"} - set(DESIGNS[wave])
        assert list(file.rows) == [r["column_name"] for r in codebook(wave) if r["column_name"] not in left_out]


def test_answers_hold_every_code_of_their_frame_and_no_other(files: dict[int, File]) -> None:
    for wave, file in files.items():
        for column in codebook(wave):
            if column["role"] == "answer":
                answers = file.rows[column["column_name"]]
                frame = frame_of(column)
                assert set(answers.dropna()) == set(frame), (wave, column["column_name"])
                missing = {code for code, row in frame.items() if row["answer_kind"] != "answer"}
                for code in missing:
                    assert 0.005 < (answers == code).mean() < 0.08
                assert 0.002 < answers.isna().mean() < 0.01


def test_frames_are_those_of_the_form(files: dict[int, File]) -> None:
    for wave, file in files.items():
        expected = {*range(1, 9), 9999} if wave in SEVEN_POINTS else {*range(11), 97, 98, 99}
        assert set(file.rows.q_personvern.dropna()) == expected


def test_labels_and_user_missing_values_are_the_codebooks(files: dict[int, File]) -> None:
    asked = {r["question_id"]: r["question_nb"] for r in seed("codebook/question.csv")}
    for wave, file in files.items():
        labels = file.meta.column_names_to_labels
        assert all(labels.values())
        for column in codebook(wave):
            name = column["column_name"]
            if column["question_id"]:
                assert labels[name] == asked[column["question_id"]]
            if not column["code_frame"]:
                assert name not in file.meta.variable_value_labels
                continue
            frame = frame_of(column)
            assert file.meta.variable_value_labels[name] == {c: r["answer_nb"] for c, r in frame.items()}
            missing = [{"lo": c, "hi": c} for c, r in frame.items() if r["answer_kind"] != "answer"]
            assert file.meta.missing_ranges.get(name, []) == missing


def test_readers_that_heed_user_missing_values_see_answers_only(landing: Path) -> None:
    rows, _ = pyreadstat.read_sav(landing / "dfo_innbygger/2010/dfo_innbygger_2010_syntetisk.sav")
    assert set(rows.q_personvern.dropna()) == set(range(1, 8))


def test_one_wave_has_kommune_numbers_as_numbers(files: dict[int, File]) -> None:
    as_numbers = [wave for wave, file in files.items() if file.rows.kommunenr.dtype == float]
    assert as_numbers == [2015]
    assert files[2015].rows.kommunenr.min() == 101


def test_files_say_that_they_are_synthetic(files: dict[int, File]) -> None:
    assert all("syntetisk" in file.meta.file_label for file in files.values())


def test_files_tell_no_hour(landing: Path) -> None:
    for wave in WAVES:
        content = (landing / f"dfo_innbygger/{wave}/dfo_innbygger_{wave}_syntetisk.sav").read_bytes()
        assert content[84:92] == np.float64(100).tobytes(), "the header's fixed part is where it is looked for"
        assert content[92:109] == b"01 Jan 2400:00:00"
        assert len(content) < 1_000_000


# --- the generator's parts -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made() -> dict[int, Wave]:
    return innbygger_waves()


@pytest.fixture
def answered(made: dict[int, Wave]) -> dict[int, Wave]:
    """The waves with columns of the test's own."""
    return {year: Wave(year, dict(wave.columns)) for year, wave in made.items()}


@pytest.mark.slow
def test_a_recount_that_disagrees_names_figures(answered: dict[int, Wave]) -> None:
    answers = answered[2010].columns["dfo_personvern"]
    answered[2010].columns["dfo_personvern"] = np.where(answers == 7, 1, answers)
    with pytest.raises(ValueError, match=r"dfo_personvern_mean_2010: .*not 6\.65 to 6\.75") as error:
        check(answered)
    assert "dfo_personvern_mean_2023" not in str(error.value)


@pytest.mark.slow
def test_a_recount_names_the_statements_that_the_answers_contradict(answered: dict[int, Wave]) -> None:
    answers = answered[2021].columns["dfo_internettsikkerhet"]
    answered[2021].columns["dfo_internettsikkerhet"] = np.where(answers < 5, 9, answers)
    with pytest.raises(ValueError, match="dfo_internettsikkerhet_opp_fra_2021; digdir_internettsikkerhet_faller"):
        check(answered)


def test_statements_that_are_no_targets_or_contradict_themselves_are_not_aimed_at() -> None:
    aimed = {statement.statement_id for statement in targets()}
    assert "dfo_kommune_jevn_nedgang" in aimed
    assert not any(s.statement_id in aimed for s in load_statements() if not s.is_sample_target or s.known)


A, B = ("question", "by", "a"), ("question", "by", "b")


def test_means_stay_as_drawn_where_nothing_is_asked_of_them() -> None:
    assert nearest({A: 0.2, B: -0.2}, [Limit(Form({A: 1.0, B: -1.0}, 0.0), 0.1, inf)]) == {A: 0.2, B: -0.2}


def test_means_are_moved_until_a_limit_is_kept_and_clear_of_noise() -> None:
    apart = Form({A: 1.0, B: -1.0}, variance=0.01)
    kept, clear = (nearest({A: 0.0, B: 0.0}, [Limit(apart, 0.05, inf, is_clear)]) for is_clear in (False, True))
    assert kept[A] - kept[B] == pytest.approx(0.05)
    assert clear[A] - clear[B] == pytest.approx(0.24)


def test_a_limit_that_cannot_be_clear_of_noise_is_kept_all_the_same() -> None:
    apart = Form({A: 1.0, B: -1.0}, variance=0.01)
    found = nearest({A: 0.0, B: 0.0}, [Limit(apart, 0.05, inf, is_clear=True), Limit(apart, -inf, 0.1)])
    assert found[A] - found[B] == pytest.approx(0.1)


def test_means_that_cannot_be_as_asked_are_refused() -> None:
    with pytest.raises(ValueError, match="no means satisfy"):
        nearest({A: 0.0}, [Limit(Form({A: 1.0}, 0.0), 1, inf), Limit(Form({A: 1.0}, 0.0), -inf, 0)])


def test_a_quota_has_the_printed_mean_and_the_printed_share() -> None:
    found = quota("dfo_kommune_finne_info", 2010, 6.4)
    assert sum(found.shares.values()) == pytest.approx(1)
    assert sum(share * (code - 1) * 10 / 6 for code, share in found.shares.items()) == pytest.approx(6.4)
    dissatisfied = quota("dfo_utfore_oppgaver_nett", 2019, 6.7).shares
    assert sum(dissatisfied[code] for code in (1, 2, 3)) == pytest.approx(0.11)


def test_pinned_codes_share_what_their_pin_says_and_the_others_the_rest() -> None:
    shares = pinned({1: 1.0, 2: 3.0, 3: 2.0, 4: 2.0}, [(1, 2, 0.2)])
    assert shares == pytest.approx({1: 0.05, 2: 0.15, 3: 0.4, 4: 0.4})


def test_dealing_gives_every_group_what_its_shares_say() -> None:
    groups = ["a", "b"] * 40
    dealt = deal(groups, {"a": {1: 1, 2: 3}, "b": {2: 1, 3: 0}}, "toy")
    assert Counter(zip(groups, dealt, strict=True)) == {("a", 1): 10, ("a", 2): 30, ("b", 2): 40}
    assert dealt == deal(groups, {"a": {1: 1, 2: 3}, "b": {2: 1, 3: 0}}, "toy")


def test_a_kommune_that_was_gone_when_counted_has_part_of_its_heir() -> None:
    counted = {
        r["kommunenr"]: int(r["population"]) for r in seed("regions/kommune_population.csv") if r["year"] == "2017"
    }
    before = inhabitants(2015)
    assert before["0301"] == counted["0301"]
    for heir, origins in {"1903": ("1901", "1915"), "1756": ("1723", "1729")}.items():
        assert [inhabitants(2010)[code] for code in origins] == [counted[heir] // 2] * 2
    for wave in WAVES:
        assert {unit.attributes["kommunenr"] for unit in kommuner(wave)} == valid_kommuner(wave)
    assert 5_200_000 < sum(int(u.attributes["folkemengde"]) for u in kommuner(2010)) < 5_300_000
