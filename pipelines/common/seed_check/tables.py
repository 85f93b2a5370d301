"""The seeds as a steward sees them: rows with their line in the file, and what is wrong with a line.

Not here: what a seed means. `seeds.read_seed` reads for those who take the seeds to be right.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.common.terminal import without_controls

UNREADABLE = ("encoding", "quotation", "seed_name")  # rules after which a file is not known to its end


@dataclass(frozen=True)
class Finding:
    """One mistake. `line` counts from 1, the header; `column` is '' where all of the line is meant."""

    file: str
    line: int
    column: str
    value: str
    rule: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        cell = f" column {self.column}, value {self.value!r}:" if self.column else ""
        return without_controls(f"{self.file}:{self.line}:{cell} {self.problem} ({self.rule}) -> {self.remedy}")


@dataclass(frozen=True)
class Row:
    """A row of a seed: {column: text}, '' where a cell is blank or missing. `is_whole`: as many cells as the header."""

    file: str
    line: int
    cells: dict[str, str]
    is_whole: bool = True

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def of(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The cells of these columns."""
        return tuple(self.cells[column] for column in columns)

    def number(self, column: str) -> float | None:
        """What the cell holds, None where it is no number; that is a finding of its own."""
        try:
            return float(self.cells[column])
        except ValueError:
            return None

    def wrong(self, column: str, rule: str, problem: str, remedy: str) -> Finding:
        """That a cell is wrong; without a column, the row."""
        return Finding(self.file, self.line, column, self.cells.get(column, ""), rule, problem, remedy)


@dataclass
class Table:
    """A seed. `file` is its path as messages name it, from the folder above seeds/."""

    name: str
    file: str
    header: list[str]
    rows: list[Row] = field(default_factory=list)
    _by: dict[tuple[str, ...], dict[tuple[str, ...], list[Row]]] = field(default_factory=dict, init=False)

    def by(self, *columns: str) -> dict[tuple[str, ...], list[Row]]:
        """The rows by what stands in some columns, in the order of the file."""
        if columns not in self._by:
            found = self._by[columns] = {}
            for row in self.rows:
                found.setdefault(row.of(columns), []).append(row)
        return self._by[columns]

    def keys(self, *columns: str) -> set[tuple[str, ...]]:
        """What stands in some columns."""
        return set(self.by(*columns))


Seeds = dict[str, Table]


def read_tables(folder: Path, findings: list[Finding]) -> Seeds:
    """Every seed below `folder` by its name; what cannot be read is added to `findings`."""
    tables: Seeds = {}
    for path in sorted(folder.glob("*/*.csv")):
        file = path.relative_to(folder.parent).as_posix()
        if path.stem in tables:
            findings.append(
                Finding(
                    file, 1, "", "", "seed_name", f"{tables[path.stem].file} has the same name", "rename one of them"
                )
            )
        tables[path.stem] = _read(path, file, findings)
    return tables


def _read(path: Path, file: str, findings: list[Finding]) -> Table:
    table, line = Table(path.stem, file, []), 1
    try:
        for line, cells in _records(path):
            if line == 1:
                table.header = cells
            else:
                table.rows.append(_row(table, line, cells, findings))
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        findings.append(Finding(file, line, "", "", "encoding", "is not UTF-8 here", "save the file as UTF-8"))
    except csv.Error as error:
        remedy = "close each quotation mark, and write one inside a text twice"
        findings.append(Finding(file, line + 1, "", "", "quotation", f"cannot be split into cells: {error}", remedy))
    return table


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line that it begins on."""
    with path.open(encoding="utf-8", newline="") as file:
        reader, begins = csv.reader(file, strict=True), 1
        for cells in reader:
            yield begins, cells
            begins = reader.line_num + 1


def _row(table: Table, line: int, cells: list[str], findings: list[Finding]) -> Row:
    n_cells, n_columns = len(cells), len(table.header)
    stated = dict(zip(table.header, cells, strict=False))
    row = Row(table.file, line, dict.fromkeys(table.header, "") | stated, n_cells == n_columns)
    if not row.is_whole:
        problem = f"{n_cells} cells, the header has {n_columns}"
        findings.append(row.wrong("", "cells", problem, "a text with a comma is put in quotes; delete a blank line"))
    return row
