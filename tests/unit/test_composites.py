"""A composite is a mean of question means, with the standard error that R's survey package gives, and a change.

dbt builds the project's own models on respondents that stand here and in r_survey/composites.json, whose answers R made
(r_survey/composites.R): each case asks questions of its own, in waves of its own, of one survey.
Not here: what the published composites are made of (seeds/indicators), and what a report prints of them.
"""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from statistics import NormalDist, stdev

import duckdb
import pandas as pd
import pytest

from pipelines.common.seeds import read_seed
from tests.own_project import OwnProject, Rows, note_load

pytestmark = pytest.mark.slow  # dbt builds a project

R_CASES = json.loads((Path(__file__).parent / "r_survey/composites.json").read_text(encoding="utf-8"))["cases"]
TOLERANCE = 1e-9
QUANTILE = NormalDist().inv_cdf(0.975)
SURVEY = "dfo_innbygger"  # its delivery has weights, strata and their sizes; sektor and size stand in coded columns
SECTORS = ["stat", "kommune", "a", "b", "c", "alone", "others"]
SIZES = ["liten", "mellomstor", "stor"]
DONT_KNOW = 9
PREVIOUS = [
    "previous_wave", "previous_value", "change", "change_std_error", "change_ci_lower", "change_ci_upper",
    "comparable_with_previous",
]  # fmt: skip

Flags = Mapping[str, bool]  # question: is it reversed?


@dataclass(frozen=True)
class Respondent:
    """One answer sheet; a question that it leaves out is blank."""

    stratum: str
    sektor: str | None
    size: str | None
    answers: Mapping[str, float]
    weight: float = 1
    stratum_population: float | None = None


@dataclass(frozen=True)
class Case:
    """Respondents by wave, and the composites that are made of their answers; a break is {question: first waves}."""

    waves: Mapping[int, Sequence[Respondent]]
    composites: Mapping[str, Flags]
    breaks: Mapping[str, Sequence[int]] = field(default_factory=dict)
    synthetic: Sequence[int] = ()
    frames: Mapping[str, str] = field(default_factory=dict)  # of questions that are not asked on 1-5

    @property
    def questions(self) -> list[str]:
        answered = {q for respondents in self.waves.values() for one in respondents for q in one.answers}
        return sorted(answered.union(*self.composites.values()))


def agency(sektor: str = "stat", size: str | None = None, **answers: float) -> Respondent:
    return Respondent(sektor, sektor, size, answers)


def citizen(**answers: float) -> Respondent:
    return Respondent("innbygger", None, None, answers)


def one_wave(*respondents: Respondent, **is_reversed: bool) -> Case:
    return Case({2021: respondents}, {"i": is_reversed})


# --- cases by hand --------------------------------------------------------------------------------

MIXED = [
    agency("stat", a=5, b=2),
    agency("stat", a=3),
    agency("kommune", "liten", a=4, b=4),
    agency("kommune", "stor", b=1),
    citizen(c=2),
    citizen(c=5),
]
EARLIER = [agency(a=1), agency(a=2), agency(a=3), agency("kommune", "stor", a=3), agency("kommune", "stor", a=4)]
LATER = [agency(a=4), agency(a=4), agency(a=5), agency("kommune", "stor", a=5), agency("kommune", "stor", a=2)]
BREAKS = {(2019,): True, (2020,): True, (2021,): False, (2022,): False, (2023,): True, (2019, 2022): False}
SYNTHETIC = {(): (False, False), (2020,): (True, True), (2021,): (False, True)}

BY_HAND = {
    "mixed": one_wave(*MIXED, a=False, b=False, c=False),
    "reversed": one_wave(*MIXED, a=False, b=True, c=False),
    "counted": one_wave(*MIXED, agency("stat"), agency("stat", z=5), a=False, b=True, c=False),
    "with_dont_know": one_wave(
        agency(a=4, b=DONT_KNOW), agency(a=2), agency(b=1), agency(b=2), agency(a=DONT_KNOW), a=False, b=False
    ),
    "without_dont_know": one_wave(agency(a=4), agency(a=2), agency(b=1), agency(b=2), agency(), a=False, b=False),
    "citizens": one_wave(*MIXED, c=False),
    "of_one_sector": one_wave(
        agency("stat", a=1, b=5), agency("kommune", a=3), agency("kommune", a=4), a=False, b=False
    ),
    "nobody_answers": Case({2021: MIXED}, {"asked": {"a": False}, "not_asked": {"z": False}}),
    # No is 0 and yes is 1, of which the scale makes 1 and 5.
    "two_scales": Case(
        {2021: [agency(a=2, b=1), agency(a=4, b=0), agency(b=0)]},
        {"i": {"a": False, "b": False}, "turned": {"a": False, "b": True}},
        frames={"b": "yes_no"},
    ),
    "five_answers": one_wave(*(agency(a=a) for a in range(1, 6)), a=False),
    "two_strata": one_wave(
        agency("stat", a=1), agency("stat", a=3), agency("kommune", a=3), agency("kommune", a=5), a=False
    ),
    "not_asked": one_wave(agency(a=2), agency(a=4), agency(), agency(z=1), a=False),
    "one_respondent": one_wave(agency(a=5, b=2), agency(), a=False, b=False),
    "changed": Case({2020: EARLIER, 2021: LATER}, {"i": {"a": False}}),
    "domain_missing": Case(
        {2018: EARLIER, 2019: [agency(z=1)], 2020: [agency(a=3), agency(a=5)], 2021: LATER}, {"i": {"a": False}}
    ),
    "from_one_respondent": Case({2020: [agency(a=3)], 2021: LATER}, {"i": {"a": False}}),
    "other_questions": Case(
        {2020: EARLIER, 2021: [*LATER, agency(b=3)]}, {"same": {"a": False}, "other": {"a": False, "b": False}}
    ),
    "break_of_another": Case({2020: EARLIER, 2021: [*LATER, agency(b=1)]}, {"i": {"a": False}}, {"b": [2021]}),
    **{
        f"break_{number}": Case({2020: EARLIER, 2022: LATER}, {"i": {"a": False}}, {"a": first_waves})
        for number, first_waves in enumerate(BREAKS)
    },
    **{
        f"synthetic_{number}": Case({2020: EARLIER, 2021: LATER}, {"i": {"a": False}}, synthetic=waves)
        for number, waves in enumerate(SYNTHETIC)
    },
}


def drawn(seed: int) -> Case:
    """Respondents of one stratum, all of whom answer every question."""
    draw = random.Random(seed)
    flags = {f"q{number}": draw.random() < 0.5 for number in range(draw.randint(1, 5))}
    respondents = [agency(**{q: draw.randint(1, 5) for q in flags}) for _ in range(draw.randint(2, 20))]
    return one_wave(*respondents, **flags)


COMPLETE = {f"complete_{seed}": drawn(seed) for seed in range(8)}


# --- cases that R has answered --------------------------------------------------------------------


def is_reversed(case: str) -> dict[str, bool]:
    questions = R_CASES[case]["questions"]
    return dict(zip(questions["question"], questions["is_reversed"], strict=True))


def respondents_of(case: str) -> list[Respondent]:
    frame = pd.DataFrame(R_CASES[case]["sample"])
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [
        Respondent(
            row["stratum"],
            row["sektor"],
            row["kommunestorrelse"],
            {q: row[q] for q in is_reversed(case) if row[q] is not None},
            row.get("weight", 1),
            row.get("stratum_population"),
        )
        for row in rows
    ]


def of_r(case: str) -> Case:
    """The composite that R was asked for, the same turned round, and each question by itself."""
    flags = is_reversed(case)
    turned = {q: not flag for q, flag in flags.items()}
    alone = {f"only_{q}": {q: False} for q in flags} if case == "with_citizens" else {}
    return Case({2021: respondents_of(case)}, {"i": flags, "turned": turned, **alone})


ACROSS = "domains_across_strata"
FILTERED = {
    f"sample_of_{sektor}": Case(
        {2021: [one for one in respondents_of(ACROSS) if one.sektor == sektor]}, {"i": is_reversed(ACROSS)}
    )
    for sektor in ("a", "b", "c")
}
CASES = {**BY_HAND, **COMPLETE, **FILTERED, **{case: of_r(case) for case in R_CASES}}


# --- the project on them --------------------------------------------------------------------------


def wave_of(case: str, wave: int) -> int:
    """The wave as the project knows it: no two cases have one together."""
    return 100 * (1 + list(CASES).index(case)) + wave - 2000


def named(case: str, name: str) -> str:
    """A question or composite of a case as the project knows it."""
    return f"{case}__{name}"


def of_seeds() -> dict[str, Rows]:
    """The rows of each seed that are of the survey, for all cases."""
    rows: dict[str, Rows] = {name: [] for name in ("wave", "codebook", "question", "composite", "item", "break")}
    # What the survey delivers of a respondent stays; from the first wave here.
    background = [row for row in read_seed("codebook") if row["survey"] == SURVEY and row["role"] != "answer"]
    rows["codebook"] += [row | {"from_wave": "1", "to_wave": ""} for row in background]
    for name, case in CASES.items():
        waves = [wave_of(name, wave) for wave in case.waves]
        rows["wave"] += [{"survey": SURVEY, "wave": str(wave)} for wave in waves]
        for q in case.questions:
            question = {"survey": SURVEY, "question_id": named(name, q)}
            rows["question"].append(question | {"question_nb": q, "item_group": "anything"})
            rows["codebook"].append(
                question
                | {"from_wave": str(waves[0]), "to_wave": str(waves[-1]), "column_name": named(name, q)}
                | {
                    "role": "answer",
                    "data_type": "code",
                    "code_frame": case.frames.get(q, "one_to_five"),
                    "blank_kind": "ubesvart",
                }
            )
            first_waves = case.breaks.get(q, ())
            rows["break"] += [question | {"wave": str(wave_of(name, wave))} for wave in first_waves]
        for composite, flags in case.composites.items():
            own = {"composite": named(name, composite)}
            rows["composite"].append(own | {"survey": SURVEY, "framework": "own", "composite_nb": composite.upper()})
            rows["item"] += [
                own | {"question_id": named(name, q), "is_reversed": str(flag).lower()} for q, flag in flags.items()
            ]
    return rows


def breakdowns() -> tuple[Rows, Rows]:
    """Rows of breakdown and category: the whole, sektor and kommunestorrelse."""
    sources = {"all": ("", []), "sektor": ("kjonn", SECTORS), "kommunestorrelse": ("utdanning", SIZES)}
    return [{"survey": SURVEY, "breakdown": name, "source_column": column} for name, (column, _) in sources.items()], [
        {"survey": SURVEY, "breakdown": name, "source_from": str(code), "source_to": str(code), "category": category}
        for name, (_, categories) in sources.items()
        for code, category in enumerate(categories, start=1)
    ]


def change_seeds(project: OwnProject) -> None:
    own = of_seeds()
    breakdown, category = breakdowns()
    of_survey = {
        "codebook/wave": own["wave"],
        "codebook/codebook": own["codebook"],
        "codebook/question": own["question"],
        "codebook/series_break": own["break"],
        "codebook/breakdown": breakdown,
        "codebook/category": category,
        "codebook/population": [{"survey": SURVEY, "population": "everyone"}],
        # Few answer, and all of them are looked at.
        "disclosure/disclosure_rule": [{"survey": SURVEY, "threshold": "1", "small_group": "1", "protection": "0"}],
        "codebook/estimate": [{"survey": SURVEY, "item_group": "none", "population": "everyone", "statistic": "mean"}],
    }
    # The estimates of the survey are of one question.
    of_survey["codebook/question"][0]["item_group"] = "none"
    for name, rows in of_survey.items():
        project.change_seed(name, lambda old, rows=rows: [row for row in old if row["survey"] != SURVEY] + rows)
    project.change_seed("indicators/composite", lambda old: own["composite"])
    project.change_seed("indicators/composite_item", lambda old: own["item"])
    project.change_seed("indicators/composite_breakdown", lambda old: [row | {"survey": SURVEY} for row in old])
    project.change_seed("scales/code_frame", lambda old: old + code_frames())
    project.change_seed("scales/scale", lambda old: [*old, scale("one_to_five", 1, 5), scale("yes_no", 0, 1)])


def code_frames() -> Rows:
    answers = [("one_to_five", code) for code in range(1, 6)] + [("yes_no", code) for code in (0, 1)]
    rows = [{"code_frame": frame, "code": str(c), "answer_kind": "answer", "value": str(c)} for frame, c in answers]
    return [*rows, {"code_frame": "one_to_five", "code": str(DONT_KNOW), "answer_kind": "vet_ikke"}]


def scale(frame: str, source_min: int, source_max: int) -> dict[str, str]:
    ends = {"source_min": str(source_min), "source_max": str(source_max), "target_min": "1", "target_max": "5"}
    return {"code_frame": frame, "scale": "1-5"} | ends


def raw_rows(name: str, wave: int, respondents: Iterable[Respondent]) -> list[dict[str, object]]:
    """The delivery of a wave, as text."""
    return [
        {
            "wave": wave_of(name, wave),
            "row_number": number,
            "sha256": "none",
            "vekt": repr(float(one.weight)),
            "stratum": one.stratum,
            "stratum_n": one.stratum_population and repr(float(one.stratum_population)),
            "kjonn": one.sektor and str(SECTORS.index(one.sektor) + 1),
            "utdanning": one.size and str(SIZES.index(one.size) + 1),
            **{named(name, q): f"{value:.0f}" for q, value in one.answers.items()},
        }
        for number, one in enumerate(respondents)
    ]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The published table of all cases, with the case and the waves as the case calls them."""
    project = OwnProject.create(tmp_path_factory.mktemp("composites"))
    change_seeds(project)
    with duckdb.connect(str(project.settings.build_db)) as con:
        for name, case in CASES.items():
            for q in case.questions:
                con.execute(f"alter table raw.{SURVEY} add column {named(name, q)} varchar")
            for wave, respondents in case.waves.items():
                raw = pd.DataFrame(raw_rows(name, wave, respondents), dtype=object)
                con.register("raw_frame", raw)
                con.execute(f"insert into raw.{SURVEY} by name from raw_frame")
                note_load(con, SURVEY, wave_of(name, wave), len(respondents), is_synthetic=wave in case.synthetic)
    project.build("+itip_indicators")
    with duckdb.connect(str(project.settings.build_db), read_only=True) as con:
        found = con.execute("select * from marts.itip_indicators order by wave, indicator, sektor").df()
    found[["case", "indicator"]] = found["indicator"].str.split("__", n=1, expand=True)
    for column in ("wave", "previous_wave"):
        found[column] = found[column] % 100 + 2000
    return found


def of(table: pd.DataFrame, case: str, indicator: str = "i") -> pd.DataFrame:
    rows = table[(table["case"] == case) & (table["indicator"] == indicator)]
    assert len(rows) > 0
    return rows


def by_sector(rows: pd.DataFrame, column: str = "value") -> dict[str, float]:
    assert rows["sektor"].is_unique
    return dict(zip(rows["sektor"], rows[column], strict=True))


def in_wave(rows: pd.DataFrame, wave: int = 2021, sektor: str = "all") -> pd.Series:
    (row,) = [row for _, row in rows[(rows["wave"] == wave) & (rows["sektor"] == sektor)].iterrows()]
    return row


# --- values by hand -------------------------------------------------------------------------------


def test_value_is_the_unweighted_mean_of_question_means_in_every_domain(table: pd.DataFrame) -> None:
    # Means for all: a 4, b 7/3, c 3.5. However many answer a question, it counts as one.
    expected = {
        "all": (4 + 7 / 3 + 3.5) / 3,
        "stat": (4 + 2) / 2,
        "kommune": (4 + 2.5) / 2,
        "kommune_liten": (4 + 4) / 2,
        "kommune_stor": 1,
    }
    assert by_sector(of(table, "mixed")) == pytest.approx(expected)


def test_reversed_question_counts_as_six_minus_its_mean(table: pd.DataFrame) -> None:
    expected = {
        "all": (4 + (6 - 7 / 3) + 3.5) / 3,
        "stat": (4 + 4) / 2,
        "kommune": (4 + 3.5) / 2,
        "kommune_liten": (4 + 2) / 2,
        "kommune_stor": 5,
    }
    assert by_sector(of(table, "reversed")) == pytest.approx(expected)


def test_counts_are_of_questions_and_respondents_that_answer(table: pd.DataFrame) -> None:
    rows = of(table, "counted")
    assert by_sector(rows, "n_questions") == {
        "all": 3,
        "stat": 2,
        "kommune": 2,
        "kommune_liten": 2,
        "kommune_stor": 1,
    }
    assert by_sector(rows, "n_respondents") == {
        "all": 6,
        "stat": 2,
        "kommune": 2,
        "kommune_liten": 1,
        "kommune_stor": 1,
    }


def test_dont_know_is_no_answer(table: pd.DataFrame) -> None:
    said, left_out = of(table, "with_dont_know"), of(table, "without_dont_know")
    assert by_sector(said)["all"] == (3 + 1.5) / 2
    assert by_sector(said, "n_respondents")["all"] == 4
    same = ["sektor", "value", "std_error", "ci_lower", "ci_upper", "n_questions", "n_respondents"]
    pd.testing.assert_frame_equal(said[same].reset_index(drop=True), left_out[same].reset_index(drop=True))


def test_citizens_belong_to_all_only(table: pd.DataFrame) -> None:
    rows = of(table, "citizens")
    assert by_sector(rows) == {"all": 3.5}
    assert by_sector(rows, "n_respondents") == {"all": 2}


def test_question_of_one_sector_is_no_question_of_the_other(table: pd.DataFrame) -> None:
    rows = of(table, "of_one_sector")
    assert by_sector(rows) == pytest.approx({"all": (8 / 3 + 5) / 2, "stat": 3, "kommune": 3.5})
    assert by_sector(rows, "n_questions") == {"all": 2, "stat": 2, "kommune": 1}


def test_composite_that_nobody_answers_has_no_row(table: pd.DataFrame) -> None:
    assert set(table.loc[table["case"] == "nobody_answers", "indicator"]) == {"asked"}


def test_answers_of_another_scale_are_converted_before_they_are_turned(table: pd.DataFrame) -> None:
    # b: 5, 1, 1, mean 7/3.
    assert by_sector(of(table, "two_scales"))["all"] == pytest.approx((3 + 7 / 3) / 2)
    assert by_sector(of(table, "two_scales", "turned"))["all"] == pytest.approx((3 + 6 - 7 / 3) / 2)


def test_rows_name_the_composite_as_the_seed_does(table: pd.DataFrame) -> None:
    rows = of(table, "nobody_answers", "asked")
    assert set(rows[["framework", "indicator_nb"]].itertuples(index=False, name=None)) == {("own", "ASKED")}


# --- uncertainty by hand --------------------------------------------------------------------------


def test_standard_error_of_one_question_is_that_of_a_mean(table: pd.DataFrame) -> None:
    row = in_wave(of(table, "five_answers"))
    error = sqrt(2.5 / 5)
    assert row["std_error"] == pytest.approx(error)
    assert (row["ci_lower"], row["ci_upper"]) == pytest.approx((3 - QUANTILE * error, 3 + QUANTILE * error))


def test_strata_take_out_what_lies_between_them(table: pd.DataFrame) -> None:
    # Each stratum: +-1 around its own mean, u = +-1/4, so 2 * 2/16 from each.
    assert in_wave(of(table, "two_strata"))["std_error"] == pytest.approx(sqrt(0.5))


def test_who_is_not_asked_counts_in_the_stratum(table: pd.DataFrame) -> None:
    # Two of a stratum of four: u = +-1/2, (4/3) * (1/4 + 1/4).
    assert in_wave(of(table, "not_asked"))["std_error"] == pytest.approx(sqrt(4 / 3 * 0.5))


def test_one_respondent_has_a_value_and_no_standard_error(table: pd.DataFrame) -> None:
    # 0 would promise certainty.
    row = in_wave(of(table, "one_respondent"))
    assert row["value"] == 3.5
    assert row[["std_error", "ci_lower", "ci_upper"]].isna().all()


@pytest.mark.parametrize("case", COMPLETE)
def test_where_everyone_answers_it_is_the_mean_of_the_respondents_own_means(table: pd.DataFrame, case: str) -> None:
    flags = COMPLETE[case].composites["i"]
    own = [
        sum(6 - y if flags[q] else y for q, y in one.answers.items()) / len(flags) for one in COMPLETE[case].waves[2021]
    ]
    row = in_wave(of(table, case))
    assert row["value"] == pytest.approx(sum(own) / len(own))
    assert row["std_error"] == pytest.approx(stdev(own) / sqrt(len(own)), abs=1e-9)


@pytest.mark.parametrize("case", R_CASES)
def test_turning_every_question_turns_the_value_and_leaves_its_error(table: pd.DataFrame, case: str) -> None:
    rows, turned = of(table, case).set_index("sektor"), of(table, case, "turned").set_index("sektor")
    assert rows["value"].between(1, 5).all()
    assert turned["value"].to_dict() == pytest.approx((6 - rows["value"]).to_dict())
    assert turned["std_error"].to_dict() == pytest.approx(rows["std_error"].to_dict(), nan_ok=True, abs=1e-12)
    counts = ["n_questions", "n_respondents"]
    pd.testing.assert_frame_equal(turned[counts], rows[counts])


# --- R --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """{case: every composite of the project beside R's (columns ending in _r); all rows of both}."""
    return {
        case: of(table, case).merge(
            pd.DataFrame(content["composites"]), on="sektor", how="outer", suffixes=("", "_r"), indicator=True
        )
        for case, content in R_CASES.items()
    }


@pytest.mark.parametrize("case", R_CASES)
def test_domains_and_counts_are_those_of_r(compared: dict[str, pd.DataFrame], case: str) -> None:
    rows = compared[case]
    assert set(rows["_merge"]) == {"both"}
    assert (rows["n_questions"] == rows["n_questions_r"]).all()
    assert (rows["n_respondents"] == rows["n_respondents_r"]).all()


@pytest.mark.parametrize("case", R_CASES)
def test_values_are_those_of_r(compared: dict[str, pd.DataFrame], case: str) -> None:
    rows = compared[case]
    assert rows["value"].to_numpy() == pytest.approx(rows["value_r"].to_numpy(), rel=TOLERANCE)


@pytest.mark.parametrize("case", R_CASES)
def test_standard_errors_are_those_of_r(compared: dict[str, pd.DataFrame], case: str) -> None:
    rows = compared[case]
    rows = rows[rows["n_respondents"] > 1]
    # Where no question has more than one answer it is 0.
    assert (rows["std_error_r"] > 0).sum() >= min(len(rows), 5)
    assert rows["std_error"].to_numpy() == pytest.approx(rows["std_error_r"].to_numpy(), rel=TOLERANCE, abs=1e-12)


def test_one_respondent_is_the_exception(compared: dict[str, pd.DataFrame]) -> None:
    # R gives it 0.
    rows = pd.concat(compared.values())
    alone = rows["n_respondents"] == 1
    assert alone.any()
    assert (rows.loc[alone, "std_error_r"] == 0).all()
    assert (rows["std_error"].isna() == alone).all()


def test_the_cases_tell_a_domain_from_a_filtered_sample(table: pd.DataFrame) -> None:
    errors = by_sector(of(table, ACROSS), "std_error")
    apart = [in_wave(of(table, f"sample_of_{s}"))["std_error"] / errors[s] - 1 for s in ("a", "b", "c")]
    assert max(map(abs, apart)) > 0.001


def test_the_cases_tell_questions_that_go_together_from_independent_ones(table: pd.DataFrame) -> None:
    case = "with_citizens"
    alone = [in_wave(of(table, case, f"only_{q}"))["std_error"] for q in is_reversed(case)]
    independent = sqrt(sum(error**2 for error in alone)) / len(alone)
    assert abs(independent / in_wave(of(table, case))["std_error"] - 1) > 0.05


@pytest.mark.parametrize("column", ["weight", "stratum_population"])
def test_the_cases_have_weights_and_sizes_of_strata(column: str) -> None:
    assert any(len(set(content["sample"].get(column, []))) > 1 for content in R_CASES.values())


# --- change between waves -------------------------------------------------------------------------


def test_change_is_now_minus_before_and_the_variances_add(table: pd.DataFrame) -> None:
    rows = of(table, "changed")
    before, now = in_wave(rows, 2020), in_wave(rows, 2021)
    assert (now["previous_wave"], now["previous_value"]) == (2020, before["value"]) == (2020, pytest.approx(2.6))
    assert now["change"] == pytest.approx(4 - 2.6)
    error = sqrt(before["std_error"] ** 2 + now["std_error"] ** 2)
    assert now["change_std_error"] == pytest.approx(error)
    assert now["change_ci_lower"] == pytest.approx(1.4 - QUANTILE * error)
    assert now["change_ci_upper"] == pytest.approx(1.4 + QUANTILE * error)


def test_each_domain_is_compared_with_itself(table: pd.DataFrame) -> None:
    rows = of(table, "changed")
    changes = by_sector(rows[rows["wave"] == 2021], "change")
    assert changes == pytest.approx({"all": 1.4, "stat": 7 / 3, "kommune": 0, "kommune_stor": 0})


def test_first_wave_has_nothing_before_it(table: pd.DataFrame) -> None:
    rows = of(table, "changed")
    assert rows.loc[rows["wave"] == 2020, PREVIOUS].isna().all(axis=None)
    assert rows.loc[rows["wave"] == 2021, PREVIOUS].notna().all(axis=None)


def test_wave_before_is_the_last_one_that_has_the_domain(table: pd.DataFrame) -> None:
    rows = of(table, "domain_missing")
    assert in_wave(rows, 2021)["previous_wave"] == 2020
    assert in_wave(rows, 2020)["previous_wave"] == 2018
    assert in_wave(rows, 2021, "kommune")["previous_wave"] == 2018


def test_change_from_a_single_respondent_has_no_interval(table: pd.DataFrame) -> None:
    now = in_wave(of(table, "from_one_respondent"))
    assert now["change"] == pytest.approx(1)
    assert now[["change_std_error", "change_ci_lower", "change_ci_upper"]].isna().all()
    assert now["comparable_with_previous"]


def test_waves_that_ask_the_same_are_comparable_and_others_not(table: pd.DataFrame) -> None:
    same = of(table, "other_questions", "same")
    other = of(table, "other_questions", "other")
    assert in_wave(same)["comparable_with_previous"] and in_wave(same, sektor="stat")["comparable_with_previous"]
    assert not in_wave(other)["comparable_with_previous"]
    assert not in_wave(other, sektor="stat")["comparable_with_previous"]
    # No kommune is asked the new question.
    assert in_wave(other, sektor="kommune")["comparable_with_previous"]


@pytest.mark.parametrize("first_waves", BREAKS)
def test_break_between_the_waves_makes_them_not_comparable(table: pd.DataFrame, first_waves: tuple[int, ...]) -> None:
    rows = of(table, f"break_{list(BREAKS).index(first_waves)}")
    assert in_wave(rows, 2022)["comparable_with_previous"] == BREAKS[first_waves]


def test_break_of_another_question_breaks_nothing(table: pd.DataFrame) -> None:
    assert in_wave(of(table, "break_of_another"))["comparable_with_previous"]


@pytest.mark.parametrize("synthetic", SYNTHETIC)
def test_change_from_a_synthetic_wave_is_synthetic(table: pd.DataFrame, synthetic: tuple[int, ...]) -> None:
    rows = of(table, f"synthetic_{list(SYNTHETIC).index(synthetic)}")
    found = in_wave(rows, 2020)["is_synthetic"], in_wave(rows, 2021)["is_synthetic"]
    assert found == SYNTHETIC[synthetic]


def test_no_case_hides_another() -> None:
    assert len(CASES) == len(BY_HAND) + len(COMPLETE) + len(FILTERED) + len(R_CASES)


# --- seeds ----------------------------------------------------------------------------------------


def test_there_are_six_goals_eight_focus_areas_and_trust_of_questions_that_are_asked() -> None:
    composites = read_seed("composite")
    assert [row["framework"] for row in composites] == ["maal_2025"] * 6 + ["innsatsomraade"] * 8 + ["tillit"]
    asked = {(row["survey"], row["question_id"]) for row in read_seed("question")}
    for row in composites:
        items = {item["question_id"] for item in read_seed("composite_item") if item["composite"] == row["composite"]}
        assert items and {(row["survey"], item) for item in items} <= asked, row["composite"]


def test_seeds_say_of_each_question_whether_it_is_turned() -> None:
    assert {row["is_reversed"] for row in read_seed("composite_item")} == {"true", "false"}
