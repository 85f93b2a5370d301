"""What the environment configures is read once, and a wrong value is said in words.

Not here: what the settings are used for.
"""

from pathlib import Path

import pytest

from pipelines.settings import PROJECT_DIR, Settings, SettingsError

DATA_DIR, MAX_MB, NOTIFY_URL = "TILSTAND_DATA_DIR", "TILSTAND_MAX_EXTRACT_MB", "TILSTAND_NOTIFY_URL"


@pytest.mark.parametrize("blank", [None, "", " "])
def test_what_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch, blank: str | None) -> None:
    for name in (DATA_DIR, MAX_MB, NOTIFY_URL):
        if blank is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, blank)
    assert Settings.from_env() == Settings((PROJECT_DIR / "data").resolve())
    assert (Settings(Path("x")).max_extract_bytes, Settings(Path("x")).notify_url) == (500_000_000, None)


def test_what_is_set_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DATA_DIR, str(tmp_path / "æøå"))
    monkeypatch.setenv(MAX_MB, " 1.5 ")
    monkeypatch.setenv(NOTIFY_URL, "https://example.org:8443/hook?token=a")
    expected = Settings((tmp_path / "æøå").resolve(), 1_500_000, "https://example.org:8443/hook?token=a")
    assert Settings.from_env() == expected


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


@pytest.mark.parametrize("text", ["~nobody-of-this-name/data", "/" + "x" * 5000])
def test_data_directory_that_leads_nowhere_is_an_error(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(DATA_DIR, text)
    with pytest.raises(SettingsError, match=r"TILSTAND_DATA_DIR is .*; name a folder"):
        Settings.from_env()
