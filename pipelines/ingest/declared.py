"""Hear what a file says of its own values: which are declared missing, and labels that say so without declaring.

Not here: reading the declarations (the readers of formats), and the labels of codes (labels).
"""

import re
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.ingest.codebook import Column
from pipelines.ingest.extract import Chunk, Extract, decoded
from pipelines.ingest.findings import Findings
from pipelines.ingest.labels import FRAMES
from pipelines.ingest.text import folded, number_in
from pipelines.ingest.values import is_numeric

Ranges = list[tuple[float | str, float | str]]
SAYS_MISSING = re.compile(
    r"\b(vet ikke|veit ikkje|ubesvart|ikke (svar\w*|besvart|oppgitt)|ikkje (svar\w*|oppgitt)|uoppgitt|uoppgjeve|"
    r"(vil|ønsker|ynskjer) (ikke|ikkje)|ingen svar|missing|don.?t know|no answer|refused|not stated|n/a)\b"
)


def check_declared(extract: Extract, columns: list[Column], findings: Findings) -> None:
    """Add what file and codebook do not agree on: a code declared missing that the frame reads as an answer, and a
    number that only its label calls missing."""
    for column in columns:
        ranges = extract.declared_missing.get(column.name, [])
        for code, label in column.codes.items():
            if code not in column.missing_codes and _is_declared(code, ranges):
                problem = (
                    f"the file declares {code} of {column.name} missing, frame {column.code_frame} reads it as the "
                    f"answer '{label}'"
                )
                remedy = f"correct the missing values of the variable in the export, or the row of the code in {FRAMES}"
                findings.at(column=column.name).add("declared_missing", problem, remedy, value=code)
        if column.codes or not is_numeric(column):
            continue
        for value, label in extract.labels.get(column.name, {}).items():
            if SAYS_MISSING.search(folded(label)) and not _is_declared(value, ranges):
                problem = f"the label of {value} says '{label}', and the file does not declare {value} missing"
                remedy = "declare the value missing in the export, or leave the cell blank"
                findings.at(column=column.name).add("label_says_missing", problem, remedy, value=f"{value} {label}")


class Blanks:
    """Blanks in place of what a file declares missing; of a question, its code frame decides.

    A code that the frame knows keeps its meaning: it says which kind of missing it is.
    """

    def __init__(self, known: dict[str, Column], extract: Extract) -> None:
        self._columns = {
            position: (known[key], extract.declared_missing[key])
            for position, key in enumerate(extract.keys)
            if key in known and extract.declared_missing.get(key) and not known[key].is_answer
        }
        self._n: Counter[str] = Counter()

    def put_into(self, chunk: Chunk) -> None:
        """Blank the cells of the next rows, and count them."""
        for position, (column, ranges) in self._columns.items():
            cells = chunk.columns[position]
            encoded = cells if isinstance(cells, pa.DictionaryArray) else cells.dictionary_encode()
            is_blanked = [
                bool(value) and value not in column.codes and _is_declared(value, ranges)
                for value in encoded.dictionary.to_pylist()
            ]
            if any(is_blanked):
                blanked = pc.take(pa.array(is_blanked), encoded.indices)
                self._n[column.name] += pc.sum(blanked, min_count=0).as_py()
                chunk.columns[position] = pc.if_else(blanked, "", decoded(encoded))

    def report(self, findings: Findings) -> None:
        """Say how many values of each column were no values."""
        for name, n in self._n.items():
            problem = f"{n} {findings.unit}{'s' if n > 1 else ''} with a value of {name} that the file declares missing"
            findings.warn("declared_blank", f"{problem}: read as blank", "nothing has to be done, if it is meant so")


def _is_declared(value: str, ranges: Ranges) -> bool:
    for low, high in ranges:
        if isinstance(low, str) or isinstance(high, str):
            if value.strip() == str(low).strip():
                return True
        else:
            number = number_in(value)
            if number is not None and low <= number <= high:
                return True
    return False
