"""The units of ops/ work: systemd understands them, what they start comes up healthy and ends when it is told to.

Not here: what a run does that they start (test_runs_at_once.py), and what the pages show.
"""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.automation.home import prepare
from pipelines.common.settings import PROJECT_DIR, Settings
from tests.line import environment
from tests.own_tmp import may_mount, own_tmp

pytestmark = pytest.mark.slow

OPS = PROJECT_DIR / "ops"
UNITS = sorted(OPS.glob("*.service"))
INSTALLED, DATA, PORT = "/srv/digital-tilstand", "/var/lib/digital-tilstand", "3000"
HEALTH = """{
  workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError { __typename } } } }
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
}"""


def here(text: str, data_dir: Path, port: str = PORT) -> str:
    """The text of a unit with the places of this machine in place of those it is written for."""
    programs = str(Path(sys.executable).parent)
    text = text.replace(f"{INSTALLED}/.venv/bin", programs).replace(INSTALLED, str(PROJECT_DIR))
    return text.replace(DATA, str(data_dir)).replace(f"--port {PORT}", f"--port {port}")


def said(unit: str, key: str) -> list[str]:
    """What a unit says of a key, in each line that does."""
    return [line.partition("=")[2] for line in unit.splitlines() if line.startswith(f"{key}=")]


@pytest.mark.systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_the_unit(unit: Path, tmp_path: Path) -> None:
    installed = tmp_path / unit.name
    installed.write_text(here(unit.read_text(encoding="utf-8"), tmp_path / "data"), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(installed)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    installed.write_text(installed.read_text(encoding="utf-8").replace("ProtectSystem=strict", "ProtectSystem=odd"))
    wrong = subprocess.run(command, capture_output=True, text=True)
    assert "protect system" in wrong.stderr, "systemd would not tell of a mistake"


@pytest.mark.systemd
def test_systemd_understands_what_lets_the_daemon_write_to_a_target(tmp_path: Path) -> None:
    daemon, target = ((OPS / name).read_text(encoding="utf-8") for name in ("tilstand-daemon.service", "target.conf"))
    assert "ProtectSystem=strict" in daemon and "ReadWritePaths=" not in daemon, "it may write to its data alone"
    installed = tmp_path / "tilstand-daemon.service"
    installed.write_text(here(daemon, tmp_path / "data"), encoding="utf-8")
    drop_in = tmp_path / "tilstand-daemon.service.d" / "target.conf"
    drop_in.parent.mkdir()
    drop_in.write_text(target, encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(installed)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    drop_in.write_text(target.replace("ReadWritePaths=/mnt", "ReadWritePaths=mnt"), encoding="utf-8")
    wrong = subprocess.run(command, capture_output=True, text=True)
    assert "target.conf" in wrong.stderr, "the drop-in is not read"


def test_units_differ_in_what_they_start_alone() -> None:
    one, other = (set(unit.read_text(encoding="utf-8").splitlines()[1:]) for unit in UNITS)
    assert {line.partition("=")[0] for line in one ^ other} == {"Description", "ExecStart"}


def test_both_share_a_folder_for_temporary_files_that_is_for_their_user_alone(tmp_path: Path) -> None:
    """Their /tmp are apart, and a run that the daemon starts is reached by the pages through a socket."""
    units = [here(unit.read_text(encoding="utf-8"), tmp_path) for unit in UNITS]
    assert [said(unit, "PrivateTmp") for unit in units] == [["true"]] * len(UNITS)
    shared = Settings(tmp_path).shared_temp
    assert [f"TMPDIR={shared}" in said(unit, "Environment") for unit in units] == [True] * len(UNITS)
    prepare(Settings(tmp_path))
    assert shared.stat().st_mode & 0o777 == 0o700


class Service:
    """The units' processes, started as they say, with the rights that they say, and where the machine allows it each
    with a /tmp of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        for file in UNITS:
            unit = here(file.read_text(encoding="utf-8"), self.data_dir, self.port)
            variables = dict(line.split("=", 1) for line in said(unit, "Environment"))
            is_apart = said(unit, "PrivateTmp") == ["true"] and may_mount()
            own = own_tmp(PROJECT_DIR, self.data_dir.parent, Path(sys.prefix).resolve()) if is_apart else []
            (folder,), (mask,) = said(unit, "WorkingDirectory"), said(unit, "UMask")
            started = {
                "cwd": folder,
                "env": {**environment(self.data_dir), "TMPDIR": "", **variables},
                "umask": int(mask, 8),
                "stdout": subprocess.DEVNULL,
            }
            for before in said(unit, "ExecStartPre"):
                subprocess.run([*own, *shlex.split(before)], check=True, **started)
            (command,) = said(unit, "ExecStart")
            with (self.data_dir.parent / f"{file.stem}.log").open("wb") as log:
                self.processes[file.stem] = subprocess.Popen(
                    [*own, *shlex.split(command)], stderr=log, start_new_session=True, **started
                )

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """What the pages ask, and how they are answered."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=180) as answer:
            return json.loads(answer.read())["data"]

    def is_healthy(self) -> bool:
        """Whether the pages answer, the project is loaded, and all that is to run does."""
        try:
            answer = self.ask(HEALTH)
        except OSError:
            return False
        entries = answer["workspaceOrError"]["locationEntries"]
        daemons = answer["instance"]["daemonHealth"]["allDaemonStatuses"]
        return [(entry["locationOrLoadError"] or {}).get("__typename") for entry in entries] == [
            "RepositoryLocation"
        ] and all(one["healthy"] for one in daemons if one["required"])

    def logs(self) -> str:
        return "\n".join(path.read_text(encoding="utf-8") for path in sorted(self.data_dir.parent.glob("*.log")))

    def left(self) -> list[str]:
        """The command lines of processes that know the data directory."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if f"TILSTAND_DATA_DIR={self.data_dir}".encode() in (process / "environ").read_bytes().split(b"\0"):
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:  # it has ended, or is another user's
                continue
        return found


@pytest.mark.own_tmp
def test_each_has_a_tmp_of_its_own(service: Service) -> None:
    assert wait(service.is_healthy, 400), service.logs()
    seen = {Path(f"/proc/{process.pid}/ns/mnt").readlink() for process in service.processes.values()}
    assert len(seen | {Path("/proc/self/ns/mnt").readlink()}) == len(UNITS) + 1


def wait(until: Any, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        time.sleep(0.5)
    return bool(until())


@pytest.fixture(scope="module")
def service(parsed: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Of a data directory where nothing has run; dbt's manifest is there."""
    data_dir = tmp_path_factory.mktemp("service") / "data"
    shutil.copytree(parsed.dbt_target, data_dir / "work" / "dbt")
    service = Service(data_dir)
    try:
        service.start()
        yield service
    finally:
        for process in service.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def test_both_come_up_healthy_write_for_their_owner_alone_and_end_in_seconds_when_told(service: Service) -> None:
    assert wait(service.is_healthy, 400), service.logs()
    assert [path for path in (service.data_dir / "work" / "dagster").rglob("*") if path.lstat().st_mode & 0o077] == []
    shared = {path for path in Settings(service.data_dir).shared_temp.iterdir() if path.is_socket()}
    assert len(shared) == len(UNITS), "each has the project behind a socket that the other can reach"
    assert len(service.left()) > 2, "what each starts of its own is looked for below"
    started = time.monotonic()
    for process in service.processes.values():
        process.terminate()
    codes = {name: process.wait(timeout=60) for name, process in service.processes.items()}
    took = time.monotonic() - started
    assert wait(lambda: not service.left(), 30), service.left()
    assert took < 30, f"{took:.0f} seconds"
    assert set(codes.values()) <= {0, -signal.SIGTERM}, codes
