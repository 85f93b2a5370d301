"""A survey whose next wave is late is named, and its check does not pass; nor does one of which that cannot be told.

Not here: what seeds/operations/cadence.csv must keep to (test_seed_checks.py).
"""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from pipelines.common.seeds import read_seed
from pipelines.common.settings import Settings
from pipelines.common.workspace import Workspace
from pipelines.ingest import assets, freshness
from pipelines.ingest.discovery import discover
from pipelines.ingest.freshness import late, without_cadence
from tests.unit.extracts import itip_extract, kommune_extract


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two waves of kommuner, with 48 months to the next, and one of IT i praksis, which has no cadence; all real."""
    rows = [{"survey": "ssb_kommune", "months": "48"}, {"survey": "un_egdi", "months": "24"}]
    monkeypatch.setattr(freshness, "read_seed", lambda name: rows if name == "cadence" else read_seed(name))
    folder = Settings(tmp_path).landing
    for wave in (2018, 2022):
        kommune_extract(wave).write(folder / f"ssb_kommune/{wave}/kommuner.csv")
    itip_extract(2021).write(folder / "itip/2021/itip.xlsx")
    return folder


def named(landing: Path, today: date) -> list[str]:
    return list(map(str, late(discover(landing), today)))


def test_next_wave_is_late_the_day_after_it_was_due_counted_from_the_latest(landing: Path) -> None:
    assert named(landing, date(2026, 12, 31)) == []
    (said,) = named(landing, date(2027, 1, 1))
    assert said == (
        "ssb_kommune: the latest wave is 2022, and the next one was due by 2026-12-31 (seeds/operations/cadence.csv)"
    )


def test_survey_without_a_real_wave_is_neither_late_nor_fresh(landing: Path) -> None:
    (kommuner, countries) = freshness.freshness(discover(landing), date(2026, 12, 31))
    assert (kommuner.is_fresh, countries.is_fresh) == (True, False)
    assert str(countries) == "un_egdi: no wave is here that is not synthetic, so none can be late"


def test_survey_without_a_cadence_is_named(landing: Path) -> None:
    assert "itip" in without_cadence()
    assert {"ssb_kommune", "un_egdi"}.isdisjoint(without_cadence())


def checks(landing: Path) -> dict[str, tuple[bool, str]]:
    """{asset: whether its check of freshness passed, and why} after a run of raw."""
    done = dg.materialize(
        [assets.raw_tables],
        resources={"workspace": Workspace(data_dir=str(landing.parent))},
        instance=dg.DagsterInstance.ephemeral(),
    )
    return {
        check.asset_key.to_user_string(): (check.passed, str(check.metadata["why"].value))
        for check in done.get_asset_check_evaluations()
        if check.check_name == assets.FRESH
    }


def test_check_passes_while_the_next_wave_is_not_due_and_does_not_after(
    landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for months, is_fresh in (("1200", True), ("1", False)):
        rows = [{"survey": row["survey"], "months": months} for row in read_seed("cadence")]
        monkeypatch.setattr(
            freshness, "read_seed", lambda name, rows=rows: rows if name == "cadence" else read_seed(name)
        )
        said = checks(landing)
        assert set(said) == {f"raw/{assets.FIRST_TABLES[row['survey']]}" for row in rows}
        passed, why = said["raw/ssb_kommune"]
        assert passed is is_fresh and "2022" in why
        assert said["raw/un_egdi"][0] is False, "of what is not here nobody can say that it is fresh"
