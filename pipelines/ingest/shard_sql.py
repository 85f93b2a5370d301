"""SQL that reads a Parquet shard where it lies, each column as the text that the codebook's rules are about.

Not here: running it. The door reads with it, and so does whoever counts: what was checked is what is counted.
"""

import re
from collections.abc import Iterable, Mapping

from pipelines.common.sql import literal, quoted
from pipelines.ingest.codebook import TEXT_TYPES, Column
from pipelines.ingest.text import BLANKS, EXACT, INVISIBLE
from pipelines.scale.shards import SHARD

WHOLE_TYPES = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    '"NULL"',
}  # fmt: skip
TYPES = re.compile(rf"{'|'.join(WHOLE_TYPES)}|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|VARCHAR|ENUM\(.*\)", re.DOTALL)
ROW_NUMBER = f"{SHARD}.file_row_number + 1"  # rows are counted from 1


def is_readable(data_type: str) -> bool:
    """Whether cells of a type of DuckDB are numbers or text."""
    return bool(TYPES.fullmatch(data_type))


def cell(delivered: str, data_type: str, column: Column | None = None) -> str:
    """The cell of a column as text: '' where it is blank, whole numbers without decimals.

    `column` is what the codebook has of it; text that is compared is in one form.
    """
    name = delivered_column(delivered)
    if data_type in WHOLE_TYPES:
        text = f"{name}::varchar"
    elif data_type in ("FLOAT", "DOUBLE"):
        is_whole = f"{name} = trunc({name}) and abs({name}) <= {EXACT}"
        # DuckDB may make more of a cast than what is chosen of it: of each value of a dictionary, NaN among them.
        number = f"when {is_whole} then try_cast({name} as bigint)::varchar else {name}::double::varchar"
        text = f"case when isnan({name}) then '' {number} end"
    elif data_type.startswith("DECIMAL") and not data_type.endswith(",0)"):
        text = f"rtrim(rtrim({name}::varchar, '0'), '.')"
    elif column and column.data_type in TEXT_TYPES:
        text = f"coalesce({canonical(f'{name}::varchar')}, '')"
    else:
        text = f"{name}::varchar"
    return f"coalesce({text}, '')"


def delivered_column(delivered: str) -> str:
    """A column of source(), as it is."""
    return f"{SHARD}.{quoted(delivered)}"


def canonical(text: str) -> str:
    """text.canonical() of an expression."""
    seen = f"nfc_normalize(regexp_replace({text}, {literal(INVISIBLE.pattern)}, '', 'g'))"
    # Nearly all is plain and has one form only; and to trim costs more than to see that nothing is to be trimmed.
    has_blank = f"contains({literal(BLANKS)}, left({seen}, 1)) or contains({literal(BLANKS)}, right({seen}, 1))"
    trimmed = f"case when {has_blank} then trim({seen}, {literal(BLANKS)}) else {seen} end"
    return f"case when regexp_matches({text}, '[^!-~]') then {trimmed} else {text} end"


def cells(names: Mapping[str, str], types: Mapping[str, str], stored: Iterable[Column]) -> str:
    """The select list of a shard: row_number, then each column of `stored` that it has; `names` are as delivered."""
    listed = [f"{cell(names[c.name], types[names[c.name]], c)} as {quoted(c.name)}" for c in stored]
    return ", ".join([f"{ROW_NUMBER} as row_number", *listed])
