"""Set-up installs by uv where it can be had, else by pip, and begins anew what was not ended.

uv and pip are stand-ins here, which note what they are asked and install nothing. Not here: the locks (test_locks.py),
and installing for real (tests/benchmarks/setup.py).
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipelines.common.settings import PROJECT_DIR
from tools import set_up

pytestmark = pytest.mark.slow

# What it does is said by a file beside the project: {name of the tool: one of "fails", "breaks off"}.
STAND_IN = """\
import json, os, pathlib, sys
project = pathlib.Path.cwd()
told = json.loads((project / "told.json").read_text())
name, asked = {name!r}, sys.argv[1:]
if "--version" in asked:
    print("a stand-in")
elif "config" in asked:
    print(told.get("configuration", ""))
else:
    with (project / "asked.jsonl").open("a") as log:
        log.write(json.dumps([name, asked, os.environ.get("UV_DEFAULT_INDEX")]) + "\\n")
    if told.get(name) != "fails":
        packages = next((project / ".venv/lib").glob("python*/site-packages"))
        (packages / f"by_{{name}}_{{len(list(packages.iterdir()))}}").touch()
    if any("requirements-uv" in word for word in asked) and "no uv" not in told:
        own = project / ".venv/bin/uv"
        own.write_text((project / "stand_ins/uv").read_text())
        own.chmod(0o755)
    sys.exit(name in told or ("no uv" in told and any("requirements-uv" in word for word in asked)))
"""


@dataclass
class Checkout:
    """A project of nothing but its set-up."""

    folder: Path
    has_uv: bool = True  # on PATH
    told: dict[str, str] = field(default_factory=dict)

    def set_up(self, *options: str) -> subprocess.CompletedProcess[str]:
        (self.folder / "told.json").write_text(json.dumps(self.told))
        path = [*([str(self.folder / "stand_ins")] if self.has_uv else []), "/usr/bin", "/bin"]
        env = {"PATH": os.pathsep.join(path), "PYTHONPATH": str(self.folder / "stand_ins")}
        command = [sys.executable, "tools/set_up.py", "some.lock", *options]
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True)

    def asked(self) -> list[tuple[str, list[str], str | None]]:
        return [tuple(json.loads(line)) for line in (self.folder / "asked.jsonl").read_text().splitlines()]

    def who(self) -> list[tuple[str, str]]:
        """Which tool was asked for what: the last word, a lock or the project."""
        return [(name, Path(words[-1]).name) for name, words, _ in self.asked()]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    folder = tmp_path / "project"
    (folder / "tools").mkdir(parents=True)
    shutil.copy(PROJECT_DIR / "tools" / "set_up.py", folder / "tools")
    (folder / "stand_ins" / "pip").mkdir(parents=True)
    (folder / "stand_ins" / "pip" / "__init__.py").touch()
    (folder / "stand_ins" / "pip" / "__main__.py").write_text(STAND_IN.format(name="pip"))
    uv = folder / "stand_ins" / "uv"
    uv.write_text(f"#!{sys.executable}\n" + STAND_IN.format(name="uv"))
    uv.chmod(0o755)
    return Checkout(folder)


def whole(checkout: Checkout) -> Path:
    """A .venv that an earlier set-up ended, and a file in it that goes when it is made anew."""
    assert checkout.set_up().returncode == 0
    (checkout.folder / "asked.jsonl").unlink()
    kept = checkout.folder / ".venv" / "kept"
    kept.touch()
    return kept


def unfinished(checkout: Checkout) -> Path:
    return checkout.folder / ".venv" / ".unfinished"


def test_uv_on_the_path_installs_the_lock_and_then_the_project(checkout: Checkout) -> None:
    done = checkout.set_up()
    assert (done.returncode, done.stderr) == (0, "")
    assert checkout.who() == [("uv", "some.lock"), ("uv", "project")]
    assert not unfinished(checkout).exists()


def test_where_there_is_no_uv_pip_brings_it(checkout: Checkout) -> None:
    checkout.has_uv = False
    assert checkout.set_up().returncode == 0
    assert checkout.who() == [("pip", "requirements-uv.lock"), ("uv", "some.lock"), ("uv", "project")]


@pytest.mark.parametrize(
    ("told", "asked_first"),
    [
        ({"no uv": ""}, [("pip", "requirements-uv.lock")]),
        ({"uv": "fails"}, [("pip", "requirements-uv.lock"), ("uv", "some.lock")]),
    ],
    ids=["cannot be had", "fails"],
)
def test_pip_does_what_uv_does_not(
    checkout: Checkout, told: dict[str, str], asked_first: list[tuple[str, str]]
) -> None:
    checkout.has_uv, checkout.told = False, told
    done = checkout.set_up()
    assert (done.returncode, done.stderr) == (0, "")
    assert "It is pip that does it" in done.stdout
    assert checkout.who() == [*asked_first, ("pip", "some.lock"), ("pip", "project")]


def test_pip_alone_on_request(checkout: Checkout) -> None:
    assert checkout.set_up("--pip").returncode == 0
    assert checkout.who() == [("pip", "some.lock"), ("pip", "project")]


@pytest.mark.parametrize("options", [(), ("--pip",)], ids=["uv", "pip"])
def test_a_lock_is_held_to_its_hashes(checkout: Checkout, options: tuple[str, ...]) -> None:
    checkout.has_uv = False
    assert checkout.set_up(*options).returncode == 0
    locks = [words for _, words, _ in checkout.asked() if words[-1].endswith(".lock")]
    assert locks and all("--require-hashes" in words for words in locks)


def test_an_environment_that_is_whole_is_kept(checkout: Checkout) -> None:
    kept = whole(checkout)
    assert checkout.set_up().returncode == 0
    assert kept.exists()


def test_an_interrupted_installation_begins_anew(checkout: Checkout) -> None:
    kept = whole(checkout)
    unfinished(checkout).touch()
    assert checkout.set_up().returncode == 0
    assert not kept.exists() and not unfinished(checkout).exists()


def test_what_uv_left_half_done_is_not_built_upon(checkout: Checkout) -> None:
    kept = whole(checkout)
    checkout.told = {"uv": "breaks off"}
    assert checkout.set_up().returncode == 0
    assert not kept.exists()
    assert not list(checkout.folder.glob(".venv/lib/python*/site-packages/by_uv*"))


def test_where_nothing_can_be_reached_it_says_so_and_leaves_the_environment(checkout: Checkout) -> None:
    kept = whole(checkout)
    checkout.told = {"uv": "fails", "pip": "fails"}
    done = checkout.set_up()
    assert done.returncode == 1
    assert "some.lock could not be installed" in done.stderr and "docs/operations.md" in done.stderr
    assert kept.exists() and not unfinished(checkout).exists()


def test_what_breaks_off_with_both_is_marked(checkout: Checkout) -> None:
    checkout.told = {"uv": "breaks off", "pip": "breaks off"}
    assert checkout.set_up().returncode == 1
    assert unfinished(checkout).exists()


def test_another_pythons_environment_is_made_anew(checkout: Checkout) -> None:
    kept = whole(checkout)
    python = checkout.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.write_text("#!/bin/sh\necho 3 10\n")
    python.chmod(0o755)
    assert checkout.set_up().returncode == 0
    assert not kept.exists()


def test_uv_is_told_where_pip_is_told_to_look(checkout: Checkout) -> None:
    checkout.told = {"configuration": "global.index-url='https://mirror.example/simple'"}
    assert checkout.set_up().returncode == 0
    assert {index for _, _, index in checkout.asked()} == {"https://mirror.example/simple"}


@pytest.mark.parametrize(
    ("configuration", "environment", "told"),
    [
        (["global.index-url='https://a/simple'"], {}, {"UV_DEFAULT_INDEX": "https://a/simple"}),
        (
            [":env:.index-url='https://c'", "global.index-url='https://a'", "install.index-url='https://b'"],
            {},
            {"UV_DEFAULT_INDEX": "https://c"},
        ),
        (["install.index-url='https://b'", "global.index-url='https://a'"], {}, {"UV_DEFAULT_INDEX": "https://b"}),
        (["global.extra-index-url='\\nhttps://a\\nhttps://b'"], {}, {"UV_INDEX": "https://a https://b"}),
        (["global.find-links='/a /b'"], {}, {"UV_FIND_LINKS": "/a,/b"}),
        (["global.cert='/etc/ours.pem'"], {"SSL_CERT_FILE": "/mine"}, {"SSL_CERT_FILE": "/mine"}),
        (["global.index-url='https://a'"], {"UV_DEFAULT_INDEX": "https://b"}, {"UV_DEFAULT_INDEX": "https://b"}),
        (["global.index-url='https://a'"], {"UV_INDEX_URL": "https://b"}, {"UV_INDEX_URL": "https://b"}),
        (["global.timeout='60'", "download.index-url='https://a'"], {}, {}),
        ([], {"UV_INDEX_STRATEGY": "first-index"}, {"UV_INDEX_STRATEGY": "first-index"}),
    ],
)
def test_pips_configuration_in_uvs_words(
    configuration: Iterable[str], environment: dict[str, str], told: dict[str, str]
) -> None:
    assert set_up.uv_environment("\n".join(configuration), environment) == {**set_up.UVS_HABITS, **told}


def test_a_python_that_does_not_do_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_up, "OLDEST", (3, 99))
    with pytest.raises(SystemExit, match=rf"this is {sys.version_info[0]}\.{sys.version_info[1]}.*PYTHON=python"):
        set_up.main(["some.lock"])
