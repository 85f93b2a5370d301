"""The samples of IT i praksis and Bruk av IKT i staten, read back from their files, and what only holds print.

Not here: every published number counted again (integration/test_recount_itip.py, test_recount_stat.py), and the other
samples (test_sample_kommune.py, test_sample_innbygger.py).
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from statistics import mean

import pytest
import yaml
from python_calamine import CalamineWorkbook

from pipelines.common.seeds import SEEDS_DIR
from pipelines.ingest.codebook import wave_rows
from pipelines.landing.sample import SAMPLE
from pipelines.reconciliation.statements import load_statements
from tests.sample.itip.likely import (
    CHANNEL_BLANK,
    DONT_KNOWS,
    SILENT_NUMBERS,
    STEPS_DONT_KNOW,
    USUAL_DONT_KNOW,
)
from tests.sample.itip.plan import itip_plan
from tests.sample.likely import PrintedShares, bell, pinned
from tests.sample.margins import SILENT, MarginStage, Weights
from tests.sample.pack import unpacked
from tests.sample.programme import InfeasibleError
from tests.sample.solve import Plan, solve
from tests.sample.ssb_stat.plan import stat_plan
from tests.sample.targets import Cell, Target
from tests.sample.units import Unit
from tests.sample.xlsx import xlsx_bytes

Row = dict[str, str]
Files = dict[str, bytes]
ENCODINGS = {2015: "cp1252", 2016: "utf-8-sig"}
SHEETS = ("virksomhet", "innbygger")
SIZES = {"liten": (0, 19_999), "mellomstor": (20_000, 40_000), "stor": (40_001, 10**9)}
RESPONDENTS = {
    2020: {"stat": 91, "liten": 42, "mellomstor": 43, "stor": 33, "": 1000},
    2021: {"stat": 89, "liten": 79, "mellomstor": 73, "stor": 41, "": 1000},
}
CHANNELS = {"siste_henvendelse", "foretrekker"}
STEPS = "hoveddel_tjenester_tilbys"
OF_AGENCIES, OF_KOMMUNER = {"departement_forventninger"}, {"politisk_forventninger", "ks_bidrar"}
DONT_KNOW = {"itip": "6", "ssb_stat": "9"}


@pytest.fixture(scope="module")
def files() -> Files:
    """Path below landing -> content."""
    return unpacked(SAMPLE)


def seed(path: str) -> list[Row]:
    with (SEEDS_DIR / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sheet(files: Files, wave: int, name: str) -> list[Row]:
    """A sheet as text: a number without decimals, '' for no cell."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(files[f"itip/{wave}/itip_{wave}_syntetisk.xlsx"]))
    header, *rows = book.get_sheet_by_name(name).to_python()
    return [
        {name: f"{cell:.0f}" if isinstance(cell, float) else cell for name, cell in zip(header, row, strict=True)}
        for row in rows
    ]


def table(content: bytes, delimiter: str, encoding: str = "utf-8") -> list[Row]:
    return list(csv.DictReader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter))


@pytest.fixture(scope="module")
def itip(files: Files) -> dict[tuple[int, str], list[Row]]:
    return {(wave, name): sheet(files, wave, name) for wave in RESPONDENTS for name in SHEETS}


@pytest.fixture(scope="module")
def stat(files: Files) -> dict[int, list[Row]]:
    return {
        wave: table(files[f"ssb_stat/{wave}/ssb_stat_{wave}_syntetisk.csv"], ";", encoding)
        for wave, encoding in ENCODINGS.items()
    }


def codebook(survey: str, wave: int, part: str = "") -> list[Row]:
    return [r for r in wave_rows(survey, wave) if r["part"] == part]


def asked(survey: str, wave: int, part: str = "") -> dict[str, str]:
    """Answer column -> question."""
    return {r["column_name"]: r["question_id"] for r in codebook(survey, wave, part) if r["role"] == "answer"}


def group(row: Row) -> str:
    """stat, the size of a kommune by the inhabitants in the file, or '' for a citizen."""
    if row.get("sektor") != "kommune":
        return row.get("sektor", "")
    return next(size for size, (low, high) in SIZES.items() if low <= int(row["folkemengde"]) <= high)


# --- the files -----------------------------------------------------------------------------------------------


def test_a_workbook_does_not_tell_when_it_was_made(files: Files) -> None:
    for wave in RESPONDENTS:
        with zipfile.ZipFile(io.BytesIO(files[f"itip/{wave}/itip_{wave}_syntetisk.xlsx"])) as package:
            assert {part.date_time for part in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            properties = package.read("docProps/core.xml").decode()
        assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", properties)) == {"2000-01-01T00:00:00Z"}


def test_a_workbook_has_numbers_and_texts_and_no_cell_where_nothing_is_said() -> None:
    rows = [["a", "0301", ""], ["", "-", "blå"]]
    content = xlsx_bytes({"one": (["id", "number", "text"], rows), "other": (["id"], [])})
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["one", "other"]
    one, other = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    assert one == [["id", "number", "text"], ["a", 301.0, ""], ["", "-", "blå"]]
    assert other == [["id"]]
    assert content == xlsx_bytes({"one": (["id", "number", "text"], iter(rows)), "other": (["id"], [])})


def test_columns_are_the_codebooks_in_its_order(
    itip: Mapping[tuple[int, str], list[Row]], stat: Mapping[int, list[Row]]
) -> None:
    found = {("itip", *key): rows for key, rows in itip.items()} | {("ssb_stat", w, ""): r for w, r in stat.items()}
    for (survey, wave, part), rows in found.items():
        assert list(rows[0]) == [r["column_name"] for r in codebook(survey, wave, part)]


# --- who answers ---------------------------------------------------------------------------------------------


def test_as_many_answer_as_the_report_says(itip: Mapping[tuple[int, str], list[Row]]) -> None:
    for wave, numbers in RESPONDENTS.items():
        found = Counter(group(row) for name in SHEETS for row in itip[wave, name])
        assert found == numbers


def test_kommuner_answer_once_and_are_those_of_the_year(itip: Mapping[tuple[int, str], list[Row]]) -> None:
    for wave in RESPONDENTS:
        day = f"{wave}-01-01"
        valid = {
            r["kommunenr"]
            for r in seed("regions/kommune.csv")
            if r["valid_from"] <= day and (not r["valid_to"] or day < r["valid_to"])
        }
        codes = [row["kommunenr"].zfill(4) for row in itip[wave, "virksomhet"] if row["sektor"] == "kommune"]
        assert len(set(codes)) == len(codes)
        assert set(codes) <= valid
        assert {row["kommunenr"] for row in itip[wave, "virksomhet"] if row["sektor"] == "stat"} == {""}


def test_only_sizes_that_there_are_too_few_of_have_inhabitants_that_are_not_theirs(
    itip: Mapping[tuple[int, str], list[Row]],
) -> None:
    people = {(r["year"], r["kommunenr"]): r["population"] for r in seed("regions/kommune_population.csv")}
    for wave in RESPONDENTS:
        rows = [row for row in itip[wave, "virksomhet"] if row["sektor"] == "kommune"]
        own = {row["kommunenr"]: people[str(wave), row["kommunenr"].zfill(4)] for row in rows}
        borrowed = [row for row in rows if row["folkemengde"] != own[row["kommunenr"]]]
        assert {group(row) for row in borrowed} == {"mellomstor", "stor"}
        # Nobody has been made smaller.
        assert all(int(row["folkemengde"]) > int(own[row["kommunenr"]]) for row in borrowed)


def test_citizens_are_of_both_sexes_all_ages_and_all_parts_of_the_country(
    itip: Mapping[tuple[int, str], list[Row]],
) -> None:
    for wave in RESPONDENTS:
        rows = itip[wave, "innbygger"]
        assert {row["kjonn"] for row in rows} == {"1", "2"}
        assert {int(row["alder"]) for row in rows} == set(range(16, 90))
        assert len({row["region"] for row in rows}) == 6
        assert 0.45 < mean(row["kjonn"] == "1" for row in rows) < 0.55


def test_ids_are_unique_in_a_sheet_and_tell_nothing(itip: Mapping[tuple[int, str], list[Row]]) -> None:
    for rows in itip.values():
        ids = [row["respondent_id"] for row in rows]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[1-9]\d{7}", name) for name in ids)
        assert ids != sorted(ids)


def test_organisation_numbers_cannot_be_real(stat: Mapping[int, list[Row]]) -> None:
    for rows in stat.values():
        numbers = [row["orgnr"] for row in rows]
        assert len(set(numbers)) == len(numbers)
        # Those of the register have nine digits and begin with 8 or 9.
        assert all(re.fullmatch(r"0\d{8}", number) for number in numbers)


def test_an_agency_has_its_number_its_industry_and_its_size_in_both_waves(stat: Mapping[int, list[Row]]) -> None:
    agencies = {
        wave: {row["orgnr"]: (row["naering"], int(row["ansatte"]) >= 100) for row in rows}
        for wave, rows in stat.items()
    }
    for of_wave in agencies.values():
        groups = Counter(of_wave.values())
        # 0, industry, whether it has 100 employees, and a number from 1 in its group.
        assert set(of_wave) == {
            f"0{industry}{is_large:d}{number:05d}"
            for (industry, is_large), size in groups.items()
            for number in range(1, size + 1)
        }
        assert all((number[1:3], number[3] == "1") == kind for number, kind in of_wave.items())
    first, second = agencies.values()
    in_both = set(first) & set(second)
    assert all(first[number] == second[number] for number in in_both)
    # As many as can be are in both: an agency is gone, or new, only where its group has another size.
    assert Counter(first[number] for number in in_both) == Counter(first.values()) & Counter(second.values())
    assert len(in_both) == 211


# --- what they answer ----------------------------------------------------------------------------------------


def test_nobody_answers_what_is_not_put_to_him_and_everyone_else_says_something(
    itip: Mapping[tuple[int, str], list[Row]],
) -> None:
    for (wave, part), rows in itip.items():
        names = set(asked("itip", wave, part))
        for row in rows:
            closed = {"stat": OF_KOMMUNER, "kommune": OF_AGENCIES}.get(row.get("sektor", ""), set())
            blank = {name for name in names if row[name] == ""}
            assert closed <= blank
            may_be_silent = set(SILENT_NUMBERS.get((wave, group(row)), ())) | CHANNELS
            assert blank <= closed | may_be_silent


def test_only_who_has_a_strategy_tells_what_it_holds_and_only_users_choose_in_the_cloud(
    stat: Mapping[int, list[Row]],
) -> None:
    for rows in stat.values():
        for row in rows:
            content = {row["strategi_innbygger"], row["strategi_naeringsliv"]}
            assert ("" not in content) if row["strategi"] == "1" else (content == {""})
            uses = {row[name] for name in row if name.startswith("sky_")}
            assert uses <= ({"0", "1"} if row["sky"] == "1" else {"0"})
            assert all(row[name] for name in row if not name.startswith("strategi_"))


def test_as_many_say_nothing_as_the_plan_says(itip: Mapping[tuple[int, str], list[Row]]) -> None:
    for (wave, part), rows in itip.items():
        for name in set(asked("itip", wave, part)) - OF_AGENCIES - OF_KOMMUNER:
            found = Counter(group(row) for row in rows if row[name] == "")
            if name in CHANNELS:
                assert found == {"": CHANNEL_BLANK[wave] * 1000}
            else:
                planned = {who: SILENT_NUMBERS.get((wave, who), {}).get(name, 0) for who in RESPONDENTS[wave]}
                assert found == Counter(planned), (wave, name)


def planned_share(name: str, wave: int, who: str) -> float:
    """Of those who do not know, among those who say something."""
    if name in CHANNELS:
        return 0.0
    if name == STEPS:
        return STEPS_DONT_KNOW.get((wave, "stat" if who == "stat" else "kommune"), 0.0)
    return DONT_KNOWS.get(name, USUAL_DONT_KNOW)


def test_as_many_do_not_know_as_the_plan_says(
    itip: Mapping[tuple[int, str], list[Row]], stat: Mapping[int, list[Row]]
) -> None:
    for (wave, part), rows in itip.items():
        for name in asked("itip", wave, part):
            unsure = Counter(group(row) for row in rows if row[name] == DONT_KNOW["itip"] and name not in CHANNELS)
            saying = Counter(group(row) for row in rows if row[name])
            for who, number in saying.items():
                assert abs(unsure[who] - planned_share(name, wave, who) * number) < 1, (wave, name, who)
    scales = [name for name, question in asked("ssb_stat", 2016).items() if re.search("effekt|hinder|forv", question)]
    assert len(scales) == 13
    for rows in stat.values():
        kinds = [(row["naering"], int(row["ansatte"]) < 100, row["strategi"], row["sky"]) for row in rows]
        for name in scales:
            found = Counter(kind for kind, row in zip(kinds, rows, strict=True) if row[name] == DONT_KNOW["ssb_stat"])
            assert all(abs(found[kind] - 0.03 * number) < 1 for kind, number in Counter(kinds).items()), name


@dataclass(frozen=True)
class Solved:
    """A plan, and its units as their files have them."""

    plan: Plan
    units: list[Unit]


def read_back(rows: Sequence[Row], units: Sequence[Unit], questions: Mapping[str, str], key: str) -> list[Unit]:
    """The units of the plan with the answers of their rows; a blank channel is an answer that no code stands for."""
    answered = []
    for row, unit in zip(rows, units, strict=True):
        assert row[key] == unit.attributes[key]
        answers = {question: int(row[name]) if row[name] else None for name, question in questions.items()}
        answers |= {questions[name]: 0 for name in CHANNELS & set(questions) if row[name] == ""}
        answered.append(Unit(unit.wave, unit.attributes, answers))
    return answered


@pytest.fixture(scope="module")
def solved(itip: Mapping[tuple[int, str], list[Row]], stat: Mapping[int, list[Row]]) -> dict[str, Solved]:
    of_itip, of_stat = itip_plan(), stat_plan()
    units = []
    for (wave, part), rows in itip.items():
        members = [unit for unit in of_itip.units if (unit.wave, unit.attributes["part"]) == (wave, part)]
        units += read_back(rows, members, asked("itip", wave, part), "respondent_id")
    agencies = []
    for wave, rows in stat.items():
        members = [unit for unit in of_stat.units if unit.wave == wave]
        agencies += read_back(rows, members, asked("ssb_stat", wave), "orgnr")
    return {"itip": Solved(of_itip, units), "ssb_stat": Solved(of_stat, agencies)}


@pytest.mark.parametrize("survey", ["itip", "ssb_stat"])
def test_every_target_is_met_by_what_the_files_hold(solved: Mapping[str, Solved], survey: str) -> None:
    plan, units = solved[survey].plan, solved[survey].units
    assert plan.targets
    assert [target.name for target in plan.targets if not target.holds(units)] == []


def test_every_printed_answer_is_a_target(solved: Mapping[str, Solved]) -> None:
    targets = {survey: {target.name for target in of_survey.plan.targets} for survey, of_survey in solved.items()}
    printed = {
        document: {r["figure_id"] for r in seed("published/figures.csv") if r["source_document"] == document}
        for document in ("ramboll_itip_2021", "ssb_ikt_staten_2016")
    }
    # How many answered is not solved for: it is who there is.
    about_numbers = {name for name in printed["ramboll_itip_2021"] if re.match("ramboll_(n|andel|svarprosent)_", name)}
    assert len(about_numbers) == 15
    assert printed["ramboll_itip_2021"] - targets["itip"] == about_numbers
    assert printed["ssb_ikt_staten_2016"] - targets["ssb_stat"] == {"ssb16_nettsky_naeringsliv_2016"}


def test_small_agencies_use_the_cloud_that_they_talk_in(solved: Mapping[str, Solved]) -> None:
    """Nearly 70 per cent of them talk in the cloud, as SSB prints of 2016."""
    small = [
        unit
        for unit in solved["ssb_stat"].units
        if (unit.wave, unit.attributes["antall_ansatte"]) == (2016, "under_100")
    ]
    using, talking = (
        mean(unit.answers[f"ssb16_{name}"] == 1 for unit in small) for name in ("nettsky", "sky_kommunikasjon")
    )
    assert 0.675 <= talking <= using <= 0.76


@pytest.mark.parametrize("survey", ["itip", "ssb_stat"])
def test_claims_that_are_no_targets_or_contradict_themselves_are_not_aimed_at(
    solved: Mapping[str, Solved], survey: str
) -> None:
    claims = {statement.statement_id: statement for statement in load_statements()}
    aimed = {target.name for target in solved[survey].plan.targets} & set(claims)
    assert len(aimed) > 5
    assert all(claims[name].is_sample_target and not claims[name].known for name in aimed)


def test_who_leans_one_way_in_a_question_leans_so_in_others(solved: Mapping[str, Solved]) -> None:
    (stage,) = solved["itip"].plan.stages
    agencies = [unit for unit in solved["itip"].units if unit.attributes["part"] == "virksomhet"]

    def difference(question: str) -> float:
        """How much more those lean who answer 4 or 5 than those who answer 1 or 2."""
        high, low = (
            [unit.leaning for unit in agencies if unit.answers.get(question) in codes] for codes in ((4, 5), (1, 2))
        )
        return mean(high) - mean(low)

    assert difference("ramboll_gjenbruker_data") > 0.5
    assert "ramboll_utfordring_kultur" in stage.turned
    assert difference("ramboll_utfordring_kultur") < -0.5


@pytest.mark.parametrize(
    ("survey", "question"),
    [
        ("itip", "ramboll_gronn_vektes"),
        ("itip", "ramboll_foretrekker_digital_vanligvis"),
        ("ssb_stat", "ssb16_nettsky"),
    ],
)
def test_who_leans_more_says_yes_though_yes_has_the_lower_code(
    solved: Mapping[str, Solved], survey: str, question: str
) -> None:
    yes, no = ([unit.leaning for unit in solved[survey].units if unit.answers.get(question) == code] for code in (1, 2))
    assert mean(yes) - mean(no) > 0.5


# --- what is only printed ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def figures() -> dict[str, Row]:
    return {row["figure_id"]: row for row in seed("published/figures.csv")}


# index -> what Digdir calls its places, and the figure of how many countries there are
EGOV = "digdir_egov_benchmark_rank_n_land"
PLACES = {
    "desi": {"desi": ("desi_rank", "digdir_desi_rank_n_land")},
    "egov_rank": {
        "egov_benchmark": ("egov_benchmark_rank", EGOV),
        "egov_transparency": ("rank_aapenhet_transparens", EGOV),
        "egov_digital_availability": ("rank_digital_tilgjengelighet", EGOV),
        "egov_key_enablers": ("rank_digitale_komponenter", EGOV),
    },
    "printed_rank": {
        "un_egdi": ("egdi_rank", "digdir_egdi_rank_n_land"),
        "open_data_maturity": ("rank_aapne_data", "digdir_rank_aapne_data_n_land"),
        "eif_implementation": ("rank_eif", EGOV),  # the text has the same 36
        "eurostat_digital_communication": ("rank_kommuniserer_digitalt", "digdir_rank_kommuniserer_digitalt_n_land"),
    },
}
# Places that are no place in a year's ranking, and those that the UN's own extracts have.
NO_PLACE = {"digdir_rank_digital_tilgjengelighet_change_2021", "digdir_aapne_data_modenhetsnivaa_2021"}
FROM_THE_UN = {"digdir_egdi_rank_2016", "digdir_egdi_rank_2018"}


def test_every_printed_place_is_in_an_extract_as_printed(files: Files, figures: Mapping[str, Row]) -> None:
    found = set()
    for survey, indices in PLACES.items():
        rows = table(files[f"international/{survey}/2021/{survey}_2021.csv"], ",")
        assert {row["index"] for row in rows} == set(indices)
        for row in rows:
            stem, countries = indices[row["index"]]
            name = f"digdir_{stem}_{row['year']}"
            found.add(name)
            assert (row["country"], row["score"]) == ("NOR", "")
            assert row["rank"] == figures[name]["published_value"]
            # Of how many countries is printed of one year; of the others nobody has said it.
            is_of_the_year = row["year"] == figures[countries]["period"]
            assert row["n_countries"] == (figures[countries]["published_value"] if is_of_the_year else "")
        told = Counter(row["index"] for row in rows if row["n_countries"])
        assert told == Counter(dict.fromkeys(indices, 1))
    printed = {name for name, row in figures.items() if name.startswith("digdir_") and row["unit"] == "rank"}
    assert found == printed - NO_PLACE - FROM_THE_UN


OTHER_UNITS = {"level": "rank", "growth_percent": "percent"}  # a key figure's unit, where the figure's is another


# {edition: how the ids of its figures begin, key figures, tags, those with a tag and no number before, {goal: status}}
EDITIONS = {
    2021: ("digdir", 45, 14, set(), {1: "Middels", 2: "Middels", 3: "God", 4: "Mindre god", 5: "God", 6: "Middels"}),
    2022: (
        "digdir22", 13, 8, {"virksomheter_fellesloesninger_antall"},
        {1: "Middels", 2: "Middels", 4: "Mindre god", 5: "God"},
    ),
    2023: ("digdir23", 5, 3, set(), {3: "God"}),
}  # fmt: skip


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_key_figure_is_in_the_extract_as_printed(files: Files, figures: Mapping[str, Row], edition: int) -> None:
    rows = table(files[f"digdir/{edition}/digdir_{edition}_nokkeltall.csv"], ";")
    prefix, n_rows, *_ = EDITIONS[edition]
    known = [r for r in seed("goals/key_figure_edition.csv") if r["edition"] == str(edition)]
    assert [(row["goal_no"], row["key_figure"]) for row in rows] == [(r["goal_no"], r["key_figure"]) for r in known]
    assert len(rows) == n_rows
    for row in rows:
        name = f"{prefix}_{row['key_figure']}"
        figure = figures.get(f"{name}_{edition}") or figures[name]
        assert row["value"] == figure["published_value"]
        assert OTHER_UNITS.get(row["unit"], row["unit"]) == figure["unit"]
        assert row["previous_value"] == figure["comparison_value"]
        assert row["previous_year"] == (figure["comparison_period"] if row["previous_value"] else "")
        before = figures.get(f"{name}_{row['previous_year']}")
        if edition == 2021 and row["previous_value"]:
            assert before is not None, name
        assert before is None or row["previous_value"] == before["published_value"]


@pytest.mark.parametrize("edition", EDITIONS)
def test_only_what_is_printed_large_has_a_tag_and_no_tag_where_nothing_moved(files: Files, edition: int) -> None:
    headlines = {
        r["key_figure"]
        for r in seed("goals/key_figure_edition.csv")
        if (r["edition"], r["is_headline"]) == (str(edition), "true")
    }
    rows = table(files[f"digdir/{edition}/digdir_{edition}_nokkeltall.csv"], ";")
    _, _, n_tags, without_a_number_before, _ = EDITIONS[edition]
    tagged = {row["key_figure"]: row for row in rows if row["tag"]}
    assert len(tagged) == n_tags
    assert set(tagged) <= headlines
    for name, row in tagged.items():
        assert re.fullmatch("(Positiv|Negativ) (økende|synkende) trend", row["tag"])
        assert row["previous_value"] != row["value"]
        assert (row["previous_value"] == "") == (name in without_a_number_before)


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_goal_that_is_printed_is_in_the_extract_with_its_status(files: Files, edition: int) -> None:
    rows = table(files[f"digdir/{edition}/digdir_{edition}_maal.csv"], ";")
    *_, status = EDITIONS[edition]
    names = {int(r["goal_no"]): r["goal_nb"] for r in seed("goals/goal.csv")}
    assert [(int(row["goal_no"]), row["goal"]) for row in rows] == [(number, names[number]) for number in status]
    assert {int(row["goal_no"]): row["status"] for row in rows} == status
    assert edition != 2021 or all(row["direction"] and row["comment"] for row in rows)


@pytest.mark.parametrize("edition", EDITIONS)
def test_extract_of_an_edition_says_that_it_is_real_and_of_which_year(files: Files, edition: int) -> None:
    source = yaml.safe_load(files[f"digdir/{edition}/SOURCE.yml"])
    assert source["synthetic"] is False
    assert str(edition) in source["licence"]


# --- how likely: parts ---------------------------------------------------------------------------------------


def test_a_bell_adds_up_to_1_and_falls_off_on_both_sides_alike() -> None:
    shares = bell(range(1, 6), 3.0, 1.1)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares[1] < shares[2] < shares[3]
    assert (shares[5], shares[4]) == pytest.approx((shares[1], shares[2]))
    assert max(bell(range(1, 6), 4.4, 1.1).items(), key=lambda item: item[1])[0] == 4


def test_pinned_codes_have_what_their_pins_say_and_the_others_the_rest_in_proportion() -> None:
    shares = pinned({1: 1.0, 2: 3.0, 3: 1.0, 4: 2.0, 5: 2.0}, [(4, 5, 0.5), (3, 3, 0.1)])
    assert shares == pytest.approx({1: 0.1, 2: 0.3, 3: 0.1, 4: 0.25, 5: 0.25})
    assert pinned({1: 1.0, 2: 3.0}, []) == pytest.approx({1: 0.25, 2: 0.75})


QUESTION, OTHER = "ramboll_ki_tatt_i_bruk", "ramboll_skate"


def cell(codes: tuple[float, float] = (4, 5), breakdown: str = "all", category: str = "all", **other: object) -> Cell:
    return replace(Cell(2021, (), breakdown, category, QUESTION, codes), **other)


def share(low: float, high: float, of: Cell, factor: float = 100.0, **other: object) -> Target:
    return Target("a figure", low, high, (((factor, of),),), **other)


def unit(number: int = 0, **attributes: str) -> Unit:
    return Unit(2021, {"all": "all", "id": str(number), "sektor": "stat", **attributes})


def test_what_is_printed_of_a_question_is_pinned_at_the_middle_of_its_interval() -> None:
    printed = PrintedShares([share(29.5, 30.5, cell())])
    assert printed.pins(unit(), QUESTION) == [(4, 5, pytest.approx(0.3))]
    assert printed.pins(unit(), OTHER) == []
    assert printed.pins(Unit(2020, unit().attributes), QUESTION) == []


def test_a_group_comes_before_everyone_and_only_its_members_heed_it() -> None:
    printed = PrintedShares([share(29.5, 30.5, cell()), share(49.5, 50.5, cell((4, 5), "sektor", "kommune"))])
    assert printed.pins(unit(sektor="kommune"), QUESTION) == [(4, 5, pytest.approx(0.5))]
    assert printed.pins(unit(sektor="stat"), QUESTION) == [(4, 5, pytest.approx(0.3))]


def test_a_single_answer_comes_before_answers_together_that_it_is_one_of() -> None:
    printed = PrintedShares(
        [share(29.5, 30.5, cell()), share(9.5, 10.5, cell((5, 5))), share(19.5, 20.5, cell((1, 2)))]
    )
    assert printed.pins(unit(), QUESTION) == [(5, 5, pytest.approx(0.1)), (1, 2, pytest.approx(0.2))]


def test_pins_leave_something_for_the_rest() -> None:
    printed = PrintedShares([share(59.5, 60.5, cell((1, 1))), share(39.5, 40.5, cell((2, 2)))])
    assert printed.pins(unit(), QUESTION) == [(1, 1, pytest.approx(0.6))]
    nobody, all_of_them = (PrintedShares([share(at, at, cell())]).pins(unit(), QUESTION) for at in (0, 100))
    assert nobody == [(4, 5, 0.001)]
    assert all_of_them == [(4, 5, 0.999)]


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(share(3, 4, cell(statistic="mean", worth=((1, 1.0), (2, 2.0))), 1.0), id="a mean"),
        pytest.param(share(20, 30, cell(worth=((4, 5.0),))), id="a share that counts some codes of a range"),
        pytest.param(Target("two", 1, 2, (((100.0, cell()), (-100.0, cell((1, 1)))),)), id="a difference"),
        pytest.param(Target("parts", 1, 2, (((100.0, cell()),),), "max"), id="the greatest of several"),
    ],
)
def test_what_is_no_share_of_one_range_of_codes_pins_nothing(target: Target) -> None:
    assert PrintedShares([target]).pins(unit(), QUESTION) == []


# --- the stage, on small plans -------------------------------------------------------------------------------


def flat(question: str, unit: Unit) -> Weights:
    return dict.fromkeys(range(1, 6), 0.2)


def toy(
    target: Target | None,
    likely: Callable[[str, Unit], Weights | None] = flat,
    n: int = 20,
    group_by: tuple[str, ...] = ("wave", "sektor"),
    questions: tuple[str, ...] = (QUESTION,),
    clear: float = 0.0,
) -> list[Unit]:
    """Solve for units of which every other is a kommune."""
    units = [unit(number, sektor=("stat", "kommune")[number % 2]) for number in range(n)]
    stage = MarginStage("itip", "toy", questions, group_by, likely, clear=clear)
    return solve(Plan("itip", units, [target] if target else [], [stage], {}, ""))


def answers(units: Sequence[Unit], question: str = QUESTION) -> list[int | None]:
    return [unit.answers[question] for unit in units]


def test_without_a_target_everyone_answers_what_is_likely() -> None:
    assert Counter(answers(toy(None))) == dict.fromkeys(range(1, 6), 4)


def test_stage_meets_a_share_of_those_who_say_something() -> None:
    def likely(question: str, unit: Unit) -> Weights:
        return {SILENT: 0.1, 6: 0.2, 1: 0.4, 5: 0.3}

    found = Counter(answers(toy(share(49, 51, cell((1, 1)), 100 * 9 / 10), likely)))
    assert (found[SILENT], found[6]) == (2, 4), "who says nothing, or does not know, is not solved for"
    assert found[1] == 10  # of 18


def test_stage_meets_the_mean_of_those_who_know() -> None:
    def likely(question: str, unit: Unit) -> Weights:
        return {**flat(question, unit), 6: 1.0}

    of_all = cell((-inf, inf), statistic="mean", worth=tuple((code, float(code)) for code in range(1, 6)))
    codes = [code for code in answers(toy(share(4.35, 4.45, of_all, 1.0), likely)) if code != 6]
    assert len(codes) == 10
    assert mean(codes) == 4.4


def test_stage_meets_a_number_of_a_group() -> None:
    units = toy(share(7, 7, cell((1, 1), "sektor", "kommune", statistic="count"), 1.0))
    assert answers([unit for unit in units if unit.attributes["sektor"] == "kommune"]).count(1) == 7


def test_a_question_that_is_not_put_to_a_group_stays_unanswered_and_out_of_the_base() -> None:
    def likely(question: str, unit: Unit) -> Weights | None:
        return flat(question, unit) if unit.attributes["sektor"] == "stat" else None

    units = toy(share(59, 61, cell((1, 1))), likely)
    assert Counter(unit.attributes["sektor"] for unit in units if QUESTION in unit.answers) == {"stat": 10}
    assert sum(unit.answers.get(QUESTION) == 1 for unit in units) == 6


def test_each_question_is_dealt_by_itself() -> None:
    units = toy(None, n=200, questions=(QUESTION, OTHER))
    assert Counter(answers(units)) == Counter(answers(units, OTHER))
    assert answers(units) != answers(units, OTHER)


def leanings(units: Sequence[Unit], question: str) -> dict[int | None, float]:
    """Answer -> how much those lean who give it."""
    codes = set(answers(units, question))
    return {code: mean(unit.leaning for unit in units if unit.answers[question] == code) for code in codes}


@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize(
    ("question", "low_to_high"),
    [
        pytest.param(QUESTION, (1, 3, 5), id="a scale, whose codes are its values"),
        pytest.param("ramboll_gronn_vektes", (2, 1), id="no is 0 and yes 1, by the codes 2 and 1"),
    ],
)
def test_answers_are_dealt_by_their_value_and_not_by_their_code(
    question: str, low_to_high: tuple[int, ...], is_turned: bool
) -> None:
    units = [unit(number) for number in range(600)]
    turned = frozenset({question}) if is_turned else frozenset()
    likely = dict.fromkeys(low_to_high, 1.0)
    stage = MarginStage("itip", "toy", (question,), ("wave",), lambda _, __: likely, turned)
    found = leanings(solve(Plan("itip", units, [], [stage], {}, "")), question)
    in_order = sorted(low_to_high, key=found.__getitem__, reverse=is_turned)
    assert tuple(in_order) == low_to_high
    assert abs(found[low_to_high[-1]] - found[low_to_high[0]]) > 0.5


def crossed(low: float) -> Target:
    """Those who say 4 or 5 to one question say so to the other more often than the rest do, by at least `low`."""
    high, rest = (cell(base=((OTHER, *codes),)) for codes in ((4, 5), (1, 3)))
    return Target("a claim", low, inf, (((1.0, high), (-1.0, rest)),))


@pytest.mark.parametrize("low", [-0.9, 0.4, 0.8])
def test_questions_go_together_as_a_crossed_claim_says_and_each_is_answered_as_before(low: float) -> None:
    units = toy(crossed(low), n=40, questions=(QUESTION, OTHER))
    without = toy(None, n=40, questions=(QUESTION, OTHER))
    assert crossed(low).holds(units)
    for sektor in ("stat", "kommune"):
        for question in (QUESTION, OTHER):
            found, before = (
                Counter(answers([u for u in of if u.attributes["sektor"] == sektor], question))
                for of in (units, without)
            )
            assert found == before


def test_a_crossed_claim_that_holds_already_moves_nobody() -> None:
    found = toy(crossed(-1), n=40, questions=(QUESTION, OTHER))
    assert answers(found) == answers(toy(None, n=40, questions=(QUESTION, OTHER)))


def claimed(low: float = 0.01) -> Target:
    """Kommuner say 4 or 5 more often than agencies do."""
    above, below = (cell((4, 5), "sektor", category) for category in ("kommune", "stat"))
    return Target("a claim", low, inf, (((1.0, above), (-1.0, below)),))


@pytest.mark.parametrize(("clear", "standard_errors"), [(0.0, (0.05, 0.5)), (2.3, (1.96, 3.0))])
def test_a_claim_holds_by_its_limit_and_where_asked_clear_of_noise(
    clear: float, standard_errors: tuple[float, float]
) -> None:
    by = claimed().value(toy(claimed(), n=200, clear=clear))
    least, most = (number * (2 * 0.4 * 0.6 / 100) ** 0.5 for number in standard_errors)
    assert least < by < most


@pytest.mark.parametrize(("clear", "standard_errors"), [(0.0, (0.0, 1.9)), (2.3, (2.0, 3.5))])
def test_a_crossed_claim_is_clear_of_noise_where_asked(clear: float, standard_errors: tuple[float, float]) -> None:
    by = crossed(0.01).value(toy(crossed(0.01), n=200, questions=(QUESTION, OTHER), clear=clear))
    least, most = (number * (0.4 * 0.6 / 80 + 0.4 * 0.6 / 120) ** 0.5 for number in standard_errors)
    assert least < by < most


def test_a_claim_that_cannot_be_clear_of_noise_holds_all_the_same() -> None:
    units = toy(claimed(0.1), n=4, clear=50)
    assert claimed(0.1).holds(units)


def test_a_crossed_claim_that_no_exchange_gives_is_named() -> None:
    with pytest.raises(ValueError, match="recount does not give a claim"):
        toy(crossed(1.1), n=40, questions=(QUESTION, OTHER))


def test_a_share_that_no_whole_number_gives_is_named() -> None:
    with pytest.raises(InfeasibleError, match=r"'toy'.*a figure") as error:
        toy(share(51, 54, cell()))
    assert error.value.names == ["a figure"]


def test_a_share_of_nobody_is_named() -> None:
    def likely(question: str, unit: Unit) -> Weights:
        return {SILENT: 1.0} if unit.attributes["sektor"] == "kommune" else flat(question, unit)

    with pytest.raises(InfeasibleError, match="a figure"):
        toy(share(51, 54, cell((4, 5), "sektor", "kommune")), likely)


def test_silence_that_is_as_near_to_the_next_number_as_an_answer_gives_way_to_it() -> None:
    units = toy(None, lambda question, unit: {SILENT: 0.25, 1: 0.25, 2: 0.5}, n=4)
    assert Counter(answers(units)) == {1: 2, 2: 2}


def test_a_target_that_hangs_on_more_than_its_group_is_caught_by_the_recount() -> None:
    with pytest.raises(ValueError, match="recount does not give a figure"):
        toy(share(7, 7, cell((1, 1), "sektor", "stat", statistic="count"), 1.0), group_by=("wave",))


WRONG = {"itip": ("ramboll_ki_tatt_i_bruk_svar1_2021", itip_plan), "ssb_stat": ("ssb16_nettsky_2016", stat_plan)}


@pytest.mark.parametrize("survey", WRONG)
def test_an_impossible_figure_of_the_real_plan_names_itself(survey: str) -> None:
    name, make_plan = WRONG[survey]
    plan = make_plan()
    targets = [replace(t, low=101, high=102) if t.name == name else t for t in plan.targets]
    assert targets != plan.targets
    with pytest.raises(InfeasibleError, match=name):
        solve(replace(plan, targets=targets))
