"""The surveys that respondents answer, and the statistics beside them: who answered, what is shown, what was asked.

Not here: its pictures (seeds/report/picture.csv) and the questions themselves (questions.py).
"""

from collections.abc import Iterator

from pipelines.common.seeds import read_seed
from pipelines.publish.report.pages.questions import asked
from pipelines.publish.report.report import Page, Report

SECTION = "undersokelser/index"
# Kinds that have a page each.
OF_RESPONDENTS, STATISTICS = "respondents", "statistics"


def pages(report: Report) -> Iterator[Page]:
    surveys = [row for row in read_seed("survey") if row["kind"] in (OF_RESPONDENTS, STATISTICS)]
    waves = report.tables.rows("survey_waves")
    entries = []
    for survey in surveys:
        name, title = survey["survey"], report.survey_titles[survey["survey"]]
        of_survey = [row for row in waves if row["survey"] == name]
        years = [row["wave"] for row in of_survey]
        is_statistics = survey["kind"] == STATISTICS
        said = ", ".join(map(str, years)) if years else report.words("Ingen bølger i denne utgivelsen")
        said = report.words("Offisiell statistikk, gjengitt") if is_statistics else said
        entries.append({"address": f"undersokelser/{name}", "title": title, "about": f"{survey['producer']}. {said}."})
        yield Page(
            f"undersokelser/{name}",
            SECTION,
            "survey",
            {
                "survey_title": title,
                "producer": survey["producer"],
                "waves": of_survey,
                "is_statistics": is_statistics,
                "pictures": report.drawn(name),
                "questions": [question for question in asked(report) if question["survey"] == name],
            },
        )
    title, lead = report.words("Undersøkelsene"), report.words("Hvem er spurt, hva svarte de, og hva betyr det.")
    yield Page(SECTION, SECTION, "list", {"title": title, "lead": lead, "entries": entries})
