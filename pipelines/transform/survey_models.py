"""Write the dbt models of a survey, one macro call each, and what dbt is told of them: the command new-survey.

Not here: what the macros make of the seeds (dbt_project/macros). A file that is written here is never written by hand.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.common.seed_check.respondents import NOT_STAGED
from pipelines.common.seed_check.surveys import RESPONDENTS
from pipelines.common.seed_check.tables import Row
from pipelines.common.seeds import SeedError, read_seed
from pipelines.common.settings import DBT_PROJECT_DIR

MODELS_DIR = DBT_PROJECT_DIR / "models"
# A row of a seed, as those read it who take the seeds to be right, or as those who check them.
Rows = Sequence[dict[str, str] | Row]
# The columns that doc blocks describe of the two models of respondents.
RESPONDENT = (
    "part", "wave", "respondent_no", "stratum_id", "weight_units", "weight_square_upper", "weight_square_lower",
    "unstated",
)  # fmt: skip
CELL = ("question_id", "population", "stratum_id", "breakdown", "code")
GUIDE = "docs/adding-a-survey.md"
MADE_BY = "# Written from seeds/codebook by "
HEAD = MADE_BY + "`python -m pipelines new-survey {survey}`; a change here is lost.\nversion: 2\n"
WRITTEN = (MADE_BY, "{{ staged('", "{{ respondents('", "{{ cells('")  # how a file begins that is written here


@dataclass(frozen=True)
class _Survey:
    """What the files of a survey say of it. `parts`: the tables of its deliveries, [''] where it is one."""

    name: str
    title: str
    unit: str
    parts: list[str]
    is_private: bool

    def text(self, what: str, part: str) -> str:
        """What a table holds, as YAML."""
        title = f"{self.title}{', ' if part else ''}{part}"
        private = " Personal data: never shown, never published." if self.is_private else ""
        return json.dumps(f"{title}: {what}.{private}", ensure_ascii=False)

    def rows(self, what: str, part: str) -> str:
        """What a table with a row for each respondent holds, as YAML."""
        return self.text(f"one row per {self.unit} and wave, {what}", part)


def write_survey_models(survey: str, folder: Path = MODELS_DIR) -> list[Path]:
    """Write the files of a survey that are not there as they should be; returns those. Raises SeedError as below."""
    files = survey_models(survey, read_seed("survey"), read_seed("codebook"))
    written = unlike(files, folder)
    for name in written:
        (folder / name).write_text(files[name], encoding="utf-8")
    return [folder / name for name in written]


def unlike(files: dict[str, str], folder: Path) -> list[str]:
    """Those of the files that are not in `folder`, or say something else there."""
    return [
        name
        for name, text in files.items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text
    ]


def survey_models(survey: str, surveys: Rows, codebook: Rows) -> dict[str, str]:
    """{path below dbt_project/models: text} of all files of a survey, by the rows of two seeds.

    Raises SeedError when they do not know the survey, or none of its columns.
    """
    rows = [row for row in surveys if row["survey"] == survey]
    columns = [row for row in codebook if row["survey"] == survey]
    if not rows or not columns:
        known = ", ".join(row["survey"] for row in surveys)
        missing = "codebook.csv has no row of it; add one for each column of its deliveries"
        missing = missing if rows else f"survey.csv has no row of it, but of {known}; correct the id, or add a row"
        raise SeedError(f"there is nothing to make models of {survey!r} from: seeds/codebook/{missing} ({GUIDE})")
    described = _described(rows[0], columns)
    files = {f"staging/_{survey}.yml": "".join(_staging_properties(described))}
    for part in described.parts:
        call = f"'{survey}', '{part}'" if part else f"'{survey}'"
        files[f"staging/{_staged(survey, part)}.sql"] = f"{{{{ staged({call}) }}}}\n"
    if rows[0]["kind"] == RESPONDENTS:
        for what in ("respondents", "cells"):
            files[f"harmonised/harmonised_{what}_{survey}.sql"] = f"{{{{ {what}('{survey}') }}}}\n"
        files[f"harmonised/_{survey}.yml"] = "".join(_harmonised_properties(described))
    return files


def _described(row: dict[str, str] | Row, columns: Rows) -> _Survey:
    return _Survey(
        name=row["survey"],
        title=f"{row['survey_nb']} ({row['producer']})",
        unit=row["unit"],
        parts=list(dict.fromkeys(column["part"] for column in columns)),
        is_private=any(column["data_type"] in NOT_STAGED for column in columns),
    )


def _staged(survey: str, part: str) -> str:
    return f"stg_{survey}__{part}" if part else f"stg_{survey}"


def _staging_properties(survey: _Survey) -> Iterator[str]:
    name = survey.name
    yield f"{HEAD.format(survey=name)}\nsources:\n  - name: raw\n    schema: raw\n    tables:\n"
    for part in survey.parts:
        table = f"{name}_{part}" if part else name
        yield (
            f"      - name: {table}\n"
            f"        description: {survey.rows('every value as text', part)}\n"
            f"        meta: {{dagster: {{asset_key: [raw, {table}]}}}}\n"
        )
    yield "\nmodels:\n"
    yield "\n".join(
        f"  - name: {_staged(name, part)}\n"
        f"    description: {survey.rows('typed; the answers as delivered', part)}\n"
        "    columns:\n"
        f"{_column('wave')}"
        "      - name: respondent_no\n"
        "        description: Row of the delivery; the other columns are those of seeds/codebook/codebook.csv\n"
        for part in survey.parts
    )


def _harmonised_properties(survey: _Survey) -> Iterator[str]:
    parts = " and ".join(filter(None, survey.parts))
    what = "who is in the design, with categories (by_*), a code for each question, and counts of items"
    yield f"{HEAD.format(survey=survey.name)}\nmodels:\n"
    yield from _model(f"harmonised_respondents_{survey.name}", survey.rows(what, parts), RESPONDENT)
    yield "\n"
    what = "how many gave each answer, and their weights, by question, population, stratum and category"
    yield from _model(f"harmonised_cells_{survey.name}", survey.text(what, parts), CELL)


def _model(name: str, description: str, columns: Sequence[str]) -> Iterator[str]:
    yield f"  - name: {name}\n    description: {description}\n    columns:\n"
    for column in columns:
        yield _column(column)


def _column(name: str) -> str:
    return f"      - name: {name}\n        description: '{{{{ doc(\"{name}\") }}}}'\n"
