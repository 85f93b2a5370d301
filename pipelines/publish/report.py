"""The report of a release: every printed figure beside the recomputed one, as a page and as a table for Excel; what the
publications claim in words; and the scorecard of the goals.

Not here: the comparisons themselves (pipelines/reconciliation).
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
from jinja2 import Environment, FileSystemLoader

from pipelines.publish.metadata.facts import Facts
from pipelines.publish.metadata.schema_org import schema_org

TEMPLATE = Path(__file__).parent / "report.html.j2"

STATUS_NB = {
    "differs": "avviker",
    "explained": "avviker, forklart",
    "exact": "likt",
    "within_rounding": "likt innen avrunding",
    "carried": "gjengitt, ikke beregnet",
    "not_computed": "ikke beregnet",
}
CLAIM_STATUS_NB = {
    "contradicted": "motsagt",
    "contradicted_within_noise": "motsagt, innen tilfeldigheter",
    "explained": "motsagt, forklart",
    "holds": "stemmer",
    "holds_within_noise": "stemmer, innen tilfeldigheter",
    "carried": "gjengitt, ikke beregnet",
    "not_computable": "kan ikke beregnes",
}
UNIT_NB = {
    "percent": "prosent",
    "percentage_points": "prosentpoeng",
    "share": "andel",
    "count": "antall",
    "million": "millioner",
    "median": "median",
    "rank": "plassering",
    "mean_1_5": "gjennomsnitt 1–5",
    "mean_0_10": "gjennomsnitt 0–10",
}


def write_report(folder: Path, facts: Facts, tables: dict[str, pa.Table]) -> None:
    """index.html for people, reconciliation.csv (UTF-8 with BOM, semicolon, decimal comma) for spreadsheets."""
    folder.mkdir()
    figures = tables["reconciliation"].to_pylist()
    claims = tables["statement_reconciliation"].to_pylist()
    templates = Environment(loader=FileSystemLoader(TEMPLATE.parent), autoescape=True, trim_blocks=True)
    templates.filters["nb"] = _number_nb
    page = templates.get_template(TEMPLATE.name).render(
        release_id=facts.release_id,
        created=facts.created,
        is_synthetic=facts.is_synthetic,
        dataset=schema_org(facts),
        citation=facts.citation("nb"),
        status_nb=STATUS_NB,
        unit_nb=UNIT_NB,
        counts=Counter(f["status"] for f in figures),
        goals=tables["goal_scorecard"].to_pylist(),
        figures=sorted(figures, key=lambda f: list(STATUS_NB).index(f["status"])),
        claim_status_nb=CLAIM_STATUS_NB,
        claim_counts=Counter((c["status"], c["is_sample_target"]) for c in claims),
        claims=sorted(claims, key=lambda c: list(CLAIM_STATUS_NB).index(c["status"])),
        row_counts={name: table.num_rows for name, table in tables.items()},
    )
    (folder / "index.html").write_text(page, encoding="utf-8")
    tables["reconciliation"].to_pandas().to_csv(
        folder / "reconciliation.csv", index=False, sep=";", decimal=",", encoding="utf-8-sig", lineterminator="\n"
    )


def _number_nb(value: Any, decimals: int = 4) -> str:
    """A number as Norwegian readers write it: decimal comma, no needless zeros."""
    if value is None:
        return ""
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".").replace(".", ",").replace("-", "−")
