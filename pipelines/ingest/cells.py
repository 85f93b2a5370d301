"""Check the cells of an extract, chunk by chunk: values, blanks, and answers where a filter says there is none.

Not here: what a value may be (values), the columns themselves and keys (validation).
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.ingest import values
from pipelines.ingest.codebook import CODEBOOK, Column
from pipelines.ingest.extract import Chunk, decoded
from pipelines.ingest.findings import Findings

PLACEHOLDERS = {"NA", "N/A", "NAN", "NULL", "#N/A", "#NULL!", "."}  # what programs write where nothing is
LEAVE_BLANK = 'leave the cell blank where there is nothing (R: na = "")'

Cells = dict[str, pa.Array]  # by column, trimmed of spaces


@dataclass(frozen=True)
class _ValueCheck:
    """The check of each cell of a column by itself."""

    column: Column
    check: values.Check
    findings: Findings

    def look_at(self, row_numbers: pa.Array, cells: Cells) -> None:
        # A column has few distinct values: each is judged once, and rows are looked up only where one is wrong.
        wrong = {value: found for value in self._distinct(cells[self.column.name]) if (found := self._judge(value))}
        if not wrong:
            return
        texts = decoded(cells[self.column.name])
        is_wrong = pc.is_in(texts, pa.array(wrong))
        rows = row_numbers.filter(is_wrong)
        n_shown = min(self.findings.room, len(rows))
        shown = texts.filter(is_wrong)[:n_shown]
        for row, value in zip(rows[:n_shown].to_pylist(), shown.to_pylist(), strict=True):
            rule, problem, remedy = wrong[value]
            edge = "; a tab or no-break space stands at its edge" if value != value.strip() else ""
            self.findings.at(row=row, column=self.column.name).add(rule, problem + edge, remedy, value)
        self.findings.count(len(rows) - n_shown)

    def _distinct(self, cells: pa.Array) -> list[str]:
        if self.check is values.anything:
            return [""] if self.column.must_be_filled else []
        return list((cells.dictionary if isinstance(cells, pa.DictionaryArray) else cells.unique()).to_pylist())

    def _judge(self, value: str) -> values.Problem:
        if value:
            problem = self.check(value)
            return (*problem[:2], LEAVE_BLANK) if problem and value.upper() in PLACEHOLDERS else problem
        if not self.column.must_be_filled:
            return None
        remedy = "fill it in; delete the row if it is a sum or a note; if a blank has a meaning, say which in "
        remedy += f"blank_kind of {CODEBOOK}"
        return "missing_value", "the cell is blank, and the codebook allows no blank here", remedy


@dataclass(frozen=True)
class _FilterCheck:
    """The check of a column that was asked only of those with one answer to another."""

    column: Column
    filter: Column
    findings: Findings

    @property
    def asked(self) -> str:
        """What stands in the filter's cell of those who are asked."""
        return self.filter.written.get(self.column.filter_code, self.column.filter_code)

    def look_at(self, row_numbers: pa.Array, cells: Cells) -> None:
        by = self.filter.name
        not_asked = pa.array(set(self.filter.written.values()) - {self.asked}, pa.string())
        texts, filters = decoded(cells[self.column.name]), decoded(cells[by])
        is_wrong = pc.and_(pc.not_equal(texts, ""), pc.is_in(filters, not_asked))
        rows = row_numbers.filter(is_wrong)
        n_shown = min(self.findings.room, len(rows))
        shown = (
            [found.filter(is_wrong)[:n_shown].to_pylist() for found in (row_numbers, texts, filters)] if n_shown else []
        )
        for row, value, filter_value in zip(*shown, strict=True):
            self.findings.at(row=row, column=self.column.name).add(
                "filtered_answer",
                f"answered although {by} is {filter_value}; the question is for those with {by} = {self.asked}",
                f"clear the answer or correct {by}, at the source",
                value,
            )
        self.findings.count(len(rows) - n_shown)


class CellChecks:
    """All checks of the cells of one file: look_at() every chunk, then report()."""

    def __init__(
        self, keys: list[str], checked: dict[str, values.Check], known: dict[str, Column], findings: Findings
    ) -> None:
        """`keys` are the columns of the file in order; `checked` says which of them are judged, and by what.

        What is found is counted beside `findings`, until it is reported.
        """
        self._keys, self._findings = keys, findings
        self._checks: list[_ValueCheck | _FilterCheck] = [
            _ValueCheck(known[name], check, findings.beside()) for name, check in checked.items()
        ]
        # A blank filter question does not say who was asked; a wrong code in it is a finding of its own.
        self._checks += [
            _FilterCheck(column, known[column.filter_column], findings.beside())
            for column in known.values()
            if column.name in keys and column.filter_column and column.filter_column in keys
        ]

    def look_at(self, chunk: Chunk) -> None:
        """Check the next rows."""
        cells = {key: _trimmed(column) for key, column in zip(self._keys, chunk.columns, strict=True)}
        for check in self._checks:
            check.look_at(chunk.row_numbers, cells)

    def report(self) -> None:
        """Add what was found, column by column: values first, then answers past a filter."""
        for check in self._checks:
            self._findings.take(check.findings)


def _trimmed(cells: pa.Array) -> pa.Array:
    # Only spaces: that is what trim() of the staging models takes away.
    if isinstance(cells, pa.DictionaryArray):
        return pa.DictionaryArray.from_arrays(cells.indices, _trimmed(cells.dictionary))
    return pc.ascii_trim(cells, " ")
