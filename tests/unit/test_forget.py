"""A wave, or one respondent, is forgotten: out of landing/, the build database, logs and history, and nothing else is.

Not here: how a search finds what is left (test_scan.py), keys (test_rotate_key.py), a run after it
(integration/test_forgotten.py).
"""

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyreadstat
import pytest

from pipelines.__main__ import main
from pipelines.common.settings import Settings
from pipelines.common.warehouse import BuildDatabaseBusyError, build_lock, open_build
from pipelines.ingest.check import judge_places, places_at
from pipelines.ingest.forgotten import forgotten
from pipelines.ingest.load import IngestResult, ingest
from pipelines.ingest.pseudonyms import Pseudonyms
from pipelines.privacy import rewrite
from pipelines.privacy.removal import ForgetError
from pipelines.privacy.respondent import forget_respondent
from pipelines.privacy.rewrite import RewriteError, write_without
from pipelines.privacy.scan import Sought, traces
from pipelines.privacy.wave import forget_wave
from tests.unit.extracts import KEY, MONDAY, TUESDAY, innbygger_extract, itip_extract, kommune_extract

pytestmark = pytest.mark.slow  # each test loads

SURVEY, WAVE = "dfo_innbygger", 2021
FOLDER = f"{SURVEY}/{WAVE}"


def load(settings: Settings, now: datetime = MONDAY) -> IngestResult:
    """What a run does first, on the database on the disk; the bytes of which can be read."""
    with open_build(settings.build_db) as con:
        con.execute("set force_compression = 'uncompressed'")
        return ingest(con, settings, now)


def rows(settings: Settings, query: str) -> list[tuple]:
    with open_build(settings.build_db, read_only=True) as con:
        return con.execute(query).fetchall()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two waves of citizens, real ones, a wave of kommuner and one of two tables; loaded. Nobody changes them."""
    settings = Settings(tmp_path_factory.mktemp("loaded") / "data", pseudonym_key=KEY)
    for wave in (2019, 2021):
        innbygger = innbygger_extract(wave)
        innbygger.columns["respondent_id"] = [f"Person-{wave}-{n}" for n in range(1, 6)]
        innbygger.columns["vekt"] = [1.5, 1.25 + wave / 1e6, 0.75, 2.125, 1.0625]
        innbygger.write(settings.landing / SURVEY / str(wave) / "innbyggere.sav")
    kommune_extract(2018).write(settings.landing / "ssb_kommune/2018/kommuner.csv")
    itip_extract(2021).write(settings.landing / "itip/2021/itip.xlsx")
    assert not load(settings).refused
    return settings


@pytest.fixture
def settings(loaded: Settings, tmp_path: Path) -> Settings:
    """The same in a data directory of a test's own."""
    shutil.copytree(loaded.data_dir, tmp_path / "data")
    return replace(loaded, data_dir=tmp_path / "data")


def texts(wave: int, *numbers: int) -> set[str]:
    ids = {f"Person-{wave}-{n}" for n in numbers or range(1, 6)}
    return ids | {Pseudonyms(KEY.encode()).of(text) for text in ids}


def found(settings: Settings, sought: set[str]) -> set[str]:
    return {trace.path.relative_to(settings.data_dir).as_posix() for trace in traces(settings.data_dir, Sought(sought))}


def everything_else(settings: Settings) -> dict[str, list[tuple]]:
    """All rows of raw but those of the wave, and the log's."""
    with open_build(settings.build_db, read_only=True) as con:
        tables = con.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall()
        return {
            table: con.execute(f"select * from raw.{table} where wave <> {WAVE} order by all").fetchall()
            for (table,) in tables
        }


# A wave


def test_wave_is_gone_from_landing_and_the_build_database_and_all_else_stays(settings: Settings) -> None:
    before = everything_else(settings)
    assert found(settings, texts(WAVE)) >= {"work/build.duckdb", f"landing/{FOLDER}/innbyggere.sav"}
    account = forget_wave(settings, SURVEY, WAVE)
    assert account.left == []
    assert account.n_sought >= 5 + 5 + 1
    assert found(settings, texts(WAVE)) == set()
    assert not (settings.landing / FOLDER).exists()
    assert (settings.landing / SURVEY / "2019" / "innbyggere.sav").exists()
    assert everything_else(settings) == before
    assert rows(settings, f"select count(*) from raw.dfo_innbygger where wave = {WAVE}") == [(0,)]
    logged = f"select status, n_rows from raw.extract_load where survey = '{SURVEY}' and wave = {WAVE}"
    assert rows(settings, logged) == [("removed", 5)]


def test_deleting_the_rows_would_have_left_their_bytes(settings: Settings) -> None:
    """What the search is able to find, and why the database is written anew."""
    with duckdb.connect(str(settings.build_db)) as con:
        con.execute(f"delete from raw.dfo_innbygger where wave = {WAVE}")
    shutil.rmtree(settings.landing / FOLDER)
    assert found(settings, texts(WAVE)) == {"work/build.duckdb"}


def test_next_load_goes_on_without_the_wave_and_nothing_else_is_loaded_anew(settings: Settings) -> None:
    forget_wave(settings, SURVEY, WAVE)
    statuses = {(o.survey, o.wave): o.status for o in load(settings, TUESDAY).outcomes}
    assert statuses == {(SURVEY, 2019): "unchanged", ("ssb_kommune", 2018): "unchanged", ("itip", 2021): "unchanged"}


def test_all_other_schemas_go_with_it_for_a_run_makes_them_anew(settings: Settings) -> None:
    settings.last_run.write_text("{}", encoding="utf-8")
    with duckdb.connect(str(settings.build_db)) as con:
        con.execute("create schema harmonised")
        con.execute("create table harmonised.harmonised_respondents as from raw.dfo_innbygger")
    forget_wave(settings, SURVEY, WAVE)
    assert rows(settings, "select distinct schema_name from duckdb_tables()") == [("raw",)]
    assert not settings.last_run.exists()


def history(home: Path, *events: str) -> Path:
    file = home / "history" / "runs" / "index.db"
    file.parent.mkdir(parents=True)
    with closing(sqlite3.connect(file)) as con:
        con.execute("create table event_logs (id integer, event text)")
        con.executemany("insert into event_logs values (?, ?)", enumerate(events))
        con.commit()
    return file


def test_what_runs_told_of_refused_files_of_the_wave_is_gone_and_of_others_stays(settings: Settings) -> None:
    mine, other = (f"landing/{SURVEY}/{wave}/x.sav was refused: row 3, value '7'" for wave in (2021, 2019))
    file = history(settings.dagster_home, json.dumps({"text": mine}), json.dumps({"text": other}), "a step began")
    logs = settings.dagster_home / "storage" / "run" / "compute_logs"
    logs.mkdir(parents=True)
    (logs / "a.err").write_text(mine, encoding="utf-8")
    (logs / "b.err").write_text(other, encoding="utf-8")
    (settings.work / "logs").mkdir()
    (settings.work / "logs" / "run.log").write_text(mine, encoding="utf-8")
    for wave in (2021, 2019):
        report = settings.quarantine / SURVEY / str(wave) / "report.csv"
        report.parent.mkdir(parents=True)
        report.write_text("file,sheet,row,column\n", encoding="utf-8")
    account = forget_wave(settings, SURVEY, WAVE)
    assert "2 records of Dagster's history removed" in account.done
    with closing(sqlite3.connect(file)) as con:
        assert con.execute("select id from event_logs").fetchall() == [(1,), (2,)]
    assert f"{SURVEY}/{WAVE}".encode() not in file.read_bytes()
    assert [path.name for path in logs.iterdir()] == ["b.err"]
    assert not (settings.work / "logs").exists()
    assert [path.parent.name for path in settings.quarantine.rglob("report.csv")] == ["2019"]


def test_databases_that_were_set_aside_are_gone_and_named(settings: Settings) -> None:
    aside = settings.work / "build.set-aside-2026-01-01T00-00-00.000000Z.duckdb"
    shutil.copyfile(settings.build_db, aside)
    account = forget_wave(settings, SURVEY, WAVE)
    assert f"work/{aside.name} removed" in account.done
    assert found(settings, texts(WAVE)) == set()


def test_build_database_that_cannot_be_used_is_said_to_be_lost(settings: Settings) -> None:
    content = settings.build_db.read_bytes()
    settings.build_db.write_bytes(content[: len(content) // 2])
    account = forget_wave(settings, SURVEY, WAVE)
    assert "cannot be used" in account.notes[0]
    assert [path.name for path in settings.work.glob("*.duckdb")] == ["build.duckdb"]
    assert found(settings, texts(WAVE)) == set()


@pytest.mark.parametrize("where", ["landing/old/kopi.sav", "mine.sav", "published/releases/x/mine.sav"])
def test_copy_of_a_delivery_that_lies_elsewhere_is_named_and_left(
    settings: Settings, where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = settings.data_dir / where
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(settings.landing / FOLDER / "innbyggere.sav", copy)
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(settings.data_dir))
    assert main(["forget", SURVEY, str(WAVE)]) == 1
    out, err = capsys.readouterr()
    assert "found in 1 places" in out
    assert f"{copy} (the whole file): 1 place" in err
    assert copy.exists()


def test_note_with_ids_that_lies_elsewhere_is_named(settings: Settings) -> None:
    (settings.data_dir / "list.txt").write_text("call Person-2021-3 back", encoding="utf-8")
    assert [trace.path.name for trace in forget_wave(settings, SURVEY, WAVE).left] == ["list.txt"]


def test_wave_that_was_delivered_and_never_loaded_is_forgotten(settings: Settings) -> None:
    itip_extract(2020).set("innbygger", 2, "alder", 7).write(settings.landing / "itip/2020/refused.xlsx")
    assert load(settings, TUESDAY).refused
    assert (settings.quarantine / "itip/2020/report.csv").exists()
    assert forget_wave(settings, "itip", 2020).left == []
    assert not (settings.landing / "itip/2020").exists()
    assert not (settings.quarantine / "itip/2020/report.csv").exists()


def test_wave_that_is_in_the_build_database_alone_is_forgotten(settings: Settings) -> None:
    shutil.rmtree(settings.landing / FOLDER)
    assert forget_wave(settings, SURVEY, WAVE).left == []
    assert found(settings, texts(WAVE)) == set()


@pytest.mark.parametrize("of", ["itip", "ssb_kommune"])
def test_waves_of_every_format_and_of_several_tables_are_forgotten(settings: Settings, of: str) -> None:
    wave = {"itip": 2021, "ssb_kommune": 2018}[of]
    file = next((settings.landing / of / str(wave)).iterdir())
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert forget_wave(settings, of, wave).left == []
    tables = {"itip": ["itip_virksomhet", "itip_innbygger"], "ssb_kommune": ["ssb_kommune"]}[of]
    assert [rows(settings, f"select count(*) from raw.{table}") for table in tables] == [[(0,)] for _ in tables]
    assert [(was.sha256, was.what) for was in noted(settings)] == [(sha256, "wave")]


def noted(settings: Settings) -> list:
    with open_build(settings.build_db, read_only=True) as con:
        return forgotten(con)


def test_file_that_comes_back_is_refused_and_a_new_export_is_loaded(settings: Settings) -> None:
    file = settings.landing / FOLDER / "innbyggere.sav"
    kept = file.read_bytes()
    forget_wave(settings, SURVEY, WAVE)
    file.parent.mkdir()
    file.write_bytes(kept)
    (refused,) = load(settings, TUESDAY).refused
    (finding,) = refused.findings
    assert finding.rule == "forgotten"
    assert "before this wave was forgotten" in finding.problem and "backup" in finding.remedy
    (judged,) = judge_places(settings, places_at(file.parent, None, None))
    assert (judged.status, [found.rule for found in judged.findings]) == ("refused", ["forgotten"])
    assert rows(settings, f"select count(*) from raw.dfo_innbygger where wave = {WAVE}") == [(0,)]
    innbygger_extract(2021).set(1, "alder", 17.0).write(file)
    assert not load(settings, TUESDAY).refused


# What is not forgotten


@pytest.mark.parametrize(
    ("survey", "wave", "said"),
    [
        ("dfo_inbygger", 2021, "there is no survey dfo_inbygger; there are ssb_kommune, dfo_innbygger"),
        (SURVEY, 2018, "it knows 2010, 2013"),
        (
            SURVEY,
            2023,
            "nothing of dfo_innbygger 2023 is in .*; it has dfo_innbygger 2019, dfo_innbygger 2021,",
        ),
    ],
)
def test_unknown_survey_and_wave_are_told_with_those_there_are(
    settings: Settings, survey: str, wave: int, said: str
) -> None:
    before = bytes_below(settings)
    with pytest.raises(ForgetError, match=said):
        forget_wave(settings, survey, wave)
    assert bytes_below(settings) == before


def bytes_below(settings: Settings) -> dict[str, str]:
    """What must not change; a database that is opened and closed may."""
    files = [path for path in settings.data_dir.rglob("*") if path.is_file() and "build." not in path.name]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_nothing_is_changed_while_a_run_goes_on(settings: Settings) -> None:
    before = bytes_below(settings)
    with build_lock(settings.work, 0, print), pytest.raises(BuildDatabaseBusyError, match="let it end"):
        forget_wave(settings, SURVEY, WAVE)
    assert bytes_below(settings) == before


def test_folder_that_is_a_link_is_left_to_those_who_made_it(settings: Settings, tmp_path: Path) -> None:
    folder = settings.landing / FOLDER
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ForgetError, match=r"leads to .*elsewhere; remove the link"):
        forget_wave(settings, SURVEY, WAVE)
    assert (tmp_path / "elsewhere" / "innbyggere.sav").exists()


def test_landing_that_is_a_link_is_cleared_as_any(settings: Settings, tmp_path: Path) -> None:
    settings.landing.rename(tmp_path / "disk")
    settings.landing.symlink_to(tmp_path / "disk")
    assert forget_wave(settings, SURVEY, WAVE).left == []
    assert not (tmp_path / "disk" / FOLDER).exists()


def test_interrupted_before_the_database_was_in_place_it_is_ended_by_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("pipelines.privacy.wave.put_in_place", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            forget_wave(settings, SURVEY, WAVE)
    assert found(settings, texts(WAVE)) == {f"landing/{FOLDER}/innbyggere.sav", "work/build.duckdb"}
    assert forget_wave(settings, SURVEY, WAVE).left == []
    assert found(settings, texts(WAVE)) == set()


def test_database_that_cannot_be_written_anew_leaves_everything(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bytes_below(settings)
    monkeypatch.setattr("pipelines.ingest.forgotten._copy_raw", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        forget_wave(settings, SURVEY, WAVE)
    after = bytes_below(settings)
    assert {path: after[path] for path in before} == before


# One respondent


def test_respondent_is_gone_from_the_file_and_the_database_and_all_others_stay(settings: Settings) -> None:
    others = everything_else(settings)
    account = forget_respondent(settings, SURVEY, WAVE, " Person-2021-2 ")
    assert account.left == []
    assert found(settings, texts(WAVE, 2)) == set()
    delivered, _ = pyreadstat.read_sav(settings.landing / FOLDER / "innbyggere.sav")
    assert list(delivered["respondent_id"]) == [f"Person-2021-{n}" for n in (1, 3, 4, 5)]
    assert everything_else(settings) == others
    stored = rows(settings, f"select respondent_id from raw.dfo_innbygger where wave = {WAVE} order by row_number")
    assert stored == [(Pseudonyms(KEY.encode()).of(f"Person-2021-{n}"),) for n in (1, 3, 4, 5)]
    assert rows(settings, f"select n_rows from raw.extract_load where wave = {WAVE} and survey = '{SURVEY}'") == [(4,)]


def test_file_without_a_respondent_is_loaded_as_any_and_the_one_before_is_refused(settings: Settings) -> None:
    file = settings.landing / FOLDER / "innbyggere.sav"
    kept = file.read_bytes()
    forget_respondent(settings, SURVEY, WAVE, "Person-2021-2")
    (outcome,) = (o for o in load(settings, TUESDAY).outcomes if (o.survey, o.wave) == (SURVEY, WAVE))
    assert (outcome.status, outcome.n_rows) == ("loaded", 4)
    assert "fewer_rows" not in {warned.rule for warned in outcome.warnings}
    file.write_bytes(kept)
    (refused,) = load(settings, TUESDAY).refused
    assert "before a respondent was forgotten" in refused.findings[0].problem


def test_respondent_under_an_id_that_leads_to_nobody_is_found_by_the_row(settings: Settings) -> None:
    before = rows(settings, "select * from raw.itip_innbygger order by row_number")
    assert forget_respondent(settings, "itip", 2021, "101").left == []
    assert rows(settings, "select * from raw.itip_innbygger order by row_number") == [before[0], before[2]]
    assert len(rows(settings, "select * from raw.itip_virksomhet")) == 5
    (outcome,) = (o for o in load(settings, TUESDAY).outcomes if o.survey == "itip")
    assert (outcome.status, outcome.n_rows) == ("loaded", 7)


def test_id_of_two_tables_needs_the_table(settings: Settings) -> None:
    itip_extract(2021).set("virksomhet", 2, "respondent_id", 101).write(settings.landing / "itip/2021/itip.xlsx")
    load(settings, TUESDAY)
    with pytest.raises(ForgetError, match=r"virksomhet and innbygger, .* say which with --part"):
        forget_respondent(settings, "itip", 2021, "101")
    with pytest.raises(ForgetError, match="no table 'x' of respondents; it has virksomhet, innbygger"):
        forget_respondent(settings, "itip", 2021, "101", "x")
    assert forget_respondent(settings, "itip", 2021, "101", "virksomhet").left == []
    assert len(rows(settings, "select * from raw.itip_virksomhet")) == 4
    assert len(rows(settings, "select * from raw.itip_innbygger")) == 3


def test_same_person_in_another_wave_is_said_and_left(settings: Settings) -> None:
    extract = innbygger_extract(2019)
    extract.columns["respondent_id"] = ["Person-2021-2", *(f"Person-2019-{n}" for n in range(2, 6))]
    extract.write(settings.landing / SURVEY / "2019" / "innbyggere.sav")
    load(settings, TUESDAY)
    account = forget_respondent(settings, SURVEY, WAVE, "Person-2021-2")
    assert account.left == []
    assert "The same id is in dfo_innbygger 2019" in account.notes[0]
    assert rows(settings, "select wave, count(*) from raw.dfo_innbygger group by all order by 1") == [
        (2019, 5),
        (2021, 4),
    ]


@pytest.mark.parametrize(
    ("survey", "wave", "said"),
    [
        (SURVEY, WAVE, "no respondent of dfo_innbygger 2021 has that id"),
        ("ssb_kommune", 2018, "has no ids of respondents in the codebook; forget the whole wave"),
    ],
)
def test_unknown_respondent_is_told_and_nothing_is_changed(
    settings: Settings, survey: str, wave: int, said: str
) -> None:
    before = bytes_below(settings)
    with pytest.raises(ForgetError, match=said) as told:
        forget_respondent(settings, survey, wave, "Person-2021-77")
    assert "Person-2021-77" not in str(told.value)
    assert bytes_below(settings) == before


def test_file_that_cannot_be_written_without_the_respondent_is_left(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bytes_below(settings)
    monkeypatch.setitem(rewrite.WRITERS, "sav", lambda path, to, *_: shutil.copy(path, to))  # with the respondent
    with pytest.raises(ForgetError, match=r"cannot be written without the respondent .*exported without"):
        forget_respondent(settings, SURVEY, WAVE, "Person-2021-1")
    assert bytes_below(settings) == before


def test_only_respondent_of_a_wave_is_forgotten_with_it(settings: Settings) -> None:
    extract = innbygger_extract(2021)
    extract.columns = {name: cells[:1] for name, cells in extract.columns.items()}
    extract.write(settings.landing / FOLDER / "innbyggere.sav")
    before = bytes_below(settings)
    with pytest.raises(ForgetError, match=rf"nobody else is in {SURVEY} {WAVE}.*forget the wave"):
        forget_respondent(settings, SURVEY, WAVE, "Respondent-0001")
    assert bytes_below(settings) == before


def test_rows_of_an_older_file_whose_ids_lead_to_nobody_have_to_be_loaded_first(settings: Settings) -> None:
    itip_extract(2021).set("innbygger", 2, "alder", 17).write(settings.landing / "itip/2021/itip.xlsx")
    with pytest.raises(ForgetError, match="run first"):
        forget_respondent(settings, "itip", 2021, "101")


def test_rows_of_an_older_file_are_found_by_pseudonym(settings: Settings) -> None:
    innbygger_extract(2021).set(1, "alder", 7.0).write(settings.landing / FOLDER / "innbyggere.sav")
    assert load(settings, TUESDAY).refused
    assert forget_respondent(settings, SURVEY, WAVE, "Person-2021-2").left == []
    assert rows(settings, f"select count(*) from raw.dfo_innbygger where wave = {WAVE}") == [(4,)]
    assert {was.what for was in noted(settings)} == {"respondent"}


def test_respondent_of_synthetic_data_is_found_under_the_key_that_was_made(settings: Settings) -> None:
    settings = replace(settings, pseudonym_key=None)
    for wave in (2019, 2021):
        (settings.landing / SURVEY / str(wave) / "SOURCE.yml").write_text("synthetic: true", encoding="utf-8")
    load(settings, TUESDAY)
    assert forget_respondent(settings, SURVEY, WAVE, "Person-2021-2").left == []
    assert rows(settings, f"select count(*) from raw.dfo_innbygger where wave = {WAVE}") == [(4,)]


# A file without some rows


def test_csv_keeps_every_other_byte(tmp_path: Path) -> None:
    extract = kommune_extract(2018)
    extract.set(3, "kommunenavn", "to\r\nlinjer")
    lines = extract.text().encode(extract.encoding).splitlines(keepends=True)
    file, to = extract.write(tmp_path / "f.csv"), tmp_path / "to.csv"
    write_without(file, to, "ssb_kommune", 2018, {"": [3]}, 10**6)
    assert to.read_bytes() == b"".join(lines[:2] + lines[4:])


@pytest.mark.parametrize("lost", ["missing_ranges", "variable_value_labels"])
def test_sav_that_would_lose_what_it_says_of_its_columns_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    file = innbygger_extract(2021).write(tmp_path / "f.sav")
    write_without(file, tmp_path / "whole.sav", SURVEY, WAVE, {"": [2]}, 10**6)
    write = pyreadstat.write_sav
    monkeypatch.setattr(pyreadstat, "write_sav", lambda *data, **said: write(*data, **(said | {lost: None})))
    with pytest.raises(RewriteError, match="not what was read"):
        write_without(file, tmp_path / "to.sav", SURVEY, WAVE, {"": [2]}, 10**6)


def test_rewritten_file_that_is_not_the_same_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = kommune_extract(2018).write(tmp_path / "f.csv")
    monkeypatch.setitem(write_without.__globals__["WRITERS"], "csv", lambda path, to, *_: shutil.copyfile(path, to))
    with pytest.raises(RewriteError, match="not what was read"):
        write_without(file, tmp_path / "to.csv", "ssb_kommune", 2018, {"": [2]}, 10**6)


# The command


def test_command_tells_what_was_removed_and_what_was_searched_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("TILSTAND_PSEUDONYM_KEY", KEY)
    assert main(["forget", SURVEY, str(WAVE), "--respondent", "Person-2021-4"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Forgotten: a respondent of dfo_innbygger 2021\n")
    assert f"  landing/{FOLDER}/innbyggere.sav written anew without the respondent\n" in said
    assert "  work/build.duckdb written anew without 1 rows\n" in said
    assert "none is left" in said and "Person-2021-4" not in said
    assert main(["forget", SURVEY, str(WAVE)]) == 0
    assert f"  landing/{FOLDER} removed\n" in capsys.readouterr().out
    assert main(["forget", SURVEY, str(WAVE)]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("Nothing was changed: nothing of dfo_innbygger 2021 is in ")
