"""A new key: what was stored under the one before is gone, and the next load makes it anew; nothing else is touched.

Not here: what a pseudonym is (test_ingest_pseudonyms.py), and forgetting (test_forget.py).
"""

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.__main__ import main
from pipelines.common.settings import Settings
from pipelines.common.warehouse import open_build
from pipelines.ingest.load import ingest
from pipelines.ingest.pseudonyms import Pseudonyms
from pipelines.privacy.keys import rotate_key
from pipelines.privacy.removal import ForgetError
from pipelines.privacy.scan import Sought, traces
from tests.unit.extracts import KEY, MONDAY, TUESDAY, innbygger_extract, itip_extract, kommune_extract

pytestmark = pytest.mark.slow  # each test loads

NEW_KEY = "another key for tests, and for nothing else"
IDS = [f"Respondent-{n:04}" for n in range(1, 6)]


def load(settings: Settings, now=MONDAY) -> dict[tuple, str]:
    with open_build(settings.build_db) as con:
        con.execute("set force_compression = 'uncompressed'")
        return {(o.survey, o.wave): o.status for o in ingest(con, settings, now).outcomes}


def found(settings: Settings, *keys: str) -> list[str]:
    pseudonyms = [Pseudonyms(key.encode()).of(text) for key in keys for text in IDS]
    return [path.name for path in {trace.path for trace in traces(settings.data_dir, Sought({*pseudonyms, *keys}))}]


@pytest.fixture
def real(tmp_path: Path) -> Settings:
    """Two real waves of the same citizens, and surveys without linked ids; loaded under a key."""
    settings = Settings(tmp_path / "data", pseudonym_key=KEY)
    for wave in (2019, 2021):
        innbygger_extract(wave).write(settings.landing / "dfo_innbygger" / str(wave) / "innbyggere.sav")
    kommune_extract(2018).write(settings.landing / "ssb_kommune/2018/kommuner.csv")
    itip_extract(2021).write(settings.landing / "itip/2021/itip.xlsx")
    assert set(load(settings).values()) == {"loaded"}
    return settings


@pytest.fixture
def synthetic(real: Settings) -> Settings:
    """The same, made up, under a key that a run made."""
    for wave in (2019, 2021):
        (real.landing / "dfo_innbygger" / str(wave) / "SOURCE.yml").write_text("synthetic: true", encoding="utf-8")
    settings = replace(real, pseudonym_key=None)
    load(settings)
    return settings


def test_loading_under_a_new_key_alone_leaves_the_bytes_of_the_old_pseudonyms(real: Settings) -> None:
    """What the search is able to find, and why there is a command."""
    load(replace(real, pseudonym_key=NEW_KEY), TUESDAY)
    assert found(real, KEY) == ["build.duckdb"]


def test_old_pseudonyms_are_gone_and_the_next_load_makes_new_ones(real: Settings) -> None:
    settings = replace(real, pseudonym_key=NEW_KEY)
    account = rotate_key(settings)
    assert account.left == [] and account.n_sought >= len(IDS)
    assert "work/build.duckdb written anew without 10 rows" in account.done
    assert "dfo_innbygger 2019, dfo_innbygger 2021 anew" in account.notes[0]
    assert found(settings, KEY) == []
    assert load(settings, TUESDAY) == {
        ("dfo_innbygger", 2019): "loaded",
        ("dfo_innbygger", 2021): "loaded",
        ("ssb_kommune", 2018): "unchanged",
        ("itip", 2021): "unchanged",
    }
    assert found(settings, KEY) == []
    assert found(settings, NEW_KEY) == ["build.duckdb"]


def test_key_that_a_run_made_is_gone_and_the_next_makes_another(synthetic: Settings) -> None:
    file = synthetic.work / "pseudonym.key"
    old = file.read_text(encoding="ascii")
    assert set(found(synthetic, old)) == {"pseudonym.key", "build.duckdb"}
    account = rotate_key(synthetic)
    assert account.left == []
    assert found(synthetic, old) == [] and not file.exists()
    assert load(synthetic, TUESDAY)["dfo_innbygger", 2019] == "loaded"
    assert found(synthetic, old) == []
    assert file.read_text(encoding="ascii") != old
    assert set(found(synthetic, file.read_text(encoding="ascii"))) == {"pseudonym.key", "build.duckdb"}


def test_key_that_lies_elsewhere_too_is_named(synthetic: Settings) -> None:
    (synthetic.data_dir / "note.txt").write_bytes((synthetic.work / "pseudonym.key").read_bytes())
    assert [trace.path.name for trace in rotate_key(synthetic).left] == ["note.txt"]


def test_key_that_is_set_already_is_nothing_to_rotate_to(real: Settings) -> None:
    with pytest.raises(ForgetError, match=r"set another .*secrets.token_hex"):
        rotate_key(real)
    assert found(real, KEY) == ["build.duckdb"]


def test_without_any_key_before_there_is_nothing_to_rotate(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data")
    kommune_extract(2018).write(settings.landing / "ssb_kommune/2018/kommuner.csv")
    load(settings)
    with pytest.raises(ForgetError, match="nothing to rotate"):
        rotate_key(settings)


def test_wave_that_could_not_be_loaded_anew_keeps_its_pseudonyms_and_is_named(real: Settings) -> None:
    innbygger_extract(2021).set(1, "alder", 7.0).write(real.landing / "dfo_innbygger/2021/innbyggere.sav")
    with pytest.raises(ForgetError, match=r"dfo_innbygger 2021 cannot be loaded anew.*or forget dfo_innbygger 2021"):
        rotate_key(replace(real, pseudonym_key=NEW_KEY))
    assert found(real, KEY) == ["build.duckdb"]


def test_real_waves_keep_their_pseudonyms_until_a_new_key_is_set(real: Settings) -> None:
    with pytest.raises(ForgetError, match="TILSTAND_PSEUDONYM_KEY is not set"):
        rotate_key(replace(real, pseudonym_key=None))
    assert found(real, KEY) == ["build.duckdb"]


def test_command_tells_what_was_removed_and_shows_no_key(
    synthetic: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(synthetic.data_dir))
    monkeypatch.delenv("TILSTAND_PSEUDONYM_KEY", raising=False)
    old = (synthetic.work / "pseudonym.key").read_text(encoding="ascii")
    assert main(["rotate-key"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Rotated: the key of pseudonyms\n")
    assert "  work/pseudonym.key removed;" in said and "none is left" in said and old not in said
    assert main(["rotate-key"]) == 1
    assert "nothing to rotate" in capsys.readouterr().err
