"""What the Dockerfile copies is there and is enough, nothing else gets in, and it runs as nobody in particular.

Not here: building the image: there is no Docker where these tests run.
"""

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from pipelines.common.settings import PROJECT_DIR, Settings
from tests.line import environment

LINES = re.sub(r"\\\n\s*", "", (PROJECT_DIR / "Dockerfile").read_text(encoding="utf-8")).splitlines()
IGNORED = (PROJECT_DIR / ".dockerignore").read_text(encoding="utf-8").splitlines()


def said(instruction: str) -> list[str]:
    return [line.removeprefix(f"{instruction} ") for line in LINES if line.startswith(f"{instruction} ")]


def copied() -> list[tuple[Path, str]]:
    """(file or folder of the project, where it goes) for each that is copied."""
    found = []
    for line in said("COPY"):
        *sources, to = line.split()
        for source in sources:
            goes = (
                to
                if len(sources) == 1 and not to.endswith("/") and to != "."
                else f"{to.rstrip('/')}/{Path(source).name}"
            )
            found.append((PROJECT_DIR / source, goes.removeprefix("./")))
    return found


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as the image holds it."""
    folder = tmp_path_factory.mktemp("image")
    for source, goes in copied():
        target = folder / goes
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return folder


def test_every_file_that_is_copied_is_there_and_let_in() -> None:
    let_in = [line.removeprefix("!") for line in IGNORED if line.startswith("!")]
    assert "*" in IGNORED
    for source, _ in copied():
        assert source.exists(), source
        name = source.relative_to(PROJECT_DIR).as_posix()
        assert any(name == one or name.startswith(f"{one}/") for one in let_in), f"{name} is kept out by .dockerignore"


def test_no_data_and_no_history_get_in() -> None:
    let_in = [line.removeprefix("!") for line in IGNORED if line.startswith("!")]
    assert [one for one in let_in if fnmatch(one, "data*") or one.startswith((".git", "tests", ".venv"))] == []


def test_it_runs_as_a_user_of_its_own_and_writes_below_its_volume_alone() -> None:
    (user,), (volume,) = said("USER"), said("VOLUME")
    assert user not in ("root", "0")
    assert LINES.index(f"USER {user}") > max(LINES.index(f"RUN {line}") for line in said("RUN"))
    variables = dict(pair.split("=", 1) for line in said("ENV") for pair in line.split())
    assert variables["TILSTAND_DATA_DIR"] == volume
    assert variables["DAGSTER_HOME"] == f"{volume}/work/dagster"
    # The pages and the daemon are two containers, with a /tmp each: through a socket there the pages end a run.
    assert variables["TMPDIR"] == str(Settings(Path(volume)).shared_temp)
    assert variables["PYTHONDONTWRITEBYTECODE"] == "1", "the project's folder is not to be written"


def test_pages_and_daemon_of_the_docs_make_the_folder_that_they_share_first() -> None:
    """Where TMPDIR names none, each would take its own /tmp without a word."""
    text = (PROJECT_DIR / "docs" / "operations.md").read_text(encoding="utf-8").replace("\\\n", "")
    started = [line for line in text.splitlines() if "docker run -d" in line]
    assert len(started) == 2
    for line, program in zip(started, ("dagster-webserver", "dagster-daemon"), strict=True):
        assert re.search(rf'--entrypoint sh digital-tilstand -c +"tilstand home && exec {program} ', line), line


def test_python_of_the_image_is_one_that_the_project_takes() -> None:
    (base,) = said("FROM")
    assert re.match(r"python:3\.1[123]-slim-", base)


@pytest.mark.slow
def test_what_is_copied_is_enough_to_check_the_seeds_and_to_say_how_the_line_is(image: Path, tmp_path: Path) -> None:
    (entry,), (command,) = said("ENTRYPOINT"), said("CMD")
    assert (entry, command) == ('["tilstand"]', '["run"]')
    for arguments, code, told in ((["check-seeds"], 0, "no mistakes"), (["status"], 2, "nothing is published")):
        done = subprocess.run(
            [sys.executable, "-m", "pipelines", *arguments],
            cwd=image,
            env={**environment(tmp_path / "data"), "PYTHONPATH": str(image), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, told in done.stdout) == (code, True), done.stdout + done.stderr


@pytest.mark.slow
def test_dagster_loads_what_is_copied_with_a_project_that_cannot_be_written(image: Path, tmp_path: Path) -> None:
    """As with a read-only root: what it writes is below the data directory."""
    before = {path: path.stat().st_mtime_ns for path in image.rglob("*")}
    home = [sys.executable, "-m", "pipelines", "home"]
    env = {**environment(tmp_path / "data"), "PYTHONPATH": str(image), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(home, cwd=image, env=env, check=True, capture_output=True)
    check = [
        str(Path(sys.executable).parent / "dagster"), "definitions", "validate", "--workspace", "workspace.yaml",
    ]  # fmt: skip
    dagster_home = str(tmp_path / "data" / "work" / "dagster")
    done = subprocess.run(
        check, cwd=image, env={**env, "DAGSTER_HOME": dagster_home, "HOME": os.devnull}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path: path.stat().st_mtime_ns for path in image.rglob("*")} == before
