"""Choose the reader of a file by its survey's format; a new format is a module and a line here.

Not here: how a format is read (the module of each), what columns mean (validation).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from pipelines.common.seeds import SeedError
from pipelines.ingest.codebook import SHARDS, Survey, known_names
from pipelines.ingest.csv_reader import read_csv
from pipelines.ingest.discovery import format_of
from pipelines.ingest.extract import Chunk, Extract, check_duplicates, check_invisible
from pipelines.ingest.findings import Findings
from pipelines.ingest.json_reader import read_body
from pipelines.ingest.parquet_reader import read_parquet
from pipelines.ingest.sav_reader import read_sav
from pipelines.ingest.xlsx_reader import read_xlsx

Reader = Callable[[Path, Survey, int, Findings, int], list[Extract] | None]
READERS: dict[str, Reader] = {
    "csv": read_csv,
    "sav": read_sav,
    "xlsx": read_xlsx,
    SHARDS: read_parquet,
    "json": read_body,
}


def written_as(survey: Survey, file_format: str) -> Survey:
    """The survey as files of a format write it: only text files have numbers with another mark than a point."""
    return survey if file_format == "csv" else replace(survey, decimal_mark=".")


def read(path: Path, survey: Survey, wave: int, findings: Findings, max_bytes: int) -> list[Extract] | None:
    """The tables in the file at `path`, their rows still to be read; None, with findings, when it has none.

    The columns have the codebook's names, also where they are delivered under others. A format that packs its
    content may not unpack to more than `max_bytes`.

    Raises SeedError when no reader knows the format, which discovery has looked at.
    """
    if format_of(path) not in READERS:
        raise SeedError(f"survey {survey.survey}: no reader for file format {format_of(path)!r}")
    try:
        extracts = READERS[format_of(path)](path, survey, wave, findings, max_bytes)
    except (OSError, UnicodeError) as error:  # also where it became another one since its encoding was found
        _add_unreadable(path, error, findings)
        return None
    if extracts is None:
        return None
    renamed = [_canonical(extract, known_names(survey.survey, wave, extract.part), findings) for extract in extracts]
    return [replace(extract, chunks=_while_readable(path, extract.chunks, findings)) for extract in renamed]


def _canonical(extract: Extract, known_as: dict[str, str], findings: Findings) -> Extract:
    """The table under the codebook's names; a name with signs that nobody sees is warned of."""
    check_invisible(extract.header, known_as, findings)
    header = [
        name if known_as.get(key, key) == key else known_as[key]
        for name, key in zip(extract.header, extract.keys, strict=True)
    ]
    if header == extract.header:
        return extract
    check_duplicates(header, extract.header_row, findings)

    def own(key: str) -> str:
        return known_as.get(key, key)

    return replace(
        extract,
        header=header,
        text_columns=frozenset(own(key) for key in extract.text_columns),
        labels={own(key): labels for key, labels in extract.labels.items()},
        declared_missing={own(key): ranges for key, ranges in extract.declared_missing.items()},
    )


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
