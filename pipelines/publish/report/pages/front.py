"""The front page: finding first.

Not here: its pictures (seeds/report/picture.csv).
"""

from collections.abc import Iterator
from typing import Any

from pipelines.common.seeds import read_seed
from pipelines.publish.metadata.schema_org import schema_org
from pipelines.publish.report.report import Page, Report

AGREES = "status=exact|within_rounding"
# How a status is shown, from the poorest of seed goal_status to the best, and one that is none of them. Also by a sign,
# not by colour alone.
TONES, UNKNOWN = (("poor", "▼"), ("middling", "■"), ("good", "▲")), ("unknown", "–")


def pages(report: Report) -> Iterator[Page]:
    goals = list(_goals(report))
    good = [entry["row"] for entry in goals if entry["tone"] == TONES[-1][0]]
    n_good, n_all = (report.number_of("goal_scorecard", rows) for rows in (good, [entry["row"] for entry in goals]))
    yield Page(
        "index",
        "index",
        "front",
        {
            "dataset": schema_org(report.facts),
            "goals": goals,
            "goals_finding": report.words("{n} av {all} mål er sist vurdert som gode", n=n_good, all=n_all),
            "pictures": report.drawn("front"),
            "n_figures": report.count("reconciliation"),
            "n_agree": report.count("reconciliation", AGREES),
        },
    )


def _goals(report: Report) -> Iterator[dict[str, Any]]:
    """Each goal as it was assessed last, with the key figures that are printed large beside the assessment."""
    cards = [row for row in report.tables.rows("goal_scorecard") if row["status_nb"]]
    latest = {row["goal_no"]: row for row in sorted(cards, key=lambda row: row["year"])}
    ordered = sorted(read_seed("goal_status"), key=lambda row: float(row["mean_from"]))
    tones = dict(zip((row["status_nb"] for row in ordered), TONES, strict=True))
    figures = [row for row in report.tables.rows("goal_key_figures") if row["is_headline"]]
    for goal_no, row in sorted(latest.items()):
        tone, sign = tones.get(row["status_nb"], UNKNOWN)
        large = [figure for figure in figures if (figure["goal_no"], figure["year"]) == (goal_no, row["year"])]
        yield {"row": row, "tone": tone, "sign": sign, "figures": large}
