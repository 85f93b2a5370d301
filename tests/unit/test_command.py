"""The command says its version and how it was called, and that it needs the project's folders.

Not here: what its commands do (the tests of each).
"""

import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from pipelines import __version__
from pipelines.__main__ import command, main
from pipelines.common.settings import PROJECT_DIR, SettingsError, require_checkout


@pytest.mark.parametrize(
    ("started_as", "name"),
    [(".venv/bin/tilstand", "tilstand"), ("pipelines/__main__.py", "python -m pipelines")],
)
def test_usage_names_the_command_as_it_was_called(
    started_as: str, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [started_as])
    with pytest.raises(SystemExit):
        main(["template", "--help"])
    assert capsys.readouterr().out.startswith(f"usage: {name} template ")


def test_tilstand_is_what_the_project_says_it_is() -> None:
    with (PROJECT_DIR / "pyproject.toml").open("rb") as file:
        (script,) = tomllib.load(file)["project"]["scripts"].items()
    name, where = script
    assert name == "tilstand"
    assert EntryPoint(name, where, "console_scripts").load() is command


def test_it_says_its_version() -> None:
    asked = [sys.executable, "-m", "pipelines", "--version"]
    said = subprocess.run(asked, cwd=PROJECT_DIR, capture_output=True, text=True, check=True).stdout
    assert said == f"digital-tilstand {__version__}\n"


@pytest.mark.parametrize(
    ("there", "said"),
    [([], "has no dbt_project and no seeds,"), (["seeds"], "has no dbt_project,"), (["dbt_project"], "has no seeds,")],
)
def test_the_package_without_its_project_says_what_to_do(there: list[str], said: str, tmp_path: Path) -> None:
    for name in there:
        (tmp_path / name).mkdir()
    with pytest.raises(SettingsError, match=f"{said}.*`make run` there.*--editable"):
        require_checkout(tmp_path)


def test_a_command_stops_where_the_project_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipelines.__main__.require_checkout", lambda: require_checkout(tmp_path))
    assert main(["check-seeds"]) == 1
    assert "clone the project" in capsys.readouterr().err
