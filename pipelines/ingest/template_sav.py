"""An empty SPSS file with variables, labels, value labels and missing values, to be filled in a statistics program.

Not here: what the columns are (template_texts) and where the file goes (template).
"""

import re
import struct
import tempfile
from pathlib import Path

from pipelines.common.seeds import SeedError
from pipelines.ingest.codebook import COUNTRY_CODE, COUNTRY_CODE_2, KOMMUNENR, LABEL, aliases
from pipelines.ingest.template_texts import Explained, Table

LEGAL_NAME = re.compile(r"[^\W\d_][\w.@#$]{0,63}")
WIDTHS = {KOMMUNENR: 4, "orgnr": 9, COUNTRY_CODE: 3, COUNTRY_CODE_2: 2}  # letters of text, by data type
WIDTH = 255  # of other text: the most that is one variable for every program
MOST_MISSING = 3  # single values that a variable can declare
# Where the header says how many pieces of eight bytes a case has, and how many cases there are.
CASE_SIZE_AT, CASES_AT, PIECE = 68, 80, 8


def sav_template(survey: str, wave: int, table: Table) -> bytes:
    """The file of a table; where SPSS allows no column of the canonical name, it has a name that the codebook reads
    as the same.

    Raises SeedError when there is none.
    """
    named = {_legal_name(explained, survey, wave, table.name): explained for explained in table.columns}
    return _without_cases(_with_one_case(named))


def _with_one_case(named: dict[str, Explained]) -> bytes:
    """The file with a case that is as wide as any may be: the library takes the width of text from the data."""
    import pandas as pd
    import pyreadstat  # a second that other formats do not need

    case = {name: [0.0 if explained.is_number else "x" * _width(explained)] for name, explained in named.items()}
    coded = {name: explained for name, explained in named.items() if explained.codes and explained.is_number}
    missing = {name: sorted(map(float, explained.column.missing_codes)) for name, explained in coded.items()}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "template.sav"
        pyreadstat.write_sav(
            pd.DataFrame(case),
            file,
            column_labels={name: explained.what for name, explained in named.items()},
            variable_value_labels={
                name: {float(code): label for code, label in explained.codes.items()}
                for name, explained in coded.items()
            },
            missing_ranges={name: [*codes] for name, codes in missing.items() if 0 < len(codes) <= MOST_MISSING},
            variable_measure={
                name: "scale" if explained.is_number and name not in coded else "nominal"
                for name, explained in named.items()
            },
            variable_format={
                name: "F12.4" if explained.has_decimals else "F8.0"
                for name, explained in named.items()
                if explained.is_number
            },
        )
        return file.read_bytes()


def _without_cases(content: bytes) -> bytes:
    (pieces,) = struct.unpack_from("<i", content, CASE_SIZE_AT)
    empty = bytearray(content[: -pieces * PIECE])
    struct.pack_into("<i", empty, CASES_AT, 0)
    return bytes(empty)


def _width(explained: Explained) -> int:
    if explained.column.data_type == LABEL:
        return max(len(label.encode()) for label in explained.codes)
    return WIDTHS.get(explained.column.data_type, WIDTH)


def _legal_name(explained: Explained, survey: str, wave: int, part: str) -> str:
    name = explained.column.name
    others = [other for other, of in aliases(survey, wave, part).items() if of == name]
    for candidate in [name, *others]:
        if LEGAL_NAME.fullmatch(candidate):
            return candidate
    raise SeedError(
        f"an SPSS file cannot have a variable {name}; choose --format csv or xlsx, or give the column a name of "
        "letters, digits and underscores in seeds/codebook/column_alias.csv"
    )
