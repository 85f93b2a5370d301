"""The sample extracts, recounted from their files in plain Python, give what SSB Rapporter 2023/27 prints.

Not here: the generator's own way of counting, which these tests must not lean on, and reconciliation.
"""

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from pipelines.common.seeds import SEEDS_DIR
from pipelines.ingest.codebook import wave_rows
from pipelines.landing.sample import copy_sample
from tests.sample.programme import InfeasibleError, Programme
from tests.sample.solve import Delivery, Plan, solve
from tests.sample.ssb_kommune.plan import kommune_plan
from tests.sample.stages import PatternStage
from tests.sample.targets import Cell, Target, read_cell
from tests.sample.units import Unit

Row = dict[str, str]
ENCODINGS = {2018: "cp1252", 2022: "utf-8-sig"}
STRATEGY = [f"strategi_omr_{i:02}" for i in range(1, 16)]
PROJECT = [f"prosjekt_omr_{i:02}" for i in range(1, 11)]
FUNCTION = [f"funksjon_{i:02}" for i in range(1, 13)]
CLOUD = [f"sky_{i:02}" for i in range(1, 16)]
BUYING = [f"innkjop_{i:02}" for i in range(1, 9)]
OFFER = [f"tjeneste_{i:02}" for i in range(1, 5)]
REASON = [f"ikke_rekruttert_{i:02}" for i in range(1, 5)]


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "landing"
    copy_sample(folder)
    return folder


@pytest.fixture(scope="module")
def waves(landing: Path) -> dict[int, list[Row]]:
    return {wave: read(landing, wave) for wave in ENCODINGS}


def kommune_file(landing: Path, wave: int) -> Path:
    return landing / f"ssb_kommune/{wave}/ssb_kommune_{wave}_syntetisk.csv"


def read(landing: Path, wave: int) -> list[Row]:
    with kommune_file(landing, wave).open(encoding=ENCODINGS[wave], newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def seed(path: str) -> list[Row]:
    with (SEEDS_DIR / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- a second reading of the report's definitions, written out ---------------------------------------------


def n(row: Row, columns: list[str], codes: str = "1") -> int:
    return sum(row[column] != "" and row[column] in codes for column in columns)


def number(row: Row) -> str:
    return row["kommunenr"].zfill(4)


def step(value: int, *starts: int) -> int:
    """The score whose class `value` lies in; `starts`: first value of scores 1, 2, 3 and 4."""
    return sum(value >= start for start in starts)


def offered(row: Row) -> int:
    simple, complex_ = {"1": 1, "2": 3, "3": 3, "4": 3}, {"1": 2, "2": 4, "3": 4, "4": 4}
    return sum(simple.get(row[c], 0) for c in OFFER[:2]) + sum(complex_.get(row[c], 0) for c in OFFER[2:])


def priority(row: Row) -> int:
    strategy = max(1, step(n(row, STRATEGY), 1, 6, 10, 12)) if row["strategi"] == "1" else 0
    project = max(1, step(n(row, PROJECT), 1, 5, 7, 9)) if row["prosjekt"] == "1" else 0
    return grade(strategy, project, neither=[(0, 0)])


def competence(row: Row) -> int:
    in_house = n(row, FUNCTION, "12") >= 8
    if row["rekruttert"] == "2":
        return 4 if in_house else 0
    if row["rekruttert_vansker"] == "1":
        return 2
    return 3 if in_house else 1


def use(row: Row) -> int:
    cloud, buying = step(n(row, CLOUD), 1, 4, 7, 10), step(n(row, BUYING, "12"), 1, 4, 6, 8)
    return grade(cloud, buying, neither=[(0, 0), (0, 1), (1, 0)])


def activity(row: Row) -> int:
    return grade(use(row), step(offered(row), 1, 2, 4, 7), neither=[(0, 0), (0, 1), (1, 0)])


def grade(first: int, second: int, neither: list[tuple[int, int]]) -> int:
    if (first, second) in neither:
        return 0
    return {(False, False): 1, (True, False): 2, (False, True): 3, (True, True): 4}[first >= 3, second >= 3]


TABLES = [
    ("3.1", priority, 2022, [17, 112, 70, 45, 110]),
    ("3.1", priority, 2018, [34, 105, 29, 110, 99]),
    ("4.1", competence, 2022, [90, 19, 102, 61, 82]),
    ("4.1", competence, 2018, [128, 17, 35, 58, 139]),
    ("5.1", use, 2022, [9, 16, 43, 27, 259]),
    ("5.1", use, 2018, [26, 99, 55, 101, 96]),
    ("5.2", activity, 2022, [10, 31, 104, 27, 182]),
    ("5.2", activity, 2018, [31, 112, 111, 37, 86]),
]


@pytest.mark.parametrize(("table", "score", "wave", "printed"), TABLES)
def test_table_comes_out_to_the_last_unit(
    waves: dict[int, list[Row]], table: str, score: Callable[[Row], int], wave: int, printed: list[int]
) -> None:
    counted = Counter(map(score, waves[wave]))
    assert [counted[grade] for grade in range(5)] == printed, table


def size(low: int, below: int = 10**9) -> Callable[[Row], bool]:
    return lambda row: low <= int(row["folkemengde"]) < below


def is_(column: str, codes: str = "1") -> Callable[[Row], bool]:
    return lambda row: row[column] != "" and row[column] in codes


def everyone(row: Row) -> bool:
    return True


def buys(row: Row) -> bool:
    return n(row, BUYING, "12") > 0


strategy, project, tried, not_tried = (
    is_("strategi"), is_("prosjekt"), is_("rekruttert"), is_("rekruttert", "2")
)  # fmt: skip
cloud = is_("sky")

# (wave, counted, base, lowest and highest per cent that the print allows)
SHARES = [
    ("projects", 2022, project, everyone, 93.15, 93.25),
    ("projects", 2018, project, everyone, 87.75, 87.85),
    ("projects under 2 000", 2022, project, size(0, 2000), 83.05, 83.15),
    ("quality", 2022, is_("prosjekt_omr_01"), project, 96.05, 96.15),
    ("quality", 2018, is_("prosjekt_omr_01"), project, 94.85, 94.95),
    ("routines", 2022, is_("prosjekt_omr_02"), project, 93.5, 94.5),
    ("fewer staff", 2022, is_("prosjekt_omr_03"), project, 0, 19.99),
    ("fewer staff", 2018, is_("prosjekt_omr_03"), project, 0, 19.99),
    ("at least 7 areas, as table 3.1", 2022, lambda r: n(r, PROJECT) >= 7, project, 46.9, 47.0),
    ("information security", 2022, is_("strategi_omr_01"), strategy, 94.5, 95.0),
    ("welfare technology", 2022, is_("strategi_omr_02"), strategy, 87.9, 88.4),
    ("PC in-house", 2022, is_("funksjon_01", "12"), everyone, 77.5, 82.5),
    ("security testing in-house", 2022, is_("funksjon_03", "12"), everyone, 29.65, 29.75),
    ("security testing in-house", 2018, is_("funksjon_03", "12"), everyone, 25.45, 25.55),
    ("internet solutions in-house", 2022, is_("funksjon_04", "12"), everyone, 34.65, 34.75),
    ("internet solutions in-house", 2018, is_("funksjon_04", "12"), everyone, 31.25, 31.35),
    ("large barrier", 2022, is_("hinder_kompetanse", "45"), everyone, 45, 55),
    ("large barrier", 2018, is_("hinder_kompetanse", "45"), everyone, 41.5, 42.5),
    ("small barrier", 2022, is_("hinder_kompetanse", "12"), everyone, 15.75, 15.85),
    ("not tried among large barrier", 2022, not_tried, is_("hinder_kompetanse", "45"), 52.01, 53.01),
    ("tried under 2 000", 2022, tried, size(0, 2000), 37.5, 42.5),
    ("tried from 50 000", 2022, tried, size(50000), 87.5, 92.5),
    ("trouble", 2022, is_("rekruttert_vansker"), tried, 55.5, 56.5),
    ("trouble", 2018, is_("rekruttert_vansker"), tried, 31.5, 32.5),
    ("no need", 2022, is_("ikke_rekruttert_01"), not_tried, 50.5, 51.5),
    ("no money", 2022, is_("ikke_rekruttert_02"), not_tried, 36.5, 37.5),
    ("no hope", 2022, is_("ikke_rekruttert_03"), not_tried, 3.45, 3.55),
    ("other reasons", 2022, is_("ikke_rekruttert_04"), not_tried, 15.5, 16.5),
    ("cloud", 2022, cloud, everyone, 95.45, 95.55),
    ("no cloud", 2018, is_("sky", "2"), everyone, 14.5, 15.5),
    ("10 cloud areas", 2022, lambda r: n(r, CLOUD) >= 10, cloud, 63.5, 64.5),
    ("10 cloud areas", 2018, lambda r: n(r, CLOUD) >= 10, cloud, 0, 19.99),
    ("development platform", 2022, is_("sky_04"), cloud, 32.45, 32.55),
    ("development platform", 2018, is_("sky_04"), cloud, 12.5, 13.5),
    ("office tools", 2022, is_("sky_01"), cloud, 90.01, 100),
    ("communication", 2022, is_("sky_02"), cloud, 90.01, 100),
    ("meetings", 2022, is_("sky_03"), cloud, 90.01, 100),
    ("buys nothing digitally", 2022, lambda r: not buys(r), everyone, 2.5, 3.5),
    ("buys nothing digitally", 2018, lambda r: not buys(r), everyone, 4.5, 5.5),
    ("all of buying", 2022, lambda r: n(r, BUYING, "12") == 8, everyone, 53.5, 54.5),
    ("all of buying", 2018, lambda r: n(r, BUYING, "12") == 8, everyone, 25.5, 26.5),
    ("receives invoices", 2022, is_("innkjop_03", "12"), buys, 98.45, 98.55),
    ("receives invoices", 2018, is_("innkjop_03", "12"), buys, 77.5, 79.99),
    ("validates invoices", 2022, is_("innkjop_04", "12"), buys, 67.5, 68.5),
    ("validates invoices", 2018, is_("innkjop_04", "12"), buys, 61.45, 61.55),
    ("receives offers fully", 2022, is_("innkjop_01", "1"), everyone, 65, 75),
    ("receives offers fully", 2018, is_("innkjop_01", "1"), everyone, 35, 39.99),
    ("complex services", 2022, is_("tjeneste_03", "1234"), everyone, 64.5, 65.5),
    ("complex services", 2018, is_("tjeneste_03", "1234"), everyone, 44.5, 45.5),
    ("don't know, complex", 2022, is_("tjeneste_03", "89"), everyone, 10.5, 11.5),
    ("don't know, self-activated", 2022, is_("tjeneste_04", "89"), everyone, 20.5, 21.5),
    ("offer of 6 or more", 2022, lambda r: offered(r) >= 6, everyone, 35.5, 36.5),
    ("offer of 6 or more", 2018, lambda r: offered(r) >= 6, everyone, 11.5, 12.5),
]


def share(rows: list[Row], counted: Callable[[Row], bool], base: Callable[[Row], bool]) -> float:
    in_base = [row for row in rows if base(row)]
    return 100 * sum(map(counted, in_base)) / len(in_base)


@pytest.mark.parametrize(("name", "wave", "counted", "base", "low", "high"), SHARES)
def test_share_agrees_with_print(
    waves: dict[int, list[Row]],
    name: str,
    wave: int,
    counted: Callable[[Row], bool],
    base: Callable[[Row], bool],
    low: float,
    high: float,
) -> None:
    assert low <= share(waves[wave], counted, base) <= high, name


MEDIANS = [
    ("strategy areas", 2018, lambda r: n(r, STRATEGY), strategy, 9),
    ("project areas", 2018, lambda r: n(r, PROJECT), project, 7),
    ("functions in-house", 2018, lambda r: n(r, FUNCTION, "12"), everyone, 8),
    ("cloud areas", 2018, lambda r: n(r, CLOUD), cloud, 6),
    ("cloud areas", 2022, lambda r: n(r, CLOUD), cloud, 11),
    ("buying", 2022, lambda r: n(r, BUYING, "12"), everyone, 8),
    ("offer", 2018, offered, everyone, 2),
    ("offer", 2022, offered, everyone, 4),
]


@pytest.mark.parametrize(("name", "wave", "value", "base", "printed"), MEDIANS)
def test_median_agrees_with_print(
    waves: dict[int, list[Row]],
    name: str,
    wave: int,
    value: Callable[[Row], int],
    base: Callable[[Row], bool],
    printed: int,
) -> None:
    assert median([value(row) for row in waves[wave] if base(row)]) == printed, name


def test_changes_between_the_waves_agree_with_print(waves: dict[int, list[Row]]) -> None:
    def change(column: str, codes: str, base: Callable[[Row], bool]) -> float:
        after, before = (share(waves[wave], is_(column, codes), base) for wave in (2022, 2018))
        return after - before

    assert 9.55 <= change("funksjon_05", "12", everyone) <= 9.65
    assert 8.85 <= change("funksjon_02", "12", everyone) <= 8.95
    assert 7.05 <= change("funksjon_06", "12", everyone) <= 7.15
    gains = {column: change(column, "1", cloud) for column in CLOUD}
    six = [gains[f"sky_{i:02}"] for i in (1, 5, 6, 7, 8, 9)]
    assert 29.5 <= min(six) <= 30.5
    assert 37.5 <= max(six) <= 38.5
    assert min(gains.values()) > 0


def test_evaluation_not_digital_agrees_with_the_summary(waves: dict[int, list[Row]]) -> None:
    assert 36.5 <= share(waves[2018], is_("innkjop_02", "3"), everyone) <= 37.5
    assert 6.45 <= share(waves[2022], is_("innkjop_02", "3"), everyone) <= 6.55


def test_96_kommuner_have_no_strategy(waves: dict[int, list[Row]]) -> None:
    assert sum(row["strategi"] == "2" for row in waves[2022]) == 96


def test_only_small_kommuner_far_from_the_centre_have_no_hope_and_the_most_central_all_tried(
    waves: dict[int, list[Row]],
) -> None:
    centrality = {
        r["kommunenr"]: r["sentralitet"]
        for r in seed("regions/kommune_sentralitet.csv")
        if r["division_year"] == "2020"
    }
    quiet = [(centrality[number(row)], row) for row in waves[2022] if not_tried(row)]
    assert "1" not in {place for place, _ in quiet}
    without_hope = [(place, row) for place, row in quiet if row["ikke_rekruttert_03"] == "1"]
    assert {place for place, _ in without_hope} <= set("3456")
    assert all(size(0, 20000)(row) for _, row in without_hope)


def test_what_leads_and_what_comes_last(waves: dict[int, list[Row]]) -> None:
    def ordered(columns: list[str], base: Callable[[Row], bool], codes: str = "1") -> list[str]:
        return sorted(columns, key=lambda c: -share(waves[2022], is_(c, codes), base))

    assert set(ordered(STRATEGY, strategy)[:2]) == {"strategi_omr_01", "strategi_omr_07"}
    buying, functions = ordered(BUYING, buys, "12"), ordered(FUNCTION, everyone, "12")
    assert (buying[0], buying[-1]) == ("innkjop_03", "innkjop_05")
    assert set(functions[:2]) == {"funksjon_01", "funksjon_02"}
    assert set(functions[-2:]) == {"funksjon_03", "funksjon_04"}


def test_the_capital_has_struggled_to_recruit(waves: dict[int, list[Row]]) -> None:
    assert [competence(row) for row in waves[2022] if number(row) == "0301"] == [2]


def struggled(row: Row) -> int:
    """Competence as steps: had not tried, had tried, had trouble. Its scores are kinds, in no order."""
    return 0 if row["rekruttert"] == "2" else 2 if row["rekruttert_vansker"] == "1" else 1


SCORES = {
    "strategy": lambda row: step(n(row, STRATEGY), 1, 6, 10, 12),
    "projects": lambda row: step(n(row, PROJECT), 1, 5, 7, 9),
    "priority": priority,
    "in-house": lambda row: step(n(row, FUNCTION, "12"), 1, 5, 8, 11),
    "recruiting": struggled,
    "cloud": lambda row: step(n(row, CLOUD), 1, 4, 7, 10),
    "buying": lambda row: step(n(row, BUYING, "12"), 1, 4, 6, 8),
    "use": use,
    "offer": lambda row: step(offered(row), 1, 2, 4, 7),
    "activity": activity,
}


@pytest.mark.parametrize("wave", [2018, 2022])
@pytest.mark.parametrize("name", SCORES)
def test_larger_kommuner_score_higher(waves: dict[int, list[Row]], name: str, wave: int) -> None:
    people = [np.log(int(row["folkemengde"])) for row in waves[wave]]
    assert np.corrcoef(people, [SCORES[name](row) for row in waves[wave]])[0, 1] > 0.1


# --- the files ---------------------------------------------------------------------------------------------


def test_every_respondent_is_a_real_kommune_with_its_name_and_inhabitants(waves: dict[int, list[Row]]) -> None:
    inhabitants = {(r["year"], r["kommunenr"]): r["population"] for r in seed("regions/kommune_population.csv")}
    for wave, rows in waves.items():
        valid = {
            r["kommunenr"]: r["kommunenavn"]
            for r in seed("regions/kommune.csv")
            if r["valid_from"] <= f"{wave}-01-01" and (not r["valid_to"] or r["valid_to"] > f"{wave}-01-01")
        }
        codes = [number(row) for row in rows]
        assert len(set(codes)) == len(codes) == {2018: 377, 2022: 354}[wave]
        assert len(valid) == {2018: 422, 2022: 356}[wave]
        assert {code[:2] for code in codes} == {code[:2] for code in valid}
        for code, row in zip(codes, rows, strict=True):
            assert row["kommunenavn"] == valid[code]
            assert row["folkemengde"] == inhabitants[str(wave), code]
    assert sum(size(0, 2000)(row) for row in waves[2022]) == 77


FILTERS = [
    ("strategi", "1", STRATEGY),
    ("prosjekt", "1", PROJECT),
    ("rekruttert", "1", ["rekruttert_vansker"]),
    ("rekruttert", "2", REASON),
    ("sky", "1", CLOUD),
]


@pytest.mark.parametrize(("column", "code", "behind"), FILTERS)
def test_what_a_filter_closes_is_blank_and_the_rest_is_answered(
    waves: dict[int, list[Row]], column: str, code: str, behind: list[str]
) -> None:
    for wave, rows in waves.items():
        asked = (wave, behind) != (2018, REASON)  # reasons are asked from 2020
        for row in rows:
            answers = {row[item] for item in behind}
            is_open = row[column] == code and asked
            assert ("" not in answers) if is_open else (answers == {""})
            if is_open and len(behind) > 1:
                assert "1" in answers, "whoever has any names at least one"


def test_every_other_column_is_answered_with_a_code_of_its_frame(waves: dict[int, list[Row]]) -> None:
    frames = {"12345": ["hinder_kompetanse"], "1234589": FUNCTION, "1239": BUYING, "0123489": OFFER}
    frames["12"] = ["strategi", "prosjekt", "rekruttert", "sky"]
    for rows in waves.values():
        for codes, columns in frames.items():
            for column in columns:
                found = {row[column] for row in rows}
                assert "" not in found
                assert found <= set(codes)


def test_files_come_as_deliveries_do(landing: Path) -> None:
    first, later = (kommune_file(landing, wave).read_bytes() for wave in ENCODINGS)
    assert later.startswith(b"\xef\xbb\xbf")
    assert "Våler".encode("cp1252") in first
    for wave, content in ((2018, first), (2022, later)):
        header = content.decode(ENCODINGS[wave]).splitlines()[0].split(";")
        assert header == [r["column_name"] for r in wave_rows("ssb_kommune", wave)]
    codes_2018, codes_2022 = ([row["kommunenr"] for row in read(landing, wave)] for wave in ENCODINGS)
    assert "0101" in codes_2018
    assert "301" in codes_2022, "a spreadsheet has taken 0301 for a number"
    sources = {path.parent.relative_to(landing): path.read_text("utf-8") for path in landing.rglob("SOURCE.yml")}
    for folder, text in sources.items():
        is_printed = folder.parts[0] in ("international", "statistics", "digdir")
        assert f"synthetic: {'false' if is_printed else 'true'}" in text
    assert len(sources) == 28


def test_un_index_is_landed_whole_with_the_ranks_that_digdir_prints(landing: Path) -> None:
    for year, country, rank, norway in (
        ("2016", "country-name", "e-gov-rank", "18"),
        ("2018", "country-name", "e-gov-rank", "14"),
        ("2022", "Country Name", "E-Government Rank", "17"),
    ):
        with (landing / f"international/un_egdi/{year}/un_egdi_{year}.csv").open(encoding="utf-8") as file:
            rows = {row[country].strip(): row for row in csv.DictReader(file)}
        assert len(rows) == 193
        assert rows["Norway"][rank] == norway


# --- the engine, on small programmes -----------------------------------------------------------------------


def test_programme_stays_at_its_reference_when_nothing_asks_for_more() -> None:
    programme = Programme("toy", np.array([3, 4, 5]), np.array([4.0, 4.0, 4.0]))
    programme.fix({0: 1, 1: 1, 2: 1}, 12)
    assert programme.solve().tolist() == [3, 4, 5]


def test_programme_moves_as_little_as_its_limits_allow_and_to_what_is_likely() -> None:
    programme = Programme("toy", np.array([6, 3, 1]), np.array([5.0, 4.0, 0.01]))
    programme.fix({0: 1, 1: 1, 2: 1}, 10)
    programme.limit("at most four", {0: 1}, 0, 4)
    assert programme.solve().tolist() == [4, 5, 1]


def test_programme_without_a_solution_names_the_targets_in_the_way() -> None:
    programme = Programme("toy", np.array([5, 5]), np.array([5.0, 5.0]))
    programme.fix({0: 1, 1: 1}, 10)
    programme.limit("harmless", {0: 1}, 0, 9)
    programme.limit("too many", {0: 1, 1: 1}, 12, 12)
    with pytest.raises(InfeasibleError, match=r"'toy'.*too many") as error:
        programme.solve()
    assert error.value.names == ["too many"]


@dataclass
class Toy:
    """Twenty units that answer one question; `low` to `high` is the share that must say yes."""

    low: float
    high: float
    statistic: str = "share"
    codes: tuple[int, int] = (1, 1)
    options: list[tuple[dict[str, int], float]] = field(default_factory=lambda: [({"q": code}, 1.0) for code in (1, 2)])

    def plan(self) -> Plan:
        cell = Cell(1, (), "all", "all", "q", self.codes, "", self.statistic)
        return Plan(
            "toy",
            [Unit(1, {"all": "all"}) for _ in range(20)],
            [Target("a figure", self.low, self.high, (((1.0, cell),),))],
            [PatternStage("only", ("q",), ("wave",), lambda unit: self.options)],
            {1: Delivery("utf-8")},
            "",
        )


def test_stage_meets_a_share() -> None:
    units = solve(Toy(0.84, 0.86).plan())
    assert sum(unit.answers["q"] == 1 for unit in units) == 17


def test_stage_meets_a_median() -> None:
    toy = Toy(3.5, 4.5, "median", (0, 9), [({"q": code}, 1.0 / code) for code in range(1, 8)])
    assert median([unit.answers["q"] for unit in solve(toy.plan())]) == 4


def test_share_that_no_whole_number_gives_is_named_with_its_stage() -> None:
    with pytest.raises(InfeasibleError, match=r"'only'.*a figure"):
        solve(Toy(0.86, 0.89).plan())


def test_figures_of_the_report_that_contradict_each_other_are_named() -> None:
    plan = kommune_plan()
    wrong = "ssb23_tab31_klasse3_antall_2022"  # the table's share of the same row says 45
    targets = [replace(t, low=45.5, high=46.5) if t.name == wrong else t for t in plan.targets]
    with pytest.raises(InfeasibleError, match=f"'priority'.*{wrong}"):
        solve(replace(plan, targets=targets))


def test_target_that_no_stage_settles_is_named() -> None:
    plan = Toy(0, 1).plan()
    with pytest.raises(ValueError, match="no stage settles a figure"):
        solve(Plan("toy", plan.units, plan.targets, [], {}, ""))


def test_target_that_hangs_on_more_than_its_group_is_caught_by_the_recount() -> None:
    plan = Toy(0.84, 0.86).plan()
    # Half the units are of another kind that the grouping does not see, and the base counts only one kind.
    units = [Unit(1, {"all": "all", "kind": "ab"[i % 2]}) for i in range(20)]
    cell = Cell(1, (), "kind", "a", "q", (1, 1))
    target = Target("hidden", 1.0, 1.0, (((1.0, cell),),))
    with pytest.raises(ValueError, match="recount does not give hidden"):
        solve(Plan("toy", units, [target], plan.stages, {}, ""))


def test_term_of_a_kind_the_sample_does_not_know_is_refused() -> None:
    key = {"survey": "ssb_kommune", "wave": "2018", "population": "kommuner", "statistic": "mean"}
    with pytest.raises(ValueError, match=r"cannot be solved for survey_estimates\.estimate of mean"):
        read_cell("survey_estimates", "estimate", key, "ssb_kommune", (2018,))
