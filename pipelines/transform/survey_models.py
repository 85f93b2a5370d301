"""Write the dbt models of a survey, one macro call each, and what dbt is told of them: the command new-survey.

Not here: what the macros make of the seeds (dbt_project/macros). A file that is written here is never written by hand.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from pipelines.common.seeds import SeedError, read_seed
from pipelines.common.settings import DBT_PROJECT_DIR

RESPONDENTS = "respondents"  # as kind of a survey: its answers are estimated
WEIGHT = ("weight_units", "weight_square_upper", "weight_square_lower")
PERSONAL = {"respondent_id", "unlinked_respondent_id"}  # data types of what names people
HEAD = (
    "# Written from seeds/codebook by `python -m pipelines new-survey {survey}`; a change here is lost.\nversion: 2\n"
)


def write_survey_models(survey: str, folder: Path = DBT_PROJECT_DIR / "models") -> list[Path]:
    """Write the files of a survey that are not there as they should be; returns those. Raises SeedError as below."""
    written = []
    for name, text in survey_models(survey).items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written


def survey_models(survey: str) -> dict[str, str]:
    """{path below dbt_project/models: text} of all files of a survey.

    Raises SeedError when seeds/codebook does not know the survey, or none of its columns.
    """
    rows = [row for row in read_seed("survey") if row["survey"] == survey]
    parts = list(dict.fromkeys(row["part"] for row in read_seed("codebook") if row["survey"] == survey))
    if not rows or not parts:
        missing = "codebook.csv has no column of it" if rows else "survey.csv has no row of it"
        raise SeedError(f"seeds/codebook does not know the survey {survey!r}: {missing}; see docs/adding-a-survey.md")
    files = {f"staging/_{survey}.yml": "".join(_staging_properties(rows[0], parts))}
    for part in parts:
        call = f"'{survey}', '{part}'" if part else f"'{survey}'"
        files[f"staging/{_staged(survey, part)}.sql"] = f"{{{{ staged({call}) }}}}\n"
    if rows[0]["kind"] == RESPONDENTS:
        name = f"harmonised_respondents_{survey}"
        files[f"harmonised/{name}.sql"] = f"{{{{ respondents('{survey}') }}}}\n"
        files[f"harmonised/_{name}.yml"] = "".join(_respondent_properties(rows[0], name, parts))
    return files


def _staged(survey: str, part: str) -> str:
    return f"stg_{survey}__{part}" if part else f"stg_{survey}"


def _staging_properties(survey: dict[str, str], parts: list[str]) -> Iterator[str]:
    name = survey["survey"]
    yield f"{HEAD.format(survey=name)}\nsources:\n  - name: raw\n    schema: raw\n    tables:\n"
    for part in parts:
        table = f"{name}_{part}" if part else name
        yield (
            f"      - name: {table}\n"
            f"        description: {_text(survey, part, 'every value as text')}\n"
            f"        meta: {{dagster: {{asset_key: [raw, {table}]}}}}\n"
        )
    yield "\nmodels:\n"
    yield "\n".join(
        f"  - name: {_staged(name, part)}\n"
        f"    description: {_text(survey, part, 'typed; the answers as delivered')}\n"
        "    columns:\n"
        f"{_column('wave')}"
        "      - name: respondent_no\n"
        "        description: Row of the delivery; the other columns are those of seeds/codebook/codebook.csv\n"
        for part in parts
    )


def _respondent_properties(survey: dict[str, str], name: str, parts: list[str]) -> Iterator[str]:
    what = "who is in the design, with categories (by_*), a code for each question, and counts of items"
    yield (
        f"{HEAD.format(survey=survey['survey'])}\nmodels:\n  - name: {name}\n"
        f"    description: {_text(survey, ' and '.join(filter(None, parts)), what)}\n"
        "    columns:\n"
    )
    for column in ("part", "wave", "respondent_no", "stratum_id", *WEIGHT, "unstated"):
        yield _column(column)


def _column(name: str) -> str:
    return f"      - name: {name}\n        description: '{{{{ doc(\"{name}\") }}}}'\n"


def _text(survey: dict[str, str], part: str, what: str) -> str:
    """What a table holds, as YAML."""
    name = f"{survey['survey_nb']} ({survey['producer']}){', ' if part else ''}{part}"
    types = {row["data_type"] for row in read_seed("codebook") if row["survey"] == survey["survey"]}
    private = " Personal data: never shown, never published." if types & PERSONAL else ""
    return json.dumps(f"{name}: one row per {survey['unit']} and wave, {what}.{private}", ensure_ascii=False)
