"""Read the right value in place of a cell that is known to be wrong, as seed correction says, whatever the format.

Not here: whether a row of the seed names a cell that there can be (seed_rules), and judging what is read (validation).
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.common.seeds import read_seed
from pipelines.ingest.codebook import known_names
from pipelines.ingest.extract import Chunk, Extract, decoded
from pipelines.ingest.findings import NOT_SHOWN, Findings
from pipelines.ingest.text import canonical

CORRECTIONS = "seeds/corrections/correction.csv"  # as messages name it


@dataclass(frozen=True)
class Correction:
    """A row of the seed, `line` of its file. Of a cell of a respondent, what is kept and told has no values."""

    line: int
    survey: str
    wave: int
    part: str
    row_number: int
    column_name: str
    expected: str | None
    corrected: str | None
    reason: str
    corrected_by: str
    corrected_on: str


def corrections(survey: str, wave: int) -> list[Correction]:
    """What the seed says of a wave."""
    return [
        Correction(line, **{**row, "wave": wave, "row_number": int(row["row_number"])})  # type: ignore[arg-type]
        for line, row in enumerate(read_seed("correction"), start=2)
        if (row["survey"], row["wave"]) == (survey, str(wave))
    ]


def corrected_cells(survey: str, wave: int) -> frozenset[tuple[str, int, str]]:
    """(table, row, name of the column as delivered) of each cell of which what a reader finds wrong is no matter."""
    return frozenset(
        (row.part, row.row_number, name)
        for row in corrections(survey, wave)
        for name, column in known_names(survey, wave, row.part).items()
        if column == row.column_name.lower()
    )


def as_json(done: Iterable[Correction]) -> str:
    """Corrections as the log has them, '' for none."""
    rows = [{name: value for name, value in asdict(row).items() if name != "line"} for row in done]
    return json.dumps(rows, ensure_ascii=False) if rows else ""


class Corrected:
    """The corrections of one table: put_into() every chunk, then report()."""

    def __init__(self, extract: Extract, rows: Iterable[Correction], is_of_respondents: bool) -> None:
        """`rows` are those of its wave; of other tables, they are no matter."""
        self._keys, self._is_of_respondents = extract.keys, is_of_respondents
        self._left = [row for row in rows if row.part == extract.part]
        self._stale: list[tuple[Correction, str]] = []  # with what the cell holds
        self.done: list[Correction] = []

    def put_into(self, chunk: Chunk) -> Chunk:
        """Correct the cells of the next rows."""
        for row in list(self._left):
            place = pc.index(chunk.row_numbers, pa.scalar(row.row_number, pa.int32())).as_py()
            if place >= 0 and row.column_name.lower() in self._keys:
                self._left.remove(row)
                self._correct(chunk, place, row)
        return chunk

    def _correct(self, chunk: Chunk, place: int, row: Correction) -> None:
        position = self._keys.index(row.column_name.lower())
        cells = decoded(chunk.columns[position])
        there = cells[place].as_py()
        if canonical(there) != canonical(row.expected or ""):
            self._stale.append((row, there))
            return
        right = pa.array([row.corrected], cells.type)
        chunk.columns[position] = pa.concat_arrays([cells[:place], right, cells[place + 1 :]])
        self.done.append(replace(row, expected=None, corrected=None) if self._is_of_respondents else row)

    def report(self, findings: Findings) -> None:
        """Warn of each cell that was corrected; a finding for each row of the seed that does not fit the file."""
        for row, there in self._stale:
            _add(row, "holds something else than is expected there", there, findings)
        for row in self._left:
            _add(row, "is not in the file", "", findings)
        for row in self.done:
            cell = f"{findings.unit} {row.row_number}, column {row.column_name}"
            what = NOT_SHOWN if row.corrected is None else f"'{row.corrected}' is read in place of '{row.expected}'"
            problem = f"{cell} is corrected by {CORRECTIONS}, row {row.line}: {what}, {row.reason}"
            remedy = "nothing has to be done; once it is right at the source, remove that row"
            findings.warn("corrected", problem, remedy)


def _add(row: Correction, problem: str, value: str, findings: Findings) -> None:
    """A row of the seed that was made for another file, or for another order of its rows."""
    findings.at(row=row.row_number, column=row.column_name.lower()).add(
        "stale_correction",
        f"the cell that row {row.line} of {CORRECTIONS} corrects {problem}",
        "remove that row if this delivery is right, or correct its row_number and expected; then run again",
        value,
    )
