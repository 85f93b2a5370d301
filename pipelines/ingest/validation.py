"""Check an extract against the codebook: every column mapped, every value allowed, every key once.

Not here: reading files, changing values (a value that passes is loaded as delivered), and the check of cells (cells).
"""

from collections.abc import Collection
from datetime import date
from difflib import get_close_matches

from pipelines.ingest import values
from pipelines.ingest.cells import CellChecks
from pipelines.ingest.codebook import CODEBOOK, Column, Survey
from pipelines.ingest.declared import check_declared
from pipelines.ingest.extract import Extract, column_as_shown
from pipelines.ingest.findings import NOT_SHOWN, Findings
from pipelines.ingest.labels import check_labels
from pipelines.ingest.raw_tables import WaveLoad, cell

Columns = dict[str, Column]  # of a wave, by name
MOST_GUESSES = 20  # names that are compared with all others: of more, no guess would help


def check_columns(extract: Extract, known: Columns, where: str, findings: Findings) -> None:
    """Add what is wrong with names, types and labels of the columns; `where` names survey and wave."""
    present = set(extract.keys)
    missing = [c.name for c in known.values() if c.is_required and c.name not in present]
    may_show = not (findings.has_respondents and extract.header_row is not None)
    strangers = [key for key in extract.keys if key and key not in known] if may_show else []
    for n_before, name in enumerate(missing):
        close = get_close_matches(name, strangers, n=1) if n_before < MOST_GUESSES and len(strangers) < 1_000 else []
        guess = f"; is it {close[0]}?" if close else ""
        findings.at(row=extract.header_row, column=name).add(
            "missing_column",
            f"the codebook of {where} requires this column, and the file does not have it{guess}",
            "export the file again with the column; if it was not asked, set is_required to false in " + CODEBOOK,
        )
    free = [name for name in known if name not in present]
    unknown = [place for place, key in enumerate(extract.keys) if key not in known]
    n_shown = min(findings.room, len(unknown))
    findings.count(len(unknown) - n_shown)
    for n_before, place in enumerate(unknown[:n_shown]):
        position, name, key = place + 1, extract.header[place], extract.keys[place]
        close = get_close_matches(key, free, n=1) if n_before < MOST_GUESSES else []
        guess = f"; did you mean {close[0]}?" if close else ""
        findings.at(row=extract.header_row, column=column_as_shown(key, position, extract.header_row, findings)).add(
            "unmapped_column",
            f"the codebook of {where} does not know column {position}{guess}",
            f"correct the name in the export, or add a row to {CODEBOOK} "
            "(when the column is not used: role ignored, with the reason in note)",
            value=name,
        )
    for column in _checked(known, present):
        if _is_text_for_numbers(column, extract):
            findings.at(column=column.name).add(
                "text_for_numbers",
                f"the file holds this column as text, the codebook as numbers ({column.data_type})",
                "make the variable numeric at the source, see that no value is lost by that, and export the file again",
            )
        if column.codes:
            check_labels(extract.labels.get(column.name, {}), column, findings)
    check_declared(extract, _checked(known, present), findings)


def check_needs(
    extract: Extract, known: Columns, needs: dict[str, dict[str, str]], where: str, findings: Findings
) -> None:
    """Add what no column of the file gives, and later layers cannot do without; `needs` are those of its table.

    A column that the codebook requires and the file lacks is a finding already.
    """
    present = set(extract.keys)
    given = {
        name: column.data_type
        for name, column in known.items()
        if not column.is_ignored and (name in present or column.is_required)
    }
    for need, alternatives in needs.items():
        if not any(name in given and data_type in ("", given[name]) for name, data_type in alternatives.items()):
            names = " or ".join(
                f"{name} ({data_type})" if data_type else name for name, data_type in alternatives.items()
            )
            findings.at(row=extract.header_row, column=next(iter(alternatives))).add(
                "missing_need",
                f"without {names} nothing can be made of the file ({need}), and the codebook of {where} does not "
                "require the column",
                f"add {names} to {CODEBOOK}, or map a column of the file to it in column_alias.csv beside it",
            )


def is_hopeless(extract: Extract, known: Columns) -> bool:
    """Whether so few of the columns are known that the rows would say nothing more."""
    n_unknown = sum(key not in known for key in extract.keys)
    return n_unknown > max(len(known), MOST_GUESSES)


def cell_checks(extract: Extract, known: Columns, survey: Survey, day: date, findings: Findings) -> CellChecks:
    """The checks that the rows have to pass, one chunk after the other; `day` is that of the wave."""
    checked = {
        column.name: values.checker(column, survey, day)
        for column in _checked(known, extract.keys)
        if not _is_text_for_numbers(column, extract)
    }
    return CellChecks(extract.keys, checked, known, findings)


def check_keys(load: WaveLoad, extract: Extract, known: Columns, findings: Findings) -> None:
    """Add a finding for every row of the load whose key, or whose value of a unique column, an earlier one has."""
    for key in keys_of(known, set(extract.keys)):
        _check_key(load, extract.part, key, findings)


def keys_of(known: Columns, present: Collection[str]) -> list[list[Column]]:
    """The columns that together, and those that each alone, may not hold the same twice, where all are `present`."""
    key = [column for column in known.values() if column.role == "key"]
    unique = [[column] for column in known.values() if column.role == "unique"]
    return [names for names in [key, *unique] if names and all(column.name in present for column in names)]


def _check_key(load: WaveLoad, part: str, columns: list[Column], findings: Findings) -> None:
    expressions = [values.key_expression(column, cell(column.name)) for column in columns]
    n_repeated, found = load.repeated(part, expressions, findings.room)
    for row, first_row, key in found:
        shown = [NOT_SHOWN if column.is_respondent_id else text for column, text in zip(columns, key, strict=True)]
        findings.at(row=row, column=", ".join(column.name for column in columns)).add(
            "duplicate_key",
            f"{findings.unit} {first_row} has the same key",
            f"keep one of the two {findings.unit}s, at the source",
            ", ".join(shown),
        )
    findings.count(n_repeated - len(found))


def _checked(known: Columns, present: Collection[str]) -> list[Column]:
    return [column for column in known.values() if column.name in present and not column.is_ignored]


def _is_text_for_numbers(column: Column, extract: Extract) -> bool:
    return column.name in extract.text_columns and values.is_numeric(column)
