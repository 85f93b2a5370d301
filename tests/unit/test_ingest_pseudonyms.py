"""Ids of respondents are stored as keyed hashes and nowhere in clear; without a key, real ones are not stored at all.

Not here: how the key is configured (test_ingest_settings).
"""

import hashlib
import hmac
import re
import stat
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.common.seeds import read_seed
from pipelines.common.warehouse import open_build
from pipelines.ingest import codebook
from pipelines.ingest.load import ingest
from pipelines.ingest.pseudonyms import Pseudonyms
from tests.unit.extracts import KEY, MONDAY, TUESDAY, Landing, SavExtract, innbygger_extract, kommune_extract

pytestmark = pytest.mark.slow  # each test loads: a tenth of a second or more

FOLDER = "dfo_innbygger/2021"
OTHER_KEY = "another key for tests, and for nothing else"
IDS = "select respondent_id from raw.dfo_innbygger order by row_number"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    """One wave, that is not synthetic."""
    filled = Landing(tmp_path / "data")
    innbygger_extract(2021).write(filled.path / FOLDER / "innbyggere.sav")
    return filled


def with_key(landing: Landing, key: str | None) -> Landing:
    landing.settings = replace(landing.settings, pseudonym_key=key)
    return landing


def synthetic(landing: Landing) -> Landing:
    (landing.path / FOLDER / "SOURCE.yml").write_text("synthetic: true", encoding="utf-8")
    return with_key(landing, None)


def test_id_is_stored_as_hmac_sha_256_of_its_trimmed_text(landing: Landing) -> None:
    extract = innbygger_extract(2021).set(2, "respondent_id", "  Ærlig-7 ")
    extract.write(landing.path / FOLDER / "innbyggere.sav")
    landing.ingest()
    expected = ["Respondent-0001", "Ærlig-7", "Respondent-0003", "Respondent-0004", "Respondent-0005"]
    hashes = [hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest() for text in expected]
    assert landing.rows(IDS) == [(text,) for text in hashes]
    assert all(re.fullmatch("[0-9a-f]{64}", text) for text in hashes)


def test_id_that_is_a_number_is_hashed_as_its_text() -> None:
    pseudonyms = Pseudonyms(KEY.encode())
    numbers = pa.array(["17", "", "18", "17"])
    assert pseudonyms.of_cells(numbers.dictionary_encode()).to_pylist() == pseudonyms.of_cells(numbers).to_pylist()
    assert pseudonyms.of_cells(numbers).to_pylist() == [pseudonyms.of(text) for text in ("17", "", "18", "17")]
    assert pseudonyms.of("17") == hmac.new(KEY.encode(), b"17", hashlib.sha256).hexdigest()
    assert pseudonyms.of(" ") == ""


def test_new_key_loads_the_waves_with_respondents_anew(landing: Landing) -> None:
    kommune_extract(2018).write(landing.path / "ssb_kommune/2018/kommuner.csv")
    landing.ingest()
    before = landing.rows(IDS)
    assert set(landing.statuses().values()) == {"unchanged"}
    statuses = with_key(landing, OTHER_KEY).statuses(TUESDAY)
    assert statuses == {("dfo_innbygger", 2021): "loaded", ("ssb_kommune", 2018): "unchanged"}
    assert not set(before) & set(landing.rows(IDS))
    assert with_key(landing, KEY).statuses()[("dfo_innbygger", 2021)] == "loaded"
    assert landing.rows(IDS) == before


@pytest.mark.parametrize("source", [None, "producer: DFØ", "synthetic: false"])
def test_real_delivery_without_a_key_is_refused_and_told_how_to_make_one(landing: Landing, source: str | None) -> None:
    if source:
        (landing.path / FOLDER / "SOURCE.yml").write_text(source, encoding="utf-8")
    (refused,) = with_key(landing, None).ingest().refused
    (finding,) = refused.findings
    assert (finding.rule, finding.row) == ("pseudonym_key", None)
    assert "TILSTAND_PSEUDONYM_KEY is not set" in refused.message
    assert "TILSTAND_PSEUDONYM_KEY" in finding.remedy and "secrets.token_hex(32)" in finding.remedy
    assert landing.report(FOLDER)[0]["rule"] == "pseudonym_key"
    assert landing.rows(IDS) == []
    assert not landing.settings.work.exists()


def test_load_under_a_key_stays_in_use_when_the_key_is_gone(landing: Landing) -> None:
    landing.ingest()
    before = landing.in_use("dfo_innbygger", 2021)
    (refused,) = with_key(landing, None).ingest(TUESDAY).refused
    assert "stays in use" in refused.message
    assert landing.in_use("dfo_innbygger", 2021) == before
    assert with_key(landing, KEY).statuses(TUESDAY)[("dfo_innbygger", 2021)] == "unchanged"


def test_synthetic_delivery_gets_a_key_that_is_made_once_and_readable_by_its_owner_only(landing: Landing) -> None:
    assert synthetic(landing).statuses()[("dfo_innbygger", 2021)] == "loaded"
    (file,) = landing.settings.work.iterdir()
    key = file.read_text(encoding="ascii")
    assert re.fullmatch("[0-9a-f]{64}", key)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert landing.rows(IDS)[0] == (hmac.new(key.encode(), b"Respondent-0001", hashlib.sha256).hexdigest(),)
    assert landing.statuses(TUESDAY)[("dfo_innbygger", 2021)] == "unchanged"
    assert [path.read_text(encoding="ascii") for path in landing.settings.work.iterdir()] == [key]


def test_generated_keys_differ_from_one_data_directory_to_the_next(tmp_path: Path) -> None:
    keys = set()
    for name in ("a", "b"):
        landing = Landing(tmp_path / name)
        innbygger_extract(2021).write(landing.path / FOLDER / "innbyggere.sav")
        synthetic(landing).ingest()
        keys |= {path.read_text(encoding="ascii") for path in landing.settings.work.iterdir()}
    assert len(keys) == 2


def test_configured_key_is_used_for_synthetic_deliveries_too(landing: Landing) -> None:
    with_key(synthetic(landing), KEY).ingest()
    assert landing.rows(IDS)[0] == (Pseudonyms(KEY.encode()).of("Respondent-0001"),)
    assert not landing.settings.work.exists()


def test_survey_without_respondents_needs_no_key(tmp_path: Path) -> None:
    landing = with_key(Landing(tmp_path / "data").fill(), None)
    assert set(landing.statuses().values()) == {"loaded"}


def secret_ids(extract: SavExtract, kind: str) -> list[bytes]:
    """Give the respondents ids that are nowhere else; what to look for."""
    if kind == "number":
        extract.columns["respondent_id"] = [918273645.0 + n for n in range(5)]
        return [b"9182736"]
    extract.columns["respondent_id"] = [f"HEMMELIG{n}" for n in range(5)]
    return [b"HEMMELIG", "HEMMELIG".encode("utf-16-le")]


@pytest.mark.parametrize("kind", ["text", "number"])
@pytest.mark.parametrize("ending", ["loaded", "refused"])
def test_no_id_is_in_clear_in_anything_that_is_written_or_said(
    landing: Landing, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture, kind: str, ending: str
) -> None:
    extract = innbygger_extract(2021)
    secrets = secret_ids(extract, kind)
    extract.columns["stratum"] = [f"KONTROLL{n}" for n in range(5)]
    if ending == "refused":
        extract.columns["respondent_id"][3] = extract.columns["respondent_id"][1]
        extract.set(2, "alder", 12.0).columns["nytt_navn"] = extract.columns["respondent_id"]
    extract.write(landing.path / FOLDER / "innbyggere.sav")
    said: list[str] = []
    with open_build(landing.settings.build_db) as con:
        con.execute("set force_compression = 'uncompressed'")  # so that what is there can be found
        con.execute("set memory_limit = '100MB'")
        result = ingest(con, landing.settings, MONDAY, said.append)
        said += [outcome.message for outcome in result.outcomes]
        said += [repr(outcome) for outcome in result.outcomes]
    assert [outcome.status for outcome in result.outcomes] == ["loaded" if ending == "loaded" else "quarantined"]
    assert ("(respondent, not shown)" in repr(result)) == (ending == "refused")
    written = [
        path for path in landing.settings.data_dir.rglob("*") if path.is_file() and landing.path not in path.parents
    ]
    contents = [path.read_bytes() for path in written] + [
        text.encode() for text in [*said, caplog.text, *capfd.readouterr()]
    ]
    assert {path.name for path in written} == {"build.duckdb"} | ({"report.csv"} if ending == "refused" else set())
    assert any(b"KONTROLL" in content for content in contents) == (ending == "loaded")
    assert not [secret for secret in secrets for content in contents if secret in content]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.rstrip() + ";HEMMELIG9\r\n",
        lambda text: text.rstrip() + '\r\n"HEMMELIG9',
        lambda text: text.replace("HEMMELIG1;Oslo", "SkÃ¸yenHEMMELIG1;Oslo"),
        lambda text: text.rpartition(";")[0].rpartition("HEMMELIG")[0] + "HEMMELIG",
    ],
    ids=["row too long", "open quotation", "mangled", "cut off"],
)
def test_text_file_with_ids_shows_none_where_it_cannot_be_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil
) -> None:
    rows = [
        {**row, "data_type": "respondent_id"}
        if (row["survey"], row["column_name"]) == ("ssb_kommune", "kommunenr")
        else row
        for row in read_seed("codebook")
    ]
    monkeypatch.setattr(codebook, "read_seed", lambda name: rows if name == "codebook" else read_seed(name))
    landing = Landing(tmp_path / "data")
    extract = kommune_extract(2018)
    for n, row in enumerate(extract.rows):
        row[0] = f"HEMMELIG{n}"
    file = extract.write(landing.path / "ssb_kommune/2018/kommuner.csv")
    assert landing.statuses() == {("ssb_kommune", 2018): "loaded"}
    file.write_text(spoil(extract.text()), encoding="utf-8", newline="")
    (refused,) = landing.ingest(TUESDAY).refused
    assert {f.rule for f in refused.findings} <= {"row_length", "truncated", "encoding"}
    assert "HEMMELIG" not in refused.message + repr(refused) + refused.report.read_text(encoding="utf-8")
    assert "(respondent, not shown)" in repr(refused)


def test_key_is_shown_nowhere(landing: Landing) -> None:
    assert KEY not in repr(landing.settings)
    assert KEY not in repr(Pseudonyms(KEY.encode()))
    assert KEY not in "".join(landing.settings.environment().values())
    landing.ingest()
    everything = landing.rows("select * from raw.extract_load") + landing.rows("select * from raw.dfo_innbygger")
    assert KEY not in repr(everything)
