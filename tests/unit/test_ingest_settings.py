"""What the environment configures is read once, and a wrong value is said in words.

Not here: what the settings are used for.
"""

import re
from pathlib import Path

import pytest

from pipelines.__main__ import main
from pipelines.common.settings import PROJECT_DIR, Settings, SettingsError

DATA_DIR, MAX_MB, NOTIFY_URL = "TILSTAND_DATA_DIR", "TILSTAND_MAX_EXTRACT_MB", "TILSTAND_NOTIFY_URL"
MEMORY_GB, KEY, DISCLOSURE = "TILSTAND_MEMORY_GB", "TILSTAND_PSEUDONYM_KEY", "TILSTAND_DISCLOSURE"
HISTORY_DAYS, TARGET_URL = "TILSTAND_HISTORY_DAYS", "TILSTAND_TARGET_URL"
SECRET = "0123456789abcdef" * 2


@pytest.mark.parametrize("blank", [None, "", " "])
def test_what_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch, blank: str | None) -> None:
    for name in (DATA_DIR, MAX_MB, NOTIFY_URL, MEMORY_GB, KEY, DISCLOSURE, HISTORY_DAYS, TARGET_URL):
        if blank is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, blank)
    assert Settings.from_env() == Settings((PROJECT_DIR / "data").resolve())
    default = Settings(Path("x"))
    assert (default.max_extract_bytes, default.notify_url) == (500_000_000, None)
    assert (default.memory_limit, default.pseudonym_key, default.protects_synthetic) == ("4GB", None, False)


def test_what_is_set_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DATA_DIR, str(tmp_path / "æøå"))
    monkeypatch.setenv(MAX_MB, " 1.5 ")
    monkeypatch.setenv(NOTIFY_URL, "https://example.org:8443/hook?token=a")
    monkeypatch.setenv(MEMORY_GB, " 2.5 ")
    monkeypatch.setenv(KEY, f" {SECRET}\n")
    monkeypatch.setenv(DISCLOSURE, " all ")
    address = "https://example.org:8443/hook?token=a"
    monkeypatch.setenv(HISTORY_DAYS, " 30 ")
    monkeypatch.setenv(TARGET_URL, " s3://bucket/tilstand ")
    target = "s3://bucket/tilstand"
    expected = Settings((tmp_path / "æøå").resolve(), 1_500_000, address, "2.5GB", SECRET, True, 30, target)
    assert Settings.from_env() == expected


def test_dbt_is_told_how_much_memory_it_may_take_and_not_the_key(tmp_path: Path) -> None:
    settings = Settings(tmp_path, memory_limit="2GB", pseudonym_key=SECRET)
    environment = settings.environment()
    assert environment["TILSTAND_MEMORY_LIMIT"] == "2GB"
    assert environment["TILSTAND_TEMP_DIR"] == str(tmp_path / "work" / "duckdb_temp")
    assert SECRET not in repr(settings) + repr(environment)


@pytest.mark.parametrize(("protects_synthetic", "told"), [(True, "all"), (False, "")])
def test_dbt_is_told_whose_answers_are_protected(tmp_path: Path, protects_synthetic: bool, told: str) -> None:
    """Also where nothing is asked for: what the user's own environment says is not to reach it past the settings."""
    assert Settings(tmp_path, protects_synthetic=protects_synthetic).environment()[DISCLOSURE] == told


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "for ever"])
def test_history_is_kept_for_whole_days(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(HISTORY_DAYS, text)
    with pytest.raises(SettingsError, match=f"{HISTORY_DAYS} is '{re.escape(text)}'; give a whole number of days"):
        Settings.from_env()


@pytest.mark.parametrize("text", ["alle", "ALL", "none", "false", "1"])
def test_whose_answers_are_protected_is_one_word_or_nothing(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A word that is half understood could leave real answers open."""
    monkeypatch.setenv(DISCLOSURE, text)
    with pytest.raises(SettingsError) as raised:
        Settings.from_env()
    remedy = "write all, or leave it out: then real answers are protected"
    assert str(raised.value) == f"{DISCLOSURE} is '{text}'; {remedy}"


@pytest.mark.parametrize("text", ["mye", "0", "0.4", "-1", "1,5", "1e1", "nan", "inf", "4 GB", "9" * 400])
def test_memory_that_is_no_size_is_an_error(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(MEMORY_GB, text)
    with pytest.raises(SettingsError) as raised:
        Settings.from_env()
    assert str(raised.value) == f"{MEMORY_GB} is '{text}'; give a number of gigabytes from 0.5, such as 4"


@pytest.mark.parametrize("key", ["x", "hemmelig", SECRET[1:], SECRET[1:] + "   "])
def test_key_that_is_too_short_is_an_error_and_not_shown(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(KEY, key)
    with pytest.raises(SettingsError, match=f"{KEY} has {len(key.strip())} characters; give at least 32") as raised:
        Settings.from_env()
    assert len(key) == 1 or key.strip() not in str(raised.value)


@pytest.mark.parametrize(
    "text", ["mye", "0", "0.0", "-1", "1,5", "1e3", "nan", "inf", "0.0000001", "9" * 400, "500 MB"]
)
def test_size_limit_that_is_no_size_is_an_error(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(MAX_MB, text)
    with pytest.raises(SettingsError) as raised:
        Settings.from_env()
    assert str(raised.value).startswith(f"{MAX_MB} is '{text}'; give a number of megabytes")


@pytest.mark.parametrize(
    "text",
    [
        "example.org/hook",
        "ftp://example.org",
        "https://",
        "https:///hook",
        "https://[::1",
        "https://example.org:none/",
        "https://example.org:0/",
        "https://example.org/a b",
        "file:///etc/hosts",
    ],
)
def test_address_that_is_none_is_an_error(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(NOTIFY_URL, text)
    with pytest.raises(SettingsError) as raised:
        Settings.from_env()
    assert str(raised.value).startswith(f"{NOTIFY_URL} is '{text}'; give a whole address")


def test_data_directory_that_is_a_file_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("x", encoding="utf-8")
    monkeypatch.setenv(DATA_DIR, str(file))
    with pytest.raises(SettingsError, match=r"TILSTAND_DATA_DIR names .*data, which is a file; name a folder"):
        Settings.from_env()


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("a#b", "#"),
        ("a?b", "?"),
        ("a%41b", "%41"),
        ("a\\b", "\\"),
        ("a\nb", r"\n"),
        ("a\x1b[31mb", r"\x1b"),
        ("a\u202eb", r"\u202e"),
        ("a\udce5b", r"\udce5"),
    ],
)
def test_path_that_cannot_work_is_refused_in_one_line_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, sign: str
) -> None:
    monkeypatch.setenv(DATA_DIR, str(tmp_path / name / "data"))
    assert main(["run"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"digital-tilstand: {DATA_DIR} names {tmp_path}/")
    assert f"; '{sign}' in a path does not work here: set {DATA_DIR} to a folder without it" in line
    assert list(tmp_path.iterdir()) == []


def test_project_in_a_path_that_cannot_work_asks_for_another_data_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("pipelines.common.settings.PROJECT_DIR", tmp_path / "c#")
    monkeypatch.delenv(DATA_DIR, raising=False)
    with pytest.raises(SettingsError) as raised:
        Settings.from_env()
    problem = f"{DATA_DIR} is not set, so the data lie in {tmp_path}/c#/data"
    assert str(raised.value) == f"{problem}; '#' in a path does not work here: set {DATA_DIR} to a folder without it"


@pytest.mark.parametrize("name", ["a b", " æøå ", "100%", "a'b", 'a"b', "a{{b}}{% c %}", "a*[b]", "$a;b&c", "漢字"])
def test_other_signs_in_a_path_are_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.setenv(DATA_DIR, str(tmp_path / name / "data"))
    assert Settings.from_env().data_dir == (tmp_path / name / "data").resolve()


@pytest.mark.parametrize("text", ["~nobody-of-this-name/data", "/" + "x" * 5000])
def test_data_directory_that_leads_nowhere_is_an_error(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(DATA_DIR, text)
    with pytest.raises(SettingsError, match=r"TILSTAND_DATA_DIR is .*; name a folder"):
        Settings.from_env()
