"""Choose the reader of a file by its survey's format; a new format is a module and a line here.

Not here: how a format is read (csv_reader) and what the columns mean (validation).
"""

from collections.abc import Callable

from pipelines.ingest.codebook import Survey
from pipelines.ingest.csv_reader import read_csv
from pipelines.ingest.findings import Findings
from pipelines.ingest.table import Table
from pipelines.seeds import SeedError

Reader = Callable[[bytes, Survey, Findings], Table | None]
READERS: dict[str, Reader] = {"csv": read_csv}


def read(content: bytes, survey: Survey, findings: Findings) -> Table | None:
    """The table in `content`; None, with findings, when it cannot be read.

    Raises SeedError when the survey seed names a format that has no reader.
    """
    if survey.file_format not in READERS:
        raise SeedError(f"survey {survey.survey}: no reader for file format {survey.file_format!r}")
    return READERS[survey.file_format](content, survey, findings)
