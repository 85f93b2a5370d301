"""A wave with answers of real respondents that is past its date is named, with what to type; nothing is removed.

Not here: what seeds/disclosure/retention.csv must keep to (test_seed_checks.py), and forgetting (test_forget.py).
"""

from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest

from pipelines.__main__ import main
from pipelines.common.metadata import as_it_is
from pipelines.common.seeds import read_seed
from pipelines.common.settings import Settings
from pipelines.common.workspace import Workspace
from pipelines.ingest import retention
from pipelines.ingest.assets import raw_tables
from pipelines.ingest.discovery import discover
from pipelines.ingest.retention import last_day, overdue
from tests.unit.extracts import innbygger_extract, itip_extract, kommune_extract

MONTHS = {("dfo_innbygger", ""): 60, ("itip", "virksomhet"): 120, ("itip", "innbygger"): 7}


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wave of citizens, one of two tables, and one of kommuner, whose answers may be kept for ever; all real."""
    rows = [{"survey": s, "part": p, "months": str(n)} for (s, p), n in MONTHS.items()]
    monkeypatch.setattr(retention, "read_seed", lambda name: rows if name == "retention" else read_seed(name))
    folder = Settings(tmp_path).landing
    innbygger_extract(2019).write(folder / "dfo_innbygger/2019/innbyggere.sav")
    itip_extract(2021).write(folder / "itip/2021/itip.xlsx")
    kommune_extract(2018).write(folder / "ssb_kommune/2018/kommuner.csv")
    return folder


def named(landing: Path, today: date) -> list[tuple[str, int, str]]:
    return [(late.survey, late.wave, late.part) for late in overdue(discover(landing), today)]


@pytest.mark.parametrize(
    ("months", "until"),
    [(1, (2020, 1, 31)), (2, (2020, 2, 29)), (11, (2020, 11, 30)), (12, (2020, 12, 31)), (60, (2024, 12, 31))],
)
def test_time_begins_with_the_end_of_the_waves_year(months: int, until: tuple[int, int, int]) -> None:
    assert last_day(2019, months) == date(*until)


def test_each_part_is_late_the_day_after_its_own_last(landing: Path) -> None:
    citizens, of_itip = last_day(2019, 60), last_day(2021, 7)
    assert (citizens, of_itip) == (date(2024, 12, 31), date(2022, 7, 31))
    day = timedelta(days=1)
    assert named(landing, of_itip) == []
    assert named(landing, of_itip + day) == [("itip", 2021, "innbygger")]
    assert named(landing, citizens) == [("itip", 2021, "innbygger")]
    assert named(landing, citizens + day) == [("dfo_innbygger", 2019, ""), ("itip", 2021, "innbygger")]
    assert len(named(landing, date(2099, 1, 1))) == 3


def test_synthetic_wave_is_never_late(landing: Path) -> None:
    (landing / "dfo_innbygger/2019/SOURCE.yml").write_text("synthetic: true", encoding="utf-8")
    assert {survey for survey, *_ in named(landing, date(2099, 1, 1))} == {"itip"}


def test_check_names_what_is_late_and_what_to_type(
    landing: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(landing.parent))
    main(["check", str(landing)])
    said = capsys.readouterr().err
    assert "  ! dfo_innbygger 2019 may be kept until 2024-12-31 (seeds/disclosure/retention.csv): " in said
    assert "python -m pipelines forget dfo_innbygger 2019\n" in said
    assert "ssb_kommune" not in said


@pytest.mark.slow
def test_run_warns_of_what_is_late_and_goes_on(landing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(landing.parent))
    workspace = Workspace(data_dir=str(landing.parent))
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([raw_tables], resources={"workspace": workspace}, instance=instance)
    assert run.success
    (check,) = [c for c in run.get_asset_check_evaluations() if c.check_name == "no_microdata_is_kept_too_long"]
    assert not check.passed and check.severity == dg.AssetCheckSeverity.WARN
    assert as_it_is("forget dfo_innbygger 2019") in check.metadata["overdue"].value


def test_every_survey_of_the_sample_whose_respondents_have_ids_has_a_time() -> None:
    stated = {(row["survey"], row["part"]): int(row["months"]) for row in read_seed("retention")}
    assert stated.keys() == MONTHS.keys()
    assert all(row["legal_basis"] and row["reason_nb"] for row in read_seed("retention"))
