"""Tables that nobody knew become published figures by commands alone: described, taken over, fetched, run, confirmed.

Not here: the run (scenarios.py), the tables (statbank_tables.py), and refusals of the command (test_live_adopt.py).
"""

from concurrent.futures import Future

import pandas as pd
import pytest

from tests.integration.scenarios import SOURCE_SEEDS, Statbank
from tests.integration.statbank_tables import CONFIRMED, TABLES


@pytest.fixture(scope="session")
def statbank(runs: dict[str, Future]) -> Statbank:
    return runs["statbank"].result()


@pytest.fixture(scope="module")
def reconciliation(statbank: Statbank) -> pd.DataFrame:
    return statbank.line.table("reconciliation").set_index("figure_id")


def test_run_publishes_what_was_fetched(statbank: Statbank) -> None:
    assert statbank.run.code == 0, statbank.run.out + statbank.run.err
    fetched = {name for name, said in statbank.said.items() if name.startswith("fetch") and ": fetched," in said}
    assert fetched == {f"fetch statbank_{name}" for name in TABLES} | {"fetch eurostat_isoc_ciegi_ac"}
    assert set(statbank.line.table("official_statistics")["table_id"]) == {*TABLES, "isoc_ciegi_ac"}


def test_describe_names_the_figures_that_wait(statbank: Statbank) -> None:
    waiting = (
        "# digdir_internett_daglig_2021: concept=internett_daglig category=personer_16_79 region=NOR period_code=2021"
    )
    assert waiting in statbank.said["describe 11124"]
    assert "digdir_internett_daglig" not in statbank.said["describe 14023"]
    assert "digdir_ssb_gjenbruk_saksbehandling_stat_2021" in statbank.said["describe 14023"]
    assert "digdir_internett_daglig_2021 is confirmed where" in statbank.said["adopt 11124"]


def test_rows_of_other_tables_stay_letter_by_letter(statbank: Statbank) -> None:
    assert "seeds/: no mistakes" in statbank.said["check-seeds"]
    for name in SOURCE_SEEDS:
        after = (statbank.line.project / "seeds" / "sources" / name).read_text("utf-8").splitlines()
        before = statbank.seeds[name].splitlines()
        assert [line for line in after if line in before] == before
        assert {line.split(",")[1] for line in after if line not in before} <= set(TABLES)


def test_each_of_the_sixteen_figures_is_confirmed_by_its_cell(reconciliation: pd.DataFrame) -> None:
    confirmed = reconciliation["confirmed_by"].dropna()
    assert len(CONFIRMED) == 16 and set(confirmed.index) >= CONFIRMED
    tables = {key for figure in confirmed[sorted(CONFIRMED)] for key in TABLES if f"table_id={key};" in figure}
    assert {"11124", "12038", "12957"} <= tables  # the others' keys name no table, since nobody knows which it is
    assert confirmed["digdir_okt_digitaliseringstakt_2021"].startswith(
        "official_statistics[source=ssb_statbank;concept"
    )


def test_each_table_confirms_a_figure(statbank: Statbank, reconciliation: pd.DataFrame) -> None:
    figures = statbank.line.table("official_statistics").set_index(["concept", "category", "period_code", "region"])
    used = set()
    for cell in reconciliation["confirmed_by"].dropna():
        key = dict(part.split("=") for part in cell.partition("[")[2].partition("]")[0].split(";"))
        used.add(figures.loc[(key["concept"], key["category"], key["period_code"], key["region"]), "table_id"])
    assert used == {*TABLES, "isoc_ciegi_ac"}


def test_places_are_computed_from_the_figures_of_all_countries(reconciliation: pd.DataFrame) -> None:
    """Of 38 countries, of which one has no figure of 2021: the number that is printed is not that of the table."""
    places = reconciliation.loc[["digdir_rank_kommuniserer_digitalt_2020", "digdir_rank_kommuniserer_digitalt_2021"]]
    assert list(places["status"]) == ["exact", "exact"] and list(places["computed_value"]) == [2, 2]
    assert reconciliation.loc["digdir_rank_kommuniserer_digitalt_n_land", "computed_value"] == 37


def test_growth_is_computed_from_its_two_levels(reconciliation: pd.DataFrame) -> None:
    growth = reconciliation.loc["digdir_tjenester_fellesloesninger_vekst_2021"]
    assert growth["status"] == "within_rounding"
    assert growth["computed_value"] == pytest.approx(100 * (9257 / 7406 - 1))


def test_figures_of_kommuner_are_there_in_every_division(statbank: Statbank) -> None:
    """Molde, Ålesund and Kristiansund of 2018 were merged, merged and divided again, and left as they were."""
    figures = statbank.line.table("official_statistics_kommuner").set_index(["division_year", "kommunenr"])
    assert set(figures["table_id"]) == {"12031"} and set(figures["period_code"]) == {"2018"}
    assert figures.loc[2018, "value"].to_dict() == {"0301": 10, "1502": 20, "1504": 30, "1505": 40}
    assert figures.loc[2020, "value"].to_dict() == {"0301": 10, "1506": 20, "1507": 30, "1505": 40}
    assert figures.loc[2024, "value"].to_dict() == {"0301": 10, "1506": 20, "1508": 30, "1505": 40}
    assert figures.loc[(2020, "1506"), "method"] == "merged"
    people = pd.read_csv(statbank.line.project / "seeds/regions/kommune_population.csv", dtype={"kommunenr": str})
    of_2018 = people[people["year"] == 2018].set_index("kommunenr")["population"]
    share = of_2018["1502"] / of_2018[["1502", "1543", "1545"]].sum()
    assert figures.loc[(2020, "1506"), "predecessors_answered_share"] == pytest.approx(share)
