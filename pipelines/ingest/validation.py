"""Check a table against the codebook: every column mapped, every value allowed.

Not here: reading files, changing values. A value that passes is loaded as delivered.
"""

from collections.abc import Callable
from datetime import date
from difflib import get_close_matches

from pipelines.ingest import values
from pipelines.ingest.codebook import Column, Survey, columns
from pipelines.ingest.findings import Findings
from pipelines.ingest.table import Table, column_key

CODEBOOK = "seeds/codebook/codebook.csv"
Cells = list[str]


def validate(table: Table, survey: Survey, wave: int) -> Findings:
    """All findings of a table of `survey` and `wave`; none means that it may be loaded."""
    findings = Findings()
    known = {column.name: column for column in columns(survey.survey, wave)}
    cells = {
        # Only spaces: that is what trim() of the staging models takes away.
        column_key(name): [row[position].strip(" ") for row in table.rows]
        for position, name in enumerate(table.header)
        if column_key(name) in known
    }
    _check_columns(table, known, f"{survey.survey} {wave}", findings)
    for name, column in known.items():
        if name in cells and not column.is_ignored:
            check = values.checker(column, survey, date(wave, 1, 1))
            _check_values(column, cells[name], check, table.row_numbers, findings)
    _check_filters(known, cells, table.row_numbers, findings)
    _check_keys(known, cells, table.row_numbers, findings)
    return findings


def _check_columns(table: Table, known: dict[str, Column], where: str, findings: Findings) -> None:
    present = {column_key(name) for name in table.header}
    missing = [c.name for c in known.values() if c.is_required and c.name not in present]
    for name in missing:
        findings.add(
            "missing_column",
            f"the codebook of {where} requires this column, and the file does not have it",
            "export the file again with the column; if it was not asked, set is_required to false in " + CODEBOOK,
            row=1,
            column=name,
        )
    free = [name for name in known if name not in present]
    for position, name in enumerate(table.header, start=1):
        key = column_key(name)
        if key in known:
            continue
        close = get_close_matches(key, free, n=1)
        guess = f"; did you mean {close[0]}?" if close else ""
        findings.add(
            "unmapped_column",
            f"the codebook of {where} does not know column {position}{guess}",
            f"correct the name in the export, or add a row to {CODEBOOK} "
            "(when the column is not used: role ignored, with the reason in note)",
            row=1,
            column=key or f"(column {position}, without a name)",
            value=name,
        )


def _check_values(
    column: Column, cells: Cells, check: Callable[[str], values.Problem], rows: list[int], findings: Findings
) -> None:
    # A column has few distinct values: each is judged once, and rows are walked only where one is wrong.
    wrong = {value: problem for value in set(cells) if value and (problem := check(value))}
    if column.must_be_filled and "" in cells:
        remedy = f"fill it in; if a blank has a meaning, say which in blank_kind of {CODEBOOK}"
        wrong[""] = ("missing_value", "the cell is blank, and the codebook allows no blank here", remedy)
    if not wrong:
        return
    for row, value in zip(rows, cells, strict=True):
        if value in wrong:
            rule, problem, remedy = wrong[value]
            edge = "; a tab or no-break space stands at its edge" if value != value.strip() else ""
            findings.add(rule, problem + edge, remedy, row, column.name, value)


def _check_filters(known: dict[str, Column], cells: dict[str, Cells], rows: list[int], findings: Findings) -> None:
    for column in known.values():
        if column.name not in cells or column.filter_column not in cells:
            continue
        asked, filter_cells = column.filter_code, cells[column.filter_column]
        # A blank filter question does not say who was asked; a wrong code in it is a finding of its own.
        not_asked = set(known[column.filter_column].codes) - {asked}
        for row, value, filter_value in zip(rows, cells[column.name], filter_cells, strict=True):
            if value and filter_value in not_asked:
                findings.add(
                    "filtered_answer",
                    f"answered although {column.filter_column} is {filter_value}; "
                    f"the question is for those with {column.filter_column} = {asked}",
                    f"clear the answer or correct {column.filter_column}, at the source",
                    row,
                    column.name,
                    value,
                )


def _check_keys(known: dict[str, Column], cells: dict[str, Cells], rows: list[int], findings: Findings) -> None:
    key_columns = [column for column in known.values() if column.role == "key"]
    if not key_columns or any(column.name not in cells for column in key_columns):
        return
    parts = [[values.normalised_key(column, v) for v in cells[column.name]] for column in key_columns]
    seen: dict[tuple[str, ...], int] = {}
    for row, key in zip(rows, zip(*parts, strict=True), strict=True):
        if not all(key):
            continue
        if key in seen:
            findings.add(
                "duplicate_key",
                f"row {seen[key]} has the same key",
                "keep one of the two rows, at the source",
                row,
                ", ".join(column.name for column in key_columns),
                ", ".join(key),
            )
        seen.setdefault(key, row)
