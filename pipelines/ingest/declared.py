"""Hear what a file says of its own values: which are declared missing, and labels that say so without declaring.

Not here: reading the declarations (the readers of formats), and the labels of codes (labels).
"""

import re

import pyarrow as pa

from pipelines.ingest.codebook import Column
from pipelines.ingest.extract import Extract
from pipelines.ingest.findings import Findings
from pipelines.ingest.labels import FRAMES
from pipelines.ingest.text import folded
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
                findings.add("declared_missing", problem, remedy, column=column.name, value=code)
        if column.codes or not is_numeric(column):
            continue
        for value, label in extract.labels.get(column.name, {}).items():
            if SAYS_MISSING.search(folded(label)) and not _is_declared(value, ranges):
                problem = f"the label of {value} says '{label}', and the file does not declare {value} missing"
                remedy = "declare the value missing in the export, or leave the cell blank"
                findings.add("label_says_missing", problem, remedy, column=column.name, value=f"{value} {label}")


def blanked(cells: pa.Array, column: Column, ranges: Ranges) -> pa.Array:
    """The cells of a column, '' for what the file declares missing; of a question, its code frame decides.

    A code that the frame knows keeps its meaning: it says which kind of missing it is.
    """
    if not ranges or column.is_answer:
        return cells
    encoded = cells if isinstance(cells, pa.DictionaryArray) else cells.dictionary_encode()
    kept = [
        "" if value not in column.codes and _is_declared(value, ranges) else value
        for value in encoded.dictionary.to_pylist()
    ]
    return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(kept, pa.string()))


def _is_declared(value: str, ranges: Ranges) -> bool:
    for low, high in ranges:
        if isinstance(low, str) or isinstance(high, str):
            if value.strip() == str(low).strip():
                return True
        else:
            number = _number(value)
            if number is not None and low <= number <= high:
                return True
    return False


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
