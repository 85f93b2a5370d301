"""Write the sample extracts as deliveries into landing/: the surveys' invented answers, and the UN's real index.

Not here: what the extracts say (the surveys' plans), and reading them again (ingest).
"""

import csv
import io
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from pipelines.sample.codebook import columns
from pipelines.sample.dfo_innbygger import names as innbygger
from pipelines.sample.dfo_innbygger.plan import FILE_LABEL, LABELS, SOURCE, innbygger_waves
from pipelines.sample.sav import sav_bytes
from pipelines.sample.solve import Delivery, Plan, solve
from pipelines.sample.ssb_kommune.names import SURVEY
from pipelines.sample.ssb_kommune.plan import kommune_plan
from pipelines.sample.units import Unit
from pipelines.seeds import read_seed

PLANS = (kommune_plan,)

SYNTHETIC = "_syntetisk"
EGDI = "un_egdi"
SYNTHETIC_SURVEYS = (SURVEY, innbygger.SURVEY)  # the rankings of the sample are real
EGDI_SOURCE = """\
producer: United Nations, Department of Economic and Social Affairs (UN DESA)
url: https://publicadministration.un.org/egovkb
licence: none stated; facts published by the United Nations
retrieved: from UNU-EGOV/datasets, kept in seeds/international/un_egdi_score.csv
note: Real figures of the UN E-Government Survey {year}, country, rank and index; sub-indices left out.
synthetic: false
"""


def write_sample(landing: Path, progress: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Write every sample extract, each with its SOURCE.yml; the paths written, sorted.

    `landing` must not exist yet: it appears whole, in one rename, or not at all. The same seeds give the
    same bytes. `progress` is told what begins. Raises FileExistsError, and what the surveys' solvers raise.
    """
    if landing.exists():
        raise FileExistsError(f"{landing} exists: the sample is written only where no extracts are")
    files = egdi_files()
    for make_plan in PLANS:
        plan = make_plan()
        files |= survey_files(plan, solve(plan, progress))
    files |= innbygger_files(progress)
    beside = landing.with_name(f"{landing.name}.part")
    shutil.rmtree(beside, ignore_errors=True)  # what a crash left
    for name, content in files.items():
        path = beside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    beside.rename(landing)
    return sorted(landing / name for name in files)


def survey_files(plan: Plan, units: Sequence[Unit]) -> dict[str, bytes]:
    """Path below landing -> content: a file and its source for every wave of the plan."""
    files = {}
    for wave, delivery in plan.deliveries.items():
        names = [column["column_name"] for column in columns(plan.survey, wave)]
        rows = (_row(plan.survey, delivery, unit) for unit in units if unit.wave == wave)
        content = _csv(plan.survey, names, rows, delivery.encoding)
        files |= _delivery(plan.survey, wave, SYNTHETIC, content, plan.source)
    return files


def innbygger_files(progress: Callable[[str], None] = lambda _: None) -> dict[str, bytes]:
    """Path below landing -> content: an SPSS file and its source for every wave of the citizens' survey."""
    files = {}
    for year, wave in innbygger_waves(progress).items():
        content = sav_bytes(innbygger.SURVEY, year, wave.columns, LABELS, FILE_LABEL.format(wave=year))
        files |= _delivery(innbygger.SURVEY, year, SYNTHETIC, content, SOURCE)
    return files


def egdi_files() -> dict[str, bytes]:
    """Path below landing -> content: the index of every country, in the UN's own shape."""
    names = {"country_code": "country-code", "country": "country-name", "rank": "e-gov-rank", "score": "e-gov-index"}
    files = {}
    for year in sorted({row["year"] for row in read_seed("un_egdi_score")}):
        scores = [row for row in read_seed("un_egdi_score") if row["year"] == year]
        rows = ({column: row[name] for name, column in names.items()} for row in scores)
        content = _csv(EGDI, list(names.values()), rows, "utf-8")
        files |= _delivery(EGDI, year, "", content, EGDI_SOURCE.format(year=year))
    return files


def _row(survey: str, delivery: Delivery, unit: Unit) -> dict[str, str]:
    row = {}
    for column in columns(survey, unit.wave):
        name, question = column["column_name"], column["question_id"]
        if question:
            answer = unit.answers[question]
            row[name] = "" if answer is None else str(answer)
        else:
            row[name] = unit.attributes[name]
        if name == delivery.loses_leading_zero:
            row[name] = row[name].lstrip("0")
    return row


def _csv(survey: str, names: list[str], rows: Iterable[dict], encoding: str) -> bytes:
    """A file delimited as seeds/codebook/survey.csv says."""
    text = io.StringIO()
    writer = csv.DictWriter(text, names, delimiter=_shape(survey)["delimiter"], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def _delivery(survey: str, wave: object, mark: str, content: bytes, source: str) -> dict[str, bytes]:
    """A wave's folder: its file, and where that is from."""
    shape = _shape(survey)
    folder = f"{shape['landing_path']}/{wave}"
    return {
        f"{folder}/{survey}_{wave}{mark}.{shape['file_format']}": content,
        f"{folder}/SOURCE.yml": source.encode(),
    }


def _shape(survey: str) -> dict[str, str]:
    return next(row for row in read_seed("survey") if row["survey"] == survey)
