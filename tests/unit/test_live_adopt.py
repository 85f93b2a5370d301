"""A table is taken over as a person says what it holds; what does not fit it, or is left open, is told and not written.

Not here: a run with tables that were taken over (tests/integration/test_statbank_tables.py).
"""

import shutil
from pathlib import Path

import pytest

from pipelines.common.seeds import read_rows
from pipelines.common.settings import PROJECT_DIR
from pipelines.ingest.json_stat import read_axes
from pipelines.ingest.resources import Source, sources
from pipelines.live.adopt import AdoptError, adopt, is_named, names_of, said_of, waiting
from pipelines.live.describe import proposed_rows
from tests.unit.replay import table

CUBE = read_axes(
    table(Region=["0", "0301"], Kjonn=["0", "1"], Svar=["j", "n"], Sektor=["01"], ContentsCode=["p"], Tid=["2021"])
)
ALL_SAID = ["Svar=concept", "Kjonn=0", "ContentsCode=fixed", "Sektor=category", "j=internett_daglig"]


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT_DIR / "seeds", tmp_path / "seeds")
    return tmp_path / "seeds"


def statbank() -> Source:
    return sources()["statbank"]


def take(seeds: Path, table: str, *words: str) -> list[str]:
    return adopt(seeds, proposed_rows(statbank(), table, CUBE, "yearly", "ssb_statbank", said_of(CUBE, words)))


def texts(seeds: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in (seeds / "sources").glob("*.csv")}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["Kjonn"], "'Kjonn' is not WHAT=IS"),
        (["Kjonn="], "is not WHAT=IS"),
        (["kjonn=0"], "neither a dimension nor a code kjonn; it has Region, Kjonn"),
        (["Kjonn=2"], "Kjonn has no code 2; it has 0, 1"),
        (["Svar=concept", "Sektor=category"], "Kjonn: codes <one of: 0 1>"),
        (["unit=prosent"], "unit is one of percent, count, index, not 'prosent'"),
        (["cadence=weekly"], "cadence is one of yearly, quarterly, monthly, not 'weekly'"),
        (["lag_days=-3"], "lag_days is a number of days, not '-3'"),
        ([], "Svar: codes <one of: j n>"),
    ],
)
def test_what_does_not_fit_or_is_left_open_is_told_and_nothing_is_written(
    seeds: Path, words: list[str], says: str
) -> None:
    before = texts(seeds)
    with pytest.raises(AdoptError) as wrong:
        take(seeds, "11124", *words)
    assert says in str(wrong.value)
    assert texts(seeds) == before


def test_rows_are_those_that_were_said_and_take_the_place_of_earlier_ones(seeds: Path) -> None:
    before = texts(seeds)
    assert take(seeds, "11124", *ALL_SAID) == [
        "seeds/sources/resource_dimension.csv",
        "seeds/sources/resource_code.csv",
    ]
    new = texts(seeds)
    assert new["resource.csv"] == before["resource.csv"]
    added = set(new["resource_dimension.csv"].splitlines()) - set(before["resource_dimension.csv"].splitlines())
    assert added == {
        "statbank,11124,Region,region,0 0301", "statbank,11124,Kjonn,fixed,0", "statbank,11124,Svar,concept,j n",
        "statbank,11124,Sektor,category,01", "statbank,11124,ContentsCode,fixed,p", "statbank,11124,Tid,period,*",
    }  # fmt: skip
    assert "statbank,11124,Svar,j,internett_daglig,j" in new["resource_code.csv"]
    assert ",Region," not in new["resource_code.csv"]
    take(seeds, "11124", *ALL_SAID, "0=NOR", "Svar=j")
    again = texts(seeds)
    assert again["resource_dimension.csv"].count("statbank,11124,") == 6
    assert "statbank,11124,Svar,concept,j\n" in again["resource_dimension.csv"]
    assert "statbank,11124,Region,0,NOR,0\n" in again["resource_code.csv"]
    assert "statbank,11124,Svar,n," not in again["resource_code.csv"]


def test_table_that_the_seeds_do_not_know_gets_a_row_only_where_its_unit_is_said(seeds: Path) -> None:
    with pytest.raises(AdoptError, match="99999: unit <percent, count or index>"):
        take(seeds, "99999", *ALL_SAID)
    take(seeds, "99999", *ALL_SAID, "unit=percent", "cadence=quarterly", "lag_days=90")
    (row,) = (row for row in read_rows("resource", seeds) if row["resource"] == "99999")
    assert (row["unit"], row["cadence"], row["lag_days"]) == ("percent", "quarterly", "90")
    take(seeds, "99998", *ALL_SAID, "unit=count", "cadence=monthly")
    (row,) = (row for row in read_rows("resource", seeds) if row["resource"] == "99998")
    assert (row["unit"], row["cadence"], row["lag_days"]) == ("count", "monthly", "60")


def test_dimension_that_is_called_unit_is_told_by_its_codes_and_the_unit_by_its_own() -> None:
    cube = read_axes(table(unit=["PC_IND", "PC_HH"], Tid=["2021"]))
    said = said_of(cube, ["unit=PC_IND", "unit=fixed", "unit=percent"])
    assert (said.codes, said.roles, said.own) == ({"unit": "PC_IND"}, {"unit": "fixed"}, {"unit": "percent"})


def test_figures_wait_for_names_until_they_are_given(seeds: Path) -> None:
    wait = dict(waiting("ssb_statbank", "11124", seeds))
    daily = wait["digdir_internett_daglig_2021"]
    assert not is_named(daily, names_of(seeds, "statbank", "11124"))
    take(seeds, "11124", *ALL_SAID)
    assert not is_named(daily, names_of(seeds, "statbank", "11124"))  # the concept has its name, the category has not
    take(seeds, "11124", *ALL_SAID, "01=personer_16_79")
    assert is_named(daily, names_of(seeds, "statbank", "11124"))
    assert "digdir_internett_daglig_2021" not in dict(waiting("ssb_statbank", "12038", seeds))
    assert "digdir_kommuniserer_digitalt_2021" in dict(waiting("eurostat", "isoc_ciegi_ac", seeds))
