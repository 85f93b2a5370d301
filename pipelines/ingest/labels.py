"""Compare what a file says its codes mean with what the codebook says.

Not here: whether the codes of the rows are in the frame (values).
"""

import re
import unicodedata

from pipelines.ingest.codebook import Column
from pipelines.ingest.findings import Findings

DASHES = re.compile("[‐‑‒–—−]")
FRAMES = "seeds/scales/code_frame.csv"


def check_labels(labels: dict[str, str], column: Column, findings: Findings) -> None:
    """Add a finding for each of the file's `labels` ({code: label}) of a column that the code frame contradicts."""
    for code, label in labels.items():
        if not label.strip():
            continue
        here, said = findings.at(column=column.name), f"{code} {label}"
        if code not in column.codes:
            here.add(
                "label_not_in_frame",
                f"the file has the label '{label}' for code {code} of {column.name}, "
                f"a code that frame {column.code_frame} does not have",
                f"take the label out of the export, or add the code to {FRAMES}",
                said,
            )
        elif not means_the_same(code, label, column.codes[code]):
            here.add(
                "label_contradicts",
                f"the file says that code {code} of {column.name} is '{label}', "
                f"frame {column.code_frame} of the codebook says '{column.codes[code]}'",
                f"correct codes and labels in the export, or the row of the code in {FRAMES}",
                said,
            )


def means_the_same(code: str, label: str, expected: str) -> bool:
    """Whether two labels of a code differ in how they are written only.

    Case, blanks and punctuation do not count, nor does the code where it is written before the label. Dashes are
    one sign, and before a number they are a minus, which does count.
    """
    without_code = re.sub(rf"^\s*{re.escape(code)}(?![0-9])[\s.:;,)\]=]*([-–]\s+)?", "", label)
    return _letters(expected) in (_letters(label), _letters(without_code))


def _letters(label: str) -> str:
    text = DASHES.sub("-", unicodedata.normalize("NFKC", label).casefold()).strip()
    return re.sub(r"[\W_]", "", re.sub(r"^-(?=[0-9])", "minus", text))
