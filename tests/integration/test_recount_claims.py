"""A claim of each relation counted by hand from the delivered files.

Not here: the project's rules, seeds of claims and tables, which a recount must not lean on; every claim's status again
(test_recount_statements.py).
"""

from collections.abc import Callable, Iterable
from itertools import combinations

import pandas as pd
import pytest
from scipy.stats import spearmanr

from pipelines.common.settings import PROJECT_DIR
from tests.integration.swaps import Sheets, read_csv, read_sav, read_xlsx
from tests.line import Line

READERS = {".sav": read_sav, ".xlsx": read_xlsx, ".csv": read_csv}
SIZES = (0, 2_000, 5_000, 10_000, 20_000, 50_000, 10**9)
FUNCTIONS = [f"funksjon_{number:02}" for number in range(1, 13)]
PROJECTS = [f"prosjekt_omr_{number:02}" for number in range(1, 11)]
CLOUD = [f"sky_{number:02}" for number in range(1, 16)]
INTERNAL, EXTERNAL = {"1", "2"}, {"4", "5"}
TRUST = ("q_tillit_forhaandsutfylling", "q_tillit_helautomatisering", "q_tillit_sikker_lagring")
# Of figure 1's text: column, codes of the one and of the other. Centrality, 3 of the 45, is left out.
GROUPS = [
    ("kjonn", (2, 2), (1, 1)),
    ("alder", (67, 200), (25, 34)),
    *(("utdanning", (4, 5), (code, code)) for code in (1, 2, 3)),
    ("husstandsinntekt", (2, 3), (1, 1)),
    ("husstandsinntekt", (4, 6), (2, 3)),
    *(("yrkesstatus", (5, 5), (code, code)) for code in (3, 2)),
    ("yrkesstatus", (3, 3), (1, 1)),
    *(("yrkesstatus", (4, 4), (code, code)) for code in (3, 2)),
    *(("yrkesstatus", (6, 6), (code, code)) for code in (5, 4)),
]


class Delivered:
    """The answers as they were delivered."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.files: dict[tuple[str, int], Sheets] = {}

    def sheet(self, survey: str, wave: int, name: str = "") -> pd.DataFrame:
        if (survey, wave) not in self.files:
            path = self.line.extract(survey, wave)
            self.files[survey, wave] = READERS[path.suffix](path)
        return self.files[survey, wave][name]

    def kommuner(self, wave: int, **codes: str) -> pd.DataFrame:
        """With these answers."""
        people = self.sheet("ssb_kommune", wave)
        for column, code in codes.items():
            people = people[people[column] == code]
        return people


def share(answers: pd.Series, codes: Iterable[object]) -> float:
    """Of those who answered."""
    return float(answers[answers != ""].isin(list(codes)).mean())


def score(delivered: Delivered, wave: int, column: str, group: str = "vekt", ends: tuple = (0, 10**9)) -> float:
    """The weighted mean, 0-10; until 2019 the codes 1-7 stand for -3..+3."""
    people = delivered.sheet("dfo_innbygger", wave)
    people = people[(people["vekt"] > 0) & people[group].between(*ends)]
    people = people[people[column].between(*((0, 10) if wave >= 2021 else (1, 7)))]
    mean = float((people[column] * people["vekt"]).sum() / people["vekt"].sum())
    return mean if wave >= 2021 else (mean - 1) * 10 / 6


def by_size(people: pd.DataFrame, column: str, codes: set[str]) -> list[float]:
    group = pd.cut(people["folkemengde"].astype(int), SIZES, right=False)
    return [share(members[column], codes) for _, members in people.groupby(group, observed=True)]


def idea_below_regulation(delivered: Delivered) -> bool:
    return score(delivered, 2023, "q_regulere_teknologi") > score(delivered, 2023, "q_innovativ_ide")


def external_use_of_two_did_not_fall(delivered: Delivered) -> bool:
    before, after = delivered.kommuner(2018), delivered.kommuner(2022)
    return all(share(before[name], EXTERNAL) <= share(after[name], EXTERNAL) for name in ("funksjon_03", "funksjon_04"))


def culture_is_least_of_the_obstacles(delivered: Delivered) -> bool:
    agencies = delivered.sheet("itip", 2021, "virksomhet")
    agree = {
        what: share(agencies[f"baerekraft_mangler_{what}"], {4, 5})
        for what in ("ressurser", "kompetanser", "prosesser", "kultur")
    }
    culture = agree.pop("kultur")
    return min(agree.values()) > culture


def security_tests_are_least_internal(delivered: Delivered) -> bool:
    shares = [share(delivered.kommuner(2022)[name], INTERNAL) for name in FUNCTIONS]
    least = shares[2:4]
    return max(least) < min(shares[:2] + shares[4:])


def second_most_projects_change_routines(delivered: Delivered) -> bool:
    shares = [share(delivered.kommuner(2022, prosjekt="1")[name], {"1"}) for name in PROJECTS]
    return sorted(shares, reverse=True).index(shares[1]) < 2


def few_use_the_cloud_for_development(delivered: Delivered) -> bool:
    shares = [share(delivered.kommuner(2022, sky="1")[name], {"1"}) for name in CLOUD]
    return sorted(shares).index(shares[3]) < 3


def most_functions_are_more_internal(delivered: Delivered) -> bool:
    before, after = delivered.kommuner(2018), delivered.kommuner(2022)
    return sum(share(after[name], INTERNAL) > share(before[name], INTERNAL) for name in FUNCTIONS) > 6


def cooperation_is_one_of_few_without_growth(delivered: Delivered) -> bool:
    before, after = delivered.kommuner(2018, prosjekt="1"), delivered.kommuner(2022, prosjekt="1")
    has_grown = [share(after[name], {"1"}) > share(before[name], {"1"}) for name in PROJECTS]
    return not has_grown[3] and has_grown.count(False) <= 3


def meeting_rooms_by_employees(delivered: Delivered) -> bool:
    agencies = delivered.sheet("ssb_stat", 2016)
    is_large = agencies["ansatte"].astype(int) >= 100
    return share(agencies.loc[is_large, "sky_moterom"], {"1"}) > share(agencies.loc[~is_large, "sky_moterom"], {"1"})


def half_meet_in_the_cloud(delivered: Delivered) -> bool:
    return abs(share(delivered.sheet("ssb_stat", 2016)["sky_moterom"], {"1"}) - 0.5) <= 0.05


def privacy_falls_each_wave(delivered: Delivered) -> bool:
    waves = [score(delivered, wave, "q_personvern") for wave in (2010, 2013, 2015, 2017, 2019, 2021, 2023)]
    return waves == sorted(waves, reverse=True) and len(set(waves)) == len(waves)


def obstacle_does_not_matter_for_trying(delivered: Delivered) -> bool:
    people = delivered.kommuner(2022)
    of_obstacle = [
        share(people.loc[people["hinder_kompetanse"].isin(codes), "rekruttert"], {"1"})
        for codes in (["4", "5"], ["3"], ["1", "2"])
    ]
    return all(abs(one - other) <= 0.1 for one, other in combinations(of_obstacle, 2))


def groups_differ_by_a_little(delivered: Delivered) -> bool:
    sizes = [
        abs(score(delivered, 2023, question, column, one) - score(delivered, 2023, question, column, other))
        for question in TRUST
        for column, one, other in GROUPS
    ]
    return sum(0.05 <= size <= 1.55 for size in sizes) >= 0.9 * len(sizes)


def security_reads_partly_good(delivered: Delivered) -> bool:
    return all(5.05 <= score(delivered, 2023, name) < 7.05 for name in ("q_personvern", "q_internettsikkerhet"))


def only_small_and_remote_do_not_believe(delivered: Delivered) -> bool:
    people = delivered.kommuner(2022, rekruttert="2", ikke_rekruttert_03="1")
    index = pd.read_csv(PROJECT_DIR / "seeds" / "regions" / "kommune_sentralitet.csv", dtype=str)
    index = index[index["division_year"] == "2020"]  # As in 2022.
    centrality = people["kommunenr"].str.zfill(4).map(index.set_index("kommunenr")["sentralitet"]).astype(int)
    return len(people) > 0 and (people["folkemengde"].astype(int) < 20_000).all() and (centrality > 2).all()


def larger_have_a_strategy_more_often(delivered: Delivered) -> bool:
    return spearmanr(by_size(delivered.kommuner(2022), "strategi", {"1"}), range(6)).statistic >= 0.5


CLAIMS: dict[str, tuple[str, Callable[[Delivered], bool]]] = {
    "above": ("dfo_ide_under_regulere", idea_below_regulation),
    "not_above": ("ssb23_eksterne_to_unntak", external_use_of_two_did_not_fall),
    "largest": ("ramboll_baerekraft_utfordringer", culture_is_least_of_the_obstacles),
    "smallest": ("ssb23_sikkerhetstesting_minst_interne", security_tests_are_least_internal),
    "among_largest": ("ssb23_omlegging_nest_oftest", second_most_projects_change_routines),
    "among_smallest": ("ssb23_utviklingsplattform_lite_brukt", few_use_the_cloud_for_development),
    "mostly_above": ("ssb23_interne_mer_brukt", most_functions_are_more_internal),
    "one_of_few": ("ssb23_samhandling_uten_utvikling", cooperation_is_one_of_few_without_growth),
    "rises": ("ssb16_moterom_oker_med_storrelse", meeting_rooms_by_employees),
    "equal": ("ssb16_moterom_halvparten", half_meet_in_the_cloud),
    "falls": ("dfo_personvern_faller_gradvis", privacy_falls_each_wave),
    "independent": ("ssb23_hinder_virker_ikke_paa_forsok", obstacle_does_not_matter_for_trying),
    "within": ("dfo_tillit_gruppeforskjeller", groups_differ_by_a_little),
    "reads": ("dfo_sikkerhet_delvis_tilfreds", security_reads_partly_good),
    "only_in": ("ssb23_ikke_tro_bare_smaa_usentrale", only_small_and_remote_do_not_believe),
    "correlates": ("ssb23_storre_har_oftere_strategi", larger_have_a_strategy_more_often),
}


@pytest.fixture(scope="module")
def delivered(built: Line) -> Delivered:
    return Delivered(built)


def test_every_relation_has_a_claim_counted_by_hand(built: Line) -> None:
    table = built.table("statement_reconciliation")
    assert set(table["relation"]) == set(CLAIMS)


@pytest.mark.parametrize("relation", CLAIMS)
def test_claim_counted_by_hand_is_as_published(built: Line, delivered: Delivered, relation: str) -> None:
    statement_id, holds = CLAIMS[relation]
    published = built.table("statement_reconciliation").set_index("statement_id").loc[statement_id]
    assert published["relation"] == relation
    assert published["status"].startswith("holds") == holds(delivered)
