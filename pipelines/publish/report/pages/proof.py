"""What is printed beside what is computed: by publication, its figures and its claims in words.

Not here: the comparison (pipelines/reconciliation).
"""

from collections.abc import Iterator, Mapping, Sequence

from pipelines.common.seeds import read_seed
from pipelines.publish.report.report import Page, Report
from pipelines.publish.report.tables import Row

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
    statuses = {f"{what}_statuses": _statuses(report, rows) for what, rows in (("figure", figures), ("claim", claims))}
    filled = {"documents": said, **statuses}
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
                "figures": (of_figures := [row for row in figures if row["source_document"] == document]),
                "claims": (of_claims := [row for row in claims if row["source_document"] == document]),
                "figure_statuses": _statuses(report, of_figures),
                "claim_statuses": _statuses(report, of_claims),
                "decimals": _decimals,
            },
        )


def _statuses(report: Report, rows: Sequence[Row]) -> dict[str, str]:
    """{status: what it is called} of rows."""
    return {row["status"]: report.words.label(row, "status") for row in rows}


def _decimals(figure: Row) -> int:
    """Of what is computed: those of the printed number; one more where that shows the difference."""
    printed, computed = figure["published_value"], figure["computed_value"]
    is_whole = computed is None or float(computed).is_integer()
    return int(figure["published_precision"]) + (computed != printed and not is_whole)
