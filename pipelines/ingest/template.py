"""Write an empty delivery of a wave, with the right columns, for those who fill it in.

Not here: what a format looks like inside (template_xlsx, template_sav), and judging what was filled in (check).
"""

import csv
import io
from pathlib import Path

from pipelines.ingest.codebook import COPIED, Survey
from pipelines.ingest.discovery import format_of, survey_of, why_unknown
from pipelines.ingest.template_sav import sav_template
from pipelines.ingest.template_texts import Table, tables
from pipelines.ingest.template_xlsx import xlsx_template

DELIMITER = ";"  # where none is agreed on: what spreadsheet programs here expect
CSV_ENCODING = "utf-8-sig"


class TemplateError(ValueError):
    """No template can be written; the message says why, and what would help."""


def write_template(survey_id: str, wave: int, file_format: str | None = None, to: Path | None = None) -> list[Path]:
    """Write the template of a wave, a file or one for each of its tables; returns the paths.

    `to` is a folder, or the name of a file; without it, files come into the current folder. The format is the one that
    is chosen, or the file's name says, or the survey's. No file is replaced.

    Raises TemplateError when there is no such wave, or the files cannot be written there.
    """
    if unknown := why_unknown(survey_id, wave):
        raise TemplateError(unknown)
    survey = survey_of(survey_id)
    if survey.is_fetched:
        raise TemplateError(f"{survey_id} is fetched, and not filled in: python -m pipelines sources fetch {survey_id}")
    to = to or Path()
    is_file = format_of(to) in COPIED and not to.is_dir()
    file_format = file_format or (format_of(to) if is_file else survey.file_format)
    folder = to.parent if is_file else to
    if not folder.is_dir():
        raise TemplateError(f"{folder} is no folder; make it first, or name a file (.{', .'.join(COPIED)})")
    contents = _contents(survey, wave, file_format)
    if is_file:
        _check_name(to, file_format, contents)
        files = dict(zip([to], contents.values(), strict=True))
    else:
        stem = f"{survey_id}_{wave}"
        files = {folder / f"{stem}{part and '_'}{part}.{file_format}": content for part, content in contents.items()}
    if existing := [str(file) for file in files if file.exists() or file.is_symlink()]:
        raise TemplateError(f"{', '.join(existing)} exists already; move it away, or choose another place with --to")
    for file, content in files.items():
        with file.open("xb") as stream:
            stream.write(content)
    return list(files)


def _check_name(file: Path, file_format: str, contents: dict[str, bytes]) -> None:
    if format_of(file) != file_format:
        raise TemplateError(f"{file} is the name of a .{format_of(file)} file, and the format is {file_format}")
    if len(contents) > 1:
        raise TemplateError(f"the delivery is {len(contents)} {file_format} files; name a folder with --to, not {file}")


def _contents(survey: Survey, wave: int, file_format: str) -> dict[str, bytes]:
    """{table: content of its file}; a workbook holds all tables, and belongs to none."""
    found = tables(survey.survey, wave)
    if file_format == "xlsx":
        return {"": xlsx_template(survey.survey, wave, found)}
    if file_format == "sav":
        return {table.name: sav_template(survey.survey, wave, table) for table in found}
    return {table.name: _csv(table, survey.delimiter or DELIMITER) for table in found}


def _csv(table: Table, delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    names = [explained.column.name for explained in table.columns]
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(names)
    return text.getvalue().encode(CSV_ENCODING)
