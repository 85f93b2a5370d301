"""Write a wave as an SPSS file, with the labels and user-missing values of its codebook.

Not here: what the columns hold (the surveys' plans).
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from pipelines.common.seeds import read_seed
from tests.sample.codebook import columns, frame

# The header tells when the file was made, as ASCII at a fixed place: the same data must give the same bytes.
MADE_AT, MADE = 92, b"01 Jan 2400:00:00"


def sav_bytes(
    survey: str, wave: int, values: Mapping[str, np.ndarray], labels: Mapping[str, str], file_label: str
) -> bytes:
    """The file of a wave, its columns in the codebook's order.

    `values`: question id, or column name where there is no question -> one value per respondent; numbers as
    floats with NaN for blank, text as objects. A column of the codebook that it lacks is not in the file.
    `labels`: column -> variable label; questions have theirs in seeds/codebook/question.csv.
    """
    keys = {r["column_name"]: r["question_id"] or r["column_name"] for r in columns(survey, wave)}
    data = pd.DataFrame({column: values[key] for column, key in keys.items() if key in values})
    asked = {r["question_id"]: r["question_nb"] for r in read_seed("question")}
    coded = {r["column_name"]: frame(r["code_frame"]) for r in columns(survey, wave) if r["code_frame"]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wave.sav"
        pyreadstat.write_sav(
            data,
            path,
            file_label=file_label,
            column_labels=[asked.get(keys[column]) or labels[column] for column in data],
            # Not zlib: its bytes differ from one build of it to the next.
            row_compress=True,
            variable_value_labels={c: {float(r["code"]): r["answer_nb"] for r in rows} for c, rows in coded.items()},
            missing_ranges={
                c: [float(r["code"]) for r in rows if r["answer_kind"] != "answer"] for c, rows in coded.items()
            },
            variable_format={c: _format(data[c]) for c in data if data[c].dtype == float},
        )
        content = bytearray(path.read_bytes())
    content[MADE_AT : MADE_AT + len(MADE)] = MADE
    return bytes(content)


def _format(column: pd.Series) -> str:
    """Whole numbers without decimals."""
    return "F8.0" if (column.dropna() % 1 == 0).all() else "F8.6"
