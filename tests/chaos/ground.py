"""Where faults are tried: a small landing, states of its data directory to begin from, each made once, and kept.

Not here: the faults, and what must hold after one (holds.py).
"""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from pipelines.automation.unchanged import is_unchanged
from pipelines.common.settings import DATA_DIR
from pipelines.common.warehouse import note_as_left
from tests.chaos.lines import counted
from tests.chaos.phases import ingest, publish, publish_all, raw_rows
from tests.chaos.started import forked, load, with_modules
from tests.line import Line
from tests.unit.extracts import innbygger_extract, itip_extract, kommune_extract, un_extract

WAITING, BUILT, SETTLED = "waiting", "built", "settled"
BEFORE, AFTER = "before", "after"  # what was delivered first, and then
ANEW = "anew"  # what was delivered then, with a build database that knows of nothing before
KNOWN, STATES, DELIVERIES = "known.json", "states", "deliveries"
MADE_UP = "producer: tests/chaos\nurl: none\nlicence: none\nretrieved: never\nsynthetic: true\n"
# What a run prints when it has an asset, and how it begins a phase.
BORDER = re.compile(r"^(?:\d of \d: .*|  \w+ +\w+ +\d+\.\d s.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Ground:
    """A folder of trials, with one data directory that is laid anew for each.

    `waiting`: a release of what was delivered before is in force, and something else is delivered since. `built`: that
    is loaded and built, and not published. `settled`: it is in force, and there is nothing to do.
    """

    folder: Path

    @property
    def line(self) -> Line:
        return Line(self.folder / "data")

    @property
    def said(self) -> Path:
        """What processes of the trial going on say."""
        return self.folder / "said.txt"

    @cached_property
    def known(self) -> dict[str, Any]:
        """Fingerprints of the releases, what raw holds and which borders a run passes, and how long phases take."""
        said: dict[str, Any] = json.loads((self.folder / KNOWN).read_text(encoding="utf-8"))
        return said

    def prepare(self) -> None:
        """Make the states, unless they are there; from now on this process is about this data directory."""
        os.environ[DATA_DIR] = str(self.line.data_dir)
        if (self.folder / KNOWN).exists():
            for name in ("ingest", "publish"):
                load(self.known[f"{name}_modules"])
            return
        self.begin()
        self.run_in_order()
        known = {BEFORE: self.line.manifest["fingerprint"]}
        self.deliver(AFTER)
        self.keep(WAITING)
        known["borders"] = borders(self.run_in_order())
        known[AFTER] = self.line.manifest["fingerprint"]
        self.keep(SETTLED)
        shutil.rmtree(self.line.settings.published)
        shutil.copytree(self.state(WAITING) / "published", self.line.settings.published, symlinks=True)
        self.keep(BUILT)
        self.lay(WAITING).settings.build_db.unlink()
        self.run_in_order()
        known[ANEW] = self.line.manifest["fingerprint"]
        self.note(known)

    def prepare_as(self, other: "Ground") -> None:
        """Copy the states of another one, unless they are there: nothing that a run asks for in them names a folder."""
        if (self.folder / KNOWN).exists():
            return
        for name in (STATES, DELIVERIES):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            copy(other.folder / name, self.folder / name)
        shutil.copyfile(other.folder / KNOWN, self.folder / KNOWN)

    def begin(self) -> None:
        """What was delivered first lies in landing/, and nothing else is there."""
        os.environ[DATA_DIR] = str(self.line.data_dir)
        shutil.rmtree(self.folder / STATES, ignore_errors=True)
        self.clear()
        self.deliver(BEFORE)

    def delivery(self, which: str) -> Path:
        """What is delivered, written once: a workbook says when it was made, and is another file each time."""
        made = self.folder / DELIVERIES / which
        if not made.exists():
            write_extracts(made, which)
        return made

    def deliver(self, which: str) -> None:
        """Files in landing/ are written in place."""
        landing = self.line.settings.landing
        shutil.copytree(self.delivery(which), landing, dirs_exist_ok=True)
        landing.chmod(0o700)

    def run_in_order(self) -> str:
        """What a run says that nothing happens to."""
        run = self.line.run()
        if run.code:
            raise RuntimeError(f"the line does not run on the small landing:\n{run.out}{run.err}")
        return run.out

    def keep(self, state: str) -> None:
        """The data directory is in that state."""
        copy(self.line.data_dir, self.state(state))

    def note(self, known: dict[str, Any]) -> None:
        """What is known of the releases, and of phases that nothing happens to."""
        settings = self.line.settings
        self.lay(SETTLED)
        assert forked(lambda: is_unchanged(settings), self.said).value is True, "there is something to do"
        for name, (state, phase) in {"ingest": (WAITING, ingest), "publish": (BUILT, publish)}.items():
            self.lay(state)
            whole = publish_all if phase is publish else phase  # which is killed at any moment of it
            ended = forked(with_modules(partial(whole, settings)), self.said)
            assert ended.value and ended.value[0] is True, self.said.read_text(encoding="utf-8")
            known[f"{name}_seconds"], known[f"{name}_modules"] = ended.seconds, ended.value[1]
            load(ended.value[1])
            if phase is ingest:
                known["raw"] = forked(lambda: raw_rows(settings), self.said).value
            self.lay(state)
            known[f"{name}_lines"] = forked(partial(counted, partial(phase, settings)), self.said).value
        (self.folder / KNOWN).write_text(json.dumps(known), encoding="utf-8")

    def lay(self, state: str) -> Line:
        """The data directory as it is in a state."""
        self.clear()
        copy(self.state(state), self.line.data_dir)
        note_as_left(self.line.settings.build_db)
        return self.line

    def clear(self) -> None:
        """Nothing is in the data directory, which may be a disk of its own."""
        self.line.data_dir.mkdir(parents=True, exist_ok=True)
        for path in self.line.data_dir.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def state(self, name: str) -> Path:
        """Where a state is kept."""
        return self.folder / STATES / name


def copy(folder: Path, to: Path) -> None:
    """All that is in a folder, as it is. Each trial begins so; Python takes five times as long for so many files."""
    to.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", f"{folder}/.", str(to)], check=True)


def borders(printed: str) -> list[str]:
    """The lines with which a run says how far it is, without the seconds and rows that differ from run to run."""
    return [re.sub(r" +\d+\.\d s.*$", "", text) for text in BORDER.findall(printed)]


def write_extracts(landing: Path, which: str) -> None:
    """Small extracts of each kind of file; a cell of each differs between what came before and after."""
    is_after = which == AFTER
    kommuner, citizens = kommune_extract(2022), innbygger_extract(2021)
    agencies, countries = itip_extract(2021), un_extract()
    if is_after:
        kommuner.set(2, "folkemengde", "1001")
        citizens.set(1, "alder", 17.0)
        agencies.set("innbygger", 2, "alder", 17)
        countries.set(2, "e-gov-index", "0.895")
    kommuner.write(landing / "ssb_kommune" / "2022" / "kommuner.csv")
    citizens.write(landing / "dfo_innbygger" / "2021" / "innbyggere.sav")
    agencies.write(landing / "itip" / "2021" / "itip.xlsx")
    countries.write(landing / "international" / "un_egdi" / "2018" / "egdi.csv")
    for file in files(landing):
        (file.parent / "SOURCE.yml").write_text(MADE_UP, encoding="utf-8")


def files(landing: Path) -> list[Path]:
    """The files of data in a landing."""
    return sorted(path for path in landing.rglob("*.*") if path.is_file() and path.suffix != ".yml")
