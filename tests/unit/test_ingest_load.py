"""What is delivered well is in raw as delivered, once, and is followed when it changes or goes away.

Not here: what is refused (test_ingest_refuses).
"""

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from pipelines.common.seeds import read_seed
from pipelines.common.settings import Settings
from pipelines.ingest import codebook, csv_reader, delivery, kommuner, readers
from pipelines.ingest.extract import Chunk, Extract
from pipelines.ingest.load import ingest
from pipelines.ingest.raw_tables import WaveLoad
from tests.unit.extracts import TUESDAY, Landing, innbygger_extract, itip_extract, kommune_extract, un_extract

pytestmark = pytest.mark.slow  # each test loads: a tenth of a second or more

KOMMUNE_FILE = "ssb_kommune/2018/kommuner.csv"
LOG = """
    select sha256, status, loaded_at, n_findings
    from raw.extract_load
    where survey = 'ssb_kommune' and wave = 2018
    order by status
"""


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "data").fill()


def change_seeds(monkeypatch: pytest.MonkeyPatch, seed: str, rows: list[dict[str, str]]) -> None:
    changed = lambda name: rows if name == seed else read_seed(name)  # noqa: E731
    monkeypatch.setattr(codebook, "read_seed", changed)
    monkeypatch.setattr(kommuner, "read_seed", changed)


def test_values_are_loaded_as_delivered(landing: Landing) -> None:
    extract = kommune_extract(2018).set(3, "kommunenr", " 301").set(4, "sky", " 1 ").set(4, "sky_01", "")
    extract.write(landing.path / KOMMUNE_FILE)
    landing.ingest()
    names = ", ".join(f'"{name}"' for name in extract.header)
    assert landing.rows(f"select {names} from raw.ssb_kommune where wave = 2018 order by row_number") == [
        tuple(row) for row in extract.rows
    ]
    numbers = landing.rows("select row_number from raw.ssb_kommune where wave = 2018 order by 1")
    assert numbers == [(2,), (3,), (4,), (5,), (6,)]


def test_un_file_with_float_ranks_and_blank_ignored_columns_is_loaded(landing: Landing) -> None:
    assert landing.statuses()[("un_egdi", 2018)] == "loaded"
    columns = '"country-code", "country-name", "e-gov-rank", "e-gov-index", hci, tii'
    assert landing.rows(f"select {columns} from raw.un_egdi where row_number = 4") == [
        ("NOR", "Norway", "3.0", "0.87", "", "5e-05")
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encoding_is_found_and_logged(landing: Landing, encoding: str) -> None:
    kommune_extract(2018).write(landing.path / KOMMUNE_FILE, encoding)
    landing.ingest()
    assert landing.rows("select distinct kommunenavn from raw.ssb_kommune where kommunenr = '0301'") == [
        ("Oslo på øya",)
    ]
    query = "select encoding from raw.extract_load where survey = 'ssb_kommune' and wave = 2018"
    assert landing.rows(query) == [(encoding,)]


def test_plain_ascii_and_sami_letters_are_no_sign_of_a_wrong_encoding(landing: Landing) -> None:
    extract = kommune_extract(2018).set(3, "kommunenavn", "Kárášjohka – Karasjok «žŠ» ŒUVRE")
    extract.write(landing.path / KOMMUNE_FILE, "utf-8")
    assert landing.statuses()[("ssb_kommune", 2018)] == "loaded"


def test_column_order_and_case_are_free(landing: Landing) -> None:
    extract = kommune_extract(2018)
    expected = sorted(zip(extract.header, extract.rows[1], strict=True))
    extract.header = [f" {name.upper()} " for name in reversed(extract.header)]
    extract.rows = [row[::-1] for row in extract.rows]
    extract.write(landing.path / KOMMUNE_FILE)
    assert landing.statuses()[("ssb_kommune", 2018)] == "loaded"
    names = ", ".join(f'"{name}"' for name, _ in expected)
    (row,) = landing.rows(f"select {names} from raw.ssb_kommune where wave = 2018 and row_number = 3")
    assert list(row) == [value for _, value in expected]


def test_quoted_text_may_hold_delimiter_and_line_break(landing: Landing) -> None:
    kommune_extract(2018).set(3, "kommunenavn", 'Oslo; "hovedstad"\r\ni øst').write(landing.path / KOMMUNE_FILE)
    landing.ingest()
    assert landing.rows("select row_number, kommunenavn from raw.ssb_kommune where wave = 2018 order by 1")[1:3] == [
        (3, 'Oslo; "hovedstad"\r\ni øst'),
        (5, "Stavanger på øya"),
    ]


def test_optional_column_that_is_absent_is_null(landing: Landing) -> None:
    extract = kommune_extract(2018)
    position = extract.header.index("kommunenavn")
    for line in [extract.header, *extract.rows]:
        del line[position]
    extract.write(landing.path / KOMMUNE_FILE)
    landing.ingest()
    query = "select distinct kommunenavn from raw.ssb_kommune where wave = 2018"
    assert landing.rows(query) == [(None,)]


def test_blank_is_accepted_where_the_codebook_says_what_it_means(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = landing.path / "international" / "un_egdi" / "2018" / "egdi.csv"
    un_extract().set(3, "e-gov-rank", "").write(file)
    rows = [
        {**row, "blank_kind": "ubesvart"} if row["column_name"] == "e-gov-rank" else row
        for row in read_seed("codebook")
    ]
    change_seeds(monkeypatch, "codebook", rows)
    assert landing.statuses()[("un_egdi", 2018)] == "loaded"


@pytest.mark.parametrize(
    ("column", "value"),
    [("alder", None), ("alder", float("nan")), ("kjonn", None), ("utdanning", None), ("kommunenr", None)],
)
def test_one_who_leaves_a_background_question_blank_does_not_keep_the_others_out(
    landing: Landing, column: str, value: float | None
) -> None:
    innbygger_extract(2021).set(2, column, value).write(landing.path / "dfo_innbygger/2021/innbyggere.sav")
    assert landing.statuses()[("dfo_innbygger", 2021)] == "loaded"
    query = f"select row_number from raw.dfo_innbygger where trim({column}) = ''"
    assert landing.rows(query) == [(2,)]


@pytest.mark.parametrize("column", ["alder", "kjonn"])
def test_blank_background_in_a_sheet_is_loaded(landing: Landing, column: str) -> None:
    itip_extract(2021).set("innbygger", 3, column, None).write(landing.path / "itip" / "2021" / "itip.xlsx")
    assert landing.statuses()[("itip", 2021)] == "loaded"
    assert landing.rows(f"select row_number from raw.itip_innbygger where {column} = ''") == [(3,)]


def test_blank_filter_question_does_not_forbid_an_answer(landing: Landing) -> None:
    kommune_extract(2018).set(2, "strategi", "").write(landing.path / KOMMUNE_FILE)
    assert landing.statuses()[("ssb_kommune", 2018)] == "loaded"


def test_log_says_what_was_loaded_and_from_where(landing: Landing) -> None:
    file = landing.path / KOMMUNE_FILE
    source = "synthetic: true\nproducer: SSB, æøå\nretrieved: 2024-02-01\n"
    (file.parent / "source.yml").write_text(source, encoding="utf-8")
    now = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    landing.ingest(now)
    first, second = landing.rows("""
        select
            file_name, size_bytes, n_rows, n_columns, reader, loaded_at, status, n_findings,
            provenance, is_synthetic
        from raw.extract_load
        where survey = 'ssb_kommune'
        order by wave
    """)
    provenance = {"producer": "SSB, æøå", "retrieved": "2024-02-01", "synthetic": True}
    assert first == (
        KOMMUNE_FILE,
        file.stat().st_size,
        5,
        77,
        "csv",
        datetime(2026, 3, 2, 8, 30),
        "loaded",
        0,
        json.dumps(provenance, ensure_ascii=False),
        True,
    )
    assert second[-2:] == ("{}", False)


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_blank_provenance_is_no_provenance(landing: Landing, text: str) -> None:
    (landing.path / "ssb_kommune" / "2018" / "SOURCE.yml").write_text(text, encoding="utf-8")
    assert landing.statuses()[("ssb_kommune", 2018)] == "loaded"


@pytest.mark.parametrize("key", ["synthetic", "Synthetic", "SYNTHETIC", '" synthetic "'])
def test_provenance_keys_are_known_in_any_case_and_unknown_ones_are_kept(landing: Landing, key: str) -> None:
    text = f"{key}: yes\nProducer: SSB\nKontakt: 12\nsynthesis: none\nfra: 2024-05-02\ntom:\n"
    (landing.path / "ssb_kommune" / "2018" / "SOURCE.yml").write_text(text, encoding="utf-8")
    assert landing.statuses()[("ssb_kommune", 2018)] == "loaded"
    query = "select provenance, is_synthetic from raw.extract_load where survey = 'ssb_kommune' and wave = 2018"
    ((provenance, is_synthetic),) = landing.rows(query)
    kept = {"Kontakt": 12, "fra": "2024-05-02", "producer": "SSB", "synthesis": "none", "tom": None}
    assert json.loads(provenance) == {**kept, "synthetic": True}
    assert is_synthetic


def test_unchanged_landing_writes_nothing(landing: Landing) -> None:
    landing.ingest()
    before = landing.rows("select * from raw.extract_load order by all")
    result = landing.ingest(TUESDAY)
    assert {outcome.status for outcome in result.outcomes} == {"unchanged"}
    assert [outcome.n_rows for outcome in result.outcomes] == [4, 5, 5]
    assert landing.rows("select * from raw.extract_load order by all") == before


def test_changed_file_replaces_the_wave_and_a_returning_one_is_loaded_again(landing: Landing) -> None:
    landing.ingest()
    first = landing.in_use("ssb_kommune", 2018)
    extract = kommune_extract(2018)
    extract.rows.pop()
    extract.write(landing.path / KOMMUNE_FILE)
    assert landing.statuses(TUESDAY)[("ssb_kommune", 2018)] == "loaded"
    assert landing.rows("select count(*), count(distinct sha256) from raw.ssb_kommune where wave = 2018") == [(4, 1)]
    assert [row[1] for row in landing.rows(LOG)] == ["loaded", "replaced"]
    kommune_extract(2018).write(landing.path / KOMMUNE_FILE)
    landing.ingest()
    assert landing.in_use("ssb_kommune", 2018) == first
    assert [row[1] for row in landing.rows(LOG)] == ["loaded", "replaced"]


def test_changed_provenance_loads_again_with_the_same_file(landing: Landing) -> None:
    landing.ingest()
    (landing.path / "ssb_kommune" / "2018" / "SOURCE.yml").write_text("synthetic: true", encoding="utf-8")
    assert landing.statuses(TUESDAY)[("ssb_kommune", 2018)] == "loaded"
    assert landing.rows("select is_synthetic from raw.extract_load where wave = 2018 order by survey") == [
        (True,),
        (False,),
    ]


def test_changed_codebook_loads_that_wave_again(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.ingest()
    frame = {
        "code_frame": "intern_ekstern",
        "code": "7",
        "answer_nb": "Ny",
        "answer_kind": "answer",
        "value": "7",
    }
    change_seeds(monkeypatch, "code_frame", [*read_seed("code_frame"), frame])
    assert landing.statuses(TUESDAY) == {
        ("un_egdi", 2018): "unchanged",
        ("ssb_kommune", 2018): "loaded",
        ("ssb_kommune", 2022): "loaded",
    }
    assert [row[2] for row in landing.rows(LOG)] == [TUESDAY.replace(tzinfo=None)]


def test_changed_kommune_list_loads_only_surveys_with_kommuner_again(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.ingest()
    new = {"kommunenr": "0999", "kommunenavn": "Ny", "valid_from": "2017-01-01", "valid_to": "2019-01-01"}
    change_seeds(monkeypatch, "kommune", [*read_seed("kommune"), new])
    assert landing.statuses(TUESDAY) == {
        ("un_egdi", 2018): "unchanged",
        ("ssb_kommune", 2018): "loaded",
        ("ssb_kommune", 2022): "unchanged",
    }


def test_column_that_the_codebook_gains_is_added_to_raw(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.ingest()
    extract = kommune_extract(2018)
    template = next(row for row in read_seed("codebook") if row["column_name"] == "kommunenavn")
    change_seeds(monkeypatch, "codebook", [*read_seed("codebook"), {**template, "column_name": "Merknad-1"}])
    extract.header.append("merknad-1")
    for row in extract.rows:
        row.append("fritekst")
    extract.write(landing.path / KOMMUNE_FILE)
    landing.ingest(TUESDAY)
    query = 'select wave, "merknad-1", count(*) from raw.ssb_kommune group by all order by all'
    assert landing.rows(query) == [(2018, "fritekst", 5), (2022, None, 5)]


def test_renamed_file_is_not_loaded_again_and_is_logged_by_its_new_name(landing: Landing) -> None:
    landing.ingest()
    everything = "select * exclude (file_name) from raw.extract_load order by all"
    before, rows = landing.rows(everything), landing.in_use("ssb_kommune", 2018)[0]
    (landing.path / KOMMUNE_FILE).rename(landing.path / "ssb_kommune/2018/endelig.csv")
    result = landing.ingest(TUESDAY)
    (message,) = [o.message for o in result.outcomes if (o.survey, o.wave) == ("ssb_kommune", 2018)]
    assert {outcome.status for outcome in result.outcomes} == {"unchanged"}
    assert "endelig.csv" in message and "it was ssb_kommune/2018/kommuner.csv" in message
    names = landing.rows("select file_name from raw.extract_load where wave = 2018 order by 1")
    assert names == [("international/un_egdi/2018/egdi.csv",), ("ssb_kommune/2018/endelig.csv",)]
    assert landing.rows(everything) == before
    assert landing.in_use("ssb_kommune", 2018)[0] == rows


def test_renamed_refused_file_is_logged_by_its_new_name(landing: Landing) -> None:
    file = kommune_extract(2018).set(3, "funksjon_01", "7").write(landing.path / KOMMUNE_FILE)
    landing.ingest()
    before = landing.rows(LOG)
    file.rename(file.with_name("endelig.csv"))
    (refused,) = landing.ingest(TUESDAY).refused
    assert refused.file == "ssb_kommune/2018/endelig.csv"
    query = "select file_name from raw.extract_load where status = 'quarantined'"
    assert landing.rows(query) == [("ssb_kommune/2018/endelig.csv",)]
    assert landing.rows(LOG) == before


@pytest.mark.parametrize("was", ["replaced", "removed"])
def test_refusal_of_a_file_that_was_once_in_use_leaves_its_history(landing: Landing, was: str) -> None:
    landing.ingest()
    file = landing.path / KOMMUNE_FILE
    if was == "replaced":
        kommune_extract(2018).set(3, "funksjon_01", "8").write(file)
    else:
        shutil.rmtree(file.parent)
    landing.ingest()
    assert was in [row[1] for row in landing.rows(LOG)]
    log = "select * from raw.extract_load order by all"
    before = landing.rows(log)
    kommune_extract(2018).write(file)
    (file.parent / "SOURCE.yml").write_text("- no keys", encoding="utf-8")
    for _ in range(2):
        (refused,) = landing.ingest(TUESDAY).refused
        assert (refused.survey, refused.wave, refused.n_findings) == ("ssb_kommune", 2018, 1)
        assert refused.report.is_file()
        assert landing.rows(log) == before


def test_refused_file_is_reported_every_time_and_logged_once(landing: Landing) -> None:
    landing.ingest()
    kommune_extract(2018).set(3, "funksjon_01", "7").write(landing.path / KOMMUNE_FILE)
    for day in (1, 2, 3):
        (refused,) = landing.ingest(TUESDAY + timedelta(days=day)).refused
        assert refused.n_findings == 1
    assert [row[1:] for row in landing.rows(LOG)] == [
        ("loaded", datetime(2026, 3, 2, 8), 0),
        ("quarantined", datetime(2026, 3, 4, 8), 1),
    ]


def test_mended_file_is_loaded_and_its_report_goes(landing: Landing) -> None:
    landing.ingest()
    kommune_extract(2018).set(3, "funksjon_01", "7").write(landing.path / KOMMUNE_FILE)
    (refused,) = landing.ingest().refused
    assert refused.report.is_file()
    kommune_extract(2018).set(3, "funksjon_01", "8").write(landing.path / KOMMUNE_FILE)
    assert landing.statuses(TUESDAY)[("ssb_kommune", 2018)] == "loaded"
    assert list(landing.settings.quarantine.iterdir()) == []


def test_refused_file_is_accepted_once_the_codebook_knows_its_code(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    kommune_extract(2018).set(3, "funksjon_01", "7").write(landing.path / KOMMUNE_FILE)
    assert landing.statuses()[("ssb_kommune", 2018)] == "quarantined"
    frame = {
        "code_frame": "intern_ekstern",
        "code": "7",
        "answer_nb": "Ny",
        "answer_kind": "answer",
        "value": "7",
    }
    change_seeds(monkeypatch, "code_frame", [*read_seed("code_frame"), frame])
    assert landing.statuses(TUESDAY)[("ssb_kommune", 2018)] == "loaded"
    assert [row[1] for row in landing.rows(LOG)] == ["loaded"]


def test_loaded_file_that_a_new_codebook_refuses_stays_in_use(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.ingest()
    before = landing.in_use("ssb_kommune", 2018)
    rows = [row for row in read_seed("code_frame") if (row["code_frame"], row["code"]) != ("ja_nei", "2")]
    change_seeds(monkeypatch, "code_frame", rows)
    assert landing.statuses(TUESDAY)[("ssb_kommune", 2018)] == "quarantined"
    assert landing.in_use("ssb_kommune", 2018) == before
    assert [row[1] for row in landing.rows(LOG)] == ["loaded"]


def test_wave_that_is_no_longer_delivered_is_removed(landing: Landing) -> None:
    landing.ingest()
    (landing.path / KOMMUNE_FILE).unlink()
    (landing.path / KOMMUNE_FILE).parent.rmdir()
    assert landing.statuses(TUESDAY) == {
        ("un_egdi", 2018): "unchanged",
        ("ssb_kommune", 2022): "unchanged",
        ("ssb_kommune", 2018): "removed",
    }
    assert landing.rows("select distinct wave from raw.ssb_kommune") == [(2022,)]
    assert [row[1] for row in landing.rows(LOG)] == ["removed"]
    assert ("ssb_kommune", 2018) not in landing.statuses()


def test_report_of_a_wave_that_went_away_goes_too(landing: Landing) -> None:
    stray = landing.path / "ukjent" / "x.csv"
    stray.parent.mkdir()
    stray.write_text("x", encoding="utf-8")
    assert len(landing.ingest().refused) == 1
    stray.unlink()
    stray.parent.rmdir()
    assert landing.ingest().refused == []
    assert list(landing.settings.quarantine.iterdir()) == []


def test_landing_with_one_survey_leaves_the_tables_of_others_empty(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "data")
    un_extract().write(landing.path / "international" / "un_egdi" / "2018" / "egdi.csv")
    assert landing.statuses() == {("un_egdi", 2018): "loaded"}
    assert landing.rows("select count(*) from raw.ssb_kommune") == [(0,)]
    assert {row[0] for row in landing.rows("describe raw.ssb_kommune")} == {
        *(column.name for column in codebook.columns("ssb_kommune", 2018)),
        "wave",
        "row_number",
        "sha256",
    }


def test_files_of_file_managers_and_open_spreadsheets_are_overlooked(landing: Landing) -> None:
    for name in (".DS_Store", "ssb_kommune/.gitkeep", "ssb_kommune/2018/~$kommuner.csv", "Thumbs.db"):
        (landing.path / name).write_text("x", encoding="utf-8")
    assert set(landing.statuses().values()) == {"loaded"}


def test_missing_landing_is_an_error_and_not_an_empty_delivery(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="TILSTAND_DATA_DIR"):
        ingest(duckdb.connect(), Settings(tmp_path / "nowhere"), TUESDAY)


def test_failure_in_the_middle_of_a_load_leaves_the_old_rows(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.ingest()
    before = landing.in_use("ssb_kommune", 2018)
    kommune_extract(2018).set(3, "funksjon_01", "8").write(landing.path / KOMMUNE_FILE)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("pipelines.ingest.raw_tables._log", fail)
    with pytest.raises(OSError, match="disk full"):
        landing.ingest(TUESDAY)
    assert landing.in_use("ssb_kommune", 2018) == before


@pytest.mark.parametrize("change", ["more of it came", "it was replaced", "it went away"])
def test_file_that_changes_while_it_is_read_is_refused(
    landing: Landing, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    landing.ingest()
    before = landing.in_use("ssb_kommune", 2018)
    file = kommune_extract(2018).set(3, "funksjon_01", "8").write(landing.path / KOMMUNE_FILE)
    read = readers.read

    def read_and_change(path: Path, *others: object) -> list[Extract] | None:
        extracts = read(path, *others)
        if path == file and change == "more of it came":
            with file.open("ab") as stream:
                stream.write(b"\r\n")
        elif path == file:
            file.unlink()
            if change == "it was replaced":
                kommune_extract(2018).write(file)
        return extracts

    monkeypatch.setattr(readers, "read", read_and_change)
    (refused,) = landing.ingest(TUESDAY).refused
    assert "changed_meanwhile" in {finding.rule for finding in refused.findings}
    assert landing.in_use("ssb_kommune", 2018) == before


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), UnicodeDecodeError("utf-8", b"x", 0, 1, "no")])
@pytest.mark.parametrize("when", ["header", "rows"])
def test_disk_that_fails_while_a_file_is_read_refuses_the_file(
    landing: Landing, monkeypatch: pytest.MonkeyPatch, error: Exception, when: str
) -> None:
    def fails() -> Iterator[Chunk]:
        raise error
        yield

    def read(*_: object) -> list[Extract]:
        if when == "header" and isinstance(error, OSError):
            raise error
        return [Extract(["kommunenr"], "utf-8", fails())]

    landing.ingest()
    before = landing.in_use("ssb_kommune", 2018)
    kommune_extract(2018).set(3, "funksjon_01", "8").write(landing.path / KOMMUNE_FILE)
    monkeypatch.setitem(readers.READERS, "csv", read)
    (refused,) = landing.ingest(TUESDAY).refused
    (finding,) = [finding for finding in refused.findings if finding.rule == "unreadable"]
    assert "cannot be read to its end" in finding.problem
    assert landing.in_use("ssb_kommune", 2018) == before


def test_text_file_is_read_in_chunks(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.ingest()
    before = landing.rows("select * exclude (sha256) from raw.ssb_kommune where wave = 2018 order by row_number")
    monkeypatch.setattr(csv_reader, "CELLS_PER_CHUNK", 2 * 77)
    monkeypatch.setattr(delivery, "PROGRESS_ROWS", 2)
    file = landing.path / KOMMUNE_FILE
    file.write_bytes(file.read_bytes().replace(b"\r\n", b"\n"))
    said: list[str] = []
    ingest(landing.con, landing.settings, TUESDAY, said.append)
    assert (
        landing.rows("select * exclude (sha256) from raw.ssb_kommune where wave = 2018 order by row_number") == before
    )
    assert said == [f"landing/{KOMMUNE_FILE}: {n} rows read" for n in (2, 4)]


def test_rows_of_wrong_length_are_all_named_and_nothing_else_is_judged(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_reader, "CELLS_PER_CHUNK", 77)
    extract = kommune_extract(2018).set(2, "funksjon_01", "7").set(6, "funksjon_01", "7")
    for row in (3, 5):
        extract.rows[row - 2].append("x")
    extract.write(landing.path / KOMMUNE_FILE)
    (refused,) = landing.ingest().refused
    assert [(finding.rule, finding.row) for finding in refused.findings] == [("row_length", 3), ("row_length", 5)]


def test_load_that_fails_midway_is_undone_also_after_many_rows(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.ingest()
    before = landing.in_use("ssb_kommune", 2018)
    monkeypatch.setattr(csv_reader, "CELLS_PER_CHUNK", 2 * 77)
    append, calls = WaveLoad.append, []

    def fail_the_third_time(self: WaveLoad, *chunk: object) -> None:
        calls.append(self)
        if len(calls) == 3:
            raise OSError("disk full")
        append(self, *chunk)

    monkeypatch.setattr(WaveLoad, "append", fail_the_third_time)
    kommune_extract(2018).set(3, "funksjon_01", "8").write(landing.path / KOMMUNE_FILE)
    with pytest.raises(OSError, match="disk full"):
        landing.ingest(TUESDAY)
    assert len(calls) == 3
    assert landing.in_use("ssb_kommune", 2018) == before


@pytest.mark.parametrize(
    "damage",
    [
        "delete from raw.ssb_kommune where wave = 2018 and row_number = 3",
        "delete from raw.ssb_kommune where wave = 2018",
        "insert into raw.ssb_kommune select * from raw.ssb_kommune where wave = 2018",
        "update raw.ssb_kommune set sha256 = 'another' where wave = 2018",
        "update raw.extract_load set n_rows = 4 where survey = 'ssb_kommune' and wave = 2018",
    ],
)
def test_rows_that_are_not_as_the_log_says_are_loaded_again(landing: Landing, damage: str) -> None:
    landing.ingest()
    before = landing.rows("select * from raw.ssb_kommune order by wave, row_number")
    warned = landing.rows("select warnings from raw.extract_load order by all")
    landing.con.execute(damage)
    statuses = landing.statuses(TUESDAY)
    # What was damaged is no delivery that a later one could fall short of.
    assert landing.rows("select warnings from raw.extract_load order by all") == warned
    assert statuses == {
        ("ssb_kommune", 2018): "loaded",
        ("ssb_kommune", 2022): "unchanged",
        ("un_egdi", 2018): "unchanged",
    }
    assert landing.rows("select * from raw.ssb_kommune order by wave, row_number") == before
    assert set(landing.statuses(TUESDAY).values()) == {"unchanged"}


def test_deliveries_of_several_tables_are_as_their_log_says(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "data").fill_parts()
    landing.ingest()
    assert set(landing.statuses(TUESDAY).values()) == {"unchanged"}
    landing.con.execute("delete from raw.itip_innbygger where wave = 2021 and row_number = 2")
    assert [key for key, status in landing.statuses(TUESDAY).items() if status == "loaded"] == [("itip", 2021)]


def test_database_of_an_older_project_gains_the_columns_of_the_log(landing: Landing) -> None:
    landing.ingest()
    before = landing.rows("select survey, wave, sha256, status from raw.extract_load order by all")
    landing.con.execute("alter table raw.extract_load drop column warnings")
    landing.con.execute("alter table raw.extract_load drop column n_warnings")
    assert set(landing.statuses(TUESDAY).values()) == {"unchanged"}
    assert landing.rows("select survey, wave, sha256, status from raw.extract_load order by all") == before
    assert landing.rows("select distinct n_warnings, warnings from raw.extract_load") == [(0, "")]


def test_database_of_an_older_project_counts_further(landing: Landing) -> None:
    landing.ingest()
    landing.con.execute("alter table raw.extract_load alter n_rows type integer")
    landing.con.execute("alter table raw.itip_innbygger alter row_number type integer")
    assert set(landing.statuses(TUESDAY).values()) == {"unchanged"}
    found = landing.rows(
        "select table_name, column_name, data_type from duckdb_columns() where column_name in ('n_rows', 'row_number') "
        "and table_name in ('extract_load', 'itip_innbygger') order by all"
    )
    assert found == [("extract_load", "n_rows", "BIGINT"), ("itip_innbygger", "row_number", "BIGINT")]
