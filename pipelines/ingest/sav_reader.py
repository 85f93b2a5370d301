"""Read an SPSS file (.sav) in chunks of cases, numbers as text; value labels and types come along.

Not here: whether labels, types and codes are what the codebook says (labels, validation).
"""

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.ingest.codebook import Survey
from pipelines.ingest.encoding import add_mangled, are_letters_right, mangled_passage
from pipelines.ingest.extract import Chunk, Extract, check_duplicates
from pipelines.ingest.findings import Findings
from pipelines.ingest.header import table_of
from pipelines.ingest.sav_structure import EXPORT_AGAIN, check_structure
from pipelines.ingest.sav_trial import trial
from pipelines.ingest.signatures import BEGINNING, what_is
from pipelines.ingest.text import column_key, number_text

BEGINNINGS = (b"$FL2", b"$FL3")  # the second where the data are packed by zlib
SAVE_AS_UNICODE = "save the file again as Unicode (UTF-8), in a program that shows its letters right"
# pyreadstat goes through all cases before the first one that it is asked for: 0.07 s for each million. In chunks of
# half a million (30 variables) that is a twentieth of the time for ten million cases, and half a gigabyte of memory.
BYTES_PER_CHUNK = 200_000_000
BYTES_PER_TEXT = 50  # what a text takes in Python beside its letters

# Missing values that the user declared (9999, 99) are codes to us, and dates are no type that the codebook has.
AS_STORED = {"user_missing": True, "disable_datetime_conversion": True}


def read_sav(path: Path, survey: Survey, wave: int, findings: Findings, _max_bytes: int) -> list[Extract] | None:
    """The one table of the file at `path`; None, with findings, when its columns cannot be told."""
    with path.open("rb") as file:
        beginning = file.read(BEGINNING)
    if not beginning:
        findings.add("empty_file", "the file is empty", "export the file again")
        return None
    if not beginning.startswith(BEGINNINGS):
        is_what = f"is {what}" if (what := what_is(beginning, path)) else "is not an SPSS file, whatever its name"
        problem = f"{path.name} {is_what}: it does not begin with $FL2 or $FL3"
        remedy = "save it as .sav, without a password, from the statistics program"
        findings.add("file_type", problem, remedy, value=path.name)
        return None
    trial.start()
    meta = _read_meta(path, findings)
    if meta is None:
        return None
    header = [_own_name(name, meta.column_names) for name in meta.column_names]
    check_duplicates(header, None, findings)
    check_structure(path, findings)
    _check_letters(header, meta, findings)
    if findings:
        return None
    extract = Extract(
        header=header,
        encoding=_encoding(meta),
        chunks=_chunks(path, meta, findings),
        header_row=None,
        n_rows=meta.number_rows,
        text_columns=frozenset(column_key(name) for name in header if _is_text(name, meta)),
        labels={column_key(name): _labels(labels) for name, labels in meta.variable_value_labels.items()},
        declared_missing={
            column_key(name): [(part["lo"], part["hi"]) for part in ranges]
            for name, ranges in meta.missing_ranges.items()
        },
        part=table_of(header, survey.survey, wave),
    )
    return [extract]


def _read_meta(path: Path, findings: Findings) -> Any | None:
    """What the file says of itself; None, with a finding, where it cannot be read or does not say enough."""
    import pyreadstat  # noqa: F401  # while the trial gets ready

    if failure := trial.failure(path):
        findings.add("damaged", f"the file is damaged: {failure}", EXPORT_AGAIN)
        return None
    read = _read(path, findings, metadataonly=True, output_format="dict", **AS_STORED)
    if read is None:
        return None
    _, meta = read
    if None in meta.column_names:
        findings.add("damaged", "the file is damaged: it holds variables without a name", EXPORT_AGAIN)
        return None
    if meta.number_rows is None:
        problem = "the file does not say how many cases it has, so that one that was cut off cannot be told from it"
        findings.add("no_case_count", problem, "open it in the statistics program and save it again as .sav")
        return None
    return meta


def _encoding(meta: Any) -> str:
    return (meta.file_encoding or "unknown").lower()


def _check_letters(header: list[str], meta: Any, findings: Findings) -> None:
    """Add a finding for every variable whose name or labels went through a wrong encoding, with the first such text."""
    for name, own_name, label in zip(meta.column_names, header, meta.column_labels, strict=True):
        value_labels = _labels(meta.variable_value_labels.get(name, {}))
        texts = {"the name of the variable": own_name, "its label": label or ""} | {
            f"the label of {code}": f"{code} {text}" for code, text in value_labels.items()
        }
        if mangled := next((what for what, text in texts.items() if mangled_passage(text)), None):
            here = findings.at(column=column_key(own_name))
            add_mangled(mangled, mangled_passage(texts[mangled]), _encoding(meta), SAVE_AS_UNICODE, here)


def _own_name(name: str, names: list[str]) -> str:
    """The name in the file: pyreadstat renames the second of two variables with the very same one."""
    own = re.sub(r"_duplicated[0-9]+$", "", name)
    return own if own in names else name


def _chunks(path: Path, meta: Any, findings: Findings) -> Iterator[Chunk]:
    n_said, n_read, right = meta.number_rows, 0, {name for name in meta.column_names if _is_text(name, meta)}
    while n_read < n_said:
        read = _read(path, findings, row_offset=n_read, row_limit=_cases_per_chunk(meta), **AS_STORED)
        if read is None:
            return
        frame, _ = read
        if not len(frame):
            break
        numbers = pa.array(range(n_read + 1, n_read + len(frame) + 1), pa.int32())
        columns = [(_text if _is_text(name, meta) else _numbers)(frame[name]) for name in meta.column_names]
        for name, cells in zip(meta.column_names, columns, strict=True):
            here = findings.at(column=column_key(name))
            if name in right and not are_letters_right(cells, numbers, _encoding(meta), SAVE_AS_UNICODE, here):
                right.discard(name)
        n_read += len(frame)
        yield Chunk(numbers, columns)
    if n_read < n_said:
        problem = f"the file says that it holds {n_said:,} cases, and ends after {n_read:,}"
        findings.add("truncated", problem, EXPORT_AGAIN)
    elif not n_read:
        findings.add("no_rows", "the file has variables and no cases", "export the file again, with its cases")


def _cases_per_chunk(meta: Any) -> int:
    widths = meta.variable_storage_width
    a_case = 8 + sum(BYTES_PER_TEXT + widths[name] if _is_text(name, meta) else 8 for name in meta.column_names)
    return max(1, BYTES_PER_CHUNK // a_case)


def _is_text(name: str, meta: Any) -> bool:
    return bool(meta.readstat_variable_types[name] == "string")


def _read(path: Path, findings: Findings, **options: Any) -> tuple[Any, Any] | None:
    """(data, metadata) as pyreadstat gives them; None, with a finding, when it cannot read them."""
    import pyreadstat  # a second that a run without such a file does not need

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it renames columns
            return pyreadstat.read_sav(path, **options)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        said = str(error)
    except UnicodeDecodeError:
        # Of a text that cannot be decoded, nothing is shown: it may be the id of a respondent.
        said = "a text is not in the encoding that the file names"
    except Exception as error:  # a damaged file makes the library stumble anywhere
        said = f"it is damaged ({type(error).__name__})"
    if "encoding" in said or "character set" in said:
        findings.add("encoding", f"letters of the file cannot be read: {said}", SAVE_AS_UNICODE)
    else:
        findings.add("truncated", f"the file cannot be read to its end: {said}", EXPORT_AGAIN)
    return None


def _text(cells: Any) -> pa.Array:
    return _whole(pa.array(cells, pa.string(), from_pandas=True)).fill_null("")


def _numbers(cells: Any) -> pa.Array:
    # A column has few distinct numbers, or costs a conversion for each.
    encoded = pa.array(cells.to_numpy()).dictionary_encode()
    texts = [number_text(number) for number in encoded.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(texts, pa.string()))


def _whole(cells: pa.Array | pa.ChunkedArray) -> pa.Array:
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells


def _labels(labels: dict[float | str, str]) -> dict[str, str]:
    return {number_text(c) if isinstance(c, float) else c.strip(): label for c, label in labels.items() if c == c}
