"""A delivery of official statistics is landed as any other: whole, or refused by file, row, column and value.

Not here: what becomes of its figures (dbt's unit tests of official_statistics).
"""

from pathlib import Path

import pytest

from pipelines.common.seeds import read_seed
from tests.unit.extracts import Extract, Landing

FOLDER = "statistics/ssb_statbank/2025"
HEADER = [
    "table_id", "concept", "concept_nb", "region", "category", "category_nb", "period", "value", "unit", "status",
    "secondary_source", "url", "note",
]  # fmt: skip
ROWS = [
    ["12038", "problem", "Problemer", "NOR", "stat", "Staten", "2023", "88.1", "percent", "", "", "https://ssb.no", ""],
    ["12038", "problem", "Problemer", "NOR", "stat", "Staten", "2024K1", "", "percent", "..", "Avisen", "", "Sitert"],
    ["12038", "problem", "Problemer", "NOR", "kommune", "Kommuner", "2024M12", "-0.5", "index", "*", "", "", ""],
]


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "data")


def delivered() -> Extract:
    return Extract(list(HEADER), [list(row) for row in ROWS], ",", "utf-8")


def test_figures_are_loaded_as_delivered(landing: Landing) -> None:
    delivered().write(landing.path / FOLDER / "tall.csv")
    assert landing.statuses() == {("ssb_statbank", 2025): "loaded"}
    found = landing.rows("select period, value, status, secondary_source from raw.ssb_statbank order by row_number")
    assert [row[0] for row in found] == ["2023", "2024K1", "2024M12"]
    assert [row[1] or None for row in found] == ["88.1", None, "-0.5"]


@pytest.mark.parametrize(
    ("column", "value", "rule", "says"),
    [
        ("period", "2026", "period", "from 1990 to 2025"),
        ("period", "2024Q1", "period", "2025K1"),
        ("period", "2024K5", "period", "2025K1"),
        ("period", "2024M13", "period", "2025M01"),
        ("period", "24", "period", "from 1990"),
        ("period", "", "missing_value", "blank"),
        ("region", "", "missing_value", "blank"),
        ("value", "88,1", "number", "decimal mark"),
        ("value", "ca. 88", "number", "decimal mark"),
        ("unit", "prosent", "label_not_in_frame", "percent, count"),
        ("status", "...", "label_not_in_frame", ".., :"),
    ],
)
def test_cell_that_says_nothing_is_refused_by_row_column_and_value(
    landing: Landing, column: str, value: str, rule: str, says: str
) -> None:
    delivered().set(2, column, value).write(landing.path / FOLDER / "tall.csv")
    (outcome,) = landing.ingest().outcomes
    (finding,) = outcome.findings
    assert (finding.rule, finding.row, finding.column, finding.value) == (rule, 2, column, value)
    assert says in finding.problem


def test_cell_of_a_table_that_is_there_twice_is_refused(landing: Landing) -> None:
    extract = delivered()
    extract.rows.append(list(ROWS[0]))
    extract.write(landing.path / FOLDER / "tall.csv")
    (outcome,) = landing.ingest().outcomes
    assert [finding.rule for finding in outcome.findings] == ["duplicate_key"]


def test_figures_of_a_third_party_are_marked_and_lead_to_no_page_of_the_source() -> None:
    figures = read_seed("official_figure")
    assert {row["secondary_source"] != "" for row in figures if row["source"] == "eurostat"} == {True}
    own = [row for row in figures if not row["secondary_source"]]
    assert own and all("ssb.no/" in row["url"] for row in own)


def test_breaks_are_of_series_that_are_there() -> None:
    figures = read_seed("official_figure")
    series = {(row["source"], row["table_id"], row["concept"]) for row in figures}
    breaks = read_seed("statistic_break")
    assert breaks
    assert {(row["source"], row["table_id"], row["concept"]) for row in breaks} <= series
