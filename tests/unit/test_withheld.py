"""What was shown and is hidden now is told by no page of the release that hides it, nor what it follows from.

Not here: two releases where nothing is hidden (test_compare.py), a whole run (integration/test_protected.py).
"""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from pipelines.common.contracts import Column, Contract
from pipelines.publish.compare import How, TableDifference, compare_tables
from pipelines.publish.metadata.facts import Table
from pipelines.publish.metadata.labels import table_label
from pipelines.publish.metadata.publication import publication
from pipelines.publish.report.pages import moved_since
from pipelines.publish.report.report import Moved, Report
from pipelines.publish.report.site import templates_of, write
from pipelines.publish.report.tables import Tables
from pipelines.publish.report.words import Words
from pipelines.publish.withheld import withheld

# {table: (key, {column: type}, rows)} as the release before has them
TABLES: dict[str, tuple[tuple[str, ...], dict[str, str], list[tuple]]] = {
    "survey_estimates": (
        ("survey", "wave", "category"),
        {
            "survey": "varchar",
            "wave": "integer",
            "category": "varchar",
            "n_answers": "integer",
            "estimate": "double",
            "is_suppressed": "boolean",
        },
        [
            ("s", 2021, "all", 124, 0.25, False),
            ("s", 2021, "men", 122, 0.5, False),
            ("s", 2021, "others", 2, 0.016129, False),
            ("s", 2023, "all", 300, 0.75, False),
            ("t", 2021, "all", 50, 0.125, False),
        ],
    ),
    "survey_changes": (
        ("survey", "wave", "compared_wave"),
        {
            "survey": "varchar",
            "wave": "integer",
            "compared_wave": "integer",
            "compared_estimate": "double",
            "is_suppressed": "boolean",
        },
        [("s", 2023, 2021, 0.25, False), ("s", 2023, 2019, 0.375, False)],
    ),
    "survey_waves": (
        ("survey", "wave"),
        {"survey": "varchar", "wave": "integer", "n_respondents": "integer", "is_protected": "boolean"},
        [("s", 2021, 130, True), ("s", 2023, 310, True), ("t", 2021, 50, False)],
    ),
    "reconciliation": (
        ("figure_id",),
        {"figure_id": "varchar", "computed_value": "double"},
        [("f1", 0.0625)],
    ),
}
CONTRACTS = {
    name: Contract(name, "marts", "", key, tuple(Column(c, kind, "") for c, kind in columns.items()))
    for name, (key, columns, _) in TABLES.items()
}
HIDE = (
    "update survey_estimates set is_suppressed = true, n_answers = null, estimate = null "
    "where wave = 2021 and category = 'others'"
)
ALL_MOVE = [
    "update survey_estimates set estimate = estimate + 0.001, n_answers = n_answers - 1",
    "update survey_changes set compared_estimate = compared_estimate + 0.001",
    "update reconciliation set computed_value = computed_value + 0.001",
]


@pytest.fixture
def moved(tmp_path: Path) -> Callable[..., Moved]:
    """What the statements make of the release before, as the next release tells it."""

    def made(*statements: str) -> Moved:
        before, after = tmp_path / "before", tmp_path / "after"
        with duckdb.connect() as con:
            for name, (_, columns, rows) in TABLES.items():
                con.execute(f"create table {name} ({', '.join(f'{c} {kind}' for c, kind in columns.items())})")
                con.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows)
            for folder, changes in ((before, ()), (after, statements)):
                folder.mkdir()
                for change in changes:
                    con.execute(change)
                for name in TABLES:
                    con.execute(f"copy {name} to '{folder / name}.parquet'")
        entries = {name: {"key": list(c.key), "rows": 0} for name, c in CONTRACTS.items()}
        silent = withheld(before, after, CONTRACTS)
        return Moved("r1", compare_tables(before, after, entries, entries, How(withheld=silent)), bool(silent))

    return made


def told(moved: Moved) -> dict[str, list[tuple]]:
    """{table: the keys of the rows that are told of}."""

    def keys(table: TableDifference) -> list[tuple]:
        cells = [cell.key for changed in table.changed for cell in changed.cells]
        return sorted({tuple(key.values()) for key in (*cells, *table.rows_gone, *table.rows_new)})

    return {table.table: keys(table) for table in moved.tables if keys(table)}


def test_where_nothing_is_hidden_that_was_shown_all_is_told(moved: Callable[..., Moved]) -> None:
    found = moved(*ALL_MOVE)
    assert not found.is_withheld
    assert set(told(found)) == {"survey_estimates", "survey_changes", "reconciliation"}
    assert all(table.n_withheld == 0 for table in found.tables)


@pytest.mark.parametrize(
    "hidden",
    [
        HIDE,
        "delete from survey_estimates where wave = 2021 and category = 'others'",
        # A printed figure is never hidden; what stands beside it is.
        "update survey_estimates set n_answers = null where wave = 2021 and category = 'others'",
        "update survey_waves set n_respondents = 129 where survey = 's' and wave = 2021",
    ],
    ids=["a row is hidden", "a row is gone", "a number of a row is left out", "a respondent was forgotten"],
)
def test_of_a_wave_that_shows_less_no_value_of_before_is_told_in_any_table(
    moved: Callable[..., Moved], hidden: str
) -> None:
    found = moved(*ALL_MOVE, hidden)
    assert found.is_withheld
    # Not of the wave, not what it is compared with, and nothing where the wave is not said.
    assert told(found) == {
        "survey_estimates": [("s", 2023, "all"), ("t", 2021, "all")],
        "survey_changes": [("s", 2023, 2019)],
    }
    n_withheld = {table.table: table.n_withheld for table in found.tables}
    assert n_withheld["survey_estimates"] == 3 and n_withheld["survey_changes"] == n_withheld["reconciliation"] == 1
    assert sum(changed.n_cells for table in found.tables for changed in table.changed) >= 9


def test_row_that_is_gone_of_a_wave_that_nobody_protects_is_told(moved: Callable[..., Moved]) -> None:
    found = moved("delete from survey_estimates where survey = 't'")
    assert not found.is_withheld and told(found) == {"survey_estimates": [("t", 2021, "all")]}


@pytest.mark.parametrize(
    ("language", "said"),
    [("nb", "Denne utgivelsen skjuler tall som utgivelsen før viste"), ("en", "This release hides numbers")],
)
def test_page_says_why_and_has_none_of_the_old_values(
    moved: Callable[..., Moved], tmp_path: Path, language: str, said: str
) -> None:
    tables = tuple(Table(c, table_label(c), 1, (), None, False, ()) for c in CONTRACTS.values())
    facts = SimpleNamespace(is_synthetic=False, content="abc", publication=publication(), tables=tables)
    report = Report(tmp_path, tmp_path, facts, Tables({}, {}), Words(language), moved(*ALL_MOVE, HIDE))  # type: ignore[arg-type]
    (page,) = moved_since.pages(report)
    write(page, report, templates_of(report))
    text = (tmp_path / report.place / "om/endringer.html").read_text(encoding="utf-8").replace(",", ".")
    assert said in text and "300 → 299" in text
    assert "others" not in text
    assert not [old for old in ("0.016129", "122", "124", "0.250000", "0.500000", "0.062500") if old in text]
