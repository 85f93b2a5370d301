"""What the release is: its sources, its files, how to cite it; and the statement on accessibility.

Not here: what is said of the release (pipelines/publish/metadata).
"""

from collections.abc import Iterator

from pipelines.common.fetched import fetched_titles
from pipelines.common.seeds import read_seed
from pipelines.publish.report.report import Page, Report
from pipelines.publish.tables import LOG_REFUSED, LOG_TABLE

SECTION = "om/index"
IN_USE = "loaded"
OF_RELEASE = f"status=!{LOG_REFUSED}"  # of the log, which tells of what was refused too


def pages(report: Report) -> Iterator[Page]:
    facts, language = report.facts, report.language
    producers = {row["survey"]: row["producer"] for row in read_seed("survey")}
    fetched = fetched_titles()
    titles = report.survey_titles | {name: report.words(of["title_nb"]) for name, of in fetched.items()}
    producers |= {name: of[f"attribution_{language}"] for name, of in fetched.items()}
    loads = [
        {**row, "title": titles[row["survey"]], "producer": producers[row["survey"]],
         "n_rows": report.cell("extract_log", row, "n_rows")}
        for row in report.tables.rows("extract_log", f"status={IN_USE}")
    ]  # fmt: skip
    data = [
        {
            "name": table.name,
            "title": table.label[f"title_{language}"],
            "about": table.description(language),
            "n_rows": report.count(table.name, OF_RELEASE if table.name == LOG_TABLE else ""),
            "files": [
                {"path": file.path, "name": file.path.split("/")[0] if "/" in file.path else file.form["extension"]}
                for file in table.files
            ],
        }
        for table in facts.tables
    ]
    yield Page(
        SECTION,
        SECTION,
        "about",
        {
            "description": facts.description(language),
            "release_id": facts.release_id,
            "citation": facts.citation(language),
            "loads": loads,
            "data": data,
        },
    )
    said = facts.publication.said
    filled = {"publisher": said[f"publisher_{language}"], "email": said["contact_email"]}
    yield Page("om/tilgjengelighet", SECTION, "accessibility", filled)
