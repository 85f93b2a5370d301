"""What is printed beside what is computed: by publication, its figures and its claims in words.

Not here: the comparison (pipelines/reconciliation).
"""

from collections.abc import Iterator, Mapping

from pipelines.common.seeds import read_seed
from pipelines.publish.report.report import Page, Report

SECTION = "etterproving/index"


def documents(report: Report) -> Mapping[str, Mapping[str, str]]:
    """{publication: its row of seed source_document}, of those that a release has figures or claims of."""
    tables = ("reconciliation", "statement_reconciliation")
    there = {row["source_document"] for name in tables for row in report.tables.rows(name)}
    return {row["source_document"]: row for row in read_seed("source_document") if row["source_document"] in there}


def pages(report: Report) -> Iterator[Page]:
    figures, claims = (report.tables.rows(name) for name in ("reconciliation", "statement_reconciliation"))
    known = documents(report)
    said = [
        {
            "id": document,
            "title": row["title_nb"],
            "about": f"{row['publisher']}, {row['year']}",
            "targets": {
                row["status"] for row in claims if row["source_document"] == document and row["is_sample_target"]
            },
            "has_claims": any(row["source_document"] == document for row in claims),
        }
        for document, row in known.items()
    ]
    statuses = [
        {row["status"]: report.words.label(row, "status") for row in rows}.items() for rows in (figures, claims)
    ]
    filled = {"documents": said, "figure_statuses": list(statuses[0]), "claim_statuses": list(statuses[1])}
    yield Page(SECTION, SECTION, "proof", filled)
    for document, row in known.items():
        yield Page(
            f"etterproving/{document}",
            SECTION,
            "document",
            {
                "document": document,
                "title": row["title_nb"],
                "about": f"{row['publisher']}, {row['year']}",
                "address": row["url"],
                "figures": [row for row in figures if row["source_document"] == document],
                "claims": [row for row in claims if row["source_document"] == document],
            },
        )
