"""Choose the reader of a file by its survey's format; a new format is a module and a line here.

Not here: how a format is read (csv_reader, sav_reader, xlsx_reader) and what the columns mean (validation).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from pipelines.ingest.codebook import Survey
from pipelines.ingest.csv_reader import read_csv
from pipelines.ingest.extract import Chunk, Extract
from pipelines.ingest.findings import Findings
from pipelines.ingest.sav_reader import read_sav
from pipelines.ingest.xlsx_reader import read_xlsx
from pipelines.seeds import SeedError

Reader = Callable[[Path, Survey, int, Findings, int], list[Extract] | None]
READERS: dict[str, Reader] = {"csv": read_csv, "sav": read_sav, "xlsx": read_xlsx}


def read(path: Path, survey: Survey, wave: int, findings: Findings, max_bytes: int) -> list[Extract] | None:
    """The tables in the file at `path`, their rows still to be read; None, with findings, when it has none.

    A format that packs its content may not unpack to more than `max_bytes`.

    Raises SeedError when the survey seed names a format that has no reader.
    """
    if survey.file_format not in READERS:
        raise SeedError(f"survey {survey.survey}: no reader for file format {survey.file_format!r}")
    try:
        extracts = READERS[survey.file_format](path, survey, wave, findings, max_bytes)
    except OSError as error:
        _add_unreadable(path, error, findings)
        return None
    if extracts is None:
        return None
    return [replace(extract, chunks=_while_readable(path, extract.chunks, findings)) for extract in extracts]


def _while_readable(path: Path, chunks: Iterator[Chunk], findings: Findings) -> Iterator[Chunk]:
    while True:
        try:
            chunk = next(chunks, None)
        except (OSError, UnicodeError) as error:  # the file went away, or is another one now
            _add_unreadable(path, error, findings)
            return
        if chunk is None:
            return
        yield chunk


def _add_unreadable(path: Path, error: OSError | UnicodeError, findings: Findings) -> None:
    problem = f"the file cannot be read to its end ({getattr(error, 'strerror', None) or type(error).__name__})"
    findings.add("unreadable", problem, "check that the disk is there, and run again", value=path.name)
