"""Set up .venv from a lock: by uv where it can be had, else by pip; the same packages, held to the same hashes.

Not here: which packages (pyproject.toml, pinned by make lock), and when (the Makefile). Nothing is installed yet where
this runs, so it knows the standard library alone.
"""

from __future__ import annotations  # so that a Python that is too old is told so, and does not stumble

import argparse
import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parent.parent
VENV = ".venv"
UNFINISHED = ".unfinished"  # lies in it while something is installed
UV_LOCK = PROJECT / "requirements-uv.lock"
OLDEST, TOO_NEW = (3, 11), (3, 14)
ANOTHER = "make PYTHON=python3.12 ..."
REMEDY = "Try again when a package index can be reached; of mirrors see docs/operations.md, Set-up"
PROJECT_ITSELF = ["--no-deps", "--no-build-isolation", "--editable", str(PROJECT)]
# uv reads no pip.conf: what pip is told there and in PIP_*, in uv's words, and what separates several.
UVS_WORDS = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
}
# All indexes count alike, as they do for pip: it is the hashes that say which file is meant.
UVS_HABITS = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_SYSTEM_CERTS": "true"}


def main(arguments: list[str] | None = None) -> None:
    """Install locks and the project into .venv; exits with what to do where that fails."""
    parser = argparse.ArgumentParser(prog="set_up.py", description=__doc__.splitlines()[0])
    parser.add_argument("locks", nargs="+", help="locks of the project, such as requirements.lock")
    parser.add_argument("--into", default=VENV, help="another folder of the project than .venv")
    parser.add_argument("--pip", action="store_true", help="by pip, also where uv can be had")
    chosen = parser.parse_args(arguments)
    if not OLDEST <= sys.version_info[:2] < TOO_NEW:
        sys.exit(f"digital-tilstand needs Python 3.11-3.13; this is {sys.version.split()[0]}. Name another: {ANOTHER}")
    venv, locks = PROJECT / chosen.into, " and ".join(chosen.locks)
    print(f"Setting up {chosen.into} from {locks} (once; seconds with uv, a minute or two with pip)", flush=True)
    prepare(venv)
    if not chosen.pip and by_uv(venv, chosen.locks):
        return
    if not chosen.pip:
        print("It is pip that does it, for uv cannot be had here, or did not manage", flush=True)
        prepare(venv)
    if not by_pip(venv, chosen.locks):
        sys.exit(f"{locks} could not be installed: see above. {REMEDY}")


def by_uv(venv: Path, locks: list[str]) -> bool:
    """Whether uv could be had, and installed the locks and the project."""
    uv = shutil.which("uv") or own_uv(venv)
    if uv is None:
        return False
    configuration = said(sys.executable, "-m", "pip", "config", "list")
    without = ["--no-index"] if ".no-index=" in configuration else []  # which uv is told in no variable
    install = [uv, "pip", "install", "--quiet", "--python", str(python_of(venv)), *without]
    env = uv_environment(configuration, dict(os.environ))
    return attempt(venv, [*install, *held_to(locks)], env) and attempt(venv, [*install, *PROJECT_ITSELF], env)


def own_uv(venv: Path) -> str | None:
    """uv in .venv, put there by pip; None where there is none for this machine, or the index has none."""
    is_done = attempt(venv, [*pip_install(venv), "--only-binary=:all:", *held_to([str(UV_LOCK)])])
    return str(venv / "bin" / "uv") if is_done else None


def by_pip(venv: Path, locks: list[str]) -> bool:
    """Whether pip installed the locks and the project; what it says is shown."""
    install = pip_install(venv)
    commands = ([*install, *held_to(locks)], [*install, *PROJECT_ITSELF])
    return all(attempt(venv, command, is_shown=True) for command in commands)


def held_to(locks: list[str]) -> list[str]:
    """What tells an installer to take what locks pin, by hash."""
    return ["--require-hashes", *(word for lock in locks for word in ("-r", lock))]


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def pip_install(venv: Path) -> list[str]:
    """The command that installs into .venv: this Python's pip, or where it has none (or a very old one) .venv's own.

    Nothing is compiled ahead: that takes longer than all the rest, and Python compiles what it imports.
    """
    pip = [sys.executable, "-m", "pip", "--python", str(python_of(venv))]
    if not said(*pip, "--version"):
        attempt(venv, [str(python_of(venv)), "-m", "ensurepip", "--default-pip"])
        pip = [str(python_of(venv)), "-m", "pip"]
    return [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-compile"]


def prepare(venv: Path) -> None:
    """Make .venv where there is none, it is another Python's, or an installation into it began and did not end."""
    version = "import sys; print(*sys.version_info[:2])"
    if not (venv / UNFINISHED).exists() and said(python_of(venv), "-c", version) == said(sys.executable, "-c", version):
        return
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", venv])
    if made.returncode:
        sys.exit(f"{sys.executable} could not make {venv}: see above")


def attempt(venv: Path, command: list[str], env: dict[str, str] | None = None, is_shown: bool = False) -> bool:
    """Whether an installer did it. Where it began and did not end, prepare() makes .venv anew."""
    packages = next((venv / "lib").glob("python*/site-packages"))
    before = packages.stat().st_mtime_ns
    (venv / UNFINISHED).touch()
    shown = None if is_shown else subprocess.DEVNULL
    is_done = subprocess.run(command, cwd=PROJECT, env=env, stdout=shown, stderr=shown).returncode == 0
    if is_done or packages.stat().st_mtime_ns == before:
        (venv / UNFINISHED).unlink()
    return is_done


def uv_environment(configuration: str, environment: dict[str, str]) -> dict[str, str]:
    """`environment`, and in it what pip is configured to, in uv's words; what uv is told itself stays."""
    told = dict(UVS_HABITS)
    lines = [line.partition("=") for line in configuration.splitlines()]
    for kind in ("global.", "install.", ":env:."):  # a later one is stronger
        for key, _, value in lines:
            variable, separator = UVS_WORDS.get(key.removeprefix(kind), ("", ""))
            if key.startswith(kind) and variable:
                told[variable] = separator.join(ast.literal_eval(value).split())
    if "UV_INDEX_URL" in environment:  # the older name of the same
        told.pop("UV_DEFAULT_INDEX", None)
    return {**told, **environment}


def said(*command: str | Path) -> str:
    """What a command prints; nothing where it fails or is not there."""
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


if __name__ == "__main__":
    main()
