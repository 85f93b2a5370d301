"""Write the report of a release: every page in every language, with what they share.

Not here: what a page shows (pages/).
"""

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.common.seeds import SEEDS_DIR, read_seed, seed_path
from pipelines.common.settings import PROJECT_DIR
from pipelines.publish.csv_files import excel_form
from pipelines.publish.metadata.facts import Facts
from pipelines.publish.report.pages import about, front, goals, kommuner, moved_since, proof, questions, search, surveys
from pipelines.publish.report.report import Moved, Page, Pages, Report
from pipelines.publish.report.tables import Tables
from pipelines.publish.report.words import LANGUAGES, NORWEGIAN, Words
from pipelines.scale import local

HERE = Path(__file__).parent
SEEDS = SEEDS_DIR / "report"
ALSO_READ = ("source_document", "goal_status")
MADE_OF = {".py", ".j2", ".css", ".js", ".json", ".csv"}
PAGES: tuple[Pages, ...] = (
    front.pages,
    goals.pages,
    surveys.pages,
    kommuner.pages,
    questions.pages,
    proof.pages,
    about.pages,
    moved_since.pages,
    search.pages,
)
# It takes a second to have another process; a report of fewer rows is written in that.
ROWS_FOR_PROCESSES = 50_000
LANGUAGE_NAMES = {"nb": "Norsk", "en": "English"}


@dataclass(frozen=True)
class Site:
    """report/ of a release. before: the report of the release in force, whose pictures are taken over where they would
    be the same; `moved` is what is another since that release."""

    folder: Path
    before: Path
    facts: Facts
    moved: Moved | None

    def write(self, language: str, tables: Mapping[str, pa.Table]) -> None:
        """All pages in one language."""
        found = Tables(tables, {table.name: table.contract for table in self.facts.tables})
        report = Report(self.folder, self.before, self.facts, found, Words(language), self.moved)
        templates = templates_of(report)
        for pages in PAGES:
            for page in pages(report):
                write(page, report, templates)


def ahead(tables: Mapping[str, pa.Table]) -> None:
    """Have the other process of a large report loaded by the time that it is written."""
    if _is_large(tables):
        local.ahead(__name__)


def _is_large(tables: Mapping[str, pa.Table]) -> bool:
    n_rows: int = sum(table.num_rows for table in tables.values())
    return n_rows >= ROWS_FOR_PROCESSES


def write_site(site: Site, tables: Mapping[str, pa.Table]) -> None:
    """index.html and the pages below it, en/ the same in English, reconciliation.csv for Excel.

    The same tables give the same bytes, but on the pages that name the release, and what moved since the one before.
    The tables lie beside the report as Parquet: where they are large, another process writes the other languages.
    """
    shutil.copytree(HERE / "assets", site.folder / "assets")
    (site.folder / "reconciliation.csv").write_bytes(excel_form(tables["reconciliation"]))
    others = [language for language in LANGUAGES if language != NORWEGIAN]
    if not _is_large(tables):
        for language in LANGUAGES:
            site.write(language, tables)
        return
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(lambda: list(local.LocalRunner(len(others)).results(write_beside, others, site)))
        site.write(NORWEGIAN, tables)
        written.result()


def write_beside(language: str, given: object, _: str | None) -> None:
    """The pages of a language, in a process that has nothing but the files of the release."""
    assert isinstance(given, Site)
    release = given.folder.parent
    given.write(
        language, {table.name: pq.read_table(release / f"{table.name}.parquet") for table in given.facts.tables}
    )


def made_of() -> dict[str, Path]:
    """{name: a file that decides what a report looks like}: code, templates, words, and the seeds that it reads beside
    those that a release holds."""
    files = [path for folder in (HERE, SEEDS) for path in sorted(folder.rglob("*")) if path.suffix in MADE_OF]
    return {path.relative_to(PROJECT_DIR).as_posix(): path for path in [*files, *map(seed_path, ALSO_READ)]}


def templates_of(report: Report) -> Environment:
    """The templates, with what all of them say in the language of the report."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    templates.globals.update(
        _=report.words,
        label=report.words.label,
        cell=report.cell,
        count=report.count,
        language=report.language,
        menu=sorted(read_seed("menu"), key=lambda row: int(row["place"])),
        is_synthetic=report.facts.is_synthetic,
        licence=report.facts.publication.licence,
        content=report.facts.content,
    )
    return templates


def write(page: Page, report: Report, templates: Environment) -> None:
    """A page as a file, below the folder of its language."""
    depth = page.address.count("/")
    here, root = "../" * depth, "../" * (depth + bool(report.place))
    other = next(language for language in LANGUAGES if language != report.language)
    beside = "" if other == NORWEGIAN else f"{other}/"
    context: dict[str, Any] = {
        "here": page,
        "root": root,
        "release": f"{root}../",
        "page": lambda address: f"{here}{address}.html",
        "other": {"language": other, "name": LANGUAGE_NAMES[other], "address": f"{root}{beside}{page.address}.html"},
        **page.filled,
    }
    path = report.folder / report.place / f"{page.address}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(templates.get_template(f"{page.template}.html.j2").render(context), encoding="utf-8")
