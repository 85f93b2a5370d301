"""The indicator rules of seeds/indicators say what the report says, for every answer there can be.

Not here: rules read from the seeds to judge the seeds; the text's rules are written out once more.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import chain, product
from operator import itemgetter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.common.contracts import Contract, conform
from pipelines.common.seeds import SeedError, read_seed
from pipelines.indicators import rules
from pipelines.indicators.checks import reference_medians
from pipelines.indicators.peers import indicator_groups, kommune_profile, with_places
from pipelines.indicators.rules import Indicator, Input, by_survey, load_indicators
from pipelines.indicators.scoring import Score, score_kommune
from pipelines.indicators.tables import IN_MEDIAN, fylke_indicators, indicator_distributions, kommune_indicators

INDICATORS = load_indicators()
BY_NAME = {indicator.name: indicator for indicator in INDICATORS}
# SSB Rapporter 2023/27: the highest count, and the first count of the scores 1, 2, 3 and 4.
SIMPLE = {
    "strategi": (15, (0, 6, 10, 12)),
    "prosjekter": (10, (0, 5, 7, 9)),
    "interne_funksjoner": (12, (1, 5, 8, 11)),
    "skytjenester": (15, (1, 4, 7, 10)),
    "digitale_innkjop": (8, (1, 4, 6, 8)),
    "tilbud": (14, (1, 2, 4, 7)),
}
FILTERED = ("strategi", "prosjekter", "skytjenester")
SCORES = range(5)
YES, NO = 1, 2


def score_one(indicator: Indicator, answers: dict[str, int | None]) -> Score:
    return score_kommune([indicator], answers)[indicator.name]


def open_answers(indicator: Indicator, value: int | None) -> dict[str, int | None]:
    answers = {indicator.value_question: value}
    return answers | ({indicator.filter_question: YES} if indicator.filter_question else {})


def grade(name: str, *inputs: int | None) -> int | None:
    """The grade of a composite whose inputs are these, as if they were questions."""
    indicator = BY_NAME[name]
    asked = tuple(rules.Input("question", f"q{i}") for i in range(len(inputs)))
    return score_one(replace(indicator, inputs=asked), {f"q{i}": v for i, v in enumerate(inputs)}).score


def test_there_are_six_simple_indicators_and_four_made_of_them() -> None:
    assert {i.name for i in INDICATORS if i.thresholds} == set(SIMPLE)
    assert {i.name for i in INDICATORS if i.grades} == {
        "digital_prioritering",
        "digital_kompetanse",
        "bruk_digitale_tjenester",
        "digital_aktivitet",
    }


# Thresholds


@pytest.mark.parametrize("name", SIMPLE)
def test_every_count_has_exactly_one_score_and_it_is_the_report_s(name: str) -> None:
    highest, starts = SIMPLE[name]
    indicator = BY_NAME[name]
    for value in range(highest + 1):
        assert sum(start <= value <= end for _, start, end in indicator.thresholds) == 1, value
        assert score_one(indicator, open_answers(indicator, value)) == (value, sum(value >= s for s in starts), True)


@pytest.mark.parametrize("name", SIMPLE)
@given(data=st.data())
def test_more_is_never_scored_lower(name: str, data: st.DataObject) -> None:
    indicator, values = BY_NAME[name], st.integers(0, SIMPLE[name][0])
    less, more = sorted([data.draw(values), data.draw(values)])
    scores = [score_one(indicator, open_answers(indicator, value)).score for value in (less, more)]
    assert scores[0] <= scores[1]


@pytest.mark.parametrize("name", SIMPLE)
def test_count_that_cannot_be_is_an_error_and_no_score(name: str) -> None:
    indicator = BY_NAME[name]
    for value in (-1, SIMPLE[name][0] + 1):
        with pytest.raises(ValueError, match=rf"{name}: value {value} lies outside"):
            score_one(indicator, open_answers(indicator, value))


def change_seed(monkeypatch: pytest.MonkeyPatch, seed: str, rows: list[dict[str, str]]) -> None:
    monkeypatch.setattr(rules, "read_seed", lambda name: rows if name == seed else read_seed(name))


@given(data=st.data())
def test_gap_or_overlap_in_any_threshold_is_refused(data: st.DataObject) -> None:
    rows = [dict(row) for row in read_seed("threshold")]
    row = rows[data.draw(st.integers(0, len(rows) - 1))]
    last_of_indicator = [r for r in rows if r["indicator"] == row["indicator"]][-1] is row
    end = data.draw(st.sampled_from(["value_from"] if last_of_indicator else ["value_from", "value_to"]))
    step = data.draw(st.integers(-3, 3).filter(bool))
    row[end] = str(int(row[end]) + step)
    with pytest.MonkeyPatch.context() as monkeypatch:
        change_seed(monkeypatch, "threshold", rows)
        with pytest.raises(ValueError, match=rf"threshold\.csv, {row['indicator']}"):
            load_indicators()


def test_input_that_is_defined_later_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = read_seed("indicator")
    change_seed(monkeypatch, "indicator", [*rows[1:], rows[0]])
    with pytest.raises(ValueError, match=r"digital_prioritering: input 'strategi' is not an indicator"):
        load_indicators()


def test_indicator_without_rules_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    change_seed(monkeypatch, "threshold", [r for r in read_seed("threshold") if r["indicator"] != "tilbud"])
    with pytest.raises(ValueError, match=r"tilbud has neither thresholds nor a grade matrix"):
        load_indicators()


def test_every_score_has_its_words() -> None:
    for indicator in INDICATORS:
        assert set(indicator.score_labels) == set(SCORES)
        assert all(indicator.score_labels.values())


# Grades: each rule in the report's own words, chapters 3.2, 4.3 and 5.1


def much(score: int) -> bool:
    """«høy» or «veldig høy»."""
    return score >= 3


def prioritering(strategi: int, prosjekter: int) -> int:
    if strategi == 0 and prosjekter == 0:
        return 0  # neither a strategy nor projects
    if much(strategi) and much(prosjekter):
        return 4  # both extensive
    if much(prosjekter):
        return 3  # extensive projects, limited strategy
    if much(strategi):
        return 2  # extensive strategy, few areas with projects
    return 1  # one or the other, few areas


def of_two(first: int, second: int) -> int:
    """Tables 5.1 and 5.2: 0 is nothing, or «veldig lav» on one of the two only."""
    if (first, second) in {(0, 0), (0, 1), (1, 0)}:
        return 0
    return {(True, True): 4, (False, True): 3, (True, False): 2, (False, False): 1}[much(first), much(second)]


@pytest.mark.parametrize(
    ("name", "rule"),
    [("digital_prioritering", prioritering), ("bruk_digitale_tjenester", of_two), ("digital_aktivitet", of_two)],
)
def test_grade_of_every_pair_is_the_report_s(name: str, rule: Callable[[int, int], int]) -> None:
    found = {pair: grade(name, *pair) for pair in product(SCORES, SCORES)}
    assert found == {pair: rule(*pair) for pair in product(SCORES, SCORES)}
    assert set(BY_NAME[name].grades) == set(product(SCORES, SCORES))


RECRUITED = {"not tried": (NO, None), "with trouble": (YES, YES), "without trouble": (YES, NO)}


@pytest.mark.parametrize("internal", SCORES)
def test_competence_of_every_kind_of_kommune_is_the_report_s(internal: int) -> None:
    found = {how: grade("digital_kompetanse", internal, *answers) for how, answers in RECRUITED.items()}
    if much(internal):
        assert found == {"not tried": 4, "with trouble": 2, "without trouble": 3}
    else:
        assert found == {"not tried": 0, "with trouble": 2, "without trouble": 1}


@pytest.mark.parametrize("name", ["digital_prioritering", "bruk_digitale_tjenester", "digital_aktivitet"])
@pytest.mark.parametrize("score", SCORES)
def test_grade_is_missing_when_one_of_two_is(name: str, score: int) -> None:
    assert grade(name, score, None) is None
    assert grade(name, None, score) is None
    assert grade(name, None, None) is None


@pytest.mark.parametrize("inputs", [(None, NO, None), (None, YES, NO), (3, None, None), (3, None, YES), (3, YES, None)])
def test_competence_is_missing_when_an_answer_it_needs_is(inputs: tuple[int | None, ...]) -> None:
    assert grade("digital_kompetanse", *inputs) is None


def test_cell_that_the_matrix_lacks_is_an_error_and_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        r
        for r in read_seed("grade_matrix")
        if (r["indicator"], r["input_1"], r["input_2"]) != ("digital_aktivitet", "2", "3")
    ]
    change_seed(monkeypatch, "grade_matrix", rows)
    (activity,) = [i for i in load_indicators() if i.name == "digital_aktivitet"]
    asked = (rules.Input("question", "q0"), rules.Input("question", "q1"))
    with pytest.raises(ValueError, match=r"digital_aktivitet: no cell \(2, 3\)"):
        score_one(replace(activity, inputs=asked), {"q0": 2, "q1": 3})


@given(
    values=st.fixed_dictionaries({name: st.none() | st.integers(0, highest) for name, (highest, _) in SIMPLE.items()}),
    filters=st.fixed_dictionaries({name: st.sampled_from([YES, NO, None]) for name in FILTERED}),
    recruited=st.sampled_from([*RECRUITED.values(), (None, None), (YES, None)]),
)
def test_composites_follow_from_the_simple_scores_of_any_kommune(
    values: dict[str, int | None], filters: dict[str, int | None], recruited: tuple[int | None, int | None]
) -> None:
    answers = {BY_NAME[name].value_question: value for name, value in values.items()}
    answers |= {BY_NAME[name].filter_question: answer for name, answer in filters.items()}
    asked = [i.name for i in BY_NAME["digital_kompetanse"].inputs if i.kind == "question"]
    answers |= dict(zip(asked, recruited, strict=True))
    found = {name: score.score for name, score in score_kommune(INDICATORS, answers).items()}

    def of(rule: Callable[[int, int], int], first: str, second: str) -> int | None:
        pair = (found[first], found[second])
        return None if None in pair else rule(*pair)

    assert found["digital_prioritering"] == of(prioritering, "strategi", "prosjekter")
    assert found["bruk_digitale_tjenester"] == of(of_two, "skytjenester", "digitale_innkjop")
    assert found["digital_aktivitet"] == of(of_two, "bruk_digitale_tjenester", "tilbud")
    for name, filter_answer in filters.items():
        missing = filter_answer is None or (filter_answer == YES and values[name] is None)
        assert (found[name] is None) == missing
        assert filter_answer != NO or found[name] == 0


# Filters and what is missing


@pytest.mark.parametrize("name", FILTERED)
def test_closed_filter_scores_zero_and_does_not_count_in_the_median(name: str) -> None:
    indicator = BY_NAME[name]
    for value in (0, None):
        answers = {indicator.filter_question: NO, indicator.value_question: value}
        assert score_one(indicator, answers) == (0, 0, False)


@pytest.mark.parametrize("name", FILTERED)
def test_missing_filter_is_missing_whatever_the_items_say(name: str) -> None:
    indicator = BY_NAME[name]
    for answers in ({indicator.value_question: 9}, {indicator.filter_question: None, indicator.value_question: 9}):
        assert score_one(indicator, answers) == (None, None, False)


@pytest.mark.parametrize("name", SIMPLE)
def test_all_items_missing_is_missing_and_not_zero(name: str) -> None:
    indicator = BY_NAME[name]
    assert score_one(indicator, open_answers(indicator, None)) == (None, None, False)


@pytest.mark.parametrize(("name", "score"), [("strategi", 1), ("prosjekter", 1), ("skytjenester", 0)])
def test_yes_without_a_named_area(name: str, score: int) -> None:
    """A strategy or a project is there though no area is named; cloud services in no area are none."""
    assert score_one(BY_NAME[name], open_answers(BY_NAME[name], 0)) == (0, score, True)


# Tables


Codes = dict[str, int | None]  # {question: code} of a kommune


def delivered(kommuner: dict[str, Codes]) -> tuple[list[dict], list[dict], list[dict]]:
    """Answers, kommuner and waves of the wave 2018 in its own division."""
    unit = {"wave": 2018, "division_year": 2018, "method": "native", "n_sources": 1, "answered_share": 1.0}
    return (
        [
            unit | {"kommunenr": number, "question_id": question, "code": code}
            for number, codes in kommuner.items()
            for question, code in codes.items()
        ],
        [
            {"year": 2018, "kommunenr": number, "kommunenavn": f"Kommune {number}", "fylkesnr": number[:2]}
            for number in kommuner
        ],
        [{"wave": 2018, "is_synthetic": True}],
    )


def distributions_of(kommuner: dict[str, Codes]) -> pd.DataFrame:
    scored = kommune_indicators(*delivered(kommuner), INDICATORS)
    return pd.DataFrame(indicator_distributions(scored, INDICATORS))


def projects(*counts: int | None, closed: int = 0) -> dict[str, Codes]:
    """Kommuner with these numbers of project areas, and `closed` more without projects."""
    indicator = BY_NAME["prosjekter"]
    answers = [open_answers(indicator, n) for n in counts]
    return numbered(answers + [{indicator.filter_question: NO, indicator.value_question: 0}] * closed)


def numbered(answers: list[dict[str, int | None]]) -> dict[str, Codes]:
    return {f"{i:04}": answer for i, answer in enumerate(answers, start=1)}


@given(
    counts=st.lists(st.none() | st.integers(0, 10), min_size=1, max_size=30).filter(
        lambda c: any(v is not None for v in c)
    ),
    closed=st.integers(0, 5),
)
def test_distribution_counts_every_kommune_with_a_score_once(counts: list[int | None], closed: int) -> None:
    rows = distributions_of(projects(*counts, closed=closed))
    rows = rows[rows["indicator"] == "prosjekter"].set_index("score")
    known = [value for value in counts if value is not None]
    expected = [closed, *(sum(low <= v <= high for v in known) for low, high in ((0, 4), (5, 6), (7, 8), (9, 10)))]
    assert rows["n_kommuner"].to_dict() == dict(enumerate(expected))
    assert set(rows["n_total"]) == {len(known) + closed}
    assert rows["share"].sum() == pytest.approx(1)
    assert set(rows["median_value"]) == {pd.Series(known).median()}


def test_median_leaves_out_who_is_not_asked() -> None:
    rows = distributions_of(projects(2, 4, 9, closed=6))
    assert set(rows[rows["indicator"] == "prosjekter"]["median_value"]) == {4}


def test_labels_names_and_missing_scores_are_written_out() -> None:
    scored = kommune_indicators(*delivered(projects(7, None)), INDICATORS)
    rows = pd.DataFrame(scored).set_index(["kommunenr", "indicator"])
    asked = rows.loc[("0001", "prosjekter")]
    assert (asked["value"], asked["score"], asked["score_nb"], asked["kind"]) == (7, 3, "høy", "simple")
    assert (asked["kommunenavn"], asked["fylkesnr"], asked["is_synthetic"]) == ("Kommune 0001", "00", True)
    assert rows.loc[("0002", "prosjekter"), ["value", "score", "score_nb"]].isna().all()
    assert rows.loc[("0001", "tilbud"), ["value", "score", "score_nb"]].isna().all()
    assert len(rows) == 2 * len(INDICATORS)


def test_predecessors_answered_share_is_that_of_the_least_answered_question_behind_an_indicator() -> None:
    """Of a composite too, whose questions are those of its inputs; a question that nobody was asked is not among them.

    Where an answer begins to stand, at one half, is for dbt: kommune_items_need_answers_for_half_of_the_inhabitants.
    """
    strategi, prosjekter = BY_NAME["strategi"], BY_NAME["prosjekter"]
    shares = {
        strategi.filter_question: 1.0,
        strategi.value_question: 0.5,
        prosjekter.filter_question: 0.75,
        prosjekter.value_question: 0.875,
        BY_NAME["tilbud"].value_question: 0.25,
    }
    answers, kommuner, waves = delivered({"0001": dict.fromkeys(shares, YES)})
    answers = [row | {"answered_share": shares[row["question_id"]]} for row in answers]
    rows = kommune_indicators(answers, kommuner, waves, INDICATORS)
    found = {row["indicator"]: row["predecessors_answered_share"] for row in rows}
    asked = {
        "strategi": 0.5,
        "prosjekter": 0.75,
        "digital_prioritering": 0.5,
        "tilbud": 0.25,
        "digital_aktivitet": 0.25,
    }
    assert {name: found[name] for name in asked} == asked
    assert {share for name, share in found.items() if name not in asked} == {0.0}


def scored(*units: tuple[int, int, str, tuple[int | None, ...]]) -> list[dict]:
    """The rows of kommune_indicators: (wave, division, indicator, the value of each kommune)."""
    found = []
    for wave, division, name, values in units:
        kommuner = numbered([open_answers(BY_NAME[name], value) for value in values])
        of_unit = kommune_indicators(*delivered(kommuner), [BY_NAME[name]])
        found += [row | {"wave": wave, "division_year": division} for row in of_unit]
    return found


def test_share_is_of_the_kommuner_of_its_own_wave_division_and_indicator() -> None:
    found = indicator_distributions(
        scored(
            (2018, 2018, "prosjekter", (0, 4, 5, None)),  # two of three with a score have score 1
            (2018, 2020, "prosjekter", (0, 9)),
            (2022, 2020, "prosjekter", (0, 5, 7, 9, 9)),
            (2018, 2018, "tilbud", (0, 0, 0, 1, 7, 7, 7, 7)),
        ),
        INDICATORS,
    )
    rows = pd.DataFrame(found).set_index(["wave", "division_year", "indicator", "score"])
    expected = {
        (2018, 2018, "prosjekter"): (3, (0, 2 / 3, 1 / 3, 0, 0)),
        (2018, 2020, "prosjekter"): (2, (0, 1 / 2, 0, 0, 1 / 2)),
        (2022, 2020, "prosjekter"): (5, (0, 1 / 5, 1 / 5, 1 / 5, 2 / 5)),
        (2018, 2018, "tilbud"): (8, (3 / 8, 1 / 8, 0, 0, 4 / 8)),
    }
    assert len(rows) == len(expected) * len(SCORES)
    for group, (n_total, shares) in expected.items():
        of_group = rows.loc[group]
        assert set(of_group["n_total"]) == {n_total}
        assert of_group["share"].to_dict() == pytest.approx(dict(zip(SCORES, shares, strict=True)))


def test_scores_of_a_fylke_are_those_of_its_kommuner_in_that_division() -> None:
    found = scored((2018, 2018, "prosjekter", (0, 4, 5, 9, None)))
    for row, fylkesnr in zip(found, ("01", "01", "02", "02", "02"), strict=True):
        row["fylkesnr"] = fylkesnr
    moved = [row | {"division_year": 2020, "fylkesnr": "30"} for row in found[:1]]
    lost = [row | {"fylkesnr": None} for row in found[:1]]
    kommuner = [{"year": 2018, "fylkesnr": nr, "fylkesnavn": name} for nr, name in (("01", "En"), ("02", "To"))]
    rows = pd.DataFrame(fylke_indicators([*found, *moved, *lost], kommuner, INDICATORS))
    by_fylke = rows.groupby(["division_year", "fylkesnr"])
    shares = {group: own.sort_values("score")["share"].tolist() for group, own in by_fylke}
    assert shares == {(2018, "01"): [0, 1, 0, 0, 0], (2018, "02"): [0, 0, 0.5, 0, 0.5], (2020, "30"): [0, 1, 0, 0, 0]}
    said = by_fylke[["fylkesnavn", "mean_score", "n_total"]].first()
    assert said.loc[(2018, "02")].tolist() == ["To", 3.0, 2]
    assert pd.isna(said.loc[(2020, "30"), "fylkesnavn"])


@pytest.mark.parametrize("kommuner", [projects(7, None), {}], ids=["some", "none"])
def test_tables_are_those_of_the_contracts(kommuner: dict[str, Codes], contracts: dict[str, Contract]) -> None:
    found = kommune_indicators(*delivered(kommuner), INDICATORS)
    placed = with_places(found)
    groupings = [("peer_group", "peer_group_no", "peer_group_nb")]
    tables = {
        "kommune_indicators": [{column: row[column] for column in row if column != IN_MEDIAN} for row in placed],
        "indicator_groups": indicator_groups(found, groupings, INDICATORS),
        "kommune_profile": kommune_profile(placed, 2018),
        "indicator_distributions": indicator_distributions(found, INDICATORS),
        "fylke_indicators": fylke_indicators(found, [], INDICATORS),
    }
    for name, rows in tables.items():
        table = conform(rows, contracts[name])
        assert table.to_pylist() == sorted(rows, key=itemgetter(*contracts[name].key))
        assert table.schema.equals(contracts[name].arrow_schema, check_metadata=True)


OF_ANOTHER = next(row["question_id"] for row in read_seed("question") if row["survey"] == "itip")


def test_indicators_are_of_the_survey_that_asks_what_they_are_made_of() -> None:
    assert by_survey(INDICATORS) == {"ssb_kommune": INDICATORS}
    simple = replace(BY_NAME["tilbud"], name="of_another", value_question=OF_ANOTHER)
    made_of_it = replace(BY_NAME["digital_aktivitet"], name="composed", inputs=(Input("indicator", "of_another"),))
    assert by_survey([*INDICATORS, simple, made_of_it]) == {"ssb_kommune": INDICATORS, "itip": [simple, made_of_it]}


def test_indicator_of_two_surveys_is_an_error() -> None:
    mixed = replace(BY_NAME["prosjekter"], value_question=OF_ANOTHER)
    with pytest.raises(SeedError, match="prosjekter is made of questions of itip, ssb_kommune, they must be of one"):
        by_survey([mixed])


# The reference medians


def test_reference_median_that_holds_says_nothing() -> None:
    assert reference_medians(distributions_of(projects(6, 7, 8)).to_dict("records"), INDICATORS) == []


@pytest.mark.parametrize(("counts", "median"), [((6, 6, 8), "6.0"), ((7, 8), "7.5"), ((8, 9, 10), "9.0")])
def test_reference_median_that_moved_is_named(counts: tuple[int, ...], median: str) -> None:
    (said,) = reference_medians(distributions_of(projects(*counts)).to_dict("records"), INDICATORS)
    assert said == f"prosjekter: the median of 2018 is {median}, seeds/indicators/indicator.csv has 7"


def test_reference_median_of_a_wave_that_is_not_there_says_nothing() -> None:
    rows = distributions_of(projects(1, 2, 3)).to_dict("records")
    assert reference_medians([row | {"wave": 2022, "division_year": 2022} for row in rows], INDICATORS) == []
    assert len(reference_medians(rows, INDICATORS)) == 1


@pytest.mark.parametrize("elsewhere", [(2018, 2020, "prosjekter"), (2022, 2018, "prosjekter"), (2018, 2018, "tilbud")])
@pytest.mark.parametrize("before", [True, False])
def test_reference_median_is_that_of_its_own_wave_division_and_indicator(
    elsewhere: tuple[int, int, str], before: bool
) -> None:
    """What else is there, before or behind it, neither moves a median that holds nor hides one that moved."""
    prosjekter = BY_NAME["prosjekter"]

    def said(here: tuple[int, ...], other: tuple[int, ...]) -> list[str]:
        units = [(*elsewhere, other), (2018, 2018, "prosjekter", here)]
        rows = [indicator_distributions(scored(unit), INDICATORS) for unit in (units if before else units[::-1])]
        return reference_medians(chain(*rows), [prosjekter])

    assert said(here=(6, 7, 8), other=(1, 2, 3)) == []
    assert said(here=(1, 2, 3), other=(6, 7, 8)) == [
        "prosjekter: the median of 2018 is 2.0, seeds/indicators/indicator.csv has 7"
    ]
