"""A command by ops/tilstand is what the services would do: as their user, with their variables, on their data.

Not here: the services (test_service.py), and what the commands do.
"""

import getpass
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.common.settings import PROJECT_DIR, Settings
from tests.line import environment
from tests.unit.test_reader import publish_all
from tilstand import open_release

pytestmark = pytest.mark.slow

OPS, DAEMON = PROJECT_DIR / "ops", "tilstand-daemon.service"
INSTALLED = f"/etc/systemd/system/{DAEMON}"
SHOWS = """#!/bin/sh
echo "user=$(id -un)" "umask=$(umask)" "home=$HOME" "arguments=$*"
env | grep -E '^(TILSTAND|DAGSTER|TMPDIR)'
"""


@dataclass(frozen=True)
class Installed:
    """The wrapper, its unit and its environment file, for a project and data below a folder."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return Settings(self.folder / "data")

    def install(self, user: str, *told: str) -> None:
        unit, script = (OPS / DAEMON).read_text(encoding="utf-8"), (OPS / "tilstand").read_text(encoding="utf-8")
        for before, here in (
            ("User=tilstand", f"User={user}"),
            ("/srv/digital-tilstand", f"{self.folder}/project"),
            ("/var/lib/digital-tilstand", str(self.settings.data_dir)),
            ("/etc/digital-tilstand/environment", f"{self.folder}/environment"),
        ):
            assert before in unit
            unit = unit.replace(before, here)
        assert INSTALLED in script
        (self.folder / DAEMON).write_text(unit, encoding="utf-8")
        (self.folder / "tilstand").write_text(script.replace(INSTALLED, str(self.folder / DAEMON)), encoding="utf-8")
        (self.folder / "tilstand").chmod(0o755)
        (self.folder / "environment").write_text("".join(f"{line}\n" for line in told), encoding="utf-8")
        (self.folder / "environment").chmod(0o600)
        (self.folder / "project" / ".venv" / "bin").mkdir(parents=True, exist_ok=True)

    def program(self, text: str) -> None:
        path = self.folder / "project" / ".venv" / "bin" / "tilstand"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        env = {name: value for name, value in environment(self.folder).items() if name != "TILSTAND_DATA_DIR"}
        return subprocess.run([self.folder / "tilstand", *arguments], env=env, capture_output=True, text=True)


@pytest.fixture
def installed() -> Iterator[Installed]:
    """Below a folder that every user may look into."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield Installed(folder)
    shutil.rmtree(folder)


def test_command_is_told_what_the_services_are_told(installed: Installed) -> None:
    key = "k$(false)' \"&;" * 4
    installed.install(
        getpass.getuser(), "# the key", f"TILSTAND_PSEUDONYM_KEY={key}", 'TILSTAND_TARGET_URL="/srv/a share"', ""
    )
    installed.program(SHOWS)
    installed.settings.data_dir.mkdir()
    for mode, umask in ((0o700, "0077"), (0o2750, "0027")):
        installed.settings.data_dir.chmod(mode)
        told = installed.run("releases", "rollback", "ID").stdout.splitlines()
        assert f"user={getpass.getuser()} umask={umask}" in told[0] and told[0].endswith(
            "arguments=releases rollback ID"
        )
        assert set(told[1:]) == {
            f"TILSTAND_DATA_DIR={installed.settings.data_dir}",
            f"DAGSTER_HOME={installed.settings.dagster_home}",
            f"TMPDIR={installed.settings.shared_temp}",
            f"TILSTAND_PSEUDONYM_KEY={key}",
            "TILSTAND_TARGET_URL=/srv/a share",
        }


@pytest.mark.root
def test_command_is_of_the_services_user(installed: Installed) -> None:
    installed.install("nobody", "TILSTAND_HISTORY_DAYS=9")
    installed.program(SHOWS)
    told = installed.run("status").stdout
    assert told.startswith("user=nobody umask=0077 home=/nonexistent arguments=status\n"), told
    assert "TILSTAND_HISTORY_DAYS=9" in told.splitlines()


def test_rollback_reaches_bi(installed: Installed) -> None:
    """Without the environment file it found no target, and BI kept what was rolled back."""
    installed.install(getpass.getuser(), f"TILSTAND_TARGET_URL={installed.folder}/share")
    installed.program(f'#!/bin/sh\ncd "{PROJECT_DIR}" && exec "{sys.executable}" -m pipelines "$@"\n')
    publish_all(installed.settings, [1, 2])
    new = (installed.settings.published / "current").resolve().name
    (old,) = {path.name for path in (installed.settings.published / "releases").iterdir()} - {new}
    assert installed.run("releases", "send").returncode == 0
    assert open_release(installed.folder / "share").id == new
    done = installed.run("releases", "rollback", old)
    assert done.returncode == 0, done.stdout + done.stderr
    assert open_release(installed.folder / "share").id == old


def test_what_it_cannot_read_as_systemd_does_is_refused_without_the_value(installed: Installed) -> None:
    installed.install(getpass.getuser(), "TILSTAND_PSEUDONYM_KEY=HEMME\\LIG")
    installed.program(SHOWS)
    done = installed.run("status")
    assert (done.returncode, done.stdout) == (3, "") and "a backslash" in done.stderr and "HEMME" not in done.stderr


def test_command_without_the_units_says_so(installed: Installed) -> None:
    installed.install(getpass.getuser())
    (installed.folder / DAEMON).unlink()
    assert "install the units first" in installed.run("status").stderr
