"""Choose the reader of a file by its survey's format; a new format is a module and a line here.

Not here: how a format is read (csv_reader, sav_reader) and what the columns mean (validation).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from pipelines.ingest.codebook import Survey
from pipelines.ingest.csv_reader import read_csv
from pipelines.ingest.extract import Chunk, Extract
from pipelines.ingest.findings import Findings
from pipelines.ingest.sav_reader import read_sav
from pipelines.seeds import SeedError

Reader = Callable[[Path, Survey, Findings], Extract | None]
READERS: dict[str, Reader] = {"csv": read_csv, "sav": read_sav}


def read(path: Path, survey: Survey, findings: Findings) -> Extract | None:
    """The file at `path`, its rows still to be read; None, with findings, when its columns cannot be told.

    Raises SeedError when the survey seed names a format that has no reader.
    """
    if survey.file_format not in READERS:
        raise SeedError(f"survey {survey.survey}: no reader for file format {survey.file_format!r}")
    try:
        extract = READERS[survey.file_format](path, survey, findings)
    except OSError as error:
        _add_unreadable(path, error, findings)
        return None
    return extract and replace(extract, chunks=_while_readable(path, extract.chunks, findings))


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
