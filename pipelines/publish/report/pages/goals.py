"""The goals of the digitalisation strategy, and a page for each with its key figures in every year.

Not here: how a goal is judged (pipelines/indicators).
"""

from collections.abc import Iterator

from pipelines.publish.report.report import Page, Report

SECTION = "maal/index"


def pages(report: Report) -> Iterator[Page]:
    cards, figures = (report.tables.rows(name) for name in ("goal_scorecard", "goal_key_figures"))
    years = sorted({card["year"] for card in cards}, reverse=True)
    by_year = [(year, [card for card in cards if card["year"] == year]) for year in years]
    yield Page(SECTION, SECTION, "goals", {"by_year": by_year})
    for goal_no in sorted({card["goal_no"] for card in cards}):
        of_goal = [card for card in cards if card["goal_no"] == goal_no]
        said = [
            (
                card["year"],
                card,
                sorted(
                    (row for row in figures if (row["goal_no"], row["year"]) == (goal_no, card["year"])),
                    key=lambda row: not row["is_headline"],
                ),
            )
            for card in sorted(of_goal, key=lambda card: -card["year"])
        ]
        title = report.words.label(of_goal[-1], "goal")
        yield Page(f"maal/{goal_no}", SECTION, "goal", {"goal_no": goal_no, "title": title, "by_year": said})
