"""The search: what it knows is a script beside the page, since a page that is opened from disk may not fetch anything.

Not here: the looking (assets/site.js).
"""

import json
from collections.abc import Iterator

from pipelines.publish.report.pages.proof import documents
from pipelines.publish.report.pages.questions import asked
from pipelines.publish.report.report import Page, Report

ADDRESS, INDEX = "sok", "sok.js"


def pages(report: Report) -> Iterator[Page]:
    entries = sorted(_entries(report))
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    (report.folder / report.place / INDEX).write_text(f"window.ENTRIES={text};\n", encoding="utf-8")
    yield Page(ADDRESS, ADDRESS, "search", {"index": INDEX})


def _entries(report: Report) -> Iterator[tuple[str, str, str]]:
    """(title, what it is, address below the folder of the language) of everything that can be found."""
    words = report.words
    for question in asked(report):
        about = f"{words('Spørsmål')}, {report.survey_titles[question['survey']]}"
        yield words.label(question, "question"), about, f"sporsmaal/{question['question_id']}.html"
    for kommune in report.kommuner:
        yield (
            kommune["kommunenavn"],
            f"{words('Kommune')}, {kommune['fylkesnavn']}",
            f"kommuner/{kommune['kommunenr']}.html",
        )
    known = documents(report)
    for row in report.tables.rows("reconciliation"):
        about = f"{words('Trykt tall')} {row['period']}, {known[row['source_document']]['title_nb']}"
        address = f"etterproving/{row['source_document']}.html#{row['figure_id']}"
        yield words.label(row, "measure"), about, address
