"""Every question that was asked: its answers in all waves, by group in the last, its breaks, and where it is printed.

Not here: what is estimated (dbt_project/models/marts/survey_estimates.sql).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

from markupsafe import Markup

from pipelines.common.seeds import read_seed
from pipelines.publish.report.numbers import NOTHING
from pipelines.publish.report.pages.proof import documents
from pipelines.publish.report.report import SMALL, Page, Report
from pipelines.publish.report.tables import Row

SECTION = "sporsmaal/index"
TABLE = "survey_estimates"
ALL = "all"
NAMED = re.compile(r"question_id=(\w+)")


def asked(report: Report) -> list[dict[str, Any]]:
    """The questions with an estimate, in the order of the seeds, with survey, labels and waves."""
    found: dict[str, dict[str, Any]] = {}
    for row in report.tables.rows(TABLE, f"breakdown={ALL}"):
        entry = found.setdefault(row["question_id"], {**row, "wave_set": set()})
        entry["wave_set"].add(row["wave"])
    ordered = sorted(found.values(), key=lambda entry: entry["question_no"])
    return [entry | {"waves": ", ".join(map(str, sorted(entry["wave_set"])))} for entry in ordered]


def pages(report: Report) -> Iterator[Page]:
    questions = asked(report)
    surveys = list(dict.fromkeys(question["survey"] for question in questions))
    by_survey = [(s, report.survey_titles[s], [q for q in questions if q["survey"] == s]) for s in surveys]
    n = report.count(TABLE, f"breakdown={ALL}", "question_id")
    yield Page(SECTION, SECTION, "index_of_questions", {"by_survey": by_survey, "n_questions": n})
    of_question: dict[str, list[Row]] = defaultdict(list)
    for row in report.tables.rows(TABLE):
        of_question[row["question_id"]].append(row)
    printed, wording = _printed(report), {row["question_id"]: row for row in read_seed("question")}
    for question in questions:
        name = question["question_id"]
        yield _page(report, question, of_question[name], printed[name], wording[name].get("naming", ""))


def _printed(report: Report) -> dict[str, list[Row]]:
    """{question: the printed figures that are recomputed from it}."""
    known = documents(report)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in report.tables.rows("reconciliation"):
        for name in dict.fromkeys(NAMED.findall(row["computed_from"] or "")):
            found[name].append({**row, "document": known[row["source_document"]]["title_nb"]})
    return found


def _page(report: Report, question: Row, rows: Sequence[Row], printed: Sequence[Row], naming: str) -> Page:
    last = max(row["wave"] for row in rows)
    groups, statistic = _by_group(report, [row for row in rows if row["wave"] == last])
    reasons = {(row["wave"], report.words.label(row, "break_reason")) for row in rows if row["break_reason_nb"]}
    notes = [report.words("° Få svar: bør ikke leses alene.")] * any(row["is_small_base"] for row in rows)
    stars = {row["uncertainty_flag"]: row for row in rows if row["uncertainty_flag"]}
    notes += [f"{flag} {report.words.label(stars[flag], 'uncertainty_flag')}" for flag in sorted(stars)]
    notes += [report.words("Stjerner varsler om usikkerhet; de er ingen test.")] * bool(stars)
    notes += [report.words("Tall som er skjult, er skjult så ingen får vite hva noen få har svart.")] * any(
        row["is_suppressed"] for row in rows
    )
    return Page(
        f"sporsmaal/{question['question_id']}",
        SECTION,
        "question",
        {
            "question": report.words.label(question, "question"),
            "question_id": question["question_id"],
            "wording": WORDING[naming] and report.words(WORDING[naming]),
            "survey": question["survey"],
            "survey_title": report.survey_titles[question["survey"]],
            "answers": list(_answers(report, [row for row in rows if row["breakdown"] == ALL])),
            "groups": groups,
            "statistic": statistic,
            "last_wave": last,
            "notes": notes,
            "breaks": sorted(reasons),
            "printed": printed,
        },
    )


# How exactly the label gives the words of the questionnaire: of seeds/codebook/question.csv.
WORDING = {
    "": "",
    "source": "Ordlyden er publikasjonens egen",
    "paraphrase": "Ordlyden er omskrevet fra publikasjonen",
    "inferred": "Ordlyden er utledet",
    "not_named": "Spørsmålet er ikke navngitt i publikasjonen",
    "derived": "Regnet ut av andre spørsmål",
}


def _answers(report: Report, rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """A table for each population: answers down, waves across."""
    for population in dict.fromkeys(row["population"] for row in rows):
        of_population = [row for row in rows if row["population"] == population]
        waves = sorted({row["wave"] for row in of_population})
        things: dict[tuple[Any, ...], dict[int, Row]] = defaultdict(dict)
        for row in sorted(of_population, key=lambda r: (r["statistic"] == "share", r["answer_no"] or 0)):
            things[row["statistic"], row["answer"]][row["wave"]] = row
        yield {
            "population": report.words.label(of_population[0], "population"),
            "waves": waves,
            "rows": [
                {
                    "label": _label(report, next(iter(by_wave.values()))),
                    "cells": [_estimate(report, by_wave.get(wave)) for wave in waves],
                }
                for by_wave in things.values()
            ],
            "bases": [_base(report, [row for row in of_population if row["wave"] == wave]) for wave in waves],
        }


def _base(report: Report, rows: Sequence[Row]) -> Markup:
    row = max(rows, key=lambda row: row["n_answers"] or 0)
    return report.cell(TABLE, row, "n_answers")


def _label(report: Report, row: Row) -> str:
    return report.words(STATISTICS[row["statistic"]]) if row["answer"] is None else report.words.label(row, "answer")


STATISTICS = {"mean": "Gjennomsnitt", "median": "Median", "share": "Andel"}


def _estimate(report: Report, row: Row | None) -> Markup:
    if row is None:
        return Markup(NOTHING)
    shown = report.cell(TABLE, row, "estimate")
    return (
        shown
        + (SMALL if row["is_small_base"] else "")
        + (" " + row["uncertainty_flag"] if row["uncertainty_flag"] else "")
    )


def _by_group(report: Report, rows: Sequence[Row]) -> tuple[list[dict[str, Any]], str]:
    """(groups of the categories of each breakdown, what is shown of them)."""
    chosen = _chosen([row for row in rows if row["breakdown"] != ALL])
    if not chosen:
        return [], ""
    groups = []
    for breakdown in dict.fromkeys(row["breakdown"] for row in sorted(chosen, key=lambda row: row["breakdown_no"])):
        of_breakdown = [row for row in chosen if row["breakdown"] == breakdown]
        groups.append({
            "title": report.words.label(of_breakdown[0], "breakdown"),
            "rows": [
                {
                    "label": report.words.label(row, "category"),
                    "estimate": _estimate(report, row),
                    "interval": _interval(report, row),
                    "n": report.cell(TABLE, row, "n_answers"),
                }
                for row in sorted(of_breakdown, key=lambda row: row["category_no"] or 0)
            ],
        })  # fmt: skip
    said = f"{_label(report, chosen[0])} – {report.words.label(chosen[0], 'population')}"
    return groups, said


def _chosen(rows: Sequence[Row]) -> list[Row]:
    """One statistic of one population: the mean where there is one, else the share that is progress, or the first."""
    progress = {row["answer"] for row in read_seed("answer_group") if row["is_progress"] == "true"}

    def rank(row: Row) -> tuple[bool, bool, int]:
        return row["statistic"] != "mean", row["answer"] not in progress, row["answer_no"] or 0

    what = itemgetter("population", "statistic", "answer")
    best = min(rows, key=rank, default=None)
    return [row for row in rows if best and what(row) == what(best)]


def _interval(report: Report, row: Row) -> Markup:
    if row["ci_lower"] is None or row["ci_upper"] is None:
        return Markup(NOTHING)
    return report.cell(TABLE, row, "ci_lower") + "–" + report.cell(TABLE, row, "ci_upper")
