"""Runs of the whole line on something else than the untouched sample, and what tests need to know of each.

Not here: the promises (the tests), and when these run (tests/conftest.py).
"""

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import xlsxwriter
from pytest_httpserver import HTTPServer
from python_calamine import CalamineWorkbook

from pipelines.common.settings import ALL_WAVES, DISCLOSURE, PROJECT_DIR
from tests.integration.digital_modenhet import fill_in
from tests.integration.statbank_tables import TABLES, of_eurostat, published
from tests.integration.swaps import read_sav, swap_all, write_sav
from tests.line import Line, Run, environment
from tests.unit.replay import Publisher, as_json

SURVEY, RANKINGS, CITIZENS = "ssb_kommune", "international/un_egdi", "dfo_innbygger"
TAKEN_AWAY = (SURVEY, CITIZENS, "itip", "ssb_stat")
# How many respondents the small waves of citizens have, where all is protected; the two last stay as large as they are.
SMALL_WAVES = {2010: 60, 2013: 100, 2015: 150, 2017: 300, 2019: 1000}
SOURCE_SEEDS = ("resource.csv", "resource_dimension.csv", "resource_code.csv")
PROJECT_FILES = ("pipelines", "dbt_project", "seeds", "dagster.yaml", "workspace.yaml")
DOCS = PROJECT_DIR / "docs"
SHOWN = re.compile(r"^ *```(bash|text)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
SHOWN_ROW = re.compile(r"^ *(seeds/\S+\.csv): +(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Ended:
    """A run that ended, what was in force before it, and what is now."""

    line: Line
    run: Run
    before: dict[str, str]


@dataclass(frozen=True)
class Changed(Ended):
    """A run after `kommunenr` (as in the register) gave up its strategy in the wave 2022."""

    kommunenr: str
    folkemengde: int
    n_areas: int


@dataclass(frozen=True)
class BrokenThenMended:
    """A run with a broken extract, and a second after it was put back as it was and the private build was lost."""

    line: Line
    before: dict[str, str]
    broken: Run
    value: str
    row: int
    while_broken: dict[str, str]
    report: Path
    reported: list[dict[str, str]]
    raw_rows: int
    mended: Run


@dataclass(frozen=True)
class Leak(Ended):
    """A run of a copy of the project in which one part of a divided kommune has lost its share."""

    lost: dict[str, str]


@dataclass(frozen=True)
class NewSurvey(Ended):
    """A run of a copy of the project with a survey more, and what the commands before it `said`."""

    said: str


@dataclass(frozen=True)
class Statbank(Ended):
    """A run of a copy of the project with tables taken over, what the commands `said`, and the `seeds` before them."""

    said: dict[str, str]
    seeds: dict[str, str]


def changed(built: Line, folder: Path) -> Changed:
    """One kommune answers no to having a strategy, and names no areas."""
    line = built.copy(folder / "data")
    before = line.in_force()
    file = line.extract(SURVEY, 2022)
    header, rows = read(file, "utf-8-sig")
    panels = built.table("kommune_indicators")
    panels = panels[(panels["wave"] == 2022) & (panels["indicator"] == "digital_prioritering")]
    # Whose number is not touched by the reform, and who has much of both: what changes is then plain to say.
    untouched = panels[panels["method"].isin(["native", "identity"]) & (panels["score"] == 4)]
    numbers = untouched["kommunenr"].value_counts()
    chosen = min(numbers[numbers == 4].index)
    row = next(r for r in rows if r["kommunenr"].zfill(4) == chosen)
    areas = [column for column in header if column.startswith("strategi_omr_")]
    n_areas = sum(row[column] == "1" for column in areas)
    row.update({"strategi": "2"} | dict.fromkeys(areas, ""))
    write(file, "utf-8-sig", header, rows)
    return Changed(line, line.run(), before, chosen, int(row["folkemengde"]), n_areas)


def broken_then_mended(built: Line, folder: Path) -> BrokenThenMended:
    """An answer that no code frame knows; then the same file as before, and the private build lost as well."""
    line = built.copy(folder / "data")
    before = line.in_force()
    file = line.extract(SURVEY, 2022)
    delivered = file.read_bytes()
    header, rows = read(file, "utf-8-sig")
    rows[10]["funksjon_03"] = "7"
    write(file, "utf-8-sig", header, rows)
    broken = line.run()
    report = line.settings.quarantine / SURVEY / "2022" / "report.csv"
    with report.open(encoding="utf-8-sig", newline="") as lines:
        reported = list(csv.DictReader(lines))
    with duckdb.connect(str(line.settings.build_db), read_only=True) as con:
        raw_rows = con.execute(f"select count(*) from raw.{SURVEY} where wave = 2022").fetchone()[0]
    while_broken = line.in_force()
    file.write_bytes(delivered)
    shutil.rmtree(line.settings.work)
    mended = line.run()
    return BrokenThenMended(line, before, broken, "7", 12, while_broken, report, reported, raw_rows, mended)


def swapped(built: Line, folder: Path) -> Ended:
    """Answers have changed places in all four surveys, so that ten claims of the publications are wrong."""
    line = with_own_project(built, folder)
    before = line.in_force()
    swap_all(line)
    accept(line, ("replaced", "", ""))
    return Ended(line, line.run(), before)


def only_one_wave(built: Line, folder: Path) -> Ended:
    """A new user who brings the wave 2022 of the kommune survey and nothing else."""
    line = Line(folder / "data")
    wave = Path("landing", SURVEY, "2022")
    shutil.copytree(built.data_dir / wave, line.data_dir / wave)
    return Ended(line, line.run(), {})


def only_rankings(built: Line, folder: Path) -> Ended:
    """A user who had the sample, forgets a wave of citizens, and takes the other surveys away.

    Digdir's scorecard of 2024 is delivered, made by hand: two goals whose indicators are scored.
    """
    line = with_own_project(built, folder)
    before = line.in_force()
    forget = [sys.executable, "-m", "pipelines", "forget", CITIZENS, "2019"]
    subprocess.run(forget, cwd=line.project, env=environment(line.data_dir), check=True)
    for survey in TAKEN_AWAY:
        waves = sorted(path.name for path in (line.settings.landing / survey).iterdir())
        accept(line, *(("wave_gone", f"{survey}/{wave}", "") for wave in waves))
        shutil.rmtree(line.settings.landing / survey)
    scored = line.settings.landing / "digdir" / "2024"
    scored.mkdir()
    (scored / "goals.csv").write_text(
        "goal_no;goal;status;direction;comment;score;n_indicators\n1;Åpen;Middels;;;2.31;9\n2;Samlet;God;;;1.75;12\n",
        encoding="utf-8",
    )
    (scored / "key figures.csv").write_text(
        "goal_no;key_figure;value;unit;previous_value;previous_year;tag;source\n"
        "1;internett_daglig;95;percent;94;2023;Positiv økende trend;SSB\n",
        encoding="utf-8",
    )
    return Ended(line, line.run(), before)


def leak(built: Line, folder: Path) -> Leak:
    """A seed of the regions has lost a row, so that inhabitants of a kommune are lost on the way."""
    line = with_own_project(built, folder)
    before = line.in_force()
    file = line.project / "seeds" / "regions" / "kommune_split_share.csv"
    header, rows = read(file, "utf-8", ",")
    lost = rows.pop()
    write(file, "utf-8", header, rows, ",")
    return Leak(line, line.run(), before, lost)


def protected(built: Line, folder: Path) -> Ended:
    """Waves of few citizens, and the rule on disclosure on for all answers, synthetic or not."""
    line = with_own_project(built, folder)
    before = line.in_force()
    for wave, n in SMALL_WAVES.items():
        file = line.extract(CITIZENS, wave)
        (people,) = read_sav(file).values()
        write_sav(file, {"": people.sample(n, random_state=wave)})
        accept(
            line, ("rows_fewer", f"{CITIZENS}/{wave}", "10000"), ("estimates_jumped", f"{CITIZENS}/{wave}", "100000")
        )
    # Much is hidden at once; what is hidden has no rows, or other numbers beside it, in the tables that are made of it.
    for survey in (CITIZENS, "itip", "ssb_stat"):
        waves = sorted(path.name for path in (line.settings.landing / survey).iterdir())
        accept(line, *(("hidden_more", f"{survey}/{wave}", "10000") for wave in waves))
    accept(line, ("keys_gone", "survey_progress", "1000"))
    for table in ("survey_changes", "survey_estimates", "survey_progress", "survey_standardised"):
        accept(line, ("numbers_moved", table, "10000"))
    return Ended(line, line.run(**{DISCLOSURE: ALL_WAVES}), before)


def new_wave(built: Line, folder: Path) -> Ended:
    """IT i praksis gets a wave 2022: a workbook, and the rows of the seeds that docs/adding-a-wave.md shows for it.

    Its answers pass for real: nothing of them is hidden here, so that every number can be counted again.
    """
    line = with_own_project(built, folder)
    before = line.in_force()
    do_what_is_shown((DOCS / "adding-a-wave.md").read_text(encoding="utf-8"), "## A new wave of IT i praksis", line)
    rules = line.project / "seeds" / "disclosure" / "disclosure_rule.csv"
    rules.write_text(
        re.sub(r"(?m)^(itip,\w+),\d+,\d+,\d+,", r"\1,1,1,0,", rules.read_text(encoding="utf-8")), encoding="utf-8"
    )
    write_itip_2022(line.extract("itip", 2021), line.settings.landing / "itip" / "2022" / "leveranse.xlsx")
    return Ended(line, line.run(), before)


def new_survey(built: Line, folder: Path) -> NewSurvey:
    """A survey that the project did not know: what docs/adding-a-survey.md shows, step by step, and its files."""
    line = with_own_project(built, folder)
    before = line.in_force()
    (line.project / "data").symlink_to(line.data_dir, target_is_directory=True)
    page = (DOCS / "adding-a-survey.md").read_text(encoding="utf-8")
    *steps, files, last = re.findall(r"^## \d\. .*$", page, re.MULTILINE)
    said = [do_what_is_shown(page, step, line) for step in (*steps, files)]
    for wave in (2019, 2023):
        fill_in(line.extract("digital_modenhet", wave), wave)
    said.append(do_what_is_shown(page, last, line))
    return NewSurvey(line, line.run(), before, "".join(said))


def statbank(built: Line, folder: Path) -> Statbank:
    """Tables of the StatBank and of Eurostat are taken over by commands, fetched from a publisher on this machine, and
    published beside what Digdir and others print. The publisher is at work at no time of day."""
    line = Line(folder / "data", own_project(built, folder))
    for delivered in ("digdir/2021", "international/printed_rank"):
        shutil.copytree(built.settings.landing / delivered, line.settings.landing / delivered)
    sources = line.project / "seeds" / "sources" / "source.csv"
    sources.write_text(re.sub(r"[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2} ?", "", sources.read_text("utf-8")), "utf-8")
    seeds = {name: (line.project / "seeds" / "sources" / name).read_text("utf-8") for name in SOURCE_SEEDS}
    said: dict[str, str] = {}
    with HTTPServer(host="127.0.0.1") as server:
        publisher = Publisher(server)
        for name in TABLES:
            publisher.publishes(name, published(name))
        publisher.answers["/data/isoc_ciegi_ac"] = lambda _: as_json(of_eurostat())
        address = server.url_for("/v2")
        where = {f"TILSTAND_SOURCE_{name}_URL": address for name in ("STATBANK", "EUROSTAT", "KLASS", "DATAKATALOG")}

        def command(*words: str) -> str:
            done = subprocess.run(
                [sys.executable, "-m", "pipelines", *words],
                cwd=line.project,
                env={**environment(line.data_dir), **where},
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")
            return done.stdout

        for name, (_, _, words) in TABLES.items():
            said[f"describe {name}"] = command("sources", "describe", name)
            said[f"adopt {name}"] = command("sources", "adopt", name, *words)
        said["check-seeds"] = command("check-seeds")
        for name in (*(f"statbank_{table}" for table in TABLES), "eurostat_isoc_ciegi_ac"):
            said[f"fetch {name}"] = command("sources", "fetch", name)
    return Statbank(line, line.run(), {}, said, seeds)


def do_what_is_shown(page: str, heading: str, line: Line) -> str:
    """Do in a project what a section shows, in its order: commands, and rows after the name of their seed.

    Returns what the commands said; one that fails is an error.
    """
    section = page.split(f"\n{heading}\n")[1].split("\n## ")[0]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = ""
    for kind, shown in SHOWN.findall(section):
        if kind == "bash":
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", shown],
                cwd=line.project,
                env={**environment(line.data_dir), "PATH": path},
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise RuntimeError(f"{heading}: {shown}{done.stdout}{done.stderr}")
            said += done.stdout
        for name, row in SHOWN_ROW.findall(shown) if kind == "text" else ():
            with (line.project / name).open("a", encoding="utf-8") as file:
                file.write(row + "\n")
    return said


def write_itip_2022(of_2021: Path, file: Path) -> None:
    """The workbook of 2021 without every tenth respondent, with some other answers and one more question.

    Kommuner of 20 000 inhabitants or more develop coherent services (5), smaller ones little (2), agencies not (1). All
    citizens trust (4). The column ki_tatt_i_bruk_omfang goes from 1 to 6 and round again.
    """
    book = CalamineWorkbook.from_path(of_2021)
    file.parent.mkdir()
    with xlsxwriter.Workbook(file) as new:
        for name in book.sheet_names:
            header, *rows = book.get_sheet_by_name(name).to_python()
            people = [
                dict(zip(header, row, strict=True)) for number, row in enumerate(rows, start=1) if number % 10 != 0
            ]
            for number, person in enumerate(people):
                if name == "innbygger":
                    person["tillit_opplysninger_trygg"] = 4
                else:
                    is_large = person["sektor"] == "kommune" and person["folkemengde"] >= 20_000
                    person["utvikler_sammenhengende"] = 5 if is_large else 2 if person["sektor"] == "kommune" else 1
                    person["ki_tatt_i_bruk_omfang"] = 1 + number % 6
            sheet = new.add_worksheet(name)
            for number, cells in enumerate([list(people[0]), *(person.values() for person in people)]):
                for position, cell in enumerate(cells):
                    if cell != "":
                        sheet.write(number, position, cell)


def accept(line: Line, *rows: tuple[str, str, str]) -> None:
    """Someone accepts of the release in force (kind, subject, how many at most), in the project's own seed."""
    with (line.project / "seeds" / "corrections" / "accepted_change.csv").open("a", encoding="utf-8") as file:
        for kind, subject, at_most in rows:
            file.write(f"{line.release.name},{kind},{subject},{at_most},Kari Nordmann,2026-11-29,a test\n")


def with_own_project(built: Line, folder: Path) -> Line:
    """A copy of the data directory with a copy of the project, for a test that changes seeds."""
    return Line(built.copy(folder / "data").data_dir, own_project(built, folder))


def own_project(built: Line, folder: Path) -> Path:
    """A copy of the project."""
    project = folder / "project"
    for name in PROJECT_FILES:
        source = built.project / name
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=shutil.ignore_patterns("__pycache__", "target", "logs"))
        else:
            shutil.copyfile(source, project / name)
    return project


SCENARIOS: dict[str, Callable[[Line, Path], object]] = {
    scenario.__name__: scenario
    for scenario in (
        broken_then_mended,
        changed,
        leak,
        new_survey,
        new_wave,
        only_one_wave,
        only_rankings,
        protected,
        statbank,
        swapped,
    )
}


def read(file: Path, encoding: str, delimiter: str = ";") -> tuple[list[str], list[dict[str, str]]]:
    """Header and rows, without the project's own readers."""
    reader = csv.DictReader(io.StringIO(file.read_bytes().decode(encoding)), delimiter=delimiter)
    return list(reader.fieldnames or ()), list(reader)


def write(file: Path, encoding: str, header: list[str], rows: list[dict[str, str]], delimiter: str = ";") -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    file.write_bytes(text.getvalue().encode(encoding))
